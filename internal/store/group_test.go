package store

import (
	"errors"
	"math/rand/v2"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/internal/auth/authtest"
	"quid/money"
)

// The account of a group holds each posting of the leader, of members and of
// their members that is dated on a day on which they belong to it: once, also
// where groups belong to each other.
func TestAGroupHoldsEachPostingByTheParentOfItsDay(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		rng := rand.New(rand.NewPCG(21, 1))
		c := randomCompany(rng, 7)
		c.write(t, db, rng)
		id := func(i int) account.CustomerID { return c.customers[i].ID }
		err := db.Write(authtest.Context(t), func(tx *Tx) error {
			put := func(i int, from day.Day, parent account.CustomerID) error {
				return tx.AddGroups(authtest.Context(t), []crm.Membership{{Customer: id(i), From: from, Parent: parent}})
			}
			return errors.Join(
				put(1, day.Min, id(0)), put(1, 20260301, 0), put(1, 20260801, id(0)), // left, and came back
				put(2, 20250601, id(1)), put(2, 20260501, id(0)), // a member of a member, then of the leader
				put(3, day.Min, id(2)), put(0, day.Min, id(3)), // in a ring
				put(4, day.Min, id(5)), // elsewhere
			)
		})
		if err != nil {
			t.Fatal(err)
		}
		r := db.Read()
		parent := func(c account.CustomerID, on day.Day) account.CustomerID {
			p, err := r.ParentOn(authtest.Context(t), c, on)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		for _, w := range []day.Window{{From: 20241231, To: 20261231}, {To: day.Max}, {From: 20260415, To: 20260810}} {
			group, err := r.Group(authtest.Context(t), id(0), w)
			if err != nil {
				t.Fatal(err)
			}
			var want, got account.Steps
			n, statements := 0, make(map[account.PostingID]bool)
			for _, p := range c.postings {
				at := p.Customer
				for range mostLevels {
					if at != id(0) && at != 0 {
						at = parent(at, p.Day)
					}
				}
				if at == id(0) && w.Holds(p.Day) {
					want.Add(p)
					n++
					statements[p.ID] = true
				}
			}
			sums, err := r.GroupKindSums(authtest.Context(t), group)
			if err != nil {
				t.Fatal(err)
			}
			count := 0
			for _, s := range sums {
				got.AddSum(s.Kind, s.Amount, s.Volume, s.Unknown)
				count += int(s.Count)
			}
			if diff := gocmp.Diff(want, got); diff != "" || count != n || n == 0 {
				t.Fatalf("%v: %d postings, want %d: %s", w, count, n, diff)
			}
			months, err := r.GroupMonthSums(authtest.Context(t), group)
			if err != nil {
				t.Fatal(err)
			}
			var amount, total money.Amount
			for _, m := range months {
				amount += m.Amount
			}
			for _, s := range sums {
				total += s.Amount
			}
			if amount != total {
				t.Errorf("%v: months add up to %v, kinds to %v", w, amount, total)
			}
			var last *StatementLine
			for page := 1; ; page++ {
				lines, err := r.GroupStatement(authtest.Context(t), group, Statement{Size: 7, Page: page})
				if err != nil {
					t.Fatal(err)
				}
				for i := range lines {
					if !statements[lines[i].ID] || (last != nil && last.Day < lines[i].Day) {
						t.Fatalf("%v: %+v stands after %+v, or should not be there", w, lines[i], last)
					}
					delete(statements, lines[i].ID)
					last = &lines[i]
				}
				if len(lines) < 7 {
					break
				}
			}
			if len(statements) > 0 {
				t.Errorf("%v: %d postings are on no page", w, len(statements))
			}
		}
	})
}
