package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"quid/fault"
	"quid/internal/auth"
	"quid/internal/hook"
	"quid/internal/store"
)

// A WebhookDraft is an address that is to be told what happens.
type WebhookDraft struct {
	Name    string
	Address string
	Events  []string
}

// longestAddress is that of a webhook, in bytes.
const longestAddress = 2000

// MostWebhooks is how many there may be: each change is written once for each.
const MostWebhooks = 50

// hooks refuses who may not manage webhooks. They are told of every customer, so that
// takes all customers in reach.
func connects(ctx context.Context) error {
	if err := may(ctx, auth.ManageUsers); err != nil || auth.From(ctx).ReachesAll() {
		return err
	}
	return fmt.Errorf("webhooks of customers out of reach: %w", fault.Denied)
}

func (a *App) checkWebhook(d *WebhookDraft) error {
	d.Name, d.Address = strings.TrimSpace(d.Name), strings.TrimSpace(d.Address)
	var errs []error
	if d.Name == "" || utf8.RuneCountInString(d.Name) > longestName {
		errs = append(errs, fault.Field("name", "write a name of at most 80 characters"))
	}
	if len(d.Address) > longestAddress {
		errs = append(errs, fault.Field("address", "write at most 2000 characters"))
	} else {
		errs = append(errs, a.Calls.Check("address", d.Address))
	}
	slices.Sort(d.Events)
	d.Events = slices.Compact(d.Events)
	if len(d.Events) == 0 {
		errs = append(errs, fault.Field("events", "choose an event at least"))
	}
	for _, e := range d.Events {
		if !hook.Kind(e).Known() {
			errs = append(errs, fault.Field("events", "there is no such event"))
			break
		}
	}
	return errors.Join(errs...)
}

// AddWebhook lets a program be told what happens. Its secret is shown once.
func (a *App) AddWebhook(ctx context.Context, d WebhookDraft) (w store.Webhook, err error) {
	if err := connects(ctx); err != nil {
		return w, err
	}
	if err := a.checkWebhook(&d); err != nil {
		return w, fmt.Errorf("add webhook: %w", err)
	}
	secret, err := hook.NewSecret(rand.Reader)
	if err != nil {
		return w, err
	}
	now := a.Now()
	w = store.Webhook{ID: a.id(), Name: d.Name, Address: d.Address, Events: d.Events, Secret: secret, By: auth.From(ctx).Name, Made: now, Worked: now, Revision: 1}
	err = a.DB.Write(ctx, func(tx *store.Tx) error {
		all, err := tx.Webhooks(ctx)
		if err == nil && len(all) >= MostWebhooks {
			err = fault.Field("name", "there are 50 webhooks already: delete one")
		}
		if err != nil {
			return err
		}
		return errors.Join(tx.AddWebhook(ctx, w), a.audit(ctx, tx, act{What: "made", Noun: "webhook", ID: w.ID, After: toldOfWebhook(w)}))
	})
	if err != nil {
		return w, fmt.Errorf("add webhook: %w", err)
	}
	return w, nil
}

// toldOfWebhook is what the audit log says of a webhook. Its address may hold a secret of
// the receiver.
func toldOfWebhook(w store.Webhook) map[string]any {
	state := "on"
	if !w.Off.IsZero() {
		state = "off"
	}
	address, _, _ := strings.Cut(w.Address, "?")
	return map[string]any{"name": w.Name, "address": address, "events": w.Events, "state": state}
}

// changeWebhook writes what fn makes of a webhook, and what was done into the log.
func (a *App) changeWebhook(ctx context.Context, id int64, what string, fn func(*store.Tx, *store.Webhook) error) (w store.Webhook, err error) {
	err = a.DB.Write(ctx, func(tx *store.Tx) error {
		before, err := tx.Webhook(ctx, id)
		if err != nil {
			return err
		}
		w = before
		if err := fn(tx, &w); err != nil {
			return err
		}
		w.Revision = before.Revision + 1
		return errors.Join(tx.PutWebhook(ctx, w), a.audit(ctx, tx, act{What: what, Noun: "webhook", ID: id, Before: toldOfWebhook(before), After: toldOfWebhook(w)}))
	})
	if err != nil {
		return w, fmt.Errorf("webhook %d: %w", id, err)
	}
	return w, nil
}

// A WebhookEdit is what somebody changes of a webhook.
type WebhookEdit struct {
	WebhookDraft
	Seen int32 // the revision that they saw
	On   bool
}

// SaveWebhook changes a webhook, and switches it on or off. What happens while it is off
// is not told later. It fails with fault.Conflict if somebody changed it meanwhile.
func (a *App) SaveWebhook(ctx context.Context, id int64, e WebhookEdit) (store.Webhook, error) {
	if err := connects(ctx); err != nil {
		return store.Webhook{}, err
	}
	if err := a.checkWebhook(&e.WebhookDraft); err != nil {
		return store.Webhook{}, fmt.Errorf("webhook %d: %w", id, err)
	}
	return a.changeWebhook(ctx, id, "changed", func(tx *store.Tx, w *store.Webhook) error {
		if w.Revision != e.Seen {
			return fault.Conflict
		}
		w.Name, w.Address, w.Events = e.Name, e.Address, e.Events
		switch {
		case e.On && !w.Off.IsZero():
			w.Off, w.Why, w.Worked = time.Time{}, "", a.Now()
		case !e.On && w.Off.IsZero():
			return a.switchOff(ctx, tx, w, store.OffByPerson)
		}
		return nil
	})
}

// switchOff switches a webhook off: what was still to be sent to it has failed.
func (a *App) switchOff(ctx context.Context, tx *store.Tx, w *store.Webhook, why string) error {
	w.Off, w.Why = a.Now(), why
	return tx.FailDeliveries(ctx, w.ID, "the webhook was switched off", a.Now())
}

// RenewSecret gives a webhook a new secret; for a day the old one signs too.
func (a *App) RenewSecret(ctx context.Context, id int64) (store.Webhook, error) {
	if err := connects(ctx); err != nil {
		return store.Webhook{}, err
	}
	secret, err := hook.NewSecret(rand.Reader)
	if err != nil {
		return store.Webhook{}, err
	}
	return a.changeWebhook(ctx, id, "gave a new secret", func(_ *store.Tx, w *store.Webhook) error {
		w.Secret, w.OldSecret, w.OldUntil = secret, w.Secret, a.Now().Add(hook.TwoSecrets)
		return nil
	})
}

// DropWebhook takes a webhook away, with the log of what was sent there.
func (a *App) DropWebhook(ctx context.Context, id int64) error {
	if err := connects(ctx); err != nil {
		return err
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		w, err := tx.Webhook(ctx, id)
		if err != nil {
			return err
		}
		return errors.Join(tx.DropWebhook(ctx, id), a.audit(ctx, tx, act{What: "deleted", Noun: "webhook", ID: id, Before: toldOfWebhook(w)}))
	})
	if err != nil {
		return fmt.Errorf("webhook %d: %w", id, err)
	}
	return nil
}

// TestWebhook sends a webhook an event that says nothing.
func (a *App) TestWebhook(ctx context.Context, id int64) (delivery int64, err error) {
	if err := connects(ctx); err != nil {
		return 0, err
	}
	err = a.DB.Write(ctx, func(tx *store.Tx) error {
		w, err := tx.Webhook(ctx, id)
		if err != nil {
			return err
		}
		if !w.Off.IsZero() {
			return fault.Field("state", "switch the webhook on before")
		}
		d := a.delivery(w, a.id(), hook.Test, hook.Of("webhook", id))
		delivery = d.ID
		return errors.Join(tx.AddDeliveries(ctx, []store.Delivery{d}), a.enqueue(ctx, tx, WebhookJob, strconv.FormatInt(id, 10)))
	})
	if err != nil {
		return 0, fmt.Errorf("test webhook %d: %w", id, err)
	}
	return delivery, nil
}

// ReplayDelivery sends once more what was sent, or failed.
func (a *App) ReplayDelivery(ctx context.Context, webhook, id int64) error {
	if err := connects(ctx); err != nil {
		return err
	}
	return a.replay(ctx, webhook, func(tx *store.Tx) error {
		d, err := tx.Delivery(ctx, webhook, id)
		if err != nil {
			return err
		}
		d.State, d.Tries, d.Next, d.Ended = store.DeliveryDue, 0, a.Now(), time.Time{}
		return tx.PutDelivery(ctx, d)
	})
}

// ReplayFailed sends once more all that failed, and returns how many that are.
func (a *App) ReplayFailed(ctx context.Context, webhook int64) (n int64, err error) {
	if err := connects(ctx); err != nil {
		return 0, err
	}
	err = a.replay(ctx, webhook, func(tx *store.Tx) (err error) {
		n, err = tx.ReplayFailed(ctx, webhook, a.Now())
		return err
	})
	return n, err
}

func (a *App) replay(ctx context.Context, webhook int64, fn func(*store.Tx) error) error {
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		w, err := tx.Webhook(ctx, webhook)
		if err == nil && !w.Off.IsZero() {
			err = fault.Field("state", "switch the webhook on before")
		}
		if err != nil {
			return err
		}
		return errors.Join(fn(tx), a.enqueue(ctx, tx, WebhookJob, strconv.FormatInt(webhook, 10)))
	})
	if err != nil {
		return fmt.Errorf("replay webhook %d: %w", webhook, err)
	}
	return nil
}
