package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/money"
)

func init() {
	doors["create-service"] = of(toCustomer, auth.SeeCustomers, auth.BookServices)
	doors["correct-service"] = of(toCustomer, auth.SeeCustomers, auth.BookServices)
	doors["take-back-service"] = of(toCustomer, auth.SeeCustomers, auth.BookServices)
	doors["update-customer"] = of(toCustomer, auth.SeeCustomers, auth.EditCustomers)
	doors["create-task"] = of(toCustomer, auth.CareFor)
	doors["update-task"] = of(toCustomer, auth.CareFor)
}

// A NewService is a free service to be booked.
type NewService struct {
	Type       string `json:"type" required:"true" minLength:"1" doc:"code of the type of service"`
	Day        string `json:"day" required:"true" format:"date"`
	Quantity   string `json:"quantity,omitempty" doc:"decimal, in the type's unit"`
	Minutes    string `json:"minutes,omitempty" doc:"or decimal: minutes spent"`
	Background string `json:"background,omitempty" doc:"the cause"`
	Contact    string `json:"contact,omitempty"`
	Team       string `json:"team,omitempty" doc:"id of the team"`
	Cost       string `json:"cost,omitempty" doc:"money, where it is known better than by rate"`
	Benefit    string `json:"benefit,omitempty" doc:"money, likewise"`
	Charge     string `json:"charge,omitempty" doc:"money: what the customer pays of it"`
}

type createService struct {
	CustomerPath
	Key  string `header:"Idempotency-Key" required:"true" minLength:"8" maxLength:"100" pattern:"^[ -~]+$" patternDescription:"letters, digits and signs of ASCII" doc:"made by you for this service: a retry with it has no second effect, and another body is refused; it never expires"`
	Body NewService
}

// A made is the answer to who made something.
type made[T any] struct {
	Status   int
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     T
}

func (s *Server) writing() {
	handle(s, op{
		id: "create-service", method: http.MethodPost, path: "/customers/{id}/services", tag: "services", summary: "Book a free service", status: http.StatusCreated,
		more: "Answers 201, or 200 to a retry. A valuation is asked for.",
	}, s.createService)
	handle(s, op{
		id: "correct-service", method: http.MethodPost, path: "/customers/{id}/services/{service}/correction", tag: "services", status: http.StatusCreated, errors: []int{409},
		summary: "Correct a free service: take it back and book another in its place, in one step",
		more:    "The body is the whole service as it should have been booked, with the reason. The book shows both. Answers the new one: 201, or 200 to a retry. A valuation is asked for.",
	}, s.correctService)
	handle(s, op{
		id: "take-back-service", method: http.MethodPost, path: "/customers/{id}/services/{service}/reversal", tag: "services", errors: []int{409},
		summary: "Take a free service back, with the reason",
		more: "What it posted is reversed, on its day or, where that is closed, on the first open one; both stay in the book. One service for many customers is taken back as one. " +
			"Answers the service as it is now, to a retry too. A valuation is asked for.",
	}, s.takeBackService)
	handle(s, op{
		id: "update-customer", method: http.MethodPatch, path: "/customers/{id}", tag: "customers", summary: "Change what you know of a customer", errors: []int{412, 428},
		more: "Fields that are not there stay as they are, null takes away. Names and addresses come by bulk upserts and files. 412 answers both versions.",
	}, s.updateCustomer)
	delete(s.api.OpenAPI().Paths["/customers/{id}"].Patch.RequestBody.Content, "application/octet-stream") // the raw body is the JSON one
	handle(s, op{id: "create-task", method: http.MethodPost, path: "/customers/{id}/tasks", tag: "tasks", summary: "Write a task", status: http.StatusCreated}, s.createTask)
	handle(s, op{
		id: "update-task", method: http.MethodPatch, path: "/customers/{id}/tasks/{task}", tag: "tasks", summary: "Change or end a task", errors: []int{409, 412, 428},
		more: "state is done, with what came of it, or dismissed, with why; without it the task is changed, and accepted if it was proposed.",
	}, s.updateTask)
}

// A reading collects what can't be read of a body.
type reading struct {
	digits int
	errs   []error
}

func (r *reading) money(name, v string) *money.Amount {
	if v == "" {
		return nil
	}
	a, err := money.Parse(v, r.digits)
	if err != nil {
		for _, f := range fault.Fields(err) {
			r.errs = append(r.errs, wrong(name, f.Problem))
		}
	}
	return &a
}

func (r *reading) decimal(name, v string) *money.Micro {
	if v == "" {
		return nil
	}
	m, err := money.ParseMicro(v)
	if err != nil {
		r.errs = append(r.errs, wrong(name, "write a number such as 12.5"))
	}
	return &m
}

func (r *reading) day(name, v string) day.Day {
	d, err := day.Parse(v)
	if err != nil {
		r.errs = append(r.errs, wrong(name, "write a day such as 2026-12-31"))
	}
	return d
}

func (r *reading) id(name, v string) int64 {
	if v == "" {
		return 0
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		r.errs = append(r.errs, wrong(name, "write an id"))
	}
	return n
}

// draft reads a service that is to be booked.
func (s *Server) draft(ctx context.Context, customer account.CustomerID, key string, b NewService) (app.EntryDraft, error) {
	rd := s.db.Read()
	book, err := rd.Book(ctx)
	if err != nil {
		return app.EntryDraft{}, err
	}
	r := &reading{digits: book.Digits}
	d := app.EntryDraft{
		Key: strings.TrimSpace(key), Customer: customer, Day: r.day("day", b.Day), Minutes: r.decimal("minutes", b.Minutes), Background: b.Background, Contact: b.Contact,
		Team: r.id("team", b.Team), Cost: r.money("cost", b.Cost), Benefit: r.money("benefit", b.Benefit),
	}
	if q := r.decimal("quantity", b.Quantity); q != nil {
		d.Quantity = *q
	}
	if c := r.money("charge", b.Charge); c != nil {
		d.Charge = *c
	}
	types, err := rd.Types(ctx)
	if err != nil {
		return d, err
	}
	for _, t := range types {
		if t.Code == b.Type {
			d.Type = t.ID
		}
	}
	if d.Type == 0 {
		r.errs = append(r.errs, wrong("type", "this service is not in the catalogue"))
	}
	if d.Cost != nil && !auth.From(ctx).May(auth.SeeMargins) {
		r.errs = append(r.errs, wrong("cost", "this key doesn't see costs"))
	}
	return d, errors.Join(r.errs...)
}

func (s *Server) createService(ctx context.Context, in *createService) (*made[Service], error) {
	d, err := s.draft(ctx, in.customer(), in.Key, in.Body)
	if err != nil {
		return nil, err
	}
	done, err := s.app.RecordService(ctx, d)
	if err != nil {
		return nil, atHeader(err)
	}
	return s.booked(ctx, done)
}

// booked answers with an entry that was written now, or before.
func (s *Server) booked(ctx context.Context, done app.Recorded) (*made[Service], error) {
	out, err := s.readService(ctx, done.Ref)
	if err != nil {
		return nil, err
	}
	a := &made[Service]{Status: http.StatusCreated, ETag: hashed(out), Location: Root + "/customers/" + out.Customer + "/services/" + out.ID, Body: out}
	if done.Already {
		a.Status = http.StatusOK
	}
	return a, nil
}

// atHeader says that what is wrong with the key is wrong with the header.
func atHeader(err error) error {
	var errs []error
	for _, f := range fault.Fields(err) {
		if f.Name == "key" {
			f = &fault.FieldError{Name: "header.Idempotency-Key", Problem: f.Problem}
		}
		errs = append(errs, f)
	}
	if len(errs) == 0 {
		return err
	}
	return errors.Join(errs...)
}

// A CustomerChange is what can be changed of a customer.
type CustomerChange struct {
	Owner     *string `json:"owner,omitempty"`
	Industry  *string `json:"industry,omitempty"`
	Size      *string `json:"size,omitempty"`
	Need      *string `json:"need,omitempty" nullable:"true" doc:"money"`
	Rank      *int    `json:"rank,omitempty" nullable:"true"`
	Suppliers *int    `json:"suppliers,omitempty" nullable:"true"`
	Terms     *int    `json:"terms,omitempty" nullable:"true" doc:"days to pay"`
	Note      *string `json:"note,omitempty"`
}

type updateCustomer struct {
	CustomerPath
	Change
	Body    CustomerChange
	RawBody []byte
}

func orEmpty[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func (s *Server) updateCustomer(ctx context.Context, in *updateCustomer) (*one[Customer], error) {
	seen, err := in.seen()
	if err != nil {
		return nil, err
	}
	c, digits, err := s.readCustomer(ctx, in.customer())
	if err != nil {
		return nil, err
	}
	// What is not in the body stays: it is read over what is there, and null over it is nothing.
	to := CustomerChange{
		Owner: &c.Owner, Industry: &c.Industry, Size: &c.Size, Need: moneyOf(c.Need, digits), Rank: &c.Rank, Suppliers: &c.Suppliers, Terms: c.TermsDays, Note: &c.Note,
	}
	before := customerOf(ctx, c, digits)
	if err := json.Unmarshal(in.RawBody, &to); err != nil {
		return nil, problem(http.StatusBadRequest, "the body is no JSON object")
	}
	if before.Revision != seen {
		return nil, outdated(before, in.Body)
	}
	r := &reading{digits: digits}
	e := app.CustomerEdit{
		Customer: in.customer(), Revision: seen, Owner: orEmpty(to.Owner), Industry: orEmpty(to.Industry), Size: orEmpty(to.Size), Need: r.money("need", orEmpty(to.Need)),
		Rank: orEmpty(to.Rank), Suppliers: orEmpty(to.Suppliers), TermsDays: to.Terms, Note: orEmpty(to.Note),
	}
	if len(r.errs) > 0 {
		return nil, errors.Join(r.errs...)
	}
	err = s.app.UpdateCustomer(ctx, e)
	after, digits, readErr := s.readCustomer(auth.With(ctx, auth.System("read back")), in.customer()) // who gave it to another owner sees it once more
	if errors.Is(err, fault.Conflict) && readErr == nil {
		return nil, outdated(customerOf(ctx, after, digits), in.Body)
	}
	if err = errors.Join(err, readErr); err != nil {
		return nil, err
	}
	return answer(OneQuery{}, customerOf(ctx, after, digits), after.Revision)
}

// A NewTask is a task to be written.
type NewTask struct {
	Title  string `json:"title" required:"true" minLength:"1"`
	Reason string `json:"reason,omitempty"`
	Owner  string `json:"owner,omitempty" doc:"who is to do it"`
	Due    string `json:"due" required:"true" format:"date"`
}

type createTask struct {
	CustomerPath
	Body NewTask
}

func (s *Server) createTask(ctx context.Context, in *createTask) (*made[Task], error) {
	r := new(reading)
	d := app.TaskDraft{Customer: in.customer(), Title: in.Body.Title, Reason: in.Body.Reason, Owner: in.Body.Owner, Due: r.day("due", in.Body.Due), By: auth.From(ctx).Name}
	if len(r.errs) > 0 {
		return nil, errors.Join(r.errs...)
	}
	n, err := s.app.AddTask(ctx, d)
	if err != nil {
		return nil, err
	}
	t, err := s.db.Read().Task(ctx, d.Customer, n)
	if err != nil {
		return nil, err
	}
	return &made[Task]{Status: http.StatusCreated, ETag: etag(t.Revision), Location: Root + "/customers/" + in.ID + "/tasks/" + idOf(t.ID), Body: taskOf(t)}, nil
}

// A TaskChange is what can be changed of a task.
type TaskChange struct {
	Title  *string `json:"title,omitempty"`
	Reason *string `json:"reason,omitempty"`
	Owner  *string `json:"owner,omitempty"`
	Due    *string `json:"due,omitempty" format:"date"`
	State  string  `json:"state,omitempty" enum:"done,dismissed"`
	Answer string  `json:"answer,omitempty" doc:"what came of it, or why it is dismissed"`
}

type updateTask struct {
	CustomerPath
	Change
	Task string `path:"task" doc:"id of the task"`
	Body TaskChange
}

func (s *Server) updateTask(ctx context.Context, in *updateTask) (*one[Task], error) {
	seen, err := in.seen()
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseInt(in.Task, 10, 64)
	if err != nil {
		return nil, fault.NotFound
	}
	t, err := s.db.Read().Task(ctx, in.customer(), n)
	if err != nil {
		return nil, err
	}
	if t.Revision != seen {
		return nil, outdated(taskOf(t), in.Body)
	}
	if err := s.changeTask(ctx, t, in.Body); err != nil {
		now, again := s.db.Read().Task(ctx, in.customer(), n)
		if errors.Is(err, fault.Conflict) && again == nil && now.Revision != seen {
			return nil, outdated(taskOf(now), in.Body)
		}
		return nil, err
	}
	if t, err = s.db.Read().Task(ctx, in.customer(), n); err != nil {
		return nil, err
	}
	return answer(OneQuery{}, taskOf(t), t.Revision)
}

// changeTask ends a task, or changes what is said of it.
func (s *Server) changeTask(ctx context.Context, t crm.Task, c TaskChange) error {
	ref := app.TaskRef{Customer: t.Customer, ID: t.ID, Seen: t.Revision}
	edits := c.Title != nil || c.Reason != nil || c.Owner != nil || c.Due != nil
	if c.State != "" && edits {
		return wrong("state", "end a task by itself: change it before")
	}
	if c.State != "" {
		return s.app.EndTask(ctx, ref, crm.TaskState(c.State), c.Answer)
	}
	r := new(reading)
	d := app.TaskDraft{Customer: t.Customer, Title: t.Title, Reason: t.Reason, Owner: t.Owner, Due: t.Due}
	for _, f := range []struct {
		to   *string
		from *string
	}{{&d.Title, c.Title}, {&d.Reason, c.Reason}, {&d.Owner, c.Owner}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	if c.Due != nil {
		d.Due = r.day("due", *c.Due)
	}
	if len(r.errs) > 0 {
		return errors.Join(r.errs...)
	}
	return s.app.ChangeTask(ctx, ref, d)
}
