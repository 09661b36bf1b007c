package clv

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
)

// A Covariate is something known of every customer that does not change with
// time: an industry as 0 or 1, a size, the first channel.
type Covariate struct {
	Name   string
	Values []float64 // one for each history
}

// Covariates say what may move the purchases and what the dropout.
type Covariates struct {
	Purchase []Covariate
	Dropout  []Covariate
}

// Coefficients are how much covariates move a model: a customer whose covariates
// are z buys at rates exp(Purchase·z) times, and leaves at rates exp(Dropout·z)
// times, those of a customer whose covariates are 0.
type Coefficients struct{ Purchase, Dropout []float64 }

// BGNBDWith is a BG/NBD with covariates: α exp(-γ₁z), a exp(γ₂z), b exp(γ₂z)
// (Fader & Hardie, note 019; docs/clv.md, "Covariates").
type BGNBDWith struct {
	BGNBD // of a customer whose covariates are 0
	Coefficients
}

// ParetoNBDWith is a Pareto/NBD with covariates: α exp(-γ₁z), β exp(-γ₂z) (Fader &
// Hardie, note 019; docs/clv.md, "Covariates").
type ParetoNBDWith struct {
	ParetoNBD // of a customer whose covariates are 0
	Coefficients
}

// For is the model of a customer with the covariates given.
func (m BGNBDWith) For(purchase, dropout []float64) BGNBD {
	leave := math.Exp(dot(m.Dropout, dropout))
	return BGNBD{m.R, m.Alpha * math.Exp(-dot(m.Purchase, purchase)), m.A * leave, m.B * leave}
}

// For is the model of a customer with the covariates given.
func (m ParetoNBDWith) For(purchase, dropout []float64) ParetoNBD {
	return ParetoNBD{m.R, m.Alpha * math.Exp(-dot(m.Purchase, purchase)), m.S, m.Beta * math.Exp(-dot(m.Dropout, dropout))}
}

func dot(a, b []float64) float64 {
	s := 0.0
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}

// FitBGNBDWith estimates a BG/NBD with covariates. The diagnostics name the
// coefficients after r, alpha, a and b, as purchase.NAME and dropout.NAME; they are
// on their own scale, their standard errors too. Errors are those of FitBGNBD.
func FitBGNBDWith(histories []History, c Covariates, o Options) (BGNBDWith, Diagnostics, error) {
	r := regression{base: betaGeometricClimb("BG/NBD with covariates", 0), purchase: [4]float64{1: -1}, dropout: [4]float64{2: 1, 3: 1}}
	d, err := r.fit(histories, c, o)
	if err != nil {
		return BGNBDWith{}, d, err
	}
	e := d.Estimates
	return BGNBDWith{BGNBD{e[0], e[1], e[2], e[3]}, split(e[4:], len(c.Purchase))}, d, nil
}

// FitParetoNBDWith estimates a Pareto/NBD with covariates as FitBGNBDWith does a
// BG/NBD.
func FitParetoNBDWith(histories []History, c Covariates, o Options) (ParetoNBDWith, Diagnostics, error) {
	r := regression{base: paretoClimb(), purchase: [4]float64{1: -1}, dropout: [4]float64{3: -1}}
	r.base.model = "Pareto/NBD with covariates"
	d, err := r.fit(histories, c, o)
	if err != nil {
		return ParetoNBDWith{}, d, err
	}
	e := d.Estimates
	return ParetoNBDWith{ParetoNBD{e[0], e[1], e[2], e[3]}, split(e[4:], len(c.Purchase))}, d, nil
}

func split(gamma []float64, purchase int) Coefficients {
	return Coefficients{Purchase: slices.Clone(gamma[:purchase]), Dropout: slices.Clone(gamma[purchase:])}
}

// A regression is a model whose parameters depend on covariates: their logarithms
// move by the signs given times γz, so that the likelihood of the customers of one
// profile z is that of the plain model at other parameters.
type regression struct {
	base              *climb
	purchase, dropout [4]float64
}

// A profile is the customers whose covariates are equal.
type profile struct {
	move [][4]float64 // by how much each coefficient moves the four logarithms
	f    objective
}

// steepest is the largest effect of one standard deviation of a covariate, on the
// log scale, that is looked for.
const steepest = 6.0

// fit estimates the model: the plain one first, then all parameters from there with
// no effects, over covariates in units of their standard deviations.
func (r *regression) fit(histories []History, c Covariates, o Options) (Diagnostics, error) {
	columns, names, err := standardise(c, len(histories))
	if err != nil {
		return Diagnostics{}, err
	}
	cells, err := Group(histories)
	if err != nil {
		return Diagnostics{}, err
	}
	plain, err := r.base.fit(cells, o)
	if err != nil {
		return plain, err
	}
	whole, err := newStudy(cells, 0)
	if err != nil {
		return Diagnostics{}, err
	}
	profiles, groups, err := r.profiles(histories, columns, len(c.Purchase), whole.scale)
	if err != nil {
		return Diagnostics{}, err
	}
	n := 4 + len(columns)
	p := problem{f: r.objective(profiles, n, o), maxSteps: o.MaxIterations, start: make([]float64, n), lo: make([]float64, n), hi: make([]float64, n)}
	still := slices.Contains(plain.Bounds, r.base.parameters[2].name) // no dropout to be moved
	for i := range n {
		p.lo[i], p.hi[i] = -steepest, steepest
		if i < 4 {
			p.start[i] = math.Log(plain.Estimates[i])
			if r.base.parameters[i].time {
				p.start[i] -= math.Log(whole.scale)
			}
			p.lo[i], p.hi[i] = -box, box
		}
		if still && (i == 2 || i == 3 || i >= 4+len(c.Purchase)) {
			p.lo[i], p.hi[i] = p.start[i], p.start[i]
		}
	}
	top := maximize(p)
	d := r.diagnose(whole, top, columns, names, o)
	d.Groups, d.Null, d.Warnings = groups, plain.Null, plain.Warnings
	if !d.Converged {
		return d, notConverged(r.base.model, d)
	}
	return d, nil
}

// A column is a covariate in units of its standard deviation.
type column struct {
	z        []float64
	mean, sd float64
}

// standardise refuses covariates that are not one number for each history, or the
// same for all.
func standardise(c Covariates, n int) (columns []column, names []string, err error) {
	for i, v := range slices.Concat(c.Purchase, c.Dropout) {
		if len(v.Values) != n {
			return nil, nil, fmt.Errorf("covariate %q: %d values for %d histories", v.Name, len(v.Values), n)
		}
		mean, square := 0.0, 0.0
		for _, x := range v.Values {
			mean += x / float64(n)
		}
		for _, x := range v.Values {
			square += (x - mean) * (x - mean) / float64(n)
		}
		sd := math.Sqrt(square)
		if !finite(sd) || !(sd > 1e-12*math.Abs(mean)) {
			return nil, nil, fmt.Errorf("covariate %q: it must be a number that differs between customers", v.Name)
		}
		k := column{z: make([]float64, n), mean: mean, sd: sd}
		for j, x := range v.Values {
			k.z[j] = (x - mean) / sd
		}
		columns = append(columns, k)
		kind := "purchase."
		if i >= len(c.Purchase) {
			kind = "dropout."
		}
		names = append(names, kind+v.Name)
	}
	return columns, names, nil
}

// profiles puts customers of equal covariates together, in the order in which they
// come, each with the likelihood of its cells.
func (r *regression) profiles(histories []History, columns []column, purchase int, scale float64) (out []profile, cells int, err error) {
	index := make(map[string]int)
	var members [][]History
	var moves [][][4]float64
	key := make([]byte, 0, 8*len(columns))
	for i, h := range histories {
		key = key[:0]
		for _, c := range columns {
			key = binary.BigEndian.AppendUint64(key, math.Float64bits(c.z[i]))
		}
		p, known := index[string(key)]
		if !known {
			p = len(members)
			index[string(key)] = p
			members = append(members, nil)
			move := make([][4]float64, len(columns))
			for k, c := range columns {
				signs := r.purchase
				if k >= purchase {
					signs = r.dropout
				}
				for j, s := range signs {
					move[k][j] = s * c.z[i]
				}
			}
			moves = append(moves, move)
		}
		members[p] = append(members[p], h)
	}
	for p, group := range members {
		g, err := Group(group)
		if err != nil {
			return nil, 0, err
		}
		s, err := newStudy(g, scale)
		if err != nil {
			return nil, 0, err
		}
		cells += len(g)
		out = append(out, profile{move: moves[p], f: r.base.objective(s)})
	}
	return out, cells, nil
}

// objective adds the likelihoods of the profiles up. The four logarithms u of a
// profile are linear in the parameters, u = v + Σ γ_k move_k, and so are gradient
// and Hessian.
func (r *regression) objective(profiles []profile, n int, o Options) objective {
	size := 1 + n + n*n
	return func(v, grad, hess []float64) float64 {
		acc := sum(len(profiles), size, func(from, to int, acc []float64) {
			u, g, h := make([]float64, 4), make([]float64, 4), make([]float64, 16)
			for _, p := range profiles[from:to] {
				copy(u, v[:4])
				for k, m := range p.move {
					for i := range 4 {
						u[i] += v[4+k] * m[i]
					}
				}
				acc[0] += p.f(u, g, h)
				p.spread(g, h, acc[1:1+n], acc[1+n:])
			}
		})
		copy(grad, acc[1:1+n])
		copy(hess, acc[1+n:])
		ll := acc[0]
		if o.Prior {
			for k := 4; k < n; k++ { // ridge: effects of a standard deviation ~ N(0, 1)
				ll -= v[k] * v[k] / 2
				grad[k] -= v[k]
				hess[k*n+k]--
			}
		}
		return ll
	}
}

// spread adds gradient g and Hessian h in the four logarithms of a profile to those
// in all parameters.
func (p profile) spread(g, h, grad, hess []float64) {
	n := 4 + len(p.move)
	row := func(k int) [4]float64 { // derivative of the four logarithms in parameter k
		if k < 4 {
			var unit [4]float64
			unit[k] = 1
			return unit
		}
		return p.move[k-4]
	}
	for k := range n {
		a := row(k)
		var ha [4]float64
		for i := range 4 {
			grad[k] += a[i] * g[i]
			for j := range 4 {
				ha[j] += a[i] * h[i*4+j]
			}
		}
		for l := range n {
			b := row(l)
			for j := range 4 {
				hess[k*n+l] += ha[j] * b[j]
			}
		}
	}
}

// diagnose turns the place where the climb ended into parameters of a customer whose
// covariates are 0, in the caller's units: γ = γ'/sd, and the logarithms move by
// -γ'·mean/sd. The covariance goes the same linear way.
func (r *regression) diagnose(s *study, top summit, columns []column, names []string, o Options) Diagnostics {
	n := len(top.v)
	d := s.diagnose(r.base.parameters, summit{
		v: top.v[:4], grad: top.grad[:4], hess: make([]float64, 16), value: top.value, steps: top.steps, bound: top.bound[:4], converged: top.converged,
	}, Options{})
	if o.Prior {
		for _, g := range top.v[4:] {
			d.LogLik += g * g / 2
		}
	}
	d.Bounds = nil
	for i, b := range top.bound {
		if b && i < 4 {
			d.Bounds = append(d.Bounds, r.base.parameters[i].name)
		} else if b {
			d.Bounds = append(d.Bounds, names[i-4])
		}
	}
	ones := make([]float64, n)
	for i := range ones {
		ones[i] = 1
	}
	d.information(&top, ones)
	back := make([][]float64, n) // derivative of the reported in the fitted parameters
	for i := range n {
		back[i] = make([]float64, n)
		back[i][i] = 1
	}
	d.Coefficients = len(columns)
	d.Names = append(d.Names, names...)
	for k, c := range columns {
		signs := r.purchase
		if strings.HasPrefix(names[k], "dropout.") {
			signs = r.dropout
		}
		d.Estimates = append(d.Estimates, top.v[4+k]/c.sd)
		back[4+k][4+k] = 1 / c.sd
		for i, sign := range signs {
			d.Estimates[i] *= math.Exp(-sign * top.v[4+k] * c.mean / c.sd)
			back[i][4+k] = -sign * c.mean / c.sd
		}
	}
	d.transform(back)
	return d
}

// transform replaces the covariance V on the scale of the optimiser by BVB', and
// fills that of the estimates.
func (d *Diagnostics) transform(b [][]float64) {
	n := len(b)
	v, out := d.LogCov, square(n)
	for i := range n {
		for j := range n {
			for k := range n {
				for l := range n {
					if b[i][k] != 0 && b[j][l] != 0 {
						out[i][j] += b[i][k] * v[k][l] * b[j][l]
					}
				}
			}
		}
	}
	d.LogCov = out
	for i := range n {
		for j := range n {
			d.Cov[i][j] = out[i][j] * d.growth(i) * d.growth(j)
		}
		d.SE[i] = math.Sqrt(d.Cov[i][i])
	}
}
