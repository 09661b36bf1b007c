package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"quid/account"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
	"quid/service"
	"quid/value"
)

// estimateRoutes are the grid of opening estimates.
func (s *Server) estimateRoutes(mux *router) {
	mux.Handle("GET /estimates", s.page(s.showEstimates))
	mux.Handle("POST /estimates", s.page(s.saveEstimates))
	mux.Handle("POST /estimates/{at}/undo", s.page(s.undoEstimates))
	mux.Handle("GET /estimates/state", s.page(s.estimateState))
}

// An estimatesPage is a month's quantity by customer or segment and service.
type estimatesPage struct {
	Page
	pic      *picture
	Query    *listQuery
	Segments bool // rows are segments
	Sheet    bool // rows are segments and customers of the workshop sheet
	sheet    app.SheetEstimates
	Types    []service.Type
	Teams    []service.Team
	teams    map[string]int64 // of the estimates that hold, by the name of their cell
	Rows     []estimateRow
	Total    int
	Choices  []choice
	Batches  []store.EstimateBatch
	Form     formState
	Job      store.Job // an estimate that is under way, zero if none is
}

// An estimateRow is a customer or a segment.
type estimateRow struct {
	Customer account.CustomerID
	Name     string
	Badge    badge
	Count    int // customers of a segment
	key      string
}

// mostBatches is how many batches of estimates are listed.
const mostBatches = 10

func (s *Server) showEstimates(w http.ResponseWriter, r *http.Request) error {
	p, err := s.estimatesPage(r)
	if errors.Is(err, errUnvalued) {
		page, err := s.newPage(r, locale.Key("Opening estimates"))
		if err != nil {
			return err
		}
		return s.showUnvalued(w, r, page)
	}
	if err != nil {
		return err
	}
	if p.Sheet {
		p.fillFromSheet()
	}
	if at := r.FormValue("saved"); at != "" {
		p.Flash = &Toast{Text: p.T("Saved. The months are posted as estimated until real entries take their place."), Tone: Good, Undo: "/estimates/" + url.PathEscape(at) + "/undo"}
	}
	return s.render(w, r, http.StatusOK, estimatesView(p))
}

func (s *Server) estimatesPage(r *http.Request) (*estimatesPage, error) {
	page, err := s.newPage(r, locale.Key("Opening estimates"))
	if err != nil {
		return nil, err
	}
	pic, err := s.picture(r.Context())
	if err != nil {
		return nil, err
	}
	v := r.URL.Query()
	p := &estimatesPage{Page: page, pic: pic, Query: queryOf(v), Segments: v.Get("rows") == "segments"}
	p.Query.Sort, p.Query.Down = columnAt("revenue"), true
	list := customersPage{Page: page, pic: pic, Query: p.Query}
	list.choose(pic)
	for _, c := range list.Choices {
		if slices.Contains([]string{"segment", "owner", "industry"}, c.Facet.Key) {
			p.Choices = append(p.Choices, c)
		}
	}
	types, err := s.db.Read().Types(r.Context())
	if err != nil {
		return nil, err
	}
	for _, t := range types {
		if !t.Sold && !t.Retired {
			p.Types = append(p.Types, t)
		}
	}
	slices.SortFunc(p.Types, func(a, b service.Type) int {
		return cmp.Or(cmp.Compare(a.Rung, b.Rung), cmp.Compare(p.typeName(a), p.typeName(b)))
	})
	if v.Get("sheet") != "" {
		if p.sheet, err = app.KeptSheet(r.Context(), s.db.Read()); err != nil {
			return nil, err
		}
		p.Sheet, p.Segments = len(p.sheet.Lines) > 0, false
	}
	p.fill()
	if p.Batches, err = s.db.Read().EstimateBatches(r.Context(), mostBatches); err != nil {
		return nil, err
	}
	if p.Job, err = s.estimating(r); err != nil {
		return nil, err
	}
	if p.Teams, err = s.db.Read().Teams(r.Context()); err != nil {
		return nil, err
	}
	p.Teams = slices.DeleteFunc(p.Teams, func(t service.Team) bool { return t.Retired })
	p.Form, p.teams = formState{Values: make(map[string]string)}, make(map[string]int64)
	return p, s.fillCells(r, p)
}

// estimating is an estimate that waits or runs.
func (s *Server) estimating(r *http.Request) (job store.Job, err error) {
	jobs, err := s.jobsUnderWay(r)
	for _, j := range jobs {
		if j.Kind == app.EstimateJob && job.State != "running" {
			job = j
		}
	}
	return job, err
}

// fill sets the rows: the customers of the query, a page of them, or the segments.
func (p *estimatesPage) fill() {
	if p.Sheet {
		p.sheetRows()
		return
	}
	if p.Segments {
		for _, f := range p.pic.fields() {
			if f.Customers > 0 && f.Segment != value.NoSegment {
				p.Rows = append(p.Rows, estimateRow{Badge: p.pic.badge(string(f.Segment)), Count: f.Customers, key: string(f.Segment)})
			}
		}
		p.Total = len(p.Rows)
		return
	}
	found := p.pic.list(p.Query)
	p.Total = found.len()
	p.Query.Page = min(p.Query.Page, max(1, (p.Total+pageSize-1)/pageSize))
	for i := range found.page((p.Query.Page-1)*pageSize, pageSize, true) {
		id := p.pic.snap.ID(i)
		p.Rows = append(p.Rows, estimateRow{Customer: id, Name: p.pic.snap.Name(i), Badge: p.pic.badgeAt(i), key: formatID(int64(id))})
	}
}

// fillCells sets what is estimated of the customers that are shown.
func (s *Server) fillCells(r *http.Request, p *estimatesPage) error {
	var ids []account.CustomerID
	for _, row := range p.Rows {
		if row.Customer != 0 {
			ids = append(ids, row.Customer)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	live, err := s.db.Read().LiveEstimates(r.Context(), ids)
	for _, e := range live {
		name, column := cellName(formatID(int64(e.Customer)), e.Type), teamName(e.Type)
		p.Form.Values[name] = p.numberText(e.Quantity.Float())
		p.teams[name] = e.Team
		if before, ok := p.Form.Values[column]; ok && before != formatID(e.Team) {
			p.Form.Values[column] = severalTeams
		} else {
			p.Form.Values[column] = formatID(e.Team)
		}
	}
	return err
}

// severalTeams lets each estimate of a column keep the team that it names.
const severalTeams = "-"

// teamName is the name of the field that says who gives the services of a column.
func teamName(typ int64) string { return "team/" + formatID(typ) }

// teamOptions are who can be thought to give the services of a column.
func (p *estimatesPage) teamOptions(typ int64) []Option {
	list := []Option{{"0", p.T("no team named")}}
	if p.Form.Values[teamName(typ)] == severalTeams {
		list = append([]Option{{severalTeams, p.T("several teams, as they are")}}, list...)
	}
	for _, t := range p.Teams {
		list = append(list, Option{formatID(t.ID), t.Name})
	}
	return list
}

// teamOf is the team that a cell is saved with, and whether it is another one than
// its estimate names.
func (p *estimatesPage) teamOf(cell string, typ int64) (team int64, changed bool) {
	is := p.teams[cell]
	said, ok := p.Form.Values[teamName(typ)]
	if !ok || said == severalTeams {
		return is, false
	}
	team, err := strconv.ParseInt(said, 10, 64)
	if err != nil {
		return is, false
	}
	return team, team != is
}

// cellName is the name of the field of a cell.
func cellName(row string, typ int64) string { return "q/" + row + "/" + formatID(typ) }

// saveEstimates keeps the cells that were changed, as one; whole segments follow
// in a job.
func (s *Server) saveEstimates(w http.ResponseWriter, r *http.Request) error {
	p, err := s.estimatesPage(r)
	if err != nil {
		return err
	}
	was := p.Form.Values
	if p.Form, err = sentForm(r); err != nil {
		return err
	}
	if p.Form.Values["rows"] == "segments" && !p.Segments {
		return fault.NotFound
	}
	f := formReader{p: p.Page, f: &p.Form}
	cells, whole, err := p.readCells(&f, was)
	if err != nil {
		return err
	}
	slices.SortFunc(cells, func(a, b app.EstimateCell) int {
		return cmp.Or(cmp.Compare(a.Customer, b.Customer), cmp.Compare(a.Type, b.Type))
	})
	slices.SortFunc(whole, func(a, b app.SegmentEstimate) int {
		return cmp.Or(cmp.Compare(a.Segment, b.Segment), cmp.Compare(a.Type, b.Type))
	})
	if err = f.err(); err == nil {
		err = s.app.EstimateGrid(r.Context(), cells, whole)
	}
	if err != nil {
		if err := p.Form.refused(p.Page, err); err != nil {
			return err
		}
		return s.render(w, r, http.StatusUnprocessableEntity, estimatesView(p))
	}
	return s.estimated(w, r, p, len(cells))
}

// readCells reads the cells that were changed: of customers, and of whole segments
// but for the customers who have a cell of their own.
func (p *estimatesPage) readCells(f *formReader, was map[string]string) (cells []app.EstimateCell, whole []app.SegmentEstimate, err error) {
	alone := make(map[int64][]account.CustomerID)
	for name, text := range p.Form.Values {
		row, typ, ok := cellOf(name)
		team, other := p.teamOf(name, typ)
		id, err := strconv.ParseInt(row, 10, 64)
		customer := err == nil && !p.Segments
		if ok && customer && text != "" {
			alone[typ] = append(alone[typ], account.CustomerID(id))
		}
		if !ok || text == was[name] && (!other || text == "") {
			continue
		}
		if !customer && !p.Segments && !p.Sheet {
			return nil, nil, fault.NotFound
		}
		q := f.micro(name, 1)
		if q < 0 {
			f.bad(name, "not below zero")
		}
		if customer {
			cells = append(cells, app.EstimateCell{Customer: account.CustomerID(id), Type: typ, Quantity: q, Team: team})
		} else {
			whole = append(whole, app.SegmentEstimate{Valuation: p.pic.snap.Valuation.ID, Segment: value.Segment(row), Type: typ, Quantity: q, Team: team})
		}
	}
	for i := range whole {
		whole[i].But = alone[whole[i].Type]
		slices.Sort(whole[i].But)
	}
	return cells, whole, nil
}

// estimated leads back to the grid, with what was saved to take back.
func (s *Server) estimated(w http.ResponseWriter, r *http.Request, p *estimatesPage, cells int) error {
	to := p.address("page", strconv.Itoa(p.Query.Page))
	if cells > 0 {
		batches, err := s.db.Read().EstimateBatches(r.Context(), 1)
		if err != nil {
			return err
		}
		if len(batches) > 0 {
			to = p.address("page", strconv.Itoa(p.Query.Page), "saved", formatID(batches[0].At.UnixMicro()))
		}
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// cellOf reads the name of a cell.
func cellOf(name string) (row string, typ int64, ok bool) {
	parts := strings.Split(name, "/")
	if len(parts) != 3 || parts[0] != "q" {
		return "", 0, false
	}
	typ, err := strconv.ParseInt(parts[2], 10, 64)
	return parts[1], typ, err == nil
}

// undoEstimates takes a batch back, by a job: it may be many customers.
func (s *Server) undoEstimates(w http.ResponseWriter, r *http.Request) error {
	at, err := strconv.ParseInt(r.PathValue("at"), 10, 64)
	if err != nil {
		return fault.NotFound
	}
	ids, err := s.db.Read().EstimatedAt(r.Context(), time.UnixMicro(at))
	if err != nil {
		return err
	}
	if len(ids) > pageSize {
		err = s.app.AskEstimates(r.Context(), []app.SegmentEstimate{{At: at, Undo: true}})
	} else {
		err = s.app.UndoEstimates(r.Context(), time.UnixMicro(at), nil)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/estimates", http.StatusSeeOther)
	return nil
}

// estimateState answers how far an estimate of a segment is.
func (s *Server) estimateState(w http.ResponseWriter, r *http.Request) error {
	p, err := s.newPage(r, locale.Key("Opening estimates"))
	if err != nil {
		return err
	}
	job, err := s.estimating(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, estimateJob(p, job, true))
}

// address is the grid with the filters that are set.
func (p *estimatesPage) address(more ...string) string {
	v := p.Query.filters()
	if p.Query.Search != "" {
		v.Set("q", p.Query.Search)
	}
	if p.Segments {
		v.Set("rows", "segments")
	}
	if p.Sheet && len(more) == 0 {
		v.Set("sheet", "1")
	}
	for i := 0; i+1 < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return "/estimates?" + v.Encode()
}

func (p *estimatesPage) rowTabs() []Tab {
	tabs := []Tab{
		{Label: p.T("By customer"), Href: "/estimates", Current: !p.Segments && !p.Sheet},
		{Label: p.T("By segment"), Href: "/estimates?rows=segments", Current: p.Segments},
	}
	if p.Sheet {
		tabs = append(tabs, Tab{Label: p.T("From the sheet"), Href: "/estimates?sheet=1", Current: true})
	}
	return tabs
}

// rowName is what a row is called for those who can't see the grid.
func (p *estimatesPage) rowName(row estimateRow) string {
	if row.Name != "" {
		return row.Name
	}
	return row.Badge.words(p.Page)
}

// jobText says what a job of estimates does.
func jobText(p Page, j store.Job) string {
	var e app.SegmentEstimate
	if json.Unmarshal([]byte(j.Arg), &e) == nil && e.Undo {
		return p.T("Estimates are being taken back")
	}
	return p.T("A segment is being estimated")
}

// batchText says what a batch of estimates did.
func (p Page) batchText(b store.EstimateBatch) string {
	text := p.N("{n} estimate made", "{n} estimates made", int(b.Estimates))
	if b.Ended > 0 {
		text += ", " + p.N("{n} ended", "{n} ended", int(b.Ended))
	}
	return text
}

// cell is the field of a cell.
func (p *estimatesPage) cell(row estimateRow, t service.Type) Field {
	name := cellName(row.key, t.ID)
	f := decimals(p.Form.field(name, p.T("{service} a month at {name}, in {unit}", "service", p.typeName(t), "name", p.rowName(row), "unit", p.T(unitNames[t.Unit]))))
	f.Attrs["size"] = "5"
	return f
}

// estimatedShare says what of the services of the valuation is estimated.
func (p *estimatesPage) estimatedShare() string {
	var part, whole money.Amount
	for _, sum := range p.pic.basis.estimated {
		part += sum
	}
	for _, sum := range p.pic.snap.Base.ValueTo {
		whole += sum
	}
	if whole <= 0 {
		return ""
	}
	return p.T("{share} of the services of the last valuation is estimated.", "share", p.Percent(float64(part)/float64(whole), 0))
}
