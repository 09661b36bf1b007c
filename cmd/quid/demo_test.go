package main

import (
	"path/filepath"
	"slices"
	"testing"
)

// A made-up company is taken in as files are, so it is taken back as they are:
// in the reverse order nothing is left that counts, and the book stays sound.
func TestADemoIsTakenBack(t *testing.T) {
	t.Parallel()
	db := "--db=" + filepath.Join(t.TempDir(), "book.db")
	var made struct {
		Imports []struct {
			Kind   string
			Import string
			counts
		}
	}
	must(t, &made, "demo", "--customers", "25", "--seed", "11", "--until", "2026-09-30", "--json", db)
	if len(made.Imports) != 9 {
		t.Fatalf("%d kinds were made, want 9", len(made.Imports))
	}
	for _, i := range made.Imports {
		if i.Read == 0 || i.Read != i.Created+i.Updated+i.Unchanged {
			t.Errorf("%s: %+v", i.Kind, i.counts)
		}
	}
	var before, after totals
	must(t, &before, "value", "--as-of", "2026-09-30", "--window", "all", "--json", db)
	if before.Customers != 25 || before.Revenue == "0.00" {
		t.Errorf("before: %+v", before)
	}
	for _, i := range slices.Backward(made.Imports) {
		var back struct {
			TakenBack    int64 `json:"taken_back"`
			Kept, Failed []any
		}
		must(t, &back, "undo", i.Import, "--json", db)
		if len(back.Kept) != 0 || len(back.Failed) != 0 || back.TakenBack == 0 {
			t.Errorf("undo of %s: %+v", i.Kind, back)
		}
	}
	must(t, &after, "value", "--as-of", "2026-09-30", "--window", "all", "--json", db)
	if after.Revenue != "0.00" || after.Contribution["4"] != "0.00" {
		t.Errorf("after taking all back: %+v", after)
	}
	if code, out, _ := quid(t, "check", db); code != exitDone {
		t.Errorf("check: %s", out)
	}
}
