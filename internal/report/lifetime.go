package report

import (
	"html/template"
	"math"
	"slices"
	"strconv"

	"quid/clv"
	"quid/internal/locale"
)

// A Lifetime is what the report on lifetime value is made of: which model
// forecast the held-out time best, and what it says of the customers now.
type Lifetime struct {
	Source  string // the name of the file
	Summary *clv.Summary
	Choice  clv.Choice
	Counts  []Count // customers by repeat purchases in the histories
	Now     Now
}

// A Count is how many customers bought again so often, and how many the model
// expects to.
type Count struct{ Actual, Expected float64 }

// Now is what the chosen model, fitted to all purchases, says of today.
type Now struct {
	Model        string
	Day          clv.Day
	Customers    int
	Alive        float64      // of Judged customers; NaN if the model can't tell
	Judged       int          // customers whose activity the model can tell
	Repeaters    bool         // these are the repeat customers only
	Purchases    float64      // expected in the horizon
	Value        float64      // discounted; NaN without amounts
	Range        clv.Interval // of Value; empty if it was not computed
	Horizon      string       // such as 52w
	Discount     float64
	Shares       [][2]float64 // concentration: share of customers, the best first, and of value (of purchases without amounts)
	TopFifth     float64      // share of the value of the best fifth
	Surface      [][]float64  // probability of being active by months since the last purchase, then by repeat purchases; NaN where nobody can be
	SurfaceX     []int        // repeat purchases of the columns
	SurfaceMonth []int        // months since the last purchase of the rows
	SurfaceAge   float64      // months that these customers are known
	Warnings     []clv.Warning
}

// A text writes the report in one language.
type lifetimeText struct {
	*locale.Printer
	l *Lifetime
}

// Page puts the report into words and pictures.
func (l *Lifetime) Page(p *locale.Printer) *Page {
	t := lifetimeText{p, l}
	s := l.Summary
	page := &Page{
		Title: p.T("Lifetime value"),
		Subtitle: p.T("{source}: purchases from {first} to {end}; models were fitted up to {until} and held against what followed.",
			"source", l.Source, "first", t.day(s.First), "until", t.day(s.Until), "end", t.day(s.End)),
		Verdict: t.verdict(), Figures: t.figures(), WarningsTitle: p.T("To keep in mind"),
		Footer: p.T("A forecast for one customer is a mean over many futures; the total of many is far surer. What customers do is taken to go on as it did: a new competitor, a new price or a crisis is in no model."),
	}
	for _, w := range l.Choice.Warnings {
		page.Warnings = append(page.Warnings, t.warning(w))
	}
	for _, w := range l.Now.Warnings {
		if text := t.warning(w); !slices.Contains(page.Warnings, text) {
			page.Warnings = append(page.Warnings, text)
		}
	}
	page.Sections = []Section{
		{Title: p.T("How good are the forecasts?"), Text: p.T("Every model saw the purchases up to {until} only. Then it was asked what would follow.", "until", t.day(s.Until)), Parts: t.proof()},
		{Title: p.T("Which model?"), Text: t.modelWords(), Parts: []Part{t.models()}},
		{Title: p.T("What it says of your customers"), Parts: t.customers()},
	}
	return page
}

func (t lifetimeText) day(d clv.Day) string {
	at := d.Time()
	return t.Day(at.Year()*10000 + int(at.Month())*100 + at.Day())
}

// name is what a model or a rule of thumb is called.
func (t lifetimeText) name(model string) string {
	switch model {
	case "run-rate":
		return t.T("As often as before")
	case "same as last year":
		return t.T("Same as a year ago")
	case "NBD":
		return t.T("NBD (nobody leaves)")
	}
	return model
}

// off says by how much a total was missed.
func (t lifetimeText) off(share float64) string {
	switch {
	case math.Abs(share) < 0.005:
		return t.T("within half a percent of")
	case share > 0:
		return t.T("{share} above", "share", t.Percent(share, 0))
	}
	return t.T("{share} below", "share", t.Percent(-share, 0))
}

// verdict is the report in a few sentences.
func (t lifetimeText) verdict() string {
	c := &t.l.Choice
	if !c.Usable {
		return t.T("No model is used for these customers: too little is known of them. Until more is, what each bought a year is the best forecast. The reasons are below.")
	}
	w := c.Winner()
	text := t.T("The {model} model forecasts these customers best: of the {actual} purchases that followed it had expected {expected}, {off} the truth.",
		"model", w.Name, "actual", c.Actual, "expected", int(math.Round(w.Score.Total)), "off", t.off(w.Score.TotalError))
	for i := range c.Candidates {
		if n := &c.Candidates[i]; n.Name == "run-rate" {
			text += " " + t.T("Whoever takes it that everybody goes on buying as often as before had been {off} it.", "off", t.off(n.Score.TotalError))
		}
	}
	if w.Name == "NBD" {
		text += " " + t.T("There is no sign that customers leave.")
	}
	return text
}

// figures are the numbers to remember.
func (t lifetimeText) figures() []Figure {
	n := &t.l.Now
	out := []Figure{{t.T("Customers"), t.Int(int64(n.Customers)), t.T("{n} have bought again by {until}", "n", t.l.Choice.Repeaters, "until", t.day(t.l.Summary.Until))}}
	if n.Alive == n.Alive {
		of := t.T("of {n}, on {day}", "n", n.Judged, "day", t.day(n.Day))
		if n.Repeaters {
			of = t.T("of {n} repeat customers, on {day}", "n", n.Judged, "day", t.day(n.Day))
		}
		out = append(out, Figure{t.T("Still active, about"), t.Int(int64(math.Round(n.Alive))), of})
	}
	out = append(out, Figure{t.T("Purchases expected"), t.Int(int64(math.Round(n.Purchases))), t.T("in the next {horizon}", "horizon", t.horizon(n.Horizon))})
	if n.Value == n.Value {
		note := t.T("discounted at {rate} a year", "rate", t.Percent(n.Discount, 1))
		if n.Range.High > 0 {
			note = t.T("9 times in 10 between {low} and {high}", "low", t.Int(int64(math.Round(n.Range.Low))), "high", t.Int(int64(math.Round(n.Range.High))))
		}
		out = append(out, Figure{t.T("Their value"), t.Int(int64(math.Round(n.Value))), note})
	}
	if len(n.Shares) > 0 {
		out = append(out, Figure{t.T("The best fifth"), t.Percent(n.TopFifth, 0), t.T("of what is to come")})
	}
	return out
}

// horizon writes 52w in words.
func (t lifetimeText) horizon(text string) string {
	n, err := strconv.Atoi(text[:max(0, len(text)-1)])
	if err != nil {
		return text
	}
	switch text[len(text)-1] {
	case 'd':
		return t.N("{n} day", "{n} days", n)
	case 'w':
		return t.N("{n} week", "{n} weeks", n)
	case 'm':
		return t.N("{n} month", "{n} months", n)
	}
	return t.N("{n} year", "{n} years", n)
}

// legend names what was and what was forecast.
func (t lifetimeText) legend() []LegendEntry {
	return []LegendEntry{{"actual", t.T("as it was")}, {"expected", t.T("as forecast by {model}", "model", t.l.Choice.Winner().Name)}}
}

// proof are the pictures that hold the forecast against the truth.
func (t lifetimeText) proof() []Part {
	return append(t.tracking(), t.calibration(), t.frequency())
}

// tracking follows the purchases week by week.
func (t lifetimeText) tracking() []Part {
	weeks := t.l.Choice.Tracking
	if len(weeks) == 0 {
		return nil
	}
	whole := weeks
	if n := len(weeks); n > 1 && int(weeks[n-1].End-weeks[n-2].End) < 7 {
		whole = weeks[:n-1] // the last week is not over
	}
	x, split := make([]float64, len(whole)), math.NaN()
	actual, expected := make([]float64, len(whole)), make([]float64, len(whole))
	weekly, weeklyExpected := make([]float64, len(whole)), make([]float64, len(whole))
	grid := &Grid{Head: []string{t.T("Week"), t.T("as it was"), t.T("as forecast"), t.T("added up, as it was"), t.T("added up, as forecast")}, Best: -1}
	for i, w := range whole {
		x[i], actual[i], expected[i] = float64(w.Number), w.Actual, w.Expected
		weekly[i], weeklyExpected[i] = w.Actual, w.Expected
		if i > 0 {
			weekly[i] -= whole[i-1].Actual
			weeklyExpected[i] -= whole[i-1].Expected
		}
		if w.Holdout && split != split {
			split = float64(w.Number) - 0.5
		}
		grid.Rows = append(grid.Rows, []string{t.T("{n}, until {day}", "n", w.Number, "day", t.day(w.End)), t.Number(weekly[i], 0), t.Number(weeklyExpected[i], 1), t.Number(actual[i], 0), t.Number(expected[i], 1)})
	}
	chart := func(label, y string, a, e []float64) template.HTML {
		return LineChart{
			Label: label, XTitle: t.T("weeks since the first purchase"), YTitle: y, X: x, Split: split, SplitText: t.T("held out from here"),
			Lines: []Line{{t.T("as it was"), a, "actual"}, {t.T("as forecast"), e, "expected"}},
		}.Draw(t.Printer)
	}
	return []Part{
		{
			Title: t.T("All repeat purchases, added up"), Text: t.T("Right of the dashed line the model did not know what happened."), Legend: t.legend(),
			Picture: chart(t.T("Repeat purchases added up by week, as they were and as forecast"), t.T("repeat purchases"), actual, expected),
		},
		{
			Title: t.T("Repeat purchases of each week"), Text: t.T("Peaks such as Christmas are in no model; the level counts."), Legend: t.legend(),
			Picture:    chart(t.T("Repeat purchases by week, as they were and as forecast"), t.T("a week"), weekly, weeklyExpected),
			Table:      grid,
			TableTitle: t.T("The same as a table"),
		},
	}
}

// calibration compares customers by how often they had bought.
func (t lifetimeText) calibration() Part {
	part := Part{
		Title:  t.T("Purchases of a customer in the held-out time"),
		Text:   t.T("Customers by how often they had bought again until {until}. Equal bars mean that rare and frequent buyers are forecast alike well.", "until", t.day(t.l.Summary.Until)),
		Legend: t.legend(), TableTitle: t.T("The same as a table"),
		Table: &Grid{Head: []string{t.T("Repeat purchases"), t.T("Customers"), t.T("as it was"), t.T("as forecast")}, Best: -1},
	}
	chart := BarChart{Label: part.Title, XTitle: t.T("repeat purchases before"), YTitle: t.T("purchases after, on average")}
	actual, expected := Line{Name: t.T("as it was"), Class: "actual"}, Line{Name: t.T("as forecast"), Class: "expected"}
	for _, g := range t.l.Choice.Winner().Score.Groups {
		name := t.orMore(g.X, g.More)
		chart.Categories = append(chart.Categories, name)
		actual.Y, expected.Y = append(actual.Y, g.Actual), append(expected.Y, g.Expected)
		part.Table.Rows = append(part.Table.Rows, []string{name, t.Int(int64(g.Customers)), t.Number(g.Actual, 2), t.Number(g.Expected, 2)})
	}
	chart.Bars = []Line{actual, expected}
	part.Picture = chart.Draw(t.Printer)
	return part
}

func (t lifetimeText) orMore(n int, more bool) string {
	if more {
		return t.T("{n} or more", "n", n)
	}
	return t.Int(int64(n))
}

// frequency compares how many customers bought how often.
func (t lifetimeText) frequency() Part {
	part := Part{
		Title:  t.T("How many customers bought again how often"),
		Text:   t.T("Until {until}: whether the model knows what kinds of customers there are.", "until", t.day(t.l.Summary.Until)),
		Legend: t.legend(), TableTitle: t.T("The same as a table"),
		Table: &Grid{Head: []string{t.T("Repeat purchases"), t.T("Customers"), t.T("by the model")}, Best: -1},
	}
	chart := BarChart{Label: part.Title, XTitle: t.T("repeat purchases"), YTitle: t.T("Customers")}
	actual, expected := Line{Name: t.T("as it was"), Class: "actual"}, Line{Name: t.T("by the model"), Class: "expected"}
	for x, c := range t.l.Counts {
		name := t.orMore(x, x == len(t.l.Counts)-1)
		chart.Categories = append(chart.Categories, name)
		actual.Y, expected.Y = append(actual.Y, c.Actual), append(expected.Y, c.Expected)
		part.Table.Rows = append(part.Table.Rows, []string{name, t.Number(c.Actual, 0), t.Number(c.Expected, 1)})
	}
	chart.Bars = []Line{actual, expected}
	part.Picture = chart.Draw(t.Printer)
	return part
}

// modelWords explains how the winner was found.
func (t lifetimeText) modelWords() string {
	return t.T("Each model says how probable it holds what every customer then did. The one that held it most probable wins: its log score is nearest to zero. The error of a customer alone would not do, since whoever forecasts nothing of anybody errs little.")
}

// models are all models and rules of thumb beside each other.
func (t lifetimeText) models() Part {
	c := &t.l.Choice
	g := &Grid{Head: []string{t.T("Model"), t.T("Log score"), t.T("Purchases forecast"), t.T("Off by"), t.T("Error of a customer"), t.T("Fit (BIC, less is better)")}, Best: -1}
	for i := range c.Candidates {
		m := &c.Candidates[i]
		if m.Err != nil {
			g.Rows = append(g.Rows, []string{t.name(m.Name), t.T("no fit was found"), "", "", "", ""})
			continue
		}
		if i == c.Best && c.Usable {
			g.Best = i
		}
		logScore, bic := "–", "–"
		if !m.Naive {
			logScore, bic = t.Number(m.Score.Log, 4), t.Number(m.BIC, 0)
		}
		g.Rows = append(g.Rows, []string{t.name(m.Name), logScore, t.Number(m.Score.Total, 0), t.signed(m.Score.TotalError), t.Number(m.Score.RMSE, 3), bic})
	}
	return Part{Table: g}
}

func (t lifetimeText) signed(share float64) string {
	s := t.Percent(share, 1)
	if share > 0 {
		return "+" + s
	}
	return s
}

// customers are the pictures of what is to come.
func (t lifetimeText) customers() []Part {
	var parts []Part
	n := &t.l.Now
	if len(n.Shares) > 1 {
		part := Part{
			Title: t.T("Who the value comes from"),
			Text:  t.T("Customers sorted by what is to come of them, the best first. The best fifth bring {share} of it.", "share", t.Percent(n.TopFifth, 0)),
		}
		if n.Value != n.Value {
			part.Text = t.T("Customers sorted by the purchases expected of them, the best first. The best fifth bring {share} of them.", "share", t.Percent(n.TopFifth, 0))
		}
		x, y, even := []float64{}, []float64{}, []float64{}
		part.Table = &Grid{Head: []string{t.T("Share of the customers"), t.T("Share of what is to come")}, Best: -1}
		for i, s := range n.Shares {
			x, y, even = append(x, s[0]), append(y, s[1]), append(even, s[0])
			if i%10 == 0 {
				part.Table.Rows = append(part.Table.Rows, []string{t.Percent(s[0], 0), t.Percent(s[1], 1)})
			}
		}
		part.TableTitle = t.T("The same as a table")
		part.Legend = []LegendEntry{{"expected", t.T("these customers")}, {"other", t.T("if all were worth the same")}}
		part.Picture = LineChart{
			Label: part.Title, XTitle: t.T("share of the customers"), YTitle: t.T("share of what is to come"), X: x, Percent: true, Split: math.NaN(),
			Lines: []Line{{t.T("if all were worth the same"), even, "other"}, {t.T("these customers"), y, "expected"}},
		}.Draw(t.Printer)
		parts = append(parts, part)
	}
	if len(n.Surface) > 0 {
		parts = append(parts, t.surface())
	}
	return parts
}

// surface shows how the probability of being active falls with silence.
func (t lifetimeText) surface() Part {
	n := &t.l.Now
	h := HeatMap{
		Label: t.T("Probability of being active by repeat purchases and time since the last one"), XTitle: t.T("repeat purchases"), YTitle: t.T("months of silence"),
		Values: n.Surface,
	}
	g := &Grid{Head: []string{t.T("Months of silence")}, Best: -1}
	for _, x := range n.SurfaceX {
		h.X = append(h.X, t.Int(int64(x)))
		g.Head = append(g.Head, t.N("{n} repeat purchase", "{n} repeat purchases", x))
	}
	for i, m := range n.SurfaceMonth {
		h.Y = append(h.Y, t.Int(int64(m)))
		row := []string{t.Int(int64(m))}
		for _, v := range n.Surface[i] {
			row = append(row, t.Percent(v, 0))
		}
		g.Rows = append(g.Rows, row)
	}
	return Part{
		Title:   t.T("Who is still active?"),
		Text:    t.T("Customers who are known for {months} months: the stronger the colour, the more probably they still buy from us. Whoever bought often and then fell silent is gone sooner than one who always bought seldom.", "months", t.Number(n.SurfaceAge, 0)),
		Picture: h.Draw(t.Printer), Table: g, TableTitle: t.T("The same as a table"),
	}
}
