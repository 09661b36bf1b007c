package serve

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"quid/internal/app"
	"quid/internal/auth/authtest"
	"quid/internal/job"
)

// A crowd is a book with receivers that hang and one that answers.
type crowd struct {
	*app.App
	t       *testing.T
	told    chan struct{} // the one that answers
	hanging atomic.Int64  // calls in flight at those that hang
	most    atomic.Int64  // at one of them at once
	hooks   []int64       // those that hang, then the one that answers
}

func newCrowd(t *testing.T, hanging int) *crowd {
	c := &crowd{App: openApp(t), t: t, told: make(chan struct{}, 9)}
	c.Calls.Ranges = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for range hanging {
		var here atomic.Int64
		c.hook(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // else nobody notices that the caller is gone
			c.hanging.Add(1)
			if n := here.Add(1); n > c.most.Load() {
				c.most.Store(n)
			}
			<-r.Context().Done()
			here.Add(-1)
		})
	}
	c.hook(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
		c.told <- struct{}{}
	})
	return c
}

func (c *crowd) hook(h http.HandlerFunc) {
	c.t.Helper()
	s := httptest.NewServer(h)
	c.t.Cleanup(s.Close)
	w, err := c.AddWebhook(authtest.Context(c.t), app.WebhookDraft{Name: "Hub", Address: s.URL, Events: []string{"service.booked"}})
	if err != nil {
		c.t.Fatal(err)
	}
	c.hooks = append(c.hooks, w.ID)
}

// tell asks for a message to each, those that hang first.
func (c *crowd) tell() {
	c.t.Helper()
	for _, id := range c.hooks {
		if _, err := c.TestWebhook(authtest.Context(c.t), id); err != nil {
			c.t.Fatal(err)
		}
	}
}

// heard waits until the one that answers was told, at most so long.
func (c *crowd) heard(most time.Duration) bool {
	select {
	case <-c.told:
		return true
	case <-time.After(most):
		return false
	}
}

// run lets runners go on until the test ends.
func (c *crowd) run(runners ...*job.Runner) (wake func()) {
	ctx, cancel := context.WithCancel(c.t.Context())
	var all sync.WaitGroup
	for _, r := range runners {
		r.Wake = make(chan struct{}, 1)
		all.Go(func() { r.Run(ctx) })
	}
	c.t.Cleanup(func() { cancel(); all.Wait() })
	return func() {
		for _, r := range runners {
			r.Wake <- struct{}{}
		}
	}
}

// Receivers that hang hold up nobody else, as many as there may be, and each has one
// call at a time, however much happens meanwhile.
func TestReceiversThatHangHoldUpNobody(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, app.MostWebhooks-1)
	c.tell()
	wake := c.run(Courier(c.App))
	began := time.Now()
	if !c.heard(10 * time.Second) { // a busy machine; less than the 20 seconds of a call
		t.Fatal("the receiver that answers was not told")
	}
	t.Logf("told after %d ms, while %d calls hang", time.Since(began).Milliseconds(), c.hanging.Load())
	c.tell()
	wake()
	if !c.heard(10 * time.Second) {
		t.Error("the receiver that answers was not told a second time")
	}
	if c.hanging.Load() != app.MostWebhooks-1 || c.most.Load() != 1 {
		t.Errorf("%d calls hang, at one receiver %d at once: the test shows nothing, or a receiver is called twice", c.hanging.Load(), c.most.Load())
	}
}

// The weak twin: runners of one call each, as many as hang, tell the one that answers
// only when a call has taken its time.
func TestRunnersOfOneCallAreHeldUp(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 3)
	c.tell()
	var three []*job.Runner
	for range 3 {
		r := Courier(c.App)
		r.Width = 1
		three = append(three, r)
	}
	c.run(three...)
	if c.heard(3 * time.Second) {
		t.Errorf("told while %d calls hang: the test of receivers that hang can't fail", c.hanging.Load())
	}
}
