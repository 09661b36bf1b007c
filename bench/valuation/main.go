// Command valuation measures a whole valuation run against its bare parts, in
// one run on one machine:
//
//	go run ./bench/valuation -customers 1000000 -db /tmp/bench.db
//	go run ./bench/valuation -customers 1000000 -db postgres://…/empty
//
// The bare parts are one GROUP BY over the same postings that yields the same
// aggregates, on as many goroutines, and the bulk insert of the rows that a
// valuation leaves, by the same driver into the same table. The real run is
// app.Value: aggregates of postings, invoices, settlements and complaints,
// scores, classes, bands, segments, and the record of it; once as it is, with
// models of purchases for lifetime values, and once by a rule that uses none (the
// run-rate is the lifetime value then). All run in turn, each in a process of its
// own, so that the peak of its memory can be told. A company of so many customers,
// with 20 sales and 5 services each on average, is made first where the database
// is empty. CPU is that of both sides: of PostgreSQL's server too, where that is on
// this machine.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the bare parts
	_ "modernc.org/sqlite"

	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
)

// A result is what a child measured.
type result struct {
	Aggregate float64 // seconds until the aggregates, or the figures, were there
	Insert    float64 // seconds of writing the rows
	Whole     float64
	Customers int
	CPU       float64 // seconds of all cores within Whole, with those of the server
	PeakMB    float64 // filled in by the parent
}

func main() {
	customers := flag.Int("customers", 100_000, "customers of the company that is made")
	address := flag.String("db", "", "file or postgres:// address; the company is made where it is empty")
	rounds := flag.Int("rounds", 3, "how often each runs")
	step := flag.String("step", "", "what a child does: make, bare, plain or real")
	profile := flag.String("profile", "", "file for a CPU profile of the step")
	flag.Parse()
	if *profile != "" {
		f, err := os.Create(*profile)
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "valuation:", err)
			os.Exit(1)
		}
		defer pprof.StopCPUProfile()
	}
	if err := run(auth.With(context.Background(), auth.System("bench")), *step, *address, *customers, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "valuation:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, step, address string, customers, rounds int) error {
	if address == "" {
		return errors.New("name a database: -db FILE or -db postgres://…")
	}
	switch step {
	case "bare":
		return tell(bare(ctx, address))
	case "plain":
		return tell(whole(ctx, address, leastModel))
	case "real":
		return tell(whole(ctx, address, 0))
	case "make":
		return tell(result{}, prepare(ctx, address, customers))
	}
	if _, err := child("make", address, "-customers", strconv.Itoa(customers)); err != nil {
		return err
	}
	steps := []string{"plain", "real", "bare"} // bare writes again what real wrote
	results := make(map[string][]result)
	for i := range rounds {
		for _, step := range steps {
			r, err := child(step, address)
			if err != nil {
				return err
			}
			results[step] = append(results[step], r)
			fmt.Printf("%d %-5s %6.2f s (%.2f until the aggregates are there, %.2f of writing), CPU %.2f s, %4.0f MB\n", i+1, step, r.Whole, r.Aggregate, r.Insert, r.CPU, r.PeakMB)
		}
	}
	bare := results["bare"]
	for step, name := range map[string]string{"plain": "without models of lifetime", "real": "whole"} {
		var clocks, cpus []float64
		peak := 0.0
		for i, r := range results[step] {
			clocks, cpus = append(clocks, r.Whole/bare[i].Whole), append(cpus, r.CPU/bare[i].CPU)
			peak = max(peak, r.PeakMB)
		}
		slices.Sort(clocks)
		slices.Sort(cpus)
		fmt.Printf("%d customers, %s: ratios %.2f (median %.2f), of CPU %.2f (median %.2f), peak %.0f MB\n",
			results[step][0].Customers, name, clocks, clocks[rounds/2], cpus, cpus[rounds/2], peak)
	}
	return nil
}

// tell prints what a child measured for its parent.
func tell(r result, err error) error {
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// child runs a step in a process of its own.
func child(step, address string, more ...string) (result, error) {
	self, err := os.Executable()
	if err != nil {
		return result{}, err
	}
	cmd := exec.Command(self, append([]string{"-step", step, "-db", address}, more...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return result{}, fmt.Errorf("%s: %w", step, err)
	}
	var r result
	if err := json.Unmarshal(out, &r); err != nil {
		return result{}, fmt.Errorf("%s: %w", step, err)
	}
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		r.PeakMB = float64(u.Maxrss) * 1024 / 1e6
	}
	return r, nil
}

// isPostgres says which engine an address names.
func isPostgres(address string) bool { return strings.HasPrefix(address, "postgres") }

// open opens the database for the bare parts, without the program's store.
func open(address string) (*sql.DB, error) {
	if isPostgres(address) {
		return sql.Open("pgx", address)
	}
	return sql.Open("sqlite", "file:"+address+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"+
		"&_pragma=cache_size(-65536)&_pragma=temp_store(MEMORY)&_pragma=wal_autocheckpoint(16384)")
}

// prepare makes the company if the database is empty, with the store's schema.
func prepare(ctx context.Context, address string, customers int) error {
	s, err := store.Open(ctx, address)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.Read().Book(ctx); !errors.Is(err, fault.NotFound) {
		return err
	}
	db, err := open(address)
	if err != nil {
		return err
	}
	defer db.Close()
	started := time.Now() //nolint:forbidigo // a benchmark measures
	if err := company(ctx, db, isPostgres(address), customers, func(n int) { fmt.Fprint(os.Stderr, "\rcustomers ", strconv.Itoa(n)) }); err != nil {
		return err
	}
	if isPostgres(address) {
		if _, err := db.ExecContext(ctx, "VACUUM ANALYZE"); err != nil {
			return err
		}
	}
	fmt.Fprintf(os.Stderr, "\rmade %d customers in %.0f s\n", customers, time.Since(started).Seconds())
	return s.Write(ctx, func(tx *store.Tx) error {
		return errors.Join(
			tx.AddBook(ctx, store.Book{Name: "Bench", Currency: "EUR", Digits: 2, Created: stamp}),
			tx.PutRate(ctx, store.DatedRate{Name: store.LatePaymentRate, ValidFrom: 19000101, PerPiece: 80_000}),
		)
	})
}
