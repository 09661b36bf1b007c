package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"quid/account"
	"quid/day"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// serviceRoutes are the reports on free services.
func (s *Server) serviceRoutes(mux *router) {
	mux.Handle("GET /services", s.page(s.showServices))
	mux.Handle("GET /services.xlsx", s.page(s.servicesXLSX))
	mux.Handle("GET /services.csv", s.page(s.servicesCSV))
	mux.Handle("GET /services.svg", s.page(s.servicesSVG))
	mux.Handle("GET /services/entries.xlsx", s.page(s.entriesXLSX))
	mux.Handle("GET /services/entries.csv", s.page(s.entriesCSV))
}

// dims are what services can be reported by, in the order they are offered.
var dims = []struct {
	Key, Name string
	By        store.ServiceBy
}{
	{"type", locale.Key("Service"), store.ServiceBy{Type: true}},
	{"category", locale.Key("Category"), store.ServiceBy{Type: true}},
	{"rung", locale.Key("Rung"), store.ServiceBy{Type: true}},
	{"customer", locale.Key("Customer"), store.ServiceBy{Customer: true}},
	{"team", locale.Key("Team"), store.ServiceBy{Team: true}},
	{"month", locale.Key("Month"), store.ServiceBy{Month: true}},
	{"quarter", locale.Key("Quarter"), store.ServiceBy{Month: true}},
	{"year", locale.Key("Year"), store.ServiceBy{Month: true}},
}

// measures are what is added up.
var measures = []struct{ Key, Name string }{
	{"cost", locale.Key("Our cost")}, {"benefit", locale.Key("Benefit")}, {"hours", locale.Key("Hours")}, {"entries", locale.Key("Entries")},
}

// A reportPage is services added up by one or two dimensions.
type reportPage struct {
	Page
	From, To  day.Day
	Rows      string // dimension
	Cols      string // likewise, or ""
	Measure   string
	Lines     []reportLine
	Columns   []reportKey // of the second dimension
	All       reportLine
	More      int // lines that are not shown
	Entries   []store.ServiceLine
	Much      []contrast // much service, little value
	Little    []contrast // the reverse
	Seen      []seenType
	types     map[int64]service.Type
	teams     []service.Team
	names     func(account.CustomerID) string
	unlimited bool
	byType    []store.ServiceSum // where the report was read by type
}

// A reportKey is a value of a dimension.
type reportKey struct {
	Key  string // to sort by
	Name string
	ID   account.CustomerID
}

// A reportLine is what one value of the first dimension adds up to.
type reportLine struct {
	reportKey
	Sum    store.ServiceSum
	Before store.ServiceSum // the same days a year before
	Cells  []store.ServiceSum
}

// A contrast is a customer whose two sides are apart.
type contrast struct {
	ID           account.CustomerID
	Name         string
	Cost         money.Amount
	Contribution money.Amount
}

const (
	mostReportLines = 100
	mostReportCols  = 12
	mostListed      = 50
	mostContrasts   = 10
)

func (s *Server) showServices(w http.ResponseWriter, r *http.Request) error {
	p, err := s.report(r, false)
	if err != nil {
		return err
	}
	for l, err := range s.db.Read().ServiceList(r.Context(), p.window(), mostListed) {
		if err != nil {
			return err
		}
		p.Entries = append(p.Entries, l)
	}
	if err := p.readSeen(r.Context(), s.db.Read()); err != nil {
		return err
	}
	pic, err := s.picture(r.Context())
	if err == nil {
		p.contrasts(pic)
	} else if !errors.Is(err, errUnvalued) {
		return err
	}
	return s.render(w, r, http.StatusOK, servicesView(p))
}

// report reads what an address asks for and adds it up.
func (s *Server) report(r *http.Request, unlimited bool) (*reportPage, error) {
	page, err := s.newPage(r, locale.Key("Reports on services"))
	if err != nil {
		return nil, err
	}
	today := day.At(s.app.Now())
	p := &reportPage{Page: page, To: today, From: day.Span(12).UpTo(today).From.Add(1), Rows: "type", Measure: "cost", unlimited: unlimited, types: make(map[int64]service.Type)}
	if d, err := day.Parse(r.FormValue("from")); err == nil && d != 0 {
		p.From = d
	}
	if d, err := day.Parse(r.FormValue("to")); err == nil && d != 0 {
		p.To = d
	}
	for _, d := range dims {
		if r.FormValue("rows") == d.Key {
			p.Rows = d.Key
		}
		if r.FormValue("cols") == d.Key {
			p.Cols = d.Key
		}
	}
	if p.Cols == p.Rows {
		p.Cols = ""
	}
	for _, m := range measures {
		if r.FormValue("measure") == m.Key {
			p.Measure = m.Key
		}
	}
	pic, err := s.picture(r.Context())
	p.names = func(id account.CustomerID) string { return formatID(int64(id)) }
	if err == nil {
		p.names = pic.nameOf
	}
	return p, s.db.Look(r.Context(), func(read store.Reader) error { return p.read(r.Context(), read) })
}

// window is the days of the report.
func (p *reportPage) window() day.Window { return day.Window{From: p.From.Add(-1), To: p.To} }

// dimOf finds a dimension.
func dimOf(key string) (by store.ServiceBy, name string) {
	for _, d := range dims {
		if d.Key == key {
			return d.By, d.Name
		}
	}
	return store.ServiceBy{}, ""
}

func (p *reportPage) read(ctx context.Context, r store.Reader) error {
	types, err := r.Types(ctx)
	if err != nil {
		return err
	}
	for _, t := range types {
		p.types[t.ID] = t
	}
	if p.teams, err = r.Teams(ctx); err != nil {
		return err
	}
	rows, _ := dimOf(p.Rows)
	cols, _ := dimOf(p.Cols)
	by := store.ServiceBy{Customer: rows.Customer || cols.Customer, Type: rows.Type || cols.Type, Team: rows.Team || cols.Team, Month: rows.Month || cols.Month}
	now, before, err := p.sums(ctx, r, by, rows)
	if err != nil {
		return err
	}
	p.fold(now, before)
	if by.Type {
		p.byType = byType(now)
	}
	return nil
}

// sums reads the report's window and the year before, in one pass over the book
// unless the two overlap.
func (p *reportPage) sums(ctx context.Context, r store.Reader, by, rows store.ServiceBy) (now, before []store.ServiceSum, err error) {
	if p.yearBefore().To <= p.window().From {
		return r.ServiceYears(ctx, p.window(), p.yearBefore(), by)
	}
	if now, err = r.ServiceSums(ctx, p.window(), by); err != nil {
		return nil, nil, err
	}
	before, err = r.ServiceSums(ctx, p.yearBefore(), rows)
	return now, before, err
}

// byType adds sums up by type alone.
func byType(sums []store.ServiceSum) []store.ServiceSum {
	at := make(map[int64]int)
	var out []store.ServiceSum
	for i := range sums {
		k, ok := at[sums[i].Type]
		if !ok {
			k = len(out)
			at[sums[i].Type] = k
			out = append(out, store.ServiceSum{Type: sums[i].Type})
		}
		out[k].Add(&sums[i])
	}
	slices.SortFunc(out, func(a, b store.ServiceSum) int { return cmp.Compare(a.Type, b.Type) })
	return out
}

// yearBefore are the same days a year before.
func (p *reportPage) yearBefore() day.Window {
	return day.Window{From: p.From.AddMonths(-12).Add(-1), To: p.To.AddMonths(-12)}
}

// fold adds sums up to the lines and columns of the report.
func (p *reportPage) fold(now, before []store.ServiceSum) {
	lines, at := make(map[string]*reportLine), make(map[string]int)
	p.Columns = p.columnKeys(now)
	for i, c := range p.Columns {
		at[c.Key] = i
	}
	line := func(k reportKey) *reportLine {
		l, ok := lines[k.Key]
		if !ok {
			l = &reportLine{reportKey: k, Cells: make([]store.ServiceSum, len(p.Columns))}
			lines[k.Key] = l
		}
		return l
	}
	p.All.Cells = make([]store.ServiceSum, len(p.Columns))
	for i := range now {
		l := line(p.keyOf(p.Rows, &now[i], false))
		l.Sum.Add(&now[i])
		p.All.Sum.Add(&now[i])
		if p.Cols != "" {
			c, ok := at[p.keyOf(p.Cols, &now[i], false).Key]
			if !ok {
				c = len(p.Columns) - 1
			}
			l.Cells[c].Add(&now[i])
			p.All.Cells[c].Add(&now[i])
		}
	}
	for i := range before {
		line(p.keyOf(p.Rows, &before[i], true)).Before.Add(&before[i])
		p.All.Before.Add(&before[i])
	}
	for _, l := range lines {
		p.Lines = append(p.Lines, *l)
	}
	p.order()
}

// order sorts the lines: time as it goes, anything else by what is measured.
func (p *reportPage) order() {
	by, _ := dimOf(p.Rows)
	slices.SortFunc(p.Lines, func(a, b reportLine) int {
		if by.Month || p.Rows == "rung" {
			return cmp.Compare(a.Key, b.Key)
		}
		return cmp.Or(cmp.Compare(p.measured(&b.Sum), p.measured(&a.Sum)), cmp.Compare(a.Name, b.Name))
	})
	if !p.unlimited && len(p.Lines) > mostReportLines {
		p.More = len(p.Lines) - mostReportLines
		p.Lines = p.Lines[:mostReportLines]
	}
}

// columnKeys are the values of the second dimension: the greatest, and the rest.
func (p *reportPage) columnKeys(sums []store.ServiceSum) []reportKey {
	if p.Cols == "" {
		return nil
	}
	total, keys := make(map[string]float64), make(map[string]reportKey)
	for i := range sums {
		k := p.keyOf(p.Cols, &sums[i], false)
		keys[k.Key] = k
		total[k.Key] += p.measured(&sums[i])
	}
	var out []reportKey
	for _, k := range keys {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b reportKey) int {
		return cmp.Or(cmp.Compare(total[b.Key], total[a.Key]), cmp.Compare(a.Key, b.Key))
	})
	cut := len(out) > mostReportCols
	if cut {
		out = out[:mostReportCols-1]
	}
	if by, _ := dimOf(p.Cols); by.Month || p.Cols == "rung" {
		slices.SortFunc(out, func(a, b reportKey) int { return cmp.Compare(a.Key, b.Key) })
	}
	if cut {
		out = append(out, reportKey{Key: "rest", Name: p.T("all others")})
	}
	return out
}

// keyOf is the value of a dimension in a sum; a sum of the year before counts for
// the same days of this one.
func (p *reportPage) keyOf(dim string, s *store.ServiceSum, before bool) reportKey {
	month := s.Month
	if before {
		month += 100
	}
	t := p.types[s.Type]
	switch dim {
	case "type":
		return reportKey{Key: formatID(s.Type), Name: p.typeName(t)}
	case "category":
		return reportKey{Key: t.Category, Name: cmp.Or(p.category(t.Category), p.T("none"))}
	case "rung":
		return reportKey{Key: strconv.Itoa(int(t.Rung)), Name: p.rungText(t.Rung)}
	case "team":
		if s.Team == 0 {
			return reportKey{Key: "0", Name: p.T("none named")}
		}
		return reportKey{Key: formatID(s.Team), Name: p.teamName(p.teams, s.Team)}
	case "month":
		return reportKey{Key: strconv.Itoa(month), Name: p.Month(month)}
	case "quarter":
		q := (month%100-1)/3 + 1
		return reportKey{Key: fmt.Sprintf("%d.%d", month/100, q), Name: p.T("{year}, quarter {n}", "year", strconv.Itoa(month/100), "n", q)}
	case "year":
		return reportKey{Key: strconv.Itoa(month / 100), Name: strconv.Itoa(month / 100)}
	default:
		return reportKey{Key: formatID(int64(s.Customer)), Name: p.names(s.Customer), ID: s.Customer}
	}
}

// measured is what the report shows of a sum.
func (p *reportPage) measured(s *store.ServiceSum) float64 {
	switch p.Measure {
	case "benefit":
		return p.Units(s.Benefit)
	case "hours":
		return math.Round(float64(s.Minutes)/6) / 10
	case "entries":
		return float64(s.Entries)
	default:
		return p.Units(s.Cost)
	}
}

// written is what the report shows of a sum, in words.
func (p *reportPage) written(s *store.ServiceSum) string {
	switch p.Measure {
	case "benefit":
		return p.Amount(s.Benefit)
	case "hours":
		return p.Number(float64(s.Minutes)/60, 1)
	case "entries":
		return p.Int(s.Entries)
	default:
		return p.Amount(s.Cost)
	}
}

// change says how a sum changed against the same days a year before.
func (p *reportPage) change(l *reportLine) string {
	was, now := p.measured(&l.Before), p.measured(&l.Sum)
	if was == 0 {
		return p.T("nothing the year before")
	}
	sign := ""
	if now > was {
		sign = "+"
	}
	return sign + p.Percent((now-was)/math.Abs(was), 0)
}

// contrasts finds who gets much and gives little, and the reverse, by the lines of
// the matrix.
func (p *reportPage) contrasts(pic *picture) {
	b := pic.snap.Base
	for i := range b.Customers {
		at := b.Standing[i].Bands
		if !b.Known[i] || b.Standing[i].New || at.OfFrom == 0 || at.OfTo == 0 {
			continue
		}
		c := contrast{ID: b.Customers[i], Cost: b.ValueTo[i], Contribution: b.Contribution[2][i]}
		switch low, much := 2*int(at.From) <= int(at.OfFrom), 2*int(at.To) > int(at.OfTo); {
		case low && much:
			p.Much = append(p.Much, c)
		case !low && !much && at.From > 0:
			p.Little = append(p.Little, c)
		}
	}
	slices.SortFunc(p.Much, func(x, y contrast) int { return cmp.Or(cmp.Compare(y.Cost, x.Cost), cmp.Compare(x.ID, y.ID)) })
	slices.SortFunc(p.Little, func(x, y contrast) int {
		return cmp.Or(cmp.Compare(y.Contribution, x.Contribution), cmp.Compare(x.ID, y.ID))
	})
	p.Much, p.Little = p.Much[:min(len(p.Much), mostContrasts)], p.Little[:min(len(p.Little), mostContrasts)]
	for _, list := range [][]contrast{p.Much, p.Little} {
		for k := range list {
			list[k].Name = pic.nameOf(list[k].ID)
		}
	}
}

// picture is the report as a chart: what is estimated is hatched.
func (p *reportPage) picture() Chart {
	_, rows := dimOf(p.Rows)
	c := Chart{Kind: "stack", Label: p.reportTitle(), Unit: UnitMoney, X: p.T(rows), Height: 280}
	if p.Measure == "hours" || p.Measure == "entries" {
		c.Unit = UnitNumber
	}
	lines := p.Lines[:min(len(p.Lines), 24)]
	for _, l := range lines {
		c.Categories = append(c.Categories, l.Name)
	}
	if p.Cols != "" {
		for i, k := range p.Columns {
			s := Series{Name: k.Name}
			for _, l := range lines {
				s.Values = append(s.Values, p.measured(&l.Cells[i]))
			}
			c.Series = append(c.Series, s)
		}
		return c
	}
	booked := Series{Name: p.T(measureName(p.Measure)), Color: "renegotiate"}
	hatched := Series{Name: p.T("estimated"), Color: "renegotiate", Estimated: true}
	some := false
	for _, l := range lines {
		part := 0.0
		if p.Measure == "cost" {
			part = p.Units(l.Sum.Estimated)
		}
		some = some || part != 0
		booked.Values = append(booked.Values, math.Round(100*(p.measured(&l.Sum)-part))/100)
		hatched.Values = append(hatched.Values, part)
	}
	if c.Series = []Series{booked}; some {
		c.Series = append(c.Series, hatched)
	}
	return c
}

func measureName(key string) string {
	for _, m := range measures {
		if m.Key == key {
			return m.Name
		}
	}
	return ""
}

// reportTitle says what is added up by what.
func (p *reportPage) reportTitle() string {
	_, cols := dimOf(p.Cols)
	if cols == "" {
		return p.rowsTitle()
	}
	_, rows := dimOf(p.Rows)
	return p.T("{measure} by {dimension} and {other}", "measure", p.T(measureName(p.Measure)), "dimension", p.within(rows), "other", p.within(cols))
}

// rowsTitle is what the report shows by its first dimension alone.
func (p *reportPage) rowsTitle() string {
	_, rows := dimOf(p.Rows)
	return p.T("{measure} by {dimension}", "measure", p.T(measureName(p.Measure)), "dimension", p.within(rows))
}

// within is the name of a dimension within a sentence: in English it begins small.
func (p *reportPage) within(name string) string {
	if p.Lang() == locale.English {
		return strings.ToLower(name)
	}
	return p.T(name)
}

// address is the report, or a file of it.
func (p *reportPage) address(path string, more ...string) string {
	v := url.Values{"from": {p.From.String()}, "to": {p.To.String()}, "rows": {p.Rows}, "measure": {p.Measure}}
	if p.Cols != "" {
		v.Set("cols", p.Cols)
	}
	for i := 0; i+1 < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return path + "?" + v.Encode()
}

func (p *reportPage) dimOptions(none bool) []Option {
	var out []Option
	if none {
		out = append(out, Option{"", p.T("no columns")})
	}
	for _, d := range dims {
		out = append(out, Option{d.Key, p.T(d.Name)})
	}
	return out
}

func (p *reportPage) measureOptions() []Option {
	var out []Option
	for _, m := range measures {
		out = append(out, Option{m.Key, p.T(m.Name)})
	}
	return out
}

// sourceText says where the benefit of an entry comes from, and how sure it is.
func (p Page) sourceText(e *service.Entry) string {
	if e.Estimate != 0 {
		return p.T("opening estimate")
	}
	source := p.T(benefitSources[e.Source])
	if e.Source == service.ByRate {
		return source
	}
	return source + ", " + p.T(benefitStates[e.State])
}
