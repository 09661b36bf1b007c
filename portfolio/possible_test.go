package portfolio

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"quid/account"
	"quid/money"
	"quid/value"
)

func TestPossibleServicesRestOnFiveCasesAtLeast(t *testing.T) {
	t.Parallel()
	customers := []Similar{{Customer: 1, Industry: "food", Size: "small"}, {Customer: 2, Industry: "food", Size: "large"}, {Customer: 3}, {Customer: 4, Size: "small"}}
	var worth []Worth
	add := func(id account.CustomerID, size string, benefit money.Amount) {
		customers = append(customers, Similar{Customer: id, Industry: "food", Size: size, Developed: true})
		worth = append(worth, Worth{Customer: id, Type: 9, Benefit: benefit, Cost: benefit / 2})
	}
	for i, b := range []money.Amount{100, 300, 200, 500} {
		add(account.CustomerID(10+i), "small", b)
	}
	p := PossibilitiesOf(customers, worth)
	if got := p.Of(0); got != nil {
		t.Errorf("four cases are stated: %+v", got)
	}
	add(20, "large", 400)
	p = PossibilitiesOf(customers, worth)
	want := []PossibleService{{Type: 9, Benefit: 300, Cost: 150, Cases: 5, By: SameIndustry, Group: "food"}}
	for i := range 2 {
		if diff := gocmp.Diff(want, p.Of(i)); diff != "" {
			t.Errorf("customer %d: %s", i+1, diff)
		}
	}
	add(21, "small", 600)
	p = PossibilitiesOf(customers, worth)
	want = []PossibleService{{Type: 9, Benefit: 300, Cost: 150, Cases: 5, By: SameIndustryAndSize, Group: "food, small"}}
	if diff := gocmp.Diff(want, p.Of(0)); diff != "" {
		t.Errorf("the closest group with enough cases: %s", diff)
	}
	if got := p.Of(1)[0]; got.Cases != 6 || got.Benefit != 350 {
		t.Errorf("of six the median is the mean of the middle two: %+v", got)
	}
	if got := p.Of(2); got != nil {
		t.Errorf("nobody is like a customer of whom nothing is known, but %+v", got)
	}
	if got := p.Of(4); got != nil {
		t.Errorf("who gets a service is told that it is possible: %+v", got)
	}
	worth = append(worth, Worth{Customer: 1, Type: 9})
	if got := PossibilitiesOf(customers, worth).Of(0); got != nil {
		t.Errorf("who gets it without a known benefit is told that it is possible: %+v", got)
	}
}

// The sums are those of a search that looks at every pair of customers, in
// whatever order the services come.
func TestPossibleValueAgreesWithLookingAtEveryPair(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 3))
	customers := make([]Similar, 300)
	var worth []Worth
	got := map[[2]int64]money.Amount{}
	for i := range customers {
		customers[i] = Similar{Customer: account.CustomerID(i + 1), Industry: []string{"", "food", "steel"}[rng.IntN(3)], Size: []string{"", "s", "m", "l"}[rng.IntN(4)], Developed: rng.IntN(2) == 0}
		for of := range int64(6) {
			if rng.IntN(3) == 0 {
				b := money.Amount(rng.IntN(5_000))
				worth = append(worth, Worth{Customer: customers[i].Customer, Type: of, Benefit: b})
				got[[2]int64{int64(i), of}] = b
			}
		}
	}
	rng.Shuffle(len(worth), func(i, j int) { worth[i], worth[j] = worth[j], worth[i] })
	p := PossibilitiesOf(customers, worth)
	some := 0
	for i := range customers {
		me := &customers[i]
		var want money.Amount
		for of := range int64(6) {
			if _, has := got[[2]int64{int64(i), of}]; has || me.Industry == "" && me.Size == "" {
				continue
			}
			tries := []func(Similar) bool{
				func(o Similar) bool { return o.Industry == me.Industry && o.Size == me.Size },
				func(o Similar) bool { return o.Industry == me.Industry },
			}
			switch {
			case me.Size == "":
				tries = tries[1:]
			case me.Industry == "":
				tries = []func(Similar) bool{func(o Similar) bool { return o.Size == me.Size }}
			}
			for _, alike := range tries {
				var all []money.Amount
				for j, other := range customers {
					if b, has := got[[2]int64{int64(j), of}]; has && other.Developed && alike(other) {
						all = append(all, b)
					}
				}
				if len(all) < MinCases {
					continue
				}
				slices.Sort(all)
				m := all[len(all)/2]
				if len(all)%2 == 0 {
					m = all[len(all)/2-1] + (all[len(all)/2]-all[len(all)/2-1]+1)/2
				}
				want += m
				break
			}
		}
		sum, n := p.Sum(i)
		if sum != want {
			t.Errorf("customer %+v: %d, looking at every pair %d", *me, sum, want)
		}
		some += n
	}
	if some == 0 {
		t.Error("nothing is possible for anybody: the test proves nothing")
	}
}

func TestCandidatesAreLowInValueAndHighInBoth(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	seeds := []Seed{
		{Customer: 1, Strategy: value.Opportunity, Potential: 960, Services: 90},
		{Customer: 2, Strategy: value.Opportunity, Potential: 970, Services: 3, Estimate: 95},
		{Customer: 3, Strategy: value.Invest, Potential: 990, Services: 99},
		{Customer: 4, Strategy: value.Renegotiate, Potential: nan, Services: 99},
		{Customer: 5, Strategy: value.Opportunity, Potential: 100, Services: 9},
		{Customer: 6, Strategy: value.Opportunity, Potential: 900, Services: 10},
		{Customer: 7, Strategy: value.Renegotiate, Potential: 200, Services: 5},
		{Customer: 8, Strategy: value.NewCustomer, Potential: 999, Services: 99},
		{Customer: 9, Strategy: value.Opportunity, Potential: 0},
	}
	n := Candidates(seeds)
	var got []account.CustomerID
	for _, c := range n.Candidates {
		got = append(got, seeds[c.At].Customer)
		if c.Rank <= 0 || c.Rank > 1 {
			t.Errorf("rank %v", c.Rank)
		}
	}
	if !slices.Equal(got, []account.CustomerID{2}) || n.Potential != 960 || n.Possible != 94 {
		t.Errorf("candidates %v, high above %v and %v; want customer 2 alone, above 960 and 94", got, n.Potential, n.Possible)
	}
	if n.Low != 7 || n.NoNeed != 1 {
		t.Errorf("%d of low value, %d without a known need; want 7 and 1", n.Low, n.NoNeed)
	}
	if empty := Candidates(nil); len(empty.Candidates) != 0 || !math.IsNaN(empty.Potential) {
		t.Errorf("of nobody: %+v", empty)
	}
}

func BenchmarkPossible(b *testing.B) {
	rng := rand.New(rand.NewPCG(3, 3))
	customers := make([]Similar, 100_000)
	var worth []Worth
	seeds := make([]Seed, len(customers))
	for i := range customers {
		id := account.CustomerID(i + 1)
		customers[i] = Similar{Customer: id, Industry: string(rune('a' + rng.IntN(20))), Size: string(rune('a' + rng.IntN(4))), Developed: rng.IntN(2) == 0}
		seeds[i] = Seed{Customer: id, Strategy: value.Opportunity, Potential: float64(rng.IntN(1e6))}
		for of := range int64(10) {
			if rng.IntN(3) == 0 {
				worth = append(worth, Worth{Customer: id, Type: of, Benefit: money.Amount(rng.IntN(5_000))})
			}
		}
	}
	for b.Loop() {
		p := PossibilitiesOf(customers, worth)
		for i := range customers {
			seeds[i].Services, _ = p.Sum(i)
		}
		Candidates(seeds)
	}
}

func BenchmarkAttend(b *testing.B) {
	list := crowd(100_000)
	for b.Loop() {
		a := Attend(20261128, list, shipped, 10)
		a.ByBalance(list, true)
	}
}
