package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"quid/fault"
	"quid/internal/app"
	"quid/internal/locale"
)

// trials are the dry runs that were asked for, by draft. They live in memory: a
// dry run writes nothing, so a server that starts anew tries again. The zero
// value is ready.
type trials struct {
	mu   sync.Mutex
	runs map[string]*dryRun
}

// A dryRun is one dry run. What is below mu may only be read while it is held.
type dryRun struct {
	key    string // what was asked for
	cancel context.CancelFunc
	ended  chan struct{}

	mu          sync.Mutex
	done, total int64
	result      app.ImportResult
	err         error
}

// mostTrials is how many dry runs are remembered.
const mostTrials = 32

// start begins a dry run of a draft, or finds the one that was begun for the
// same settings.
func (t *trials) start(ctx context.Context, a *app.App, d app.Draft) (*dryRun, error) {
	req := d.Request
	req.DryRun = true
	key, err := json.Marshal([]any{
		req.Kind, req.Mapping, req.Read.Where, req.Read.Decimal, req.Read.Dates, req.Read.Encoding,
		req.Read.Delimiter, req.Read.Header, req.Read.Sheet, req.Mode, req.Related,
	})
	if err != nil {
		return nil, fmt.Errorf("dry run: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if run, ok := t.runs[d.Token]; ok {
		if run.key == string(key) {
			return run, nil
		}
		run.cancel()
	}
	if t.runs == nil || len(t.runs) >= mostTrials {
		for _, run := range t.runs {
			run.cancel()
		}
		t.runs = make(map[string]*dryRun)
	}
	// The run goes on when the page that asked for it is closed.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Hour)
	run := &dryRun{key: string(key), cancel: cancel, ended: make(chan struct{})}
	t.runs[d.Token] = run
	go func() {
		defer cancel()
		defer close(run.ended)
		run.do(ctx, a, req)
	}()
	return run, nil
}

// do tries the file. A file that makes the program panic must not end the
// server.
func (run *dryRun) do(ctx context.Context, a *app.App, req app.ImportRequest) {
	result, err := app.ImportResult{}, error(nil)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("dry run: panic: %v", p)
		}
		run.mu.Lock()
		defer run.mu.Unlock()
		run.result, run.err = result, err
	}()
	result, err = a.Import(ctx, req, run.tell)
}

func (run *dryRun) tell(done, total int64) {
	run.mu.Lock()
	defer run.mu.Unlock()
	run.done, run.total = done, total
}

// forget ends the dry run of a draft that goes away. A result of old facts is
// forgotten likewise.
func (t *trials) forget(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if run, ok := t.runs[token]; ok {
		run.cancel()
		delete(t.runs, token)
	}
}

// trialPage shows what an import would do.
type trialPage struct {
	Page
	Draft    app.Draft
	Progress Progress // while it runs
	Ended    bool
	Result   app.ImportResult
	Problem  string // that ended it, or ""
}

// shownProblems is how many problems a page shows.
const shownProblems = 100

func (s *Server) trial(w http.ResponseWriter, r *http.Request) error {
	if r.FormValue("again") != "" {
		s.trials.forget(r.PathValue("token"))
	}
	p, err := s.readTrial(r, 700*time.Millisecond)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, trialView(p))
}

func (s *Server) trialState(w http.ResponseWriter, r *http.Request) error {
	p, err := s.readTrial(r, 0)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, trialResult(p))
}

// readTrial reads how far the dry run of a draft is, after waiting a little for
// its end: a small file needs no progress.
func (s *Server) readTrial(r *http.Request, patience time.Duration) (trialPage, error) {
	var p trialPage
	var err error
	if p.Page, err = s.newPage(r, locale.Key("Dry run")); err != nil {
		return p, err
	}
	if p.Draft, err = s.app.Draft(r.Context(), r.PathValue("token")); err != nil {
		return p, err
	}
	run, err := s.trials.start(r.Context(), s.app, p.Draft)
	if err != nil {
		return p, err
	}
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case <-run.ended:
	case <-r.Context().Done():
		return p, r.Context().Err()
	case <-wait.C:
	}
	select {
	case <-run.ended:
		p.Ended = true
	default:
	}
	run.mu.Lock()
	defer run.mu.Unlock()
	p.Result = run.result
	if run.err != nil && p.Ended {
		fields := fault.Fields(run.err)
		if len(fields) == 0 {
			return p, run.err
		}
		p.Problem = p.T(fields[0].Problem)
	}
	p.Progress = Progress{
		ID: "trial-progress", Label: p.T("Trying the file, nothing is written"), Done: run.done, Total: run.total,
	}
	return p, nil
}

func (s *Server) startDraft(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	d, err := s.app.Draft(r.Context(), token)
	if err != nil {
		return err
	}
	sheet, err := s.readSheet(r, d)
	if err != nil {
		return err
	}
	imp, err := s.app.StartDraft(r.Context(), token)
	if errors.Is(err, fault.Invalid) { // the page of the columns says what is wrong
		http.Redirect(w, r, draftPath(token, "columns"), http.StatusSeeOther)
		return nil
	}
	if err != nil {
		return err
	}
	s.files.forget(token)
	s.trials.forget(token)
	if len(sheet.Lines) > 0 {
		sheet.Import = imp.ID
		if err := s.app.KeepSheet(r.Context(), sheet); err != nil {
			return err
		}
	}
	http.Redirect(w, r, importPath(imp.ID), http.StatusSeeOther)
	return nil
}
