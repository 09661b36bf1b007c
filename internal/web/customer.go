package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"quid/account"
	"quid/fault"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/value"
)

func (s *Server) customerRoutes(mux *router) {
	mux.Handle("GET /customers", s.page(s.listCustomers))
	mux.Handle("GET /customers.xlsx", s.page(s.exportXLSX))
	mux.Handle("GET /customers.csv", s.page(s.exportCSV))
	mux.Handle("GET /views/{id}", s.page(s.showView))
	mux.Handle("POST /views", s.page(s.saveView))
	mux.Handle("POST /views/{id}/delete", s.page(s.dropView))
	mux.Handle("GET /palette.json", s.page(s.paletteHits))
	mux.Handle("POST /value", s.page(s.askValue))
	s.cockpitRoutes(mux)
}

// A customersPage is the list of customers.
type customersPage struct {
	Page
	pic   *picture
	Query *listQuery
	Heads []Sort
	Rows  []customerRow
	Total int // customers of the query
	All   int // customers of the book
	Views []store.View
	View  int64 // the saved view that is shown, or 0
	Chips []Chip

	Choices []choice
}

// A choice is a facet as a field: any number of its values may be chosen.
type choice struct {
	Facet   facet
	Label   string
	Options []Option
	Chosen  []string
}

// has says whether a value is chosen.
func (c choice) has(value string) bool { return slices.Contains(c.Chosen, value) }

// said is what is chosen, in a few words.
func (c choice) said(p Page) string {
	switch len(c.Chosen) {
	case 0:
		return p.T("All")
	case 1:
		return c.Options[slices.IndexFunc(c.Options, func(o Option) bool { return o.Value == c.Chosen[0] })].Label
	default:
		return p.T("{n} chosen", "n", len(c.Chosen))
	}
}

// A customerRow is a line of the list.
type customerRow struct {
	ID    account.CustomerID
	Name  string
	Sub   string // number and city
	New   bool
	Cells []cell
}

// A cell is one figure of a line.
type cell struct {
	Column   *column
	Label    string
	Text     string // "" is unknown
	Key      string // of a class
	Badge    badge  // of a segment
	Negative bool
	Share    float64 // of a column that is drawn as a bar

	Estimated bool // more than half of it is an opening estimate
}

// listCustomers answers with the list, or with its lines alone where the search
// asks as somebody types.
func (s *Server) listCustomers(w http.ResponseWriter, r *http.Request) error {
	return s.showList(w, r, queryOf(r.URL.Query()), 0)
}

func (s *Server) showList(w http.ResponseWriter, r *http.Request, q *listQuery, view int64) error {
	p, err := s.newPage(r, locale.Key("Customers"))
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
	if !p.Margins() {
		q.hide()
	}
	page := customersPage{Page: p, pic: pic, Query: q, View: view, All: pic.snap.Len()}
	page.fill(pic)
	if r.Header.Get("HX-Request-Type") == "partial" {
		w.Header().Set("HX-Replace-Url", q.path())
		return s.render(w, r, http.StatusOK, customerList(page))
	}
	page.Count = p.Int(int64(page.All))
	page.Commands = append(page.Commands, Command{Label: p.T("Export as Excel"), Icon: "download", Href: "/customers.xlsx?" + q.encode()}, valueCommand(p))
	if page.Views, err = s.db.Read().Views(r.Context()); err != nil {
		return err
	}
	page.choose(pic)
	return s.render(w, r, http.StatusOK, customers(page))
}

// fill sets what the list shows.
func (p *customersPage) fill(pic *picture) {
	q := p.Query
	found := pic.list(q)
	p.Total = found.len()
	q.Page = min(q.Page, max(1, (p.Total+pageSize-1)/pageSize))
	p.Heads, p.Chips = p.heads(), p.chips()
	shown := q.shown()
	for i := range found.page((q.Page-1)*pageSize, pageSize, q.Down) {
		p.Rows = append(p.Rows, p.row(pic, i, shown))
	}
}

func (p *customersPage) row(pic *picture, i int, shown []int) customerRow {
	snap := pic.snap
	row := customerRow{ID: snap.ID(i), Name: snap.Name(i), Sub: snap.External(i), New: pic.isNew(i) == "yes"}
	if city := snap.City(i); city != "" {
		row.Sub += " · " + city
	}
	for _, at := range shown[1:] {
		c := &columns[at]
		one := cell{Column: c, Label: p.T(c.heading())}
		switch {
		case c.Kind == segmentColumn:
			one.Badge = pic.badgeAt(i)
		case c.Kind == classColumn:
			one.Key = c.Text(pic, i)
		case c.Number != nil && i < snap.Valued():
			x := c.Number(pic, i)
			one.Text, one.Negative = c.number(p.Page, x), x < 0
			one.Share = x
			one.Estimated = c.Key == "value_to" && pic.mostlyEstimated(i)
		default:
			one.Text = c.written(p.Page, pic, i)
		}
		row.Cells = append(row.Cells, one)
	}
	return row
}

// heads are the headings of the columns, each with what a click does.
func (p *customersPage) heads() []Sort {
	q := p.Query
	var heads []Sort
	for _, at := range q.shown() {
		c := &columns[at]
		h := Sort{Label: p.T(c.heading()), Num: c.numeric()}
		down := c.numeric()
		if at == q.Sort {
			if h.Dir = "asc"; q.Down {
				h.Dir = "desc"
			}
			down = !q.Down
		}
		key := c.Key
		if down {
			key = "-" + key
		}
		h.Href = q.path("sort", key)
		heads = append(heads, h)
	}
	return heads
}

// chips are the filters that are set, with the address of the list without.
func (p *customersPage) chips() []Chip {
	q := p.Query
	var chips []Chip
	for i, f := range facets {
		for _, value := range q.Choice[i] {
			chips = append(chips, Chip{p.T(f.Name) + ": " + p.choiceName(f, value), q.without(i, value)})
		}
	}
	for _, b := range q.Bounds {
		c := &columns[b.Column]
		sign := " ≥ "
		if b.Upper {
			sign = " ≤ "
		}
		chips = append(chips, Chip{p.T(c.Name) + sign + c.number(p.Page, b.Value*c.scale(p.Digits)), q.path(b.key(), "")})
	}
	if q.Brush != nil {
		chips = append(chips, Chip{p.T("Chosen in the matrix"), q.path("x0", "", "x1", "", "y0", "", "y1", "")})
	}
	return chips
}

// choiceName is a choice of a facet in words.
func (p *customersPage) choiceName(f facet, key string) string {
	switch {
	case key == missing:
		return p.T("none")
	case f.Free:
		return key
	case f.Key == "segment":
		return p.pic.badge(key).words(p.Page)
	case f.Key == "stage":
		return p.T(stageName(key))
	case f.Key == "new" && key == "yes":
		return p.T("New customers only")
	case f.Key == "new":
		return p.T("Without new customers")
	default:
		return p.T(className(key))
	}
}

// choose sets the select fields of the filters.
func (p *customersPage) choose(pic *picture) {
	for i, f := range facets {
		c := choice{Facet: f, Label: p.T(f.Name), Chosen: p.Query.Choice[i]}
		keys := pic.choices(f)
		for _, value := range c.Chosen {
			if !slices.Contains(keys, value) {
				keys = append(slices.Clone(keys), value) // no customer has it any more
			}
		}
		for _, key := range keys {
			c.Options = append(c.Options, Option{key, p.choiceName(f, key)})
		}
		p.Choices = append(p.Choices, c)
	}
}

// choices are the values that a facet can have in this book.
func (p *picture) choices(f facet) []string {
	var keys []string
	switch f.Key {
	case "segment":
		for _, field := range p.fields() {
			if field.Segment != value.NoSegment {
				keys = append(keys, string(field.Segment))
			}
		}
	case "class", "class_revenue":
		return []string{"A", "B", "C", "loss", missing}
	case "stage":
		for st := value.Prospect; st <= value.Lost; st++ {
			keys = append(keys, st.String())
		}
	case "new":
		return []string{"yes", "no"}
	case "owner":
		keys = p.snap.Owners()
	case "industry":
		keys = p.snap.Industries()
	case "size":
		keys = p.snap.Sizes()
	case "country":
		keys = p.snap.Countries()
	}
	return append(keys, missing)
}

// choiceOf returns the field of a facet.
func (p customersPage) choiceOf(key string) choice {
	return p.Choices[slices.IndexFunc(p.Choices, func(c choice) bool { return c.Facet.Key == key })]
}

// boundField is the input of one end of a range.
func (p customersPage) boundField(c int, upper bool) Field {
	b := bound{Column: c, Upper: upper}
	f := Field{Name: b.key(), Label: p.T("{figure} from", "figure", p.T(columns[c].Name)), Type: "number"}
	if upper {
		f.Label = p.T("{figure} up to", "figure", p.T(columns[c].Name))
	}
	if columns[c].Kind == dayColumn {
		f.Type = "date"
	}
	for _, set := range p.Query.Bounds {
		if set.Column == c && set.Upper == upper {
			f.Value = set.Text
		}
	}
	return f
}

// showUnvalued is the page where there is no valuation: without customers it
// leads to the import, with some it says that they are being valued.
func (s *Server) showUnvalued(w http.ResponseWriter, r *http.Request, p Page) error {
	some, err := s.db.Read().HasCustomers(r.Context())
	if err != nil {
		return err
	}
	p.Commands = append(p.Commands, valueCommand(p))
	return s.render(w, r, http.StatusOK, unvalued(p, some))
}

func valueCommand(p Page) Command {
	return Command{Label: p.T("Value the customers now"), Icon: "refresh-cw", Href: "/value", Post: true}
}

// askValue asks for a valuation, which a job makes.
func (s *Server) askValue(w http.ResponseWriter, r *http.Request) error {
	if err := s.app.AskValue(r.Context()); err != nil {
		return err
	}
	http.Redirect(w, r, backTo(r.FormValue("back")), http.StatusSeeOther)
	return nil
}

// idOf reads the id in the path of a request.
func idOf(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, fault.NotFound
	}
	return id, nil
}

// queryText is the query of an address as it is kept with a view: only what the
// list knows.
func queryText(raw string) string {
	v, err := url.ParseQuery(raw)
	if err != nil {
		return ""
	}
	return queryOf(v).encode()
}

// shows says whether a column is among those of the list.
func (p customersPage) shows(at int) bool { return slices.Contains(p.Query.shown(), at) }

// pageHref is the address of a page of the list.
func (p customersPage) pageHref(n int) string {
	page := ""
	if n > 1 {
		page = strconv.Itoa(n)
	}
	return p.Query.path("page", page)
}

// unitOf is what people type the figure of a column in.
func unitOf(p Page, c column) string {
	switch c.Kind {
	case moneyColumn:
		return p.Currency
	case shareColumn:
		return "%"
	default:
		return ""
	}
}

// A badge is a segment as it is shown: one of the four strategies, or a field of
// a matrix with more bands with the strategy that it is near to.
type badge struct {
	Key  string // of the segment that gives name and colour, "" unknown
	Band string // such as 3·2, in a matrix with more bands
	Thin bool   // provisional: too little of the teams' time is captured
}

// badge returns how a segment of this valuation is shown.
func (p *picture) badge(key string) badge { return badgeIn(p.summary(), value.Segment(key)) }

func badgeIn(s *value.Summary, key value.Segment) badge {
	return badgeAmong(key, s.Model.From.Bands, s.Model.To.Bands)
}

// badgeAmong is a segment of a matrix with so many bands on its axes.
func badgeAmong(key value.Segment, from, to int) badge {
	if key == value.NoSegment || key.Name() != "" {
		return badge{Key: string(key)}
	}
	bands, err := key.In(int8(from), int8(to))
	if err != nil {
		return badge{Key: string(key)}
	}
	return badge{Key: string(bands.Strategy()), Band: fmt.Sprintf("%d·%d", bands.From, bands.To)}
}

// words are the segment's name and place.
func (b badge) words(p Page) string {
	return strings.TrimSpace(p.T(segmentOf(b.Key).Name) + " " + b.Band)
}
