// Package request carries through a context what is known of a request before any
// page sees it: its id, who sent it through which proxies, and afterwards which
// route answered it.
//
// internal/serve makes it, logs and counts by it; pages and the API read it. It
// holds nothing of who is logged in (package auth), and of the address that was
// asked for only the pattern of its route, never what stands in its place.
package request

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
)

// An Info is what is known of a request.
type Info struct {
	ID     string     // of the request, made here or by a trusted proxy
	Client netip.Addr // who asks, behind the proxies; for limits, never for the log
	Secure bool       // it came over TLS, here or at the proxy
	Route  string     // the pattern that answered it, "" for none
}

type key struct{}

// With returns a context of a request.
func With(ctx context.Context, i *Info) context.Context { return context.WithValue(ctx, key{}, i) }

// Of returns what is known of the request of a context: an empty Info, that nobody
// will read, where there is none.
func Of(ctx context.Context) *Info {
	if i, ok := ctx.Value(key{}).(*Info); ok {
		return i
	}
	return new(Info)
}

// Routed notes which of a router's patterns answered.
func Routed(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { Of(r.Context()).Route = r.Pattern }() // also if it panics
		mux.ServeHTTP(w, r)
	})
}

// Log returns a handler of log records that adds the id of the request they are of.
func Log(h slog.Handler) slog.Handler { return logged{h} }

type logged struct{ slog.Handler }

// Handle adds the id.
func (l logged) Handle(ctx context.Context, r slog.Record) error {
	if id := Of(ctx).ID; id != "" {
		r.AddAttrs(slog.String("request", id))
	}
	return l.Handler.Handle(ctx, r)
}

// WithAttrs is as of slog.Handler.
func (l logged) WithAttrs(attrs []slog.Attr) slog.Handler { return logged{l.Handler.WithAttrs(attrs)} }

// WithGroup is as of slog.Handler.
func (l logged) WithGroup(name string) slog.Handler { return logged{l.Handler.WithGroup(name)} }
