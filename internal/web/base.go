package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
	"quid/portfolio"
	"quid/value"
)

// A base holds the picture that lists and the matrix are drawn from: the newest
// valuation in memory. A request asks the book whether that is still the newest
// and answers from memory; no list sorts or filters in SQL.
type base struct {
	db   *store.DB
	now  func() time.Time
	log  *slog.Logger
	then func(context.Context) // reads what else is asked of a large valuation that was loaded
	turn sync.Mutex            // held by the one that loads
	kept atomic.Pointer[picture]
}

// errUnvalued says that no valuation was made yet: there is nothing to show.
var errUnvalued = errors.New("no valuation yet")

// quick is the time within which a picture is renewed while the reader waits;
// where it takes longer, the old one is shown meanwhile.
const quick = 150 * time.Millisecond

// calm is how long a picture stands although facts changed, so that an import
// doesn't make it load all the time: twenty times as long as loading took, and a
// minute at least where the reader would wait. A new valuation is always loaded.
func (p *picture) calm() time.Duration {
	if p.took < quick {
		return 20 * p.took
	}
	return max(20*p.took, time.Minute)
}

// picture returns what is shown now: the customers that who asks sees.
func (s *Server) picture(ctx context.Context) (*picture, error) {
	p, err := s.wholePicture(ctx)
	if who := auth.From(ctx); err == nil && !who.ReachesAll() {
		p = p.narrow(who.Sees)
	}
	return p, err
}

// mostNarrow is how many narrow pictures are kept beside a whole one.
const mostNarrow = 64

// narrow is the picture of those customers alone whose owners are reached.
func (p *picture) narrow(to auth.Reach) *picture {
	key := to.Key()
	if n, ok := p.narrowed.get(key); ok {
		return n
	}
	n := newPicture(p.snap.Narrow(to.Of))
	n.digits, n.basis, n.stamp, n.loaded, n.took = p.digits, p.basis, p.stamp, p.loaded, p.took
	p.narrowed.put(key, n)
	return n
}

// wholePicture returns the picture of all customers.
func (s *Server) wholePicture(ctx context.Context) (*picture, error) {
	s.mu.Lock()
	if s.base == nil {
		s.base = &base{db: s.db, now: s.app.Now, log: s.log, then: s.warmCare}
	}
	b := s.base
	s.mu.Unlock()
	stamp, err := s.db.Read().Stamp(ctx, day.At(s.app.Now()))
	if err != nil {
		return nil, err
	}
	if stamp.Valuation == 0 {
		return nil, errUnvalued
	}
	p := b.kept.Load()
	switch {
	case p == nil:
		return b.renew(ctx, stamp)
	case p.stamp == stamp || p.stamp.Valuation == stamp.Valuation && b.now().Sub(p.loaded) < p.calm():
		return p, nil
	case p.took < quick:
		return b.renew(ctx, stamp)
	}
	go func() {
		if !b.turn.TryLock() {
			return // somebody is at it
		}
		defer b.turn.Unlock()
		if _, err := b.load(context.WithoutCancel(ctx), stamp, true); err != nil {
			b.log.ErrorContext(ctx, "valuation not loaded", "valuation", stamp.Valuation, "err", err)
		}
	}()
	return p, nil
}

// renew loads a picture while the reader waits; of several at once, one works.
func (b *base) renew(ctx context.Context, stamp store.Stamp) (*picture, error) {
	b.turn.Lock()
	defer b.turn.Unlock()
	if p := b.kept.Load(); p != nil && p.stamp == stamp {
		return p, nil
	}
	return b.load(ctx, stamp, false)
}

// load reads a picture and puts it in the place of the one before.
func (b *base) load(ctx context.Context, stamp store.Stamp, gently bool) (*picture, error) {
	started := b.now()
	snap, err := b.db.LoadSnapshot(ctx, stamp.Valuation, gently)
	if err != nil {
		return nil, fmt.Errorf("load the newest valuation: %w", err)
	}
	book, err := b.db.Read().Book(ctx)
	if err != nil {
		return nil, err
	}
	p := newPicture(snap)
	p.digits = book.Digits
	if p.basis, err = readBasis(ctx, b.db, &snap.Valuation); err != nil {
		return nil, fmt.Errorf("load the basis of the newest valuation: %w", err)
	}
	p.stamp = stamp
	for _, key := range []string{"customer", defaultSort} {
		p.order(columnAt(key))
	}
	p.loaded = b.now()
	p.took = p.loaded.Sub(started)
	b.kept.Store(p)
	if p.took >= quick {
		go func() {
			b.then(context.WithoutCancel(ctx))
			p.warm(b.db)
		}()
	}
	return p, nil
}

// warm works out what readers ask for first, so that with many customers nobody
// waits for it.
func (p *picture) warm(db *store.DB) {
	for _, key := range defaultColumns {
		p.order(columnAt(key))
	}
	p.fields()
	p.tries()
	p.spread()
	p.budget()
	for c := range columns {
		if db.Pause != nil {
			db.Pause()
		}
		p.order(c)
	}
	p.index.Store(newTrigrams(p.snap.Len(), p.snap.Search, db.Pause))
}

// keptSets is how many answers to filters are kept: 32 MB with a million
// customers.
const keptSets = 256

// A picture is one valuation with what was derived from it for pages. It is
// never changed, but for what it works out when it is first asked.
type picture struct {
	snap   *store.Snapshot
	stamp  store.Stamp
	digits int // decimals of the currency
	loaded time.Time
	took   time.Duration // to load it
	basis  basis         // of the to-side

	orders [columnCount]lazy[*order]
	values [columnCount]lazy[[]float64]
	found  *recent[string, *set] // who passes a filter
	index  atomic.Pointer[trigrams]
	moved  *recent[int64, *movement]

	narrowed *recent[string, *picture] // by whose customers they show
	tried    *recent[string, *portfolio.Outcome]
	fields   func() []portfolio.Field
	tries    func() *portfolio.WhatIf
	spread   func() *concentration
	budget   func() []classBudget
	lost     *recent[int64, []lifeChange] // since an earlier valuation
}

// A lazy value is made when it is first asked for.
type lazy[T any] struct {
	once  sync.Once
	value T
}

func (l *lazy[T]) of(make func() T) T {
	l.once.Do(func() { l.value = make() })
	return l.value
}

func newPicture(snap *store.Snapshot) *picture {
	p := &picture{snap: snap, found: newRecent[string, *set](keptSets), narrowed: newRecent[string, *picture](mostNarrow), moved: newRecent[int64, *movement](4), tried: newRecent[string, *portfolio.Outcome](16), lost: newRecent[int64, []lifeChange](4)}
	p.fields = sync.OnceValue(func() []portfolio.Field { return portfolio.Matrix(snap.Base) })
	p.tries = sync.OnceValue(func() *portfolio.WhatIf { return portfolio.Prepare(snap.Base) })
	p.budget = sync.OnceValue(func() []classBudget { return budgetsOf(p) })
	p.spread = sync.OnceValue(func() *concentration { return concentrationOf(snap.Base) })
	return p
}

// summary is what the valuation says of the whole base.
func (p *picture) summary() *value.Summary { return &p.snap.Valuation.Summary.Summary }

// segment returns the key of the segment that counts of customer i, "" where it
// has no figures yet.
func (p *picture) segment(i int) string {
	if i >= p.snap.Valued() {
		return ""
	}
	return string(segmentIn(&p.snap.Base.Standing[i]))
}

// segmentIn is the segment that counts: what a person set, new, or the field.
func segmentIn(s *portfolio.Standing) value.Segment {
	r := value.Row{New: s.New, Bands: s.Bands, FromSet: s.FromSet, ToSet: s.ToSet}
	return r.Segment()
}

// A recent keeps what was asked for last.
type recent[K comparable, V any] struct {
	mu   sync.Mutex
	most int
	keys []K // the one asked for last stands last
	held map[K]V
}

func newRecent[K comparable, V any](most int) *recent[K, V] {
	return &recent[K, V]{most: most, held: make(map[K]V)}
}

// get returns what is kept under a key.
func (r *recent[K, V]) get(k K) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.held[k]
	if ok {
		r.touch(k)
	}
	return v, ok
}

// put keeps a value and forgets the one that nobody asked for the longest.
func (r *recent[K, V]) put(k K, v V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held[k] = v
	r.touch(k)
	if len(r.keys) > r.most {
		delete(r.held, r.keys[0])
		r.keys = r.keys[1:]
	}
}

func (r *recent[K, V]) touch(k K) {
	for i, other := range r.keys {
		if other == k {
			r.keys = append(append(r.keys[:i:i], r.keys[i+1:]...), k)
			return
		}
	}
	r.keys = append(r.keys, k)
}

// Snapshot returns the newest valuation as pages see it, narrowed to the customers
// that who asks sees: fault.NotFound where no valuation was made yet.
func (s *Server) Snapshot(ctx context.Context) (*store.Snapshot, error) {
	p, err := s.picture(ctx)
	if errors.Is(err, errUnvalued) {
		return nil, fmt.Errorf("valuation: %w", fault.NotFound)
	}
	if err != nil {
		return nil, err
	}
	return p.snap, nil
}
