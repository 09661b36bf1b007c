package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/store"
)

// filesIn are the names in the folder of files that were brought.
func filesIn(t *testing.T, a *App) []string {
	t.Helper()
	entries, err := os.ReadDir(a.Files)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// bring brings a file by the page and starts its import if asked.
func bring(t *testing.T, a *App, text string, start bool) (Draft, store.Import) {
	t.Helper()
	d, err := a.Upload(authtest.Context(t), intake.Customers, "kunden.csv", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var imp store.Import
	if start {
		if imp, err = a.StartDraft(authtest.Context(t), d.Token); err != nil {
			t.Fatal(err)
		}
	}
	return d, imp
}

// An upload is gone when its import has ended; undo and the rejected rows do not
// need it.
func TestAnUploadIsDeletedWhenItsImportHasEnded(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	_, imp := bring(t, a, "number;name;kind\n1;A;company\n2;B;nobody knows\n", true)
	if len(filesIn(t, a)) != 1 {
		t.Fatalf("before the import: %q, want the file alone", filesIn(t, a))
	}
	if err := a.RunImport(authtest.Context(t), imp.ID, nil); err != nil {
		t.Fatal(err)
	}
	if left := filesIn(t, a); len(left) != 0 {
		t.Errorf("left are %q", left)
	}
	rows, err := a.DB.Read().Problems(authtest.Context(t), imp.ID, -1, 10)
	if err != nil || len(rows) != 1 || rows[0].Row != "2;B;nobody knows" {
		t.Errorf("rejected rows: %+v, %v", rows, err)
	}
	if report, err := a.Undo(authtest.Context(t), imp.ID); err != nil || report.TakenBack != 1 {
		t.Errorf("undo: %+v, %v", report, err)
	}
}

// An import that cannot go on needs its file no more either; a file elsewhere is
// somebody's own.
func TestOnlyUploadsAreDeleted(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	own := csv(t, "number;name", "1;A")
	imp, err := a.StartImport(authtest.Context(t), ImportRequest{Kind: intake.Customers, Path: own})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.RunImport(authtest.Context(t), imp.ID, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(own); err != nil {
		t.Errorf("the command line's file: %v", err)
	}
	d, imp := bring(t, a, "number;name\n1;A\n", true)
	if err := os.WriteFile(d.Request.Path, []byte("%PDF-1.7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := a.RunImport(authtest.Context(t), imp.ID, nil); err == nil {
		t.Fatal("a PDF was taken in")
	}
	if left := filesIn(t, a); len(left) != 0 {
		t.Errorf("left are %q", left)
	}
}

func TestTidyKeepsWhatIsNeeded(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	age := func(days float64, names ...string) {
		at := testNow.Add(-time.Duration(days * float64(24*time.Hour)))
		for _, n := range names {
			if err := os.Chtimes(filepath.Join(a.Files, n), at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	old, _ := bring(t, a, "number;name\n1;A\n", false)
	young, _ := bring(t, a, "number;name\n2;A\n", false)
	running, imp := bring(t, a, "number;name\n3;A\n", true)
	ended, over := bring(t, a, "number;name\n4;A\n", true)
	if err := a.RunImport(authtest.Context(t), over.ID, nil); err != nil {
		t.Fatal(err)
	}
	brokenOff, uploading := strings.Repeat("A", 26)+".csv", strings.Repeat("B", 26)+".csv"
	for _, name := range []string{brokenOff, uploading, "somebody's own.csv", ended.Token + ".csv"} { // the last: killed before it was deleted
		if err := os.WriteFile(filepath.Join(a.Files, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	age(8, old.Token+".csv", old.Token+".json", young.Token+".csv", running.Token+".csv", "somebody's own.csv")
	age(6.5, young.Token+".json")
	age(1.5, brokenOff, ended.Token+".csv")
	age(0.5, uploading)
	n, err := a.Tidy(authtest.Context(t))
	if err != nil || n != 3 {
		t.Errorf("tidied %d, %v; want 3: the old draft, what broke off, what was taken in", n, err)
	}
	want := []string{uploading, "somebody's own.csv", young.Token + ".csv", young.Token + ".json", running.Token + ".csv"}
	slices.Sort(want)
	if left := filesIn(t, a); !slices.Equal(left, want) {
		t.Errorf("left are %q, want %q", left, want)
	}
	if err := a.RunImport(authtest.Context(t), imp.ID, nil); err != nil {
		t.Errorf("the import that was to go on: %v", err)
	}
}
