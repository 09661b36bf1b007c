package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"quid/crm"
	"quid/fault"
)

// An Import is what came in at once: a file, or a bulk upsert.
type Import struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	File      string `json:"file"`
	State     string `json:"state" enum:"running,done,failed,undoing,undone"`
	Read      int64  `json:"read"`
	Created   int64  `json:"created"`
	Updated   int64  `json:"updated"`
	Unchanged int64  `json:"unchanged"`
	Rejected  int64  `json:"rejected"`
	Started   string `json:"started" format:"date-time"`
	Ended     string `json:"ended,omitempty" format:"date-time"`
}

// A Task is something to be done for a customer.
type Task struct {
	ID       string `json:"id"`
	Customer string `json:"customer"`
	Rule     string `json:"rule" doc:"what proposed it; empty: a person or a program wrote it"`
	Title    string `json:"title"`
	Reason   string `json:"reason"`
	Owner    string `json:"owner"`
	Due      string `json:"due" format:"date"`
	State    string `json:"state" enum:"proposed,open,done,dismissed,lapsed"`
	Answer   string `json:"answer" doc:"what came of it, or why it was dismissed"`
	By       string `json:"by"`
	Made     string `json:"made" format:"date-time"`
	Ended    string `json:"ended,omitempty" format:"date-time"`
	Revision int32  `json:"revision"`
}

func taskOf(t crm.Task) Task {
	return Task{
		ID: idOf(t.ID), Customer: idOf(t.Customer), Rule: string(t.Rule), Title: t.Title, Reason: t.Reason, Owner: t.Owner, Due: dayOf(t.Due), State: string(t.State),
		Answer: t.Answer, By: t.By, Made: instant(t.Made), Ended: instant(t.Ended), Revision: t.Revision,
	}
}

// mostImports is how many of the newest imports are listed.
const mostImports = 10_000

func (s *Server) imports() {
	handleList[allQuery](s, op{id: "list-imports", path: "/imports", tag: "imports", summary: "What came in by files and bulk upserts, the newest first"}, list[Import]{
		fields: []field[Import]{
			{"kind", text, func(i *Import) string { return i.Kind }},
			{"state", text, func(i *Import) string { return i.State }},
			{"file", text, func(i *Import) string { return i.File }},
			{"rejected", number, func(i *Import) string { return strconv.FormatInt(i.Rejected, 10) }},
		}, sorts: []string{"-id", "id"}, id: func(i *Import) string { return i.ID },
		all: func(ctx context.Context, _ listInput) ([]Import, error) {
			is, err := s.db.Read().Imports(ctx, mostImports)
			out := make([]Import, len(is))
			for n, i := range is {
				out[n] = Import{ID: idOf(i.ID), Kind: i.Kind, File: i.File, State: i.State, Started: instant(i.Started), Ended: instant(i.Ended)}
				if err := json.Unmarshal([]byte(i.Counts), &out[n]); err != nil {
					return nil, err
				}
			}
			return out, err
		},
	})
}

type getTask struct {
	CustomerPath
	Task string `path:"task" doc:"id of the task"`
	OneQuery
}

func (s *Server) tasks() {
	handleList[allQuery](s, op{id: "list-tasks", path: "/tasks", tag: "tasks", summary: "Tasks that are proposed or open, those due first first"}, list[Task]{
		fields: []field[Task]{
			{"due", date, func(t *Task) string { return t.Due }},
			{"owner", text, func(t *Task) string { return t.Owner }},
			{"state", text, func(t *Task) string { return t.State }},
			{"rule", text, func(t *Task) string { return t.Rule }},
			{"customer", id, func(t *Task) string { return t.Customer }},
			{"title", text, func(t *Task) string { return t.Title }},
		}, sorts: []string{"due", "-due", "id"}, id: func(t *Task) string { return t.ID },
		all: func(ctx context.Context, _ listInput) ([]Task, error) {
			r := s.db.Read()
			ts, err := r.LiveTasks(ctx)
			out := make([]Task, 0, len(ts))
			for _, t := range ts {
				if r.Reach(ctx, t.Customer) == nil {
					out = append(out, taskOf(t))
				}
			}
			return out, err
		},
	})
	handle(s, op{id: "get-task", method: http.MethodGet, path: "/customers/{id}/tasks/{task}", tag: "tasks", summary: "One task", errors: []int{304}},
		func(ctx context.Context, in *getTask) (*one[Task], error) {
			n, err := strconv.ParseInt(in.Task, 10, 64)
			if err != nil {
				return nil, fault.NotFound
			}
			t, err := s.db.Read().Task(ctx, in.customer(), n)
			if err != nil {
				return nil, err
			}
			return answer(in.OneQuery, taskOf(t), t.Revision)
		})
}
