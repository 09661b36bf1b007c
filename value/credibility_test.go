package value

import (
	"math"
	"math/rand/v2"
	"testing"

	"quid/account"
)

// purchasers makes customers whose own mean varies with deviation between
// around 100 and whose purchases vary with deviation within.
func purchasers(rng *rand.Rand, n int, between, within float64) []Figures {
	out := make([]Figures, n)
	for i := range out {
		f := &out[i]
		*f = Figures{Customer: account.CustomerID(i + 1), Peer: int32(i % 3)}
		f.PurchaseDays = 1 + int32(rng.IntN(12))
		own := 10_000 + between*rng.NormFloat64()
		for range f.PurchaseDays {
			v := own + within*rng.NormFloat64()
			f.PerDaySum += v
			f.PerDaySquares += v * v
		}
	}
	return out
}

// Over many bases with known truth the estimators hit it in the mean.
func TestVariancesAreUnbiased(t *testing.T) {
	t.Parallel()
	const between, within, bases = 3000.0, 5000.0, 600
	rng := rand.New(rand.NewPCG(4, 2))
	var a, s, aa, ss sum
	for range bases {
		c := estimate(purchasers(rng, 60, between, within), make([]Peer, 3), 10)
		a.add(float64(c.Between))
		s.add(float64(c.Within))
		aa.add(float64(c.Between) * float64(c.Between))
		ss.add(float64(c.Within) * float64(c.Within))
	}
	check := func(name string, total, squares, want float64) {
		mean := total / bases
		se := math.Sqrt((squares/bases - mean*mean) / bases)
		if math.Abs(mean-want) > 3*se {
			t.Errorf("%s: mean %.0f ± %.0f, truth %.0f", name, mean, se, want)
		}
		if se > 0.05*want {
			t.Errorf("%s: the error %.0f is too wide to find a bias", name, se)
		}
	}
	check("between", a.value(), aa.value(), between*between)
	check("within", s.value(), ss.value(), within*within)
}

// What is taken from one customer is given to another: the shrunk values of a
// peer group add up to what the group brought.
func TestShrinkingKeepsTheTotalOfAGroup(t *testing.T) {
	t.Parallel()
	figures := purchasers(rand.New(rand.NewPCG(1, 1)), 90, 3000, 5000)
	c := estimate(figures, make([]Peer, 3), 10)
	var own, shrunk [3]float64
	for i := range figures {
		f := &figures[i]
		z, v := c.judge(f)
		if z <= 0 || z >= 1 {
			t.Fatalf("credibility %v", z)
		}
		own[f.Peer] += f.PerDaySum
		shrunk[f.Peer] += v * float64(f.PurchaseDays)
	}
	for g := range own {
		if math.Abs(own[g]-shrunk[g]) > 1e-9*own[g] {
			t.Errorf("group %d brought %v, shrunk %v", g, own[g], shrunk[g])
		}
	}
}

// The estimator on a base small enough to reckon by hand: customers with the
// purchases (10, 20), (30, 50), (60).
func TestCredibilityByHand(t *testing.T) {
	t.Parallel()
	figures := []Figures{
		{PurchaseDays: 2, PerDaySum: 30, PerDaySquares: 500, Peer: -1},
		{PurchaseDays: 2, PerDaySum: 80, PerDaySquares: 3400, Peer: -1},
		{PurchaseDays: 1, PerDaySum: 60, PerDaySquares: 3600, Peer: -1},
		{PurchaseDays: 0, Peer: -1},
		{PurchaseDays: 5, PerDaySum: 1e9, PerDaySquares: 1e18, Peer: -1, Steps: account.Steps{UnknownCost: 1}},
	}
	c := estimate(figures, nil, 10)
	// within = (50 + 200) / 2; mean 34; outside = 2·19² + 2·6² + 26² = 1470;
	// between = (1470 − 2·125) / (5 − 9/5) = 381.25; k = 125 / 381.25.
	if c.Within != 125 || c.Between != 381.25 || c.K != 125/381.25 || c.Customers != 3 || c.Repeaters != 2 {
		t.Errorf("%+v", c)
	}
	k := 125 / 381.25
	z, shrunk := c.judge(&figures[0])
	z2, z1 := 2/(2+k), 1/(1+k)
	mean := (z2*15 + z2*40 + z1*60) / (z2 + z2 + z1)
	if math.Abs(z-z2) > 1e-12 || math.Abs(shrunk-(z2*15+(1-z2)*mean)) > 1e-9 {
		t.Errorf("z %v, shrunk %v, mean %v", z, shrunk, mean)
	}
	if z, shrunk = c.judge(&figures[3]); z != 0 || math.Abs(shrunk-mean) > 1e-9 {
		t.Errorf("without purchases: z %v, shrunk %v; want 0, %v", z, shrunk, mean)
	}
	if z, shrunk = c.judge(&figures[4]); !math.IsNaN(z) || !math.IsNaN(shrunk) {
		t.Errorf("without cost: z %v, shrunk %v", z, shrunk)
	}
}

func TestCredibilityIsNotAppliedWhereItCannotBeEstimated(t *testing.T) {
	t.Parallel()
	twice := func(a, b float64) Figures {
		return Figures{PurchaseDays: 2, PerDaySum: a + b, PerDaySquares: a*a + b*b, Peer: -1}
	}
	once := Figures{PurchaseDays: 1, PerDaySum: 10, PerDaySquares: 100, Peer: -1}
	for name, figures := range map[string][]Figures{
		"nobody":                       nil,
		"a single customer":            {twice(1, 2)},
		"nobody bought twice":          {once, once, once},
		"customers are all the same":   {twice(10, 30), twice(30, 10), twice(20, 20)},
		"nobody's purchases are known": {{PurchaseDays: 0}, {PurchaseDays: 0}},
	} {
		c := estimate(figures, nil, 10)
		z, _ := c.judge(&once)
		if c.Reason == "" || c.K.Known() || !math.IsNaN(z) {
			t.Errorf("%s: %+v, z %v", name, c, z)
		}
	}
}

// A peer group that is too small compares with all.
func TestSmallPeerGroupsCompareWithAll(t *testing.T) {
	t.Parallel()
	figures := purchasers(rand.New(rand.NewPCG(3, 1)), 40, 3000, 5000)
	for i := range figures {
		figures[i].Peer = 0
	}
	figures[7].Peer = 1
	c := estimate(figures, []Peer{{"machines", ""}, {"food", ""}}, 10)
	if c.Peers[0].All || !c.Peers[1].All || c.toward(1) != float64(c.Mean) || c.toward(0) == float64(c.Mean) || c.toward(-1) != float64(c.Mean) {
		t.Errorf("%+v", c)
	}
}
