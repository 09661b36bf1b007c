package web

import (
	"errors"
	"net/http"

	"quid/internal/locale"
	"quid/portfolio"
	"quid/value"
)

func (s *Server) concentrationRoutes(mux *router) {
	mux.Handle("GET /concentration", s.page(s.showConcentration))
}

// A concentration is how unevenly the customers bring revenue and contribution.
type concentration struct {
	ABC       portfolio.ABC
	ByRevenue portfolio.Top
	ByContrib portfolio.Top
	Lorenz    []portfolio.Point
	LorenzOf  []portfolio.Point // of contribution, the losing ones left out
	Gini      value.Number
	Whale     portfolio.Whale
	Step      int // which contribution the classes are by
}

// mostDeceivers is how many customers that look good and lose money are listed.
const mostDeceivers = 25

func concentrationOf(b *portfolio.Base) *concentration {
	step := max(1, b.Summary.Model.ClassMetric.Step())
	contribution := b.Contribution[step-1]
	known := contribution[:0:0]
	for i, c := range contribution {
		if b.Known[i] {
			known = append(known, c)
		}
	}
	revenues := b.Revenues()
	return &concentration{
		ABC: portfolio.ABCOf(b, mostDeceivers), ByRevenue: portfolio.TopOf(b.Revenue), ByContrib: portfolio.TopOf(known),
		Lorenz: portfolio.Lorenz(revenues), LorenzOf: portfolio.Lorenz(known), Gini: value.Number(portfolio.Gini(revenues)),
		Whale: portfolio.WhaleOf(b.Contribution[0], b.Known), Step: step,
	}
}

// A concentrationPage shows it.
type concentrationPage struct {
	Page
	*concentration
	pic *picture
}

func (s *Server) showConcentration(w http.ResponseWriter, r *http.Request) error {
	p, err := s.newPage(r, locale.Key("Concentration"))
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
	p.Commands = append(p.Commands, valueCommand(p))
	return s.render(w, r, http.StatusOK, concentrationView(concentrationPage{p, pic.spread(), pic}))
}

// leaders counts the customers of class A by revenue, and those among them whose
// contribution is unknown.
func (p concentrationPage) leaders() (of, unknown int) {
	b := p.pic.snap.Base
	for i := range b.Standing {
		if b.Standing[i].ByRevenue == value.A {
			of++
			if !b.Known[i] {
				unknown++
			}
		}
	}
	return of, unknown
}

// contributionName is the contribution that the classes are by.
func (p concentrationPage) contributionName() string {
	return p.T([...]string{"", "Contribution I", "Contribution II", "Contribution III", "Contribution IV"}[p.Step])
}

// top says what "20% make 80%" really is.
func (p concentrationPage) top(t portfolio.Top) string {
	if !t.Of20.Known() {
		return p.T("Nothing to share out yet.")
	}
	return p.T("The best 20% of {n} customers bring {share}. It takes {for80} of them to reach 80%.", "n", t.Positive, "share", p.Percent(float64(t.Of20), 0), "for80", p.Percent(float64(t.For80), 0))
}

// listOf is the list of the customers of a class.
func (p concentrationPage) listOf(param string, c value.Class) string {
	key := c.String()
	if c == value.NoClass {
		key = missing
	}
	return "/customers?" + param + "=" + key
}

func (p concentrationPage) lorenzChart() Chart {
	c := Chart{Kind: "lorenz", Label: p.T("Lorenz curve: the share of the customers and the share of the revenue they bring"), X: p.T("Share of customers"), Y: p.T("Share of value"), Height: 320}
	if p.Lorenz != nil {
		c.Series = append(c.Series, Series{Name: p.T("Revenue"), Points: pointsOf(p.Lorenz)})
	}
	if p.LorenzOf != nil {
		c.Series = append(c.Series, Series{Name: p.T("{contribution}, losses left out", "contribution", p.contributionName()), Points: pointsOf(p.LorenzOf), Color: "invest"})
	}
	return c
}

func (p concentrationPage) whaleChart() Chart {
	return Chart{
		Kind: "whale", Label: p.T("Whale curve: cumulated contribution I, the best customers first"), X: p.T("Share of customers"), Y: p.T("Share of the total"), Height: 320,
		Series: []Series{{Name: p.T("Contribution I"), Points: pointsOf(p.Whale.Curve)}},
	}
}

func pointsOf(curve []portfolio.Point) [][2]float64 {
	points := make([][2]float64, len(curve))
	for i, c := range curve {
		points[i] = [2]float64{c.Customers, c.Share}
	}
	return points
}

// whaleWords say what the whale curve shows.
func (p concentrationPage) whaleWords() string {
	w := p.Whale
	if w.Reason != "" {
		return p.T(string(w.Reason))
	}
	if w.Losing == 0 {
		return p.T("No customer loses money at contribution I: the curve rises to the end.")
	}
	return p.T("The best {at} of the customers earn {peak} of the total; {losing} customers lose {lost} of it again.", "at", p.Percent(float64(w.PeakAt), 0), "peak", p.Percent(float64(w.Peak)/100, 0), "losing", w.Losing, "lost", p.Short(-w.Lost))
}

// giniWords say what the Gini coefficient means.
func (p concentrationPage) giniWords() string {
	if !p.Gini.Known() {
		return p.T("Too few customers with revenue for a Gini coefficient.")
	}
	return p.T("Gini coefficient {gini}: 0 is everybody the same, 1 is one customer bringing everything.", "gini", p.Number(float64(p.Gini), 2))
}

func (p concentrationPage) rateOf(x value.Number) string {
	if !x.Known() {
		return p.T("unknown")
	}
	return p.Percent(float64(x), 0)
}
