package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"quid/clv"
	"quid/day"
	"quid/internal/events"
)

// clvCmd predicts what customers will buy and be worth, from files alone: no
// book is opened.
type clvCmd struct {
	Summary clvSummaryCmd `cmd:"" help:"Turn purchases into a history of each customer."`
	Fit     clvFitCmd     `cmd:"" help:"Estimate a model of what customers buy, or of what they spend."`

	Predict clvPredictCmd `cmd:"" help:"Forecast every customer: alive, purchases, value."`

	Report clvReportCmd `cmd:"" help:"Write a page that shows how good the forecasts are, and what they say."`

	Survival clvSurvivalCmd `cmd:"" help:"Estimate how long contracts last."`
}

// A purchaseFile says how a file of purchases is read.
type purchaseFile struct {
	ID      string      `name:"id" placeholder:"COLUMN" help:"Column of the customer, by name or number. Usual names are found without it."`
	Day     string      `name:"day" placeholder:"COLUMN" help:"Column of the day of purchase."`
	Amount  string      `name:"amount" placeholder:"COLUMN" help:"Column of the amount."`
	Dates   string      `name:"dates" placeholder:"dmy|mdy" enum:",dmy,mdy" default:"" help:"How dates such as 03/04/2026 are read, where the file leaves it open."`
	Decimal decimalMark `name:"decimal" placeholder:".|," help:"The decimal mark, where the file leaves it open."`
	From    day.Day     `name:"from" placeholder:"YYYY-MM-DD" help:"Leave purchases before the day out."`
	Until   day.Day     `name:"until" placeholder:"YYYY-MM-DD" help:"The last day that counts (else the day of the last purchase)."`
	Unit    string      `name:"unit" placeholder:"day|week|month" enum:"day,week,month" default:"week" help:"What time is counted in (default ${default}); a week is 7 days, a month 30.4375, fractions are kept."`
}

// A decimalMark is . or a comma, or nothing.
type decimalMark string

// UnmarshalText reads the flag.
func (m *decimalMark) UnmarshalText(b []byte) error {
	if *m = decimalMark(b); *m != "." && *m != "," {
		return errors.New("write . or ,")
	}
	return nil
}

// unit is the unit of time.
func (p *purchaseFile) unit() clv.Unit {
	u, err := clv.ParseUnit(p.Unit)
	if err != nil {
		panic(err) // kong lets no other word through
	}
	return u
}

// clvDay is a day as package clv counts them; no day stays none.
func clvDay(d day.Day) clv.Day {
	if d == 0 {
		return 0
	}
	return clv.Epoch + clv.Day(d.Ordinal())
}

// watch is the time that is looked at. With a holdout the histories end there,
// and what follows until --until is what the forecast is held against.
func (p *purchaseFile) watch(holdout day.Day) clv.Watch {
	w := clv.Watch{From: clvDay(p.From), Until: clvDay(p.Until), Unit: p.unit()}
	if holdout != 0 {
		w.Until, w.End = clvDay(holdout), w.Until
	}
	return w
}

// options are those of the reader.
func (p *purchaseFile) options(holdout day.Day) events.Options {
	return events.Options{ID: p.ID, Day: p.Day, Amount: p.Amount, Dates: p.Dates, Decimal: string(p.Decimal), Watch: p.watch(holdout)}
}

// lean keeps the memory of a command that works on a large file low: what is
// dead is collected when it is a quarter of what lives.
func lean() { debug.SetGCPercent(25) }

// openFile opens a file that is read once, stdin for -.
func (s *session) openFile(path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(s.in), nil
	}
	return os.Open(path)
}

// within names the file of an error.
func within(path string, err error) error {
	if err == nil || errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) {
		return err
	}
	if path == "-" {
		path = "stdin"
	}
	return fmt.Errorf("%s: %w", path, err)
}

// A base is the customers that a command works on.
type base struct {
	histories []clv.History
	customer  func(i int) []byte
	hasSpend  bool
	unit      clv.Unit
	log       *events.Log // nil if the file held histories
}

// readBase reads a file of histories or of purchases, told apart by its header.
func (s *session) readBase(path string, p *purchaseFile, holdout day.Day) (*base, error) {
	f, err := s.openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<16)
	columns := peekColumns(r)
	if events.HoldsHistories(columns) {
		if holdout != 0 || p.From != 0 || p.Until != 0 {
			return nil, usageError{fmt.Errorf("%s holds histories: --holdout, --from and --until need the purchases themselves", path)}
		}
		h, err := events.ReadHistories(r)
		if err != nil {
			return nil, within(path, err)
		}
		return &base{histories: h.Histories, customer: h.Customer, hasSpend: h.HasSpend, unit: p.unit()}, nil
	}
	log, err := s.readLog(r, p, holdout)
	if err != nil {
		return nil, within(path, elsewhere(err, columns))
	}
	return &base{histories: log.Histories, customer: log.Customer, hasSpend: log.HasAmount, unit: p.unit(), log: log}, nil
}

// elsewhere adds to the error of a file of purchases what the file seems to hold
// instead.
func elsewhere(err error, columns []string) error {
	switch {
	case events.HoldsOccasions(columns):
		return fmt.Errorf("%w. It seems to hold purchases out of n opportunities: take --model bgbb", err)
	case events.HoldsContracts(columns):
		return fmt.Errorf("%w. It seems to hold contracts: take quid clv survival, or --model sbg for a table of survivors", err)
	}
	return err
}

// peekColumns is the header of a file, without reading on.
func peekColumns(r *bufio.Reader) []string {
	head, _ := r.Peek(r.Size()) // an error will come again
	t, err := events.OpenTable(bytes.NewReader(head))
	if err != nil {
		return nil
	}
	return t.Columns
}

// readLog reads a file of purchases and says what was left out.
func (s *session) readLog(r io.Reader, p *purchaseFile, holdout day.Day) (*events.Log, error) {
	log, err := events.Read(r, p.options(holdout))
	if err != nil {
		return nil, err
	}
	if holdout != 0 && log.End == log.Until {
		return nil, fmt.Errorf("no purchase lies after --holdout %v: nothing to hold the forecast against", holdout)
	}
	for _, note := range notes(log) {
		s.say("quid: %s", note)
	}
	return log, nil
}

// notes say what a reader of the figures has to know of the file.
func notes(l *events.Log) []string {
	var out []string
	add := func(n int64, one, many string) {
		switch {
		case n == 1:
			out = append(out, one)
		case n > 1:
			out = append(out, fmt.Sprintf(many, n))
		}
	}
	add(l.Nameless, "1 line without a customer is left out", "%d lines without a customer are left out")
	add(l.Negative, "1 purchase has a negative amount and counts all the same: returns should be taken out", "%d purchases have a negative amount and count all the same: returns should be taken out")
	later := fmt.Sprintf(" first bought after %v and %%s left out", l.Until)
	add(int64(l.Later), "1 customer"+strings.ReplaceAll(later, "%s", "is"), "%d customers"+strings.ReplaceAll(later, "%s", "are"))
	add(int64(l.Earlier), "1 customer had bought before --from: the first purchase counted is not the first one made", "%d customers had bought before --from: the first purchase counted is not the first one made")
	return out
}
