package clv

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// simulate makes a trial of customers of a model who begin within a year and a half,
// are watched until day 546, and then bought for half a year. pace, if not nil, is
// the share of purchases that are made on a day.
func simulate(m Timing, customers int, rng *rand.Rand, pace func(day float64) float64) Trial {
	const until, end = 546, 728
	t := Trial{Span: (end - until) / 7., Repeats: make([]int, end+1), First: 1000, Until: 1000 + until, Unit: Weeks}
	var times []float64
	for range customers {
		begin := rng.IntN(until)
		times = m.Simulate(rng, float64(end-begin)/7, times[:0])
		h, n, last := History{T: float64(until-begin) / 7}, 0, 0
		for _, at := range times {
			d := min(int(at*7)+1, end-begin)
			if d == last || pace != nil && rng.Float64() > pace(float64(begin+d)) {
				continue
			}
			last = d
			t.Repeats[begin+d]++
			if begin+d > until {
				n++
				continue
			}
			h.X, h.Tx = h.X+1, float64(d)/7
		}
		t.Histories, t.Bought = append(t.Histories, h), append(t.Bought, n)
	}
	return t
}

func codes(c Choice) []WarningCode {
	var list []WarningCode
	for _, w := range c.Warnings {
		list = append(list, w.Code)
	}
	return list
}

func TestChoiceFindsAModelThatForecastsAndSaysSo(t *testing.T) {
	t.Parallel()
	for _, m := range []Timing{BGNBD{0.8, 4, 0.8, 2.5}, MBGNBD{0.9, 4, 0.9, 2}, ParetoNBD{0.9, 6, 0.8, 12}} {
		trial := simulate(m, 4000, rand.New(rand.NewPCG(1, 4)), nil)
		c, err := Choose(trial, ChoiceOptions{})
		if err != nil {
			t.Fatal(err)
		}
		w := c.Winner()
		if !c.Usable || w.Name == "NBD" || math.Abs(w.Score.TotalError) > 0.1 || c.Verdict.Code != VerdictHoldout {
			t.Errorf("%s: %s wins, off by %.2f in total, usable %v: %s", m.Name(), w.Name, w.Score.TotalError, c.Usable, c.Verdict.Text)
		}
		if got := codes(c); len(got) > 0 {
			t.Errorf("%s: warnings %v of a base that is as the model says", m.Name(), c.Warnings)
		}
		checkScores(t, c, trial)
	}
}

// checkScores checks that the tables of a choice add up to its totals.
func checkScores(t *testing.T, c Choice, trial Trial) {
	t.Helper()
	for _, m := range c.Candidates {
		groups, tenths := 0.0, 0.0
		actual := 0.0
		for _, g := range m.Score.Groups {
			groups += float64(g.Customers) * g.Expected
			actual += float64(g.Customers) * g.Actual
		}
		for _, r := range m.Score.Tenths {
			tenths += float64(r.Customers) * r.Expected
		}
		if !near(groups, m.Score.Total, 1e-9) || !near(tenths, m.Score.Total, 1e-9) || !near(actual, float64(c.Actual), 1e-9) {
			t.Errorf("%s: groups add up to %v and tenths to %v of %v; actual %v of %v", m.Name, groups, tenths, m.Score.Total, actual, c.Actual)
		}
	}
	last := c.Tracking[len(c.Tracking)-1]
	repeats := 0
	for _, n := range trial.Repeats {
		repeats += n
	}
	if last.Actual != float64(repeats) || !last.Holdout || c.Tracking[0].Holdout || math.Abs(last.Expected-last.Actual) > 0.1*last.Actual {
		t.Errorf("the tracking ends with %+v of %d purchases", last, repeats)
	}
}

func TestChoiceSaysWhatSpeaksAgainstAModel(t *testing.T) {
	t.Parallel()
	m := BGNBD{0.8, 4, 0.8, 2.5}
	for _, c := range []struct {
		name  string
		trial func(rng *rand.Rand) Trial
		o     ChoiceOptions
		want  WarningCode
		use   bool
	}{
		{"nobody leaves", func(rng *rand.Rand) Trial { return simulate(NBD{2, 8}, 1500, rng, nil) }, ChoiceOptions{}, NoDropout, true},
		{"few have bought again", func(rng *rand.Rand) Trial { return simulate(m, 90, rng, nil) }, ChoiceOptions{}, FewRepeats, false},
		{"nobody has bought again", func(rng *rand.Rand) Trial { return Trial{Histories: []History{{T: 3}, {T: 5}}} }, ChoiceOptions{}, FewRepeats, false},
		{"the least is the caller's", func(rng *rand.Rand) Trial { return simulate(m, 90, rng, nil) }, ChoiceOptions{MinRepeat: 20}, FewCustomers, true},
		{"a horizon of ten years", func(rng *rand.Rand) Trial { return simulate(m, 800, rng, nil) }, ChoiceOptions{Horizon: 520}, LongHorizon, true},
		{"older customers than the data", func(rng *rand.Rand) Trial {
			t := simulate(m, 800, rng, nil)
			t.Earlier = 100
			return t
		}, ChoiceOptions{}, StartsLate, true},
		{"a summer without purchases", func(rng *rand.Rand) Trial {
			return simulate(m, 4000, rng, func(day float64) float64 { return 0.5 + 0.5*math.Sin(2*math.Pi*day/182) })
		}, ChoiceOptions{}, Season, true},
		{"less and less", func(rng *rand.Rand) Trial {
			return simulate(NBD{1.5, 6}, 6000, rng, func(day float64) float64 { return math.Pow(math.Max(0.02, 1-day/700), 2) })
		}, ChoiceOptions{}, Trend, true},
	} {
		got, err := Choose(c.trial(rand.New(rand.NewPCG(2, 4))), c.o)
		if err != nil {
			t.Fatal(err)
		}
		if c.want == FewRepeats && slices.Contains(codes(got), NotFitted) {
			t.Errorf("%s: what is wrong is said of each model: %v", c.name, got.Warnings)
		}
		if !slices.Contains(codes(got), c.want) || got.Usable != c.use {
			t.Errorf("%s: usable %v, warnings %v; want %s", c.name, got.Usable, got.Warnings, c.want)
		}
		if got.Verdict.Text == "" || !c.use && got.Verdict.Code != VerdictNone {
			t.Errorf("%s: verdict %+v", c.name, got.Verdict)
		}
	}
}

// A base whose customers do the same every year is forecast better by last year
// than by any model, and that is said.
func TestChoiceSaysWhenLastYearWasTheBetterForecast(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	trial := simulate(BGNBD{0.8, 4, 0.8, 2.5}, 800, rng, nil)
	trial.LastYear = slices.Clone(trial.Bought)
	c, err := Choose(trial, ChoiceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(codes(c), NaiveWins) {
		t.Errorf("warnings %v", c.Warnings)
	}
}

func TestChoiceWithoutAHoldoutGoesByTheLikelihood(t *testing.T) {
	t.Parallel()
	trial := simulate(MBGNBD{0.9, 4, 0.9, 2}, 3000, rand.New(rand.NewPCG(4, 4)), nil)
	trial.Bought = nil
	c, err := Choose(trial, ChoiceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range c.Candidates {
		if m.BIC < c.Winner().BIC || m.Naive {
			t.Errorf("%s has BIC %v, the winner %s %v", m.Name, m.BIC, c.Winner().Name, c.Winner().BIC)
		}
	}
	if c.Verdict.Code != VerdictLikely {
		t.Errorf("verdict %+v", c.Verdict)
	}
}

// The forecast of weeks 40 to 78 of CDNOW as published: 1,653, 1,577 and 1,666
// purchases by the three models, 1,882 in fact.
func TestChoiceOnCDNOWForecastsWeeks40To78AsPublished(t *testing.T) {
	t.Parallel()
	histories, later := cdnowSplit(t)
	start, until := dayOf(1997, 1, 1), dayOf(1997, 9, 30)
	trial := Trial{
		Histories: histories, Bought: later, Span: 39, Unit: Weeks,
		First: Epoch + Day(start), Until: Epoch + Day(until), Repeats: make([]int, dayOf(1998, 6, 30)-start+1),
	}
	for _, bought := range cdnowDays(t) {
		for _, d := range bought[1:] {
			trial.Repeats[d-start]++
		}
	}
	c, err := Choose(trial, ChoiceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"BG/NBD": 1653.40859428, "MBG/NBD": 1576.72830322, "Pareto/NBD": 1665.51325007}
	for _, m := range c.Candidates {
		if w, known := want[m.Name]; known && !near(m.Score.Total, w, 1e-4) {
			t.Errorf("%s forecasts %v purchases, want %v", m.Name, m.Score.Total, w)
		}
		if m.Naive && m.Score.RMSE < c.Winner().Score.RMSE {
			t.Errorf("the %s is better than %s", m.Name, c.Winner().Name)
		}
	}
	if c.Actual != 1882 || len(c.Tracking) != 78 || !c.Tracking[39].Holdout || c.Tracking[38].Holdout {
		t.Errorf("%d purchases, %d weeks", c.Actual, len(c.Tracking))
	}
	t.Log(c.Verdict.Text, c.Warnings)
}
