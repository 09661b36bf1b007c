package clv

import "math"

// A CellForecast is a prediction with how sure it is. Two uncertainties are told
// apart: that of the parameters, which shrinks as customers grow more, and that
// of what one customer does, which doesn't (docs/clv.md, "Intervals").
type CellForecast struct {
	Prediction
	AliveRange    Interval // of the probability, for what the parameters leave open
	ExpectedRange Interval // of the expected purchases, for the same
	Count         Interval // predictive: the purchases themselves, from parameters and chance
}

// A Total is a sum over customers with its uncertainty.
type Total struct {
	Mean        float64
	ParameterSE float64 // standard error from the parameters
	OutcomeSE   float64 // standard deviation of what happens, the parameters known
	Interval    Interval
}

// A Forecast is what a model says of all customers.
type Forecast struct {
	Cells     []CellForecast
	Purchases Total // in the horizon
	Alive     Total // customers active now
	Level     float64
}

// mixedBelow is the number of customers below which predictive intervals are
// taken over several sets of parameters; above, the parameters are known so well
// that it can't be seen.
const mixedBelow = 2_000

// Forecast predicts the purchases of every cell in the horizon with intervals
// that hold with the probability level. ahead.Horizon must be finite.
func (f Fitted) Forecast(cells Cells, ahead Ahead, level float64) Forecast {
	out := Forecast{Cells: make([]CellForecast, len(cells)), Level: level}
	center := Predict(f.Timing, cells, ahead)
	slopes := f.slopes(cells, Ahead{Horizon: ahead.Horizon}) // of what is not discounted
	z := normal(level)
	for i := range out.Cells {
		c := &out.Cells[i]
		c.Prediction = center[i]
		c.AliveRange = share(center[i].Alive, z*spread(slopes, i, func(p Prediction) float64 { return p.Alive }))
		c.ExpectedRange = positive(center[i].Expected, z*spread(slopes, i, func(p Prediction) float64 { return p.Expected }))
	}
	mixture := []Timing{f.Timing}
	if columns := f.variants(); cells.Customers() < mixedBelow && len(columns) > 0 {
		mixture = f.mixture(columns)
	}
	variances := countAll(mixture, cells, ahead.Horizon, level, out.Cells)
	out.Purchases, out.Alive = totals(cells, center, slopes, variances, z)
	return out
}

// Totals are the sums of a Forecast over all customers, without its intervals for
// each: the purchases in the horizon and the customers active now.
func (f Fitted) Totals(cells Cells, horizon, level float64) (purchases, alive Total) {
	ahead := Ahead{Horizon: horizon}
	center, slopes := Predict(f.Timing, cells, ahead), f.slopes(cells, ahead)
	variances := countAll([]Timing{f.Timing}, cells, ahead.Horizon, level, nil)
	return totals(cells, center, slopes, variances, normal(level))
}

func totals(cells Cells, center []Prediction, slopes [][]Prediction, variances []float64, z float64) (purchases, alive Total) {
	purchases = total(cells, center, slopes, func(p Prediction) float64 { return p.Expected }, func(i int) float64 { return variances[i] }, z)
	alive = total(cells, center, slopes, func(p Prediction) float64 { return p.Alive },
		func(i int) float64 { return center[i].Alive * (1 - center[i].Alive) }, z)
	purchases.Interval.Low, alive.Interval.Low = max(0, purchases.Interval.Low), max(0, alive.Interval.Low)
	return purchases, alive
}

// mixture are models that together stand for the uncertain parameters: 2k points
// with the covariance of the k directions (the unscented rule).
func (f Fitted) mixture(columns [][]float64) []Timing {
	var out []Timing
	root := math.Sqrt(float64(len(columns)))
	for _, c := range columns {
		out = append(out, f.at(c, root), f.at(c, -root))
	}
	return out
}

// slopes are the derivatives of all predictions in each direction of one standard
// error, by central differences.
func (f Fitted) slopes(cells Cells, ahead Ahead) [][]Prediction {
	const step = slopeStep
	var out [][]Prediction
	for _, column := range f.variants() {
		up, down := Predict(f.at(column, step), cells, ahead), Predict(f.at(column, -step), cells, ahead)
		for i := range up {
			up[i] = Prediction{
				(up[i].Alive - down[i].Alive) / (2 * step),
				(up[i].Expected - down[i].Expected) / (2 * step),
				(up[i].Discounted - down[i].Discounted) / (2 * step),
			}
		}
		out = append(out, up)
	}
	return out
}

// spread is the standard error of one figure of cell i.
func spread(slopes [][]Prediction, i int, figure func(Prediction) float64) float64 {
	v := 0.0
	for _, s := range slopes {
		d := figure(s[i])
		v += d * d
	}
	return math.Sqrt(v)
}

// share is the interval of a probability p whose half width is w: symmetric in
// its logit, so that it stays between 0 and 1.
func share(p, w float64) Interval {
	if v := p * (1 - p); v > 0 && w > 0 {
		l := math.Log(p) - math.Log1p(-p)
		return Interval{logistic(l - w/v), logistic(l + w/v)}
	}
	return Interval{p, p}
}

// positive is the interval of a positive quantity whose half width is w:
// symmetric in its logarithm. That of a negative one is its mirror image.
func positive(x, w float64) Interval {
	switch {
	case x == 0 || w == 0:
		return Interval{x, x}
	case x < 0:
		m := positive(-x, w)
		return Interval{-m.High, -m.Low}
	}
	return Interval{x * math.Exp(-w/x), x * math.Exp(w/x)}
}

// total adds a figure up: the parameters move all customers together, what
// happens to each is independent.
func total(cells Cells, center []Prediction, slopes [][]Prediction, figure func(Prediction) float64, variance func(i int) float64, z float64) Total {
	t := Total{}
	outcome := 0.0
	for i := range cells {
		t.Mean += cells[i].Count * figure(center[i])
		outcome += cells[i].Count * variance(i)
	}
	parameter := 0.0
	for _, s := range slopes {
		d := 0.0
		for i := range cells {
			d += cells[i].Count * figure(s[i])
		}
		parameter += d * d
	}
	return t.widen(parameter, outcome, z)
}

// ParameterRange is where the mean lies with the probability level, for what the
// parameters leave open alone.
func (t Total) ParameterRange(level float64) Interval {
	w := normal(level) * t.ParameterSE
	return Interval{t.Mean - w, t.Mean + w}
}

// widen fills the uncertainty of a total from its two variances.
func (t Total) widen(parameter, outcome, z float64) Total {
	t.ParameterSE, t.OutcomeSE = math.Sqrt(parameter), math.Sqrt(outcome)
	w := z * math.Sqrt(parameter+outcome)
	t.Interval = Interval{t.Mean - w, t.Mean + w}
	return t
}

// countAll returns the variance of the count of each cell, mixed over the models,
// and fills the predictive intervals unless out is nil.
func countAll(mixture []Timing, cells Cells, t, level float64, out []CellForecast) []float64 {
	variances := make([]float64, len(cells))
	parts := min(pieces, max(1, len(cells)/16))
	parallel(parts, func(p int) {
		from, to := p*len(cells)/parts, (p+1)*len(cells)/parts
		counts := make([]mixed, len(mixture))
		for i := from; i < to; i++ {
			h := cells[i].History
			for k, m := range mixture {
				counts[k].next(m, h, t)
			}
			if out != nil {
				out[i].Count = predictive(counts, level)
			}
			variances[i] = variance(counts)
		}
	})
	return variances
}

// mixed is the distribution of the count of one customer under one model. What
// depends on x and T only is kept for the next customer.
type mixed struct {
	x                  int
	age                float64
	below              []float64 // distribution function of the count of those alive
	mean, square       float64
	alive              float64
	remember           memory
	started, forgetful bool
}

func (c *mixed) next(m Timing, h History, t float64) {
	if !c.started {
		c.started = true
		_, shared := m.(counter)
		c.forgetful = !shared
		c.remember = memoryOf(m)
		c.age = math.NaN()
	}
	c.alive = c.remember.alive(h)
	if h.X == c.x && h.T == c.age && !c.forgetful {
		return
	}
	c.x, c.age = h.X, h.T
	p := distribution(m, h, t)
	c.below = c.below[:0]
	c.mean, c.square = 0, 0
	sum := 0.0
	for n, q := range p {
		sum += q
		c.below = append(c.below, sum)
		c.mean += float64(n) * q
		c.square += float64(n) * float64(n) * q
	}
}

// cdf is the probability of n purchases or fewer.
func (c *mixed) cdf(n int) float64 {
	if n >= len(c.below) {
		return 1
	}
	return 1 - c.alive + c.alive*c.below[n]
}

// mixtureCDF is the probability of n purchases or fewer under all models.
func mixtureCDF(counts []mixed, n int) float64 {
	if n < 0 {
		return 0
	}
	p := 0.0
	for i := range counts {
		p += counts[i].cdf(n)
	}
	return p / float64(len(counts))
}

// predictive is the interval from the highest number below which less than half
// of what level leaves lies, to the lowest above which less than half lies. A
// count is discrete: the interval holds with the probability level or more.
func predictive(counts []mixed, level float64) Interval {
	longest := 0
	for i := range counts {
		longest = max(longest, len(counts[i].below))
	}
	first := func(p float64) int {
		low, high := 0, longest
		for low < high {
			if mid := (low + high) / 2; mixtureCDF(counts, mid) >= p {
				high = mid
			} else {
				low = mid + 1
			}
		}
		return low
	}
	tail := (1 - level) / 2
	return Interval{float64(first(tail)), float64(first(1 - tail))}
}

// variance is the mean variance of the count within the models: that between them
// is the parameters', which is common to all customers.
func variance(counts []mixed) float64 {
	v := 0.0
	for i := range counts {
		c := &counts[i]
		v += c.alive*c.square - c.alive*c.mean*c.alive*c.mean
	}
	return v / float64(len(counts))
}

// PIT returns the randomised probability integral transform of what a customer
// then bought: uniform between 0 and 1 if the predictive distribution is right.
// u is a number drawn uniformly from [0, 1).
func (f Fitted) PIT(h History, t float64, bought int, u float64) float64 {
	mixture := []Timing{f.Timing}
	if columns := f.variants(); f.Diagnostics.Customers < mixedBelow && len(columns) > 0 {
		mixture = f.mixture(columns)
	}
	counts := make([]mixed, len(mixture))
	for k, m := range mixture {
		counts[k].next(m, h, t)
	}
	low := mixtureCDF(counts, bought-1)
	return low + u*(mixtureCDF(counts, bought)-low)
}
