package demo

import (
	"math"

	"quid/day"
	"quid/money"
)

// yearShape is how much is bought in a month of the calendar, August and
// December apart; seasonShape is that of a seasonal customer from its peak on.
var (
	yearShape   = [12]float64{0.95, 1, 1.1, 1.05, 1, 1.02, 0.92, 0.72, 1.1, 1.08, 1.08, 0.98}
	seasonShape = [12]float64{2.8, 3.4, 2.5, 0.7, 0.35, 0.25, 0.15, 0.15, 0.2, 0.3, 0.4, 0.8}
)

// shares of the lines in the value of an invoice, by the number of lines.
var shares = [...][]float64{
	{1}, {0.72, 0.28}, {0.6, 0.27, 0.13}, {0.52, 0.26, 0.14, 0.08}, {0.48, 0.25, 0.14, 0.08, 0.05},
}

// sell makes the invoices and credit notes, month by month. Purchases are a
// renewal process in a time that runs faster in months in which more is bought.
func (s *Simulator) sell(k int) {
	d, p := s.dice, &s.plan
	d.cast(s.company.Seed, k, streamSales)
	t := s.gap() * d.float()
	if p.from > s.first || s.h.Story == Fresh {
		t = 0.02 // who is won buys
	}
	for m := range 12 * Years {
		lo, hi := max(s.months[m], p.from), min(s.months[m+1], p.to+1)
		if hi <= lo {
			continue
		}
		level, month := s.level(m)
		w := p.rate / 12 * level * float64(hi-lo) / float64(s.months[m+1]-s.months[m])
		for t < w {
			at := lo + int(t/w*float64(hi-lo))
			s.invoice(k, weekday(at, p.from), month)
			t += s.gap()
		}
		t -= w
	}
}

// level is how much the customer buys in month m of the history: how often, by
// its usual rate, and for how much, by its usual sum.
func (s *Simulator) level(m int) (often, worth float64) {
	p := &s.plan
	calendar := day.FromOrdinal(s.months[m]).Month() - 1
	trend := math.Exp(p.story.trend / 2 * (float64(m)/12 - Years/2))
	often, worth = trend*yearShape[calendar], trend
	if s.h.Story == Seasonal {
		often = trend * seasonShape[(calendar-p.peak+12)%12]
	}
	return often, worth
}

// gap is the time to the next purchase, 1 on average.
func (s *Simulator) gap() float64 {
	if s.plan.story.regular {
		return max(0.15, 1+0.28*s.dice.normal())
	}
	return s.dice.wait()
}

// invoice makes one invoice, and sometimes the credit note that follows it.
func (s *Simulator) invoice(k, at int, worth float64) {
	d, p, h := s.dice, &s.plan, &s.h
	on := day.FromOrdinal(at)
	inv := Invoice{
		Day: on, Due: day.FromOrdinal(at + h.Customer.Terms), first: len(h.lines),
		Number: number('R', k, len(h.Invoices)+1),
	}
	v := p.revenue / p.rate * worth * d.spread(0.8)
	n := min(d.weighted([]int{430, 310, 150, 70, 40}), len(shares)-1)
	for _, share := range shares[n] {
		h.lines = append(h.lines, s.line(v*share, on.Year()))
	}
	if p.custom && d.chance(0.25) {
		h.lines = append(h.lines, s.madeToDrawing(v))
	}
	inv.count = len(h.lines) - inv.first
	for _, l := range h.lines[inv.first:] {
		inv.Net += l.Net
	}
	h.Invoices = append(h.Invoices, inv)
	if d.chance(p.story.credit) {
		s.creditNote(k, at, len(h.Invoices)-1)
	}
}

// line makes a line worth about v cents in a year.
func (s *Simulator) line(v float64, year int) Line {
	d, p := s.dice, &s.plan
	lo, hi := s.shelf.span(v)
	at := lo + d.below(hi-lo)
	if d.chance(0.6) { // what it bought before
		at = lo + (p.favourite+d.below(3))%(hi-lo)
	}
	product := s.shelf.byPrice[at]
	price := s.shelf.price[year-s.shelf.year][product]
	half := min(max(p.discount+[...]int{-3, -1, 0, 0, 0, 0, 1, 3}[d.below(8)], 0), 120)
	l := Line{Product: int32(product), UnitPrice: price, Discount: money.Micro(half) * 5_000, Known: true, Written: true}
	quantity := v / (float64(price) * (1 - float64(half)/200))
	l.Quantity = money.Micro(max(math.Round(quantity), 1)) * money.One
	unit := s.shelf.products[product].Unit
	if (unit == "l" || unit == "m") && d.chance(0.3) {
		l.Quantity += money.One / 2
	}
	l.Net = product3(l.Quantity, price, l.Discount)
	if category := s.shelf.products[product].Category; category == "Wartung" {
		l.Written = false // by the product's standard cost, whatever the year
		year = s.shelf.year + len(s.shelf.cost) - 1
	}
	l.Cost = product3(l.Quantity, s.shelf.cost[year-s.shelf.year][product], 0)
	return l
}

// madeToDrawing is a line whose cost nobody wrote down.
func (s *Simulator) madeToDrawing(v float64) Line {
	price := nice(max(v/100*(0.1+0.3*s.dice.float()), 25))
	return Line{Product: int32(s.shelf.special), Quantity: money.One, UnitPrice: price, Net: price}
}

// product3 is quantity × unit price × (1 − discount) as money.Product rounds
// it. The sums of this company never leave 64 bits.
func product3(quantity money.Micro, unit money.Amount, discount money.Micro) money.Amount {
	v, err := money.Product(quantity, money.Micro(unit)*money.One, discount)
	if err != nil {
		return 0
	}
	return v
}

// The kinds of credit notes.
const (
	creditSale      = "sale"
	creditComplaint = "complaint"
	creditGoodwill  = "goodwill"
)

// creditNote takes back a part of invoice i: goods come back, a complaint was
// right, or something is given without obligation.
func (s *Simulator) creditNote(k, at, i int) {
	d, h := s.dice, &s.h
	on := weekday(at+d.between(4, 24), at)
	if on > s.last {
		return
	}
	inv := &h.Invoices[i]
	note := Invoice{
		Day: day.FromOrdinal(on), Credits: inv.Number, first: len(h.lines), count: 1,
		Credit: []string{creditSale, creditComplaint, creditGoodwill}[d.weighted([]int{560, 270, 170})],
		Number: number('G', k, len(h.Invoices)+1),
	}
	note.Due = note.Day
	l := h.lines[inv.first]
	if note.Credit == creditSale && l.Quantity >= 2*money.One {
		l.Quantity = -money.Micro(1+d.below(int(l.Quantity/money.One/2))) * money.One
		l.Net = product3(l.Quantity, l.UnitPrice, l.Discount)
		cost := math.Round(float64(l.Cost) * float64(l.Quantity) / float64(h.lines[inv.first].Quantity))
		l.Cost = money.Amount(cost)
		if !l.Written {
			l.Cost = product3(l.Quantity, s.shelf.cost[len(s.shelf.cost)-1][l.Product], 0)
		}
	} else {
		sum := euro(float64(inv.Net)/100*(0.04+0.12*d.float()), 1)
		if sum*2 > inv.Net {
			return
		}
		l = Line{Product: -1, Quantity: -money.One, UnitPrice: sum, Net: -sum, Known: true, Written: true}
	}
	note.Net = l.Net
	h.lines = append(h.lines, l)
	h.Invoices = append(h.Invoices, note)
	if note.Credit == creditComplaint {
		s.complain(k, on-d.between(1, 3), i, "yes")
	}
}

// number gives each invoice its lines and puts all documents in the order of
// their days.
func (s *Simulator) number() {
	h := &s.h
	for i := range h.Invoices {
		inv := &h.Invoices[i]
		inv.Lines = h.lines[inv.first : inv.first+inv.count : inv.first+inv.count]
	}
	byDay(h.Invoices, func(a, b *Invoice) bool { return a.Day < b.Day })
	byDay(h.Payments, func(a, b *Payment) bool { return a.Day < b.Day })
	byDay(h.Complaints, func(a, b *Complaint) bool { return a.Day < b.Day })
	for i := range h.Payments {
		h.Payments[i].Number = number('Z', h.Index, i+1)
	}
	for i := range h.Complaints {
		h.Complaints[i].Number = number('B', h.Index, i+1)
	}
}

// byDay is a stable insertion sort: the lists are almost in order.
func byDay[T any](list []T, less func(a, b *T) bool) {
	for i := 1; i < len(list); i++ {
		for j := i; j > 0 && less(&list[j], &list[j-1]); j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
}
