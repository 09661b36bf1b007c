// Doors measures a server under the load of a company: pages read, entries written
// and lists exported, at a steady rate, on the book that -db names (it writes to
// it: take a copy). What is promised: no error, 99 of 100 answers within 100 ms, and
// memory that doesn't grow.
//
// The server is the whole one (limits, log, metrics), asked over HTTP; only the login
// is left out. The load is open: a request starts when its time has come, whether or
// not those before have ended, and its wait counts from then. Exports of all
// customers are a file each, so what counts for them is reported by itself.
package main

import (
	"context"
	"encoding/json"
	"errors"
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
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"quid/day"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/serve"
	"quid/internal/store"
	"quid/service"
)

func main() {
	path := flag.String("db", "", "the book, with a valuation (required; entries are written to it)")
	rate := flag.Int("rate", 100, "requests a second")
	seconds := flag.Int("seconds", 60, "how long")
	warm := flag.Int("warm", 10, "seconds of the same load before it counts")
	flag.Parse()
	if *path == "" {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(auth.With(context.Background(), auth.System("bench")), *path, *rate, *warm, *seconds); err != nil {
		log.Fatal(err)
	}
}

// A bench is a client with what it asks for.
type bench struct {
	base, build string
	http        *http.Client
	customers   []string
	names       []string
	kind        string // of the service that is booked
	today       string
	seed        string // of the keys of this run
}

func run(ctx context.Context, path string, rate, warm, seconds int) error {
	db, err := store.Open(ctx, path)
	if err != nil {
		return err
	}
	defer db.Close()
	a := &app.App{DB: db, IDs: store.NewIDs(time.Now()), Now: time.Now, Files: os.TempDir(), Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	serve.MakeRoom()
	server := httptest.NewServer(auth.As(auth.System("bench"), (&serve.Server{App: a}).ReadyHandler()))
	defer server.Close()
	b := &bench{base: server.URL, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 128}}, today: day.At(time.Now()).String(), seed: strconv.FormatInt(time.Now().UnixNano(), 36)}
	if err := b.learn(ctx, db); err != nil {
		return err
	}
	for _, what := range []string{"cockpit", "list", "search", "matrix", "export part", "export all"} {
		if _, err := b.ask(ctx, rand.New(rand.NewPCG(1, 1)), what, 0); err != nil {
			return err
		}
	}
	b.load(ctx, rate, warm, "warm", nil)
	before := live()
	var memory []float64
	waits, failures := b.load(ctx, rate, seconds, "load", func() { memory = append(memory, resident()) })
	report(waits, failures, memory, rate, seconds, len(b.customers))
	fmt.Printf("memory that is in use after a collection: %.0f MB before, %.0f MB after\n", before, live())
	return nil
}

// learn reads what may be asked for.
func (b *bench) learn(ctx context.Context, db *store.DB) error {
	v, err := db.Read().NewestValuation(ctx, day.Max)
	if err != nil {
		return err
	}
	for row, err := range db.Read().Scores(ctx, v.ID) {
		if err != nil {
			return err
		}
		b.customers = append(b.customers, strconv.FormatInt(int64(row.Figures.Customer), 10))
		if len(b.names) < 5000 {
			b.names = append(b.names, row.Name)
		}
	}
	types, err := db.Read().Types(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(types, func(t service.Type) bool { return t.Code == "hotline" })
	if i < 0 {
		return errors.New("the book has no service hotline")
	}
	b.kind = strconv.FormatInt(types[i].ID, 10)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.base+"/phone/sync", nil)
	if err != nil {
		return err
	}
	res, err := b.http.Do(r) // a phone of another build is told the right one
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var told struct{ Build string }
	err = json.NewDecoder(res.Body).Decode(&told)
	b.build = told.Build
	return err
}

// mix is what a hundred requests are, in a shuffled order that is the same each time.
var mix = func() []string {
	var all []string
	for what, n := range map[string]int{"cockpit": 35, "list": 20, "search": 15, "matrix": 3, "write": 24, "export part": 3} {
		all = append(all, slices.Repeat([]string{what}, n)...)
	}
	slices.Sort(all)
	rand.New(rand.NewPCG(2, 3)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}()

// everyWhole is after how many requests all customers are exported.
const everyWhole = 1000

// ask sends the i-th request.
func (b *bench) ask(ctx context.Context, rng *rand.Rand, what string, i int) (int64, error) {
	customer := b.customers[rng.IntN(len(b.customers))]
	path, body := "", ""
	switch what {
	case "cockpit":
		path = "/customers/" + customer
	case "list":
		sorts := []string{"customer", "revenue", "score", "contribution_3", "value_to"}
		path = "/customers?sort=" + sorts[rng.IntN(len(sorts))] + "&page=" + strconv.Itoa(1+rng.IntN(50))
	case "search":
		name := b.names[rng.IntN(len(b.names))]
		path = "/customers?q=" + url.QueryEscape(name[:min(len(name), 3+rng.IntN(4))])
	case "matrix":
		path = "/"
	case "export part":
		name := b.names[rng.IntN(len(b.names))]
		path = "/customers.csv?q=" + url.QueryEscape(name[:min(len(name), 6)])
	case "export all":
		path = "/customers.csv"
	case "write":
		path = "/phone/sync"
		body = fmt.Sprintf(`{"entries":[{"key":"%s-%d","customer":%q,"type":%q,"day":%q,"quantity":"6","background":"pump is loud"}]}`, b.seed, i, customer, b.kind, b.today)
	}
	return b.send(ctx, path, body)
}

func (b *bench) send(ctx context.Context, path, body string) (int64, error) {
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, method, b.base+path, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Accept", "text/html")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Quid-Build", b.build)
	}
	res, err := b.http.Do(r)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	var answer strings.Builder
	var n int64
	if body != "" {
		n, err = io.Copy(&answer, res.Body)
	} else {
		n, err = io.Copy(io.Discard, res.Body)
	}
	if err == nil && (res.StatusCode != http.StatusOK || body != "" && !strings.Contains(answer.String(), `"recorded"`)) {
		err = fmt.Errorf("%s: %s %s", path, res.Status, answer.String())
	}
	return n, err
}

// load sends requests at a rate and returns how long each kind waited, and how many
// failed.
func (b *bench) load(ctx context.Context, rate, seconds int, round string, second func()) (map[string][]time.Duration, int) {
	waits := make(map[string][]time.Duration)
	failed := 0
	var mu sync.Mutex
	var wg sync.WaitGroup
	rng := rand.New(rand.NewPCG(4, uint64(len(round))))
	start := time.Now()
	offset := map[string]int{"warm": 0, "load": 1 << 30}[round]
	for i := range rate * seconds {
		due := start.Add(time.Duration(i) * time.Second / time.Duration(rate))
		time.Sleep(time.Until(due))
		if second != nil && i%rate == 0 {
			second()
		}
		what := mix[i%len(mix)]
		if i%everyWhole == everyWhole/2 {
			what = "export all"
		}
		own := rand.New(rand.NewPCG(rng.Uint64(), 1))
		wg.Go(func() {
			_, err := b.ask(ctx, own, what, offset+i)
			took := time.Since(due)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				if failed++; failed <= 3 {
					log.Print(err)
				}
				return
			}
			waits[what] = append(waits[what], took)
		})
	}
	wg.Wait()
	return waits, failed
}

// resident is how much memory the process has, in MB; the heap where the system
// doesn't say.
func resident() float64 {
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		if f := strings.Fields(string(text)); len(f) > 1 {
			if pages, err := strconv.ParseFloat(f[1], 64); err == nil {
				return pages * float64(os.Getpagesize()) / 1e6
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse) / 1e6
}

// live is how much of the heap is in use, in MB.
func live() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what the first one only marked as finished
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1e6
}

func report(waits map[string][]time.Duration, failed int, memory []float64, rate, seconds, customers int) {
	var all []time.Duration
	for what, w := range waits {
		if what != "export all" {
			all = append(all, w...)
		}
	}
	fmt.Printf("%d customers, %d requests at %d a second for %d s, %d failed\n", customers, len(all)+len(waits["export all"]), rate, seconds, failed)
	line := func(what string, w []time.Duration) {
		if len(w) == 0 {
			return
		}
		slices.Sort(w)
		at := func(q float64) float64 {
			return float64(w[min(len(w)-1, int(q*float64(len(w))))].Microseconds()) / 1000
		}
		fmt.Printf("%-12s %5d: p50 %6.1f ms, p90 %6.1f ms, p99 %6.1f ms, worst %6.1f ms\n", what, len(w), at(.5), at(.9), at(.99), at(1))
	}
	line("all", all)
	for _, what := range []string{"cockpit", "list", "search", "matrix", "write", "export part", "export all"} {
		line(what, waits[what])
	}
	third := len(memory) / 3
	if third > 0 {
		first, last := slices.Clone(memory[:third]), slices.Clone(memory[len(memory)-third:])
		slices.Sort(first)
		slices.Sort(last)
		fmt.Printf("memory: median of the first third %.0f MB, of the last %.0f MB, most %.0f MB\n", first[third/2], last[third/2], slices.Max(memory))
	}
}
