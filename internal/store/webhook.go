package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// A Webhook is an address of a program that is told what happens.
type Webhook struct {
	ID        int64
	Name      string
	Address   string
	Events    []string // that it wants to be told
	Secret    string
	OldSecret string // signs too until OldUntil
	OldUntil  time.Time
	By        string
	Made      time.Time
	Worked    time.Time // when something got through last, or it was made or switched on
	Off       time.Time // zero while it works
	Why       string    // it is off: one of the reasons below
	Revision  int32
}

// Why a webhook is off.
const (
	OffByPerson = "person"
	OffFailing  = "failing" // nothing got through for days
	OffGone     = "gone"    // the receiver said so
)

const webhookColumns = `webhook_id, name, address, events, secret, old_secret, old_until, made_by, made_at, worked_at, off_at, off_why, revision`

const (
	sqlWebhooks      = `SELECT ` + webhookColumns + ` FROM webhook ORDER BY webhook_id DESC`
	sqlWebhook       = `SELECT ` + webhookColumns + ` FROM webhook WHERE webhook_id = $1`
	sqlInsertWebhook = `INSERT INTO webhook (` + webhookColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	sqlUpdateWebhook = `
		UPDATE webhook SET name = $1, address = $2, events = $3, secret = $4, old_secret = $5, old_until = $6, worked_at = $7, off_at = $8, off_why = $9, revision = $10
		WHERE webhook_id = $11`
	sqlWebhookWorked      = `UPDATE webhook SET worked_at = $1 WHERE webhook_id = $2`
	sqlDeleteWebhook      = `DELETE FROM webhook WHERE webhook_id = $1`
	sqlDeleteDeliveriesOf = `DELETE FROM webhook_delivery WHERE webhook_id = $1`
	sqlDeleteAttemptsOf   = `DELETE FROM webhook_attempt WHERE webhook_id = $1`
	sqlForgetOldSecrets   = `UPDATE webhook SET old_secret = '', old_until = NULL WHERE old_until < $1`
	sqlForgetDeliveries   = `DELETE FROM webhook_delivery WHERE state <> 'due' AND ended_at < $1`
	sqlForgetAttempts     = `
		DELETE FROM webhook_attempt WHERE tried_at < $1
			AND NOT EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.webhook_id = webhook_attempt.webhook_id AND d.delivery_id = webhook_attempt.delivery_id)`
	sqlWebhooksToSend        = `SELECT DISTINCT webhook_id FROM webhook_delivery WHERE state = 'due' ORDER BY webhook_id`
	sqlDeliveriesByWebhookOf = `SELECT webhook_id, state, COUNT(*) FROM webhook_delivery GROUP BY webhook_id, state`
)

// Webhooks returns all of them, the newest first.
func (r Reader) Webhooks(ctx context.Context) ([]Webhook, error) { return r.webhooks(ctx, sqlWebhooks) }

// Webhook returns one.
func (r Reader) Webhook(ctx context.Context, id int64) (Webhook, error) {
	list, err := r.webhooks(ctx, sqlWebhook, id)
	return only(list, err, "webhook %d", id)
}

func (r Reader) webhooks(ctx context.Context, query string, args ...any) ([]Webhook, error) {
	var out []Webhook
	err := r.each(ctx, query, args, func(rec *record) error {
		out = append(out, Webhook{
			rec.int(0), rec.text(1), rec.text(2), strings.Fields(rec.text(3)), rec.text(4), rec.text(5), rec.instant(6), rec.text(7), rec.instant(8), rec.instant(9), rec.instant(10),
			rec.text(11), int32(rec.int(12)),
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("webhooks: %w", err)
	}
	return out, nil
}

// AddWebhook writes a new one.
func (tx *Tx) AddWebhook(ctx context.Context, w Webhook) error {
	_, err := tx.exec(ctx, sqlInsertWebhook, w.ID, w.Name, w.Address, strings.Join(w.Events, " "), w.Secret, w.OldSecret, since(w.OldUntil), w.By, w.Made.UnixMicro(), w.Worked.UnixMicro(),
		since(w.Off), w.Why, int64(w.Revision))
	if err != nil {
		return fmt.Errorf("add webhook: %w", err)
	}
	return nil
}

// PutWebhook writes one anew.
func (tx *Tx) PutWebhook(ctx context.Context, w Webhook) error {
	_, err := tx.exec(ctx, sqlUpdateWebhook, w.Name, w.Address, strings.Join(w.Events, " "), w.Secret, w.OldSecret, since(w.OldUntil), w.Worked.UnixMicro(), since(w.Off), w.Why, int64(w.Revision), w.ID)
	if err != nil {
		return fmt.Errorf("webhook %d: %w", w.ID, err)
	}
	return nil
}

// WebhookWorked notes that something got through.
func (tx *Tx) WebhookWorked(ctx context.Context, id int64, at time.Time) error {
	if _, err := tx.exec(ctx, sqlWebhookWorked, at.UnixMicro(), id); err != nil {
		return fmt.Errorf("webhook %d: %w", id, err)
	}
	return nil
}

// DropWebhook takes one away, with all that was sent there.
func (tx *Tx) DropWebhook(ctx context.Context, id int64) error {
	for _, query := range []string{sqlDeleteAttemptsOf, sqlDeleteDeliveriesOf, sqlDeleteWebhook} {
		if _, err := tx.exec(ctx, query, id); err != nil {
			return fmt.Errorf("drop webhook %d: %w", id, err)
		}
	}
	return nil
}

// ForgetDeliveries deletes what was sent, or failed, before an instant, and secrets that
// sign no more now.
func (tx *Tx) ForgetDeliveries(ctx context.Context, before, now time.Time) error {
	for _, step := range []struct {
		query string
		at    time.Time
	}{{sqlForgetDeliveries, before}, {sqlForgetAttempts, before}, {sqlForgetOldSecrets, now}} {
		if _, err := tx.exec(ctx, step.query, step.at.UnixMicro()); err != nil {
			return fmt.Errorf("forget deliveries: %w", err)
		}
	}
	return nil
}

// WebhooksToSend returns those to which something is still to be sent.
func (r Reader) WebhooksToSend(ctx context.Context) ([]int64, error) {
	var out []int64
	err := r.each(ctx, sqlWebhooksToSend, nil, func(rec *record) error {
		out = append(out, rec.int(0))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("webhooks: %w", err)
	}
	return out, nil
}

// A DeliveryCount says how many deliveries of a webhook stand how.
type DeliveryCount struct{ Due, Done, Failed int64 }

// DeliveryCounts returns them by webhook.
func (r Reader) DeliveryCounts(ctx context.Context) (map[int64]DeliveryCount, error) {
	out := make(map[int64]DeliveryCount)
	err := r.each(ctx, sqlDeliveriesByWebhookOf, nil, func(rec *record) error {
		c := out[rec.int(0)]
		switch rec.text(1) {
		case DeliveryDue:
			c.Due = rec.int(2)
		case DeliveryDone:
			c.Done = rec.int(2)
		default:
			c.Failed = rec.int(2)
		}
		out[rec.int(0)] = c
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("deliveries: %w", err)
	}
	return out, nil
}
