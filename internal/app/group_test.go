package app

import (
	"strings"
	"testing"

	"quid/account"
	"quid/day"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/money"
	"quid/value"
)

// What is said of the group holds for the members, where nothing is said of them.
func TestMembersInheritWhatIsSaidOfTheirGroup(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		takeIn(t, a, intake.Customers, "number;name;parent", "P;Group;", "K;K;P", "L;L;P", "M;M;")
		takeIn(t, a, intake.Invoices, noteHead, "1;K;14.01.2026;1000,00;500,00;", "2;L;14.01.2026;300,00;100,00;", "3;P;15.01.2026;100,00;50,00;", "4;M;15.01.2026;100,00;50,00;")
		today := day.At(a.Now())
		ids := make(map[string]account.CustomerID)
		for _, c := range []string{"P", "K", "L", "M"} {
			id, err := a.DB.Read().FindCustomer(authtest.Context(t), c)
			if err != nil {
				t.Fatal(err)
			}
			ids[c] = id
		}
		for _, d := range []OverrideDraft{
			{Customer: ids["P"], Class: value.B, Segment: value.Invest, Reason: "group_contract", Until: today.Add(30)},
			{Customer: ids["L"], Class: value.C, Reason: "insolvency", Until: today.Add(30)},
		} {
			if _, err := a.Overrule(authtest.Context(t), d); err != nil {
				t.Fatal(err)
			}
		}
		v := mustValue(t, a, today)
		for _, tt := range []struct {
			customer string
			class    value.Class
			segment  value.Segment
			of       string
		}{
			{"P", value.B, value.Invest, ""}, {"K", value.B, value.Invest, "P"}, {"L", value.C, value.Invest, "P"}, {"M", value.NoClass, value.NoSegment, ""},
		} {
			row, err := a.DB.Read().Score(authtest.Context(t), ids[tt.customer], v.ID)
			if err != nil {
				t.Fatal(err)
			}
			overruled := tt.segment != value.NoSegment
			if row.Row.ClassSet != tt.class || row.Row.Overruled() != overruled || (overruled && row.Row.Segment() != tt.segment) {
				t.Errorf("%s: class %v, segment %v; want %v, %v", tt.customer, row.Row.ClassSet, row.Row.Segment(), tt.class, tt.segment)
			}
			e, err := a.Explain(authtest.Context(t), tt.customer, today, 1)
			if err != nil {
				t.Fatal(err)
			}
			of := ""
			for _, o := range e.Overrides {
				of += o.Of
			}
			if of != tt.of {
				t.Errorf("%s: inherited from %q, want %q: %+v", tt.customer, of, tt.of, e.Overrides)
			}
		}
	})
}

// whereabouts says to which group a customer belongs on some days.
func whereabouts(t *testing.T, a *App, customer string, days ...day.Day) string {
	t.Helper()
	r := a.DB.Read()
	id, err := r.FindCustomer(authtest.Context(t), customer)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, d := range days {
		parent, err := r.ParentOn(authtest.Context(t), id, d)
		if err != nil {
			t.Fatal(err)
		}
		name := "-"
		if parent != 0 {
			c, err := r.Customer(authtest.Context(t), parent)
			if err != nil {
				t.Fatal(err)
			}
			name = c.External
		}
		out = append(out, name)
	}
	return strings.Join(out, " ")
}

// A customer that comes to another group on a day leaves its earlier postings,
// and what they accrued, where they were; undo brings it back.
func TestAMemberThatLeavesKeepsItsPastWhereItWas(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		head := "number;name;parent;parent_since"
		first := takeIn(t, a, intake.Customers, head, "P;P;;", "Q;Q;;", "K;K;P;", "L;L;P;01.02.2026")
		takeIn(t, a, intake.Bonuses, bonusHead, "BP;P;01.01.2026;;1;revenue", "BQ;Q;01.01.2026;;2;revenue")
		takeIn(t, a, intake.Invoices, noteHead, "1;K;14.01.2026;1000,00;500,00;", "2;K;09.03.2026;200,00;100,00;", "3;K;10.03.2026;300,00;100,00;", "4;L;31.01.2026;700,00;1,00;")
		days := []day.Day{20251231, 20260131, 20260201, 20260309, 20260310}
		check := func(what, wantK, wantL string, bonuses map[string]money.Amount) {
			t.Helper()
			if k, l := whereabouts(t, a, "K", days...), whereabouts(t, a, "L", days...); k != wantK || l != wantL {
				t.Errorf("%s: K is at %s, L at %s; want %s and %s", what, k, l, wantK, wantL)
			}
			wantBonuses(t, a, what, "K", bonuses)
			wantBonuses(t, a, what, "L", map[string]money.Amount{})
		}
		before := map[string]money.Amount{"BP 2026-01-31": -1000, "BP 2026-03-31": -500}
		check("at first", "P P P P P", "- - P P P", before)
		moved := takeIn(t, a, intake.Customers, head, "K;K;Q;10.03.2026", "L;L;;10.03.2026")
		if moved.Updated != 2 {
			t.Fatalf("%+v", moved)
		}
		after := map[string]money.Amount{"BP 2026-01-31": -1000, "BP 2026-03-31": -200, "BQ 2026-03-31": -600}
		check("moved", "P P P P Q", "- - P P -", after)
		if again := takeIn(t, a, intake.Customers, head, "K;K;Q;10.03.2026", "L;L;;10.03.2026"); again.Unchanged != 2 {
			t.Errorf("the same again: %+v", again)
		}
		if again := takeIn(t, a, intake.Customers, "number;name;parent", "K;K;Q", "L;L;"); again.Unchanged != 2 {
			t.Errorf("a file that says where it is, not since when: %+v", again)
		}
		check("moved still", "P P P P Q", "- - P P -", after)
		all := takeIn(t, a, intake.Customers, "number;name;parent", "K;K;", "L;L;Q")
		if k, l := whereabouts(t, a, "K", days...), whereabouts(t, a, "L", days...); k != "- - - - -" || l != "Q Q Q Q Q" {
			t.Errorf("another group from the beginning: K is at %s, L at %s", k, l)
		}
		wantBonuses(t, a, "another group from the beginning", "K", map[string]money.Amount{})
		wantBonuses(t, a, "another group from the beginning", "L", map[string]money.Amount{"BQ 2026-01-31": -1400})
		for _, step := range []struct {
			id    int64
			check func()
		}{
			{all.Import, func() { check("taken back", "P P P P Q", "- - P P -", after) }},
			{moved.Import, func() { check("taken back to the first", "P P P P P", "- - P P P", before) }},
			{first.Import, func() { wantBonuses(t, a, "all customers taken back", "K", before) }}, // documents name K: it stays
		} {
			if _, err := a.Undo(authtest.Context(t), step.id); err != nil {
				t.Fatal(err)
			}
			step.check()
		}
	})
}
