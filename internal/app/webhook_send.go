package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"quid/fault"
	"quid/internal/dial"
	"quid/internal/hook"
	"quid/internal/store"
)

// WebhookJob sends what is due to a webhook; the argument is the webhook's id.
const WebhookJob = "webhook"

// delivery is an event on its way to a webhook.
func (a *App) delivery(w store.Webhook, event int64, k hook.Kind, d hook.Data) store.Delivery {
	now := a.Now()
	return store.Delivery{Webhook: w.ID, ID: a.id(), Event: event, Kind: string(k), Body: hook.Body(k, now, d), State: store.DeliveryDue, Next: now, Made: now}
}

// tell writes down, in the transaction of a change, what the webhooks are to be told of
// it.
func (a *App) tell(ctx context.Context, tx *store.Tx, k hook.Kind, d hook.Data) error {
	all, err := tx.Webhooks(ctx)
	if err != nil {
		return err
	}
	event := int64(0)
	for _, w := range all {
		if !w.Off.IsZero() || !slices.Contains(w.Events, string(k)) {
			continue
		}
		if event == 0 {
			event = a.id()
		}
		err := errors.Join(tx.AddDeliveries(ctx, []store.Delivery{a.delivery(w, event, k, d)}), a.enqueue(ctx, tx, WebhookJob, strconv.FormatInt(w.ID, 10)))
		if err != nil {
			return fmt.Errorf("tell webhooks of %s: %w", k, err)
		}
	}
	return nil
}

// Limits of a run of WebhookJob.
const (
	mostSends   = 100             // then others have their turn
	claimed     = 2 * time.Minute // more than a call takes: then somebody else may try
	afterFail   = 5 * time.Second // a receiver that failed gets nothing else meanwhile
	keptAnswers = 30 * 24 * time.Hour
	longestSaid = 200 // characters of an answer that are kept
)

// RunWebhook sends what is due to a webhook, until nothing is or a try fails, and asks to
// be called again when something is. A message that was sent and whose answer could not
// be written down is sent again: receivers know it by its id.
func (a *App) RunWebhook(ctx context.Context, arg string) error {
	if err := connects(ctx); err != nil {
		return err
	}
	id, err := strconv.ParseInt(arg, 10, 64)
	if err != nil {
		return fmt.Errorf("webhook job %q: %w", arg, err)
	}
	soonest := a.Now()
	for range mostSends {
		sent, ok, err := a.sendNext(ctx, id)
		if err != nil {
			return err
		}
		if !sent {
			break
		}
		if !ok {
			soonest = a.Now().Add(afterFail)
			break
		}
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		next, err := tx.NextDelivery(ctx, id)
		if errors.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if next.Next.After(soonest) {
			soonest = next.Next
		}
		return tx.Enqueue(ctx, a.id(), WebhookJob, arg, soonest)
	})
}

// sendNext sends what is due first: sent says whether there was something, ok whether it
// got through.
func (a *App) sendNext(ctx context.Context, id int64) (sent, ok bool, err error) {
	var w store.Webhook
	var d store.Delivery
	err = a.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if w, err = tx.Webhook(ctx, id); err == nil {
			d, err = tx.ClaimDelivery(ctx, id, a.Now(), a.Now().Add(claimed))
		}
		return err
	})
	if errors.Is(err, fault.NotFound) {
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	now := a.Now()
	secrets := []string{w.Secret}
	if now.Before(w.OldUntil) {
		secrets = append(secrets, w.OldSecret)
	}
	message := hook.MessageID(d.Event)
	header, err := hook.Header(message, now, d.Body, secrets...)
	if err != nil {
		return false, false, err
	}
	answer, failed := a.Calls.Post(ctx, w.Address, header, []byte(d.Body))
	if ctx.Err() != nil { // the server ends: this was no try
		return false, false, ctx.Err()
	}
	try := store.Attempt{Webhook: id, Delivery: d.ID, Number: d.Attempts + 1, Tried: now, Took: a.Now().Sub(now), Status: answer.Status, Problem: problemOf(answer, failed), Answer: said(answer.Start)}
	return true, try.Problem == "", a.noteTry(ctx, try, answer.Header.Get("Retry-After"))
}

// problemOf says what went wrong with a try, "" if it got through.
func problemOf(answer dial.Answer, failed error) string {
	switch {
	case failed != nil:
		return clippedTo(failed.Error(), longestSaid)
	case answer.Status/100 == 2:
		return ""
	case answer.Status/100 == 3:
		return "the receiver leads elsewhere, which is not followed: change the address"
	default:
		return fmt.Sprintf("the receiver answered %d", answer.Status)
	}
}

// said is the beginning of an answer as text.
func said(b []byte) string {
	return clippedTo(strings.ReplaceAll(strings.ToValidUTF8(string(b), ""), "\x00", ""), longestSaid)
}

func clippedTo(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// noteTry writes down how a try ended, and what follows from it.
func (a *App) noteTry(ctx context.Context, try store.Attempt, asked string) error {
	off := ""
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		off = ""
		w, err := tx.Webhook(ctx, try.Webhook)
		if errors.Is(err, fault.NotFound) {
			return nil // it was deleted meanwhile
		}
		if err != nil {
			return err
		}
		d, err := tx.Delivery(ctx, try.Webhook, try.Delivery)
		if err != nil {
			return err
		}
		now := a.Now()
		d.Tries, d.Attempts, d.Status, d.Problem = d.Tries+1, d.Attempts+1, try.Status, try.Problem
		try.Number = d.Attempts
		pause, again := hook.Pause(d.Tries, d.ID, asked)
		off = switching(w, try, again, now)
		switch {
		case try.Problem == "":
			d.State, d.Ended = store.DeliveryDone, now
			err = tx.WebhookWorked(ctx, w.ID, now)
		case off != "" || !w.Off.IsZero() || !again:
			d.State, d.Ended = store.DeliveryFailed, now
		default:
			d.Next = now.Add(pause)
		}
		if err := errors.Join(err, tx.PutDelivery(ctx, d), tx.AddAttempt(ctx, try)); err != nil || off == "" {
			return err
		}
		before := toldOfWebhook(w)
		if err := a.switchOff(ctx, tx, &w, off); err != nil {
			return err
		}
		w.Revision++
		return errors.Join(tx.PutWebhook(ctx, w), a.audit(ctx, tx, act{What: "switched off", Noun: "webhook", ID: w.ID, Before: before, After: toldOfWebhook(w)}))
	})
	if err == nil && off != "" {
		a.Log.WarnContext(ctx, "a webhook was switched off", "webhook", try.Webhook, "why", off, "status", try.Status)
	}
	return err
}

// switching is why a webhook is to be switched off after a try, "" where it isn't.
func switching(w store.Webhook, try store.Attempt, again bool, now time.Time) string {
	switch {
	case try.Problem == "" || !w.Off.IsZero():
		return ""
	case try.Status == gone:
		return store.OffGone
	case !again && now.Sub(w.Worked) >= hook.GivenUp:
		return store.OffFailing
	default:
		return ""
	}
}

// gone is the status of a receiver that wants to be told nothing more (410).
const gone = 410

// StartWebhooks asks for everything to be sent that is due: a server that was killed, or
// whose jobs gave up, goes on with it.
func (a *App) StartWebhooks(ctx context.Context) error {
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		ids, err := tx.WebhooksToSend(ctx)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := a.enqueue(ctx, tx, WebhookJob, strconv.FormatInt(id, 10)); err != nil {
				return err
			}
		}
		before := a.Now().Add(-keptAnswers)
		return errors.Join(tx.ForgetDeliveries(ctx, before, a.Now()), tx.ForgetJobs(ctx, WebhookJob, before))
	})
}
