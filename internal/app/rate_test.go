package app

import (
	"errors"
	"slices"
	"testing"

	"quid/day"
	"quid/fault"
	"quid/internal/auth/authtest"
	"quid/internal/store"
	"quid/money"
)

// A rate holds from its day on, and not before.
func TestARateHoldsFromItsDay(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	if err := a.SetLatePayment(authtest.Context(t), 20260701, 95_000); err != nil {
		t.Fatal(err)
	}
	if err := a.SetCareRate(authtest.Context(t), "phone", 20260701, 2*money.One, 3*money.One); err != nil {
		t.Fatal(err)
	}
	if err := a.SetExchange(authtest.Context(t), " usd ", 20260701, 900_000); err != nil {
		t.Fatal(err)
	}
	rates, err := a.DB.Read().Rates(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	for on, want := range map[day.Day]money.Micro{20260630: 80_000, 20260701: 95_000, 20301231: 95_000} {
		if got := rates.LatePayment(on); got != want {
			t.Errorf("late payment on %v costs %v, want %v", on, got, want)
		}
	}
	if c := rates.Channel("phone", 20260701); c.PerContact != 2*money.One || c.PerMinute != 3*money.One {
		t.Errorf("a call costs %+v", c)
	}
	if _, err := a.DB.Read().Exchange(authtest.Context(t), "USD", 20260630); !errors.Is(err, fault.NotFound) {
		t.Errorf("before its day the rate is %v, want none", err)
	}
	if x, err := a.DB.Read().Exchange(authtest.Context(t), "USD", 20260702); err != nil || x != 900_000 {
		t.Errorf("a dollar is worth %v (%v)", x, err)
	}
	// Open items are reckoned anew by the next valuation, which is asked for.
	jobs, err := a.DB.Read().Jobs(authtest.Context(t), testNow)
	if err != nil || !slices.ContainsFunc(jobs, func(j store.Job) bool { return j.Kind == ValueJob && j.State == "due" }) {
		t.Errorf("no valuation was asked for: %+v, %v", jobs, err)
	}
}

func TestRatesThatNobodyMeansAreRefused(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	for _, tt := range []struct {
		name  string
		err   error
		field string
	}{
		{"below zero", a.SetLatePayment(authtest.Context(t), 20260701, -1), "yearly"},
		{"more than tenfold a year", a.SetLatePayment(authtest.Context(t), 20260701, 11*money.One), "yearly"},
		{"without a day", a.SetLatePayment(authtest.Context(t), 0, 1), "from"},
		{"a channel that is none", a.SetCareRate(authtest.Context(t), "pigeon", 20260701, 1, 1), "channel"},
		{"a minute below zero", a.SetCareRate(authtest.Context(t), "mail", 20260701, 1, -1), "minute"},
		{"the book's own currency", a.SetExchange(authtest.Context(t), "EUR", 20260701, 1), "currency"},
		{"a currency that is none", a.SetExchange(authtest.Context(t), "XYZ", 20260701, 1), "currency"},
		{"worth nothing", a.SetExchange(authtest.Context(t), "USD", 20260701, 0), "rate"},
		{"a valuation of no day", a.AskValueOn(authtest.Context(t), 0), "as_of"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fields := fault.Fields(tt.err)
			if len(fields) != 1 || fields[0].Name != tt.field {
				t.Errorf("refused with %v, want the field %s", tt.err, tt.field)
			}
		})
	}
}
