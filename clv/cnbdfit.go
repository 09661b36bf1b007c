package clv

import (
	"fmt"
	"math"
)

// MaxRhythm is the largest k that FitMBGCNBD tries and accepts: purchases with a
// coefficient of variation of 0.29.
const MaxRhythm = 12

// FitMBGCNBD estimates an MBG/CNBD-k by maximum likelihood. With k = 0 it takes
// the k from 1 to MaxRhythm that has the highest likelihood; that needs
// History.LogGaps. The standard errors hold for the k that was taken. Diagnostics.Null
// is the log-likelihood of the same rhythm without dropout. The error is ErrTooFew
// where nobody bought again and ErrNotConverged where no maximum was found.
func FitMBGCNBD(histories []History, k int, o Options) (MBGCNBD, Diagnostics, error) {
	if k < 0 || k > MaxRhythm {
		return MBGCNBD{}, Diagnostics{}, fmt.Errorf("MBG/CNBD-k, k %d: must lie between 1 and %d, 0 to choose it", k, MaxRhythm)
	}
	cells, err := Group(histories)
	if err != nil {
		return MBGCNBD{}, Diagnostics{}, err
	}
	gaps, err := totalGaps(histories)
	if err != nil {
		return MBGCNBD{}, Diagnostics{}, err
	}
	if k > 0 {
		return fitRhythm(cells, k, gaps, nil, o)
	}
	if gaps == 0 && !timesKnown(histories) {
		return MBGCNBD{}, Diagnostics{}, fmt.Errorf("MBG/CNBD-k: k can't be chosen without the times between purchases (History.LogGaps): %w", ErrTooFew)
	}
	near := 1
	if r, err := RegularityOf(histories); err == nil {
		near = int(math.Round(min(max(r.K, 1), MaxRhythm)))
	}
	return chooseRhythm(cells, gaps, near, o)
}

// chooseRhythm climbs in k from one that is near: the likelihood has one top in
// it, so that a step up and one down which don't rise end the search.
func chooseRhythm(cells Cells, gaps float64, near int, o Options) (best MBGCNBD, of Diagnostics, err error) {
	best, of, err = fitRhythm(cells, near, gaps, nil, o)
	steps, found := of.Iterations, false
	for _, step := range []int{1, -1} {
		if found {
			break // it rose on the other side
		}
		for k := near + step; k >= 1 && k <= MaxRhythm; k += step {
			var start []float64
			if err == nil { // as many purchases need more hidden events
				start = []float64{math.Log(best.R), math.Log(best.Alpha) - math.Log(float64(k)/float64(best.K)), math.Log(best.A), math.Log(best.B)}
			}
			m, d, problem := fitRhythm(cells, k, gaps, start, o)
			steps += d.Iterations
			if problem != nil || err == nil && d.LogLik <= of.LogLik {
				break
			}
			best, of, err, found = m, d, nil, true
		}
	}
	of.Iterations = steps
	if err == nil && best.K == MaxRhythm {
		of.Warnings = append(of.Warnings, fmt.Sprintf("purchases are more regular than k = %d can say: this looks like a contract or a standing order", MaxRhythm))
	}
	return best, of, err
}

// totalGaps is the sum of the logarithms of all times between purchases.
func totalGaps(histories []History) (float64, error) {
	total := 0.0
	for i, h := range histories {
		if !finite(h.LogGaps) || h.X == 0 && h.LogGaps != 0 {
			return 0, fmt.Errorf("history %d: the logarithms of the times between %d purchases can't add up to %v", i, h.X, h.LogGaps)
		}
		total += h.LogGaps
	}
	return total, nil
}

// timesKnown reports whether gaps whose logarithms add up to zero may have been
// measured: all are one unit long.
func timesKnown(histories []History) bool {
	for _, h := range histories {
		if math.Abs(h.Tx-float64(h.X)) > 1e-9*h.Tx {
			return false
		}
	}
	return true
}

// fitRhythm estimates the model for one k. start is in the caller's unit of time,
// nil for none.
func fitRhythm(cells Cells, k int, gaps float64, start []float64, o Options) (MBGCNBD, Diagnostics, error) {
	c := rhythmClimb(k, gaps)
	if start != nil {
		s, err := newStudy(cells, 0)
		if err != nil {
			return MBGCNBD{}, Diagnostics{}, err
		}
		start[1] -= math.Log(s.scale)
		c.starts = append([][]float64{start}, c.starts...)
	}
	d, err := c.fit(cells, o)
	if err != nil {
		return MBGCNBD{}, d, err
	}
	d.K = k
	return MBGCNBD{k, d.Estimates[0], d.Estimates[1], d.Estimates[2], d.Estimates[3]}, d, nil
}

func rhythmClimb(k int, gaps float64) *climb {
	slower := -math.Log(float64(k))
	return &climb{
		model:      fmt.Sprintf("MBG/CNBD-%d", k),
		parameters: []parameter{{"r", false}, {"alpha", true}, {"a", false}, {"b", false}},
		objective:  func(s *study) objective { return rhythmObjective(s, k, gaps, true) },
		starts:     [][]float64{{-0.4, -1 + slower, -0.7, 0.7}, {0, slower, -3, 0}, {-1, -1 + slower, 1, 3}, {1, slower, -5, 4}},
		none:       []float64{-box, box},
		null: func(s *study, o Options) summit {
			watched := 0.0
			for i, d := range s.byDay {
				watched += d.customers * s.days[i]
			}
			start := []float64{0, math.Log(watched/s.purchases) + slower}
			return maximize(s.problem(nbdParameters, func(s *study) objective { return rhythmObjective(s, k, gaps, false) }, start, o))
		},
	}
}

// rhythmObjective is the log-likelihood of the cells over ln r, ln α, ln a, ln b
// with gradient and Hessian; without dropout over ln r, ln α. The logarithms of
// all gaps are a constant. docs/clv.md, "Rhythm".
func rhythmObjective(s *study, k int, gaps float64, dropout bool) objective {
	table := make([]dayLog, len(s.days))
	constant := float64(k-1)*(gaps-s.purchases*math.Log(s.scale)) - s.purchases*lnFactorial(k-1)
	return func(v, grad, hess []float64) float64 {
		m := MBGCNBD{K: k, R: math.Exp(v[0]), Alpha: math.Exp(v[1])}
		if dropout {
			m.A, m.B = math.Exp(v[2]), math.Exp(v[3])
		}
		s.logs(m.Alpha, table)
		acc := sum(len(s.cells), 15, func(from, to int, acc []float64) { s.addRhythms(&m, table, from, to, acc) })
		ll := constant + acc[0] + s.addRhythmRisings(&m, acc)
		n := len(grad)
		copy(grad, acc[1:1+n])
		at := 5
		for i := range 4 {
			for j := i; j < 4; j++ {
				if j < n {
					hess[i*n+j], hess[j*n+i] = acc[at], acc[at]
				}
				at++
			}
		}
		return ll
	}
}

// addRhythmRisings adds what depends on x only, ln (r)_kx - kx ln α and the
// chances to leave that were not taken, to the derivatives and returns its value.
func (s *study) addRhythmRisings(m *MBGCNBD, acc []float64) (ll float64) {
	for _, u := range s.runs {
		n, kx := u.customers, m.K*u.x
		fr, r1, r2 := rising(m.R, kx)
		ll += n * (fr - float64(kx)*math.Log(m.Alpha))
		acc[1] += n * m.R * r1
		acc[2] -= n * float64(kx)
		acc[5] += n * (m.R*r1 + m.R*m.R*r2)
		if m.A == 0 {
			continue
		}
		fb, b1, b2 := rising(m.B, u.x+1)
		fc, c1, c2 := rising(m.A+m.B, u.x+1)
		ll += n * (fb - fc)
		acc[3] -= n * m.A * c1
		acc[4] += n * m.B * (b1 - c1)
		acc[12] -= n * (m.A*c1 + m.A*m.A*c2)
		acc[13] -= n * m.A * m.B * c2
		acc[14] += n * (m.B*(b1-c1) + m.B*m.B*(b2-c2))
	}
	return ll
}

// phaseTable is what the phases of customers of one x have in common: the factor
// of the j-th term and the derivatives of its logarithm in ln r.
type phaseTable struct{ grow, d1, d2 [MaxRhythm]float64 }

func newPhaseTable(k int, r, n float64) *phaseTable {
	t := &phaseTable{}
	h1, h2 := 0.0, 0.0
	for j := 1; j < k; j++ {
		i := 1 / (n + float64(j-1))
		h1 += i
		h2 += i * i
		t.grow[j] = (n + float64(j-1)) / float64(j)
		t.d1[j] = r * h1
		t.d2[j] = r*r*(h1*h1-h2) + r*h1 // of the term itself, over the term
	}
	return t
}

// A phase is ln P = ln Σ_j (n)_j/j! u^j with its derivatives in ln r and ln α.
type phase struct{ v, r, a, rr, ra, aa float64 }

// at sums the terms for u = (T-t_x)/(α+T) and s = α/(α+T), by which ln u falls
// with ln α.
func (t *phaseTable) at(k int, u, s float64) phase {
	if k == 1 {
		return phase{}
	}
	total, r, a, rr, ra, aa, term := 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0
	for j := 1; j < k; j++ {
		term *= t.grow[j] * u
		i := float64(j) * s
		total += term
		r += term * t.d1[j]
		a -= term * i
		rr += term * t.d2[j]
		ra -= term * t.d1[j] * i
		aa += term * i * (i - (1 - s))
	}
	w := 1 / total
	r, a = r*w, a*w
	return phase{v: math.Log(total), r: r, a: a, rr: rr*w - r*r, ra: ra*w - r*a, aa: aa*w - a*a}
}

// addRhythms adds -n ln(1+T/α) + ln(P + e^D) of the cells from..to to acc, with D
// as in MBGCNBD.gone: the value, four entries of the gradient and the ten of the
// upper Hessian.
func (s *study) addRhythms(m *MBGCNBD, table []dayLog, from, to int, acc []float64) {
	r := m.R
	for k := s.runAt(from); k < len(s.runs) && s.runs[k].from < to; k++ {
		u := &s.runs[k]
		n := r + float64(m.K*u.x)
		phases := newPhaseTable(m.K, r, n)
		lnA, db := math.Log(m.A)-math.Log(m.B+float64(u.x)), -m.B/(m.B+float64(u.x))
		for i := max(from, u.from); i < min(to, u.to); i++ {
			age, last := &table[s.t[i]], &table[s.tx[i]]
			x := 1 / (m.Alpha + s.days[s.t[i]])
			p := phases.at(m.K, (s.days[s.t[i]]-s.days[s.tx[i]])*x, m.Alpha*x)
			l, lm, lm2 := age.l-last.l, age.m-last.m, age.m2-last.m2
			// The mixture of P (weight 1-w) and e^D (weight w); e, c, … are how much
			// steeper the second is.
			w, value := 0.0, p.v
			if m.A > 0 {
				d := lnA + n*l - p.v
				e := math.Exp(-math.Abs(d))
				w = e / (1 + e)
				if d > 0 {
					w = 1 / (1 + e)
					value += d
				}
				value += math.Log1p(e)
			}
			q := s.count[i]
			v := w * (1 - w)
			dr, da := r*l-p.r, n*lm-p.a
			acc[0] += q * (value - n*age.l)
			acc[1] += q * (p.r + w*dr - r*age.l)
			acc[2] += q * (p.a + w*da - n*age.m)
			acc[3] += q * w
			acc[4] += q * w * db
			acc[5] += q * (p.rr + w*(r*l-p.rr) + v*dr*dr - r*age.l)
			acc[6] += q * (p.ra + w*(r*lm-p.ra) + v*dr*da - r*age.m)
			acc[7] += q * v * dr
			acc[8] += q * v * dr * db
			acc[9] += q * (p.aa + w*(n*lm2-p.aa) + v*da*da - n*age.m2)
			acc[10] += q * v * da
			acc[11] += q * v * da * db
			acc[12] += q * v
			acc[13] += q * v * db
			acc[14] += q * (w*db*(1+db) + v*db*db)
		}
	}
}
