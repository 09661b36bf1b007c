package store

import (
	"context"
	"fmt"
	"time"

	"quid/fault"
)

// How a delivery stands.
const (
	DeliveryDue    = "due"
	DeliveryDone   = "done"
	DeliveryFailed = "failed"
)

// A Delivery is an event on its way to a webhook.
type Delivery struct {
	Webhook  int64
	ID       int64
	Event    int64 // the same for all webhooks that are told
	Kind     string
	Body     string
	State    string
	Tries    int // since it was last asked for
	Attempts int // ever
	Next     time.Time
	Status   int    // of the last answer, 0 for none
	Problem  string // of the last try
	Made     time.Time
	Ended    time.Time
}

// An Attempt is one try to deliver.
type Attempt struct {
	Webhook  int64
	Delivery int64
	Number   int
	Tried    time.Time
	Took     time.Duration
	Status   int
	Problem  string
	Answer   string // its beginning
}

const deliveryColumns = `webhook_id, delivery_id, event_id, kind, body, state, tries, attempts, next_at, status, problem, made_at, ended_at`

var deliveryTable = tableOf("webhook_delivery", commaless(deliveryColumns))

const (
	sqlDelivery      = `SELECT ` + deliveryColumns + ` FROM webhook_delivery WHERE webhook_id = $1 AND delivery_id = $2`
	sqlDeliveries    = `SELECT ` + deliveryColumns + ` FROM webhook_delivery WHERE webhook_id = $1 ORDER BY delivery_id DESC LIMIT $2`
	sqlNextDelivery  = `SELECT ` + deliveryColumns + ` FROM webhook_delivery WHERE webhook_id = $1 AND state = 'due' ORDER BY next_at, delivery_id LIMIT 1`
	sqlClaimDelivery = `UPDATE webhook_delivery SET next_at = $1 WHERE webhook_id = $2 AND delivery_id = $3`
	sqlPutDelivery   = `
		UPDATE webhook_delivery SET state = $1, tries = $2, attempts = $3, next_at = $4, status = $5, problem = $6, ended_at = $7
		WHERE webhook_id = $8 AND delivery_id = $9`
	sqlFailDeliveries   = `UPDATE webhook_delivery SET state = 'failed', problem = $1, ended_at = $2 WHERE webhook_id = $3 AND state = 'due'`
	sqlReplayFailed     = `UPDATE webhook_delivery SET state = 'due', tries = 0, next_at = $1, ended_at = NULL WHERE webhook_id = $2 AND state = 'failed'`
	sqlInsertAttempt    = `INSERT INTO webhook_attempt (webhook_id, delivery_id, number, tried_at, millis, status, problem, answer) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	sqlAttempts         = `SELECT webhook_id, delivery_id, number, tried_at, millis, status, problem, answer FROM webhook_attempt WHERE webhook_id = $1 AND delivery_id = $2 ORDER BY number DESC`
	sqlAttemptsWithinOf = `SELECT webhook_id, delivery_id, number, tried_at, millis, status, problem, answer FROM webhook_attempt WHERE webhook_id = $1 AND delivery_id >= $2 ORDER BY delivery_id, number DESC`
)

// AddDeliveries writes what is to be sent.
func (tx *Tx) AddDeliveries(ctx context.Context, ds []Delivery) error {
	var args []any
	for _, d := range ds {
		args = append(args, d.Webhook, d.ID, d.Event, d.Kind, d.Body, d.State, int64(d.Tries), int64(d.Attempts), d.Next.UnixMicro(), int64(d.Status), d.Problem, d.Made.UnixMicro(), since(d.Ended))
	}
	return tx.load(ctx, deliveryTable, args)
}

// Delivery returns one.
func (r Reader) Delivery(ctx context.Context, webhook, id int64) (Delivery, error) {
	return r.delivery(ctx, sqlDelivery, webhook, id)
}

// NextDelivery returns the one of a webhook that is due first, though it may be due only
// later; fault.NotFound if there is none.
func (r Reader) NextDelivery(ctx context.Context, webhook int64) (Delivery, error) {
	return r.delivery(ctx, sqlNextDelivery, webhook)
}

func (r Reader) delivery(ctx context.Context, query string, args ...any) (Delivery, error) {
	list, err := r.deliveries(ctx, query, args...)
	return only(list, err, "delivery")
}

// Deliveries returns the newest of a webhook, at most so many.
func (r Reader) Deliveries(ctx context.Context, webhook int64, most int) ([]Delivery, error) {
	return r.deliveries(ctx, sqlDeliveries, webhook, int64(most))
}

func (r Reader) deliveries(ctx context.Context, query string, args ...any) ([]Delivery, error) {
	var out []Delivery
	err := r.each(ctx, query, args, func(rec *record) error {
		out = append(out, Delivery{
			rec.int(0), rec.int(1), rec.int(2), rec.text(3), rec.text(4), rec.text(5), int(rec.int(6)), int(rec.int(7)), rec.instant(8), int(rec.int(9)), rec.text(10), rec.instant(11), rec.instant(12),
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("deliveries: %w", err)
	}
	return out, nil
}

// ClaimDelivery takes the next one of a webhook that is due now, and keeps others from it
// until an instant: if whoever took it is killed, it is due again then. fault.NotFound
// if nothing is due.
func (tx *Tx) ClaimDelivery(ctx context.Context, webhook int64, now, until time.Time) (Delivery, error) {
	d, err := tx.NextDelivery(ctx, webhook)
	if err == nil && d.Next.After(now) {
		err = fmt.Errorf("delivery: %w", fault.NotFound)
	}
	if err != nil {
		return Delivery{}, err
	}
	d.Next = until
	if _, err := tx.exec(ctx, sqlClaimDelivery, until.UnixMicro(), d.Webhook, d.ID); err != nil {
		return Delivery{}, fmt.Errorf("claim delivery %d: %w", d.ID, err)
	}
	return d, nil
}

// PutDelivery writes how a delivery stands.
func (tx *Tx) PutDelivery(ctx context.Context, d Delivery) error {
	_, err := tx.exec(ctx, sqlPutDelivery, d.State, int64(d.Tries), int64(d.Attempts), d.Next.UnixMicro(), int64(d.Status), d.Problem, since(d.Ended), d.Webhook, d.ID)
	if err != nil {
		return fmt.Errorf("delivery %d: %w", d.ID, err)
	}
	return nil
}

// FailDeliveries ends what is still to be sent to a webhook.
func (tx *Tx) FailDeliveries(ctx context.Context, webhook int64, why string, at time.Time) error {
	if _, err := tx.exec(ctx, sqlFailDeliveries, why, at.UnixMicro(), webhook); err != nil {
		return fmt.Errorf("fail deliveries of %d: %w", webhook, err)
	}
	return nil
}

// ReplayFailed asks for all of a webhook again that failed, and says how many.
func (tx *Tx) ReplayFailed(ctx context.Context, webhook int64, at time.Time) (int64, error) {
	n, err := tx.exec(ctx, sqlReplayFailed, at.UnixMicro(), webhook)
	if err != nil {
		return 0, fmt.Errorf("replay deliveries of %d: %w", webhook, err)
	}
	return n, nil
}

// AddAttempt writes down a try.
func (tx *Tx) AddAttempt(ctx context.Context, a Attempt) error {
	_, err := tx.exec(ctx, sqlInsertAttempt, a.Webhook, a.Delivery, int64(a.Number), a.Tried.UnixMicro(), a.Took.Milliseconds(), int64(a.Status), a.Problem, a.Answer)
	if err != nil {
		return fmt.Errorf("attempt of delivery %d: %w", a.Delivery, err)
	}
	return nil
}

// Attempts returns the tries of a delivery, the last first.
func (r Reader) Attempts(ctx context.Context, webhook, delivery int64) ([]Attempt, error) {
	return r.attempts(ctx, sqlAttempts, webhook, delivery)
}

// AttemptsFrom returns the tries of the deliveries of a webhook from an id on, by
// delivery, the last of each first.
func (r Reader) AttemptsFrom(ctx context.Context, webhook, delivery int64) (map[int64][]Attempt, error) {
	list, err := r.attempts(ctx, sqlAttemptsWithinOf, webhook, delivery)
	out := make(map[int64][]Attempt)
	for _, a := range list {
		out[a.Delivery] = append(out[a.Delivery], a)
	}
	return out, err
}

func (r Reader) attempts(ctx context.Context, query string, args ...any) ([]Attempt, error) {
	var out []Attempt
	err := r.each(ctx, query, args, func(rec *record) error {
		out = append(out, Attempt{
			rec.int(0), rec.int(1), int(rec.int(2)), rec.instant(3), time.Duration(rec.int(4)) * time.Millisecond, int(rec.int(5)), rec.text(6), rec.text(7),
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("attempts: %w", err)
	}
	return out, nil
}
