package web

import (
	"context"
	"sync"
	"time"

	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/capture"
)

// knownNames keeps the names of the customers that some people see for quick entry. They are read
// anew when customers came, went or were renamed: at once where that is quick,
// else in the background.
type knownNames struct {
	turn sync.Mutex // held by the one that reads

	mu      sync.Mutex
	names   *capture.Names
	state   [3]int64
	changed int64 // of the book, when it was last looked whether they changed
	looked  time.Time
	took    time.Duration
}

// stale is how long the names stand before it is looked again whether customers
// changed: every entry changes the book, few change its customers.
func (k *knownNames) stale() time.Duration { return max(2*time.Second, 20*k.took) }

// book is what lines are read with: all customers and the catalogue as it is.
func (s *Server) captureBook(ctx context.Context) (*capture.Book, error) {
	types, err := s.db.Read().Types(ctx)
	if err != nil {
		return nil, err
	}
	names, err := s.namesNow(ctx)
	if err != nil {
		return nil, err
	}
	return &capture.Book{Names: names, Kinds: capture.NewKinds(types)}, nil
}

// namesFor are the kept names of the customers that who asks sees.
func (s *Server) namesFor(ctx context.Context) *knownNames {
	key := "all"
	if who := auth.From(ctx); !who.ReachesAll() {
		key = "of " + who.Sees.Key()
	}
	k, _ := s.names.LoadOrStore(key, new(knownNames))
	return k.(*knownNames) //nolint:forcetypeassert // nothing else is stored
}

func (s *Server) namesNow(ctx context.Context) (*capture.Names, error) {
	book, err := s.db.Read().Book(ctx)
	if err != nil {
		return nil, err
	}
	k := s.namesFor(ctx)
	k.mu.Lock()
	names, took := k.names, k.took
	fresh := names != nil && (k.changed == book.Changed || s.app.Now().Sub(k.looked) < k.stale())
	k.mu.Unlock()
	switch {
	case fresh:
		return names, nil
	case names == nil || took < quick:
		k.turn.Lock()
		defer k.turn.Unlock()
		return s.readNames(ctx, book.Changed, false)
	}
	go func() {
		if !k.turn.TryLock() {
			return // somebody is at it
		}
		defer k.turn.Unlock()
		if _, err := s.readNames(context.WithoutCancel(ctx), book.Changed, true); err != nil {
			s.log.ErrorContext(ctx, "names of customers not read", "err", err)
		}
	}()
	return names, nil
}

// readNames reads the names if customers changed since.
func (s *Server) readNames(ctx context.Context, changed int64, gently bool) (*capture.Names, error) {
	k := s.namesFor(ctx)
	started := s.app.Now()
	state, err := s.db.Read().NamesState(ctx)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	same := k.names != nil && k.state == state
	if same {
		k.changed, k.looked = changed, started
	}
	names := k.names
	k.mu.Unlock()
	if same {
		return names, nil
	}
	var pause func()
	if gently {
		pause = s.db.Pause
	}
	names, err = app.NamesOf(ctx, s.db.Read(), pause)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.names, k.state, k.changed, k.looked = names, state, changed, s.app.Now()
	k.took = k.looked.Sub(started)
	return names, nil
}
