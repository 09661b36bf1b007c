package service

import (
	"math"
	"slices"
	"testing"

	"quid/day"
	"quid/money"
)

// The worked example of time-driven costing: a department that costs 560,000 a
// quarter with 28 people, each 30,000-odd minutes of which about 80% can be
// worked (25,000 in the source), comes to 0.80 a minute (Kaplan and Anderson 2004).
func TestTheCostOfAMinute(t *testing.T) {
	t.Parallel()
	c := TeamCost{Cost: 560_000_00, People: 28 * money.One, Minutes: 31_250, Practical: money.One * 8 / 10, Free: money.One}
	if n, err := c.Capacity(); err != nil || n != 700_000 {
		t.Errorf("capacity %d, %v", n, err)
	}
	if r, err := c.PerMinute(); err != nil || r != 80*money.One {
		t.Errorf("%v a minute, %v", r, err)
	}
	if r, ok, err := c.PerUnit(Hours); err != nil || !ok || r != 48_00*money.One {
		t.Errorf("%v an hour, %v, %v", r, ok, err)
	}
	if _, ok, err := c.PerUnit(Pieces); err != nil || ok {
		t.Errorf("a piece has a cost by time: %v, %v", ok, err)
	}
}

// What is available in a window is what was in each of its parts.
func TestAvailableMinutesFollowTheDays(t *testing.T) {
	t.Parallel()
	half := TeamCost{ValidFrom: 20260101, People: money.One, Minutes: 36_500, Practical: money.One, Free: money.One / 2}
	whole := half
	whole.ValidFrom, whole.Free = 20260201, money.One
	team := Team{Costs: []TeamCost{half, whole}}
	year := day.Window{From: 20251231, To: 20261231}
	got, ok := team.Available(year)
	if want := 31*50.0 + 334*100; !ok || math.Abs(got-want) > 1e-9 {
		t.Errorf("%v of the year, %v; want %v", got, ok, want)
	}
	sum := 0.0
	for d := year.From; d < year.To; d = min(d.Add(17), year.To) {
		m, _ := team.Available(day.Window{From: d, To: min(d.Add(17), year.To)})
		sum += m
	}
	if math.Abs(sum-got) > 1e-6 {
		t.Errorf("the parts add up to %v, the whole is %v", sum, got)
	}
	if _, ok := team.Available(day.Window{From: 20240101, To: 20250101}); ok {
		t.Error("something is available before the team was there")
	}
	if _, ok := team.Available(day.Window{To: 20261231}); ok {
		t.Error("something is available in a window without a beginning")
	}
}

// A team's own rate goes before the general one, however old it is.
func TestTheRateOfATeam(t *testing.T) {
	t.Parallel()
	ty := Type{Rates: []Rate{{20240101, 1, 0, 0}, {20240301, 5, 0, 7}, {20260101, 2, 0, 0}, {20260601, 6, 0, 7}}}
	for _, tt := range []struct {
		team int64
		on   day.Day
		want money.Micro
	}{{0, 20250101, 1}, {0, 20260701, 2}, {7, 20240201, 1}, {7, 20250101, 5}, {7, 20260301, 5}, {7, 20260701, 6}, {8, 20260701, 2}} {
		for range 2 {
			if r, ok := ty.RateFor(tt.team, tt.on); !ok || r.Cost != tt.want {
				t.Errorf("team %d on %s: %d, want %d", tt.team, tt.on, r.Cost, tt.want)
			}
			slices.Reverse(ty.Rates)
		}
	}
}

// The shipped catalogue is sound, and its rates follow the currency's digits.
func TestTheShippedCatalogueIsSound(t *testing.T) {
	t.Parallel()
	for _, digits := range []int{0, 2, 3} {
		types := DefaultCatalogue(digits)
		if len(types) != 10 {
			t.Errorf("%d types", len(types))
		}
		for _, ty := range types {
			if err := ty.Check(); err != nil || len(ty.Rates) != 1 || ty.NameDE == "" || ty.NameEN == "" {
				t.Errorf("%s: %v", ty.Code, err)
			}
		}
	}
	euro, _ := DefaultCatalogue(2)[0].RateOn(20260101)
	yen, _ := DefaultCatalogue(0)[0].RateOn(20260101)
	if euro.Cost != 85*money.One || yen.Cost != money.One*85/100 {
		t.Errorf("%v cents, %v yen", euro.Cost, yen.Cost)
	}
}
