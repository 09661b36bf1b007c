package serve

import (
	"context"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"

	"quid/internal/request"
)

// observe gives each request its id, and logs and counts how it was answered: by
// the pattern of its route, never by its address, which may name somebody.
func (s *Server) observe(m *metrics, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.App.Now()
		info, direct := s.Door.info(r)
		ctx := request.With(r.Context(), info)
		w.Header().Set("X-Request-Id", info.ID)
		a := &answer{ResponseWriter: w}
		m.now.Inc()
		defer func() {
			m.now.Dec()
			route, took := info.Route, s.App.Now().Sub(start)
			if route == "" {
				route = "none"
			}
			m.requests.WithLabelValues(route, strconv.Itoa(a.code())).Inc()
			m.seconds.WithLabelValues(route).Observe(took.Seconds())
			s.App.Log.LogAttrs(ctx, level(route, a.code()), "request", slog.String("method", method(r)), slog.String("route", route),
				slog.Int("status", a.code()), slog.Float64("ms", float64(took.Microseconds())/1000), slog.Int64("bytes", a.bytes))
		}()
		if direct && s.Door.shut() && !info.Client.IsLoopback() {
			http.Error(a, "come by way of the proxy", http.StatusForbidden)
			return
		}
		next.ServeHTTP(a, r.WithContext(ctx))
	})
}

// level says how loud an answer is logged: what comes every few seconds by itself
// only where everything is.
func level(route string, status int) slog.Level {
	switch route {
	case "GET /healthz", "GET /readyz", "GET /assets/":
		if status < http.StatusBadRequest {
			return slog.LevelDebug
		}
	}
	return slog.LevelInfo
}

// method returns a known method: a log repeats nothing that somebody made up.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

// An answer remembers what was answered.
type answer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (a *answer) code() int {
	if a.status == 0 {
		return http.StatusOK
	}
	return a.status
}

// WriteHeader remembers the status; those before the last (100 to 199) don't count.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write counts.
func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(p)
	a.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController through.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// recovered turns a panic of a page into a logged answer 500.
func recovered(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p)
			}
			log.ErrorContext(r.Context(), "page panicked", "route", request.Of(r.Context()).Route, "panic", p)
			http.Error(w, "something went wrong on our side", http.StatusInternalServerError)
		}()
		next.ServeHTTP(w, r)
	})
}

// peer matches how net/http names who sent what it complains about.
var peer = regexp.MustCompile(` from \S*\d`)

// A quiet handler leaves addresses of people out of what net/http complains about.
type quiet struct{ slog.Handler }

// Handle leaves them out.
func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	r.Message = peer.ReplaceAllString(r.Message, "")
	return q.Handler.Handle(ctx, r)
}
