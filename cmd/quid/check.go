package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"quid/internal/app"
)

// checkCmd proves that the book is sound.
type checkCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run checks every rule of the book; a broken one is exit code 1.
func (c *checkCmd) Run(ctx context.Context, s *session) error {
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	checks, ok, err := b.Check(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		err = s.json(struct {
			OK     bool              `json:"ok"`
			Checks []app.CheckResult `json:"checks"`
		}{ok, orEmpty(checks)})
	} else {
		err = s.table(func(w io.Writer) { printChecks(w, checks) })
	}
	if err == nil && !ok {
		err = errors.New("the book is not sound")
	}
	return err
}

func printChecks(w io.Writer, checks []app.CheckResult) {
	for _, c := range checks {
		state := "ok"
		if !c.OK {
			state = fmt.Sprintf("%d broken", c.Cases)
		}
		fmt.Fprintf(w, "%s\t%s\tof %d\n", c.Name, state, c.Looked)
		for _, e := range c.Examples {
			fmt.Fprintf(w, "\t%s\n", e)
		}
	}
}

// rebuildCmd computes again all that is derived.
type rebuildCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run rebuilds; on a sound book nothing changes.
func (c *rebuildCmd) Run(ctx context.Context, s *session) error {
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	progress, end := s.count("rebuild")
	r, err := b.Rebuild(ctx, progress)
	end()
	if err != nil {
		return err
	}
	if c.JSON {
		return s.json(r)
	}
	return s.table(func(w io.Writer) {
		fmt.Fprintf(w, "customers computed again\t%d\n", r.Customers)
		fmt.Fprintf(w, "rows that changed\t%d\n", r.Changed())
		for _, row := range []struct {
			what string
			n    int64
		}{{"search texts", r.Names}, {"settlements", r.Settlements}, {"invoices", r.Invoices}} {
			if row.n > 0 {
				fmt.Fprintf(w, "\t%s\t%d\n", row.what, row.n)
			}
		}
	})
}
