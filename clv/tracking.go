package clv

import "math"

// A Week is a point of the tracking plot: the repeat purchases of all customers
// of the histories from the first day until the end of the week.
type Week struct {
	Number           int // from 1
	End              Day // its last day
	Expected, Actual float64
	Holdout          bool // the week ends after the histories
}

// track follows the base week by week: what a model expects of customers who began
// when these did, and what they bought. Only the days of their first purchases
// enter, not the histories.
func track(m Timing, t *Trial) []Week {
	if len(t.Repeats) == 0 {
		return nil
	}
	days := len(t.Repeats)
	births := make([]float64, days)
	for _, h := range t.Histories {
		birth := int(t.Until-t.First) - int(math.Round(h.T*float64(t.Unit)))
		births[min(max(birth, 0), days-1)]++
	}
	expected := newByDay(m, days, t.Unit)
	weeks := make([]Week, (days+6)/7)
	parallel(len(weeks), func(w int) {
		end := min(7*w+6, days-1)
		total := 0.0
		for birth := range end + 1 {
			if births[birth] > 0 {
				total += births[birth] * expected[end-birth]
			}
		}
		day := t.First + Day(end)
		weeks[w] = Week{Number: w + 1, End: day, Expected: total, Holdout: day > t.Until}
	})
	actual, at := 0.0, 0
	for w := range weeks {
		for ; at <= int(weeks[w].End-t.First); at++ {
			actual += float64(t.Repeats[at])
		}
		weeks[w].Actual = actual
	}
	return weeks
}

const (
	trackExact  = 64   // days that are worked out one by one
	trackDigits = 1e-7 // how well a polynomial has to meet days between its points
)

// newByDay is what a new customer is expected to buy until that many days after
// the first purchase. The expectation is smooth in time, even under a rhythm, whose
// waves are gone after some twenty purchases: on stretches that double in length it
// is read from a polynomial through Chebyshev's points, and a stretch on which that
// is not good enough is halved. So decades cost some hundred looks at the model.
func newByDay(m Timing, days int, unit Unit) []float64 {
	expected := make([]float64, days)
	exact := func(from, to int) {
		for d := from; d < to; d++ {
			expected[d] = m.ExpectedNew(unit.Of(d))
		}
	}
	var smooth func(from, to int)
	smooth = func(from, to int) {
		if to-from <= trackExact {
			exact(from, to)
			return
		}
		middle, half := float64(from+to)/2, float64(to-from)/2
		at := func(u float64) float64 { return m.ExpectedNew((middle + half*u) / float64(unit)) }
		values := make([]float64, rhythmNodes)
		for i := range values {
			values[i] = at(node(i))
		}
		for _, u := range []float64{-math.Cos(math.Pi / rhythmNodes), 0, math.Cos(math.Pi / rhythmNodes)} {
			weights := chebyshev(u)
			want := at(u)
			if !(math.Abs(dot(weights[:], values)-want) <= trackDigits*want) {
				half := from + (to-from)/2
				smooth(from, half)
				smooth(half, to)
				return
			}
		}
		for d := from; d < to; d++ {
			weights := chebyshev((float64(d) - middle) / half)
			expected[d] = dot(weights[:], values)
		}
	}
	stretches := []int{0}
	for end := trackExact; stretches[len(stretches)-1] < days; end *= 2 {
		stretches = append(stretches, min(end, days))
	}
	parallel(len(stretches)-1, func(i int) { smooth(stretches[i], stretches[i+1]) })
	return expected
}

// A rhythmTest is how the purchases of the calibration weeks differ from what the
// model expects, beyond chance.
type rhythmTest struct {
	trend, trendZ   float64 // relative growth from the first to the last week beyond the model's, and its distance from 0 in standard errors
	season, seasonP float64 // relative standard deviation around that, and the probability of as much by chance
}

// testWeeks compares blocks of four weeks within the histories with the model. A
// model fitted to the histories gets their total right; what is tested is how it is
// spread. docs/clv.md, "Tests of the assumptions".
func testWeeks(weeks []Week) (r rhythmTest, ok bool) {
	type block struct{ at, e, a float64 }
	var blocks []block
	for w := 4; w <= len(weeks) && !weeks[w-1].Holdout; w += 4 {
		b := block{at: float64(w), e: weeks[w-1].Expected, a: weeks[w-1].Actual}
		if w > 4 {
			b.e -= weeks[w-5].Expected
			b.a -= weeks[w-5].Actual
		}
		if b.e >= 20 {
			blocks = append(blocks, b)
		}
	}
	if len(blocks) < 6 {
		return r, false
	}
	var e, a, et, ett, at float64
	first, last := blocks[0].at, blocks[len(blocks)-1].at
	for i := range blocks {
		b := &blocks[i]
		b.at = (b.at - first) / (last - first)
		e += b.e
		a += b.a
		et += b.e * b.at
		ett += b.e * b.at * b.at
		at += b.a * b.at
	}
	// Weighted least squares of a/e on 1 and time, with variances 1/e.
	det := e*ett - et*et
	slope := (e*at - et*a) / det
	level := (a - slope*et) / e
	excess, chi := 0.0, 0.0
	for _, b := range blocks {
		fit := b.e * max(0.05, level+slope*b.at)
		chi += (b.a - fit) * (b.a - fit) / fit
		excess += ((b.a-fit)*(b.a-fit) - fit) / (fit * fit)
	}
	free := float64(len(blocks) - 2)
	_, r.seasonP = gammaP(free/2, chi/2)
	r.season = math.Sqrt(max(0, excess/free))
	// What the weeks vary beyond chance makes the slope less sure, too.
	scale := max(1, chi/free)
	r.trend = slope / max(0.05, level)
	r.trendZ = slope / math.Sqrt(e/det*scale)
	return r, true
}
