package crm

import (
	"errors"
	"slices"
	"strings"

	"quid/fault"
	"quid/money"
)

// A Form is how the customers of a segment are looked after.
type Form string

// The forms of care.
const (
	Personal    Form = "personal"     // visits and talks on video
	ByPhone     Form = "phone"        // calls do as well
	SelfService Form = "self_service" // any contact does
)

// Forms lists the forms of care, the closest first.
var Forms = []Form{Personal, ByPhone, SelfService}

// A Playbook says how the customers of a segment are looked after. Its texts are
// a company's own words; those of shipped ones are English keys that the pages
// translate.
type Playbook struct {
	Segment       string // key of a field of the matrix, or new
	Goals         string
	Form          Form
	ContactDays   int           // a contact of that form at least every so many days; 0: none is promised
	ResponseHours int           // an answer within so many hours; 0: none is promised
	Amount        *money.Amount // budget of services a year; nil: by share, or none
	Share         money.Micro   // the same as a share of contribution I; 0: none
	Minimum       int           // contacts a year, of any form, that everybody gets at least
	Templates     []Template
	Revision      int32 // 0: as shipped
}

// A Template is a task that a confirmed strategy brings.
type Template struct {
	Title string `json:"title"`
	Days  int    `json:"days"` // after which it is due
}

// Limits of what a playbook says.
const (
	MaxContactDays   = 3650
	MaxResponseHours = 8760
	MaxMinimum       = 365
	MaxTemplates     = 12
	longText         = 2000
	shortText        = 200
)

// Check reports every field that stands in the way of keeping the playbook. What
// its budget says is checked by package service.
func (p Playbook) Check() error {
	var errs []error
	if p.Segment == "" {
		errs = append(errs, fault.Field("segment", "choose a field of the matrix"))
	}
	if len(p.Goals) > longText {
		errs = append(errs, fault.Field("goals", "at most 2000 characters"))
	}
	if !slices.Contains(Forms, p.Form) {
		errs = append(errs, fault.Field("form", "choose personal, phone or self-service"))
	}
	if p.ContactDays < 0 || p.ContactDays > MaxContactDays {
		errs = append(errs, fault.Field("contact_days", "between 0 and 3650 days"))
	}
	if p.ResponseHours < 0 || p.ResponseHours > MaxResponseHours {
		errs = append(errs, fault.Field("response_hours", "between 0 and 8760 hours"))
	}
	if p.Minimum < 0 || p.Minimum > MaxMinimum {
		errs = append(errs, fault.Field("minimum", "between 0 and 365 contacts a year"))
	}
	if len(p.Templates) > MaxTemplates {
		errs = append(errs, fault.Field("templates", "at most 12 tasks"))
	}
	for _, t := range p.Templates {
		if title := strings.TrimSpace(t.Title); title == "" || len(title) > shortText || t.Days < 0 || t.Days > MaxContactDays {
			errs = append(errs, fault.Field("templates", "one task a line: days, a colon, what is to be done, such as 14: arrange a visit"))
			break
		}
	}
	return errors.Join(errs...)
}

// ShippedPlaybooks are those that a new book begins with: for the four fields of
// the default matrix and for new customers (docs/ledger.md, "Playbooks"). Their
// texts are keys; internal/locale has them in German.
var ShippedPlaybooks = []Playbook{
	{
		Segment: "opportunity", Goals: "Take the business that comes and keep the effort low: quick answers, standard offers, self-service first.",
		Form: SelfService, ContactDays: 0, ResponseHours: 48, Share: 20_000, Minimum: 1,
		Templates: []Template{{"Show where the customer finds prices, documents and status without asking", 30}},
	},
	{
		Segment: "renegotiate", Goals: "Bring give and take into balance: show what is given for free, then charge for it, cut it back or find the potential that justifies it.",
		Form: ByPhone, ContactDays: 180, ResponseHours: 24, Share: 50_000, Minimum: 2,
		Templates: []Template{{"Prepare the dossier and go through the services of the last twelve months", 14}, {"Lead the talk and record its result", 30}},
	},
	{
		Segment: "explore", Goals: "Find out what binds this customer and where both sides gain; then decide to keep lean, secure or delight.",
		Form: Personal, ContactDays: 120, ResponseHours: 8, Share: 50_000, Minimum: 3,
		Templates: []Template{{"Visit and ask what would help", 30}, {"Choose keep lean, secure or delight", 45}},
	},
	{
		Segment: "invest", Goals: "Deepen the relation: work together on processes, secure follow-up business, let the benefit be seen.",
		Form: Personal, ContactDays: 60, ResponseHours: 4, Share: 80_000, Minimum: 6,
		Templates: []Template{{"Agree on the goals of the year with the customer", 30}, {"Hand over the benefit statement in person", 60}},
	},
	{
		Segment: "new", Goals: "Win the second purchase and learn about potential and fit.",
		Form: ByPhone, ContactDays: 60, ResponseHours: 8, Share: 100_000, Minimum: 3,
		Templates: []Template{{"Ask how the first order went", 14}, {"Ask for yearly need and other suppliers", 30}},
	},
}

// Playbooks are those that a company wrote; the others are as shipped.
type Playbooks map[string]Playbook

// Of returns the playbook of a segment: the company's own, else that of the
// strategy that the segment is nearest to, else the shipped one. own says
// whether it was written for this very segment. A segment that nobody knows has
// an empty one, which promises nothing.
func (ps Playbooks) Of(segment, strategy string) (p Playbook, own bool) {
	if p, ok := ps[segment]; ok {
		return p, true
	}
	p = ps.shipped(strategy)
	own = segment == strategy && p.Segment == segment
	p.Segment = segment
	if segment != strategy {
		p.Revision = 0
	}
	return p, own
}

func (ps Playbooks) shipped(strategy string) Playbook {
	if p, ok := ps[strategy]; ok {
		return p
	}
	for _, p := range ShippedPlaybooks {
		if p.Segment == strategy {
			return p
		}
	}
	return Playbook{Segment: strategy, Form: SelfService}
}
