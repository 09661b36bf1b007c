package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// A Job is work that a change asked for, written in the change's transaction.
// Its argument holds ids, never personal data.
type Job struct {
	ID      int64
	Kind    string
	Arg     string
	State   string // due, running, done, failed
	RunAt   time.Time
	Tries   int
	Done    int64 // progress: Done of Total
	Total   int64
	Problem string
	Made    time.Time
	Ended   time.Time
	Lease   int64 // who holds it
}

const sqlEnqueue = `
	INSERT INTO job (job_id, kind, arg, state, run_at, tries, done, total, problem, made_at)
	VALUES ($1, $2, $3, 'due', $4, 0, 0, 0, '', $5)
	ON CONFLICT (kind, arg) WHERE state = 'due' DO UPDATE SET run_at = excluded.run_at WHERE excluded.run_at < job.run_at`

// Enqueue asks for work to be done at runAt or later. The same kind and
// argument that is due already is asked for once, for the earlier of the two.
func (tx *Tx) Enqueue(ctx context.Context, id int64, kind, arg string, runAt time.Time) error {
	at := runAt.UnixMicro()
	if _, err := tx.exec(ctx, sqlEnqueue, id, kind, arg, at, at); err != nil {
		return fmt.Errorf("enqueue %s: %w", kind, err)
	}
	return nil
}

// A job whose lease has run out is taken again: whoever held it was killed. Of a lane of
// its own ($3) two of one argument don't run at once.
const sqlNextJob = `
	SELECT job_id, kind, arg, tries, done, total, made_at FROM job
	WHERE ((state = 'due' AND run_at <= $1) OR (state = 'running' AND leased_until < $1)) AND CASE WHEN kind = $2 THEN 1 ELSE 0 END = $3
		AND ($3 = 0 OR NOT EXISTS (SELECT 1 FROM job o WHERE o.state = 'running' AND o.kind = job.kind AND o.arg = job.arg AND o.leased_until >= $1))
	ORDER BY run_at, job_id LIMIT 1`

const sqlLeaseJob = `
	UPDATE job SET state = 'running', lease = $1, leased_until = $2, tries = tries + 1
	WHERE job_id = $3`

// A Lane says which jobs a runner takes: where Own, those of a kind, else all others.
type Lane struct {
	Kind string
	Own  bool
}

// LeaseJob takes the next job of a lane that is due at now and holds it until the lease
// ends; fault.NotFound if nothing is due.
func (tx *Tx) LeaseJob(ctx context.Context, lane Lane, lease int64, now time.Time, hold time.Duration) (Job, error) {
	j := Job{State: "running", Lease: lease}
	var made int64
	own := int64(0)
	if lane.Own {
		own = 1
	}
	err := tx.q.QueryRowContext(ctx, sqlNextJob, now.UnixMicro(), lane.Kind, own).Scan(&j.ID, &j.Kind, &j.Arg, &j.Tries, &j.Done, &j.Total, &made)
	if err != nil {
		return Job{}, fmt.Errorf("next job: %w", one(err))
	}
	j.Tries++
	j.Made = time.UnixMicro(made).UTC()
	if _, err := tx.exec(ctx, sqlLeaseJob, lease, now.Add(hold).UnixMicro(), j.ID); err != nil {
		return Job{}, fmt.Errorf("lease job %d: %w", j.ID, err)
	}
	return j, nil
}

const sqlForgetJobs = `DELETE FROM job WHERE kind = $1 AND state = 'done' AND ended_at < $2`

// ForgetJobs deletes jobs of a kind that were done before an instant: of kinds that come
// with every change.
func (tx *Tx) ForgetJobs(ctx context.Context, kind string, before time.Time) error {
	if _, err := tx.exec(ctx, sqlForgetJobs, kind, before.UnixMicro()); err != nil {
		return fmt.Errorf("forget jobs: %w", err)
	}
	return nil
}

// ErrLeaseLost says that somebody else took the job over.
var ErrLeaseLost = errors.New("the lease of the job was lost")

// A job that gets further than ever begins to count its tries anew: being killed
// does not use them up while there is progress.
const sqlHoldJob = `
	UPDATE job SET leased_until = $1, done = $2, total = $3, tries = CASE WHEN done < $2 THEN 1 ELSE tries END
	WHERE job_id = $4 AND lease = $5 AND state = 'running'`

// HoldJob prolongs the lease and writes the progress.
func (tx *Tx) HoldJob(ctx context.Context, j Job, until time.Time) error {
	n, err := tx.exec(ctx, sqlHoldJob, until.UnixMicro(), j.Done, j.Total, j.ID, j.Lease)
	if err != nil {
		return fmt.Errorf("hold job %d: %w", j.ID, err)
	}
	if n == 0 {
		return fmt.Errorf("job %d: %w", j.ID, ErrLeaseLost)
	}
	return nil
}

const sqlEndJob = `
	UPDATE job SET state = $1, problem = $2, ended_at = $3, run_at = $4, tries = $5, lease = NULL, leased_until = NULL
	WHERE job_id = $6 AND lease = $7`

const sqlSameDue = `SELECT COUNT(*) FROM job WHERE kind = $1 AND arg = $2 AND state = 'due' AND job_id <> $3`

// EndJob writes how a job ended: done, failed, or due again at a later time. If
// the same was asked for again while it ran, that one stands for the next try,
// and this one ends as failed.
func (tx *Tx) EndJob(ctx context.Context, j Job, now time.Time) error {
	if j.State == "due" {
		var same int
		if err := tx.q.QueryRowContext(ctx, sqlSameDue, j.Kind, j.Arg, j.ID).Scan(&same); err != nil {
			return fmt.Errorf("end job %d: %w", j.ID, err)
		}
		if same > 0 {
			j.State = "failed"
		}
	}
	var ended any
	if j.State != "due" {
		ended = now.UnixMicro()
	}
	if _, err := tx.exec(ctx, sqlEndJob, j.State, j.Problem, ended, j.RunAt.UnixMicro(), j.Tries, j.ID, j.Lease); err != nil {
		return fmt.Errorf("end job %d: %w", j.ID, err)
	}
	return nil
}

const sqlEndedJobs = `
	SELECT job_id, arg, state, problem FROM job
	WHERE kind = $1 AND state IN ('done', 'failed') AND made_at > $2 ORDER BY job_id`

// EndedJobs returns the jobs of a kind that were made since and have ended, in the
// order in which they were made.
func (r Reader) EndedJobs(ctx context.Context, kind string, from time.Time) ([]Job, error) {
	var jobs []Job
	err := r.each(ctx, sqlEndedJobs, []any{kind, from.UnixMicro()}, func(rec *record) error {
		jobs = append(jobs, Job{ID: rec.int(0), Kind: kind, Arg: rec.text(1), State: rec.text(2), Problem: rec.text(3)})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("ended jobs: %w", err)
	}
	return jobs, nil
}

const sqlJobs = `
	SELECT job_id, kind, arg, state, run_at, tries, done, total, problem, made_at, ended_at FROM job
	WHERE state IN ('due', 'running') OR made_at > $1 ORDER BY job_id DESC LIMIT 100`

// Jobs returns what is to do, and what was made since.
func (r Reader) Jobs(ctx context.Context, from time.Time) ([]Job, error) {
	rows, err := r.q.QueryContext(ctx, sqlJobs, from.UnixMicro())
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	defer rows.Close()
	var jobs []Job
	for rows.Next() {
		var j Job
		var runAt, made int64
		var ended sql.NullInt64
		if err := rows.Scan(&j.ID, &j.Kind, &j.Arg, &j.State, &runAt, &j.Tries, &j.Done, &j.Total, &j.Problem, &made, &ended); err != nil {
			return nil, fmt.Errorf("jobs: %w", err)
		}
		j.RunAt, j.Made = time.UnixMicro(runAt).UTC(), time.UnixMicro(made).UTC()
		if ended.Valid {
			j.Ended = time.UnixMicro(ended.Int64).UTC()
		}
		jobs = append(jobs, j)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return jobs, nil
}
