package demo

import (
	"encoding/json"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quid/internal/intake"
)

// plain writes what a document says, without where it stands.
func plain(t *testing.T, d *intake.Doc) string {
	t.Helper()
	c := *d
	c.Lines, c.Raw = nil, nil
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Reading the files without any help gives exactly the documents of Docs.
func TestTheFilesHoldTheSameDocuments(t *testing.T) {
	t.Parallel()
	for _, customers := range []int{1, 3, 60} {
		c := company(customers)
		dir := t.TempDir()
		if err := c.WriteFiles(dir, nil); err != nil {
			t.Fatal(err)
		}
		for _, kind := range Kinds {
			t.Run(string(kind), func(t *testing.T) { sameDocuments(t, c, kind, filepath.Join(dir, FileName(kind))) })
		}
	}
}

func sameDocuments(t *testing.T, c Company, kind intake.Kind, path string) {
	f, err := intake.Open(path, intake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	plan, questions, err := f.Plan(kind, nil, intake.Options{})
	if err != nil || len(questions) > 0 {
		t.Fatalf("company of %d: the file asks %+v, %v", c.Customers, questions, err)
	}
	next, stop := iter.Pull2(plan.Documents(t.Context()))
	defer stop()
	read := func() (*intake.Doc, bool) {
		d, err, ok := next()
		if err != nil {
			t.Fatal(err)
		}
		return d, ok
	}
	for want := range c.Docs(kind) {
		got, ok := read()
		if !ok {
			t.Fatalf("company of %d: the file has no %s", c.Customers, want.Key)
		}
		if plain(t, got) != plain(t, want) {
			t.Fatalf("company of %d: the file says\n%s\nwant\n%s", c.Customers, plain(t, got), plain(t, want))
		}
		if got.Version() != want.Version() {
			t.Errorf("%s: version %x in the file, want %x", want.Key, got.Version(), want.Version())
		}
	}
	if got, ok := read(); ok {
		t.Errorf("company of %d: the file has %s too", c.Customers, got.Key)
	}
}

func TestTheReadmeNamesEveryFile(t *testing.T) {
	t.Parallel()
	c, dir := company(1), filepath.Join(t.TempDir(), "new", "folder")
	var done, total int
	if err := c.WriteFiles(dir, func(d, n int) { done, total = d, n }); err != nil {
		t.Fatal(err)
	}
	if done != total || total == 0 {
		t.Errorf("progress ended at %d of %d", done, total)
	}
	readme, err := os.ReadFile(filepath.Join(dir, "README.txt"))
	if err != nil {
		t.Fatal(err)
	}
	at := -1
	for _, kind := range Kinds {
		next := strings.Index(string(readme), "quid import "+string(kind)+" "+FileName(kind))
		if next <= at {
			t.Errorf("README.txt does not name %s in its place", kind)
		}
		at = next
	}
	if err := (Company{}).WriteFiles(dir, nil); err == nil {
		t.Error("a company without customers was written")
	}
}
