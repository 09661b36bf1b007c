package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"quid/day"
	"quid/fault"
	"quid/internal/store"
)

// explainCmd shows how the figures of a customer came to be.
type explainCmd struct {
	Customer string  `arg:"" help:"The customer: its external id, its number, or its id in the book."`
	AsOf     day.Day `name:"as-of" required:"" placeholder:"YYYY-MM-DD" help:"The day of the valuation."`
	Postings int     `name:"postings" default:"10" help:"How many postings of each kind are listed, the newest first (default ${default})."`
	JSON     bool    `name:"json" help:"Print JSON."`
}

// Run explains the customer in the newest valuation of the day.
func (c *explainCmd) Run(ctx context.Context, s *session) error {
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	err = b.DB.Look(ctx, func(r store.Reader) error {
		_, err := valuationOn(ctx, r, c.AsOf)
		return err
	})
	if err != nil {
		return err
	}
	e, err := b.Explain(ctx, c.Customer, c.AsOf, max(c.Postings, 0))
	if errors.Is(err, fault.NotFound) {
		return fmt.Errorf("there is no customer %q in the valuation of %v", c.Customer, c.AsOf)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return s.json(e)
	}
	return flushed(s.out, func(w io.Writer) error { return e.WriteText(w) })
}
