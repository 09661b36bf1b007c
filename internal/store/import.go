package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"time"

	"quid/account"
)

// An Import is a file that came in.
type Import struct {
	ID         int64
	Kind       string
	File       string // its name
	Path       string // where it lies
	SHA256     string
	Options    string // JSON
	State      string // running, done, failed, undoing, undone
	Problem    string
	Documents  int64 // taken in so far
	BytesDone  int64
	BytesTotal int64
	Counts     string // JSON
	Report     string // JSON, of an undo
	Started    time.Time
	Ended      time.Time
}

const importColumns = `import_id, kind, file, path, sha256, options, state, problem, documents, bytes_done, bytes_total, counts, report, started_at, ended_at`

var importTable = tableOf("import", commaless(importColumns))

func importArgs(i *Import) []any {
	return []any{
		i.ID, i.Kind, i.File, i.Path, i.SHA256, i.Options, i.State, i.Problem, i.Documents, i.BytesDone, i.BytesTotal, i.Counts, i.Report,
		i.Started.UnixMicro(), since(i.Ended),
	}
}

// AddImport writes a new import.
func (tx *Tx) AddImport(ctx context.Context, i Import) error {
	return tx.load(ctx, importTable, importArgs(&i))
}

var sqlPutImport = updateByKey(importTable, 1)

// PutImport writes how far an import is.
func (tx *Tx) PutImport(ctx context.Context, i Import) error {
	if _, err := tx.exec(ctx, sqlPutImport, importArgs(&i)...); err != nil {
		return fmt.Errorf("put import %d: %w", i.ID, err)
	}
	return nil
}

const (
	sqlImport      = `SELECT ` + importColumns + ` FROM import WHERE import_id = $1`
	sqlImports     = `SELECT ` + importColumns + ` FROM import ORDER BY import_id DESC LIMIT $1`
	sqlUnfinished  = `SELECT ` + importColumns + ` FROM import WHERE state = 'running' AND kind = $1 AND sha256 = $2 AND options = $3 ORDER BY import_id DESC LIMIT 1`
	sqlInterrupted = `SELECT ` + importColumns + ` FROM import WHERE state IN ('running', 'undoing') ORDER BY import_id`
)

// Import returns an import.
func (r Reader) Import(ctx context.Context, id int64) (Import, error) {
	is, err := r.imports(ctx, sqlImport, id)
	if err == nil && len(is) == 0 {
		err = one(sql.ErrNoRows)
	}
	if err != nil {
		return Import{}, fmt.Errorf("import %d: %w", id, err)
	}
	return is[0], nil
}

// Imports returns the newest imports first.
func (r Reader) Imports(ctx context.Context, most int) ([]Import, error) {
	return r.imports(ctx, sqlImports, most)
}

// Unfinished returns the import of the same file with the same options that was
// begun and not ended, or fault.NotFound.
func (r Reader) Unfinished(ctx context.Context, kind, sha256, options string) (Import, error) {
	is, err := r.imports(ctx, sqlUnfinished, kind, sha256, options)
	if err == nil && len(is) == 0 {
		err = one(sql.ErrNoRows)
	}
	if err != nil {
		return Import{}, err
	}
	return is[0], nil
}

// Interrupted returns all imports that were begun and not ended.
func (r Reader) Interrupted(ctx context.Context) ([]Import, error) {
	return r.imports(ctx, sqlInterrupted)
}

func (r Reader) imports(ctx context.Context, query string, args ...any) ([]Import, error) {
	rows, err := r.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("imports: %w", err)
	}
	defer rows.Close()
	var out []Import
	for rows.Next() {
		var i Import
		var started int64
		var ended sql.NullInt64
		if err := rows.Scan(&i.ID, &i.Kind, &i.File, &i.Path, &i.SHA256, &i.Options, &i.State, &i.Problem, &i.Documents, &i.BytesDone,
			&i.BytesTotal, &i.Counts, &i.Report, &started, &ended); err != nil {
			return nil, fmt.Errorf("imports: %w", err)
		}
		i.Started, i.Ended = time.UnixMicro(started).UTC(), instant(ended)
		out = append(out, i)
	}
	return out, rows.Err()
}

// A Change is a record an import changed, as it was before, in JSON.
type Change struct {
	Import   int64
	Seq      int64
	Kind     KeyKind
	Customer account.CustomerID
	ID       int64
	Before   string
}

var changeTable = tableOf("import_change", "import_id seq kind customer_id id before")

// AddChanges writes what an import changed.
func (tx *Tx) AddChanges(ctx context.Context, cs []Change) error {
	args := make([]any, 0, len(cs)*len(changeTable.columns))
	for _, c := range cs {
		args = append(args, c.Import, c.Seq, int64(c.Kind), int64(c.Customer), c.ID, c.Before)
	}
	return tx.load(ctx, changeTable, args)
}

const sqlChanges = `
	SELECT import_id, seq, kind, customer_id, id, before FROM import_change
	WHERE import_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT 500`

// Changes returns what an import changed before seq, the last change first.
func (r Reader) Changes(ctx context.Context, id, seq int64) ([]Change, error) {
	rows, err := r.q.QueryContext(ctx, sqlChanges, id, seq)
	if err != nil {
		return nil, fmt.Errorf("changes of import %d: %w", id, err)
	}
	defer rows.Close()
	var out []Change
	for rows.Next() {
		var c Change
		if err := rows.Scan(&c.Import, &c.Seq, &c.Kind, &c.Customer, &c.ID, &c.Before); err != nil {
			return nil, fmt.Errorf("changes of import %d: %w", id, err)
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

const sqlDeleteChange = `DELETE FROM import_change WHERE import_id = $1 AND seq = $2`

// DeleteChange forgets a change that was taken back.
func (tx *Tx) DeleteChange(ctx context.Context, c Change) error {
	if _, err := tx.exec(ctx, sqlDeleteChange, c.Import, c.Seq); err != nil {
		return fmt.Errorf("change of import %d: %w", c.Import, err)
	}
	return nil
}

// A RowProblem is what is wrong with a row of a file. Row is the row as it
// stands in the file; "" where an earlier problem of the row carries it.
type RowProblem struct {
	Import  int64
	Seq     int64
	Line    int
	Field   string
	Value   string
	Problem string
	Row     string
}

var problemTable = tableOf("import_problem", "import_id seq line field value problem row_text")

// AddProblems writes what is wrong with rows.
func (tx *Tx) AddProblems(ctx context.Context, ps []RowProblem) error {
	args := make([]any, 0, len(ps)*len(problemTable.columns))
	for _, p := range ps {
		args = append(args, p.Import, p.Seq, int64(p.Line), p.Field, p.Value, p.Problem, null(p.Row))
	}
	return tx.load(ctx, problemTable, args)
}

const sqlProblems = `
	SELECT import_id, seq, line, field, value, problem, row_text FROM import_problem WHERE import_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`

// Problems returns at most most problems of an import after seq.
func (r Reader) Problems(ctx context.Context, id, seq int64, most int) ([]RowProblem, error) {
	rows, err := r.q.QueryContext(ctx, sqlProblems, id, seq, most)
	if err != nil {
		return nil, fmt.Errorf("problems of import %d: %w", id, err)
	}
	defer rows.Close()
	var out []RowProblem
	for rows.Next() {
		var p RowProblem
		var row sql.NullString
		if err := rows.Scan(&p.Import, &p.Seq, &p.Line, &p.Field, &p.Value, &p.Problem, &row); err != nil {
			return nil, fmt.Errorf("problems of import %d: %w", id, err)
		}
		p.Row = row.String
		out = append(out, p)
	}
	return out, rows.Err()
}

// AllProblems streams the problems of an import.
func (r Reader) AllProblems(ctx context.Context, id int64) iter.Seq2[RowProblem, error] {
	return func(yield func(RowProblem, error) bool) {
		for seq := int64(-1); ; {
			ps, err := r.Problems(ctx, id, seq, chunk)
			if err != nil {
				yield(RowProblem{}, err)
				return
			}
			for _, p := range ps {
				if !yield(p, nil) {
					return
				}
				seq = p.Seq
			}
			if len(ps) < chunk {
				return
			}
		}
	}
}

// madeBy is the statement that finds what an import made in a table.
func madeBy(table, id, standing string) string {
	return `SELECT customer_id, ` + id + ` FROM ` + table + ` WHERE import_id = $1` + standing +
		` AND (customer_id > $2 OR (customer_id = $2 AND ` + id + ` > $3)) ORDER BY customer_id, ` + id + ` LIMIT 500`
}

const stands = " AND withdrawn_at IS NULL"

var made = map[KeyKind]string{
	InvoiceKey:     madeBy("invoice", "invoice_id", stands),
	PaymentKey:     madeBy("payment", "payment_id", stands),
	ComplaintKey:   madeBy("complaint", "complaint_id", stands),
	InteractionKey: madeBy("interaction", "interaction_id", stands),
	EntryKey:       madeBy("service_entry", "entry_id", stands),
	BonusKey:       madeBy("bonus_agreement", "agreement_id", stands),
	ContactKey:     madeBy("contact", "contact_id", ""),
	CustomerKey: `SELECT customer_id, customer_id FROM customer WHERE import_id = $1 AND archived_at IS NULL
		AND (customer_id > $2 OR (customer_id = $2 AND customer_id > $3)) ORDER BY customer_id LIMIT 500`,
	ProductKey: `SELECT 0, product_id FROM product WHERE import_id = $1 AND ($2 = 0 AND product_id > $3) ORDER BY product_id LIMIT 500`,
	TypeKey:    `SELECT 0, type_id FROM service_type WHERE import_id = $1 AND ($2 = 0 AND type_id > $3) ORDER BY type_id LIMIT 500`,
}

// MadeBy returns the next records that an import made and that stand, after a
// given one. It scans: undoing a file is rare.
func (r Reader) MadeBy(ctx context.Context, kind KeyKind, id int64, after Ref) ([]Ref, error) {
	rows, err := r.q.QueryContext(ctx, made[kind], id, int64(after.Customer), int64(after.ID))
	if err != nil {
		return nil, fmt.Errorf("made by import %d: %w", id, err)
	}
	defer rows.Close()
	var out []Ref
	for rows.Next() {
		var ref Ref
		if err := rows.Scan(&ref.Customer, &ref.ID); err != nil {
			return nil, fmt.Errorf("made by import %d: %w", id, err)
		}
		out = append(out, ref)
	}
	return out, rows.Err()
}

const sqlLive = `
	SELECT (SELECT COUNT(*) FROM invoice WHERE customer_id = $1 AND withdrawn_at IS NULL)
	     + (SELECT COUNT(*) FROM payment WHERE customer_id = $1 AND withdrawn_at IS NULL)
	     + (SELECT COUNT(*) FROM complaint WHERE customer_id = $1 AND withdrawn_at IS NULL)
	     + (SELECT COUNT(*) FROM interaction WHERE customer_id = $1 AND withdrawn_at IS NULL)
	     + (SELECT COUNT(*) FROM service_entry WHERE customer_id = $1 AND withdrawn_at IS NULL)
	     + (SELECT COUNT(*) FROM bonus_agreement WHERE customer_id = $1 AND withdrawn_at IS NULL)
	     + (SELECT COUNT(*) FROM contact WHERE customer_id = $1)`

// Live counts the documents and contacts of a customer that stand.
func (r Reader) Live(ctx context.Context, customer account.CustomerID) (int64, error) {
	var n int64
	if err := r.q.QueryRowContext(ctx, sqlLive, customer).Scan(&n); err != nil {
		return 0, fmt.Errorf("documents of customer %d: %w", customer, err)
	}
	return n, nil
}

const sqlMapping = `SELECT options FROM mapping WHERE kind = $1 AND header = $2`

// Mapping returns the options that were used last for a kind and header, or
// fault.NotFound.
func (r Reader) Mapping(ctx context.Context, kind, header string) (string, error) {
	var options string
	if err := r.q.QueryRowContext(ctx, sqlMapping, kind, header).Scan(&options); err != nil {
		return "", fmt.Errorf("mapping: %w", one(err))
	}
	return options, nil
}

const sqlPutMapping = `
	INSERT INTO mapping (kind, header, options, used_at) VALUES ($1, $2, $3, $4)
	ON CONFLICT (kind, header) DO UPDATE SET options = excluded.options, used_at = excluded.used_at`

// PutMapping keeps options for the next file with the same header.
func (tx *Tx) PutMapping(ctx context.Context, kind, header, options string, at time.Time) error {
	if _, err := tx.exec(ctx, sqlPutMapping, kind, header, options, at.UnixMicro()); err != nil {
		return fmt.Errorf("put mapping: %w", err)
	}
	return nil
}
