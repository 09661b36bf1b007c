package value

import (
	"slices"
	"testing"

	"quid/money"
)

// Whoever realises less than its peers by more than the gap is flagged, and
// nobody else; peers are a fifth of those with list prices, by revenue.
func TestPriceRealisationIsComparedWithCustomersOfLikeRevenue(t *testing.T) {
	t.Parallel()
	figures := base(600, 3)
	v, err := Run(Default(), Input{AsOf: asOf, Figures: figures})
	if err != nil {
		t.Fatal(err)
	}
	var listed []*Figures
	for i := range figures {
		if figures[i].Listed > 0 && figures[i].Steps.Revenue > 0 {
			listed = append(listed, &figures[i])
		}
	}
	var revenues []float64
	for _, f := range listed {
		revenues = append(revenues, float64(f.Steps.Revenue))
	}
	fifth := func(f *Figures) int {
		for g := 1; g < 5; g++ {
			if float64(f.Steps.Revenue) <= Quantile(slices.Clone(revenues), float64(g)/5) {
				return g
			}
		}
		return 5
	}
	rates := map[int][]float64{}
	for _, f := range listed {
		rates[fifth(f)] = append(rates[fifth(f)], float64(f.ListedNet)/float64(f.Listed))
	}
	flagged, stated := 0, 0
	for i := range v.Rows {
		f := &figures[i]
		e := Explain(&v.Summary, f, &v.Rows[i])
		if (e.Price != nil) != (f.Listed > 0 && f.Steps.Revenue > 0) {
			t.Fatalf("%+v is stated: %v", f, e.Price)
		}
		if e.Price == nil {
			continue
		}
		stated++
		peers := rates[fifth(f)]
		median := Quantile(slices.Clone(peers), 0.5)
		if p := e.Price; float64(p.Peers) != median || p.Of != len(peers) || p.Group != fifth(f) || p.Below != (float64(f.ListedNet)/float64(f.Listed) < median-0.05) {
			t.Fatalf("%+v, want the median %v of %d in group %d", p, median, len(peers), fifth(f))
		}
		if e.Price.Below {
			flagged++
			if !slices.Contains(e.Flags, Text("Price realisation: net prices are further below the list than those of customers with like revenue.")) {
				t.Fatalf("not flagged: %v", e.Flags)
			}
		}
	}
	if flagged == 0 || flagged == stated {
		t.Errorf("%d of %d are flagged: the test proves nothing", flagged, stated)
	}
}

// A comparison with a handful is none, and without list prices nothing is said.
func TestPriceRealisationNeedsPeersAndListPrices(t *testing.T) {
	t.Parallel()
	few := make([]Figures, 12)
	for i := range few {
		few[i].Steps.Revenue, few[i].Peer = money.Amount(1000*(i+1)), -1
	}
	v, err := Run(Default(), Input{AsOf: asOf, Figures: few})
	if err != nil || v.Prices.Medians != nil || Explain(&v.Summary, &few[0], &v.Rows[0]).Price != nil {
		t.Errorf("without list prices: %+v, %v", v.Prices, err)
	}
	for i := range few {
		few[i].Listed, few[i].ListedNet = 100, money.Amount(100-i)
	}
	if v, err = Run(Default(), Input{AsOf: asOf, Figures: few}); err != nil {
		t.Fatal(err)
	}
	if p := Explain(&v.Summary, &few[11], &v.Rows[11]).Price; p == nil || p.Peers.Known() || p.Below {
		t.Errorf("among two or three peers: %+v", p)
	}
}
