package web

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"quid/account"
	"quid/fault"
	"quid/internal/app"
	"quid/portfolio"
	"quid/value"
)

// A previewPart says who would move if a model counted.
type previewPart struct {
	Page
	Problems int  // fields that are wrong: nothing to show before
	None     bool // there is no valuation to compare with
	TooMany  bool // it takes a valuation to know
	Fresh    bool // the sums were taken anew, so that changed facts move customers too
	Took     time.Duration
	Moves    int
	Counts   []previewCount
	Flows    []previewFlow
	Movers   []previewMover
}

// A previewCount is how many customers are in a segment, and would be.
type previewCount struct {
	Segment  badge
	Now, New int
}

type previewFlow struct {
	From, To  badge
	Customers int
}

type previewMover struct {
	ID       account.CustomerID
	Name     string
	From, To badge
}

// mostMoved is how many movers a preview names.
const mostMoved = 6

func (s *Server) previewModel(w http.ResponseWriter, r *http.Request) error {
	p, err := s.newPage(r, "")
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return fault.Field("form", "the form could not be read")
	}
	now, err := s.app.Model(r.Context())
	if err != nil {
		return err
	}
	spec, problems := readSpec(p, r.PostForm, now.Spec)
	part := previewPart{Page: p, Problems: len(problems)}
	if len(problems) == 0 {
		if part, err = s.preview(r, p, spec); err != nil {
			return err
		}
	}
	return s.render(w, r, http.StatusOK, modelPreview(part))
}

// preview tries a model on the newest valuation; one that needs other sums is
// tried on sums taken for it.
func (s *Server) preview(r *http.Request, p Page, spec value.Model) (previewPart, error) {
	part := previewPart{Page: p}
	pic, err := s.picture(r.Context())
	if errors.Is(err, errUnvalued) {
		part.None = true
		return part, nil
	}
	if err != nil {
		return part, err
	}
	started := s.app.Now()
	out, err := pic.tries().Try(spec, mostMoved)
	if errors.Is(err, fault.Invalid) {
		err = s.previewAnew(r, pic, spec, &part)
	} else if err == nil {
		part.fill(pic, spec, out)
	}
	if errors.Is(err, app.ErrTooMany) {
		part.TooMany, err = true, nil
	}
	part.Took = s.app.Now().Sub(started)
	return part, err
}

// fill takes over what a what-if found out.
func (part *previewPart) fill(pic *picture, spec value.Model, o portfolio.Outcome) {
	part.Moves = o.Moves
	after := o.Segments
	part.count(pic, spec, after)
	for _, f := range o.Flows {
		part.flow(pic, spec, f)
	}
	for _, m := range o.Movers {
		part.mover(pic, spec, m.Customer, m.From, m.To)
	}
}

// previewAnew values all customers by the model and compares.
func (s *Server) previewAnew(r *http.Request, pic *picture, spec value.Model, part *previewPart) error {
	base, err := s.app.Preview(r.Context(), spec, pic.snap.Valuation.AsOf)
	if err != nil {
		return err
	}
	part.Fresh = true
	later := base.Segments()
	after := make(map[value.Segment]int)
	for _, w := range later {
		after[w.Segment]++
	}
	move := portfolio.Movement(pic.snap.Base.Segments(), later)
	part.Moves = len(move.Movers)
	part.count(pic, spec, after)
	for _, f := range move.Flows {
		part.flow(pic, spec, f)
	}
	revenue := make(map[account.CustomerID]int64, len(base.Customers))
	for i, id := range base.Customers {
		revenue[id] = int64(base.Revenue[i])
	}
	slices.SortStableFunc(move.Movers, func(x, y portfolio.Mover) int {
		return int(min(1, max(-1, revenue[y.Customer]-revenue[x.Customer])))
	})
	for _, m := range move.Movers[:min(mostMoved, len(move.Movers))] {
		part.mover(pic, spec, m.Customer, m.From, m.To)
	}
	return nil
}

// count sets the segments now beside those that would be.
func (part *previewPart) count(pic *picture, spec value.Model, after map[value.Segment]int) {
	now := make(map[badge]int)
	for _, f := range portfolio.Matrix(pic.snap.Base) {
		now[pic.badge(string(f.Segment))] += f.Customers
	}
	then := make(map[badge]int)
	for segment, n := range after {
		then[previewBadge(spec, segment)] += n
	}
	seen := make(map[badge]bool)
	add := func(b badge) {
		if !seen[b] && now[b]+then[b] > 0 {
			seen[b] = true
			part.Counts = append(part.Counts, previewCount{b, now[b], then[b]})
		}
	}
	for _, f := range portfolio.Matrix(pic.snap.Base) {
		add(pic.badge(string(f.Segment)))
	}
	for _, segment := range slices.Sorted(maps.Keys(after)) {
		add(previewBadge(spec, segment))
	}
}

// previewBadge shows a segment of the matrix that a model makes.
func previewBadge(spec value.Model, segment value.Segment) badge {
	return badgeIn(&value.Summary{Model: spec}, segment)
}

// mostFlows is how many ways from segment to segment a preview lists.
const mostFlows = 8

func (part *previewPart) flow(pic *picture, spec value.Model, f portfolio.Flow) {
	if len(part.Flows) < mostFlows {
		part.Flows = append(part.Flows, previewFlow{pic.badge(string(f.From)), previewBadge(spec, f.To), f.Customers})
	}
}

func (part *previewPart) mover(pic *picture, spec value.Model, id account.CustomerID, from, to value.Segment) {
	m := previewMover{ID: id, From: pic.badge(string(from)), To: previewBadge(spec, to)}
	if i, ok := pic.snap.Find(id); ok {
		m.Name = pic.snap.Name(i)
	}
	part.Movers = append(part.Movers, m)
}
