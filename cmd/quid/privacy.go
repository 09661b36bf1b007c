package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/paper"
	"quid/internal/store"
	"quid/privacy"
)

// privacyCmd is what the law asks for.
type privacyCmd struct {
	Find      privacyFindCmd      `cmd:"" help:"Find persons by name, mail or telephone."`
	Export    privacyExportCmd    `cmd:"" help:"Write all that is kept about a person as a ZIP."`
	Erase     privacyEraseCmd     `cmd:"" help:"Erase a person; the books stay whole. It can't be undone."`
	Restrict  privacyRestrictCmd  `cmd:"" help:"Keep a person's data, but don't use it."`
	Object    privacyObjectCmd    `cmd:"" help:"Note that a person objects to profiling or to advertising."`
	Hold      privacyHoldCmd      `cmd:"" help:"Keep a person or a customer from being erased."`
	Consent   privacyConsentCmd   `cmd:"" help:"Note, withdraw, list or ask for consents."`
	Retention privacyRetentionCmd `cmd:"" help:"Show what is too old, or let it go."`
	Record    privacyRecordCmd    `cmd:"" help:"Write the record of processing."`
	Erasures  privacyErasuresCmd  `cmd:"" help:"List who was erased, for the restore of an older backup."`
}

// A personArg names a person as quid privacy find prints it: CUSTOMER or
// CUSTOMER/CONTACT.
type personArg string

func (p personArg) person() (privacy.Person, error) {
	customer, contact, both := strings.Cut(string(p), "/")
	c, err := strconv.ParseInt(customer, 10, 64)
	k := int64(0)
	if err == nil && both {
		k, err = strconv.ParseInt(contact, 10, 64)
	}
	if err != nil || c == 0 || both && k == 0 {
		return privacy.Person{}, usageError{fmt.Errorf("%s is no person: write it as quid privacy find prints it", p)}
	}
	return privacy.Person{Customer: account.CustomerID(c), Contact: k}, nil
}

func argOf(p privacy.Person) string {
	text := strconv.FormatInt(int64(p.Customer), 10)
	if p.Contact != 0 {
		text += "/" + strconv.FormatInt(p.Contact, 10)
	}
	return text
}

// withPerson opens the book for a command about a person.
func (s *session) withPerson(ctx context.Context, arg personArg, fn func(b *openBook, p privacy.Person) error) error {
	p, err := arg.person()
	if err != nil {
		return err
	}
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	err = fn(b, p)
	if errors.Is(err, fault.NotFound) {
		err = fmt.Errorf("there is no person %s: look with quid privacy find", arg)
	}
	return err
}

type privacyFindCmd struct {
	Text []string `arg:"" help:"Parts of a name, of a mail address, of a telephone number."`
	JSON bool     `name:"json" help:"Print JSON."`
}

type foundPerson struct {
	Person   string `json:"person"`
	Name     string `json:"name"`
	Customer string `json:"customer"`
	Mail     string `json:"mail"`
	Phone    string `json:"phone"`
}

// Run prints who answers to the words.
func (c *privacyFindCmd) Run(ctx context.Context, s *session) error {
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	found, more, err := b.FindPersons(ctx, strings.Join(c.Text, " "))
	if err != nil {
		return err
	}
	list := make([]foundPerson, len(found))
	for i, p := range found {
		list[i] = foundPerson{argOf(p.Person), p.Full(), p.Company, p.Mail, p.Phone}
	}
	if more {
		s.say("quid: there are more: write more of the name")
	}
	if c.JSON {
		return s.json(list)
	}
	return s.table(func(w io.Writer) {
		for _, p := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", p.Person, p.Name, p.Customer, p.Mail, p.Phone)
		}
	})
}

type privacyExportCmd struct {
	Person personArg `arg:"" help:"Whom, as quid privacy find prints it."`
	Out    string    `name:"out" required:"" type:"path" placeholder:"FILE" help:"The ZIP to write; it must not be there yet."`
	Lang   string    `name:"lang" enum:"de,en" default:"en" help:"Language of the page in it: ${enum}."`
}

// Run writes the ZIP, whole or not at all, readable by its owner alone.
func (c *privacyExportCmd) Run(ctx context.Context, s *session) error {
	return s.withPerson(ctx, c.Person, func(b *openBook, p privacy.Person) error {
		f, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		err = errors.Join(b.ExportPerson(ctx, f, p, c.Lang), f.Close())
		if err != nil {
			return errors.Join(err, os.Remove(c.Out))
		}
		_, err = fmt.Fprintln(s.out, c.Out)
		return err
	})
}

type privacyEraseCmd struct {
	Person personArg `arg:"" help:"Whom, as quid privacy find prints it."`
	Reason string    `name:"reason" enum:"asked,purpose,withdrawn,objected,unlawful,retention" default:"asked" help:"Why: ${enum}."`
	DryRun bool      `name:"dry-run" help:"Say what would happen and do nothing."`
	Yes    bool      `name:"yes" help:"Do it: there is no way back."`
	JSON   bool      `name:"json" help:"Print JSON."`
}

// Run erases the person and rewrites the database.
func (c *privacyEraseCmd) Run(ctx context.Context, s *session) error {
	if c.DryRun == c.Yes {
		return usageError{errors.New("say --dry-run to see what would happen, or --yes to do it: there is no way back")}
	}
	return s.withPerson(ctx, c.Person, func(b *openBook, p privacy.Person) error {
		plan, err := b.PlanErasure(ctx, p)
		if err == nil && c.Yes {
			if plan, err = b.Erase(ctx, p, c.Reason); err == nil {
				err = b.CleanErased(ctx)
			}
		}
		if err != nil {
			return err
		}
		if c.JSON {
			return s.json(plan)
		}
		return s.table(func(w io.Writer) {
			fmt.Fprintf(w, "pseudonym\t%s\n", plan.Pseudonym)
			if plan.Held != nil {
				fmt.Fprintf(w, "held\t%s\n", plan.Held.Reason)
			}
			for _, t := range plan.Counts {
				fmt.Fprintf(w, "%s\t%d changed, %d deleted\n", t.Table, t.Changed, t.Dropped)
			}
			fmt.Fprintf(w, "files deleted\t%d\npostings kept\t%d\n", plan.Files, plan.Postings)
		})
	})
}

// A markFlags is what is noted of a person, or ended.
type markFlags struct {
	Person personArg `arg:"" help:"Whom, as quid privacy find prints it."`
	Reason string    `name:"reason" help:"Why, in words."`
	End    bool      `name:"end" help:"It holds no longer."`
}

func (c *markFlags) run(ctx context.Context, s *session, kind privacy.Kind) error {
	return s.withPerson(ctx, c.Person, func(b *openBook, p privacy.Person) error {
		if c.End {
			return b.Unmark(ctx, p, kind)
		}
		return b.Mark(ctx, privacy.Mark{Person: p, Kind: kind, Reason: c.Reason})
	})
}

type privacyRestrictCmd struct{ markFlags }

// Run restricts the use of a person's data, or ends it.
func (c *privacyRestrictCmd) Run(ctx context.Context, s *session) error {
	return c.run(ctx, s, privacy.Restriction)
}

type privacyHoldCmd struct{ markFlags }

// Run holds a person or a customer, or ends the hold.
func (c *privacyHoldCmd) Run(ctx context.Context, s *session) error {
	return c.run(ctx, s, privacy.Hold)
}

type privacyObjectCmd struct {
	markFlags
	To string `name:"to" enum:"profiling,marketing" required:"" help:"To what: ${enum}."`
}

// Run notes an objection, or that it was taken back.
func (c *privacyObjectCmd) Run(ctx context.Context, s *session) error {
	return c.run(ctx, s, privacy.Kind(c.To))
}

type privacyConsentCmd struct {
	Person   personArg `arg:"" help:"Whom, as quid privacy find prints it."`
	Purpose  string    `name:"purpose" help:"For what: advertising, survey or statement."`
	Channel  string    `name:"channel" help:"By which way: mail, phone, letter or video."`
	Given    string    `name:"given" placeholder:"DAY" help:"When it was given; else today."`
	Way      string    `name:"way" help:"How: double_opt_in, form, signed, oral or mail."`
	Wording  string    `name:"wording" help:"What was agreed to, word for word."`
	Source   string    `name:"source" help:"Where the proof is."`
	Withdraw int64     `name:"withdraw" placeholder:"ID" help:"Withdraw a consent, by its id."`
	May      bool      `name:"may" help:"Ask whether the person may be written to for --purpose by --channel."`
	JSON     bool      `name:"json" help:"Print JSON."`
}

// Run notes a consent, withdraws one, answers or lists.
func (c *privacyConsentCmd) Run(ctx context.Context, s *session) error {
	return s.withPerson(ctx, c.Person, func(b *openBook, p privacy.Person) error {
		switch {
		case c.Withdraw != 0:
			return b.WithdrawConsent(ctx, p, c.Withdraw)
		case c.May:
			return c.answer(ctx, s, b, p)
		case c.Purpose == "":
			return c.list(ctx, s, b, p)
		}
		given := b.Now()
		if c.Given != "" {
			d, err := day.Parse(c.Given)
			if err != nil {
				return usageError{fmt.Errorf("--given %s: write a day such as 2026-12-31", c.Given)}
			}
			given = time.Date(d.Year(), time.Month(d.Month()), d.DayOfMonth(), 0, 0, 0, 0, time.UTC)
		}
		id, err := b.Consent(ctx, privacy.Consent{Person: p, Purpose: c.Purpose, Channel: c.Channel, Given: given, Way: c.Way, Wording: c.Wording, Source: c.Source})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.out, id)
		return err
	})
}

// answer says whether the person may be written to; the exit code says it too.
func (c *privacyConsentCmd) answer(ctx context.Context, s *session, b *openBook, p privacy.Person) error {
	why, err := app.MayContact(ctx, b.DB.Read(), p, c.Purpose, c.Channel)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.json(map[string]any{"may": why == privacy.Allowed, "why": why})
	}
	if why != privacy.Allowed {
		return fmt.Errorf("no: %s", map[privacy.Refusal]string{
			privacy.IsErased: "the person was erased", privacy.IsRestricted: "their data is restricted", privacy.HasObjected: "they object to advertising",
			privacy.OtherChannel: "they wish to be reached otherwise", privacy.NoConsent: "they gave no consent for this",
		}[why])
	}
	_, err = fmt.Fprintln(s.out, "yes")
	return err
}

func (c *privacyConsentCmd) list(ctx context.Context, s *session, b *openBook, p privacy.Person) error {
	list, err := b.DB.Read().ConsentsOf(ctx, p)
	if err != nil {
		return err
	}
	if c.JSON {
		out := []map[string]any{}
		for _, k := range list {
			one := map[string]any{
				"id": strconv.FormatInt(k.ID, 10), "purpose": k.Purpose, "channel": k.Channel, "given": k.Given.Format(time.RFC3339), "way": k.Way,
				"wording": k.Wording, "source": k.Source, "withdrawn": nil,
			}
			if !k.Withdrawn.IsZero() {
				one["withdrawn"] = k.Withdrawn.Format(time.RFC3339)
			}
			out = append(out, one)
		}
		return s.json(out)
	}
	return s.table(func(w io.Writer) {
		for _, k := range list {
			state := "holds"
			if !k.Withdrawn.IsZero() {
				state = "withdrawn " + day.At(k.Withdrawn).String()
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Purpose, k.Channel, day.At(k.Given), k.Way, state)
		}
	})
}

type privacyRetentionCmd struct {
	Go   []string `name:"run" placeholder:"CLASS" help:"Let go what is too old of a class; may be given several times. Without it nothing is done."`
	Yes  bool     `name:"yes" help:"With --run: do it; there is no way back."`
	JSON bool     `name:"json" help:"Print JSON."`
}

// Run shows what is too old, and lets it go where that is asked for.
func (c *privacyRetentionCmd) Run(ctx context.Context, s *session) error {
	if len(c.Go) > 0 != c.Yes {
		return usageError{errors.New("--run lets data go for good: say --yes with it; without both it is only shown")}
	}
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	var cases []app.RetentionCase
	if c.Yes {
		var classes []privacy.Class
		for _, name := range c.Go {
			classes = append(classes, privacy.Class(name))
		}
		if cases, err = b.RunRetention(ctx, classes); err == nil {
			err = b.CleanErased(ctx)
		}
	} else {
		cases, err = b.Retention(ctx)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		out := []map[string]any{}
		for _, k := range cases {
			out = append(out, map[string]any{
				"class": k.Class, "days": k.Days, "before": k.Before.String(), "persons": len(k.Persons), "rows": append([]app.ErasureCount{}, k.Rows...), "held": k.Held,
			})
		}
		return s.json(out)
	}
	return s.table(func(w io.Writer) {
		for _, k := range cases {
			fmt.Fprintf(w, "%s\t%d days\t%d cases\t%d held\n", k.Class, k.Days, k.Count(), k.Held)
			for _, e := range k.Examples {
				fmt.Fprintf(w, "\t%s\t%s\t%s\n", e.Table, e.Name, e.Day)
			}
		}
	})
}

type privacyRecordCmd struct {
	Lang string `name:"lang" enum:"de,en" default:"en" help:"Language: ${enum}."`
	HTML bool   `name:"html" help:"Write a page instead of Markdown."`
}

// Run writes the record of processing to stdout.
func (c *privacyRecordCmd) Run(ctx context.Context, s *session) error {
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	d, err := b.Record(ctx)
	if err != nil {
		return err
	}
	write := paper.WriteRecord
	if c.HTML {
		write = paper.WriteRecordPage
	}
	return flushed(s.out, func(w io.Writer) error { return write(w, d, c.Lang) })
}

type privacyErasuresCmd struct{}

// Run prints one erasure a line, as restore reads them.
func (c *privacyErasuresCmd) Run(ctx context.Context, s *session) error {
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	list, err := b.DB.Read().Erasures(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(list, func(x, y store.KeptErasure) int { return x.At.Compare(y.At) })
	e := json.NewEncoder(s.out)
	for _, one := range list {
		if err := e.Encode(one.Erasure); err != nil {
			return err
		}
	}
	return nil
}
