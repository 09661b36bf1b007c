package intake

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// sheetReader hands out the rows of one sheet that hold anything.
type sheetReader struct {
	w        *workbook
	x        *xmlScanner
	count    *countingReader
	body     io.Closer
	unpacked int64
	rec      record
	row      int
	kept     int // bytes of text in this row
}

func (s *sheetReader) close() { s.body.Close() }

func (s *sheetReader) read() int64 {
	return int64(float64(s.w.src.size) * min(1, float64(s.count.n)/float64(s.unpacked)))
}

// next returns the next row with at least one cell that is not empty.
func (s *sheetReader) next() (*record, error) {
	for {
		if err := s.x.next(0); err != nil {
			if err == io.EOF {
				return nil, err
			}
			return nil, damaged(err)
		}
		if s.x.name != "row" || s.x.end {
			if s.x.name == "sheetData" && s.x.end {
				return nil, io.EOF
			}
			continue
		}
		s.row++
		if n, err := strconv.Atoi(string(s.x.attr("r"))); err == nil {
			s.row = n
		}
		if s.x.self {
			continue
		}
		if err := s.readRow(); err != nil {
			return nil, damaged(err)
		}
		if len(s.rec.fields) > 0 {
			if s.rec.text = joinCSV(s.rec.fields, ';'); len(s.rec.text) > maxRow {
				s.rec.shorten(';')
			}
			return &s.rec, nil
		}
	}
}

// readRow reads the cells up to </row>; fields end with the last that is not empty.
func (s *sheetReader) readRow() error {
	rec := &s.rec
	rec.line, rec.flaw, rec.fields, rec.kinds = s.row, "", rec.fields[:0], rec.kinds[:0]
	s.kept = 0
	at := -1
	for {
		if err := s.x.next(0); err != nil {
			return noEnd(err)
		}
		switch {
		case s.x.name == "row" && s.x.end:
			return nil
		case s.x.name != "c" || s.x.end:
			continue
		}
		at++
		if col, ok := columnOf(s.x.attr("r")); ok {
			at = col
		}
		style, _ := strconv.Atoi(string(s.x.attr("s")))
		kind := string(s.x.attr("t"))
		if s.x.self {
			continue
		}
		text, err := s.readCell()
		if err != nil {
			return err
		}
		s.put(at, kind, style, text)
	}
}

// noEnd turns the end of the file into an error where more had to follow.
func noEnd(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readCell returns the raw text of a cell, up to </c>.
func (s *sheetReader) readCell() ([]byte, error) {
	var text []byte
	in, phonetic := false, false
	for {
		limit := 0
		if in && !phonetic {
			limit = maxLine - s.kept
		}
		if err := s.x.next(limit); err != nil {
			return nil, noEnd(err)
		}
		switch s.x.name {
		case "":
			if limit > 0 {
				text = append(text, s.x.text...)
				s.kept += len(s.x.text)
			}
		case "v", "t":
			in = !s.x.end && !s.x.self
		case "rPh":
			phonetic = !s.x.end && !s.x.self
		case "c":
			if s.x.end {
				return text, nil
			}
		}
	}
}

// put stores a cell as text with its kind.
func (s *sheetReader) put(at int, kind string, style int, raw []byte) {
	rec := &s.rec
	if at >= maxColumns {
		rec.flaw = flawColumns
		return
	}
	value, k := "", cellText
	switch kind {
	case "s":
		if n, err := strconv.Atoi(string(bytes.TrimSpace(raw))); err == nil {
			value = clean(s.w.strings.at(n, maxLine-s.kept))
			s.kept += len(value)
		}
	case "", "n":
		value, k = s.number(string(bytes.TrimSpace(raw)), style)
	case "d":
		if value = string(raw); len(value) > 10 {
			value = value[:10]
		}
		k = cellDay
	default:
		value = clean(strings.ToValidUTF8(unescape(raw), "\uFFFD"))
	}
	if value == "" {
		return
	}
	for len(rec.fields) <= at {
		rec.fields, rec.kinds = append(rec.fields, ""), append(rec.kinds, cellText)
	}
	rec.fields[at], rec.kinds[at] = cutText(value, maxRow), k
}

// number writes the value of a number cell: a day where it is formatted as one.
func (s *sheetReader) number(raw string, style int) (string, byte) {
	var st cellStyle
	if style >= 0 && style < len(s.w.styles) {
		st = s.w.styles[style]
	}
	value := canonicalNumber(raw)
	if st.day {
		whole, frac, _ := strings.Cut(value, ".")
		n, err := strconv.Atoi(whole)
		if err != nil {
			return value, cellNumber
		}
		switch {
		case n == 0 && frac != "":
			return "00:00", cellDay
		case n == 60 && !s.w.epoch1904:
			return "1900-02-29", cellDay
		}
		if d := serialDay(n, s.w.epoch1904); d != 0 {
			return d.String(), cellDay
		}
		return value, cellNumber
	}
	if st.pad > len(value) && strings.Trim(value, "0123456789") == "" {
		value = strings.Repeat("0", st.pad-len(value)) + value
		return value, cellText
	}
	return value, cellNumber
}

// canonicalNumber writes a cell's number with a point and without an exponent,
// to the 15 digits that Excel itself shows.
func canonicalNumber(raw string) string {
	simple := len(raw) <= 15
	for i := range len(raw) {
		if c := raw[i]; (c < '0' || c > '9') && c != '.' && (c != '-' || i > 0) {
			simple = false
		}
	}
	if simple {
		return raw
	}
	v, err := strconv.ParseFloat(raw, 64)
	if err != nil || v > 1e15 || v < -1e15 {
		return raw
	}
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 15, 64), 64)
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// columnOf reads the letters of a reference such as BC12.
func columnOf(ref []byte) (int, bool) {
	n := 0
	for i, c := range ref {
		if c < 'A' || c > 'Z' {
			return n - 1, i > 0
		}
		if n = n*26 + int(c-'A') + 1; n > maxColumns {
			return maxColumns, true
		}
	}
	return n - 1, n > 0
}

// sharedStrings are the texts of a workbook: in memory while they are small,
// else in a temporary file.
type sharedStrings struct {
	ends []int64 // where each text ends
	mem  []byte
	file *temp
}

const (
	maxStringsMem = 24 << 20
	maxStrings    = 8_000_000
)

// at returns a text, at most limit bytes of it.
func (s *sharedStrings) at(n, limit int) string {
	if s == nil || n < 0 || n >= len(s.ends) {
		return ""
	}
	start := int64(0)
	if n > 0 {
		start = s.ends[n-1]
	}
	size := min(s.ends[n]-start, int64(max(limit, 0)))
	if s.file == nil {
		return string(s.mem[start : start+size])
	}
	b := make([]byte, size)
	if _, err := s.file.f.ReadAt(b, start); err != nil {
		return ""
	}
	return string(b)
}

func (s *sharedStrings) close() {
	if s != nil && s.file != nil {
		s.file.Close()
	}
}

// add appends a text, moving all to a file once they are many.
func (s *sharedStrings) add(text string, dir string) error {
	var total int64
	if len(s.ends) > 0 {
		total = s.ends[len(s.ends)-1]
	}
	s.mem = append(s.mem, text...)
	s.ends = append(s.ends, total+int64(len(text)))
	if len(s.ends) > maxStrings {
		return errFormat("the workbook holds too many different texts: save it as CSV")
	}
	if len(s.mem) < maxStringsMem {
		return nil
	}
	if s.file == nil {
		t, err := newTemp(dir)
		if err != nil {
			return err
		}
		s.file = t
	}
	return s.flush()
}

func (s *sharedStrings) flush() error {
	if s.file == nil {
		return nil
	}
	_, err := s.file.f.Write(s.mem)
	s.mem = s.mem[:0]
	return err
}

func (w *workbook) readStrings(dir string) (*sharedStrings, error) {
	r, _, err := w.part("xl/sharedStrings.xml")
	if err != nil || r == nil {
		return nil, err
	}
	defer r.Close()
	x, s := newXMLScanner(r), &sharedStrings{}
	var text []byte
	in, phonetic := false, false
	for {
		limit := 0
		if in && !phonetic {
			limit = maxLine - len(text)
		}
		switch err := x.next(limit); {
		case err == io.EOF:
			return s, s.flush()
		case err != nil:
			s.close()
			return nil, damaged(err)
		}
		switch x.name {
		case "":
			if limit > 0 {
				text = append(text, x.text...)
			}
		case "t":
			in = !x.end && !x.self
		case "rPh":
			phonetic = !x.end && !x.self
		case "si":
			if !x.end && !x.self {
				text = text[:0]
				continue
			}
			value := unescape(text)
			if !utf8.ValidString(value) {
				value = strings.ToValidUTF8(value, "\uFFFD")
			}
			if err := s.add(value, dir); err != nil {
				s.close()
				return nil, err
			}
			text = text[:0]
		}
	}
}
