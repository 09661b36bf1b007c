package app

import (
	"slices"
	"testing"
	"time"

	"quid/account"
	"quid/day"
	"quid/internal/auth/authtest"
	"quid/money"
	"quid/service"
)

// An estimate that names a team is posted at that team's rates and counts as its
// minutes; naming another team is another estimate. What one click saved is one
// batch to take back, also for many customers.
func TestAnEstimateOfATeam(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		l := openLedger(t, open())
		do := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		team, err := l.SaveTeam(authtest.Context(t), service.Team{Name: "Kundendienst", Costs: []service.TeamCost{
			{ValidFrom: day.Min, Cost: 100, People: money.One, Minutes: 100_000, Practical: money.One, Free: money.One},
		}})
		do(err)
		hotline := l.types["hotline"]
		hotline.Rates = append(slices.Clone(hotline.Rates), service.Rate{ValidFrom: 20200101, Cost: 200 * money.One, Benefit: 300 * money.One, Team: team})
		_, err = l.SaveType(authtest.Context(t), hotline)
		do(err)
		estimate := func(team int64) error {
			now := l.Now().Add(time.Minute)
			l.Now = func() time.Time { return now }
			return l.Estimate(authtest.Context(t), EstimateDraft{Customers: l.customers, Type: hotline.ID, Quantity: 60 * money.One, Team: team}, nil)
		}
		posted := func(rate money.Amount) {
			t.Helper()
			for _, c := range l.customers {
				if amount, _, _ := l.sumsOf(c, account.Service); amount != -12*60*rate {
					t.Errorf("%v is posted, want twelve months at %v a minute", amount, rate)
				}
			}
			sound(t, l.App)
		}
		do(estimate(0))
		posted(95)
		do(estimate(team))
		posted(200)
		load, err := l.DB.Read().TeamMinutes(authtest.Context(t), day.Window{From: 20251101, To: 20261130})
		if err != nil || len(load) != 1 || load[0].Team != team || load[0].Estimated != 3*12*60 {
			t.Errorf("%+v, %v; want 2160 estimated minutes of the team", load, err)
		}
		if err := estimate(42); !slices.Equal(complained(err), []string{"team"}) {
			t.Errorf("a team that is not there: %v", err)
		}
		before, err := l.DB.Read().EstimateBatches(authtest.Context(t), 10)
		do(err)
		now := l.Now().Add(time.Minute)
		l.Now = func() time.Time { return now }
		do(l.UndoEstimates(authtest.Context(t), before[0].At, nil))
		posted(95)
		after, err := l.DB.Read().EstimateBatches(authtest.Context(t), 10)
		if err != nil || len(after) != len(before)+1 || after[0].Estimates != 3 || after[0].Ended != 3 {
			t.Errorf("%+v after %+v, %v; want one batch more, of three customers", after, before, err)
		}
	})
}
