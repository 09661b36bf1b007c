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
	"quid/service"
)

// What BudgetOf says is what a person adds up posting by posting, for every
// customer and whether asked one by one or all at once.
func TestBudgetsAreWhatThePostingsAddUpTo(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		rng := rand.New(rand.NewPCG(41, 1))
		c := randomCompany(rng, 12)
		c.write(t, db, rng)
		const on = day.Day(20260815)
		figures, result := valued(t, db, 20260815, nil)
		keep(t, db, 1, figures, result, true)

		own := map[account.CustomerID][]KeptBudget{}
		err := db.Write(authtest.Context(t), func(tx *Tx) error {
			share := crm.Playbook{Segment: "opportunity", Form: crm.ByPhone, Share: 30_000, Revision: 1}
			errs := []error{tx.PutPlaybook(authtest.Context(t), share, "", now)}
			for _, k := range c.customers {
				switch rng.IntN(3) {
				case 0:
					own[k.ID] = []KeptBudget{{DatedBudget: service.DatedBudget{ValidFrom: 20260101, Budget: service.Budget{Amount: new(money.Amount)}}, Note: "none", By: "ada", Made: now}}
				case 1:
					own[k.ID] = []KeptBudget{{DatedBudget: service.DatedBudget{ValidFrom: 20260201, Budget: service.Budget{Share: 100_000}}, Made: now}, {DatedBudget: service.DatedBudget{ValidFrom: 20270101}, Made: now}}
				}
				for _, b := range own[k.ID] {
					errs = append(errs, tx.PutBudget(authtest.Context(t), k.ID, b))
				}
			}
			return errors.Join(errs...)
		})
		if err != nil {
			t.Fatal(err)
		}
		books, err := db.Read().Playbooks(authtest.Context(t))
		if err != nil {
			t.Fatal(err)
		}
		all, err := db.Read().BudgetCases(authtest.Context(t), on)
		if err != nil {
			t.Fatal(err)
		}
		spent := 0
		for i, k := range c.customers {
			row := &result.Rows[i]
			if row.Customer != k.ID {
				t.Fatal("rows and customers stand in another order")
			}
			unknown := 0 // sales without a cost, reversed ones taken off
			want := BudgetCaseOf(books, row.Segment(), StrategyOf(row), on)
			for _, p := range c.postings {
				if p.Customer != k.ID {
					continue
				}
				if p.Kind == account.Service && p.Day/10000 == 2026 {
					want.Spent -= p.Amount.Amount
				}
				if p.Kind <= account.Deduction && p.Day > 20250815 && p.Day <= on {
					want.Contribution.Amount += p.Amount.Amount
					if !p.Amount.Known {
						unknown++
						if p.Reverses != 0 {
							unknown -= 2
						}
					}
				}
			}
			want.Contribution.Known = unknown == 0
			for _, b := range own[k.ID] {
				want.Own = append(want.Own, b.DatedBudget)
			}
			state, err := want.State()
			if err != nil {
				t.Fatal(err)
			}
			got, err := db.Read().BudgetOf(authtest.Context(t), k.ID, on)
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(state, got); diff != "" {
				t.Errorf("customer %d: %s", k.ID, diff)
			}
			bulk := all[k.ID]
			bulk.Day, bulk.Playbook, bulk.Segment = on, want.Playbook, want.Segment
			if again, err := bulk.State(); err != nil || !gocmp.Equal(again, got) {
				t.Errorf("customer %d: all at once says %+v, one by one %+v, %v", k.ID, again, got, err)
			}
			if got.Spent != 0 {
				spent++
			}
		}
		if spent == 0 {
			t.Error("nobody was given a service: the test proves nothing")
		}
	})
}

// What a company writes of a playbook comes back as it was written, the budget
// of a customer too, and what is not written is as shipped.
func TestPlaybooksAreKept(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		newBook(t, db)
		amount := money.Amount(120_000)
		want := crm.Playbook{Segment: "f3t2", Goals: "more", Form: crm.Personal, ContactDays: 30, ResponseHours: 4, Amount: &amount, Minimum: 2, Templates: []crm.Template{{Title: "visit", Days: 14}}, Revision: 3}
		for range 2 { // the second writes over the first
			if err := db.Write(authtest.Context(t), func(tx *Tx) error { return tx.PutPlaybook(authtest.Context(t), want, "ada", now) }); err != nil {
				t.Fatal(err)
			}
		}
		books, err := db.Read().Playbooks(authtest.Context(t))
		if err != nil {
			t.Fatal(err)
		}
		got, own := books.Of("f3t2", "explore")
		if diff := gocmp.Diff(want, got); diff != "" || !own {
			t.Errorf("%s, own %v", diff, own)
		}
		other, own := books.Of("f3t1", "explore")
		if own || other.Segment != "f3t1" || other.ContactDays != 120 {
			t.Errorf("a field nobody wrote of has %+v, own %v; want the shipped one of explore", other, own)
		}
		if err := db.Write(authtest.Context(t), func(tx *Tx) error { return tx.DeletePlaybook(authtest.Context(t), "f3t2") }); err != nil {
			t.Fatal(err)
		}
		if books, err = db.Read().Playbooks(authtest.Context(t)); err != nil || len(books) != 0 {
			t.Errorf("%v are left, %v", books, err)
		}
	})
}
