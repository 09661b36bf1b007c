package demo

import (
	"math"
	"slices"

	"quid/day"
)

// A touch is a way of being in contact: how often, how long, about what.
type touch struct {
	channel  string
	share    int // per mille
	from, to int // minutes
	inbound  int // percent
	subjects []string
}

var touches = []touch{
	{"visit", 230, 45, 150, 5, []string{"Jahresgespräch", "Besuch im Werk", "Vorstellung der neuen Baureihe", "Bedarf des nächsten Jahres", "Rundgang mit der Instandhaltung"}},
	{"phone", 400, 5, 35, 55, []string{"Rückfrage zum Angebot", "Liefertermin", "Nachfassen nach der Messe", "Preisanfrage Ersatzteile", "Terminabsprache"}},
	{"mail", 260, 5, 15, 45, []string{"Angebot gesendet", "Rückfrage zur Rechnung", "Preisliste", "Einladung zur Hausmesse", "Zeichnung erhalten"}},
	{"video", 80, 20, 60, 10, []string{"Vorführung der Steuerung", "Projektbesprechung", "Abstimmung mit der Technik"}},
	{"letter", 30, 5, 10, 20, []string{"Preisanpassung", "Weihnachtspost"}},
}

var touchShares = func() []int {
	shares := make([]int, len(touches))
	for i, t := range touches {
		shares[i] = t.share
	}
	return shares
}()

// purposes of contacts: care, selling, acquisition.
var purposes = []string{"Betreuung", "Verkauf", "Gewinnung"}

// care makes the visits, calls and mails.
func (s *Simulator) care(k int) {
	d, h, p := s.dice, &s.h, &s.plan
	d.cast(s.company.Seed, k, streamCare)
	years := float64(p.to-p.from+1) / 365
	n := d.count(min(p.story.contacts*math.Pow(p.scale, 0.35)*years*0.9, 160))
	for range n {
		t := &touches[d.weighted(touchShares)]
		i := Interaction{
			Day:     day.FromOrdinal(weekday(d.between(p.from, p.to), p.from)),
			Channel: t.channel, Direction: "out", Subject: of(d, t.subjects), Purpose: purposes[d.weighted([]int{620, 330, 50})],
			Minutes: (d.between(t.from, t.to) + 4) / 5 * 5, Contact: s.person(),
		}
		if h.Story == Fresh {
			i.Purpose = purposes[2]
		}
		if d.below(100) < t.inbound {
			i.Direction = "in"
		}
		h.Interactions = append(h.Interactions, i)
	}
	slices.SortStableFunc(h.Interactions, func(a, b Interaction) int { return int(a.Day) - int(b.Day) })
	for i := range h.Interactions {
		h.Interactions[i].Number = number('K', k, i+1)
	}
}

// person draws the name of a contact.
func (s *Simulator) person() string {
	c := &s.h.Contacts[s.dice.below(len(s.h.Contacts))]
	return c.FirstName + " " + c.Name
}
