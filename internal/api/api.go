package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"quid/fault"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/request"
	"quid/internal/store"
)

// Root is where everything of this version stands.
const Root = "/api/v1"

// A Picture returns the newest valuation in memory, narrowed to the customers that
// who asks sees; fault.NotFound where there is none.
type Picture func(context.Context) (*store.Snapshot, error)

// A Server answers programs.
type Server struct {
	app     *app.App
	db      *store.DB
	picture Picture
	api     huma.API
	mux     *http.ServeMux
	meter   meter
	routed  []string // operations that are there
	spec    []byte   // OpenAPI as JSON
	page    []byte   // the same to be read
}

// New returns the API of a book; it panics if an operation names no right.
func New(a *app.App, picture Picture, version string) *Server {
	s := &Server{app: a, db: a.DB, picture: picture, mux: http.NewServeMux(), meter: meter{now: a.Now}}
	format := huma.DefaultJSONFormat
	format.Unmarshal = strictly
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Quid", Version: version,
				Description: "Customers, what they give and what they get. Money and ids are strings, days are as in 2026-12-31. Ask with the secret of a key: Authorization: Bearer quid_…",
			},
			Servers: []*huma.Server{{URL: Root}},
			Components: &huma.Components{SecuritySchemes: map[string]*huma.SecurityScheme{
				"key": {Type: "http", Scheme: "bearer", Description: "The secret of a key, made on the page Users or by `quid key add`."},
			}},
			Security: []map[string][]string{{"key": {}}},
		},
		Formats: map[string]huma.Format{"application/json": format, "json": format}, DefaultFormat: "application/json",
		RejectUnknownQueryParameters: true,
	}
	config.FieldsOptionalByDefault = true
	s.api = humago.NewWithPrefix(s.mux, Root, config)
	s.routes()
	var err error
	if s.spec, err = json.Marshal(s.api.OpenAPI()); err == nil {
		s.page, err = readable(s.api.OpenAPI())
	}
	if err != nil {
		panic("describe the API: " + err.Error())
	}
	return s
}

// routes registers every operation.
func (s *Server) routes() {
	s.customers()
	s.catalogue()
	s.services()
	s.products()
	s.invoices()
	s.payments()
	s.complaints()
	s.interactions()
	s.valuations()
	s.imports()
	s.tasks()
	s.writing()
	s.bulk()
	s.explanations()
	s.webhooks()
}

// Handler answers what begins with Root.
func (s *Server) Handler() http.Handler {
	free := http.NewServeMux() // says nothing of the book
	free.HandleFunc("GET "+Root+"/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
		_, _ = w.Write(s.spec)
	})
	free.HandleFunc("GET "+Root+"/docs", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		_, _ = w.Write(s.page)
	})
	known := request.Routed(s.mux)
	free.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, ok := s.admit(w, r)
		if !ok {
			return
		}
		if p := misasked(r.URL.RawQuery); p != nil {
			writeProblem(w, p)
			return
		}
		known.ServeHTTP(&missing{ResponseWriter: w, asked: r}, r.WithContext(ctx))
	}))
	routed := request.Routed(free)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		if r.URL.Path == Root+"/openapi.json" || r.URL.Path == Root+"/docs" {
			routed.ServeHTTP(w, r)
			return
		}
		free.ServeHTTP(w, r)
	})
}

// admit finds out who asks by the key, and counts; it answers those who may not.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) (context.Context, bool) {
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || strings.TrimSpace(secret) == "" {
		w.Header().Set("WWW-Authenticate", `Bearer realm="quid"`)
		writeProblem(w, problem(http.StatusUnauthorized, "ask with the secret of a key: Authorization: Bearer quid_…"))
		return nil, false
	}
	info := request.Of(r.Context())
	who, err := s.app.ByKey(r.Context(), strings.TrimSpace(secret), info.Client.String())
	if errors.Is(err, app.ErrWrong) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="quid", error="invalid_token"`)
		writeProblem(w, problem(http.StatusUnauthorized, "this key opens nothing: it is unknown, has ended or was taken back"))
		return nil, false
	}
	if err != nil {
		writeProblem(w, s.problemOf(r.Context(), err))
		return nil, false
	}
	who.Via = info.ID
	left, reset, ok := s.meter.take(who.Key)
	h := w.Header()
	h.Set("RateLimit-Limit", strconv.Itoa(perMinute))
	h.Set("RateLimit-Remaining", strconv.Itoa(left))
	h.Set("RateLimit-Reset", strconv.Itoa(reset))
	if !ok {
		h.Set("Retry-After", strconv.Itoa(reset))
		writeProblem(w, problem(http.StatusTooManyRequests, "too many requests with this key: "+strconv.Itoa(perMinute)+" a minute"))
		return nil, false
	}
	return auth.With(r.Context(), who), true
}

// missing answers what the router has no route for, or no method, as a problem.
type missing struct {
	http.ResponseWriter
	asked *http.Request
	drop  bool
}

// WriteHeader turns the router's own answers into problems: only it answers in
// plain text.
func (m *missing) WriteHeader(status int) {
	if (status == http.StatusNotFound || status == http.StatusMethodNotAllowed) && strings.HasPrefix(m.Header().Get("Content-Type"), "text/plain") {
		m.drop = true
		m.Header().Del("Content-Length")
		writeProblem(m.ResponseWriter, problem(status, "there is no "+m.asked.Method+" "+m.asked.URL.Path+": see "+Root+"/docs"))
		return
	}
	m.ResponseWriter.WriteHeader(status)
}

func (m *missing) Write(b []byte) (int, error) {
	if m.drop {
		return len(b), nil
	}
	return m.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController through.
func (m *missing) Unwrap() http.ResponseWriter { return m.ResponseWriter }

// snapshot is the newest valuation, as far as who asks sees it.
func (s *Server) snapshot(ctx context.Context) (*store.Snapshot, error) {
	if s.picture == nil {
		return nil, fault.NotFound
	}
	return s.picture(ctx)
}
