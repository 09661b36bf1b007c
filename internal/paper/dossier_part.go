package paper

import (
	"strings"

	"quid/account"
	"quid/day"
	"quid/internal/doc"
	"quid/internal/draw"
	"quid/internal/locale"
	"quid/money"
	"quid/service"
	"quid/talk"
	"quid/value"
)

// Sections are the parts that were asked for, in words.
func (d *Dossier) Sections() []Section {
	t := dossierWords{wordsOf(d.Lang, d.Book), d}
	says := map[string]func() []Block{
		"talk": t.lastTalk, "account": t.account, "services": t.services, "possible": t.possible, "loss": t.loss, "arguments": t.arguments,
		"price": t.priceRoom, "open": t.open, "satisfaction": t.satisfaction, "tasks": t.tasks, "people": t.people,
	}
	var out []Section
	for _, p := range Parts {
		if !d.has(p.Key) {
			continue
		}
		if blocks := says[p.Key](); len(blocks) > 0 {
			out = append(out, Section{Key: p.Key, Title: t.T(p.Name), Blocks: blocks})
		}
	}
	return out
}

// dossierWords say a dossier in a language.
type dossierWords struct {
	words
	d *Dossier
}

// known writes a contribution, or that it is unknown.
func (t dossierWords) contribution(step int) string {
	if c, known := t.d.Figures.Contribution(step); known {
		return t.amount(c)
	}
	return t.T("unknown")
}

func (t dossierWords) account() []Block {
	f := &t.d.Figures
	third, known := f.Contribution(3)
	fourth, _ := f.Contribution(4)
	tiles := Tiles{
		{Label: t.T("Revenue"), Value: t.amount(f.Steps.Revenue), Note: t.N("in {n} month", "in {n} months", t.d.Query.Months)},
		{Label: t.T("Contribution III"), Value: t.contribution(3), Note: t.T("before free services"), Bad: known && third < 0},
		{Label: t.T("Free services"), Value: t.amount(f.Steps.ValueTo()), Note: t.T("worth {benefit} to the customer", "benefit", t.amount(f.Steps.Benefit))},
		{Label: t.T("Contribution IV"), Value: t.contribution(4), Note: t.T("what remains"), Bad: known && fourth < 0},
	}
	blocks := []Block{tiles}
	if !known {
		blocks = append(blocks, Small(t.T("The cost of at least one sale in the period is unknown, and so are the contributions.")))
	}
	label := t.T("From revenue to contribution IV")
	blocks = append(blocks, Picture{Title: label, Label: label, Chart: t.waterfall()})
	months := Picture{Title: t.T("Give and take by month"), Label: t.T("Give and take by month"), Chart: t.months()}
	if m, ok := t.matrix(); ok {
		return append(blocks, Pair{months, {Title: t.T("Position in the matrix"), Label: t.position(), Chart: m}})
	}
	return append(blocks, months)
}

func (t dossierWords) waterfall() draw.Waterfall {
	var estimated money.Amount
	for _, a := range t.d.Estimated {
		estimated += a
	}
	var w draw.Waterfall
	for _, s := range value.Waterfall(&t.d.Figures) {
		if s.Amount == 0 && s.Total == 0 && s.Key != "revenue" && s.Known {
			continue // a step that nothing was posted for
		}
		step := draw.WaterStep{Name: t.T(string(s.Name)), Text: t.amount(s.Amount), Value: t.units(s.Amount), Total: s.Total > 0, Known: s.Known}
		if !s.Known {
			step.Text = t.T("unknown")
		}
		if s.Key == "service" {
			step.Part = t.units(estimated)
		}
		w.Steps = append(w.Steps, step)
	}
	return w
}

// months are what the customer gave (sales less cost and what goes with them) and
// what it got for free, side by side.
func (t dossierWords) months() draw.Months {
	m := draw.Months{Write: t.axis, Tall: 160, Legend: []draw.LegendEntry{
		{Name: t.T("gives"), Ink: draw.Brand}, {Name: t.T("gets"), Ink: draw.Warm},
	}}
	if len(t.d.Estimated) > 0 {
		m.Legend = append(m.Legend, draw.LegendEntry{Name: t.T("estimated"), Ink: draw.Warm, Hatched: true})
	}
	gives, gets := make(map[int]money.Amount), make(map[int]money.Amount)
	for _, s := range t.d.Months {
		if s.Kind.Side() == account.From {
			gives[s.Month] += s.Amount
		} else {
			gets[s.Month] -= s.Amount
		}
	}
	for _, ym := range monthsOf(t.d.Window) {
		m.Months = append(m.Months, draw.Month{Name: t.shortMonth(ym), Columns: []draw.Column{
			{Value: t.units(gives[ym]), Ink: draw.Brand}, {Value: t.units(gets[ym]), Part: t.units(-t.d.Estimated[ym]), Ink: draw.Warm},
		}})
	}
	return m
}

// monthsOf are the months that a window touches, as yyyymm; 24 at most, the last.
func monthsOf(w day.Window) []int {
	first := w.From.Add(1)
	var out []int
	for m := day.Of(first.Year(), first.Month(), 1); m <= w.To; m = m.AddMonths(1) {
		out = append(out, m.YearMonth())
	}
	return out[max(0, len(out)-24):]
}

// shortMonth is a month without its year, but for January.
func (t words) shortMonth(ym int) string {
	name, year, _ := strings.Cut(t.Month(ym), " ")
	if ym%100 == 1 {
		return name + " " + year[2:]
	}
	return name
}

func (t dossierWords) matrix() (m draw.Matrix, ok bool) {
	if t.d.Valuation == nil || len(t.d.Why.Axes) != 2 {
		return m, false
	}
	var at [2]float64
	var bands [2]int8
	for i, a := range t.d.Why.Axes {
		if bands[i] = a.Of; a.Band == 0 {
			return m, false
		}
		at[i] = place(a)
	}
	from, to := t.d.Why.Axes[0], t.d.Why.Axes[1]
	if from.Axis != "from" {
		from, to, at[0], at[1], bands[0], bands[1] = to, from, at[1], at[0], bands[1], bands[0]
	}
	m = draw.Matrix{X: at[1], Y: at[0], AxisX: t.T(string(to.Name)), AxisY: t.T(string(from.Name)), Name: t.d.Customer.Name, Tall: 160}
	for f := range bands[0] {
		var row []string
		for g := range bands[1] {
			row = append(row, t.T(string(value.Bands{From: f + 1, To: g + 1, OfFrom: bands[0], OfTo: bands[1]}.Strategy().Name())))
		}
		m.Fields = append(m.Fields, row)
	}
	return m, true
}

// place is where a value stands on an axis whose bands are equally wide: from zero
// to the first line it rises evenly; beyond a line it nears the next.
func place(a value.Position) float64 {
	band, of := float64(a.Band), float64(a.Of)
	within := 0.5
	if len(a.Cut.Lines) > 0 && a.Of == 2 && a.Value.Known() {
		cut := a.Cut.Lines[0]
		switch v := float64(a.Value); {
		case cut <= 0 || v <= 0 && a.Band == 2:
		case a.Band == 1:
			within = min(0.94, max(0.06, v/cut))
		default:
			within = min(0.94, max(0.06, 1-cut/v))
		}
	}
	return (band - 1 + within) / of
}

// position is the place in the matrix in a word.
func (t dossierWords) position() string {
	name := t.d.Why.Segment.Name()
	if name == "" {
		return t.T("Position in the matrix")
	}
	return t.T("Position in the matrix: {segment}", "segment", t.T(string(name)))
}

// mostEntries is how many services are listed one by one.
const mostEntries = 18

func (t dossierWords) services() []Block {
	d := t.d
	if len(d.Sums) == 0 {
		return []Block{Text(t.T("No free service was booked in the period."))}
	}
	var bars draw.Bars
	estimated := false
	for _, s := range d.Sums {
		bars.Rows = append(bars.Rows, draw.BarRow{Name: s.Type.Name(d.Lang), Text: t.amount(s.Benefit), Value: t.units(s.Benefit), Part: t.units(s.Estimated)})
		estimated = estimated || s.Estimated != 0
	}
	title := t.T("Benefit by service")
	if estimated {
		title = t.T("Benefit by service; hatched: estimated")
	}
	g := doc.Grid{Columns: []doc.GridColumn{
		{Title: t.T("Day"), Share: 1.35},
		{Title: t.T("Service and background"), Share: 4.6},
		{Title: t.T("Contact"), Share: 1.9},
		{Title: t.T("Quantity"), Share: 1.2, Num: true},
		{Title: t.T("Our cost"), Share: 1.5, Num: true},
		{Title: t.T("Benefit"), Share: 1.6, Num: true},
	}}
	var rest, cost, benefit money.Amount
	for i, e := range d.Entries {
		cost, benefit = cost+e.Cost-e.Charge, benefit+e.Benefit-e.Charge
		if i >= mostEntries {
			rest += e.Benefit - e.Charge
			continue
		}
		g.Rows = append(g.Rows, t.entryRow(e))
	}
	g.Sum = []string{t.T("Together"), t.N("{n} service", "{n} services", len(d.Entries)), "", "", t.money(cost), t.money(benefit)}
	blocks := []Block{Picture{Title: title, Label: title, Chart: bars}, Table(g)}
	if n := len(d.Entries) - mostEntries; n > 0 {
		blocks = append(blocks, Small(t.N("{n} further service is not listed; it was worth {benefit}.", "{n} further services are not listed; together they were worth {benefit}.", n, "benefit", t.money(rest))))
	}
	return blocks
}

func (t dossierWords) entryRow(e service.Entry) doc.GridRow {
	ty := t.d.Types[e.Type]
	text := ty.Name(t.d.Lang)
	if e.Background != "" {
		text += " · " + e.Background
	}
	switch {
	case e.Estimate != 0:
		text += " · " + t.T("estimated")
	case e.State == service.Told:
		text += " · " + t.T("benefit told by the customer")
	case e.State == service.Confirmed:
		text += " · " + t.T("benefit confirmed by the customer")
	}
	return doc.GridRow{Cells: []string{t.day(e.Day), text, e.Contact, t.quantity(ty, e.Quantity), t.money(e.Cost - e.Charge), t.money(e.Benefit - e.Charge)}}
}

func (t dossierWords) possible() []Block {
	p := t.d.Peers
	if p.Scope == "" {
		return []Block{Text(t.T("There are too few well-developed customers alike to compare with."))}
	}
	of := t.N("{n} customer of the same industry in the field to invest in", "{n} customers of the same industry in the field to invest in", p.Count)
	if p.Scope == "size" {
		of = t.N("{n} customer of the same industry and size in the field to invest in", "{n} customers of the same industry and size in the field to invest in", p.Count)
	}
	if len(p.Given) == 0 {
		return []Block{Text(t.T("Compared with {peers}: the customer gets every service that they get.", "peers", of))}
	}
	g := doc.Grid{Columns: []doc.GridColumn{{Title: t.T("Service"), Share: 5}, {Title: t.T("Received by"), Share: 2, Num: true}, {Title: t.T("Worth a year to each"), Share: 2, Num: true}}}
	for _, one := range p.Given[:min(6, len(p.Given))] {
		share := float64(one.Customers) / float64(p.Count)
		g.Rows = append(g.Rows, doc.GridRow{Cells: []string{
			t.d.Types[one.Type].Name(t.d.Lang), t.Percent(share, 0), t.amount(perYear(one.Benefit, one.Customers, t.d.Query.Months)),
		}})
	}
	return []Block{Text(t.T("Compared with {peers}. They get these services, and this customer does not:", "peers", of)), Table(g)}
}

// perYear is what each of n customers got in a year.
func perYear(sum money.Amount, n int64, months int) money.Amount {
	v, err := money.MulDiv(int64(sum), 12, max(1, n*int64(months)))
	if err != nil {
		return 0
	}
	return money.Amount(v)
}

// mostArguments is how many services are argued for, the most valued.
const mostArguments = 3

func (t dossierWords) loss() []Block {
	var points Points
	for _, s := range t.d.Sums[:min(6, len(t.d.Sums))] {
		if a, ok := t.d.Argument(s); ok && a.Loss != "" {
			points = append(points, doc.Point{Lead: s.Type.Name(t.d.Lang), Text: a.Loss})
		}
	}
	if len(points) == 0 {
		return nil
	}
	return []Block{Text(t.T("If free services had to be cut back, this can be said, calmly and before anything is decided:")), points}
}

func (t dossierWords) arguments() []Block {
	var points Points
	for _, s := range t.d.Sums[:min(mostArguments, len(t.d.Sums))] {
		a, ok := t.d.Argument(s)
		if !ok {
			continue
		}
		if a.Gain != "" {
			points = append(points, doc.Point{Lead: s.Type.Name(t.d.Lang), Text: a.Gain})
		}
		for _, o := range a.Objections {
			points = append(points, doc.Point{Lead: t.T("“{objection}”", "objection", o.Says), Text: o.Answer})
		}
	}
	if len(points) == 0 {
		return nil
	}
	return []Block{points}
}

// Argument is what can be said for a service that the customer got, with its
// figures.
func (d *Dossier) Argument(s Sum) (talk.Argument, bool) {
	a, ok := talk.ArgumentOf(d.Written, s.Type.Code, string(locale.For(d.Lang).Lang()))
	if !ok {
		return a, false
	}
	t := wordsOf(d.Lang, d.Book)
	return a.Filled(map[string]string{
		"customer": d.Customer.Name, "service": s.Type.Name(d.Lang), "count": t.Int(max(s.Count, 1)), "times": t.times(max(s.Count, 1)), "quantity": t.quantity(s.Type, s.Quantity), "hours": t.hours(s.Minutes), "duration": t.duration(s.Minutes),
		"benefit": t.amount(s.Benefit), "period": t.span(d.Window), "last": t.day(s.Last),
	}), true
}
