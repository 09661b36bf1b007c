package intake

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"quid/money"
)

// A Cell is a cell of a table as it stands in the file.
type Cell struct {
	Text     string
	Quantity money.Micro
	Number   bool // it is a number that can be read in one way only
}

// Table returns the rows behind the header as they stand, those without a value
// left out; each has as many cells as there are columns. It is for small tables:
// documents are read by a Plan.
func (f *File) Table() iter.Seq2[[]Cell, error] {
	return func(yield func([]Cell, error) bool) {
		rows, err := f.newReader()
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.release(rows)
		for {
			rec, err := rows.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(nil, fmt.Errorf("%s: %w", f.src.name, err))
				return
			}
			if f.before(rec) || blank(rec.fields) {
				continue
			}
			if !yield(f.cellsOf(rec), nil) {
				return
			}
		}
	}
}

func (f *File) cellsOf(rec *record) []Cell {
	cells := make([]Cell, len(f.lay.names))
	for i := range min(len(rec.fields), len(cells)) {
		c := &cells[i]
		c.Text = strings.Clone(strings.TrimSpace(rec.fields[i]))
		format := numberFormat{}
		if i < len(rec.kinds) && rec.kinds[i] != cellText {
			format.dec = '.' // workbooks keep numbers apart from how they are shown
		}
		n := scanNumber(c.Text)
		if n.mark == notNumber || n.percent {
			continue
		}
		if dec, ok := format.decimal(n); ok {
			q, fits := n.scaled(dec, 6)
			c.Quantity, c.Number = money.Micro(q), fits
		}
	}
	return cells
}
