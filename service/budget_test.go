package service

import (
	"testing"

	"pgregory.net/rapid"

	"quid/account"
	"quid/day"
	"quid/money"
)

func sum(a money.Amount) *money.Amount { return &a }

func TestBudgetState(t *testing.T) {
	t.Parallel()
	known := account.Known(1_000_001)
	for _, tt := range []struct {
		name   string
		c      BudgetCase
		source BudgetSource
		whole  money.Amount
		known  bool
		rest   money.Amount
		over   bool
	}{
		{"nobody set one", BudgetCase{Day: 20261128, Spent: 500}, NoBudget, 0, false, -500, false},
		{"the playbook's counts", BudgetCase{Day: 20261128, Playbook: Budget{Amount: sum(50_000)}, Spent: 20_000}, OfSegment, 50_000, true, 30_000, false},
		{"the customer's own goes before", BudgetCase{Day: 20261128, Own: []DatedBudget{{Budget{Amount: sum(10_000)}, 20260101}}, Playbook: Budget{Amount: sum(50_000)}, Spent: 20_000}, OfCustomer, 10_000, true, -10_000, true},
		{"one that begins later does not count yet", BudgetCase{Day: 20261128, Own: []DatedBudget{{Budget{Amount: sum(10_000)}, 20261129}}, Playbook: Budget{Amount: sum(50_000)}}, OfSegment, 50_000, true, 50_000, false},
		{"the newest of the customer's own counts", BudgetCase{Day: 20261128, Own: []DatedBudget{{Budget{Amount: sum(7)}, 20260601}, {Budget{Amount: sum(9)}, 20260101}}}, OfCustomer, 7, true, 7, false},
		{"one that ended leaves it to the segment", BudgetCase{Day: 20261128, Own: []DatedBudget{{Budget{Amount: sum(7)}, 20260101}, {Budget{}, 20260601}}, Playbook: Budget{Amount: sum(50)}}, OfSegment, 50, true, 50, false},
		{"nothing is a budget too", BudgetCase{Day: 20261128, Own: []DatedBudget{{Budget{Amount: sum(0)}, 20260101}}, Spent: 1}, OfCustomer, 0, true, -1, true},
		{"a share is rounded once", BudgetCase{Day: 20261128, Playbook: Budget{Share: 50_000}, Contribution: known}, OfSegment, 50_000, true, 50_000, false},
		{"a share of a loss is nothing", BudgetCase{Day: 20261128, Playbook: Budget{Share: 50_000}, Contribution: account.Known(-5), Spent: 1}, OfSegment, 0, true, -1, true},
		{"a share of what is unknown is unknown", BudgetCase{Day: 20261128, Playbook: Budget{Share: 50_000}, Spent: 9}, OfSegment, 0, false, -9, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := tt.c.State()
			if err != nil {
				t.Fatal(err)
			}
			if s.Source != tt.source || s.Whole != tt.whole || s.Known != tt.known || s.Rest() != tt.rest || s.Exceeded() != tt.over || s.Year != 2026 {
				t.Errorf("got %+v with rest %d, exceeded %v; want %+v", s, s.Rest(), s.Exceeded(), tt)
			}
		})
	}
}

func TestTheBudgetYearIsTheCalendarYear(t *testing.T) {
	t.Parallel()
	w := BudgetYear(20240229)
	for d, in := range map[day.Day]bool{20231231: false, 20240101: true, 20241231: true, 20250101: false} {
		if w.Holds(d) != in {
			t.Errorf("%s in %v: %v, want %v", d, w, !in, in)
		}
	}
}

// Whatever is spent: rest and spent add up to the whole, and the order in which
// the customer's budgets are given does not matter.
func TestRestAndSpentAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.SliceOfNDistinct(rapid.IntRange(1, 28), 0, 6, rapid.ID[int]).Draw(t, "days")
		c := BudgetCase{Day: 20260215, Spent: money.Amount(rapid.Int64Range(0, 1e12).Draw(t, "spent")), Contribution: account.Known(money.Amount(rapid.Int64Range(-1e12, 1e12).Draw(t, "contribution")))}
		for _, d := range days {
			b := Budget{}
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 1:
				b.Amount = sum(money.Amount(rapid.Int64Range(0, 1e12).Draw(t, "amount")))
			case 2:
				b.Share = money.Micro(rapid.Int64Range(1, int64(money.One)).Draw(t, "share"))
			}
			c.Own = append(c.Own, DatedBudget{b, day.Day(20260200 + d)})
		}
		s, err := c.State()
		if err != nil {
			t.Fatal(err)
		}
		if s.Rest()+s.Spent != s.Whole || s.Whole < 0 {
			t.Fatalf("rest %d and spent %d of %d", s.Rest(), s.Spent, s.Whole)
		}
		for i, j := 0, len(c.Own)-1; i < j; i, j = i+1, j-1 {
			c.Own[i], c.Own[j] = c.Own[j], c.Own[i]
		}
		again, _ := c.State()
		if again.Whole != s.Whole || again.Source != s.Source || again.Since != s.Since {
			t.Fatalf("turned round, %+v became %+v", s, again)
		}
	})
}
