package clv

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// With k = 1 there is no rhythm: every figure is that of the MBG/NBD.
func TestARhythmOfOneIsTheMBGNBD(t *testing.T) {
	t.Parallel()
	for _, p := range [][4]float64{{0.525, 6.183, 0.891, 1.614}, {3, 2, 0.2, 0.1}, {0.7, 9, 1, 5}} {
		want, got := MBGNBD{p[0], p[1], p[2], p[3]}, MBGCNBD{1, p[0], p[1], p[2], p[3]}
		rng := rand.New(rand.NewPCG(1, 8))
		for range 30 {
			h, span := drawHistory(want, rng), 60*rng.Float64()
			same := func(name string, got, want float64) {
				if math.Abs(got-want) > 1e-10*math.Abs(want) {
					t.Errorf("%+v %+v, %v ahead: %s %.15g, want %.15g", p, h, span, name, got, want)
				}
			}
			same("log-likelihood", got.LogLik(h), want.LogLik(h))
			same("alive", got.Alive(h), want.Alive(h))
			same("expected", got.Expected(h, span), want.Expected(h, span))
			same("expected of new", got.ExpectedNew(span), want.ExpectedNew(span))
			same("discounted", got.Discounted(h, 0.01, span), want.Discounted(h, 0.01, span))
			same("discounted for ever", got.Discounted(h, 0.01, math.Inf(1)), want.Discounted(h, 0.01, math.Inf(1)))
			for n := range 6 {
				same("probability", got.PMF(h, span, n), want.PMF(h, span, n))
			}
		}
	}
	histories := shop(MBGNBD{0.9, 4, 0.9, 2}, rand.New(rand.NewPCG(2, 8)), 3000)
	cells, err := Group(histories)
	if err != nil {
		t.Fatal(err)
	}
	want, wantD, err := FitMBGNBD(cells, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, d, err := FitMBGCNBD(histories, 1, Options{})
	if err != nil || !near(got.R, want.R, 1e-5) || !near(got.Alpha, want.Alpha, 1e-5) || !near(d.LogLik, wantD.LogLik, 1e-12) || !near(d.Null, wantD.Null, 1e-12) {
		t.Errorf("fitted %+v with %v (null %v), %v; want %+v with %v (null %v)", got, d.LogLik, d.Null, err, want, wantD.LogLik, wantD.Null)
	}
}

// rhythmic simulates customers watched for 20 to 80 weeks, without rounding.
func rhythmic(m MBGCNBD, rng *rand.Rand, customers int) []History {
	histories := make([]History, customers)
	var times []float64
	for i := range histories {
		h := History{T: 20 + float64(rng.IntN(60))}
		times = m.Simulate(rng, h.T, times[:0])
		for j, at := range times {
			h.LogGaps += math.Log(at - h.Tx)
			h.X, h.Tx = j+1, at
		}
		histories[i] = h
	}
	return histories
}

var steady = MBGCNBD{K: 3, R: 1.4, Alpha: 2, A: 0.9, B: 4}

func TestRhythmAndParametersAreFoundAgain(t *testing.T) {
	t.Parallel()
	truth := []float64{steady.R, steady.Alpha, steady.A, steady.B}
	var off [4]float64
	for seed := range uint64(20) {
		m, d, err := FitMBGCNBD(rhythmic(steady, rand.New(rand.NewPCG(seed, 8)), 2000), 0, Options{})
		if err != nil || m.K != 3 {
			t.Errorf("seed %d: %+v, %v; want k 3", seed, m, err)
			continue
		}
		for i, want := range truth {
			z := math.Log(d.Estimates[i]/want) / math.Sqrt(d.LogCov[i][i])
			off[i] += z / 20
			if !(math.Abs(z) < 4) {
				t.Errorf("seed %d: %s = %.4g ± %.2g, want %v", seed, d.Names[i], d.Estimates[i], d.SE[i], want)
			}
		}
	}
	for i, z := range off {
		if math.Abs(z) > 3.5/math.Sqrt(20) {
			t.Errorf("parameter %d is off by %.2f standard errors on the average", i, z)
		}
	}
}

func TestIntervalsOfARhythmCoverTheParameters(t *testing.T) {
	t.Parallel()
	covers(t, []float64{steady.R, steady.Alpha, steady.A, steady.B}, func(rng *rand.Rand) (Diagnostics, error) {
		_, d, err := FitMBGCNBD(rhythmic(steady, rng, 2000), 3, Options{})
		return d, err
	})
}

func TestSlopeAndBendOfARhythmAreDerivatives(t *testing.T) {
	t.Parallel()
	histories := rhythmic(steady, rand.New(rand.NewPCG(4, 8)), 200)
	histories = append(histories, History{X: 60, Tx: 40, T: 41, LogGaps: -10}, History{X: 900, Tx: 70, T: 78}, History{X: 1, Tx: 0.2, T: 900})
	cells, err := Group(histories)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newStudy(cells, 0)
	if err != nil {
		t.Fatal(err)
	}
	gaps, _ := totalGaps(histories)
	for _, k := range []int{1, 2, 5, 12} {
		f := rhythmObjective(s, k, gaps, true)
		for _, v := range [][]float64{{-0.3, -1.5, 0.1, 0.7}, {1, 0, -3, 2}, {-2, -4, 1, -1}, {0.5, 0.7, -6, 5}} {
			checkDerivatives(t, f, v)
			checkDerivatives(t, rhythmObjective(s, k, gaps, false), v[:2])
			m, want := MBGCNBD{k, math.Exp(v[0]), math.Exp(v[1]) * s.scale, math.Exp(v[2]), math.Exp(v[3])}, s.shift()
			for _, h := range histories {
				want += m.LogLik(h)
			}
			if got := f(v, make([]float64, 4), make([]float64, 16)); !near(got, want, 1e-11) {
				t.Errorf("k %d at %v: the cells give %.15g, the customers add up to %.15g", k, v, got, want)
			}
		}
	}
}

func TestPredictionsOfARhythmHoldForSimulatedCustomers(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(6, 8))
	const age, span, customers = 20.0, 15.0, 30_000
	var after, expected, spread, fresh, before, alive, doubt float64
	counts, want := make([]float64, 5), make([]float64, 5)
	var times []float64
	for range customers {
		times = steady.Simulate(rng, age+2000, times[:0])
		n, _ := slices.BinarySearch(times, age)
		end, _ := slices.BinarySearch(times, age+span)
		h := History{X: n, T: age}
		if n > 0 {
			h.Tx = times[n-1]
		}
		e, p := steady.Expected(h, span), steady.Alive(h)
		d := float64(end-n) - e
		before += float64(n)
		after += float64(end - n)
		expected += e
		spread += d * d
		fresh += steady.ExpectedNew(age)
		if len(times) > n { // will buy again some time: was alive
			alive++
		}
		alive -= p
		doubt += p * (1 - p)
		if end-n < len(counts) {
			counts[end-n]++
		}
		for k := range want {
			want[k] += steady.PMF(h, span, k)
		}
	}
	if math.Abs(after-expected) > 4*math.Sqrt(spread) {
		t.Errorf("%v purchases, expected %v ± %v", after, expected, math.Sqrt(spread))
	}
	if math.Abs(before-fresh) > 12*math.Sqrt(before) {
		t.Errorf("%v purchases of new customers, expected %v", before, fresh)
	}
	if math.Abs(alive) > 4*math.Sqrt(doubt)+0.005*customers { // a few buy again after 2000 weeks
		t.Errorf("%v more customers are alive than expected, ± %v", alive, math.Sqrt(doubt))
	}
	for k := range want {
		if math.Abs(counts[k]-want[k]) > 4*math.Sqrt(want[k]) {
			t.Errorf("%v customers bought %d times, expected %.1f", counts[k], k, want[k])
		}
	}
}

func TestRhythmDoesNotMindTheUnitOfTimeNorTheOrder(t *testing.T) {
	t.Parallel()
	histories := rhythmic(steady, rand.New(rand.NewPCG(7, 8)), 1500)
	want, wantD, err := FitMBGCNBD(histories, 0, Options{})
	if err != nil {
		t.Fatal(err)
	}
	days := slices.Clone(histories)
	slices.Reverse(days)
	purchases := 0.0
	for i := range days {
		h := &days[i]
		h.Tx, h.T, h.LogGaps = 7*h.Tx, 7*h.T, h.LogGaps+float64(h.X)*math.Log(7)
		purchases += float64(h.X)
	}
	got, d, err := FitMBGCNBD(days, 0, Options{})
	if err != nil || got.K != want.K || !near(got.R, want.R, 1e-5) || !near(got.Alpha, 7*want.Alpha, 1e-5) || !near(d.LogLik, wantD.LogLik-purchases*math.Log(7), 1e-10) {
		t.Errorf("in days %+v with %v, %v; want %+v with %v in weeks", got, d.LogLik, err, want, wantD.LogLik)
	}
}

func TestRhythmsThatCannotBeChosen(t *testing.T) {
	t.Parallel()
	histories := rhythmic(steady, rand.New(rand.NewPCG(9, 8)), 300)
	for i := range histories {
		histories[i].LogGaps = 0
	}
	if _, _, err := FitMBGCNBD(histories, 0, Options{}); err == nil {
		t.Error("k is chosen without the times between purchases")
	}
	if _, _, err := FitMBGCNBD(histories, 3, Options{}); err != nil {
		t.Errorf("a given k needs no times between purchases: %v", err)
	}
	for _, k := range []int{-1, 13} {
		if _, _, err := FitMBGCNBD(histories, k, Options{}); err == nil {
			t.Errorf("k %d is accepted", k)
		}
	}
	if _, _, err := FitMBGCNBD([]History{{T: 4}, {T: 5}}, 2, Options{}); !errors.Is(err, ErrTooFew) {
		t.Errorf("nobody bought again: %v, want ErrTooFew", err)
	}
	if _, _, err := FitMBGCNBD([]History{{X: 1, Tx: 1, T: 4, LogGaps: math.Inf(-1)}}, 2, Options{}); err == nil {
		t.Error("two purchases at once are accepted")
	}
}

// Standing orders: everybody buys once a month and nobody leaves. No number may
// be anything but a number, and k is as large as it goes.
func TestStandingOrders(t *testing.T) {
	t.Parallel()
	var histories []History
	for i := range 200 {
		x := 3 + i%20
		histories = append(histories, History{X: x, Tx: float64(x), T: float64(x) + 0.3})
	}
	m, d, err := FitMBGCNBD(histories, 0, Options{})
	if err != nil || m.K != MaxRhythm || len(d.Warnings) == 0 {
		t.Fatalf("%+v, warnings %q, %v; want the largest k and a warning", m, d.Warnings, err)
	}
	for _, h := range histories {
		if a, e := m.Alive(h), m.Expected(h, 12); !(a > 0.9 && a <= 1) || math.Abs(e-12) > 1.5 {
			t.Errorf("%+v: alive %v, %v expected in twelve months", h, a, e)
		}
	}
}

func FuzzMBGCNBD(f *testing.F) {
	f.Add(3, 1.4, 2.0, 0.9, 4.0, 5, 18.0, 20.0, 15.0, 0.01)
	f.Add(12, 0.01, 1e-3, 1.0, 1e4, 10000, 18000.0, 18262.0, 1095.0, 1e-4)
	f.Add(2, 50.0, 1e5, 1e-4, 1e-3, 0, 0.0, 1.0, 18262.0, 1e-6)
	f.Fuzz(func(t *testing.T, k int, r, alpha, a, b float64, x int, tx, age, span, rate float64) {
		within := func(v, lo, hi float64) bool { return v >= lo && v <= hi }
		m, h := MBGCNBD{k, r, alpha, a, b}, History{X: x, Tx: tx, T: age}
		if k < 1 || k > MaxRhythm || !within(r, 1e-3, 1e3) || !within(alpha, 1e-3, 1e6) || !within(a, 1e-5, 1e5) || !within(b, 1e-5, 1e5) ||
			h.Check() != nil || x > 10000 || age < 1e-2 || age > 20000 || !within(span, 1e-3, 20000) || !within(rate, 1e-7, 1) {
			t.Skip()
		}
		if ll := m.LogLik(h); !finite(ll) {
			t.Errorf("%+v %+v: log-likelihood %v", m, h, ll)
		}
		alive, expected := m.Alive(h), m.Expected(h, span)
		if !within(alive, 0, 1) || !within(expected, 0, 1e12) {
			t.Errorf("%+v %+v: alive %v, %v expected in %v", m, h, alive, expected, span)
		}
		if v := m.Discounted(h, rate, span); !within(v, 0, expected*(1+1e-8)) {
			t.Errorf("%+v %+v: discounted %v of %v in %v at %v", m, h, v, expected, span, rate)
		}
		if v := m.Discounted(h, rate, math.Inf(1)); !finite(v) || v < 0 {
			t.Errorf("%+v %+v: DERT %v", m, h, v)
		}
		if p := m.PMF(h, span, min(x, 20)); !within(p, 0, 1) {
			t.Errorf("%+v %+v: probability %v", m, h, p)
		}
	})
}

// Computed with 25 digits by integrating over rates and phases one by one: the
// likelihood without the gaps, alive, expected, discounted over the span and for
// ever, and the probabilities of no purchase and of two.
func TestARhythmIsWhatItsIntegralsSay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		m          MBGCNBD
		h          History
		span, rate float64
		want       [7]float64
	}{
		{MBGCNBD{1, 0.525, 6.183, 0.891, 1.614}, History{X: 2, Tx: 30.43, T: 38.86}, 39.0, 0.002, [7]float64{-9.48555131453393, 0.706202265118487, 1.26296062326737, 1.21797656770257, 5.71610090322269, 0.440005909177707, 0.145973541294847}},
		{MBGCNBD{2, 0.8, 3.0, 0.9, 2.5}, History{X: 0, Tx: 0.0, T: 20.0}, 15.0, 0.01, [7]float64{-0.6750866667777, 0.480063858888266, 0.18333793271683, 0.17092298342272, 0.775993875057428, 0.848998321637283, 0.0224796431539933}},
		{MBGCNBD{2, 0.8, 3.0, 0.9, 2.5}, History{X: 5, Tx: 18.0, T: 20.0}, 15.0, 0.01, [7]float64{-18.7985179283973, 0.85814990584868, 2.70794416801698, 2.5246700273636, 8.96481632904004, 0.153245769849392, 0.188700860523038}},
		{MBGCNBD{3, 1.2, 2.0, 0.6, 1.4}, History{X: 4, Tx: 30.0, T: 52.0}, 52.0, 0.0015, [7]float64{-30.101604757978, 0.164979387854276, 0.696136834426814, 0.672431335774054, 3.54955880470793, 0.835077789134605, 0.019013156151032}},
		{MBGCNBD{3, 1.2, 2.0, 1.0, 4.0}, History{X: 9, Tx: 10.0, T: 12.0}, 0.5, 0.3, [7]float64{-12.81034332913, 0.693273300656351, 0.357875043195735, 0.334469367793305, 1.55658081736976, 0.654048993224402, 0.0117561786426206}},
		{MBGCNBD{4, 0.3, 0.5, 0.2, 0.1}, History{X: 1, Tx: 3.0, T: 3.5}, 2.0, 0.05, [7]float64{-7.40637881559534, 0.845165269592235, 0.334977899343959, 0.315749318373489, 3.91494853833292, 0.700155308121138, 0.0307709681228729}},
		{MBGCNBD{6, 2.0, 8.0, 1.5, 9.0}, History{X: 20, Tx: 50.0, T: 50.0}, 30.0, 0.02, [7]float64{-126.084526262399, 0.950819672131148, 7.85384535203019, 5.95077207002897, 9.90104491282125, 0.0491803278688526, 0.041794274260714}},
		{MBGCNBD{12, 3.0, 1.0, 0.4, 3.0}, History{X: 7, Tx: 70.0, T: 78.0}, 26.0, 0.004, [7]float64{-194.675371299542, 0.946818570229343, 2.59261174147711, 2.4742506837427, 16.589800907758, 0.0531827746715668, 0.281055354829189}},
	} {
		got := [7]float64{
			c.m.LogLik(c.h), c.m.Alive(c.h), c.m.Expected(c.h, c.span), c.m.Discounted(c.h, c.rate, c.span),
			c.m.Discounted(c.h, c.rate, math.Inf(1)), c.m.PMF(c.h, c.span, 0), c.m.PMF(c.h, c.span, 2),
		}
		for i, name := range []string{"log-likelihood", "alive", "expected", "discounted", "for ever", "P(0)", "P(2)"} {
			if !near(got[i], c.want[i], 1e-11) {
				t.Errorf("%+v %+v: %s %.15g, want %.15g", c.m, c.h, name, got[i], c.want[i])
			}
		}
		q := c.m.after(c.h)
		if other := q.alive * q.integral(0, c.span); !near(other, c.want[2], 1e-11) {
			t.Errorf("%+v %+v: the integral over rates expects %.15g, want %.15g", c.m, c.h, other, c.want[2])
		}
	}
}

// Drawing what a customer with a history will do next must agree with what is
// expected of him.
func TestContinuedCustomersOfARhythmDoWhatIsExpected(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(12, 8))
	for _, h := range []History{{T: 20}, {X: 4, Tx: 16, T: 20}, {X: 6, Tx: 20, T: 20}, {X: 12, Tx: 15, T: 20}} {
		const n, span = 20_000, 13.0
		want := steady.countsAfter(h, span)
		counts := make([]float64, len(want)+100)
		mean, square := 0.0, 0.0
		for range n {
			times, ok := continued(steady, rng, h, span, nil)
			if !ok || !slices.IsSorted(times) {
				t.Fatalf("%+v: %v", h, times)
			}
			k := float64(len(times))
			counts[len(times)]++
			mean += k / n
			square += k * k / n
		}
		expected := steady.Expected(h, span) / steady.Alive(h)
		if math.Abs(mean-expected) > 4*math.Sqrt((square-mean*mean)/n) {
			t.Errorf("%+v: %v purchases on the average, expected %v", h, mean, expected)
		}
		for k, p := range want {
			if math.Abs(counts[k]-n*p) > 4.5*math.Sqrt(n*p)+1 {
				t.Errorf("%+v: %v customers bought %d times, expected %.1f", h, counts[k], k, n*p)
			}
		}
	}
}

func TestAChoiceWeighsRhythms(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		m    MBGCNBD
		best bool
	}{"orders every few weeks": {steady, true}, "buys at random": {MBGCNBD{1, 0.9, 6, 0.9, 4}, false}} {
		choice, err := Choose(Trial{Histories: rhythmic(c.m, rand.New(rand.NewPCG(13, 8)), 2500)}, ChoiceOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got := choice.Winner().Name == "MBG/CNBD-k"; got != c.best {
			t.Errorf("who %s is best described by %s", name, choice.Winner().Name)
		}
	}
}

// Buyers of music have no rhythm: k = 1 is best for the sample of CDNOW, and the
// model then is the MBG/NBD with its published parameters.
func TestBuyersOfMusicHaveNoRhythm(t *testing.T) {
	t.Parallel()
	m, d, err := FitMBGCNBD(values(cdnow(t)), 0, Options{})
	if err != nil || m.K != 1 || d.LogLik < d.Null {
		t.Fatalf("%+v, %+v, %v; want k 1", m, d, err)
	}
	for _, p := range publishedFigures(t, "MBG/NBD") {
		if p.dataset != "cdnow_sample" {
			continue
		}
		got, known := map[string]float64{"r": m.R, "alpha": m.Alpha, "a": m.A, "b": m.B, "LL": d.LogLik}[p.quantity]
		if known && !p.meets(got) {
			t.Errorf("%s %s = %v, want %v %s", p.id, p.quantity, got, p.value, p.tol)
		}
	}
}
