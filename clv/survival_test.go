package clv

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The weeks of remission of children with leukaemia under 6-mercaptopurine, +
// for those still in remission when last seen, and under placebo (Freireich et
// al. 1963, Blood 21, 699-716): the example of most books on survival.
var (
	remission = []Life{
		ended(6), ended(6), ended(6), lasting(6), ended(7), lasting(9), ended(10), lasting(10), lasting(11), ended(13),
		ended(16), lasting(17), lasting(19), lasting(20), ended(22), ended(23), lasting(25), lasting(32), lasting(32),
		lasting(34), lasting(35),
	}
	placebo = []Life{
		ended(1), ended(1), ended(2), ended(2), ended(3), ended(4), ended(4), ended(5), ended(5), ended(8), ended(8),
		ended(8), ended(8), ended(11), ended(11), ended(12), ended(12), ended(15), ended(17), ended(22), ended(23),
	}
)

func ended(at float64) Life   { return Life{Exit: at, Left: true} }
func lasting(at float64) Life { return Life{Exit: at} }

// The figures are those of the textbooks (Kleinbaum & Klein, "Survival
// Analysis", chapter 2; Collett, "Modelling Survival Data", chapter 2).
func TestKaplanMeierOfTheRemissions(t *testing.T) {
	t.Parallel()
	c, err := KaplanMeier(remission, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	want := []Step{
		{Time: 6, AtRisk: 21, Left: 3, Survival: 0.8571, SE: 0.0764, Low: 0.6197, High: 0.9516},
		{Time: 7, AtRisk: 17, Left: 1, Survival: 0.8067, SE: 0.0869, Low: 0.5631, High: 0.9228},
		{Time: 10, AtRisk: 15, Left: 1, Survival: 0.7529, SE: 0.0963, Low: 0.5032, High: 0.8894},
		{Time: 13, AtRisk: 12, Left: 1, Survival: 0.6902, SE: 0.1068, Low: 0.4316, High: 0.8491},
		{Time: 16, AtRisk: 11, Left: 1, Survival: 0.6275, SE: 0.1141, Low: 0.3675, High: 0.8049},
		{Time: 22, AtRisk: 7, Left: 1, Survival: 0.5378, SE: 0.1282, Low: 0.2678, High: 0.7468},
		{Time: 23, AtRisk: 6, Left: 1, Survival: 0.4482, SE: 0.1346, Low: 0.1881, High: 0.6801},
	}
	if len(c.Steps) != len(want) || c.Lives != 21 || c.Left != 9 || c.Last != 35 {
		t.Fatalf("%d steps of %d contracts, %d ended, until %v; want 7, 21, 9, 35", len(c.Steps), c.Lives, c.Left, c.Last)
	}
	near := func(a, b float64) bool { return math.Abs(a-b) <= 0.00006 }
	for i, w := range want {
		s := c.Steps[i]
		if s.Time != w.Time || s.AtRisk != w.AtRisk || s.Left != w.Left || !near(s.Survival, w.Survival) ||
			!near(s.SE, w.SE) || !near(s.Low, w.Low) || !near(s.High, w.High) {
			t.Errorf("step %d is %+v, want %+v", i, s, w)
		}
	}
	if m := c.Median(); m.Value != 23 || m.Low != 13 || !math.IsInf(m.High, 1) {
		t.Errorf("median %+v, want 23 from 13 upwards", m)
	}
	p, err := KaplanMeier(placebo, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if m := p.Median(); m.Value != 8 || m.Low != 4 || m.High != 11 {
		t.Errorf("median of the placebo %+v, want 8 from 4 to 11", m)
	}
	if m := p.RestrictedMean(100); math.Abs(m.Value-182./21) > 1e-12 {
		t.Errorf("everybody's end was seen, the mean is %v, want %v", m.Value, 182./21)
	}
}

func TestKaplanMeierOfTheTelephoneContracts(t *testing.T) {
	t.Parallel()
	var lives []Life
	for _, row := range rows(t, sharedFile(t, "data/ibm-telco-churn/Telco-Customer-Churn.csv")) {
		lives = append(lives, Life{Exit: number(t, row["tenure"]), Left: row["Churn"] == "Yes"})
	}
	c, err := KaplanMeier(lives, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if c.Lives != 7043 || c.Left != 1869 {
		t.Errorf("%d contracts, %d ended; want 7043 and 1869", c.Lives, c.Left)
	}
	for month, want := range map[float64]float64{1: 0.9460, 12: 0.8432, 24: 0.7887, 36: 0.7485, 48: 0.7088, 60: 0.6644, 72: 0.5928} {
		if s := c.At(month); math.Abs(s.Survival-want) > 0.00005 || s.Low >= s.Survival || s.High <= s.Survival {
			t.Errorf("S(%v) = %.5f (%.4f to %.4f), want %.4f", month, s.Survival, s.Low, s.High, want)
		}
	}
	for month, want := range map[float64]float64{12: 0.0045, 72: 0.0099} {
		if se := c.At(month).SE; math.Abs(se-want) > 0.00005 {
			t.Errorf("standard error of S(%v) = %.5f, want %.4f", month, se, want)
		}
	}
}

// Without censoring the curve is the share that lasts longer, and Greenwood's
// variance that of a binomial share.
func TestWithoutCensoringTheCurveIsAShare(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 3))
	var lives []Life
	for range 200 {
		lives = append(lives, ended(float64(1+rng.IntN(30))))
	}
	c, err := KaplanMeier(lives, 0.9)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range c.Steps {
		longer := 0.0
		for _, l := range lives {
			if l.Exit > s.Time {
				longer++
			}
		}
		p := longer / 200
		if math.Abs(s.Survival-p) > 1e-12 || math.Abs(s.SE-math.Sqrt(p*(1-p)/200)) > 1e-12 {
			t.Errorf("S(%v) = %v ± %v, want %v ± %v", s.Time, s.Survival, s.SE, p, math.Sqrt(p*(1-p)/200))
		}
	}
}

// Contracts cut in two, seen until a tenure and from it on by another's name,
// tell the same as the whole: that is what late entry means.
func TestCuttingContractsInTwoChangesNothing(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(2, 3))
	var whole, cut []Life
	for range 300 {
		l := Life{Exit: float64(rng.IntN(40)), Left: rng.IntN(3) > 0}
		whole = append(whole, l)
		if at := float64(rng.IntN(40)); at < l.Exit && at > 0 {
			cut = append(cut, Life{Exit: at}, Life{Entry: at, Exit: l.Exit, Left: l.Left})
		} else {
			cut = append(cut, l)
		}
	}
	cut = append(cut, Life{Entry: 7, Exit: 7, Left: true}) // never under observation
	slices.Reverse(cut)
	want, err := KaplanMeier(whole, 0)
	if err != nil {
		t.Fatal(err)
	}
	got, err := KaplanMeier(cut, 0)
	if err != nil || !slices.Equal(got.Steps, want.Steps) {
		t.Errorf("steps of the cut contracts %+v, %v; want %+v", got.Steps, err, want.Steps)
	}
}

func TestLateEntryIsNotBiased(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 3))
	var lives, blind []Life
	for len(lives) < 20000 {
		life, entry := rng.ExpFloat64()*20, max(0, rng.Float64()*60-20)
		if life <= entry {
			continue // ended before the log began
		}
		end := entry + 30*rng.Float64()
		lives = append(lives, Life{Entry: entry, Exit: min(life, end), Left: life <= end})
		blind = append(blind, Life{Exit: min(life, end), Left: life <= end})
	}
	c, err := KaplanMeier(lives, 0)
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := KaplanMeier(blind, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []float64{5, 20, 40} {
		want := math.Exp(-at / 20)
		if s := c.At(at); math.Abs(s.Survival-want) > 4*s.SE {
			t.Errorf("S(%v) = %.4f ± %.4f, want %.4f", at, s.Survival, s.SE, want)
		}
		if s := wrong.At(at); s.Survival < want+0.05 {
			t.Errorf("leaving late entry out of account should flatter S(%v); %.4f against %.4f", at, s.Survival, want)
		}
	}
}

// The log-log interval holds the true survival as often as it says, also where
// few are at risk.
func TestIntervalsOfTheSurvivalCover(t *testing.T) {
	t.Parallel()
	const runs, n = 2000, 120
	hits := make(map[float64]int)
	means, worths := 0, 0
	for seed := range uint64(runs) {
		rng := rand.New(rand.NewPCG(seed, 4))
		lives := make([]Life, n)
		for i := range lives {
			life, end := rng.ExpFloat64()*10, 25*rng.Float64()
			lives[i] = Life{Exit: min(life, end), Left: life <= end}
		}
		c, err := KaplanMeier(lives, 0.9)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []float64{2, 8, 15} {
			if s, want := c.At(at), math.Exp(-at/10); s.Low <= want && want <= s.High {
				hits[at]++
			}
		}
		if m, want := c.RestrictedMean(12), 10*(1-math.Exp(-1.2)); m.Low <= want && want <= m.High {
			means++
		}
		w, err := c.ContractValue(Contract{Tenure: 2, Margin: 5, Rate: 0.1, UnitsPerYear: 12, Horizon: 10})
		if err != nil {
			t.Fatal(err)
		}
		want := 0.0
		for t := 1; t <= 10; t++ {
			want += 5 * math.Exp(-float64(t)/10) / math.Pow(1.1, float64(t)/12)
		}
		if w.Low <= want && want <= w.High {
			worths++
		}
	}
	for at, n := range hits {
		if share := float64(n) / runs; share < 0.88 || share > 0.92 {
			t.Errorf("the 90%% interval of S(%v) holds it in %.1f%% of %d samples", at, 100*share, runs)
		}
	}
	for name, n := range map[string]int{"restricted mean": means, "contract value": worths} {
		if share := float64(n) / runs; share < 0.88 || share > 0.92 {
			t.Errorf("the 90%% interval of the %s holds it in %.1f%% of %d samples", name, 100*share, runs)
		}
	}
}

func TestContractValueIsTheSumThatItSays(t *testing.T) {
	t.Parallel()
	c, err := KaplanMeier(remission, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := 0.0
	for k := 1; k <= 12; k++ {
		want += c.At(10+float64(k)).Survival / c.At(10).Survival * 30 / math.Pow(1.08, float64(k)/52)
	}
	w, err := c.ContractValue(Contract{Tenure: 10, Margin: 30, Rate: 0.08, UnitsPerYear: 52, Horizon: 12})
	if err != nil || math.Abs(w.Value-want) > 1e-9 || w.Periods != 12 {
		t.Errorf("worth %+v, %v; want %v over 12 units", w, err, want)
	}
	loss, err := c.ContractValue(Contract{Tenure: 10, Margin: -30, Rate: 0.08, UnitsPerYear: 52, Horizon: 12})
	if err != nil || loss.Value != -w.Value || loss.Low != -w.High || loss.High != -w.Low {
		t.Errorf("a contract that costs 30 is worth %+v, want %+v turned round", loss, w)
	}
	if w, err = c.ContractValue(Contract{Tenure: 30, Margin: 1, UnitsPerYear: 52, Horizon: 100}); err != nil || w.Periods != 5 || math.Abs(w.Value-5) > 1e-9 {
		t.Errorf("beyond the observation: %+v, %v; want the 5 units that were seen", w, err)
	}
	for name, k := range map[string]Contract{
		"longer than any that was seen": {Tenure: 36, UnitsPerYear: 12},
		"without units in a year":       {Tenure: 1},
		"with a tenure below zero":      {Tenure: -1, UnitsPerYear: 12},
		"with a rate below -100%":       {Tenure: 1, Rate: -2, UnitsPerYear: 12},
	} {
		if _, err := c.ContractValue(k); err == nil {
			t.Errorf("a contract %s is valued", name)
		}
	}
}

func TestKaplanMeierAtTheEdges(t *testing.T) {
	t.Parallel()
	for name, lives := range map[string][]Life{
		"nobody left":              {lasting(3), lasting(5)},
		"all left at once":         {ended(3), ended(3)},
		"left on the first day":    {ended(0), lasting(0), ended(2)},
		"one contract":             {ended(1)},
		"one that was never seen":  {{Entry: 3, Exit: 3, Left: true}},
		"seen to end one by one":   {ended(1), ended(2), {Entry: 3, Exit: 9, Left: true}},
		"nobody there in between":  {ended(1), lasting(2), {Entry: 5, Exit: 9, Left: true}, {Entry: 4, Exit: 12}},
		"fractions, short and far": {ended(1e-9), lasting(1e9), ended(0.5)},
	} {
		c, err := KaplanMeier(lives, 0)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		last := 1.0
		for _, s := range append(c.Steps, c.At(0), c.At(1e12)) {
			if !(s.Survival >= 0 && s.Survival <= 1 && s.Low >= 0 && s.Low <= s.Survival && s.Survival <= s.High && s.High <= 1) || !finite(s.SE) {
				t.Errorf("%s: %+v", name, s)
			}
		}
		for _, s := range c.Steps {
			if s.Survival > last {
				t.Errorf("%s: the curve rises at %+v", name, s)
			}
			last = s.Survival
		}
		if m := c.RestrictedMean(10); !finite(m.Value) || !finite(m.SE) {
			t.Errorf("%s: restricted mean %+v", name, m)
		}
	}
	if c, _ := KaplanMeier([]Life{ended(1), {Entry: 2, Exit: 5}}, 0); len(c.Warnings) == 0 {
		t.Error("a curve that falls to zero before the last contracts entered has no warning")
	}
	if _, err := KaplanMeier(nil, 0); !errors.Is(err, ErrTooFew) {
		t.Errorf("no contracts: %v, want ErrTooFew", err)
	}
	for name, l := range map[string]Life{
		"left before it came": {Entry: 3, Exit: 2}, "has no tenure": {Exit: math.NaN()}, "is endless": {Exit: math.Inf(1)}, "began before itself": {Entry: -1, Exit: 2},
	} {
		if _, err := KaplanMeier([]Life{l}, 0); err == nil {
			t.Errorf("a contract that %s is accepted", name)
		}
	}
}
