package api

import (
	"context"
	"math"
	"slices"
	"strconv"

	"quid/internal/store"
	"quid/money"
	"quid/value"
)

// A Valuation is the record of one day.
type Valuation struct {
	ID          string   `json:"id"`
	AsOf        string   `json:"as_of" format:"date"`
	Model       int64    `json:"model" doc:"version of the model"`
	Customers   int      `json:"customers"`
	New         int      `json:"new"`
	WithoutCost int      `json:"without_cost" doc:"customers left out of contributions"`
	Revenue     string   `json:"revenue" doc:"money"`
	Contrib     []string `json:"contributions" doc:"money: contribution I to IV"`
	ValueTo     string   `json:"value_to" doc:"money: our cost of free services"`
	Benefit     string   `json:"benefit" doc:"money: their benefit to customers"`
	Equity      string   `json:"customer_equity" doc:"money: the sum of lifetime values"`
	Ended       string   `json:"ended" format:"date-time"`
}

// A Segment is the customers in one field of the matrix.
type Segment struct {
	Segment   string `json:"segment" doc:"opportunity, renegotiate, explore, invest, new, f3t2 … in larger matrices; empty: unknown"`
	Customers int    `json:"customers"`
	Revenue   string `json:"revenue" doc:"money"`
	Contrib   string `json:"contribution_3" doc:"money, of the customers whose cost is known"`
	ValueTo   string `json:"value_to" doc:"money"`
	Benefit   string `json:"benefit" doc:"money"`
}

// A Standing is where a customer stands in the newest valuation.
type Standing struct {
	ID        string  `json:"id" doc:"of the customer"`
	External  string  `json:"external"`
	Name      string  `json:"name"`
	City      string  `json:"city"`
	Country   string  `json:"country"`
	Industry  string  `json:"industry"`
	Size      string  `json:"size"`
	Owner     string  `json:"owner"`
	Segment   string  `json:"segment" doc:"the one that counts: what a person set, else as computed"`
	Computed  string  `json:"segment_computed"`
	Class     string  `json:"class" doc:"by contribution: A, B, C, loss; the one that counts"`
	ByRevenue string  `json:"class_by_revenue"`
	Stage     string  `json:"stage"`
	Score     *string `json:"score,omitempty" doc:"decimal, 0 to 100; none: too little is known"`
	Revenue   string  `json:"revenue" doc:"money, in the window of the model"`
	Contrib1  *string `json:"contribution_1,omitempty" doc:"money; none: the cost of a sale is unknown"`
	Contrib2  *string `json:"contribution_2,omitempty"`
	Contrib3  *string `json:"contribution_3,omitempty"`
	Contrib4  *string `json:"contribution_4,omitempty"`
	ValueTo   string  `json:"value_to" doc:"money: our cost of its free services"`
	Benefit   string  `json:"benefit" doc:"money: what they are worth to it"`
	Lifetime  *string `json:"lifetime_value,omitempty" doc:"money"`
}

func standingOf(s *store.Snapshot, i, digits int) Standing {
	b, row := s.Base, s.Row(i)
	out := Standing{
		ID: idOf(s.ID(i)), External: s.External(i), Name: s.Name(i), City: s.City(i), Country: s.Country(i), Industry: s.Industry(i), Size: s.Size(i), Owner: s.Owner(i),
		Segment: string(row.Segment()), Computed: string(row.Computed()), Class: row.Class().String(), ByRevenue: row.ByRevenue.Class.String(), Stage: row.Stage.String(),
		Revenue: b.Revenue[i].Decimal(digits), ValueTo: b.ValueTo[i].Decimal(digits), Benefit: b.Benefit[i].Decimal(digits),
	}
	if !math.IsNaN(row.Score) {
		score := strconv.FormatFloat(row.Score, 'f', 2, 64)
		out.Score = &score
	}
	if b.Known[i] {
		for n, to := range []**string{&out.Contrib1, &out.Contrib2, &out.Contrib3, &out.Contrib4} {
			*to = moneyOf(&b.Contribution[n][i], digits)
		}
	}
	if l := row.Raw[value.KeyLifetime.Index()]; !math.IsNaN(l) {
		a := money.Amount(math.Round(l))
		out.Lifetime = moneyOf(&a, digits)
	}
	return out
}

var standingFields = []field[Standing]{
	{"name", text, func(t *Standing) string { return t.Name }},
	{"external", text, func(t *Standing) string { return t.External }},
	{"city", text, func(t *Standing) string { return t.City }},
	{"country", text, func(t *Standing) string { return t.Country }},
	{"industry", text, func(t *Standing) string { return t.Industry }},
	{"size", text, func(t *Standing) string { return t.Size }},
	{"owner", text, func(t *Standing) string { return t.Owner }},
	{"segment", text, func(t *Standing) string { return t.Segment }},
	{"class", text, func(t *Standing) string { return t.Class }},
	{"stage", text, func(t *Standing) string { return t.Stage }},
	{"score", number, func(t *Standing) string { return known(t.Score) }},
	{"revenue", number, func(t *Standing) string { return t.Revenue }},
	{"contribution_1", number, func(t *Standing) string { return known(t.Contrib1) }},
	{"contribution_3", number, func(t *Standing) string { return known(t.Contrib3) }},
	{"value_to", number, func(t *Standing) string { return t.ValueTo }},
	{"benefit", number, func(t *Standing) string { return t.Benefit }},
	{"lifetime_value", number, func(t *Standing) string { return known(t.Lifetime) }},
	{"id", id, func(t *Standing) string { return t.ID }},
}

func (s *Server) valuations() {
	handleList[allQuery](s, op{id: "list-valuations", path: "/valuations", tag: "valuations", summary: "Valuations of the whole book, the newest day first"}, list[Valuation]{
		fields: []field[Valuation]{{"as_of", date, func(v *Valuation) string { return v.AsOf }}}, sorts: []string{"-as_of", "as_of"},
		id: func(v *Valuation) string { return v.ID }, all: s.allValuations,
	})
	handleList[allQuery](s, op{id: "list-segments", path: "/segments", tag: "valuations", summary: "The matrix of the newest valuation: what the customers of each segment give and get"}, list[Segment]{
		fields: []field[Segment]{
			{"segment", text, func(g *Segment) string { return g.Segment }}, {"customers", number, func(g *Segment) string { return strconv.Itoa(g.Customers) }},
		}, sorts: []string{"segment", "-customers"}, id: func(g *Segment) string { return g.Segment }, all: s.allSegments,
	})
	handleList[allQuery](s, op{
		id: "list-portfolio", path: "/portfolio", tag: "valuations", summary: "Where customers stand in the newest valuation",
		more: "A new valuation may be shown up to a minute late on a large book.",
	}, list[Standing]{
		fields: standingFields,
		sorts:  []string{"id", "name", "-revenue", "revenue", "-contribution_1", "-contribution_3", "contribution_3", "-value_to", "-benefit", "-score", "score", "-lifetime_value"},
		id:     func(t *Standing) string { return t.ID },
		all: func(ctx context.Context, _ listInput) ([]Standing, error) {
			snap, digits, err := s.newest(ctx)
			if err != nil {
				return nil, err
			}
			out := make([]Standing, snap.Valued())
			for i := range out {
				out[i] = standingOf(snap, i, digits)
			}
			return out, nil
		},
	})
}

func (s *Server) newest(ctx context.Context) (*store.Snapshot, int, error) {
	snap, err := s.snapshot(ctx)
	if err != nil {
		return nil, 0, err
	}
	book, err := s.db.Read().Book(ctx)
	return snap, book.Digits, err
}

func (s *Server) allValuations(ctx context.Context, _ listInput) ([]Valuation, error) {
	r := s.db.Read()
	book, err := r.Book(ctx)
	if err != nil {
		return nil, err
	}
	vs, err := r.Valuations(ctx)
	out := make([]Valuation, len(vs))
	for i, v := range vs {
		sum := &v.Summary
		out[i] = Valuation{
			ID: idOf(v.ID), AsOf: v.AsOf.String(), Model: v.Model, Customers: sum.Customers, New: sum.New, WithoutCost: sum.WithoutCost,
			Revenue: sum.Revenue.Decimal(book.Digits), ValueTo: sum.ValueTo.Decimal(book.Digits), Benefit: sum.Benefit.Decimal(book.Digits),
			Equity: sum.Lifetimes.Equity.Decimal(book.Digits), Ended: instant(v.Ended),
		}
		for _, c := range sum.Contribution {
			out[i].Contrib = append(out[i].Contrib, c.Decimal(book.Digits))
		}
	}
	return out, err
}

func (s *Server) allSegments(ctx context.Context, _ listInput) ([]Segment, error) {
	snap, digits, err := s.newest(ctx)
	if err != nil {
		return nil, err
	}
	type sum struct {
		n                                  int
		revenue, contrib, valueTo, benefit money.Amount
	}
	sums := make(map[value.Segment]*sum)
	for i := range snap.Valued() {
		row := snap.Row(i)
		g := sums[row.Segment()]
		if g == nil {
			g = new(sum)
			sums[row.Segment()] = g
		}
		b := snap.Base
		g.n, g.revenue, g.valueTo, g.benefit = g.n+1, g.revenue+b.Revenue[i], g.valueTo+b.ValueTo[i], g.benefit+b.Benefit[i]
		if b.Known[i] {
			g.contrib += b.Contribution[2][i]
		}
	}
	out := make([]Segment, 0, len(sums))
	for name, g := range sums {
		out = append(out, Segment{string(name), g.n, g.revenue.Decimal(digits), g.contrib.Decimal(digits), g.valueTo.Decimal(digits), g.benefit.Decimal(digits)})
	}
	slices.SortFunc(out, func(a, b Segment) int { return b.Customers - a.Customers })
	return out, nil
}
