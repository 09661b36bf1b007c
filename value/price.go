package value

import "slices"

// priceGroups is how many groups of like revenue price realisation is compared
// in.
const priceGroups = 5

// PriceLevels is what customers of like revenue realise of list prices: the
// revenues at which groups end, in minor units, and the median of each. Without
// list prices there are none (docs/valuation.md, "Price realisation").
type PriceLevels struct {
	Limits    []float64 `json:"limits,omitempty"`
	Medians   []Number  `json:"medians,omitempty"` // unknown where the group is too small
	Customers []int     `json:"customers,omitempty"`
}

// PriceRealisation is what a customer realises of list prices in the window: net
// by list over what has a list price, unknown where nothing has.
func (f *Figures) PriceRealisation() Number {
	if f.Listed <= 0 || f.Steps.Revenue <= 0 {
		return Unknown()
	}
	return Number(float64(f.ListedNet) / float64(f.Listed))
}

// group is the group of like revenue that a customer belongs to.
func (l *PriceLevels) group(f *Figures) int {
	revenue, at := float64(f.Steps.Revenue), 0
	for at < len(l.Limits) && revenue > l.Limits[at] {
		at++
	}
	return at
}

// levels finds the price levels of a base; a group of fewer than least customers
// has none.
func levels(figures []Figures, least int) PriceLevels {
	var l PriceLevels
	var revenues []float64
	for i := range figures {
		if f := &figures[i]; f.PriceRealisation().Known() {
			revenues = append(revenues, float64(f.Steps.Revenue))
		}
	}
	if len(revenues) == 0 {
		return l
	}
	for g := 1; g < priceGroups; g++ {
		l.Limits = append(l.Limits, Quantile(slices.Clone(revenues), float64(g)/priceGroups))
	}
	var rates [priceGroups][]float64
	for i := range figures {
		if rate := figures[i].PriceRealisation(); rate.Known() {
			g := l.group(&figures[i])
			rates[g] = append(rates[g], float64(rate))
		}
	}
	for _, r := range rates {
		median := Unknown()
		if len(r) >= least {
			median = Number(Quantile(r, 0.5))
		}
		l.Medians, l.Customers = append(l.Medians, median), append(l.Customers, len(r))
	}
	return l
}

// A PriceStanding compares what a customer realises of list prices with its
// peers, the customers of like revenue.
type PriceStanding struct {
	Own   Number  `json:"own"`
	Peers Number  `json:"peers"` // median, unknown where the peers are too few
	Of    int     `json:"of"`    // peers, the customer among them
	Group int     `json:"group"` // of revenue, from 1, the least
	Gap   float64 `json:"gap"`   // from which it is flagged
	Below bool    `json:"below"` // by more than the gap
}

// price compares the price realisation of a customer with its peers; nil where it
// has none.
func (s *Summary) price(f *Figures) *PriceStanding {
	own := f.PriceRealisation()
	if !own.Known() || len(s.Prices.Medians) == 0 {
		return nil
	}
	g := s.Prices.group(f)
	p := &PriceStanding{Own: own, Peers: s.Prices.Medians[g], Of: s.Prices.Customers[g], Group: g + 1, Gap: s.Model.PriceGap}
	p.Below = p.Peers.Known() && float64(own) < float64(p.Peers)-p.Gap
	return p
}
