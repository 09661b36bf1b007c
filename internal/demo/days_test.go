package demo

import (
	"testing"

	"quid/day"
)

// The company may end on any day: leap days, ends of months, weekends.
func TestTheCompanyEndsOnAnyDay(t *testing.T) {
	t.Parallel()
	for d := day.Of(2027, 12, 1); d <= day.Of(2028, 4, 30); d = d.Add(1) {
		c := Company{Customers: 12, Seed: uint64(d), Until: d}
		if got := c.Until.Sub(c.Start()); got < 1459 || got > 1461 {
			t.Errorf("until %s the company is %d days old", d, got)
		}
		s := c.Simulator()
		for k := range c.Customers {
			h := s.Tell(k, All)
			checkInvoices(t, c, h)
			for _, e := range h.Services {
				if e.Day < c.Start() || e.Day > d || e.Cost <= 0 || e.Benefit <= 0 || e.Quantity <= 0 {
					t.Errorf("until %s: %+v", d, e)
				}
			}
			for _, i := range h.Interactions {
				if i.Day < c.Start() || i.Day > d || i.Minutes <= 0 || i.Contact == "" {
					t.Errorf("until %s: %+v", d, i)
				}
			}
		}
	}
}
