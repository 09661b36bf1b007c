package web

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"quid/account"
	"quid/crm"
	"quid/internal/auth/authtest"
	"quid/internal/store"
	"quid/service"
)

// customersNamed puts customers into the book of a workbench.
func (b *workbench) customersNamed(names ...string) []account.CustomerID {
	b.t.Helper()
	var list []store.KeptCustomer
	var ids []account.CustomerID
	for _, name := range names {
		id := account.CustomerID(b.app.IDs.Next(workNow))
		number := fmt.Sprintf("K%d", id%1_000_000_000)
		list = append(list, store.KeptCustomer{Customer: crm.Customer{ID: id, External: number, Number: number, Name: name, City: "Ulm", Created: workNow}})
		ids = append(ids, id)
	}
	if err := b.app.DB.Write(authtest.Context(b.t), func(tx *store.Tx) error { return tx.AddCustomers(authtest.Context(b.t), list) }); err != nil {
		b.t.Fatal(err)
	}
	return ids
}

// serviceID is the id of a shipped service.
func (b *workbench) serviceID(code string) string {
	b.t.Helper()
	types, err := b.app.DB.Read().Types(authtest.Context(b.t))
	if err != nil {
		b.t.Fatal(err)
	}
	i := slices.IndexFunc(types, func(s service.Type) bool { return s.Code == code })
	if i < 0 {
		b.t.Fatalf("there is no service %s", code)
	}
	return fmt.Sprint(types[i].ID)
}

// phone asks as the shell of this build does.
func (b *workbench) phone(method, path, body string) sight {
	b.t.Helper()
	build, err := thisPhone()
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(authtest.Context(b.t), method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set(buildHeader, build.Name)
	r.Header.Set("Content-Type", "application/json")
	return b.do(r)
}

// sync sends entries and returns what became of them.
func (b *workbench) sync(entries ...any) []phoneResult {
	b.t.Helper()
	body, err := json.Marshal(map[string]any{"entries": entries})
	if err != nil {
		b.t.Fatal(err)
	}
	a := b.phone(http.MethodPost, "/phone/sync", string(body))
	if a.Status != http.StatusOK {
		b.t.Fatalf("sync: %d %s", a.Status, a.Body)
	}
	var answer struct{ Results []phoneResult }
	if err := json.Unmarshal([]byte(a.Body), &answer); err != nil {
		b.t.Fatal(err)
	}
	if len(answer.Results) != len(entries) {
		b.t.Fatalf("%d results for %d entries", len(answer.Results), len(entries))
	}
	return answer.Results
}

func TestAPhoneIsToldWhatBecameOfEachEntry(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	ids := b.customersNamed("Meier Pumpen GmbH", "Huber Antriebe AG", "Huber Technik KG")
	meier, hotline := fmt.Sprint(ids[0]), b.serviceID("hotline")
	good := phoneEntry{Key: "a", Customer: meier, Type: hotline, Day: "2026-11-22", Minutes: 20, Background: "Pumpe laut"}
	other := good
	other.Minutes = 30
	future := good
	future.Key, future.Day, future.Minutes = "b", "2026-12-24", -1

	r := b.sync(good, good, other, future,
		phoneEntry{Key: "c", Line: "meier hotline 20m pumpe laut gestern", On: "2026-11-20"},
		phoneEntry{Key: "d", Line: "huber hotline 20m", On: "2026-11-20"},
		map[string]any{"key": "e", "customer": meier, "colour": "red"},
		phoneEntry{Customer: meier})
	want := []string{syncRecorded, syncAlready, syncRefused, syncRefused, syncLook, syncLook, syncRefused, syncRefused}
	for i, one := range r {
		if one.State != want[i] {
			t.Errorf("entry %d is %s, want %s: %+v", i, one.State, want[i], one)
		}
	}
	if r[0].Booked == nil || r[0].Booked.Minutes != 20 || r[0].Booked.Customer.Name != "Meier Pumpen GmbH" || *r[1].Booked != *r[0].Booked {
		t.Errorf("booked is %+v, and again %+v", r[0].Booked, r[1].Booked)
	}
	if len(r[2].Problems) != 1 || r[2].Problems[0].Field != "key" || r[2].Booked == nil || r[2].Booked.Minutes != 20 {
		t.Errorf("the same key with another body: %+v, in the book %+v", r[2].Problems, r[2].Booked)
	}
	if fields := fmt.Sprint(r[3].Problems); !strings.Contains(fields, "minutes") {
		t.Errorf("the problems of a wrong entry are %s", fields)
	}
	read := r[4].Read
	if read == nil || read.Customer == nil || read.Customer.ID != meier || read.Type != hotline || read.Minutes != 20 || read.Day != "2026-11-19" || len(read.Asks) > 0 {
		t.Errorf("the line was read as %+v", read)
	}
	if asks := r[5].Read.Asks; len(asks) != 1 || asks[0].As != "customer" || len(asks[0].Customers) != 2 {
		t.Errorf("two are called Huber, and it asks %+v", asks)
	}
	if n := b.standing(ids[0]); len(n) != 1 {
		t.Errorf("%d entries were written, want 1: lines and refused ones write nothing", len(n))
	}
	if page := b.get(r[0].Booked.Entry); page.Status != http.StatusOK || !strings.Contains(page.text(), "Pumpe laut") {
		t.Errorf("the entry is not at %s: %d", r[0].Booked.Entry, page.Status)
	}
}

// standing are the entries of a customer that were not taken back.
func (b *workbench) standing(customer account.CustomerID) []store.Kept[service.Entry] {
	b.t.Helper()
	list, err := b.app.DB.Read().EntriesOf(authtest.Context(b.t), customer)
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

// What is refused says why in the language of the phone, not of the other pages.
func TestAPhoneIsToldInItsLanguage(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	if err := b.app.CloseBook(authtest.Context(t), 20261031, "Oktober"); err != nil {
		t.Fatal(err)
	}
	id := b.customersNamed("Meier Pumpen GmbH")[0]
	body := fmt.Sprintf(`{"entries":[{"key":"a","customer":"%d","type":"%s","day":"2026-10-30","minutes":20}]}`, id, b.serviceID("hotline"))
	if a := b.phone(http.MethodPost, "/phone/sync?lang=de", body); !strings.Contains(a.Body, "Buch ist für diesen Tag") {
		t.Errorf("it says %s", a.Body)
	}
}

func TestASyncHasItsLimits(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	if a := b.phone(http.MethodPost, "/phone/sync", `{"entries":["`+strings.Repeat("x", mostSyncBytes)+`"]}`); a.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("too long a batch: %d", a.Status)
	}
	if a := b.phone(http.MethodPost, "/phone/sync", `{"entries":[`+strings.TrimSuffix(strings.Repeat("{},", mostSyncEntries+1), ",")+`]}`); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("too many entries: %d", a.Status)
	}
	for _, body := range []string{"", "[]", "{", `{"entries":[]}{}`, `{"entries":[],"more":1}`, "null null"} {
		if a := b.phone(http.MethodPost, "/phone/sync", body); a.Status != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d", body, a.Status)
		}
	}
	a := b.phone(http.MethodPost, "/phone/sync", `{"entries":[3]}`)
	if a.Status != http.StatusOK || !strings.Contains(a.Body, syncRefused) {
		t.Errorf("an entry that is a number: %d %s", a.Status, a.Body)
	}
	r, err := http.NewRequestWithContext(authtest.Context(t), http.MethodPost, b.url+"/phone/sync", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	build, _ := thisPhone()
	r.Header.Set(buildHeader, build.Name)
	r.Header.Set("Content-Type", "text/plain")
	if a := b.do(r); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("a form of another page: %d", a.Status)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Body = io.NopCloser(strings.NewReader(`{"entries":[]}`))
	if a := b.do(r); a.Status != http.StatusForbidden {
		t.Errorf("another site may send: %d", a.Status)
	}
}

// The shell of another build gets no data, and is told which build there is.
func TestAnOldShellGetsNoData(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	build, err := thisPhone()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/phone/data", "/phone/customers?q=m", "/phone/line?line=m&on=2026-11-22"} {
		if a := b.get(path); a.Status != http.StatusConflict || !strings.Contains(a.Body, build.Name) {
			t.Errorf("%s: %d %s", path, a.Status, a.Body)
		}
	}
	if a := b.post("/phone/sync", nil); a.Status != http.StatusConflict {
		t.Errorf("sync: %d", a.Status)
	}
}

func TestAPhoneKeepsTheCustomersThatMatter(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	names := make([]string, mostPhoneCustomers+50)
	for i := range names {
		names[i] = fmt.Sprintf("Kunde %03d", i)
	}
	ids := b.customersNamed(names...)
	last := ids[len(ids)-1]
	b.sync(phoneEntry{Key: "a", Customer: fmt.Sprint(last), Type: b.serviceID("training"), Day: "2026-11-20", Minutes: 60})
	a := b.phone(http.MethodGet, "/phone/data", "")
	var known phoneKnown
	if err := json.Unmarshal([]byte(a.Body), &known); err != nil {
		t.Fatal(err)
	}
	if len(known.Customers) != mostPhoneCustomers || known.Whole || known.Served != 1 || known.Customers[0].ID != fmt.Sprint(last) {
		t.Errorf("%d customers, whole %v, served %d, first %+v", len(known.Customers), known.Whole, known.Served, known.Customers[0])
	}
	if len(known.Types) != 10 || known.Types[0].Code != "training" {
		t.Errorf("the services are %+v", known.Types)
	}
	found := b.phone(http.MethodGet, "/phone/customers?q=kunde+447", "")
	if !strings.Contains(found.Body, "Kunde 447") {
		t.Errorf("the search says %s", found.Body)
	}
}

// Every text of the phone page is in its dictionary, and nothing else is.
func TestThePhoneKnowsItsWords(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("assets/phone*.ts")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d sources: %v", len(files), err)
	}
	used := make(map[string]bool)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\bt\("([^"]+)"`).FindAllStringSubmatch(string(text), -1) {
			used[m[1]] = true
		}
		if m := regexp.MustCompile("\\bt\\([`a-z(][^)]*\\)").FindString(string(text)); m != "" && !strings.HasPrefix(m, "t(english") {
			t.Errorf("%s says %s, which isn't a literal", f, m)
		}
	}
	for key := range used {
		if !slices.Contains(phoneTexts, key) {
			t.Errorf("the phone says %q, which isn't in its dictionary", key)
		}
	}
	for _, key := range phoneTexts {
		if !used[key] {
			t.Errorf("the phone doesn't say %q", key)
		}
	}
}

func TestTheShellIsKeptByItsBuild(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	build, err := thisPhone()
	if err != nil {
		t.Fatal(err)
	}
	page := b.get("/phone")
	if page.Header.Get(buildHeader) != build.Name || !strings.Contains(page.Body, `data-build="`+build.Name+`"`) {
		t.Errorf("the page doesn't name its build %s", build.Name)
	}
	for _, other := range []string{"echarts", "htmx", asset("app.js"), asset("app.css")} {
		if strings.Contains(page.Body, other) {
			t.Errorf("the page loads %s", other)
		}
	}
	worker := b.get("/phone/sw.js")
	if worker.Header.Get("Cache-Control") != "no-cache" || worker.Header.Get("Service-Worker-Allowed") != "/phone" || !strings.Contains(worker.Body, build.Name) {
		t.Errorf("the worker: %v", worker.Header)
	}
	for _, file := range build.Files {
		a := b.get(file)
		if a.Status != http.StatusOK || !strings.Contains(a.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d, %s", file, a.Status, a.Header.Get("Cache-Control"))
		}
		if !strings.Contains(worker.Body, file) {
			t.Errorf("the worker doesn't keep %s", file)
		}
	}
	b.lang = "de"
	var manifest struct {
		Name  string
		Icons []struct{ Src, Sizes, Purpose string }
	}
	if err := json.Unmarshal([]byte(b.get("/phone/manifest.webmanifest").Body), &manifest); err != nil {
		t.Fatal(err)
	}
	if manifest.Name != "Quid: Leistungen buchen" || len(manifest.Icons) != 3 {
		t.Errorf("the manifest is %+v", manifest)
	}
}
