package demo

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"

	"quid/day"
	"quid/money"
)

// A table writes a CSV file as German systems do: semicolons, decimal commas,
// CRLF.
type table struct {
	f     *os.File
	enc   io.WriteCloser // nil for UTF-8
	w     *bufio.Writer
	row   []byte
	first bool
	iso   bool // days as 2026-12-31, else 31.12.2026
	err   error
}

// An encoding is how the text of a file is written.
type encoding int8

const (
	utf8     encoding = iota
	utf8Mark          // with a byte order mark
	windows1252
)

// create makes the file with its header in a folder.
func create(root *os.Root, name string, e encoding, header ...string) (*table, error) {
	f, err := root.Create(name)
	if err != nil {
		return nil, err
	}
	t := &table{f: f, first: true}
	var w io.Writer = f
	if e == windows1252 {
		t.enc = transform.NewWriter(f, charmap.Windows1252.NewEncoder())
		w = t.enc
	}
	t.w = bufio.NewWriterSize(w, 1<<18)
	if e == utf8Mark {
		t.row = append(t.row, "\ufeff"...)
	}
	for _, h := range header {
		t.text(h)
	}
	t.end()
	return t, nil
}

// close writes what is left.
func (t *table) close() error {
	if err := t.w.Flush(); t.err == nil {
		t.err = err
	}
	if t.enc != nil {
		if err := t.enc.Close(); t.err == nil {
			t.err = err
		}
	}
	if err := t.f.Close(); t.err == nil {
		t.err = err
	}
	return t.err
}

func (t *table) next() {
	if !t.first {
		t.row = append(t.row, ';')
	}
	t.first = false
}

// end ends the row.
func (t *table) end() {
	t.row = append(t.row, "\r\n"...)
	if _, err := t.w.Write(t.row); err != nil && t.err == nil {
		t.err = err
	}
	t.row, t.first = t.row[:0], true
}

func (t *table) text(s string) {
	t.next()
	if !strings.ContainsAny(s, ";\"\r\n") {
		t.row = append(t.row, s...)
		return
	}
	t.row = append(t.row, '"')
	t.row = append(t.row, strings.ReplaceAll(s, `"`, `""`)...)
	t.row = append(t.row, '"')
}

func (t *table) texts(list ...string) {
	for _, s := range list {
		t.text(s)
	}
}

// amount writes 1.234,50.
func (t *table) amount(a money.Amount) {
	t.next()
	v := int64(a)
	if v < 0 {
		t.row = append(t.row, '-')
		v = -v
	}
	t.thousands(v / 100)
	t.row = append(t.row, ',', byte('0'+v/10%10), byte('0'+v%10))
}

func (t *table) thousands(v int64) {
	if v < 1000 {
		t.row = strconv.AppendInt(t.row, v, 10)
		return
	}
	t.thousands(v / 1000)
	t.row = append(t.row, '.', byte('0'+v/100%10), byte('0'+v/10%10), byte('0'+v%10))
}

// known writes an amount, or nothing where it is zero, which means unknown.
func (t *table) known(a money.Amount) {
	if a == 0 {
		t.next()
		return
	}
	t.amount(a)
}

// number writes 12,5, without needless zeros.
func (t *table) number(m money.Micro) {
	t.next()
	v := int64(m)
	if v < 0 {
		t.row = append(t.row, '-')
		v = -v
	}
	t.row = strconv.AppendInt(t.row, v/int64(money.One), 10)
	if v %= int64(money.One); v == 0 {
		return
	}
	t.row = append(t.row, ',')
	for unit := int64(money.One) / 10; v > 0; unit /= 10 {
		t.row = append(t.row, byte('0'+v/unit))
		v %= unit
	}
}

// percent writes 12,5%.
func (t *table) percent(m money.Micro) {
	t.number(m * 100)
	t.row = append(t.row, '%')
}

func (t *table) whole(n int) {
	t.next()
	if n != 0 {
		t.row = strconv.AppendInt(t.row, int64(n), 10)
	}
}

func (t *table) day(d day.Day) {
	t.next()
	if d == 0 {
		return
	}
	if t.iso {
		t.row = append(t.row, d.String()...)
		return
	}
	two := func(n int) { t.row = append(t.row, byte('0'+n/10), byte('0'+n%10)) }
	two(d.DayOfMonth())
	t.row = append(t.row, '.')
	two(d.Month())
	t.row = append(t.row, '.')
	t.row = strconv.AppendInt(t.row, int64(d.Year()), 10)
}
