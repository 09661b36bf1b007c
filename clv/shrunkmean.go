package clv

import (
	"fmt"
	"math"
	"slices"
)

// ShrunkMean is the spend of customers by credibility theory (Bühlmann & Straub
// 1970; docs/clv.md, "Spend"): a customer's own mean, drawn towards what
// customers who buy that often spend, the more so the fewer purchases there are.
// It needs no distribution: amounts may be negative, as contributions are, and
// spend may go with frequency.
type ShrunkMean struct {
	Base    float64 // mean amount of customers with one repeat purchase, and of new ones
	Slope   float64 // by how much it grows with ln x; 0 unless spend and frequency are related
	Between float64 // variance of the true means of customers who buy equally often
	Within  float64 // variance of one customer's amounts
}

// Name returns "shrunk mean".
func (ShrunkMean) Name() string { return "shrunk mean" }

// Credibility is the weight of a customer's own mean, from 0 to 1.
func (s ShrunkMean) Credibility(h History) float64 {
	between := s.Between * float64(max(h.X, 0))
	if !(between+s.Within > 0) {
		return 0
	}
	return between / (between + s.Within)
}

// Mean is the mean amount expected of a customer's future purchases. The error
// is always nil; it is there because other models of spend have no mean.
func (s ShrunkMean) Mean(h History) (float64, error) {
	if h.X <= 0 {
		return s.Base, nil
	}
	z := s.Credibility(h)
	return z*h.Spend + (1-z)*(s.Base+s.Slope*math.Log(float64(h.X))), nil
}

// Quantile is the value below which the mean amount of a customer lies with the
// given probability, the true means taken as normal around Mean.
func (s ShrunkMean) Quantile(h History, probability float64) float64 {
	m, _ := s.Mean(h)
	sd := math.Sqrt(s.Between * (1 - s.Credibility(h)))
	return m + sd*math.Sqrt2*math.Erfinv(2*probability-1)
}

// means are the mean spends of the customers who bought equally often.
type means struct {
	x, log  float64 // purchases, and their logarithm
	n       float64
	mean    float64
	squares float64 // sum of squared distances from the mean
}

// FitShrunkMean estimates the model from the customers with repeat purchases,
// whatever the sign of their spend, by maximum likelihood of normal means. The
// slope is estimated only where spend and frequency are related (their
// correlation is [SpendCorrelation.Strong]), which a warning says. The error is
// ErrTooFew below ten customers.
func FitShrunkMean(histories []History) (ShrunkMean, Diagnostics, error) {
	d := Diagnostics{Names: []string{"base", "slope", "between", "within"}}
	groups, err := meansByFrequency(histories)
	if err != nil {
		return ShrunkMean{}, d, err
	}
	for _, g := range groups {
		d.Customers += int(g.n)
	}
	d.Groups = len(groups)
	if d.Customers < minSpenders {
		return ShrunkMean{}, d, fmt.Errorf("shrunk mean, %d customers with repeat purchases, %d needed: %w", d.Customers, minSpenders, ErrTooFew)
	}
	related := relation(groups)
	sloped := len(groups) > 1 && related.Strong()
	s := ShrunkMean{}
	for d.Iterations = 0; d.Iterations < 200 && !d.Converged; d.Iterations++ {
		before := s
		s.locate(groups, sloped)
		s.spread(groups)
		d.Converged = d.Iterations > 0 && math.Abs(s.Between-before.Between)+math.Abs(s.Within-before.Within) <= 1e-10*(s.Between+s.Within)
	}
	s.describe(groups, sloped, &d)
	if sloped {
		d.Warnings = append(d.Warnings, fmt.Sprintf("spend and frequency are related (correlation with ln x %.2f): means are drawn to those of customers who buy as often", related.Log))
	}
	if len(groups) == 1 {
		d.Warnings = append(d.Warnings, "all customers bought equally often: how far amounts differ within a customer can't be told, half of the variance is taken for it")
	}
	if !d.Converged {
		return ShrunkMean{}, d, notConverged("shrunk mean", d)
	}
	return s, d, nil
}

// meansByFrequency collects the customers by how often they bought, ascending.
func meansByFrequency(histories []History) ([]means, error) {
	byX := make(map[int]*means)
	for i, h := range histories {
		switch {
		case h.X < 0:
			return nil, fmt.Errorf("history %d: x %d: repeat purchases can't be negative", i, h.X)
		case h.X == 0:
			continue
		case !finite(h.Spend):
			return nil, fmt.Errorf("history %d: the mean spend %v is no amount", i, h.Spend)
		}
		m := byX[h.X]
		if m == nil {
			m = &means{x: float64(h.X), log: math.Log(float64(h.X))}
			byX[h.X] = m
		}
		m.n++ // Welford's running mean: large amounts keep their digits
		off := h.Spend - m.mean
		m.mean += off / m.n
		m.squares += off * (h.Spend - m.mean)
	}
	var groups []means
	for _, m := range byX {
		groups = append(groups, *m)
	}
	slices.SortFunc(groups, func(a, b means) int { return int(a.x - b.x) })
	return groups, nil
}

// relation is the correlation of spend with frequency, from the groups: unlike
// [Correlation] it takes amounts of any sign.
func relation(groups []means) SpendCorrelation {
	var n, x, m, xx, xm, mm float64
	for _, g := range groups {
		n += g.n
		x += g.n * g.log
		m += g.n * g.mean
	}
	x, m = x/n, m/n
	for _, g := range groups {
		xx += g.n * (g.log - x) * (g.log - x)
		xm += g.n * (g.log - x) * (g.mean - m)
		mm += g.n*(g.mean-m)*(g.mean-m) + g.squares
	}
	r := 0.0
	if xx > 0 && mm > 0 {
		r = xm / math.Sqrt(xx) / math.Sqrt(mm)
	}
	return SpendCorrelation{Customers: int(n), Linear: r, Log: r}
}

// weight is the reciprocal variance of the mean of a customer of the group; 1
// before variances are known.
func (s ShrunkMean) weight(g means) float64 {
	if v := s.Between + s.Within/g.x; v > 0 {
		return 1 / v
	}
	return 1
}

// locate sets base and slope to their weighted least squares.
func (s *ShrunkMean) locate(groups []means, sloped bool) {
	var w, x, m, xx, xm float64
	for _, g := range groups {
		v := s.weight(g) * g.n
		w += v
		x += v * g.log
		m += v * g.mean
	}
	x, m = x/w, m/w
	for _, g := range groups {
		v := s.weight(g) * g.n
		xx += v * (g.log - x) * (g.log - x)
		xm += v * (g.log - x) * (g.mean - m)
	}
	s.Slope = 0
	if sloped && xx > 0 {
		s.Slope = xm / xx
	}
	s.Base = m - s.Slope*x
}

// off is the sum of squared distances of a group's means from the line.
func (s ShrunkMean) off(g means) float64 {
	d := g.mean - s.Base - s.Slope*g.log
	return g.squares + g.n*d*d
}

// spread sets the variances by one step of Fisher's scoring: squared distances
// regressed on 1 and 1/x, weighted by what is known of their variance, none of
// the two below zero.
func (s *ShrunkMean) spread(groups []means) {
	var a, b, c, p, q float64 // normal equations
	for _, g := range groups {
		w := s.weight(g) * s.weight(g)
		v := 1 / g.x
		a += w * g.n
		b += w * g.n * v
		c += w * g.n * v * v
		r := s.off(g)
		p += w * r
		q += w * r * v
	}
	switch det := a*c - b*b; {
	case len(groups) == 1:
		s.Between, s.Within = p/a/2, p/a/2*groups[0].x
	case det > 0:
		s.Between, s.Within = (c*p-b*q)/det, (a*q-b*p)/det
	}
	if s.Between < 0 {
		s.Between, s.Within = 0, q/c
	} else if s.Within < 0 {
		s.Between, s.Within = p/a, 0
	}
}

// describe fills the diagnostics: the information of a normal likelihood, in
// which the line and the variances do not touch.
func (s ShrunkMean) describe(groups []means, sloped bool, d *Diagnostics) {
	d.Estimates = []float64{s.Base, s.Slope, s.Between, s.Within}
	d.Cov, d.SE = square(4), make([]float64, 4)
	var l [3]float64 // information of base and slope
	var u [3]float64 // of between and within
	for _, g := range groups {
		w, v := s.weight(g), 1/g.x
		l[0] += w * g.n
		l[1] += w * g.n * g.log
		l[2] += w * g.n * g.log * g.log
		u[0] += w * w * g.n / 2
		u[1] += w * w * g.n * v / 2
		u[2] += w * w * g.n * v * v / 2
		d.LogLik -= (g.n*(math.Log(2*math.Pi)-math.Log(w)) + w*s.off(g)) / 2
	}
	invert(d.Cov, 0, l, sloped)
	invert(d.Cov, 2, u, len(groups) > 1 && s.Between > 0 && s.Within > 0)
	if s.Between == 0 {
		d.Bounds = append(d.Bounds, "between")
	}
	if s.Within == 0 {
		d.Bounds = append(d.Bounds, "within")
	}
	for i := range d.SE {
		d.SE[i] = math.Sqrt(d.Cov[i][i])
	}
}

// invert writes the inverse of the symmetric matrix (m0 m1; m1 m2) into cov at
// the place given; of m0 alone if the second parameter was not estimated.
func invert(cov [][]float64, at int, m [3]float64, both bool) {
	det := m[0]*m[2] - m[1]*m[1]
	if !both || !(det > 0) {
		cov[at][at], cov[at+1][at+1] = 1/m[0], math.NaN()
		cov[at][at+1], cov[at+1][at] = math.NaN(), math.NaN()
		return
	}
	cov[at][at], cov[at+1][at+1] = m[2]/det, m[0]/det
	cov[at][at+1], cov[at+1][at] = -m[1]/det, -m[1]/det
}
