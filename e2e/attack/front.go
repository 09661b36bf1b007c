package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A front stands between the tools and the server. It comes in for them, as the
// administrator and with the keys of the API, as somebody else each time where
// strangers are counted; it logs in anew when a session has ended; and it counts
// what reached which route.
//
// The weak front is the weak twin (mislead).
type front struct {
	to      *url.URL
	keys    []string
	build   string // of the phone
	routes  *http.ServeMux
	weak    *sql.DB           // nil: the server as it is
	kept    []string          // by the weak front
	targets map[string]target // by route

	turn    atomic.Int64
	mu      sync.Mutex
	session string
	logins  int
	known   map[string]bool // routes beside those of the pages
	sent    map[string]*tally
	agreed  map[string]bool // routes that said yes since the greeting
	listen  net.Listener
}

// A tally is what came of the requests to one route.
type tally struct {
	requests int
	status   [6]int   // by hundreds
	failed   []string // requests that were answered by a fault of the server
}

func newFront(s *server, routes []route, weak *sql.DB) (*front, error) {
	f := &front{weak: weak, to: s.url, keys: s.keys, routes: http.NewServeMux(), sent: make(map[string]*tally), agreed: make(map[string]bool), targets: make(map[string]target), known: make(map[string]bool)}
	for _, r := range routes {
		f.routes.Handle(r.Pattern, http.NotFoundHandler())
	}
	var err error
	if f.listen, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	go func() { _ = (&http.Server{Handler: f, ReadHeaderTimeout: time.Minute}).Serve(f.listen) }()
	return f, errors.Join(f.logIn(context.Background()), f.findBuild(context.Background()))
}

func (f *front) host() string { return f.listen.Addr().String() }

func (f *front) address() string { return "http://" + f.listen.Addr().String() }

// know says how a route is asked.
func (f *front) know(t target) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.targets[t.pattern] = t
}

// target is how a route is asked.
func (f *front) target(pattern string) (target, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t, ok := f.targets[pattern]
	return t, ok
}

// take counts a route of the API by its name too.
func (f *front) take(pattern string) {
	if strings.HasPrefix(pattern, toolPattern) {
		pattern = "POST /mcp"
	}
	if !f.known[pattern] {
		f.known[pattern] = true
		f.routes.Handle(pattern, http.NotFoundHandler())
	}
}

// forget begins to count anew.
func (f *front) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent, f.logins = make(map[string]*tally), 0
}

// logIn comes in, from an address of its own.
func (f *front) logIn(ctx context.Context) error {
	form := url.Values{"login": {login}, "password": {password}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, f.to.String()+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Forwarded-For", f.somebody())
	res, err := noFollow.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range res.Cookies() {
		if c.Name == "quid_session" && c.Value != "" {
			f.session = c.Value
			f.logins++
			return nil
		}
	}
	return fmt.Errorf("POST /login was answered %s without a session", res.Status)
}

// findBuild asks which build a phone has to have.
func (f *front) findBuild(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, f.to.String()+"/phone/sync", nil)
	if err != nil {
		return err
	}
	r.AddCookie(&http.Cookie{Name: "quid_session", Value: f.session})
	res, err := noFollow.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if _, after, ok := strings.Cut(string(text), `"build":"`); ok {
		f.build, _, _ = strings.Cut(after, `"`)
	}
	if f.build == "" {
		return errors.Join(err, fmt.Errorf("the build of a phone: %s %s", res.Status, text))
	}
	return nil
}

// somebody is an address that nobody came from before.
func (f *front) somebody() string {
	n := f.turn.Add(1) + int64(rand.IntN(16))<<20
	return fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)
}

// ServeHTTP passes a request on.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	_, pattern := f.routes.Handler(r)
	place(r)
	said := ""
	if f.weak != nil {
		if f.led(w, pattern, r) {
			return
		}
		said = f.mislead(pattern, r, body)
	}
	body = f.renewed(r.Context(), pattern, r, body)
	var res *http.Response
	var text []byte
	for try := range 2 {
		if res, text, err = f.pass(r, body); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		if try > 0 || pattern == "POST /logout" || !strings.HasPrefix(res.Header.Get("Location"), "/login") {
			break
		}
		if f.logIn(r.Context()) != nil { // the session had ended
			break
		}
	}
	f.count(pattern, r, body, res, text)
	if said != "" {
		text = put(res, text, said)
	}
	if strings.HasPrefix(r.UserAgent(), "sqlmap") {
		text = gist(text)
	}
	for k, v := range res.Header {
		if k != "Content-Length" && k != "Set-Cookie" && (f.weak == nil || k != "Content-Security-Policy" && k != "X-Frame-Options") {
			w.Header()[k] = v
		}
	}
	w.WriteHeader(res.StatusCode)
	_, _ = w.Write(text)
}

// pass sends a request to the server as somebody who is in.
func (f *front) pass(r *http.Request, body []byte) (*http.Response, []byte, error) {
	to := *f.to
	to.Path, to.RawPath, to.RawQuery = r.URL.Path, r.URL.RawPath, r.URL.RawQuery
	out, err := http.NewRequestWithContext(r.Context(), r.Method, to.String(), bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	out.Header = r.Header.Clone()
	for _, h := range []string{"Cookie", "Connection", "Accept-Encoding", "Proxy-Connection", "Host"} {
		out.Header.Del(h)
	}
	out.Header.Set("X-Forwarded-For", f.somebody())
	if strings.HasPrefix(r.URL.Path, "/api/") || r.URL.Path == "/mcp" {
		out.Header.Set("Authorization", "Bearer "+f.keys[int(f.turn.Add(1))%len(f.keys)])
		if r.Method == http.MethodPatch && r.Header.Get("If-Match") == "" {
			out.Header.Set("If-Match", f.tag(r.Context(), r.URL.Path))
		}
	} else {
		f.mu.Lock()
		out.AddCookie(&http.Cookie{Name: "quid_session", Value: f.session})
		f.mu.Unlock()
	}
	if strings.HasPrefix(r.URL.Path, "/phone/") {
		out.Header.Set("Quid-Build", f.build)
	}
	res, err := noFollow.Do(out)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res, text, err
}

// A tool for assistants says no within an answer.
const refusedTool = `"isError":true`

var (
	toolName = regexp.MustCompile(`"method":"tools/call".*"name":"([a-z_]+)"`)
	problem  = regexp.MustCompile(`id="([^"]*)-problem"[^>]*>([^<]*)|"detail":"([^"]*)|role="alert"[^>]*>([^<]*)`)
)

// problems are what an answer says is wrong.
func problems(text []byte) (said []string) {
	for _, m := range problem.FindAllSubmatch(text, -1) {
		said = append(said, fmt.Sprintf("%s %s%s%s", m[1], m[2], m[3], m[4]))
	}
	if len(said) == 0 && bytes.Contains(text, []byte(refusedTool)) {
		said = append(said, fmt.Sprintf("%.300s", text))
	}
	return said
}

// count notes what came of a request.
func (f *front) count(pattern string, r *http.Request, body []byte, res *http.Response, text []byte) {
	status := min(5, res.StatusCode/100)
	if pattern == "POST /mcp" {
		if m := toolName.FindSubmatch(body); m != nil {
			pattern = toolPattern + string(m[1])
		}
		if status == 2 && bytes.Contains(text, []byte(refusedTool)) {
			status = 4
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.sent[pattern]
	if t == nil {
		t = new(tally)
		f.sent[pattern] = t
	}
	t.requests++
	f.agreed[pattern] = f.agreed[pattern] || status == 2 || status == 3
	t.status[status]++
	if res.StatusCode >= http.StatusInternalServerError && len(t.failed) < 3 {
		t.failed = append(t.failed, fmt.Sprintf("%s %s %.600s: %s %.200s", r.Method, r.URL.RequestURI(), body, res.Status, res.Header.Get("X-Request-Id")))
	}
}

// put puts something into an answer, which is a page then.
func put(res *http.Response, text []byte, said string) []byte {
	if res.StatusCode == http.StatusSeeOther {
		res.StatusCode = http.StatusOK
		res.Header.Del("Location")
		res.Header.Set("Content-Type", "text/html; charset=utf-8")
	}
	if at := bytes.Index(text, []byte("</main>")); at >= 0 {
		return append(append(bytes.Clone(text[:at]), said...), text[at:]...)
	}
	return append(bytes.Clone(text), said...)
}

var (
	picture = regexp.MustCompile(`(?s)<svg.*?</svg>|<script.*?</script>|<select.*?</select>`)
	tags    = regexp.MustCompile(`<[^>]*>|\s+`)
)

// gist is what a page says: sqlmap compares the texts of answers, and takes long for
// what stands around them on every page.
func gist(page []byte) []byte {
	if at, end := bytes.Index(page, []byte("<main")), bytes.LastIndex(page, []byte("</main>")); at >= 0 && end > at {
		page = tags.ReplaceAll(picture.ReplaceAll(page[at:end], nil), []byte(" "))
	}
	return page
}
