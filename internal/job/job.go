// Package job runs what changes asked for: work that stands in the book's own
// table, written in the transaction of the change.
//
// A [Runner] takes one job after another. It holds a job by a lease with a time
// limit that progress prolongs; a job whose runner was killed is taken again
// when the lease has run out. What fails is tried again with growing pauses, at
// most five times. What a job does must bear being done twice: a kill may come
// after its last write and before its end is written.
//
// Jobs that wait for others (webhooks) have a runner of their own, see [store.Lane], which
// does many at once and of each argument one: who is slow holds up nobody else.
//
// What jobs do lives in package app; the clock is the caller's.
package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
)

// A Func does the work of one kind of job. progress may be called as often as
// it likes, also from several goroutines.
type Func func(ctx context.Context, j store.Job, progress func(done, total int64)) error

// A Runner runs the jobs of one book, one at a time or Width of them.
type Runner struct {
	DB    *store.DB
	IDs   *store.IDs
	Now   func() time.Time
	Log   *slog.Logger
	Kinds map[string]Func
	Lane  store.Lane // which jobs it takes; the zero Lane: all

	Width int           // how many jobs it does at once; 1 if 0
	Hold  time.Duration // how long a lease lasts; 30 seconds if 0
	Beat  time.Duration // how often it is prolonged and progress written; a sixtieth of Hold if 0
	Pause time.Duration // between two looks at an empty table; a second if 0
	Wake  chan struct{} // a value wakes the runner before the pause is over; may be nil
}

// MaxTries is how often a job is tried before it has failed.
const MaxTries = 5

func (r *Runner) hold() time.Duration {
	if r.Hold == 0 {
		return 30 * time.Second
	}
	return r.Hold
}

// longest is the longest pause between two looks at a table that can't be read or
// written.
const longest = 30 * time.Second

func (r *Runner) beat() time.Duration {
	if r.Beat == 0 {
		return r.hold() / 60
	}
	return r.Beat
}

// Run runs what is due until the context ends.
func (r *Runner) Run(ctx context.Context) {
	usual := r.Pause
	if usual == 0 {
		usual = time.Second
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	room := make(chan struct{}, max(r.Width, 1))
	ended := make(chan error, cap(room))
	for pause := usual; ; {
		ran, err := r.next(ctx, &wg, room, ended)
		if ran && err == nil {
			continue
		}
		if err == nil {
			pause = usual
		} else if ctx.Err() == nil {
			r.Log.ErrorContext(ctx, "run jobs", "err", err)
			pause = min(2*pause, longest) // a disk or a server that fails fills no log
		}
		select {
		case <-ctx.Done():
			return
		case <-r.Wake:
		case err := <-ended: // what waited for it may be due
			if err != nil && ctx.Err() == nil {
				r.Log.ErrorContext(ctx, "run jobs", "err", err)
			}
		case <-time.After(pause):
		}
	}
}

// next takes the next job that is due: a runner of one job does it, one of several lets it
// be done beside the others, and says on ended when it is.
func (r *Runner) next(ctx context.Context, wg *sync.WaitGroup, room chan struct{}, ended chan<- error) (bool, error) {
	if r.Width <= 1 {
		return r.Once(ctx)
	}
	select {
	case room <- struct{}{}:
	default:
		return false, nil // one that ends wakes us
	}
	j, err := r.lease(ctx)
	if err != nil {
		<-room
		if errors.Is(err, fault.NotFound) {
			err = nil
		}
		return false, err
	}
	wg.Go(func() {
		err := r.work(auth.With(ctx, auth.System("job")), j)
		<-room
		select {
		case ended <- err:
		default:
		}
	})
	return true, nil
}

// Drain runs what is due until nothing is: for commands that end.
func (r *Runner) Drain(ctx context.Context) error {
	for {
		ran, err := r.Once(ctx)
		if err != nil || !ran {
			return err
		}
	}
}

// Once runs the next job that is due and says whether there was one. An error
// is one of the table of jobs; how the job itself ended is written there.
func (r *Runner) Once(ctx context.Context) (bool, error) {
	ctx = auth.With(ctx, auth.System("job"))
	j, err := r.lease(ctx)
	if errors.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, r.work(ctx, j)
}

// lease takes the next job that is due: fault.NotFound if there is none.
func (r *Runner) lease(ctx context.Context) (j store.Job, err error) {
	lease := r.IDs.Next(r.Now())
	err = r.DB.Write(ctx, func(tx *store.Tx) error {
		var err error
		j, err = tx.LeaseJob(ctx, r.Lane, lease, r.Now(), r.hold())
		return err
	})
	return j, err
}

// work does a job and writes how it ended.
func (r *Runner) work(ctx context.Context, j store.Job) error {
	err := r.do(ctx, &j)
	if ctx.Err() != nil {
		return r.giveBack(j)
	}
	if errors.Is(err, store.ErrLeaseLost) {
		r.Log.WarnContext(ctx, "job was taken over", "job", j.ID, "kind", j.Kind)
		return nil
	}
	return r.end(ctx, j, err)
}

// do does the work while the lease is prolonged.
func (r *Runner) do(ctx context.Context, j *store.Job) (err error) {
	work, ok := r.Kinds[j.Kind]
	if !ok {
		return fmt.Errorf("job %s: nobody knows this kind", j.Kind)
	}
	if j.Tries > MaxTries { // it took its runner with it every time
		return fmt.Errorf("job %s: was killed %d times", j.Kind, j.Tries-1)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	beat := func() error {
		mu.Lock()
		held := *j
		mu.Unlock()
		return r.DB.Write(ctx, func(tx *store.Tx) error { return tx.HoldJob(ctx, held, r.Now().Add(r.hold())) })
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for tick := time.NewTicker(r.beat()); ; {
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case <-tick.C:
				if err := beat(); errors.Is(err, store.ErrLeaseLost) {
					cancel(err)
				}
			}
		}
	})
	defer wg.Wait()
	defer cancel(nil)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("job %s: panic: %v", j.Kind, p)
		}
		if cause := context.Cause(ctx); errors.Is(cause, store.ErrLeaseLost) {
			err = cause
		}
	}()
	return work(ctx, *j, func(done, total int64) {
		mu.Lock()
		j.Done, j.Total = done, total
		mu.Unlock()
	})
}

// end writes how the job ended, with its progress.
func (r *Runner) end(ctx context.Context, j store.Job, failed error) error {
	now := r.Now()
	j.State, j.Problem, j.RunAt = "done", "", now
	if failed != nil {
		j.State, j.Problem = "failed", failed.Error()
		switch {
		case passes(failed): // costs no try: it is not the job's fault
			j.State, j.RunAt, j.Tries = "due", now.Add(longest), j.Tries-1
		case j.Tries < MaxTries && retryable(failed):
			j.State, j.RunAt = "due", now.Add(backoff(j.Tries))
		}
		r.Log.ErrorContext(ctx, "job", "job", j.ID, "kind", j.Kind, "tries", j.Tries, "err", failed)
	}
	return r.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.HoldJob(ctx, j, now.Add(r.hold())); err != nil && !errors.Is(err, store.ErrLeaseLost) {
			return err
		}
		return tx.EndJob(ctx, j, now)
	})
}

// giveBack lets the next runner have the job at once: this one is told to end.
func (r *Runner) giveBack(j store.Job) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	j.State, j.RunAt, j.Tries = "due", r.Now(), j.Tries-1
	return r.DB.Write(ctx, func(tx *store.Tx) error { return tx.EndJob(ctx, j, r.Now()) })
}

// retryable says whether another try may succeed: what the input is at fault
// for fails again.
func retryable(err error) bool {
	return !errors.Is(err, fault.Invalid) && !errors.Is(err, fault.NotFound)
}

// passes says whether what is at fault is a full disk or a server out of reach.
func passes(err error) bool {
	return errors.Is(err, fault.Unwritable) || errors.Is(err, fault.Unavailable)
}

// backoff is the pause after so many tries: 2, 8, 32, 128 seconds.
func backoff(tries int) time.Duration { return 2 * time.Second << (2 * (tries - 1)) }
