package fact

import (
	"errors"
	"strings"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/money"
)

// Justified says whether a complaint was justified.
type Justified int8

// Whether a complaint is justified. The numbers are stored; never reuse one.
const (
	JustifiedUnknown Justified = 0
	JustifiedYes     Justified = 1
	JustifiedNo      Justified = 2
)

// A Complaint is a customer's complaint about something delivered.
type Complaint struct {
	Header
	Day       day.Day
	Invoice   account.DocumentID // the invoice it is about, or 0
	Amount    money.Amount       // the sum complained about
	Cost      money.Amount       // cost of handling it; positive
	Credit    money.Amount       // credit owed that no credit note carries; positive
	Severity  int8               // 1 slight to 3 severe, 0 if unknown
	Justified Justified
	SolvedOn  day.Day
	Subject   string
}

// Check reports every field that stands in the way of keeping the complaint.
func (c Complaint) Check() error {
	var errs []error
	if c.Customer == 0 {
		errs = append(errs, fault.Field("customer", "choose a customer"))
	}
	if c.Day == 0 {
		errs = append(errs, fault.Field("day", "write a day such as 2026-12-31"))
	}
	if c.Cost < 0 || c.Credit < 0 {
		errs = append(errs, fault.Field("cost", "not below zero"))
	}
	if c.SolvedOn != 0 && c.SolvedOn < c.Day {
		errs = append(errs, fault.Field("solved_on", "solved before it was made"))
	}
	if c.Severity < 0 || c.Severity > 3 {
		errs = append(errs, fault.Field("severity", "between 1 (slight) and 3 (severe)"))
	}
	return errors.Join(errs...)
}

// Postings are what the complaint posts: its cost, against the sum complained
// about. A complaint that cost nothing posts a zero: it happened.
func (c Complaint) Postings() []account.Draft {
	return []account.Draft{{Day: c.Day, Kind: account.Complaint, Amount: account.Known(-c.Cost - c.Credit), Volume: c.Amount}}
}

// An Interaction is a contact with a customer that is not a free service.
type Interaction struct {
	Header
	Day       day.Day
	Channel   string // visit, phone, mail, letter, video, other
	Outbound  *bool  // direction, nil if unknown
	Subject   string
	Contact   string
	Minutes   int
	Purpose   string
	Cost      *money.Amount      // what it cost, where somebody said so
	RateUsed  money.Micro        // the frozen rate, minor units per contact or minute
	CostTaken money.Amount       // the cost that was posted
	Service   account.DocumentID // the service entry that it was: then that posts, not the interaction
}

// Channels are the ways to a customer, as the API spells them.
var Channels = []string{"visit", "phone", "mail", "letter", "video", "other"}

// Check reports every field that stands in the way of keeping the interaction.
func (i Interaction) Check() error {
	var errs []error
	if i.Customer == 0 {
		errs = append(errs, fault.Field("customer", "choose a customer"))
	}
	if i.Day == 0 {
		errs = append(errs, fault.Field("day", "write a day such as 2026-12-31"))
	}
	if i.Minutes < 0 || i.Minutes > 100_000 {
		errs = append(errs, fault.Field("minutes", "between 0 and 100000"))
	}
	if i.Cost != nil && *i.Cost < 0 {
		errs = append(errs, fault.Field("cost", "not below zero"))
	}
	if strings.TrimSpace(i.Channel) == "" {
		errs = append(errs, fault.Field("channel", "choose a channel"))
	}
	return errors.Join(errs...)
}

// A ChannelRate is what a contact by a channel costs: a sum for each contact
// and a sum for each minute, in minor units.
type ChannelRate struct{ PerContact, PerMinute money.Micro }

// Price freezes the cost of the interaction: what was said, else the rate of
// its channel on its day.
func (i *Interaction) Price(r ChannelRate) error {
	if i.Cost != nil {
		i.CostTaken, i.RateUsed = *i.Cost, 0
		return nil
	}
	minutes, err := money.MulDiv(int64(r.PerMinute), int64(i.Minutes), 1)
	if err != nil {
		return err
	}
	v, err := money.MulDiv(minutes+int64(r.PerContact), 1, int64(money.One))
	i.CostTaken, i.RateUsed = money.Amount(v), r.PerContact
	if r.PerContact == 0 {
		i.RateUsed = r.PerMinute
	}
	return err
}

// Postings are what the interaction posts: its cost as care, unless it was a free
// service (domain book, section 2: either care or service).
func (i Interaction) Postings() []account.Draft {
	if i.CostTaken == 0 || i.Service != 0 {
		return nil
	}
	return []account.Draft{{Day: i.Day, Kind: account.Care, Amount: account.Known(-i.CostTaken), Rate: i.RateUsed}}
}
