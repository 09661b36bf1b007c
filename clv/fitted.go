package clv

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Fitted is an estimated model of purchase timing with how well its parameters
// are known.
type Fitted struct {
	Timing
	Diagnostics Diagnostics
}

// A parametric model can be made anew with other parameters in the order of its
// diagnostics.
type parametric interface {
	withParameters(theta []float64) Timing
}

func (NBD) withParameters(v []float64) Timing    { return NBD{v[0], v[1]} }
func (BGNBD) withParameters(v []float64) Timing  { return BGNBD{v[0], v[1], v[2], v[3]} }
func (MBGNBD) withParameters(v []float64) Timing { return MBGNBD{v[0], v[1], v[2], v[3]} }
func (ParetoNBD) withParameters(v []float64) Timing {
	return ParetoNBD{v[0], v[1], v[2], v[3]}
}

// An Interval is where a quantity lies with the probability asked for.
type Interval struct{ Low, High float64 }

// Contains says whether x lies in the interval.
func (i Interval) Contains(x float64) bool { return i.Low <= x && x <= i.High }

// Interval is where parameter i lies with the given probability, by the normal
// approximation of its logarithm, or of itself if it is a coefficient. It is empty of meaning (NaN) at a bound.
func (d Diagnostics) Interval(i int, level float64) Interval {
	z := normal(level) * math.Sqrt(d.LogCov[i][i])
	if i >= len(d.Estimates)-d.Coefficients {
		return Interval{d.Estimates[i] - z, d.Estimates[i] + z}
	}
	return Interval{d.Estimates[i] * math.Exp(-z), d.Estimates[i] * math.Exp(z)}
}

// normal is the number of standard deviations that hold a normal variable with
// the probability level.
func normal(level float64) float64 { return math.Sqrt2 * math.Erfinv(level) }

// directions are the columns L of a factor of the covariance of the logarithms of
// the parameters, Σ = LL', over those that the data identify. The others are held
// at their estimates.
func (d *Diagnostics) directions() [][]float64 {
	n := len(d.Estimates)
	var free []int
	for i := range n {
		known := d.LogCov[i][i] > 0 && finite(d.LogCov[i][i])
		for _, b := range d.Bounds {
			known = known && b != d.Names[i]
		}
		if known {
			free = append(free, i)
		}
	}
	cov := d.conditional(free)
	k := len(free)
	if k == 0 || !cholesky(cov, k) {
		return nil
	}
	out := make([][]float64, k)
	for j := range k {
		out[j] = make([]float64, n)
		for i := j; i < k; i++ {
			out[j][free[i]] = cov[i*k+j]
		}
	}
	return out
}

// conditional is the covariance of the free parameters given the others. Those at
// a bound were held in the information matrix already; others that the data
// hardly identify are conditioned on here, Σ_ff - Σ_fo Σ_oo^-1 Σ_of.
func (d *Diagnostics) conditional(free []int) []float64 {
	k := len(free)
	isFree := make(map[int]bool, k)
	for _, i := range free {
		isFree[i] = true
	}
	var others []int
	for i := range d.Estimates {
		if !isFree[i] && d.LogCov[i][i] > 0 && finite(d.LogCov[i][i]) {
			others = append(others, i)
		}
	}
	m := len(others)
	block := make([]float64, m*m)
	for a, i := range others {
		for b, j := range others {
			block[a*m+b] = d.LogCov[i][j]
		}
	}
	ok := m == 0 || cholesky(block, m)
	cov := make([]float64, k*k)
	for b, j := range free {
		column := make([]float64, m)
		for a, i := range others {
			column[a] = d.LogCov[i][j]
		}
		if ok {
			solve(block, m, column)
		}
		for a, i := range free {
			c := d.LogCov[i][j]
			for u, o := range others {
				if ok {
					c -= d.LogCov[i][o] * column[u]
				}
			}
			cov[a*k+b] = c
		}
	}
	return cov
}

// at is the model with the logarithms of its parameters moved by step·direction.
func (f Fitted) at(direction []float64, step float64) Timing {
	theta := make([]float64, len(direction))
	for i, e := range f.Diagnostics.Estimates {
		theta[i] = e * math.Exp(step*direction[i])
	}
	return f.Timing.(parametric).withParameters(theta)
}

// variants returns how many independent directions the parameters are unsure in;
// none where the model can't be varied.
func (f Fitted) variants() [][]float64 {
	if _, ok := f.Timing.(parametric); !ok || len(f.Diagnostics.Estimates) == 0 {
		return nil
	}
	return f.Diagnostics.directions()
}

// Draw returns the model with parameters drawn from the normal approximation of
// their logarithms. Parameters that the data don't identify stay where they are.
func (f Fitted) Draw(rng *rand.Rand) Timing {
	columns := f.variants()
	if columns == nil {
		return f.Timing
	}
	move := make([]float64, len(f.Diagnostics.Estimates))
	for _, c := range columns {
		z := rng.NormFloat64()
		for i := range move {
			move[i] += z * c[i]
		}
	}
	return f.at(move, 1)
}

// FitTiming fits the model of the name given, one of "NBD", "BG/NBD", "MBG/NBD"
// and "Pareto/NBD".
func FitTiming(name string, cells Cells, o Options) (Fitted, error) {
	switch name {
	case "NBD":
		return fitted(FitNBD(cells, o))
	case "BG/NBD":
		return fitted(FitBGNBD(cells, o))
	case "MBG/NBD":
		return fitted(FitMBGNBD(cells, o))
	case "Pareto/NBD":
		return fitted(FitParetoNBD(cells, o))
	}
	return Fitted{}, fmt.Errorf("model %q: NBD, BG/NBD, MBG/NBD and Pareto/NBD can be fitted to cells", name)
}

func fitted[M Timing](m M, d Diagnostics, err error) (Fitted, error) {
	return Fitted{m, d}, err
}

// Restore is a model as it was fitted, from its name and what was kept of its
// diagnostics: Names, Estimates, LogCov, Bounds, Customers and K. It knows all
// models of purchase timing.
func Restore(name string, d Diagnostics) (Fitted, error) {
	models := map[string]parametric{"NBD": NBD{}, "BG/NBD": BGNBD{}, "MBG/NBD": MBGNBD{}, "Pareto/NBD": ParetoNBD{}, "MBG/CNBD-k": MBGCNBD{K: d.K}}
	m, ok := models[name]
	want := 4
	if name == "NBD" {
		want = 2
	}
	switch {
	case !ok:
		return Fitted{}, fmt.Errorf("model %q: NBD, BG/NBD, MBG/NBD, Pareto/NBD and MBG/CNBD-k can be restored", name)
	case name == "MBG/CNBD-k" && (d.K < 1 || d.K > MaxRhythm):
		return Fitted{}, fmt.Errorf("model %s with k %d: a number from 1 to %d", name, d.K, MaxRhythm)
	case len(d.Estimates) != want || len(d.Names) != want || len(d.LogCov) != want:
		return Fitted{}, fmt.Errorf("model %s has %d parameters; %d are given with %d names and %d rows of covariance", name, want, len(d.Estimates), len(d.Names), len(d.LogCov))
	}
	for i, row := range d.LogCov {
		if len(row) != want || !(d.Estimates[i] > 0) || !finite(d.Estimates[i]) {
			return Fitted{}, fmt.Errorf("model %s: parameter %s of %v with %d covariances: a positive number and %d", name, d.Names[i], d.Estimates[i], len(row), want)
		}
	}
	return Fitted{m.withParameters(d.Estimates), d}, nil
}

// quantiles is the interval between the quantiles of values that leave half of
// what level leaves on each side. It sorts values.
func quantiles(values []float64, level float64) Interval {
	slices.Sort(values)
	n := float64(len(values))
	low := int((1 - level) / 2 * n)
	high := min(len(values)-1, int(math.Ceil((1+level)/2*n))-1)
	return Interval{values[low], values[max(low, high)]}
}
