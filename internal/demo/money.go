package demo

import (
	"math"

	"quid/day"
	"quid/money"
)

// settle makes the payments of the invoices by the customer's habit, and the
// complaints about them. What would be paid after the last day is open.
func (s *Simulator) settle(k int) {
	d, h, p := s.dice, &s.h, &s.plan
	d.cast(s.company.Seed, k, streamMoney)
	for i := 0; i < len(h.Invoices); i++ {
		if h.Invoices[i].Net <= 0 {
			continue
		}
		if d.chance(p.story.complaints) {
			s.complain(k, h.Invoices[i].Day.Ordinal()+d.between(3, 25), i, s.verdict())
		}
		s.pay(i)
	}
}

// verdict draws whether a complaint was justified.
func (s *Simulator) verdict() string {
	switch x := s.dice.below(100); {
	case x < 10:
		return ""
	case x < 10+s.plan.story.justified*9/10:
		return "yes"
	}
	return "no"
}

// pay makes the payments of invoice i: what its credit note leaves.
func (s *Simulator) pay(i int) {
	d, h, p := s.dice, &s.h, &s.plan
	inv := &h.Invoices[i]
	owed, at := inv.Net, inv.Day.Ordinal()
	due := at + h.Customer.Terms
	late := p.late + p.irregular*d.normal()
	if s.h.Story == Shrinking {
		late += 9 * (float64(at-s.first)/365 - 1)
	}
	on := max(due+int(math.Round(min(late, 150))), at+1)
	var discount money.Amount
	early := p.skonto && h.Customer.Terms > 14 && d.chance(0.9)
	if early {
		on = at + d.between(5, 10)
	}
	if i+1 < len(h.Invoices) && h.Invoices[i+1].Credits == inv.Number {
		owed += h.Invoices[i+1].Net
		on = max(on, h.Invoices[i+1].Day.Ordinal()+2)
		early = false
	}
	on = weekday(on, at+1)
	if on > s.last || d.chance(0.002) {
		return
	}
	if early {
		discount, _ = owed.Times(20_000) // two percent
	}
	pay := Payment{Day: day.FromOrdinal(on), Amount: owed - discount, Discount: discount}
	if !p.onAccount {
		pay.Invoice = inv.Number
	}
	if !early && d.chance(0.03) && owed > 10_000 {
		rest := pay
		pay.Amount = owed * money.Amount(d.between(3, 6)) / 10
		rest.Amount -= pay.Amount
		again := weekday(on+d.between(10, 40), on)
		rest.Day = day.FromOrdinal(again)
		if again <= s.last {
			h.Payments = append(h.Payments, rest)
		}
	}
	h.Payments = append(h.Payments, pay)
}

// Subjects of complaints.
var grievances = []string{
	"Lieferung unvollständig", "Falsches Teil geliefert", "Oberfläche beschädigt", "Maßabweichung außerhalb der Toleranz",
	"Maschine steht nach Inbetriebnahme", "Lieferung verspätet", "Verpackung beschädigt", "Dokumentation fehlt",
	"Ölverlust an der Hydraulik", "Werkzeug vorzeitig verschlissen", "Rechnung weicht vom Auftrag ab", "Steuerung meldet Fehler",
	"Lärm am Spindellager", "Ersatzteil passt nicht zur Baureihe",
}

// complain makes a complaint about invoice i on a day, if the company is still
// there on it.
func (s *Simulator) complain(k, at, i int, justified string) {
	d, h := s.dice, &s.h
	at = weekday(at, h.Invoices[i].Day.Ordinal())
	if at > s.last {
		return
	}
	net := h.Invoices[i].Net
	severity := 1 + d.weighted([]int{520, 330, 150})
	c := Complaint{
		Invoice: h.Invoices[i].Number, Day: day.FromOrdinal(at), Severity: severity, Justified: justified, Subject: of(d, grievances),
		Amount: net, Cost: euro(float64(severity)*(25+0.9*math.Sqrt(float64(net)/100))*d.spread(0.5), 5),
	}
	if justified == "no" {
		c.Cost = euro(float64(c.Cost)/100*0.6, 5)
	}
	if len(h.lines) > 0 && d.chance(0.5) {
		c.Amount = h.lines[h.Invoices[i].first].Net
	}
	if solved := at + 1 + int(12*d.wait()*float64(severity)); solved <= s.last && !d.chance(0.03) {
		c.SolvedOn = day.FromOrdinal(weekday(solved, at))
	}
	h.Complaints = append(h.Complaints, c)
}
