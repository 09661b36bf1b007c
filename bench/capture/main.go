// Capture measures quick entry: how long a line takes to read among so many
// customers with made-up names, and how long an entry takes to save at a steady
// rate while valuations run in the same process.
//
// Saving needs the book that -db names (make one with quid demo): it posts the
// form to the page, as a browser does. The load is open: an entry is sent when its
// time has come, whether or not the ones before have ended, and its wait counts
// from then.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/capture"
	"quid/internal/serve"
	"quid/internal/store"
	"quid/internal/web"
	"quid/service"
)

func main() {
	customers := flag.Int("customers", 100_000, "made-up names among which lines are read")
	path := flag.String("db", "", "a book to save entries in")
	rate := flag.Int("rate", 50, "entries a second")
	seconds := flag.Int("seconds", 20, "how long")
	rounds := flag.Int("rounds", 3, "how often")
	valuing := flag.Bool("value", true, "whether valuations run meanwhile")
	flag.Parse()
	read(*customers)
	if *path == "" {
		return
	}
	if err := save(auth.With(context.Background(), auth.System("bench")), *path, flow{*rate, *seconds, *rounds, *valuing}); err != nil {
		log.Fatal(err)
	}
}

// read measures the reading of lines, easy and hard ones.
func read(customers int) {
	started := time.Now()
	names := capture.NewNames(crowd(customers), nil)
	fmt.Printf("%d names taken in: %.2f s\n", names.Len(), time.Since(started).Seconds())
	b := &capture.Book{Names: names, Kinds: capture.NewKinds(service.DefaultCatalogue(2))}
	for _, line := range []string{
		"10007 hotline 20m pumpe laut", "meibaer hotline 20m pumpe laut gestern", "maschinenbau hotline 20m", "hubrelmann schulug 3h 2 leute gestern",
		"wqrtzupe kljhgfdst mnbvcxyqw plokijuhz 20m hotline", "nachgefragt wegen der rechnung von neulich weil die spindel schon wieder klemmt 20m",
	} {
		waits := make([]time.Duration, 500)
		for i := range waits {
			at := time.Now()
			b.Parse(line, 20261104, capture.Given{})
			waits[i] = time.Since(at)
		}
		report(line, waits)
	}
}

// crowd makes up names: family names in many spellings, trades, towns.
func crowd(n int) func(yield func(capture.Name) bool) {
	return func(yield func(capture.Name) bool) {
		r := rand.New(rand.NewPCG(7, 7))
		one := func(list ...string) string { return list[r.IntN(len(list))] }
		for i := range n {
			family := one("Mei", "Hu", "Schä", "Mül", "Kowal", "Ber", "Stein", "Wag", "Hoff", "Zim", "Krau", "Lan", "Win", "Schnei", "Vo", "Neu")
			for range 1 + r.IntN(3) {
				family += one("ba", "de", "fel", "gen", "ka", "li", "man", "ne", "or", "pe", "ra", "sen", "ti", "ul", "wa")
			}
			family += one("er", "mann", "ler", "berg", "czyk", "ner", "hofer", "ke", "ing", "el", "ert", "ow", "dt", "tz")
			name := family + " " + one("Maschinenbau", "Antriebe", "Technik", "Pumpen", "Getriebe", "Hydraulik", "Anlagenbau", "Werkzeuge") + " " + one("GmbH", "AG", "KG")
			if !yield(capture.Name{ID: account.CustomerID(i + 1), Folded: crm.Fold(name), Number: strconv.Itoa(10_000 + i), City: "Stadt" + strconv.Itoa(r.IntN(2000))}) {
				return
			}
		}
	}
}

// A flow is so many entries a second, for so long, so often.
type flow struct {
	rate, seconds, rounds int
	valuing               bool
}

func save(ctx context.Context, path string, f flow) error {
	db, err := store.Open(ctx, path)
	if err != nil {
		return err
	}
	defer db.Close()
	serve.MakeRoom()
	a := &app.App{DB: db, IDs: store.NewIDs(time.Now()), Now: time.Now, Files: os.TempDir(), Log: slog.New(slog.DiscardHandler)}
	server := httptest.NewServer(auth.As(auth.System("bench"), web.NewServer(a).Handler()))
	defer server.Close()
	var ids []account.CustomerID
	if err := db.Read().Names(ctx, func(c store.CustomerName) { ids = append(ids, c.ID) }); err != nil {
		return err
	}
	types, err := db.Read().Types(ctx)
	if err != nil {
		return err
	}
	valuing, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	valuations := 0
	wg.Go(func() {
		for f.valuing && valuing.Err() == nil {
			if err := a.RunValueOn(valuing, "", func(int64, int64) {}); err != nil && valuing.Err() == nil {
				log.Print("value: ", err)
				return
			}
			valuations++
		}
	})
	fmt.Printf("%d customers in the book\n", len(ids))
	for round := range f.rounds {
		waits, failed := load(ctx, server.URL, ids, types, f)
		fmt.Printf("round %d: %d failed\n", round+1, failed)
		report(fmt.Sprintf("saving at %d a second", f.rate), waits)
	}
	stop()
	wg.Wait()
	fmt.Printf("%d valuations ended meanwhile\n", valuations)
	return nil
}

// load posts forms at a steady rate.
func load(ctx context.Context, base string, ids []account.CustomerID, types []service.Type, f flow) (waits []time.Duration, failed int) {
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	var mu sync.Mutex
	var wg sync.WaitGroup
	begin := time.Now()
	for i := range f.rate * f.seconds {
		due := begin.Add(time.Duration(i) * time.Second / time.Duration(f.rate))
		time.Sleep(time.Until(due))
		form := url.Values{
			"key": {fmt.Sprintf("bench-%d", r.Int64())}, "customer": {strconv.FormatInt(int64(ids[r.IntN(len(ids))]), 10)},
			"type": {strconv.FormatInt(types[r.IntN(len(types))].ID, 10)}, "day": {day.At(time.Now()).String()}, "time": {"20 min"}, "count": {"1"}, "background": {"pumpe laut"},
		}
		wg.Go(func() {
			res, err := c.PostForm(base+"/capture", form)
			ok := err == nil && res.StatusCode == http.StatusSeeOther
			if err == nil {
				res.Body.Close()
			}
			mu.Lock()
			defer mu.Unlock()
			if !ok {
				failed++
			}
			waits = append(waits, time.Since(due))
		})
	}
	wg.Wait()
	return waits, failed
}

// report prints what half, 99 of a hundred and the worst waited.
func report(what string, waits []time.Duration) {
	slices.Sort(waits)
	ms := func(q float64) float64 { return float64(waits[int(q*float64(len(waits)-1))].Microseconds()) / 1000 }
	fmt.Printf("%-80s median %7.2f ms, p99 %7.2f, worst %7.2f\n", what, ms(0.5), ms(0.99), ms(1))
}
