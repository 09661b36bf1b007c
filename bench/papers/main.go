// Papers measures how long a reader waits for papers: the dossier of a customer as
// PDF, read from the book and written, and the benefit statements of many as one
// file, as the job of the server makes them.
//
// It opens the book that -db names (make one with quid demo).
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"slices"
	"time"

	"quid/account"
	"quid/day"
	"quid/internal/app"
	"quid/internal/paper"
	"quid/internal/store"
)

func main() {
	path := flag.String("db", "", "the book (required)")
	asOf := flag.String("as-of", "", "the last day of the period, such as 2026-10-31 (required)")
	dossiers := flag.Int("dossiers", 200, "of how many customers")
	flag.Parse()
	on, err := day.Parse(*asOf)
	if *path == "" || err != nil {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(context.Background(), *path, on, *dossiers); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, path string, on day.Day, dossiers int) error {
	db, err := store.Open(ctx, path)
	if err != nil {
		return err
	}
	defer db.Close()
	folder, err := os.MkdirTemp("", "papers")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	a := &app.App{DB: db, IDs: store.NewIDs(time.Now()), Now: time.Now, Files: folder, Log: slog.New(slog.DiscardHandler)}
	window := day.Span(12).UpTo(on)
	customers, err := db.Read().Served(ctx, "", window)
	if err != nil {
		return err
	}
	if err := measureDossiers(ctx, db, customers[:min(dossiers, len(customers))], on); err != nil {
		return err
	}
	return measureStatements(ctx, a, window)
}

// measureDossiers reads and writes dossiers, one after another.
func measureDossiers(ctx context.Context, db *store.DB, customers []account.CustomerID, on day.Day) error {
	var took []time.Duration
	for _, c := range customers {
		start := time.Now()
		err := db.Look(ctx, func(r store.Reader) error {
			d, err := paper.ReadDossier(ctx, r, paper.Query{Customer: c, AsOf: on, Lang: "de"})
			if err != nil {
				return err
			}
			return d.WritePDF(io.Discard)
		})
		if err != nil {
			return err
		}
		took = append(took, time.Since(start))
	}
	if len(took) == 0 {
		return nil
	}
	slices.Sort(took)
	at := func(share float64) time.Duration {
		return took[int(share*float64(len(took)-1))].Round(time.Millisecond / 10)
	}
	fmt.Printf("dossiers %d: median %v, p99 %v, longest %v\n", len(took), at(0.5), at(0.99), at(1))
	return nil
}

// measureStatements makes the statements of all customers that got a service.
func measureStatements(ctx context.Context, a *app.App, window day.Window) error {
	id, err := a.AskStatements(ctx, store.StatementRun{From: window.From.Add(1), To: window.To})
	if err != nil {
		return err
	}
	start, told := time.Now(), 0
	if err := a.RunStatements(ctx, id, func(_, _ int64) { told++ }); err != nil {
		return err
	}
	took := time.Since(start)
	run, err := a.DB.Read().StatementRun(ctx, id)
	if err != nil || run.Count == 0 {
		return err
	}
	f, err := a.OpenStatements(ctx, id)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	fmt.Printf("statements %d in %v, %v each, %d MB, progress told %d times\n", run.Count, took.Round(time.Millisecond), (took / time.Duration(run.Count)).Round(10*time.Microsecond), info.Size()>>20, told)
	return nil
}
