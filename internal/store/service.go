package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"quid/account"
	"quid/service"
)

var (
	typeTable = tableOf("service_type", "type_id code name_de name_en category unit step rung words sold_at retired_at stub_at revision import_id")
	rateTable = tableOf("service_rate", "type_id team_id valid_from cost benefit")
)

func typeArgs(t *service.Type) []any {
	at := time.UnixMicro(1) // when a flag was set is not told: an import says only that it is
	return []any{
		t.ID, t.Code, t.NameDE, t.NameEN, t.Category, string(t.Unit), int64(t.Step), int64(t.Rung), t.Words, flag(t.Sold, at), flag(t.Retired, at),
		flag(t.Stub, at), int64(t.Revision), t.Import,
	}
}

// AddType writes a new service type with its rates.
func (tx *Tx) AddType(ctx context.Context, t service.Type) error {
	if err := tx.load(ctx, typeTable, typeArgs(&t)); err != nil {
		return err
	}
	return tx.addRates(ctx, t)
}

func (tx *Tx) addRates(ctx context.Context, t service.Type) error {
	var args []any
	for _, r := range t.Rates {
		args = append(args, t.ID, r.Team, int64(r.ValidFrom), int64(r.Cost), int64(r.Benefit))
	}
	return tx.load(ctx, rateTable, args)
}

var sqlPutType = updateByKey(typeTable, 1)

const (
	sqlDeleteRates = `DELETE FROM service_rate WHERE type_id = $1`
	sqlDeleteType  = `DELETE FROM service_type WHERE type_id = $1`
)

// PutType writes a service type and its rates over the one that is there. What
// was posted keeps its rate.
func (tx *Tx) PutType(ctx context.Context, t service.Type) error {
	if _, err := tx.exec(ctx, sqlPutType, typeArgs(&t)...); err != nil {
		return fmt.Errorf("put service type %s: %w", t.Code, err)
	}
	if _, err := tx.exec(ctx, sqlDeleteRates, t.ID); err != nil {
		return fmt.Errorf("put service type %s: %w", t.Code, err)
	}
	return tx.addRates(ctx, t)
}

// DeleteType forgets a service type nothing names.
func (tx *Tx) DeleteType(ctx context.Context, id int64) error {
	for _, q := range []string{sqlDeleteRates, sqlDeleteType} {
		if _, err := tx.exec(ctx, q, id); err != nil {
			return fmt.Errorf("delete service type %d: %w", id, err)
		}
	}
	return nil
}

const (
	sqlTypes     = `SELECT type_id, code, name_de, name_en, category, unit, step, rung, words, sold_at, retired_at, stub_at, revision, import_id FROM service_type ORDER BY code`
	sqlTypeRates = `SELECT type_id, team_id, valid_from, cost, benefit FROM service_rate ORDER BY type_id, team_id, valid_from`
	sqlTypesUsed = `SELECT DISTINCT type_id FROM service_entry WHERE withdrawn_at IS NULL`
)

// Types returns the catalogue of free services with all rates, by code.
func (r Reader) Types(ctx context.Context) ([]service.Type, error) {
	rows, err := r.q.QueryContext(ctx, sqlTypes)
	if err != nil {
		return nil, fmt.Errorf("service types: %w", err)
	}
	defer rows.Close()
	var types []service.Type
	at := make(map[int64]int)
	for rows.Next() {
		var t service.Type
		var sold, retired, stub sql.NullInt64
		if err := rows.Scan(&t.ID, &t.Code, &t.NameDE, &t.NameEN, &t.Category, &t.Unit, &t.Step, &t.Rung, &t.Words, &sold, &retired, &stub,
			&t.Revision, &t.Import); err != nil {
			return nil, fmt.Errorf("service types: %w", err)
		}
		t.Sold, t.Retired, t.Stub = sold.Valid, retired.Valid, stub.Valid
		at[t.ID] = len(types)
		types = append(types, t)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("service types: %w", err)
	}
	rates, err := r.q.QueryContext(ctx, sqlTypeRates)
	if err != nil {
		return nil, fmt.Errorf("service rates: %w", err)
	}
	defer rates.Close()
	for rates.Next() {
		var id int64
		var v service.Rate
		if err := rates.Scan(&id, &v.Team, &v.ValidFrom, &v.Cost, &v.Benefit); err != nil {
			return nil, fmt.Errorf("service rates: %w", err)
		}
		if i, ok := at[id]; ok {
			types[i].Rates = append(types[i].Rates, v)
		}
	}
	return types, rates.Err()
}

// TypesUsed returns the service types that standing entries name. It scans.
func (r Reader) TypesUsed(ctx context.Context) (map[int64]bool, error) {
	return r.used(ctx, sqlTypesUsed)
}

const entryColumns = `customer_id, entry_id, number, day, type_id, quantity, background, contact, cost, benefit, rate,
	posted_on, revision, version, import_id, withdrawn_at, team_id, minutes, charge, charge_invoice, charge_line, line_net, line_cost,
	benefit_source, benefit_state, estimate_id, joint_id, replaces, why`

var entryTable = tableOf("service_entry", commaless(entryColumns))

func entryArgs(args []any, k *Kept[service.Entry]) []any {
	d := &k.Doc
	var minutes, invoice, line, net, cost any
	if d.Minutes != nil {
		minutes = *d.Minutes
	}
	if l := d.ChargeOf; l != nil {
		invoice, line, net, cost = int64(l.Invoice), int64(l.Line), int64(l.Net), effect(l.Cost)
	}
	return append(args, int64(d.Customer), int64(d.ID), d.Number, int64(d.Day), d.Type, int64(d.Quantity), d.Background, d.Contact,
		int64(d.Cost), int64(d.Benefit), int64(d.RateUsed), int64(k.PostedOn), int64(d.Revision), d.Version, d.Import, since(k.Withdrawn),
		d.Team, minutes, int64(d.Charge), invoice, line, net, cost, int64(d.Source), int64(d.State), null(d.Estimate), null(d.Joint), null(int64(d.Replaces)), d.Why)
}

// AddEntries writes new service entries.
func (tx *Tx) AddEntries(ctx context.Context, ks []Kept[service.Entry]) error {
	args := make([]any, 0, len(ks)*len(entryTable.columns))
	for i := range ks {
		args = entryArgs(args, &ks[i])
	}
	return tx.load(ctx, entryTable, args)
}

var sqlPutEntry = updateByKey(entryTable, 2)

// PutEntry writes a service entry over the one that is there.
func (tx *Tx) PutEntry(ctx context.Context, k Kept[service.Entry]) error {
	if _, err := tx.exec(ctx, sqlPutEntry, entryArgs(nil, &k)...); err != nil {
		return fmt.Errorf("put service entry %s: %w", k.Doc.Number, err)
	}
	return nil
}

const (
	sqlEntry     = `SELECT ` + entryColumns + ` FROM service_entry WHERE customer_id = $1 AND entry_id = $2`
	sqlEntriesOf = `SELECT ` + entryColumns + ` FROM service_entry WHERE customer_id = $1 AND withdrawn_at IS NULL ORDER BY day DESC, entry_id`
)

// Entry returns a service entry.
func (r Reader) Entry(ctx context.Context, ref Ref) (Kept[service.Entry], error) {
	if err := r.Reach(ctx, ref.Customer); err != nil {
		return Kept[service.Entry]{}, err
	}
	ks, err := r.entries(ctx, sqlEntry, ref.Customer, ref.ID)
	if err == nil && len(ks) == 0 {
		err = one(sql.ErrNoRows)
	}
	if err != nil {
		return Kept[service.Entry]{}, fmt.Errorf("service entry %d: %w", ref.ID, err)
	}
	return ks[0], nil
}

// EntriesOf returns the service entries of a customer that stand, newest first.
func (r Reader) EntriesOf(ctx context.Context, customer account.CustomerID) ([]Kept[service.Entry], error) {
	return r.entries(ctx, sqlEntriesOf, customer)
}

func (r Reader) entries(ctx context.Context, query string, args ...any) ([]Kept[service.Entry], error) {
	rows, err := r.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("service entries: %w", err)
	}
	defer rows.Close()
	var out []Kept[service.Entry]
	for rows.Next() {
		k, err := scanEntry(rows)
		if err != nil {
			return nil, fmt.Errorf("service entries: %w", err)
		}
		out = append(out, k)
	}
	return out, rows.Err()
}

// scanEntry reads the columns of an entry, and more that may follow them.
func scanEntry(rows *sql.Rows, more ...any) (Kept[service.Entry], error) {
	var k Kept[service.Entry]
	d := &k.Doc
	var withdrawn, minutes, invoice, line, net, cost, estimate, joint, replaces sql.NullInt64
	err := rows.Scan(append([]any{
		&d.Customer, &d.ID, &d.Number, &d.Day, &d.Type, &d.Quantity, &d.Background, &d.Contact, &d.Cost, &d.Benefit,
		&d.RateUsed, &k.PostedOn, &d.Revision, &d.Version, &d.Import, &withdrawn, &d.Team, &minutes, &d.Charge, &invoice, &line, &net, &cost,
		&d.Source, &d.State, &estimate, &joint, &replaces, &d.Why,
	}, more...)...)
	k.Withdrawn = instant(withdrawn)
	if minutes.Valid {
		d.Minutes = &minutes.Int64
	}
	if invoice.Valid {
		d.ChargeOf = &service.LineRef{
			Invoice: account.DocumentID(invoice.Int64), Line: int32(line.Int64), Net: moneyOf(net),
			Cost: account.Effect{Amount: moneyOf(cost), Known: cost.Valid},
		}
	}
	d.Estimate, d.Joint, d.Replaces = estimate.Int64, joint.Int64, account.DocumentID(replaces.Int64)
	return k, err
}
