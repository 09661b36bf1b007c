package web

import (
	"errors"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"quid/day"
	"quid/fault"
	"quid/internal/locale"
	"quid/value"
)

// A specReader reads a model from a form. Fields are named by their path in the
// model, as the problems that value.Model.Check finds.
type specReader struct {
	p        Page
	form     url.Values
	problems map[string]string
}

// readSpec reads a model over the one it was made from, and says what is wrong
// with which field. Shares are asked for in percent, money in whole units.
func readSpec(p Page, form url.Values, base value.Model) (value.Model, map[string]string) {
	m := base.Clone()
	r := specReader{p, form, make(map[string]string)}
	if span, err := day.ParseSpan(form.Get("window")); err == nil {
		m.Window = span
	} else {
		r.problems["window"] = p.T("write a window such as 12m, 24m or all")
	}
	for i := range m.Criteria {
		r.criterion(&m.Criteria[i])
	}
	r.number("unjustified_factor", &m.UnjustifiedFactor, 1)
	r.axis("from", &m.From)
	r.axis("to", &m.To)
	r.number("dead_band", &m.DeadBand, 100)
	r.number("class_limits.a", &m.Limits.A, 1)
	r.number("class_limits.b", &m.Limits.B, 1)
	m.ClassMetric = value.Metric(form.Get("class_metric"))
	r.whole("new.min_tenure_months", &m.New.MinTenureMonths)
	r.whole("new.min_purchase_days", &m.New.MinPurchaseDays)
	r.whole("new.max_tenure_months", &m.New.MaxTenureMonths)
	m.New.MaxTenureByIndustry = r.tenures("new.max_tenure_by_industry")
	r.whole("stages.regular_purchase_days", &m.Stages.RegularPurchaseDays)
	r.number("stages.dormant_rhythms", &m.Stages.DormantRhythms, 1)
	r.number("stages.lost_rhythms", &m.Stages.LostRhythms, 1)
	r.number("stages.min_rhythm_days", &m.Stages.MinRhythmDays, 1)
	r.whole("peer_minimum", &m.PeerMinimum)
	r.number("price_gap", &m.PriceGap, 100)
	r.lifetime(&m.Lifetime)
	for _, f := range fault.Fields(errors.Join(m.Check())) {
		name, _, _ := strings.Cut(f.Name, "max_tenure_by_industry.")
		if name != f.Name {
			name += "max_tenure_by_industry"
		}
		if _, ok := r.problems[name]; !ok {
			r.problems[name] = p.T(percentProblem(name, f.Problem))
		}
	}
	return m, r.problems
}

// percentProblem says in percent what the model says in shares.
func percentProblem(name, problem string) string {
	switch {
	case name == "dead_band", name == "price_gap":
		return locale.Key("between 0 and 100 percent")
	case problem == "two shares between 0 and 1, the lower first":
		return locale.Key("two shares between 0 and 100 percent, the lower first")
	case problem == "one line less than bands, ascending; quantiles between 0 and 1":
		return locale.Key("one line less than bands, ascending; quantiles in percent")
	}
	return problem
}

// number reads a number into a field of the model, which holds it divided by
// scale.
func (r *specReader) number(name string, into *float64, scale float64) {
	if !r.form.Has(name) {
		return
	}
	x, ok := parseNumber(r.form.Get(name))
	if !ok {
		r.problems[name] = r.p.T("write a number such as 12.5")
		return
	}
	*into = x / scale
}

func (r *specReader) whole(name string, into *int) {
	x := float64(*into)
	r.number(name, &x, 1)
	if x != math.Trunc(x) || math.Abs(x) > 1e9 {
		r.problems[name] = r.p.T("write a whole number")
		return
	}
	*into = int(x)
}

// lifetime reads how lifetime values are reckoned. A zero would stand for what is
// shipped, so it is no answer.
func (r *specReader) lifetime(l *value.LifetimeRule) {
	*l = l.Or()
	r.whole("lifetime.months", &l.Months)
	r.number("lifetime.discount", &l.Discount, 100)
	r.whole("lifetime.minimum", &l.Minimum)
	for name, problem := range map[string]string{
		"lifetime.months": locale.Key("between 1 and 120 months"), "lifetime.discount": locale.Key("above 0, up to 100 percent a year"), "lifetime.minimum": locale.Key("at least 20 customers"),
	} {
		if x, ok := parseNumber(r.form.Get(name)); ok && x == 0 {
			r.problems[name] = r.p.T(problem)
		}
	}
}

func (r *specReader) criterion(c *value.Criterion) {
	name := "criteria." + string(c.Key)
	c.On = r.form.Get(name+".on") == "1"
	r.number(name+".weight", &c.Weight, 1)
	switch method := value.AnchorMethod(r.form.Get(name + ".method")); method {
	case value.ByQuantile:
		a := value.AnchorRule{Method: method, Low: c.Anchors.Low, High: c.Anchors.High}
		r.anchor(name, "low", &a.Low, 100)
		r.anchor(name, "high", &a.High, 100)
		c.Anchors = a
	case value.Fixed:
		a := value.AnchorRule{Method: method, Zero: c.Anchors.Zero, Hundred: c.Anchors.Hundred}
		scale := 1 / r.p.rawScale(c.Key)
		r.anchor(name, "zero", &a.Zero, scale)
		r.anchor(name, "hundred", &a.Hundred, scale)
		c.Anchors = a
	default:
		r.problems[name+".anchors"] = r.p.T("choose quantile or fixed")
	}
}

// anchor reads one end of the anchors; what is wrong stands beside both.
func (r *specReader) anchor(name, end string, into *float64, scale float64) {
	r.number(name+"."+end, into, scale)
	if problem, ok := r.problems[name+"."+end]; ok {
		delete(r.problems, name+"."+end)
		r.problems[name+".anchors"] = problem
	}
}

// rawScale is how many of the stored unit one of the shown unit is: money is
// shown in whole units, shares in percent.
func (p Page) rawScale(k value.Key) float64 {
	switch k.Trait().Unit {
	case value.Money:
		return math.Pow10(p.Digits)
	case value.Rate:
		return 0.01
	}
	return 1
}

// axisScale is the same for the lines of an axis.
func (p Page) axisScale(a value.Axis) float64 {
	switch {
	case a.Cut == value.AtQuantile:
		return 0.01
	case a.Metric == value.Score:
		return 1
	}
	return math.Pow10(p.Digits)
}

func (r *specReader) axis(name string, a *value.Axis) {
	a.Metric, a.Cut = value.Metric(r.form.Get(name+".metric")), value.CutMethod(r.form.Get(name+".cut"))
	r.whole(name+".bands", &a.Bands)
	a.At = nil
	if a.Cut != value.AtQuantile && a.Cut != value.AtValue {
		return
	}
	for part := range strings.FieldsSeq(strings.ReplaceAll(r.form.Get(name+".at"), ";", " ")) {
		x, ok := parseNumber(part)
		if !ok {
			r.problems[name+".at"] = r.p.T("write a number such as 12.5")
			return
		}
		// Percent is divided, so that 5 is the 0.05 that the program writes.
		if a.Cut == value.AtQuantile {
			a.At = append(a.At, x/100)
		} else {
			a.At = append(a.At, x*r.p.axisScale(*a))
		}
	}
}

// tenures reads lines such as Maschinenbau = 36.
func (r *specReader) tenures(name string) map[string]int {
	var by map[string]int
	for line := range strings.Lines(r.form.Get(name)) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		industry, months, ok := strings.Cut(line, "=")
		n, err := strconv.Atoi(strings.TrimSpace(months))
		if industry = strings.TrimSpace(industry); !ok || err != nil || industry == "" {
			r.problems[name] = r.p.T("write one industry a line, such as Maschinenbau = 36")
			continue
		}
		if by == nil {
			by = make(map[string]int)
		}
		by[industry] = n
	}
	return by
}

// parseNumber reads a number as people write it: with a comma or a point before
// the decimals, and the other, blanks or nothing between thousands.
func parseNumber(s string) (float64, bool) {
	s = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "\u2212", "-").Replace(strings.TrimSpace(s))
	comma, point := strings.LastIndexByte(s, ','), strings.LastIndexByte(s, '.')
	switch {
	case comma >= 0 && point >= 0 && comma > point:
		s = strings.ReplaceAll(strings.ReplaceAll(s, ".", ""), ",", ".")
	case comma >= 0 && point >= 0:
		s = strings.ReplaceAll(s, ",", "")
	default:
		s = strings.ReplaceAll(s, ",", ".")
	}
	x, err := strconv.ParseFloat(s, 64)
	return x, err == nil && !math.IsNaN(x) && !math.IsInf(x, 0)
}

// shown is the text of a field: as it was typed, else from the model.
func (p modelPage) shown(name, text string) string {
	if p.typed.Has(name) {
		return p.typed.Get(name)
	}
	return text
}

// input is a field of the form with its problem.
func (p modelPage) input(name, label, text string) Field {
	return Field{Name: name, Label: label, Value: p.shown(name, text), Problem: p.Problems[name], Attrs: attrs("inputmode", "decimal", "autocomplete", "off")}
}

// numberText writes a number as an input shows it in the reader's language,
// without digits that only stand for the roundings of a computer.
func (p Page) numberText(x float64) string {
	s := strconv.FormatFloat(math.Round(x*1e6)/1e6, 'f', -1, 64)
	if p.Lang() == locale.German {
		return strings.Replace(s, ".", ",", 1)
	}
	return s
}

func (p modelPage) lines(a value.Axis) string {
	var list []string
	for _, x := range a.At {
		list = append(list, p.numberText(x/p.axisScale(a)))
	}
	return strings.Join(list, "; ")
}

func (p modelPage) tenureLines() string {
	var b strings.Builder
	by := p.Spec.New.MaxTenureByIndustry
	for _, k := range sortedKeys(by) {
		b.WriteString(k + " = " + strconv.Itoa(by[k]) + "\n")
	}
	return b.String()
}

func sortedKeys(m map[string]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// anchorText says which raw values are worth 0 and 100 points now.
func (p modelPage) anchorText(k value.Key) string {
	i := k.Index()
	if !p.Valued || i < 0 || math.IsNaN(float64(p.Anchors[i].Zero)) || math.IsNaN(float64(p.Anchors[i].Hundred)) {
		return ""
	}
	a := p.Anchors[i]
	return p.T("now 0 points at {zero}, 100 at {hundred}", "zero", p.rawText(k, float64(a.Zero)), "hundred", p.rawText(k, float64(a.Hundred)))
}

// rawText writes a raw value of a criterion with its unit.
func (p Page) rawText(k value.Key, x float64) string {
	switch k.Trait().Unit {
	case value.Money:
		return p.Printer.Short(int64(math.Round(x)), p.Digits, p.Currency)
	case value.Rate:
		return p.Percent(x, 0)
	case value.Days:
		return p.N("{n} day", "{n} days", int(math.Round(x)))
	}
	return p.Number(x, 1)
}

// rawUnit is the unit in which fixed anchors are asked for.
func (p Page) rawUnit(k value.Key) string {
	switch k.Trait().Unit {
	case value.Money:
		return p.Currency
	case value.Rate:
		return "%"
	case value.Days:
		return p.T("days")
	case value.PerYear:
		return p.T("a year")
	case value.PerHundred:
		return p.T("per 100")
	}
	return ""
}

// windowOptions are the windows to choose from, with the one that is set.
func (p modelPage) windowOptions() []Option {
	var list []Option
	spans := []day.Span{6, 12, 18, 24, 36, day.All}
	if !slices.Contains(spans, p.Spec.Window) {
		spans = append(spans, p.Spec.Window)
	}
	for _, s := range spans {
		text := p.N("{n} month", "{n} months", int(s))
		if s == day.All {
			text = p.T("all there is")
		}
		list = append(list, Option{s.String(), text})
	}
	return list
}

func (p Page) metricOptions(metrics []value.Metric) []Option {
	var list []Option
	for _, m := range metrics {
		list = append(list, Option{string(m), p.T(string(m.Name()))})
	}
	return list
}

func (p Page) cutMethods() []Option {
	return []Option{
		{string(value.Median), p.T("bands of equal numbers (median)")},
		{string(value.Mean), p.T("at the mean")},
		{string(value.AtQuantile), p.T("at quantiles")},
		{string(value.AtValue), p.T("at fixed values")},
	}
}

func bandOptions() []Option {
	var list []Option
	for n := 2; n <= value.MaxBands; n++ {
		list = append(list, Option{strconv.Itoa(n), strconv.Itoa(n)})
	}
	return list
}

// checked says whether a box is checked: as it was sent, else by the model.
func (p modelPage) checked(name string, on bool) bool {
	if p.typed.Has("window") { // a form was sent: boxes that are not checked are not in it
		return p.typed.Get(name) == "1"
	}
	return on
}

// quantileOr is a quantile of a rule, or what to begin with where it has none.
func quantileOr(x, begin float64) float64 {
	if x == 0 && begin > 0.5 {
		return begin
	}
	return x
}

// withUnit writes the unit behind a label.
func (p Page) withUnit(label string, k value.Key) string {
	if unit := p.rawUnit(k); unit != "" {
		return label + " (" + unit + ")"
	}
	return label
}

func (p modelPage) hinted(name, label, text, hint string) Field {
	f := p.input(name, label, text)
	f.Hint = hint
	return f
}

// limitInput asks for a limit of the classes; what is wrong with both stands at
// the first.
func (p modelPage) limitInput(name, label string, x float64) Field {
	f := p.input(name, label, p.numberText(x))
	if name == "class_limits.a" && f.Problem == "" {
		f.Problem = p.Problems["class_limits"]
	}
	return f
}

// dateInput asks from when a rate holds.
func (p modelPage) dateInput(name string) Field {
	f := p.input(name, p.T("Valid from"), "")
	f.Type, f.Required, f.Attrs = "date", true, nil
	return f
}

func (p Page) channelOptions(channels []string) []Option {
	var list []Option
	for _, c := range channels {
		list = append(list, Option{c, p.T(channelNames[c])})
	}
	return list
}

// today is the day that a valuation is offered for.
func (p modelPage) today() string {
	if p.Today == 0 {
		return ""
	}
	return p.Today.String()
}
