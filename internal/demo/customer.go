package demo

import (
	"math"
	"strconv"

	"quid/crm"
	"quid/day"
	"quid/money"
)

// medianRevenue is what the customer in the middle buys for in a year, in euros,
// before its story.
const medianRevenue = 15_000

// Limits of yearly revenue, in euros.
const (
	leastRevenue = 900
	mostRevenue  = 3_000_000
)

// plan is what drives a customer and stands in no file.
type plan struct {
	story     *trait
	revenue   float64 // a year, in cents, in the middle of the history
	scale     float64 // revenue by the median
	rate      float64 // purchases a year
	from, to  int     // ordinals between which it buys
	peak      int     // month in which a season begins, 0 to 11
	favourite int     // what it tends to buy
	discount  int     // in half percents
	custom    bool    // buys parts made to drawing
	late      float64 // usual days past due
	irregular float64 // how far payment days spread
	skonto    bool    // pays early for a cash discount
	onAccount bool    // names no invoice when it pays
}

// introduce makes who customer k is.
func (s *Simulator) introduce(k int) {
	d := s.dice
	d.cast(s.company.Seed, k, streamWho)
	s.h.Story = Story(d.weighted(storyShares))
	s.outline(d)
	s.tenure(d)
	s.address(k, d)
	s.relation(k, d)
	s.people(k, d)
}

// outline draws how big the customer is and how it behaves.
func (s *Simulator) outline(d *dice) {
	t := &stories[s.h.Story]
	p := plan{story: t}
	euros := medianRevenue * t.size * math.Exp(1.32*d.normal())
	euros = max(euros, t.floor*(1+d.float()))
	euros = min(max(euros, leastRevenue*(1+d.float())), mostRevenue*(0.9+0.1*d.float()))
	p.revenue, p.scale = euros*100, euros/medianRevenue
	mean := s.company.Invoices
	if mean == 0 {
		mean = DefaultInvoices
	}
	p.rate = max(0.4, 4.55*t.rate*math.Pow(p.scale, 0.28)*d.spread(0.3)) * mean / DefaultInvoices
	p.peak = of(d, []int{2, 3, 8, 9})
	p.favourite = d.below(1 << 16)
	p.discount = max(0, 8+int(4.4*math.Log(max(p.scale, 1)))+t.discount+d.between(-4, 4))
	p.custom = d.chance(0.015)

	switch d.weighted([]int{180, 400, 250, 140, 30}) {
	case 0:
		p.skonto, p.late, p.irregular = t.late <= 6, -4, 3
	case 1:
		p.late, p.irregular = -3, 2.5
	case 2:
		p.late, p.irregular = 7, 5
	case 3:
		p.late, p.irregular = 24, 12
	default:
		p.late, p.irregular = 38, 30
	}
	p.late += t.late
	p.onAccount = d.chance(0.02)
	s.plan = p
}

// tenure draws since when and until when the customer buys.
func (s *Simulator) tenure(d *dice) {
	p, since := &s.plan, 0
	switch {
	case s.h.Story == Fresh:
		since = s.last - d.between(12, 178)
	case d.chance(0.15): // won in the years of the history
		since = d.between(s.first, s.last-300)
	default:
		since = s.first - 20 - int(365*12*d.float()*d.float())
	}
	since = weekday(since, since-2)
	p.from, p.to = max(since, s.first), s.last
	if s.h.Story == Lost {
		p.to = max(s.last-d.between(240, 800), p.from+60)
	}
	s.h.Customer.AcquiredOn = day.FromOrdinal(since)
}

// address draws name, town and how the customer is reached.
func (s *Simulator) address(k int, d *dice) {
	c := &s.h.Customer
	large := 0
	if s.plan.scale > 2.5 {
		large = 1
	}
	var at *place
	var form string
	switch d.weighted([]int{820, 100, 80}) {
	case 0:
		at, form = &placesDE[d.below(len(placesDE))], of(d, formsDE[large])
	case 1:
		at, form = &placesAT[d.below(len(placesAT))], of(d, formsAT[large])
	default:
		at, form = &placesCH[d.below(len(placesCH))], of(d, formsCH[large])
	}
	if leads(s.company.Seed, k) {
		form = "Holding " + of(d, []string{"GmbH", "AG"})
	}
	name, trade, domain := firm(s.company.Seed, k, form, d)
	c.Number, c.Name, c.Email = customerNumber(k), name, "info@"+domain
	c.Industry = industries[trade.industry]
	c.Street = of(d, streets) + " " + strconv.Itoa(d.between(1, 140))
	c.PostalCode, c.City, c.State, c.Country = of(d, at.codes), at.city, at.state, at.country
	c.Owner = owners[at.rep]
	if at.phone != "" {
		c.Phone = at.phone + strconv.Itoa(d.between(100, 999))
	}
}

var (
	sizes    = []string{"bis 9", "10 bis 49", "50 bis 249", "250 bis 999", "ab 1000"}
	channels = []string{"Außendienst", "Messe", "Empfehlung", "Website", "Händler", "Anzeige"}
)

// relation draws how the customer was won, its terms, need and group.
func (s *Simulator) relation(k int, d *dice) {
	c, p := &s.h.Customer, &s.plan
	c.Size = sizes[min(max(int(math.Log2(p.scale*1.6)/1.8+1.4+0.5*d.normal()), 0), 4)]
	c.Channel = channels[d.weighted([]int{330, 240, 190, 130, 70, 40})]
	if d.chance(0.65) {
		cost := 180 * math.Pow(p.scale+0.2, 0.45) * d.spread(0.6)
		switch c.Channel {
		case "Messe":
			cost *= 3
		case "Außendienst":
			cost *= 2
		case "Empfehlung":
			cost *= 0.3
		}
		c.AcquisitionCost = euro(min(cost, 12_000), 10)
	}
	c.Terms = []int{30, 14, 60}[d.weighted([]int{680, 200, 120})]
	share, draw, need := 0.15+0.8*d.float(), d.float(), s.need()
	switch {
	case draw < 0.6:
		c.Need = euro(need/share, 500)
	case draw < 0.8:
		c.Suppliers = d.between(1, 6)
		c.Rank = d.between(1, c.Suppliers)
	}
	if c.Contractual = s.h.Story == Star && d.chance(0.5) || d.chance(0.06); c.Contractual {
		c.ContractSince = c.AcquiredOn
		if s.h.Story == Lost {
			c.ContractUntil = day.FromOrdinal(s.plan.to)
		}
	}
	if head := k / blockSize * blockSize; head != k && leads(s.company.Seed, head) && d.chance(0.12) {
		c.Parent = customerNumber(head)
	}
}

// need is what the customer buys a year by now, in euros.
func (s *Simulator) need() float64 {
	if s.h.Story == Lost {
		return s.plan.revenue / 100
	}
	return s.plan.revenue / 100 * math.Exp(s.plan.story.trend*Years/2)
}

// blockSize is how far a group reaches: its head comes before its members, so
// that a smaller company is the beginning of a larger one.
const blockSize = 25

// leads says whether customer k is the head of a group.
func leads(seed uint64, k int) bool {
	return k%blockSize == 0 && mix(seed^mix(uint64(k)))%5 < 2
}

// euro rounds a sum of euros to a step of euros, in cents, at least one step.
func euro(v float64, step float64) money.Amount {
	return money.Amount(max(math.Round(v/step), 1) * step * 100)
}

// roles of contacts, the first of a customer first.
var roles = []string{"Einkauf", "Geschäftsführung", "Technische Leitung", "Instandhaltung", "Produktionsleitung", "Buchhaltung"}

// people draws one to four contacts.
func (s *Simulator) people(k int, d *dice) {
	n := 1 + d.weighted([]int{380, 350, 180, 90})
	if s.plan.scale < 0.3 {
		n = 1
	}
	role := d.below(2)
	domain := s.h.Customer.Email[len("info@"):]
	for i := range n {
		first := of(d, givenNames)
		last := d.below(len(surnames))
		c := Contact{
			Number: number('P', k, i+1), FirstName: first, Name: surnames[last], Role: roles[(role+i)%len(roles)],
			Email: initial(first) + "." + foldedSurnames[last] + "@" + domain, Language: "de",
		}
		if d.chance(0.06) {
			c.Language = "en"
		}
		if i == 0 {
			c.Phone = s.h.Customer.Phone
		}
		s.h.Contacts = append(s.h.Contacts, c)
	}
}

// initial is the folded first letter of a given name.
func initial(name string) string { return crm.Fold(name)[:1] }
