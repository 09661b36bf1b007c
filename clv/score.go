package clv

import (
	"fmt"
	"math"
	"slices"
)

// A Score is how a forecast of the holdout did.
type Score struct {
	Log        float64 // mean logarithm of the probability given to what each customer did; 0 for a rule of thumb
	Total      float64 // purchases predicted of all
	TotalError float64 // (predicted - actual) / actual; 0 if nobody bought
	MAE, RMSE  float64 // per customer
	Groups     []GroupScore
	Tenths     []Calibration // customers in ten parts by what was expected of them
	Active     []Calibration // in ten parts by the probability of any purchase; nil for a rule of thumb
}

// A GroupScore compares forecast and outcome of the customers of one frequency.
type GroupScore struct {
	X                int  // repeat purchases
	More             bool // X or more
	Customers        int
	Expected, Actual float64 // means per customer
}

// A Calibration compares forecast and outcome of customers of whom about the same
// was forecast: means per customer.
type Calibration struct {
	Customers        int
	Expected, Actual float64
}

// frequencies is from how many repeat purchases on customers are put together.
const frequencies = 7

// Score holds the model against what the customers of a trial did in the holdout.
// The error is that of a trial without one, or of a history that can't be used.
func (f Fitted) Score(t Trial) (Score, error) {
	if len(t.Bought) == 0 || len(t.Bought) != len(t.Histories) || !(t.Span > 0) {
		return Score{}, fmt.Errorf("holdout of %d customers over %v for %d histories: one number each, over a time", len(t.Bought), t.Span, len(t.Histories))
	}
	cells, of, err := GroupIndex(t.Histories)
	if err != nil {
		return Score{}, err
	}
	expected, any, logs := forecastHoldout(f.Timing, &t, cells, of)
	s := score(&t, expected)
	s.Log = logs
	s.Active = calibrate(&t, any, func(n int) float64 { return min(1, float64(n)) })
	return s, nil
}

// scoreAll scores the models and the rules of thumb.
func (c *Choice) scoreAll(t *Trial, cells Cells, of []int32) {
	for i := range c.Candidates {
		m := &c.Candidates[i]
		if m.Fitted.Timing == nil {
			continue
		}
		expected, any, logs := forecastHoldout(m.Fitted.Timing, t, cells, of)
		m.Score = score(t, expected)
		m.Score.Log = logs
		m.Score.Active = calibrate(t, any, func(n int) float64 { return min(1, float64(n)) })
	}
	rate := make([]float64, len(t.Histories))
	for i, h := range t.Histories {
		if h.X > 0 { // else T may be 0
			rate[i] = float64(h.X) / h.T * t.Span
		}
	}
	c.Candidates = append(c.Candidates, Candidate{Name: "run-rate", Naive: true, Score: score(t, rate)})
	if t.LastYear != nil {
		same := make([]float64, len(t.Histories))
		for i, n := range t.LastYear {
			same[i] = float64(n)
		}
		c.Candidates = append(c.Candidates, Candidate{Name: "same as last year", Naive: true, Score: score(t, same)})
	}
}

// forecastHoldout returns of each customer the purchases expected and the
// probability of any, and the mean logarithm of the probability of what they did.
func forecastHoldout(m Timing, t *Trial, cells Cells, of []int32) (expected, any []float64, logs float64) {
	starts, order := byCell(len(cells), of)
	expected, any = make([]float64, len(of)), make([]float64, len(of))
	total := sum(len(cells), 1, func(from, to int, acc []float64) {
		var d mixed
		for c := from; c < to; c++ {
			h := cells[c].History
			d.next(m, h, t.Span)
			for _, i := range order[starts[c]:starts[c+1]] {
				expected[i] = d.alive * d.mean
				any[i] = 1 - d.cdf(0)
				acc[0] += lnProbability(m, &d, h, t.Span, t.Bought[i])
			}
		}
	})
	return expected, any, total[0] / float64(len(of))
}

// lnProbability is the logarithm of the probability of n purchases. Where the
// distribution was cut because it is negligible, the model is asked; what it can't
// tell from 0 either counts as one in 10^300.
func lnProbability(m Timing, d *mixed, h History, span float64, n int) float64 {
	p := 0.0
	switch {
	case n == 0:
		p = d.cdf(0)
	case n < len(d.below):
		p = d.alive * (d.below[n] - d.below[n-1])
	}
	if p < 1e-9 {
		p = m.PMF(h, span, n)
	}
	return math.Log(max(p, 1e-300))
}

// byCell sorts customers by their cell: those of cell c are
// order[starts[c]:starts[c+1]].
func byCell(cells int, of []int32) (starts, order []int32) {
	starts, order = make([]int32, cells+1), make([]int32, len(of))
	for _, c := range of {
		starts[c+1]++
	}
	for c := range cells {
		starts[c+1] += starts[c]
	}
	next := slices.Clone(starts)
	for i, c := range of {
		order[next[c]] = int32(i)
		next[c]++
	}
	return starts, order
}

// score compares what was expected of each customer with what he did.
func score(t *Trial, expected []float64) Score {
	s := Score{}
	var actual, absolute, square float64
	groups := make([]GroupScore, frequencies+1)
	for i, e := range expected {
		a := float64(t.Bought[i])
		s.Total += e
		actual += a
		absolute += math.Abs(e - a)
		square += (e - a) * (e - a)
		g := &groups[min(t.Histories[i].X, frequencies)]
		g.Customers++
		g.Expected += e
		g.Actual += a
	}
	n := float64(len(expected))
	s.MAE, s.RMSE = absolute/n, math.Sqrt(square/n)
	if actual > 0 {
		s.TotalError = (s.Total - actual) / actual
	}
	for x, g := range groups {
		if g.Customers == 0 {
			continue
		}
		g.X, g.More = x, x == frequencies
		g.Expected /= float64(g.Customers)
		g.Actual /= float64(g.Customers)
		s.Groups = append(s.Groups, g)
	}
	s.Tenths = calibrate(t, expected, func(n int) float64 { return float64(n) })
	return s
}

// calibrate cuts the customers into ten parts by their forecast, and compares it
// with the figure of what they bought.
func calibrate(t *Trial, forecast []float64, figure func(bought int) float64) []Calibration {
	order := make([]int32, len(forecast))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		switch {
		case forecast[a] < forecast[b]:
			return -1
		case forecast[a] > forecast[b]:
			return 1
		}
		return int(a - b)
	})
	const parts = 10
	var rows []Calibration
	for p := range parts {
		part := order[p*len(order)/parts : (p+1)*len(order)/parts]
		if len(part) == 0 {
			continue
		}
		row := Calibration{Customers: len(part)}
		for _, i := range part {
			row.Expected += forecast[i]
			row.Actual += figure(t.Bought[i])
		}
		row.Expected /= float64(len(part))
		row.Actual /= float64(len(part))
		rows = append(rows, row)
	}
	return rows
}
