package web

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/internal/auth/authtest"
	"quid/internal/store"
	"quid/value"
)

// facts are the customers of a valuation as the database tells them, which is
// what lists are compared with.
func (s *shelf) facts(t *testing.T) map[account.CustomerID]customerFact {
	t.Helper()
	v, err := s.db.Read().NewestValuation(authtest.Context(t), 21991231)
	if err != nil {
		t.Fatal(err)
	}
	facts := map[account.CustomerID]customerFact{}
	var ids []account.CustomerID
	for row, err := range s.db.Read().Scores(authtest.Context(t), v.ID) {
		if err != nil {
			t.Fatal(err)
		}
		facts[row.Row.Customer] = customerFact{ScoreRow: row}
		ids = append(ids, row.Row.Customer)
	}
	masters, err := s.db.Read().CustomersByID(authtest.Context(t), ids)
	if err != nil {
		t.Fatal(err)
	}
	for id, c := range masters {
		f := facts[id]
		f.KeptCustomer = c
		facts[id] = f
	}
	return facts
}

type customerFact struct {
	store.ScoreRow
	store.KeptCustomer
}

func (f customerFact) contribution() float64 {
	c, known := f.Figures.Contribution(3)
	if !known {
		return math.NaN()
	}
	return float64(c)
}

// fits says whether a customer passes the filters, spelt out by hand.
func (f customerFact) fits(v url.Values) bool {
	name := crm.Fold(f.KeptCustomer.Name + " " + f.Number + " " + f.KeptCustomer.External + " " + f.City)
	for _, word := range strings.Fields(crm.Fold(v.Get("q"))) {
		if !strings.Contains(name, word) {
			return false
		}
	}
	same := func(key, is string) bool {
		return len(v[key]) == 0 || slices.Contains(v[key], cmp.Or(is, missing))
	}
	fresh := "no"
	if f.Row.New {
		fresh = "yes"
	}
	if !same("segment", string(f.Row.Segment())) || !same("class", f.Row.Class().String()) || !same("class_revenue", f.Row.ByRevenue.Class.String()) ||
		!same("stage", f.Row.Stage.String()) || !same("new", fresh) || !same("owner", f.Owner) || !same("industry", f.Industry) ||
		!same("size", f.Size) || !same("country", f.Country) {
		return false
	}
	within := func(key string, x float64) bool {
		low, errLow := strconv.ParseFloat(v.Get("min_"+key), 64)
		high, errHigh := strconv.ParseFloat(v.Get("max_"+key), 64)
		slack := 1e-6
		return (errLow != nil || x >= low-slack) && (errHigh != nil || x <= high+slack)
	}
	between := func(key string, d day.Day) bool {
		low, high := v.Get("min_"+key), v.Get("max_"+key)
		return (low == "" || d != 0 && d.String() >= low) && (high == "" || d != 0 && d.String() <= high)
	}
	return between("first_purchase", f.Figures.FirstPurchase) && between("last_purchase", f.Figures.LastPurchase) && within("revenue", float64(f.Figures.Steps.Revenue)/100) && within("contribution_3", f.contribution()/100) &&
		within("score", f.Row.Score) && within("late_invoices", float64(f.Figures.LateInvoices)) && within("data_basis", f.Row.DataBasis*100)
}

// randomQuery draws filters whose values are those of some customer.
func randomQuery(rng *rand.Rand, f customerFact) url.Values {
	v := url.Values{}
	some := func(key, text string) {
		if rng.IntN(5) == 0 {
			if text == "" {
				text = missing
			}
			v.Set(key, text)
		}
	}
	// or of two values
	either := func(key string, among ...string) {
		if v.Has(key) && rng.IntN(2) == 0 {
			v.Add(key, among[rng.IntN(len(among))])
		}
	}
	some("segment", string(f.Row.Segment()))
	some("class", f.Row.Class().String())
	some("class_revenue", f.Row.ByRevenue.Class.String())
	some("stage", f.Row.Stage.String())
	some("owner", f.Owner)
	some("industry", f.Industry)
	some("size", f.Size)
	some("country", f.Country)
	either("segment", "opportunity", "explore", "new", missing)
	either("class", "A", "B", "C", "loss")
	either("owner", missing, "nobody")
	if d := f.Figures.LastPurchase; d != 0 {
		some("min_last_purchase", d.String())
		some("max_last_purchase", d.Add(90).String())
	}
	if d := f.Figures.FirstPurchase; d != 0 {
		some("max_first_purchase", d.String())
	}
	some("min_revenue", strconv.FormatFloat(float64(f.Figures.Steps.Revenue)/100, 'f', 2, 64))
	if c := f.contribution(); !math.IsNaN(c) {
		some("max_contribution_3", strconv.FormatFloat(c/100, 'f', 2, 64))
	}
	some("min_score", strconv.Itoa(int(f.Row.Score)))
	some("max_late_invoices", strconv.Itoa(int(f.Figures.LateInvoices)))
	some("min_data_basis", strconv.Itoa(int(f.Row.DataBasis*100)))
	if rng.IntN(3) == 0 {
		letters := []rune(f.KeptCustomer.Name)
		from := rng.IntN(len(letters))
		v.Set("q", string(letters[from:min(len(letters), from+1+rng.IntN(6))]))
	}
	return v
}

// A list holds exactly the customers that fit, each once, in the order of its
// column; the unknown ones stand last, whichever way it is read.
func TestAListIsThoseThatFitInOrder(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	facts := s.facts(t)
	ids := slices.Sorted(func(yield func(account.CustomerID) bool) {
		for id := range facts {
			if !yield(id) {
				return
			}
		}
	})
	pic, err := s.server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 600 {
		if round == 300 { // from here on with the index, and without what was kept
			pic.found = newRecent[string, *set](keptSets)
			pic.index.Store(newTrigrams(pic.snap.Len(), pic.snap.Search, nil))
		}
		v := randomQuery(rng, facts[ids[rng.IntN(len(ids))]])
		c := rng.IntN(columnCount)
		sign := []string{"", "-"}[rng.IntN(2)]
		v.Set("sort", sign+columns[c].Key)
		q := queryOf(v)
		var want []account.CustomerID
		for _, id := range ids {
			if facts[id].fits(v) {
				want = append(want, id)
			}
		}
		found := pic.list(q)
		var got []account.CustomerID
		last, unknown := math.NaN(), false
		for i := range found.all(q.Down) {
			got = append(got, pic.snap.ID(i))
			if columns[c].Number == nil {
				continue
			}
			x := columns[c].Number(pic, i)
			unknown = unknown || math.IsNaN(x)
			switch {
			case unknown != math.IsNaN(x):
				t.Fatalf("%v: place %d has %v after unknown ones", v, len(got), x)
			case !math.IsNaN(x) && (q.Down && x > last || !q.Down && x < last):
				t.Fatalf("%v: %v follows %v", v, x, last)
			}
			last = x
		}
		if found.len() != len(got) {
			t.Fatalf("%v: %d customers are said to be listed, %d are", v, found.len(), len(got))
		}
		from := rng.IntN(len(ids))
		if page := slices.Collect(found.page(from, 3, q.Down)); len(got) > from && pic.snap.ID(page[0]) != got[from] || len(page) != max(0, min(3, len(got)-from)) {
			t.Fatalf("%v: the page from %d on holds %v", v, from, page)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("%v: %d customers, want %d", v, len(got), len(want))
		}
	}
}

// What is written into an address is read from it again.
func TestAQuerySurvivesItsAddress(t *testing.T) {
	t.Parallel()
	facts := readShelf(t).facts(t)
	rng := rand.New(rand.NewPCG(3, 4))
	for _, f := range facts {
		v := randomQuery(rng, f)
		v.Set("sort", "-revenue")
		v.Add("col", "revenue")
		v.Add("col", "owner")
		q := queryOf(v)
		back, err := url.ParseQuery(q.encode())
		if err != nil {
			t.Fatal(err)
		}
		if again := queryOf(back); again.encode() != q.encode() || again.Sort != q.Sort || !slices.Equal(again.Columns, q.Columns) {
			t.Fatalf("%q became %q", q.encode(), again.encode())
		}
	}
}

func TestWhatIsNotOnTheListIsLeftOut(t *testing.T) {
	t.Parallel()
	q := queryOf(url.Values{"sort": {"name; DROP TABLE customer"}, "col": {"revenue", "password"}, "min_revenue": {"x"}, "min_score": {"NaN"}, "min_last_purchase": {"31.12.2026"}, "max_last_purchase": {"2026-02-30"}, "page": {"-3"}, "x0": {"1"}})
	if q.Sort != columnAt(defaultSort) || !q.Down || len(q.Columns) != 1 || len(q.Bounds) != 0 || q.Page != 1 || q.Brush != nil {
		t.Errorf("query = %+v", q)
	}
	if one, two := queryOf(url.Values{"class": {"B", "", "A", "B"}}), queryOf(url.Values{"class": {"A", "B"}}); one.encode() != two.encode() || one.encode() != "class=A&class=B" {
		t.Errorf("the same choice is %q and %q", one.encode(), two.encode())
	}
	readShelf(t).get(t, "en", "/customers?sort=x'--&segment=%27&col=%3Cscript%3E&page=99999").want(http.StatusOK)
}

func TestTheListShowsFiguresInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	f := s.facts(t)[s.firstCustomer(t)]
	for _, tt := range []struct{ lang, caption, segment, revenue string }{
		{"en", "Customers", "Invest", "€" + grouped(f.Figures.Steps.Revenue.Decimal(0), ",")},
		{"de", "Kunden", "Investition", grouped(f.Figures.Steps.Revenue.Decimal(0), ".") + " €"},
	} {
		a := s.get(t, tt.lang, "/customers").want(http.StatusOK)
		rows := a.rows(tt.caption)
		if len(rows) != pageSize {
			t.Fatalf("%d rows, want %d", len(rows), pageSize)
		}
		if !strings.Contains(rows[0][0], f.KeptCustomer.Name) || rows[0][1] != tt.segment {
			t.Errorf("first row = %q", rows[0])
		}
		if n := len(a.all("th", "aria-sort", "descending")); n != 1 {
			t.Errorf("%d columns say that they are sorted", n)
		}
	}
}

// grouped is whole units of an amount in minor ones, by hand.
func grouped(minor, mark string) string {
	n, err := strconv.ParseInt(minor, 10, 64)
	if err != nil {
		return err.Error()
	}
	text := strconv.FormatInt((n+50)/100, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + mark + text[i:]
	}
	return text
}

// While somebody types, only the list comes, with the address that leads to it.
func TestASearchAnswersWithTheListAlone(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	a := s.get(t, "en", "/customers?q=gmbh&segment=&owner=&sort=-contribution_3", "HX-Request", "true", "HX-Request-Type", "partial").want(http.StatusOK)
	if strings.Contains(a.Body, "<html") || !strings.HasPrefix(strings.TrimSpace(a.Body), `<div id="list"`) {
		t.Errorf("the answer is more than the list: %.80s", a.Body)
	}
	if got := a.Header.Get("HX-Replace-Url"); got != "/customers?q=gmbh" {
		t.Errorf("address = %q", got)
	}
	nothing := s.get(t, "de", "/customers?q=zzzzqqq").want(http.StatusOK)
	if !strings.Contains(nothing.text("div", "id", "list"), "Kein Kunde passt") {
		t.Error("an empty list says nothing")
	}
}

func TestAnExportHoldsAllCustomersOfTheFilter(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	want := 0
	for _, f := range s.facts(t) {
		if f.Row.Segment() == value.Invest {
			want++
		}
	}
	a := s.get(t, "de", "/customers.csv?segment=invest").want(http.StatusOK)
	body, marked := strings.CutPrefix(a.Body, "\ufeff")
	r := csv.NewReader(strings.NewReader(body))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil || !marked {
		t.Fatalf("%v, marked %v", err, marked)
	}
	if len(rows) != want+1 || want == 0 {
		t.Errorf("%d lines, want %d", len(rows), want+1)
	}
	if rows[0][0] != "Nummer" || rows[0][5] != "Umsatz (EUR)" || rows[1][2] != "Investition" || !strings.Contains(rows[1][5], ",") {
		t.Errorf("lines = %q", rows[:2])
	}
	x := s.get(t, "en", "/customers.xlsx?segment=invest&col=revenue").want(http.StatusOK)
	f, err := excelize.OpenReader(bytes.NewReader([]byte(x.Body)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sheet, err := f.GetRows("Customers", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(sheet) != want+1 || len(sheet[0]) != 3 || sheet[1][0] != rows[1][0] {
		t.Errorf("workbook: %d rows, the first %q", len(sheet), sheet[:2])
	}
	if got := strings.Replace(rows[1][5], ",", ".", 1); !sameNumber(got, sheet[1][2]) {
		t.Errorf("revenue is %s in the one and %s in the other", got, sheet[1][2])
	}
}

func sameNumber(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && x == y
}

func TestAViewHasAnAddressOfItsOwn(t *testing.T) {
	t.Parallel()
	s := ownShelf(t, true)
	saved := s.post(t, "/views", "name", "Meine <b>A</b>-Kunden", "query", "class=A&sort=-revenue&evil=1").want(http.StatusSeeOther)
	at := saved.Header.Get("Location")
	several := s.post(t, "/views", "name", "A und B seit März", "query", "class=B&class=A&min_last_purchase=2026-03-01").want(http.StatusSeeOther)
	page := s.get(t, "de", several.Header.Get("Location")).want(http.StatusOK)
	for _, chip := range []string{"Klasse nach DB: A", "Klasse nach DB: B", "Letzter Kauf ≥ 01.03.2026"} {
		if !strings.Contains(page.text("div", "class", "chips"), chip) {
			t.Errorf("no chip says %q in %q", chip, page.text("div", "class", "chips"))
		}
	}
	if n := len(page.all("input", "name", "class", "checked", "")); n != 2 {
		t.Errorf("%d classes are checked, want 2", n)
	}
	if n := len(page.all("a", "href", "/customers?class=B&min_last_purchase=2026-03-01")); n != 1 {
		t.Errorf("%d links take the A customers away, want 1", n)
	}
	a := s.get(t, "de", at).want(http.StatusOK)
	if got := a.text("a", "aria-current", "page", "href", at); got != "Meine <b>A</b>-Kunden" {
		t.Errorf("the tab says %q", got)
	}
	for _, row := range a.rows("Kunden") {
		if row[2] != "A" {
			t.Errorf("a row of class %q", row[2])
		}
	}
	s.post(t, "/views", "name", " ", "query", "").want(http.StatusUnprocessableEntity)
	s.post(t, at+"/delete").want(http.StatusSeeOther)
	s.get(t, "de", at).want(http.StatusNotFound)
}

func TestThePaletteFindsCustomers(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	id := s.firstCustomer(t)
	f := s.facts(t)[id]
	var hits []hit
	a := s.get(t, "en", "/palette.json?q="+url.QueryEscape(strings.ToUpper(f.Number))).want(http.StatusOK)
	if err := json.Unmarshal([]byte(a.Body), &hits); err != nil {
		t.Fatal(err)
	}
	if len(hits) != 1 || hits[0].Label != f.KeptCustomer.Name || hits[0].Href != customerPath(id) {
		t.Errorf("hits = %+v", hits)
	}
	if empty := s.get(t, "en", "/palette.json?q="); strings.TrimSpace(empty.Body) != "[]" {
		t.Errorf("nothing typed finds %s", empty.Body)
	}
}

func TestAnEmptyBookSaysWhatToDoNext(t *testing.T) {
	t.Parallel()
	s := ownShelf(t, false)
	for _, path := range []string{"/", "/customers", "/concentration", "/lifetime"} {
		a := s.get(t, "de", path).want(http.StatusOK)
		if !strings.Contains(a.text("main"), "Es gibt noch keine Kunden") || len(a.all("a", "class", "btn", "href", "/import")) != 1 {
			t.Errorf("%s says %q", path, a.text("main"))
		}
	}
	s.get(t, "en", "/customers.csv").want(http.StatusNotFound)
	s.get(t, "en", "/matrix/points").want(http.StatusNotFound)
	c := crm.Customer{ID: 7, External: "K7", Number: "K7", Name: "Later Ltd", Revision: 1, Created: shelfNow}
	err := s.db.Write(authtest.Context(t), func(tx *store.Tx) error {
		return tx.AddCustomers(authtest.Context(t), []store.KeptCustomer{{Customer: c}})
	})
	if err != nil {
		t.Fatal(err)
	}
	if a := s.get(t, "en", "/"); !strings.Contains(a.text("main"), "not valued yet") {
		t.Errorf("with a customer: %q", a.text("main"))
	}
	s.get(t, "en", "/customers/7").want(http.StatusOK)
	s.post(t, "/value", "back", "/customers").want(http.StatusSeeOther)
	jobs, err := s.db.Read().Jobs(authtest.Context(t), shelfNow.AddDate(-1, 0, 0))
	if err != nil || len(jobs) == 0 || jobs[0].Kind != "value" {
		t.Errorf("jobs = %+v, %v", jobs, err)
	}
}
