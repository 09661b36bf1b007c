package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"quid/account"
	"quid/day"
	"quid/internal/auth/authtest"
	"quid/internal/demo"
	"quid/internal/intake"
	"quid/internal/store/storetest"
	"quid/value"
)

// onEach runs test on a new book of every engine.
func onEach(t *testing.T, test func(*testing.T, func() *App)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, func() *App { return openApp(t, "") })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, func() *App { return openApp(t, storetest.Postgres(t)) })
	})
}

var demoUntil = day.Day(20261122)

// lawKinds are the kinds of files that laws are tried on, in their natural order.
var lawKinds = slices.Insert(slices.Clone(demo.Kinds), slices.Index(demo.Kinds, intake.Invoices), intake.Bonuses)

// demoFiles are the files of a small demo company, written once, with a group,
// deductions and bonuses besides.
var demoFiles = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "quid-demo")
	if err != nil {
		return "", err
	}
	if err := (demo.Company{Customers: 25, Seed: 7, Until: demoUntil}).WriteFiles(dir, nil); err != nil {
		return dir, err
	}
	return dir, enrich(dir)
})

// enrich adds to the files what the demo company does not have: customer 4 leads
// 5 and 6; there are bonuses of all spreads, and credit notes that settle them.
func enrich(dir string) error {
	var numbers []string
	if err := rewrite(dir, intake.Customers, func(n int, f []string) []string {
		if n > 0 {
			numbers = append(numbers, f[0])
		}
		if n == 5 || n == 6 {
			f[2] = numbers[3]
		}
		return f
	}); err != nil {
		return err
	}
	bonuses := []string{
		"Vereinbarungsnr;Kundennr;Von;Bis;Bonus;Umlage",
		"B1;" + numbers[0] + ";15.03.2023;;3,5;", "B2;" + numbers[0] + ";01.01.2025;30.06.2026;0,25;", "B3;" + numbers[1] + ";01.01.2024;31.12.2025;2;",
		"B4;" + numbers[3] + ";01.01.2023;;1,75;Umsatz", "B5;" + numbers[3] + ";10.02.2024;20.08.2026;0,333;gleich",
	}
	if err := os.WriteFile(filepath.Join(dir, demo.FileName(intake.Bonuses)), []byte(strings.Join(bonuses, "\n")+"\n"), 0o600); err != nil {
		return err
	}
	notes := []string{
		"G1;" + numbers[0] + ";31.12.2024;31.01.2025;1;;;;;;-750,00;;;;;;B1", "G2;" + numbers[0] + ";31.12.2025;31.01.2026;1;;;;;;-800,50;;;;;;B1",
		"G3;" + numbers[1] + ";15.01.2025;15.02.2025;1;;;;;;-1.000,00;;;;2,50;;B3",
		"G4;" + numbers[3] + ";31.12.2025;31.01.2026;1;;;;;;-5.000,00;;;;;;B4", "G5;" + numbers[3] + ";01.10.2026;31.10.2026;1;;;;;;-99,99;;;;;;B5",
	}
	return rewrite(dir, intake.Invoices, func(n int, f []string) []string {
		switch {
		case n == 0:
			return append(f, "Ausgangsfracht", "Provision", "Bonusvereinbarung")
		case n <= len(notes):
			return append(f, "", "", "\n"+notes[n-1])
		case n%4 == 0 && !strings.HasPrefix(f[10], "-"):
			return append(f, "3,50", "", "")
		case n%5 == 0:
			return append(f, "", "1,25", "")
		}
		return append(f, "", "", "")
	})
}

// rewrite changes the rows of a file by their fields; a field that begins with a
// line break begins another row.
func rewrite(dir string, kind intake.Kind, fn func(n int, fields []string) []string) error {
	path := filepath.Join(dir, demo.FileName(kind))
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	rows := strings.Split(strings.TrimRight(string(text), "\r\n"), "\n")
	for i, row := range rows {
		rows[i] = strings.Join(fn(i, strings.Split(strings.TrimRight(row, "\r"), ";")), ";")
	}
	return os.WriteFile(path, []byte(strings.Join(rows, "\n")+"\n"), 0o600)
}

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := demoFiles(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

func demoFile(t *testing.T, kind intake.Kind) string {
	t.Helper()
	dir, err := demoFiles()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, demo.FileName(kind))
}

// figuresOf is all that the book says of every customer, by external id: what a
// law compares.
func figuresOf(t *testing.T, a *App) map[string]value.Figures {
	t.Helper()
	all := make(map[string]value.Figures)
	for _, span := range []day.Span{12, day.All} {
		fs, err := a.DB.CustomerFigures(authtest.Context(t), demoUntil, span, nil)
		if err != nil {
			t.Fatal(err)
		}
		var ids []account.CustomerID
		for _, f := range fs.Customers {
			ids = append(ids, f.Customer)
		}
		known, err := a.DB.Read().CustomersByID(authtest.Context(t), ids)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range fs.Customers {
			id := f.Customer
			f.Customer, f.Peer = 0, 0
			all[span.String()+" "+known[id].External] = f
		}
	}
	return all
}

func sameFigures(t *testing.T, what string, got, want map[string]value.Figures) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d customers, want %d", what, len(got), len(want))
	}
	for k, w := range want {
		if g, ok := got[k]; !ok || !reflect.DeepEqual(g, w) {
			t.Fatalf("%s: customer %s\n got %+v\nwant %+v", what, k, g, w)
		}
	}
}

func importDemo(t *testing.T, a *App) {
	t.Helper()
	for _, kind := range lawKinds {
		res := a.mustImport(t, ImportRequest{Kind: kind, Path: demoFile(t, kind), Related: true})
		if res.Rejected > 0 {
			t.Fatalf("%s: %d rejected: %v", kind, res.Rejected, res.Problems)
		}
	}
}

// scatter writes a file again with its rows in another order.
func scatter(t *testing.T, path string, seed uint64) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows []string
	s := bufio.NewScanner(f)
	for s.Scan() {
		rows = append(rows, s.Text())
	}
	mathrand.New(mathrand.NewPCG(seed, 1)).Shuffle(len(rows)-1, func(i, j int) { rows[i+1], rows[j+1] = rows[j+1], rows[i+1] })
	out := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := os.WriteFile(out, []byte(strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTheOrderOfRowsAndOfFilesDoesNotMatter(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		want := open()
		importDemo(t, want)
		// Payments before complaints or after, service first, customers last: what a
		// document names is made as a stub and described later.
		other := open()
		for i, kind := range []intake.Kind{
			intake.Products, intake.ServiceTypes, intake.ServiceEntries, intake.Bonuses, intake.Invoices, intake.Complaints, intake.Payments,
			intake.Interactions, intake.Contacts, intake.Customers,
		} {
			path := demoFile(t, kind)
			if kind != intake.ServiceTypes { // two rates of one type: the later row wins
				path = scatter(t, path, uint64(i))
			}
			if res := other.mustImport(t, ImportRequest{Kind: kind, Path: path, Related: true}); res.Rejected > 0 {
				t.Fatalf("%s: rejected %d: %v", kind, res.Rejected, res.Problems[:min(5, len(res.Problems))])
			}
		}
		sound(t, other)
		got, expect := figuresOf(t, other), figuresOf(t, want)
		// Where a file says no due day, the terms of a customer that is described
		// later come too late; the demo's invoices all say theirs.
		sameFigures(t, "another order", got, expect)
	})
}

func TestAFileAgainChangesNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		importDemo(t, a)
		want := figuresOf(t, a)
		for i, kind := range lawKinds {
			path := demoFile(t, kind)
			if kind == intake.Invoices {
				path = scatter(t, path, uint64(i)) // the same facts in another order are the same file
			}
			if res := a.mustImport(t, ImportRequest{Kind: kind, Path: path, Related: true}); res.Created+res.Updated+res.Rejected > 0 && kind != intake.ServiceTypes {
				t.Errorf("%s again: %+v", kind, res.Counts)
			}
		}
		sameFigures(t, "again", figuresOf(t, a), want)
		for _, r := range checked(t, a) {
			if r.Name == CheckBonuses && r.Looked < 100 {
				t.Errorf("%d bonuses were looked at: the laws say nothing of them", r.Looked)
			}
		}
	})
}

// edit writes a file again with some rows changed by fn.
func edit(t *testing.T, path string, fn func(n int, row string) string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	for i := range rows {
		rows[i] = fn(i, rows[i])
	}
	out := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := os.WriteFile(out, []byte(strings.Join(slices.DeleteFunc(rows, func(r string) bool { return r == "" }), "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestUndoTakesAnImportBackAsIfItHadNotBeen(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		importDemo(t, a)
		want := figuresOf(t, a)
		// Every third row of the invoices gets another cost: those invoices are
		// replaced, with the payments that settle them settled anew.
		changed := edit(t, demoFile(t, intake.Invoices), func(n int, row string) string {
			f := strings.Split(row, ";")
			if n > 0 && n%3 == 0 {
				f[11] = "1,23"
			}
			return strings.Join(f, ";")
		})
		res := a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: changed})
		if res.Updated == 0 || res.Created > 0 {
			t.Fatalf("counts = %+v", res.Counts)
		}
		if reflect.DeepEqual(figuresOf(t, a), want) {
			t.Fatal("the changed file changed nothing: the test proves nothing")
		}
		report, err := a.Undo(authtest.Context(t), res.Import)
		if err != nil || report.TakenBack != res.Updated || len(report.Kept)+len(report.Failed) > 0 {
			t.Fatalf("undo: %+v, %v", report, err)
		}
		sameFigures(t, "after undo", figuresOf(t, a), want)
		if _, err := a.Undo(authtest.Context(t), res.Import); err == nil {
			t.Error("an import was taken back twice")
		}
	})
}

func TestUndoOfEverythingLeavesNoEffect(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		var ids []int64
		for _, kind := range lawKinds {
			ids = append(ids, a.mustImport(t, ImportRequest{Kind: kind, Path: demoFile(t, kind), Related: true}).Import)
		}
		want := figuresOf(t, a)
		slices.Reverse(ids)
		for _, id := range ids {
			if report, err := a.Undo(authtest.Context(t), id); err != nil || len(report.Kept) > 0 {
				t.Fatalf("undo: %+v, %v", report, err)
			}
		}
		for k, f := range figuresOf(t, a) {
			if f.Steps != (account.Steps{}) || f.OpenItems != 0 || f.Invoices != 0 {
				t.Errorf("customer %s is left with %+v", k, f)
			}
		}
		importDemo(t, a)
		sameFigures(t, "taken in again", figuresOf(t, a), want)
	})
}

func TestAnImportThatWasStoppedGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		whole := open()
		importDemo(t, whole)
		a := open()
		a.BatchDocs = 50
		for _, kind := range lawKinds {
			req := ImportRequest{Kind: kind, Path: demoFile(t, kind), Related: true}
			if kind == intake.Invoices {
				req.Path = scatter(t, req.Path, 3) // credit notes before their invoices
			}
			stops := 0
			for {
				ctx, stop := context.WithCancel(authtest.Context(t))
				a.afterBatch = func(n int64) {
					if stops < 4 && n >= int64(100*(stops+1)) {
						stop()
					}
				}
				res, err := a.Import(ctx, req, nil)
				stop()
				if err == nil {
					if res.Read != res.Created+res.Updated+res.Unchanged+res.Rejected || res.Rejected > 0 {
						t.Errorf("%s: %+v", kind, res.Counts)
					}
					break
				}
				if !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				stops++
			}
			if kind == intake.Invoices && stops < 4 {
				t.Fatalf("the import was stopped %d times: the test proves nothing", stops)
			}
		}
		sameFigures(t, "stopped and gone on", figuresOf(t, a), figuresOf(t, whole))
	})
}

func TestRecordsThatSomebodyChangedSinceAreKept(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	write := func(rows ...string) string {
		path := filepath.Join(t.TempDir(), "customers.csv")
		if err := os.WriteFile(path, []byte("Kundennr;Name;Ort\n"+strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	first := a.mustImport(t, ImportRequest{Kind: intake.Customers, Path: write("1;Meier;Ulm", "2;Huber;Bonn", "3;Kurz;Kiel")})
	second := a.mustImport(t, ImportRequest{Kind: intake.Customers, Path: write("1;Meier AG;Ulm", "2;Huber AG;Bonn")})
	third := a.mustImport(t, ImportRequest{Kind: intake.Customers, Path: write("2;Huber SE;Bonn")})
	if second.Updated != 2 || third.Updated != 1 {
		t.Fatalf("updated %d and %d", second.Updated, third.Updated)
	}
	report, err := a.Undo(authtest.Context(t), second.Import)
	if err != nil || report.TakenBack != 1 || len(report.Kept) != 1 || report.Kept[0].Why != editedSince {
		t.Fatalf("undo of the second: %+v, %v", report, err)
	}
	names := func() string {
		found, err := a.DB.Read().Keys(authtest.Context(t), "file", 1, []string{"1", "2", "3"})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, k := range []string{"1", "2", "3"} {
			c, err := a.DB.Read().Customer(authtest.Context(t), found[k].Customer)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, fmt.Sprint(c.Name, " ", c.Archived.IsZero()))
		}
		return strings.Join(out, ", ")
	}
	if got, want := names(), "Meier true, Huber SE true, Kurz true"; got != want {
		t.Errorf("after undo: %s, want %s", got, want)
	}
	if report, err = a.Undo(authtest.Context(t), first.Import); err != nil || report.TakenBack != 2 {
		t.Errorf("undo of the first: %+v, %v", report, err)
	}
	if got, want := names(), "Meier false, Huber SE true, Kurz false"; got != want {
		t.Errorf("after both: %s, want %s", got, want)
	}
}

func TestColumnsAreMappedAsTheLastTime(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	path := filepath.Join(t.TempDir(), "list.csv")
	write := func(row string) {
		if err := os.WriteFile(path, []byte("A;B;C\n"+row+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("1;Meier;Ulm")
	if _, err := a.Import(authtest.Context(t), ImportRequest{Kind: intake.Customers, Path: path}, nil); err == nil {
		t.Fatal("a file whose columns say nothing was taken in")
	}
	if res := a.mustImport(t, ImportRequest{Kind: intake.Customers, Path: path}, "A=external,B=name,C=city"); res.Created != 1 || res.AsBefore {
		t.Fatalf("%+v", res)
	}
	write("1;Meier;Neu-Ulm")
	if res := a.mustImport(t, ImportRequest{Kind: intake.Customers, Path: path}); res.Updated != 1 || !res.AsBefore {
		t.Errorf("the next file: %+v", res)
	}
}
