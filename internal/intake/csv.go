package intake

import (
	"io"
	"slices"
	"strings"
)

// record is one row of a file. fields and kinds are valid until the next one.
type record struct {
	line   int      // first physical line, from 1; of a workbook the row
	fields []string // cleaned
	kinds  []byte   // of a workbook, what each cell is; nil for CSV
	text   string   // as it stands in the file, for the file of rejected rows
	lone   bool     // a field without quotes ends with one
	flaw   string   // what is wrong with the row as such, or ""
}

// clone returns a record that outlives the next one.
func (r *record) clone() *record {
	c := *r
	c.fields, c.kinds = slices.Clone(r.fields), slices.Clone(r.kinds)
	return &c
}

// What a cell of a workbook is. Cells of text files are cellText.
const (
	cellText   byte = 't'
	cellNumber byte = 'n' // canonical: digits and a point
	cellDay    byte = 'd' // as 2026-12-31
)

// A rowReader hands out the rows of a file. The record is reused.
type rowReader interface {
	next() (*record, error) // io.EOF at the end
	read() int64            // bytes of the source consumed
}

// Flaws of a row as such.
const (
	flawLong    = "the line is longer than 12 MB"
	flawColumns = "the row has more than 16384 fields"
)

// csvReader frames records. A quoted field may span lines, but only if all of
// its quotes are right: a lost quote would swallow the rows behind it, so a
// record that does not close properly is read again as its first line alone.
type csvReader struct {
	src    *lines
	dec    decoder
	count  *countingReader
	delim  byte
	width  int // fields a row should have; 0 while unknown
	rec    record
	atLine int
	fixed  int  // rows whose quotes were put right
	naive  bool // believes every quote, for the test that shows what that costs
}

func (c *csvReader) read() int64 {
	if c.count == nil {
		return 0
	}
	return c.count.n
}

func (c *csvReader) next() (*record, error) {
	n, full, ok := c.src.span(0)
	if !ok {
		if c.src.err != nil && c.src.err != io.EOF {
			return nil, c.src.err
		}
		return nil, io.EOF
	}
	c.atLine++
	rec := &c.rec
	rec.line, rec.flaw, rec.lone = c.atLine, "", false
	cut := n >= maxLine
	raw := c.src.buf[c.src.pos : c.src.pos+n]
	rec.text = c.dec.text(raw)
	if strings.IndexByte(rec.text, '"') < 0 {
		c.src.take(full)
		rec.fields = splitPlain(rec.text, c.delim, rec.fields[:0])
	} else if extra := c.quoted(n, full); extra > 0 {
		c.atLine += extra
	} else {
		c.src.take(full)
	}
	if cut {
		c.src.skipLine()
		rec.flaw = flawLong
	}
	c.finish()
	return rec, nil
}

// finish cleans the fields and bounds what a very large row keeps.
func (c *csvReader) finish() {
	rec := &c.rec
	if len(rec.fields) > maxColumns {
		rec.fields, rec.flaw = rec.fields[:maxColumns], flawColumns
	}
	if len(rec.text) > maxRow {
		rec.shorten(c.delim)
	}
	for i, f := range rec.fields {
		if !c.dec.plain || !isBare(f) {
			rec.fields[i] = clean(f)
		}
	}
}

// shorten bounds what a very large row keeps of its cells and of itself.
func (r *record) shorten(delim byte) {
	for i, f := range r.fields {
		r.fields[i] = strings.Clone(cutText(f, maxCell))
	}
	r.text = cutText(joinCSV(r.fields, delim), 2*maxRow)
}

// quoted parses a line with quotes. If the record goes on over more lines, it
// takes them all and returns how many more than one they are.
func (c *csvReader) quoted(n, full int) int {
	rec := &c.rec
	var p quoteParse
	rec.fields, p = splitQuoted(rec.text, c.delim, rec.fields[:0], strict)
	rec.lone = p.lone
	if !p.open {
		if p.stray && c.width > 1 && len(rec.fields) != c.width {
			c.repair()
		}
		c.unwrap()
		return 0
	}
	if end, lines, ok := c.extend(full); ok {
		whole := strings.TrimRight(c.dec.textOf(c.src.buf[c.src.pos:c.src.pos+end]), "\r\n")
		fields, p := splitQuoted(whole, c.delim, nil, strict)
		if !c.lostQuote(fields, whole) {
			rec.text, rec.fields, rec.lone = whole, append(rec.fields[:0], fields...), p.lone
			c.src.take(end)
			if c.width > 1 && len(fields) != c.width {
				c.repair()
			}
			return lines - 1
		}
	}
	c.repair()
	c.unwrap()
	return 0
}

// extend looks for the end of a record whose first line leaves a quote open.
func (c *csvReader) extend(off int) (end, count int, ok bool) {
	open, count := true, 1
	for open {
		n, full, more := c.src.span(off)
		if !more || count >= maxQuotedLines || off+n > maxQuoted {
			return 0, 0, false
		}
		var bad bool
		open, bad = scanStrict(c.src.buf[c.src.pos+off:c.src.pos+off+n], c.delim)
		if bad && !c.naive {
			return 0, 0, false
		}
		off += full
		count++
	}
	return off, count, true
}

// lostQuote reports whether a record of several lines is rather several
// records, the first of which lost a quote: then a line within it has all the
// fields of a row, or its first and its last line have.
func (c *csvReader) lostQuote(fields []string, whole string) bool {
	if c.width < 2 || c.naive {
		return false
	}
	rows := func(line string) bool {
		f, _ := splitQuoted(line, c.delim, nil, bare)
		return len(f) == c.width
	}
	lines := strings.Split(whole, "\n")
	last := len(lines) - 1
	if slices.ContainsFunc(lines[1:last], rows) {
		return true
	}
	if len(fields) == c.width {
		return rows(lines[0]) && rows(lines[last])
	}
	return rows(lines[0]) || rows(lines[last])
}

// repair parses the row with its quotes read more freely, and keeps the first
// reading that has all fields of a row.
func (c *csvReader) repair() {
	if c.naive {
		return
	}
	for _, m := range []quoteMode{free, bare} {
		fields, p := splitQuoted(c.rec.text, c.delim, nil, m)
		if len(fields) == c.width || (c.width < 2 && m == bare) {
			c.fixed++
			c.rec.fields, c.rec.lone = append(c.rec.fields[:0], fields...), p.lone
			return
		}
	}
	if fields, p := splitQuoted(c.rec.text, c.delim, nil, free); p.open {
		c.rec.fields, c.rec.lone = append(c.rec.fields[:0], fields...), p.lone
	}
}

// unwrap opens a line that was quoted as a whole, as happens when a file is
// saved by a program that took it for a single column.
func (c *csvReader) unwrap() {
	if len(c.rec.fields) != 1 || c.width < 2 || strings.IndexByte(c.rec.fields[0], c.delim) < 0 {
		return
	}
	inner, p := splitQuoted(c.rec.fields[0], c.delim, nil, strict)
	if !p.open && len(inner) == c.width {
		c.fixed++
		c.rec.fields = append(c.rec.fields[:0], inner...)
	}
}

// splitPlain splits a line without quotes.
func splitPlain(s string, delim byte, into []string) []string {
	start := 0
	for i := range len(s) {
		if s[i] == delim {
			into = append(into, s[start:i])
			start = i + 1
		}
	}
	return append(into, s[start:])
}

// quoteParse says how a line's quotes were.
type quoteParse struct {
	open  bool // a quoted field never ends
	stray bool // a quote stands where none belongs
	lone  bool // a field without quotes ends with one that may be a lost pair's, or mean inches
}

// quoteMode says how freely quotes are read.
type quoteMode int8

const (
	strict quoteMode = iota // RFC 4180; a stray quote inside a field is part of it
	free                    // also: a doubled quote before a delimiter closes; a quote that is never closed is not there
	bare                    // also: a quote is not there if the next one is out of place
)

// splitQuoted splits a record with quotes.
func splitQuoted(s string, delim byte, into []string, mode quoteMode) ([]string, quoteParse) {
	var p quoteParse
	for {
		lead := blanksBefore(s, delim)
		var field string
		var next int
		switch {
		case lead == len(s) || s[lead] != '"':
			field, next = bareField(s, delim, &p)
		case doubled(s[lead:], delim):
			p.stray = true
			if field, next = doubledField(s[lead:], delim); next >= 0 {
				next += lead
			} else {
				field, next = bareField(s[lead+2:], delim, &p)
				next += lead + 2
			}
		default:
			var ok bool
			if field, next, ok = quotedField(s[lead:], delim, mode, &p); ok {
				next += lead
			} else if mode != strict {
				p.open = true
				field, next = bareField(s[lead+1:], delim, &p)
				next += lead + 1
			} else {
				p.open = true
				return append(into, field), p
			}
		}
		into = append(into, field)
		if next >= len(s) {
			return into, p
		}
		s = s[next+1:]
	}
}

// blanksBefore counts the blanks before a quote, which mean nothing.
func blanksBefore(s string, delim byte) int {
	i := 0
	for i < len(s) && s[i] == ' ' && delim != ' ' {
		i++
	}
	if i < len(s) && s[i] == '"' {
		return i
	}
	return 0
}

// bareField returns a field that is not quoted, and where its delimiter stands.
func bareField(s string, delim byte, p *quoteParse) (string, int) {
	end := strings.IndexByte(s, delim)
	if end < 0 {
		end = len(s)
	}
	field := s[:end]
	if q := strings.IndexByte(field, '"'); q >= 0 {
		p.stray = true
		// A lone quote at the end is what is left of a pair, unless it says inches.
		if body := strings.TrimRight(field, " "); q == len(body)-1 && q > 0 {
			if body[q-1] < '0' || body[q-1] > '9' {
				field = body[:q]
			} else {
				p.lone = true
			}
		}
	}
	return field, end
}

// doubled reports whether s begins with two quotes that do not mean an empty
// field and are not the start of a quoted quote.
func doubled(s string, delim byte) bool {
	return len(s) > 2 && s[1] == '"' && s[2] != '"' && s[2] != delim && s[2] != ' ' && s[2] != '\n' && s[2] != '\r'
}

// doubledField returns a field in doubled quotes: ""text"".
func doubledField(s string, delim byte) (string, int) {
	for at := 2; ; {
		i := strings.Index(s[at:], `""`)
		if i < 0 {
			return "", -1
		}
		at += i
		if at+2 == len(s) || s[at+2] == delim {
			return s[2:at], at + 2
		}
		at += 2
	}
}

// quotedField returns the text of the field that begins with a quote, and where
// its delimiter stands. ok is false if it never ends.
func quotedField(s string, delim byte, mode quoteMode, p *quoteParse) (field string, next int, ok bool) {
	var b strings.Builder
	start := 1
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		after := i + 1
		if after < len(s) && s[after] == '"' {
			if mode != strict && (after+1 == len(s) || s[after+1] == delim) {
				return b.String() + s[start:i], after + 1, true
			}
			b.WriteString(s[start:after])
			start = after + 1
			i = after
			continue
		}
		for after < len(s) && s[after] == ' ' {
			after++
		}
		if after == len(s) || s[after] == delim {
			if b.Len() == 0 {
				return s[start:i], after, true
			}
			return b.String() + s[start:i], after, true
		}
		if p.stray = true; mode == bare {
			break
		}
	}
	return b.String() + s[min(start, len(s)):], len(s), false
}

// scanStrict reads on within a quoted field and says whether the line leaves
// one open. Any quote out of place is bad: then the field does not span lines.
func scanStrict(s []byte, delim byte) (open, bad bool) {
	in := true
	for i := 0; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		switch {
		case !in:
			if i > 0 && s[i-1] != delim && s[i-1] != ' ' {
				return false, true
			}
			in = true
		case i+1 < len(s) && s[i+1] == '"':
			i++
		case i+1 == len(s) || s[i+1] == delim || s[i+1] == ' ':
			in = false
		default:
			return false, true
		}
	}
	return in, false
}

// cutText returns at most n bytes of s, whole characters, and a mark that
// something is missing.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n] + "… [cut]"
}

// joinCSV writes fields as a row.
func joinCSV(fields []string, delim byte) string {
	var b strings.Builder
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(delim)
		}
		if strings.IndexByte(f, delim) >= 0 || strings.ContainsAny(f, "\"\r\n") {
			b.WriteByte('"')
			b.WriteString(strings.ReplaceAll(f, `"`, `""`))
			b.WriteByte('"')
		} else {
			b.WriteString(f)
		}
	}
	return b.String()
}
