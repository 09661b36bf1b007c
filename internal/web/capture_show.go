package web

import (
	"strings"

	"quid/crm"
	"quid/service"
)

// entryTitle is the heading of the form.
func (p *capturePage) entryTitle() string {
	switch {
	case p.Form.Correct != "":
		return p.T("Correct an entry")
	case p.Form.Timer != "":
		return p.T("Book what the timer measured")
	default:
		return p.T("Entry")
	}
}

func (p *capturePage) entrySub() string {
	switch {
	case p.Form.Correct != "":
		return p.T("The old entry is taken back and this one stands in its place; the book shows both.")
	case p.Form.Timer != "":
		return p.T("The timer stays until this is booked.")
	default:
		return ""
	}
}

// typeOptions are the services that can be booked.
func (p *capturePage) typeOptions() []Option {
	list := []Option{{"", p.T("choose …")}}
	for _, t := range p.Types {
		list = append(list, Option{idText(t.ID), p.typeName(t)})
	}
	return list
}

func (p *capturePage) teamOptions() []Option {
	list := []Option{{"", p.T("not said")}}
	for _, t := range p.Teams {
		list = append(list, Option{idText(t.ID), t.Name})
	}
	return list
}

// customerChoices are the customers that can be meant by what was typed.
func (p *capturePage) customerChoices() []Option {
	list := []Option{{"", p.T("choose …")}}
	for _, id := range p.Form.Choices {
		c := p.Labels[id]
		label := customerLabel(c)
		if c.City != "" {
			label += " · " + c.City
		}
		list = append(list, Option{customerLabel(c), label})
	}
	return list
}

// moreOpen says whether the rarer fields are shown unfolded: they say something.
func (p *capturePage) moreOpen() bool {
	f := &p.Form
	for _, name := range []string{"contact", "team", "charge", "charge_line", "benefit"} {
		if f.Problems[name] != "" {
			return true
		}
	}
	return f.Contact != "" || f.Charge != "" || f.Benefit != "" || f.Team != 0
}

func contactName(c crm.Contact) string { return strings.TrimSpace(c.FirstName + " " + c.Name) }

// timerTitle says what a timer measures.
func timerTitle(p Page, t runningTimer) string {
	switch {
	case t.Who != "" && t.What != "":
		return t.Who + " · " + t.What
	case t.Who != "":
		return t.Who
	case t.What != "":
		return t.What
	default:
		return p.T("no customer yet")
	}
}

// rowLabel names what a button of a line does, for those who only hear it.
func (p *capturePage) rowLabel(do string, e *service.Entry) string {
	return do + ": " + p.who(e.Customer) + ", " + p.typeLabel(e.Type) + ", " + p.Day(e.Day)
}

// shares are the ways to share one service out among customers.
func (p *severalPage) shares() []Option {
	return []Option{
		{"equal", p.T("equally")}, {"heads", p.T("by heads")}, {"weight", p.T("by weight")}, {"full", p.T("each gets the whole of it")},
	}
}
