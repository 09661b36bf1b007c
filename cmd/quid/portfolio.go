package main

import (
	"context"
	"fmt"
	"io"

	"quid/account"
	"quid/day"
	"quid/internal/store"
	"quid/money"
	"quid/portfolio"
	"quid/value"
)

// portfolioCmd shows what a valuation says of all customers together.
type portfolioCmd struct {
	AsOf    day.Day  `name:"as-of" required:"" placeholder:"YYYY-MM-DD" help:"The day of the valuation."`
	Since   day.Day  `name:"since" placeholder:"YYYY-MM-DD" help:"Also who moved since the newest valuation of that day."`
	Weights []string `name:"weights" placeholder:"CRITERION=W,..." help:"What if the criteria weighed this much."`
	Cut     []string `name:"cut" sep:"none" placeholder:"AXIS=METHOD" help:"What if an axis (from or to) were cut so: median, mean, quantile:0.3/0.7, fixed:50. May be repeated."`
	First   int      `name:"first" default:"10" help:"How many customers are named in each list (default ${default})."`
	JSON    bool     `name:"json" help:"Print JSON."`
}

// Run prints concentration, matrix, movement and what-if.
func (c *portfolioCmd) Run(ctx context.Context, s *session) error {
	changes, err := c.changes()
	if err != nil {
		return usageError{err}
	}
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	var r *portfolioReport
	err = b.DB.Look(ctx, func(reader store.Reader) (err error) {
		r, err = c.report(ctx, reader, b.Book, changes)
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return s.json(r)
	}
	return s.table(func(w io.Writer) { r.print(w, b.Currency) })
}

// A portfolioReport is what quid portfolio prints; money as decimals.
type portfolioReport struct {
	AsOf      day.Day               `json:"as_of"`
	Model     int64                 `json:"model"`
	Window    string                `json:"window"`
	Customers int                   `json:"customers"`
	New       int                   `json:"new"`
	Classes   map[string][]classRow `json:"classes"` // by revenue and by contribution
	Cross     map[string]int        `json:"cross"`   // "A/loss": by revenue, by contribution
	Deceiving int                   `json:"deceiving"`
	Deceivers []namedCustomer       `json:"deceivers"` // A by revenue, and a loss
	Gini      value.Number          `json:"gini"`
	Top       map[string]topShare   `json:"top"` // what the best fifth holds
	Whale     whaleReport           `json:"whale"`
	Equity    *string               `json:"equity"`                   // customer equity; null before lifetime values
	Range     *equityRange          `json:"equity_range,omitempty"`   // where it lies; left out if nothing tells
	LifeModel string                `json:"lifetime_model,omitempty"` // of purchases, else run-rate
	Matrix    []fieldRow            `json:"matrix"`
	Movement  *movementReport       `json:"movement,omitempty"`
	WhatIf    *whatIfReport         `json:"what_if,omitempty"`
	names     map[account.CustomerID][2]string
}

// An equityRange is where customer equity lies with the probability level: half of
// the range that the models' parameters alone would make, and that of chance alone,
// beside it. certain are the customers whose value is taken as it is.
type equityRange struct {
	Level    float64 `json:"level"`
	Low      string  `json:"low"`
	High     string  `json:"high"`
	Estimate string  `json:"estimate"`
	Chance   string  `json:"chance"`
	Certain  int     `json:"certain"`
}

type classRow struct {
	Class     string       `json:"class"`
	Customers int          `json:"customers"`
	New       int          `json:"new"`
	Sum       string       `json:"sum"`
	Share     value.Number `json:"share"`
}

type namedCustomer struct {
	Customer     string        `json:"customer"`
	Name         string        `json:"name"`
	Revenue      string        `json:"revenue,omitempty"`
	Contribution string        `json:"contribution,omitempty"`
	From         value.Segment `json:"from,omitempty"`
	To           value.Segment `json:"to,omitempty"`
}

type topShare struct {
	Of20     value.Number `json:"share_of_top_20"`
	For80    value.Number `json:"customers_for_80"`
	Positive int          `json:"customers"`
}

type whaleReport struct {
	Peak   value.Number `json:"peak"`
	PeakAt value.Number `json:"peak_at"`
	Gained string       `json:"gained"`
	Lost   string       `json:"lost"`
	Losing int          `json:"losing"`
	Reason value.Text   `json:"reason,omitempty"`
}

type fieldRow struct {
	Segment      value.Segment `json:"segment"`
	Strategy     value.Segment `json:"strategy"`
	Customers    int           `json:"customers"`
	Revenue      string        `json:"revenue"`
	Contribution string        `json:"contribution"`
	WithoutCost  int           `json:"without_cost"`
	ValueTo      string        `json:"value_to"`
}

// report reads the valuation into memory and asks package portfolio.
func (c *portfolioCmd) report(ctx context.Context, r store.Reader, book store.Book, changes modelChanges) (*portfolioReport, error) {
	v, err := valuationOn(ctx, r, c.AsOf)
	if err != nil {
		return nil, err
	}
	out := &portfolioReport{
		AsOf: v.AsOf, Model: v.Model, Window: v.Summary.Model.Window.String(), Gini: v.Summary.Gini,
		Customers: v.Summary.Customers, New: v.Summary.New, names: make(map[account.CustomerID][2]string),
	}
	base, err := out.base(ctx, r, v)
	if err != nil {
		return nil, err
	}
	out.concentration(base, c.First, book.Digits)
	if l := &v.Summary.Lifetimes; l.Rule != (value.LifetimeRule{}) {
		sum := l.Equity.Decimal(book.Digits)
		out.Equity, out.LifeModel = &sum, "run-rate"
		if l.Model != nil {
			out.LifeModel = l.Model.Name
		}
		if r := l.Range; r != nil {
			d := book.Digits
			out.Range = &equityRange{r.Level, r.Low.Decimal(d), r.High.Decimal(d), r.Estimate.Decimal(d), r.Chance.Decimal(d), r.Certain}
		}
	}
	out.Matrix = fieldRows(portfolio.Matrix(base), book.Digits)
	if c.Since != 0 {
		if out.Movement, err = out.movement(ctx, r, base, c.Since, c.First); err != nil {
			return nil, err
		}
	}
	if !changes.empty() {
		if out.WhatIf, err = out.whatIf(base, changes, c.First, book.Digits); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// base is the valuation as columns.
func (p *portfolioReport) base(ctx context.Context, r store.Reader, v store.Valuation) (*portfolio.Base, error) {
	base := portfolio.NewBase(v.Summary.Summary, v.Summary.Customers)
	for row, err := range r.Scores(ctx, v.ID) {
		if err != nil {
			return nil, err
		}
		base.Add(&row.Figures, &row.Row)
		p.names[row.Row.Customer] = [2]string{row.External, row.Name}
	}
	return base, nil
}

// called names a customer.
func (p *portfolioReport) called(id account.CustomerID) namedCustomer {
	n := p.names[id]
	return namedCustomer{Customer: n[0], Name: n[1]}
}

func (p *portfolioReport) concentration(b *portfolio.Base, first, digits int) {
	abc := portfolio.ABCOf(b, first)
	p.Classes = map[string][]classRow{"revenue": classRows(abc.Revenue, digits), "contribution": classRows(abc.Contribution, digits)}
	p.Cross, p.Deceiving, p.Deceivers = abc.Cross, abc.Deceiving, []namedCustomer{}
	for _, d := range abc.Deceivers {
		n := p.called(d.Customer)
		n.Revenue, n.Contribution = d.Revenue.Decimal(digits), d.Contribution.Decimal(digits)
		p.Deceivers = append(p.Deceivers, n)
	}
	var known []money.Amount
	for i, c := range b.Contribution[2] {
		if b.Known[i] {
			known = append(known, c)
		}
	}
	p.Top = map[string]topShare{"revenue": topShare(portfolio.TopOf(b.Revenues())), "contribution_3": topShare(portfolio.TopOf(known))}
	w := portfolio.WhaleOf(b.Contribution[0], b.Known)
	p.Whale = whaleReport{w.Peak, w.PeakAt, w.Gained.Decimal(digits), w.Lost.Decimal(digits), w.Losing, w.Reason}
}

func classRows(rows []portfolio.ClassRow, digits int) []classRow {
	out := make([]classRow, 0, len(rows))
	for _, r := range rows {
		name := r.Class.String()
		if r.Class == value.NoClass {
			name = "unknown"
		}
		out = append(out, classRow{name, r.Customers, r.New, r.Sum.Decimal(digits), r.Share})
	}
	return out
}

func fieldRows(fields []portfolio.Field, digits int) []fieldRow {
	out := make([]fieldRow, 0, len(fields))
	for _, f := range fields {
		out = append(out, fieldRow{f.Segment, f.Strategy, f.Customers, f.Revenue.Decimal(digits), f.Contribution.Decimal(digits), f.WithoutCost, f.ValueTo.Decimal(digits)})
	}
	return out
}

// print writes the report for people.
func (p *portfolioReport) print(w io.Writer, currency string) {
	fmt.Fprintf(w, "portfolio of %v, window %s, model %d: %d customers, %d of these new\n", p.AsOf, p.Window, p.Model, p.Customers, p.New)
	for _, by := range []string{"revenue", "contribution"} {
		fmt.Fprintf(w, "\nclass by %s\tcustomers\tnew\t%s\tshare\n", by, currency)
		for _, r := range p.Classes[by] {
			if r.Customers > 0 {
				fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\n", r.Class, r.Customers, r.New, r.Sum, percent(r.Share))
			}
		}
	}
	fmt.Fprintf(w, "\nGini of revenue\t%s\n", number(p.Gini, 4))
	top := p.Top["revenue"]
	fmt.Fprintf(w, "the best fifth holds\t%s of revenue; 80%% take %s of the customers\n", percent(top.Of20), percent(top.For80))
	if p.Whale.Peak.Known() {
		fmt.Fprintf(w, "whale curve\tpeak at %s %% with %s of the customers; %d lose %s\n", number(p.Whale.Peak, 1), percent(p.Whale.PeakAt), p.Whale.Losing, p.Whale.Lost)
	} else {
		fmt.Fprintf(w, "whale curve\t%s\n", p.Whale.Reason)
	}
	if p.Equity != nil {
		fmt.Fprintf(w, "customer equity\t%s %s, purchases by %s\n", *p.Equity, currency, p.LifeModel)
		if r := p.Range; r != nil {
			fmt.Fprintf(w, "with %g %% probability\t%s to %s: ±%s for what the models leave open, ±%s for chance\n", 100*r.Level, r.Low, r.High, r.Estimate, r.Chance)
		}
	}
	if p.Deceiving > 0 {
		fmt.Fprintf(w, "\nlooks like A and loses money\t%d\n", p.Deceiving)
		for _, d := range p.Deceivers {
			fmt.Fprintf(w, "%s %s\trevenue %s\tcontribution %s\n", d.Customer, oneLine(d.Name), d.Revenue, d.Contribution)
		}
	}
	fmt.Fprintln(w)
	printFields(w, p.Matrix)
	if p.Movement != nil {
		p.Movement.print(w)
	}
	if p.WhatIf != nil {
		p.WhatIf.print(w)
	}
}

func printFields(w io.Writer, fields []fieldRow) {
	fmt.Fprintln(w, "field\tcustomers\trevenue\tcontribution III\tvalue to")
	for _, f := range fields {
		name := string(f.Segment)
		if f.Segment == value.NoSegment {
			if f.Customers == 0 {
				continue
			}
			name = "without a score"
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\n", name, f.Customers, f.Revenue, f.Contribution, f.ValueTo)
	}
}

// percent writes a share for people.
func percent(n value.Number) string {
	if !n.Known() {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(n))
}
