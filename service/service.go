// Package service keeps the catalogue of free services and their entries: the
// half of the relation that no CRM keeps (Mehrwert-Buchführung).
//
// A [Type] is a kind of service with dated [Rate]s; an [Entry] is one service
// given to one customer on one day. An entry freezes the rate of its day: a new
// rate never rewrites the past. A service is free; what is sold is revenue.
package service

import (
	"cmp"
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
	Rates    []Rate      // by team and day
	Words    string      // by which quick entry knows it, beside code and names; blanks between
	Sold     bool        // a paid service (Dienstleistung): revenue, it can't be booked here
	Retired  bool        // not offered any more
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
	Team      int64 // the team whose rate it is, 0 for all that have none of their own
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

// RateOn returns the general rate of the newest valid-from day not after d; ok is
// false where the type has no rate yet on that day.
func (t Type) RateOn(d day.Day) (r Rate, ok bool) { return t.RateFor(0, d) }

// RateFor returns the rate of a team on a day: its own of the newest valid-from
// day not after d, else the general one.
func (t Type) RateFor(team int64, d day.Day) (r Rate, ok bool) {
	for _, c := range t.Rates {
		if c.ValidFrom > d || c.Team != 0 && c.Team != team {
			continue
		}
		if !ok || (c.Team != 0) == (r.Team != 0) && c.ValidFrom >= r.ValidFrom || c.Team != 0 && r.Team == 0 {
			r, ok = c, true
		}
	}
	return r, ok
}

// Name is the type's name in a language, de or en; its code where it has none.
func (t Type) Name(lang string) string {
	if lang == "de" {
		return cmp.Or(t.NameDE, t.NameEN, t.Code)
	}
	return cmp.Or(t.NameEN, t.NameDE, t.Code)
}

// A BenefitSource says where the benefit of an entry comes from. The numbers are
// stored; never reuse one.
type BenefitSource int8

// The sources of a benefit.
const (
	ByRate      BenefitSource = 0 // the benefit rate of its day
	Said        BenefitSource = 1 // known better when it was booked
	Rated       BenefitSource = 2 // the customer said what it was worth
	FromOutcome BenefitSource = 3 // reckoned from what it brought about
)

// A BenefitState says how sure the benefit is. The numbers are stored; never
// reuse one.
type BenefitState int8

// The states of a benefit.
const (
	OurEstimate BenefitState = 0
	Told        BenefitState = 1 // by the customer
	Confirmed   BenefitState = 2 // by the customer, in writing
)

// A LineRef names the invoice line that charges for a service, with what it
// posted as a sale: that is taken off again, so that it counts once.
type LineRef struct {
	Invoice account.DocumentID
	Line    int32
	Net     money.Amount   // frozen when the entry was written
	Cost    account.Effect // likewise
}

// An Entry is one service given to one customer on one day.
type Entry struct {
	fact.Header
	Day        day.Day
	Type       int64
	Team       int64       // who gave it, 0 if nobody said
	Quantity   money.Micro // in the type's unit, rounded up to its step
	Minutes    *int64      // spent, nil if unknown
	Background string      // the cause, in free text; never in a posting
	Contact    string
	Cost       money.Amount // frozen; positive
	Benefit    money.Amount // frozen; positive
	RateUsed   money.Micro  // the cost rate it was computed at, 0 where the cost was said
	Charge     money.Amount // what the customer pays of it
	ChargeOf   *LineRef     // the invoice line it is charged by, nil if none was named
	Source     BenefitSource
	State      BenefitState
	Estimate   int64              // the opening estimate it was made from, 0 for a real one
	Joint      int64              // what entries of one service for many customers have in common, or 0
	Replaces   account.DocumentID // the entry that it corrects, or 0
	Why        string             // why it was taken back
}

// The most that an entry may say. With more, it is a slip of the hand, and sums
// over many entries would not fit into 64 bits any more.
const (
	MostMoney    money.Amount = 10_000_000_000_000 // in minor units: cost, benefit and charge
	MostQuantity              = 100_000_000 * money.One
)

// Bounded reports a sum of money that is more than an entry may say.
func Bounded(name string, a money.Amount) error {
	if a > MostMoney {
		return fault.Field(name, tooMuch)
	}
	return nil
}

const tooMuch = "this is more than can be reckoned with"

// A Draft is an entry as somebody proposes it.
type Draft struct {
	Day      day.Day
	Team     int64
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
	r, ok := t.RateFor(d.Team, d.Day)
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
	if errors.Is(err1, money.ErrRange) || errors.Is(err2, money.ErrRange) {
		return 0, 0, 0, 0, fault.Field("quantity", tooMuch)
	}
	if costs < 0 || worth < 0 {
		err1 = fault.Field("cost", "not below zero")
	}
	return quantity, costs, worth, rate, errors.Join(err1, err2, Bounded("cost", costs), Bounded("benefit", worth))
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
	if q > MostQuantity || t.Step > MostQuantity || d.Minutes != nil && *d.Minutes > MostQuantity {
		return 0, fault.Field("quantity", tooMuch)
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
// volume, both less what the customer pays of it (domain book, section 6). What
// the invoice line posted that charges for it is taken off the sales again, so
// that it counts once.
func (e Entry) Postings() []account.Draft {
	main := account.Draft{Day: e.Day, Kind: account.Service, Amount: account.Known(e.Charge - e.Cost), Volume: e.Benefit - e.Charge, Rate: e.RateUsed}
	if e.Estimate != 0 {
		main.Cause = account.Estimated
	}
	drafts := []account.Draft{main}
	if l := e.ChargeOf; l != nil {
		// Where the line's cost is unknown, so is the result of its sale; there is
		// nothing to take off.
		off := account.Known(0)
		if l.Cost.Known {
			off.Amount = l.Cost.Amount - l.Net
		}
		drafts = append(drafts, account.Draft{Day: e.Day, Kind: account.Sale, Amount: off, Volume: -l.Net})
	}
	return drafts
}

// Chargeable says whether a service may carry a charge and still be one: up to a
// share of its benefit. Above it is a paid service, which belongs on an invoice.
func Chargeable(charge, benefit money.Amount, share money.Micro) error {
	if charge < 0 {
		return fault.Field("charge", "not below zero")
	}
	if charge == 0 {
		return nil
	}
	most, err := benefit.Times(share)
	if err != nil {
		return err
	}
	if charge > most {
		return fault.Field("charge", "more than a small part of the benefit: this is a paid service, write an invoice for it")
	}
	return nil
}

// Spent is the time that an entry took, in whole minutes: as it was said, else the
// quantity of a service counted in time; nil where nobody knows.
func (t Type) Spent(quantity money.Micro, said *money.Micro) *int64 {
	micro := int64(quantity)
	switch {
	case said != nil:
		micro = int64(*said)
	case t.Unit == Hours:
		micro *= 60
	case t.Unit != Minutes:
		return nil
	}
	minutes := (micro + int64(money.One)/2) / int64(money.One)
	return &minutes
}
