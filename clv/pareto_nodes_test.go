package clv

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Between the nodes the tables of the Pareto/NBD are those that asking for every
// entry gives, to all digits that a fit can use, wherever the parameters lie.
func TestInterpolatedTablesAgreeWithTheFunctions(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 1))
	var histories []History
	for range 6_000 {
		h := History{X: rng.IntN(4), T: float64(1+rng.IntN(1095)) / 7}
		if rng.IntN(20) == 0 {
			h.X = 60
		}
		if h.X > 0 {
			h.Tx = h.T * rng.Float64()
		}
		histories = append(histories, h)
	}
	cells, err := Group(histories)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newStudy(cells, 0)
	if err != nil {
		t.Fatal(err)
	}
	tables := newParetoTables(s)
	for _, m := range []ParetoNBD{
		{0.9, 0.3, 0.7, 1}, {2, 1, 3, 1.5}, {0.5, 5, 0.3, 0.01}, {1.2, 0.1, 0.4, 160_000}, {0.2, 1e-5, 0.1, 1}, {1, 160_000, 1, 1}, {50, 30, 2, 1}, {1, 1, 1e-5, 7e-6}, {3, 2, 1, 2},
	} {
		tables.fill(s, m)
		used := 0
		for i := range tables.groups {
			g := &tables.groups[i]
			if len(g.nodes) == 0 {
				continue
			}
			used += len(g.entries)
			for k := range g.entries {
				e := &g.entries[k]
				day := s.days[e.day]
				p := m.place(day)
				var want jet4
				g.finish(m, e.x, day, p, g.hyper(m, e.x, p), &want)
				if d := e.jet.apart(&want); d > 1e-11 {
					t.Fatalf("%+v, x %d, t %v: off by %.1e: %v, want %v", m, e.x, day, d, e.jet, want)
				}
			}
		}
		if used < len(tables.left) {
			t.Errorf("%+v: %d of %d entries were interpolated", m, used, len(tables.left)+len(tables.stay))
		}
	}
}

// apart is the largest difference of two jets, relative to what is not small.
func (j *jet4) apart(to *jet4) float64 {
	most := math.Abs(j.v-to.v) / (1 + math.Abs(to.v))
	for i := range j.g {
		most = max(most, math.Abs(j.g[i]-to.g[i])/(1+math.Abs(to.g[i])))
	}
	for i := range j.h {
		most = max(most, math.Abs(j.h[i]-to.h[i])/(1+math.Abs(to.h[i])))
	}
	return most
}
