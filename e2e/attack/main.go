// Command attack lets sqlmap and wapiti loose on the program itself: every route of
// its pages, its API and its door for assistants, with all that the route reads.
//
// Usage: make attack, or go run ./e2e/attack [flags] in the root of the repository.
//
// First each route is greeted: it is sent what it says yes to. Then a tool has to find
// holes that are there, in a weak twin (twin.go), and looks at the program by the same
// options. The command fails where a hole of the twin is not found, where the program has
// one, answers 5xx, or only ever refuses without a known reason (hints.go), and where
// something was not looked at: a route, a field, or what the time was too short for.
//
// All of it takes hours: -for ends it earlier, and each route has had its turn before one
// has its second.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	_ "modernc.org/sqlite" // registers sqlite
)

func main() {
	log := flag.Bool("v", false, "say what each run of a tool found")
	only := flag.String("only", "", "attack routes that match this regular expression alone")
	tools := flag.String("tools", "sqlmap,wapiti", "which tools; none only greets")
	customers := flag.Int("customers", 50, "of the book")
	at := flag.Int("at-once", 2, "how many runs of sqlmap at once")
	limit := flag.Duration("for", 24*time.Hour, "begin nothing more with sqlmap after this time")
	scan := flag.Duration("scan", 2*time.Hour, "how long wapiti may attack with each of its modules at most")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r := &raid{only: regexp.MustCompile(*only), tools: strings.Split(*tools, ","), verbose: *log, atOnce: *at, limit: *limit, wapitiScan: *scan}
	if err := r.run(ctx, *customers); err != nil {
		stop()
		fmt.Fprintln(os.Stderr, "attack:", err)
		os.Exit(1)
	}
}

// A raid is an attack on the program and its weak twin.
type raid struct {
	only    *regexp.Regexp
	tools   []string
	verbose bool
	atOnce  int
	limit   time.Duration

	wapitiScan time.Duration

	dir        string
	real, weak *front
	list       []target
	twins      map[string]target // routes by name, for the weak twin
}

func (r *raid) run(ctx context.Context, customers int) error {
	var err error
	if r.dir, err = os.MkdirTemp("", "quid-attack"); err != nil {
		return err
	}
	defer os.RemoveAll(r.dir)
	quid := filepath.Join(r.dir, "quid")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", quid, "./cmd/quid").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w: %s", err, out)
	}
	routes, err := pageRoutes(".")
	if err != nil {
		return err
	}
	s, err := serve(ctx, quid, r.dir, customers)
	if err != nil {
		return err
	}
	defer s.stop()
	if r.real, err = newFront(s, routes, nil); err != nil {
		return err
	}
	if err := r.targets(ctx, routes); err != nil {
		return err
	}
	book, err := sql.Open("sqlite", "file:"+s.book+"?_pragma=query_only(1)&_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer book.Close()
	if r.weak, err = newFront(s, routes, book); err != nil {
		return err
	}
	r.weak.take("GET /api/v1/customers")
	for _, t := range r.twins {
		r.weak.know(t)
	}
	err = r.report("greeting")
	r.real.forget()
	if slices.Contains(r.tools, "sqlmap") {
		err = errors.Join(err, r.sqlmap(ctx))
	}
	if slices.Contains(r.tools, "wapiti") {
		err = errors.Join(err, r.wapiti(ctx))
	}
	return err
}

// targets finds out what there is to attack: by what the API says of itself, and by what
// the pages lead to.
func (r *raid) targets(ctx context.Context, routes []route) error {
	programs, err := programTargets(ctx, r.real)
	if err != nil {
		return err
	}
	for _, t := range programs { // the front counts them by name too
		r.real.take(t.pattern)
		if strings.HasPrefix(t.pattern, toolPattern) { // there is something to read from then on
			if _, err := r.ask(ctx, t); err != nil {
				return err
			}
		}
	}
	samples, err := crawl(ctx, r.real)
	if err != nil {
		return err
	}
	if err := valuations(ctx, r.real); err != nil {
		return err
	}
	pages := targets(routes, samples)
	r.list = append(programs, pages...)
	slices.SortStableFunc(r.list, func(a, b target) int { return rank(a) - rank(b) })
	r.twins = make(map[string]target)
	for _, t := range r.list {
		r.real.know(t)
		r.twins[t.pattern] = t
	}
	r.list = slices.DeleteFunc(r.list, func(t target) bool { return !r.only.MatchString(t.pattern) })
	fmt.Printf("%d routes of pages, %d of them reached by links and forms; %d operations of the API and tools for assistants\n", len(pages), len(samples), len(programs))
	return r.greet(ctx)
}

// rank is when a route is attacked: what looks, what changes, what ends.
func rank(t target) int {
	switch {
	case late(t.pattern):
		return 3 + slices.Index(ends, t.pattern)
	case t.method() == "DELETE":
		return 2
	case t.method() == "GET":
		return 0
	}
	return 1
}

// report says what came of the requests of a tool. A route that was not asked, one that
// only ever refused without a known reason, and each answer 5xx is an error.
func (r *raid) report(tool string) error {
	f := r.real
	f.mu.Lock()
	defer f.mu.Unlock()
	sum, reached, refused, err := 0, 0, 0, error(nil)
	for pattern := range r.patterns() {
		n := f.sent[pattern]
		if n == nil {
			if !r.spares(tool, pattern) {
				err = errors.Join(err, fmt.Errorf("%s: %s was not asked", tool, pattern))
			}
			continue
		}
		reached++
		if f.agreed[pattern] {
			continue
		}
		refused++
		if reasons[pattern] == "" {
			err = errors.Join(err, fmt.Errorf("%s: %s only ever refuses (%d answers 4xx): nothing behind it was reached", tool, pattern, n.status[4]))
		}
	}
	for pattern, n := range f.sent {
		sum += n.requests
		for _, what := range n.failed {
			err = errors.Join(err, fmt.Errorf("%s: %s failed: %s", tool, pattern, what))
		}
	}
	fmt.Printf("%s: %d requests to %d of %d routes (%d of them refuse whatever they are sent, %d for a known reason), %d logins\n", tool, sum, reached, len(r.patterns()), refused, len(reasons), f.logins)
	return err
}

// patterns are the routes that are attacked, each once.
func (r *raid) patterns() map[string]bool {
	all := make(map[string]bool)
	for _, t := range r.list {
		all[t.pattern] = true
	}
	return all
}

// spares says whether a tool has nothing that it could vary at a route.
func (r *raid) spares(tool, pattern string) bool {
	for _, t := range r.list {
		if t.pattern != pattern {
			continue
		}
		if tool == "sqlmap" && len(t.requests("")) > 0 || tool == "wapiti" && len(t.steps()) > 0 {
			return false
		}
	}
	return tool != "greeting"
}
