package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"quid/day"
	"quid/fault"
	"quid/internal/store"
	"quid/portfolio"
	"quid/value"
)

// movementReport is who moved between two valuations.
type movementReport struct {
	Since   day.Day          `json:"since"`
	Flows   []portfolio.Flow `json:"flows"`
	Stayed  int              `json:"stayed"`
	Entered int              `json:"entered"`
	Left    int              `json:"left"`
	Moved   int              `json:"moved"`
	Movers  []namedCustomer  `json:"movers"` // the first
}

// movement compares the base with the newest valuation of an earlier day.
func (p *portfolioReport) movement(ctx context.Context, r store.Reader, b *portfolio.Base, since day.Day, first int) (*movementReport, error) {
	v, err := r.ValuationOn(ctx, since)
	if errors.Is(err, fault.NotFound) {
		return nil, fmt.Errorf("there is no valuation of %v to compare with: make one with quid value --as-of %v", since, since)
	}
	if err != nil {
		return nil, err
	}
	var earlier []portfolio.Where
	for row, err := range r.Scores(ctx, v.ID) {
		if err != nil {
			return nil, err
		}
		earlier = append(earlier, portfolio.Where{Customer: row.Row.Customer, Segment: row.Row.Segment()})
	}
	m := portfolio.Movement(earlier, b.Segments())
	out := &movementReport{Since: since, Flows: orEmpty(m.Flows), Stayed: m.Stayed, Entered: len(m.Entered), Left: len(m.Left), Moved: len(m.Movers), Movers: []namedCustomer{}}
	for _, mover := range m.Movers[:min(len(m.Movers), max(first, 0))] {
		n := p.called(mover.Customer)
		n.From, n.To = mover.From, mover.To
		out.Movers = append(out.Movers, n)
	}
	return out, nil
}

func (m *movementReport) print(w io.Writer) {
	fmt.Fprintf(w, "\nsince %v\t%d moved, %d stayed, %d came, %d went\n", m.Since, m.Moved, m.Stayed, m.Entered, m.Left)
	printFlows(w, m.Flows)
}

func printFlows(w io.Writer, flows []portfolio.Flow) {
	for _, f := range flows {
		fmt.Fprintf(w, "%s → %s\t%d\n", orNone(f.From), orNone(f.To), f.Customers)
	}
}

func orNone(s value.Segment) string {
	if s == value.NoSegment {
		return "without a score"
	}
	return string(s)
}

// whatIfReport is what another model would change.
type whatIfReport struct {
	Segments map[value.Segment]int `json:"segments"`
	Matrix   []fieldRow            `json:"matrix"`
	Moves    int                   `json:"moves"`
	Flows    []portfolio.Flow      `json:"flows"`
	Movers   []namedCustomer       `json:"movers"`
}

// whatIf tries the changes on the model of the valuation.
func (p *portfolioReport) whatIf(b *portfolio.Base, changes modelChanges, first, digits int) (*whatIfReport, error) {
	m := b.Summary.Model.Clone()
	if err := changes.apply(&m, digits); err != nil {
		return nil, err
	}
	o, err := portfolio.Prepare(b).Try(m, max(first, 0))
	if err != nil {
		return nil, err
	}
	out := &whatIfReport{Segments: o.Segments, Matrix: fieldRows(o.Fields, digits), Moves: o.Moves, Flows: orEmpty(o.Flows), Movers: []namedCustomer{}}
	for _, mover := range o.Movers {
		n := p.called(mover.Customer)
		n.From, n.To, n.Revenue = mover.From, mover.To, mover.Revenue.Decimal(digits)
		out.Movers = append(out.Movers, n)
	}
	return out, nil
}

func (r *whatIfReport) print(w io.Writer) {
	fmt.Fprintf(w, "\nwhat if\t%d would move\n", r.Moves)
	printFlows(w, r.Flows)
	fmt.Fprintln(w)
	printFields(w, r.Matrix)
}

// modelChanges are the weights and cuts of a what-if as written.
type modelChanges struct {
	weights map[value.Key]float64
	cuts    map[string]cutChange
}

type cutChange struct {
	method value.CutMethod
	at     []float64
}

func (c modelChanges) empty() bool { return len(c.weights)+len(c.cuts) == 0 }

// changes reads the flags of the what-if.
func (c *portfolioCmd) changes() (modelChanges, error) {
	out := modelChanges{make(map[value.Key]float64), make(map[string]cutChange)}
	for _, text := range c.Weights {
		name, number, ok := strings.Cut(text, "=")
		weight, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		key := value.Key(strings.TrimSpace(name))
		if !ok || err != nil || weight < 0 {
			return out, fault.Field("weights", "write CRITERION=WEIGHT such as growth=0.3")
		}
		if key.Index() < 0 {
			return out, fmt.Errorf("--weights: there is no criterion %q; there are %s", key, keyList())
		}
		out.weights[key] = weight
	}
	for _, text := range c.Cut {
		axis, rule, ok := strings.Cut(text, "=")
		if !ok || axis != "from" && axis != "to" {
			return out, fault.Field("cut", "write from=METHOD or to=METHOD")
		}
		cut, err := parseCut(rule)
		if err != nil {
			return out, err
		}
		out.cuts[axis] = cut
	}
	return out, nil
}

func keyList() string {
	var names []string
	for _, k := range value.Keys {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// parseCut reads median, mean, quantile:0.3/0.7 or fixed:50.
func parseCut(rule string) (cutChange, error) {
	method, list, _ := strings.Cut(rule, ":")
	c := cutChange{method: value.CutMethod(method)}
	needs := c.method == value.AtQuantile || c.method == value.AtValue
	if !needs && c.method != value.Median && c.method != value.Mean || needs != (list != "") {
		return c, fault.Field("cut", "write median, mean, quantile:0.3/0.7 or fixed:50")
	}
	for part := range strings.SplitSeq(list, "/") {
		if !needs {
			break
		}
		x, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return c, fault.Field("cut", "write numbers such as 0.5, several with / between them")
		}
		c.at = append(c.at, x)
	}
	return c, nil
}

// apply changes the model; fixed cuts of money are written in the currency and
// kept in minor units.
func (c modelChanges) apply(m *value.Model, digits int) error {
	for key, weight := range c.weights {
		at := slices.IndexFunc(m.Criteria, func(have value.Criterion) bool { return have.Key == key })
		if at < 0 {
			m.Criteria = append(m.Criteria, value.Default().Criterion(key))
			at = len(m.Criteria) - 1
			m.Criteria[at].Key = key
		}
		m.Criteria[at].On, m.Criteria[at].Weight = weight > 0, weight
	}
	for axis, cut := range c.cuts {
		to := &m.From
		if axis == "to" {
			to = &m.To
		}
		to.Cut, to.At = cut.method, slices.Clone(cut.at)
		if len(cut.at) > 0 {
			to.Bands = len(cut.at) + 1
		} else if cut.method == value.Mean {
			to.Bands = 2
		}
		if cut.method == value.AtValue && to.Metric != value.Score {
			for i := range to.At {
				for range digits {
					to.At[i] *= 10
				}
			}
		}
	}
	return m.Check()
}
