package clv

import (
	"math"
	"testing"
)

// exponent maps any number to e^x with x between -limit and limit.
func exponent(x, limit float64) float64 {
	if !finite(x) {
		x = 0
	}
	return math.Exp(limit * math.Sin(x))
}

// Over the whole domain (parameters six powers of ten either side of the unit, up
// to 10,000 purchases, a day to fifty years, any horizon) no figure is NaN or
// infinite, probabilities lie between 0 and 1, and more time brings more purchases.
func FuzzTiming(f *testing.F) {
	f.Add(-0.6, 1.0, -0.2, 0.9, uint16(2), 0.8, 3.6, 3.6)
	f.Add(1.5, -1.5, 1.5, -1.5, uint16(10000), 1.0, -1.5, 1.5)
	f.Add(-1.5, 1.5, -1.5, 1.5, uint16(0), 0.0, 1.5, -1.5)
	f.Add(0.1, 0.2, 0.0, 0.0, uint16(1), 0.001, 0.0, 1.0)
	f.Fuzz(func(t *testing.T, r, alpha, a, b float64, purchases uint16, last, age, ahead float64) {
		h := History{X: int(purchases) % 10001, T: 50 * exponent(age, 6)}
		if h.X > 0 {
			h.Tx = h.T * math.Abs(math.Sin(last))
			if !(h.Tx > 0) {
				h.Tx = h.T
			}
		}
		if h.Check() != nil {
			t.Skip()
		}
		span := h.T * exponent(ahead, 6)
		p := [4]float64{exponent(r, 13), exponent(alpha, 13), exponent(a, 13), exponent(b, 13)}
		for _, m := range []Timing{
			NBD{p[0], p[1] * h.T},
			BGNBD{p[0], p[1] * h.T, p[2], p[3]},
			MBGNBD{p[0], p[1] * h.T, p[2], p[3]},
			ParetoNBD{p[0], p[1] * h.T, p[2], p[3] * h.T},
		} {
			checkFigures(t, m, h, span)
		}
	})
}

// checkFigures checks what holds for any model and any history.
func checkFigures(t *testing.T, m Timing, h History, span float64) {
	t.Helper()
	ll, alive := m.LogLik(h), m.Alive(h)
	if !finite(ll) || !(alive >= 0 && alive <= 1) {
		t.Errorf("%#v, %+v: log-likelihood %v, alive %v", m, h, ll, alive)
	}
	e, more := m.Expected(h, span), m.Expected(h, 2*span)
	if !finite(e) || !finite(more) || e < 0 || more < e*(1-1e-9) {
		t.Errorf("%#v, %+v: %v purchases in %v, %v in twice that", m, h, e, span, more)
	}
	fresh := m.ExpectedNew(span)
	d := m.Discounted(h, 0.5/span, span)
	if !finite(fresh) || fresh < 0 || !(d >= 0 && d <= e*(1+1e-9)) {
		t.Errorf("%#v, %+v: %v of a new customer, %v discounted of %v", m, h, fresh, d, e)
	}
	for _, n := range []int{0, 1, 7, 300} {
		if p := m.PMF(h, span, n); !(p >= 0 && p <= 1) {
			t.Errorf("%#v, %+v: probability of %d in %v is %v", m, h, n, span, p)
		}
	}
}
