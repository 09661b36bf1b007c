package intake

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"strings"
)

// spill holds rows that must wait until the whole file was read, split by the
// hash of their number: all rows of one number are in one part, in the order of
// the file. Small parts stay in memory.
type spill struct {
	dir   string
	shift uint // the hash bits above it chose this spill
	parts []spillPart
}

type spillPart struct {
	buf  []byte
	file *temp
	size int64 // in the file
}

const (
	spillBuffer = 128 << 10
	spillLoad   = 16 << 20 // a part up to this size is grouped in memory
	spillDepth  = 3
)

// newSpill returns a spill of n parts, n a power of two, that looks at the hash
// bits below shift.
func newSpill(dir string, n int, shift uint) *spill {
	return &spill{dir: dir, shift: shift - uint(bits.Len(uint(n-1))), parts: make([]spillPart, n)}
}

// add appends a row. Fields that are not mapped are left out.
func (s *spill) add(hash uint64, rec *record, fields []string) error {
	p := &s.parts[hash>>s.shift&uint64(len(s.parts)-1)]
	p.buf = appendRow(p.buf, hash, rec, fields)
	if len(p.buf) < spillBuffer {
		return nil
	}
	return p.flush(s.dir)
}

func (p *spillPart) flush(dir string) error {
	if p.file == nil {
		t, err := newTemp(dir)
		if err != nil {
			return err
		}
		p.file = t
	}
	if _, err := p.file.f.Write(p.buf); err != nil {
		return fmt.Errorf("spill rows: %w", err)
	}
	p.size += int64(len(p.buf))
	p.buf = p.buf[:0]
	if cap(p.buf) > 4*spillBuffer {
		p.buf = nil
	}
	return nil
}

func (s *spill) close() {
	for i := range s.parts {
		if s.parts[i].file != nil {
			s.parts[i].file.Close()
		}
		s.parts[i] = spillPart{}
	}
}

// appendRow writes a row: its hash, then what a record holds.
func appendRow(b []byte, hash uint64, rec *record, fields []string) []byte {
	b = binary.LittleEndian.AppendUint64(b, hash)
	b = binary.AppendUvarint(b, uint64(rec.line))
	b = binary.AppendUvarint(b, uint64(len(rec.fields)))
	for i, f := range rec.fields {
		if i < len(fields) && fields[i] == "" {
			f = ""
		}
		b = binary.AppendUvarint(b, uint64(len(f)))
		b = append(b, f...)
	}
	b = binary.AppendUvarint(b, uint64(len(rec.kinds)))
	b = append(b, rec.kinds...)
	lone := ""
	if rec.lone {
		lone = "1"
	}
	for _, t := range []string{rec.text, rec.flaw, lone} {
		b = binary.AppendUvarint(b, uint64(len(t)))
		b = append(b, t...)
	}
	return b
}

// rowScanner reads what appendRow wrote.
type rowScanner struct {
	r   *bufio.Reader
	rec record
	err error
	tmp []byte
}

func (p *spillPart) reader() *rowScanner {
	parts := []io.Reader{strings.NewReader(string(p.buf))}
	if p.file != nil {
		parts = []io.Reader{io.NewSectionReader(p.file.f, 0, p.size), parts[0]}
	}
	return &rowScanner{r: bufio.NewReaderSize(io.MultiReader(parts...), 64<<10)}
}

// next returns the next row; its strings may be kept, its slices not.
func (s *rowScanner) next() (hash uint64, rec *record, err error) {
	var b [8]byte
	if _, err := io.ReadFull(s.r, b[:]); err != nil {
		return 0, nil, err // io.EOF at the end
	}
	rec = &s.rec
	rec.line = int(s.uvarint())
	n := s.uvarint()
	rec.fields = rec.fields[:0]
	for range n {
		rec.fields = append(rec.fields, s.text())
	}
	kinds := s.text()
	rec.kinds = nil
	if kinds != "" {
		rec.kinds = []byte(kinds)
	}
	rec.text, rec.flaw = s.text(), s.text()
	rec.lone = s.text() != ""
	if s.err != nil {
		return 0, nil, fmt.Errorf("read spilled rows: %w", s.err)
	}
	return binary.LittleEndian.Uint64(b[:]), rec, nil
}

func (s *rowScanner) uvarint() uint64 {
	v, err := binary.ReadUvarint(s.r)
	if err != nil && s.err == nil {
		s.err = err
	}
	return v
}

func (s *rowScanner) text() string {
	n := s.uvarint()
	if n == 0 || s.err != nil || n > 4*maxLine {
		return ""
	}
	if uint64(cap(s.tmp)) < n {
		s.tmp = make([]byte, n)
	}
	if _, err := io.ReadFull(s.r, s.tmp[:n]); err != nil && s.err == nil {
		s.err = err
	}
	return string(s.tmp[:n])
}
