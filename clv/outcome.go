package clv

import (
	"math"
	"sync"
)

// An Outcome is what chance leaves open of one customer's purchases in a horizon:
// enough to say within what bounds their worth will lie.
type Outcome struct {
	None         float64  // the probability of no purchase
	Mean, Square float64  // mean of the number of purchases, and of its square
	Count        Interval // predictive, of the number of purchases
}

// Outcomes says of every cell how the number of purchases in the horizon is
// spread, from chance and, where customers are few, from the parameters as well.
func (f Fitted) Outcomes(cells Cells, horizon, level float64) []Outcome {
	out := make([]Outcome, len(cells))
	mixture := []Timing{f.Timing}
	if columns := f.variants(); cells.Customers() < mixedBelow && len(columns) > 0 {
		mixture = f.mixture(columns)
	}
	parts := min(pieces, max(1, len(cells)/16))
	parallel(parts, func(p int) {
		counts := make([]mixed, len(mixture))
		for i := p * len(cells) / parts; i < (p+1)*len(cells)/parts; i++ {
			for k, m := range mixture {
				counts[k].next(m, cells[i].History, horizon)
			}
			o := &out[i]
			o.None, o.Count = mixtureCDF(counts, 0), predictive(counts, level)
			for k := range counts {
				c := &counts[k]
				o.Mean += c.alive * c.mean / float64(len(counts))
				o.Square += c.alive * c.square / float64(len(counts))
			}
		}
	})
	return out
}

// Worth is the predictive interval of what a customer will be worth: the number
// of purchases, the customer's own mean amount and the amounts around it are all
// open. Each purchase counts worth times its amount, as p.Discounted to
// p.Expected. Nothing is worth nothing with the probability o.None; what is worth
// something is taken as gamma distributed with its true mean and variance
// (docs/lifetime.md, "How sure a forecast is").
//
// It fails where the model of spend has no mean.
func (o Outcome) Worth(p Prediction, s Spend, h History, level float64) (Interval, error) {
	w, err := worthOf(s, h)
	if err != nil || p.Expected <= 0 || o.Mean <= 0 {
		return Interval{}, err
	}
	if w.mean < 0 { // as for what is worth that much, with the other sign
		w.mean = -w.mean
		in := o.worth(p, w, level)
		return Interval{-in.High, -in.Low}, nil
	}
	return o.worth(p, w, level), nil
}

// worth is Worth for amounts whose mean is not below zero.
func (o Outcome) worth(p Prediction, w worth, level float64) Interval {
	scale := p.Discounted / p.Expected
	some := 1 - o.None
	if math.IsInf(w.varAmount, 1) || w.mean <= 0 || some <= 0 { // amounts without a variance: leave them at their mean
		return Interval{o.Count.Low * scale * w.mean, o.Count.High * scale * w.mean}
	}
	mean := o.Mean * w.mean / some
	square := (o.Mean*w.varAmount + o.Square*(w.varMean+w.mean*w.mean)) / some
	variance := max(square-mean*mean, 1e-12*mean*mean)
	shape := mean * mean / variance
	at := func(q float64) float64 {
		if q -= o.None; q <= 0 {
			return 0
		}
		return scale * mean / shape * quickGamma(shape, min(q/some, 1-1e-12))
	}
	// Those who buy often and may leave half way are worth little or much, seldom
	// what lies between: their number of purchases says how little.
	low := min(at((1-level)/2), o.Count.Low*scale*w.mean)
	return Interval{low, at((1 + level) / 2)}
}

// quickGamma is gammaQuantile to half a percent (where it is not next to nothing), at a fiftieth of its cost: by
// Wilson and Hilferty (1931) where the shape is large, else from a table.
func quickGamma(shape, p float64) float64 {
	z := -math.Sqrt2 * math.Erfcinv(2*p)
	if shape >= tableShape {
		c := 1 / (9 * shape)
		if root := 1 - c + z*math.Sqrt(c); root > 0.3 {
			return shape * root * root * root
		}
	}
	u, v := (math.Log(shape)-tableFrom)/tableStep, (z+tableEdge)/tableStep
	i, j := math.Floor(u), math.Floor(v)
	if !(i >= 0 && i < tableRows-1 && j >= 0 && j < tableColumns-1) {
		return gammaQuantile(shape, p)
	}
	t := gammaTable()
	k := int(i)*tableColumns + int(j)
	u, v = u-i, v-j
	return math.Exp((1-u)*((1-v)*t[k]+v*t[k+1]) + u*((1-v)*t[k+tableColumns]+v*t[k+tableColumns+1]))
}

// The table of quickGamma: the logarithm of the quantile by the logarithm of the
// shape and the normal deviate of the probability.
const (
	tableShape   = 10.0
	tableFrom    = -3.0 // ln 0.05
	tableStep    = 0.1
	tableEdge    = 4.0 // of the deviate
	tableRows    = 55
	tableColumns = 81
)

var gammaTable = sync.OnceValue(func() []float64 {
	t := make([]float64, tableRows*tableColumns)
	parallel(tableRows, func(i int) {
		for j := range tableColumns {
			p := math.Erfc(-(float64(j)*tableStep-tableEdge)/math.Sqrt2) / 2
			t[i*tableColumns+j] = math.Log(gammaQuantile(math.Exp(tableFrom+float64(i)*tableStep), p))
		}
	})
	return t
})
