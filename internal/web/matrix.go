package web

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
	"quid/portfolio"
	"quid/value"
)

func (s *Server) matrixRoutes(mux *router) {
	mux.Handle("GET /{$}", s.page(s.showMatrix))
	mux.Handle("GET /matrix/points", s.page(s.matrixPoints))
	mux.Handle("GET /matrix/moves", s.page(s.matrixMoves))
	mux.Handle("GET /matrix/point", s.page(s.matrixPoint))
	mux.Handle("GET /matrix/open", s.page(s.matrixOpen))
	mux.Handle("GET /matrix/whatif", s.page(s.matrixWhatIf))
}

// A matrixView is which customers the matrix shows, and by which model.
type matrixView struct {
	pic     *picture
	query   *listQuery
	trial   trial
	outcome *portfolio.Outcome // of the trial, nil if it is the model in force
}

// view reads what an address asks of the matrix.
func (p *picture) view(v url.Values) (*matrixView, error) {
	m := &matrixView{pic: p, query: queryOf(v), trial: p.trialOf(v)}
	m.query.Sort, m.query.Down, m.query.Search, m.query.Brush = columnAt(defaultSort), true, "", nil
	if !m.trial.on {
		return m, nil
	}
	key := m.trial.query.Encode()
	if o, ok := p.tried.get(key); ok {
		m.outcome = o
		return m, nil
	}
	o, err := p.tries().Try(m.trial.model, mostMovers)
	if err != nil {
		return nil, err
	}
	m.outcome = &o
	p.tried.put(key, m.outcome)
	return m, nil
}

// cuts are the cuts that hold in the view.
func (m *matrixView) cuts() (from, to value.Cut) {
	if m.outcome != nil {
		return m.outcome.From, m.outcome.To
	}
	s := m.pic.summary()
	return s.From, s.To
}

// address is the view as a query, with something added.
func (m *matrixView) address(more ...string) string {
	v := m.query.filters()
	for key, values := range m.trial.query {
		v[key] = values
	}
	for i := 0; i+1 < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v.Encode()
}

// A station is a customer in the matrix.
type station struct {
	x, y    float64
	segment value.Segment
	weak    bool // it rests on too little

	estimated bool // more than half of the to-side is an opening estimate
}

// weakBasis is the data basis below which a point is drawn hollow.
const weakBasis = 0.5

// spotOf says where customer i stands; out is a customer beside the matrix: new,
// or of unknown value.
func (m *matrixView) spotOf(i int) (s station, out bool) {
	b, standing := m.pic.snap.Base, m.pic.snap.Base.Standing[i]
	score := b.Score[i]
	row := m.pic.snap.Row(i)
	s.weak = row.DataBasis < weakBasis || m.pic.thin(i)
	s.estimated = m.pic.mostlyEstimated(i)
	if m.outcome != nil {
		score, _ = value.Combine(&m.trial.weights, &b.Summary.Anchors, &b.Raw[i])
		standing.Bands = m.trial.bands(m.pic, m.outcome, i, score, standing.Bands)
	}
	s.x, s.y = m.pic.place(i, score)
	s.segment = segmentIn(&standing)
	out = s.segment == value.NewCustomer || s.segment == value.NoSegment || math.IsNaN(s.x) || math.IsNaN(s.y)
	return s, out
}

// customers returns who is shown, the greatest contribution first.
func (m *matrixView) customers() listing { return m.pic.list(m.query) }

// sums returns the fields of the matrix with what stands in them.
func (m *matrixView) sums() []portfolio.Field {
	whole := m.pic.fields()
	if m.outcome != nil {
		whole = m.outcome.Fields
	}
	if !m.query.filtered() {
		return whole
	}
	fields := make([]portfolio.Field, len(whole))
	at := make(map[value.Segment]int, len(whole))
	for k, f := range whole {
		fields[k] = portfolio.Field{Segment: f.Segment, Strategy: f.Strategy, From: f.From, To: f.To}
		at[f.Segment] = k
	}
	b := m.pic.snap.Base
	for i := range m.customers().all(false) {
		if i >= m.pic.snap.Valued() {
			continue
		}
		s, _ := m.spotOf(i)
		f := &fields[at[s.segment]]
		f.Customers++
		f.Revenue += b.Revenue[i]
		f.ValueTo += b.ValueTo[i]
		if b.Known[i] {
			f.Contribution += b.Contribution[2][i]
		} else {
			f.WithoutCost++
		}
	}
	return fields
}

// A matrixPage is the portfolio.
type matrixPage struct {
	Page
	pic     *picture
	view    *matrixView
	Fields  []portfolio.Field
	Matrix  Matrix
	Rows    []customerRow // the first ones, as a table
	Heads   []string
	Total   int
	Choices []choice
	Since   int64 // the earlier valuation whose moves are drawn, or 0
	Earlier []store.ValuationDay
	Moved   *movement
}

// tableRows is how many customers the table beside the matrix lists.
const tableRows = 100

// showMatrix answers with the home page.
func (s *Server) showMatrix(w http.ResponseWriter, r *http.Request) error {
	if home := homeOf(auth.From(r.Context())); home != "/" {
		http.Redirect(w, r, home, http.StatusSeeOther)
		return nil
	}
	p, err := s.newPage(r, locale.Key("Matrix"))
	if err != nil {
		return err
	}
	pic, err := s.picture(r.Context())
	if errors.Is(err, errUnvalued) || err == nil && pic.snap.Len() == 0 {
		return s.showUnvalued(w, r, p)
	}
	if err != nil {
		return err
	}
	page, err := s.matrixPage(r, p, pic)
	if err != nil {
		return err
	}
	page.table()
	page.Count = p.Int(int64(pic.snap.Len()))
	page.Commands = append(page.Commands, valueCommand(p))
	return s.render(w, r, http.StatusOK, matrixHome(page))
}

// matrixWhatIf answers a change of filters, sliders or the earlier valuation:
// the figures anew, and what the picture is to become.
func (s *Server) matrixWhatIf(w http.ResponseWriter, r *http.Request) error {
	p, err := s.newPage(r, locale.Key("Matrix"))
	if err != nil {
		return err
	}
	pic, err := s.picture(r.Context())
	if err != nil {
		return err
	}
	page, err := s.matrixPage(r, p, pic)
	if err != nil {
		return err
	}
	page.table()
	var more []string
	if page.Since != 0 {
		more = []string{"since", formatID(page.Since)}
	}
	w.Header().Set("HX-Replace-Url", "/?"+page.view.address(more...))
	return s.render(w, r, http.StatusOK, matrixFigures(page, true))
}

func (s *Server) matrixPage(r *http.Request, p Page, pic *picture) (*matrixPage, error) {
	v := r.URL.Query()
	view, err := pic.view(v)
	if err != nil {
		return nil, err
	}
	page := &matrixPage{Page: p, pic: pic, view: view, Fields: view.sums(), Total: view.customers().len()}
	list := customersPage{Page: p, pic: pic, Query: view.query}
	list.choose(pic)
	page.Choices = list.Choices
	all, err := s.db.Read().ValuationDays(r.Context())
	if err != nil {
		return nil, err
	}
	page.Earlier = earlierDays(all, pic.snap.Valuation.AsOf)
	if id, err := strconv.ParseInt(v.Get("since"), 10, 64); err == nil {
		if at := slices.IndexFunc(page.Earlier, func(e store.ValuationDay) bool { return e.ID == id }); at >= 0 {
			if page.Moved, err = s.movement(r.Context(), pic, page.Earlier[at]); err != nil {
				return nil, err
			}
			page.Since = id
		}
	}
	page.Matrix = page.picture()
	return page, nil
}

// earlierDays are the newest valuations of each day before one.
func earlierDays(all []store.ValuationDay, asOf day.Day) []store.ValuationDay {
	var list []store.ValuationDay
	for _, e := range all {
		if e.AsOf < asOf && (len(list) == 0 || list[len(list)-1].AsOf != e.AsOf) {
			list = append(list, e)
		}
	}
	return list
}

// picture is the matrix as its island draws it.
func (p *matrixPage) picture() Matrix {
	from, to := p.view.cuts()
	id := formatID(p.pic.snap.Valuation.ID)
	m := Matrix{
		ID: "matrix", Label: p.T("Customers by value from and value to the customer"),
		Src: "/matrix/points?" + p.view.address("v", id), PointAt: "/matrix/point?v=" + id + "&i=", OpenAt: "/matrix/open?v=" + id + "&i=",
		ListAt: p.view.query.path("sort", "-"+defaultSort),
		X:      p.axis(to, locale.Key("Value to the customer: {figure}")), Y: p.axis(from, locale.Key("Value from the customer: {figure}")),
	}
	if p.Since != 0 {
		m.Moves = "/matrix/moves?" + p.view.address("since", formatID(p.Since), "v", id)
	}
	for _, f := range p.Fields {
		if f.From == 0 {
			continue
		}
		b := p.pic.badge(string(f.Segment))
		m.Fields = append(m.Fields, MatrixField{
			Key: b.Key, Name: b.words(p.Page), Strategy: p.T(segmentOf(b.Key).Strategy), Col: int(f.To - 1), Row: int(f.From - 1),
			Count: p.Int(int64(f.Customers)), Sum: p.T("Contribution III {sum}", "sum", p.Short(f.Contribution)),
		})
	}
	return m
}

func (p *matrixPage) axis(c value.Cut, label string) Axis {
	a := Axis{Label: p.T(label, "figure", p.T(string(c.Metric.Name()))), Unit: UnitMoney, Log: true}
	unit := math.Pow10(p.Digits)
	if c.Metric == value.Score {
		a.Unit, a.Log, unit = UnitNumber, false, 1
	}
	for _, line := range c.Lines {
		a.Cuts = append(a.Cuts, line/unit)
	}
	return a
}

// table sets the first customers as lines of a table.
func (p *matrixPage) table() {
	list := customersPage{Page: p.Page, pic: p.pic, Query: p.view.query}
	shown := []int{0}
	for _, key := range []string{"segment", "class", "contribution_3", "value_to", "score"} {
		shown = append(shown, columnAt(key))
	}
	for _, at := range shown {
		p.Heads = append(p.Heads, p.T(columns[at].heading()))
	}
	for i := range p.view.customers().page(0, tableRows, true) {
		p.Rows = append(p.Rows, list.row(p.pic, i, shown))
	}
}

// drawn counts the customers that stand in a field of the matrix.
func (p *matrixPage) drawn() (n int) {
	for _, f := range p.Fields {
		if f.From != 0 {
			n += f.Customers
		}
	}
	return n
}

// listOf is the list of the customers of a segment, with the filters of the view.
func (p *matrixPage) listOf(s value.Segment) string {
	if s == value.NoSegment {
		return p.view.query.path("segment", missing)
	}
	return p.view.query.path("segment", string(s))
}

// share is a field's part of all customers that are shown.
func (p *matrixPage) share(f portfolio.Field) string {
	if p.Total == 0 {
		return ""
	}
	return p.Percent(float64(f.Customers)/float64(p.Total), 0)
}

// matrixPoint answers with what the pointer shows of a customer.
func (s *Server) matrixPoint(w http.ResponseWriter, r *http.Request) error {
	p, err := s.newPage(r, locale.Key("Matrix"))
	if err != nil {
		return err
	}
	pic, i, err := s.pointed(r)
	if err != nil {
		return err
	}
	b := pic.snap.Base
	t := tip{Page: p, Name: pic.snap.Name(i), Badge: pic.badgeAt(i), Class: pic.class(i), Revenue: b.Revenue[i], ValueTo: b.ValueTo[i], Score: b.Score[i]}
	t.Coverage, t.Estimated = p.coverageText(pic.basis.cover, pic.snap.ID(i)), pic.mostlyEstimated(i)
	t.Contribution, t.Known = b.Contribution[2][i], b.Known[i]
	return s.render(w, r, http.StatusOK, matrixTip(t))
}

// A tip is what the pointer shows of a customer.
type tip struct {
	Page
	Name         string
	Badge        badge
	Class        string
	Revenue      money.Amount
	Contribution money.Amount
	Known        bool
	ValueTo      money.Amount
	Score        float64
	Coverage     string // of the teams that serve it
	Estimated    bool   // more than half of the services
}

func (t tip) score() string {
	if math.IsNaN(t.Score) {
		return t.T("unknown")
	}
	return t.Number(t.Score, 0)
}

// matrixOpen leads from a point to the customer's page.
func (s *Server) matrixOpen(w http.ResponseWriter, r *http.Request) error {
	pic, i, err := s.pointed(r)
	if err != nil {
		return err
	}
	http.Redirect(w, r, customerPath(pic.snap.ID(i)), http.StatusSeeOther)
	return nil
}

// pointed is the customer that a point stands for. Points of a valuation that is
// no longer the newest are a conflict: they may stand for others now.
func (s *Server) pointed(r *http.Request) (*picture, int, error) {
	pic, err := s.picture(r.Context())
	if err != nil {
		return nil, 0, err
	}
	i, err := strconv.Atoi(r.FormValue("i"))
	if err != nil || i < 0 || i >= pic.snap.Valued() {
		return nil, 0, fault.NotFound
	}
	if v := r.FormValue("v"); v != formatID(pic.snap.Valuation.ID) {
		return nil, 0, fmt.Errorf("point of valuation %s: %w", v, fault.Conflict)
	}
	return pic, i, nil
}

// nameOf finds the name of a customer in the picture.
func (p *picture) nameOf(id account.CustomerID) string {
	if i, ok := p.snap.Find(id); ok {
		return p.snap.Name(i)
	}
	return formatID(int64(id))
}
