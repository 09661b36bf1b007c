package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
	"quid/service"
	"quid/value"
)

// A BudgetDraft is a budget of services that somebody sets for a customer. One
// that is not Set ends what was set before: the segment's counts again.
type BudgetDraft struct {
	Customer account.CustomerID
	From     day.Day
	service.Budget
	Note string
	By   string
	Seen int64 // BudgetSeen of what the person saw
}

// BudgetSeen tells the budgets of a customer from those that somebody changed
// since.
func BudgetSeen(own []store.KeptBudget) int64 {
	var newest int64
	for _, b := range own {
		newest = max(newest, b.Made.UnixMicro())
	}
	return newest
}

// SetBudget keeps a customer's own budget from a day on. It fails with
// fault.Conflict if somebody set one since the person looked.
func (a *App) SetBudget(ctx context.Context, d BudgetDraft) error {
	if err := may(ctx, auth.CareFor); err != nil {
		return err
	}
	err := d.Check()
	if d.From < day.Min {
		err = errors.Join(err, fault.Field("from", "write a day such as 2026-12-31"))
	}
	if err != nil {
		return fmt.Errorf("set budget: %w", err)
	}
	err = a.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Customer(ctx, d.Customer); err != nil {
			return err
		}
		own, err := tx.BudgetsOf(ctx, d.Customer)
		if err != nil {
			return err
		}
		if BudgetSeen(own) != d.Seen {
			return fault.Conflict
		}
		at := a.Now()
		if at.UnixMicro() <= d.Seen { // the clock stood still: what was seen must differ from what is
			at = time.UnixMicro(d.Seen + 1)
		}
		set := service.DatedBudget{Budget: d.Budget, ValidFrom: d.From}
		change := ofCustomer("changed", "budget", d.Customer, 0, toldOfBudget(set))
		if len(own) > 0 {
			change.Before = toldOfBudget(own[0].DatedBudget)
		}
		return errors.Join(tx.PutBudget(ctx, d.Customer, store.KeptBudget{DatedBudget: set, Note: strings.TrimSpace(d.Note), By: d.By, Made: at}), a.audit(ctx, tx, change))
	})
	if err != nil {
		return fmt.Errorf("set budget of customer %d: %w", d.Customer, err)
	}
	return nil
}

// SavePlaybook keeps how the customers of a segment are looked after; its
// revision is the one that the person saw. It fails with fault.Conflict if
// somebody wrote it since.
func (a *App) SavePlaybook(ctx context.Context, p crm.Playbook, by string) error {
	if err := may(ctx, auth.SetPlaybooks); err != nil {
		return err
	}
	seen := p.Revision
	p.Goals = strings.TrimSpace(p.Goals)
	if err := errors.Join(p.Check(), service.Budget{Amount: p.Amount, Share: p.Share}.Check()); err != nil {
		return fmt.Errorf("save playbook: %w", err)
	}
	model, err := a.Model(ctx)
	if err != nil {
		return err
	}
	if !slices.Contains(SegmentsOf(model.Spec), value.Segment(p.Segment)) {
		return fmt.Errorf("save playbook: %w", fault.Field("segment", "choose a field of the matrix"))
	}
	err = a.DB.Write(ctx, func(tx *store.Tx) error {
		books, err := tx.Playbooks(ctx)
		if err != nil {
			return err
		}
		if books[p.Segment].Revision != seen {
			return fault.Conflict
		}
		p.Revision = seen + 1
		change := act{What: "changed", Noun: "playbook", After: toldOfPlaybook(p)}
		if before, ok := books[p.Segment]; ok {
			change.Before = toldOfPlaybook(before)
		}
		return errors.Join(tx.PutPlaybook(ctx, p, by, a.Now()), a.audit(ctx, tx, change))
	})
	if err != nil {
		return fmt.Errorf("save playbook %s: %w", p.Segment, err)
	}
	return nil
}

// DropPlaybook gives up what the company wrote of a segment: what is shipped, or
// the playbook of the nearest strategy, holds again.
func (a *App) DropPlaybook(ctx context.Context, segment string) error {
	if err := may(ctx, auth.SetPlaybooks); err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		return errors.Join(tx.DeletePlaybook(ctx, segment), a.audit(ctx, tx, act{What: "took back", Noun: "playbook", After: map[string]string{"segment": segment}}))
	})
}

// SegmentsOf lists the segments of a model that have playbooks: the fields of
// its matrix from the best down, then new customers. Of a larger matrix the four
// strategies come first, as its fields follow them.
func SegmentsOf(m value.Model) []value.Segment {
	out := []value.Segment{value.Invest, value.Explore, value.Renegotiate, value.Opportunity}
	if m.From.Bands != 2 || m.To.Bands != 2 {
		for from := m.From.Bands; from >= 1; from-- {
			for to := m.To.Bands; to >= 1; to-- {
				b := value.Bands{From: int8(from), To: int8(to), OfFrom: int8(m.From.Bands), OfTo: int8(m.To.Bands)}
				out = append(out, b.Segment())
			}
		}
	}
	return append(out, value.NewCustomer)
}

// NearestIn returns the strategy that a segment is nearest to in a model.
func NearestIn(s value.Segment, m value.Model) value.Segment {
	if s == value.NewCustomer || s == value.NoSegment || slices.Contains(value.Strategies, s) {
		return s
	}
	b, err := s.In(int8(m.From.Bands), int8(m.To.Bands))
	if err != nil {
		return value.NoSegment
	}
	return b.Strategy()
}

// A StrategyDraft is what somebody decides to do with a customer.
type StrategyDraft struct {
	Customer  account.CustomerID
	Direction crm.Direction
	Plan      string
	Review    day.Day
	By        string
	Seen      int32 // the version that the person saw, 0 for none
	Tasks     bool  // the tasks of the segment's playbook come with it
}

// DecideStrategy keeps what is to be done with a customer, from today on; what
// held before is history. It fails with fault.Conflict if somebody decided since
// the person looked.
func (a *App) DecideStrategy(ctx context.Context, d StrategyDraft) (crm.Strategy, error) {
	if err := may(ctx, auth.CareFor); err != nil {
		return crm.Strategy{}, err
	}
	today := day.At(a.Now())
	s := crm.Strategy{
		Customer: d.Customer, Direction: d.Direction, Plan: strings.TrimSpace(d.Plan), From: today, Review: d.Review, By: strings.TrimSpace(d.By), Made: a.Now(),
		Version: d.Seen + 1,
	}
	if err := s.Check(); err != nil {
		return s, fmt.Errorf("decide strategy: %w", err)
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		k, err := tx.Customer(ctx, d.Customer)
		if err != nil {
			return err
		}
		before, err := tx.StrategiesOf(ctx, d.Customer)
		if err != nil {
			return err
		}
		if seen := newestVersion(before); seen != d.Seen {
			return fault.Conflict
		}
		segment, strategy, err := tx.Standing(ctx, d.Customer, today)
		if err != nil {
			return err
		}
		s.Segment = string(segment)
		change := ofCustomer("changed", "strategy", s.Customer, 0, toldOfStrategy(s))
		if len(before) > 0 {
			change.Before = toldOfStrategy(before[0])
		}
		if err := errors.Join(tx.AddStrategy(ctx, s), a.audit(ctx, tx, change)); err != nil {
			return err
		}
		if err := a.endReviews(ctx, tx, s, today); err != nil || !d.Tasks {
			return err
		}
		books, err := tx.Playbooks(ctx)
		if err != nil {
			return err
		}
		book, _ := books.Of(string(segment), string(strategy))
		return a.addTemplates(ctx, tx, k, book, s, today)
	})
	if err != nil {
		return s, fmt.Errorf("decide strategy of customer %d: %w", d.Customer, err)
	}
	return s, nil
}

func newestVersion(list []crm.Strategy) int32 {
	if len(list) == 0 {
		return 0
	}
	return list[0].Version
}

// decided are the rules whose tasks a decision on the strategy settles.
var decided = []crm.Rule{crm.ReviewDue, crm.LittleForMuch, crm.MuchForLittle}

// endReviews ends the tasks that asked for what was now decided.
func (a *App) endReviews(ctx context.Context, tx *store.Tx, s crm.Strategy, today day.Day) error {
	tasks, err := tx.TasksOf(ctx, s.Customer)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		if !t.State.Live() || !slices.Contains(decided, t.Rule) {
			continue
		}
		t.By = s.By
		ended, err := t.End(crm.TaskDone, "", today, a.Now())
		if err != nil {
			return err
		}
		ended.Revision++
		if err := tx.PutTask(ctx, ended); err != nil {
			return err
		}
	}
	return nil
}

// addTemplates makes the tasks of a playbook for a customer's owner.
func (a *App) addTemplates(ctx context.Context, tx *store.Tx, k store.KeptCustomer, book crm.Playbook, s crm.Strategy, today day.Day) error {
	tasks := make([]crm.Task, 0, len(book.Templates))
	for _, t := range book.Templates {
		tasks = append(tasks, crm.Task{
			ID: a.id(), Customer: s.Customer, Title: t.Title, Owner: k.Owner, Due: today.Add(t.Days), State: crm.TaskOpen,
			By: s.By, Made: a.Now(), Accepted: a.Now(), Revision: 1,
		})
	}
	return tx.AddTasks(ctx, tasks)
}
