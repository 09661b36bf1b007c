package clv

import (
	"fmt"
	"math"
	"slices"
	"sync"
)

// A Watch is the time in which purchases are observed. Its zero value watches
// all there is, in days.
type Watch struct {
	From  Day  // purchases before this day are left out; 0 for none
	Until Day  // the last day that counts; 0 for the day of the last purchase
	End   Day  // the last day of the holdout after Until; 0 for the day of the last purchase
	Unit  Unit // of the histories; 0 means Days
}

// Micro is the unit in which a Tally adds amounts up, so that no order of the
// purchases can change a sum: a millionth.
const Micro = 1_000_000

// AmountLimit is the largest amount of one purchase that a Tally takes.
const AmountLimit = math.MaxInt64 / Micro

// A Tally counts the purchases of many customers as they come, in any order. It
// keeps 32 bytes a customer, 6 more where there is a holdout, and 6 bytes for each different purchase day of a
// customer; purchases that come after a later one of their customer take 6 bytes
// each as well.
//
// It is not safe for use by several goroutines; tallies of different customers
// are put together by Join.
type Tally struct {
	watch       Watch
	people      []buyer
	held        []holder         // of the same customers; empty without a holdout
	base        Day              // days are kept as 16 bits after this one
	first, last Day              // of all purchases from Watch.From on
	seen        daybook          // different days of customers
	unsure      daybook          // days between others, perhaps seen before
	beyond      map[uint64]int64 // multiples of 2^64 that a sum went over, by customer and field
	before      []uint64         // bits of the customers who bought before Watch.From
	outside     int64
	settled     bool
}

// A buyer is what is known of a customer. Days are 0 for none. Two of them fill a
// line of the processor's cache: reading a large log is a wait for these.
type buyer struct {
	sum, firstSum int64  // in Micro: of the whole watch, and of its first day
	gaps          int64  // logarithms of the times between purchases, see logOf
	days          uint32 // different ones in the watch
	first, last   uint16
}

// A holder is what is known of a customer in the holdout.
type holder struct{ after, from, to uint16 } // different days, the first and the last

// NewTally returns an empty tally.
func NewTally(w Watch) *Tally {
	if w.Unit == 0 {
		w.Unit = Days
	}
	return &Tally{watch: w}
}

// Around says which day the others lie around, before any is added: those 89
// years before or after are refused by Add. It is the day of the first purchase
// otherwise. It returns the tally.
func (t *Tally) Around(d Day) *Tally {
	if d != 0 {
		t.base = d - 1<<15
	}
	return t
}

// Customers is one more than the highest number of a customer so far.
func (t *Tally) Customers() int { return len(t.people) }

// Add takes a purchase in. Customers are numbered from 0, closely; the amount is
// in Micro. A day 89 years before or after others is refused: it is a slip, such
// as 9999-12-31 (see Around).
func (t *Tally) Add(customer int, d Day, amount int64) error {
	if customer >= len(t.people) {
		t.people = slices.Grow(t.people, customer+1-len(t.people))[:customer+1]
	}
	if t.base == 0 {
		t.base = d - 1<<15
	}
	rel := d - t.base
	if rel < 1 || rel > math.MaxUint16 {
		return fmt.Errorf("%v lies more than 89 years from other purchases (%v)", d, t.base+1<<15)
	}
	if d < t.watch.From {
		t.mark(customer)
		return nil
	}
	t.settled = false
	if t.first == 0 || d < t.first {
		t.first = d
	}
	t.last = max(t.last, d)
	b := &t.people[customer]
	if t.watch.Until != 0 && d > t.watch.Until {
		t.later(uint32(customer), uint16(rel), d)
		return nil
	}
	t.add(b, uint32(customer), uint16(rel), amount)
	return nil
}

// add counts a purchase of the watch.
func (t *Tally) add(b *buyer, who uint32, rel uint16, amount int64) {
	sum := b.sum + amount
	if (amount > 0) != (sum > b.sum) && amount != 0 {
		t.overflow(who, 0, amount)
	}
	b.sum = sum
	switch {
	case b.days == 0 || rel < b.first:
		if b.days == 0 {
			b.last = rel
		} else {
			b.gaps += logOf(b.first - rel)
		}
		b.first, b.firstSum = rel, amount
		delete(t.beyond, uint64(who)<<1|1)
		b.days++
		t.seen.add(who, rel)
	case rel == b.first:
		sum := b.firstSum + amount
		if (amount > 0) != (sum > b.firstSum) && amount != 0 {
			t.overflow(who, 1, amount)
		}
		b.firstSum = sum
	case rel > b.last:
		b.gaps += logOf(rel - b.last)
		b.last = rel
		b.days++
		t.seen.add(who, rel)
	case rel < b.last:
		t.unsure.add(who, rel)
	}
}

// later counts a purchase after the watch.
func (t *Tally) later(who uint32, rel uint16, d Day) {
	if t.watch.End != 0 && d > t.watch.End {
		t.outside++
		return
	}
	if int(who) >= len(t.held) {
		t.held = slices.Grow(t.held, len(t.people)-len(t.held))[:len(t.people)]
	}
	b := &t.held[who]
	switch {
	case b.after == 0:
		b.from, b.to = rel, rel
		b.after++
		t.seen.add(who, rel)
	case rel > b.to:
		b.to = rel
		b.after++
		t.seen.add(who, rel)
	case rel < b.from:
		b.from = rel
		b.after++
		t.seen.add(who, rel)
	case rel > b.from && rel < b.to:
		t.unsure.add(who, rel)
	}
}

// overflow notes that a sum went over the edge of 64 bits.
func (t *Tally) overflow(who uint32, field uint64, amount int64) {
	if t.beyond == nil {
		t.beyond = make(map[uint64]int64)
	}
	if amount > 0 {
		t.beyond[uint64(who)<<1|field]++
	} else {
		t.beyond[uint64(who)<<1|field]--
	}
}

// mark notes that a customer bought before the watch.
func (t *Tally) mark(customer int) {
	for len(t.before) <= customer/64 {
		t.before = append(t.before, 0)
	}
	t.before[customer/64] |= 1 << (customer % 64)
}

func (t *Tally) marked(customer int) bool {
	return customer/64 < len(t.before) && t.before[customer/64]>>(customer%64)&1 == 1
}

// Watched says whether a customer bought in the watch, and so has a history.
func (t *Tally) Watched(customer int) bool { return t.people[customer].days > 0 }

// Settle counts the days of customers whose purchases came out of order: what
// lies between two days may have been seen before.
func (t *Tally) Settle() {
	if t.settled = true; t.unsure.n == 0 {
		return
	}
	doubtful := make([]bool, len(t.people))
	var keys []uint64
	for who, rel := range t.unsure.all {
		doubtful[who] = true
		keys = append(keys, uint64(who)<<16|uint64(rel))
	}
	var clear daybook
	for who, rel := range t.seen.all {
		if doubtful[who] {
			keys = append(keys, uint64(who)<<16|uint64(rel))
		} else {
			clear.add(who, rel)
		}
	}
	for who, yes := range doubtful {
		if yes {
			t.people[who].days, t.people[who].gaps = 0, 0
			if who < len(t.held) {
				t.held[who].after = 0
			}
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	for i, k := range keys {
		who, rel := uint32(k>>16), uint16(k)
		b := &t.people[who]
		if t.watch.Until != 0 && t.base+Day(rel) > t.watch.Until {
			t.held[who].after++
		} else {
			if b.days++; b.days > 1 {
				b.gaps += logOf(rel - uint16(keys[i-1]))
			}
		}
		clear.add(who, rel)
	}
	t.seen, t.unsure = clear, daybook{}
}

// gapUnit is the unit in which logarithms of times between purchases are added
// up: in whole numbers, so that no order of the purchases changes the sum.
const gapUnit = 1 << 36

// logOf is the logarithm of a number of days in gapUnit.
func logOf(days uint16) int64 {
	if int(days) < len(shortLogs()) {
		return shortLogs()[days]
	}
	return int64(math.Round(math.Log(float64(days)) * gapUnit))
}

var shortLogs = sync.OnceValue(func() *[1024]int64 {
	var logs [1024]int64
	for i := 2; i < len(logs); i++ {
		logs[i] = int64(math.Round(math.Log(float64(i)) * gapUnit))
	}
	return &logs
})

// after is on how many days a customer bought in the holdout.
func (t *Tally) after(customer int) int {
	if customer >= len(t.held) {
		return 0
	}
	return int(t.held[customer].after)
}

// repeated is the sum of a customer without the first day, divided by n.
func (t *Tally) repeated(customer int, n float64) float64 {
	b := &t.people[customer]
	if t.beyond == nil {
		return float64(b.sum-b.firstSum) / (Micro * n)
	}
	over := t.beyond[uint64(customer)<<1] - t.beyond[uint64(customer)<<1|1]
	if rest := b.sum - b.firstSum; over == 0 && (rest > b.sum) == (b.firstSum < 0) {
		return float64(rest) / (Micro * n)
	}
	return (float64(over)*(1<<32)*(1<<32) + float64(b.sum) - float64(b.firstSum)) / (Micro * n)
}

// A daybook is a long list of customers and days in blocks, so that it never has
// to move.
type daybook struct {
	blocks []*dayblock
	n      int // in the last block
}

type dayblock struct {
	who [8192]uint32
	day [8192]uint16
}

func (l *daybook) add(who uint32, day uint16) {
	if len(l.blocks) == 0 || l.n == len(l.blocks[0].who) {
		l.blocks = append(l.blocks, new(dayblock))
		l.n = 0
	}
	b := l.blocks[len(l.blocks)-1]
	b.who[l.n], b.day[l.n] = who, day
	l.n++
}

// all yields the entries in the order in which they came.
func (l *daybook) all(yield func(uint32, uint16) bool) {
	for i, b := range l.blocks {
		n := len(b.who)
		if i == len(l.blocks)-1 {
			n = l.n
		}
		for j := range n {
			if !yield(b.who[j], b.day[j]) {
				return
			}
		}
	}
}
