package serve

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"quid/internal/app"
	"quid/internal/store"
)

// What a server does now.
const (
	starting int32 = iota
	ready
	ending
)

// A condition says how the server is.
type condition struct {
	app   *app.App
	state atomic.Int32

	mu     sync.Mutex
	probed time.Time
	err    error // of that probe
}

// probeEvery is how long an answer to whether the book can be written holds:
// asking costs the disk a write.
const probeEvery = 5 * time.Second

// writable says whether the book can be written.
func (c *condition) writable(ctx context.Context) error {
	if err := c.app.DB.ReadOnly(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.app.Now()
	if since := now.Sub(c.probed); since >= 0 && since < probeEvery {
		return c.err
	}
	err := c.app.DB.Probe(ctx, now)
	if ctx.Err() != nil {
		return err // whoever asked has gone: nobody knows
	}
	c.probed, c.err = now, err
	return err
}

// healthz says whether the book can be read and has the schema of this program:
// where it has not, a restart may help.
func (c *condition) healthz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	err := c.app.DB.Schema(ctx)
	text := "the schema of the book is not that of this program"
	if err == nil {
		_, err = c.app.DB.Read().Book(ctx)
		text = "the book cannot be read"
	}
	c.say(w, r, text, err)
}

// readyz says whether to send requests here.
func (c *condition) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	switch c.state.Load() {
	case starting:
		c.say(w, r, "starting", errNotYet)
		return
	case ending:
		c.say(w, r, "ending", errNotYet)
		return
	}
	err := c.writable(ctx)
	text := "the book cannot be written"
	if errors.Is(err, store.ErrReadOnly) {
		text = "the disk did not confirm a write: read only until Quid is started again"
	}
	c.say(w, r, text, err)
}

var errNotYet = errors.New("not ready")

// say answers with ok, or with what is wrong.
func (c *condition) say(w http.ResponseWriter, r *http.Request, text string, err error) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if err == nil {
		_, _ = io.WriteString(w, "ok\n")
		return
	}
	if !errors.Is(err, errNotYet) {
		c.app.Log.ErrorContext(r.Context(), "not well: "+text, "err", err)
	}
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, text+"\n")
}
