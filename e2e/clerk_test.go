package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/intake"
	quidserve "quid/internal/serve"
	"quid/internal/store"
	"quid/service"
)

// Tests of faults need a server whose disk or database fails, so in a process of
// its own: it is this test program, started again with serveBook in its
// environment. It is the server of Quid without a login before it. A weakness
// makes it a twin that breaks a promise, which the test must find.
const (
	serveBook = "QUID_E2E_SERVE" // the book's address
	serveWeak = "QUID_E2E_WEAK"  // ack, early, sticky, retry, nokey
)

// A served is what the server says once it answers.
type served struct {
	URL, Build, Customer, Type string
	Session                    string // of the person who reads
	PID                        int
}

// serveHere is the server; it never returns.
func serveHere(address string) error {
	ctx := auth.With(context.Background(), auth.System("e2e"))
	a, err := openHere(ctx, address)
	if err != nil {
		return err
	}
	s := served{PID: os.Getpid()}
	if s.Customer, s.Type, err = stock(ctx, a); err != nil {
		return err
	}
	if s.Session, err = reader(ctx, a); err != nil {
		return err
	}
	var later atomic.Int64 // minutes: at each page somebody comes back after some time
	a.Now = func() time.Time { return time.Now().Add(time.Duration(later.Load()) * time.Minute) }
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.URL = "http://" + l.Addr().String()
	server := &quidserve.Server{App: a, Door: quidserve.Door{}}
	pages := server.ReadyHandler()
	h := weaken(ctx, os.Getenv(serveWeak), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("quid_session"); err == nil {
			later.Add(6)
			pages.ServeHTTP(w, r)
			return
		}
		auth.As(auth.System("e2e"), pages).ServeHTTP(w, r)
	}), address)
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/phone/sync", nil)
	r.Host = "localhost"
	h.ServeHTTP(w, r) // a phone of another build is told the right one
	var told struct{ Build string }
	if err := json.Unmarshal(w.Body.Bytes(), &told); err != nil {
		return fmt.Errorf("%d %s: %w", w.Code, w.Body, err)
	}
	s.Build = told.Build
	if err := json.NewEncoder(os.Stdout).Encode(s); err != nil {
		return err
	}
	return (&http.Server{Handler: h, ReadHeaderTimeout: time.Minute}).Serve(l)
}

func openHere(ctx context.Context, address string) (*app.App, error) {
	db, err := store.Open(ctx, address)
	if err != nil {
		return nil, err
	}
	a := &app.App{DB: db, IDs: store.NewIDs(time.Now()), Now: time.Now, Files: os.TempDir(), Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	return a, a.CreateBook(ctx, "Faults", "EUR")
}

// reader lets somebody in and returns the session.
func reader(ctx context.Context, a *app.App) (string, error) {
	const password = "a long pump is a loud pump"
	code, err := a.StartCode(ctx)
	if err == nil && code != "" {
		_, err = a.Start(ctx, app.FirstUser{Code: code, Login: "eva@example.com", Name: "Eva", Password: password})
	}
	if err != nil {
		return "", err
	}
	e, err := a.LogIn(ctx, "eva@example.com", password, app.Visit{Address: "127.0.0.1"})
	return e.Token, err
}

// stock sees to a customer and returns it with a service.
func stock(ctx context.Context, a *app.App) (customer, kind string, err error) {
	dir, err := os.MkdirTemp("", "quid-e2e-stock")
	if err != nil {
		return "", "", err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "customers.csv")
	if err := os.WriteFile(file, []byte("number;name\n1;Huber\n"), 0o600); err != nil {
		return "", "", err
	}
	find := func() error {
		keys, err := a.DB.Read().Keys(ctx, "file", store.CustomerKey, []string{"1"})
		if id := keys["1"].Customer; id != 0 {
			customer = strconv.FormatInt(int64(id), 10)
		}
		return err
	}
	if err := find(); err != nil {
		return "", "", err
	}
	if customer == "" {
		_, err := a.Import(ctx, app.ImportRequest{Kind: intake.Customers, Path: file, Related: true}, nil)
		if err := errors.Join(err, find()); err != nil {
			return "", "", err
		}
	}
	types, err := a.DB.Read().Types(ctx)
	if err != nil {
		return "", "", err
	}
	i := slices.IndexFunc(types, func(t service.Type) bool { return t.Code == "hotline" })
	return customer, strconv.FormatInt(types[i].ID, 10), nil
}

// weaken makes the twin that breaks a promise.
func weaken(ctx context.Context, how string, h http.Handler, address string) http.Handler {
	var stuck atomic.Bool
	var renamed atomic.Int64
	var mu sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if how == "" || r.URL.Path != "/phone/sync" {
			mu.Lock()
			now := h
			mu.Unlock()
			now.ServeHTTP(w, r)
			return
		}
		if how == "nokey" { // it takes every try for another entry
			body, _ := io.ReadAll(r.Body)
			body = bytes.Replace(body, []byte(`"key":"`), fmt.Appendf(nil, `"key":"%d-`, renamed.Add(1)), 1)
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		}
		if how == "early" { // it says yes before it has kept anything
			body, _ := io.ReadAll(r.Body)
			later := r.Clone(ctx)
			later.Body = io.NopCloser(bytes.NewReader(body))
			go func() {
				time.Sleep(50 * time.Millisecond)
				h.ServeHTTP(httptest.NewRecorder(), later)
			}()
			_, _ = io.WriteString(w, `{"results":[{"state":"recorded"}]}`)
			return
		}
		mu.Lock()
		now := h
		mu.Unlock()
		a := httptest.NewRecorder()
		now.ServeHTTP(a, r)
		failed := a.Code == http.StatusInsufficientStorage || a.Code == http.StatusServiceUnavailable
		switch {
		case how == "ack" && failed: // it says yes to what it could not keep
			w.WriteHeader(http.StatusOK)
			_, _ = io.WriteString(w, `{"results":[{"state":"recorded"}]}`)
			return
		case how == "sticky" && (failed || stuck.Load()): // it doesn't recover
			stuck.Store(true)
			w.WriteHeader(http.StatusInsufficientStorage)
			return
		case how == "retry" && failed: // it forgets that the disk was not to be trusted
			if anew, err := openHere(ctx, address); err == nil {
				mu.Lock()
				h = auth.As(auth.System("e2e"), (&quidserve.Server{App: anew}).ReadyHandler())
				mu.Unlock()
			}
		}
		for k, v := range a.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(a.Code)
		_, _ = w.Write(a.Body.Bytes())
	})
}

// A clerk books entries on a server and keeps, outside of it, what was
// acknowledged.
type clerk struct {
	t      *testing.T
	cmd    *exec.Cmd
	http   *http.Client
	book   string
	weak   string
	before []string     // of the command, such as strace
	said   bytes.Buffer // the log of the server
	served

	mu    sync.Mutex
	acked []string
	other map[int]int // answers that were neither a yes nor a promised no
}

// hire starts a server on a book. What was acknowledged before stays known.
func (c *clerk) hire() {
	c.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		c.t.Fatal(err)
	}
	args := append(slices.Clone(c.before), exe)
	c.cmd = exec.CommandContext(c.t.Context(), args[0], args[1:]...)
	c.cmd.Env = append(os.Environ(), serveBook+"="+c.book, serveWeak+"="+c.weak)
	c.cmd.Stderr = &c.said
	out, err := c.cmd.StdoutPipe()
	if err == nil {
		err = c.cmd.Start()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { c.kill() })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &c.served)
	}
	if err != nil {
		c.t.Fatalf("the server said %q: %v\n%s", line, err, c.said.String())
	}
	c.http = &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
}

// kill ends the server as a crash does.
func (c *clerk) kill() {
	if c.cmd != nil && c.cmd.ProcessState == nil {
		if p, err := os.FindProcess(c.PID); err == nil && c.PID != 0 {
			_ = p.Kill()
		}
		if len(c.before) == 0 {
			_ = c.cmd.Process.Kill()
		}
		_ = c.cmd.Wait()
	}
}

// write books an entry and returns the status, 0 if there was no answer.
func (c *clerk) write(key, text string) int {
	body := fmt.Sprintf(`{"entries":[{"key":%q,"customer":%q,"type":%q,"day":"2026-11-20","quantity":"6","background":%q}]}`, key, c.Customer, c.Type, key+" "+text)
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.URL+"/phone/sync", strings.NewReader(body))
	if err != nil {
		c.t.Error(err)
		return 0
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Quid-Build", c.Build)
	res, err := c.http.Do(r)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	var got struct{ Results []struct{ State string } }
	if res.StatusCode == http.StatusOK {
		if err := json.NewDecoder(res.Body).Decode(&got); err != nil || len(got.Results) != 1 {
			return 0
		}
	}
	status := res.StatusCode
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case status == http.StatusOK && (got.Results[0].State == "recorded" || got.Results[0].State == "already"):
		c.acked = append(c.acked, key)
	case status == http.StatusOK:
		status = -1 // refused, or to be sent later
	case status == http.StatusServiceUnavailable && res.Header.Get("Retry-After") == "":
		status = -2
	}
	if status != http.StatusOK && status != http.StatusInsufficientStorage && status != http.StatusServiceUnavailable {
		if c.other == nil {
			c.other = make(map[int]int)
		}
		c.other[status]++
	}
	return status
}

// get reads a page and returns its status.
func (c *clerk) get(path string) (int, string) {
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.URL+path, nil)
	if err != nil {
		c.t.Error(err)
		return 0, ""
	}
	if path != "/readyz" {
		r.AddCookie(&http.Cookie{Name: "quid_session", Value: c.Session})
	}
	res, err := c.http.Do(r)
	if err != nil {
		return 0, ""
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, ""
	}
	return res.StatusCode, string(text)
}

// reads says whether somebody who is logged in can read the customer and the list.
func (c *clerk) reads() error {
	for _, path := range []string{"/customers/" + c.Customer, "/services"} {
		if status, _ := c.get(path); status != http.StatusOK {
			return fmt.Errorf("%s was answered %d", path, status)
		}
	}
	return nil
}

// audit opens the book itself: everything acknowledged is in it, once, and it is
// sound.
func (c *clerk) audit(address string) error {
	c.t.Helper()
	ctx := auth.With(c.t.Context(), auth.System("e2e"))
	db, err := store.Open(ctx, address)
	if err != nil {
		return err
	}
	defer db.Close()
	a := &app.App{DB: db, IDs: store.NewIDs(time.Now()), Now: time.Now, Files: c.t.TempDir(), Log: slog.New(slog.DiscardHandler)}
	times := make(map[string]int)
	for k, err := range db.Read().Services(ctx, store.ServiceFilter{}) {
		if err != nil {
			return err
		}
		key, _, _ := strings.Cut(k.Doc.Background, " ")
		times[key]++
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	lost, twice := 0, 0
	for _, key := range c.acked {
		switch n := times[key]; {
		case n == 0:
			lost++
		case n > 1:
			twice++
		}
	}
	results, ok, err := a.Check(ctx)
	switch {
	case err != nil:
		return err
	case lost > 0 || twice > 0:
		return fmt.Errorf("of %d acknowledged entries %d are lost, %d are there more than once", len(c.acked), lost, twice)
	case !ok:
		return fmt.Errorf("the check finds something: %+v", results)
	case len(c.other) > 0:
		return fmt.Errorf("answers that nobody promised: %v", c.other)
	}
	return nil
}
