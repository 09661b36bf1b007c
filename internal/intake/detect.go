package intake

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Detection is what a file turned out to be.
type Detection struct {
	Format    string   `json:"format"`    // "csv" or "xlsx"
	Encoding  string   `json:"encoding"`  // of CSV
	Delimiter string   `json:"delimiter"` // of CSV
	Sheet     string   `json:"sheet,omitempty"`
	Sheets    []string `json:"sheets,omitempty"`
	Header    bool     `json:"header"`
	FirstLine int      `json:"first_line"` // the line of the header, or of the first row where there is none
	Columns   []Column `json:"columns"`
	Rows      int64    `json:"rows"`     // rows with any value, header not counted
	Blank     int64    `json:"blank"`    // rows without any value
	Repaired  int      `json:"repaired"` // rows whose quotes were put right
	Ragged    int64    `json:"ragged"`   // rows with too few or too many fields
}

// sampleRows is how many rows delimiter and header are judged by. All else is
// judged by the whole file.
const sampleRows = 1000

// layout is what must be known of a file before it can be read row by row.
type layout struct {
	format    string
	encoding  string
	skip      int64
	delim     byte
	sheet     sheetRef
	header    bool
	first     int // line of the header or of the first row
	names     []string
	headerRaw string
	width     int // fields most rows of CSV have
	short     int // width that short rows have throughout the file, 0 if none
}

// newReader returns the rows of the file from the beginning.
func (f *File) newReader() (rowReader, error) {
	if f.lay.format == formatXLSX {
		return f.book.open(f.lay.sheet)
	}
	c := f.src.openCSV(f.lay.encoding, f.lay.skip, f.lay.delim)
	c.width, c.naive = f.lay.width, f.opts.naive
	return c, nil
}

// findLayout settles format, encoding, delimiter, sheet and header.
func (f *File) findLayout() error {
	format, err := f.src.sniff()
	if err != nil {
		return err
	}
	f.lay.format = format
	if format == formatXLSX {
		if f.book, err = openWorkbook(f.src, f.opts.TempDir); err != nil {
			return err
		}
		if f.lay.sheet, err = f.book.chooseSheet(f.opts.Sheet); err != nil {
			return err
		}
	} else {
		f.lay.encoding, f.lay.skip = f.src.encodingOf(f.opts.Encoding)
		f.lay.delim = f.opts.Delimiter
	}
	if f.lay.format == formatCSV && f.lay.delim == 0 {
		if f.lay.delim, err = f.findDelimiter(); err != nil {
			return err
		}
	}
	rows, err := f.sample()
	if err != nil {
		return err
	}
	f.findHeader(rows)
	return nil
}

// sampleRow is a row kept for judging.
type sampleRow struct {
	line   int
	fields []string
	kinds  []byte
	text   string
}

func (r sampleRow) filled() int {
	n := 0
	for _, s := range r.fields {
		if s != "" {
			n++
		}
	}
	return n
}

// sample returns the first rows that hold anything.
func (f *File) sample() ([]sampleRow, error) {
	rows, err := f.newReader()
	if err != nil {
		return nil, err
	}
	defer f.release(rows)
	return sampleOf(rows)
}

// release lets go of a reader; its buffer serves the next one.
func (f *File) release(r rowReader) {
	switch r := r.(type) {
	case *sheetReader:
		r.close()
	case *csvReader:
		f.src.buf, r.src.buf = r.src.buf, nil
	}
}

func sampleOf(rows rowReader) ([]sampleRow, error) {
	var out []sampleRow
	for bytes := 0; len(out) < sampleRows && bytes < 8<<20; {
		rec, err := rows.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if isSep(rec) || blank(rec.fields) {
			continue
		}
		row := sampleRow{line: rec.line, kinds: slices.Clone(rec.kinds), text: cutText(rec.text, maxRow)}
		for _, s := range rec.fields {
			row.fields = append(row.fields, cutText(s, 200))
		}
		bytes += len(rec.text)
		out = append(out, row)
	}
	if len(out) == 0 {
		return nil, errFormat("the file holds no row with a value")
	}
	return out, nil
}

// isSep reports Excel's first line "sep=;".
func isSep(rec *record) bool {
	return rec.line == 1 && len(rec.text) <= 6 && len(rec.text) >= 4 && strings.EqualFold(rec.text[:4], "sep=")
}

func blank(fields []string) bool {
	for _, s := range fields {
		if s != "" {
			return false
		}
	}
	return true
}

var delimiterNames = map[byte]string{';': ";", ',': ",", '\t': "tab", '|': "|"}

// findDelimiter tries each delimiter on the first rows: the right one cuts most
// rows, and the first of them, into the same number of fields.
func (f *File) findDelimiter() (byte, error) {
	best, bestScore := byte(';'), -1.0
	for _, delim := range []byte{';', ',', '\t', '|'} {
		rows := f.src.openCSV(f.lay.encoding, f.lay.skip, delim)
		first, err := rows.next()
		if err != nil {
			break
		}
		if isSep(first) && len(first.text) >= 5 && delimiterNames[first.text[4]] != "" {
			return first.text[4], nil
		}
		f.release(rows)
		rows = f.src.openCSV(f.lay.encoding, f.lay.skip, delim)
		sample, err := sampleOf(rows)
		f.release(rows)
		if err != nil {
			return 0, err
		}
		for i, r := range sample {
			if len(r.fields) == 1 { // a line quoted as a whole
				if inner, p := splitQuoted(r.fields[0], delim, nil, strict); !p.open {
					sample[i].fields = inner
				}
			}
		}
		if s := delimiterScore(sample); s > bestScore {
			best, bestScore = delim, s
		}
	}
	return best, nil
}

func delimiterScore(rows []sampleRow) float64 {
	width, share := usualWidth(rows)
	if width < 2 {
		return 0
	}
	score := share + float64(width)/1e5
	if share < 0.5 {
		score = share / 2
	}
	for i, r := range rows[:min(len(rows), 8)] { // a title may stand before the header
		if len(r.fields) == width && i == 0 {
			return score + 1
		}
		if len(r.fields) == width {
			return score + 0.5
		}
		if len(r.fields) > 2 {
			break
		}
	}
	return score
}

// usualWidth returns the most frequent number of fields, of equals the first,
// and its share.
func usualWidth(rows []sampleRow) (width int, share float64) {
	counts := make(map[int]int)
	for _, r := range rows {
		counts[len(r.fields)]++
	}
	for _, r := range rows {
		if counts[len(r.fields)] > counts[width] {
			width = len(r.fields)
		}
	}
	return width, float64(counts[width]) / float64(len(rows))
}

// findHeader passes over title lines and settles whether the next row names the columns.
func (f *File) findHeader(rows []sampleRow) {
	width, _ := usualWidth(rows)
	if f.lay.format == formatXLSX { // rows end with their last value
		for _, r := range rows {
			width = max(width, len(r.fields))
		}
	}
	f.lay.width = width
	at := 0
	if f.opts.Header != No {
		at = titles(rows, width)
	}
	head := rows[at]
	f.lay.first = head.line
	switch f.opts.Header {
	case Yes:
		f.lay.header = true
	case No:
		f.lay.header = false
	default:
		f.lay.header = isHeader(head, rows[at+1:])
	}
	f.nameColumns(head, rows[at:], width)
}

// titles returns how many rows before the header say only what the table is:
// few of their fields are filled, and a header follows.
func titles(rows []sampleRow, width int) int {
	few := 1
	if width >= 5 {
		few = 2
	}
	for at := range min(len(rows)-1, 20) {
		if rows[at].filled() <= few {
			continue
		}
		if width >= 3 && isHeader(rows[at], rows[at+1:]) {
			return at
		}
		break
	}
	return 0
}

// looksLikeData reports whether a row holds a number or a date.
func looksLikeData(r sampleRow) bool {
	for i, s := range r.fields {
		if s != "" && valueLike(s, r.kind(i)) {
			return true
		}
	}
	return false
}

func (r sampleRow) kind(i int) byte {
	if i < len(r.kinds) {
		return r.kinds[i]
	}
	return cellText
}

func valueLike(s string, kind byte) bool {
	return kind != cellText || scanNumber(s).mark != notNumber || scanDate(s).form != notDate
}

// isHeader reports whether the row names columns: it holds no number and no
// date, and its words differ.
func isHeader(head sampleRow, rows []sampleRow) bool {
	seen := make(map[string]bool)
	repeated := 0
	for i, s := range head.fields {
		if s == "" {
			continue
		}
		if valueLike(s, head.kind(i)) && !yearLike(s) {
			return false
		}
		if seen[s] {
			repeated++
		}
		seen[s] = true
	}
	if repeated*2 > len(seen) {
		return false
	}
	if len(rows) == 0 || slices.ContainsFunc(rows[:min(len(rows), 50)], looksLikeData) {
		return true
	}
	// Nothing but text in the file: then the first row is a header unless its
	// words come again further down, as values do.
	again := 0
	for _, r := range rows {
		for i, s := range r.fields {
			if i < len(head.fields) && s != "" && s == head.fields[i] {
				again++
			}
		}
	}
	return again == 0 || repeated > 0
}

// yearLike reports a heading such as 2025.
func yearLike(s string) bool {
	return len(s) == 4 && (strings.HasPrefix(s, "19") || strings.HasPrefix(s, "20")) && isDigits(s)
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// nameColumns names the columns: by the header, made unique, else by number.
func (f *File) nameColumns(head sampleRow, rows []sampleRow, width int) {
	if f.lay.header {
		f.lay.headerRaw = head.text
		if f.lay.format == formatCSV {
			width = len(head.fields)
			for width > 1 && head.fields[width-1] == "" && !widthOccurs(rows, width) {
				width--
			}
		} else {
			width = max(width, len(head.fields))
		}
	}
	used := make(map[string]int)
	for i := range min(width, maxColumns) {
		name := ""
		if f.lay.header && i < len(head.fields) {
			name = strings.Join(strings.Fields(head.fields[i]), " ")
		}
		if name == "" {
			name = fmt.Sprintf("column %d", i+1)
		}
		if used[name]++; used[name] > 1 {
			name = fmt.Sprintf("%s (%d)", name, used[name])
		}
		f.lay.names = append(f.lay.names, strings.Clone(name))
	}
}

// widthOccurs reports whether some row has a value in the last column.
func widthOccurs(rows []sampleRow, width int) bool {
	for _, r := range rows {
		if len(r.fields) >= width && r.fields[width-1] != "" {
			return true
		}
	}
	return false
}
