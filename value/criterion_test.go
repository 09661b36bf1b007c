package value

import (
	"math"
	"testing"

	"quid/account"
	"quid/day"
	"quid/money"
)

func TestRawValues(t *testing.T) {
	t.Parallel()
	// A customer since 2020 with ten invoices; amounts in cents.
	ok := Figures{
		FirstPurchase: 20200115, LastPurchase: 20261201, PurchasesEver: 40, PurchaseDays: 10, Need: 200_000_00, Peer: -1,
		Steps:             account.Steps{Revenue: 50_000_00, Sale: 20_000_00, Care: -1_000_00, LatePayment: -50_00},
		Accrued:           -10_00,
		PriorContribution: 15_000_00, Invoices: 10, Complaints: 3, Unjustified: 1,
		Due: 59_500_00, DueDays: 59_500_00 * 4, Gaps: 3, GapDays: 30, GapSquares: 10*10 + 5*5 + 15*15,
	}
	year, half, all := day.Span(12), day.Span(6), day.All
	for _, tt := range []struct {
		name   string
		key    Key
		window day.Span
		change func(*Figures)
		want   float64
	}{
		{"contribution III takes off care, late payment and what accrued", KeyContribution, year, nil, 18_940_00},
		{"contribution is missing when a cost is unknown", KeyContribution, year, func(f *Figures) { f.Steps.UnknownCost = 1 }, nan},
		{"contribution of a dormant customer is zero, not missing", KeyContribution, year, func(f *Figures) { f.Steps, f.Accrued = account.Steps{}, 0 }, 0},
		{"contribution of a prospect is missing", KeyContribution, year, func(f *Figures) { *f = Figures{Need: -1} }, nan},
		{"growth compares contribution III as posted", KeyGrowth, year, nil, 18_950.0/15_000 - 1},
		{"growth from a loss is measured by its size", KeyGrowth, year, func(f *Figures) { f.PriorContribution = -18_950_00 }, 2},
		{"growth is missing without a window before", KeyGrowth, all, nil, nan},
		{"growth is missing when the cost before is unknown", KeyGrowth, year, func(f *Figures) { f.PriorUnknownCost = 1 }, nan},
		{"growth from nothing is missing", KeyGrowth, year, func(f *Figures) { f.PriorContribution = 0 }, nan},
		{"growth is missing for who came during the window before", KeyGrowth, year, func(f *Figures) { f.FirstPurchase = 20250102 }, nan},
		{"growth is there for who came on the first day of the window before", KeyGrowth, year, func(f *Figures) { f.FirstPurchase = 20250101 }, 18_950.0/15_000 - 1},
		{"potential is the need not yet served", KeyPotential, year, nil, 150_000_00},
		{"potential of half a year looks at yearly sales", KeyPotential, half, nil, 100_000_00},
		{"potential is never below zero", KeyPotential, year, func(f *Figures) { f.Need = 1 }, 0},
		{"potential is missing without the need", KeyPotential, year, func(f *Figures) { f.Need = -1 }, nan},
		{"share of wallet is own sales by need", KeyShareOfWallet, year, nil, 0.25},
		{"share of wallet of the first of two suppliers", KeyShareOfWallet, year, func(f *Figures) { f.Need, f.Rank, f.Suppliers = -1, 1, 2 }, 2.0 / 3},
		{"share of wallet of the only supplier", KeyShareOfWallet, year, func(f *Figures) { f.Need, f.Rank, f.Suppliers = -1, 1, 1 }, 1},
		{"share of wallet is missing without rank", KeyShareOfWallet, year, func(f *Figures) { f.Need, f.Suppliers = -1, 3 }, nan},
		{"payment morale is weighted by amount", KeyPaymentMorale, year, nil, 4},
		{"payment morale is missing without invoices", KeyPaymentMorale, year, func(f *Figures) { f.Due, f.DueDays = 0, 0 }, nan},
		{"purchase days a year", KeyPurchaseFrequency, year, nil, 10},
		{"purchase days of half a year count twice", KeyPurchaseFrequency, half, nil, 20},
		{"purchase days over all, per year of tenure", KeyPurchaseFrequency, all, nil, 10 / (2542 / 365.25)},
		{"purchase days over all, at least one year", KeyPurchaseFrequency, all, func(f *Figures) { f.FirstPurchase = 20261101 }, 10},
		{"purchase frequency of a prospect is missing", KeyPurchaseFrequency, year, func(f *Figures) { *f = Figures{} }, nan},
		{"regularity of the gaps 10, 5 and 15", KeyRegularity, year, nil, 0.5},
		{"regularity of equal gaps is 0", KeyRegularity, year, func(f *Figures) { f.GapSquares = 300 }, 0},
		{"regularity is missing for a single gap", KeyRegularity, year, func(f *Figures) { f.Gaps = 1 }, nan},
		{"an unjustified complaint counts twice", KeyComplaintIntensity, year, nil, 40},
		{"complaints without invoices are missing", KeyComplaintIntensity, year, func(f *Figures) { f.Invoices = 0 }, nan},
		{"lifetime value of a few customers is the run-rate", KeyLifetime, year, nil, lifetimeOfOne(ok)},
		{"lifetime value of a prospect is missing", KeyLifetime, year, func(f *Figures) { *f = Figures{} }, nan},
		{"lifetime value is missing without cost", KeyLifetime, year, func(f *Figures) { f.Steps.UnknownCost = 1 }, nan},
	} {
		f := ok
		if tt.change != nil {
			tt.change(&f)
		}
		m := Default()
		m.Window = tt.window
		got := run(t, m, Input{AsOf: asOf, Figures: []Figures{f}}).Rows[0].Raw[tt.key.Index()]
		if math.IsNaN(got) != math.IsNaN(tt.want) || math.Abs(got-tt.want) > 1e-9*max(1, math.Abs(tt.want)) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestUnprofitableGrowth(t *testing.T) {
	t.Parallel()
	ok := Figures{Steps: account.Steps{Revenue: 1200, Sale: 300}, PriorRevenue: 1000, PriorContribution: 260}
	for _, tt := range []struct {
		name   string
		change func(*Figures)
		want   bool
	}{
		{"more revenue at a lower rate", func(*Figures) {}, true},
		{"more revenue at the same rate", func(f *Figures) { f.PriorContribution = 250 }, false},
		{"the same revenue at a lower rate", func(f *Figures) { f.PriorRevenue, f.PriorContribution = 1200, 400 }, false},
		{"growth into a loss", func(f *Figures) { f.Steps.Sale = -10 }, true},
		{"a cost is unknown", func(f *Figures) { f.Steps.UnknownCost = 1 }, false},
		{"a cost of the window before is unknown", func(f *Figures) { f.PriorUnknownCost = 1 }, false},
		{"nothing before", func(f *Figures) { f.PriorRevenue = 0 }, false},
	} {
		f := ok
		tt.change(&f)
		if got := f.UnprofitableGrowth(); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
		v := run(t, Default(), Input{AsOf: asOf, Figures: []Figures{f}})
		if flags := Explain(&v.Summary, &f, &v.Rows[0]).Flags; (len(flags) == 1) != tt.want {
			t.Errorf("%s: flags %v", tt.name, flags)
		}
	}
}

func TestNewAndStage(t *testing.T) {
	t.Parallel()
	trades := Peer{Industry: "trades"}
	for _, tt := range []struct {
		name     string
		f        Figures
		wantNew  bool
		wantTold Stage
	}{
		{"nobody bought and nobody was won", Figures{}, true, Prospect},
		{"won half a year ago, no purchase", Figures{AcquiredOn: 20260630}, true, Prospect},
		{"won two years ago, no purchase", Figures{AcquiredOn: 20241231}, false, Prospect},
		{"six months less a day, many purchases", Figures{FirstPurchase: 20260701, LastPurchase: 20261201, PurchasesEver: 9}, true, Fresh},
		{"six months and three purchases", Figures{FirstPurchase: 20260630, LastPurchase: 20261201, PurchasesEver: 3}, false, Regular},
		{"a year and two purchases", Figures{FirstPurchase: 20251231, LastPurchase: 20261201, PurchasesEver: 2}, true, Fresh},
		{"won long before the first purchase", Figures{AcquiredOn: 20240101, FirstPurchase: 20261201, LastPurchase: 20261201, PurchasesEver: 1}, false, OneTime},
		{"two years less a day and two purchases", Figures{FirstPurchase: 20250101, LastPurchase: 20260101, PurchasesEver: 2}, true, Fresh},
		{"two years and two purchases", Figures{FirstPurchase: 20241231, LastPurchase: 20260601, PurchasesEver: 2}, false, Occasional},
		{"its industry may stay new for longer", Figures{FirstPurchase: 20241231, LastPurchase: 20260101, PurchasesEver: 2, Peer: 0}, true, Fresh},
		{"bought every 100 days, silent for 300", Figures{FirstPurchase: day.Day(20261231).Add(-1300), LastPurchase: day.Day(20261231).Add(-300), PurchasesEver: 11}, false, Regular},
		{"bought every 100 days, silent for 301", Figures{FirstPurchase: day.Day(20261231).Add(-1301), LastPurchase: day.Day(20261231).Add(-301), PurchasesEver: 11}, false, Dormant},
		{"bought every 100 days, silent for 601", Figures{FirstPurchase: day.Day(20261231).Add(-1601), LastPurchase: day.Day(20261231).Add(-601), PurchasesEver: 11}, false, Lost},
		{"bought daily for a week, silent for 90: a rhythm is at least a month", Figures{FirstPurchase: day.Day(20261231).Add(-800), LastPurchase: day.Day(20261231).Add(-90), PurchasesEver: 700}, false, Regular},
	} {
		m := Default()
		m.New.MaxTenureByIndustry = map[string]int{"trades": 36}
		if tt.name[:3] != "its" {
			tt.f.Peer = -1
		}
		r := run(t, m, Input{AsOf: asOf, Figures: []Figures{tt.f}, Peers: []Peer{trades}}).Rows[0]
		if r.New != tt.wantNew || r.Stage != tt.wantTold {
			t.Errorf("%s: new %v, %s; want %v, %s", tt.name, r.New, r.Stage, tt.wantNew, tt.wantTold)
		}
		if r.New && r.Segment() != NewCustomer {
			t.Errorf("%s: a new customer is in %q", tt.name, r.Segment())
		}
	}
}

// sold makes a customer of five years with a contribution and a cost of
// services.
func sold(id account.CustomerID, contribution, valueTo money.Amount) Figures {
	return Figures{
		Customer: id, FirstPurchase: 20210101, LastPurchase: 20261231, PurchasesEver: 60, PurchaseDays: 12, Need: -1, Peer: -1,
		Steps: account.Steps{Revenue: 2 * max(contribution, -contribution), Sale: contribution, Service: -valueTo},
	}
}

func TestCutsOfTheHorizontalAxis(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		valueTo []money.Amount
		line    float64
		off     bool
	}{
		{"the median where most have something", []money.Amount{0, 10, 20, 30}, 15, false},
		{"half have nothing: still the median of all", []money.Amount{0, 0, 10, 30}, 5, false},
		{"more than half have nothing: the median of the rest", []money.Amount{0, 0, 0, 10, 30}, 20, false},
		{"nobody has anything: off", []money.Amount{0, 0, 0}, 0, true},
	} {
		var figures []Figures
		for i, v := range tt.valueTo {
			figures = append(figures, sold(account.CustomerID(i+1), money.Amount(1000*(i+1)), v))
		}
		v := run(t, Default(), Input{AsOf: asOf, Figures: figures})
		if v.To.Lines[0] != tt.line || v.To.Off != tt.off {
			t.Errorf("%s: cut %+v", tt.name, v.To)
		}
		for i := range v.Rows {
			high := float64(tt.valueTo[i]) > tt.line
			if (v.Rows[i].Bands.To == 2) != high {
				t.Errorf("%s: %d is in band %d", tt.name, tt.valueTo[i], v.Rows[i].Bands.To)
			}
		}
	}
}

func TestSegments(t *testing.T) {
	t.Parallel()
	figures := []Figures{
		sold(1, 100, 0), sold(2, 100, 50), sold(3, 900, 10), sold(4, 900, 90), sold(5, 500, 40),
		{Customer: 6, Need: -1, Peer: -1},
		sold(7, 500, 10),
	}
	figures[6].Steps.UnknownCost = 1
	m := Default()
	m.From.Metric = Contribution3
	v := run(t, m, Input{AsOf: asOf, Figures: figures})
	// Cut at 500 and, over all six that are not new, at 25.
	want := []Segment{Opportunity, Renegotiate, Explore, Invest, Renegotiate, NewCustomer, NoSegment}
	for i, r := range v.Rows {
		if r.Segment() != want[i] {
			t.Errorf("customer %d: %q, want %q (cuts %v, %v)", r.Customer, r.Segment(), want[i], v.From.Lines, v.To.Lines)
		}
	}
	if v.Segments[Renegotiate] != 2 || v.Segments[NoSegment] != 1 || v.Segments[NewCustomer] != 1 {
		t.Errorf("counts %v", v.Segments)
	}
}

func TestMoreBands(t *testing.T) {
	t.Parallel()
	var figures []Figures
	for i := range 9 {
		figures = append(figures, sold(account.CustomerID(i+1), money.Amount(100*(i+1)), money.Amount(10*(i+1))))
	}
	m := Default()
	m.From = Axis{Metric: Revenue, Cut: Median, Bands: 3}
	m.To = Axis{Metric: ValueTo, Cut: AtValue, Bands: 4, At: []float64{20, 40, 60}}
	v := run(t, m, Input{AsOf: asOf, Figures: figures})
	want := []string{"f1t1", "f1t1", "f1t2", "f2t2", "f2t3", "f2t3", "f3t4", "f3t4", "f3t4"}
	for i, r := range v.Rows {
		if string(r.Segment()) != want[i] {
			t.Errorf("customer %d: %s, want %s", r.Customer, r.Segment(), want[i])
		}
	}
	if s := v.Rows[8].Place().Strategy(); s != Invest {
		t.Errorf("the highest field is %q", s)
	}
	if s := v.Rows[4].Place().Strategy(); s != Renegotiate {
		t.Errorf("the middle band of three is not low: %q", s)
	}
}

func TestDeadBandLooksAtTheEarlierValuation(t *testing.T) {
	t.Parallel()
	figures := []Figures{sold(1, 100, 0), sold(2, 960, 0), sold(3, 1000, 0), sold(4, 1040, 0), sold(5, 3000, 0)}
	m := Default()
	m.From.Metric = Contribution3
	previous := &Previous{AsOf: 20260930, Model: m, Places: []Placed{{Customer: 5, From: 1, To: 1}, {Customer: 2, From: 2, To: 1}, {Customer: 4, From: 1, To: 1}}}
	v := run(t, m, Input{AsOf: asOf, Figures: figures, Previous: previous})
	for i, want := range []int8{1, 2, 1, 1, 2} {
		if got := v.Rows[i].Bands.From; got != want {
			t.Errorf("customer %d: band %d, want %d", i+1, got, want)
		}
	}
	if p := Explain(&v.Summary, &figures[1], &v.Rows[1]).Axes[0]; !p.Kept || p.Earlier != "2026-09-30" {
		t.Errorf("the explanation doesn't say that the band was kept: %+v", p)
	}
	other := *previous
	other.Model.From.Metric = Contribution1
	if got := run(t, m, Input{AsOf: asOf, Figures: figures, Previous: &other}).Rows[1].Bands.From; got != 1 {
		t.Errorf("bands of another metric hold a customer in band %d", got)
	}
	if _, err := Run(m, Input{AsOf: previous.AsOf, Figures: figures, Previous: previous}); err == nil {
		t.Error("a valuation of the same day is taken for an earlier one")
	}
}

func TestOverrides(t *testing.T) {
	t.Parallel()
	figures := []Figures{sold(1, 100, 0), sold(2, 900, 50), sold(3, 800, 10), {Customer: 4, Need: -1, Peer: -1}}
	set := []Override{
		{Customer: 1, Segment: Invest, Class: A, From: 20260101, Until: 20261231},
		{Customer: 2, Segment: Opportunity, From: 20250101, Until: 20261230},
		{Customer: 3, Segment: Explore, From: 20270101, Until: 20271231},
		{Customer: 4, Segment: Explore, From: 20260101, Until: 20271231},
		{Customer: 1, Segment: "f9t9", From: 20260101, Until: 20261231},
	}
	v := run(t, Default(), Input{AsOf: asOf, Figures: figures, Overrides: set})
	plain := run(t, Default(), Input{AsOf: asOf, Figures: figures})
	want := []Segment{Invest, plain.Rows[1].Segment(), plain.Rows[2].Segment(), Explore}
	for i := range v.Rows {
		r := &v.Rows[i]
		if r.Segment() != want[i] || r.Computed() != plain.Rows[i].Segment() {
			t.Errorf("customer %d: %q, computed %q; want %q, %q", r.Customer, r.Segment(), r.Computed(), want[i], plain.Rows[i].Segment())
		}
	}
	if r := &v.Rows[0]; r.Class() != A || r.ByContribution.Class != plain.Rows[0].ByContribution.Class || r.ByContribution.Class == A {
		t.Errorf("customer 1 is %s, computed %s", r.Class(), r.ByContribution.Class)
	}
	if v.Overruled != 2 {
		t.Errorf("%d overruled, want 2", v.Overruled)
	}
}
