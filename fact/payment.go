package fact

import (
	"cmp"
	"errors"
	"slices"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/money"
)

// A Payment is money that came in, for one invoice or for whatever is open.
type Payment struct {
	Header
	Day      day.Day
	Amount   money.Amount
	Discount money.Amount       // cash discount (Skonto) the customer took, which settles too
	Invoice  account.DocumentID // the invoice it names, or 0: then the oldest open item first
}

// Check reports every field that stands in the way of keeping the payment.
func (p Payment) Check() error {
	var errs []error
	if p.Customer == 0 {
		errs = append(errs, fault.Field("customer", "choose a customer"))
	}
	if p.Day == 0 {
		errs = append(errs, fault.Field("day", "write a day such as 2026-12-31"))
	}
	if p.Amount < 0 || p.Discount < 0 {
		errs = append(errs, fault.Field("amount", "not below zero; money paid back is a credit note"))
	}
	if p.Amount == 0 && p.Discount == 0 {
		errs = append(errs, fault.Field("amount", "a payment of nothing settles nothing"))
	}
	return errors.Join(errs...)
}

// Postings are what the payment posts: the cash discount, and for each part it
// settled late the financing cost of the days past due at the rate of that day.
// parts are those of this payment, from Settle.
func (p Payment) Postings(parts []Part, rate money.Micro) ([]account.Draft, error) {
	var drafts []account.Draft
	if p.Discount != 0 {
		drafts = append(drafts, account.Draft{Day: p.Day, Kind: account.Deduction, Cause: account.CashDiscount, Amount: account.Known(-p.Discount), Volume: p.Amount + p.Discount})
	}
	for _, part := range parts {
		if part.DaysLate <= 0 {
			continue
		}
		cost, err := money.Interest(part.Amount, part.DaysLate, rate)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, account.Draft{Day: p.Day, Kind: account.LatePayment, Amount: account.Known(-cost), Volume: part.Amount, Rate: rate})
	}
	return drafts, nil
}

// An OpenItem is an invoice that asks for money.
type OpenItem struct {
	Invoice account.DocumentID
	Number  string
	Day     day.Day
	Due     day.Day
	Amount  money.Amount
}

// A Means is what can settle open items: a payment, or a credit note. Its
// Amount includes a cash discount taken.
type Means struct {
	Document account.DocumentID
	Number   string
	Day      day.Day
	Amount   money.Amount
	Invoice  account.DocumentID // the item it names, or 0
	Credit   bool               // a credit note: what it settles was never late
}

// A Part is the piece of one invoice that one payment or credit note settled.
type Part struct {
	Invoice  account.DocumentID
	Means    account.DocumentID
	Day      day.Day
	Amount   money.Amount
	DaysLate int // days past due, negative if early; 0 for credit notes
}

// Settle says which means settle which items. Means that name an item settle
// it first, and nothing else: what is left of them stays on account until
// somebody says where it belongs. Means that name none then settle, by day, the
// oldest open items (by due day, then number). The result depends only on the
// sets, never on the order they are given in.
func Settle(items []OpenItem, means []Means) []Part {
	items, means = slices.Clone(items), slices.Clone(means)
	slices.SortFunc(items, func(a, b OpenItem) int {
		return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Invoice, b.Invoice))
	})
	slices.SortFunc(means, func(a, b Means) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Document, b.Document))
	})
	open := make([]money.Amount, len(items))
	at := make(map[account.DocumentID]int, len(items))
	for i, it := range items {
		open[i], at[it.Invoice] = it.Amount, i
	}
	var parts []Part
	settle := func(m *Means, i int) {
		take := min(m.Amount, open[i])
		if take <= 0 {
			return
		}
		open[i] -= take
		m.Amount -= take
		p := Part{Invoice: items[i].Invoice, Means: m.Document, Day: m.Day, Amount: take}
		if !m.Credit {
			p.DaysLate = m.Day.Sub(items[i].Due)
		}
		parts = append(parts, p)
	}
	for k := range means {
		if i, ok := at[means[k].Invoice]; ok && means[k].Invoice != 0 {
			settle(&means[k], i)
		}
	}
	first := 0
	for k := range means {
		if means[k].Invoice != 0 {
			continue
		}
		for i := first; i < len(items) && means[k].Amount > 0; i++ {
			settle(&means[k], i)
			for first < len(items) && open[first] == 0 {
				first++
			}
		}
	}
	return merge(parts)
}

// merge joins the pieces that the same means settled of the same invoice.
func merge(parts []Part) []Part {
	slices.SortFunc(parts, func(a, b Part) int {
		return cmp.Or(cmp.Compare(a.Invoice, b.Invoice), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Means, b.Means))
	})
	out := parts[:0]
	for _, p := range parts {
		if n := len(out); n > 0 && out[n-1].Invoice == p.Invoice && out[n-1].Means == p.Means {
			out[n-1].Amount += p.Amount
			continue
		}
		out = append(out, p)
	}
	return out
}
