package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/hook"
	"quid/internal/store"
	"quid/money"
)

// DraftLife is how long a draft waits for a person.
const DraftLife = 30 * 24 * time.Hour

// What a draft may be of.
const (
	ServiceDraft = "service"
	TaskOfDraft  = "task"
	ChangeDraft  = "change"
)

// draftRights are what a person needs to confirm a draft, and the role of a key to make
// one.
var draftRights = map[string]auth.Right{ServiceDraft: auth.BookServices, TaskOfDraft: auth.CareFor, ChangeDraft: auth.EditCustomers}

// DraftRight is the right that a kind of draft takes.
func DraftRight(kind string) auth.Right { return draftRights[kind] }

// A Proposal is what an assistant would like to be done: one of Service, Task and Change.
type Proposal struct {
	Service *ProposedService `json:"service,omitempty"`
	Task    *ProposedTask    `json:"task,omitempty"`
	Change  *ProposedChange  `json:"change,omitempty"`
}

// A ProposedService is a free service to be booked.
type ProposedService struct {
	Type       string `json:"type"` // its code
	Day        string `json:"day"`
	Minutes    string `json:"minutes,omitempty"`
	Quantity   string `json:"quantity,omitempty"`
	Background string `json:"background,omitempty"`
	Contact    string `json:"contact,omitempty"`
}

// A ProposedTask is a task to be written.
type ProposedTask struct {
	Title  string `json:"title"`
	Reason string `json:"reason,omitempty"`
	Owner  string `json:"owner,omitempty"`
	Due    string `json:"due"`
}

// A ProposedChange is what is to be changed of a customer; nil stays.
type ProposedChange struct {
	Owner     *string `json:"owner,omitempty"`
	Industry  *string `json:"industry,omitempty"`
	Size      *string `json:"size,omitempty"`
	Need      *string `json:"need,omitempty"`
	Rank      *int    `json:"rank,omitempty"`
	Suppliers *int    `json:"suppliers,omitempty"`
	Note      *string `json:"note,omitempty"`
}

// Kind is what the proposal is of, "" if it is of none, or of several.
func (p Proposal) Kind() string {
	var kinds []string
	if p.Service != nil {
		kinds = append(kinds, ServiceDraft)
	}
	if p.Task != nil {
		kinds = append(kinds, TaskOfDraft)
	}
	if p.Change != nil {
		kinds = append(kinds, ChangeDraft)
	}
	if len(kinds) != 1 {
		return ""
	}
	return kinds[0]
}

// ReadProposal reads the content of a draft.
func ReadProposal(d store.Draft) (p Proposal, err error) {
	if err = json.Unmarshal([]byte(d.Content), &p); err != nil {
		err = fmt.Errorf("draft %d: %w", d.ID, err)
	}
	return p, err
}

// drafts refuses whose role has no right to what is drafted. A key that only reads may
// draft what its role could do: nothing is done by that.
func drafts(ctx context.Context, kind string) error {
	right, who := draftRights[kind], auth.From(ctx)
	if who.May(right) || who.Key != 0 && slices.Contains(who.Role.Rights(), right) {
		return nil
	}
	return fmt.Errorf("draft of %s: %w", right, fault.Denied)
}

// longestWhy is how much an assistant may say of a draft, in characters.
const longestWhy = 1000

// KeepDraft keeps what an assistant would like to be done. The book doesn't change by it.
func (a *App) KeepDraft(ctx context.Context, customer account.CustomerID, p Proposal, why string) (int64, error) {
	kind := p.Kind()
	if kind == "" {
		return 0, fmt.Errorf("propose: %w", fault.Field("kind", "draft one thing at a time"))
	}
	if err := drafts(ctx, kind); err != nil {
		return 0, err
	}
	if why = strings.TrimSpace(why); utf8.RuneCountInString(why) > longestWhy {
		return 0, fmt.Errorf("propose: %w", fault.Field("why", "write at most 1000 characters"))
	}
	content, err := json.Marshal(p)
	if err != nil {
		return 0, fmt.Errorf("propose: %w", err)
	}
	d := store.Draft{Customer: customer, ID: a.id(), Kind: kind, Content: string(content), Why: why, By: auth.From(ctx).Name, Made: a.Now(), State: store.DraftOpen}
	err = a.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Customer(ctx, customer); err != nil {
			return err
		}
		if err := a.tryProposal(ctx, tx, d, p); err != nil {
			return err
		}
		return errors.Join(tx.AddDraft(ctx, d), a.tellDraft(ctx, tx, hook.DraftWaiting, d), a.audit(ctx, tx, act{What: "drafted", Noun: kind, ID: d.ID, Customer: customer}))
	})
	if err != nil {
		return 0, fmt.Errorf("propose %s: %w", kind, err)
	}
	return d.ID, nil
}

// tellDraft tells of a draft: that it waits, or how it ended.
func (a *App) tellDraft(ctx context.Context, tx *store.Tx, k hook.Kind, d store.Draft) error {
	about := hook.Of("customer", int64(d.Customer)).With("draft", d.ID)
	about["kind"] = d.Kind
	return a.tell(ctx, tx, k, about)
}

// tryProposal reports what can be seen to be wrong with a proposal now.
func (a *App) tryProposal(ctx context.Context, tx *store.Tx, d store.Draft, p Proposal) error {
	switch d.Kind {
	case ServiceDraft:
		e, err := a.proposedEntry(ctx, tx, d, *p.Service)
		if err != nil {
			return err
		}
		book, err := tx.Book(ctx)
		if err != nil {
			return err
		}
		_, err = a.price(ctx, tx, book, e)
		return err
	case TaskOfDraft:
		t, err := proposedTask(d, *p.Task)
		if err != nil {
			return err
		}
		return a.newTask(t).Check()
	default:
		e, err := proposedEdit(ctx, tx, d, *p.Change)
		if err != nil {
			return err
		}
		c, err := tx.Customer(ctx, d.Customer)
		if err != nil {
			return err
		}
		edited := e.of(c)
		return edited.Check()
	}
}

// ConfirmDraft does what a draft says, with the rights of the person who confirms it. It
// has one effect: fault.Conflict if it was confirmed or dismissed already, or is too old,
// and where it changes a customer that is not as the person saw it, at the revision seen.
func (a *App) ConfirmDraft(ctx context.Context, customer account.CustomerID, id int64, seen int32) error {
	return a.endDraft(ctx, customer, id, store.DraftConfirmed, func(tx *store.Tx, d store.Draft) error {
		p, err := ReadProposal(d)
		if err != nil {
			return err
		}
		if p.Kind() != d.Kind {
			return fmt.Errorf("draft %d is not of %s: %w", d.ID, d.Kind, fault.Conflict)
		}
		switch d.Kind {
		case ServiceDraft:
			e, err := a.proposedEntry(ctx, tx, d, *p.Service)
			if err != nil {
				return err
			}
			if _, err := a.record(ctx, tx, e); err != nil {
				return err
			}
			return a.changed(ctx, tx)
		case TaskOfDraft:
			t, err := proposedTask(d, *p.Task)
			if err != nil {
				return err
			}
			t.By = auth.From(ctx).Name
			return a.addTask(ctx, tx, a.newTask(t))
		default:
			e, err := proposedEdit(ctx, tx, d, *p.Change)
			if err != nil {
				return err
			}
			e.Revision = seen
			return a.keepEdit(ctx, tx, e)
		}
	})
}

// DismissDraft takes a draft from the list; nothing is done.
func (a *App) DismissDraft(ctx context.Context, customer account.CustomerID, id int64) error {
	return a.endDraft(ctx, customer, id, store.DraftDismissed, func(*store.Tx, store.Draft) error { return nil })
}

// endDraft ends a draft with what fn does, all in one transaction.
func (a *App) endDraft(ctx context.Context, customer account.CustomerID, id int64, state string, fn func(*store.Tx, store.Draft) error) error {
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		d, err := tx.Draft(ctx, customer, id)
		if err != nil {
			return err
		}
		if err := may(ctx, draftRights[d.Kind]); err != nil {
			return err
		}
		if d.State != store.DraftOpen || d.Made.Before(a.Now().Add(-DraftLife)) {
			return fault.Conflict
		}
		if err := fn(tx, d); err != nil {
			return err
		}
		d.State, d.Ended, d.EndedBy = state, a.Now(), auth.From(ctx).Name
		told := hook.DraftDismissed
		if state == store.DraftConfirmed {
			told = hook.DraftConfirmed
		}
		return errors.Join(tx.EndDraft(ctx, d), a.tellDraft(ctx, tx, told, d), a.audit(ctx, tx, act{What: state, Noun: "draft", ID: id, Customer: customer}))
	})
	if err != nil {
		return fmt.Errorf("draft %d: %w", id, err)
	}
	return nil
}

// proposedEntry is a proposed service as somebody would book it.
func (a *App) proposedEntry(ctx context.Context, tx *store.Tx, d store.Draft, p ProposedService) (EntryDraft, error) {
	var errs []error
	e := EntryDraft{Key: "draft-" + strconv.FormatInt(d.ID, 36), Customer: d.Customer, Background: p.Background, Contact: p.Contact}
	number := func(name, text string) *money.Micro {
		if text == "" {
			return nil
		}
		m, err := money.ParseMicro(text)
		if err != nil {
			errs = append(errs, fault.Field(name, "write a number such as 12.5"))
		}
		return &m
	}
	e.Minutes = number("minutes", p.Minutes)
	if q := number("quantity", p.Quantity); q != nil {
		e.Quantity = *q
	}
	var err error
	if e.Day, err = day.Parse(p.Day); err != nil {
		errs = append(errs, fault.Field("day", "write a day such as 2026-12-31"))
	}
	types, err := tx.Types(ctx)
	if err != nil {
		return e, err
	}
	for _, t := range types {
		if t.Code == p.Type {
			e.Type = t.ID
		}
	}
	if e.Type == 0 {
		errs = append(errs, fault.Field("type", "this service is not in the catalogue"))
	}
	e = e.tidy()
	if len(errs) == 0 {
		errs = append(errs, e.check(day.At(a.Now())))
	}
	return e, errors.Join(errs...)
}

func proposedTask(d store.Draft, p ProposedTask) (TaskDraft, error) {
	due, err := day.Parse(p.Due)
	if err != nil {
		return TaskDraft{}, fault.Field("due", "write a day such as 2026-12-31")
	}
	return TaskDraft{Customer: d.Customer, Title: p.Title, Reason: p.Reason, Owner: p.Owner, Due: due, By: d.By}, nil
}

// proposedEdit is a proposed change on top of what is known now.
func proposedEdit(ctx context.Context, tx *store.Tx, d store.Draft, p ProposedChange) (CustomerEdit, error) {
	c, err := tx.Customer(ctx, d.Customer)
	if err != nil {
		return CustomerEdit{}, err
	}
	e := CustomerEdit{
		Customer: c.ID, Revision: c.Revision, Owner: c.Owner, Industry: c.Industry, Size: c.Size, Need: c.Need, Rank: c.Rank, Suppliers: c.Suppliers, TermsDays: c.TermsDays, Note: c.Note,
	}
	for _, f := range []struct {
		to   *string
		from *string
	}{{&e.Owner, p.Owner}, {&e.Industry, p.Industry}, {&e.Size, p.Size}, {&e.Note, p.Note}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	if p.Rank != nil {
		e.Rank = *p.Rank
	}
	if p.Suppliers != nil {
		e.Suppliers = *p.Suppliers
	}
	if p.Need != nil {
		book, err := tx.Book(ctx)
		if err != nil {
			return e, err
		}
		need, err := money.Parse(*p.Need, book.Digits)
		if err != nil {
			return e, fault.Field("need", "write a number such as 12.5")
		}
		e.Need = &need
	}
	return e, nil
}
