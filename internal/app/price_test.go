package app

import (
	"testing"

	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/value"
)

// The list price of the day an invoice is taken in stays with it, whatever the
// list says later; what comes back and what has no list price is left out.
func TestListPricesAreFrozenWithTheInvoice(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		takeIn(t, a, intake.Products, "number;name;list_price", "A;A;12,50", "B;B;3,333", "C;C;")
		head := "number;customer;day;product;quantity;net;cost"
		rows := []string{head, "1;K;14.01.2026;A;4;45,00;1,00", "1;K;14.01.2026;B;10;30,00;1,00", "1;K;14.01.2026;C;10;99,00;1,00", "2;K;15.01.2026;A;-1;-11,25;-1,00"}
		first := takeIn(t, a, intake.Invoices, rows...)
		want := func(what string, net, list int64) {
			t.Helper()
			if f := figuresOf(t, a)["12m K"]; int64(f.ListedNet) != net || int64(f.Listed) != list {
				t.Errorf("%s: %v by list %v, want %d by list %d", what, f.ListedNet, f.Listed, net, list)
			}
		}
		want("taken in", 7500, 8333)
		takeIn(t, a, intake.Products, "number;list_price", "A;20,00")
		want("another list", 7500, 8333)
		if again := takeIn(t, a, intake.Invoices, rows...); again.Unchanged != 2 {
			t.Errorf("again: %+v", again)
		}
		second := takeIn(t, a, intake.Invoices, head, "1;K;14.01.2026;A;4;44,00;1,00")
		want("another invoice", 4400, 8000)
		if _, err := a.Undo(authtest.Context(t), second.Import); err != nil {
			t.Fatal(err)
		}
		want("taken back", 7500, 8333)
		sound(t, a)
		e, err := a.Explain(authtest.Context(t), "K", mustValue(t, a, 20261122).AsOf, 1)
		if err != nil || e.Value.Price == nil || e.Value.Price.Own != value.Number(float64(7500)/8333) {
			t.Errorf("explained: %+v, %v", e.Value.Price, err)
		}
		if _, err := a.Undo(authtest.Context(t), first.Import); err != nil {
			t.Fatal(err)
		}
		want("all taken back", 0, 0)
	})
}
