package web

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net/http"
	"slices"

	"quid/account"
	"quid/day"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
	"quid/value"
)

func (s *Server) lifetimeRoutes(mux *router) {
	mux.Handle("GET /lifetime", s.page(s.showLifetime))
}

// A lifetimePage says what the customers of today are worth, how that came to be
// and how sure it is.
type lifetimePage struct {
	Page
	*value.Lifetimes
	Days    []store.Equity // the oldest first
	Best    []int          // customers of the greatest lifetime value
	Lost    []lifeChange   // those that lost most of it since the earlier valuation
	Since   day.Day        // that valuation's day, 0 if there is none
	Budgets []classBudget
	pic     *picture
}

const (
	mostLives     = 20  // customers listed
	mostEquities  = 120 // days drawn
	lifetimeOrder = "/customers?sort=-lifetime&col=customer&col=segment&col=class&col=lifetime&col=alive&col=contribution_3&col=last_purchase"
)

// showLifetime answers GET /lifetime.
func (s *Server) showLifetime(w http.ResponseWriter, r *http.Request) error {
	p, err := s.newPage(r, locale.Key("Lifetime value"))
	if err != nil {
		return err
	}
	pic, err := s.picture(r.Context())
	if errors.Is(err, errUnvalued) || err == nil && pic.snap.Valued() == 0 {
		return s.showUnvalued(w, r, p)
	}
	if err != nil {
		return err
	}
	page := &lifetimePage{Page: p, Lifetimes: &pic.summary().Lifetimes, Best: pic.greatest(mostLives), pic: pic}
	page.Commands = append(page.Commands, valueCommand(p))
	page.Budgets = pic.budget()
	if page.Days, err = s.db.Read().Equities(r.Context(), pic.snap.Valuation.AsOf, mostEquities); err != nil {
		return err
	}
	if n := len(page.Days); page.Bridge != nil && n > 1 {
		before := page.Days[n-2]
		if page.Lost, err = pic.losses(r.Context(), s.db, before.ID); err != nil {
			return err
		}
		page.Since = before.AsOf
	}
	return s.render(w, r, http.StatusOK, lifetimeView(page))
}

// reckoned says whether the valuation knows lifetime values: one from before they
// were introduced doesn't.
func (p *lifetimePage) reckoned() bool { return p.Rule != value.LifetimeRule{} }

// greatest are the customers with the greatest lifetime values that are known.
func (p *picture) greatest(n int) []int {
	at := columnAt("lifetime")
	var list []int
	for i := range p.list(&listQuery{Sort: at, Down: true}).page(0, n, true) {
		if i < p.snap.Valued() && !math.IsNaN(columns[at].Number(p, i)) {
			list = append(list, i)
		}
	}
	return list
}

// A lifeChange is a customer whose lifetime value changed.
type lifeChange struct {
	I        int // in the picture
	Was, Now money.Amount
}

// losses are the customers that lost most of their lifetime value since an
// earlier valuation.
func (p *picture) losses(ctx context.Context, db *store.DB, since int64) ([]lifeChange, error) {
	if list, ok := p.lost.get(since); ok {
		return list, nil
	}
	places, err := db.Read().Places(ctx, since)
	if err != nil {
		return nil, err
	}
	at := value.KeyLifetime.Index()
	var list []lifeChange
	for _, was := range places {
		i, ok := p.snap.Find(was.Customer)
		if !ok || i >= p.snap.Valued() || !was.LifeKnown {
			continue
		}
		now := p.snap.Base.Raw[i][at]
		if c := (lifeChange{i, was.Life, money.Amount(math.Round(now))}); !math.IsNaN(now) && c.Now < c.Was {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b lifeChange) int { return cmp.Or(cmp.Compare(a.Now-a.Was, b.Now-b.Was), cmp.Compare(a.I, b.I)) })
	list = slices.Clone(list[:min(mostLives, len(list))])
	p.lost.put(since, list)
	return list, nil
}

// A classBudget sets the lifetime value of the customers of a class beside what
// they cost in the window, all of it positive.
type classBudget struct {
	Class       value.Class
	Customers   int
	Known       int // of these with a lifetime value
	Life        money.Amount
	Care        money.Amount // care and complaints
	Services    money.Amount // services and goodwill, at our cost
	Acquisition money.Amount
}

// cost is all that the class cost in the window.
func (b *classBudget) cost() money.Amount { return b.Care + b.Services + b.Acquisition }

// budgetsOf sums up the classes that have customers, A first and those without a
// class last.
func budgetsOf(p *picture) []classBudget {
	order := []value.Class{value.A, value.B, value.C, value.Loss, value.NoClass}
	list := make([]classBudget, len(order))
	for k, c := range order {
		list[k].Class = c
	}
	at := value.KeyLifetime.Index()
	for i := range p.snap.Valued() {
		s := &p.snap.Base.Standing[i]
		b := &list[slices.Index(order, cmp.Or(s.ClassSet, s.ByContribution))]
		b.Customers++
		if x := p.snap.Base.Raw[i][at]; !math.IsNaN(x) {
			b.Known++
			b.Life += money.Amount(math.Round(x))
		}
		f := p.snap.Figures(i)
		b.Care -= f.Steps.Care + f.Steps.Complaint
		b.Services += f.Steps.ValueTo()
		b.Acquisition -= f.Steps.Acquisition
	}
	return slices.DeleteFunc(list, func(b classBudget) bool { return b.Customers == 0 })
}

// idOf is the customer of a line.
func (p *lifetimePage) customer(i int) account.CustomerID { return p.pic.snap.ID(i) }

// worth is the lifetime value of customer i.
func (p *lifetimePage) worth(i int) money.Amount {
	return money.Amount(math.Round(p.pic.snap.Base.Raw[i][value.KeyLifetime.Index()]))
}

// alive is the probability that customer i is one still, in words.
func (p *lifetimePage) alive(i int) string {
	x := p.pic.snap.Alive(i)
	if math.IsNaN(x) {
		return p.T("unknown")
	}
	return p.Percent(x, 0)
}
