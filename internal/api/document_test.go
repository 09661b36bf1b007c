package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"quid/internal/auth"
)

// fill brings documents of C1 and C3 (of anna) and of C2 (of bert) in, as a program does.
func (d *desk) fill() {
	d.t.Helper()
	key := d.key(auth.Administrator, auth.ReadWrite, "")
	type row = map[string]any
	for _, in := range []struct {
		kind string
		rows []any
	}{
		{"products", []any{row{"number": "P1", "name": "Pump", "category": "machines", "standard_cost": "60.00", "list_price": "100.00"}, row{"number": "P2", "name": "Hose", "category": "parts"}}},
		{"invoices", []any{
			row{"number": "R1", "customer": "C1", "day": "2026-09-01", "product": "P1", "quantity": "2", "net": "200.00", "cost": "120.00", "freight": "5.00", "gross": "238.00"},
			row{"number": "R1", "customer": "C1", "day": "2026-09-01", "product": "P2", "net": "50.00", "cost": "20.00"},
			row{"number": "R2", "customer": "C2", "day": "2026-10-02", "net": "80.00"},
			row{"number": "R3", "customer": "C1", "day": "2026-11-03", "net": "70.00"},
			row{"number": "R4", "customer": "C3", "day": "2026-08-04", "net": "90.00"},
		}},
		{"payments", []any{row{"number": "Z1", "invoice": "R1", "day": "2026-09-20", "amount": "238.00"}, row{"number": "Z2", "customer": "C2", "day": "2026-10-05", "amount": "10.00"}}},
		{"complaints", []any{
			row{"number": "B1", "customer": "C1", "invoice": "R1", "day": "2026-09-10", "amount": "50.00", "cost": "7.00", "severity": "2", "justified": "yes", "subject": "leaks"},
			row{"number": "B2", "customer": "C2", "day": "2026-10-10", "subject": "late"},
		}},
		{"interactions", []any{
			row{"external": "I1", "customer": "C1", "day": "2026-09-11", "channel": "visit", "direction": "out", "subject": "spring order", "minutes": 45, "cost": "80.00"},
			row{"external": "I2", "customer": "C2", "day": "2026-10-11", "channel": "phone"},
		}},
	} {
		a := d.want(d.ask(key, http.MethodPost, "/"+in.kind+":bulk", map[string]any{"rows": in.rows}), http.StatusOK)
		if a.body["rejected"] != 0.0 {
			d.t.Fatalf("%s: %s", in.kind, a.text)
		}
	}
}

var documentNouns = []string{"invoices", "payments", "complaints", "interactions"}

// numbers are those of the records of a list, in its order.
func numbers(a answered) string {
	var out []string
	for _, i := range a.items() {
		out = append(out, fmt.Sprint(i["number"]))
	}
	return strings.Join(out, " ")
}

func TestDocumentsAreReadAsTheyWereBrought(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, d *desk) {
		d.fill()
		key, ids := d.key(auth.Controller, auth.ReadOnly, ""), d.ids()
		for path, want := range map[string]string{
			"/invoices": "R1 R3 R2 R4", "/payments": "Z1 Z2", "/complaints": "B1 B2", "/interactions": "I1 I2",
			"/invoices?from=2026-09-01&to=2026-10-02":         "R1 R2",
			"/invoices?filter=receivable+>+75+AND+number:r":   "R1 R2 R4",
			"/invoices?filter=settled_on:*":                   "R1",
			"/customers/" + ids["C1"] + "/invoices":           "R3 R1",
			"/customers/" + ids["C1"] + "/invoices?sort=day":  "R1 R3",
			"/customers/" + ids["C3"] + "/invoices":           "R4",
			"/customers/" + ids["C1"] + "/payments":           "Z1",
			"/complaints?filter=severity=2+AND+justified=yes": "B1",
			"/interactions?filter=minutes+>=+45":              "I1",
			"/customers/" + ids["C2"] + "/interactions":       "I2",
		} {
			if got := numbers(d.get(key, path)); got != want {
				t.Errorf("%s lists %s instead of %s", path, got, want)
			}
		}
		d.turnDocuments(key)

		list := d.get(key, "/customers/"+ids["C1"]+"/invoices?filter=number=R1").items()[0]
		path := "/customers/" + ids["C1"] + "/invoices/" + list["id"].(string)
		one := d.get(key, path)
		lines := one.body["lines"].([]any)
		first := lines[0].(map[string]any)
		if one.body["net"] != "250.00" || one.body["cost"] != "140.00" || one.body["receivable"] != "238.00" || one.body["settled_on"] != "2026-09-20" || len(lines) != 2 ||
			first["quantity"] != "2" || first["net"] != "200.00" || first["cost"] != "120.00" || !strings.Contains(one.text, `"deductions":[{"cause":"freight","amount":"5.00"}]`) {
			t.Errorf("R1 is read as %s", one.text)
		}
		if p := d.get(key, "/products/"+first["product"].(string)); p.body["name"] != "Pump" || p.body["standard_cost"] != "60.00000000" {
			t.Errorf("its product is %s", p.text)
		}
		if fmt.Sprint(list["lines"]) != fmt.Sprint(one.body["lines"]) {
			t.Errorf("the list has other lines: %v", list["lines"])
		}
		tag := one.header.Get("ETag")
		d.want304(key, path, tag)
		// Another payment changes the state of an invoice, though it is the same invoice.
		open := d.get(key, "/customers/"+ids["C1"]+"/invoices?filter=number=R3").items()[0]["id"].(string)
		before := d.get(key, "/customers/"+ids["C1"]+"/invoices/"+open).header.Get("ETag")
		pay := map[string]any{"rows": []any{map[string]any{"number": "Z3", "invoice": "R3", "day": "2026-11-20", "amount": "70.00"}}}
		d.want(d.ask(d.key(auth.Administrator, auth.ReadWrite, ""), http.MethodPost, "/payments:bulk", pay), http.StatusOK)
		if paid := d.get(key, "/customers/"+ids["C1"]+"/invoices/"+open, "If-None-Match", before); paid.body["settled_on"] != "2026-11-20" {
			t.Errorf("R3 after it was paid: %s", paid.text)
		}
		if got := d.get(key, "/products?sort=name&fields=external").items(); got[0]["external"] != "P2" || len(got[0]) != 1 {
			t.Errorf("products by name: %v", got)
		}
	})
}

// A cursor goes on with the list that it came from, not with one of other days or of
// another customer.
func TestACursorIsOfItsList(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, d *desk) {
		d.fill()
		key, ids := d.key(auth.Controller, auth.ReadOnly, ""), d.ids()
		all := "/invoices?limit=1&from=2026-09-01&to=2026-11-30"
		of := "/customers/" + ids["C1"] + "/invoices?limit=1"
		allNext, ofNext := d.get(key, all).body["next"].(string), d.get(key, of).body["next"].(string)
		for path, want := range map[string]int{
			all + "&cursor=" + allNext: http.StatusOK, "/invoices?limit=1&cursor=" + allNext: http.StatusUnprocessableEntity,
			"/invoices?limit=1&from=2026-09-02&to=2026-11-30&cursor=" + allNext: http.StatusUnprocessableEntity,
			"/payments?limit=1&from=2026-09-01&to=2026-11-30&cursor=" + allNext: http.StatusUnprocessableEntity,
			of + "&cursor=" + ofNext: http.StatusOK, of + "&to=2026-12-31&cursor=" + ofNext: http.StatusUnprocessableEntity,
			"/customers/" + ids["C2"] + "/invoices?limit=1&cursor=" + ofNext: http.StatusUnprocessableEntity,
		} {
			a := d.ask(key, http.MethodGet, path, nil)
			if a.status != want || want != http.StatusOK && !strings.Contains(a.text, `"parameter":"query.cursor"`) {
				t.Errorf("%s is answered %d %s", path, a.status, a.text)
			}
		}
	})
}

// A page doesn't look through the whole book for what a filter leaves out: it says where
// to go on, and nothing is lost.
func TestAPageLooksAtSome(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, d *desk) {
		d.fill()
		write, key := d.key(auth.Administrator, auth.ReadWrite, ""), d.key(auth.Controller, auth.ReadOnly, "")
		rows := make([]any, 0, mostOfPage+200)
		for i := range cap(rows) {
			rows = append(rows, map[string]any{"number": fmt.Sprintf("Z%04d", 1000+i), "customer": "C1", "day": "2026-09-21", "amount": "1.00"})
		}
		if a := d.want(d.ask(write, http.MethodPost, "/payments:bulk", map[string]any{"rows": rows}), http.StatusOK); a.body["created"] != float64(len(rows)) {
			t.Fatal(a.text)
		}
		path, found := "/payments?limit=500&filter=number=Z2", ""
		pages := 0
		for next := ""; ; pages++ {
			a := d.get(key, path+"&cursor="+next)
			found += numbers(a)
			more, ok := a.body["next"].(string)
			if !ok {
				break
			}
			next = more
		}
		if found != "Z2" || pages != 1 {
			t.Errorf("the filter finds %q, and %d pages have a next one", found, pages)
		}
	})
}

func (d *desk) want304(key, path, tag string) {
	d.t.Helper()
	if a := d.ask(key, http.MethodGet, path, nil, "If-None-Match", tag); a.status != http.StatusNotModified {
		d.t.Errorf("%s is answered %d to its own ETag", path, a.status)
	}
}

// turnDocuments reads the invoices of all customers one at a time.
func (d *desk) turnDocuments(key string) {
	d.t.Helper()
	var got []string
	for cursor := ""; len(got) < 9; {
		a := d.get(key, "/invoices?limit=1&cursor="+cursor)
		got = append(got, numbers(a))
		next, ok := a.body["next"].(string)
		if !ok {
			break
		}
		cursor = next
	}
	if want := "R1 R3 R2 R4"; strings.Join(got, " ") != want {
		d.t.Errorf("page by page the invoices are %v instead of %s", got, want)
	}
}

func TestAKeyOfAnOwnerReadsNoForeignDocument(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, d *desk) {
		d.fill()
		ids := d.ids()
		all, own := d.key(auth.Administrator, auth.ReadOnly, ""), d.key(auth.AccountOwner, auth.ReadOnly, "anna")
		for _, nouns := range documentNouns {
			list := d.get(all, "/"+nouns).items()
			foreign := slices.IndexFunc(list, func(i map[string]any) bool { return i["customer"] == ids["C2"] })
			mine := slices.IndexFunc(list, func(i map[string]any) bool { return i["customer"] == ids["C1"] })
			if foreign < 0 || mine < 0 {
				t.Fatalf("%s: the test has nothing to find: %v", nouns, list)
			}
			for _, i := range d.get(own, "/"+nouns).items() {
				if i["customer"] == ids["C2"] {
					t.Errorf("%s: lists %v of another owner", nouns, i["number"])
				}
			}
			if n := len(d.get(own, "/"+nouns).items()); n == 0 {
				t.Errorf("%s: lists nothing of its own", nouns)
			}
			d.get(own, "/customers/"+ids["C1"]+"/"+nouns+"/"+list[mine]["id"].(string))
			d.want(d.ask(own, http.MethodGet, "/customers/"+ids["C2"]+"/"+nouns, nil), http.StatusNotFound)
			d.want(d.ask(own, http.MethodGet, "/customers/"+ids["C2"]+"/"+nouns+"/"+list[foreign]["id"].(string), nil), http.StatusNotFound)
			d.want(d.ask(own, http.MethodGet, "/customers/"+ids["C1"]+"/"+nouns+"/"+list[foreign]["id"].(string), nil), http.StatusNotFound) // a foreign child under an own parent
		}
		// What costs is shown to nobody who doesn't see margins.
		capturer := d.key(auth.Capturer, auth.ReadOnly, "")
		for _, path := range []string{"/invoices", "/complaints", "/interactions", "/products", "/customers/" + ids["C1"] + "/invoices"} {
			for _, hidden := range []string{`"cost"`, `"deductions"`, `"credit":"`, `"standard_cost"`} {
				if strings.Contains(d.get(capturer, path).text, hidden) {
					t.Errorf("%s shows %s to a capturer", path, hidden)
				}
			}
			if all := d.get(all, path).text; !strings.Contains(all, `cost"`) {
				t.Errorf("%s shows no costs to anybody", path)
			}
		}
	})
}
