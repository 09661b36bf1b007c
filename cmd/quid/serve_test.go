package main

import (
	"context"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var servedAt = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// TestServeEndsInOrder starts the server of a book on a free port, asks it, and
// tells it to end.
func TestServeEndsInOrder(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "book.db")
	must(t, nil, "demo", "--customers", "5", "--db", db)
	ctx, end := context.WithTimeout(t.Context(), 30*time.Second)
	defer end()
	out, w := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"serve", "--db", db, "--addr", "127.0.0.1:0"}, &session{in: strings.NewReader(""), out: w, err: t.Output(), now: time.Now})
		w.Close()
	}()
	said := make([]byte, 200)
	n, err := out.Read(said)
	if err != nil {
		t.Fatalf("the server said nothing: %v", err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // what else it says holds nobody up
	address := servedAt.FindString(string(said[:n]))
	res, err := http.Get(address + "/healthz") //nolint:noctx // the server ends with the test
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("%s is not well: %s", address, res.Status)
	}
	end()
	if got := <-code; got != exitDone {
		t.Errorf("told to end, it ended with exit code %d, want %d", got, exitDone)
	}
}

// Until there is access control, nobody else's machine may reach the pages.
func TestServeRefusesOtherMachines(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "book.db")
	must(t, nil, "demo", "--customers", "1", "--db", db)
	for _, address := range []string{"0.0.0.0:0", ":0", "192.168.1.1:0", "nonsense"} {
		if code, _, problem := quid(t, "serve", "--db", db, "--addr", address); code != exitProblem || problem == "" {
			t.Errorf("--addr %s: exit code %d, %q", address, code, problem)
		}
	}
}

func TestFlagsOfTheDoorAreRead(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		flags doorFlags
		ok    bool
	}{
		{doorFlags{Public: "https://quid.example.com"}, true},
		{doorFlags{Public: "https://quid.example.com:8443/"}, true},
		{doorFlags{Public: "quid.example.com"}, false},
		{doorFlags{Public: "https://quid.example.com/here"}, false},
		{doorFlags{Public: "https://me@quid.example.com"}, false},
		{doorFlags{Public: "javascript:alert(1)"}, false},
		{doorFlags{Proxies: []string{"127.0.0.1", "10.0.0.0/24", "::1"}}, true},
		{doorFlags{Proxies: []string{"10.0.0.0/33"}}, false},
		{doorFlags{Proxies: []string{"proxy.example.com"}}, false},
	} {
		d, err := tt.flags.door()
		if (err == nil) != tt.ok || tt.ok && len(d.Proxies) != len(tt.flags.Proxies) {
			t.Errorf("%+v: %+v, %v", tt.flags, d, err)
		}
	}
}
