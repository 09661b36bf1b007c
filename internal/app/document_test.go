package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"quid/day"
	"quid/internal/auth"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/store"
)

// streamed are the numbers of the invoices of a filter, gone on with until there is no
// more, and how often that was.
func streamed(t *testing.T, ctx context.Context, a *App, f store.DocumentFilter) (numbers []string, more int) {
	t.Helper()
	for {
		var on *store.More
		for k, err := range a.DB.Read().Invoices(ctx, f) {
			if errors.As(err, &on) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(k.Doc.Lines) != 1 {
				t.Fatalf("%s has %d lines", k.Doc.Number, len(k.Doc.Lines))
			}
			numbers = append(numbers, k.Doc.Number)
		}
		if on == nil {
			return numbers, more
		}
		f.After = on.After
		more++
	}
}

// A stream that looks at some at a time comes to the same as one that looks at all,
// whatever it leaves out by day, or because who asks doesn't see it.
func TestAStreamThatEndsEarlyGoesOn(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		customers, invoices := []string{"number;name;owner"}, []string{"number;customer;day;net"}
		for c := range 40 {
			customers = append(customers, fmt.Sprintf("%d;Kunde %d;%s", c, c, []string{"anna", "bert", ""}[c%3]))
			for i := range 5 {
				invoices = append(invoices, fmt.Sprintf("R%d-%d;%d;2026-%02d-03;10.00", c, i, c, 6+i))
			}
		}
		takeIn(t, a, intake.Customers, customers...)
		takeIn(t, a, intake.Invoices, invoices...)
		all := authtest.Context(t)
		anna := auth.With(t.Context(), auth.Who{Rights: auth.AllRights, Sees: auth.Reach{Owners: []string{"anna"}}})
		for _, ctx := range []context.Context{all, anna} {
			for name, w := range map[string]day.Window{"all days": {}, "October": {From: 20260930, To: 20261031}, "none": {From: 20270101, To: 20271231}} {
				want, more := streamed(t, ctx, a, store.DocumentFilter{Window: w})
				expect := map[string]int{"all days": 200, "October": 40, "none": 0}[name]
				if ctx != all {
					expect = expect / 40 * 14
				}
				if len(want) != expect || more != 0 {
					t.Fatalf("%s: %d invoices, want %d", name, len(want), expect)
				}
				for _, look := range []int{1, 7, 50, 1000, 100_000} {
					got, more := streamed(t, ctx, a, store.DocumentFilter{Window: w, Look: look, Page: 3})
					if !slices.Equal(got, want) {
						t.Errorf("%s, looking at %d: %s, want %s", name, look, strings.Join(got, " "), strings.Join(want, " "))
					}
					if (more > 0) != (look < 1000 || look == 1000 && name == "all days" && ctx == all || look == 1000 && ctx != all) {
						t.Errorf("%s, looking at %d: it went on %d times", name, look, more)
					}
				}
			}
		}
	})
}

// Whom somebody sees is kept between requests: it is read anew when an owner changes.
func TestWhoIsReachedFollowsTheOwners(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		l := openLedger(t, a)
		anna := auth.With(t.Context(), auth.Who{Rights: auth.AllRights, Sees: auth.Reach{Owners: []string{"anna"}}})
		sees := func() (n int) {
			seen, err := a.DB.Read().Reached(anna)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range l.customers {
				if seen(c) {
					n++
				}
			}
			return n
		}
		if n := sees(); n != 0 {
			t.Fatalf("she sees %d of nobody's customers", n)
		}
		takeIn(t, a, intake.Customers, "number;name;owner", "1;Huber;anna", "2;Meier;anna", "3;Yildiz;bert")
		if n := sees(); n != 2 {
			t.Errorf("after an import she sees %d", n)
		}
		c, err := a.DB.Read().Customer(authtest.Context(t), l.customers[0])
		if err == nil {
			err = a.UpdateCustomer(authtest.Context(t), CustomerEdit{Customer: c.ID, Revision: c.Revision, Owner: "bert"})
		}
		if n := sees(); err != nil || n != 1 {
			t.Errorf("after one was given away she sees %d, %v", n, err)
		}
	})
}
