package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
	"quid/money"
	"quid/value"
)

// EstimateJob estimates a whole segment, or takes a batch of estimates back; the
// argument is a SegmentEstimate.
const EstimateJob = "estimate"

// A SegmentEstimate estimates a service for all customers of a segment of a
// valuation, or takes back what was estimated at an instant.
type SegmentEstimate struct {
	Valuation int64         `json:"valuation,omitempty"`
	Segment   value.Segment `json:"segment,omitempty"`
	Type      int64         `json:"type,omitempty"`
	Quantity  money.Micro   `json:"quantity,omitempty"` // a month; 0 takes the estimate back
	Team      int64         `json:"team,omitempty"`
	At        int64         `json:"at"` // microseconds: the batch it belongs to
	Undo      bool          `json:"undo,omitempty"`

	But []account.CustomerID `json:"but,omitempty"` // of the segment, who are estimated by themselves
}

// An EstimateCell is one cell of the grid of estimates.
type EstimateCell struct {
	Customer account.CustomerID
	Type     int64
	Quantity money.Micro // a month; 0 takes the estimate back
	Team     int64       // who is thought to give it, 0 if nobody said
}

// mostCells is how many cells are saved as one.
const mostCells = 2_000

// EstimateGrid keeps the cells of a grid as one, all of them or none: those of
// customers now, those of whole segments by jobs. Together they are one batch to
// take back.
func (a *App) EstimateGrid(ctx context.Context, cells []EstimateCell, whole []SegmentEstimate) error {
	if err := may(ctx, auth.SetRates); err != nil {
		return err
	}
	if len(cells)+len(whole) == 0 {
		return nil
	}
	if len(cells) > mostCells {
		return fmt.Errorf("estimate: %w", fault.Field("quantity", "at most 2000 cells at once"))
	}
	now := a.Now()
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		if err := a.askEstimates(ctx, tx, whole, now); err != nil || len(cells) == 0 {
			return err
		}
		book, err := tx.Book(ctx)
		if err != nil {
			return err
		}
		for _, c := range cells {
			d, err := EstimateDraft{Customers: []account.CustomerID{c.Customer}, Type: c.Type, Quantity: c.Quantity, Team: c.Team, saved: now}.at(day.At(now))
			if err != nil {
				return err
			}
			t, err := typeOf(ctx, tx, c.Type)
			if err != nil && c.Quantity > 0 {
				return err
			}
			d = d.since(t)
			if err := a.teamThere(ctx, tx, c.Team); err != nil {
				return err
			}
			if err := a.estimate(ctx, tx, book, c.Customer, d); err != nil {
				return err
			}
		}
		return a.changed(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("estimate: %w", err)
	}
	return nil
}

// AskEstimates asks for estimates of whole segments, as one batch; the jobs follow
// in the transaction.
func (a *App) AskEstimates(ctx context.Context, list []SegmentEstimate) error {
	if err := may(ctx, auth.SetRates); err != nil {
		return err
	}
	now := a.Now()
	err := a.DB.Write(ctx, func(tx *store.Tx) error { return a.askEstimates(ctx, tx, list, now) })
	if err != nil {
		return fmt.Errorf("estimate segments: %w", err)
	}
	return nil
}

func (a *App) askEstimates(ctx context.Context, tx *store.Tx, list []SegmentEstimate, now time.Time) error {
	for _, e := range list {
		if e.Quantity < 0 {
			return fault.Field("quantity", "not below zero")
		}
		if !e.Undo {
			e.At = now.UnixMicro()
			if _, err := typeOf(ctx, tx, e.Type); err != nil {
				return err
			}
			if err := a.teamThere(ctx, tx, e.Team); err != nil {
				return err
			}
		}
		arg, err := json.Marshal(e)
		if err != nil {
			return err
		}
		asked := act{What: "asked for", Noun: "estimate", ID: e.Type, After: map[string]any{"segment": e.Segment, "quantity": e.Quantity.String(), "take_back": e.Undo}}
		if err := errors.Join(a.enqueue(ctx, tx, EstimateJob, string(arg)), a.audit(ctx, tx, asked)); err != nil {
			return err
		}
	}
	return nil
}

// RunEstimate does what an EstimateJob asks for. Done twice, it changes nothing
// the second time.
func (a *App) RunEstimate(ctx context.Context, arg string, progress func(done, total int64)) error {
	var e SegmentEstimate
	if err := json.Unmarshal([]byte(arg), &e); err != nil {
		return fmt.Errorf("estimate job %q: %w", arg, err)
	}
	at := time.UnixMicro(e.At).UTC()
	if e.Undo {
		return a.UndoEstimates(ctx, at, progress)
	}
	var ids []account.CustomerID
	for row, err := range a.DB.Read().Scores(ctx, e.Valuation) {
		if err != nil {
			return err
		}
		if row.Row.Segment() == e.Segment && !slices.Contains(e.But, row.Row.Customer) {
			ids = append(ids, row.Row.Customer)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	progress(0, int64(len(ids)))
	return a.Estimate(ctx, EstimateDraft{Customers: ids, Type: e.Type, Quantity: e.Quantity, Team: e.Team, saved: at}, func(done int) { progress(int64(done), int64(len(ids))) })
}

// UndoEstimates takes back what was estimated at an instant: what was made then
// ends, and what it took the place of holds again, unless somebody estimated anew
// since.
func (a *App) UndoEstimates(ctx context.Context, at time.Time, progress func(done, total int64)) error {
	if err := may(ctx, auth.SetRates); err != nil {
		return err
	}
	ids, err := a.DB.Read().EstimatedAt(ctx, at)
	if err != nil {
		return err
	}
	done, now := 0, a.Now()
	for part := range slices.Chunk(ids, estimateBatch) {
		err := a.DB.Write(ctx, func(tx *store.Tx) error {
			book, err := tx.Book(ctx)
			if err != nil {
				return err
			}
			for _, c := range part {
				if err := a.undoEstimates(ctx, tx, book, c, at, now); err != nil {
					return err
				}
			}
			return errors.Join(a.audit(ctx, tx, act{What: "took back", Noun: "estimate", After: map[string]any{"customers": len(part)}}), a.changed(ctx, tx))
		})
		if err != nil {
			return fmt.Errorf("take estimates back: %w", err)
		}
		if done += len(part); progress != nil {
			progress(int64(done), int64(len(ids)))
		}
	}
	return nil
}

func (a *App) undoEstimates(ctx context.Context, tx *store.Tx, book store.Book, customer account.CustomerID, at, now time.Time) error {
	all, err := tx.EstimatesOf(ctx, customer)
	if err != nil {
		return err
	}
	live := make(map[int64]bool)
	for _, e := range all {
		switch {
		case !e.Ended.IsZero():
		case e.Made.UnixMicro() == at.UnixMicro():
			if err := tx.EndEstimate(ctx, customer, e.ID, now); err != nil {
				return err
			}
		default:
			live[e.Type] = true
		}
	}
	for _, e := range all {
		if e.Ended.UnixMicro() != at.UnixMicro() || e.Ended.IsZero() || live[e.Type] {
			continue
		}
		e.ID, e.Made, e.Ended = a.id(), now, time.Time{}
		if err := tx.AddEstimate(ctx, e); err != nil {
			return err
		}
		live[e.Type] = true
	}
	return a.settleEstimates(ctx, tx, book, customer)
}
