package intake

import (
	"bytes"
	"io"
)

// lines cuts a byte stream into physical lines, which end with LF, CRLF or a
// lone CR. It looks ahead without losing anything: a record is tried over
// several lines and, if that fails, taken as its first line only.
type lines struct {
	r   io.Reader
	buf []byte
	pos int // start of the line not yet taken
	end int // end of what was read
	err error
	lf  nextByte
	cr  nextByte
}

// nextByte remembers where a byte comes next: no such byte stands in from to at,
// or, where at is -1, in from to upTo.
type nextByte struct {
	c              byte
	at, from, upTo int
}

// next returns where the byte comes at or after start, -1 if not in b.
func (m *nextByte) next(b []byte, start int) int {
	if start < m.from || (m.at >= 0 && m.at < start) {
		m.from, m.at, m.upTo = start, -1, start
	}
	if m.at < 0 {
		m.at = indexFrom(b, max(start, m.upTo), m.c)
		m.upTo = len(b)
	}
	return m.at
}

func (m *nextByte) shift(by int) {
	m.from, m.upTo = m.from-by, m.upTo-by
	if m.at >= 0 {
		m.at -= by
	}
}

func newLines(r io.Reader, buf []byte) *lines {
	if buf == nil {
		buf = make([]byte, 256<<10)
	}
	return &lines{r: r, buf: buf, lf: nextByte{c: '\n', at: -1}, cr: nextByte{c: '\r', at: -1}}
}

// fill reads more behind what is there. It reports false at the end of the file
// or when the buffer has reached its limit.
func (l *lines) fill() bool {
	if l.err != nil {
		return false
	}
	if l.end == len(l.buf) {
		if l.pos >= len(l.buf)/4 {
			n := copy(l.buf, l.buf[l.pos:l.end])
			l.shift(l.pos)
			l.pos, l.end = 0, n
		} else if len(l.buf) >= 2*maxLine {
			return false
		} else {
			bigger := make([]byte, min(2*len(l.buf), 2*maxLine))
			copy(bigger, l.buf[:l.end])
			l.buf = bigger
		}
	}
	for range 1000 { // reads may bring nothing, or nothing but zeros
		n, err := l.r.Read(l.buf[l.end:])
		n = dropNULs(l.buf[l.end : l.end+n])
		l.end += n
		if err != nil {
			l.err = err
		}
		if n > 0 {
			return true
		}
		if err != nil {
			return false
		}
	}
	l.err = io.ErrNoProgress
	return false
}

// dropNULs removes zero bytes in place and returns how many others there are.
func dropNULs(b []byte) int {
	n := bytes.IndexByte(b, 0)
	if n < 0 {
		return len(b)
	}
	for _, c := range b[n:] {
		if c != 0 {
			b[n] = c
			n++
		}
	}
	return n
}

func (l *lines) shift(by int) {
	l.lf.shift(by)
	l.cr.shift(by)
}

// span returns the line that starts off bytes after the current position: its
// length, and the length with its line end. ok is false at the end of the file.
func (l *lines) span(off int) (n, full int, ok bool) {
	for {
		start := l.pos + off
		if start < l.end {
			if n, full, ok := l.find(start); ok && n <= maxLine {
				return n, full, true
			} else if ok || l.end-start > maxLine {
				return maxLine, maxLine, true
			}
		}
		if !l.fill() {
			break
		}
	}
	n = l.end - l.pos - off
	if n > 0 && l.buf[l.end-1] == '\r' {
		return n - 1, n, true
	}
	return n, n, n > 0
}

// find looks for the line end of the line at start in what was read.
func (l *lines) find(start int) (n, full int, ok bool) {
	lf, cr := l.lf.next(l.buf[:l.end], start), l.cr.next(l.buf[:l.end], start)
	if cr >= 0 && (lf < 0 || cr < lf) {
		at := cr
		switch {
		case at+1 < l.end && l.buf[at+1] == '\n':
			return at - start, at + 2 - start, true
		case at+2 < l.end && l.buf[at+1] == '\r' && l.buf[at+2] == '\n':
			return at - start, at + 3 - start, true // CR CR LF, as some transfers write
		case at+2 < l.end || (at+1 < l.end && l.buf[at+1] != '\r'):
			return at - start, at + 1 - start, true
		}
		return 0, 0, false // the next bytes decide
	}
	if lf >= 0 {
		return lf - start, lf + 1 - start, true
	}
	return 0, 0, false
}

func indexFrom(b []byte, from int, c byte) int {
	if from >= len(b) {
		return -1
	}
	if i := bytes.IndexByte(b[from:], c); i >= 0 {
		return from + i
	}
	return -1
}

// take moves on by the n bytes of a record and returns them; they are valid
// until the next call.
func (l *lines) take(n int) []byte {
	b := l.buf[l.pos : l.pos+n]
	l.pos += n
	return b
}

// skipLine drops the rest of a line that was cut.
func (l *lines) skipLine() {
	for {
		if l.pos < l.end {
			if _, full, ok := l.find(l.pos); ok {
				l.pos += full
				return
			}
			l.pos = max(l.pos, l.end-2) // a CR may still wait for its LF
		}
		if !l.fill() {
			l.pos = l.end
			return
		}
	}
}
