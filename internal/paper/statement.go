package paper

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/internal/doc"
	"quid/internal/draw"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// A StatementQuery says which benefit statement is asked for.
type StatementQuery struct {
	Customer   account.CustomerID
	First, To  day.Day // the period: its first and its last day
	Lang       string  // "" for the customer's own
	Background bool    // whether the background noted at each service is shown
}

// Window is the period.
func (q StatementQuery) Window() day.Window { return day.Window{From: q.First.Add(-1), To: q.To} }

// A Statement is what a customer is handed: what it got, and what that was worth.
// There is no field for what it cost, for margins, classes, scores or segments.
type Statement struct {
	Lang      string
	Currency  string
	Digits    int
	Company   store.Company
	Name      string // of the customer
	Address   []string
	Number    string
	First, To day.Day
	Owner     string // who looks after the customer
	Services  []StatementService
	Lines     []StatementLine
	Months    []money.Amount // benefit by month of the period
	Total     money.Amount
	Before    money.Amount // of the same time a year before
	Unused    []string     // services that the customer has not used in the period
}

// A StatementService is all of one service in the period.
type StatementService struct {
	Name    string
	Count   int
	Minutes int64 // 0 if unknown
	Benefit money.Amount
}

// A StatementLine is one service.
type StatementLine struct {
	Day        day.Day
	Service    string
	Quantity   string
	Background string // "" unless it is to be shown
	Contact    string
	Benefit    money.Amount
	State      service.BenefitState
}

// ReadStatement reads a benefit statement, in one picture of the book.
func ReadStatement(ctx context.Context, r store.Reader, q StatementQuery) (*Statement, error) {
	all, err := NewStatements(ctx, r)
	if err != nil {
		return nil, err
	}
	return all.Read(ctx, q)
}

// shared is what all statements of a book have in common.
type shared struct {
	book    store.Book
	company store.Company
	types   map[int64]service.Type
}

// Statements reads one benefit statement after another.
type Statements struct {
	r  store.Reader
	of shared
}

// NewStatements reads what all benefit statements have in common.
func NewStatements(ctx context.Context, r store.Reader) (*Statements, error) {
	s := &Statements{r: r}
	var err error
	if s.of.book, err = r.Book(ctx); err != nil {
		return nil, err
	}
	if s.of.company, err = r.Company(ctx); err != nil {
		return nil, err
	}
	s.of.types, err = typesOf(ctx, r)
	return s, err
}

// Read reads the statement of a customer.
func (s *Statements) Read(ctx context.Context, q StatementQuery) (*Statement, error) {
	return statementOf(ctx, s.r, q, s.of)
}

func statementOf(ctx context.Context, r store.Reader, q StatementQuery, of shared) (*Statement, error) {
	c, err := r.Customer(ctx, q.Customer)
	if err != nil {
		return nil, err
	}
	lang := q.Lang
	if lang == "" {
		contacts, err := r.ContactsOf(ctx, q.Customer)
		if err != nil {
			return nil, err
		}
		lang = LangOf(contacts, c.Country)
	}
	given, err := r.Benefits(ctx, q.Customer, q.Window())
	if err != nil {
		return nil, err
	}
	before, err := r.Benefits(ctx, q.Customer, day.Window{From: q.First.AddMonths(-12).Add(-1), To: q.To.AddMonths(-12)})
	if err != nil {
		return nil, fmt.Errorf("statement of customer %d: %w", q.Customer, err)
	}
	s := &Statement{
		Lang: lang, Currency: of.book.Currency, Digits: of.book.Digits, Company: of.company, Name: c.Name, Number: c.Number, Owner: c.Owner, First: q.First, To: q.To,
		Address: addressOf(c.Customer),
	}
	for _, b := range before {
		s.Before += b.Benefit
	}
	s.take(given, of.types, q.Background)
	return s, nil
}

func addressOf(c crm.Customer) []string {
	var out []string
	for _, l := range []string{c.Street, strings.TrimSpace(c.PostalCode + " " + c.City), c.Country} {
		if l != "" {
			out = append(out, l)
		}
	}
	return out
}

// take adds up what was given.
func (s *Statement) take(given []store.Benefit, types map[int64]service.Type, background bool) {
	t := s.words()
	at := make(map[int64]int)
	month := make(map[int]int)
	for i, ym := range monthsOf(day.Window{From: s.First.Add(-1), To: s.To}) {
		month[ym] = i
		s.Months = append(s.Months, 0)
	}
	for _, b := range given {
		ty := types[b.Type]
		i, ok := at[b.Type]
		if !ok {
			i, at[b.Type] = len(s.Services), len(s.Services)
			s.Services = append(s.Services, StatementService{Name: ty.Name(s.Lang)})
		}
		minutes := b.Minutes
		if minutes == 0 {
			if m := ty.Spent(b.Quantity, nil); m != nil {
				minutes = *m
			}
		}
		sum := &s.Services[i]
		sum.Count, sum.Minutes, sum.Benefit = sum.Count+1, sum.Minutes+minutes, sum.Benefit+b.Benefit
		s.Total += b.Benefit
		if i, ok := month[b.Day.YearMonth()]; ok {
			s.Months[i] += b.Benefit
		}
		l := StatementLine{Day: b.Day, Service: ty.Name(s.Lang), Quantity: t.quantity(ty, b.Quantity), Contact: b.Contact, Benefit: b.Benefit, State: service.BenefitState(b.State)}
		if background {
			l.Background = b.Background
		}
		s.Lines = append(s.Lines, l)
	}
	slices.SortStableFunc(s.Services, func(a, b StatementService) int {
		return cmp.Or(cmp.Compare(b.Benefit, a.Benefit), cmp.Compare(a.Name, b.Name))
	})
	for id, ty := range types {
		if _, used := at[id]; !used && !ty.Sold && !ty.Retired && !ty.Stub {
			s.Unused = append(s.Unused, ty.Name(s.Lang))
		}
	}
	slices.Sort(s.Unused)
}

// LangOf is the language of a customer's people, who decides first; where nobody
// said, German for customers in German-speaking countries and English for others.
func LangOf(contacts []crm.Contact, country string) string {
	contacts = slices.Clone(contacts)
	slices.SortStableFunc(contacts, func(a, b crm.Contact) int { return cmp.Compare(rank(a), rank(b)) })
	for _, c := range contacts {
		l := strings.ToLower(strings.TrimSpace(c.Language))
		switch {
		case strings.HasPrefix(l, "de"), strings.HasPrefix(l, "ger"):
			return "de"
		case l != "":
			return "en"
		}
	}
	switch strings.ToUpper(strings.TrimSpace(country)) {
	case "", "DE", "AT", "CH", "LI", "DEUTSCHLAND", "GERMANY", "ÖSTERREICH", "AUSTRIA", "SCHWEIZ", "SWITZERLAND":
		return "de"
	}
	return "en"
}

func (s *Statement) words() words {
	return wordsOf(s.Lang, store.Book{Currency: s.Currency, Digits: s.Digits})
}

// Title is the heading of the statement.
func (s *Statement) Title() string { return s.words().T("What we did for you") }

// Sub says for whom it is, and for which time.
func (s *Statement) Sub() string {
	t := s.words()
	return Joined(" · ", append(append([]string{s.Name}, s.Address...), t.span(day.Window{From: s.First.Add(-1), To: s.To}))...)
}

// Sections are the statement in words.
func (s *Statement) Sections() []Section {
	t := s.words()
	out := []Section{{Key: "total", Blocks: s.total(t)}}
	if len(s.Lines) > 0 {
		out = append(out, Section{Key: "lines", Title: t.T("Each service"), Blocks: s.lines(t)})
	}
	if len(s.Unused) > 0 {
		var points Points
		for _, name := range s.Unused {
			points = append(points, doc.Point{Lead: name})
		}
		out = append(out, Section{Key: "unused", Title: t.T("What you have not used yet"), Blocks: []Block{Text(t.T("These services are open to you too. Ask us:")), points}})
	}
	if text := s.reach(t); text != "" {
		out = append(out, Section{Key: "reach", Title: t.T("How to reach us"), Blocks: []Block{Text(text)}})
	}
	return append(out, Section{Key: "note", Blocks: []Block{Small(t.T("Benefit: what comparable help would have cost elsewhere, or what you told us it was worth, less what you paid for it. This is no invoice."))}})
}

func (s *Statement) total(t words) []Block {
	if len(s.Lines) == 0 {
		return []Block{Text(t.T("In this period no service beyond what you bought is on record."))}
	}
	var minutes int64
	for _, k := range s.Services {
		minutes += k.Minutes
	}
	tiles := Tiles{
		{Label: t.T("Worth to you"), Value: t.amount(s.Total), Note: t.T("beyond what you bought")},
		{Label: t.T("Services"), Value: t.Int(int64(len(s.Lines))), Note: t.N("of {n} kind", "of {n} kinds", len(s.Services))},
	}
	if minutes > 0 {
		tiles = append(tiles, doc.Tile{Label: t.T("Hours of our people"), Value: t.hours(minutes)})
	}
	if s.Before > 0 {
		tiles = append(tiles, doc.Tile{Label: t.T("A year before"), Value: t.amount(s.Before), Note: t.T("in the same time")})
	}
	var bars draw.Bars
	for _, k := range s.Services {
		bars.Rows = append(bars.Rows, draw.BarRow{Name: k.Name, Text: t.amount(k.Benefit), Value: t.units(k.Benefit)})
	}
	m := draw.Months{Write: t.axis, Tall: 130}
	for i, ym := range monthsOf(day.Window{From: s.First.Add(-1), To: s.To}) {
		m.Months = append(m.Months, draw.Month{Name: t.shortMonth(ym), Columns: []draw.Column{{Value: t.units(s.Months[i]), Ink: draw.Brand}}})
	}
	blocks := []Block{tiles, Picture{Title: t.T("Benefit by service"), Label: t.T("Benefit by service"), Chart: bars}}
	if len(m.Months) > 1 {
		title := t.T("Benefit by month, {currency}", "currency", s.Currency)
		blocks = append(blocks, Picture{Title: title, Label: title, Chart: m})
	}
	return blocks
}

func (s *Statement) lines(t words) []Block {
	g := doc.Grid{Columns: []doc.GridColumn{
		{Title: t.T("Day"), Share: 1.4}, {Title: t.T("Service"), Share: 5}, {Title: t.T("For"), Share: 2}, {Title: t.T("Quantity"), Share: 1.5, Num: true}, {Title: t.T("Worth to you"), Share: 1.8, Num: true},
	}, Sum: []string{t.T("Together"), "", "", "", t.money(s.Total)}}
	for _, l := range s.Lines {
		text := l.Service
		if l.Background != "" {
			text += " · " + l.Background
		}
		benefit := t.money(l.Benefit)
		row := doc.GridRow{Cells: []string{t.day(l.Day), text, l.Contact, l.Quantity, benefit}}
		switch l.State {
		case service.Told:
			row.Note = t.T("as you told us")
		case service.Confirmed:
			row.Note = t.T("as you confirmed")
		}
		g.Rows = append(g.Rows, row)
	}
	return []Block{Table(g)}
}

// reach says whom to reach, and how.
func (s *Statement) reach(t words) string {
	c := s.Company
	person := c.Contact
	if s.Owner != "" {
		person = s.Owner
	}
	lines := []string{Joined(", ", c.Name, c.Street, c.Place)}
	if person != "" {
		lines = append(lines, t.T("For you: {person}", "person", person))
	}
	return strings.Join(slices.DeleteFunc(append(lines, Joined(" · ", c.Phone, c.Email, c.Web)), func(l string) bool { return l == "" }), "\n")
}

// WritePDF writes the statement as PDF.
func (s *Statement) WritePDF(w io.Writer) error {
	t := s.words()
	return write(w, doc.Sheet{
		Title: s.Title() + " · " + s.Name, Lang: s.Lang, Day: s.To, Brand: ColourOf(s.Company.Colour), Logo: s.Company.Logo,
		Head: Joined(" · ", s.Company.Name, s.Title(), s.Name), Foot: s.Company.Name, PageOf: t.T("Page {page} of {pages}"),
	}, s.Title(), s.Sub(), s.Sections())
}

// PDF is the statement as PDF.
func (s *Statement) PDF() ([]byte, error) { return bytesOf(s.WritePDF) }
