package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"quid/account"
	"quid/day"
	"quid/internal/auth/authtest"
	"quid/money"
	"quid/service"
)

// A column of the grid says which team is thought to give its services: cells that
// are changed get it, and so do the others when it is changed. What isn't sent
// leaves the teams as they are.
func TestTheGridNamesTheTeamOfEstimates(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	ids := b.someCustomers()
	hotline := b.typeNamed("hotline")
	team, err := b.app.SaveTeam(authtest.Context(t), service.Team{Name: "Kundendienst", Costs: []service.TeamCost{
		{ValidFrom: day.Min, Cost: 100, People: money.One, Minutes: 100_000, Practical: money.One, Free: money.One},
	}})
	if err != nil {
		t.Fatal(err)
	}
	save := func(teams string, cells ...string) {
		t.Helper()
		form := url.Values{}
		if teams != "" {
			form.Set(teamName(hotline.ID), teams)
		}
		for i, text := range cells {
			form.Set(cellName(formatID(int64(ids[i])), hotline.ID), text)
		}
		if got := b.post("/estimates", form); got.Status != http.StatusOK {
			t.Fatalf("%d: %s", got.Status, plainText(got.Body))
		}
	}
	named := func(want ...int64) {
		t.Helper()
		live, err := b.app.DB.Read().LiveEstimates(authtest.Context(t), ids)
		if err != nil {
			t.Fatal(err)
		}
		got := make(map[account.CustomerID]int64)
		for _, e := range live {
			got[e.Customer] = e.Team
		}
		for i, w := range want {
			if have, ok := got[ids[i]]; !ok || have != w {
				t.Errorf("customer %d: team %d, %v; want %d", i+1, have, ok, w)
			}
		}
		b.sound()
	}
	save("0", "240", "60")
	named(0, 0)
	save(formatID(team), "240", "90")
	named(team, team)
	save("", "240", "120")
	named(team, team)
	if page := b.get("/estimates").Body; !strings.Contains(page, `<option value="`+formatID(team)+`" selected`) {
		t.Error("the grid does not say which team gives it")
	}
	if got := b.post("/estimates", url.Values{teamName(hotline.ID): {"42"}, cellName(formatID(int64(ids[0])), hotline.ID): {"240"}}); got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, "this team is not there") {
		t.Errorf("a team that is not there: %d", got.Status)
	}
	named(team, team)
}
