package intake

import (
	"slices"
	"strings"

	"quid/day"
)

// A Column is one column of a file, as detected.
type Column struct {
	Index   int      `json:"index"`
	Name    string   `json:"name"`    // from the header, else "column 3"
	Samples []string `json:"samples"` // the first few different values
	Filled  int64    `json:"filled"`  // rows with a value

	numbers numberStats
	dates   dateStats
	texts   int64
	above1  bool // some number is above one
	one     bool // some number without a percent sign is one
}

const (
	maxSamples = 5
	maxSample  = 80 // bytes
)

// numberStats counts what the numbers of a column show.
type numberStats struct {
	count  [numMarks]int64
	first  [numMarks]string // the first value of each mark
	whole  [2]int64         // values with grouping and decimals: 1.234,56 and 1,234.56
	native int64            // number cells of a workbook
}

// dateStats counts what the dates of a column allow, by shape.
type dateStats struct {
	shape  [shapes]shapeStats
	others int64 // dates of one reading, of any form
}

type shapeStats struct {
	n      int64
	all    uint8  // orders in which every value is a day
	sure   uint8  // orders that some value leaves as its only one
	unsure int64  // values with different readings
	sample string // the first of these
}

// see takes one cell into the statistics.
func (c *Column) see(s string, kind byte) {
	if s == "" {
		return
	}
	c.Filled++
	if len(c.Samples) < maxSamples {
		if v := cutText(s, maxSample); !slices.Contains(c.Samples, v) {
			c.Samples = append(c.Samples, strings.Clone(v))
		}
	}
	switch kind {
	case cellNumber:
		c.numbers.native++
		n := scanNumber(s)
		c.above1, c.one = c.above1 || n.aboveOne(), c.one || n.isOne()
		return
	case cellDay:
		c.dates.others++
		return
	}
	first := s[0]
	if first >= '0' && first <= '9' && len(s) >= 5 && len(s) <= 40 {
		if d := scanDigits(s); d.form != notDate {
			c.dates.see(d, s)
			if d.form != serial && (d.form == yearLast || s[4] < '0' || s[4] > '9') {
				return // no number, whatever else
			}
		}
	} else if c.texts > 200 && c.texts == c.Filled-1 {
		if first != '-' && first != '(' && (first < '0' || first > '9') {
			c.texts++ // nothing but text so far
			return
		}
	}
	n := scanNumber(s)
	if n.mark == notNumber {
		c.texts++
		return
	}
	c.numbers.see(n, s)
	if !c.above1 {
		c.above1, c.one = n.aboveOne(), c.one || n.isOne()
	}
}

func (t *numberStats) see(n number, s string) {
	if t.count[n.mark]++; t.count[n.mark] == 1 {
		t.first[n.mark] = strings.Clone(s)
	}
	if n.whole && n.mark == commaDecimal {
		t.whole[0]++
	} else if n.whole && n.mark == pointDecimal {
		t.whole[1]++
	}
}

func (t *dateStats) see(d date, s string) {
	if d.form != yearLast {
		t.others++
		return
	}
	can := d.orders()
	if can == 0 {
		return // no day in any order: a problem of its row
	}
	sh := &t.shape[d.shape]
	if sh.n++; sh.n == 1 {
		sh.all = 0xFF
	}
	sh.all &= can
	switch {
	case can&(can-1) == 0:
		sh.sure |= can
	case !d.same():
		if sh.unsure++; sh.unsure == 1 {
			sh.sample = strings.Clone(s)
		}
	}
}

// A Question is what a file leaves open about a column that is needed. It must
// be answered; nothing is guessed.
type Question struct {
	Column   string    `json:"column"`
	Field    string    `json:"field"`
	Sample   string    `json:"sample"`   // a value with two readings
	Reason   string    `json:"reason"`   // an English sentence; also its key in package locale
	Flag     string    `json:"flag"`     // "--decimal" or "--dates"
	Readings []Reading `json:"readings"` // what the sample is under each answer
}

// A Reading is what a sample value means under one answer.
type Reading struct {
	Answer string `json:"answer"` // the value of the flag
	Value  string `json:"value"`  // the number with a point or the day; "" if it can't be read so
}

// Why a column is ambiguous.
const (
	whyThousands = "every number with a separator looks like whole thousands and none shows decimals"
	whyMixed     = "some numbers show a decimal comma, others a decimal point"
	whyBroken    = "some numbers show decimals, others have several separators of the same sign"
	whyOrder     = "day and month can't be told apart"
	whyTwoOrders = "some dates begin with the day, others with the month"
	whyYear      = "the year has two digits and could stand first or last"
)

// decideNumbers settles how the numbers of the column are read, or asks.
// shared is the separator that other columns of the file show together with
// grouping, 0 if they don't or disagree.
func (c *Column) decideNumbers(given, shared byte) (numberFormat, *Question) {
	if given != 0 {
		return numberFormat{given}, nil
	}
	t := &c.numbers
	comma, point := t.count[commaDecimal] > 0, t.count[pointDecimal] > 0
	unsure := notNumber
	for _, m := range []mark{commaEither, pointEither, commaGroups, pointGroups} {
		if t.count[m] > 0 {
			unsure = m
			break
		}
	}
	switch {
	case comma && !point && t.count[commaGroups] == 0:
		return numberFormat{','}, nil
	case point && !comma && t.count[pointGroups] == 0:
		return numberFormat{'.'}, nil
	case unsure == notNumber:
		return numberFormat{}, nil
	case !comma && !point && shared != 0 && fits(t, shared):
		return numberFormat{shared}, nil
	}
	q := &Question{Column: c.Name, Sample: t.first[unsure], Flag: "--decimal", Reason: whyThousands}
	if comma && point {
		q.Reason = whyMixed
	} else if comma || point {
		q.Reason = whyBroken
	}
	n := scanNumber(q.Sample)
	for _, dec := range []byte{',', '.'} {
		r := Reading{Answer: string(dec)}
		if d, ok := (numberFormat{dec}).decimal(n); ok {
			r.Value = n.canonical(d)
		}
		q.Readings = append(q.Readings, r)
	}
	return numberFormat{}, q
}

// fits reports whether no number of the column speaks against the separator.
func fits(t *numberStats, dec byte) bool {
	if dec == ',' {
		return t.count[commaGroups] == 0
	}
	return t.count[pointGroups] == 0
}

// sharedDecimal returns the decimal separator that the columns of a file agree
// on. Only numbers that show grouping and decimals at once count: a column with
// 0.02 says nothing about another with 2,024,994, which may be damaged.
func sharedDecimal(columns []Column) byte {
	var whole [2]int64
	var comma, point bool
	for i := range columns {
		t := &columns[i].numbers
		whole[0] += t.whole[0]
		whole[1] += t.whole[1]
		if columns[i].texts*10 < columns[i].Filled { // a column of numbers
			comma = comma || t.count[commaDecimal] > 0
			point = point || t.count[pointDecimal] > 0
		}
	}
	switch {
	case whole[0] > 0 && whole[1] == 0 && !point:
		return ','
	case whole[1] > 0 && whole[0] == 0 && !comma:
		return '.'
	}
	return 0
}

// A dateFormat says in which order the dates of each shape are read.
type dateFormat struct {
	given     Order
	order     [shapes]Order // OrderUnknown: each date shows it by itself
	epoch1904 bool
}

// decideDates settles how the dates of the column are read, or asks. shared
// holds the orders that all columns of the file agree on, by shape.
func (c *Column) decideDates(given Order, shared [shapes]uint8) (dateFormat, *Question) {
	f := dateFormat{given: given}
	if given != OrderUnknown {
		return f, nil
	}
	for i := range c.dates.shape {
		sh := &c.dates.shape[i]
		if sh.n == 0 {
			continue
		}
		can := sh.all
		if can&shared[i] != 0 {
			can &= shared[i]
		}
		if can != 0 && can&(can-1) == 0 {
			f.order[i] = orderOf(can)
			continue
		}
		if sh.unsure == 0 {
			continue // 05/05/2026 is the same day in any order
		}
		if can&canDMY != 0 && dotted(i) && !monthFirst(shared) {
			f.order[i] = DMY
			continue
		}
		return f, c.askDates(sh, can)
	}
	return f, nil
}

// dotted reports a shape written with points: 01.04.2026. Where points are
// written the day comes first (German, Russian, Turkish, the Nordic languages …);
// of the locales of the Unicode CLDR none writes the month first with points.
func dotted(shape int) bool { return shape%3 == 0 }

// monthFirst reports whether the file writes dates of some shape with the month
// first for certain: then even points are asked about.
func monthFirst(shared [shapes]uint8) bool {
	return slices.ContainsFunc(shared[:], func(can uint8) bool { return can&(canDMY|canMDY) == canMDY })
}

func (c *Column) askDates(sh *shapeStats, can uint8) *Question {
	q := &Question{Column: c.Name, Sample: sh.sample, Flag: "--dates", Reason: whyOrder}
	d := scanDate(sh.sample)
	switch {
	case sh.all == 0:
		q.Reason = whyTwoOrders
	case can&canYMD != 0:
		q.Reason = whyYear
	}
	for o := DMY; o <= YMD; o++ {
		if v := d.in(o); v != 0 {
			q.Readings = append(q.Readings, Reading{Answer: o.String(), Value: v.String()})
		}
	}
	return q
}

func orderOf(bit uint8) Order {
	switch bit {
	case canDMY:
		return DMY
	case canMDY:
		return MDY
	}
	return YMD
}

// sharedOrders returns, by shape, the orders in which every date of every
// column of dates can be read; 0 where the columns contradict each other.
func sharedOrders(columns []Column) [shapes]uint8 {
	var shared [shapes]uint8
	for i := range shared {
		shared[i] = 0xFF
		for j := range columns {
			c := &columns[j]
			if sh := &c.dates.shape[i]; sh.n > 0 && c.texts*10 < c.Filled {
				shared[i] &= sh.all
			}
		}
	}
	return shared
}

// day reads a cell. The problem is one of the sentences of problem.go, or "".
func (f dateFormat) day(s string, kind byte) (d day.Day, problem string) {
	if kind == cellNumber {
		n := scanNumber(s)
		v, ok := n.scaled('.', 6)
		if v /= 1_000_000; ok && v >= 1 && int64(v) != 60 && v < 200_000 {
			if v >= 19000101 {
				return scanDate(s).day, ""
			}
			if d = serialDay(int(v), f.epoch1904); d != 0 {
				return d, ""
			}
		}
		if x := scanDate(s); x.form == certain && x.day != 0 {
			return x.day, ""
		}
		return 0, notADay
	}
	x := scanDate(s)
	switch x.form {
	case noDate:
		return 0, ""
	case timeOnly:
		return 0, onlyATime
	case serial:
		d = serialDay(x.n, f.epoch1904)
	case certain:
		d = x.day
	case yearLast:
		return f.yearLast(x)
	}
	if d == 0 {
		return 0, notADay
	}
	return d, ""
}

func (f dateFormat) yearLast(x date) (day.Day, string) {
	order := f.given
	if order == OrderUnknown {
		order = f.order[x.shape]
	}
	can := x.orders()
	switch {
	case can == 0:
		return 0, noSuchDay
	case order != OrderUnknown:
		if d := x.in(order); d != 0 {
			return d, ""
		}
		return 0, otherOrder
	case can&(can-1) == 0:
		return x.in(orderOf(can)), ""
	case x.same():
		for o := DMY; o <= YMD; o++ {
			if d := x.in(o); d != 0 {
				return d, ""
			}
		}
	}
	return 0, unclearOrder
}
