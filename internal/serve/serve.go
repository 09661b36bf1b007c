// Package serve is the one HTTP server: it listens, answers whether it is well,
// runs the jobs beside the pages and ends in order.
//
// Until access control exists it listens on this machine only: an address that
// others could reach is refused. What the pages are is the business of
// internal/web, what a job does that of internal/app.
package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"time"

	"quid/internal/app"
	"quid/internal/job"
	"quid/internal/mailbox"
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
	Ready  func(string) // hears the address once requests are answered; may be nil

	// Mail is the mailbox of quick entry; nil: there is none.
	Mail *mailbox.Config

	// Grace is how long requests under way may take when the server ends; ten
	// seconds if 0. A job gives its work back and goes on after the next start.
	Grace time.Duration
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
	l, err := listen(ctx, s.Listen)
	if err != nil {
		return err
	}
	if err := errors.Join(s.App.GoOn(ctx), s.App.StartTidying(ctx)); err != nil {
		return errors.Join(err, l.Close())
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	wake := make(chan struct{}, 1)
	h := &http.Server{
		Handler:           Handler(s.App, wake),
		ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, WriteTimeout: requestTime, IdleTimeout: idleTime,
		MaxHeaderBytes: headerBytes,
		ErrorLog:       slog.NewLogLogger(s.App.Log.Handler(), slog.LevelWarn),
	}
	runner := Runner(s.App)
	runner.Kinds[app.MailJob] = func(context.Context, store.Job, func(done, total int64)) error { return nil }
	if s.Mail != nil {
		runner.Kinds[app.MailJob] = func(ctx context.Context, _ store.Job, _ func(done, total int64)) error {
			return lookAtMail(ctx, s.App, *s.Mail)
		}
		if err := s.App.MailLooked(ctx, 0); err != nil {
			stop()
			return errors.Join(err, l.Close())
		}
	}
	runner.Wake = wake
	var jobs sync.WaitGroup
	jobs.Go(func() { runner.Run(work) })
	served := make(chan error, 1)
	go func() { served <- h.Serve(l) }()
	if s.Ready != nil {
		s.Ready("http://" + l.Addr().String())
	}
	select {
	case err = <-served: // never without an error before Shutdown
	case <-ctx.Done():
		err = s.end(h)
	}
	stop()
	jobs.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// end lets requests under way finish, and cuts those off that take too long.
func (s *Server) end(h *http.Server) error {
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

// listen listens on this machine only.
func listen(ctx context.Context, address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: write an address such as 127.0.0.1:8080: %w", address, err)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("listen on %q: only this machine may reach it (127.0.0.1) until there is access control", address)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return l, nil
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
			app.TidyJob:    func(ctx context.Context, _ store.Job, _ func(done, total int64)) error { return a.RunTidy(ctx) },
			app.ProposeJob: func(ctx context.Context, _ store.Job, _ func(done, total int64)) error { return a.RunPropose(ctx) },
			app.EstimateJob: func(ctx context.Context, j store.Job, progress func(done, total int64)) error {
				return a.RunEstimate(ctx, j.Arg, progress)
			},
			app.ForgetJob: func(ctx context.Context, _ store.Job, _ func(done, total int64)) error { return a.ForgetAuthors(ctx) },
		},
	}
}

// Handler answers every request: the pages, and /healthz. Whatever may have
// asked for a job wakes the runner through wake, which may be nil.
func Handler(a *app.App, wake chan<- struct{}) http.Handler {
	pages := web.NewServer(a).Handler()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) { health(w, r, a) })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if !local(r.Host) {
			// A name that leads here from elsewhere (DNS rebinding) gets nothing.
			http.Error(w, "unknown host", http.StatusMisdirectedRequest)
			return
		}
		pages.ServeHTTP(w, r)
		if r.Method != http.MethodPost {
			return
		}
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	return recovered(a.Log, mux)
}

// local says whether the Host of a request names this machine.
func local(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	ip := net.ParseIP(name)
	return name == "localhost" || name == "[::1]" || ip != nil && ip.IsLoopback()
}

// health says whether the book can be read.
func health(w http.ResponseWriter, r *http.Request, a *app.App) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if _, err := a.DB.Read().Book(ctx); err != nil {
		a.Log.ErrorContext(ctx, "not well", "err", err)
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "the book cannot be read\n")
		return
	}
	_, _ = io.WriteString(w, "ok\n")
}

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
			log.ErrorContext(r.Context(), "page panicked", "path", r.URL.Path, "panic", p)
			http.Error(w, "something went wrong on our side", http.StatusInternalServerError)
		}()
		next.ServeHTTP(w, r)
	})
}
