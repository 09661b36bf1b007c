package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"quid/account"
	"quid/day"
	"quid/fact"
	"quid/money"
)

const agreementColumns = `customer_id, agreement_id, number, valid_from, valid_until, rate, spread, revision, version, import_id, withdrawn_at`

var agreementTable = tableOf("bonus_agreement", commaless(agreementColumns))

func agreementArgs(args []any, k *Kept[fact.Agreement]) []any {
	d := &k.Doc
	return append(args, int64(d.Customer), int64(d.ID), d.Number, int64(d.From), null(int64(d.Until)), int64(d.Rate), int64(d.Spread),
		int64(d.Revision), d.Version, d.Import, since(k.Withdrawn))
}

// AddAgreements writes new bonus agreements.
func (tx *Tx) AddAgreements(ctx context.Context, ks []Kept[fact.Agreement]) error {
	args := make([]any, 0, len(ks)*len(agreementTable.columns))
	for i := range ks {
		args = agreementArgs(args, &ks[i])
	}
	return tx.load(ctx, agreementTable, args)
}

var sqlPutAgreement = updateByKey(agreementTable, 2)

// PutAgreement writes a bonus agreement over the one that is there.
func (tx *Tx) PutAgreement(ctx context.Context, k Kept[fact.Agreement]) error {
	if _, err := tx.exec(ctx, sqlPutAgreement, agreementArgs(nil, &k)...); err != nil {
		return fmt.Errorf("put bonus agreement %s: %w", k.Doc.Number, err)
	}
	return nil
}

const (
	sqlAgreement    = `SELECT ` + agreementColumns + ` FROM bonus_agreement WHERE customer_id = $1 AND agreement_id = $2`
	sqlAgreementsOf = `SELECT ` + agreementColumns + ` FROM bonus_agreement WHERE customer_id = $1 ORDER BY agreement_id`
)

// Agreement returns a bonus agreement.
func (r Reader) Agreement(ctx context.Context, ref Ref) (Kept[fact.Agreement], error) {
	ks, err := r.agreements(ctx, sqlAgreement, ref.Customer, ref.ID)
	if err == nil && len(ks) == 0 {
		return Kept[fact.Agreement]{}, fmt.Errorf("bonus agreement %d: %w", ref.ID, one(sql.ErrNoRows))
	}
	if err != nil {
		return Kept[fact.Agreement]{}, err
	}
	return ks[0], nil
}

// AgreementsOf returns all bonus agreements of a customer, withdrawn ones too.
func (r Reader) AgreementsOf(ctx context.Context, customer account.CustomerID) ([]Kept[fact.Agreement], error) {
	return r.agreements(ctx, sqlAgreementsOf, customer)
}

func (r Reader) agreements(ctx context.Context, query string, args ...any) ([]Kept[fact.Agreement], error) {
	var out []Kept[fact.Agreement]
	err := r.each(ctx, query, args, func(rec *record) error {
		var k Kept[fact.Agreement]
		d := &k.Doc
		d.Customer, d.ID, d.Number = account.CustomerID(rec.int(0)), account.DocumentID(rec.int(1)), rec.text(2)
		d.From, d.Until = day.Day(rec.int(3)), day.Day(rec.int(4))
		d.Rate, d.Spread = money.Micro(rec.int(5)), fact.Spread(rec.int(6))
		d.Revision, d.Version, d.Import = int32(rec.int(7)), rec.int(8), rec.int(9)
		if !rec.null(10) {
			k.Withdrawn = time.UnixMicro(rec.int(10)).UTC()
		}
		out = append(out, k)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("bonus agreements: %w", err)
	}
	return out, nil
}

const sqlAnyAgreement = `SELECT COUNT(*) FROM (SELECT 1 FROM bonus_agreement LIMIT 1) a`

// AnyAgreement says whether there is any bonus agreement in the book.
func (r Reader) AnyAgreement(ctx context.Context) (bool, error) {
	var n int64
	if err := r.q.QueryRowContext(ctx, sqlAnyAgreement).Scan(&n); err != nil {
		return false, fmt.Errorf("bonus agreements: %w", err)
	}
	return n > 0, nil
}

const sqlOwners = `SELECT DISTINCT customer_id FROM bonus_agreement WHERE customer_id IN `

// Owners returns those of the customers who have a bonus agreement.
func (r Reader) Owners(ctx context.Context, customers []account.CustomerID) (map[account.CustomerID]bool, error) {
	found := make(map[account.CustomerID]bool)
	err := r.eachOf(ctx, sqlOwners, customers, func(rec *record) { found[account.CustomerID(rec.int(0))] = true })
	if err != nil {
		return nil, fmt.Errorf("owners of bonus agreements: %w", err)
	}
	return found, nil
}

// eachOf asks for customers in chunks and calls fn for every row.
func (r Reader) eachOf(ctx context.Context, query string, customers []account.CustomerID, fn func(*record)) error {
	for len(customers) > 0 {
		n := min(chunk, len(customers))
		args := make([]any, n)
		for i, c := range customers[:n] {
			args[i] = int64(c)
		}
		customers = customers[n:]
		if err := r.each(ctx, query+in(1, n), args, func(rec *record) error { fn(rec); return nil }); err != nil {
			return err
		}
	}
	return nil
}

const accrualColumns = `customer_id, accrual_id, agreement_id, owner_id, number, spread, day, base, amount, posted_on, revision, withdrawn_at`

var accrualTable = tableOf("bonus_accrual", commaless(accrualColumns))

func accrualArgs(args []any, k *Kept[fact.Accrual]) []any {
	d := &k.Doc
	return append(args, int64(d.Customer), int64(d.ID), int64(d.Agreement), int64(d.Owner), d.Number, int64(d.Spread), int64(d.Day), int64(d.Base), int64(d.Amount),
		int64(k.PostedOn), int64(d.Revision), since(k.Withdrawn))
}

// AddAccruals writes new accruals.
func (tx *Tx) AddAccruals(ctx context.Context, ks []Kept[fact.Accrual]) error {
	args := make([]any, 0, len(ks)*len(accrualTable.columns))
	for i := range ks {
		args = accrualArgs(args, &ks[i])
	}
	return tx.load(ctx, accrualTable, args)
}

var sqlPutAccrual = updateByKey(accrualTable, 2)

// PutAccrual writes an accrual over the one that is there.
func (tx *Tx) PutAccrual(ctx context.Context, k Kept[fact.Accrual]) error {
	if _, err := tx.exec(ctx, sqlPutAccrual, accrualArgs(nil, &k)...); err != nil {
		return fmt.Errorf("put accrual %d: %w", k.Doc.ID, err)
	}
	return nil
}

const (
	sqlAccrualsOf     = `SELECT ` + accrualColumns + ` FROM bonus_accrual WHERE customer_id = $1 ORDER BY accrual_id`
	sqlAccruedBy      = `SELECT ` + accrualColumns + ` FROM bonus_accrual WHERE agreement_id = $1 AND owner_id = $2 ORDER BY customer_id, accrual_id`
	sqlLedgerAccruals = `SELECT ` + accrualColumns + ` FROM bonus_accrual` + ledgerRange
)

// AccrualsOf returns all accruals of a customer, withdrawn ones too.
func (r Reader) AccrualsOf(ctx context.Context, customer account.CustomerID) ([]Kept[fact.Accrual], error) {
	return r.accruals(ctx, sqlAccrualsOf, customer)
}

// AccruedBy returns all accruals of an agreement, named by its owner and id, at whichever customers,
// withdrawn ones too.
func (r Reader) AccruedBy(ctx context.Context, agreement Ref) ([]Kept[fact.Accrual], error) {
	return r.accruals(ctx, sqlAccruedBy, agreement.ID, agreement.Customer)
}

func (r Reader) accruals(ctx context.Context, query string, args ...any) ([]Kept[fact.Accrual], error) {
	var out []Kept[fact.Accrual]
	err := r.each(ctx, query, args, func(rec *record) error {
		var k Kept[fact.Accrual]
		d := &k.Doc
		d.Customer, d.ID, d.Agreement = account.CustomerID(rec.int(0)), account.DocumentID(rec.int(1)), account.DocumentID(rec.int(2))
		d.Owner, d.Number, d.Spread, d.Day = account.CustomerID(rec.int(3)), rec.text(4), fact.Spread(rec.int(5)), day.Day(rec.int(6))
		d.Base, d.Amount, k.PostedOn, d.Revision = money.Amount(rec.int(7)), money.Amount(rec.int(8)), day.Day(rec.int(9)), int32(rec.int(10))
		if !rec.null(11) {
			k.Withdrawn = time.UnixMicro(rec.int(11)).UTC()
		}
		out = append(out, k)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("accruals: %w", err)
	}
	return out, nil
}

const sqlSalesByMonth = `
	SELECT day / 100, CAST(SUM(volume) AS BIGINT) FROM posting
	WHERE customer_id = $1 AND day >= $2 AND day <= $3 AND kind = 1 GROUP BY day / 100`

// SalesByMonth adds the net revenue of a customer from a day to another, both
// included, to sums by month (yyyymm).
func (r Reader) SalesByMonth(ctx context.Context, customer account.CustomerID, from, until day.Day, sums map[int]money.Amount) error {
	err := r.each(ctx, sqlSalesByMonth, []any{customer, from, until}, func(rec *record) error {
		sums[int(rec.int(0))] += money.Amount(rec.int(1))
		return nil
	})
	if err != nil {
		return fmt.Errorf("sales of customer %d: %w", customer, err)
	}
	return nil
}

const sqlBonusNotes = `SELECT invoice_id FROM invoice WHERE customer_id = $1 AND agreement_id IS NOT NULL AND withdrawn_at IS NULL ORDER BY invoice_id`

// BonusNotes returns the credit notes of a customer that settle agreements and
// stand.
func (r Reader) BonusNotes(ctx context.Context, customer account.CustomerID) ([]Kept[fact.Invoice], error) {
	var ids []account.DocumentID
	err := r.each(ctx, sqlBonusNotes, []any{customer}, func(rec *record) error {
		ids = append(ids, account.DocumentID(rec.int(0)))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("credit notes of customer %d: %w", customer, err)
	}
	var out []Kept[fact.Invoice]
	for _, id := range ids {
		k, _, err := r.Invoice(ctx, Ref{customer, id})
		if err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, nil
}

const sqlSettleBonus = `UPDATE invoice SET accrued = $1, revision = $2, posted_on = $3 WHERE customer_id = $4 AND invoice_id = $5`

// SettleBonus writes that a credit note was posted against what had accrued.
func (tx *Tx) SettleBonus(ctx context.Context, k Kept[fact.Invoice]) error {
	if _, err := tx.exec(ctx, sqlSettleBonus, effect(k.Accrued), k.Doc.Revision, k.PostedOn, k.Doc.Customer, k.Doc.ID); err != nil {
		return fmt.Errorf("settle bonus by %s: %w", k.Doc.Number, err)
	}
	return nil
}

// A Due says whose bonuses wait to be accrued: step 1 is what a customer bears
// itself, step 2 what depends on others.
type Due struct {
	Customer account.CustomerID
	Step     int
}

const sqlUnaccrue = `INSERT INTO unaccrued (customer_id, step) VALUES ($1, $2) ON CONFLICT (customer_id, step) DO NOTHING`

// Unaccrue asks for bonuses to be accrued anew, later.
func (tx *Tx) Unaccrue(ctx context.Context, dues []Due) error {
	for _, d := range dues {
		if _, err := tx.exec(ctx, sqlUnaccrue, d.Customer, d.Step); err != nil {
			return fmt.Errorf("unaccrue: %w", err)
		}
	}
	return nil
}

const (
	sqlUnaccrued       = `SELECT customer_id, step FROM unaccrued ORDER BY step, customer_id LIMIT $1`
	sqlDeleteUnaccrued = `DELETE FROM unaccrued WHERE customer_id = $1 AND step = $2`
)

// Unaccrued returns the next that wait, all of step 1 before any of step 2.
func (r Reader) Unaccrued(ctx context.Context, most int) ([]Due, error) {
	return r.dues(ctx, sqlUnaccrued, most)
}

func (r Reader) dues(ctx context.Context, query string, args ...any) ([]Due, error) {
	var out []Due
	err := r.each(ctx, query, args, func(rec *record) error {
		out = append(out, Due{account.CustomerID(rec.int(0)), int(rec.int(1))})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("bonuses to accrue: %w", err)
	}
	return out, nil
}

// Accrued says that a customer no longer waits.
func (tx *Tx) Accrued(ctx context.Context, d Due) error {
	if _, err := tx.exec(ctx, sqlDeleteUnaccrued, d.Customer, d.Step); err != nil {
		return fmt.Errorf("accrued: %w", err)
	}
	return nil
}

const sqlAccruing = `
	SELECT customer_id, 1 FROM bonus_agreement
	UNION SELECT customer_id, 2 FROM bonus_agreement
	UNION SELECT customer_id, 1 FROM bonus_accrual
	UNION SELECT customer_id, 1 FROM customer_parent WHERE parent_id IN (SELECT customer_id FROM bonus_agreement)
	ORDER BY 2, 1`

// Accruing returns all that bear a bonus or might, in the order of Unaccrued.
func (r Reader) Accruing(ctx context.Context) ([]Due, error) { return r.dues(ctx, sqlAccruing) }
