package store

import (
	"errors"
	"math/rand/v2"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fault"
	"quid/internal/auth/authtest"
)

// The pages of a statement, put together, are all postings of the period: none
// twice, none left out, the newest first.
func TestTheStatementIsAllPostingsPageByPage(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		rng := rand.New(rand.NewPCG(11, 1))
		c := randomCompany(rng, 6)
		c.write(t, db, rng)
		for _, k := range c.customers {
			for _, p := range []Period{
				{Customer: k.ID, Window: day.Window{To: day.Max}},
				{Customer: k.ID, Window: day.Window{From: 20250630, To: 20260630}},
				{Customer: k.ID, Window: day.Window{To: day.Max}, Kind: account.Sale},
			} {
				want, err := db.Read().Entries(authtest.Context(t), p, 1_000)
				if err != nil {
					t.Fatal(err)
				}
				var got []Entry
				for page := 1; ; page++ {
					lines, err := db.Read().Statement(authtest.Context(t), Statement{Period: p, Size: 7, Page: page})
					if err != nil {
						t.Fatal(err)
					}
					for _, l := range lines {
						got = append(got, l.Entry)
					}
					if len(lines) < 7 {
						break
					}
				}
				if diff := gocmp.Diff(want, got); diff != "" {
					t.Fatalf("customer %d, %+v: %s", k.ID, p, diff)
				}
			}
		}
	})
}

// A customer belongs to the group of its newest entry, and to none after it was
// taken out.
func TestMembersAreThoseOfTheDay(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		rng := rand.New(rand.NewPCG(12, 1))
		c := randomCompany(rng, 4)
		c.write(t, db, rng)
		group, a, b := c.customers[0].ID, c.customers[1].ID, c.customers[2].ID
		err := db.Write(authtest.Context(t), func(tx *Tx) error {
			return tx.AddGroups(authtest.Context(t), []crm.Membership{
				{Customer: a, From: 20240101, Parent: group}, {Customer: a, From: 20250101}, {Customer: b, From: 20240601, Parent: group},
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			on   day.Day
			want []account.CustomerID
		}{{20231231, nil}, {20240101, []account.CustomerID{a}}, {20240701, []account.CustomerID{a, b}}, {20250101, []account.CustomerID{b}}} {
			members, err := db.Read().MembersOn(authtest.Context(t), group, tt.on, 10)
			if err != nil {
				t.Fatal(err)
			}
			var got []account.CustomerID
			for _, m := range members {
				got = append(got, m.ID)
			}
			if diff := gocmp.Diff(tt.want, got); diff != "" {
				t.Errorf("on %v: %s", tt.on, diff)
			}
		}
	})
}

func TestViewsAreKeptAndForgotten(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		want := View{ID: 7, Name: "A customers", Query: "class=A&sort=-revenue", Made: now}
		if err := db.Write(authtest.Context(t), func(tx *Tx) error { return tx.AddView(authtest.Context(t), want) }); err != nil {
			t.Fatal(err)
		}
		got, err := db.Read().View(authtest.Context(t), 7)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		for range 2 {
			err = db.Write(authtest.Context(t), func(tx *Tx) error { return tx.DeleteView(authtest.Context(t), 7) })
		}
		if !errors.Is(err, fault.NotFound) {
			t.Errorf("delete twice: %v, want not found", err)
		}
		if all, err := db.Read().Views(authtest.Context(t)); err != nil || len(all) > 0 {
			t.Errorf("views = %v, %v, want none", all, err)
		}
	})
}

// The stamp is another after every change of facts and every valuation, and the
// same between them.
func TestTheStampTellsWhatIsNew(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		stamp := func() Stamp {
			s, err := db.Read().Stamp(authtest.Context(t), day.Max)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		if got := stamp(); got != (Stamp{}) {
			t.Errorf("stamp of nothing = %+v", got)
		}
		rng := rand.New(rand.NewPCG(13, 1))
		c := randomCompany(rng, 5)
		c.write(t, db, rng)
		before := stamp()
		if err := db.Write(authtest.Context(t), func(tx *Tx) error { return tx.Touch(authtest.Context(t)) }); err != nil {
			t.Fatal(err)
		}
		touched := stamp()
		if touched == before || touched != stamp() {
			t.Errorf("stamp %+v became %+v", before, touched)
		}
		figures, result := valued(t, db, 20261122, nil)
		v := keep(t, db, 9, figures, result, false)
		if got := stamp(); got != touched {
			t.Errorf("an unfinished valuation is in the stamp: %+v", got)
		}
		v.Ended = now
		if err := db.Write(authtest.Context(t), func(tx *Tx) error { return tx.EndValuation(authtest.Context(t), v) }); err != nil {
			t.Fatal(err)
		}
		if got := stamp(); got.Valuation != 9 {
			t.Errorf("stamp = %+v, want valuation 9", got)
		}
	})
}
