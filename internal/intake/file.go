package intake

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// A File is an open file that was read once. It must be closed.
type File struct {
	Detection

	src    *source
	opts   Options
	lay    layout
	book   *workbook
	runs   *runs // hashes of the documents' numbers, where Open knew the column
	key    int   // the column they are of
	sorted *runs // the runs that are sorted already
}

// Open reads the file at path once and finds out what it is. A path that is no
// regular file (a pipe) is copied to a temporary file first.
func Open(path string, o Options) (*File, error) {
	src, err := openSource(path)
	if err != nil {
		return nil, err
	}
	return open(src, o)
}

// OpenReader is Open for bytes that are not a file; name is for messages.
// Closing the File does not close at.
func OpenReader(at io.ReaderAt, size int64, name string, o Options) (*File, error) {
	return open(&source{at: at, size: size, name: name, close: func() error { return nil }}, o)
}

func open(src *source, o Options) (*File, error) {
	f := &File{src: src, opts: o, key: -1}
	if err := f.opts.check(); err != nil {
		src.close()
		return nil, err
	}
	err := f.findLayout()
	if err == nil {
		err = f.survey()
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (o *Options) check() error {
	o.Encoding = strings.ToLower(o.Encoding)
	switch o.Encoding {
	case "", "utf-8", "utf-16le", "utf-16be", "windows-1252":
	case "utf8":
		o.Encoding = "utf-8"
	case "latin1", "iso-8859-1", "iso-8859-15", "cp1252", "ansi":
		o.Encoding = "windows-1252"
	default:
		return errFormat("the encoding is one of utf-8, utf-16le, utf-16be and windows-1252")
	}
	if o.Currency == "" {
		o.Currency = "EUR"
	}
	return nil
}

// Close closes the file and removes what was spilled.
func (f *File) Close() error {
	if f.book != nil {
		f.book.strings.close()
	}
	if f.runs != nil {
		f.runs.close()
	}
	return f.src.close()
}

// HeaderRow returns the header as it stands in the file, "" if there is none. It
// is the first line of a file of rejected rows.
func (f *File) HeaderRow() string { return f.lay.headerRaw }

// Separator is what stands between the fields of the rows in Doc.Raw.
func (f *File) Separator() byte {
	if f.lay.format == formatXLSX {
		return ';'
	}
	return f.lay.delim
}

// survey reads the whole file once: statistics of every column, widths, blanks.
func (f *File) survey() error {
	d := &f.Detection
	d.Format, d.Header, d.FirstLine = f.lay.format, f.lay.header, f.lay.first
	d.Columns = make([]Column, len(f.lay.names))
	for i, name := range f.lay.names {
		d.Columns[i].Index, d.Columns[i].Name = i, name
	}
	f.keyColumn()
	rows, err := f.newReader()
	if err != nil {
		return err
	}
	defer f.release(rows)
	short := make(map[int]int64)
	for err = f.surveyRow(rows, short); err == nil; err = f.surveyRow(rows, short) {
		f.progress(rows, d.Rows+d.Blank)
	}
	if !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: %w", f.src.name, err)
	}
	f.describe(rows)
	f.acceptShort(short)
	if f.opts.Progress != nil {
		f.opts.Progress(f.src.size, f.src.size)
	}
	return nil
}

func (f *File) surveyRow(rows rowReader, short map[int]int64) error {
	rec, err := rows.next()
	if err != nil {
		return err
	}
	if f.before(rec) {
		return nil
	}
	d := &f.Detection
	if blank(rec.fields) {
		d.Blank++
		return nil
	}
	d.Rows++
	if n := len(rec.fields); n < len(d.Columns) {
		if f.lay.format == formatCSV {
			short[n]++
		}
	} else if n > len(d.Columns) && !blank(rec.fields[len(d.Columns):]) {
		d.Ragged++
	}
	for i := range min(len(rec.fields), len(d.Columns)) {
		kind := cellText
		if rec.kinds != nil {
			kind = rec.kinds[i]
		}
		d.Columns[i].see(rec.fields[i], kind)
	}
	if f.runs != nil && f.key < len(rec.fields) {
		return f.runs.add(keyOf(rec, f.key))
	}
	return nil
}

// before reports whether the row stands before the data: a title, the header,
// Excel's line with the delimiter.
func (f *File) before(rec *record) bool {
	return rec.line < f.lay.first || (f.lay.header && rec.line == f.lay.first) || isSep(rec)
}

// tellRows is how many rows are read between two words of progress.
const tellRows = 256

func (f *File) progress(rows rowReader, n int64) {
	if f.opts.Progress != nil && n%tellRows == 0 {
		f.opts.Progress(min(rows.read(), f.src.size), f.src.size)
	}
}

// describe notes what the reader found.
func (f *File) describe(rows rowReader) {
	switch r := rows.(type) {
	case *csvReader:
		f.Encoding = r.dec.name()
		f.Delimiter = delimiterNames[r.delim]
		if f.Delimiter == "" {
			f.Delimiter = string(rune(r.delim))
		}
		f.Repaired = r.fixed
	case *sheetReader:
		f.Sheet = f.lay.sheet.name
		for _, s := range f.book.sheets {
			f.Sheets = append(f.Sheets, s.name)
		}
	}
}

// acceptShort lets rows that lack their last fields pass if most rows of the
// file are so: then the program that wrote it left empty fields off. A few
// short rows are broken ones.
func (f *File) acceptShort(short map[int]int64) {
	var all int64
	for w, n := range short {
		all += n
		if f.Rows >= 3 && n*2 >= f.Rows {
			f.lay.short = w
		}
	}
	if f.lay.short > 0 {
		all = 0
		for w, n := range short {
			if w < f.lay.short {
				all += n
			}
		}
	}
	f.Ragged += all
}
