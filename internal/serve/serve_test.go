package serve

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quid/internal/app"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/store"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func openApp(t *testing.T) *app.App {
	t.Helper()
	db, err := store.Open(authtest.Context(t), filepath.Join(t.TempDir(), "book.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	a := &app.App{DB: db, IDs: store.NewIDs(now), Now: func() time.Time { return now }, Files: t.TempDir(), Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	if err := a.CreateBook(authtest.Context(t), "Served", "EUR"); err != nil {
		t.Fatal(err)
	}
	return a
}

// start serves the book until end is called, which returns what Run did.
func start(t *testing.T, a *app.App) (url string, end func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(authtest.Context(t))
	ready, ended := make(chan string, 1), make(chan error, 1)
	s := &Server{App: a, Listen: "127.0.0.1:0", Ready: func(at string) { ready <- at }, Grace: 2 * time.Second}
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(cancel)
	select {
	case url = <-ready:
	case err := <-ended:
		t.Fatalf("the server ended at once: %v", err)
	}
	return url, func() error { cancel(); return <-ended }
}

func get(t *testing.T, url, host string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(authtest.Context(t), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		r.Host = host
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestAServerAnswersAndEndsInOrder(t *testing.T) {
	t.Parallel()
	a := openApp(t)
	url, end := start(t, a)
	if status, body := get(t, url+"/healthz", ""); status != http.StatusOK || body != "ok\n" {
		t.Errorf("/healthz: %d %q", status, body)
	}
	if status, body := get(t, url+"/import", ""); status != http.StatusUnauthorized || strings.Contains(body, "Served") {
		t.Errorf("/import for a stranger: %d, %q", status, body)
	}
	if status, body := get(t, url+"/login", ""); status != http.StatusOK || !strings.Contains(body, "First start") {
		t.Errorf("/login of a book that nobody may open yet: %d, %q", status, body)
	}
	if err := end(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	if _, err := http.Get(url + "/healthz"); err == nil { //nolint:noctx // nobody is there
		t.Error("somebody still answers")
	}
}

func TestOnlyThisMachineIsServed(t *testing.T) {
	t.Parallel()
	a := openApp(t)
	for _, address := range []string{":8080", "0.0.0.0:0", "[::]:0", "192.168.0.1:0", "example.com:80", "8080", ""} {
		s := &Server{App: a, Listen: address}
		if err := s.Run(authtest.Context(t)); err == nil {
			t.Errorf("listens on %q", address)
		}
	}
	url, _ := start(t, a)
	// A page elsewhere whose name leads to 127.0.0.1 gets nothing.
	if status, _ := get(t, url+"/import", "evil.example"); status != http.StatusMisdirectedRequest {
		t.Errorf("another host's name is answered %d", status)
	}
	for _, host := range []string{"localhost", "localhost:8080", "127.0.0.1", "[::1]:80"} {
		if status, _ := get(t, url+"/phone", host); status != http.StatusOK {
			t.Errorf("%s is answered %d", host, status)
		}
	}
}

func TestABookThatCannotBeReadIsNotWell(t *testing.T) {
	t.Parallel()
	a := openApp(t)
	url, _ := start(t, a)
	if err := a.DB.Close(); err != nil {
		t.Fatal(err)
	}
	if status, _ := get(t, url+"/healthz", ""); status != http.StatusServiceUnavailable {
		t.Errorf("/healthz: %d", status)
	}
}

// A server tidies at its start, and asks for it to be done the next day.
func TestAServerTidiesTheFilesThatWereBrought(t *testing.T) {
	t.Parallel()
	a := openApp(t)
	d, err := a.Upload(authtest.Context(t), intake.Customers, "kunden.csv", strings.NewReader("number;name\n1;A\n"))
	if err != nil {
		t.Fatal(err)
	}
	old := now.AddDate(0, 0, -8)
	if err := os.Chtimes(filepath.Join(a.Files, d.Token+".json"), old, old); err != nil {
		t.Fatal(err)
	}
	_, end := start(t, a)
	if left, err := os.ReadDir(a.Files); err != nil || len(left) != 0 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
	if err := end(); err != nil {
		t.Error(err)
	}
	a.Now = func() time.Time { return now.AddDate(0, 0, 1) }
	if ran, err := Runner(a).Once(authtest.Context(t)); err != nil || !ran {
		t.Errorf("the next day a job ran: %v, %v", ran, err)
	}
	jobs, err := a.DB.Read().Jobs(authtest.Context(t), now.AddDate(-1, 0, 0))
	if err != nil || len(jobs) != 2 || jobs[0].State != "due" || !jobs[0].RunAt.Equal(now.AddDate(0, 0, 2)) || jobs[1].State != "done" {
		t.Errorf("jobs: %+v, %v; want one done and one due the day after", jobs, err)
	}
}

// What was started is done beside the pages, also what an earlier server left.
func TestJobsRunBesideThePages(t *testing.T) {
	t.Parallel()
	a := openApp(t)
	path := filepath.Join(t.TempDir(), "kunden.csv")
	if err := os.WriteFile(path, []byte("Kundennr;Name\n1;A\n2;B\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	imp, err := a.StartImport(authtest.Context(t), app.ImportRequest{Kind: intake.Customers, Path: path})
	if err != nil {
		t.Fatal(err)
	}
	_, end := start(t, a)
	for range 500 {
		if imp, err = a.DB.Read().Import(authtest.Context(t), imp.ID); err != nil {
			t.Fatal(err)
		}
		v, err := a.DB.Read().NewestValuation(authtest.Context(t), 20261122)
		if imp.State == "done" && err == nil && v.Summary.Customers == 2 {
			if err := end(); err != nil {
				t.Errorf("the server ended with %v", err)
			}
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("the import is %s, and no valuation followed", imp.State)
}
