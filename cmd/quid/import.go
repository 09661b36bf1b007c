package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"quid/fault"
	"quid/internal/app"
	"quid/internal/intake"
	"quid/money"
)

// importCmd takes a file in.
type importCmd struct {
	Kind string `arg:"" placeholder:"KIND" help:"What the rows are: customers, contacts, products, bonuses, invoices, invoice-lines, payments, complaints, interactions, service-types, service-entries or timesheets."`
	File string `arg:"" type:"path" help:"A CSV or XLSX file."`

	Map       []string `name:"map" sep:"none" placeholder:"THEIR=OURS,..." help:"Which column is which field; their=- leaves a column out. Others are mapped where their header is well known. May be repeated."`
	Where     []string `name:"where" sep:"none" placeholder:"COLUMN=V" help:"Only rows whose column holds the value (COLUMN=V) or another (COLUMN!=V). May be repeated; all must hold."`
	Mode      string   `name:"mode" enum:"create,update,upsert" default:"upsert" help:"create, update or upsert (the default): what may happen to records."`
	Decimal   string   `name:"decimal" placeholder:",|." help:"The decimal sign of the file's numbers."`
	Dates     string   `name:"dates" placeholder:"dmy|mdy|ymd|yyyymmdd" help:"The order of the file's dates."`
	Related   string   `name:"related" enum:"create,reject" default:"create" help:"Customers and products that rows name and that are not there: create (the default) or reject."`
	Source    string   `name:"source" default:"file" help:"The system whose ids these are (default ${default})."`
	Encoding  string   `name:"encoding" placeholder:"NAME" help:"utf-8, utf-16le, utf-16be or windows-1252; else detected."`
	Delimiter string   `name:"delimiter" placeholder:"SIGN" help:"; , | or tab; else detected."`
	Header    string   `name:"header" enum:"detect,yes,no" default:"detect" help:"Whether the first row names the columns: yes, no or detect."`
	Sheet     string   `name:"sheet" placeholder:"NAME" help:"The sheet of a workbook; else the first that is not empty."`
	DryRun    bool     `name:"dry-run" help:"Say what would happen and write nothing."`
	Rejects   string   `name:"rejects" type:"path" placeholder:"FILE" help:"Write the rows that were not taken in, with the reasons, to a CSV file."`
	Currency  string   `name:"currency" placeholder:"CODE" help:"The currency of a book that is made (default EUR)."`
	JSON      bool     `name:"json" help:"Print JSON."`
}

// Run takes the file in, asking what it leaves open if somebody is there.
func (c *importCmd) Run(ctx context.Context, s *session) error {
	req, err := c.request()
	if err != nil {
		return usageError{err}
	}
	if _, err := os.Stat(c.File); err != nil {
		return err
	}
	b, err := s.create(ctx, "", c.Currency)
	if err != nil {
		return err
	}
	defer b.Close()
	res, err := c.take(ctx, s, b, req)
	if err != nil && ctx.Err() != nil && !c.DryRun {
		s.say("quid: the same command goes on where this one was interrupted")
	}
	if err != nil {
		return errors.Join(err, b.unmake(ctx))
	}
	if c.Rejects != "" && !c.DryRun {
		if err := writeRejects(ctx, b, res.Import, c.Rejects); err != nil {
			return err
		}
	}
	if c.DryRun {
		if err := b.unmake(ctx); err != nil {
			return err
		}
	}
	if c.JSON {
		err = s.json(importJSONOf(res))
	} else {
		err = c.print(s, res)
	}
	if err == nil && res.Read > 0 && res.Rejected == res.Read {
		return fmt.Errorf("all %d %s were rejected", res.Rejected, c.Kind)
	}
	return err
}

// request reads the flags. What is wrong here is wrong whatever the file holds.
func (c *importCmd) request() (app.ImportRequest, error) {
	kind, err := intake.ParseKind(c.Kind)
	if err != nil {
		return app.ImportRequest{}, err
	}
	if _, ok := money.Digits(cmp.Or(c.Currency, "EUR")); !ok {
		return app.ImportRequest{}, fault.Field("currency", "write a currency of ISO 4217 such as EUR")
	}
	req := app.ImportRequest{
		Kind: kind, Path: c.File, Mode: app.Mode(c.Mode), Related: c.Related == "create", Source: c.Source, DryRun: c.DryRun,
		Read: intake.Options{Encoding: c.Encoding, Sheet: c.Sheet, Header: map[string]intake.Choice{"yes": intake.Yes, "no": intake.No}[c.Header]},
	}
	if len(c.Map) > 0 {
		if req.Mapping, err = intake.ParseMapping(c.Map...); err != nil {
			return req, err
		}
		for _, p := range req.Mapping {
			if _, ok := kind.Field(p.Ours); !ok && p.Ours != "" {
				return req, fmt.Errorf("--map: %s have no field %q; quid import %s --help lists them", kind, p.Ours, kind)
			}
		}
	}
	for _, w := range c.Where {
		where, err := intake.ParseWhere(w)
		if err != nil {
			return req, err
		}
		req.Read.Where = append(req.Read.Where, where)
	}
	return req, c.formats(&req.Read)
}

// formats reads the flags that overrule what the file shows.
func (c *importCmd) formats(o *intake.Options) error {
	switch c.Decimal {
	case "", ",", ".":
		if c.Decimal != "" {
			o.Decimal = c.Decimal[0]
		}
	default:
		return fault.Field("decimal", "write , or .")
	}
	switch d := strings.ToLower(c.Delimiter); d {
	case "":
	case "tab", "\t", `\t`:
		o.Delimiter = '\t'
	case ";", ",", "|":
		o.Delimiter = d[0]
	default:
		return fault.Field("delimiter", "write ; , | or tab")
	}
	if c.Dates == "" {
		return nil
	}
	var err error
	o.Dates, err = intake.ParseOrder(c.Dates)
	return err
}

// take imports; questions are asked on a terminal and are the error elsewhere.
func (c *importCmd) take(ctx context.Context, s *session, b *openBook, req app.ImportRequest) (app.ImportResult, error) {
	for {
		progress, end := s.bar(c.Kind)
		res, err := b.Import(ctx, req, twice(progress))
		end()
		var q *app.Questions
		if !errors.As(err, &q) || !s.asks || c.JSON {
			if q != nil {
				err = fmt.Errorf("%s leaves open how it is to be read:\n%w\ngive the flag named, or name columns with --map THEIR=-  to leave them out", c.File, err)
			}
			return res, err
		}
		if err := s.ask(q.Open, &req.Read); err != nil {
			return res, err
		}
	}
}

// twice turns the progress of two passes over a file, one to find out what it is
// and one to take it in, into one.
func twice(progress func(done, total int64)) func(done, total int64) {
	var last, before int64
	return func(done, total int64) {
		if done < last && before == 0 {
			before = total
		}
		last = done
		progress(before+done, 2*total)
	}
}

// ask asks for what a file leaves open: each flag once, since an answer holds
// for the whole file.
func (s *session) ask(open []intake.Question, o *intake.Options) error {
	in := bufio.NewReader(s.in)
	asked := make(map[string]bool)
	for _, q := range open {
		if asked[q.Flag] {
			continue
		}
		asked[q.Flag] = true
		fmt.Fprintf(s.err, "Column %q: %s.\n", q.Column, q.Reason)
		var answers []string
		for _, r := range q.Readings {
			if r.Value != "" {
				answers = append(answers, r.Answer)
				fmt.Fprintf(s.err, "  %s  reads %q as %s\n", r.Answer, q.Sample, r.Value)
			}
		}
		for {
			fmt.Fprintf(s.err, "%s (%s)? ", strings.TrimPrefix(q.Flag, "--"), strings.Join(answers, " or "))
			line, err := in.ReadString('\n')
			if err != nil {
				return fmt.Errorf("no answer: %w", err)
			}
			if answer := strings.TrimSpace(line); slices.Contains(answers, answer) {
				if err := answerTo(q.Flag, answer, o); err != nil {
					return err
				}
				break
			}
		}
	}
	return nil
}

func answerTo(flag, answer string, o *intake.Options) (err error) {
	if flag == "--decimal" {
		o.Decimal = answer[0]
		return nil
	}
	o.Dates, err = intake.ParseOrder(answer)
	return err
}

// importJSON is what quid import --json prints. Its keys are stable.
type importJSON struct {
	Import int64 `json:"import,string"`
	app.Counts
	Resumed  bool          `json:"resumed,omitempty"`
	Problems []problemJSON `json:"problems"`
}

// problemJSON is a problem of one line; all four keys are always there.
type problemJSON struct {
	Line    int    `json:"line"`
	Column  string `json:"column"`
	Value   string `json:"value"`
	Problem string `json:"problem"`
}

func importJSONOf(res app.ImportResult) importJSON {
	j := importJSON{Import: res.Import, Counts: res.Counts, Resumed: res.Resumed, Problems: make([]problemJSON, len(res.Problems))}
	if j.Also == nil {
		j.Also = make(map[string]int64)
	}
	for i, p := range res.Problems {
		j.Problems[i] = problemJSON{p.Line, p.Column, p.Value, p.Problem}
	}
	return j
}

// shownProblems is how many problems people are shown.
const shownProblems = 20

// print writes what became of the file, for people.
func (c *importCmd) print(s *session, res app.ImportResult) error {
	would := ""
	if c.DryRun {
		would = "would be "
	}
	if res.Resumed {
		fmt.Fprintln(s.out, "went on where it was interrupted")
	}
	printMapping(s.out, res)
	err := s.table(func(w io.Writer) {
		fmt.Fprintf(w, "%s\tread\t%d\n", c.Kind, res.Read)
		for _, row := range []struct {
			what string
			n    int64
		}{{"created", res.Created}, {"updated", res.Updated}, {"unchanged", res.Unchanged}, {"rejected", res.Rejected}} {
			fmt.Fprintf(w, "\t%s%s\t%d\n", would, row.what, row.n)
		}
		for _, row := range []struct {
			what string
			n    int64
		}{{"blank rows", res.Blank}, {"rows left out", res.Filtered}, {"billable rows", res.Billable}, {"no free service", res.LeftOut}, {"related records made", res.RelatedCreated}} {
			if row.n > 0 {
				fmt.Fprintf(w, "\t%s\t%d\n", row.what, row.n)
			}
		}
		for _, kind := range intake.Kinds {
			if n := res.Also[string(kind)]; n > 0 {
				fmt.Fprintf(w, "\talso %s\t%d\n", kind, n)
			}
		}
	})
	if err != nil {
		return err
	}
	if err := c.printProblems(s, res); err != nil || c.DryRun {
		return err
	}
	_, err = fmt.Fprintf(s.out, "\nImport %d. To take it back: quid undo %d\n", res.Import, res.Import)
	return err
}

// printMapping says which column was read as what.
func printMapping(w io.Writer, res app.ImportResult) {
	var read, left []string
	for _, p := range res.Mapping {
		switch p.Ours {
		case "":
			left = append(left, p.Their)
		default:
			read = append(read, p.Their+" as "+p.Ours)
		}
	}
	if len(read) == 0 {
		return
	}
	how := "columns: "
	if res.AsBefore {
		how = "columns as the last time: "
	}
	fmt.Fprintln(w, how+strings.Join(read, ", "))
	if len(left) > 0 {
		fmt.Fprintln(w, "left out: "+strings.Join(left, ", "))
	}
	fmt.Fprintln(w)
}

func (c *importCmd) printProblems(s *session, res app.ImportResult) error {
	if len(res.Problems) == 0 {
		return nil
	}
	fmt.Fprintln(s.out)
	err := s.table(func(w io.Writer) {
		fmt.Fprintln(w, "line\tcolumn\tvalue\tproblem")
		for _, p := range res.Problems[:min(len(res.Problems), shownProblems)] {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", p.Line, p.Column, oneLine(p.Value), p.Problem)
		}
	})
	if more := len(res.Problems) - shownProblems; err == nil && more > 0 {
		_, err = fmt.Fprintf(s.out, "and %d more; --rejects FILE writes all rows that were not taken in\n", more)
	}
	return err
}

// oneLine makes a value fit for a table.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return s
}
