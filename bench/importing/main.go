// Importing measures how fast invoices come in from a CSV file, checked and
// posted, against the same driver's bare bulk insert of all rows that the
// import leaves, into the same tables and indexes (SQLite).
//
// The book has the customers, products and nothing else before. Both sides
// start from a copy of that file. The bare side gets its rows ready in memory
// and inserts them a hundred a statement in transactions of the same number of
// rows; it neither reads a file nor checks, looks up or posts anything. The two
// take turns; the figure is the median of the ratios.
package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"quid/internal/app"
	"quid/internal/demo"
	"quid/internal/intake"
	"quid/internal/store"
)

func main() {
	customers := flag.Int("customers", 10_000, "customers of the company; each has about 20 invoices of 2 lines")
	rounds := flag.Int("rounds", 3, "rounds")
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
	if err := run(context.Background(), *customers, *rounds); err != nil {
		log.Fatal(err)
	}
}

// tables are those an import of invoices leaves rows in.
var tables = []string{"customer", "product", "invoice", "invoice_line", "invoice_deduction", "posting", "document_key", "import_change", "import_problem", "unsettled"}

func run(ctx context.Context, customers, rounds int) error {
	dir, err := os.MkdirTemp("", "quid-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	company := demo.Company{Customers: customers, Seed: 1, Until: 20261122}
	if err := company.WriteFiles(dir, nil); err != nil {
		return err
	}
	empty := filepath.Join(dir, "empty.db")
	if err := prepare(ctx, dir, empty); err != nil {
		return err
	}
	file, err := os.Stat(filepath.Join(dir, demo.FileName(intake.Invoices)))
	if err != nil {
		return err
	}
	var ratios []float64
	for i := range rounds {
		full := filepath.Join(dir, fmt.Sprintf("import%d.db", i))
		took, counts, err := measureImport(ctx, dir, empty, full)
		if err != nil {
			return err
		}
		bare, rows, err := measureBare(ctx, empty, full, filepath.Join(dir, fmt.Sprintf("bare%d.db", i)))
		if err != nil {
			return err
		}
		ratio := took.Seconds() / bare.Seconds()
		ratios = append(ratios, ratio)
		fmt.Printf("round %d: import of %d invoices (%.1f MB) %.2f s, %.0f invoices/s, %d rejected; bare insert of %d rows %.2f s; ratio %.2f\n",
			i+1, counts.Read, float64(file.Size())/1e6, took.Seconds(), float64(counts.Read)/took.Seconds(), counts.Rejected, rows, bare.Seconds(), ratio)
		os.Remove(full)
	}
	slices.Sort(ratios)
	fmt.Printf("median ratio import / bare: %.2f (at most 2 is promised)\n", ratios[len(ratios)/2])
	return nil
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

func measureImport(ctx context.Context, dir, empty, path string) (time.Duration, app.Counts, error) {
	if err := copyFile(empty, path); err != nil {
		return 0, app.Counts{}, err
	}
	a, err := open(ctx, path)
	if err != nil {
		return 0, app.Counts{}, err
	}
	defer a.DB.Close()
	start := time.Now()
	res, err := a.Import(ctx, app.ImportRequest{Kind: intake.Invoices, Path: filepath.Join(dir, demo.FileName(intake.Invoices)), Related: true}, nil)
	return time.Since(start), res.Counts, err
}

const pragmas = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=cache_size(-65536)&_pragma=wal_autocheckpoint(16384)&_txlock=immediate"

// A rowset is the rows of a table, ready to insert.
type rowset struct {
	table   string
	columns []string
	values  []any
}

// measureBare inserts the rows that full has more than empty into a copy of empty.
func measureBare(ctx context.Context, empty, full, path string) (time.Duration, int, error) {
	sets, err := added(ctx, empty, full)
	if err != nil {
		return 0, 0, err
	}
	if err := copyFile(empty, path); err != nil {
		return 0, 0, err
	}
	defer os.Remove(path)
	db, err := sql.Open("sqlite", "file:"+path+pragmas)
	if err != nil {
		return 0, 0, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if err := db.PingContext(ctx); err != nil {
		return 0, 0, err
	}
	start := time.Now()
	rows := 0
	const pieces = 16 // transactions, as the import has several
	for i := range pieces {
		n, err := insertPiece(ctx, db, sets, i, pieces)
		if err != nil {
			return 0, 0, err
		}
		rows += n
	}
	return time.Since(start), rows, nil
}

func insertPiece(ctx context.Context, db *sql.DB, sets []rowset, i, pieces int) (int, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	rows := 0
	for _, s := range sets {
		n := len(s.columns)
		all := len(s.values) / n
		from, to := all*i/pieces, all*(i+1)/pieces
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

// added reads the rows of full that empty does not have, in the order they were
// written: by their id, which counts time.
func added(ctx context.Context, empty, full string) ([]rowset, error) {
	db, err := sql.Open("sqlite", "file:"+full)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "ATTACH DATABASE ? AS before", empty); err != nil {
		return nil, err
	}
	order := map[string]string{"invoice": "invoice_id", "invoice_line": "invoice_id, line", "posting": "posting_id", "document_key": "id"}
	var sets []rowset
	for _, t := range tables {
		query := "SELECT * FROM " + t + " EXCEPT SELECT * FROM before." + t
		if by := order[t]; by != "" {
			query = "SELECT * FROM (" + query + ") ORDER BY " + by
		}
		set, err := read(ctx, db, t, query)
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	return sets, nil
}

func read(ctx context.Context, db *sql.DB, table, query string) (rowset, error) {
	set := rowset{table: table}
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return set, err
	}
	defer rows.Close()
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
