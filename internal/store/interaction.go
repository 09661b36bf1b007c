package store

import (
	"context"
	"database/sql"
	"fmt"

	"quid/account"
	"quid/fact"
)

const interactionColumns = `customer_id, interaction_id, number, day, channel, direction, subject, contact, minutes, purpose, cost, taken, rate,
	posted_on, revision, version, import_id, withdrawn_at, service_id`

var interactionTable = tableOf("interaction", commaless(interactionColumns))

func interactionArgs(args []any, k *Kept[fact.Interaction]) []any {
	d := &k.Doc
	direction := ""
	if d.Outbound != nil {
		direction = "in"
		if *d.Outbound {
			direction = "out"
		}
	}
	return append(args, int64(d.Customer), int64(d.ID), d.Number, int64(d.Day), d.Channel, direction, d.Subject, d.Contact, int64(d.Minutes),
		d.Purpose, cents(d.Cost), int64(d.CostTaken), int64(d.RateUsed), int64(k.PostedOn), int64(d.Revision), d.Version, d.Import, since(k.Withdrawn), null(int64(d.Service)))
}

// AddInteractions writes new interactions.
func (tx *Tx) AddInteractions(ctx context.Context, ks []Kept[fact.Interaction]) error {
	args := make([]any, 0, len(ks)*len(interactionTable.columns))
	for i := range ks {
		args = interactionArgs(args, &ks[i])
	}
	return tx.load(ctx, interactionTable, args)
}

var sqlPutInteraction = updateByKey(interactionTable, 2)

// PutInteraction writes an interaction over the one that is there.
func (tx *Tx) PutInteraction(ctx context.Context, k Kept[fact.Interaction]) error {
	if _, err := tx.exec(ctx, sqlPutInteraction, interactionArgs(nil, &k)...); err != nil {
		return fmt.Errorf("put interaction %s: %w", k.Doc.Number, err)
	}
	return nil
}

const (
	sqlInteraction    = `SELECT ` + interactionColumns + ` FROM interaction WHERE customer_id = $1 AND interaction_id = $2`
	sqlInteractionAs  = `SELECT ` + interactionColumns + ` FROM interaction WHERE customer_id = $1 AND service_id = $2`
	sqlInteractionsOf = `SELECT ` + interactionColumns + ` FROM interaction WHERE customer_id = $1 AND withdrawn_at IS NULL ORDER BY day DESC, interaction_id`
)

// Interaction returns an interaction.
func (r Reader) Interaction(ctx context.Context, ref Ref) (Kept[fact.Interaction], error) {
	if err := r.Reach(ctx, ref.Customer); err != nil {
		return Kept[fact.Interaction]{}, err
	}
	ks, err := r.interactions(ctx, sqlInteraction, ref.Customer, ref.ID)
	if err == nil && len(ks) == 0 {
		err = one(sql.ErrNoRows)
	}
	if err != nil {
		return Kept[fact.Interaction]{}, fmt.Errorf("interaction %d: %w", ref.ID, err)
	}
	return ks[0], nil
}

// InteractionAs returns the interactions that were the given service.
func (r Reader) InteractionAs(ctx context.Context, entry Ref) ([]Kept[fact.Interaction], error) {
	return r.interactions(ctx, sqlInteractionAs, entry.Customer, entry.ID)
}

// InteractionsOf returns the interactions of a customer that stand, newest first.
func (r Reader) InteractionsOf(ctx context.Context, customer account.CustomerID) ([]Kept[fact.Interaction], error) {
	return r.interactions(ctx, sqlInteractionsOf, customer)
}

func (r Reader) interactions(ctx context.Context, query string, args ...any) ([]Kept[fact.Interaction], error) {
	rows, err := r.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("interactions: %w", err)
	}
	defer rows.Close()
	var out []Kept[fact.Interaction]
	for rows.Next() {
		var k Kept[fact.Interaction]
		d := &k.Doc
		var direction string
		var cost, withdrawn, entry sql.NullInt64
		if err := rows.Scan(&d.Customer, &d.ID, &d.Number, &d.Day, &d.Channel, &direction, &d.Subject, &d.Contact, &d.Minutes, &d.Purpose, &cost,
			&d.CostTaken, &d.RateUsed, &k.PostedOn, &d.Revision, &d.Version, &d.Import, &withdrawn, &entry); err != nil {
			return nil, fmt.Errorf("interactions: %w", err)
		}
		if direction != "" {
			out := direction == "out"
			d.Outbound = &out
		}
		d.Cost, k.Withdrawn, d.Service = amountOf(cost), instant(withdrawn), account.DocumentID(entry.Int64)
		out = append(out, k)
	}
	return out, rows.Err()
}
