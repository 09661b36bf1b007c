package clv

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
)

// An Event is something that a customer bought.
type Event[K cmp.Ordered] struct {
	Customer K
	Day      Day
	Amount   float64 // at most AmountLimit; kept to a millionth
}

// A Summary is the histories of all customers of a watch. Those whose first
// purchase lies outside of it are not there.
type Summary struct {
	Histories []History
	Holdout   []int // purchase days of each in (Until, End]; nil if no day lies there
	LastYear  []int // purchase days of each in the same part of the year before; nil without holdout, or if the log is too short
	Until     Day   // the end of the watch
	End       Day   // the end of the holdout; Until if there is none
	First     Day   // the first purchase of all
	Repeats   []int // purchase days after the first of their customer, by day from First to End
	Unit      Unit
	Later     int // customers left out because they first bought after Until
	Earlier   int // customers who had bought before the watch: their first purchase is not known
}

// ErrNoPurchase says that no purchase lies in the watch.
var ErrNoPurchase = errors.New("no purchase lies in the time that is looked at")

// Summarize turns purchases, in any order, into the history of each customer.
// Purchases of one day count once, their amounts added up; x is the number of
// different days after the first, and the spend the mean of these days, the
// first one left out. The customers are returned in ascending order, each beside
// its history. No order of the events changes a bit of the result.
//
// It needs memory for each customer and day, not for each event; for many
// millions a Tally with numbered customers is faster.
func Summarize[K cmp.Ordered](events iter.Seq[Event[K]], w Watch) (*Summary, []K, error) {
	t := NewTally(w)
	numbers := make(map[K]int)
	for e := range events {
		amount, err := ToMicro(e.Amount)
		if err != nil {
			return nil, nil, fmt.Errorf("customer %v: %w", e.Customer, err)
		}
		number, known := numbers[e.Customer]
		if !known {
			number = len(numbers)
			numbers[e.Customer] = number
		}
		if err := t.Add(number, e.Day, amount); err != nil {
			return nil, nil, fmt.Errorf("customer %v: %w", e.Customer, err)
		}
	}
	names := slices.Sorted(maps.Keys(numbers))
	s, err := Join(func(yield func(int, int) bool) {
		for _, name := range names {
			if !yield(0, numbers[name]) {
				return
			}
		}
	}, t)
	return s, slices.DeleteFunc(names, func(name K) bool { return !t.Watched(numbers[name]) }), err
}

// ToMicro returns an amount in millionths, rounded to the nearest.
func ToMicro(amount float64) (int64, error) {
	if !(math.Abs(amount) <= AmountLimit) {
		return 0, fmt.Errorf("amount %v is beyond %d: count in thousands or millions", amount, int64(AmountLimit))
	}
	return int64(math.Round(amount * Micro)), nil
}

// Join puts tallies of different customers and of one watch together. order
// gives every customer once, as the number of its tally and its own number in
// it; customers without a purchase in the watch are passed over (see
// Tally.Watched), so that the histories follow the others.
func Join(order iter.Seq2[int, int], tallies ...*Tally) (*Summary, error) {
	s := &Summary{}
	watched := 0
	for _, t := range tallies {
		if !t.settled {
			t.Settle()
		}
		watched += s.count(t)
	}
	if watched == 0 {
		return nil, ErrNoPurchase
	}
	w := tallies[0].watch
	s.Unit = w.Unit
	last := s.End
	s.Until = cmp.Or(w.Until, last)
	s.End = s.Until
	if last > s.Until {
		s.End = cmp.Or(w.End, last)
		s.Holdout = make([]int, 0, watched)
	}
	s.Histories = make([]History, 0, watched)
	for i, customer := range order {
		t := tallies[i]
		b := &t.people[customer]
		if b.days == 0 {
			continue
		}
		s.Histories = append(s.Histories, t.history(customer, s.Until))
		if s.Holdout != nil {
			s.Holdout = append(s.Holdout, t.after(customer))
		}
	}
	s.Repeats = make([]int, s.End-s.First+1)
	for _, t := range tallies {
		s.track(t)
	}
	if s.Holdout != nil && s.First <= s.Until+1-year && s.End-s.Until <= year {
		s.lastYear(order, tallies)
	}
	return s, nil
}

// year is how far back the same part of the year before lies.
const year = 365

// lastYear counts the days on which customers bought a year before the holdout.
func (s *Summary) lastYear(order iter.Seq2[int, int], tallies []*Tally) {
	counts := make([][]uint16, len(tallies))
	for i, t := range tallies {
		counts[i] = make([]uint16, len(t.people))
		for who, rel := range t.seen.all {
			if d := t.base + Day(rel) + year; d > s.Until && d <= s.End {
				counts[i][who]++
			}
		}
	}
	s.LastYear = make([]int, 0, len(s.Histories))
	for i, customer := range order {
		if tallies[i].Watched(customer) {
			s.LastYear = append(s.LastYear, int(counts[i][customer]))
		}
	}
}

// count counts the customers of a tally; End becomes the last day of all.
func (s *Summary) count(t *Tally) (watched int) {
	for customer := range t.people {
		switch b := &t.people[customer]; {
		case b.days > 0:
			watched++
			if t.marked(customer) {
				s.Earlier++
			}
		case t.after(customer) > 0:
			s.Later++
		}
	}
	if t.first != 0 && (s.First == 0 || t.first < s.First) {
		s.First = t.first
	}
	s.End = max(s.End, t.last)
	return watched
}

// history is that of a customer who bought in the watch.
func (t *Tally) history(customer int, until Day) History {
	b := &t.people[customer]
	h := History{
		X:  int(b.days) - 1,
		Tx: t.watch.Unit.Of(int(b.last) - int(b.first)),
		T:  t.watch.Unit.Of(int(until - t.base - Day(b.first))),
	}
	if h.X > 0 {
		h.Spend = t.repeated(customer, float64(h.X))
		h.LogGaps = float64(b.gaps)/gapUnit - float64(h.X)*math.Log(float64(t.watch.Unit))
	}
	return h
}

// track adds the repeat purchases of a tally's customers up by day.
func (s *Summary) track(t *Tally) {
	for who, rel := range t.seen.all {
		b := &t.people[who]
		if b.days > 0 && rel != b.first {
			if i := int(t.base + Day(rel) - s.First); i < len(s.Repeats) {
				s.Repeats[i]++
			}
		}
	}
}
