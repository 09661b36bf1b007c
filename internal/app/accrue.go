package app

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fact"
	"quid/internal/store"
	"quid/money"
)

// The steps in which bonuses are accrued: what customers bear themselves, then
// what depends on these.
const (
	ownBonuses   = 1 // of its own agreements, and of its groups' that go by revenue
	groupBonuses = 2 // of its agreements that are spread equally, and the credit notes that settle them
)

// A term is an agreement and the days of a customer that it accrues on.
type term struct {
	agreement   fact.Agreement
	first, last day.Day
}

// termsOf returns what a customer bears itself: its own agreements, and those of
// the groups it belonged to that go by revenue.
func termsOf(ctx context.Context, r store.Reader, id account.CustomerID) ([]term, error) {
	groups, err := r.MembershipsOf(ctx, id)
	if err != nil {
		return nil, err
	}
	var terms []term
	for _, m := range append([]crm.Membership{{Parent: id, From: day.Min, Until: day.Max}}, groups...) {
		agreements, err := r.AgreementsOf(ctx, m.Parent)
		if err != nil {
			return nil, err
		}
		for _, k := range agreements {
			a := k.Doc
			if !k.Withdrawn.IsZero() || a.Spread == fact.Equally || (a.Spread == fact.Alone && a.Customer != id) {
				continue
			}
			if first, last, ok := a.Accrues(m.From, m.Until); ok {
				terms = append(terms, term{a, first, last})
			}
		}
	}
	return terms, nil
}

// An accrualKey tells the accruals of one spread apart.
type accrualKey struct {
	customer, owner account.CustomerID
	agreement       account.DocumentID
	day             day.Day
}

func keyFor(a fact.Accrual) accrualKey { return accrualKey{a.Customer, a.Owner, a.Agreement, a.Day} }

// ownAccruals reckons what a customer bears itself, month by month.
func ownAccruals(ctx context.Context, r store.Reader, id account.CustomerID) (map[accrualKey]fact.Accrual, error) {
	terms, err := termsOf(ctx, r, id)
	if err != nil {
		return nil, err
	}
	type months struct {
		agreement fact.Agreement
		base      map[int]money.Amount
	}
	by := make(map[store.Ref]months)
	for _, t := range terms {
		ref := store.Ref{Customer: t.agreement.Customer, ID: t.agreement.ID}
		m, ok := by[ref]
		if !ok {
			m = months{t.agreement, make(map[int]money.Amount)}
			by[ref] = m
		}
		if err := r.SalesByMonth(ctx, id, t.first, t.last, m.base); err != nil {
			return nil, err
		}
	}
	want := make(map[accrualKey]fact.Accrual)
	for _, m := range by {
		for month, base := range m.base {
			amount, err := base.Times(m.agreement.Rate)
			if err != nil {
				return nil, err
			}
			put(want, accrualOf(m.agreement, id, month, base, amount))
		}
	}
	return want, nil
}

func accrualOf(a fact.Agreement, customer account.CustomerID, month int, base, amount money.Amount) fact.Accrual {
	return fact.Accrual{
		Header: fact.Header{Customer: customer, Number: a.Number}, Agreement: a.ID, Owner: a.Customer, Spread: a.Spread, Day: a.Closes(month), Base: base, Amount: amount,
	}
}

// put keeps an accrual unless it says nothing.
func put(want map[accrualKey]fact.Accrual, a fact.Accrual) {
	if a.Base != 0 || a.Amount != 0 {
		want[keyFor(a)] = a
	}
}

// equalAccruals reckons an agreement that a group bears in equal parts: what all
// bought in a month, split over the members on the day it is dated; the leader
// bears it where there are none. What a cent's split leaves goes to the first by
// external id.
func equalAccruals(ctx context.Context, r store.Reader, a fact.Agreement) (map[accrualKey]fact.Accrual, error) {
	members, err := r.MembersEver(ctx, a.Customer)
	if err != nil {
		return nil, err
	}
	base := make(map[int]money.Amount)
	ids := []account.CustomerID{a.Customer}
	for _, m := range append([]crm.Membership{{Customer: a.Customer, From: day.Min, Until: day.Max}}, members...) {
		ids = append(ids, m.Customer)
		first, last, ok := a.Accrues(m.From, m.Until)
		if !ok {
			continue
		}
		if err := r.SalesByMonth(ctx, m.Customer, first, last, base); err != nil {
			return nil, err
		}
	}
	known, err := r.CustomersByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	want := make(map[accrualKey]fact.Accrual)
	for month, sum := range base {
		amount, err := sum.Times(a.Rate)
		if err != nil {
			return nil, err
		}
		bear := bearers(a, members, a.Closes(month))
		slices.SortFunc(bear, func(x, y account.CustomerID) int { return cmp.Compare(known[x].External, known[y].External) })
		equal := make([]int64, len(bear))
		bases, amounts := money.Shares(sum, equal), money.Shares(amount, equal)
		for i, id := range bear {
			put(want, accrualOf(a, id, month, bases[i], amounts[i]))
		}
	}
	return want, nil
}

// bearers are the members of a group on a day, or its leader where it has none.
func bearers(a fact.Agreement, members []crm.Membership, on day.Day) []account.CustomerID {
	var out []account.CustomerID
	for _, m := range members {
		if m.From <= on && on <= m.Until {
			out = append(out, m.Customer)
		}
	}
	if len(out) == 0 {
		out = append(out, a.Customer)
	}
	return out
}

// accrue does a step for a customer and returns how many accruals and credit
// notes were other than they should be.
func (s settling) accrue(ctx context.Context, due store.Due) (changed int64, err error) {
	if due.Step == ownBonuses {
		want, err := ownAccruals(ctx, s.tx.Reader, due.Customer)
		if err != nil {
			return 0, err
		}
		kept, err := s.tx.AccrualsOf(ctx, due.Customer)
		if err != nil {
			return 0, err
		}
		return s.accruals(ctx, want, keptBy(kept, ownSpread))
	}
	agreements, err := s.tx.AgreementsOf(ctx, due.Customer)
	if err != nil {
		return 0, err
	}
	for _, k := range agreements {
		n, err := s.groupAccruals(ctx, k)
		if err != nil {
			return changed, err
		}
		changed += n
	}
	n, err := s.bonusNotes(ctx, due.Customer)
	return changed + n, err
}

// groupAccruals accrues an agreement that is spread equally, or no more.
func (s settling) groupAccruals(ctx context.Context, k store.Kept[fact.Agreement]) (int64, error) {
	var want map[accrualKey]fact.Accrual
	if k.Withdrawn.IsZero() && k.Doc.Spread == fact.Equally {
		var err error
		if want, err = equalAccruals(ctx, s.tx.Reader, k.Doc); err != nil {
			return 0, err
		}
	}
	kept, err := s.tx.AccruedBy(ctx, store.Ref{Customer: k.Doc.Customer, ID: k.Doc.ID})
	if err != nil {
		return 0, err
	}
	return s.accruals(ctx, want, keptBy(kept, equalSpread))
}

func ownSpread(s fact.Spread) bool   { return s != fact.Equally }
func equalSpread(s fact.Spread) bool { return s == fact.Equally }

// keptBy are the kept accruals of some spreads, by key.
func keptBy(ks []store.Kept[fact.Accrual], of func(fact.Spread) bool) map[accrualKey]store.Kept[fact.Accrual] {
	out := make(map[accrualKey]store.Kept[fact.Accrual], len(ks))
	for _, k := range ks {
		if of(k.Doc.Spread) {
			out[keyFor(k.Doc)] = k
		}
	}
	return out
}

func compareKeys(a, b accrualKey) int {
	return cmp.Or(cmp.Compare(a.customer, b.customer), cmp.Compare(a.owner, b.owner), cmp.Compare(a.agreement, b.agreement), cmp.Compare(a.day, b.day))
}

// accruals makes what is kept what is wanted, in ink: an accrual that differs is
// reversed and posted anew.
func (s settling) accruals(ctx context.Context, want map[accrualKey]fact.Accrual, kept map[accrualKey]store.Kept[fact.Accrual]) (changed int64, err error) {
	keys := make(map[accrualKey]bool, len(want)+len(kept))
	for k := range want {
		keys[k] = true
	}
	for k := range kept {
		keys[k] = true
	}
	var fresh []store.Kept[fact.Accrual]
	var postings []account.Posting
	for _, key := range slices.SortedFunc(maps.Keys(keys), compareKeys) {
		old, was := kept[key]
		now, is := want[key]
		stood := was && old.Withdrawn.IsZero()
		if stood == is && (!is || old.Doc.Same(now)) {
			continue
		}
		changed++
		k, posted, err := s.accrueAnew(ctx, old, now, is)
		if err != nil {
			return changed, err
		}
		postings = append(postings, posted...)
		if was {
			err = s.tx.PutAccrual(ctx, k)
		} else {
			fresh = append(fresh, k)
		}
		if err != nil {
			return changed, err
		}
	}
	if err := s.tx.AddAccruals(ctx, fresh); err != nil {
		return changed, err
	}
	return changed, s.tx.AddPostings(ctx, postings)
}

// accrueAnew takes an accrual back, if it stands, and posts it anew, if it is
// to stand; old is empty for one that was never there.
func (s settling) accrueAnew(ctx context.Context, old store.Kept[fact.Accrual], now fact.Accrual, stands bool) (store.Kept[fact.Accrual], []account.Posting, error) {
	k := old
	var postings []account.Posting
	if old.Doc.ID != 0 && old.Withdrawn.IsZero() {
		back, err := s.app.reverse(ctx, s.tx, s.book, old.Doc.Customer, old.PostedOn, accrualDocument(old.Doc))
		if err != nil {
			return k, nil, err
		}
		postings = back
	}
	if !stands {
		k.Withdrawn = s.app.Now()
		return k, postings, nil
	}
	now.ID, now.Revision = old.Doc.ID, old.Doc.Revision+1
	if now.ID == 0 {
		now.ID = account.DocumentID(s.app.id())
	}
	k.Doc, k.Withdrawn, k.PostedOn = now, time.Time{}, max(now.Day, s.book.FirstOpen())
	return k, append(postings, account.Post(now.Customer, accrualDocument(now), s.book.FirstOpen(), now.Postings(), s.app.postingID)...), nil
}

func accrualDocument(a fact.Accrual) account.Document {
	return account.Document{Kind: account.FromBonus, ID: a.ID, Revision: a.Revision}
}

// notesSettle says what of its agreement's accruals each credit note of a
// customer settles.
func notesSettle(ctx context.Context, r store.Reader, notes []store.Kept[fact.Invoice]) (map[account.DocumentID]money.Amount, error) {
	by := make(map[store.Ref][]fact.BonusNote)
	for _, k := range notes {
		of := store.Ref{Customer: k.Doc.Customer, ID: k.Doc.Agreement}
		by[of] = append(by[of], fact.BonusNote{Document: k.Doc.ID, Number: k.Doc.Number, Day: k.Doc.Day})
	}
	settled := make(map[account.DocumentID]money.Amount, len(notes))
	for agreement, of := range by {
		kept, err := r.AccruedBy(ctx, agreement)
		if err != nil {
			return nil, err
		}
		var accruals []fact.Accrual
		for _, k := range kept {
			if k.Withdrawn.IsZero() {
				accruals = append(accruals, k.Doc)
			}
		}
		maps.Copy(settled, fact.SettleBonus(accruals, of))
	}
	return settled, nil
}

// bonusNotes posts the credit notes of a customer against what has accrued, anew
// where that changed.
func (s settling) bonusNotes(ctx context.Context, id account.CustomerID) (changed int64, err error) {
	notes, err := s.tx.BonusNotes(ctx, id)
	if err != nil {
		return 0, err
	}
	settled, err := notesSettle(ctx, s.tx.Reader, notes)
	if err != nil {
		return 0, err
	}
	for _, k := range notes {
		want := account.Known(settled[k.Doc.ID])
		if k.Accrued == want {
			continue
		}
		changed++
		doc := account.Document{Kind: account.FromInvoice, ID: k.Doc.ID, Revision: k.Doc.Revision}
		var postings []account.Posting
		if k.Accrued.Known {
			if postings, err = s.app.reverse(ctx, s.tx, s.book, id, k.PostedOn, doc); err != nil {
				return changed, err
			}
			k.Doc.Revision++
			doc.Revision++
		}
		k.Accrued, k.PostedOn = want, max(k.Doc.Day, s.book.FirstOpen())
		postings = append(postings, account.Post(id, doc, s.book.FirstOpen(), k.Doc.Settling(want.Amount), s.app.postingID)...)
		if err := s.tx.AddPostings(ctx, postings); err != nil {
			return changed, err
		}
		if err := s.tx.SettleBonus(ctx, k); err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// accrueWaiting accrues the bonuses that wait for it, some a transaction, until
// none is left, and returns how many accruals and credit notes changed.
func (a *App) accrueWaiting(ctx context.Context) (changed int64, err error) {
	for {
		var dues []store.Due
		var n int64
		err := a.DB.Write(ctx, func(tx *store.Tx) error {
			n = 0
			s, err := a.settling(ctx, tx)
			if err != nil {
				return err
			}
			if dues, err = tx.Unaccrued(ctx, 100); err != nil {
				return err
			}
			for _, d := range dues {
				a.giveWay()
				more, err := s.accrue(ctx, d)
				if err != nil {
					return err
				}
				n += more
				if err := tx.Accrued(ctx, d); err != nil {
					return err
				}
			}
			return nil
		})
		changed += n
		if err != nil || len(dues) == 0 {
			return changed, err
		}
	}
}
