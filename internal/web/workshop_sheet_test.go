package web

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/store/storetest"
	"quid/money"
	"quid/service"
)

// monthColumns are the columns of quantities that the sheet is downloaded with.
func monthColumns(t *testing.T, sheet string) (heads []string) {
	t.Helper()
	f, err := intake.OpenReader(strings.NewReader(sheet), int64(len(sheet)), "workshop.xlsx", intake.Options{Header: intake.Yes})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i := range f.Columns {
		if _, ok := ofMonth(f.Columns[i].Name); ok {
			heads = append(heads, f.Columns[i].Name)
		}
	}
	return heads
}

// The quantities of a filled sheet fill the grid, which is saved as it is: the
// segments by jobs, the named customer by itself, with the team that the sheet
// names; one click takes all of it back. On both engines.
func TestTheWorkshopSheetLeadsToEstimates(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "book.db") },
		"postgres": func(t *testing.T) string { return storetest.Postgres(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := workbenchAt(t, address(t))
			ids := b.someCustomers()
			now := workNow
			b.app.Now = func() time.Time { now = now.Add(time.Second); return now }
			team, err := b.app.SaveTeam(authtest.Context(t), service.Team{Name: "Kundendienst"})
			if err != nil {
				t.Fatal(err)
			}
			b.lang = "de"
			heads := monthColumns(t, b.get("/workshop.xlsx").Body)
			if len(heads) == 0 {
				t.Fatal("the sheet has no column for a segment")
			}
			sheet := "Code;Bezeichnung;Wer macht es?;Kosten je Stunde;Wert je Stunde;Gültig ab;" + strings.Join(heads, ";") + ";Im Monat: 1;Im Monat: Niemand GmbH\n" +
				"hotline;;kundendienst;;;" + strings.Repeat(";120", len(heads)) + ";240,5;7\n" +
				";Leihgeräte;Lager;48,00;90,00;2026-11-01" + strings.Repeat(";", len(heads)) + ";30;\n"
			if result := b.take("service-types", "workshop.csv", sheet, nil); !strings.Contains(result.Body, `href="/estimates?sheet=1"`) {
				t.Fatalf("the result does not lead to the grid: %s", result.text())
			}
			grid := b.get("/estimates?sheet=1")
			grid.says(t, http.StatusOK, "noch ist nichts gespeichert", "1 Spalte oder Zelle des Blatts wurde ausgelassen", "Alpha")
			hotline, loan := b.typeNamed("hotline"), b.typeNamed("leihgeraete")
			form := grid.form(t, "estimates")
			for name, want := range map[string]string{
				cellName(formatID(int64(ids[0])), hotline.ID): "240,5", cellName(formatID(int64(ids[0])), loan.ID): "30",
				teamName(hotline.ID): formatID(team), teamName(loan.ID): "0",
			} {
				if got := form.Get(name); got != want {
					t.Errorf("%s holds %q, want %q", name, got, want)
				}
			}
			posted := func(want ...money.Amount) {
				t.Helper()
				for i, id := range ids {
					if _, sum := b.estimatedMonths(id); sum != -want[i] {
						t.Errorf("customer %d has %v estimated, want %v", i+1, sum, want[i])
					}
				}
				b.sound()
			}
			posted(0, 0, 0)
			if got := b.post("/estimates?sheet=1", form); got.Status != http.StatusOK {
				t.Fatalf("%d: %s", got.Status, got.text())
			}
			b.jobs()
			// A year of 240.5 minutes at 0.95 or 120; of 30 at 0.80 since their first rate.
			posted(12*228_48+24_00, 12*114_00, 12*114_00)
			live, err := b.app.DB.Read().LiveEstimates(authtest.Context(t), ids)
			if err != nil || len(live) != 4 {
				t.Fatalf("%+v, %v; want four estimates", live, err)
			}
			for _, e := range live {
				if (e.Team == team) != (e.Type == hotline.ID) {
					t.Errorf("%+v; want the team on the hotline alone", e)
				}
			}
			batches, err := b.app.DB.Read().EstimateBatches(authtest.Context(t), 5)
			if err != nil || len(batches) != 1 || batches[0].Live != 4 {
				t.Fatalf("%+v, %v; want one batch", batches, err)
			}
			b.post("/estimates/"+formatID(batches[0].At.UnixMicro())+"/undo", nil)
			posted(0, 0, 0)
		})
	}
}

// A sheet that is taken back fills no grid any more.
func TestASheetTakenBackFillsNothing(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	b.someCustomers()
	result := b.take("service-types", "workshop.csv", "Code;Name in English;A month: Alpha;Cost per hour;Worth per hour;Valid from\nloans;Loans;30;48.00;90.00;2026-11-01\n", nil)
	b.get("/estimates?sheet=1").says(t, http.StatusOK, "nothing is saved yet")
	b.post(result.Path+"/undo", nil)
	b.jobs()
	for _, path := range []string{result.Path, "/estimates?sheet=1"} {
		if page := b.get(path); page.Status != http.StatusOK || strings.Contains(page.text(), "sheet") {
			t.Errorf("%s still offers the sheet, %d", path, page.Status)
		}
	}
}
