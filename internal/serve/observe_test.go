package serve

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"quid/internal/auth/authtest"
	"quid/internal/request"
)

var discard = slog.New(slog.DiscardHandler)

// writeCertificate writes a certificate of our own for a name.
func writeCertificate(t *testing.T, dir, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: now.AddDate(-50, 0, 0), NotAfter: now.AddDate(50, 0, 0)}
	cert, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: cert}, "key.pem": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func spoil(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// read returns what metrics say.
func read(t *testing.T, metrics http.Handler) string {
	t.Helper()
	w := httptest.NewRecorder()
	metrics.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

// A buffer that several goroutines may write to.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// The log names the route and the request, nothing that stands in the address, the
// headers or the body; so do the metrics.
func TestLogAndMetricsNameRoutesAndNobody(t *testing.T) {
	t.Parallel()
	log, numbers, found := nosy(t, func(_ *slog.Logger, h http.Handler) http.Handler { return h })
	for _, what := range private(log, numbers) {
		t.Errorf("%s:\n%s\n%s", what, log, numbers)
	}
	lines := strings.Split(strings.TrimSpace(log), "\n")
	var first struct {
		Route, Request, Method string
		Status                 int
		Bytes                  int64
	}
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil {
		t.Fatal(err)
	}
	if first.Route != "GET /customers" || first.Status != found.Code || first.Bytes == 0 || first.Request == "" || first.Request != found.Header().Get("X-Request-Id") {
		t.Errorf("the first line of the log: %s", lines[0])
	}
	if len(lines) != 5 {
		t.Errorf("%d lines, want 5: being well is not worth one\n%s", len(lines), log)
	}
	for _, want := range []string{
		`quid_http_requests_total{route="GET /customers",status="200"} 1`, `quid_http_request_seconds_count{route="GET /customers"} 1`, `quid_build_info{version="1.2.3"} 1`,
		`quid_book_bytes{part="book"}`, `quid_book_up 1`, `quid_book_read_only 0`, `quid_write_failures_total{why="full"} 0`, `quid_connections{pool="write",state="used"} 0`,
		`quid_jobs_late_seconds 0`, `quid_http_requests_now 0`, `go_memstats_alloc_bytes`, `process_open_fds`,
	} {
		if !strings.Contains(numbers, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
}

func TestWhatTheServerComplainsOfNamesNoAddress(t *testing.T) {
	t.Parallel()
	var b buffer
	l := slog.NewLogLogger(quiet{slog.NewTextHandler(&b, nil)}, slog.LevelWarn)
	l.Printf("http: TLS handshake error from 203.0.113.7:51515: EOF")
	if got := b.String(); strings.Contains(got, "203") || !strings.Contains(got, "TLS handshake error: EOF") {
		t.Error(got)
	}
	var _ *log.Logger = l
}

// A log that repeats what was asked for, and one that says from where, are weak twins:
// the same check finds them.
func TestALogThatNamesWhatWasAskedForIsNoticed(t *testing.T) {
	t.Parallel()
	for name, loud := range map[string]func(r *http.Request) string{
		"the path":    func(r *http.Request) string { return r.URL.Path },
		"the query":   func(r *http.Request) string { return r.URL.RawQuery },
		"the form":    func(r *http.Request) string { return r.FormValue("name") },
		"the address": func(r *http.Request) string { return r.RemoteAddr },
		"the agent":   func(r *http.Request) string { return r.UserAgent() },
	} {
		log, numbers, _ := nosy(t, func(l *slog.Logger, next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				l.Info("request", "what", loud(r))
				next.ServeHTTP(w, r)
			})
		})
		if len(private(log, numbers)) == 0 {
			t.Errorf("a log with %s of each request is not noticed:\n%s", name, log)
		}
	}
}

// canary is what somebody types, sends and is called.
const canary = "kanarienvogel"

// private says what of somebody stands in a log or in metrics.
func private(log, metrics string) (found []string) {
	for where, text := range map[string]string{"log": log, "metrics": metrics} {
		for _, of := range []string{canary, "203.0.113", "/77"} {
			if strings.Contains(text, of) {
				found = append(found, fmt.Sprintf("%q stands in the %s", of, where))
			}
		}
	}
	return found
}

// nosy asks a server for things that name somebody, and returns its log, its metrics and
// the first answer.
func nosy(t *testing.T, around func(*slog.Logger, http.Handler) http.Handler) (log, metrics string, first *httptest.ResponseRecorder) {
	t.Helper()
	a := openApp(t)
	var b buffer
	a.Log = slog.New(request.Log(slog.NewJSONHandler(&b, nil)))
	s := &Server{App: a, Version: "1.2.3"}
	h := around(a.Log, authtest.Everything(s.Handler(nil)))
	s.now.state.Store(ready)
	ask := func(method, path string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(authtest.Context(t), method, path, strings.NewReader("name="+canary))
		r.Host = "localhost"
		r.RemoteAddr = "203.0.113.7:1234"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Request-Id", canary)
		r.Header.Set("User-Agent", canary)
		r.Header.Set("Cookie", "quid_lang="+canary)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	first = ask(http.MethodGet, "/customers?q="+canary)
	ask(http.MethodGet, "/customers/1/"+canary)
	ask(http.MethodGet, "/calendar/"+canary+".ics")
	ask(http.MethodPost, "/customers/77/notes")
	ask(canary, "/customers")
	ask(http.MethodGet, "/healthz")
	return b.String(), read(t, s.metrics.handler()), first
}

// A page that panics is answered, logged under its route, and ends nothing.
func TestAPanicIsAnAnswer(t *testing.T) {
	t.Parallel()
	var b buffer
	mux := http.NewServeMux()
	mux.HandleFunc("GET /one/{two}", func(http.ResponseWriter, *http.Request) { panic("broken") })
	a := openApp(t)
	a.Log = slog.New(request.Log(slog.NewTextHandler(&b, nil)))
	s := &Server{App: a}
	s.Handler(nil)
	w := httptest.NewRecorder()
	s.observe(s.metrics, recovered(a.Log, request.Routed(mux))).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/one/secret", nil))
	if w.Code != http.StatusInternalServerError || !strings.Contains(b.String(), `route="GET /one/{two}"`) || strings.Contains(b.String(), "secret") {
		t.Errorf("%d\n%s", w.Code, b.String())
	}
}

// Whether the server is ready follows from what it does and whether the book can
// be written; whether it is well, from the schema.
func TestReadyAndWell(t *testing.T) {
	t.Parallel()
	a := openApp(t)
	clock := now
	a.Now = func() time.Time { return clock }
	s := &Server{App: a}
	h := s.Handler(nil)
	ask := func(path string) (int, string) {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = "localhost"
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	want := func(path string, status int, text string) {
		t.Helper()
		if got, body := ask(path); got != status || !strings.Contains(body, text) {
			t.Errorf("%s: %d %q, want %d %q", path, got, body, status, text)
		}
	}
	want("/readyz", http.StatusServiceUnavailable, "starting")
	want("/customers", http.StatusServiceUnavailable, "starting")
	want("/healthz", http.StatusOK, "ok")
	s.now.state.Store(ready)
	want("/readyz", http.StatusOK, "ok")
	if err := a.DB.Close(); err != nil {
		t.Fatal(err)
	}
	want("/readyz", http.StatusOK, "ok") // asked a moment ago
	clock = clock.Add(probeEvery)
	want("/readyz", http.StatusServiceUnavailable, "cannot be written")
	want("/healthz", http.StatusServiceUnavailable, "schema")
	s.now.state.Store(ending)
	want("/readyz", http.StatusServiceUnavailable, "ending")
}

// The whole way over TLS, with metrics beside it, until it ends in order: a request
// that is under way is answered.
func TestAServerSpeaksTLSAndEndsInOrder(t *testing.T) {
	t.Parallel()
	a := openApp(t)
	dir := t.TempDir()
	writeCertificate(t, dir, "quid.example.com")
	ctx, cancel := context.WithCancel(authtest.Context(t))
	defer cancel()
	at, metrics, ended := make(chan string, 1), make(chan string, 1), make(chan error, 1)
	s := &Server{
		App: a, Listen: "127.0.0.1:0", Metrics: "127.0.0.1:0", Grace: 5 * time.Second, Door: Door{Cert: dir + "/cert.pem", Key: dir + "/key.pem"},
		Ready: func(url string) { at <- url }, MetricsReady: func(url string) { metrics <- url },
	}
	go func() { ended <- s.Run(ctx) }()
	var base string
	select {
	case base = <-at:
	case err := <-ended:
		t.Fatal(err)
	}
	if !strings.HasPrefix(base, "https://127.0.0.1:") || a.Public != base {
		t.Errorf("it is reached at %s, links begin with %s", base, a.Public)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}}
	get := func(url string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(authtest.Context(t), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { res.Body.Close() })
		return res
	}
	if res := get(base + "/healthz"); res.StatusCode != http.StatusOK || res.ProtoMajor != 2 || res.TLS.PeerCertificates[0].DNSNames[0] != "quid.example.com" {
		t.Errorf("%s %s", res.Status, res.Proto)
	}
	if res := get(<-metrics); res.StatusCode != http.StatusOK {
		t.Errorf("metrics: %s", res.Status)
	}
	if res := get(base + "/metrics"); res.StatusCode == http.StatusOK {
		t.Error("the metrics are read where the pages are")
	}

	// A request whose body is still coming when the server is told to end.
	body, w := io.Pipe()
	answered := make(chan int, 1)
	go func() {
		r, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodPost, base+"/settings", body)
		if err != nil {
			t.Error(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := (&http.Client{Transport: client.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
		if err != nil {
			t.Error(err)
			answered <- 0
			return
		}
		res.Body.Close()
		answered <- res.StatusCode
	}()
	if _, err := io.WriteString(w, "theme=dark"); err != nil {
		t.Fatal(err)
	}
	for underWay := ""; !strings.Contains(underWay, "\nquid_http_requests_now 1\n"); underWay = read(t, s.metrics.handler()) {
		time.Sleep(time.Millisecond)
	}
	cancel()
	for s.now.state.Load() != ending {
		time.Sleep(time.Millisecond)
	}
	w.Close()
	if got := <-answered; got == 0 || got >= http.StatusInternalServerError {
		t.Errorf("the request under way was answered %d", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
}
