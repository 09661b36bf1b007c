package web

import (
	"bytes"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/internal/locale"
	"quid/internal/paper"
	"quid/internal/store"
	"quid/money"
)

func (s *Server) dossierRoutes(mux *router) {
	mux.Handle("GET /customers/{id}/dossier", s.page(s.showDossier))
	mux.Handle("GET /customers/{id}/dossier.pdf", s.page(s.dossierPDF))
	mux.Handle("GET /customers/{id}/practice", s.page(s.showPractice))
}

// A dossierPage is the dossier of a customer on a page.
type dossierPage struct {
	Page
	D      *paper.Dossier
	Months int
	Target string // as typed
	Wrong  string // what is wrong with it
	Parts  []string
}

// Limits of the slider, in percent: it reaches further where more is needed.
const (
	leastPrice = -10
	usualPrice = 20
	mostPrice  = 100
)

// reaches is the upper end of the slider.
func (p *dossierPage) reaches() string {
	return strconv.FormatInt(min(mostPrice, max(usualPrice, int64(max(p.D.Needed, p.D.Change)/10_000)+5)), 10)
}

// queryDossier reads which dossier an address asks for.
func (s *Server) queryDossier(r *http.Request, p Page) (q paper.Query, wrong string, err error) {
	id, err := idOf(r)
	if err != nil {
		return q, "", err
	}
	q = paper.Query{Customer: account.CustomerID(id), AsOf: p.AsOf, Lang: string(p.Lang()), Months: 12}
	if q.AsOf == 0 {
		q.AsOf = day.At(s.app.Now())
	}
	if d, err := day.Parse(r.FormValue("as_of")); err == nil {
		q.AsOf = d
	}
	if locale.Known(r.FormValue("lang")) {
		q.Lang = r.FormValue("lang")
	}
	if n, err := strconv.Atoi(r.FormValue("months")); err == nil && n >= 1 && n <= 120 {
		q.Months = n
	}
	if r.FormValue("chosen") != "" {
		q.Parts = append([]string{}, r.Form["part"]...)
	}
	if text := r.FormValue("target"); text != "" {
		if target, ok := p.money(text); ok {
			q.Target = &target
		} else {
			wrong = p.T("write an amount such as 1234.50")
		}
	}
	if m, err := money.ParseMicro(r.FormValue("change")); err == nil && m >= leastPrice*money.One && m <= mostPrice*money.One {
		change := m / 100
		q.Change = &change
	}
	return q, wrong, nil
}

// dossier reads the dossier that an address asks for.
func (s *Server) dossier(r *http.Request) (*dossierPage, error) {
	page, err := s.newPage(r, "")
	if err != nil {
		return nil, err
	}
	q, wrong, err := s.queryDossier(r, page)
	if err != nil {
		return nil, err
	}
	p := &dossierPage{Page: page, Months: q.Months, Target: r.FormValue("target"), Wrong: wrong, Parts: q.Parts}
	err = s.db.Look(r.Context(), func(read store.Reader) (err error) {
		p.D, err = paper.ReadDossier(r.Context(), read, q)
		return err
	})
	if err != nil {
		return nil, err
	}
	p.Title, p.About = p.D.Customer.Name, p.D.Customer.ID
	p.Commands = append(p.Commands, Command{Label: p.T("Dossier as PDF"), Icon: "file-down", Href: p.address("dossier.pdf", "")})
	return p, nil
}

func (s *Server) showDossier(w http.ResponseWriter, r *http.Request) error {
	p, err := s.dossier(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, dossier(p))
}

func (s *Server) dossierPDF(w http.ResponseWriter, r *http.Request) error {
	p, err := s.dossier(r)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := p.D.WritePDF(&b); err != nil {
		return err
	}
	return sendPDF(w, b.Bytes(), p.Printer.T("Dossier {customer}", "customer", p.D.Customer.Name)+" "+p.D.AsOf.String())
}

// sendPDF answers with a PDF that a browser shows.
func sendPDF(w http.ResponseWriter, pdf []byte, name string) error {
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Length", strconv.Itoa(len(pdf)))
	h.Set("Content-Disposition", mime.FormatMediaType("inline", map[string]string{"filename": crm.Fold(name) + ".pdf"}))
	h.Set("Cache-Control", "no-store")
	_, err := w.Write(pdf)
	return err
}

// showPractice asks objections and keeps the answers hidden.
func (s *Server) showPractice(w http.ResponseWriter, r *http.Request) error {
	p, err := s.dossier(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, practice(p))
}

// has says whether a part is shown.
func (p *dossierPage) has(key string) bool { return p.Parts == nil || slices.Contains(p.Parts, key) }

// address is that of the same dossier, as a page or PDF, in a language if one is
// named.
func (p *dossierPage) address(as, lang string) string {
	v := url.Values{"as_of": {p.D.AsOf.String()}}
	if p.Months != 12 {
		v.Set("months", strconv.Itoa(p.Months))
	}
	if lang != "" {
		v.Set("lang", lang)
	}
	if p.Target != "" && p.Wrong == "" {
		v.Set("target", p.Target)
	}
	if p.D.Query.Change != nil {
		v.Set("change", p.change())
	}
	if p.Parts != nil {
		v.Set("chosen", "1")
		v["part"] = p.Parts
	}
	return customerPath(p.D.Customer.ID) + "/" + as + "?" + v.Encode()
}

// change is the change of the price that is tried, in percent as a slider has it.
func (p *dossierPage) change() string { return (p.D.Change * 100).String() }

// target is the target as an input has it.
func (p *dossierPage) target() string {
	if p.Target != "" {
		return p.Target
	}
	return p.Decimal(int64(p.D.Target), p.Digits)
}

// tried says what the tried change brings.
func (p *dossierPage) tried() string {
	at, err := p.D.Room.At(p.D.Change)
	if err != nil {
		return p.T("unknown")
	}
	return p.Money(at)
}

// reckoned says whether there is a price room at all.
func (p *dossierPage) reckoned() bool { return p.D.Figures.Steps.Known() && p.D.Room.Base > 0 }

// monthOptions are the lengths of the period.
func (p *dossierPage) monthOptions() []Option {
	var out []Option
	for _, n := range []int{3, 6, 12, 24, 36} {
		out = append(out, Option{strconv.Itoa(n), p.N("{n} month", "{n} months", n)})
	}
	return out
}

// drills are the services with their filled arguments, for practice.
func (p *dossierPage) drills() []drill {
	var out []drill
	for _, sum := range p.D.Sums {
		a, ok := p.D.Argument(sum)
		if ok && len(a.Objections) > 0 {
			out = append(out, drill{Name: sum.Type.Name(p.D.Lang), Code: sum.Type.Code, Gain: a.Gain, Asks: a.Objections})
		}
	}
	return out
}

// signedPercent writes a change of a price with its sign.
func (p *dossierPage) signedPercent(m money.Micro) string {
	decimals := 1
	if m%1000 != 0 {
		decimals = 2
	}
	text := p.Percent(m.Float(), decimals)
	if m > 0 {
		return "+" + text
	}
	return text
}
