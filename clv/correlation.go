package clv

import "math"

// SpendCorrelation is how the mean spend of customers goes with how often they
// bought, over the customers with repeat purchases and positive spend. The
// Gamma-Gamma model assumes that it does not (note 025, section 5).
type SpendCorrelation struct {
	Customers int
	Linear    float64 // Pearson's, of x and m
	Log       float64 // of ln x and ln m: not decided by a few large customers
}

// strong is the correlation from which on the model of spend is doubted.
const strong = 0.3

// Strong reports whether one of the two is above 0.3 in size and can't be
// chance: Fisher's z above 1.96, which from 44 customers on is always so.
func (c SpendCorrelation) Strong() bool {
	r := max(math.Abs(c.Linear), math.Abs(c.Log))
	return r > strong && math.Atanh(min(r, 1))*math.Sqrt(float64(max(c.Customers-3, 0))) > 1.96
}

// Correlation measures how spend goes with frequency; both figures are 0 where
// all customers bought equally often or spend the same.
func Correlation(histories []History) SpendCorrelation {
	counts := func(h *History) bool { return h.X > 0 && h.Spend > 0 && finite(h.Spend) }
	t := sum(len(histories), 3, func(from, to int, acc []float64) {
		for i := from; i < to; i++ {
			if h := &histories[i]; counts(h) {
				acc[0]++
				acc[1] += float64(h.X)
				acc[2] += h.Spend
			}
		}
	})
	n := t[0]
	if n < 2 {
		return SpendCorrelation{Customers: int(n)}
	}
	meanX, meanM := t[1]/n, t[2]/n
	var logs [256]float64
	for x := range logs {
		logs[x] = math.Log(float64(x))
	}
	t = sum(len(histories), 8, func(from, to int, acc []float64) {
		for i := from; i < to; i++ {
			h := &histories[i]
			if !counts(h) {
				continue
			}
			x, m := float64(h.X)-meanX, h.Spend/meanM-1
			lx := 0.0
			if h.X < len(logs) {
				lx = logs[h.X]
			} else {
				lx = math.Log(float64(h.X))
			}
			lm := math.Log(h.Spend / meanM)
			acc[0] += x * x
			acc[1] += x * m
			acc[2] += m * m
			acc[3] += lx
			acc[4] += lm
			acc[5] += lx * lx
			acc[6] += lx * lm
			acc[7] += lm * lm
		}
	})
	return SpendCorrelation{
		Customers: int(n),
		Linear:    correlated(t[0], t[1], t[2]),
		Log:       correlated(t[5]-t[3]*t[3]/n, t[6]-t[3]*t[4]/n, t[7]-t[4]*t[4]/n),
	}
}

// correlated is the correlation with the given sums of squares and products, 0
// where one of the two does not vary.
func correlated(xx, xy, yy float64) float64 {
	const nothing = 1e-20
	if !(xx > nothing && yy > nothing) {
		return 0
	}
	return max(-1, min(1, xy/math.Sqrt(xx)/math.Sqrt(yy)))
}
