// Package talk is about the talk with a customer on prices or a contract: what it
// ended with and whether that came true, how much room a price has, and the
// arguments for the services that the customer gets.
//
// A [Talk] is the result of one: what was asked, what was conceded, and what we
// got in return, from a day on. Before and after that day are compared over
// windows of the same length. A [PriceRoom] says at which change of the price a
// contribution reaches a target. An [Argument] is a text with placeholders that
// the figures of a customer fill.
package talk

import (
	"errors"
	"strings"
	"time"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/money"
)

// A GainKind is a kind of what we get in return.
type GainKind string

// The kinds.
const (
	Price     GainKind = "price"
	Volume    GainKind = "volume"
	Term      GainKind = "term"
	Reference GainKind = "reference"
	Charged   GainKind = "charged" // a service that was free is charged
	Ended     GainKind = "ended"   // a service that was free is not given any more
)

// GainKinds are all kinds, in the order in which a page offers them.
var GainKinds = []GainKind{Price, Volume, Term, Reference, Charged, Ended}

// Known says whether k is one of the kinds.
func (k GainKind) Known() bool {
	for _, one := range GainKinds {
		if one == k {
			return true
		}
	}
	return false
}

// A Gain is one thing that we got in return.
type Gain struct {
	Kind  GainKind
	Note  string      // such as which service, how long, how much
	Share money.Micro // of a price: the change agreed, in millionths; 0 if it was not put in figures
}

// A Talk is the result of a talk with a customer.
type Talk struct {
	ID        int64
	Customer  account.CustomerID
	Day       day.Day
	Asked     string // by the customer
	Conceded  string // by us
	Gains     []Gain
	Note      string
	ValidFrom day.Day // of what was agreed; 0 if nothing was
	By        string
	Made      time.Time
}

// Check reports every field that stands in the way of keeping the talk.
func (t Talk) Check(today day.Day) error {
	var errs []error
	if t.Customer == 0 {
		errs = append(errs, fault.Field("customer", "choose a customer"))
	}
	switch {
	case t.Day == 0:
		errs = append(errs, fault.Field("day", "write a day such as 2026-12-31"))
	case t.Day > today:
		errs = append(errs, fault.Field("day", "not in the future: keep the result when the talk is over"))
	}
	if strings.TrimSpace(t.Asked) == "" && strings.TrimSpace(t.Conceded) == "" && len(t.Gains) == 0 && strings.TrimSpace(t.Note) == "" {
		errs = append(errs, fault.Field("asked", "say what was asked, conceded or got in return"))
	}
	for _, g := range t.Gains {
		if !g.Kind.Known() {
			errs = append(errs, fault.Field("gain", "choose price, volume, term, reference, charged or ended"))
		}
		if g.Share < -money.One || g.Share > 10*money.One {
			errs = append(errs, fault.Field("share", "between −100% and 1000%"))
		}
	}
	if len(t.Gains) > 0 && t.ValidFrom == 0 {
		errs = append(errs, fault.Field("valid_from", "from which day on does it hold?"))
	}
	return errors.Join(errs...)
}

// How long before and after are compared: after fewer days than MinDays it is too
// early to say anything, and more than a year says nothing more.
const (
	MinDays = 90
	maxDays = 365
)

// Windows are the days before and after what was agreed began to hold, as many
// before as after, up to asOf. early says that it is too soon to judge.
func Windows(validFrom, asOf day.Day) (before, after day.Window, days int, early bool) {
	if validFrom == 0 || asOf < validFrom {
		return before, after, 0, true
	}
	days = min(asOf.Sub(validFrom)+1, maxDays)
	last := validFrom.Add(-1) // a window begins after its first day
	before = day.Window{From: last.Add(-days), To: last}
	after = day.Window{From: last, To: last.Add(days)}
	return before, after, days, days < MinDays
}

// A Side is what a customer gave and got in one of the windows.
type Side struct {
	Revenue   money.Amount
	ListedNet money.Amount // net of what has a list price
	Listed    money.Amount // what that is by the list
	Cost      money.Amount // of free services, positive
	Benefit   money.Amount
	Services  int64
}

// Realised is the net price as a share of the list price, in millionths; ok is
// false where nothing was sold that has a list price.
func (s Side) Realised() (share money.Micro, ok bool) {
	if s.Listed <= 0 {
		return 0, false
	}
	v, err := money.MulDiv(int64(s.ListedNet), int64(money.One), int64(s.Listed))
	return money.Micro(v), err == nil
}

// An Effect is what became of a talk.
type Effect struct {
	Days          int
	Early         bool
	Before, After Side
}
