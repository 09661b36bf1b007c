package web

import (
	"errors"
	"net/http"

	"quid/account"
	"quid/internal/locale"
	"quid/portfolio"
)

func (s *Server) newcomerRoutes(mux *router) {
	mux.Handle("GET /newcomers", s.page(s.showNewcomers))
}

// A newcomersPage shows how many customers stay after their first purchase.
type newcomersPage struct {
	Page
	Valued   bool
	Months   int // after which a cohort is judged
	Cohorts  []portfolio.Conversion
	Channels []portfolio.Conversion
	Hidden   []hiddenGroup
	More     int // hidden groups that are not shown
}

// A hiddenGroup is customers of one name that would be regular together.
type hiddenGroup struct {
	Customers []hiddenCustomer
	Days      int32
}

type hiddenCustomer struct {
	ID         account.CustomerID
	Name, Info string
}

const (
	mostCohorts = 16
	mostHidden  = 50
)

// showNewcomers answers GET /newcomers.
func (s *Server) showNewcomers(w http.ResponseWriter, r *http.Request) error {
	base, err := s.newPage(r, locale.Key("New customers"))
	if err != nil {
		return err
	}
	p := newcomersPage{Page: base}
	pic, err := s.picture(r.Context())
	if errors.Is(err, errUnvalued) {
		return s.render(w, r, http.StatusOK, newcomers(p))
	}
	if err != nil {
		return err
	}
	v := pic.snap.Valuation
	list, err := s.db.Read().Newcomers(r.Context(), v.ID)
	if err != nil {
		return err
	}
	p.Valued, p.AsOf, p.Months = true, v.AsOf, v.Summary.Model.New.MinTenureMonths
	p.Cohorts = portfolio.ByCohort(v.AsOf, list, p.Months)
	p.Cohorts = p.Cohorts[:min(mostCohorts, len(p.Cohorts))]
	p.Channels = portfolio.ByChannel(v.AsOf, list, p.Months)
	hidden := portfolio.HiddenRegulars(list)
	p.More = max(0, len(hidden)-mostHidden)
	for _, h := range hidden[:min(mostHidden, len(hidden))] {
		g := hiddenGroup{Days: h.PurchaseDays}
		found, err := s.db.Read().CustomersByID(r.Context(), h.Customers)
		if err != nil {
			return err
		}
		for _, id := range h.Customers {
			c := found[id]
			g.Customers = append(g.Customers, hiddenCustomer{id, c.Name, c.Number + " " + c.City})
		}
		p.Hidden = append(p.Hidden, g)
	}
	return s.render(w, r, http.StatusOK, newcomers(p))
}

// share writes a share with its interval: 54 % (41–66 %).
func (p newcomersPage) share(s portfolio.Share) string {
	if s.Of == 0 {
		return p.T("unknown")
	}
	return p.T("{share} ({low} to {high})", "share", p.Percent(s.Value(), 0), "low", p.Percent(float64(s.Low), 0), "high", p.Percent(float64(s.High), 0))
}

func (p newcomersPage) channel(c portfolio.Conversion) string {
	if c.Group == "" {
		return p.T("not known")
	}
	return c.Group
}

// cohortChart draws the shares of the cohorts that are judged, oldest first.
func (p newcomersPage) cohortChart() Chart {
	c := Chart{Kind: "bar", Label: p.T("Share of customers with a second and a third purchase, by quarter of the first"), Unit: "percent"}
	second, regular := Series{Name: p.T("second purchase")}, Series{Name: p.T("third purchase")}
	for i := len(p.Cohorts) - 1; i >= 0; i-- {
		x := p.Cohorts[i]
		if x.Open {
			continue
		}
		c.Categories = append(c.Categories, x.Group)
		second.Values = append(second.Values, x.Second.Value())
		regular.Values = append(regular.Values, x.Regular.Value())
	}
	c.Series = []Series{second, regular}
	return c
}
