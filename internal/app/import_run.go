package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"

	"quid/fault"
	"quid/internal/hook"
	"quid/internal/intake"
	"quid/internal/store"
)

// Sizes of what goes into one transaction: it should end within a second.
const (
	batchDocs  = 4000
	batchLines = 16_000
	batchBytes = 8 << 20 // of the rows as they stand in the file: several batches are in memory at a time
)

// A run is an import while it is being taken in.
type run struct {
	app      *App
	imp      store.Import
	taking   *taking
	counts   Counts
	problems []intake.Problem
	kind     intake.Kind
	docs     func(context.Context) iter.Seq2[*intake.Doc, error] // of the file, or made up
	late     []*intake.Doc                                       // credit notes whose invoice had not come yet, taken in at the end
	waiting  int                                                 // their weight
}

// runImport takes in the documents of a file that are not taken in yet.
func (a *App) runImport(ctx context.Context, imp store.Import, dry bool, file opened) (ImportResult, error) {
	res, err := a.takeFile(ctx, imp, dry, file)
	if err == nil || dry || ctx.Err() != nil {
		return res, err
	}
	return res, a.ended(ctx, imp, err)
}

// ended ends an import whose file cannot be read on: what was taken in stays,
// and can be undone. Other errors leave it to be gone on with.
func (a *App) ended(ctx context.Context, imp store.Import, why error) error {
	if errors.Is(why, fault.Invalid) || errors.Is(why, fault.NotFound) || errors.Is(why, fs.ErrNotExist) {
		return errors.Join(why, a.failImport(ctx, imp.ID, why))
	}
	return why
}

func (a *App) failImport(ctx context.Context, id int64, why error) error {
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		imp, err := tx.Import(ctx, id)
		if err != nil {
			return err
		}
		imp.State, imp.Problem, imp.Ended = "failed", why.Error(), a.Now()
		return errors.Join(tx.PutImport(ctx, imp), a.importAct(ctx, tx, "gave up", imp, nil), a.tellImport(ctx, tx, imp))
	})
}

// tellImport tells that an import has ended: done, failed or undone.
func (a *App) tellImport(ctx context.Context, tx *store.Tx, imp store.Import) error {
	about := hook.Of("import", imp.ID)
	about["kind"], about["state"] = imp.Kind, imp.State
	return a.tell(ctx, tx, hook.ImportEnded, about)
}

func (a *App) takeFile(ctx context.Context, imp store.Import, dry bool, file opened) (ImportResult, error) {
	var o importOptions
	if err := json.Unmarshal([]byte(imp.Options), &o); err != nil {
		return ImportResult{}, fmt.Errorf("import %d: options: %w", imp.ID, err)
	}
	plan := file.plan
	r := newRun(a, imp, o, dry)
	r.kind, r.docs = plan.Kind(), plan.Documents
	defer r.taking.virtual.Close()
	if err := r.resume(); err != nil {
		return ImportResult{}, err
	}
	if err := r.takeAll(ctx); err != nil {
		return r.result(), err
	}
	r.counts.Blank, r.counts.Filtered, r.counts.Billable = plan.Counts().Blank, plan.Counts().Filtered, plan.Counts().Billable
	if dry {
		return r.result(), nil
	}
	if err := a.settleWaiting(ctx); err != nil {
		return r.result(), err
	}
	return r.result(), r.finish(ctx)
}

// newRun returns a run of an import that took nothing in yet.
func newRun(a *App, imp store.Import, o importOptions, dry bool) *run {
	return &run{app: a, imp: imp, taking: &taking{
		id: imp.ID, source: o.Source, mode: o.Mode, related: o.Related, dry: dry, virtual: intake.NewRegister(""),
	}}
}

// resume reads back the counts of the batches that were committed.
func (r *run) resume() error {
	var kept keptCounts
	if err := json.Unmarshal([]byte(r.imp.Counts), &kept); err != nil {
		return fmt.Errorf("import %d: counts: %w", r.imp.ID, err)
	}
	r.counts = kept.Counts.clone()
	r.counts.Problems, r.counts.Changes, r.counts.Late = kept.Problems, kept.Changes, kept.Late
	return nil
}

// keptCounts is how counts stand in the book, with what going on needs.
type keptCounts struct {
	Counts
	Problems int64   `json:"problem_rows"`
	Changes  int64   `json:"change_rows"`
	Late     []int64 `json:"late,omitempty"`
}

func (c Counts) kept() (string, error) {
	text, err := json.Marshal(keptCounts{c, c.Problems, c.Changes, c.Late})
	return string(text), err
}

func (r *run) result() ImportResult {
	res := ImportResult{Counts: r.counts, Problems: r.problems}
	if !r.taking.dry {
		res.Import = r.imp.ID
	}
	if res.Problems == nil {
		res.Problems = []intake.Problem{}
	}
	return res
}

// A load is documents that follow each other in the file, from the first's place.
type load struct {
	docs []*intake.Doc
	from int64
}

// takeAll reads documents on one goroutine and takes them in on this one, those
// that came before what they name at the end.
func (r *run) takeAll(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	loads := make(chan load, 2)
	read := make(chan error, 1)
	go func() {
		defer close(loads)
		read <- r.readAll(ctx, loads)
	}()
	var err error
	for l := range loads {
		if err == nil {
			if err = r.take(ctx, l, false); err != nil {
				stop() // the reader ends, and the channel is drained
			}
		}
	}
	if readErr := <-read; err == nil {
		err = readErr
	}
	if err != nil || len(r.late) == 0 {
		return err
	}
	return r.take(ctx, load{docs: r.late}, true)
}

// readAll sends the documents in batches in which no key stands twice, passing
// over those that are taken in already.
func (r *run) readAll(ctx context.Context, loads chan<- load) error {
	var docs []*intake.Doc
	lines, bytes, passed := 0, 0, int64(0)
	keys := make(map[string]bool)
	late := make(map[int64]bool, len(r.counts.Late))
	for _, n := range r.counts.Late {
		late[n] = true
	}
	send := func() error {
		if len(docs) == 0 {
			return nil
		}
		select {
		case loads <- load{docs, passed - int64(len(docs))}:
		case <-ctx.Done():
			return ctx.Err()
		}
		docs, lines, bytes = nil, 0, 0
		clear(keys)
		return nil
	}
	taken, most := r.imp.Documents, batchDocs
	if r.app.BatchDocs > 0 {
		most = r.app.BatchDocs
	}
	for d, err := range r.docs(ctx) {
		if err != nil {
			return err
		}
		if passed%32 == 0 {
			r.app.giveWay()
		}
		if passed < taken {
			if late[passed] {
				r.late, r.waiting = append(r.late, d), r.waiting+weight(d)
			}
			passed++
			continue
		}
		if len(docs) >= most || lines >= batchLines || bytes >= batchBytes || keys[d.Key] {
			if err := send(); err != nil {
				return err
			}
		}
		docs = append(docs, d)
		passed++
		lines += len(d.Lines)
		bytes += weight(d)
		keys[d.Key] = d.Key != ""
	}
	return send()
}

// weight is about how many bytes of memory a document takes.
func weight(d *intake.Doc) int {
	n := 0
	for _, row := range d.Raw {
		n += len(row) + 64
	}
	return n
}

// errDry takes a dry run's transaction back.
var errDry = errors.New("dry run")

// take takes a batch in, in one transaction.
// last says that documents which name what is not there are not put off again.
func (r *run) take(ctx context.Context, l load, last bool) error {
	var b *batch
	n := int64(len(l.docs))
	if last {
		n = 0 // they were counted as taken in when they were put off
	}
	err := r.app.DB.Write(ctx, func(tx *store.Tx) error {
		s, err := r.app.settling(ctx, tx)
		if err != nil {
			return err
		}
		b = newBatch(s, r.taking, r.counts)
		if last {
			b.counts.Late = nil
		} else if r.kind == intake.Invoices {
			b.place, b.room = placesOf(l), mostLateBytes-r.waiting
		}
		if err := b.takeDocs(ctx, r.kind, l.docs); err != nil {
			return err
		}
		if r.taking.dry {
			b.forgetStubs()
			return cmp.Or(r.taking.virtual.Err(), errDry)
		}
		if err := b.write(ctx); err != nil {
			return err
		}
		return r.advance(ctx, tx, b, n)
	})
	if err != nil && !errors.Is(err, errDry) {
		return err
	}
	b.committed()
	r.counts = b.counts
	r.imp.Documents += n
	for _, d := range b.late {
		r.late, r.waiting = append(r.late, d), r.waiting+weight(d)
	}
	r.keepProblems(b.problems)
	if r.app.afterBatch != nil {
		r.app.afterBatch(r.imp.Documents)
	}
	return nil
}

// placesOf says where in the file each document stands.
func placesOf(l load) map[*intake.Doc]int64 {
	places := make(map[*intake.Doc]int64, len(l.docs))
	for i, d := range l.docs {
		places[d] = l.from + int64(i)
	}
	return places
}

func (r *run) keepProblems(rows []store.RowProblem) {
	for _, p := range rows {
		if len(r.problems) < mostProblems {
			r.problems = append(r.problems, intake.Problem{Line: p.Line, Column: p.Field, Value: p.Value, Problem: p.Problem})
		}
	}
}

// advance writes how far the import is, in the batch's transaction. If somebody
// else took the same documents in meanwhile, nothing is written.
func (r *run) advance(ctx context.Context, tx *store.Tx, b *batch, n int64) error {
	now, err := tx.Import(ctx, r.imp.ID)
	if err != nil {
		return err
	}
	if now.Documents != r.imp.Documents || now.State != "running" {
		return fmt.Errorf("import %d is being taken in elsewhere: %w", r.imp.ID, fault.Conflict)
	}
	now.Documents += n
	if now.Counts, err = b.counts.kept(); err != nil {
		return err
	}
	if err := tx.PutImport(ctx, now); err != nil {
		return err
	}
	return tx.Touch(ctx)
}

// takeDocs takes documents in, those with problems aside.
func (b *batch) takeDocs(ctx context.Context, kind intake.Kind, docs []*intake.Doc) error {
	sound := make([]*intake.Doc, 0, len(docs))
	for _, d := range docs {
		if len(d.Problems) > 0 {
			b.reject(d)
		} else {
			sound = append(sound, d)
		}
	}
	if len(sound) == 0 {
		return nil
	}
	return map[intake.Kind]func(context.Context, []*intake.Doc) error{
		intake.Customers: b.takeCustomers, intake.Contacts: b.takeContacts, intake.Products: b.takeProducts, intake.Invoices: b.takeInvoices,
		intake.InvoiceLines: b.takeLines, intake.Payments: b.takePayments, intake.Complaints: b.takeComplaints,
		intake.Interactions: b.takeInteractions, intake.ServiceTypes: b.takeTypes, intake.ServiceEntries: b.takeEntries,
		intake.Bonuses: b.takeBonuses, intake.Timesheets: b.takeTimesheets,
	}[kind](ctx, sound)
}

// finish ends an import and asks for a valuation.
func (r *run) finish(ctx context.Context) error {
	return r.app.DB.Write(ctx, func(tx *store.Tx) error {
		imp, err := tx.Import(ctx, r.imp.ID)
		if err != nil {
			return err
		}
		imp.State, imp.Ended, imp.BytesDone = "done", r.app.Now(), imp.BytesTotal
		if imp.Counts, err = r.counts.kept(); err != nil {
			return err
		}
		told := map[string]any{"created": r.counts.Created, "updated": r.counts.Updated, "rejected": r.counts.Rejected}
		if err := errors.Join(tx.PutImport(ctx, imp), r.app.importAct(ctx, tx, "ended", imp, told), tx.Touch(ctx), r.app.tellImport(ctx, tx, imp)); err != nil {
			return err
		}
		return r.app.enqueue(ctx, tx, ValueJob, "")
	})
}
