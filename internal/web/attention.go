package web

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/portfolio"
	"quid/value"
)

func (s *Server) attentionRoutes(mux *router) {
	mux.Handle("GET /attention", s.page(s.showAttention))
	mux.Handle("POST /attention/limit", s.page(s.saveScissors))
}

// A careCache keeps what attention and development are reckoned from: it reads
// every customer.
type careCache struct {
	turn sync.Mutex // held by the one that reads
	kept atomic.Pointer[careView]
}

// A careView is what was read for one picture of the book. It is never changed.
type careView struct {
	*store.CareBook
	Possible *portfolio.Possibilities
	stamp    store.Stamp
	loaded   time.Time
	took     time.Duration
}

// careOf returns the care book of the newest valuation, of those customers that who
// asks sees; errUnvalued before there is one.
func (s *Server) careOf(ctx context.Context) (*careView, error) {
	v, err := s.wholeCare(ctx)
	if who := auth.From(ctx); err == nil && !who.ReachesAll() {
		v = v.narrow(who.Sees)
	}
	return v, err
}

// narrow is the care book of those customers alone whose owners are reached. What
// services are worth to customers like them stays.
func (v *careView) narrow(to auth.Reach) *careView {
	out := &careView{CareBook: &store.CareBook{Valuation: v.Valuation, Recorded: v.Recorded}, stamp: v.stamp, loaded: v.loaded, took: v.took}
	var places []int
	for i, owner := range v.Owners {
		if to.Of(owner) {
			places = append(places, i)
			out.List, out.Similar = append(out.List, v.List[i]), append(out.Similar, v.Similar[i])
			out.Seeds, out.Owners = append(out.Seeds, v.Seeds[i]), append(out.Owners, owner)
		}
	}
	out.Possible = v.Possible.Only(places)
	return out
}

// wholeCare returns the care book of all customers. As with a picture, where reading takes long the old one is shown until
// the new one is there, and changes of facts wait for their turn.
func (s *Server) wholeCare(ctx context.Context) (*careView, error) {
	stamp, err := s.db.Read().Stamp(ctx, day.At(s.app.Now()))
	if err != nil {
		return nil, err
	}
	if stamp.Valuation == 0 {
		return nil, errUnvalued
	}
	v := s.care.kept.Load()
	switch {
	case v != nil && (v.stamp == stamp || v.stamp.Valuation == stamp.Valuation && s.app.Now().Sub(v.loaded) < max(20*v.took, time.Second)):
		return v, nil
	case v != nil && v.took >= quick:
		go func() {
			if !s.care.turn.TryLock() {
				return // somebody is at it
			}
			defer s.care.turn.Unlock()
			if _, err := s.readCare(context.WithoutCancel(ctx), stamp); err != nil {
				s.log.ErrorContext(ctx, "care not loaded", "valuation", stamp.Valuation, "err", err)
			}
		}()
		return v, nil
	}
	s.care.turn.Lock()
	defer s.care.turn.Unlock()
	if v := s.care.kept.Load(); v != nil && v.stamp == stamp {
		return v, nil
	}
	return s.readCare(ctx, stamp)
}

// warmCare reads the care book of a valuation before somebody asks for it: it is
// the same for all readers.
func (s *Server) warmCare(ctx context.Context) {
	if s.db.Pause != nil {
		s.db.Pause()
	}
	if _, err := s.careOf(auth.With(ctx, auth.System("warm"))); err != nil {
		s.log.ErrorContext(ctx, "care not loaded", "err", err)
	}
}

// readCare reads the care book of a valuation and keeps it.
func (s *Server) readCare(ctx context.Context, stamp store.Stamp) (*careView, error) {
	v := &careView{stamp: stamp}
	started := s.app.Now()
	err := s.db.Look(ctx, func(r store.Reader) error {
		of, err := r.Valuation(ctx, stamp.Valuation)
		if err != nil {
			return err
		}
		if v.CareBook, err = r.Care(ctx, of); err != nil {
			return err
		}
		worths, err := r.Worths(ctx, of.Summary.Window())
		if err != nil {
			return err
		}
		v.Possible = portfolio.PossibilitiesOf(v.Similar, worths)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read care: %w", err)
	}
	v.loaded = s.app.Now()
	v.took = v.loaded.Sub(started)
	s.care.kept.Store(v)
	return v, nil
}

// Which customers the lower list shows, in which order.
const (
	lateFirst = "late"  // good customers without a contact in their interval
	tooMuch   = "much"  // more of our time than their value
	tooLittle = "few"   // less
	belowMin  = "below" // below the decent minimum
)

// An attentionPage says who gets how much of our time.
type attentionPage struct {
	Page
	Valued   bool
	Recorded bool
	Window   string
	A        portfolio.Attention
	View     string
	Lines    []attentionLine
	Total    int
	PageOf   int
	Limit    int
	Problem  string
	sum      *value.Summary
}

// An attentionLine is one customer of the lower list.
type attentionLine struct {
	Name  string
	Cared portfolio.Cared
	Parts portfolio.Parts
	Badge badge
	Last  day.Day // contact of the form of its playbook
	Days  int     // since the next was due; −1: none is on record
	Late  bool
	Least int // the decent minimum
}

const attentionSize = 50

// showAttention answers GET /attention.
func (s *Server) showAttention(w http.ResponseWriter, r *http.Request) error {
	p, err := s.attention(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, attentionView(p))
}

// attention reckons the report that the address names.
func (s *Server) attention(r *http.Request) (*attentionPage, error) {
	base, err := s.newPage(r, locale.Key("Attention"))
	if err != nil {
		return nil, err
	}
	p := &attentionPage{Page: base, View: r.FormValue("view"), PageOf: 1}
	if p.Limit, err = app.ScissorsLimit(r.Context(), s.db.Read()); err != nil {
		return nil, err
	}
	care, err := s.careOf(r.Context())
	if errors.Is(err, errUnvalued) {
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	books, err := s.db.Read().Playbooks(r.Context())
	if err != nil {
		return nil, err
	}
	p.Valued, p.Recorded, p.AsOf, p.sum = true, care.Recorded, care.Valuation.AsOf, &care.Valuation.Summary.Summary
	p.Window = p.windowText(p.sum.Window())
	of := func(segment, strategy value.Segment) crm.Playbook {
		book, _ := books.Of(string(segment), string(strategy))
		return book
	}
	p.A = portfolio.Attend(p.AsOf, care.List, of, float64(p.Limit))
	if n, err := strconv.Atoi(r.FormValue("page")); err == nil {
		p.PageOf = max(1, n)
	}
	return p, s.attentionLines(r.Context(), p, care, of)
}

// windowText says which days a report counts.
func (p Page) windowText(w day.Window) string {
	if w.From == 0 {
		return p.T("up to {day}", "day", p.Day(w.To))
	}
	return p.T("{from} to {until}", "from", p.Day(w.From.Add(1)), "until", p.Day(w.To))
}

// attentionLines fills the lower list.
func (s *Server) attentionLines(ctx context.Context, p *attentionPage, care *careView, of portfolio.Books) error {
	var order []int
	switch p.View {
	case tooMuch, tooLittle:
		order = p.A.ByBalance(care.List, p.View == tooMuch)
	case belowMin:
		order = p.A.Below
	default:
		p.View = lateFirst
		for _, l := range p.A.Late {
			order = append(order, l.At)
		}
	}
	p.Total = len(order)
	from := min((p.PageOf-1)*attentionSize, len(order))
	order = order[from:min(from+attentionSize, len(order))]
	ids := make([]account.CustomerID, len(order))
	for i, at := range order {
		ids[i] = care.List[at].Customer
	}
	found, err := s.db.Read().CustomersByID(ctx, ids)
	if err != nil {
		return err
	}
	for _, at := range order {
		c := care.List[at]
		book := of(c.Segment, c.Strategy)
		_, days, late := c.Overdue(book, p.AsOf)
		p.Lines = append(p.Lines, attentionLine{
			Name: found[c.Customer].Name, Cared: c, Parts: p.A.PartsOf(&c), Badge: badgeIn(p.sum, c.Segment),
			Last: c.LastBy(book.Form), Days: days, Late: late, Least: book.Minimum,
		})
	}
	return nil
}

// href is the address of another list or page of it.
func (p *attentionPage) href(view string, page int) string {
	v := url.Values{}
	if view != lateFirst {
		v.Set("view", view)
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	if len(v) == 0 {
		return "/attention#customers"
	}
	return "/attention?" + v.Encode() + "#customers"
}

func (p *attentionPage) tabs() []Tab {
	return []Tab{
		{Label: p.T("Good customers who wait"), Href: p.href(lateFirst, 1), Count: p.Int(int64(len(p.A.Late))), Current: p.View == lateFirst},
		{Label: p.T("More time than value"), Href: p.href(tooMuch, 1), Current: p.View == tooMuch},
		{Label: p.T("Less time than value"), Href: p.href(tooLittle, 1), Current: p.View == tooLittle},
		{Label: p.T("Below the decent minimum"), Href: p.href(belowMin, 1), Count: p.Int(int64(len(p.A.Below))), Current: p.View == belowMin},
	}
}

// part is a share, or that nothing can be said.
func (p Page) part(x float64, decimals int) string {
	if math.IsNaN(x) {
		return p.T("unknown")
	}
	return p.Percent(x, decimals)
}

// points writes a difference of shares in points of percent, with its sign.
func (p Page) points(x float64) string {
	if math.IsNaN(x) {
		return p.T("unknown")
	}
	sign := ""
	if x > 0 {
		sign = "+"
	}
	return sign + p.Number(100*x, 1)
}

// times writes a ratio: 8,5 ×.
func (p Page) times(x float64) string {
	switch {
	case math.IsNaN(x):
		return p.T("unknown")
	case math.IsInf(x, 0):
		return p.T("the weakest get nothing")
	}
	return p.Number(x, 1) + " ×"
}

// lastText says when the last contact was.
func (p *attentionPage) lastText(l attentionLine) string {
	if l.Last == 0 {
		return p.T("none on record")
	}
	return p.Day(l.Last)
}

// chart draws the shares of the segments beside each other.
func (p *attentionPage) chart() Chart {
	c := Chart{Kind: "bar", Label: p.T("Shares of contacts, minutes and services against the share of value, by segment"), Unit: "percent"}
	series := []Series{{Name: p.T("Contacts held")}, {Name: p.T("Minutes")}, {Name: p.T("Services")}, {Name: p.T("Value")}}
	for _, s := range p.A.Segments {
		parts := s.Of(p.A.Whole)
		c.Categories = append(c.Categories, badgeIn(p.sum, s.Segment).words(p.Page))
		for i, x := range []float64{parts.Contacts, parts.Minutes, parts.Services, parts.Value} {
			if math.IsNaN(x) {
				x = 0
			}
			series[i].Values = append(series[i].Values, x)
		}
	}
	c.Series = series
	return c
}

// saveScissors keeps the limit of the scissors.
func (s *Server) saveScissors(w http.ResponseWriter, r *http.Request) error {
	err := s.app.SaveSettings(r.Context(), map[string]string{app.ScissorsSetting: r.FormValue("limit")})
	if err == nil {
		http.Redirect(w, r, "/attention#scissors", http.StatusSeeOther)
		return nil
	}
	if !errors.Is(err, fault.Invalid) {
		return err
	}
	p, pageErr := s.attention(r)
	if pageErr != nil {
		return pageErr
	}
	p.Problem = p.T("between 1 and 1000")
	return s.render(w, r, http.StatusUnprocessableEntity, attentionView(p))
}
