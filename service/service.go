// Package service keeps the catalogue of free services and their entries: the
// half of the relation that no CRM keeps (Mehrwert-Buchführung).
//
// A [Type] is a kind of service with dated [Rate]s; an [Entry] is one service
// given to one customer on one day. An entry freezes the rate of its day: a new
// rate never rewrites the past. A service is free; what is sold is revenue.
package service

import (
	"errors"
	"slices"
	"strings"

	"quid/account"
	"quid/day"
	"quid/fact"
	"quid/fault"
	"quid/money"
)

// A Unit is what a service is counted in.
type Unit string

// The units of services.
const (
	Minutes Unit = "minutes"
	Hours   Unit = "hours"
	Pieces  Unit = "pieces"
	Flat    Unit = "flat"
)

// A Type is one kind of service in the catalogue.
type Type struct {
	ID       int64
	Code     string // its id in the API and in files
	NameDE   string
	NameEN   string
	Category string
	Unit     Unit
	Step     money.Micro // quantities are rounded up to multiples of it; 0 for none
	Rung     int8        // ladder of integration: 1 support, 2 advice, 3 joint work, 4 integration
	Rates    []Rate      // by day
	Stub     bool
	Revision int32
	Import   int64
}

// A Rate is what a unit of a service costs us and is worth to the customer
// from a day on, in minor units.
type Rate struct {
	ValidFrom day.Day
	Cost      money.Micro
	Benefit   money.Micro
}

// Check reports every field that stands in the way of keeping the type.
func (t Type) Check() error {
	var errs []error
	if strings.TrimSpace(t.Code) == "" {
		errs = append(errs, fault.Field("code", "write a code"))
	}
	if !slices.Contains([]Unit{Minutes, Hours, Pieces, Flat}, t.Unit) {
		errs = append(errs, fault.Field("unit", "choose minutes, hours, pieces or flat"))
	}
	if t.Step < 0 {
		errs = append(errs, fault.Field("step", "not below zero"))
	}
	if t.Rung < 1 || t.Rung > 4 {
		errs = append(errs, fault.Field("rung", "between 1 (support) and 4 (integration)"))
	}
	for _, r := range t.Rates {
		if r.Cost < 0 || r.Benefit < 0 {
			errs = append(errs, fault.Field("cost_rate", "not below zero"))
			break
		}
	}
	return errors.Join(errs...)
}

// RateOn returns the rate of the newest valid-from day not after d; ok is false
// where the type has no rate yet on that day.
func (t Type) RateOn(d day.Day) (r Rate, ok bool) {
	for _, c := range t.Rates {
		if c.ValidFrom <= d && (!ok || c.ValidFrom >= r.ValidFrom) {
			r, ok = c, true
		}
	}
	return r, ok
}

// An Entry is one service given to one customer on one day.
type Entry struct {
	fact.Header
	Day        day.Day
	Type       int64
	Quantity   money.Micro // in the type's unit, rounded up to its step
	Background string      // the cause, in free text; never in a posting
	Contact    string
	Cost       money.Amount // frozen; positive
	Benefit    money.Amount // frozen; positive
	RateUsed   money.Micro  // the cost rate it was computed at, 0 where the cost was said
}

// A Draft is an entry as somebody proposes it.
type Draft struct {
	Day      day.Day
	Quantity money.Micro  // in the type's unit
	Minutes  *money.Micro // or in minutes, for types counted in minutes or hours
	Cost     *money.Amount
	Benefit  *money.Amount
}

// Price computes the quantity, cost and benefit of the draft with the rate of
// its day, rounding the quantity up to the type's step, and reports every field
// that stands in the way.
func (t Type) Price(d Draft) (quantity money.Micro, cost, benefit money.Amount, rate money.Micro, err error) {
	quantity, err = t.quantity(d)
	if err != nil {
		return 0, 0, 0, 0, err
	}
	r, ok := t.RateOn(d.Day)
	if !ok && d.Cost == nil {
		return 0, 0, 0, 0, fault.Field("type", "this service has no rate on that day; set one or give the cost")
	}
	costs, err1 := money.Product(quantity, r.Cost, 0)
	worth, err2 := money.Product(quantity, r.Benefit, 0)
	rate = r.Cost
	if d.Cost != nil {
		costs, rate, err1 = *d.Cost, 0, nil
	}
	if d.Benefit != nil {
		worth, err2 = *d.Benefit, nil
	}
	if costs < 0 || worth < 0 {
		err1 = fault.Field("cost", "not below zero")
	}
	return quantity, costs, worth, rate, errors.Join(err1, err2)
}

func (t Type) quantity(d Draft) (money.Micro, error) {
	q := d.Quantity
	if d.Minutes != nil {
		switch t.Unit {
		case Minutes:
			q = *d.Minutes
		case Hours:
			v, err := money.MulDiv(int64(*d.Minutes), 1, 60)
			if err != nil {
				return 0, err
			}
			q = money.Micro(v)
		}
	}
	if t.Unit == Flat && q == 0 {
		q = money.One
	}
	if q <= 0 {
		return 0, fault.Field("quantity", "more than zero")
	}
	if t.Step > 0 {
		q = (q + t.Step - 1) / t.Step * t.Step
	}
	return q, nil
}

// Check reports every field that stands in the way of keeping the entry.
func (e Entry) Check() error {
	var errs []error
	if e.Customer == 0 {
		errs = append(errs, fault.Field("customer", "choose a customer"))
	}
	if e.Day == 0 {
		errs = append(errs, fault.Field("day", "write a day such as 2026-12-31"))
	}
	if e.Type == 0 {
		errs = append(errs, fault.Field("type", "choose a service"))
	}
	return errors.Join(errs...)
}

// Postings are what the entry posts: its cost on the to-side, its benefit as
// volume.
func (e Entry) Postings() []account.Draft {
	return []account.Draft{{Day: e.Day, Kind: account.Service, Amount: account.Known(-e.Cost), Volume: e.Benefit, Rate: e.RateUsed}}
}
