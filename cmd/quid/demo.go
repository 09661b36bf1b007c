package main

import (
	"context"
	"errors"
	"fmt"

	"quid/day"
	"quid/internal/app"
	"quid/internal/demo"
)

// demoCmd makes up a company.
type demoCmd struct {
	Customers int     `name:"customers" default:"${demo_customers}" help:"How many customers it has (default ${default})."`
	Seed      uint64  `name:"seed" default:"1" help:"The same seed makes the same company (default ${default})."`
	Until     day.Day `name:"until" placeholder:"YYYY-MM-DD" help:"Its last day (default: the end of the last month)."`
	Invoices  float64 `name:"invoices" default:"0" placeholder:"N" help:"Invoices per customer on average, in four years (default ${demo_invoices})."`
	Out       string  `name:"out" type:"path" placeholder:"DIR" help:"Write files into this folder instead of into the book."`
	Sheets    bool    `name:"timesheets" help:"With --out: the free services as time sheets of Kimai, Toggl Track and Clockify too."`
	Currency  string  `name:"currency" placeholder:"CODE" help:"The currency of a book that is made (default EUR)."`
	JSON      bool    `name:"json" help:"Print JSON."`
}

// manyCustomers is from how many customers on a demo is valued on its last day
// only: below, a year of valuations shows movement and takes seconds.
const manyCustomers = 20_000

// Run makes the company, and values it if it goes into a book.
func (c *demoCmd) Run(ctx context.Context, s *session) error {
	company := demo.Company{Customers: c.Customers, Seed: c.Seed, Until: c.Until, Invoices: c.Invoices}
	if company.Until == 0 {
		company.Until = day.At(s.now()).AddMonths(-1).EndOfMonth()
	}
	if err := company.Check(); err != nil {
		return usageError{err}
	}
	if c.Out != "" {
		return c.files(s, company)
	}
	if c.Sheets {
		return usageError{errors.New("--timesheets writes files: say where with --out")}
	}
	b, err := s.create(ctx, demo.Name, c.Currency)
	if err != nil {
		return err
	}
	defer b.Close()
	made, err := c.book(ctx, s, b, company)
	if err != nil {
		if ctx.Err() != nil {
			s.say("quid: the same command begins anew; what is in the book already stays as it is")
		}
		return err
	}
	if c.JSON {
		return s.json(made)
	}
	fmt.Fprintf(s.out, "%s: %d customers, seed %d, until %v\n", demo.Name, made.Customers, made.Seed, made.Until)
	for _, k := range made.Imports {
		fmt.Fprintf(s.out, "  %-16s %8d created  (quid undo %d)\n", k.Kind, k.Created, k.Import)
	}
	_, err = fmt.Fprintf(s.out, "Valued on %v. Look at it: quid serve --db %s\n", made.Until, s.address)
	return err
}

// files writes the company into a folder.
func (c *demoCmd) files(s *session, company demo.Company) error {
	progress, end := s.bar("files")
	err := company.WriteFiles(c.Out, func(done, total int) { progress(int64(done), int64(total)) })
	end()
	if err == nil && c.Sheets {
		err = company.WriteTimesheets(c.Out)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return s.json(struct {
			Out       string  `json:"out"`
			Customers int     `json:"customers"`
			Seed      uint64  `json:"seed"`
			Until     day.Day `json:"until"`
		}{c.Out, company.Customers, company.Seed, company.Until})
	}
	_, err = fmt.Fprintf(s.out, "%s: %d customers, seed %d, until %v, in %s (README.txt says how to import them)\n",
		demo.Name, company.Customers, company.Seed, company.Until, c.Out)
	return err
}

// A demoBook is what was made in a book.
type demoBook struct {
	Customers int          `json:"customers"`
	Seed      uint64       `json:"seed"`
	Until     day.Day      `json:"until"`
	Imports   []demoImport `json:"imports"`
	Valued    []day.Day    `json:"valued"`
}

type demoImport struct {
	Kind string `json:"kind"`
	importJSON
}

// book takes the company in as imports do, kind by kind, and values it: each
// quarter of its last year, so that movement is seen.
func (c *demoCmd) book(ctx context.Context, s *session, b *openBook, company demo.Company) (demoBook, error) {
	made := demoBook{Customers: company.Customers, Seed: company.Seed, Until: company.Until}
	for _, kind := range demo.Kinds {
		progress, end := s.count(string(kind))
		res, err := b.TakeDocs(ctx, kind, demo.FileName(kind), company.Docs(kind), progress)
		end()
		if err != nil {
			return made, err
		}
		if res.Rejected > 0 {
			return made, fmt.Errorf("%d %s of the demo were rejected: %w", res.Rejected, kind, firstProblem(res))
		}
		made.Imports = append(made.Imports, demoImport{string(kind), importJSONOf(res)})
	}
	months := []int{-12, -9, -6, -3, 0}
	if company.Customers > manyCustomers {
		months = months[4:]
	}
	for _, m := range months {
		on := company.Until.AddMonths(m)
		progress, end := s.bar("value " + on.String())
		_, err := b.Value(ctx, app.ValueOrder{AsOf: on, Progress: progress})
		end()
		if err != nil {
			return made, err
		}
		made.Valued = append(made.Valued, on)
	}
	return made, nil
}

// firstProblem is the first problem of an import as an error.
func firstProblem(res app.ImportResult) error {
	if len(res.Problems) == 0 {
		return errors.New("no reason was given")
	}
	p := res.Problems[0]
	return fmt.Errorf("%s %q: %s", p.Column, p.Value, p.Problem)
}
