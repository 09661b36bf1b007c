package app

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/store"
	"quid/privacy"
)

// RetentionSetting is the name of the setting that says for how many days a class
// of data is kept, 0 for ever.
func RetentionSetting(c privacy.Class) string { return "retention_" + string(c) }

// isRetention says whether a setting is one of retention.
func isRetention(name string) (privacy.Rule, bool) {
	i := slices.IndexFunc(privacy.Rules, func(r privacy.Rule) bool { return RetentionSetting(r.Class) == name })
	if i < 0 {
		return privacy.Rule{}, false
	}
	return privacy.Rules[i], true
}

// checkRetention judges for how long a class is kept.
func checkRetention(r privacy.Rule, text string) error {
	n, err := strconv.Atoi(text)
	switch {
	case err != nil || n < 0 || n > privacy.MostDays:
		return fault.Field(RetentionSetting(r.Class), "between 0 and 36500 days; 0 is for ever")
	case n > 0 && n < r.Least:
		return fault.Field(RetentionSetting(r.Class), "the law asks for longer")
	}
	return nil
}

// mostExamples is how many cases of a rule are named.
const mostExamples = 5

// A RetentionCase is what a rule would do now.
type RetentionCase struct {
	privacy.Rule
	Before   day.Day        `json:"before"` // what is older goes; 0: nothing goes
	Rows     []ErasureCount `json:"rows"`
	Persons  []privacy.Person
	Held     int `json:"held"` // cases that a legal hold keeps
	Examples []RetentionExample
}

// A RetentionExample is one of the cases.
type RetentionExample struct {
	Table    string // "" for a person
	Customer account.CustomerID
	Name     string // of the person or the customer
	Day      day.Day
}

// Count is how many cases there are.
func (c *RetentionCase) Count() int {
	n := len(c.Persons)
	for _, r := range c.Rows {
		n += r.Changed + r.Dropped
	}
	return n
}

func (c *RetentionCase) example(e RetentionExample) {
	if len(c.Examples) < mostExamples {
		c.Examples = append(c.Examples, e)
	}
}

// Retention says what each rule would do now, and does nothing.
func (a *App) Retention(ctx context.Context) (cases []RetentionCase, err error) {
	if err := keeps(ctx); err != nil {
		return nil, fmt.Errorf("retention: %w", err)
	}
	err = a.DB.Look(ctx, func(r store.Reader) error {
		keep, err := newKeeping(ctx, r)
		if err != nil {
			return err
		}
		for _, rule := range privacy.Rules {
			c, _, err := a.retentionCase(ctx, r, rule, keep)
			if err != nil {
				return err
			}
			cases = append(cases, c)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("retention: %w", err)
	}
	return cases, nil
}

// A keeping is what retention must leave, and how customers are called.
type keeping struct {
	held     map[privacy.Person]bool
	erased   map[privacy.Person]bool
	dealings []store.Dealing
	names    map[account.CustomerID]string
}

func newKeeping(ctx context.Context, r store.Reader) (*keeping, error) {
	k := &keeping{held: make(map[privacy.Person]bool), erased: make(map[privacy.Person]bool), names: make(map[account.CustomerID]string)}
	marks, err := r.LiveMarks(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range marks {
		if m.Kind == privacy.Hold {
			k.held[m.Person] = true
		}
	}
	erasures, err := r.Erasures(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range erasures {
		k.erased[e.Person()] = true
	}
	if k.dealings, err = r.Dealings(ctx); err != nil {
		return nil, err
	}
	return k, r.Names(ctx, func(n store.CustomerName) { k.names[n.ID] = n.Name })
}

// holds says whether a row of a customer is under a hold: of the customer, or of
// any person there, whom it may name.
func (k *keeping) holds(customer account.CustomerID) bool {
	for p := range k.held {
		if p.Customer == customer {
			return true
		}
	}
	return false
}

// retentionCase finds what a rule would do, and the patches that do it.
func (a *App) retentionCase(ctx context.Context, r store.Reader, rule privacy.Rule, keep *keeping) (c RetentionCase, patches []store.DataPatch, err error) {
	if rule.Days, err = intSetting(ctx, r, RetentionSetting(rule.Class), rule.Days); err != nil {
		return c, nil, err
	}
	c.Rule = rule
	if rule.Days == 0 {
		return c, nil, nil
	}
	before := a.Now().AddDate(0, 0, -rule.Days)
	c.Before = day.At(before)
	switch rule.Class {
	case privacy.BookClass, privacy.LeadClass:
		return c, nil, a.agedPersons(ctx, r, &c, keep)
	}
	plan := ErasurePlan{}
	for i := range store.DataMap() {
		t := &store.DataMap()[i]
		if t.Age == "" || !slices.ContainsFunc(t.Columns, func(col privacy.Column) bool { return aged(col, rule.Class) }) {
			continue
		}
		for row, err := range r.DataRows(ctx, t, append(erased(t), agedBy(t)...), 0) {
			if err != nil {
				return c, nil, err
			}
			at, ok := ageOf(row)
			if !ok || !at.Before(before) {
				continue
			}
			p, ok := agePatch(row, rule.Class)
			if !ok {
				continue
			}
			customer := account.CustomerID(row.Int("customer_id"))
			if keep.holds(customer) {
				c.Held++
				continue
			}
			patches = append(patches, p)
			plan.count(p)
			c.example(RetentionExample{t.Name, customer, keep.names[customer], day.At(at)})
		}
	}
	c.Rows = plan.Counts
	return c, patches, nil
}

// agedBy are the columns that tell the age of a row and whose it is.
func agedBy(t *privacy.Table) []string {
	out := []string{t.Age}
	for _, c := range []string{"customer_id", "size"} {
		if t.Has(c) {
			out = append(out, c)
		}
	}
	return out
}

// aged says whether a column goes by the age of its row.
func aged(col privacy.Column, class privacy.Class) bool {
	return col.Class == class && col.Personal() && col.Category != privacy.OfUser && col.Erasing != privacy.Derived
}

// ageOf is when a row was made, as its table tells it.
func ageOf(row store.DataRow) (time.Time, bool) {
	n := row.Int(row.Table.Age)
	if n == 0 {
		return time.Time{}, false // it has not ended, or nobody knows
	}
	switch row.Table.Clock {
	case privacy.Days:
		d := day.Day(n)
		return time.Date(d.Year(), time.Month(d.Month()), d.DayOfMonth(), 0, 0, 0, 0, time.UTC), true
	case privacy.IDs:
		return store.WrittenAt(n), true
	}
	return time.UnixMicro(n).UTC(), true
}

// agePatch empties the personal columns of a row that is too old, or drops it. ok is
// false where there is nothing left to do.
func agePatch(row store.DataRow, class privacy.Class) (p store.DataPatch, ok bool) {
	p.Row = row
	if row.Table.Name == "attachment" {
		p.Set, p.Values = []string{"content", "size"}, []any{nil, int64(0)} // without a size nothing is left of it
		return p, row.Int("size") > 0
	}
	for _, c := range row.Table.Columns {
		if !aged(c, class) || row.Text(c.Name) == "" || slices.Contains(row.Table.Key, c.Name) {
			continue
		}
		if c.Erasing == privacy.RowDropped {
			p.Drop = true
		}
		var empty any = ""
		if c.Erasing == privacy.Pseudonym && c.Category == privacy.FreeText {
			if empty = "–"; row.Text(c.Name) == empty {
				continue
			}
		}
		p.Set, p.Values = append(p.Set, c.Name), append(p.Values, empty)
	}
	return p, p.Drop || len(p.Set) > 0
}

// agedPersons finds persons who are to be erased: with whom the books are closed
// long enough, or with whom nothing ever came about.
func (a *App) agedPersons(ctx context.Context, r store.Reader, c *RetentionCase, keep *keeping) error {
	for _, d := range keep.dealings {
		last := max(d.Posted, d.Touched, day.At(time.UnixMicro(d.Made)))
		if (d.Posted == 0) != (c.Class == privacy.LeadClass) || last >= c.Before || c.Class == privacy.BookClass && !d.Person {
			continue
		}
		who := []store.KnownPerson{{Person: privacy.Person{Customer: d.Customer}, Name: d.Name}}
		if !d.Person {
			var err error
			if who, err = r.PersonsOf(ctx, d.Customer); err != nil {
				return err
			}
		}
		for _, p := range who {
			switch {
			case keep.erased[p.Person]:
			case keep.held[p.Person] || keep.held[privacy.Person{Customer: p.Customer}] || d.Person && keep.holds(p.Customer):
				c.Held++
			default:
				c.Persons = append(c.Persons, p.Person)
				c.example(RetentionExample{"", p.Customer, p.Full(), last})
			}
		}
	}
	return nil
}

// RunRetention does what the rules of some classes say now, and returns what was
// done. It can not be undone.
func (a *App) RunRetention(ctx context.Context, classes []privacy.Class) (done []RetentionCase, err error) {
	if err := keeps(ctx); err != nil {
		return nil, fmt.Errorf("retention: %w", err)
	}
	for _, class := range classes {
		rule, ok := privacy.RuleOf(class)
		if !ok {
			return done, fmt.Errorf("retention: %w", fault.Field("class", "choose one of those offered"))
		}
		c, err := a.runRule(ctx, rule)
		if err != nil {
			return done, fmt.Errorf("retention of %s: %w", class, err)
		}
		done = append(done, c)
	}
	return done, nil
}

func (a *App) runRule(ctx context.Context, rule privacy.Rule) (c RetentionCase, err error) {
	var patches []store.DataPatch
	err = a.DB.Look(ctx, func(r store.Reader) error {
		keep, err := newKeeping(ctx, r)
		if err != nil {
			return err
		}
		c, patches, err = a.retentionCase(ctx, r, rule, keep)
		return err
	})
	for _, p := range c.Persons {
		if err == nil {
			_, err = a.Erase(ctx, p, "retention")
		}
	}
	for some := range slices.Chunk(patches, 500) {
		if err == nil {
			err = a.DB.Write(ctx, func(tx *store.Tx) error {
				if err := tx.Patch(ctx, some); err != nil {
					return err
				}
				return a.audit(ctx, tx, act{What: "let go", Noun: "retention", After: map[string]any{"class": rule.Class, "rows": len(some)}})
			})
		}
	}
	return c, err
}
