package value

import (
	"math"

	"quid/account"
	"quid/day"
	"quid/money"
)

// An Explanation says how every figure of one customer in one valuation came
// to be. Money is in minor units; names and remarks are English sentences and
// keys of the dictionary.
type Explanation struct {
	Customer    account.CustomerID `json:"-"`
	AsOf        day.Day            `json:"as_of"`
	First       day.Day            `json:"window_first,omitempty"` // first day of the window; none for all
	Window      day.Span           `json:"window"`
	New         bool               `json:"new"`
	NewWhy      Text               `json:"new_why"`
	Stage       Stage              `json:"stage"`
	StageWhy    Text               `json:"stage_why"`
	Score       Number             `json:"score"`
	DataBasis   Number             `json:"data_basis"`
	Criteria    []Part             `json:"criteria"`           // those that are on
	Steps       []Step             `json:"contribution_steps"` // the waterfall
	CostKnown   bool               `json:"cost_known"`         // else contribution I to IV are unknown
	Classes     []Standing         `json:"classes"`
	Axes        []Position         `json:"axes"`
	Segment     Segment            `json:"segment"`
	Computed    Segment            `json:"segment_computed"` // as computed, where a person set another
	Advice      Text               `json:"advice"`
	Credibility Trust              `json:"credibility"`
	Lifetime    Worth              `json:"lifetime"`
	Price       *PriceStanding     `json:"price_realisation,omitempty"` // where there are list prices
	Flags       []Text             `json:"flags,omitempty"`             // what should be looked at
	Missing     []Gap              `json:"missing"`
}

// A Part is one criterion of the score.
type Part struct {
	Key      Key       `json:"key"`
	Name     Text      `json:"name"`
	Raw      Number    `json:"raw"`
	Unit     Unit      `json:"unit"`
	Worse    bool      `json:"more_is_worse"`
	Points   Number    `json:"points"`
	Weight   float64   `json:"weight"`
	Adds     Number    `json:"adds"` // what it adds to the score: weight × points / weights with data
	Anchor   Anchor    `json:"anchor"`
	Source   Text      `json:"source"`
	Remark   Text      `json:"remark,omitempty"` // why it is missing, or what is special
	MadeFrom []Operand `json:"made_from"`
}

// An Operand is a figure that a raw value was computed from.
type Operand struct {
	Name  Text   `json:"name"`
	Value Number `json:"value"`
	Unit  Unit   `json:"unit"`
}

// A Step is one bar of the contribution waterfall. A total stands where Total
// is 1 to 4 (contribution I to IV); 0 is a step on the way.
type Step struct {
	Name   Text         `json:"name"`
	Key    string       `json:"key"`
	Amount money.Amount `json:"amount"` // effect on our result
	Total  int          `json:"total,omitempty"`
	Known  bool         `json:"known"`
}

// A Standing is the customer's place in an ABC analysis.
type Standing struct {
	Metric Metric       `json:"metric"`
	Name   Text         `json:"name"`
	Value  money.Amount `json:"value"`
	Class  Class        `json:"class"` // as computed
	Set    Class        `json:"set"`   // set by a person, or ""
	Rank   int32        `json:"rank"`  // 0 if unknown
	Of     int          `json:"of"`
	Before Number       `json:"before"` // share that greater customers hold of all positive values
	With   Number       `json:"with"`   // the same with this customer
	Limits Limits       `json:"limits"`
}

// A Position is the customer's place on one axis of the matrix.
type Position struct {
	Axis    string `json:"axis"` // from or to
	Metric  Metric `json:"metric"`
	Name    Text   `json:"name"`
	Value   Number `json:"value"`
	Unit    Unit   `json:"unit"`
	Band    int8   `json:"band"` // as computed, 0 if unknown
	Of      int8   `json:"of"`
	Set     int8   `json:"set,omitempty"` // the band a person set
	Cut     Cut    `json:"cut"`
	Kept    bool   `json:"kept"` // the dead band kept the band of the earlier valuation
	Remark  Text   `json:"remark,omitempty"`
	Earlier string `json:"earlier,omitempty"` // day of that valuation
}

// Trust is how far the customer's own contribution I per purchase day can be
// relied on.
type Trust struct {
	Z        Number `json:"z"`
	Days     int32  `json:"purchase_days"`
	K        Number `json:"k"`
	Own      Number `json:"own"`    // minor units per purchase day
	Peers    Number `json:"peers"`  // mean it is drawn towards
	Shrunk   Number `json:"shrunk"` // z · own + (1 − z) · peers
	Industry string `json:"industry,omitempty"`
	Size     string `json:"size,omitempty"`
	Remark   Text   `json:"remark,omitempty"`
}

// A Gap is something that is missing, and what it blocks.
type Gap struct {
	Key    string `json:"key"` // the criterion, or cost, need, payments …
	Needs  Text   `json:"needs"`
	Blocks Text   `json:"blocks"`
}

// Explain explains the row of a customer from the valuation's summary and the
// figures it was made from. The three must belong to one valuation.
func Explain(s *Summary, f *Figures, r *Row) Explanation {
	w := s.Window()
	e := Explanation{
		Customer: f.Customer, AsOf: s.AsOf, Window: s.Model.Window,
		New: r.New, NewWhy: s.newWhy(f, r), Stage: r.Stage, StageWhy: r.Stage.why(),
		Score: Number(r.Score), DataBasis: Number(r.DataBasis),
		Criteria: s.parts(f, r), Steps: Waterfall(f), CostKnown: f.Steps.Known(),
		Classes: s.standings(f, r), Axes: s.positions(f, r),
		Segment: r.Segment(), Computed: r.Computed(), Credibility: s.trust(f, r), Lifetime: s.worth(f, r),
	}
	if w.From != 0 {
		e.First = w.From.Add(1)
	}
	if e.Advice = e.Segment.Advice(); e.Advice == "" {
		e.Advice = r.Place().Strategy().Advice()
	}
	if f.UnprofitableGrowth() {
		e.Flags = append(e.Flags, Text("Unprofitable growth: revenue rose, but the contribution rate fell."))
	}
	if e.Price = s.price(f); e.Price != nil && e.Price.Below {
		e.Flags = append(e.Flags, Text("Price realisation: net prices are further below the list than those of customers with like revenue."))
	}
	e.Missing = s.gaps(f, r, e.Criteria)
	return e
}

// Waterfall returns the contribution accounting of a customer step by step,
// from revenue to contribution IV; what has accrued on open items is a step of
// its own.
func Waterfall(f *Figures) []Step {
	st, known := &f.Steps, f.Steps.Known()
	total := func(n int) money.Amount { c, _ := f.Contribution(n); return c }
	return []Step{
		{Text("Revenue"), "revenue", st.Revenue, 0, true},
		{Text("Cost of goods"), "cost", st.Sale - st.Revenue, 0, known},
		{Text("Deductions"), "deduction", st.Deduction, 0, true},
		{Text("Contribution I"), "contribution_1", total(1), 1, known},
		{Text("Care"), "care", st.Care, 0, true},
		{Text("Acquisition"), "acquisition", st.Acquisition, 0, true},
		{Text("Contribution II"), "contribution_2", total(2), 2, known},
		{Text("Complaints"), "complaint", st.Complaint, 0, true},
		{Text("Late payment"), "late_payment", st.LatePayment, 0, true},
		{Text("Late payment accrued on open items"), "accrued", f.Accrued, 0, true},
		{Text("Contribution III"), "contribution_3", total(3), 3, known},
		{Text("Services"), "service", st.Service, 0, true},
		{Text("Goodwill"), "goodwill", st.Goodwill, 0, true},
		{Text("Contribution IV"), "contribution_4", total(4), 4, known},
	}
}

func (s *Summary) parts(f *Figures, r *Row) []Part {
	weights := s.Model.Weights()
	var with float64
	for c, w := range weights {
		if w > 0 && !math.IsNaN(s.Points(c, r.Raw[c])) {
			with += w
		}
	}
	var parts []Part
	for c, k := range Keys {
		if weights[c] == 0 {
			continue
		}
		t, points := traits[c], s.Points(c, r.Raw[c])
		p := Part{
			Key: k, Name: t.Name, Raw: Number(r.Raw[c]), Unit: t.Unit, Worse: t.Worse, Points: Number(points),
			Weight: weights[c], Adds: Number(weights[c] * points / with), Anchor: s.Anchors[c],
			Source: t.Source, MadeFrom: s.operands(k, f),
		}
		switch {
		case !p.Raw.Known():
			p.Remark = s.why(k, f)
		case !p.Points.Known():
			p.Remark = Text("No customer that is not new has data to set the anchors by.")
		case p.Anchor.Equal:
			p.Remark = Text("Both anchors are equal, so that everybody has 50 points.")
		case k == KeyShareOfWallet && r.Raw[c] > 1:
			p.Remark = Text("Own sales exceed the need on record; the need should be looked at.")
		}
		parts = append(parts, p)
	}
	return parts
}

// why says why a criterion has no raw value.
func (s *Summary) why(k Key, f *Figures) Text {
	fr := newFrame(&s.Model, s.AsOf)
	switch k {
	case KeyContribution:
		if f.Steps.Known() {
			return Text("Nothing was bought yet and nothing was posted.")
		}
		return Text("The cost of at least one sale in the window is unknown.")
	case KeyGrowth:
		switch start := f.start(); {
		case !fr.grows:
			return Text("The window has no window before it.")
		case !f.Steps.Known() || f.PriorUnknownCost != 0:
			return Text("The cost of at least one sale in the window or in the window before is unknown.")
		case start == 0 || start > fr.before.From.Add(1):
			return Text("The customer was not there for the whole window before.")
		}
		return Text("There was no contribution in the window before.")
	case KeyRegularity:
		return Text("Fewer than three purchase days in the window.")
	case KeyPaymentMorale, KeyComplaintIntensity:
		return Text("No invoices in the window.")
	case KeyPurchaseFrequency:
		return Text("Nothing was bought yet.")
	case KeyPotential:
		return Text("The yearly need is unknown.")
	case KeyShareOfWallet:
		return Text("Neither the yearly need nor rank and number of suppliers are known.")
	}
	return k.Trait().Needs
}

// operands are the figures that a raw value is computed from.
func (s *Summary) operands(k Key, f *Figures) []Operand {
	fr := newFrame(&s.Model, s.AsOf)
	amount := func(name Text, a money.Amount) Operand { return Operand{name, Number(a), Money} }
	count := func(name Text, n int32) Operand { return Operand{name, Number(n), Plain} }
	need := amount(Text("Yearly need"), f.Need)
	if f.Need < 0 {
		need.Value = Unknown()
	}
	sales := Operand{Text("Own sales a year"), Number(float64(f.Steps.Revenue) / fr.span(f)), Money}
	switch k {
	case KeyGrowth:
		return []Operand{amount(Text("Contribution III of the window, as posted"), f.Steps.Contribution(3)), amount(Text("Contribution III of the window before"), f.PriorContribution)}
	case KeyPotential:
		return []Operand{need, sales}
	case KeyShareOfWallet:
		if f.Need < 0 {
			return []Operand{count(Text("Own rank"), int32(f.Rank)), count(Text("Number of suppliers"), int32(f.Suppliers))}
		}
		return []Operand{sales, need}
	case KeyPaymentMorale:
		return []Operand{amount(Text("Receivables"), f.Due), count(Text("Invoices"), f.Invoices), count(Text("Late invoices"), f.LateInvoices)}
	case KeyPurchaseFrequency:
		return []Operand{count(Text("Purchase days"), f.PurchaseDays), {Text("Years"), Number(fr.span(f)), Plain}}
	case KeyRegularity:
		return []Operand{count(Text("Intervals between purchases"), f.Gaps), {Text("Mean interval"), Number(float64(f.GapDays) / float64(f.Gaps)), Days}}
	case KeyComplaintIntensity:
		return []Operand{count(Text("Complaints"), f.Complaints), count(Text("of these unjustified"), f.Unjustified), count(Text("Invoices"), f.Invoices), {Text("Weight of an unjustified complaint"), Number(fr.factor), Plain}}
	}
	return nil
}

func (s *Summary) standings(f *Figures, r *Row) []Standing {
	stand := func(m Metric, p Place, v, total money.Amount) Standing {
		st := Standing{Metric: m, Name: m.Name(), Value: v, Class: p.Class, Rank: p.Rank, Of: s.Customers, Limits: s.Model.Limits, Before: Unknown(), With: Unknown()}
		if total > 0 && p.Rank > 0 {
			st.Before = Number(float64(p.Before) / float64(total))
			st.With = Number(float64(p.Before+max(v, 0)) / float64(total))
		}
		return st
	}
	v, _ := f.Contribution(s.Model.ClassMetric.Step())
	c := stand(s.Model.ClassMetric, r.ByContribution, v, s.ContribTotal)
	c.Set, c.Of = r.ClassSet, s.Customers-s.WithoutCost
	return []Standing{stand(Revenue, r.ByRevenue, f.Steps.Revenue, s.RevenueTotal), c}
}

func (s *Summary) positions(f *Figures, r *Row) []Position {
	place := func(axis string, cut Cut, band, of, set int8) Position {
		p := Position{Axis: axis, Metric: cut.Metric, Name: cut.Metric.Name(), Value: Number(cut.Metric.Value(f, r)), Unit: Money, Band: band, Of: of, Set: set, Cut: cut}
		if cut.Metric == Score {
			p.Unit = Plain
		}
		switch p.Kept = !cut.Off && band != cut.Band(float64(p.Value), 0); {
		case p.Kept:
			p.Earlier = s.Earlier.String()
			p.Remark = Text("So close to the line that the customer keeps the band it had.")
		case cut.Off:
			p.Remark = Text("No services booked yet: this axis says nothing.")
		case band == 0:
			p.Remark = Text("The figure is unknown, so that there is no place on this axis.")
		case cut.Positive:
			p.Remark = Text("More than half have nothing, so that the line is the median of those that have.")
		}
		return p
	}
	return []Position{
		place("from", s.From, r.Bands.From, r.Bands.OfFrom, r.FromSet),
		place("to", s.To, r.Bands.To, r.Bands.OfTo, r.ToSet),
	}
}

func (s *Summary) trust(f *Figures, r *Row) Trust {
	c := &s.Credibility
	t := Trust{Z: Number(r.Credibility), Days: f.PurchaseDays, K: c.K, Own: Unknown(), Peers: Unknown(), Shrunk: Number(r.Shrunk), Remark: c.Reason}
	if f.counts() {
		t.Own = Number(f.PerDaySum / float64(f.PurchaseDays))
	}
	if c.K.Known() {
		t.Peers = Number(c.toward(f.Peer))
		if f.Peer >= 0 && int(f.Peer) < len(c.Peers) && !c.Peers[f.Peer].All {
			t.Industry, t.Size = c.Peers[f.Peer].Industry, c.Peers[f.Peer].Size
		}
	}
	if !f.Steps.Known() {
		t.Remark = Text("The cost of at least one sale in the window is unknown.")
	}
	return t
}
