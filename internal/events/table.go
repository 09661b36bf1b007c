package events

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"quid/clv"
)

// A Table is a small file of columns: histories, contracts, cohorts.
type Table struct {
	Columns []string

	layout layout
	r      *bufio.Reader
	line   int
	err    error
}

// OpenTable reads the header of a file. Its columns are divided by whatever
// divides the first line.
func OpenTable(r io.Reader) (*Table, error) {
	t := &Table{r: bufio.NewReaderSize(r, 1<<16)}
	head, err := t.r.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err := notText(head); err != nil {
		return nil, err
	}
	if bytes.HasPrefix(head, []byte("\ufeff")) {
		t.r.Discard(len("\ufeff"))
	}
	line, ok := t.next()
	if !ok {
		return nil, cmp.Or(t.err, errors.New("the file is empty"))
	}
	t.layout.comma = findComma([][]byte{line})
	for _, cell := range t.layout.split(slices.Clone(line), nil) {
		t.Columns = append(t.Columns, string(cell))
	}
	return t, nil
}

// next returns the next line that is not blank, quotes heeded. It is valid until
// the next call.
func (t *Table) next() ([]byte, bool) {
	for {
		line, err := t.r.ReadSlice('\n')
		whole := line
		for errors.Is(err, bufio.ErrBufferFull) || err == nil && bytes.IndexByte(whole, '"') >= 0 && lastLine(whole) != len(whole) {
			if len(whole) > lineLimit {
				t.err = fmt.Errorf("line %d is longer than 64 MB: a quote is not closed, or this is no CSV file", t.line+1)
				return nil, false
			}
			whole = slices.Clone(whole)
			line, err = t.r.ReadSlice('\n')
			whole = append(whole, line...)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			t.err = err
			return nil, false
		}
		if len(whole) == 0 {
			return nil, false
		}
		t.line++
		if len(bytes.TrimSpace(whole)) > 0 {
			return whole, true
		}
	}
}

// Rows yields the cells of each line; they are valid until the next. Lines that
// are shorter than the header are filled up. Err tells what ended it.
func (t *Table) Rows(yield func(cells [][]byte) bool) {
	var cells [][]byte
	for {
		line, ok := t.next()
		if !ok {
			return
		}
		cells = t.layout.split(line, cells[:0])
		for len(cells) < len(t.Columns) {
			cells = append(cells, nil)
		}
		if !yield(cells) {
			return
		}
	}
}

// Err is what went wrong while reading, if anything.
func (t *Table) Err() error { return t.err }

// Column finds a column by the name given, else by the usual ones, which are
// folded: letters and digits in lower case. It is -1 if there is none.
func (t *Table) Column(given string, usual ...string) (int, error) {
	l := layout{header: true, columns: t.Columns}
	return l.named(given, usual)
}

// Number reads the number in a cell of the line at hand.
func (t *Table) Number(column int, cell []byte) (float64, error) {
	s := string(cell)
	if t.layout.comma == ';' && strings.IndexByte(s, '.') < 0 {
		s = strings.Replace(s, ",", ".", 1)
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || x-x != 0 {
		return 0, t.Wrong(column, cell, "write a number")
	}
	return x, nil
}

// Day reads the day in a cell of the line at hand; dates are dmy or mdy where
// the day alone leaves it open.
func (t *Table) Day(column int, cell []byte, dates string) (clv.Day, error) {
	o := dmy
	if dates == "mdy" {
		o = mdy
	}
	d := dayOf(cell, o)
	if form, a, b, _ := scanDay(cell); d == 0 || form == yearLast && dates == "" && a <= 12 && b <= 12 && a != b && bytes.IndexByte(cell, '.') < 0 {
		return 0, t.Wrong(column, cell, "write a day such as 2026-12-31, or say --dates dmy or --dates mdy")
	}
	return d, nil
}

// Wrong is the problem that a cell of the line at hand is.
func (t *Table) Wrong(column int, cell []byte, reason string) error {
	return &Problem{Line: t.line, Column: t.Columns[column], Value: string(cell), Reason: reason}
}

// Histories are the customers of a file of histories, in its order.
type Histories struct {
	Histories []clv.History
	HasSpend  bool
	names     []byte
	ends      []int
}

// Customer is the name of the customer of Histories[i].
func (h *Histories) Customer(i int) []byte {
	from := 0
	if i > 0 {
		from = h.ends[i-1]
	}
	return h.names[from:h.ends[i]]
}

// Columns of files of histories, as quid and as other programs write them.
var (
	usualX      = []string{"x", "frequency", "xcal", "häufigkeit", "haeufigkeit"}
	usualTx     = []string{"tx", "recency", "txcal", "zuletzt", "letzterkauf", "letztespende"}
	usualT      = []string{"t", "tcal", "age"}
	usualMean   = []string{"spend", "monetaryvalue", "monetary", "mx", "zbar", "m"}
	usualGaps   = []string{"loggaps", "litt"}
	usualPeriod = []string{"n", "ncal", "periods", "opportunities", "gelegenheiten", "perioden", "jahre"}
	usualCount  = []string{"count", "custs", "customers", "weight", "donors", "anzahl", "kunden", "spender"}
)

// HoldsHistories says whether columns are those of a file of histories.
func HoldsHistories(columns []string) bool {
	t := Table{Columns: columns}
	return t.has(usualX) && t.has(usualTx) && t.has(usualT)
}

// HoldsOccasions says whether columns are those of purchases out of n
// opportunities, as the BG/BB takes them.
func HoldsOccasions(columns []string) bool {
	t := Table{Columns: columns}
	return t.has(usualX) && t.has(usualTx) && t.has(usualPeriod)
}

// HoldsContracts says whether columns are those of contracts, or of those who are
// still there of a cohort.
func HoldsContracts(columns []string) bool {
	t := Table{Columns: columns}
	return t.has([]string{"churn", "tenure", "survivors", "contractend", "vertragsende"})
}

func (t *Table) has(usual []string) bool {
	i, _ := t.Column("", usual...)
	return i >= 0
}

// ReadHistories reads a file of histories: id, x, t_x, T and perhaps spend. A
// file without names numbers its customers.
func ReadHistories(r io.Reader) (*Histories, error) {
	t, err := OpenTable(r)
	if err != nil {
		return nil, err
	}
	var at [6]int
	for i, usual := range [][]string{usualX, usualTx, usualT, usualMean, usualGaps, usualID} {
		at[i], _ = t.Column("", usual...)
	}
	if !HoldsHistories(t.Columns) {
		return nil, fmt.Errorf("a file of histories has the columns id, x, t_x, T and spend; this one has %s", strings.Join(quoted(t.Columns), ", "))
	}
	h := &Histories{HasSpend: at[3] >= 0}
	for cells := range t.Rows {
		var v [5]float64
		for i := range v {
			if at[i] < 0 || i >= 3 && len(cells[at[i]]) == 0 {
				continue
			}
			if v[i], err = t.Number(at[i], cells[at[i]]); err != nil {
				return nil, err
			}
		}
		if x := v[0]; x < 0 || x != float64(int32(x)) {
			return nil, t.Wrong(at[0], cells[at[0]], "write a whole number of repeat purchases")
		}
		one := clv.History{X: int(v[0]), Tx: v[1], T: v[2], Spend: v[3], LogGaps: v[4]}
		if one.T != 0 || one.Tx != 0 || one.X != 0 { // else the first purchase was on the last day
			if err := one.Check(); err != nil {
				return nil, fmt.Errorf("line %d: %w", t.line, err)
			}
		}
		h.Histories = append(h.Histories, one)
		if at[5] >= 0 {
			h.names = append(h.names, cells[at[5]]...)
		} else {
			h.names = strconv.AppendInt(h.names, int64(len(h.Histories)), 10)
		}
		h.ends = append(h.ends, len(h.names))
	}
	return h, t.Err()
}

// ReadOccasions reads x, t_x, n and perhaps count.
func ReadOccasions(r io.Reader) ([]clv.Occasions, error) {
	t, err := OpenTable(r)
	if err != nil {
		return nil, err
	}
	if !HoldsOccasions(t.Columns) {
		return nil, fmt.Errorf("the BG/BB takes the columns x, t_x, n and count; this file has %s", strings.Join(quoted(t.Columns), ", "))
	}
	var at [4]int
	for i, usual := range [][]string{usualX, usualTx, usualPeriod, usualCount} {
		at[i], _ = t.Column("", usual...)
	}
	var all []clv.Occasions
	for cells := range t.Rows {
		v := [4]float64{3: 1}
		for i := range v {
			if at[i] < 0 {
				continue
			}
			if v[i], err = t.Number(at[i], cells[at[i]]); err != nil {
				return nil, err
			}
			if i < 3 && v[i] != float64(int32(v[i])) {
				return nil, t.Wrong(at[i], cells[at[i]], "write a whole number")
			}
		}
		one := clv.Occasions{X: int(v[0]), Tx: int(v[1]), N: int(v[2]), Count: v[3]}
		if err := one.Check(); err != nil {
			return nil, fmt.Errorf("line %d: %w", t.line, err)
		}
		all = append(all, one)
	}
	return all, t.Err()
}
