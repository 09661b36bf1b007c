package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/paper"
	"quid/internal/store"
	"quid/money"
)

// dossierCmd writes the dossier of a customer as PDF.
type dossierCmd struct {
	Customer string   `arg:"" help:"The customer: its external id, its number, or its id in the book."`
	AsOf     day.Day  `name:"as-of" required:"" placeholder:"YYYY-MM-DD" help:"The last day that counts."`
	Months   int      `name:"months" default:"12" placeholder:"N" help:"How many months up to that day are looked at (default ${default})."`
	Lang     string   `name:"lang" enum:"de,en" default:"en" help:"The language, de or en (default ${default})."`
	Target   string   `name:"target" placeholder:"AMOUNT" help:"The contribution IV that a price change shall reach, such as 5000.00 (default: contribution III)."`
	Without  []string `name:"without" placeholder:"PART" help:"Parts to leave out: talk, account, services, possible, loss, arguments, price, open or people."`
	Out      string   `name:"out" short:"o" type:"path" required:"" placeholder:"FILE" help:"The PDF file to write."`
}

// Run writes the dossier; the same book and day give the same bytes.
func (c *dossierCmd) Run(ctx context.Context, s *session) error {
	parts, err := c.parts()
	if err != nil {
		return err
	}
	if c.Months < 1 || c.Months > 120 {
		return usageError{fmt.Errorf("--months: write a number from 1 to 120")}
	}
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	q := paper.Query{AsOf: c.AsOf, Lang: c.Lang, Months: c.Months, Parts: parts}
	if c.Target != "" {
		target, err := money.Parse(c.Target, b.Digits)
		if err != nil {
			return usageError{fmt.Errorf("--target: %w", err)}
		}
		q.Target = &target
	}
	return b.DB.Look(ctx, func(r store.Reader) error {
		if q.Customer, err = findCustomer(ctx, r, c.Customer); err != nil {
			return err
		}
		d, err := paper.ReadDossier(ctx, r, q)
		if err != nil {
			return err
		}
		return writeFile(c.Out, d.WritePDF)
	})
}

// parts are those that are not left out.
func (c *dossierCmd) parts() ([]string, error) {
	parts := []string{}
	for _, p := range paper.Parts {
		if !slices.Contains(c.Without, p.Key) {
			parts = append(parts, p.Key)
		}
	}
	for _, w := range c.Without {
		if !slices.ContainsFunc(paper.Parts, func(p struct{ Key, Name string }) bool { return p.Key == w }) {
			return nil, usageError{fmt.Errorf("--without: there is no part %q", w)}
		}
	}
	return parts, nil
}

// findCustomer finds a customer by what people call it.
func findCustomer(ctx context.Context, r store.Reader, name string) (account.CustomerID, error) {
	id, err := r.FindCustomer(ctx, name)
	if errors.Is(err, fault.NotFound) {
		return 0, fmt.Errorf("there is no customer %q", name)
	}
	return id, err
}

// statementCmd writes the benefit statement of a customer as PDF.
type statementCmd struct {
	Customer   string  `arg:"" help:"The customer: its external id, its number, or its id in the book."`
	AsOf       day.Day `name:"as-of" required:"" placeholder:"YYYY-MM-DD" help:"The last day of the period."`
	From       day.Day `name:"from" placeholder:"YYYY-MM-DD" help:"The first day of the period (default: twelve months up to the last)."`
	Lang       string  `name:"lang" enum:"de,en,own" default:"own" help:"The language: de, en, or own, that of the customer's contacts (default ${default})."`
	Background bool    `name:"background" help:"Show the background noted at each service. Read it first: it was written for us."`
	Out        string  `name:"out" short:"o" type:"path" required:"" placeholder:"FILE" help:"The PDF file to write."`
}

// Run writes the statement; the same book and period give the same bytes.
func (c *statementCmd) Run(ctx context.Context, s *session) error {
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	q := paper.StatementQuery{First: c.From, To: c.AsOf, Lang: strings.TrimPrefix(c.Lang, "own"), Background: c.Background}
	if q.First == 0 {
		q.First = day.Span(12).UpTo(c.AsOf).From.Add(1)
	}
	if q.First > q.To {
		return usageError{fmt.Errorf("--from: the period begins after it ends")}
	}
	return b.DB.Look(ctx, func(r store.Reader) error {
		if q.Customer, err = findCustomer(ctx, r, c.Customer); err != nil {
			return err
		}
		st, err := paper.ReadStatement(ctx, r, q)
		if err != nil {
			return err
		}
		return writeFile(c.Out, st.WritePDF)
	})
}
