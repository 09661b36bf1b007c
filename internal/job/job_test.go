package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"quid/fault"
	"quid/internal/auth/authtest"
	"quid/internal/store"
)

// A bench is a runner on an empty book with a clock that a test sets.
type bench struct {
	*Runner
	clock atomic.Int64
}

func newBench(t *testing.T, kinds map[string]Func) *bench {
	t.Helper()
	db, err := store.Open(authtest.Context(t), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	b := new(bench)
	b.clock.Store(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC).UnixMicro())
	b.Runner = &Runner{DB: db, Now: b.now, IDs: store.NewIDs(b.now()), Log: slog.New(slog.DiscardHandler), Kinds: kinds}
	return b
}

func (b *bench) now() time.Time       { return time.UnixMicro(b.clock.Load()).UTC() }
func (b *bench) pass(d time.Duration) { b.clock.Add(d.Microseconds()) }
func (b *bench) write(t *testing.T, fn func(*store.Tx) error) {
	t.Helper()
	if err := b.DB.Write(authtest.Context(t), fn); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) ask(t *testing.T, kind, arg string) {
	t.Helper()
	b.write(t, func(tx *store.Tx) error {
		return tx.Enqueue(authtest.Context(t), b.IDs.Next(b.now()), kind, arg, b.now())
	})
}

// jobs returns what stands in the table, the newest first.
func (b *bench) jobs(t *testing.T) []store.Job {
	t.Helper()
	js, err := b.DB.Read().Jobs(authtest.Context(t), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func (b *bench) once(t *testing.T) bool {
	t.Helper()
	ran, err := b.Once(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	return ran
}

func TestAJobIsDoneOnceWithItsProgress(t *testing.T) {
	t.Parallel()
	var got []string
	b := newBench(t, map[string]Func{"import": func(_ context.Context, j store.Job, progress func(done, total int64)) error {
		got = append(got, j.Arg)
		progress(3, 4)
		progress(4, 4)
		return nil
	}})
	b.ask(t, "import", "7")
	b.ask(t, "import", "7") // is due already
	b.ask(t, "import", "8")
	if err := b.Drain(authtest.Context(t)); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != "[7 8]" {
		t.Errorf("done: %v, want 7 and 8 once each", got)
	}
	for _, j := range b.jobs(t) {
		if j.State != "done" || j.Done != 4 || j.Total != 4 || j.Ended.IsZero() {
			t.Errorf("job = %+v", j)
		}
	}
}

func TestAFailingJobIsTriedFiveTimesWithGrowingPauses(t *testing.T) {
	t.Parallel()
	tries := 0
	b := newBench(t, map[string]Func{"value": func(context.Context, store.Job, func(int64, int64)) error {
		tries++
		return errors.New("the disk is full")
	}})
	b.ask(t, "value", "")
	var pauses []time.Duration
	for waited := time.Duration(0); b.jobs(t)[0].State == "due"; waited += time.Second {
		if b.once(t) {
			pauses = append(pauses, waited)
			waited = 0
		}
		b.pass(time.Second)
	}
	j := b.jobs(t)[0]
	if tries != MaxTries || j.State != "failed" || j.Problem != "the disk is full" {
		t.Errorf("%d tries, job %+v", tries, j)
	}
	for i := 1; i < len(pauses); i++ {
		if pauses[i] <= pauses[i-1] {
			t.Errorf("pauses = %v, want growing ones", pauses)
		}
	}
}

func TestWhatTheInputIsAtFaultForIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t, map[string]Func{"import": func(context.Context, store.Job, func(int64, int64)) error {
		return fault.Field("file", "is empty")
	}})
	b.ask(t, "import", "1")
	b.once(t)
	if j := b.jobs(t)[0]; j.State != "failed" || j.Tries != 1 || j.Problem != "file: is empty" {
		t.Errorf("job = %+v, want failed at once", j)
	}
}

func TestAJobThatNobodyKnowsSaysSo(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.ask(t, "report", "1")
	b.once(t)
	if j := b.jobs(t)[0]; j.State != "due" || j.Problem != "job report: nobody knows this kind" {
		t.Errorf("job = %+v", j)
	}
}

func TestAPanicIsAFailureOfTheJobOnly(t *testing.T) {
	t.Parallel()
	b := newBench(t, map[string]Func{"value": func(context.Context, store.Job, func(int64, int64)) error { panic("index out of range") }})
	b.ask(t, "value", "")
	b.once(t)
	if j := b.jobs(t)[0]; j.State != "due" || j.Problem != "job value: panic: index out of range" {
		t.Errorf("job = %+v", j)
	}
}

func TestAJobWhoseRunnerWasKilledIsTakenAgain(t *testing.T) {
	t.Parallel()
	done := 0
	b := newBench(t, map[string]Func{"import": func(context.Context, store.Job, func(int64, int64)) error { done++; return nil }})
	b.ask(t, "import", "7")
	b.write(t, func(tx *store.Tx) error { // a runner that takes it and is never heard of again
		_, err := tx.LeaseJob(authtest.Context(t), store.Lane{}, 1, b.now(), 30*time.Second)
		return err
	})
	if b.once(t) {
		t.Error("the job was taken while its lease lasts")
	}
	b.pass(31 * time.Second)
	if !b.once(t) || done != 1 || b.jobs(t)[0].State != "done" {
		t.Errorf("done %d times, job %+v", done, b.jobs(t)[0])
	}
}

func TestKillsDoNotUseUpTriesWhileThereIsProgress(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.ask(t, "import", "7")
	for i := range int64(20) {
		b.write(t, func(tx *store.Tx) error {
			j, err := tx.LeaseJob(authtest.Context(t), store.Lane{}, i, b.now(), time.Second)
			if err != nil {
				return err
			}
			if j.Tries > 2 {
				t.Fatalf("after %d kills with progress: try %d", i, j.Tries)
			}
			j.Done, j.Total = i+1, 100
			return tx.HoldJob(authtest.Context(t), j, b.now().Add(time.Second))
		})
		b.pass(2 * time.Second)
	}
}

func TestAJobThatKillsItsRunnerEveryTimeFails(t *testing.T) {
	t.Parallel()
	b := newBench(t, map[string]Func{"value": func(context.Context, store.Job, func(int64, int64)) error {
		t.Error("it was run again")
		return nil
	}})
	b.ask(t, "value", "")
	for i := range int64(MaxTries) {
		b.write(t, func(tx *store.Tx) error {
			_, err := tx.LeaseJob(authtest.Context(t), store.Lane{}, i, b.now(), time.Second)
			return err
		})
		b.pass(2 * time.Second)
	}
	b.once(t)
	if j := b.jobs(t)[0]; j.State != "failed" {
		t.Errorf("job = %+v, want failed", j)
	}
}

func TestAskedForAgainWhileItRunsItIsDoneAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	runs := 0
	b.Kinds = map[string]Func{"value": func(context.Context, store.Job, func(int64, int64)) error {
		if runs++; runs == 1 {
			b.ask(t, "value", "")
			return errors.New("the facts changed under it")
		}
		return nil
	}}
	b.ask(t, "value", "")
	for range 3 {
		b.once(t)
		b.pass(time.Minute)
	}
	js := b.jobs(t)
	if runs != 2 || len(js) != 2 || js[0].State != "done" || js[1].State != "failed" {
		t.Errorf("%d runs, jobs %+v; want the second done, the first failed", runs, js)
	}
}

func TestWhoLostItsLeaseStopsWorking(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.Hold = 300 * time.Millisecond
	stopped := false
	b.Kinds = map[string]Func{"value": func(ctx context.Context, j store.Job, _ func(int64, int64)) error {
		b.pass(time.Hour) // it slept through its lease, and another took the job
		b.write(t, func(tx *store.Tx) error {
			_, err := tx.LeaseJob(authtest.Context(t), store.Lane{}, 99, b.now(), 30*time.Second)
			return err
		})
		<-ctx.Done()
		stopped = errors.Is(context.Cause(ctx), store.ErrLeaseLost)
		return ctx.Err()
	}}
	b.ask(t, "value", "")
	b.once(t)
	if j := b.jobs(t)[0]; !stopped || j.State != "running" {
		t.Errorf("stopped %v, job %+v; want it left to the other", stopped, j)
	}
}

func TestARunnerThatIsToldToEndGivesItsJobBack(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	ctx, stop := context.WithCancel(authtest.Context(t))
	b.Kinds = map[string]Func{"value": func(ctx context.Context, _ store.Job, _ func(int64, int64)) error {
		stop()
		<-ctx.Done()
		return ctx.Err()
	}}
	b.ask(t, "value", "")
	b.Run(ctx)
	if j := b.jobs(t)[0]; j.State != "due" || j.Tries != 0 {
		t.Errorf("job = %+v, want due again without a try counted", j)
	}
}

// A full disk may last for hours; what waits for it is done when it has passed.
func TestAFullDiskUsesUpNoTries(t *testing.T) {
	t.Parallel()
	room := false
	b := newBench(t, map[string]Func{"import": func(context.Context, store.Job, func(int64, int64)) error {
		if !room {
			return fmt.Errorf("load invoice: %w", fault.Unwritable)
		}
		return nil
	}})
	b.ask(t, "import", "7")
	for range 3 * MaxTries {
		if !b.once(t) || b.jobs(t)[0].State != "due" {
			t.Fatalf("job = %+v, want due again", b.jobs(t)[0])
		}
		b.pass(longest)
	}
	room = true
	if !b.once(t) || b.jobs(t)[0].State != "done" {
		t.Errorf("job = %+v, want done", b.jobs(t)[0])
	}
}
