package clv

import (
	"errors"
	"fmt"
	"math"
)

// Options of a fit. The zero value is what one wants.
type Options struct {
	// MaxIterations bounds the steps of the optimiser; 0 means 100.
	MaxIterations int

	// Prior, if true, adds weak log-normal priors on scale-free quantities
	// (docs/clv.md, "Few customers"); for bases of a few hundred.
	Prior bool
}

// ErrNotConverged says that the optimiser found no maximum that may be used for
// scoring. The diagnostics tell where it stopped.
var ErrNotConverged = errors.New("the fit did not converge")

// ErrTooFew says that there are too few customers or repeat purchases for the
// model.
var ErrTooFew = errors.New("too few histories")

// Diagnostics is how a fit went, whether it converged or not.
type Diagnostics struct {
	Names      []string    // of the parameters, as in the papers
	Estimates  []float64   // the parameters, on their own scale
	SE         []float64   // standard errors; NaN where the parameter is at a bound
	Cov        [][]float64 // covariance of the estimates (inverse of the observed information)
	LogCov     [][]float64 // the same on the scale of the optimiser: the logarithm of a positive parameter
	LogLik     float64     // maximum of the log-likelihood, in the caller's unit of time
	Null       float64     // log-likelihood of NBD, the model without dropout, where it is nested
	Customers  int
	Groups     int // different histories
	Iterations int
	Gradient   float64  // largest absolute entry of the gradient per customer, log scale
	Condition  float64  // of the information matrix, log scale
	Bounds     []string // parameters that ended at a bound: not identified by the data
	Converged  bool
	K          int      // the regularity of an MBG/CNBD-k; 0 of other models
	Warnings   []string // what a reader has to know before using the model

	// Coefficients is how many of the last parameters are coefficients of
	// covariates, which are estimated as they are and not as logarithms.
	Coefficients int
}

// growth is the derivative of parameter i in what the optimiser moves.
func (d *Diagnostics) growth(i int) float64 {
	if i >= len(d.Estimates)-d.Coefficients {
		return 1
	}
	return d.Estimates[i]
}

// An objective is a log-likelihood with its gradient and Hessian at v, both
// written to the slices given (hess is row by row, symmetric).
type objective func(v, grad, hess []float64) float64

// A problem is what maximize needs: where to start, and the box to stay in.
type problem struct {
	f        objective
	start    []float64
	lo, hi   []float64 // bounds per parameter
	maxSteps int       // 0 means 100

	// enough, if not 0, ends a climb whose value can't be expected to exceed it
	// although it has come near.
	enough float64
}

// A summit is where maximize ended.
type summit struct {
	v, grad, hess []float64
	value         float64
	steps         int
	bound         []bool // at a bound with the gradient pointing outwards
	converged     bool
	ridge         bool // converged where the surface hardly rises, perhaps for ever
}

// stepCap is the longest step in one parameter; on the log scale a factor of 7.
const stepCap = 2.0

// decrement is the Newton decrement g'H^-1 g below which a point counts as the
// maximum, in units of log-likelihood: far below what any comparison can see.
const decrement = 1e-12

// A climb that gains less than flat in slow evaluations has come to a ridge that
// leads to no maximum (a parameter wants to be infinite, or any value will do):
// what it could still gain can't be seen in any comparison.
const (
	flat = 1e-3
	slow = 6
)

// maximize climbs by Newton's method with Levenberg's damping inside the box:
// parameters at a bound whose gradient points outwards are held fast. It is
// deterministic and bounded by maxSteps evaluations times the halvings of a step.
func maximize(p problem) summit {
	n := len(p.start)
	s := summit{v: make([]float64, n), grad: make([]float64, n), hess: make([]float64, n*n), bound: make([]bool, n)}
	for i := range n {
		s.v[i] = min(max(p.start[i], p.lo[i]), p.hi[i])
	}
	s.value = p.f(s.v, s.grad, s.hess)
	limit := p.maxSteps
	if limit == 0 {
		limit = 100
	}
	damping, mark, markAt := 0.0, s.value, 0
	next := summit{v: make([]float64, n), grad: make([]float64, n), hess: make([]float64, n*n), bound: s.bound}
	for s.steps < limit && finite(s.value) {
		hold(&s, p)
		step, gain, ok := newton(&s, damping)
		if !ok {
			damping = max(4*damping, 1e-3)
			if damping > 1e12 {
				return s
			}
			continue
		}
		if gain < decrement*(1+1e-6*math.Abs(s.value)) && damping < 1e-2 {
			s.converged = true
			return s
		}
		if p.enough != 0 && s.value > p.enough-0.1 && s.value+4*gain < p.enough && damping < 1 {
			s.converged, s.ridge = true, true
			return s
		}
		if s.steps >= markAt+slow {
			if s.value < mark+flat && gain < 10*flat && damping < 1 {
				s.converged, s.ridge = true, true
				return s
			}
			mark, markAt = s.value, s.steps
		}
		s.steps++
		move(next.v, s.v, step, p)
		next.value = p.f(next.v, next.grad, next.hess)
		if !finite(next.value) || next.value < s.value-1e-13*math.Abs(s.value) {
			if gain < 1e-9 && damping < 1e-2 { // rounding decides, not the slope
				s.converged = true
				return s
			}
			if damping = max(8*damping, 1e-3); damping > 1e12 {
				return s
			}
			continue
		}
		damping /= 8
		if damping < 1e-9 {
			damping = 0
		}
		s.v, next.v = next.v, s.v
		s.grad, next.grad = next.grad, s.grad
		s.hess, next.hess = next.hess, s.hess
		s.value = next.value
	}
	return s
}

// hold marks the parameters that the box keeps from climbing further.
func hold(s *summit, p problem) {
	for i, v := range s.v {
		s.bound[i] = (v <= p.lo[i] && s.grad[i] <= 0) || (v >= p.hi[i] && s.grad[i] >= 0)
	}
}

// newton solves (-H + damping·diag) step = g over the parameters that are free,
// and returns the expected gain g'step/2. It is not ok where the matrix is not
// positive definite: more damping is needed.
func newton(s *summit, damping float64) (step []float64, gain float64, ok bool) {
	n := len(s.v)
	m := make([]float64, n*n)
	step = make([]float64, n)
	for i := range n {
		if s.bound[i] {
			m[i*n+i] = 1
			continue
		}
		step[i] = s.grad[i]
		for j := range n {
			if !s.bound[j] {
				m[i*n+j] = -s.hess[i*n+j]
			}
		}
		m[i*n+i] += damping * max(math.Abs(s.hess[i*n+i]), 1e-8)
	}
	if !cholesky(m, n) {
		return nil, 0, false
	}
	solve(m, n, step)
	for i := range n {
		gain += s.grad[i] * step[i] / 2
	}
	return step, gain, finite(gain)
}

// move writes v + step into to, the step shortened as a whole to the cap and
// each parameter kept in its box.
func move(to, v, step []float64, p problem) {
	longest := 0.0
	for _, d := range step {
		longest = max(longest, math.Abs(d))
	}
	scale := 1.0
	if longest > stepCap {
		scale = stepCap / longest
	}
	for i := range to {
		to[i] = min(max(v[i]+scale*step[i], p.lo[i]), p.hi[i])
	}
}

// cholesky replaces the lower half of the symmetric matrix m by its factor L
// with LL' = m. It is false where m is not positive definite to working
// precision.
func cholesky(m []float64, n int) bool {
	for j := range n {
		whole := m[j*n+j]
		d := whole
		for k := range j {
			d -= m[j*n+k] * m[j*n+k]
		}
		if !(d > 1e-14*math.Abs(whole)) {
			return false
		}
		d = math.Sqrt(d)
		m[j*n+j] = d
		for i := j + 1; i < n; i++ {
			t := m[i*n+j]
			for k := range j {
				t -= m[i*n+k] * m[j*n+k]
			}
			m[i*n+j] = t / d
		}
	}
	return true
}

// solve replaces b by the solution of LL'x = b.
func solve(l []float64, n int, b []float64) {
	for i := range n {
		for k := range i {
			b[i] -= l[i*n+k] * b[k]
		}
		b[i] /= l[i*n+i]
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			b[i] -= l[k*n+i] * b[k]
		}
		b[i] /= l[i*n+i]
	}
}

// information fills the covariance of the diagnostics from the Hessian at the
// summit: the inverse of the observed information over the free parameters, and
// its condition. scale is dθ/dv of each parameter (θ itself for a logarithm).
func (d *Diagnostics) information(s *summit, scale []float64) {
	n := len(s.v)
	d.Cov, d.LogCov, d.SE = square(n), square(n), make([]float64, n)
	m := make([]float64, n*n)
	for i := range n {
		for j := range n {
			switch {
			case s.bound[i] || s.bound[j]:
				if i == j {
					m[i*n+j] = 1
				}
			default:
				m[i*n+j] = -s.hess[i*n+j]
			}
		}
	}
	d.Condition = condition(m, n)
	ok := cholesky(m, n)
	for j := range n {
		column := make([]float64, n)
		column[j] = 1
		if ok {
			solve(m, n, column)
		}
		for i := range n {
			if !ok || s.bound[i] || s.bound[j] {
				column[i] = math.NaN()
			}
			d.LogCov[i][j] = column[i]
			d.Cov[i][j] = column[i] * scale[i] * scale[j]
		}
		d.SE[j] = math.Sqrt(d.Cov[j][j])
	}
}

// condition is the ratio of the largest to the smallest eigenvalue of the
// symmetric matrix m, by Jacobi rotations; +Inf where one is not positive.
func condition(m []float64, n int) float64 {
	a := append([]float64(nil), m...)
	for range 50 {
		off := 0.0
		for p := range n {
			for q := p + 1; q < n; q++ {
				off += a[p*n+q] * a[p*n+q]
				rotate(a, n, p, q)
			}
		}
		if off < 1e-300 {
			break
		}
	}
	least, most := math.Inf(1), 0.0
	for i := range n {
		least, most = min(least, a[i*n+i]), max(most, a[i*n+i])
	}
	if !(least > 0) {
		return math.Inf(1)
	}
	return most / least
}

// rotate makes a[p][q] zero by one Jacobi rotation.
func rotate(a []float64, n, p, q int) {
	if a[p*n+q] == 0 {
		return
	}
	theta := (a[q*n+q] - a[p*n+p]) / (2 * a[p*n+q])
	t := math.Copysign(1, theta) / (math.Abs(theta) + math.Sqrt(theta*theta+1))
	c := 1 / math.Sqrt(t*t+1)
	s := t * c
	for k := range n {
		kp, kq := a[k*n+p], a[k*n+q]
		a[k*n+p], a[k*n+q] = c*kp-s*kq, s*kp+c*kq
	}
	for k := range n {
		pk, qk := a[p*n+k], a[q*n+k]
		a[p*n+k], a[q*n+k] = c*pk-s*qk, s*pk+c*qk
	}
}

func square(n int) [][]float64 {
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n)
	}
	return m
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// notConverged is the error of a fit whose diagnostics are d.
func notConverged(model string, d Diagnostics) error {
	return fmt.Errorf("%s, %d customers, %d steps, gradient %.2g: %w", model, d.Customers, d.Iterations, d.Gradient, ErrNotConverged)
}
