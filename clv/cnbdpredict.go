package clv

import "math"

// What is to come of a customer with a rhythm depends on his silence only through
// how many hidden events it may have held: given that number j, it depends on x and
// T alone, and on T smoothly. Cells of one x that are many are read from a table of
// ln T by Chebyshev's points for each j; the others are worked out one by one.
const (
	rhythmNodes  = 20
	rhythmMany   = 40   // cells of one x from which on a table is made
	rhythmDigits = 1e-9 // how well the table has to meet a point between its own
)

// predictCells is Predict for a model with a rhythm.
func (m MBGCNBD) predictCells(cells Cells, out []Prediction, ahead Ahead) {
	var runs []int // where the cells of one x begin; long runs in parts of their own
	for i := range cells {
		if i == 0 || cells[i].X != cells[i-1].X {
			runs = append(runs, i)
		}
	}
	runs = append(runs, len(cells))
	parallel(len(runs)-1, func(r int) {
		part, result := cells[runs[r]:runs[r+1]], out[runs[r]:runs[r+1]]
		if table := m.futures(part, ahead); table != nil {
			for i := range part {
				q := m.after(part[i].History)
				result[i] = table.predict(&q)
			}
			return
		}
		for i := range part {
			q := m.after(part[i].History)
			result[i] = Prediction{q.alive, q.alive * q.expected(ahead.Horizon), q.alive * q.discounted(ahead.Rate, ahead.Horizon)}
		}
	})
}

// A rhythmTable holds the logarithms of what is to come for each number of hidden
// events since the last purchase, at Chebyshev's points of ln β.
type rhythmTable struct {
	middle, half float64        // of ln β
	values       [2][][]float64 // expected and discounted, by phase and point
	discounts    bool
}

// futures is the table for cells of one x, nil where it would not be worth it or
// not be good enough.
func (m MBGCNBD) futures(part Cells, ahead Ahead) *rhythmTable {
	if len(part) < rhythmMany || !(ahead.Horizon > 0) || math.IsInf(ahead.Horizon, 1) {
		return nil
	}
	low, high := math.Log(m.Alpha+part[0].T), math.Log(m.Alpha+part[len(part)-1].T)
	t := &rhythmTable{middle: (low + high) / 2, half: (high - low) / 2, discounts: ahead.Rate > 0}
	x := part[0].X
	for j := range m.K {
		expected, discounted := make([]float64, rhythmNodes), make([]float64, rhythmNodes)
		for i := range expected {
			e, d := m.inPhase(x, j, math.Exp(t.middle+t.half*node(i)), ahead)
			expected[i], discounted[i] = math.Log(e), math.Log(d)
		}
		t.values[0], t.values[1] = append(t.values[0], expected), append(t.values[1], discounted)
	}
	u := math.Cos(math.Pi / rhythmNodes) // between the two outermost points, where it is worst
	weights := chebyshev(u)
	for j := range m.K {
		e, d := m.inPhase(x, j, math.Exp(t.middle+t.half*u), ahead)
		for i, want := range []float64{e, d} {
			if got := math.Exp(dot(weights[:], t.values[i][j])); !(math.Abs(got-want) <= rhythmDigits*want) {
				return nil
			}
		}
	}
	return t
}

// node is Chebyshev's i-th point between -1 and 1.
func node(i int) float64 { return math.Cos(math.Pi * (float64(i) + 0.5) / rhythmNodes) }

// chebyshev are the weights of the values at the points for the value at u, by
// the barycentric formula (Berrut & Trefethen 2004).
func chebyshev(u float64) (weights [rhythmNodes]float64) {
	total := 0.0
	for i := range weights {
		off := u - node(i)
		if math.Abs(off) < 1e-14 {
			weights = [rhythmNodes]float64{}
			weights[i] = 1
			return weights
		}
		w := math.Sin(math.Pi*(float64(i)+0.5)/rhythmNodes) / off
		if i%2 == 1 {
			w = -w
		}
		weights[i] = w
		total += w
	}
	for i := range weights {
		weights[i] /= total
	}
	return weights
}

// predict reads what is to come of a customer off the table: the mean over the
// hidden events that his silence may have held.
func (t *rhythmTable) predict(q *rhythm) Prediction {
	u := 0.0
	if t.half > 0 {
		u = (math.Log(q.beta) - t.middle) / t.half
	}
	weights := chebyshev(u)
	p := Prediction{Alive: q.alive}
	weight := 1.0
	for j := range q.k {
		share := q.alive * weight / q.phases
		p.Expected += share * math.Exp(dot(weights[:], t.values[0][j]))
		if t.discounts {
			p.Discounted += share * math.Exp(dot(weights[:], t.values[1][j]))
		}
		weight *= (q.n + float64(j)) / float64(j+1) * (q.silence / q.beta)
	}
	if !t.discounts {
		p.Discounted = p.Expected
	}
	return p
}

// inPhase is what is to come of a customer who is alive, with x repeat purchases and
// β = α+T, if j hidden events have happened since his last one.
func (m MBGCNBD) inPhase(x, j int, beta float64, ahead Ahead) (expected, discounted float64) {
	q := rhythm{k: m.K, n: m.R + float64(m.K*x+j), beta: beta, a: m.A, b: m.B + float64(x) + 1, phases: 1, alive: 1}
	only := make([]float64, m.K+1) // see fromTop: there is no other phase
	for i := range only {
		if i >= m.K-j {
			only[i] = 1
		}
	}
	events := min((q.n+float64(q.k))/q.beta*ahead.Horizon*4, 2*float64(q.k*q.k))
	finest := 0.7 / math.Sqrt(1+events)
	at := func(delta float64) float64 {
		return q.overRates(finest, func(rate float64) float64 {
			log := math.Log1p(delta / rate)
			return q.lnBought((rate+delta)*ahead.Horizon, -float64(q.k)*log, only) + float64(j)*log
		})
	}
	if expected = q.due(j, ahead.Horizon); expected == 0 {
		expected = at(0)
	}
	if ahead.Rate <= 0 {
		return expected, expected
	}
	return expected, at(ahead.Rate)
}

// due is the number of purchases in t by the sum over hidden events, j of which
// have happened; 0 where they are too many to be gone through.
func (q *rhythm) due(j int, t float64) float64 {
	if q.reach(t) > tooFar {
		return 0
	}
	z := t / (q.beta + t)
	term, shift := 1.0, -q.n*math.Log1p(t/q.beta) // the weight of n events, relative to e^shift
	total, bought, stay := 0.0, 0.0, 1.0
	for n := 0; ; n++ {
		if (n+j)%q.k == 0 && n+j > 0 {
			bought += stay
			i := float64((n+j)/q.k - 1)
			stay *= (q.b + i) / (q.a + q.b + i)
		}
		total += term * bought
		next := (q.n + float64(n)) / float64(n+1) * z
		if f := z * max(1, (q.n+float64(n))/float64(n+1)); f < 1 && (term < nothing || term*(bought+1/(1-f)) < 1e-16*(1-f)*total) {
			return total * math.Exp(shift)
		}
		if term *= next; term > 1e150 {
			term, total, shift = term*1e-150, total*1e-150, shift+150*math.Ln10
		}
	}
}
