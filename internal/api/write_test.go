package api

import (
	cli "flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"quid/internal/auth"
	"quid/internal/request"
)

var update = cli.Bool("update", false, "write the golden files anew")

func booking() map[string]any {
	return map[string]any{"type": "hotline", "day": "2026-11-20", "minutes": "20", "background": "pump is loud"}
}

// Promise 2: a retry with the same key has one effect, the same key with another
// body is refused, and keys of the ledger never expire.
func TestManyRetriesHaveOneEffect(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, d *desk) {
		key, ids := d.key(auth.SalesManager, auth.ReadWrite, ""), d.ids()
		path := "/customers/" + ids["C1"] + "/services"
		var wg sync.WaitGroup
		got := make([]answered, 50)
		for i := range got {
			wg.Go(func() { got[i] = d.ask(key, http.MethodPost, path, booking(), "Idempotency-Key", "retry-0001") })
		}
		wg.Wait()
		count := make(map[int]int)
		seen := make(map[string]bool)
		for _, a := range got {
			count[a.status]++
			seen[fmt.Sprint(a.body["id"])] = true
		}
		if count[http.StatusCreated] != 1 || count[http.StatusOK] != 49 || len(seen) != 1 {
			t.Fatalf("50 at once: %v, %d services: %s", count, len(seen), got[0].text)
		}
		if n := len(d.get(key, path).items()); n != 1 {
			t.Errorf("%d services stand in the book", n)
		}
		for range 49 { // the weak twin: each with a key of its own is a service of its own
			d.want(d.ask(key, http.MethodPost, path, booking(), "Idempotency-Key", fmt.Sprintf("other-key-%d", len(d.get(key, path).items()))), http.StatusCreated)
		}
		if n := len(d.get(key, path).items()); n != 50 {
			t.Errorf("50 keys made %d services", n)
		}
		other := booking()
		other["minutes"] = "21"
		a := d.want(d.ask(key, http.MethodPost, path, other, "Idempotency-Key", "retry-0001"), http.StatusUnprocessableEntity)
		if !strings.Contains(a.text, `"parameter":"header.Idempotency-Key"`) {
			t.Errorf("another body with the key: %s", a.text)
		}
		// Nor does it book for another customer.
		d.want(d.ask(key, http.MethodPost, "/customers/"+ids["C2"]+"/services", booking(), "Idempotency-Key", "retry-0001"), http.StatusUnprocessableEntity)
		d.want(d.ask(key, http.MethodPost, path, booking()), http.StatusUnprocessableEntity)
		d.clock.Add(int64(10 * 366 * 24 * 3600 * 1e9))
		key = d.key(auth.SalesManager, auth.ReadWrite, "")
		if a := d.want(d.ask(key, http.MethodPost, path, booking(), "Idempotency-Key", "retry-0001"), http.StatusOK); !seen[a.body["id"].(string)] {
			t.Error("after ten years the key means another service")
		}
	})
}

func TestWhatIsWrongWithAServiceIsNamed(t *testing.T) {
	t.Parallel()
	d := open(t, "")
	key, ids := d.key(auth.Capturer, auth.ReadWrite, "anna"), d.ids()
	path := "/customers/" + ids["C1"] + "/services"
	for field, v := range map[string]string{"type": "nothing", "day": "2026-02-30", "minutes": "many", "quantity": "1,5", "benefit": "1.234", "team": "x", "cost": "1.00"} {
		b := booking()
		b[field] = v
		a := d.want(d.ask(key, http.MethodPost, path, b, "Idempotency-Key", "wrong-"+field), http.StatusUnprocessableEntity)
		if !strings.Contains(a.text, `"pointer":"#/`+field+`"`) {
			t.Errorf("%s = %s: %s", field, v, a.text)
		}
	}
	a := d.want(d.ask(key, http.MethodPost, path, booking(), "Idempotency-Key", "capture-1"), http.StatusCreated)
	if _, shown := a.body["cost"]; shown || a.body["minutes"] != "20" {
		t.Errorf("a capturer is shown %s", a.text)
	}
	d.want(d.ask(key, http.MethodPost, "/customers/"+ids["C2"]+"/services", booking(), "Idempotency-Key", "capture-2"), http.StatusNotFound)
}

func TestTheSecondOfTwoEditorsGetsBothVersions(t *testing.T) {
	t.Parallel()
	d := open(t, "")
	key, id := d.key(auth.SalesManager, auth.ReadWrite, ""), d.ids()["C1"]
	path := "/customers/" + id
	d.want(d.ask(key, http.MethodPatch, path, map[string]any{"size": "large"}), http.StatusPreconditionRequired)
	first := d.want(d.ask(key, http.MethodPatch, path, map[string]any{"size": "large", "need": "5000.00", "terms": 14}, "If-Match", `"1"`), http.StatusOK)
	if first.body["size"] != "large" || first.body["need"] != "5000.00" || first.body["owner"] != "anna" || first.header.Get("ETag") != `"2"` {
		t.Errorf("after the first: %s", first.text)
	}
	second := d.want(d.ask(key, http.MethodPatch, path, map[string]any{"size": "small"}, "If-Match", `"1"`), http.StatusPreconditionFailed)
	current, _ := second.body["current"].(map[string]any)
	yours, _ := second.body["yours"].(map[string]any)
	if current["size"] != "large" || yours["size"] != "small" {
		t.Errorf("the second gets %s", second.text)
	}
	third := d.want(d.ask(key, http.MethodPatch, path, map[string]any{"need": nil, "terms": nil}, "If-Match", `"2"`), http.StatusOK)
	if third.body["need"] != nil || third.body["terms"] != nil || third.body["size"] != "large" {
		t.Errorf("null takes away: %s", third.text)
	}
	d.want(d.ask(key, http.MethodPatch, path, map[string]any{"name": "x"}, "If-Match", `"3"`), http.StatusUnprocessableEntity)

	task := d.want(d.ask(key, http.MethodPost, path+"/tasks", map[string]any{"title": "call", "due": "2026-12-01"}), http.StatusCreated)
	at := path + "/tasks/" + task.body["id"].(string)
	d.want(d.ask(key, http.MethodPatch, at, map[string]any{"owner": "bert"}, "If-Match", `"1"`), http.StatusOK)
	d.want(d.ask(key, http.MethodPatch, at, map[string]any{"state": "done"}, "If-Match", `"1"`), http.StatusPreconditionFailed)
	d.want(d.ask(key, http.MethodPatch, at, map[string]any{"state": "dismissed"}, "If-Match", `"2"`), http.StatusUnprocessableEntity)
	d.want(d.ask(key, http.MethodPatch, at, map[string]any{"state": "done", "answer": "sold"}, "If-Match", `"2"`), http.StatusOK)
	d.want(d.ask(key, http.MethodPatch, at, map[string]any{"state": "done"}, "If-Match", `"3"`), http.StatusConflict)
}

func TestBulkSaysWhatBecameOfEachRow(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, d *desk) {
		key := d.key(auth.Controller, auth.ReadWrite, "")
		rows := []any{
			map[string]any{"number": "C1", "city": "Kiel"},                                                 // only this changes
			map[string]any{"number": "N1", "name": "New; \"quoted\"\nLtd", "need": "1234.50", "terms": 14}, // is new
			map[string]any{"number": "N2", "name": "Wrong", "acquired_on": "2026-11-31"},
			map[string]any{},
			map[string]any{"number": "C2", "city": "Bonn"}, // as it was
		}
		a := d.want(d.ask(key, http.MethodPost, "/customers:bulk", map[string]any{"rows": rows}), http.StatusOK)
		if got := outcomes(a); got != "updated created rejected rejected unchanged" {
			t.Fatalf("outcomes %s: %s", got, a.text)
		}
		if !strings.Contains(a.text, `"pointer":"#/rows/2/acquired_on"`) {
			t.Errorf("the wrong cell is not named: %s", a.text)
		}
		found := d.get(key, "/customers?filter="+`number=N1`).items()
		if len(found) != 1 || found[0]["name"] != `New; "quoted" Ltd` || found[0]["need"] != "1234.50" {
			t.Errorf("created %v", found)
		}
		if c := d.get(key, "/customers?filter=number=C1").items()[0]; c["city"] != "Kiel" || c["owner"] != "anna" || c["name"] != "Müller GmbH" {
			t.Errorf("updated %v", c)
		}
		if again := d.want(d.ask(key, http.MethodPost, "/customers:bulk", map[string]any{"rows": rows}), http.StatusOK); outcomes(again) != "unchanged unchanged rejected rejected unchanged" {
			t.Errorf("again: %s", outcomes(again))
		}
		invoices := map[string]any{"rows": []any{
			map[string]any{"number": "R1", "customer": "C1", "day": "2026-10-01", "net": "100.00", "cost": "60.00"},
			map[string]any{"number": "R2", "customer": "C2", "day": "2026-10-02", "net": "x", "cost": "60.00"},
			map[string]any{"number": "R1", "customer": "C1", "day": "2026-10-01", "net": "50.00"},
		}}
		a = d.want(d.ask(key, http.MethodPost, "/invoices:bulk", invoices), http.StatusOK)
		if got := outcomes(a); got != "created rejected created" || a.body["created"] != 1.0 {
			t.Fatalf("invoices %s: %s", got, a.text)
		}
		id := d.ids()["C1"]
		ledger := d.get(key, "/customers/"+id+"/account").body["kinds"].([]any)
		if sale := ledger[0].(map[string]any); sale["volume"] != "150.00" {
			t.Errorf("the invoice of two rows posts %v", sale)
		}
		if imports := d.get(key, "/imports?limit=1").items(); imports[0]["kind"] != "invoices" || imports[0]["file"] != "API: test" {
			t.Errorf("imports %v", imports)
		}
		d.want(d.ask(key, http.MethodPost, "/customers:bulk", map[string]any{"rows": []any{map[string]any{"unknown": "x"}}}), http.StatusUnprocessableEntity)
		d.want(d.ask(key, http.MethodPost, "/customers:bulk", map[string]any{"rows": []any{}}), http.StatusUnprocessableEntity)
	})
}

func TestBulkTakesTenThousandRowsAndNoMore(t *testing.T) {
	t.Parallel()
	d := open(t, "")
	key := d.key(auth.Controller, auth.ReadWrite, "")
	rows := make([]any, mostRows+1)
	for i := range rows {
		rows[i] = map[string]any{"number": fmt.Sprintf("B%d", i), "name": fmt.Sprintf("Bulk %d", i)}
	}
	d.want(d.ask(key, http.MethodPost, "/customers:bulk", map[string]any{"rows": rows}), http.StatusUnprocessableEntity)
	a := d.want(d.ask(key, http.MethodPost, "/customers:bulk", map[string]any{"rows": rows[:mostRows]}), http.StatusOK)
	if a.body["created"] != float64(mostRows) || len(a.body["results"].([]any)) != mostRows {
		t.Errorf("created %v", a.body["created"])
	}
}

func outcomes(a answered) string {
	var out []string
	list, _ := a.body["results"].([]any)
	for _, r := range list {
		out = append(out, r.(map[string]any)["outcome"].(string))
	}
	return strings.Join(out, " ")
}

// The table of rights: which role may do what with a key that writes (w) or reads
// only (r), where the key sees all customers; W and R: where it sees those of an
// owner, about one of them. About a customer of another owner no key may anything.
func TestRightsOfKeys(t *testing.T) {
	t.Parallel()
	d := open(t, "")
	var table strings.Builder
	fmt.Fprintf(&table, "%-24s", "operation")
	for _, role := range auth.Roles {
		fmt.Fprintf(&table, " %-9s", role)
	}
	table.WriteString("\n")
	spec := d.api.api.OpenAPI()
	methods := make(map[string]string)
	paths := make(map[string]string)
	for path, item := range spec.Paths {
		if item.Get != nil {
			methods[item.Get.OperationID], paths[item.Get.OperationID] = http.MethodGet, path
		}
		if item.Post != nil {
			methods[item.Post.OperationID], paths[item.Post.OperationID] = http.MethodPost, path
		}
		if item.Patch != nil {
			methods[item.Patch.OperationID], paths[item.Patch.OperationID] = http.MethodPatch, path
		}
		if item.Delete != nil {
			methods[item.Delete.OperationID], paths[item.Delete.OperationID] = http.MethodDelete, path
		}
	}
	keys := make(map[string]string)
	for _, role := range auth.Roles {
		for _, scope := range []string{auth.ReadWrite, auth.ReadOnly} {
			keys[string(role)+scope], keys[string(role)+scope+"own"] = d.key(role, scope, ""), d.key(role, scope, "anna")
		}
	}
	own, foreign := d.ids()["C1"], d.ids()["C2"]
	for _, id := range slices.Sorted(maps.Keys(doors)) {
		fmt.Fprintf(&table, "%-24s", id)
		for _, role := range auth.Roles {
			cell := ""
			for _, c := range []struct{ mark, key, customer string }{
				{"w", "write", own}, {"r", "read", own}, {"W", "writeown", own}, {"R", "readown", own}, {"F", "writeown", foreign}, {"f", "readown", foreign},
			} {
				path := strings.NewReplacer("{id}", c.customer, "{task}", "1", "{service}", "1", "{document}", "1", "{product}", "1").Replace(paths[id])
				if c.customer == foreign && !strings.Contains(paths[id], "{id}") {
					continue
				}
				a := d.ask(keys[string(role)+c.key], methods[id], path, nil)
				switch {
				case a.status == http.StatusForbidden:
				case c.customer == foreign && a.status == http.StatusNotFound:
				case a.status == http.StatusUnauthorized || a.status >= 500:
					t.Errorf("%s as %s %s: %d", id, role, c.key, a.status)
				case c.customer == foreign:
					t.Errorf("%s as %s: a key of an owner comes to a customer of another: %d", id, role, a.status)
				default:
					cell += c.mark
				}
			}
			fmt.Fprintf(&table, " %-9s", cell)
		}
		table.WriteString("\n")
	}
	golden := filepath.Join("testdata", "rights.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(table.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if table.String() != string(want) {
		t.Errorf("the table of rights is now (-update writes it):\n%s", table.String())
	}
}

// A filter that can't be read, or is said twice, is not left out without a word.
func TestAQueryIsReadStrictly(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, d *desk) {
		key := d.key(auth.Viewer, auth.ReadOnly, "")
		if n := len(d.get(key, "/customers?filter=city%3DBonn").items()); n != 1 {
			t.Fatalf("the filter finds %d: the test shows nothing", n)
		}
		for query, parameter := range map[string]string{
			"filter=%zz": "query", "filter=city%3DBonn;limit=2": "query", "filter=city%3DBonn&limit=%": "query",
			"filter=city%3DBonn&filter=": "query.filter", "limit=1&sort=id&limit=500": "query.limit",
		} {
			a := d.want(d.ask(key, http.MethodGet, "/customers?"+query, nil), http.StatusUnprocessableEntity)
			if !strings.Contains(a.text, `"parameter":"`+parameter+`"`) {
				t.Errorf("%s is answered %s", query, a.text)
			}
		}
	})
}

// What programs disagree about, or a book can't keep, is refused: it is never guessed.
func TestABodyIsReadStrictly(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, d *desk) {
		key, ids := d.key(auth.Administrator, auth.ReadWrite, ""), d.ids()
		at := Root + "/customers/" + ids["C1"]
		for body, want := range map[string]string{
			`{"note":"a","note":"b"}`:                   `"pointer":"#/note","detail":"it is written twice"`,
			`{"note":"a","\u006eote":"b"}`:              `"pointer":"#/note","detail":"it is written twice"`,
			`{"note":"a\u0000b"}`:                       `"pointer":"#/note","detail":"it holds a NUL"`,
			`{"note":"a"} {"note":"b"}`:                 "after top-level value",
			`{"note":` + strings.Repeat("[", 20_000):    "max depth",
			`{"note":"a","suppliers":1,"suppliers":{}}`: `"pointer":"#/suppliers","detail":"it is written twice"`,
			``: "body is required",
		} {
			r := httptest.NewRequestWithContext(request.With(t.Context(), &request.Info{ID: "R7"}), http.MethodPatch, at, strings.NewReader(body))
			r.Header.Set("Authorization", "Bearer "+key)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("If-Match", `"1"`)
			w := httptest.NewRecorder()
			d.h.ServeHTTP(w, r)
			if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), want) || !strings.Contains(w.Body.String(), `"request":"R7"`) {
				t.Errorf("%.60s is answered %d %s", body, w.Code, w.Body)
			}
		}
		if c := d.get(key, "/customers/"+ids["C1"]); c.body["revision"] != 1.0 || c.body["note"] != "" {
			t.Errorf("something was written: %s", c.text)
		}

		for name, want := range map[string]int{"booked-0001": http.StatusCreated, "booked 0001": http.StatusCreated, "booked-\xe4-01": http.StatusUnprocessableEntity, "booked-ä-01": http.StatusUnprocessableEntity} {
			d.want(d.ask(key, http.MethodPost, "/customers/"+ids["C1"]+"/services", booking(), "Idempotency-Key", name), want)
		}
	})
}
