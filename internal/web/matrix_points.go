package web

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"quid/fault"
	"quid/internal/store"
	"quid/portfolio"
	"quid/value"
)

// mostPoints is how many points are sent; of more customers every k-th is drawn.
const mostPoints = 100_000

// matrixPoints answers with the points of the view, as package web describes
// them at Matrix.
func (s *Server) matrixPoints(w http.ResponseWriter, r *http.Request) error {
	pic, err := s.picture(r.Context())
	if errors.Is(err, errUnvalued) {
		return fault.NotFound
	}
	if err != nil {
		return err
	}
	view, err := pic.view(r.URL.Query())
	if err != nil {
		return err
	}
	return sendBytes(w, view.points())
}

// points packs the customers of the view, the greatest contribution first, so
// that small points are drawn over large ones.
func (m *matrixView) points() []byte {
	fields := make(map[value.Segment]byte)
	for _, f := range m.pic.fields() {
		if f.From != 0 {
			fields[f.Segment] = byte(len(fields))
		}
	}
	found, b := m.customers(), m.pic.snap.Base
	step, place := m.step(), -1
	out := make([]byte, 0, 20*min(found.len(), mostPoints))
	for i := range found.all(true) {
		if place++; place%step != 0 || i >= m.pic.snap.Valued() {
			continue
		}
		s, beside := m.spotOf(i)
		if beside {
			continue
		}
		var size float64
		if b.Known[i] {
			size = float64(b.Contribution[2][i])
		}
		out = binary.LittleEndian.AppendUint32(out, uint32(i))
		for _, v := range [...]float64{s.x, s.y, size} {
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(v)))
		}
		var flags byte
		if s.weak {
			flags = 1
		}
		if s.estimated {
			flags |= 2
		}
		out = append(out, fields[s.segment], flags, 0, 0)
	}
	return out
}

// step says that every step-th customer is drawn.
func (m *matrixView) step() int { return (m.customers().len()-1)/mostPoints + 1 }

// A movement is what changed since an earlier valuation.
type movement struct {
	Since   store.ValuationDay
	Flows   []portfolio.Flow
	Moved   int
	Stayed  int
	Entered int
	Left    int
	starts  []start // of those that moved, the greatest revenue first
}

// A start is where a customer was in the matrix.
type start struct {
	i    int
	x, y float64
}

// mostArrows is how many moves are drawn: those of the customers with the
// greatest revenue. More can't be told apart.
const mostArrows = 150

// movement compares the picture with an earlier valuation.
func (s *Server) movement(ctx context.Context, pic *picture, since store.ValuationDay) (*movement, error) {
	if m, ok := pic.moved.get(since.ID); ok {
		return m, nil
	}
	m, err := pic.compare(ctx, s.db, since)
	if err != nil {
		return nil, err
	}
	pic.moved.put(since.ID, m)
	return m, nil
}

func (p *picture) compare(ctx context.Context, db *store.DB, since store.ValuationDay) (*movement, error) {
	m := &movement{Since: since}
	var earlier []portfolio.Where
	sum, unit := p.summary(), math.Pow10(p.digits)
	at := func(metric value.Metric, f *value.Figures, r *value.Row) float64 {
		if metric == value.Score {
			return r.Score
		}
		return metric.Value(f, r) / unit
	}
	for row, err := range db.Read().Scores(ctx, since.ID) {
		if err != nil {
			return nil, err
		}
		was := row.Row.Segment()
		earlier = append(earlier, portfolio.Where{Customer: row.Row.Customer, Segment: was})
		i, ok := p.snap.Find(row.Row.Customer)
		if !ok || i >= p.snap.Valued() || string(was) == p.segment(i) || was == value.NewCustomer {
			continue
		}
		m.starts = append(m.starts, start{i, at(sum.To.Metric, &row.Figures, &row.Row), at(sum.From.Metric, &row.Figures, &row.Row)})
	}
	slices.SortFunc(m.starts, func(a, b start) int {
		return cmp.Or(cmp.Compare(p.snap.Base.Revenue[b.i], p.snap.Base.Revenue[a.i]), cmp.Compare(a.i, b.i))
	})
	moves := portfolio.Movement(earlier, p.snap.Base.Segments())
	m.Flows, m.Stayed, m.Moved, m.Entered, m.Left = moves.Flows, moves.Stayed, len(moves.Movers), len(moves.Entered), len(moves.Left)
	return m, nil
}

// matrixMoves answers with the arrows since an earlier valuation.
func (s *Server) matrixMoves(w http.ResponseWriter, r *http.Request) error {
	pic, err := s.picture(r.Context())
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(r.FormValue("since"), 10, 64)
	if err != nil {
		return fault.NotFound
	}
	since, err := s.db.Read().Valuation(r.Context(), id)
	if err != nil {
		return err
	}
	m, err := s.movement(r.Context(), pic, store.ValuationDay{ID: since.ID, AsOf: since.AsOf})
	if err != nil {
		return err
	}
	view, err := pic.view(r.URL.Query())
	if err != nil {
		return err
	}
	return sendBytes(w, view.arrows(m))
}

// arrows packs the moves of the customers that the view shows, as package web
// describes them at Matrix.
func (m *matrixView) arrows(moved *movement) []byte {
	shown := m.customers()
	var out []byte
	for _, from := range moved.starts {
		if len(out) == 16*mostArrows {
			break
		}
		to, beside := m.spotOf(from.i)
		if beside || math.IsNaN(from.x+from.y) || !shown.has(from.i) {
			continue
		}
		for _, v := range [...]float64{from.x, from.y, to.x, to.y} {
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(v)))
		}
	}
	return out
}

// mostMovers is how many customers a trial names.
const mostMovers = 20

// A trial is the model with other weights or cuts, as the sliders say.
type trial struct {
	model   value.Model
	weights [value.Criteria]float64
	on      bool       // it differs from the model in force
	query   url.Values // what of it differs
}

// trialOf reads a trial from an address: weight.KEY, and for both axes
// from.cut, from.at, to.cut and to.at, the quantile in percent. What isn't there
// stays as it is.
func (p *picture) trialOf(v url.Values) trial {
	now := p.summary().Model
	t := trial{model: now.Clone(), query: url.Values{}}
	for i := range t.model.Criteria {
		c := &t.model.Criteria[i]
		key := "weight." + string(c.Key)
		if w, err := strconv.ParseFloat(v.Get(key), 64); err == nil && c.On && w != c.Weight && w >= 0 && w <= 1000 {
			c.Weight = w
			t.query.Set(key, v.Get(key))
		}
	}
	t.cut("from", &t.model.From, v)
	t.cut("to", &t.model.To, v)
	t.weights = t.model.Weights()
	t.on = len(t.query) > 0 && t.model.Check() == nil
	return t
}

// cut reads how an axis of two bands is cut.
func (t *trial) cut(name string, a *value.Axis, v url.Values) {
	method := value.CutMethod(v.Get(name + ".cut"))
	if a.Bands != 2 || method != value.Median && method != value.Mean && method != value.AtQuantile {
		return
	}
	axis := value.Axis{Metric: a.Metric, Cut: method, Bands: 2}
	if method == value.AtQuantile {
		percent, err := strconv.ParseFloat(v.Get(name+".at"), 64)
		if err != nil || percent <= 0 || percent >= 100 {
			return
		}
		axis.At = []float64{percent / 100}
	}
	if axis.Cut == a.Cut && len(axis.At) == len(a.At) && (len(a.At) == 0 || axis.At[0] == a.At[0]) {
		return
	}
	*a = axis
	t.query.Set(name+".cut", string(method))
	if method == value.AtQuantile {
		t.query.Set(name+".at", v.Get(name+".at"))
	}
}

// bands are where a customer would be by the trial. The dead band counts from
// where the customer is now, as in portfolio.WhatIf.
func (t *trial) bands(p *picture, o *portfolio.Outcome, i int, score float64, was value.Bands) value.Bands {
	unit := math.Pow10(p.digits)
	minor := func(m value.Metric) float64 {
		if m == value.Score {
			return score
		}
		return p.metric(m, i, score) * unit
	}
	now := was
	now.From = o.From.Band(minor(t.model.From.Metric), was.From)
	if now.To = 1; !o.To.Off {
		now.To = o.To.Band(minor(t.model.To.Metric), was.To)
	}
	return now
}
