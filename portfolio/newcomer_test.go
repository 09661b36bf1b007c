package portfolio

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"quid/account"
	"quid/day"
)

// Wilson's interval against the roots of its defining equation
// (p̂ − p)² = z² p (1 − p) / n.
func TestShareSolvesWilsonsEquation(t *testing.T) {
	t.Parallel()
	const z = 1.959963984540054
	for n := 1; n <= 60; n++ {
		for hits := 0; hits <= n; hits++ {
			s := ShareOf(hits, n)
			for _, p := range []float64{float64(s.Low), float64(s.High)} {
				d := s.Value() - p
				if got := d*d - z*z*p*(1-p)/float64(n); math.Abs(got) > 1e-12 {
					t.Fatalf("%d of %d: %v is off the equation by %v", hits, n, p, got)
				}
			}
			if float64(s.Low) > s.Value()+1e-15 || float64(s.High) < s.Value()-1e-15 {
				t.Fatalf("%d of %d: %v is not within %v and %v", hits, n, s.Value(), s.Low, s.High)
			}
		}
	}
	if s := ShareOf(0, 0); s.Low.Known() || s.High.Known() {
		t.Errorf("nothing of nothing is %v", s)
	}
}

func TestConversionsDoNotDependOnTheOrder(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	var cs []Newcomer
	for i := range 500 {
		cs = append(cs, Newcomer{
			Customer: account.CustomerID(i), FirstPurchase: day.Day(20240101).Add(rng.IntN(1000)), PurchaseDays: 1 + rng.Int32N(5),
			Channel: []string{"", "fair", "phone"}[rng.IntN(3)],
		})
	}
	cohorts, channels := ByCohort(20261122, cs, 6), ByChannel(20261122, cs, 6)
	total := 0
	for _, c := range cohorts {
		total += c.Second.Of
		if c.Regular.Hits > c.Second.Hits {
			t.Errorf("cohort %s: more regulars than second purchases", c.Group)
		}
	}
	if total != len(cs) {
		t.Errorf("the cohorts hold %d customers, want %d", total, len(cs))
	}
	rng.Shuffle(len(cs), func(i, j int) { cs[i], cs[j] = cs[j], cs[i] })
	if !reflect.DeepEqual(ByCohort(20261122, cs, 6), cohorts) || !reflect.DeepEqual(ByChannel(20261122, cs, 6), channels) {
		t.Error("another order gives other conversions")
	}
}

func TestCohortsAreOpenUntilTheirLastCustomerHadTime(t *testing.T) {
	t.Parallel()
	cs := []Newcomer{{FirstPurchase: 20260331, PurchaseDays: 1}, {FirstPurchase: 20260101, PurchaseDays: 4}, {FirstPurchase: 20260701, PurchaseDays: 2}}
	got := ByCohort(20261001, cs, 6)
	if len(got) != 2 || got[0].Group != "2026-Q3" || !got[0].Open || got[1].Open || got[1].Second.Hits != 1 || got[1].Second.Of != 2 {
		t.Errorf("cohorts = %+v", got)
	}
	if got := ByChannel(20261001, cs, 6); len(got) != 1 || got[0].Second.Of != 2 {
		t.Errorf("channels = %+v, want the customer of July left out", got)
	}
}

func TestHiddenRegularsAreThoseWhoAreNotAlone(t *testing.T) {
	t.Parallel()
	got := HiddenRegulars([]Newcomer{
		{Customer: 1, Name: "meier", PurchaseDays: 2}, {Customer: 2, Name: "meier", PurchaseDays: 1}, // together three
		{Customer: 3, Name: "huber", PurchaseDays: 4}, {Customer: 4, Name: "huber", PurchaseDays: 1}, // one is regular alone
		{Customer: 5, Name: "kurz", PurchaseDays: 1}, {Customer: 6, Name: "kurz", PurchaseDays: 1}, // too few together
		{Customer: 7, Name: "lang", PurchaseDays: 2}, // alone
	})
	if len(got) != 1 || !reflect.DeepEqual(got[0].Customers, []account.CustomerID{1, 2}) || got[0].PurchaseDays != 3 {
		t.Errorf("hidden regulars = %+v", got)
	}
}
