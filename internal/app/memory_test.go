package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quid/internal/intake"
)

// TestAnImportThatForgetsCountsAlike checks that what an import no longer remembers
// of customers and products is found again, in a dry run too, which writes none.
func TestAnImportThatForgetsCountsAlike(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("Rechnungsnr;Kundennr;Rechnungsdatum;Artikelnr;Menge;Nettobetrag\n")
	for i := range 600 {
		fmt.Fprintf(&b, "R%d;K%d;2026-11-02;P%d;2;100,50\n", i%590, i%590%61, i%590%43)
	}
	path := filepath.Join(t.TempDir(), "invoices.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	var want Counts
	for i, remember := range []int{0, 1, 25} {
		for _, dry := range []bool{true, false} {
			a := openApp(t, "")
			a.BatchDocs, a.Remember = 20, remember
			got := a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: path, Related: true, DryRun: dry}).Counts
			if i == 0 && dry {
				want = got
			}
			if got.Created != 590 || got.RelatedCreated != 61+43 || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("remembering %d, dry %v: %+v, want %+v", remember, dry, got, want)
			}
		}
	}
}

func TestAMemoryIsSmall(t *testing.T) {
	t.Parallel()
	var m memory[int]
	for i := range 1000 {
		m.add(map[string]int{fmt.Sprint(2 * i): i, fmt.Sprint(2*i + 1): i}, 50)
		if n := len(m.young) + len(m.old); n > 2*50 {
			t.Fatalf("%d entries", n)
		}
		for j := max(0, 2*i-48); j < 2*i+2; j++ {
			if v, ok := m.get(fmt.Sprint(j)); !ok || v != j/2 {
				t.Fatalf("%d of %d is forgotten", j, i)
			}
		}
	}
}

// TestLongRowsMakeSmallBatches checks that not as many rows are in memory at a time
// where they are long.
func TestLongRowsMakeSmallBatches(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "interactions.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(f, "Aktivitätsnr;Kundennr;Kontaktdatum;Kanal;Betreff")
	const n, long = 2500, 9000
	for i := range n {
		fmt.Fprintf(f, "A%d;K1;2026-11-10;Telefon;%s\n", i, strings.Repeat("lang ", long/5))
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	a := openApp(t, "")
	batches := 0
	a.afterBatch = func(int64) { batches++ }
	if res := a.mustImport(t, ImportRequest{Kind: intake.Interactions, Path: path, Related: true}); res.Created != n {
		t.Fatalf("%+v %+v", res.Counts, res.Problems[:min(2, len(res.Problems))])
	}
	if batches < 3 {
		t.Errorf("%d batches of %d MB", batches, n*long/1_000_000)
	}
}
