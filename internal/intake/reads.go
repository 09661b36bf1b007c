package intake

import "strconv"

// A ColumnReading says how a plan reads a column, so that people can see whether
// it is right before anything is taken in.
type ColumnReading struct {
	Field   string
	Type    Type
	Decimal byte     // the decimal sign of its numbers, 0 where each shows it by itself
	Values  []string // what each sample is read as: 1234.5 or 2026-12-31; "" where it can't be read
}

// Reading returns how a mapped column of numbers or days is read; ok is false
// for columns that are left out or are read as the text they are.
func (p *Plan) Reading(column int) (r ColumnReading, ok bool) {
	if column < 0 || column >= len(p.fields) || p.fields[column] == "" {
		return r, false
	}
	c := p.cells[p.fields[column]]
	r = ColumnReading{Field: c.Name, Type: c.Type}
	if c.Type != TypeDay && c.Type != TypeClock && !c.Type.isNumber() {
		return r, false
	}
	if c.Type.isNumber() {
		r.Decimal = c.num.dec
	}
	for _, s := range p.file.Columns[column].Samples {
		r.Values = append(r.Values, c.sample(s))
	}
	return r, true
}

// sample reads one value as the rows will be, "" where it can't be.
func (c *cell) sample(s string) string {
	if c.Type == TypeDay {
		if d, problem := c.date.day(s, cellText); problem == "" && d != 0 {
			return d.String()
		}
		return ""
	}
	if c.Type == TypeClock {
		if m, ok := parseClock(s); ok {
			return strconv.FormatInt(int64(m)/60_000_000, 10) + ":" + twoDigits(int64(m)/1_000_000%60) + ":" + twoDigits(int64(m)%1_000_000*60/1_000_000)
		}
		return ""
	}
	n := scanNumber(s)
	dec, ok := c.num.decimal(n)
	if !ok {
		return ""
	}
	return n.canonical(dec)
}
