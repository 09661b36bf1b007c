package app

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"quid/fault"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/store"
)

// A draft is what was put, whatever was in it, and the file what was brought.
func TestADraftIsKeptAsItWas(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	d, err := a.Upload(authtest.Context(t), intake.Invoices, `..\..\x/Rechnungen „März“.csv`, strings.NewReader("a;b\n1;2\n"))
	if err != nil {
		t.Fatal(err)
	}
	if d.Name != "Rechnungen „März“.csv" || d.Size != 8 || filepath.Dir(d.Request.Path) != a.Files {
		t.Errorf("draft %+v", d)
	}
	d.Request.Mapping = intake.Mapping{{Their: "a", Ours: "number"}, {Their: "b"}}
	d.Request.Read = intake.Options{Encoding: "windows-1252", Delimiter: '\t', Header: intake.No, Sheet: "S", Decimal: ',', Dates: intake.MDY, Where: []intake.Where{{Column: "b", Not: true, Value: "x"}}}
	d.Request.Mode, d.Request.Related = CreateOnly, false
	if err := a.PutDraft(authtest.Context(t), d); err != nil {
		t.Fatal(err)
	}
	got, err := a.Draft(authtest.Context(t), d.Token)
	if err != nil {
		t.Fatal(err)
	}
	if got.Request.Mapping.String() != "a=number,b=-" || got.Request.Mode != CreateOnly || got.Request.Related || got.Request.Kind != intake.Invoices ||
		got.Request.Path != d.Request.Path || got.Name != d.Name || got.Size != d.Size || !got.Brought.Equal(d.Brought) {
		t.Errorf("draft came back as %+v", got)
	}
	r, w := got.Request.Read, d.Request.Read
	if r.Encoding != w.Encoding || r.Delimiter != w.Delimiter || r.Header != w.Header || r.Sheet != w.Sheet || r.Decimal != w.Decimal || r.Dates != w.Dates || len(r.Where) != 1 || r.Where[0] != w.Where[0] {
		t.Errorf("options came back as %+v", r)
	}
	if list, err := a.Drafts(authtest.Context(t)); err != nil || len(list) != 1 || list[0].Token != d.Token {
		t.Errorf("drafts: %+v, %v", list, err)
	}
	if err := a.DropDraft(authtest.Context(t), d.Token); err != nil {
		t.Fatal(err)
	}
	if err := a.DropDraft(authtest.Context(t), d.Token); err != nil {
		t.Errorf("dropped twice: %v", err)
	}
	if left, _ := os.ReadDir(a.Files); len(left) != 0 {
		t.Errorf("%d files are left", len(left))
	}
	for _, token := range []string{d.Token, "", "..", "../x", strings.ToLower(d.Token)} {
		if _, err := a.Draft(authtest.Context(t), token); !errors.Is(err, fault.NotFound) {
			t.Errorf("draft %q: %v, want not found", token, err)
		}
	}
}

// breaking reads some bytes and breaks.
type breaking struct{ left int }

func (b *breaking) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n := min(b.left, len(p))
	b.left -= n
	return n, nil
}

func TestAnUploadThatBreaksOffLeavesNothing(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	if _, err := a.Upload(authtest.Context(t), intake.Invoices, "x.csv", &breaking{100_000}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the upload ended with %v", err)
	}
	if left, _ := os.ReadDir(a.Files); len(left) != 0 {
		t.Errorf("%d files are left", len(left))
	}
}

// A server that was killed after an import was begun goes on with it; an import
// of the command line is left to that.
func TestBegunImportsGoOn(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	d, err := a.Upload(authtest.Context(t), intake.Customers, "k.csv", strings.NewReader("Kundennr;Name\n1;A\n"))
	if err != nil {
		t.Fatal(err)
	}
	brought, _, err := a.BeginImport(authtest.Context(t), d.Request)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(t.TempDir(), "other.csv")
	if err := os.WriteFile(elsewhere, []byte("Kundennr;Name\n2;B\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.BeginImport(authtest.Context(t), ImportRequest{Kind: intake.Customers, Path: elsewhere}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a second start asks no second time
		if err := a.GoOn(authtest.Context(t)); err != nil {
			t.Fatal(err)
		}
	}
	var due []store.Job
	jobs, err := a.DB.Read().Jobs(authtest.Context(t), testNow)
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		if j.Kind == ImportJob {
			due = append(due, j)
		}
	}
	if len(due) != 1 || due[0].Arg != strconv.FormatInt(brought.ID, 10) {
		t.Errorf("jobs: %+v, want one for the brought file", due)
	}
}
