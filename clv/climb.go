package clv

import (
	"fmt"
	"math"
)

// A parameter of a model of purchase timing: positive, estimated as a logarithm.
type parameter struct {
	name string
	time bool // in the unit of time
}

// box is how far the logarithm of a parameter may go from the unit, times being
// in units of the mean T: six millionths to 160,000.
const box = 12.0

// noDropout is by how much a log-likelihood must exceed that of the model
// without dropout; below, dropout can't be told from none.
const noDropout = 0.01

// weakDropout is the 95% point of χ² with two degrees of freedom, halved: a
// dropout below is not significant.
const weakDropout = 3.0

// unknown is the standard error of a logarithm from which on the data are said
// not to identify the parameter: any factor from 1/150 to 150 will do.
const unknown = 2.5

// problem is the search for the maximum of a likelihood from a start.
func (s *study) problem(parameters []parameter, f func(*study) objective, start []float64, o Options) problem {
	n := len(parameters)
	p := problem{f: f(s), start: start, lo: make([]float64, n), hi: make([]float64, n), maxSteps: o.MaxIterations}
	for i := range n {
		p.lo[i], p.hi[i] = -box, box
	}
	if o.Prior {
		likelihood := p.f
		p.f = func(v, grad, hess []float64) float64 {
			return likelihood(v, grad, hess) + addPrior(parameters, v, grad, hess)
		}
	}
	return p
}

// addPrior adds weak normal priors on the logarithms of the parameters, with
// standard deviation 1.5, 2 for times in units of the mean T. They do not depend
// on the unit of time. docs/clv.md, "Few customers".
func addPrior(parameters []parameter, v, grad, hess []float64) float64 {
	n, lp := len(v), 0.0
	for i, p := range parameters {
		sd := 1.5
		if p.time {
			sd = 2
		}
		lp -= v[i] * v[i] / (2 * sd * sd)
		grad[i] -= v[i] / (sd * sd)
		hess[i*n+i] -= 1 / (sd * sd)
	}
	return lp
}

// A climb is a fit of a model with dropout: the parameters after r and α are
// those of the dropout.
type climb struct {
	model      string
	parameters []parameter
	objective  func(*study) objective
	starts     [][]float64 // after the first, only where the first leads to nothing good
	none       []float64   // logarithms of the dropout parameters that are nearest to none

	// null climbs to the maximum of the model without dropout; nil is NBD.
	null func(*study, Options) summit
}

// fit estimates the model on cells. The diagnostics are filled even where it
// returns ErrNotConverged.
func (c *climb) fit(cells Cells, o Options) (Diagnostics, error) {
	s, err := newStudy(cells, 0)
	if err != nil {
		return Diagnostics{}, err
	}
	climbNull := c.null
	if climbNull == nil {
		climbNull = (*study).climbNBD
	}
	null := climbNull(s, Options{MaxIterations: o.MaxIterations})
	best := c.search(s, null, o)
	d := s.diagnose(c.parameters, best, o)
	d.Null = null.value - s.shift()
	if null.converged && d.LogLik < d.Null+noDropout && !o.Prior {
		c.settle(s, null, &d, o)
	}
	if !d.Converged {
		return d, notConverged(c.model, d)
	}
	c.warn(&d)
	return d, nil
}

// search climbs from the first start, on a part of the cells first if they are
// many, and from the second if that ends at a bound, on a ridge, or no higher than
// the model without dropout; from the others too if it ends nowhere.
func (c *climb) search(s *study, null summit, o Options) summit {
	starts, looks := c.starts, 2
	if part := s.thin(thinAbove, thinTo); part != nil {
		if near := maximize(part.problem(c.parameters, c.objective, starts[0], o)); near.converged {
			starts, looks = append([][]float64{near.v}, starts...), 1
		}
	}
	var best summit
	for i, start := range starts {
		p := s.problem(c.parameters, c.objective, start, o)
		if !o.Prior && null.converged {
			p.enough = null.value + noDropout
		}
		if i > 0 && best.ended(p.enough) && !c.promises(s, start, o) {
			break
		}
		top := maximize(p)
		if i == 0 || better(top, best) {
			best = top
		}
		if best.converged && !best.ridge && !anyTrue(best.bound) && best.value > null.value+weakDropout {
			break
		}
		if best.converged && i+1 >= looks && (len(s.cells) > fewCells || best.value > null.value+weakDropout) {
			break
		}
	}
	return best
}

// fewCells is up to how many cells every start is tried where dropout is weak: it
// costs little then, and the surface is flat.
const fewCells = 1_000

// ended says whether a climb ended because it could not exceed enough.
func (s *summit) ended(enough float64) bool {
	return s.converged && s.ridge && enough != 0 && s.value < enough
}

// promises says whether a climb from start on a part of the cells finds dropout in
// them: a quick look before all of them are climbed.
func (c *climb) promises(s *study, start []float64, o Options) bool {
	part := s.thin(lookAbove, lookAbove)
	if part == nil {
		return true
	}
	null := part.climbNBD(o)
	p := part.problem(c.parameters, c.objective, start, o)
	p.enough = null.value + noDropout
	return maximize(p).value > null.value+1
}

// better says whether a is to be preferred to b: it converged, or it is higher.
func better(a, b summit) bool {
	if a.converged != b.converged {
		return a.converged
	}
	return finite(a.value) && (!finite(b.value) || a.value > b.value)
}

func anyTrue(b []bool) bool {
	for _, v := range b {
		if v {
			return true
		}
	}
	return false
}

// settle ends a fit whose data show no dropout: r and α of the model without it,
// the dropout as near to none as the box allows, and said to be at its bounds.
// The log-likelihood is the limit, that of the nested model.
func (c *climb) settle(s *study, null summit, d *Diagnostics, o Options) {
	n := len(c.parameters)
	top := summit{v: append(append([]float64(nil), null.v...), c.none...), grad: make([]float64, n), hess: make([]float64, n*n), bound: make([]bool, n)}
	top.value = c.objective(s)(top.v, top.grad, top.hess)
	for i := range n {
		top.bound[i] = i >= 2 || null.bound[i]
	}
	top.steps, top.converged = d.Iterations, finite(top.value)
	nullLik := d.Null
	*d = s.diagnose(c.parameters, top, o)
	d.Null, d.LogLik = nullLik, nullLik
}

// warn writes what a reader must know before using the model.
func (c *climb) warn(d *Diagnostics) {
	for _, w := range dropoutWarnings(*d) {
		d.Warnings = append(d.Warnings, w.Text)
	}
}

// dropoutWarnings are the reasons to doubt the dropout part of a model.
func dropoutWarnings(d Diagnostics) []Warning {
	dropout := false
	for _, b := range d.Bounds {
		dropout = dropout || (b != "r" && b != "alpha")
	}
	switch {
	case d.LogLik < d.Null+noDropout:
		return []Warning{{Code: NoDropout, Text: "no sign that customers leave: dropout is not identified; use NBD"}}
	case d.LogLik < d.Null+weakDropout:
		return []Warning{{Code: WeakDropout, Text: fmt.Sprintf("weak evidence that customers leave: the log-likelihood gains %.2f over NBD, 3 would be significant", d.LogLik-d.Null), Figures: []float64{d.LogLik - d.Null}}}
	case dropout:
		return []Warning{{Code: SameDropout, Text: "customers don't differ in how soon they leave as far as the data tell: only the mean is identified"}}
	}
	return nil
}

// shift is what is added to a log-likelihood in the caller's unit of time to get
// the one in units of the scale: a density of x purchase times.
func (s *study) shift() float64 { return s.purchases * math.Log(s.scale) }

// diagnose turns the place where a climb ended into diagnostics in the caller's
// unit of time.
func (s *study) diagnose(parameters []parameter, top summit, o Options) Diagnostics {
	n := len(parameters)
	d := Diagnostics{Customers: int(math.Round(s.customers)), Groups: len(s.cells), Iterations: top.steps, Converged: top.converged}
	d.Estimates = make([]float64, n)
	d.LogLik = top.value - s.shift()
	if o.Prior {
		d.LogLik -= addPrior(parameters, top.v, make([]float64, n), make([]float64, n*n))
	}
	for i, p := range parameters {
		d.Names = append(d.Names, p.name)
		d.Estimates[i] = math.Exp(top.v[i])
		if p.time {
			d.Estimates[i] *= s.scale
		}
		if top.bound[i] {
			d.Bounds = append(d.Bounds, p.name)
			continue
		}
		d.Gradient = max(d.Gradient, math.Abs(top.grad[i])/s.customers)
	}
	d.information(&top, d.Estimates)
	for i, p := range parameters {
		if !top.bound[i] && !(d.LogCov[i][i] < unknown*unknown) {
			d.Bounds = append(d.Bounds, p.name)
		}
	}
	return d
}
