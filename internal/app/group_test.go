package app

import (
	"testing"

	"quid/account"
	"quid/day"
	"quid/internal/intake"
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
			id, err := a.DB.Read().FindCustomer(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			ids[c] = id
		}
		for _, d := range []OverrideDraft{
			{Customer: ids["P"], Class: value.B, Segment: value.Invest, Reason: "group_contract", Until: today.Add(30)},
			{Customer: ids["L"], Class: value.C, Reason: "insolvency", Until: today.Add(30)},
		} {
			if _, err := a.Overrule(t.Context(), d); err != nil {
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
			row, err := a.DB.Read().Score(t.Context(), ids[tt.customer], v.ID)
			if err != nil {
				t.Fatal(err)
			}
			overruled := tt.segment != value.NoSegment
			if row.Row.ClassSet != tt.class || row.Row.Overruled() != overruled || (overruled && row.Row.Segment() != tt.segment) {
				t.Errorf("%s: class %v, segment %v; want %v, %v", tt.customer, row.Row.ClassSet, row.Row.Segment(), tt.class, tt.segment)
			}
			e, err := a.Explain(t.Context(), tt.customer, today, 1)
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
