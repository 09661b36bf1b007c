package app

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/hook"
	"quid/internal/store"
	"quid/money"
	"quid/portfolio"
	"quid/privacy"
	"quid/value"
)

// A ValueOrder says what a valuation is asked for.
type ValueOrder struct {
	AsOf     day.Day
	Window   *day.Span               // instead of the model's
	Progress func(done, total int64) // may be nil; is called from several goroutines
}

// valueBatch is how many customers of a valuation are written at once, if nobody
// waits to write: well below a second.
const valueBatch = 20_000

// staleAfter is the age at which an unfinished valuation is taken for dead.
const staleAfter = time.Hour

// Value makes a valuation of all customers by the newest version of the model:
// a record that readers see once it is whole. The same day again makes a new
// one, and the newest counts. What a killed run left is cleaned away by a later
// one.
func (a *App) Value(ctx context.Context, order ValueOrder) (store.Valuation, error) {
	if order.AsOf == 0 {
		return store.Valuation{}, fault.Field("as_of", "write a day such as 2026-12-31")
	}
	defer lean()()
	v, err := a.value(ctx, order)
	if err != nil {
		return v, fmt.Errorf("value the customers on %v: %w", order.AsOf, err)
	}
	return v, nil
}

// leanly counts the valuations that run, and keeps the collector's setting from
// before the first.
var leanly struct {
	sync.Mutex
	running, before int
}

// lean makes the garbage collector run more often until the function it returns
// is called. The figures of a million customers are one block of 270 MB without
// pointers: collecting is cheap then, and waiting until as much garbage has come
// together is not.
func lean() (done func()) {
	leanly.Lock()
	defer leanly.Unlock()
	if leanly.running++; leanly.running == 1 {
		leanly.before = debug.SetGCPercent(20)
	}
	return func() {
		leanly.Lock()
		defer leanly.Unlock()
		if leanly.running--; leanly.running == 0 {
			debug.SetGCPercent(leanly.before)
		}
	}
}

// largeBase is from how many customers on a valuation must save memory while it
// judges: rows, histories and models come on top of the figures then, and there is
// little else to collect.
const largeBase = 250_000

// leaner makes the collector run more often yet for a large base, until the
// function it returns is called.
func leaner(customers int) (done func()) {
	if customers < largeBase {
		return func() {}
	}
	before := debug.SetGCPercent(10)
	return func() { debug.SetGCPercent(before) }
}

func (a *App) value(ctx context.Context, order ValueOrder) (store.Valuation, error) {
	started := a.Now()
	model, err := a.Model(ctx)
	if err != nil {
		return store.Valuation{}, err
	}
	if order.Window != nil {
		model.Spec.Window = *order.Window
	}
	if err := a.dropStale(ctx); err != nil {
		return store.Valuation{}, err
	}
	tell := order.Progress
	if tell == nil {
		tell = func(int64, int64) {}
	}
	figures, err := a.DB.CustomerFigures(ctx, order.AsOf, model.Spec.Window, func(done, total int64) { tell(done, total/3*4) })
	if err != nil {
		return store.Valuation{}, err
	}
	leftOut, err := a.leaveOut(ctx, &figures)
	if err != nil {
		return store.Valuation{}, err
	}
	input, err := a.valueInput(ctx, order.AsOf, figures)
	if err != nil {
		return store.Valuation{}, err
	}
	done := leaner(len(figures.Customers))
	result, err := value.Run(model.Spec, input)
	done()
	if err != nil {
		return store.Valuation{}, err
	}
	v := store.Valuation{ID: a.id(), AsOf: order.AsOf, Model: model.ID, Changed: figures.Changed, Started: started}
	v.Summary = summarize(result, figures.Customers)
	v.Summary.LeftOut = leftOut
	n := int64(len(result.Rows))
	if err := a.keepValuation(ctx, &v, figures.Customers, result.Rows, func(done int64) { tell(3*n+done, 4*n) }); err != nil {
		return store.Valuation{}, err
	}
	return v, nil
}

// leaveOut takes persons out who object to being valued or whose data is restricted,
// and counts them by why.
func (a *App) leaveOut(ctx context.Context, figures *store.Figures) (map[privacy.Kind]int, error) {
	marks, err := a.DB.Read().LiveMarks(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[account.CustomerID]privacy.Kind)
	for _, m := range marks {
		if m.Person.Contact == 0 && (m.Kind == privacy.Restriction || m.Kind == privacy.Profiling && out[m.Person.Customer] == "") {
			out[m.Person.Customer] = m.Kind
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	counts := make(map[privacy.Kind]int)
	figures.Customers = slices.DeleteFunc(figures.Customers, func(f value.Figures) bool {
		k := out[f.Customer]
		if k != "" {
			counts[k]++
		}
		return k != ""
	})
	return counts, nil
}

// valueInput reads what a valuation needs beside the figures.
func (a *App) valueInput(ctx context.Context, asOf day.Day, figures store.Figures) (value.Input, error) {
	in := value.Input{AsOf: asOf, Figures: figures.Customers, Peers: figures.Peers}
	err := a.DB.Look(ctx, func(r store.Reader) error {
		overrides, err := r.OverridesOn(ctx, asOf)
		if err != nil {
			return err
		}
		for _, o := range overrides {
			in.Overrides = append(in.Overrides, o.Override)
		}
		before, err := r.NewestValuation(ctx, asOf.Add(-1))
		if errors.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		places, err := r.Places(ctx, before.ID)
		in.Previous = &value.Previous{AsOf: before.AsOf, Model: before.Summary.Model, Places: places, Lifetimes: before.Summary.Lifetimes}
		return err
	})
	return in, err
}

// summarize adds to the summary what the portfolio says of the base: the Gini
// coefficient over the customers with revenue in the window, and the peak of
// the whale curve of contribution I.
func summarize(result *value.Valuation, figures []value.Figures) store.Summary {
	s := store.Summary{Summary: result.Summary}
	revenue := make([]money.Amount, 0, len(figures))
	contribution, known := make([]money.Amount, len(figures)), make([]bool, len(figures))
	for i := range figures {
		f := &figures[i]
		if f.Steps.Revenue > 0 {
			revenue = append(revenue, f.Steps.Revenue)
		}
		contribution[i], known[i] = f.Contribution(1)
	}
	s.Gini = value.Number(portfolio.Gini(revenue))
	s.WhalePeak = portfolio.WhaleOf(contribution, known).Peak
	return s
}

// keepValuation writes the valuation in pieces and makes it visible at last.
// One piece is packed while those before are written.
func (a *App) keepValuation(ctx context.Context, v *store.Valuation, figures []value.Figures, rows []value.Row, tell func(int64)) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if err := a.DB.Write(ctx, func(tx *store.Tx) error { return tx.AddValuation(ctx, *v) }); err != nil {
		return err
	}
	pieces := make(chan store.ScoreBatch, 1)
	go func() {
		defer close(pieces)
		for from := 0; from < len(rows); from += valueBatch {
			to := min(from+valueBatch, len(rows))
			select {
			case pieces <- store.Scores(v.ID, figures[from:to], rows[from:to]):
			case <-ctx.Done():
				return
			}
		}
	}()
	var done atomic.Int64
	var writers sync.WaitGroup
	for range a.DB.Writers() {
		writers.Go(func() {
			for piece := range pieces {
				if err := a.writeScores(ctx, piece, func(n int) { tell(done.Add(int64(n))) }); err != nil {
					stop(err)
					return
				}
			}
		})
	}
	writers.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	v.Ended = a.Now()
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		if err := errors.Join(tx.EndValuation(ctx, *v), a.tell(ctx, tx, hook.ValuationEnded, hook.Of("valuation", v.ID))); err != nil {
			return err
		}
		return a.enqueue(ctx, tx, ProposeJob, "")
	})
}

// writeScores writes a piece of a valuation, and tells how many customers at a time.
func (a *App) writeScores(ctx context.Context, piece store.ScoreBatch, tell func(n int)) error {
	for piece.Len() > 0 {
		var left store.ScoreBatch
		err := a.DB.WriteUnsynced(ctx, func(tx *store.Tx) (err error) {
			left, err = tx.AddScores(ctx, piece)
			return err
		})
		if err != nil {
			return err
		}
		tell(piece.Len() - left.Len())
		piece = left
	}
	return nil
}

// dropStale takes away what killed valuations left.
func (a *App) dropStale(ctx context.Context) error {
	ids, err := a.DB.Read().UnfinishedValuations(ctx, a.Now().Add(-staleAfter))
	if err != nil {
		return err
	}
	for _, id := range ids {
		for gone := false; !gone; {
			err := a.DB.Write(ctx, func(tx *store.Tx) error {
				var err error
				gone, err = tx.DropUnfinished(ctx, id, valueBatch)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// ValueDay is the day an automatic valuation is made for: today, or the day of
// the newest posting if that is more than a window of the model ago, so that
// old files show something.
func (a *App) ValueDay(ctx context.Context) (day.Day, error) {
	model, err := a.Model(ctx)
	if err != nil {
		return 0, err
	}
	today := day.At(a.Now())
	w := model.Spec.Window.UpTo(today)
	newest, err := a.DB.Read().NewestPosting(ctx, w)
	if err != nil {
		return 0, err
	}
	if newest != 0 && !w.Holds(newest) {
		return newest, nil
	}
	return today, nil
}

// RunValueJob values the book after a change of facts: the work of ValueJob.
func (a *App) RunValueJob(ctx context.Context, progress func(done, total int64)) error {
	on, err := a.ValueDay(ctx)
	if err != nil {
		return err
	}
	_, err = a.Value(ctx, ValueOrder{AsOf: on, Progress: progress})
	return err
}

// A ValueReport is what `quid value --json` prints.
type ValueReport struct {
	AsOf         day.Day               `json:"as_of"`
	Model        int64                 `json:"model"`
	Window       string                `json:"window"`
	Customers    int                   `json:"customers"`
	New          int                   `json:"new"`
	Seconds      float64               `json:"seconds"`
	Revenue      string                `json:"revenue"`
	Contribution map[string]string     `json:"contribution"`
	ValueTo      string                `json:"value_to"`
	WithoutCost  int                   `json:"without_cost"`
	Classes      ClassReport           `json:"classes"`
	Segments     map[value.Segment]int `json:"segments"`
	Gini         value.Number          `json:"gini"`
	WhalePeak    value.Number          `json:"whale_peak"`
}

// A ClassReport counts customers by class: A, B, C, loss.
type ClassReport struct {
	Revenue      map[string]int `json:"revenue"`
	Contribution map[string]int `json:"contribution"`
}

// Report returns what `quid value --json` prints of a valuation; digits are the
// decimals of the book's currency. Contributions are sums over the customers
// whose cost is known; WithoutCost says how many are left out.
func Report(v store.Valuation, digits int) ValueReport {
	s := &v.Summary
	r := ValueReport{
		AsOf: v.AsOf, Model: v.Model, Window: s.Model.Window.String(), Customers: s.Customers, New: s.New,
		Seconds: v.Ended.Sub(v.Started).Seconds(), Revenue: s.Revenue.Decimal(digits), ValueTo: s.ValueTo.Decimal(digits),
		WithoutCost: s.WithoutCost, Segments: s.Segments, Gini: s.Gini, WhalePeak: s.WhalePeak,
		Contribution: make(map[string]string, len(s.Contribution)),
		Classes:      ClassReport{countsOf(s.Classes.Revenue), countsOf(s.Classes.Contribution)},
	}
	for i, c := range s.Contribution {
		r.Contribution[string(rune('1'+i))] = c.Decimal(digits)
	}
	return r
}

func countsOf(c value.Counts) map[string]int {
	m := map[string]int{"A": c.A, "B": c.B, "C": c.C, "loss": c.Loss}
	if c.None > 0 {
		m["unknown"] = c.None
	}
	return m
}
