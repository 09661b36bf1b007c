package store

import (
	"context"
	"fmt"
	"time"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/money"
	"quid/talk"
)

var (
	talkTable = tableOf("talk", "customer_id talk_id day asked conceded note valid_from made_by made_at")
	gainTable = tableOf("talk_gain", "customer_id talk_id number kind note share")
)

// AddTalk writes how a talk ended.
func (tx *Tx) AddTalk(ctx context.Context, t talk.Talk) error {
	err := tx.load(ctx, talkTable, []any{int64(t.Customer), t.ID, int64(t.Day), t.Asked, t.Conceded, t.Note, null(int64(t.ValidFrom)), t.By, t.Made.UnixMicro()})
	if err != nil {
		return err
	}
	var args []any
	for i, g := range t.Gains {
		args = append(args, int64(t.Customer), t.ID, int64(i+1), string(g.Kind), g.Note, int64(g.Share))
	}
	return tx.load(ctx, gainTable, args)
}

const sqlWithdrawTalk = `UPDATE talk SET withdrawn_at = $1 WHERE customer_id = $2 AND talk_id = $3 AND withdrawn_at IS NULL`

// WithdrawTalk takes a talk back that was noted in error.
func (tx *Tx) WithdrawTalk(ctx context.Context, customer account.CustomerID, id int64, at time.Time) error {
	if err := tx.Reach(ctx, customer); err != nil {
		return err
	}
	n, err := tx.exec(ctx, sqlWithdrawTalk, at.UnixMicro(), customer, id)
	if err == nil && n == 0 {
		err = fault.NotFound
	}
	if err != nil {
		return fmt.Errorf("withdraw talk %d: %w", id, err)
	}
	return nil
}

const (
	sqlTalksOf = `SELECT talk_id, day, asked, conceded, note, valid_from, made_by, made_at FROM talk
	WHERE customer_id = $1 AND day <= $2 AND withdrawn_at IS NULL ORDER BY day DESC, talk_id DESC`
	sqlGainsOf = `SELECT talk_id, kind, note, share FROM talk_gain WHERE customer_id = $1 ORDER BY talk_id, number`
)

// TalksOf returns the talks with a customer up to a day, the newest first.
func (r Reader) TalksOf(ctx context.Context, customer account.CustomerID, upTo day.Day) ([]talk.Talk, error) {
	var out []talk.Talk
	at := make(map[int64]int)
	err := r.each(ctx, sqlTalksOf, []any{customer, upTo}, func(rec *record) error {
		t := talk.Talk{
			ID: rec.int(0), Customer: customer, Day: day.Day(rec.int(1)), Asked: rec.text(2), Conceded: rec.text(3), Note: rec.text(4),
			ValidFrom: day.Day(rec.int(5)), By: rec.text(6), Made: time.UnixMicro(rec.int(7)).UTC(),
		}
		at[t.ID] = len(out)
		out = append(out, t)
		return nil
	})
	if err == nil && len(out) > 0 {
		err = r.each(ctx, sqlGainsOf, []any{customer}, func(rec *record) error {
			if i, ok := at[rec.int(0)]; ok {
				out[i].Gains = append(out[i].Gains, talk.Gain{Kind: talk.GainKind(rec.text(1)), Note: rec.text(2), Share: money.Micro(rec.int(3))})
			}
			return nil
		})
	}
	if err != nil {
		return nil, fmt.Errorf("talks with customer %d: %w", customer, err)
	}
	return out, nil
}

const (
	sqlTalkSums = `
	SELECT CAST(COALESCE(SUM(CASE WHEN kind = 1 THEN volume ELSE 0 END), 0) AS BIGINT),
	       CAST(COALESCE(SUM(CASE WHEN kind = 11 THEN -amount ELSE 0 END), 0) AS BIGINT),
	       CAST(COALESCE(SUM(CASE WHEN kind = 11 THEN volume ELSE 0 END), 0) AS BIGINT)
	FROM posting WHERE customer_id = $1 AND day > $2 AND day <= $3`
	sqlTalkPrices = `
	SELECT CAST(COALESCE(SUM(listed_net), 0) AS BIGINT), CAST(COALESCE(SUM(listed), 0) AS BIGINT)
	FROM invoice WHERE customer_id = $1 AND day > $2 AND day <= $3 AND withdrawn_at IS NULL AND listed > 0 AND receivable > 0`
	sqlTalkServices = `SELECT COUNT(*) FROM service_entry WHERE customer_id = $1 AND day > $2 AND day <= $3 AND withdrawn_at IS NULL AND estimate_id IS NULL`
)

// TalkSide adds up what a customer gave and got in a window: what a talk is
// measured by.
func (r Reader) TalkSide(ctx context.Context, customer account.CustomerID, w day.Window) (talk.Side, error) {
	var s talk.Side
	err := r.q.QueryRowContext(ctx, sqlTalkSums, customer, w.From, w.To).Scan(&s.Revenue, &s.Cost, &s.Benefit)
	if err == nil {
		err = r.q.QueryRowContext(ctx, sqlTalkPrices, customer, w.From, w.To).Scan(&s.ListedNet, &s.Listed)
	}
	if err == nil {
		err = r.q.QueryRowContext(ctx, sqlTalkServices, customer, w.From, w.To).Scan(&s.Services)
	}
	if err != nil {
		return talk.Side{}, fmt.Errorf("window of customer %d: %w", customer, err)
	}
	return s, nil
}

// TalkEffect compares before and after what was agreed began to hold.
func (r Reader) TalkEffect(ctx context.Context, t talk.Talk, asOf day.Day) (e talk.Effect, err error) {
	before, after, days, early := talk.Windows(t.ValidFrom, asOf)
	if e.Days, e.Early = days, early; days == 0 {
		return e, nil
	}
	if e.Before, err = r.TalkSide(ctx, t.Customer, before); err != nil {
		return e, err
	}
	e.After, err = r.TalkSide(ctx, t.Customer, after)
	return e, err
}
