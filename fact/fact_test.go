package fact

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"quid/account"
	"quid/fault"
	"quid/money"
)

func fields(err error) []string {
	var names []string
	for _, f := range fault.Fields(err) {
		names = append(names, f.Name)
	}
	return names
}

// What an invoice posts adds up to the invoice: volume is its net, amount its
// net less its cost, unknown if any line's cost is.
func TestInvoicePostingsAddUpToTheInvoice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		inv := Invoice{Header: Header{Customer: 1}, Day: 20260301, Due: 20260331}
		var net, cost money.Amount
		known := true
		for i := range rapid.IntRange(1, 6).Draw(t, "lines") {
			l := Line{Number: int32(i + 1), Net: money.Amount(rapid.Int64Range(-1e6, 1e6).Draw(t, "net"))}
			if l.Cost.Known = rapid.IntRange(0, 5).Draw(t, "cost unknown") > 0; l.Cost.Known {
				l.Cost.Amount = money.Amount(rapid.Int64Range(0, 1e6).Draw(t, "cost"))
			}
			net, cost, known = net+l.Net, cost+l.Cost.Amount, known && l.Cost.Known
			inv.Lines = append(inv.Lines, l)
		}
		inv.Credit = rapid.SampledFrom([]CreditKind{NoCredit, CreditComplaint, CreditGoodwill}).Draw(t, "credit")
		for _, c := range InvoiceCauses {
			if sum := money.Amount(rapid.Int64Range(-1000, 1e5).Draw(t, "borne")); rapid.Bool().Draw(t, c.String()) {
				inv.Deductions = append(inv.Deductions, Deduction{c, sum})
			}
		}
		d := inv.Postings()
		if len(d) != 1+len(inv.Deductions) || d[0].Day != inv.Day {
			t.Fatalf("posted %d times: %+v", len(d), d)
		}
		for i, b := range inv.Deductions {
			if want := (account.Draft{Day: inv.Day, Kind: account.Deduction, Cause: b.Cause, Amount: account.Known(-b.Sum), Volume: net}); d[1+i] != want {
				t.Fatalf("borne %+v posted %+v", b, d[1+i])
			}
		}
		switch inv.Credit {
		case NoCredit:
			if d[0].Kind != account.Sale || d[0].Volume != net || d[0].Amount.Known != known || (known && d[0].Amount.Amount != net-cost) {
				t.Fatalf("net %d, cost %d (%v): %+v", net, cost, known, d[0])
			}
		case CreditComplaint, CreditGoodwill:
			kind := map[CreditKind]account.Kind{CreditComplaint: account.Complaint, CreditGoodwill: account.Goodwill}[inv.Credit]
			if d[0].Kind != kind || d[0].Amount != account.Known(net) || d[0].Volume != -net {
				t.Fatalf("credit of %d: %+v", net, d[0])
			}
		}
	})
}

func TestInvoiceCheck(t *testing.T) {
	t.Parallel()
	ok := Invoice{Header: Header{Customer: 1}, Day: 20260301, Due: 20260331, Lines: []Line{{Net: 5}}}
	for _, tt := range []struct {
		name   string
		change func(*Invoice)
		bad    []string
	}{
		{"a plain invoice", func(*Invoice) {}, nil},
		{"due at once", func(i *Invoice) { i.Due = i.Day }, nil},
		{"due before it was written", func(i *Invoice) { i.Due = 20260228 }, []string{"due"}},
		{"its lines may come in a file of their own", func(i *Invoice) { i.Lines = nil }, nil},
		{"goodwill that asks for money", func(i *Invoice) { i.Credit = CreditGoodwill }, []string{"credit"}},
		{"all at once", func(i *Invoice) { *i = Invoice{Due: -1} }, []string{"customer", "day", "due"}},
	} {
		inv := ok
		tt.change(&inv)
		if bad := fields(inv.Check()); !slices.Equal(bad, tt.bad) {
			t.Errorf("%s: %q, want %q", tt.name, bad, tt.bad)
		}
	}
	if d := (Invoice{Day: 20260301}).Postings(); d != nil {
		t.Errorf("an invoice without lines posts %+v", d)
	}
	if _, open := (Invoice{Receivable: -5}).OpenItem(); open {
		t.Error("a credit note asks for money")
	}
	if it, open := (Invoice{Header: Header{ID: 4}, Receivable: 119, Lines: []Line{{Net: 100}}}).OpenItem(); !open || it.Amount != 119 || it.Invoice != 4 {
		t.Errorf("the gross is not asked for: %+v", it)
	}
}

func TestPaymentPostings(t *testing.T) {
	t.Parallel()
	p := Payment{Day: 20260310, Amount: 9800_00, Discount: 200_00}
	parts := []Part{{Invoice: 1, Amount: 5000_00, DaysLate: 30}, {Invoice: 2, Amount: 3000_00, DaysLate: 0}, {Invoice: 3, Amount: 2000_00, DaysLate: -9}}
	d, err := p.Postings(parts, 80_000)
	if err != nil || len(d) != 2 {
		t.Fatalf("%+v, %v", d, err)
	}
	if d[0].Kind != account.Deduction || d[0].Amount != account.Known(-200_00) || d[0].Volume != 10_000_00 {
		t.Errorf("cash discount: %+v", d[0])
	}
	// 5,000.00 × 30 × 8% / 365 = 32.876…
	if d[1].Kind != account.LatePayment || d[1].Amount != account.Known(-32_88) || d[1].Volume != 5000_00 || d[1].Rate != 80_000 || d[1].Day != p.Day {
		t.Errorf("late payment: %+v", d[1])
	}
	if _, err := p.Postings([]Part{{Amount: 1 << 62, DaysLate: 40_000}}, 80_000); err == nil {
		t.Error("a cost that does not fit is posted")
	}
	for name, tt := range map[string]struct {
		p   Payment
		bad []string
	}{
		"a full payment":    {Payment{Header: Header{Customer: 1}, Day: 20260101, Amount: 1}, nil},
		"discount alone":    {Payment{Header: Header{Customer: 1}, Day: 20260101, Discount: 1}, nil},
		"money paid back":   {Payment{Header: Header{Customer: 1}, Day: 20260101, Amount: -1}, []string{"amount"}},
		"nothing":           {Payment{Header: Header{Customer: 1}, Day: 20260101}, []string{"amount"}},
		"nobody, on no day": {Payment{Amount: 1}, []string{"customer", "day"}},
	} {
		if bad := fields(tt.p.Check()); !slices.Equal(bad, tt.bad) {
			t.Errorf("%s: %q, want %q", name, bad, tt.bad)
		}
	}
}

func TestComplaintPostsOnceEvenIfItCostNothing(t *testing.T) {
	t.Parallel()
	c := Complaint{Header: Header{Customer: 1}, Day: 20260301, Amount: 500, Cost: 40, Credit: 60}
	if d := c.Postings(); len(d) != 1 || d[0].Amount != account.Known(-100) || d[0].Volume != 500 || d[0].Kind != account.Complaint {
		t.Errorf("%+v", d)
	}
	if d := (Complaint{Day: 20260301}).Postings(); len(d) != 1 || d[0].Amount != account.Known(0) {
		t.Errorf("a complaint without cost: %+v", d)
	}
	for name, tt := range map[string]struct {
		change func(*Complaint)
		bad    []string
	}{
		"sound":               {func(*Complaint) {}, nil},
		"solved too early":    {func(c *Complaint) { c.SolvedOn = 20260228 }, []string{"solved_on"}},
		"solved the same day": {func(c *Complaint) { c.SolvedOn = c.Day }, nil},
		"a cost below zero":   {func(c *Complaint) { c.Credit = -1 }, []string{"cost"}},
		"graver than severe":  {func(c *Complaint) { c.Severity = 4 }, []string{"severity"}},
		"of nobody":           {func(c *Complaint) { c.Customer, c.Day = 0, 0 }, []string{"customer", "day"}},
	} {
		c := c
		tt.change(&c)
		if bad := fields(c.Check()); !slices.Equal(bad, tt.bad) {
			t.Errorf("%s: %q, want %q", name, bad, tt.bad)
		}
	}
}

func TestInteractionPrice(t *testing.T) {
	t.Parallel()
	said := money.Amount(12_34)
	for _, tt := range []struct {
		name    string
		i       Interaction
		rate    ChannelRate
		cost    money.Amount
		used    money.Micro
		noDraft bool
	}{
		{"by the minute", Interaction{Minutes: 20}, ChannelRate{PerMinute: 90_500_000}, 18_10, 90_500_000, false},
		{"by the contact", Interaction{Minutes: 20}, ChannelRate{PerContact: 250_00_000_000}, 250_00, 250_00_000_000, false},
		{"both", Interaction{Minutes: 3}, ChannelRate{PerContact: 10_000_000, PerMinute: 1_500_000}, 15, 10_000_000, false},
		{"half a cent goes up", Interaction{Minutes: 1}, ChannelRate{PerMinute: 500_000}, 1, 500_000, false},
		{"what was said wins", Interaction{Minutes: 20, Cost: &said}, ChannelRate{PerMinute: 90_500_000}, 12_34, 0, false},
		{"no rate, no cost, no posting", Interaction{Minutes: 20}, ChannelRate{}, 0, 0, true},
	} {
		tt.i.Day = 20260301
		if err := tt.i.Price(tt.rate); err != nil || tt.i.CostTaken != tt.cost || tt.i.RateUsed != tt.used {
			t.Errorf("%s: %d at %d, %v", tt.name, tt.i.CostTaken, tt.i.RateUsed, err)
		}
		d := tt.i.Postings()
		if tt.noDraft != (d == nil) || (d != nil && (d[0].Kind != account.Care || d[0].Amount != account.Known(-tt.cost))) {
			t.Errorf("%s: posts %+v", tt.name, d)
		}
	}
	below := money.Amount(-1)
	bad := fields(Interaction{Minutes: -1, Cost: &below, Channel: " "}.Check())
	if want := []string{"customer", "day", "minutes", "cost", "channel"}; !slices.Equal(bad, want) {
		t.Errorf("%q, want %q", bad, want)
	}
}
