package clv

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// A History is what the models of purchase timing need to know of a customer.
// All times are in one unit and count from the first purchase.
type History struct {
	X     int     // repeat purchases: distinct purchase days after the first
	Tx    float64 // when the last purchase was; 0 if X is 0
	T     float64 // how long the customer has been watched
	Spend float64 // mean amount of a repeat purchase day; unused by timing models

	// LogGaps is the sum of the logarithms of the X times between purchases, in
	// the unit of T; 0 if unknown. Only FitMBGCNBD uses it, to choose k.
	LogGaps float64
}

// Check says what is wrong with a history, nil if it may be used: X is not
// negative, 0 <= Tx <= T, T is finite, Tx is 0 exactly if X is 0. Of a customer who
// first bought on the last day T is 0: nothing was seen of him, his likelihood is 1,
// and what is forecast of him is what is forecast of a new one.
func (h History) Check() error {
	switch {
	case h.X < 0:
		return fmt.Errorf("x %d: repeat purchases can't be negative", h.X)
	case !(h.T >= 0) || math.IsInf(h.T, 0):
		return fmt.Errorf("time T %v: a time that a customer was watched is a number from 0 on", h.T)
	case !(h.Tx >= 0) || h.Tx > h.T:
		return fmt.Errorf("t_x %v: the last purchase must lie between the first one and T %v", h.Tx, h.T)
	case (h.X == 0) != (h.Tx == 0):
		return fmt.Errorf("x %d and t_x %v: both are zero, or none is", h.X, h.Tx)
	}
	return nil
}

// A Cell is a history that Count customers share. Spend and LogGaps have no
// meaning in it.
type Cell struct {
	History
	Count float64 // how many customers; bootstrap weights may be any number >= 0
}

// Cells are different histories in the order of (X, T, Tx).
type Cells []Cell

// Customers returns the sum of the counts.
func (c Cells) Customers() float64 {
	n := 0.0
	for i := range c {
		n += c[i].Count
	}
	return n
}

// Group puts equal (X, Tx, T) together: the sufficient statistic of every model
// of purchase timing in this package. It reports the first history that can't be
// used with its index.
func Group(histories []History) (Cells, error) {
	cells, _, err := GroupIndex(histories)
	return cells, err
}

// GroupIndex is Group that also tells in which cell each history is, so that
// what was computed once per cell can be given to every customer.
func GroupIndex(histories []History) (Cells, []int32, error) {
	if err := checkAll(histories); err != nil {
		return nil, nil, err
	}
	if w := newWords(histories); w != nil {
		cells, of := w.group()
		return cells, of, nil
	}
	cells, of := groupByComparing(histories)
	return cells, of, nil
}

// checkAll checks the histories on all cores and reports the first wrong one.
func checkAll(histories []History) error {
	n := len(histories)
	parts := min(pieces, max(1, n/1024))
	errs := make([]error, parts)
	parallel(parts, func(p int) {
		for i := p * n / parts; i < (p+1)*n/parts; i++ {
			if err := histories[i].Check(); err != nil {
				errs[p] = fmt.Errorf("history %d: %w", i, err)
				return
			}
		}
	})
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// compare orders histories by (X, T, Tx), so that all that depends on X, or on
// X and T, is found in one run.
func compare(a, b History) int {
	return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.T, b.T), cmp.Compare(a.Tx, b.Tx))
}

// words are histories as numbers that sort like them. Times are few and repeat,
// so each becomes its rank among the different times; x, the two ranks and the
// index of the history then fit into one word, and words are sorted by their
// digits in time linear in their number.
type words struct {
	t, tx                *ranks
	bitsX, bitsT, bitsTx int
	bitsI                int
	word                 []uint64
}

// newWords returns nil where a history doesn't fit into a word.
func newWords(histories []History) *words {
	n := len(histories)
	w := &words{}
	most := 0
	parallel(3, func(i int) {
		switch i {
		case 0:
			w.t = rank(n, func(i int) float64 { return histories[i].T })
		case 1:
			w.tx = rank(n, func(i int) float64 { return histories[i].Tx })
		default:
			for i := range histories {
				most = max(most, histories[i].X)
			}
		}
	})
	w.bitsI, w.bitsX = bits.Len(uint(n)), bits.Len(uint(most))
	w.bitsTx, w.bitsT = bits.Len(uint(len(w.tx.values))), bits.Len(uint(len(w.t.values)))
	if w.bitsI+w.bitsTx+w.bitsT+w.bitsX > 64 {
		return nil
	}
	w.word = make([]uint64, n)
	parts := min(pieces, max(1, n/1024))
	parallel(parts, func(p int) {
		for i := p * n / parts; i < (p+1)*n/parts; i++ {
			u := uint64(histories[i].X)<<w.bitsT | uint64(w.t.of[i])
			w.word[i] = (u<<w.bitsTx|uint64(w.tx.of[i]))<<w.bitsI | uint64(i)
		}
	})
	w.word = sortDigits(w.word, w.bitsI, w.bitsI+w.bitsTx+w.bitsT+w.bitsX)
	return w
}

// group returns the cells and the cell of each history.
func (w *words) group() (Cells, []int32) {
	different, last := 0, ^uint64(0)
	for _, u := range w.word {
		if u>>w.bitsI != last {
			different, last = different+1, u>>w.bitsI
		}
	}
	cells, of := make(Cells, 0, different), make([]int32, len(w.word))
	last = ^uint64(0)
	for _, u := range w.word {
		if key := u >> w.bitsI; key != last {
			last = key
			cells = append(cells, Cell{History: History{
				X:  int(key >> (w.bitsTx + w.bitsT)),
				T:  w.t.values[key>>w.bitsTx&(1<<w.bitsT-1)],
				Tx: w.tx.values[key&(1<<w.bitsTx-1)],
			}})
		}
		cells[len(cells)-1].Count++
		of[u&(1<<w.bitsI-1)] = int32(len(cells) - 1)
	}
	return cells, of
}

// groupByComparing does the same for histories of which there are too many.
func groupByComparing(histories []History) (Cells, []int32) {
	order := make([]int32, len(histories))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return compare(histories[a], histories[b]) })
	var cells Cells
	of := make([]int32, len(histories))
	for k, i := range order {
		h := histories[i]
		if k == 0 || compare(histories[order[k-1]], h) != 0 {
			cells = append(cells, Cell{History: History{X: h.X, Tx: h.Tx, T: h.T}})
		}
		cells[len(cells)-1].Count++
		of[i] = int32(len(cells) - 1)
	}
	return cells, of
}

// digit is how many bits sortDigits sorts at once: as many buckets as fit into
// the first cache.
const digit = 11

// sortDigits sorts words by their bits from..to, least digit first, and returns
// them; the slice given is overwritten.
func sortDigits(words []uint64, from, to int) []uint64 {
	spare := make([]uint64, len(words))
	for shift := from; shift < to; shift += digit {
		var at [1 << digit]int
		for _, w := range words {
			at[w>>shift&(1<<digit-1)]++
		}
		next := 0
		for d, n := range at {
			at[d] = next
			next += n
		}
		for _, w := range words {
			d := w >> shift & (1<<digit - 1)
			spare[at[d]] = w
			at[d]++
		}
		words, spare = spare, words
	}
	return words
}

// ranks are numbers replaced by their rank among the different ones.
type ranks struct {
	values []float64 // the different numbers, ascending
	of     []int32   // the rank of each number
}

// rank ranks n numbers that are not NaN. It costs one look into a small hash
// table each; sorting is needed only for the different ones.
func rank(n int, number func(i int) float64) *ranks {
	r := &ranks{of: make([]int32, n)}
	table := newDictionary()
	for i := range n {
		r.of[i] = table.index(number(i))
	}
	perm := make([]int32, len(table.values))
	for i := range perm {
		perm[i] = int32(i)
	}
	slices.SortFunc(perm, func(a, b int32) int { return cmp.Compare(table.values[a], table.values[b]) })
	r.values = make([]float64, len(perm))
	place := make([]int32, len(perm))
	for k, i := range perm {
		r.values[k] = table.values[i]
		place[i] = int32(k)
	}
	for i, k := range r.of {
		r.of[i] = place[k]
	}
	return r
}

// A dictionary numbers different floating-point numbers in the order in which
// they come; a hash table with open addressing.
type dictionary struct {
	values []float64
	slots  []int32 // index of a value + 1
	shift  int
}

func newDictionary() *dictionary {
	return &dictionary{slots: make([]int32, 1<<12), shift: 64 - 12}
}

// index returns the number of x, a new one if x was not seen before.
func (d *dictionary) index(x float64) int32 {
	mask := len(d.slots) - 1
	for at := int(math.Float64bits(x) * 0x9E3779B97F4A7C15 >> d.shift); ; at = (at + 1) & mask {
		i := d.slots[at]
		if i == 0 {
			d.values = append(d.values, x)
			d.slots[at] = int32(len(d.values))
			if 2*len(d.values) > len(d.slots) {
				d.grow()
			}
			return int32(len(d.values) - 1)
		}
		if d.values[i-1] == x {
			return i - 1
		}
	}
}

// grow doubles the table.
func (d *dictionary) grow() {
	d.shift--
	d.slots = make([]int32, 2*len(d.slots))
	mask := len(d.slots) - 1
	for i, x := range d.values {
		at := int(math.Float64bits(x) * 0x9E3779B97F4A7C15 >> d.shift)
		for d.slots[at] != 0 {
			at = (at + 1) & mask
		}
		d.slots[at] = int32(i + 1)
	}
}
