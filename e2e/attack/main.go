// Command attack lets sqlmap and wapiti loose on the program itself: every route of
// its pages, its API and its door for assistants, with all that the route reads.
//
// Usage: make attack, or go run ./e2e/attack [flags] in the root of the repository.
//
// A tool has to find holes first that are there: in a weak twin, the same server
// behind a front that builds SQL from what it is sent. Whatever it then finds in the
// program and each answer 5xx is an error. All of it takes hours: -for ends it earlier,
// and each route has had its turn before one has its second.
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

// late says whether a route ends something that others need: it is attacked last.
func late(pattern string) bool {
	return slices.Contains([]string{
		"POST /logout", "POST /account/sessions/{session}/end", "POST /account/password", "POST /account/second", "POST /account/second/prove", "POST /account/second/drop",
		"POST /keys/{id}/revoke", "POST /users/{id}/{do}", "POST /users/{id}", "POST /users/hide",
		"POST /privacy/retention", "POST /import/{id}/undo", "POST /privacy/persons/{id}/{contact}/erase",
	}, pattern)
}

func main() {
	log := flag.Bool("v", false, "say what each run of a tool found")
	only := flag.String("only", "", "attack routes that match this regular expression alone")
	tools := flag.String("tools", "sqlmap", "which tools: sqlmap, wapiti")
	customers := flag.Int("customers", 50, "of the book")
	at := flag.Int("at-once", 2, "how many runs of sqlmap at once")
	limit := flag.Duration("for", 24*time.Hour, "begin nothing more with sqlmap after this time")
	scan := flag.Duration("scan", 30*time.Minute, "how long wapiti may look for pages, and attack with each of its modules at most")
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
	samples, err := crawl(ctx, r.real)
	if err != nil {
		return err
	}
	programs, err := programTargets(ctx, r.real, strings.TrimPrefix(samples["GET /customers/{id}"].path, "/customers/"))
	if err != nil {
		return err
	}
	pages := targets(routes, samples)
	slices.SortStableFunc(pages, func(a, b target) int { return rank(a) - rank(b) })
	r.list = append(programs, pages...)
	fmt.Printf("%d routes of pages, %d of them reached by links and forms; %d operations of the API and tools for assistants\n", len(pages), len(samples), len(programs))
	for _, t := range programs { // the front counts them by name too
		r.real.take(t.pattern)
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
	r.real.forget() // the crawl was no attack
	if slices.Contains(r.tools, "sqlmap") {
		err = errors.Join(err, r.sqlmap(ctx))
	}
	if slices.Contains(r.tools, "wapiti") {
		err = errors.Join(err, r.wapiti(ctx))
	}
	return err
}

// rank is when a route is attacked: what looks, what changes, what ends.
func rank(t target) int {
	switch {
	case late(t.pattern):
		return 2
	case t.method() == "GET":
		return 0
	}
	return 1
}

// report says what came of the requests of a tool, and what nobody promised.
func (r *raid) report(tool string) error {
	f := r.real
	f.mu.Lock()
	defer f.mu.Unlock()
	sum, reached, refused, err := 0, 0, 0, error(nil)
	for _, t := range r.list {
		n := f.sent[t.pattern]
		if n == nil || !r.only.MatchString(t.pattern) {
			continue
		}
		reached++
		if n.status[2]+n.status[3] == 0 {
			refused++
			if r.verbose {
				fmt.Printf("%s: %s only ever refuses: %v\n", tool, t.pattern, n.status)
			}
		}
	}
	for pattern, n := range f.sent {
		sum += n.requests
		for _, what := range n.failed {
			err = errors.Join(err, fmt.Errorf("%s: %s failed: %s", tool, pattern, what))
		}
	}
	fmt.Printf("%s: %d requests to %d of %d routes (%d of them answered only 4xx), %d logins\n", tool, sum, reached, len(r.list), refused, f.logins)
	return err
}
