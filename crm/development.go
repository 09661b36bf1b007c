package crm

import (
	"errors"
	"strings"
	"time"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/money"
)

// A DevelopmentState says where a development plan stands.
type DevelopmentState string

// The states of development plans.
const (
	Developing DevelopmentState = "running"
	Developed  DevelopmentState = "moved"    // the customer's value is no longer low
	GivenUp    DevelopmentState = "given_up" // with a reason
)

// A Development is the plan to develop a customer of low value and high
// potential. It is followed until the customer has moved or is given up.
type Development struct {
	ID       int64
	Customer account.CustomerID
	Goal     string
	Services string // that are planned
	Owner    string
	Until    day.Day // by when the goal is to be reached
	Segment  string  // the customer was in when it began
	State    DevelopmentState
	Answer   string // why it was given up
	By       string
	Made     time.Time
	Ended    time.Time
	Revision int32
}

// Check reports every field that stands in the way of keeping the plan.
func (d Development) Check(today day.Day) error {
	var errs []error
	if d.Customer == 0 {
		errs = append(errs, fault.Field("customer", "choose a customer"))
	}
	if g := strings.TrimSpace(d.Goal); g == "" || len(g) > longText {
		errs = append(errs, fault.Field("goal", "say what is to be reached, in at most 2000 characters"))
	}
	if s := strings.TrimSpace(d.Services); s == "" || len(s) > longText {
		errs = append(errs, fault.Field("services", "name the services that are planned"))
	}
	if d.Until <= today && d.State == Developing {
		errs = append(errs, fault.Field("until", "choose a day after today"))
	}
	if d.State == GivenUp && strings.TrimSpace(d.Answer) == "" {
		errs = append(errs, fault.Field("answer", "say why"))
	}
	return errors.Join(errs...)
}

// A PossibleEstimate is what a person thinks that services would be worth to a
// customer a year, beside those that similar ones get.
type PossibleEstimate struct {
	Customer account.CustomerID
	Amount   money.Amount
	Note     string
	By       string
	Made     time.Time
	Revision int32 // 0: there is none yet
}

// Check reports every field that stands in the way of keeping the estimate.
func (e PossibleEstimate) Check() error {
	if e.Amount < 0 {
		return fault.Field("possible_amount", "not below zero")
	}
	return nil
}
