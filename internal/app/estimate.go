package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// estimated is the source of entries that were made from opening estimates, as
// external ids know it.
const estimated = "estimate"

// Why an estimated month was taken back, as it stands beside the entry.
const (
	whyReal  = "a real entry took its place"
	whyEnded = "the estimate was taken back"
)

// estimateMonths bounds how far an estimate reaches to either side of today.
const estimateMonths = 24

// An EstimateDraft is an opening estimate: what customers are thought to get of
// a service each month, until real entries take its place.
type EstimateDraft struct {
	Customers []account.CustomerID
	Type      int64
	Quantity  money.Micro // a month, in the type's unit; 0 takes the estimate back
	From      day.Day     // first day; 0 for twelve months ago
	Until     day.Day     // last day; 0 for the end of this month
	Team      int64       // who is thought to give it: its rates hold, and its coverage; 0 if nobody said

	saved time.Time // the batch it belongs to; zero: now
}

func (d EstimateDraft) at(today day.Day) (EstimateDraft, error) {
	if d.From == 0 {
		first := today.AddMonths(-11)
		d.From = day.Of(first.Year(), first.Month(), 1)
	}
	if d.Until == 0 {
		d.Until = today.EndOfMonth()
	}
	var errs []error
	if len(d.Customers) == 0 {
		errs = append(errs, fault.Field("customer", "choose a customer"))
	}
	if d.Type == 0 {
		errs = append(errs, fault.Field("type", "choose a service"))
	}
	if d.Quantity < 0 {
		errs = append(errs, fault.Field("quantity", "not below zero"))
	}
	if d.Until < d.From {
		errs = append(errs, fault.Field("until", "the last day is before the first"))
	}
	if d.From < today.AddMonths(-estimateMonths) || d.Until > today.AddMonths(estimateMonths) {
		errs = append(errs, fault.Field("from", "at most 24 months back and 24 months ahead"))
	}
	return d, errors.Join(errs...)
}

// since lets an estimate of a service begin with its first rate, where that holds
// before the estimate ends: a service that is new in the catalogue has no rate for
// the months before.
func (d EstimateDraft) since(t service.Type) EstimateDraft {
	first := day.Max
	for _, r := range t.Rates {
		if r.Team == 0 || r.Team == d.Team {
			first = min(first, r.ValidFrom)
		}
	}
	if first <= d.Until {
		d.From = max(d.From, first)
	}
	return d
}

// estimateBatch is how many customers are estimated in one transaction.
const estimateBatch = 100

// Estimate keeps an opening estimate for each of the customers and posts it
// month by month as estimated, but for months in which a real entry of the
// service stands. An estimate of the same service that was there before ends.
// Each batch of customers is one transaction; the same again changes nothing.
// progress, which may be nil, is told how many are done.
func (a *App) Estimate(ctx context.Context, d EstimateDraft, progress func(done int)) error {
	if err := may(ctx, auth.SetRates); err != nil {
		return err
	}
	d, err := d.at(day.At(a.Now()))
	if err != nil {
		return fmt.Errorf("estimate: %w", err)
	}
	done := 0
	for part := range slices.Chunk(d.Customers, estimateBatch) {
		err := a.DB.Write(ctx, func(tx *store.Tx) error {
			book, err := tx.Book(ctx)
			if err != nil {
				return err
			}
			t, err := typeOf(ctx, tx, d.Type)
			if err != nil {
				return err
			}
			d := d.since(t)
			if err := a.teamThere(ctx, tx, d.Team); err != nil {
				return err
			}
			for _, c := range part {
				if err := a.estimate(ctx, tx, book, c, d); err != nil {
					return err
				}
			}
			made := act{What: "made", Noun: "estimate", ID: d.Type, After: map[string]any{"service": t.Code, "quantity": d.Quantity.String(), "customers": len(part)}}
			if len(part) == 1 {
				made.Customer = part[0]
			}
			return errors.Join(a.audit(ctx, tx, made), a.changed(ctx, tx))
		})
		if err != nil {
			return fmt.Errorf("estimate: %w", err)
		}
		if done += len(part); progress != nil {
			progress(done)
		}
	}
	return nil
}

func (a *App) estimate(ctx context.Context, tx *store.Tx, book store.Book, customer account.CustomerID, d EstimateDraft) error {
	if _, err := tx.Customer(ctx, customer); errors.Is(err, fault.NotFound) {
		return fault.Field("customer", "this customer is not there")
	} else if err != nil {
		return err
	}
	saved := d.saved
	if saved.IsZero() {
		saved = a.Now()
	}
	before, err := tx.EstimatesOf(ctx, customer)
	if err != nil {
		return err
	}
	for _, e := range before {
		if e.Type != d.Type || !e.Ended.IsZero() {
			continue
		}
		if e.Quantity == d.Quantity && e.From == d.From && e.Until == d.Until && e.Team == d.Team {
			return nil
		}
		if err := tx.EndEstimate(ctx, customer, e.ID, saved); err != nil {
			return err
		}
	}
	if d.Quantity > 0 {
		e := store.Estimate{ID: a.id(), Customer: customer, Type: d.Type, Quantity: d.Quantity, From: d.From, Until: d.Until, Team: d.Team, Made: saved}
		if err := tx.AddEstimate(ctx, e); err != nil {
			return err
		}
	}
	return a.settleEstimates(ctx, tx, book, customer)
}

// settleServed settles the estimates of customers whose entries changed.
func (a *App) settleServed(ctx context.Context, tx *store.Tx, book store.Book, served map[account.CustomerID]bool) error {
	having, err := tx.HaveEstimates(ctx, slices.Sorted(maps.Keys(served)))
	if err != nil {
		return err
	}
	for _, c := range having {
		if err := a.settleEstimates(ctx, tx, book, c); err != nil {
			return err
		}
	}
	return nil
}

// settleEstimates lets each month of the customer's estimates stand exactly where
// its estimate holds and no real entry of the service stands.
func (a *App) settleEstimates(ctx context.Context, tx *store.Tx, book store.Book, customer account.CustomerID) error {
	estimates, err := tx.EstimatesOf(ctx, customer)
	if err != nil {
		return err
	}
	for _, e := range estimates {
		if err := a.settleEstimate(ctx, tx, book, e); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) settleEstimate(ctx context.Context, tx *store.Tx, book store.Book, e store.Estimate) error {
	posted, err := tx.EstimatedEntries(ctx, e.Customer, e.ID)
	if err != nil {
		return err
	}
	booked := make(map[int]bool)
	if e.Ended.IsZero() {
		if booked, err = tx.RealMonths(ctx, e); err != nil {
			return err
		}
	}
	there := make(map[int]bool, len(posted))
	for _, k := range posted {
		month := k.Doc.Day.YearMonth()
		there[month] = true
		stands, should := k.Withdrawn.IsZero(), e.Ended.IsZero() && !booked[month]
		switch {
		case stands && !should:
			why := whyReal
			if !e.Ended.IsZero() {
				why = whyEnded
			}
			err = a.withdraw(ctx, tx, book, k, why)
		case !stands && should:
			err = a.repost(ctx, tx, book, k)
		}
		if err != nil {
			return err
		}
	}
	if !e.Ended.IsZero() {
		return nil
	}
	for _, d := range monthsOf(e.From, e.Until) {
		if d <= book.ClosedUntil || there[d.YearMonth()] || booked[d.YearMonth()] {
			continue
		}
		if err := a.postEstimate(ctx, tx, book, e, d); err != nil {
			return err
		}
	}
	return nil
}

// monthsOf are the days that an estimate is posted on: the last of each month, or
// of the estimate.
func monthsOf(from, until day.Day) []day.Day {
	var out []day.Day
	for d := from.EndOfMonth(); ; d = d.Add(1).EndOfMonth() {
		if d >= until {
			return append(out, until)
		}
		out = append(out, d)
	}
}

// postEstimate posts a month of an estimate at the rates of its day.
func (a *App) postEstimate(ctx context.Context, tx *store.Tx, book store.Book, e store.Estimate, on day.Day) error {
	t, err := anyType(ctx, tx, e.Type)
	if err != nil {
		return err
	}
	entry := service.Entry{Day: on, Type: e.Type, Team: e.Team, Estimate: e.ID}
	entry.Customer = e.Customer
	// Not rounded up to the time step: a month's mean is no single service.
	t.Step = 0
	if entry.Quantity, entry.Cost, entry.Benefit, entry.RateUsed, err = t.Price(service.Draft{Day: on, Team: e.Team, Quantity: e.Quantity}); err != nil {
		return err
	}
	entry.Minutes = t.Spent(entry.Quantity, nil)
	key := strconv.FormatInt(e.ID, 36) + "-" + strconv.Itoa(on.YearMonth())
	_, err = a.write(ctx, tx, book, entry, EntryDraft{Key: key})
	return err
}

// anyType returns a type of the catalogue, retired or not.
func anyType(ctx context.Context, tx *store.Tx, id int64) (service.Type, error) {
	types, err := tx.Types(ctx)
	if err != nil {
		return service.Type{}, err
	}
	for _, t := range types {
		if t.ID == id {
			return t, nil
		}
	}
	return service.Type{}, fault.Field("type", "this service is not in the catalogue")
}
