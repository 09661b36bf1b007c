package account

import "quid/money"

// Steps is a customer's contribution accounting
// (Kundendeckungsbeitragsrechnung) over some postings, in minor units
// (docs/valuation.md, section "Contribution").
type Steps struct {
	Revenue     money.Amount // volume of sales
	Sale        money.Amount // revenue − cost of goods, of the sales whose cost is known
	Deduction   money.Amount // the following are effects on our result: costs are negative
	Acquisition money.Amount
	Care        money.Amount
	LatePayment money.Amount
	Complaint   money.Amount
	Service     money.Amount
	Goodwill    money.Amount
	Benefit     money.Amount // volume of services: what they are worth to the customer
	UnknownCost int32        // sales whose cost is unknown, reversed ones taken off
}

// Add counts a posting.
func (s *Steps) Add(p Posting) {
	switch p.Kind {
	case Sale:
		s.Revenue += p.Volume
		if p.Amount.Known {
			s.Sale += p.Amount.Amount
		} else if p.Reverses == 0 {
			s.UnknownCost++
		} else {
			s.UnknownCost--
		}
		return
	case Service:
		s.Benefit += p.Volume
	}
	if to := s.of(p.Kind); to != nil {
		*to += p.Amount.Amount
	}
}

// AddSum counts postings of one kind that were added up; unknown is how many of
// them are sales whose cost is unknown, reversed ones taken off.
func (s *Steps) AddSum(k Kind, amount, volume money.Amount, unknown int64) {
	if to := s.of(k); to != nil {
		*to += amount
	}
	switch k {
	case Sale:
		s.Revenue += volume
		s.UnknownCost += int32(unknown)
	case Service:
		s.Benefit += volume
	}
}

func (s *Steps) of(k Kind) *money.Amount {
	switch k {
	case Sale:
		return &s.Sale
	case Deduction:
		return &s.Deduction
	case Acquisition:
		return &s.Acquisition
	case Care:
		return &s.Care
	case LatePayment:
		return &s.LatePayment
	case Complaint:
		return &s.Complaint
	case Service:
		return &s.Service
	case Goodwill:
		return &s.Goodwill
	}
	return nil
}

// Of returns the sum of amounts of a kind.
func (s Steps) Of(k Kind) money.Amount {
	if p := s.of(k); p != nil {
		return *p
	}
	return 0
}

// Known says whether the contributions can be stated: no sale lacks its cost.
func (s Steps) Known() bool { return s.UnknownCost == 0 }

// Contribution returns contribution I to IV (step 1 to 4):
// I = revenue − cost of goods − deductions; II = I − care − acquisition;
// III = II − complaints − late payment; IV = III − value to the customer.
// Its figure means something only if Known.
func (s Steps) Contribution(step int) money.Amount {
	c := s.Sale + s.Deduction
	if step >= 2 {
		c += s.Care + s.Acquisition
	}
	if step >= 3 {
		c += s.Complaint + s.LatePayment
	}
	if step >= 4 {
		c += s.Service + s.Goodwill
	}
	return c
}

// ValueTo is the cost of what the customer got for free, as a positive sum.
func (s Steps) ValueTo() money.Amount { return -(s.Service + s.Goodwill) }
