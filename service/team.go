package service

import (
	"errors"
	"strings"

	"quid/day"
	"quid/fault"
	"quid/money"
)

// A Team gives services. What its time costs is dated; who of it did what is
// nobody's business here.
type Team struct {
	ID       int64
	Name     string
	Costs    []TeamCost // by day
	Retired  bool
	Revision int32
}

// A TeamCost is what the time of a team costs from a day on, by time-driven
// costing (Kaplan and Anderson, "Time-Driven Activity-Based Costing", Harvard
// Business Review 11/2004): cost of the capacity supplied divided by the
// practical capacity; docs/valuation.md, "Standard rates".
type TeamCost struct {
	ValidFrom day.Day
	Cost      money.Amount // of the team in a year, in minor units
	People    money.Micro
	Minutes   int64       // theoretical working time of a person in a year
	Practical money.Micro // share of it that can be worked: 0.8 to 0.85 by rule of thumb
	Free      money.Micro // share of the practical time that is meant for free services
}

// Shipped values of a team: 220 days of eight hours, of which 80% can be worked.
const (
	DefaultMinutes   = 220 * 8 * 60
	DefaultPractical = money.One * 8 / 10
)

// Check reports every field that stands in the way of keeping the team.
func (t Team) Check() error {
	var errs []error
	if strings.TrimSpace(t.Name) == "" {
		errs = append(errs, fault.Field("name", "write a name"))
	}
	for _, c := range t.Costs {
		errs = append(errs, c.check()...)
	}
	return errors.Join(errs...)
}

func (c TeamCost) check() (errs []error) {
	if c.Cost < 0 {
		errs = append(errs, fault.Field("cost", "not below zero"))
	}
	if c.People <= 0 || c.People > 100_000*money.One {
		errs = append(errs, fault.Field("people", "more than zero"))
	}
	if c.Minutes <= 0 || c.Minutes > 366*24*60 {
		errs = append(errs, fault.Field("minutes", "between 1 and the minutes of a year"))
	}
	if c.Practical <= 0 || c.Practical > money.One {
		errs = append(errs, fault.Field("practical", "more than 0 and at most 100 percent"))
	}
	if c.Free <= 0 || c.Free > money.One {
		errs = append(errs, fault.Field("free", "more than 0 and at most 100 percent"))
	}
	return errs
}

// CostOn returns what the team's time costs on a day; ok is false before the first.
func (t Team) CostOn(d day.Day) (c TeamCost, ok bool) {
	for _, one := range t.Costs {
		if one.ValidFrom <= d && (!ok || one.ValidFrom >= c.ValidFrom) {
			c, ok = one, true
		}
	}
	return c, ok
}

// Capacity is the practical capacity of the team in minutes a year.
func (c TeamCost) Capacity() (int64, error) {
	perPerson, err := money.MulDiv(c.Minutes*int64(money.One), int64(c.Practical), int64(money.One))
	if err != nil {
		return 0, err
	}
	v, err := money.MulDiv(perPerson, int64(c.People), int64(money.One))
	if err != nil {
		return 0, err
	}
	return money.MulDiv(v, 1, int64(money.One))
}

// PerMinute is the cost of a minute in minor units: cost of the team divided by
// its practical capacity.
func (c TeamCost) PerMinute() (money.Micro, error) {
	minutes, err := c.Capacity()
	if err != nil {
		return 0, err
	}
	if minutes <= 0 {
		return 0, fault.Field("people", "more than zero")
	}
	v, err := money.MulDiv(int64(c.Cost), int64(money.One), minutes)
	return money.Micro(v), err
}

// PerUnit is the cost of a unit of a service: a minute, or an hour. Services that
// are not counted in time have none.
func (c TeamCost) PerUnit(u Unit) (rate money.Micro, ok bool, err error) {
	rate, err = c.PerMinute()
	switch u {
	case Minutes:
		return rate, err == nil, err
	case Hours:
		v, err2 := money.MulDiv(int64(rate), 60, 1)
		return money.Micro(v), err == nil && err2 == nil, errors.Join(err, err2)
	}
	return 0, false, err
}

// Available returns the minutes that the team has for free services in a window:
// each day counts as the 365th part of a year, at what held on that day. A
// window without a first day has no end to count from: ok is false, as it is
// for a team whose capacity nobody said for any day of it.
func (t Team) Available(w day.Window) (minutes float64, ok bool) {
	if w.From == 0 {
		return 0, false
	}
	for i, c := range t.Costs {
		from, to := max(w.From, c.ValidFrom.Add(-1)), w.To
		if i+1 < len(t.Costs) {
			to = min(to, t.Costs[i+1].ValidFrom.Add(-1))
		}
		if from >= to {
			continue
		}
		capacity, err := c.Capacity()
		if err != nil {
			continue
		}
		minutes += float64(capacity) * c.Free.Float() * float64(to.Sub(from)) / 365
		ok = true
	}
	return minutes, ok
}
