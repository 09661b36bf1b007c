// Package serve is the one HTTP server: it listens, answers whether it is well,
// logs and counts what was asked, runs the jobs beside the pages and ends in order.
//
// Where others could reach it without TLS, it refuses to listen. What the pages are
// is the business of internal/web, what a job does that of internal/app.
package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"quid/fault"
	"quid/internal/api"
	"quid/internal/app"
	"quid/internal/job"
	"quid/internal/mail"
	"quid/internal/mailbox"
	"quid/internal/request"
	"quid/internal/store"
	"quid/internal/web"
)

// Limits of a request. Uploads and downloads of large files lift theirs.
const (
	headerTime  = 10 * time.Second
	requestTime = 2 * time.Minute
	idleTime    = 2 * time.Minute
	headerBytes = 64 << 10
)

// A Server serves one book.
type Server struct {
	App    *app.App
	Listen string       // host:port; port 0 takes a free one
	Door   Door         // how others reach it
	Ready  func(string) // hears the address once requests are answered; may be nil

	Metrics      string       // host:port where metrics are read without a login; "" for nowhere
	MetricsReady func(string) // hears their address; may be nil
	Version      string       // of the program

	// Mail is the mailbox of quick entry; nil: there is none.
	Mail *mailbox.Config

	// Post is the server that takes our mails; nil: links are shown instead.
	Post *mail.Config

	// Grace is how long requests under way may take when the server ends; ten
	// seconds if 0. A job gives its work back and goes on after the next start.
	Grace time.Duration

	now     *condition
	metrics *metrics
}

// room is how many more threads than processors may run in a server.
const room = 2

// MakeRoom lets requests run beside bulk work, which keeps as many threads busy as
// there are processors: then it is the system that shares the processors out, and
// it lets a thread that wakes up go first. Among goroutines a request would wait
// at each of its steps for the ten milliseconds of those that compute
// (docs/decisions/0011).
func MakeRoom() { runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + room) }

// Run serves until ctx ends, and returns when everything under way has ended.
func (s *Server) Run(ctx context.Context) error {
	l, err := s.Door.listen(ctx, s.Listen)
	if err != nil {
		return err
	}
	s.App.Public = s.Door.base(l.Addr())
	if s.Post != nil {
		s.App.Post = Letters(*s.Post)
	}
	wake := make(chan struct{}, 1)
	h := s.server(s.Handler(wake))
	served := make(chan error, 2)
	if err := errors.Join(s.serve(h, l, served), s.serveMetrics(ctx, served)); err != nil {
		return errors.Join(err, h.Close(), l.Close())
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	runner, err := s.begin(ctx)
	if err != nil {
		return errors.Join(err, s.end(h))
	}
	var jobs sync.WaitGroup
	runners := s.runners(runner)
	for _, r := range runners {
		r.Wake = make(chan struct{}, 1)
		jobs.Go(func() { r.Run(work) })
	}
	jobs.Go(func() { wakeAll(work, wake, runners) })
	s.now.state.Store(ready)
	if s.Ready != nil {
		s.Ready(s.App.Public)
	}
	select {
	case err = <-served: // never without an error before Shutdown
	case <-ctx.Done():
	}
	err = errors.Join(err, s.end(h))
	stop()
	jobs.Wait()
	return err
}

// Letters sends letters by a mail server.
func Letters(c mail.Config) func(context.Context, app.Letter) error {
	return func(ctx context.Context, l app.Letter) error {
		err := c.Send(ctx, mail.Letter(l))
		if errors.Is(err, mail.ErrUncertain) {
			err = fmt.Errorf("%w: %w", err, app.ErrUncertain)
		}
		return err
	}
}

// server returns a server with its limits.
func (s *Server) server(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, WriteTimeout: requestTime, IdleTimeout: idleTime,
		MaxHeaderBytes: headerBytes,
		ErrorLog:       slog.NewLogLogger(quiet{s.App.Log.Handler()}, slog.LevelWarn),
	}
}

// serve answers on a listener, by TLS if there is a certificate.
func (s *Server) serve(h *http.Server, l net.Listener, served chan<- error) error {
	answer := func() error { return h.Serve(l) }
	if s.Door.Cert != "" {
		var err error
		if h.TLSConfig, err = (&certificate{cert: s.Door.Cert, key: s.Door.Key, log: s.App.Log}).config(); err != nil {
			return err
		}
		answer = func() error { return h.ServeTLS(l, "", "") }
	}
	go func() {
		if err := answer(); !errors.Is(err, http.ErrServerClosed) {
			served <- err
		}
	}()
	return nil
}

// serveMetrics answers GET /metrics at an address of its own, which no proxy
// publishes by accident.
func (s *Server) serveMetrics(ctx context.Context, served chan<- error) error {
	if s.Metrics == "" {
		return nil
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", s.Metrics)
	if err != nil {
		return fmt.Errorf("listen for metrics: %w", err)
	}
	h := s.server(s.metrics.handler())
	go func() {
		if err := h.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			served <- err
		}
	}()
	context.AfterFunc(ctx, func() { _ = h.Close() })
	if s.MetricsReady != nil {
		s.MetricsReady("http://" + l.Addr().String() + "/metrics")
	}
	return nil
}

// begin goes on with what an earlier server left and returns the runner of jobs. A
// book that can't be written for the moment is served all the same.
func (s *Server) begin(ctx context.Context) (*job.Runner, error) {
	runner := Runner(s.App)
	runner.Kinds[app.MailJob] = func(context.Context, store.Job, func(done, total int64)) error { return nil }
	err := errors.Join(s.App.GoOn(ctx), s.App.StartTidying(ctx), s.App.StartWebhooks(ctx))
	if s.Mail != nil {
		runner.Kinds[app.MailJob] = func(ctx context.Context, _ store.Job, _ func(done, total int64)) error {
			return lookAtMail(ctx, s.App, *s.Mail)
		}
		err = errors.Join(err, s.App.MailLooked(ctx, 0))
	}
	if errors.Is(err, fault.Unwritable) {
		s.App.Log.ErrorContext(ctx, "the book can't be written: start Quid again once it can, so that it goes on with what was interrupted", "err", err)
		err = nil
	}
	return runner, err
}

// How often the runner of webhooks looks where no request wakes it, and prolongs what it
// holds: many leases of receivers that hang must not be many writes.
const (
	courierPause = 3 * time.Second
	courierBeat  = 10 * time.Second
)

// runners are the runner of jobs, which leaves webhooks to another, and that other.
func (s *Server) runners(main *job.Runner) []*job.Runner {
	main.Lane = store.Lane{Kind: app.WebhookJob}
	return []*job.Runner{main, Courier(s.App)}
}

// Courier returns a runner of the jobs that call webhooks. There is room in it for each of
// them: who hangs, or answers slowly, holds up nobody else.
func Courier(a *app.App) *job.Runner {
	return &job.Runner{
		DB: a.DB, IDs: a.IDs, Now: a.Now, Log: a.Log, Lane: store.Lane{Kind: app.WebhookJob, Own: true}, Pause: courierPause, Width: app.MostWebhooks, Beat: courierBeat,
		Kinds: map[string]job.Func{
			app.WebhookJob: func(ctx context.Context, j store.Job, _ func(done, total int64)) error {
				return a.RunWebhook(ctx, j.Arg)
			},
		},
	}
}

// wakeAll passes on to all runners that there may be something to do.
func wakeAll(ctx context.Context, asked <-chan struct{}, runners []*job.Runner) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-asked:
		}
		for _, r := range runners {
			select {
			case r.Wake <- struct{}{}:
			default:
			}
		}
	}
}

// end lets requests under way finish, and cuts those off that take too long.
func (s *Server) end(h *http.Server) error {
	s.now.state.Store(ending)
	grace := s.Grace
	if grace == 0 {
		grace = 10 * time.Second
	}
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := h.Shutdown(ctx); err != nil {
		return h.Close()
	}
	return nil
}

// Runner returns the runner of the jobs that changes leave behind.
func Runner(a *app.App) *job.Runner {
	return &job.Runner{
		DB: a.DB, IDs: a.IDs, Now: a.Now, Log: a.Log,
		Kinds: map[string]job.Func{
			app.ValueJob: func(ctx context.Context, j store.Job, progress func(done, total int64)) error {
				return a.RunValueOn(ctx, j.Arg, progress)
			},
			app.ImportJob: func(ctx context.Context, j store.Job, progress func(done, total int64)) error {
				id, err := strconv.ParseInt(j.Arg, 10, 64)
				if err != nil {
					return fmt.Errorf("import job %q: %w", j.Arg, err)
				}
				return a.RunImport(ctx, id, progress)
			},
			app.StatementJob: func(ctx context.Context, j store.Job, progress func(done, total int64)) error {
				id, err := strconv.ParseInt(j.Arg, 10, 64)
				if err != nil {
					return fmt.Errorf("statement job %q: %w", j.Arg, err)
				}
				return a.RunStatements(ctx, id, progress)
			},
			app.CleanJob:   func(ctx context.Context, _ store.Job, _ func(done, total int64)) error { return a.CleanErased(ctx) },
			app.TidyJob:    func(ctx context.Context, _ store.Job, _ func(done, total int64)) error { return a.RunTidy(ctx) },
			app.ProposeJob: func(ctx context.Context, _ store.Job, _ func(done, total int64)) error { return a.RunPropose(ctx) },
			app.EstimateJob: func(ctx context.Context, j store.Job, progress func(done, total int64)) error {
				return a.RunEstimate(ctx, j.Arg, progress)
			},
			app.LetterJob: func(ctx context.Context, j store.Job, _ func(done, total int64)) error {
				return a.RunLetter(ctx, j.Arg, j.Made)
			},
			app.ForgetJob: func(ctx context.Context, _ store.Job, _ func(done, total int64)) error { return a.ForgetAuthors(ctx) },
		},
	}
}

// ReadyHandler is the Handler of a server that has nothing to start, for programs
// that serve by themselves.
func (s *Server) ReadyHandler() http.Handler {
	h := s.Handler(nil)
	s.now.state.Store(ready)
	return h
}

// Handler answers every request: the pages, the API, and whether the server is well.
// Whatever may have asked for a job wakes the runner through wake, which may be
// nil.
func (s *Server) Handler(wake chan<- struct{}) http.Handler {
	if s.now == nil {
		s.now = &condition{app: s.App}
		s.metrics = newMetrics(s.App, s.Version)
	}
	site := web.NewServer(s.App)
	door := api.New(s.App, site.Snapshot, s.Version)
	pages, programs, assistants := s.Door.admit(site.Handler()), s.Door.admit(door.Handler()), s.Door.admit(door.Assistants())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.now.healthz)
	mux.HandleFunc("GET /readyz", s.now.readyz)
	routed := request.Routed(mux)
	return s.observe(s.metrics, recovered(s.App.Log, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
			routed.ServeHTTP(w, r)
			return
		}
		if s.now.state.Load() == starting {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "starting", http.StatusServiceUnavailable)
			return
		}
		switch {
		case strings.HasPrefix(r.URL.Path, "/api/"):
			programs.ServeHTTP(w, r)
		case r.URL.Path == api.AssistantPath:
			assistants.ServeHTTP(w, r)
		default:
			pages.ServeHTTP(w, r)
		}
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			return
		}
		select {
		case wake <- struct{}{}:
		default:
		}
	})))
}
