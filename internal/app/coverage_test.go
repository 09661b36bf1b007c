package app

import (
	"math"
	"testing"

	"quid/account"
	"quid/day"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// customersNamed takes customers in and returns their ids, by their order.
func customersNamed(t *testing.T, a *App, numbers ...string) []account.CustomerID {
	t.Helper()
	rows := []string{"number;name"}
	for _, n := range numbers {
		rows = append(rows, n+";Customer "+n)
	}
	takeIn(t, a, intake.Customers, rows...)
	var ids []account.CustomerID
	for _, n := range numbers {
		found, err := a.DB.Read().Keys(authtest.Context(t), "file", store.CustomerKey, []string{n})
		if err != nil || len(found) != 1 {
			t.Fatalf("customer %s: %v, %v", n, found, err)
		}
		ids = append(ids, found[n].Customer)
	}
	return ids
}

// typeNamed is a type of the catalogue.
func typeNamed(t *testing.T, a *App, code string) service.Type {
	t.Helper()
	types, err := a.DB.Read().Types(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, ty := range types {
		if ty.Code == code {
			return ty
		}
	}
	t.Fatalf("no type %s", code)
	return service.Type{}
}

// record books minutes of the hotline.
func record(t *testing.T, a *App, d EntryDraft) Recorded {
	t.Helper()
	r, err := a.RecordService(authtest.Context(t), d)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The coverage of a customer is that of the teams that serve it; what is taken
// back does not count, what is estimated does.
func TestCoverageOfACustomerIsThatOfItsTeams(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		ids := customersNamed(t, a, "1", "2", "3")
		year := day.Window{From: 20251122, To: 20261122}
		cover := func() *store.Coverage {
			c, err := Coverage(authtest.Context(t), a.DB.Read(), year)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		if _, known := cover().Of(ids[0]); known || cover().Thin(ids[0]) {
			t.Error("without a team the coverage is known")
		}
		save := func(name string, minutes int64) int64 {
			id, err := a.SaveTeam(authtest.Context(t), service.Team{Name: name, Costs: []service.TeamCost{
				{ValidFrom: day.Min, Cost: 100, People: money.One, Minutes: minutes, Practical: money.One, Free: money.One},
			}})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		hot, field := save("Hotline", 1000), save("Field", 4000)
		hotline := typeNamed(t, a, "hotline").ID
		book := func(customer account.CustomerID, team int64, minutes int64) Recorded {
			return record(t, a, EntryDraft{Customer: customer, Type: hotline, Team: team, Day: 20261001, Quantity: money.Micro(minutes) * money.One})
		}
		book(ids[0], hot, 600)
		book(ids[1], field, 600)
		wrong := book(ids[0], field, 6)
		if err := a.TakeBackService(authtest.Context(t), wrong.Ref, "wrong customer"); err != nil {
			t.Fatal(err)
		}
		if err := a.Estimate(authtest.Context(t), EstimateDraft{Customers: ids[2:], Type: hotline, Quantity: 250 * money.One, From: 20260901, Until: 20260930}, nil); err != nil {
			t.Fatal(err)
		}
		// 250 estimated minutes name no team: they are the same share of each, 5%.
		c := cover()
		for i, want := range []float64{0.65, 0.20, 0.29} {
			if share, known := c.Of(ids[i]); !known || math.Abs(share-want) > 1e-9 || c.Thin(ids[i]) != (want < 0.5) {
				t.Errorf("customer %d: %v, %v, thin %v; want %v", i+1, share, known, c.Thin(ids[i]), want)
			}
		}
		if err := a.SaveSettings(authtest.Context(t), map[string]string{CoverageSetting: "0.2"}); err != nil {
			t.Fatal(err)
		}
		if cover().Thin(ids[2]) {
			t.Error("above the limit of the book it is thin")
		}
		est, err := a.DB.Read().EstimatedCosts(authtest.Context(t), year)
		if err != nil || len(est) != 1 || est[ids[2]] != 23750 {
			t.Errorf("estimated %v, %v; want 237.50 at customer 3", est, err)
		}
		sound(t, a)
	})
}
