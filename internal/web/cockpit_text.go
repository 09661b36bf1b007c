package web

import (
	"math"
	"strings"

	"quid/day"
	"quid/money"
	"quid/value"
)

// windowText says over which days the figures are taken.
func (p *cockpitPage) windowText() string {
	if p.Why.First == 0 {
		return p.T("From the beginning to {to}", "to", p.Day(p.Why.AsOf))
	}
	return p.T("{from} to {until}", "from", p.Day(p.Why.First), "until", p.Day(p.Why.AsOf))
}

// before says how revenue changed against the window before.
func (p *cockpitPage) before(was money.Amount) string {
	now := p.Row.Figures.Steps.Revenue
	if was <= 0 || p.Why.First == 0 {
		return p.T("no revenue in the window before")
	}
	change := float64(now-was) / float64(was)
	sign := ""
	if change > 0 {
		sign = "+"
	}
	return p.T("{change} against the window before", "change", sign+p.Percent(change, 1))
}

// contribution is a contribution in words.
func (p *cockpitPage) contribution(step int) string {
	c, known := p.Row.Figures.Contribution(step)
	if !known {
		return p.T("unknown")
	}
	return p.Amount(c)
}

// contributionShare says what of revenue is left.
func (p *cockpitPage) contributionShare() string {
	c, known := p.Row.Figures.Contribution(3)
	if revenue := p.Row.Figures.Steps.Revenue; known && revenue > 0 {
		return p.T("{share} of revenue", "share", p.Percent(float64(c)/float64(revenue), 1))
	}
	return ""
}

// morale says how many of the invoices came late.
func (p *cockpitPage) morale() string {
	f := &p.Row.Figures
	if f.Invoices == 0 {
		return p.T("no invoices in the window")
	}
	return p.N("{n} of {of} invoices late", "{n} of {of} invoices late", int(f.LateInvoices), "of", int(f.Invoices))
}

func (p *cockpitPage) lateShare() string {
	f := &p.Row.Figures
	if f.Invoices == 0 {
		return ""
	}
	return p.T("{share} of the invoices", "share", p.Percent(float64(f.LateInvoices)/float64(f.Invoices), 0))
}

// since says when the relation began.
func (p *cockpitPage) since() string {
	f := &p.Row.Figures
	start := f.FirstPurchase
	if f.AcquiredOn != 0 && (start == 0 || f.AcquiredOn < start) {
		start = f.AcquiredOn
	}
	if start == 0 {
		return p.T("no purchase yet")
	}
	return p.T("customer since {day}", "day", p.Day(start))
}

func (p *cockpitPage) dayOr(d day.Day) string {
	if d == 0 {
		return p.T("unknown")
	}
	return p.Day(d)
}

// basisTone warns of a score that rests on little.
func basisTone(basis float64) Tone {
	if basis < weakBasis {
		return Warn
	}
	return Plain
}

// A lack is something that is missing, in words.
type lack struct{ Name, Blocks string }

// missing joins what the customer lacks with what the figures lack; what both
// name is there once.
func (p *cockpitPage) missing() []lack {
	var list []lack
	seen := map[string]bool{}
	for _, g := range p.Gaps {
		seen[string(g.Datum)] = true
		list = append(list, lack{p.T(string(g.Name)), p.T(string(g.Blocks))})
	}
	said := map[string]string{"potential": "need", "share_of_wallet": "need", "payment_morale": "payments", "peer": "industry"}
	for _, g := range p.Why.Missing {
		if seen[g.Key] || seen[said[g.Key]] {
			continue
		}
		list = append(list, lack{p.T(string(g.Needs)), p.T(string(g.Blocks))})
	}
	return list
}

// priceText says what the customer realises of list prices, against its peers.
func (p *cockpitPage) priceText() string {
	price := p.Why.Price
	switch {
	case price == nil:
		return ""
	case !price.Peers.Known():
		return p.T("Price realisation: {own} of the list; too few customers with like revenue to compare with.", "own", p.Percent(float64(price.Own), 1))
	}
	return p.T("Price realisation: {own} of the list; the median of {n} customers with like revenue is {peers}.",
		"own", p.Percent(float64(price.Own), 1), "n", price.Of, "peers", p.Percent(float64(price.Peers), 1))
}

// leader is the name of the customer that leads the group.
func (p *cockpitPage) leader() string {
	if p.Group.Parent == nil {
		return ""
	}
	return p.Group.Parent.Name
}

// overruled says who set a class or segment: a person, here or for the group.
func (p *cockpitPage) overruled() string {
	if len(p.Inherited) > 0 {
		return p.T("inherited from {name}", "name", p.leader())
	}
	return p.T("set by a person")
}

// axisName is an axis with its figure.
func (p *cockpitPage) axisName(a value.Position) string {
	if a.Axis == "from" {
		return p.T("Value from the customer: {figure}", "figure", p.T(string(a.Name)))
	}
	return p.T("Value to the customer: {figure}", "figure", p.T(string(a.Name)))
}

// lines are where an axis is cut.
func (p *cockpitPage) lines(a value.Position) string {
	var texts []string
	for _, line := range a.Cut.Lines {
		if a.Unit == value.Money {
			texts = append(texts, p.Amount(money.Amount(math.Round(line))))
		} else {
			texts = append(texts, p.Number(line, 1))
		}
	}
	return strings.Join(texts, ", ")
}

func (p *cockpitPage) groupNote() string {
	note := p.N("{n} customer", "{n} customers", len(p.Group.Members))
	if p.Group.More {
		note = p.T("The first {n} customers", "n", len(p.Group.Members))
	}
	if p.Group.Unknown > 0 {
		note += ", " + p.N("the contribution of {n} is unknown and not in the sum", "the contributions of {n} are unknown and not in the sum", p.Group.Unknown)
	}
	return note
}

// classOptions are the classes a person can set.
func (p *cockpitPage) classOptions() []Option {
	list := []Option{{"", p.T("as computed")}}
	for _, c := range []value.Class{value.A, value.B, value.C, value.Loss} {
		list = append(list, Option{c.String(), p.T(className(c.String()))})
	}
	return list
}

// segmentOptions are the fields a person can put the customer into.
func (p *cockpitPage) segmentOptions() []Option {
	list := []Option{{"", p.T("as computed")}}
	m := p.Valuation.Summary.Model
	for from := range m.From.Bands {
		for to := range m.To.Bands {
			s := value.Bands{From: int8(from + 1), To: int8(to + 1), OfFrom: int8(m.From.Bands), OfTo: int8(m.To.Bands)}.Segment()
			list = append(list, Option{string(s), p.badge(s).words(p.Page)})
		}
	}
	return list
}

// reasonOptions are the reasons to choose from.
func (p *cockpitPage) reasonOptions() []Option {
	list := []Option{{"", p.T("choose …")}}
	for _, r := range value.Reasons {
		list = append(list, Option{r, p.T(reasonNames[r])})
	}
	return list
}
