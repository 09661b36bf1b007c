package crm

import (
	"errors"
	"slices"
	"strings"
	"time"

	"quid/account"
	"quid/day"
	"quid/fault"
)

// A Direction is what is to be done with a customer (Stoßrichtung).
type Direction string

// The directions. A segment proposes some of them; a person may choose any.
const (
	TakeAlong     Direction = "take_along"     // take the business that comes, at little effort
	ChargeFor     Direction = "charge"         // let the customer pay for what is free now
	CutBack       Direction = "cut_back"       // give less for free
	FindPotential Direction = "find_potential" // look for what justifies the effort
	KeepLean      Direction = "keep_lean"      // push nothing that nobody expects
	Secure        Direction = "secure"         // the ties are too weak for this value
	Delight       Direction = "delight"        // planned services, with budget and review day
	Deepen        Direction = "deepen"         // more business, more people, more topics
	Integrate     Direction = "integrate"      // shared processes
	WinSecond     Direction = "win_second"     // the second purchase of a new customer
)

// Directions lists all of them.
var Directions = []Direction{TakeAlong, ChargeFor, CutBack, FindPotential, KeepLean, Secure, Delight, Deepen, Integrate, WinSecond}

// Proposed returns the directions that a strategy of the matrix proposes, the
// first first. For explore a person has to choose among three.
func Proposed(strategy string) []Direction {
	switch strategy {
	case "opportunity":
		return []Direction{TakeAlong}
	case "renegotiate":
		return []Direction{ChargeFor, CutBack, FindPotential}
	case "explore":
		return []Direction{KeepLean, Secure, Delight}
	case "invest":
		return []Direction{Deepen, Integrate, Secure}
	case "new":
		return []Direction{WinSecond}
	}
	return nil
}

// A Strategy is what somebody decided to do with a customer. One that is decided
// anew is a new version; those before are kept.
type Strategy struct {
	Customer  account.CustomerID
	Version   int32
	Direction Direction
	Segment   string // the customer was in
	Plan      string // how; for delight the services that are planned
	From      day.Day
	Review    day.Day // on which it is looked at again
	By        string
	Made      time.Time
}

// Check reports every field that stands in the way of keeping the strategy.
func (s Strategy) Check() error {
	var errs []error
	if s.Customer == 0 {
		errs = append(errs, fault.Field("customer", "choose a customer"))
	}
	if !slices.Contains(Directions, s.Direction) {
		errs = append(errs, fault.Field("direction", "choose a strategy"))
	}
	if s.Review <= s.From {
		errs = append(errs, fault.Field("review_on", "choose a day after today on which the strategy is looked at again"))
	}
	if s.Direction == Delight && strings.TrimSpace(s.Plan) == "" {
		errs = append(errs, fault.Field("plan", "name the services that are planned"))
	}
	if len(s.Plan) > longText {
		errs = append(errs, fault.Field("plan", "at most 2000 characters"))
	}
	return errors.Join(errs...)
}
