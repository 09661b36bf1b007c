package web

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"quid/account"
	"quid/internal/auth/authtest"
	"quid/money"
)

// cockpitAt reads the page of a customer as an address asks for it.
func (s *shelf) cockpitAt(t *testing.T, id account.CustomerID, query string) *cockpitPage {
	t.Helper()
	r := httptest.NewRequestWithContext(authtest.Context(t), http.MethodGet, customerPath(id)+query, nil)
	r.SetPathValue("id", strconv.FormatInt(int64(id), 10))
	p, err := s.server.cockpit(r)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// With its members, the account and the waterfall of a customer that leads a
// group are theirs added up; others have no such choice.
func TestAGroupIsItsMembersAddedUp(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	pic, err := s.server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	led := 0
	for i := 0; i < pic.snap.Valued(); i++ {
		id := pic.snap.ID(i)
		leads, err := s.db.Read().Leads(authtest.Context(t), id)
		if err != nil {
			t.Fatal(err)
		}
		alone := s.get(t, "de", customerPath(id)+"?members=1").want(http.StatusOK)
		tabs := 0
		for _, nav := range alone.all("nav") {
			if label, _ := attr(nav, "aria-label"); strings.HasPrefix(label, "Wessen Zahlen: ") {
				tabs++
			}
		}
		if (tabs > 0) != leads {
			t.Fatalf("customer %d leads: %v, but there are %d choices", id, leads, tabs)
		}
		if !leads {
			if i > 40 && led > 0 {
				break
			}
			continue
		}
		led++
		group := s.cockpitAt(t, id, "?members=1")
		var sum money.Amount
		count, revenue := 0, money.Amount(0)
		for _, m := range group.Group.Members {
			p := s.cockpitAt(t, m.ID, "")
			own, _ := p.Account.total()
			sum, count = sum+own, count+p.Account.Count
			revenue += p.Steps[0].Amount
		}
		if total, _ := group.Account.total(); total != sum || group.Account.Count != count {
			t.Errorf("group of %d: %v in %d postings, its members %v in %d", id, total, group.Account.Count, sum, count)
		}
		if group.Steps[0].Amount != revenue || group.Steps[0].Amount != group.Group.Revenue {
			t.Errorf("group of %d: revenue %v, its members %v", id, group.Steps[0].Amount, revenue)
		}
		if last, iii := len(group.Steps)-1, group.Steps[10].Amount; group.CostKnown && (group.Group.Unknown != 0 || iii != group.Group.Sum || last != 13) {
			t.Errorf("group of %d: contribution III %v, its members %v", id, iii, group.Group.Sum)
		}
	}
	if led == 0 {
		t.Fatal("nobody leads a group: the test proves nothing")
	}
}
