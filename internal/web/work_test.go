package web

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"quid/fault"
	"quid/internal/app"
	"quid/internal/auth/authtest"
	"quid/internal/doc"
	"quid/internal/job"
	"quid/internal/store"
)

// workNow is the day on which everything in these tests happens.
var workNow = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// A workbench is a real book behind real pages, and somebody who uses them.
type workbench struct {
	t    *testing.T
	app  *app.App
	url  string
	http *http.Client
	lang string
}

// newWorkbench opens an empty book and serves its pages.
func newWorkbench(t *testing.T) *workbench {
	t.Helper()
	return workbenchAt(t, filepath.Join(t.TempDir(), "book.db"))
}

// workbenchAt is newWorkbench with a database of either engine.
func workbenchAt(t *testing.T, address string) *workbench {
	t.Helper()
	db, err := store.Open(authtest.Context(t), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	a := &app.App{DB: db, IDs: store.NewIDs(workNow), Now: func() time.Time { return workNow }, Files: filepath.Join(t.TempDir(), "files"), Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	if err := a.CreateBook(authtest.Context(t), "Werkbank", "EUR"); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(authtest.Everything(NewServer(a).Handler()))
	t.Cleanup(s.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &workbench{t: t, app: a, url: s.URL, http: &http.Client{Jar: jar}, lang: "en"}
}

// jobs runs what is due, as the server does beside the pages.
func (b *workbench) jobs() {
	b.t.Helper()
	r := job.Runner{DB: b.app.DB, IDs: b.app.IDs, Now: b.app.Now, Log: b.app.Log, Kinds: map[string]job.Func{
		app.ValueJob: func(ctx context.Context, j store.Job, tell func(done, total int64)) error {
			return b.app.RunValueOn(ctx, j.Arg, tell)
		},
		app.CleanJob:   func(ctx context.Context, _ store.Job, _ func(done, total int64)) error { return b.app.CleanErased(ctx) },
		app.ProposeJob: func(ctx context.Context, _ store.Job, _ func(done, total int64)) error { return b.app.RunPropose(ctx) },
		app.StatementJob: func(ctx context.Context, j store.Job, tell func(done, total int64)) error {
			id, err := strconv.ParseInt(j.Arg, 10, 64)
			if err != nil {
				return err
			}
			return b.app.RunStatements(ctx, id, tell)
		},
		app.EstimateJob: func(ctx context.Context, j store.Job, tell func(done, total int64)) error {
			return b.app.RunEstimate(ctx, j.Arg, tell)
		},
		app.ImportJob: func(ctx context.Context, j store.Job, tell func(done, total int64)) error {
			id, err := strconv.ParseInt(j.Arg, 10, 64)
			if err != nil {
				return err
			}
			return b.app.RunImport(ctx, id, tell)
		},
	}}
	if err := r.Drain(authtest.Context(b.t)); err != nil {
		b.t.Fatal(err)
	}
}

// A sight is what somebody sees: the page after all redirects.
type sight struct {
	Status int
	Path   string
	Body   string
	Header http.Header
}

func (b *workbench) do(r *http.Request) sight {
	b.t.Helper()
	r.Header.Set("Accept-Language", b.lang)
	res, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return sight{res.StatusCode, res.Request.URL.Path, string(body), res.Header}
}

func (b *workbench) get(path string) sight {
	b.t.Helper()
	r, err := http.NewRequestWithContext(authtest.Context(b.t), http.MethodGet, b.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(r)
}

func (b *workbench) post(path string, form url.Values) sight {
	b.t.Helper()
	r, err := http.NewRequestWithContext(authtest.Context(b.t), http.MethodPost, b.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

// upload sends a file as the form does.
func (b *workbench) upload(kind, name, content string) sight {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if err := w.WriteField("kind", kind); err != nil {
		b.t.Fatal(err)
	}
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := io.WriteString(part, content); err != nil {
		b.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(authtest.Context(b.t), http.MethodPost, b.url+"/import", &body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	return b.do(r)
}

var (
	formInput    = regexp.MustCompile(`<input ([^>]*)>`)
	formSelect   = regexp.MustCompile(`(?s)<select ([^>]*)>(.*?)</select>`)
	formSelected = regexp.MustCompile(`<option value="([^"]*)" selected`)
	formFirst    = regexp.MustCompile(`<option value="([^"]*)"`)
	formArea     = regexp.MustCompile(`(?s)<textarea ([^>]*)>(.*?)</textarea>`)
)

func attribute(attrs, name string) string {
	m := regexp.MustCompile(`(?:^|\s)` + name + `="([^"]*)"`).FindStringSubmatch(attrs)
	if m == nil {
		return ""
	}
	return unescape.Replace(m[1])
}

var unescape = strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&amp;", "&")

// form is what a browser would send of the form with an id, nothing changed.
func (a sight) form(t *testing.T, id string) url.Values {
	t.Helper()
	from := strings.Index(a.Body, `<form id="`+id+`"`)
	if from < 0 {
		t.Fatalf("%s has no form %s", a.Path, id)
	}
	text := a.Body[from:]
	text = text[:strings.Index(text, "</form>")]
	v := url.Values{}
	for _, m := range formInput.FindAllStringSubmatch(text, -1) {
		kind, name := attribute(m[1], "type"), attribute(m[1], "name")
		if name != "" && (kind != "radio" && kind != "checkbox" || strings.Contains(m[1], " checked")) {
			v.Add(name, attribute(m[1], "value"))
		}
	}
	for _, m := range formSelect.FindAllStringSubmatch(text, -1) {
		chosen := formSelected.FindStringSubmatch(m[2])
		if chosen == nil {
			chosen = formFirst.FindStringSubmatch(m[2])
		}
		v.Set(attribute(m[1], "name"), unescape.Replace(chosen[1]))
	}
	for _, m := range formArea.FindAllStringSubmatch(text, -1) {
		v.Set(attribute(m[1], "name"), unescape.Replace(m[2]))
	}
	return v
}

// text is the page without its tags, for reading.
func (a sight) text() string {
	s := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(a.Body, " ")
	return unescape.Replace(strings.Join(strings.Fields(s), " "))
}

// says fails the test unless the page says all of it.
func (a sight) says(t *testing.T, status int, want ...string) {
	t.Helper()
	if a.Status != status {
		t.Errorf("%s: status %d, want %d", a.Path, a.Status, status)
	}
	text := a.text()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%s does not say %q; it says:\n%s", a.Path, w, cutMiddle(text))
		}
	}
}

func cutMiddle(s string) string {
	if i := strings.Index(s, "Ctrl K"); i > 0 {
		s = s[i:]
	}
	return s[:min(len(s), 1500)]
}

// columnsOf puts fields to columns in a form of the wizard by their headings.
func columnsOf(t *testing.T, a sight, form url.Values, fields map[string]string) {
	t.Helper()
	for column, field := range fields {
		m := regexp.MustCompile(`name="map\.(\d+)" aria-label="` + regexp.QuoteMeta(column) + ` is our"`).FindStringSubmatch(a.Body)
		if m == nil {
			t.Fatalf("no column %q to map", column)
		}
		form.Set("map."+m[1], field)
	}
}

// take goes the whole way of a file: upload, columns, dry run, import. change
// may change the form of the columns.
func (b *workbench) take(kind, name, content string, change func(sight, url.Values)) sight {
	b.t.Helper()
	a := b.upload(kind, name, content)
	if a.Status != http.StatusOK || !strings.HasSuffix(a.Path, "/columns") {
		b.t.Fatalf("upload of %s leads to %s, %d: %s", name, a.Path, a.Status, cutMiddle(a.text()))
	}
	form := a.form(b.t, "draft")
	if change != nil {
		change(a, form)
	}
	form.Set("do", "try")
	check := b.post(a.Path, form)
	for strings.Contains(check.Body, `hx-trigger="every 1s"`) {
		time.Sleep(20 * time.Millisecond)
		check = b.get(check.Path)
	}
	if check.Status != http.StatusOK || !strings.HasSuffix(check.Path, "/check") {
		b.t.Fatalf("dry run of %s leads to %s, %d: %s", name, check.Path, check.Status, cutMiddle(check.text()))
	}
	started := b.post(strings.TrimSuffix(check.Path, "check")+"start", nil)
	b.jobs()
	return b.get(started.Path)
}

// counts are those of an import whose page was shown.
func (b *workbench) counts(a sight) app.Counts {
	b.t.Helper()
	id, err := strconv.ParseInt(strings.TrimPrefix(a.Path, "/import/"), 10, 64)
	if err != nil {
		b.t.Fatal(err)
	}
	imp, err := b.app.DB.Read().Import(authtest.Context(b.t), id)
	if err != nil {
		b.t.Fatal(err)
	}
	var c app.Counts
	if err := json.Unmarshal([]byte(imp.Counts), &c); err != nil {
		b.t.Fatal(err)
	}
	return c
}

// sharedFile reads a real file, or skips where it is missing.
func sharedFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", name))
	if err != nil {
		t.Skipf("%s is not here: %v", name, err)
	}
	return string(text)
}

// workbook writes CSV as a workbook.
func workbook(t *testing.T, text string) string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	var table doc.Table
	for name := range strings.SplitSeq(lines[0], ";") {
		table.Columns = append(table.Columns, doc.Column{Title: name})
	}
	table.Name = "Kunden"
	table.Rows = func(yield func([]doc.Value) bool) {
		for _, line := range lines[1:] {
			var row []doc.Value
			for cell := range strings.SplitSeq(line, ";") {
				row = append(row, doc.Value{Text: cell})
			}
			if !yield(row) {
				return
			}
		}
	}
	var b bytes.Buffer
	if err := doc.WriteXLSX(&b, table); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// fail runs the next job so that it fails and is not tried again.
func (b *workbench) fail(why string) {
	b.t.Helper()
	broken := func(context.Context, store.Job, func(done, total int64)) error { return fault.Field("job", why) }
	r := job.Runner{DB: b.app.DB, IDs: b.app.IDs, Now: b.app.Now, Log: b.app.Log, Kinds: map[string]job.Func{app.ImportJob: broken, app.ValueJob: broken}}
	if ran, err := r.Once(authtest.Context(b.t)); err != nil || !ran {
		b.t.Fatalf("no job ran: %v", err)
	}
}
