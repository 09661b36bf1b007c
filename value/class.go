package value

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"quid/money"
)

// A Class is a customer's place in the ABC analysis.
type Class int8

// The classes. The numbers are stored; never reuse one.
const (
	NoClass Class = 0 // the figure is unknown
	A       Class = 1
	B       Class = 2
	C       Class = 3
	Loss    Class = 4 // the figure is negative
)

var classNames = [...]string{"", "A", "B", "C", "loss"}

// String is the class in the API: A, B, C, loss, or "" where it is unknown.
func (c Class) String() string { return classNames[c] }

// MarshalText writes the class as String does.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// ParseClass reads what String wrote.
func ParseClass(s string) (Class, error) {
	if i := slices.Index(classNames[:], s); i >= 0 {
		return Class(i), nil
	}
	return NoClass, fmt.Errorf("class %q: not one of A, B, C, loss", s)
}

// A Place is where a customer stands in an ABC analysis.
type Place struct {
	Class  Class
	Rank   int32        // 1 is the greatest; equals share a rank; 0 if unknown
	Before money.Amount // sum of the positive values greater than the own one
}

// A sorted is a value and whose it is.
type sorted struct {
	v money.Amount
	i int32
}

// Classify is the ABC analysis of values, with known saying which of them
// count (nil: all). Sorted descending and cumulated over the sum of the
// positive values, the customer that crosses limit A is still A, the one that
// crosses limit B still B, the rest C; equals share the better class; negative
// values are Loss. total is the sum of the positive values
// (docs/valuation.md, "Classes").
func Classify(limits Limits, values []money.Amount, known []bool) (places []Place, total money.Amount) {
	places = make([]Place, len(values))
	order := make([]sorted, 0, len(values))
	for i, v := range values {
		if known == nil || known[i] {
			order = append(order, sorted{v, int32(i)})
			total += max(v, 0)
		}
	}
	slices.SortFunc(order, func(a, b sorted) int { return cmp.Compare(b.v, a.v) })
	var before, sum money.Amount
	var rank int32
	for n, o := range order {
		if n == 0 || o.v != order[n-1].v {
			before, rank = sum, int32(n+1)
		}
		places[o.i] = Place{limits.class(o.v, before, total), rank, before}
		sum += max(o.v, 0)
	}
	return places, total
}

// class returns the class of a value when greater ones add up to before. Zero
// comes after all positive values, and is C.
func (l Limits) class(v, before, total money.Amount) Class {
	switch {
	case v < 0:
		return Loss
	case below(before, total, l.A):
		return A
	case below(before, total, l.B):
		return B
	}
	return C
}

// below says whether part is less than percent of total, exactly: in whole
// millionths of a percent, with 128 bits.
func below(part, total money.Amount, percent float64) bool {
	hi1, lo1 := bits.Mul64(uint64(part), 100*1_000_000)
	hi2, lo2 := bits.Mul64(uint64(total), uint64(percent*1_000_000+0.5))
	return hi1 < hi2 || (hi1 == hi2 && lo1 < lo2)
}

// Counts says how many customers are in each class.
type Counts struct {
	A    int `json:"A"`
	B    int `json:"B"`
	C    int `json:"C"`
	Loss int `json:"loss"`
	None int `json:"none"` // the figure is unknown
}

// Add counts a class.
func (n *Counts) Add(c Class) {
	switch c {
	case A:
		n.A++
	case B:
		n.B++
	case C:
		n.C++
	case Loss:
		n.Loss++
	default:
		n.None++
	}
}
