// Package intake reads files: CSV and XLSX in, facts out, with one problem for
// each thing that is wrong in a line.
//
// A file is opened with [Open], which reads the whole of it once and finds out
// what it is: encoding, delimiter, header, and for every column which number
// and date formats its values allow. [File.Plan] says which column is which
// field of a [Kind]; what the file leaves open (is 1.234 a thousand or one and
// a bit?) comes back as a [Question] and is asked, never guessed.
// [Plan.Documents] then reads the file a second time and yields one [Doc] for
// each document: an invoice with all its lines, wherever they stand in the file.
//
// Rules that hold for every file, and that the tests check:
//
//   - every row of the file is blank, filtered or part of exactly one Doc;
//   - a Doc with a problem is rejected as a whole, with all its rows;
//   - the order of the Docs depends on the file and the plan only;
//   - memory stays bounded whatever the file holds: what does not fit is
//     spilled to temporary files or cut, and the cut is a problem of its row.
//
// The package knows no database and no clock. Whether a customer exists, and
// what a document posts, is the business of internal/app.
package intake

import "quid/fault"

// A Choice is yes, no, or left to detection.
type Choice int8

// The choices.
const (
	Detect Choice = 0
	Yes    Choice = 1
	No     Choice = 2
)

// Options say how to read a file. The zero Options detect everything.
type Options struct {
	Encoding  string // "utf-8", "utf-16le", "utf-16be" or "windows-1252"; "" detects
	Delimiter byte   // ';' ',' '\t' or '|'; 0 detects
	Header    Choice // whether the first row holds the columns' names
	Sheet     string // sheet of a workbook; "" is the first that is not empty
	Decimal   byte   // ',' or '.': overrules detection; 0 detects
	Dates     Order  // overrules detection; 0 detects
	Currency  string // of the book, ISO 4217; "" is EUR
	Where     []Where
	TempDir   string // for spilled data; "" is the system's

	// Kind and Mapping, where they are known already, let Open note the
	// documents' numbers while it reads, which saves a pass over large files.
	Kind    Kind
	Mapping Mapping

	// Progress, if set, is told about every millisecond how many of total bytes
	// are read; it may make the reader wait. Open counts from 0 to total, and
	// Documents does so once more.
	Progress func(done, total int64)

	naive bool  // see csvReader
	load  int64 // see spillLoad; 0 is that
}

// Limits of what is read. They are far above what honest files hold.
const (
	maxLine        = 12 << 20 // bytes of one physical line; the rest of a longer one is cut
	maxQuotedLines = 500      // physical lines of one record
	maxQuoted      = 1 << 20  // bytes of a record of several lines
	maxCell        = 32 << 10 // bytes of a cell kept from a very large row
	maxRow         = 256 << 10
	maxColumns     = 16_384
	maxText        = 10_000 // bytes of a text field
	maxName        = 400    // bytes of a name, number or code
	maxDocLines    = 100_000
	maxDocBytes    = 48 << 20
)

// errFormat returns the error for a file that is no table.
func errFormat(problem string) error { return fault.Field("file", problem) }
