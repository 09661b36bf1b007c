package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"quid/day"
	"quid/fact"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
	"quid/money"
)

// mostRate bounds rates to what a person may mean: 100 million minor units for
// a contact, 1000% a year for late payment.
const (
	mostContactRate = 100_000_000 * money.One
	mostYearlyRate  = 10 * money.One
)

// SetLatePayment sets what money that comes late costs, as a share of it a
// year, from a day on. What was posted keeps its rate; what is still open is
// reckoned anew by the next valuation, which is asked for.
func (a *App) SetLatePayment(ctx context.Context, from day.Day, yearly money.Micro) error {
	if err := may(ctx, auth.SetRates); err != nil {
		return err
	}
	var errs []error
	errs = append(errs, checkFrom(from))
	if yearly < 0 || yearly > mostYearlyRate {
		errs = append(errs, fault.Field("yearly", "between 0 and 1000 percent"))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("rate of late payment: %w", err)
	}
	return a.setRate(ctx, store.DatedRate{Name: store.LatePaymentRate, ValidFrom: from, PerPiece: yearly})
}

// SetCareRate sets what a contact by a channel costs from a day on: for each,
// and for each minute, in millionths of a minor unit. Contacts that were posted
// keep their rate.
func (a *App) SetCareRate(ctx context.Context, channel string, from day.Day, each, minute money.Micro) error {
	if err := may(ctx, auth.SetRates); err != nil {
		return err
	}
	errs := []error{checkFrom(from)}
	if !slices.Contains(fact.Channels, channel) {
		errs = append(errs, fault.Field("channel", "choose a channel"))
	}
	if each < 0 || each > mostContactRate {
		errs = append(errs, fault.Field("each", "not below zero"))
	}
	if minute < 0 || minute > mostContactRate {
		errs = append(errs, fault.Field("minute", "not below zero"))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("rate of contacts: %w", err)
	}
	return a.setRate(ctx, store.DatedRate{Name: store.CareRate(channel), ValidFrom: from, PerPiece: each, PerMinute: minute})
}

func checkFrom(from day.Day) error {
	if from < day.Min || from > day.Max {
		return fault.Field("from", "write a day such as 2026-12-31")
	}
	return nil
}

func (a *App) setRate(ctx context.Context, r store.DatedRate) error {
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		before, err := tx.Rates(ctx)
		if err != nil {
			return err
		}
		after := store.Rates{r.Name: {r}}
		change := act{What: "changed", Noun: "rate", Before: toldOfRate(r.Name, r.ValidFrom, before), After: toldOfRate(r.Name, r.ValidFrom, after)}
		if err := errors.Join(tx.PutRate(ctx, r), a.audit(ctx, tx, change)); err != nil {
			return err
		}
		if err := tx.Touch(ctx); err != nil {
			return err
		}
		return a.enqueue(ctx, tx, ValueJob, "")
	})
}

// SetExchange sets what one unit of a currency is worth in the book's from a day
// on. Documents keep the rate they were posted at.
func (a *App) SetExchange(ctx context.Context, currency string, from day.Day, rate money.Micro) error {
	if err := may(ctx, auth.SetRates); err != nil {
		return err
	}
	currency = strings.ToUpper(strings.TrimSpace(currency))
	errs := []error{checkFrom(from)}
	if _, known := money.Digits(currency); !known {
		errs = append(errs, fault.Field("currency", "write a currency code such as EUR"))
	}
	if rate <= 0 {
		errs = append(errs, fault.Field("rate", "more than zero"))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("exchange rate: %w", err)
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		book, err := tx.Book(ctx)
		if err != nil {
			return err
		}
		if book.Currency == currency {
			return fault.Field("currency", "this is the currency of the book")
		}
		change := act{What: "changed", Noun: "rate", After: map[string]string{"currency": currency, "from": from.String(), "rate": rate.String()}}
		return errors.Join(tx.PutExchange(ctx, currency, from, rate), a.audit(ctx, tx, change))
	})
}
