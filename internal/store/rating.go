package store

import (
	"context"
	"fmt"
	"time"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/money"
	"quid/service"
)

var (
	ratingTable  = tableOf("rating", "customer_id rating_id entry_id contact answered_at comment")
	answerTable  = tableOf("rating_answer", "customer_id rating_id type_id noticed helped worth pay")
	outcomeTable = tableOf("service_outcome", "customer_id entry_id outcome_id kind quantity rate state source made_at")
)

// AddRating writes a question to a customer, whose link is written already.
func (tx *Tx) AddRating(ctx context.Context, r service.Rating) error {
	return tx.load(ctx, ratingTable, []any{int64(r.Customer), r.ID, null(int64(r.Entry)), r.Contact, since(r.Answered), r.Comment})
}

const (
	sqlAnswerRating = `UPDATE rating SET answered_at = $1, comment = $2 WHERE customer_id = $3 AND rating_id = $4 AND answered_at IS NULL`
	ratingColumns   = `SELECT r.customer_id, r.rating_id, l.from_day, l.to_day, r.entry_id, r.contact, l.lang, l.ends_on, l.made_at, l.revoked_at,
		r.answered_at, r.comment FROM rating r JOIN link l ON l.customer_id = r.customer_id AND l.link_id = r.rating_id`
	sqlRating    = ratingColumns + ` WHERE r.customer_id = $1 AND r.rating_id = $2`
	sqlRatingsOf = ratingColumns + ` WHERE r.customer_id = $1 ORDER BY r.rating_id DESC`
)

// AnswerRating writes the answers to a rating; fault.Conflict if it was answered
// already.
func (tx *Tx) AnswerRating(ctx context.Context, r service.Rating, answers []service.Answer) error {
	n, err := tx.exec(ctx, sqlAnswerRating, r.Answered.UnixMicro(), r.Comment, r.Customer, r.ID)
	if err == nil && n == 0 {
		err = fault.Conflict
	}
	if err != nil {
		return fmt.Errorf("rating %d: %w", r.ID, err)
	}
	var args []any
	for _, a := range answers {
		args = append(args, int64(r.Customer), r.ID, a.Type, int64(a.Noticed), int64(a.Helped), cents(a.Worth), int64(a.Pay))
	}
	return tx.load(ctx, answerTable, args)
}

// Rating returns a question to a customer.
func (r Reader) Rating(ctx context.Context, customer account.CustomerID, id int64) (service.Rating, error) {
	if err := r.Reach(ctx, customer); err != nil {
		return service.Rating{}, err
	}
	all, err := r.ratings(ctx, sqlRating, customer, id)
	if err == nil && len(all) == 0 {
		err = fault.NotFound
	}
	if err != nil {
		return service.Rating{}, fmt.Errorf("rating %d: %w", id, err)
	}
	return all[0], nil
}

// RatingsOf returns the questions to a customer, the newest first.
func (r Reader) RatingsOf(ctx context.Context, customer account.CustomerID) ([]service.Rating, error) {
	all, err := r.ratings(ctx, sqlRatingsOf, customer)
	if err != nil {
		return nil, fmt.Errorf("ratings of customer %d: %w", customer, err)
	}
	return all, nil
}

func (r Reader) ratings(ctx context.Context, query string, args ...any) ([]service.Rating, error) {
	var out []service.Rating
	err := r.each(ctx, query, args, func(rec *record) error {
		one := service.Rating{
			Customer: account.CustomerID(rec.int(0)), ID: rec.int(1), From: day.Day(rec.int(2)), Until: day.Day(rec.int(3)),
			Contact: rec.text(5), Lang: rec.text(6), Ends: day.Day(rec.int(7)), Made: time.UnixMicro(rec.int(8)).UTC(), Comment: rec.text(11),
		}
		if !rec.null(4) {
			one.Entry = account.DocumentID(rec.int(4))
		}
		if !rec.null(9) {
			one.Revoked = time.UnixMicro(rec.int(9)).UTC()
		}
		if !rec.null(10) {
			one.Answered = time.UnixMicro(rec.int(10)).UTC()
		}
		out = append(out, one)
		return nil
	})
	return out, err
}

const sqlAnswersOf = `SELECT rating_id, type_id, noticed, helped, worth, pay FROM rating_answer WHERE customer_id = $1 ORDER BY rating_id, type_id`

// AnswersOf returns what a customer answered, by rating.
func (r Reader) AnswersOf(ctx context.Context, customer account.CustomerID) (map[int64][]service.Answer, error) {
	out := make(map[int64][]service.Answer)
	err := r.each(ctx, sqlAnswersOf, []any{customer}, func(rec *record) error {
		a := service.Answer{Type: rec.int(1), Noticed: service.Opinion(rec.int(2)), Helped: service.Opinion(rec.int(3)), Pay: service.Opinion(rec.int(5))}
		if !rec.null(4) {
			worth := money.Amount(rec.int(4))
			a.Worth = &worth
		}
		out[rec.int(0)] = append(out[rec.int(0)], a)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("answers of customer %d: %w", customer, err)
	}
	return out, nil
}

const sqlTypeOpinions = `
	SELECT a.type_id, a.customer_id, COUNT(*), COUNT(*) FILTER (WHERE a.noticed = 1), COUNT(*) FILTER (WHERE a.noticed = 3),
	       COUNT(*) FILTER (WHERE a.helped = 1), COUNT(*) FILTER (WHERE a.helped = 2), COUNT(*) FILTER (WHERE a.helped = 3),
	       COUNT(*) FILTER (WHERE a.pay IN (1, 2)), COUNT(*) FILTER (WHERE a.pay = 3)
	FROM rating_answer a JOIN link l ON l.customer_id = a.customer_id AND l.link_id = a.rating_id
	WHERE l.to_day > $1 AND l.to_day <= $2 GROUP BY a.type_id, a.customer_id ORDER BY a.type_id, a.customer_id`

// TypeOpinions returns what customers said of each type, of services of a window: those
// customers that who asks sees.
func (r Reader) TypeOpinions(ctx context.Context, w day.Window) (map[int64]service.Opinions, error) {
	out := make(map[int64]service.Opinions)
	seen, err := r.reached(ctx)
	if err != nil {
		return nil, err
	}
	err = r.each(ctx, sqlTypeOpinions, []any{w.From, w.To}, func(rec *record) error {
		if !seen.Has(account.CustomerID(rec.int(1))) {
			return nil
		}
		o := out[rec.int(0)]
		o.Type = rec.int(0)
		for i, n := range []*int64{&o.Asked, &o.Noticed, &o.Unnoticed, &o.Helped, &o.Partly, &o.Unhelped, &o.Pay, &o.Unpay} {
			*n += rec.int(2 + i)
		}
		out[o.Type] = o
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("opinions on services: %w", err)
	}
	return out, nil
}

// AddOutcome writes what a service brought about.
func (tx *Tx) AddOutcome(ctx context.Context, ref Ref, id int64, o service.Outcome) error {
	return tx.load(ctx, outcomeTable, []any{
		int64(ref.Customer), int64(ref.ID), id, int64(o.Kind), int64(o.Quantity), int64(o.Rate), int64(o.State), o.Source, o.Made.UnixMicro(),
	})
}

const sqlOutcomesOf = `SELECT kind, quantity, rate, state, source, made_at FROM service_outcome
	WHERE customer_id = $1 AND entry_id = $2 ORDER BY outcome_id DESC`

// OutcomesOf returns what was said of the outcome of an entry, the newest first.
func (r Reader) OutcomesOf(ctx context.Context, ref Ref) ([]service.Outcome, error) {
	var out []service.Outcome
	err := r.each(ctx, sqlOutcomesOf, []any{ref.Customer, ref.ID}, func(rec *record) error {
		out = append(out, service.Outcome{
			Kind: service.OutcomeKind(rec.int(0)), Quantity: money.Micro(rec.int(1)), Rate: money.Micro(rec.int(2)),
			State: service.BenefitState(rec.int(3)), Source: rec.text(4), Made: time.UnixMicro(rec.int(5)).UTC(),
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("outcomes of entry %d: %w", ref.ID, err)
	}
	return out, nil
}
