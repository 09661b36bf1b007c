package clv

import (
	"cmp"
	"fmt"
	"math"
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
// negative, 0 <= Tx <= T, T is positive and finite, Tx is 0 exactly if X is 0.
func (h History) Check() error {
	switch {
	case h.X < 0:
		return fmt.Errorf("x %d: repeat purchases can't be negative", h.X)
	case !(h.T > 0) || math.IsInf(h.T, 0):
		return fmt.Errorf("T %v: the time a customer was watched must be positive", h.T)
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
	for i, h := range histories {
		if err := h.Check(); err != nil {
			return nil, fmt.Errorf("history %d: %w", i, err)
		}
	}
	sorted := slices.Clone(histories)
	slices.SortFunc(sorted, compare)
	var cells Cells
	for i := range sorted {
		if n := len(cells); n > 0 && compare(cells[n-1].History, sorted[i]) == 0 {
			cells[n-1].Count++
			continue
		}
		h := sorted[i]
		h.Spend, h.LogGaps = 0, 0
		cells = append(cells, Cell{History: h, Count: 1})
	}
	return cells, nil
}

// compare orders histories by (X, T, Tx), so that all that depends on X, or on
// X and T, is found in one run.
func compare(a, b History) int {
	return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.T, b.T), cmp.Compare(a.Tx, b.Tx))
}
