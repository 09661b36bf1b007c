package web

import (
	"testing"
	"time"

	"quid/internal/auth/authtest"
)

// Where loading a valuation takes long, what /attention needs is read behind it:
// nobody who opens the page first waits for it.
func TestAttentionIsReadBehindALargeValuation(t *testing.T) {
	t.Parallel()
	for _, slow := range []bool{false, true} {
		b := newWorkbench(t)
		b.someCustomers()
		s := &Server{app: b.app, db: b.app.DB, log: b.app.Log}
		if slow {
			now := make(chan time.Time, 1)
			now <- workNow
			b.app.Now = func() time.Time {
				at := (<-now).Add(quick)
				now <- at
				return at
			}
		}
		if _, err := s.picture(authtest.Context(t)); err != nil {
			t.Fatal(err)
		}
		patience := 200 * time.Millisecond
		if slow {
			patience = 10 * time.Second
		}
		for end := time.Now().Add(patience); s.care.kept.Load() == nil && time.Now().Before(end); {
			time.Sleep(5 * time.Millisecond)
		}
		if got := s.care.kept.Load() != nil; got != slow {
			t.Errorf("slow to load: %v, read behind: %v", slow, got)
		}
	}
}
