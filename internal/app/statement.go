package app

import (
	"archive/zip"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/paper"
	"quid/internal/store"
)

// StatementJob makes the benefit statements of a run; the argument is its id.
const StatementJob = "statements"

// ShowBackground says in Link.Shows and StatementRun.Shows that the background
// noted at each service is shown.
const ShowBackground = "background"

// runKept is how long the file of a run is kept.
const runKept = 7 * 24 * time.Hour

// AskStatements asks for the benefit statements of all customers that got a
// service in the period, or of those that owner looks after, as one file.
func (a *App) AskStatements(ctx context.Context, s store.StatementRun) (int64, error) {
	if err := may(ctx, auth.MakeStatements); err != nil {
		return 0, err
	}
	if s.From == 0 || s.To < s.From {
		return 0, fmt.Errorf("ask for statements: %w", fault.Field("from", "choose a first day that is not after the last"))
	}
	s.ID, s.Made = a.id(), a.Now()
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		asked := act{What: "made", Noun: "statement", ID: s.ID, After: map[string]any{"from": s.From.String(), "to": s.To.String(), "of_all": s.Owner == ""}}
		if err := errors.Join(tx.AddStatementRun(ctx, s), a.audit(ctx, tx, asked)); err != nil {
			return err
		}
		return a.enqueue(ctx, tx, StatementJob, strconv.FormatInt(s.ID, 10))
	})
	if err != nil {
		return 0, fmt.Errorf("ask for statements: %w", err)
	}
	return s.ID, nil
}

// runFile is the name of the file of a run.
func runFile(id int64) string { return "statements-" + strconv.FormatInt(id, 10) + ".zip" }

// RunStatements does the work of a StatementJob. Done again, it makes the file anew.
func (a *App) RunStatements(ctx context.Context, id int64, progress func(done, total int64)) error {
	run, err := a.DB.Read().StatementRun(ctx, id)
	if err != nil {
		return err
	}
	a.dropOldRuns(ctx)
	root, err := a.files()
	if err != nil {
		return err
	}
	defer root.Close()
	part := runFile(id) + ".part"
	f, err := root.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("statements: %w", err)
	}
	count, err := a.writeStatements(ctx, f, run, progress)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("statements: %w", err), removeIfThere(root, part))
	}
	if err := root.Rename(part, runFile(id)); err != nil {
		return fmt.Errorf("statements: %w", err)
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error { return tx.EndStatementRun(ctx, id, runFile(id), count, a.Now()) })
}

// dropOldRuns deletes the files of runs that are older than a week.
func (a *App) dropOldRuns(ctx context.Context) {
	runs, err := a.DB.Read().StatementRuns(ctx)
	if err != nil {
		return
	}
	root, err := a.files()
	if err != nil {
		return
	}
	defer root.Close()
	for _, r := range runs {
		if r.File == "" || a.Now().Sub(r.Ended) < runKept {
			continue
		}
		if err := removeIfThere(root, r.File); err != nil {
			a.Log.WarnContext(ctx, "file of statements", "file", r.File, "err", err)
			continue
		}
		if err := a.DB.Write(ctx, func(tx *store.Tx) error { return tx.EndStatementRun(ctx, r.ID, "", r.Count, r.Ended) }); err != nil {
			a.Log.WarnContext(ctx, "file of statements", "file", r.File, "err", err)
		}
	}
}

// OpenStatements opens the file of a run.
func (a *App) OpenStatements(ctx context.Context, id int64) (*os.File, error) {
	run, err := a.DB.Read().StatementRun(ctx, id)
	if err != nil {
		return nil, err
	}
	if run.File == "" {
		return nil, fault.NotFound
	}
	root, err := a.files()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := root.Open(runFile(id))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fault.NotFound
	}
	return f, err
}

// A made is a statement that is done, or why it is not.
type made struct {
	name string
	pdf  []byte
	err  error
}

// writeStatements writes the statements of a run, in the order of the customers'
// names. They are made on all cores and written one after another.
func (a *App) writeStatements(ctx context.Context, w io.Writer, run store.StatementRun, progress func(done, total int64)) (int64, error) {
	q := paper.StatementQuery{First: run.From, To: run.To, Lang: run.Lang, Background: strings.Contains(run.Shows, ShowBackground)}
	var customers []account.CustomerID
	buffered := bufio.NewWriterSize(w, 256<<10)
	z := zip.NewWriter(buffered)
	names := make(map[string]int)
	err := a.DB.Look(ctx, func(r store.Reader) error {
		var err error
		if customers, err = r.Served(ctx, run.Owner, q.Window()); err != nil {
			return err
		}
		all, err := paper.NewStatements(ctx, r)
		if err != nil {
			return err
		}
		return inOrderOf(ctx, customers, func(c account.CustomerID) (*paper.Statement, error) {
			one := q
			one.Customer = c
			return all.Read(ctx, one)
		}, func(n int, m made) error {
			if m.err != nil {
				return m.err
			}
			if names[m.name]++; names[m.name] > 1 {
				m.name = strings.TrimSuffix(m.name, ".pdf") + "-" + strconv.Itoa(names[m.name]) + ".pdf"
			}
			f, err := z.CreateHeader(&zip.FileHeader{Name: m.name, Method: zip.Store, Modified: dayTime(run.To)})
			if err == nil {
				_, err = f.Write(m.pdf)
			}
			progress(int64(n+1), int64(len(customers)))
			return err
		})
	})
	return int64(len(customers)), errors.Join(err, z.Close(), buffered.Flush())
}

// dayTime is noon of a day: what a file in the archive is dated.
func dayTime(d day.Day) time.Time {
	return time.Date(d.Year(), time.Month(d.Month()), d.DayOfMonth(), 12, 0, 0, 0, time.UTC)
}

// inOrderOf reads the statements one after another, since a transaction has one
// connection, makes their PDFs on all cores and takes them in their order.
func inOrderOf(ctx context.Context, customers []account.CustomerID, read func(account.CustomerID) (*paper.Statement, error), take func(int, made) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	free := make(chan struct{}, min(runtime.GOMAXPROCS(0), runtime.NumCPU()))
	done := make(chan chan made, 2*runtime.NumCPU())
	wg.Go(func() {
		defer close(done)
		for _, c := range customers {
			out := make(chan made, 1)
			s, err := read(c)
			select {
			case done <- out:
			case <-ctx.Done():
				return
			}
			if err != nil {
				out <- made{err: err}
				return
			}
			free <- struct{}{}
			wg.Go(func() {
				defer func() { <-free }()
				pdf, err := s.PDF()
				out <- made{statementName(s), pdf, err}
			})
		}
	})
	n := 0
	for out := range done {
		if err := take(n, <-out); err != nil {
			return err
		}
		n++
	}
	return ctx.Err()
}

// statementName is the name of a statement's file: the customer's number and name
// in plain letters.
func statementName(s *paper.Statement) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, crm.Fold(s.Number+" "+s.Name))
	for strings.Contains(name, "--") {
		name = strings.ReplaceAll(name, "--", "-")
	}
	return strings.Trim(name[:min(len(name), 80)], "-") + ".pdf"
}
