// Serving measures what a reader waits for: the cockpit and the list of
// customers under a steady load, with an import running beside them in the same
// process, and how long the matrix and its what-if take on the server.
//
// It opens the book that -db names (make one with quid demo, and value it) and
// takes in the file that -file names, of the kind -kind, while it measures. The
// load is open: a request starts when its time has come, whether or not the ones
// before have ended, and its wait counts from then.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"quid/account"
	"quid/day"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/intake"
	"quid/internal/serve"
	"quid/internal/store"
	"quid/internal/web"
)

func main() {
	path := flag.String("db", "", "the book (required)")
	file := flag.String("file", "", "a file to take in meanwhile")
	kind := flag.String("kind", "interactions", "its kind")
	rate := flag.Int("rate", 100, "requests a second")
	seconds := flag.Int("seconds", 20, "how long")
	rounds := flag.Int("rounds", 3, "how often; a machine that stands still for a moment spoils one of them")
	pages := flag.String("pages", "", "addresses, separated by spaces, to ask for once and then ten times more, instead of a load; {customer} is the first customer")
	settle := flag.Duration("settle", 0, "how long to wait after the first page, as if the server had run for a while")
	flag.Parse()
	if *path == "" {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(auth.With(context.Background(), auth.System("bench")), *path, *file, intake.Kind(*kind), load{*rate, *seconds, *rounds}, strings.Fields(*pages), *settle); err != nil {
		log.Fatal(err)
	}
}

// warm is for how many seconds the load runs before the import and the first round
// begin, as on a server that has run for a while.
const warm = 5

// A load is so many requests a second, for so long, so often.
type load struct{ rate, seconds, rounds int }

func run(ctx context.Context, path, file string, kind intake.Kind, l load, pages []string, settle time.Duration) error {
	db, err := store.Open(ctx, path)
	if err != nil {
		return err
	}
	defer db.Close()
	serve.MakeRoom()
	a := &app.App{DB: db, IDs: store.NewIDs(time.Now()), Now: time.Now, Files: os.TempDir(), Log: slog.New(slog.DiscardHandler)}
	server := httptest.NewServer(auth.As(auth.System("bench"), web.NewServer(a).Handler()))
	defer server.Close()
	c := &client{base: server.URL, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}

	first, err := c.timed(ctx, "/customers")
	if err != nil {
		return err
	}
	ids, names, err := customers(ctx, db)
	if err != nil {
		return err
	}
	fmt.Printf("%d customers; first page, with the valuation loaded: %.2f s\n", len(ids), first.Seconds())
	time.Sleep(settle)
	if len(pages) > 0 {
		return c.each(ctx, pages, ids[0])
	}
	// Each what-if asks for another weight, so that none is answered from memory.
	for _, p := range []string{"/", "/matrix/points", "/matrix/whatif?weight.contribution=%d", "/concentration", "/customers?sort=revenue&dir=desc"} {
		if err := c.repeat(ctx, p, 9); err != nil {
			fmt.Println(p, err)
		}
	}

	next := paths(ids, names)
	c.load(ctx, next, l.rate, warm) // connections have read what everybody needs, and prepared their statements
	importing, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	var taken int64
	if file != "" {
		wg.Go(func() {
			res, err := a.Import(importing, app.ImportRequest{Kind: kind, Path: file, Related: true}, nil)
			taken = res.Read
			if err != nil && importing.Err() == nil {
				log.Print("import: ", err)
			}
		})
	}
	for round := range l.rounds {
		waits, failed := c.load(ctx, next, l.rate, l.seconds)
		fmt.Printf("round %d: %d requests at %d a second, %d failed\n", round+1, count(waits), l.rate, failed)
		for _, k := range []string{"list", "search", "cockpit"} {
			report(k, waits[k])
		}
	}
	stop()
	wg.Wait()
	fmt.Printf("%d records were taken in meanwhile\n", taken)
	return nil
}

// customers returns ids to ask for and names to search.
func customers(ctx context.Context, db *store.DB) (ids []account.CustomerID, names []string, err error) {
	v, err := db.Read().NewestValuation(ctx, day.Max)
	if err != nil {
		return nil, nil, err
	}
	for row, err := range db.Read().Scores(ctx, v.ID) {
		if err != nil {
			return nil, nil, err
		}
		ids = append(ids, row.Figures.Customer)
		if len(names) < 5000 {
			names = append(names, row.Name)
		}
	}
	return ids, names, nil
}

// A request is an address and what is asked for by it.
type request struct{ kind, path string }

// paths mixes half cockpits, a quarter lists (sorted and filtered in many ways)
// and a quarter searches.
func paths(ids []account.CustomerID, names []string) func(i int) request {
	rng := rand.New(rand.NewPCG(1, 2))
	sorts := []string{"customer", "revenue", "score", "contribution_3", "value_to"}
	segments := []string{"", "explore", "invest", "opportunity", "renegotiate"}
	return func(i int) request {
		switch i % 4 {
		case 0:
			return request{"list", "/customers?sort=" + sorts[rng.IntN(len(sorts))] + "&segment=" + segments[rng.IntN(len(segments))] + "&page=" + strconv.Itoa(1+rng.IntN(5))}
		case 1:
			name := names[rng.IntN(len(names))]
			return request{"search", "/customers?q=" + url.QueryEscape(name[:min(len(name), 3+rng.IntN(4))])}
		}
		return request{"cockpit", "/customers/" + strconv.FormatInt(int64(ids[rng.IntN(len(ids))]), 10)}
	}
}

type client struct {
	base string
	http *http.Client
}

func (c *client) timed(ctx context.Context, path string) (time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return 0, err
	}
	start := time.Now()
	res, err := c.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return 0, err
	}
	if res.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: %s", path, res.Status)
	}
	return time.Since(start), nil
}

// repeat prints the times of an address asked for n times.
func (c *client) repeat(ctx context.Context, path string, n int) error {
	var took []time.Duration
	for i := range n {
		at := path
		if strings.Contains(path, "%d") {
			at = fmt.Sprintf(path, 31+i)
		}
		d, err := c.timed(ctx, at)
		if err != nil {
			return err
		}
		took = append(took, d)
	}
	slices.Sort(took)
	fmt.Printf("%-36s median %6.1f ms, worst %6.1f ms\n", path, ms(took[n/2]), ms(took[n-1]))
	return nil
}

// each prints how long each address takes the first time and later on, with the
// processors' time, which work beside this program changes less.
func (c *client) each(ctx context.Context, pages []string, customer account.CustomerID) error {
	const later = 10
	fmt.Printf("%-40s %9s %9s %9s %9s\n", "milliseconds", "first", "of CPU", "later", "of CPU")
	for _, p := range pages {
		p = strings.ReplaceAll(p, "{customer}", strconv.FormatInt(int64(customer), 10))
		began := cpu()
		first, err := c.timed(ctx, p)
		if err != nil {
			return err
		}
		firstCPU := cpu() - began
		var took []time.Duration
		began = cpu()
		for range later {
			d, err := c.timed(ctx, p)
			if err != nil {
				return err
			}
			took = append(took, d)
		}
		laterCPU := (cpu() - began) / later
		slices.Sort(took)
		fmt.Printf("%-40s %9.1f %9.1f %9.1f %9.1f\n", p, ms(first), ms(firstCPU), ms(took[later/2]), ms(laterCPU))
	}
	return nil
}

// cpu is the processors' time this program has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// load sends requests at a rate and returns how long each kind waited.
func (c *client) load(ctx context.Context, next func(int) request, rate, seconds int) (map[string][]time.Duration, int) {
	waits := make(map[string][]time.Duration)
	failed := 0
	var mu sync.Mutex
	var wg sync.WaitGroup
	start := time.Now()
	for i := range rate * seconds {
		due := start.Add(time.Duration(i) * time.Second / time.Duration(rate))
		time.Sleep(time.Until(due))
		r := next(i)
		wg.Go(func() {
			_, err := c.timed(ctx, r.path)
			d := time.Since(due)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed++
				if failed <= 3 {
					log.Print(err)
				}
				return
			}
			waits[r.kind] = append(waits[r.kind], d)
		})
	}
	wg.Wait()
	return waits, failed
}

func count(waits map[string][]time.Duration) int {
	n := 0
	for _, w := range waits {
		n += len(w)
	}
	return n
}

func report(kind string, waits []time.Duration) {
	if len(waits) == 0 {
		return
	}
	slices.Sort(waits)
	at := func(q float64) float64 { return ms(waits[min(len(waits)-1, int(q*float64(len(waits))))]) }
	fmt.Printf("%-8s %5d requests: p50 %.1f ms, p90 %.1f ms, p99 %.1f ms, worst %.1f ms\n", kind, len(waits), at(0.5), at(0.9), at(0.99), at(1))
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
