package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"quid/account"
	"quid/crm"
	"quid/day"
)

const taskColumns = `customer_id, task_id, rule, title, reason, figures, owner, due, state, answer, again_on, made_by, made_at, accepted_at, ended_at, revision`

var taskTable = tableOf("task", commaless(taskColumns))

func taskArgs(args []any, t *crm.Task) ([]any, error) {
	figures := ""
	if t.Rule != crm.ByPerson {
		b, err := json.Marshal(t.Sight)
		if err != nil {
			return nil, err
		}
		figures = string(b)
	}
	return append(args, int64(t.Customer), t.ID, string(t.Rule), t.Title, t.Reason, figures, t.Owner, int64(t.Due), string(t.State), t.Answer,
		null(int64(t.Again)), t.By, t.Made.UnixMicro(), since(t.Accepted), since(t.Ended), int64(t.Revision)), nil
}

// AddTasks writes new tasks.
func (tx *Tx) AddTasks(ctx context.Context, ts []crm.Task) error {
	args := make([]any, 0, len(ts)*len(taskTable.columns))
	for i := range ts {
		var err error
		if args, err = taskArgs(args, &ts[i]); err != nil {
			return fmt.Errorf("add tasks: %w", err)
		}
	}
	return tx.load(ctx, taskTable, args)
}

var sqlPutTask = updateByKey(taskTable, 2)

// PutTask writes a task over the one that is there.
func (tx *Tx) PutTask(ctx context.Context, t crm.Task) error {
	args, err := taskArgs(nil, &t)
	if err == nil {
		_, err = tx.exec(ctx, sqlPutTask, args...)
	}
	if err != nil {
		return fmt.Errorf("put task %d: %w", t.ID, err)
	}
	return nil
}

const (
	sqlTask      = `SELECT ` + taskColumns + ` FROM task WHERE customer_id = $1 AND task_id = $2`
	sqlTasksOf   = `SELECT ` + taskColumns + ` FROM task WHERE customer_id = $1 ORDER BY due, task_id`
	sqlLiveTasks = `SELECT ` + taskColumns + ` FROM task WHERE state IN ('proposed', 'open') ORDER BY due, task_id`
	sqlRuledOut  = `SELECT customer_id, rule FROM task WHERE rule <> '' AND again_on > $1`
	sqlEnded     = `SELECT ` + taskColumns + ` FROM task WHERE state IN ('done', 'dismissed') ORDER BY ended_at DESC, task_id LIMIT $1`
	sqlTallies   = `
		SELECT rule, COUNT(*) FILTER (WHERE state = 'proposed'), COUNT(*) FILTER (WHERE accepted_at IS NOT NULL),
		       COUNT(*) FILTER (WHERE state = 'dismissed' AND accepted_at IS NULL), COUNT(*) FILTER (WHERE state = 'done'),
		       COUNT(*) FILTER (WHERE state = 'lapsed')
		FROM task WHERE rule <> '' GROUP BY rule ORDER BY rule`
)

// Task returns a task.
func (r Reader) Task(ctx context.Context, customer account.CustomerID, id int64) (crm.Task, error) {
	if err := r.Reach(ctx, customer); err != nil {
		return crm.Task{}, err
	}
	ts, err := r.tasks(ctx, sqlTask, customer, id)
	return only(ts, err, "task %d", id)
}

// TasksOf returns all tasks of a customer, those due first first.
func (r Reader) TasksOf(ctx context.Context, customer account.CustomerID) ([]crm.Task, error) {
	return r.tasks(ctx, sqlTasksOf, customer)
}

// LiveTasks returns all tasks that are proposed or open, those due first first.
func (r Reader) LiveTasks(ctx context.Context) ([]crm.Task, error) {
	return r.tasksWithin(ctx, sqlLiveTasks)
}

// tasksWithin are tasks of the customers that who asks sees.
func (r Reader) tasksWithin(ctx context.Context, query string, args ...any) ([]crm.Task, error) {
	list, err := r.tasks(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return within(ctx, r, list, func(t crm.Task) account.CustomerID { return t.Customer })
}

// EndedTasks returns the tasks that were done or dismissed last.
func (r Reader) EndedTasks(ctx context.Context, most int) ([]crm.Task, error) {
	return r.tasksWithin(ctx, sqlEnded, most)
}

func (r Reader) tasks(ctx context.Context, query string, args ...any) ([]crm.Task, error) {
	var out []crm.Task
	err := r.each(ctx, query, args, func(rec *record) error {
		t := crm.Task{
			Customer: account.CustomerID(rec.int(0)), ID: rec.int(1), Rule: crm.Rule(rec.text(2)), Title: rec.text(3), Reason: rec.text(4),
			Owner: rec.text(6), Due: day.Day(rec.int(7)), State: crm.TaskState(rec.text(8)), Answer: rec.text(9), Again: day.Day(rec.int(10)),
			By: rec.text(11), Made: time.UnixMicro(rec.int(12)).UTC(), Revision: int32(rec.int(15)),
		}
		if !rec.null(13) {
			t.Accepted = time.UnixMicro(rec.int(13)).UTC()
		}
		if !rec.null(14) {
			t.Ended = time.UnixMicro(rec.int(14)).UTC()
		}
		if figures := rec.text(5); figures != "" {
			if err := json.Unmarshal([]byte(figures), &t.Sight); err != nil {
				return fmt.Errorf("task %d: %w", t.ID, err)
			}
		}
		out = append(out, t)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("tasks: %w", err)
	}
	return out, nil
}

// A Proposal names what a rule would propose a task for.
type Proposal struct {
	Customer account.CustomerID
	Rule     crm.Rule
}

// RuledOut returns what was done or dismissed and may not be proposed again on a
// day yet.
func (r Reader) RuledOut(ctx context.Context, on day.Day) (map[Proposal]bool, error) {
	out := make(map[Proposal]bool)
	err := r.each(ctx, sqlRuledOut, []any{on}, func(rec *record) error {
		out[Proposal{account.CustomerID(rec.int(0)), crm.Rule(rec.text(1))}] = true
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("what was dismissed: %w", err)
	}
	return out, nil
}

// Tallies returns what became of the tasks that each rule proposed.
func (r Reader) Tallies(ctx context.Context) ([]crm.Tally, error) {
	var out []crm.Tally
	err := r.each(ctx, sqlTallies, nil, func(rec *record) error {
		out = append(out, crm.Tally{
			Rule: crm.Rule(rec.text(0)), Waiting: int(rec.int(1)), Accepted: int(rec.int(2)), Dismissed: int(rec.int(3)),
			Done: int(rec.int(4)), Lapsed: int(rec.int(5)),
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("what became of proposals: %w", err)
	}
	return out, nil
}
