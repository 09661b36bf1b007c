package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// sqlmapTime is how long sqlmap may look at one request.
const sqlmapTime = 3 * time.Minute

// A result is what a tool says of one request to a route.
type result struct {
	pattern string
	what    string // what was varied: path, fields, json
	holes   []string
	tested  bool
	said    string // where it wasn't tested: why
	took    time.Duration
}

// A request is what sqlmap is given: one in which each variable of the path is marked;
// one whose document it varies; and one for each field.
type request struct{ what, text, only string }

func (t target) requests(host string) (out []request) {
	add := func(what, path string, fields url.Values, only string) {
		query, kind, body := "", "", t.json
		switch {
		case t.json != "":
			kind = "application/json"
		case t.method() == http.MethodPost:
			kind, body = "application/x-www-form-urlencoded", plain(fields)
		}
		if len(fields) > 0 && body != plain(fields) {
			query = "?" + plain(fields)
		}
		text := fmt.Sprintf("%s %s%s HTTP/1.1\r\nHost: %s\r\nAccept: text/html, application/json, text/event-stream\r\n", t.method(), path, query, host)
		if kind != "" {
			text += "Content-Type: " + kind + "\r\n"
		}
		out = append(out, request{what, text + "\r\n" + body, only})
	}
	if marked := t.marked(); strings.Contains(marked, "*") {
		add("path", marked, t.fields, "")
	}
	if t.json != "" {
		add("document", t.path, nil, "")
		return out
	}
	for _, name := range slices.Sorted(maps.Keys(t.fields)) {
		add(name, t.path, t.fields, name)
	}
	for _, name := range slices.Sorted(maps.Keys(t.others)) {
		fields := maps.Clone(t.fields)
		if fields == nil {
			fields = url.Values{}
		}
		fields.Set(name, t.others.Get(name))
		add(name, t.path, fields, name)
	}
	return out
}

// plain is a form in which everything has a value: sqlmap varies nothing else. It has
// no mark of sqlmap's own.
func plain(fields url.Values) string {
	full := make(url.Values, len(fields))
	for name, values := range fields {
		full.Set(name, "1")
		if len(values) > 0 && values[0] != "" {
			full.Set(name, strings.ReplaceAll(values[0], "*", "x"))
		}
	}
	return full.Encode()
}

// marked is the path with a mark behind each variable.
func (t target) marked() string {
	_, pattern, _ := strings.Cut(t.pattern, " ")
	is, is0 := strings.Split(t.path, "/"), strings.Split(pattern, "/")
	for i := range is {
		if i < len(is0) && strings.HasPrefix(is0[i], "{") && is0[i] != "{$}" {
			is[i] += "*"
		}
	}
	return strings.Join(is, "/")
}

var (
	hole     = regexp.MustCompile(`(?m)^Parameter: (.*)$`)
	critical = regexp.MustCompile(`(?m)\[(?:CRITICAL|ERROR)\] (.*)$`)
)

// holes are routes of the weak twin in which sqlmap has to find a hole.
var holes = map[string]string{"GET /customers": "q", "GET /customers/{id}": "path", "POST /views": "name", "GET /api/v1/customers": "filter"}

// sqlmap looks at the weak twin, where it has to find each hole, and then at every
// route of the program.
func (r *raid) sqlmap(ctx context.Context) error {
	for pattern, what := range holes {
		t := r.list[slices.IndexFunc(r.list, func(t target) bool { return t.pattern == pattern })]
		t.others, t.fields = nil, url.Values{what: {"e"}}
		if what == "path" {
			t.fields = nil
		}
		res, err := r.look(ctx, pattern, t.requests(r.weak.host())[0])
		if err != nil {
			return err
		}
		if len(res.holes) == 0 {
			return fmt.Errorf("sqlmap doesn't find the hole in %s (%s) of the weak twin: what it says of the program proves nothing (%s)", pattern, what, res.said)
		}
		fmt.Printf("sqlmap, weak twin: %s: %s (%s)\n", pattern, strings.Join(res.holes, ", "), res.took.Round(time.Second))
	}
	c := &counts{requests: make(map[string][]request)}
	var list []target
	most := 0
	for _, t := range r.list {
		if !r.only.MatchString(t.pattern) {
			continue
		}
		list = append(list, t)
		q := t.requests(r.real.host())
		rand.Shuffle(len(q), func(i, j int) { q[i], q[j] = q[j], q[i] })
		key := t.pattern + t.json
		c.requests[key] = q
		most = max(most, len(q))
		if c.all += len(q); len(q) == 0 {
			c.empty++
		}
	}
	// A round varies one more thing of each route: where the time is short, each has had
	// its turn.
	var err error
	limited, cancel := context.WithTimeout(ctx, r.limit)
	defer cancel()
	for round := 0; round < most && err == nil && limited.Err() == nil; round++ {
		var wg errgroup.Group
		wg.SetLimit(r.atOnce)
		for _, t := range list {
			if q := c.requests[t.pattern+t.json]; round < len(q) && limited.Err() == nil {
				wg.Go(func() error { return r.vary(ctx, t, q[round], c) })
			}
		}
		err = errors.Join(wg.Wait(), ctx.Err())
		fmt.Printf("sqlmap: round %d: %d of %d fields, variables and documents were varied\n", round+1, c.runs, c.all)
	}
	fmt.Printf("sqlmap: %d of %d fields, variables and documents varied, %d holes; %d could not be tested; %d routes take nothing that could be varied\n", c.runs, c.all, len(c.holes), len(c.untested), c.empty)
	for _, what := range c.untested {
		fmt.Println("sqlmap: not tested:", what)
	}
	err = errors.Join(err, r.report("sqlmap"))
	for _, what := range c.holes {
		err = errors.Join(err, errors.New("sqlmap: "+what))
	}
	return err
}

// counts are what came of sqlmap.
type counts struct {
	requests map[string][]request

	mu               sync.Mutex
	all, runs, empty int
	holes, untested  []string
}

// vary lets sqlmap vary one thing of a target.
func (r *raid) vary(ctx context.Context, t target, q request, c *counts) error {
	res, err := r.look(ctx, t.pattern, q)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.runs++
	for _, h := range res.holes {
		c.holes = append(c.holes, fmt.Sprintf("%s (%s): %s", t.pattern, q.what, h))
	}
	if !res.tested {
		c.untested = append(c.untested, fmt.Sprintf("%s (%s): %s", t.pattern, q.what, res.said))
	}
	if r.verbose {
		fmt.Printf("sqlmap: %s (%s): tested %v, %v %s, %s\n", t.pattern, q.what, res.tested, res.holes, res.said, res.took.Round(time.Millisecond))
	}
	return nil
}

// look is one run of sqlmap.
func (r *raid) look(ctx context.Context, pattern string, q request) (result, error) {
	res := result{pattern: pattern, what: q.what}
	work, err := os.MkdirTemp(r.dir, "sqlmap")
	if err != nil {
		return res, err
	}
	file := filepath.Join(work, "request")
	if err := os.WriteFile(file, []byte(q.text), 0o600); err != nil {
		return res, err
	}
	args := []string{
		"-r", file, "--ignore-stdin", "--batch", "--disable-coloring", "--output-dir", work, "--flush-session",
		"--dbms=sqlite", "--text-only", "--level=2", "--risk=1", "--technique=BQ", "--test-filter=HAVING clause$|original value|Generic inline", "--skip=cookie,user-agent,referer,host", "--ignore-code=*", "--ignore-redirects", "--retries=1", "--timeout=30",
	}
	if q.only != "" {
		args = append(args, "-p", q.only)
	}
	begun := time.Now()
	limited, cancel := context.WithTimeout(ctx, sqlmapTime)
	defer cancel()
	out, err := exec.CommandContext(limited, "sqlmap", args...).CombinedOutput()
	res.took = time.Since(begun)
	switch text := string(out); {
	case strings.Contains(text, "identified the following injection point"):
		for _, m := range hole.FindAllStringSubmatch(text, -1) {
			res.holes = append(res.holes, m[1])
		}
		res.tested = true
	case strings.Contains(text, "do not appear to be injectable"):
		res.tested = true
	default:
		res.said = fmt.Sprint(err)
		if m := critical.FindStringSubmatch(text); m != nil {
			res.said = m[1]
		}
	}
	return res, errors.Join(ctx.Err(), os.RemoveAll(work))
}
