package service

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/money"
)

func fields(err error) []string {
	var names []string
	for _, f := range fault.Fields(err) {
		names = append(names, f.Name)
	}
	return names
}

// A quantity is rounded up to a multiple of the step, by less than one step.
func TestQuantityIsRoundedUpToTheStep(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		step := money.Micro(rapid.Int64Range(1, 60e6).Draw(t, "step"))
		want := money.Micro(rapid.Int64Range(1, 1e12).Draw(t, "quantity"))
		ty := Type{Unit: Minutes, Step: step, Rates: []Rate{{ValidFrom: 20200101, Cost: 50}}}
		got, _, _, _, err := ty.Price(Draft{Day: 20260101, Quantity: want})
		if err != nil || got < want || got-want >= step || got%step != 0 {
			t.Fatalf("%d in steps of %d is %d, %v", want, step, got, err)
		}
		again, _, _, _, err := ty.Price(Draft{Day: 20260101, Quantity: got})
		if err != nil || again != got {
			t.Fatalf("%d was rounded already, and is %d now", got, again)
		}
	})
}

// The rate of a day is the newest that was valid then, in whatever order rates
// were written; a later rate never rewrites the past.
func TestRateOn(t *testing.T) {
	t.Parallel()
	rates := []Rate{{20240101, 60, 100, 0}, {20250101, 66, 110, 0}, {20260701, 70, 120, 0}}
	for seed := range uint64(10) {
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(rates), func(i, j int) { rates[i], rates[j] = rates[j], rates[i] })
		ty := Type{Rates: rates}
		for d, want := range map[day.Day]money.Micro{20240101: 60, 20241231: 60, 20250101: 66, 20260630: 66, 20260701: 70, 20300101: 70} {
			if r, ok := ty.RateOn(d); !ok || r.Cost != want {
				t.Errorf("seed %d: on %s %d, want %d", seed, d, r.Cost, want)
			}
		}
		if _, ok := ty.RateOn(20231231); ok {
			t.Error("there is a rate before the first")
		}
	}
}

func TestPrice(t *testing.T) {
	t.Parallel()
	micro := func(units float64) *money.Micro { m := money.Micro(units * 1e6); return &m }
	amount := func(a money.Amount) *money.Amount { return &a }
	minutes := Type{Unit: Minutes, Step: 6e6, Rates: []Rate{{20260101, 100e6, 150_500_000, 0}}} // 1.00 and 1.505 a minute
	hours := Type{Unit: Hours, Step: 250_000, Rates: []Rate{{20260101, 60_00e6, 90_00e6, 0}}}
	pieces, flat := hours, hours
	pieces.Unit, pieces.Step, flat.Unit, flat.Step = Pieces, 0, Flat, 0
	for _, tt := range []struct {
		name          string
		of            Type
		d             Draft
		quantity      money.Micro
		cost, benefit money.Amount
		rate          money.Micro
		bad           string
	}{
		{"twenty minutes in steps of six", minutes, Draft{Minutes: micro(20)}, 24e6, 24_00, 36_12, 100e6, ""},
		{"twenty minutes of an hourly service", hours, Draft{Minutes: micro(20)}, 500_000, 30_00, 45_00, 60_00e6, ""},
		{"an hour and a half", hours, Draft{Quantity: 1_500_000}, 1_500_000, 90_00, 135_00, 60_00e6, ""},
		{"pieces don't care for minutes", pieces, Draft{Quantity: 3e6, Minutes: micro(20)}, 3e6, 180_00, 270_00, 60_00e6, ""},
		{"a flat service counts once", flat, Draft{}, 1e6, 60_00, 90_00, 60_00e6, ""},
		{"a cost that was said has no rate", hours, Draft{Quantity: 1e6, Cost: amount(7_77)}, 1e6, 7_77, 90_00, 0, ""},
		{"a benefit that was said", hours, Draft{Quantity: 1e6, Benefit: amount(500_00)}, 1e6, 60_00, 500_00, 60_00e6, ""},
		{"nothing", hours, Draft{}, 0, 0, 0, 0, "quantity"},
		{"less than nothing", minutes, Draft{Quantity: -1}, 0, 0, 0, 0, "quantity"},
		{"before the first rate", minutes, Draft{Day: 20251231, Quantity: 1e6}, 0, 0, 0, 0, "type"},
		{"before the first rate, with its cost", minutes, Draft{Day: 20251231, Quantity: 6e6, Cost: amount(5)}, 6e6, 5, 0, 0, ""},
		{"a cost below zero", hours, Draft{Quantity: 1e6, Cost: amount(-1)}, 0, 0, 0, 0, "cost"},
	} {
		if tt.d.Day == 0 {
			tt.d.Day = 20260301
		}
		q, cost, benefit, rate, err := tt.of.Price(tt.d)
		if tt.bad != "" {
			if !slices.Equal(fields(err), []string{tt.bad}) {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if err != nil || q != tt.quantity || cost != tt.cost || benefit != tt.benefit || rate != tt.rate {
			t.Errorf("%s: %d for %d, worth %d, at %d, %v", tt.name, q, cost, benefit, rate, err)
		}
	}
}

func TestEntryPostsCostAndBenefitOnTheToSide(t *testing.T) {
	t.Parallel()
	e := Entry{Day: 20260301, Type: 1, Cost: 30_00, Benefit: 45_00, RateUsed: 60_00e6}
	d := e.Postings()
	if len(d) != 1 || d[0].Kind != account.Service || d[0].Kind.Side() != account.To || d[0].Amount != account.Known(-30_00) || d[0].Volume != 45_00 || d[0].Rate != 60_00e6 {
		t.Errorf("%+v", d)
	}
	if bad := fields(Entry{}.Check()); !slices.Equal(bad, []string{"customer", "day", "type"}) {
		t.Errorf("an empty entry: %q", bad)
	}
}

func TestTypeCheck(t *testing.T) {
	t.Parallel()
	ok := Type{Code: "hotline", Unit: Minutes, Rung: 1, Rates: []Rate{{20260101, 1, 2, 0}}}
	for name, tt := range map[string]struct {
		change func(*Type)
		bad    []string
	}{
		"sound":               {func(*Type) {}, nil},
		"no code":             {func(y *Type) { y.Code = " " }, []string{"code"}},
		"counted in days":     {func(y *Type) { y.Unit = "days" }, []string{"unit"}},
		"a step below zero":   {func(y *Type) { y.Step = -1 }, []string{"step"}},
		"a fifth rung":        {func(y *Type) { y.Rung = 5 }, []string{"rung"}},
		"a rate below zero":   {func(y *Type) { y.Rates = []Rate{{20260101, 1, -2, 0}, {20270101, -1, 0, 0}} }, []string{"cost_rate"}},
		"everything is wrong": {func(y *Type) { *y = Type{Step: -1} }, []string{"code", "unit", "step", "rung"}},
	} {
		y := ok
		tt.change(&y)
		if bad := fields(y.Check()); !slices.Equal(bad, tt.bad) {
			t.Errorf("%s: %q, want %q", name, bad, tt.bad)
		}
	}
}

// No entry says more than sums over many entries can bear, and no number wraps
// around.
func TestAnEntryIsBounded(t *testing.T) {
	hours := Type{Unit: Hours, Step: money.One / 2, Rates: []Rate{{ValidFrom: day.Min, Cost: 82_00 * money.One, Benefit: 125_00 * money.One}}}
	huge := money.Amount(1 << 62)
	most := money.Micro(1<<63 - 1)
	for what, d := range map[string]Draft{
		"the largest number": {Quantity: most}, "hours that wrap around as minutes": {Quantity: 200_000_000_000 * money.One},
		"minutes": {Minutes: &most, Quantity: money.One}, "cost": {Quantity: money.One, Cost: &huge}, "benefit": {Quantity: money.One, Benefit: &huge},
	} {
		d.Day = day.Of(2026, 1, 2)
		if q, cost, benefit, _, err := hours.Price(d); len(fault.Fields(err)) == 0 {
			t.Errorf("%s: %v, %v, %v, %v", what, q, cost, benefit, err)
		}
	}
	if err := (Answer{Type: 1, Worth: &huge}).Check(); len(fault.Fields(err)) != 1 {
		t.Errorf("an answer of %d: %v", huge, err)
	}
}
