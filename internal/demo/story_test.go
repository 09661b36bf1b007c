package demo

import (
	"bufio"
	"io"
	"math"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"quid/money"
	"quid/service"
)

func bufferTo(w io.Writer) *bufio.Writer { return bufio.NewWriterSize(w, 1<<16) }

// told is what came of all customers of a story.
type told struct {
	n, losers, buyers         int
	first, last               money.Amount // revenue of the first and the last year
	revenue, margin, services money.Amount // of the last year
	complaints                int
	invoices                  int
}

func tellAll(t *testing.T, c Company) (by [storyCount]told) {
	t.Helper()
	s := c.Simulator()
	year1, year4 := c.Start().AddMonths(12), c.Until.AddMonths(-12)
	for k := range c.Customers {
		h := s.Tell(k, All)
		w := &by[h.Story]
		w.n++
		var revenue, margin, services money.Amount
		for _, inv := range h.Invoices {
			if inv.Day < year1 {
				w.first += inv.Net
			}
			if inv.Day <= year4 {
				continue
			}
			revenue += inv.Net
			w.invoices++
			for _, l := range inv.Lines {
				margin += l.Net - l.Cost
			}
		}
		for _, e := range h.Services {
			if e.Day > year4 {
				services += e.Cost
			}
		}
		w.complaints += len(h.Complaints)
		w.last, w.revenue, w.margin, w.services = w.last+revenue, w.revenue+revenue, w.margin+margin, w.services+services
		w.losers += one(margin < services)
		w.buyers += one(revenue > 0)
	}
	return by
}

func TestStoriesComeTrue(t *testing.T) {
	t.Parallel()
	c := company(6000)
	by := tellAll(t, c)
	rate := func(a, b money.Amount) float64 { return float64(a) / float64(b) }
	for i, w := range by {
		want := float64(stories[i].share) / 1000 * float64(c.Customers)
		if math.Abs(float64(w.n)-want) > 4*math.Sqrt(want) {
			t.Errorf("%s: %d customers, want about %.0f", Story(i), w.n, want)
		}
	}
	margin := func(s Story) float64 { return rate(by[s].margin, by[s].revenue) }
	care := func(s Story) float64 { return rate(by[s].services, by[s].revenue) }
	growth := func(s Story) float64 { return rate(by[s].last, by[s].first) }
	for _, tt := range []struct {
		name string
		ok   bool
	}{
		{"the growing grow", growth(Growing) > 1.8},
		{"the shrinking shrink", growth(Shrinking) < 0.5},
		{"the steady stay", math.Abs(growth(Steady)-1) < 0.2},
		{"the spoiled get much service for what they buy", care(Spoiled) > 8*care(Steady)},
		{"the spoiled bring less margin than others", margin(Spoiled) < margin(Steady)-0.05},
		{"the neglected have a good margin", margin(Neglected) > margin(Steady)},
		{"the neglected get no service", care(Neglected) < 0.1*care(Steady)},
		{"stars earn their service", by[Star].losers < by[Star].n/20 && care(Star) > 2*care(Steady)},
		{"bargain hunters leave little", margin(Bargain) < margin(Steady)-0.1},
		{"who looks like A loses money", by[Facade].losers > by[Facade].n*8/10 && rate(by[Facade].revenue, money.Amount(by[Facade].n)) > 10_000_000},
		{"the lost don't buy any more", by[Lost].buyers < by[Lost].n/2},
		{"the fresh did not buy before", by[Fresh].first == 0 && by[Fresh].buyers > by[Fresh].n*9/10},
	} {
		if !tt.ok {
			t.Errorf("not so: %s", tt.name)
		}
	}
}

func TestTheFreshAreNewAndTheLostAreGone(t *testing.T) {
	t.Parallel()
	c := company(1500)
	s := c.Simulator()
	seen := 0
	for k := range c.Customers {
		h := s.Tell(k, All)
		if new := h.Customer.AcquiredOn > c.Until.AddMonths(-6); new != (h.Story == Fresh) {
			t.Errorf("%s customer %s was acquired on %s", h.Story, h.Customer.Number, h.Customer.AcquiredOn)
		}
		if h.Story != Lost {
			continue
		}
		seen++
		for _, inv := range h.Invoices {
			if inv.Credit == "" && inv.Day > c.Until.AddMonths(-7) {
				t.Errorf("lost customer %s bought on %s", h.Customer.Number, inv.Day)
			}
		}
	}
	if seen == 0 {
		t.Error("nobody was lost")
	}
}

// Entries cost what the catalogue says: package service reckons the same.
func TestServicesCostWhatTheCatalogueSays(t *testing.T) {
	t.Parallel()
	c := company(400)
	var types []service.Type
	for _, st := range c.ServiceTypes() {
		typ := service.Type{Code: st.Code, Unit: service.Unit(st.Unit), Step: st.Step, Rung: int8(st.Rung)}
		for _, r := range st.Rates {
			typ.Rates = append(typ.Rates, service.Rate{ValidFrom: r.From, Cost: money.Micro(r.Cost) * money.One, Benefit: money.Micro(r.Benefit) * money.One})
		}
		if err := typ.Check(); err != nil {
			t.Errorf("%s: %v", st.Code, err)
		}
		types = append(types, typ)
	}
	if len(types) != 10 {
		t.Errorf("%d types, want the ten of the default catalogue", len(types))
	}
	s, seen := c.Simulator(), make(map[int]bool)
	for k := range c.Customers {
		for _, e := range s.Tell(k, Help).Services {
			seen[e.Type] = true
			quantity, cost, benefit, _, err := types[e.Type].Price(service.Draft{Day: e.Day, Quantity: e.Quantity})
			if err != nil || quantity != e.Quantity || cost != e.Cost || benefit != e.Benefit {
				t.Errorf("%s: %d for %d worth %d; reckoned %d for %d worth %d, %v", e.Number, e.Quantity, e.Cost, e.Benefit, quantity, cost, benefit, err)
			}
		}
	}
	if len(seen) != len(types) {
		t.Errorf("%d of %d types are given", len(seen), len(types))
	}
}

func TestTheCatalogueMakesSense(t *testing.T) {
	t.Parallel()
	categories, numbers := make(map[string]int), make(map[string]bool)
	for _, p := range company(1).Products() {
		categories[p.Category]++
		if numbers[p.Number] {
			t.Errorf("two products are %s", p.Number)
		}
		numbers[p.Number] = true
		if p.Number != toDrawing && (p.Cost <= 0 || p.Cost*10 < p.List*3 || p.Cost*10 > p.List*7) {
			t.Errorf("%s %s: costs %d, list price %d", p.Number, p.Name, p.Cost, p.List)
		}
	}
	if len(categories) != 6 || len(numbers) != 121 {
		t.Errorf("%d products in %d categories", len(numbers), len(categories))
	}
}

// All texts can be written in Windows-1252, and no word stands for nothing.
func TestTextsFitTheFiles(t *testing.T) {
	t.Parallel()
	s := company(2000).Simulator()
	enc := charmap.Windows1252.NewEncoder()
	for k := range 2000 {
		c := s.Tell(k, 0).Customer
		text := strings.Join([]string{c.Name, c.Street, c.City, c.State, c.Owner, c.Industry, c.Size, c.Channel}, "|")
		if _, err := enc.String(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if strings.Contains(text, "||") || strings.Contains(text, "  ") {
			t.Errorf("an empty text: %s", text)
		}
		if digits := len(c.PostalCode); (c.Country == "DE") != (digits == 5) || (c.Country != "DE") != (digits == 4) {
			t.Errorf("%s %s in %s", c.PostalCode, c.City, c.Country)
		}
	}
}
