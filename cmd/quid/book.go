package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/capture"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// bookCmd books a free service from one line.
type bookCmd struct {
	Line   string `arg:"" name:"line" help:"What was done for whom, such as \"meier hotline 20m pumpe laut\"."`
	Key    string `name:"key" placeholder:"KEY" help:"A key of yours: the same key books once, however often it is sent."`
	DryRun bool   `name:"dry-run" help:"Say what would be booked and write nothing."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// A bookedLine is what quid book prints: money as decimal strings.
type bookedLine struct {
	Entry      string `json:"entry,omitempty"` // its id
	Customer   string `json:"customer"`        // external id
	Name       string `json:"name"`
	Type       string `json:"type"` // code
	Day        string `json:"day"`
	Quantity   string `json:"quantity"` // in the type's unit, rounded up to its step
	Unit       string `json:"unit"`
	Cost       string `json:"cost"`
	Benefit    string `json:"benefit"`
	Background string `json:"background"`
	Already    bool   `json:"already,omitempty"` // the key had been booked before
}

// Run reads the line and books it, if nothing in it is open.
func (c *bookCmd) Run(ctx context.Context, s *session) error {
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	read := b.DB.Read()
	words, err := app.CaptureBook(ctx, read)
	if err != nil {
		return err
	}
	types, err := read.Types(ctx)
	if err != nil {
		return err
	}
	book, err := read.Book(ctx)
	if err != nil {
		return err
	}
	today := day.At(b.Now())
	l := words.Parse(c.Line, today, capture.Given{})
	t, err := lineReady(ctx, read, types, &l)
	if err != nil {
		return err
	}
	draft := app.EntryDraft{Key: c.Key, Customer: l.Customer, Type: l.Type, Day: l.Day, Quantity: l.Count, Background: l.Background}
	if draft.Day == 0 {
		draft.Day = today
	}
	if l.Minutes > 0 {
		m := l.Effort()
		draft.Minutes = &m
	}
	customer, err := read.Customer(ctx, l.Customer)
	if err != nil {
		return err
	}
	out := bookedLine{Customer: customer.External, Name: customer.Name, Type: t.Code, Day: draft.Day.String(), Unit: string(t.Unit), Background: l.Background}
	if c.DryRun {
		quantity, cost, benefit, _, err := t.Price(service.Draft{Day: draft.Day, Quantity: draft.Quantity, Minutes: draft.Minutes})
		if err != nil {
			return err
		}
		out.priced(quantity, cost, benefit, book.Digits)
		return c.print(s, out)
	}
	done, err := b.RecordService(ctx, draft)
	if err != nil {
		return err
	}
	out.Entry, out.Already = strconv.FormatInt(int64(done.Ref.ID), 10), done.Already
	out.priced(done.Entry.Quantity, done.Entry.Cost, done.Entry.Benefit, book.Digits)
	return c.print(s, out)
}

func (l *bookedLine) priced(quantity money.Micro, cost, benefit money.Amount, digits int) {
	l.Quantity, l.Cost, l.Benefit = quantity.String(), cost.Decimal(digits), benefit.Decimal(digits)
}

func (c *bookCmd) print(s *session, l bookedLine) error {
	if c.JSON {
		return s.json(l)
	}
	what := "booked"
	switch {
	case c.DryRun:
		what = "would be booked"
	case l.Already:
		what = "was booked already"
	}
	return s.table(func(w io.Writer) {
		fmt.Fprintf(w, "%s\t%s\n", what, l.Entry)
		for _, row := range [][2]string{
			{"customer", strings.TrimSpace(l.Customer + " " + l.Name)},
			{"service", l.Type},
			{"day", l.Day},
			{"quantity", l.Quantity + " " + l.Unit},
			{"cost", l.Cost},
			{"benefit", l.Benefit},
			{"background", l.Background},
		} {
			fmt.Fprintf(w, "%s\t%s\n", row[0], row[1])
		}
	})
}

// lineReady returns the type of a line that can be booked, or says what is open:
// nobody is there to be asked.
func lineReady(ctx context.Context, r store.Reader, types []service.Type, l *capture.Line) (service.Type, error) {
	of := func(id int64) (t service.Type) {
		for _, t = range types {
			if t.ID == id {
				return t
			}
		}
		return service.Type{}
	}
	var errs []error
	if l.Sold != 0 {
		errs = append(errs, fault.Field("type", of(l.Sold).Code+" is sold: it belongs on an invoice and can't be booked as free"))
	}
	for _, a := range l.Asks {
		choices, err := choicesOf(ctx, r, of, a)
		if err != nil {
			return service.Type{}, err
		}
		errs = append(errs, fault.Field(fieldName(a.As), fmt.Sprintf("%q can mean %s; write more", a.Text, choices)))
	}
	if l.Customer == 0 && !l.Asked(capture.Customer) {
		errs = append(errs, fault.Field("customer", "no customer was understood; write a name or a number"))
	}
	if l.Type == 0 && l.Sold == 0 && !l.Asked(capture.Type) {
		errs = append(errs, fault.Field("type", "no service was understood; write its code or a word of its name"))
	}
	return of(l.Type), errors.Join(errs...)
}

func fieldName(as capture.Field) string {
	switch as {
	case capture.Customer:
		return "customer"
	case capture.Type:
		return "type"
	case capture.Date:
		return "day"
	default:
		return "time"
	}
}

// choicesOf lists what a question can mean.
func choicesOf(ctx context.Context, r store.Reader, of func(int64) service.Type, a capture.Ask) (string, error) {
	var list []string
	for _, c := range a.Choices {
		switch a.As {
		case capture.Customer:
			customer, err := r.Customer(ctx, account.CustomerID(c))
			if err != nil {
				return "", err
			}
			list = append(list, strings.TrimSpace(customer.External+" "+customer.Name))
		case capture.Type:
			list = append(list, of(c).Code)
		case capture.Date:
			list = append(list, day.Day(c).String())
		default:
			list = append(list, money.Micro(c).String()+" minutes")
		}
	}
	text := strings.Join(list, ", ")
	if a.More > 0 {
		text += fmt.Sprintf(" and %d more", a.More)
	}
	return text, nil
}
