package value

import (
	"math"
	"slices"
)

// Quantile returns the q-quantile of x by type 7 of Hyndman & Fan (1996), the
// default of R and of spreadsheets (docs/valuation.md, "Quantiles"). It
// reorders x; the values must be numbers. Of no values it is NaN.
func Quantile(x []float64, q float64) float64 {
	if len(x) == 0 {
		return nan
	}
	h := float64(len(x)-1) * q
	k := int(h)
	low := nth(x, k)
	if k+1 >= len(x) || h == float64(k) {
		return low
	}
	return low + (h-float64(k))*(slices.Min(x[k+1:])-low)
}

// nth returns the value that would stand at index k if x were sorted, and
// leaves nothing greater before it and nothing less behind it: quickselect
// (Hoare, "Algorithm 65: find", 1961) with the median of three as pivot. It
// sorts when the pivots keep being bad.
func nth(x []float64, k int) float64 {
	lo, hi := 0, len(x)-1
	for tries := 0; hi > lo; tries++ {
		if hi-lo < 16 || tries > 64 {
			slices.Sort(x[lo : hi+1])
			break
		}
		pivot := middle(x[lo], x[lo+(hi-lo)/2], x[hi])
		i, j := lo, hi
		for i <= j {
			for x[i] < pivot {
				i++
			}
			for x[j] > pivot {
				j--
			}
			if i <= j {
				x[i], x[j] = x[j], x[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			hi = j
		case k >= i:
			lo = i
		default:
			return x[k]
		}
	}
	return x[k]
}

func middle(a, b, c float64) float64 { return max(min(a, b), min(max(a, b), c)) }

// A sum adds floats with Neumaier's correction, so that a million terms lose no
// digits to their order.
type sum struct{ total, lost float64 }

func (s *sum) add(v float64) {
	t := s.total + v
	if math.Abs(s.total) >= math.Abs(v) {
		s.lost += (s.total - t) + v
	} else {
		s.lost += (v - t) + s.total
	}
	s.total = t
}

func (s *sum) value() float64 { return s.total + s.lost }
