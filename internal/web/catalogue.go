package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"quid/day"
	"quid/fault"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// catalogueRoutes are the pages of the catalogue of free services.
func (s *Server) catalogueRoutes(mux *router) {
	mux.Handle("GET /catalogue", s.page(s.showCatalogue))
	mux.Handle("POST /catalogue/shipped", s.page(s.shipCatalogue))
	mux.Handle("GET /catalogue/new", s.page(s.newType))
	mux.Handle("POST /catalogue/new", s.page(s.saveType))
	mux.Handle("GET /catalogue/{id}", s.page(s.showType))
	mux.Handle("POST /catalogue/{id}", s.page(s.saveType))
}

// unitNames are the units of services in words.
var unitNames = map[service.Unit]string{
	service.Minutes: locale.Key("Minutes"), service.Hours: locale.Key("Hours"), service.Pieces: locale.Key("Pieces"), service.Flat: locale.Key("Flat"),
}

// perUnitNames say what a rate is for.
var perUnitNames = map[service.Unit]string{
	service.Minutes: locale.Key("a minute"), service.Hours: locale.Key("an hour"), service.Pieces: locale.Key("a piece"), service.Flat: locale.Key("each time"),
}

// rungNames are the rungs of the ladder of integration in words.
var rungNames = [...]string{1: locale.Key("Support"), 2: locale.Key("Advice"), 3: locale.Key("Joint work"), 4: locale.Key("Integration")}

// typeName is the name of a service in the reader's language.
func (p Page) typeName(t service.Type) string {
	return t.Name(string(p.Lang()))
}

// category names a category of services.
func (p Page) category(of string) string {
	return service.CategoryIn(string(p.Lang()), of)
}

// rungText is a rung with its number.
func (p Page) rungText(rung int8) string {
	if rung < 1 || int(rung) >= len(rungNames) {
		return ""
	}
	return strconv.Itoa(int(rung)) + " " + p.T(rungNames[rung])
}

// A cataloguePage lists what is given for free, and apart what is sold.
type cataloguePage struct {
	Page
	Free, Sold, Retired []service.Type
	Today               day.Day
	Missing             int // shipped types that are not there
}

func (s *Server) showCatalogue(w http.ResponseWriter, r *http.Request) error {
	page, err := s.newPage(r, locale.Key("Catalogue of services"))
	if err != nil {
		return err
	}
	p := cataloguePage{Page: page, Today: day.At(s.app.Now())}
	types, err := s.db.Read().Types(r.Context())
	if err != nil {
		return err
	}
	slices.SortStableFunc(types, func(a, b service.Type) int {
		return cmp.Or(cmp.Compare(p.category(a.Category), p.category(b.Category)), cmp.Compare(p.typeName(a), p.typeName(b)))
	})
	for _, t := range types {
		switch {
		case t.Retired:
			p.Retired = append(p.Retired, t)
		case t.Sold:
			p.Sold = append(p.Sold, t)
		default:
			p.Free = append(p.Free, t)
		}
	}
	for _, t := range service.DefaultCatalogue(p.Digits) {
		if !slices.ContainsFunc(types, func(o service.Type) bool { return o.Code == t.Code }) {
			p.Missing++
		}
	}
	p.Count = p.Int(int64(len(types)))
	switch {
	case r.FormValue("saved") != "":
		p.Flash = &Toast{Text: p.T("Saved. What was posted keeps its rate."), Tone: Good}
	case r.FormValue("shipped") != "":
		p.Flash = &Toast{Text: p.T("The shipped types are there again; what you changed stayed as it is."), Tone: Good}
	}
	return s.render(w, r, http.StatusOK, catalogueView(p))
}

func (s *Server) shipCatalogue(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.app.ShipCatalogue(r.Context()); err != nil {
		return err
	}
	http.Redirect(w, r, "/catalogue?shipped=1", http.StatusSeeOther)
	return nil
}

// A typePage is one service of the catalogue as a form.
type typePage struct {
	Page
	Type       service.Type // as it is kept; no id: a new one
	Form       formState
	Lines      int // of rates in the form
	Teams      []service.Team
	Categories []string
	Posted     []store.PostedRate
	Theirs     []difference // what somebody else saved meanwhile
}

// A difference is a field that two people wrote differently.
type difference struct{ Name, Saved, Yours string }

func (s *Server) newType(w http.ResponseWriter, r *http.Request) error {
	p, err := s.typePage(r, 0)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, typeView(p))
}

func (s *Server) showType(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	p, err := s.typePage(r, id)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, typeView(p))
}

// typePage reads a type and what was posted of it; 0 is a new one.
func (s *Server) typePage(r *http.Request, id int64) (*typePage, error) {
	page, err := s.newPage(r, locale.Key("New service"))
	if err != nil {
		return nil, err
	}
	p := &typePage{Page: page, Type: service.Type{Unit: service.Minutes, Rung: 1}}
	err = s.db.Look(r.Context(), func(read store.Reader) error {
		types, err := read.Types(r.Context())
		if err != nil {
			return err
		}
		for _, t := range types {
			if name := p.category(t.Category); name != "" && !slices.Contains(p.Categories, name) {
				p.Categories = append(p.Categories, name)
			}
		}
		slices.Sort(p.Categories)
		if id != 0 {
			i := slices.IndexFunc(types, func(t service.Type) bool { return t.ID == id })
			if i < 0 {
				return fmt.Errorf("service type %d: %w", id, fault.NotFound)
			}
			p.Type = types[i]
			p.Title = p.typeName(p.Type)
			if p.Posted, err = read.PostedRates(r.Context(), id); err != nil {
				return err
			}
		}
		p.Teams, err = read.Teams(r.Context())
		return err
	})
	if err != nil {
		return nil, err
	}
	p.Form, p.Lines = p.typeState()
	return p, nil
}

// spare is how many empty lines for rates a form has.
const spare = 1

// typeState is the form of the type as it is kept, with an empty line of rates.
func (p *typePage) typeState() (formState, int) {
	t := &p.Type
	v := map[string]string{
		"code": t.Code, "name_de": t.NameDE, "name_en": t.NameEN, "category": p.category(t.Category), "unit": string(t.Unit), "rung": strconv.Itoa(int(t.Rung)),
		"words": t.Words, "revision": strconv.Itoa(int(t.Revision)),
	}
	if t.Step > 0 {
		v["step"] = p.numberText(t.Step.Float())
	}
	if t.Sold {
		v["sold"] = "1"
	}
	if t.Retired {
		v["retired"] = "1"
	}
	for i, rate := range t.Rates {
		at := rateField(i)
		v[at+"team"], v[at+"from"] = formatID(rate.Team), dayText(rate.ValidFrom)
		v[at+"cost"], v[at+"benefit"] = p.rateText(rate.Cost), p.rateText(rate.Benefit)
	}
	return formState{Values: v}, len(t.Rates) + spare
}

// rateField begins the names of the fields of a line of rates.
func rateField(i int) string { return "rate." + strconv.Itoa(i) + "." }

// mostRates is how many lines of rates a form may send.
const mostRates = 500

// typeOf reads the form. A line of rates without a cost and a benefit is none.
func (p *typePage) typeOf() (service.Type, error) {
	f := formReader{p: p.Page, f: &p.Form}
	t := service.Type{
		ID: p.Type.ID, Code: f.text("code"), NameDE: f.text("name_de"), NameEN: f.text("name_en"), Category: service.CategoryFrom(string(p.Lang()), f.text("category")),
		Unit: service.Unit(f.text("unit")), Step: f.micro("step", 1), Rung: int8(f.id("rung")), Words: f.text("words"),
		Sold: f.text("sold") != "", Retired: f.text("retired") != "", Revision: int32(f.id("revision")),
	}
	if p.Type.ID != 0 {
		t.Code = p.Type.Code
	}
	if t.NameDE == "" && t.NameEN == "" {
		f.bad("name_de", "write a name")
	}
	unit := float64(pow10(p.Digits))
	for i := range p.Lines {
		at := rateField(i)
		if f.text(at+"drop") != "" || f.text(at+"cost") == "" && f.text(at+"benefit") == "" {
			continue
		}
		t.Rates = append(t.Rates, service.Rate{
			Team: f.id(at + "team"), ValidFrom: f.day(at+"from", day.Min), Cost: f.micro(at+"cost", unit), Benefit: f.micro(at+"benefit", unit),
		})
	}
	return t, f.err()
}

// saveType keeps the type, or shows the form with what stands in the way: 422
// what is wrong, 409 what somebody else saved meanwhile.
func (s *Server) saveType(w http.ResponseWriter, r *http.Request) error {
	var id int64
	var err error
	if r.PathValue("id") != "" {
		if id, err = idOf(r); err != nil {
			return err
		}
	}
	p, err := s.typePage(r, id)
	if err != nil {
		return err
	}
	if p.Form, err = sentForm(r); err != nil {
		return err
	}
	lines, _ := strconv.Atoi(p.Form.Values["lines"])
	p.Lines = min(max(lines, spare), mostRates)
	yours, err := p.typeOf()
	if err == nil {
		_, err = s.app.SaveType(r.Context(), yours)
	}
	if err == nil {
		http.Redirect(w, r, "/catalogue?saved=1", http.StatusSeeOther)
		return nil
	}
	if errors.Is(err, fault.Conflict) {
		p.Theirs = p.differences(yours)
		p.Form.Values["revision"] = strconv.Itoa(int(p.Type.Revision))
		return s.render(w, r, http.StatusConflict, typeView(p))
	}
	if err := p.Form.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, typeView(p))
}

// differences are what the kept type says otherwise than the form.
func (p *typePage) differences(yours service.Type) []difference {
	var out []difference
	theirs := p.said(p.Type)
	for i, y := range p.said(yours) {
		if y.text != theirs[i].text {
			out = append(out, difference{y.name, theirs[i].text, y.text})
		}
	}
	return out
}

type saying struct{ name, text string }

// said is a type field by field, in words.
func (p *typePage) said(t service.Type) []saying {
	yes := func(b bool) string {
		if b {
			return p.T("yes")
		}
		return p.T("no")
	}
	rates := ""
	for i, r := range t.Rates {
		if i > 0 {
			rates += "; "
		}
		rates += p.teamOf(r.Team) + " " + p.fromText(r.ValidFrom) + ": " + p.rateMoney(r.Cost) + " / " + p.rateMoney(r.Benefit)
	}
	return []saying{
		{p.T("Name in German"), t.NameDE},
		{p.T("Name in English"), t.NameEN},
		{p.T("Category"), p.category(t.Category)},
		{p.T("Unit"), p.T(unitNames[t.Unit])},
		{p.T("Time step"), p.numberText(t.Step.Float())},
		{p.T("Rung"), p.rungText(t.Rung)},
		{p.T("Words for quick entry"), t.Words},
		{p.T("It is sold"), yes(t.Sold)},
		{p.T("Not offered any more"), yes(t.Retired)},
		{p.T("Rates: cost / benefit"), rates},
	}
}

// teamOf is the name of a team; 0 is all teams.
func (p *typePage) teamOf(id int64) string { return p.teamName(p.Teams, id) }

// teamName is the name of a team; 0 is all that have no rate of their own.
func (p Page) teamName(teams []service.Team, id int64) string {
	if i := slices.IndexFunc(teams, func(t service.Team) bool { return t.ID == id }); i >= 0 {
		return teams[i].Name
	}
	if id == 0 {
		return p.T("all teams")
	}
	return p.T("unknown")
}

// address is where the form is sent.
func (p *typePage) address() string {
	if p.Type.ID == 0 {
		return "/catalogue/new"
	}
	return "/catalogue/" + formatID(p.Type.ID)
}

func (p *typePage) unitOptions() []Option {
	var out []Option
	for _, u := range []service.Unit{service.Minutes, service.Hours, service.Pieces, service.Flat} {
		out = append(out, Option{string(u), p.T(unitNames[u])})
	}
	return out
}

func (p *typePage) rungOptions() []Option {
	var out []Option
	for rung := int8(1); int(rung) < len(rungNames); rung++ {
		out = append(out, Option{strconv.Itoa(int(rung)), p.rungText(rung)})
	}
	return out
}

func (p *typePage) teamOptions() []Option {
	out := []Option{{"0", p.T("all teams")}}
	for _, t := range p.Teams {
		out = append(out, Option{formatID(t.ID), t.Name})
	}
	return out
}

// quantityText writes a quantity with its unit.
func (p Page) quantityText(q money.Micro, u service.Unit) string {
	return p.inUnit(u, q)
}

// stepText is the time step of a type, in words.
func (p Page) stepText(t service.Type) string {
	if t.Step == 0 {
		return p.T("none")
	}
	return p.quantityText(t.Step, t.Unit)
}
