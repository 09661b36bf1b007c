package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
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

// sqlmapTime is how long sqlmap may look at one thing of a request.
const sqlmapTime = 2 * time.Minute

// A result is what sqlmap says of one request to a route.
type result struct {
	holes   []string
	verdict []string // the names it came to a verdict on, "no hole here"
	said    string   // where it came to none: why
	took    time.Duration
}

// A request is what sqlmap is given: one in which each variable of the path is marked;
// one with all that the route takes at once, or with a document, of which it varies one
// thing after another; and one for each field that makes the route refuse.
type request struct {
	what, text string
	only       []string // the fields that are varied; none: all that is marked, or the document
}

func (t target) requests(host string) (out []request) {
	add := func(what, path string, fields url.Values, only ...string) {
		query, kind, body := "", "", t.json
		switch {
		case t.json != "":
			kind = "application/json"
		case t.method() == http.MethodPost && t.raw == nil:
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
	names := slices.Sorted(maps.Keys(t.fields))
	switch marked := t.marked(); {
	case strings.Contains(marked, "*"): // and, without a choice, all that stands beside it
		add("path", marked, t.fields)
		names = nil
	case t.json != "":
		add("document", t.path, nil)
	}
	if t.json != "" {
		return out
	}
	for part := range slices.Chunk(names, most) {
		add(strings.Join(part, ","), t.path, t.fields, part...)
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

// most is how many fields one run of sqlmap varies.
const most = 12

// plain is a form without sqlmap's own mark, and with one value of each name.
func plain(fields url.Values) string {
	full := make(url.Values, len(fields))
	for name, values := range fields {
		full.Set(name, strings.ReplaceAll(values[0], "*", "x"))
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
	noHole   = regexp.MustCompile(`parameter '(.*?)' does not seem to be injectable`)
	critical = regexp.MustCompile(`(?m)\[(?:CRITICAL|ERROR)\] (.*)$`)
)

// holes are routes of the weak twin in which sqlmap has to find a hole.
var holes = map[string]string{"GET /customers": "q", "GET /customers/{id}": "path", "POST /views": "name", "GET /api/v1/customers": "filter"}

// foundInTwin lets sqlmap look at the weak twin, where it has to find each hole among
// all that the route takes.
func (r *raid) foundInTwin(ctx context.Context) error {
	for _, pattern := range slices.Sorted(maps.Keys(holes)) {
		what := holes[pattern]
		t, ok := r.twins[pattern]
		if !ok {
			return fmt.Errorf("the program has no route %s any more: give the weak twin another hole", pattern)
		}
		fields := maps.Clone(t.fields)
		if fields == nil {
			fields = make(url.Values)
		}
		if what != "path" {
			fields.Set(what, "e")
		}
		t.fields, t.others = fields, nil
		q := t.requests(r.weak.host())
		if what == "path" {
			q = q[:1]
		}
		found := false
		for _, q := range q {
			if what != "path" && !slices.Contains(q.only, what) {
				continue
			}
			res, err := r.look(ctx, q)
			if err != nil {
				return err
			}
			found = found || slices.ContainsFunc(res.holes, func(h string) bool { return what == "path" || strings.HasPrefix(h, what+" ") })
			fmt.Printf("sqlmap, weak twin: %s: holes in %s, none in %s %s (%s)\n", pattern, strings.Join(res.holes, ", "), strings.Join(res.verdict, ", "), res.said, res.took.Round(time.Second))
		}
		if !found {
			return fmt.Errorf("sqlmap doesn't find the hole in %s (%s) of the weak twin: what it says of the program proves nothing", pattern, what)
		}
	}
	return nil
}

// sqlmap looks at the weak twin, and then at every route of the program.
func (r *raid) sqlmap(ctx context.Context) error {
	if err := r.foundInTwin(ctx); err != nil {
		return err
	}
	c := &counts{}
	var rounds [][]func() error
	for _, t := range r.list {
		q := t.requests(r.real.host())
		if len(q) == 0 {
			c.empty++
		}
		for n, q := range q {
			if n == len(rounds) {
				rounds = append(rounds, nil)
			}
			c.all++
			rounds[n] = append(rounds[n], func() error { return r.vary(ctx, t, q, c) })
		}
	}
	// A round is one more run for each route: where the time is short, each has had its
	// turn.
	limited, cancel := context.WithTimeout(ctx, r.limit)
	defer cancel()
	for n, round := range rounds {
		var wg errgroup.Group
		wg.SetLimit(r.atOnce)
		for _, run := range round {
			if limited.Err() != nil {
				break
			}
			wg.Go(run)
		}
		if err := wg.Wait(); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		fmt.Printf("sqlmap: round %d: %d of %d runs\n", n+1, c.runs, c.all)
	}
	err := errors.Join(c.result(), r.report("sqlmap"))
	r.real.forget()
	return err
}

// counts are what came of sqlmap.
type counts struct {
	mu               sync.Mutex
	all, runs, empty int
	varied           int // fields, variables and values of documents
	holes, untested  []string
}

// result is an error where something has a hole or was not looked at.
func (c *counts) result() error {
	fmt.Printf("sqlmap: %d of %d runs, %d fields, variables of paths and values of documents varied, %d holes; %d not tested; %d routes take nothing that could be varied\n", c.runs, c.all, c.varied, len(c.holes), len(c.untested), c.empty)
	var err error
	for _, what := range c.untested {
		err = errors.Join(err, errors.New("sqlmap: not tested: "+what))
	}
	for _, what := range c.holes {
		err = errors.Join(err, errors.New("sqlmap: "+what))
	}
	if c.runs < c.all {
		err = errors.Join(err, fmt.Errorf("sqlmap: the time was over after %d of %d runs", c.runs, c.all))
	}
	return err
}

// vary lets sqlmap vary what a target is sent.
func (r *raid) vary(ctx context.Context, t target, q request, c *counts) error {
	res, err := r.look(ctx, q)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.runs++
	c.varied += len(res.verdict) + len(res.holes)
	for _, h := range res.holes {
		c.holes = append(c.holes, fmt.Sprintf("%s (%s): %s", t.pattern, q.what, h))
	}
	var open []string
	for _, name := range q.only {
		if !slices.Contains(res.verdict, name) && !slices.ContainsFunc(res.holes, func(h string) bool { return strings.HasPrefix(h, name+" ") }) {
			open = append(open, name)
		}
	}
	if len(open) > 0 || len(res.verdict)+len(res.holes) == 0 {
		c.untested = append(c.untested, fmt.Sprintf("%s (%s): %s %s", t.pattern, q.what, strings.Join(open, ","), res.said))
	}
	if r.verbose {
		fmt.Printf("sqlmap: %s (%s): %d verdicts, %v %s, %s\n", t.pattern, q.what, len(res.verdict), res.holes, res.said, res.took.Round(time.Millisecond))
	}
	return nil
}

// look is one run of sqlmap.
func (r *raid) look(ctx context.Context, q request) (result, error) {
	var res result
	work, err := os.MkdirTemp(r.dir, "sqlmap")
	if err != nil {
		return res, err
	}
	file := filepath.Join(work, "request")
	if err := os.WriteFile(file, []byte(q.text), 0o600); err != nil {
		return res, err
	}
	args := append([]string{"-r", file, "--output-dir", work}, sqlmapOptions...)
	if len(q.only) > 0 {
		args = append(args, "-p", strings.Join(q.only, ","))
	}
	begun := time.Now()
	limited, cancel := context.WithTimeout(ctx, time.Duration(max(2, len(q.only), strings.Count(q.text, ":")/3))*sqlmapTime)
	defer cancel()
	out, err := exec.CommandContext(limited, "sqlmap", args...).CombinedOutput()
	res.took = time.Since(begun)
	text := string(out)
	for _, m := range noHole.FindAllStringSubmatch(text, -1) {
		res.verdict = append(res.verdict, m[1])
	}
	for _, m := range hole.FindAllStringSubmatch(text, -1) {
		res.holes = append(res.holes, m[1])
	}
	if len(res.verdict)+len(res.holes) < max(1, len(q.only)) {
		res.said = fmt.Sprint(err)
		if m := critical.FindStringSubmatch(text); m != nil {
			res.said = m[1]
		}
	}
	return res, errors.Join(ctx.Err(), os.RemoveAll(work))
}

// sqlmapOptions are how it looks: whether an answer follows what is put behind a value
// (B), and whether something is computed within it (Q). Each value is tried in the
// places where SQL takes one, in a WHERE and in place of the value. Left out are tests by
// errors (E: sqlmap has none for SQLite), by UNION (U: it shows more of a hole that B
// finds), by time (T: slow), and second statements (S: SQLite's driver takes none).
var sqlmapOptions = []string{
	"--ignore-stdin", "--batch", "--disable-coloring", "--flush-session",
	"--dbms=sqlite", "--text-only", "--level=2", "--risk=1", "--technique=BQ", "--test-filter=HAVING clause$|original value|Generic inline", "--skip=cookie,user-agent,referer,host",
	"--ignore-code=*", "--ignore-redirects", "--retries=1", "--timeout=30",
}
