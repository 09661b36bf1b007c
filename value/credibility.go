package value

import "math"

// A Peer is a group of customers that are alike: industry and size class, "" if
// unknown. Figures.Peer is an index into the list of them.
type Peer struct {
	Industry string `json:"industry"`
	Size     string `json:"size"`
}

// A PeerMean is what a customer of a peer group brings per purchase day.
type PeerMean struct {
	Peer
	Customers int    `json:"customers"`     // with purchases and known cost
	Mean      Number `json:"mean"`          // minor units per purchase day; of all customers where the group is too small
	All       bool   `json:"all,omitempty"` // the group is too small: the mean is that of all
	sum, days sum    // of z·own and of z
}

// Credibility holds what the base says about how far the contribution I per
// purchase day of one customer can be trusted (docs/valuation.md,
// "Credibility").
type Credibility struct {
	Within    Number     `json:"within"`  // variance between purchase days of one customer, minor units squared
	Between   Number     `json:"between"` // variance between customers
	K         Number     `json:"k"`       // within / between, in purchase days
	Customers int        `json:"customers"`
	Repeaters int        `json:"repeaters"` // customers with at least 2 purchase days
	Mean      Number     `json:"mean"`      // of all customers, minor units per purchase day
	Peers     []PeerMean `json:"peers,omitempty"`
	Reason    Text       `json:"reason,omitempty"` // why k can't be estimated
}

// counts says whether the purchases of a customer tell anything.
func (f *Figures) counts() bool { return f.PurchaseDays > 0 && f.Steps.Known() }

// estimate estimates k after Bühlmann with an unequal number of observations:
// the within-variance is pooled over the customers with at least two purchase
// days, the between-variance is the unbiased moment estimator of Bühlmann and
// Straub (1970) with the number of purchase days as volume; see Bühlmann &
// Gisler, A Course in Credibility Theory (2005), chapter 4
// (docs/valuation.md, "Credibility").
func estimate(figures []Figures, peers []Peer, minimum int) Credibility {
	c := Credibility{Within: Unknown(), Between: Unknown(), K: Unknown(), Mean: Unknown()}
	var total, days, squares, inside, free sum
	for i := range figures {
		f := &figures[i]
		if !f.counts() {
			continue
		}
		n := float64(f.PurchaseDays)
		c.Customers++
		total.add(f.PerDaySum)
		days.add(n)
		squares.add(n * n)
		if f.PurchaseDays >= 2 {
			c.Repeaters++
			inside.add(max(0, f.PerDaySquares-f.PerDaySum*f.PerDaySum/n))
			free.add(n - 1)
		}
	}
	if c.Customers > 0 {
		c.Mean = Number(total.value() / days.value())
	}
	switch {
	case c.Customers < 2:
		c.Reason = Text("Fewer than two customers have purchases with known cost in the window.")
	case c.Repeaters == 0:
		c.Reason = Text("No customer has two purchase days in the window.")
	}
	if c.Reason != "" {
		return c
	}
	c.Within = Number(inside.value() / free.value())
	mean := float64(c.Mean)
	var outside sum
	for i := range figures {
		if f := &figures[i]; f.counts() {
			n := float64(f.PurchaseDays)
			d := f.PerDaySum/n - mean
			outside.add(n * d * d)
		}
	}
	volume := days.value() - squares.value()/days.value()
	c.Between = Number((outside.value() - float64(c.Customers-1)*float64(c.Within)) / volume)
	if c.Between <= 0 {
		c.Reason = Text("Customers do not differ more than chance explains.")
		return c
	}
	c.K = c.Within / c.Between
	c.means(figures, peers, minimum)
	return c
}

// means computes what each customer is drawn towards: the mean of its peer
// group weighted by credibility, so that the shrunk values of a group add up to
// what the group brought (Bühlmann & Gisler 2005, chapter 4, homogeneous estimator).
func (c *Credibility) means(figures []Figures, peers []Peer, minimum int) {
	c.Peers = make([]PeerMean, len(peers))
	for i, p := range peers {
		c.Peers[i].Peer = p
	}
	var all PeerMean
	for i := range figures {
		f := &figures[i]
		if !f.counts() {
			continue
		}
		z, own := c.z(f.PurchaseDays), f.PerDaySum/float64(f.PurchaseDays)
		all.count(z, own)
		if f.Peer >= 0 && int(f.Peer) < len(c.Peers) {
			c.Peers[f.Peer].count(z, own)
		}
	}
	c.Mean = all.mean()
	for i := range c.Peers {
		p := &c.Peers[i]
		if p.Mean, p.All = p.mean(), p.Customers < minimum; p.All {
			p.Mean = c.Mean
		}
	}
}

func (p *PeerMean) count(z, own float64) {
	p.Customers++
	p.sum.add(z * own)
	p.days.add(z)
}

func (p *PeerMean) mean() Number { return Number(p.sum.value() / p.days.value()) }

// z is the credibility of so many purchase days, NaN where k is unknown.
func (c *Credibility) z(days int32) float64 {
	if days == 0 {
		return 0 * float64(c.K)
	}
	return float64(days) / (float64(days) + float64(c.K))
}

// toward returns the mean that a customer is drawn towards.
func (c *Credibility) toward(peer int32) float64 {
	if peer >= 0 && int(peer) < len(c.Peers) {
		return float64(c.Peers[peer].Mean)
	}
	return float64(c.Mean)
}

// judge returns the credibility of a customer's contribution I per purchase
// day and the figure drawn towards its peers by it, in minor units; both NaN
// where they are unknown.
func (c *Credibility) judge(f *Figures) (z, shrunk float64) {
	if !c.K.Known() || !f.Steps.Known() {
		return nan, nan
	}
	z = c.z(f.PurchaseDays)
	if f.PurchaseDays == 0 {
		return z, c.toward(f.Peer)
	}
	own := f.PerDaySum / float64(f.PurchaseDays)
	shrunk = z*own + (1-z)*c.toward(f.Peer)
	if math.IsInf(shrunk, 0) {
		return z, nan
	}
	return z, shrunk
}
