package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/money"
	"quid/privacy"
	"quid/value"
)

// A Valuation is the record of one day: all customers valued by one version of
// the model. It is there for readers once it is whole.
type Valuation struct {
	ID      int64
	AsOf    day.Day
	Model   int64 // version of the model
	Summary Summary
	Changed int64     // book.changed of the picture it was made from
	Started time.Time // when it was begun
	Ended   time.Time // when it was whole
}

// A Summary is what a valuation says of the whole base.
type Summary struct {
	value.Summary
	Gini      value.Number `json:"gini"`       // of revenue
	WhalePeak value.Number `json:"whale_peak"` // in percent of the total of contribution I

	// LeftOut counts persons who are not valued, by why: they object to it, or their
	// data is restricted.
	LeftOut map[privacy.Kind]int `json:"left_out,omitempty"`
}

const sqlInsertValuation = `
	INSERT INTO valuation (valuation_id, as_of, model_id, summary, changed, started_at) VALUES ($1, $2, $3, '{}', $4, $5)`

// AddValuation begins a valuation: readers don't see it before EndValuation.
func (tx *Tx) AddValuation(ctx context.Context, v Valuation) error {
	if _, err := tx.exec(ctx, sqlInsertValuation, v.ID, v.AsOf, v.Model, v.Changed, v.Started.UnixMicro()); err != nil {
		return fmt.Errorf("add valuation of %v: %w", v.AsOf, err)
	}
	return nil
}

// A ScoreBatch is a piece of a valuation, ready to be written.
type ScoreBatch struct {
	args []any
	n    int
}

// Len is the number of customers in the batch.
func (b ScoreBatch) Len() int { return b.n }

// Scores packs the figures and rows of some customers, which stand in one
// order, for AddScores. It needs no transaction, so that packing and writing
// can overlap.
func Scores(valuation int64, figures []value.Figures, rows []value.Row) ScoreBatch {
	args := make([]any, 0, len(rows)*len(scoreTable.columns))
	for i := range rows {
		args = scoreArgs(args, valuation, &figures[i], &rows[i])
	}
	return ScoreBatch{args, len(rows)}
}

// scoresAtOnce is how many customers are written before it is looked whether
// somebody waits, scoresInOne how many in one transaction: whoever comes waits for
// its commit, which takes as long as what it wrote is large.
const (
	scoresAtOnce = 100
	scoresInOne  = 1000
)

// AddScores writes a piece of a valuation and returns what is left of it: it ends
// early where somebody waits to write, so that they go next, and before its commit
// takes long.
func (tx *Tx) AddScores(ctx context.Context, b ScoreBatch) (left ScoreBatch, err error) {
	if tx.db.pool != nil { // others write beside it
		return ScoreBatch{}, tx.load(ctx, scoreTable, b.args)
	}
	for until := max(0, b.n-scoresInOne); b.n > until; {
		n := min(scoresAtOnce, b.n)
		end := n * len(scoreTable.columns)
		if err := tx.load(ctx, scoreTable, b.args[:end]); err != nil {
			return b, err
		}
		b = ScoreBatch{b.args[end:], b.n - n}
		if tx.db.Contended() {
			break
		}
	}
	return b, nil
}

const sqlEndValuation = `UPDATE valuation SET summary = $1, ended_at = $2 WHERE valuation_id = $3 AND ended_at IS NULL`

// EndValuation makes a valuation visible: all its rows are there. It fails with
// fault.Conflict if somebody took the unfinished valuation away meanwhile.
func (tx *Tx) EndValuation(ctx context.Context, v Valuation) error {
	text, err := json.Marshal(v.Summary)
	if err != nil {
		return fmt.Errorf("end valuation %d: %w", v.ID, err)
	}
	n, err := tx.exec(ctx, sqlEndValuation, string(text), v.Ended.UnixMicro(), v.ID)
	if err == nil && n == 0 {
		err = fault.Conflict
	}
	if err != nil {
		return fmt.Errorf("end valuation %d: %w", v.ID, err)
	}
	return nil
}

const sqlUnfinishedValuations = `SELECT valuation_id FROM valuation WHERE ended_at IS NULL AND started_at < $1 ORDER BY valuation_id`

// UnfinishedValuations returns the valuations that were begun before an instant and never
// ended: whoever made them was killed.
func (r Reader) UnfinishedValuations(ctx context.Context, before time.Time) ([]int64, error) {
	rows, err := r.q.QueryContext(ctx, sqlUnfinishedValuations, before.UnixMicro())
	if err != nil {
		return nil, fmt.Errorf("unfinished valuations: %w", err)
	}
	var ids []int64
	if err := scanIDs(rows, func(id int64) { ids = append(ids, id) }); err != nil {
		return nil, fmt.Errorf("unfinished valuations: %w", err)
	}
	return ids, nil
}

const (
	sqlDropScores = `DELETE FROM score WHERE valuation_id = $1 AND customer_id <= $2`
	sqlDropFrom   = `SELECT customer_id FROM score WHERE valuation_id = $1 ORDER BY customer_id LIMIT 1 OFFSET $2`
	sqlDropRest   = `DELETE FROM score WHERE valuation_id = $1`
	sqlDropEmpty  = `DELETE FROM valuation WHERE valuation_id = $1 AND ended_at IS NULL`
)

// DropUnfinished takes away up to most rows of an unfinished valuation, and the
// valuation itself with the last; it says whether it is gone.
func (tx *Tx) DropUnfinished(ctx context.Context, id int64, most int) (gone bool, err error) {
	var last int64
	err = tx.q.QueryRowContext(ctx, sqlDropFrom, id, most).Scan(&last)
	switch {
	case err == nil:
		_, err = tx.exec(ctx, sqlDropScores, id, last)
	case err == sql.ErrNoRows:
		gone = true
		if _, err = tx.exec(ctx, sqlDropRest, id); err == nil {
			_, err = tx.exec(ctx, sqlDropEmpty, id)
		}
	}
	if err != nil {
		return false, fmt.Errorf("drop unfinished valuation %d: %w", id, err)
	}
	return gone, nil
}

const valuationColumns = `valuation_id, as_of, model_id, summary, changed, started_at, ended_at`

const (
	sqlValuations  = `SELECT ` + valuationColumns + ` FROM valuation WHERE ended_at IS NOT NULL ORDER BY as_of DESC, valuation_id DESC`
	sqlValuation   = `SELECT ` + valuationColumns + ` FROM valuation WHERE valuation_id = $1 AND ended_at IS NOT NULL`
	sqlValuationOn = `SELECT ` + valuationColumns + ` FROM valuation WHERE as_of = $1 AND ended_at IS NOT NULL
		ORDER BY valuation_id DESC LIMIT 1`
	sqlLastValuation = `SELECT ` + valuationColumns + ` FROM valuation WHERE ended_at IS NOT NULL
		ORDER BY valuation_id DESC LIMIT 1`
	sqlNewestValuation = `SELECT ` + valuationColumns + ` FROM valuation WHERE as_of <= $1 AND ended_at IS NOT NULL
		ORDER BY as_of DESC, valuation_id DESC LIMIT 1`
)

// Valuations returns all whole valuations, the newest day first, of one day the
// newest first.
func (r Reader) Valuations(ctx context.Context) ([]Valuation, error) {
	return r.valuations(ctx, sqlValuations)
}

// Valuation returns a whole valuation by its id.
func (r Reader) Valuation(ctx context.Context, id int64) (Valuation, error) {
	return oneValuation(r.valuations(ctx, sqlValuation, id))
}

// ValuationOn returns the newest whole valuation of a day.
func (r Reader) ValuationOn(ctx context.Context, asOf day.Day) (Valuation, error) {
	return oneValuation(r.valuations(ctx, sqlValuationOn, asOf))
}

// LastValuation returns the valuation that was made last, whatever its day.
func (r Reader) LastValuation(ctx context.Context) (Valuation, error) {
	return oneValuation(r.valuations(ctx, sqlLastValuation))
}

// NewestValuation returns the newest whole valuation of the newest day up to
// and including a day; day.Max means the newest of all.
func (r Reader) NewestValuation(ctx context.Context, upTo day.Day) (Valuation, error) {
	return oneValuation(r.valuations(ctx, sqlNewestValuation, upTo))
}

// CurrentValuation returns the valuation that counts today: the newest of the
// latest day up to today, or of a day to come where there is no other.
func (r Reader) CurrentValuation(ctx context.Context, today day.Day) (Valuation, error) {
	v, err := r.NewestValuation(ctx, today)
	if errors.Is(err, fault.NotFound) {
		return r.NewestValuation(ctx, day.Max)
	}
	return v, err
}

func oneValuation(vs []Valuation, err error) (Valuation, error) {
	if err != nil {
		return Valuation{}, err
	}
	if len(vs) == 0 {
		return Valuation{}, fmt.Errorf("valuation: %w", fault.NotFound)
	}
	return vs[0], nil
}

func (r Reader) valuations(ctx context.Context, query string, args ...any) ([]Valuation, error) {
	var out []Valuation
	err := r.each(ctx, query, args, func(rec *record) error {
		v := Valuation{
			ID: rec.int(0), AsOf: day.Day(rec.int(1)), Model: rec.int(2), Changed: rec.int(4),
			Started: time.UnixMicro(rec.int(5)).UTC(), Ended: time.UnixMicro(rec.int(6)).UTC(),
		}
		out = append(out, v)
		return json.Unmarshal([]byte(rec.text(3)), &out[len(out)-1].Summary)
	})
	if err != nil {
		return nil, fmt.Errorf("valuations: %w", err)
	}
	return out, nil
}

// A ScoreRow is one customer in one valuation.
type ScoreRow struct {
	Valuation int64
	External  string
	Name      string
	Figures   value.Figures
	Row       value.Row
}

// scoreFields are scoreColumns of the table that a statement calls s.
const scoreFields = `s.customer_id, s.valuation_id, s.revenue, s.sale, s.deduction, s.acquisition, s.care, s.late_payment, s.accrued,
	s.complaint, s.service, s.goodwill, s.benefit, s.unknown_cost, s.score, s.data_basis, s.credibility, s.lifetime, s.alive, s.flags, s.figures`

const (
	sqlScores = `SELECT c.external, c.name, ` + scoreFields + ` FROM score s JOIN customer c ON c.customer_id = s.customer_id
		WHERE s.valuation_id = $1 ORDER BY s.customer_id`
	sqlScore = `SELECT c.external, c.name, ` + scoreFields + ` FROM score s JOIN customer c ON c.customer_id = s.customer_id
		WHERE s.customer_id = $1 AND s.valuation_id = $2`
	sqlPath = `SELECT c.external, c.name, ` + scoreFields + ` FROM score s JOIN customer c ON c.customer_id = s.customer_id
		JOIN valuation v ON v.valuation_id = s.valuation_id
		WHERE s.customer_id = $1 AND v.ended_at IS NOT NULL ORDER BY v.as_of, v.valuation_id`
	sqlPlaces = `SELECT customer_id, flags, lifetime FROM score WHERE valuation_id = $1 ORDER BY customer_id`
)

func scoreRowOf(rec *record) (ScoreRow, error) {
	f, row, err := scoreOf(rec, 2)
	if err != nil {
		err = fmt.Errorf("customer %d: %w", f.Customer, err)
	}
	return ScoreRow{Valuation: rec.int(3), External: rec.text(0), Name: rec.text(1), Figures: f, Row: row}, err
}

// Scores streams all customers of a valuation in the order of their ids.
func (r Reader) Scores(ctx context.Context, valuation int64) iter.Seq2[ScoreRow, error] {
	return func(yield func(ScoreRow, error) bool) {
		err := r.each(ctx, sqlScores, []any{valuation}, func(rec *record) error {
			row, err := scoreRowOf(rec)
			if err == nil && !yield(row, nil) {
				err = errEnough
			}
			return err
		})
		if err != nil && err != errEnough {
			yield(ScoreRow{}, fmt.Errorf("scores of valuation %d: %w", valuation, err))
		}
	}
}

// errEnough ends a stream that the reader has seen enough of.
var errEnough = fmt.Errorf("enough")

// Score returns one customer in one valuation.
func (r Reader) Score(ctx context.Context, customer account.CustomerID, valuation int64) (ScoreRow, error) {
	rows, err := r.scores(ctx, sqlScore, customer, valuation)
	if err == nil && len(rows) == 0 {
		err = fault.NotFound
	}
	if err != nil {
		return ScoreRow{}, fmt.Errorf("customer %d in valuation %d: %w", customer, valuation, err)
	}
	return rows[0], nil
}

// Path returns a customer in all whole valuations, the oldest day first.
func (r Reader) Path(ctx context.Context, customer account.CustomerID) ([]ScoreRow, error) {
	rows, err := r.scores(ctx, sqlPath, customer)
	if err != nil {
		return nil, fmt.Errorf("path of customer %d: %w", customer, err)
	}
	return rows, nil
}

func (r Reader) scores(ctx context.Context, query string, args ...any) ([]ScoreRow, error) {
	var out []ScoreRow
	err := r.each(ctx, query, args, func(rec *record) error {
		row, err := scoreRowOf(rec)
		out = append(out, row)
		return err
	})
	return out, err
}

// Places returns where the customers of a valuation were on both axes, as
// computed: what the dead band of a later valuation looks at.
func (r Reader) Places(ctx context.Context, valuation int64) ([]value.Placed, error) {
	var out []value.Placed
	err := r.each(ctx, sqlPlaces, []any{valuation}, func(rec *record) error {
		var row value.Row
		row.SetFlags(rec.int(1))
		out = append(out, value.Placed{Customer: account.CustomerID(rec.int(0)), From: row.Bands.From, To: row.Bands.To, Life: money.Amount(rec.int(2)), LifeKnown: !rec.null(2)})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("places of valuation %d: %w", valuation, err)
	}
	return out, nil
}
