// Importing measures how fast invoices come in from a CSV file, checked and
// posted, against the same driver's bare bulk insert of all rows that the
// import leaves, into the same tables and indexes (SQLite).
//
// The book has the customers, products and nothing else before. Both sides
// start from a copy of that file. The bare side has its rows ready in memory and
// inserts them a hundred a statement in transactions of the same number of rows;
// it neither reads a file nor checks, looks up or posts anything, and reading the
// rows for it is not in its time. The two take turns; the figure is the median of
// the ratios.
//
// Several sizes show how both grow. With -dir what was made is kept, and -step
// does one thing of it, so that only what is timed needs a machine for itself:
//
//	go run ./bench/importing -customers 5000,20000
//	go run ./bench/importing -dir D -customers 100000 -step files
//	go run ./bench/importing -dir D -customers 100000 -step import
//	go run ./bench/importing -dir D -customers 100000 -step rows
//	go run ./bench/importing -dir D -customers 100000 -step bare
package main

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/demo"
	"quid/internal/intake"
	"quid/internal/store"
)

func main() {
	customers := flag.String("customers", "10000", "customers of the company, or several sizes with commas; each has about 20 invoices of 2 lines")
	rounds := flag.Int("rounds", 3, "rounds at each size")
	dir := flag.String("dir", "", "keep what is made here; what is there is used again")
	limit := flag.Duration("limit", 0, "stop the step import after this time; the same step again goes on, and its time is added")
	step := flag.String("step", "all", "all, or with -dir one of files, import, rows, bare")
	profile := flag.String("cpuprofile", "", "write a profile of the imports to this file")
	flag.Parse()
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			log.Fatal(err)
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			log.Fatal(err)
		}
		defer pprof.StopCPUProfile()
	}
	if err := run(auth.With(context.Background(), auth.System("bench")), *dir, *step, *customers, *rounds, *limit); err != nil {
		log.Fatal(err)
	}
}

// tables are those an import of invoices leaves rows in.
var tables = []string{"customer", "product", "invoice", "invoice_line", "invoice_deduction", "posting", "document_key", "import_change", "import_problem", "unsettled"}

// A bench is one size: its folder and how often it is measured.
type bench struct {
	dir       string
	customers int
	rounds    int
	limit     time.Duration // of an import at a time, 0 for none
}

func run(ctx context.Context, dir, step, sizes string, rounds int, limit time.Duration) error {
	if dir == "" {
		if step != "all" {
			return errors.New("-step needs -dir")
		}
		var err error
		if dir, err = os.MkdirTemp("", "quid-bench"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	var results []result
	for text := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("-customers %s: %w", sizes, err)
		}
		b := bench{filepath.Join(dir, text), n, rounds, limit}
		r, err := b.step(ctx, step)
		if err != nil {
			return fmt.Errorf("%d customers: %w", n, err)
		}
		if r.Stopped {
			fmt.Printf("%d customers: stopped after %.1f s, %.1f of CPU; %.0f MB of memory so far; the same step goes on\n", n, r.Import, r.CPU, r.Memory)
		} else if r.Bare > 0 {
			results = append(results, r)
		}
	}
	if len(results) > 0 {
		fmt.Println("| customers | invoices | file | rows | import | bare | ratio | of CPU | memory |")
		fmt.Println("|---|---|---|---|---|---|---|---|---|")
	}
	for _, r := range results {
		fmt.Printf("| %d | %d | %.0f MB | %d | %.1f s | %.1f s | %.2f | %.2f | %.0f MB |\n", r.Customers, r.Invoices, r.MB, r.Rows, r.Import, r.Bare, r.ratio(), r.CPU/r.BareCPU, r.Memory)
	}
	return nil
}

// A result is what was measured at one size; of several rounds, that with the
// median ratio.
type result struct {
	Customers    int
	Invoices     int64
	MB           float64
	Rows         int
	Import, Bare float64 // seconds
	CPU, BareCPU float64 // seconds of the processors, which other work on the machine changes less
	Memory       float64 // MB that the import took at the most
	Stopped      bool    // the import was stopped and is to go on
}

func (r result) ratio() float64 { return r.Import / r.Bare }

// step does one step, or all of them for some rounds.
func (b bench) step(ctx context.Context, step string) (r result, err error) {
	switch step {
	case "files":
		return r, b.files(ctx)
	case "import":
		return b.measureImport(ctx)
	case "rows":
		return r, b.rows(ctx)
	case "bare":
		return b.measureBare(ctx)
	case "all":
	default:
		return r, fmt.Errorf("-step %s: one of all, files, import, rows, bare", step)
	}
	if err := b.files(ctx); err != nil {
		return r, err
	}
	var rounds []result
	for range b.rounds {
		if _, err := b.measureImport(ctx); err != nil {
			return r, err
		}
		if err := b.rows(ctx); err != nil {
			return r, err
		}
		if r, err = b.measureBare(ctx); err != nil {
			return r, err
		}
		rounds = append(rounds, r)
		fmt.Printf("%d customers, round %d: import of %d invoices %.2f s, %.0f invoices/s; bare insert of %d rows %.2f s; ratio %.2f, of CPU %.2f; the import took %.0f MB of memory\n",
			r.Customers, len(rounds), r.Invoices, r.Import, float64(r.Invoices)/r.Import, r.Rows, r.Bare, r.ratio(), r.CPU/r.BareCPU, r.Memory)
	}
	slices.SortFunc(rounds, func(x, y result) int { return cmp.Compare(x.ratio(), y.ratio()) })
	return rounds[len(rounds)/2], nil
}

// processors is how many seconds of the processors this program took so far.
func processors() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

func (b bench) path(name string) string { return filepath.Join(b.dir, name) }

// files makes the files and the book that both sides start from.
func (b bench) files(ctx context.Context) error {
	if _, err := os.Stat(b.path("empty.db")); err == nil {
		return nil
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return err
	}
	company := demo.Company{Customers: b.customers, Seed: 1, Until: 20261122}
	if err := company.WriteFiles(b.dir, nil); err != nil {
		return err
	}
	return prepare(ctx, b.dir, b.path("empty.db"))
}

// keep and kept write what was measured beside the books, and read it.
func (b bench) keep(r result) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return os.WriteFile(b.path("result.json"), text, 0o600)
}

func (b bench) kept() (r result, err error) {
	text, err := os.ReadFile(b.path("result.json"))
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(text, &r)
}

func open(ctx context.Context, path string) (*app.App, error) {
	db, err := store.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	return &app.App{DB: db, IDs: store.NewIDs(time.Now()), Now: time.Now, Log: slog.New(slog.DiscardHandler)}, nil
}

// prepare makes the book both sides start from.
func prepare(ctx context.Context, dir, path string) error {
	a, err := open(ctx, path)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	if err := a.CreateBook(ctx, "Bench", "EUR"); err != nil {
		return err
	}
	for _, kind := range []intake.Kind{intake.Products, intake.Customers} {
		if _, err := a.Import(ctx, app.ImportRequest{Kind: kind, Path: filepath.Join(dir, demo.FileName(kind)), Related: true}, nil); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Close()
}

// measureImport imports the invoices into a copy of the book, or goes on with an
// import that was stopped.
func (b bench) measureImport(ctx context.Context) (result, error) {
	r, err := b.kept()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r, err
	}
	if !r.Stopped {
		r = result{Customers: b.customers}
		if err := copyFile(b.path("empty.db"), b.path("full.db")); err != nil {
			return r, err
		}
	}
	if b.limit > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, b.limit)
		defer stop()
	}
	csv := filepath.Join(b.dir, demo.FileName(intake.Invoices))
	file, err := os.Stat(csv)
	if err != nil {
		return r, err
	}
	a, err := open(ctx, b.path("full.db"))
	if err != nil {
		return r, err
	}
	defer a.DB.Close()
	if err := forgetPeak(); err != nil {
		return r, err
	}
	start, cpu := time.Now(), processors()
	res, err := a.Import(ctx, app.ImportRequest{Kind: intake.Invoices, Path: csv, Related: true}, nil)
	r.Import, r.CPU = r.Import+time.Since(start).Seconds(), r.CPU+processors()-cpu
	most, noPeak := peak()
	if noPeak != nil {
		return r, noPeak
	}
	r.Memory = max(r.Memory, most)
	if r.Stopped = err != nil && ctx.Err() != nil; r.Stopped {
		return r, b.keep(r)
	}
	if err != nil {
		return r, err
	}
	r.Invoices, r.MB = res.Read, float64(file.Size())/1e6
	if res.Rejected > 0 {
		return r, fmt.Errorf("%d invoices were rejected", res.Rejected)
	}
	return r, b.keep(r)
}

const pragmas = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=cache_size(-65536)&_pragma=wal_autocheckpoint(16384)&_txlock=immediate"

// rows writes the rows that the import left into tables without any index, in the
// order they were written: by their id, which counts time.
func (b bench) rows(ctx context.Context) error {
	for _, name := range []string{"rows.db", "rows.db-journal"} {
		if err := os.Remove(b.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	db, err := sql.Open("sqlite", "file:"+b.path("rows.db")+"?_pragma=synchronous(OFF)&_pragma=journal_mode(OFF)")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for as, name := range map[string]string{"after": "full.db", "before": "empty.db"} {
		if _, err := db.ExecContext(ctx, "ATTACH DATABASE ? AS "+as, b.path(name)); err != nil {
			return err
		}
	}
	order := map[string]string{"invoice": "invoice_id", "invoice_line": "invoice_id, line", "posting": "posting_id", "document_key": "id"}
	for _, t := range tables {
		var some int
		if err := db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM before."+t+")").Scan(&some); err != nil {
			return err
		}
		query := "SELECT * FROM after." + t
		if some > 0 {
			query += " EXCEPT SELECT * FROM before." + t
		}
		if by := order[t]; by != "" {
			query = "SELECT * FROM (" + query + ") ORDER BY " + by
		}
		if _, err := db.ExecContext(ctx, "CREATE TABLE "+t+" AS "+query); err != nil {
			return err
		}
	}
	return nil
}

// A rowset is rows of a table, ready to insert.
type rowset struct {
	table   string
	columns []string
	values  []any
}

// measureBare inserts the rows into a copy of the book; only that is timed.
func (b bench) measureBare(ctx context.Context) (result, error) {
	r, err := b.kept()
	if err != nil {
		return r, err
	}
	if err := copyFile(b.path("empty.db"), b.path("bare.db")); err != nil {
		return r, err
	}
	for _, name := range []string{"bare.db", "bare.db-wal", "bare.db-shm"} {
		defer os.Remove(b.path(name))
	}
	rows, err := sql.Open("sqlite", "file:"+b.path("rows.db"))
	if err != nil {
		return r, err
	}
	defer rows.Close()
	db, err := sql.Open("sqlite", "file:"+b.path("bare.db")+pragmas)
	if err != nil {
		return r, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if err := db.PingContext(ctx); err != nil {
		return r, err
	}
	pieces := max(16, int(r.Invoices/8000)) // transactions, as the import has several
	r.Rows, r.Bare, r.BareCPU = 0, 0, 0
	for i := range pieces {
		sets, err := piece(ctx, rows, i, pieces)
		if err != nil {
			return r, err
		}
		start, cpu := time.Now(), processors()
		n, err := insertPiece(ctx, db, sets)
		if err != nil {
			return r, err
		}
		r.Bare += time.Since(start).Seconds()
		r.BareCPU += processors() - cpu
		r.Rows += n
	}
	return r, b.keep(r)
}

// piece reads one of so many pieces of every table.
func piece(ctx context.Context, db *sql.DB, i, pieces int) ([]rowset, error) {
	var sets []rowset
	for _, t := range tables {
		var all int
		if err := db.QueryRowContext(ctx, "SELECT COALESCE(MAX(rowid), 0) FROM "+t).Scan(&all); err != nil {
			return nil, err
		}
		rows, err := db.QueryContext(ctx, "SELECT * FROM "+t+" WHERE rowid > ? AND rowid <= ?", all*i/pieces, all*(i+1)/pieces)
		if err != nil {
			return nil, err
		}
		set, err := read(rows, t)
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	return sets, nil
}

func read(rows *sql.Rows, table string) (set rowset, err error) {
	defer rows.Close()
	set.table = table
	if set.columns, err = rows.Columns(); err != nil {
		return set, err
	}
	for rows.Next() {
		values := make([]any, len(set.columns))
		into := make([]any, len(values))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return set, err
		}
		set.values = append(set.values, values...)
	}
	return set, rows.Err()
}

func insertPiece(ctx context.Context, db *sql.DB, sets []rowset) (int, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	rows := 0
	for _, s := range sets {
		n := len(s.columns)
		from, to := 0, len(s.values)/n
		for _, k := range []int{100, 1} {
			if from+k > to {
				continue
			}
			row := "(" + strings.TrimSuffix(strings.Repeat("?,", n), ",") + ")"
			stmt, err := tx.PrepareContext(ctx, "INSERT INTO "+s.table+" ("+strings.Join(s.columns, ",")+") VALUES "+strings.TrimSuffix(strings.Repeat(row+",", k), ","))
			if err != nil {
				return 0, err
			}
			for ; from+k <= to; from, rows = from+k, rows+k {
				if _, err := stmt.ExecContext(ctx, s.values[from*n:(from+k)*n]...); err != nil {
					return 0, err
				}
			}
		}
	}
	return rows, tx.Commit()
}
