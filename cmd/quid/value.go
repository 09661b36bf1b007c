package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"quid/day"
	"quid/internal/app"
	"quid/value"
)

// valueCmd values all customers.
type valueCmd struct {
	AsOf   day.Day   `name:"as-of" required:"" placeholder:"YYYY-MM-DD" help:"The day."`
	Window *day.Span `name:"window" placeholder:"12m|24m|all" help:"How long a time counts, instead of the model's."`
	JSON   bool      `name:"json" help:"Print JSON."`
}

// Run makes the valuation and prints what it says of the base.
func (c *valueCmd) Run(ctx context.Context, s *session) error {
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	progress, end := s.bar("value")
	v, err := b.Value(ctx, app.ValueOrder{AsOf: c.AsOf, Window: c.Window, Progress: progress})
	end()
	if err != nil {
		return err
	}
	r := app.Report(v, b.Digits)
	if c.JSON {
		return s.json(r)
	}
	return s.table(func(w io.Writer) { printReport(w, r, b.Currency) })
}

func printReport(w io.Writer, r app.ValueReport, currency string) {
	fmt.Fprintf(w, "valuation of\t%v, window %s, model %d\n", r.AsOf, r.Window, r.Model)
	fmt.Fprintf(w, "customers\t%d, of these new %d\n", r.Customers, r.New)
	fmt.Fprintf(w, "revenue\t%s %s\n", r.Revenue, currency)
	for _, step := range []string{"1", "2", "3", "4"} {
		fmt.Fprintf(w, "contribution %s\t%s %s\n", step, r.Contribution[step], currency)
	}
	if r.WithoutCost > 0 {
		fmt.Fprintf(w, "\twithout %d customers whose cost is unknown\n", r.WithoutCost)
	}
	fmt.Fprintf(w, "value to customers\t%s %s\n", r.ValueTo, currency)
	for _, classes := range []struct {
		name string
		n    map[string]int
	}{{"revenue", r.Classes.Revenue}, {"contribution", r.Classes.Contribution}} {
		fmt.Fprintf(w, "classes by %s\tA %d, B %d, C %d, loss %d\n", classes.name, classes.n["A"], classes.n["B"], classes.n["C"], classes.n["loss"])
	}
	for _, segment := range slices.Sorted(maps.Keys(r.Segments)) {
		name := segment
		if name == value.NoSegment {
			name = "without a score"
		}
		fmt.Fprintf(w, "segment %s\t%d\n", name, r.Segments[segment])
	}
	fmt.Fprintf(w, "Gini of revenue\t%s\n", number(r.Gini, 4))
	fmt.Fprintf(w, "peak of the whale curve\t%s %%\n", number(r.WhalePeak, 1))
}

// number writes a figure for people, a dash where it is unknown.
func number(n value.Number, decimals int) string {
	if !n.Known() {
		return "–"
	}
	return fmt.Sprintf("%.*f", decimals, float64(n))
}
