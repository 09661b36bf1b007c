package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"quid/day"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/auth/authtest"
	"quid/internal/locale"
	"quid/value"
)

// pageFor is a page that only speaks.
func pageFor(lang string) Page {
	return Page{Who: auth.System("test"), Printer: locale.For(lang), Currency: "EUR", Digits: 2}
}

// Every link to a place on the same page leads somewhere, in both languages: so
// every figure's explanation is there.
func TestEveryFigureLeadsToItsExplanation(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	pic, err := s.server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{"/", "/concentration", "/lifetime", "/lifetime", "/customers"}
	for i := 0; i < pic.snap.Valued(); i += 9 {
		paths = append(paths, customerPath(pic.snap.ID(i)))
	}
	for k, path := range paths {
		a := s.get(t, []string{"en", "de"}[k%2], path).want(http.StatusOK)
		seen := map[string]bool{}
		for _, n := range a.all("", "id", "") {
			id, _ := attr(n, "id")
			if seen[id] {
				t.Errorf("%s: the id %s is there twice", path, id)
			}
			seen[id] = true
		}
		for _, link := range a.all("a", "href", "") {
			href, _ := attr(link, "href")
			if at, ok := strings.CutPrefix(href, "#"); ok && !seen[at] {
				t.Errorf("%s: %q leads to %s, which isn't there", path, textOf(link), href)
			}
		}
	}
	for _, figure := range explained {
		to := s.get(t, "en", paths[5]+"/explain/"+figure).want(http.StatusSeeOther).Header.Get("Location")
		if _, at, _ := strings.Cut(to, "#"); len(s.get(t, "en", paths[5]).all("", "id", at)) != 1 {
			t.Errorf("%s is explained at %s, which isn't there", figure, to)
		}
	}
	s.get(t, "en", paths[5]+"/explain/nothing").want(http.StatusNotFound)
}

// The postings of the account, page by page, add up to the sums by kind and to
// the contribution of the valuation.
func TestTheAccountAddsUp(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	for id, f := range s.facts(t) {
		if !f.Figures.Steps.Known() || f.Figures.PurchaseDays < 4 {
			continue
		}
		var sum int64
		lines := 0
		for page := 1; ; page++ {
			a := s.get(t, "en", customerPath(id)+"?page="+strconv.Itoa(page)).want(http.StatusOK)
			rows := a.rows("Postings")
			for _, row := range rows {
				sum += cents(t, row[3])
			}
			lines += len(rows)
			if len(rows) < accountSize {
				break
			}
		}
		four, _ := f.Figures.Contribution(4)
		if want := int64(four - f.Figures.Accrued); sum != want {
			t.Errorf("%s: %d postings add up to %d, want %d", f.KeptCustomer.Name, lines, sum, want)
		}
		if lines > accountSize {
			return // one that needs several pages is enough
		}
	}
}

// cents reads an English sum of money: −€1,234.50.
func cents(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(strings.NewReplacer("€", "", ",", "", ".", "", "−", "-").Replace(text), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTheCockpitSpeaksTheReadersLanguage(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	id := s.firstCustomer(t)
	f := s.facts(t)[id]
	for _, tt := range []struct{ lang, want string }{{"en", "How the score came to be: "}, {"de", "Wie die Punktzahl entsteht: "}} {
		a := s.get(t, tt.lang, customerPath(id)).want(http.StatusOK)
		if got, want := a.text("section", "id", "how-score"), tt.want+pageFor(tt.lang).Number(f.Row.Score, 1); !strings.HasPrefix(got, want) {
			t.Errorf("%q, want %q", got[:min(len(got), 60)], want)
		}
		if a.text("h1") != f.KeptCustomer.Name {
			t.Errorf("heading %q", a.text("h1"))
		}
	}
}

// The points of a score add up to it.
func TestThePartsOfTheScoreAddUp(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	id := s.firstCustomer(t)
	var sum float64
	for _, row := range s.get(t, "en", customerPath(id)).rows("The parts of the score") {
		if x, err := strconv.ParseFloat(row[6], 64); err == nil {
			sum += x
		}
	}
	if want := s.facts(t)[id].Row.Score; sum < want-0.5 || sum > want+0.5 {
		t.Errorf("the parts add up to %v, the score is %v", sum, want)
	}
}

// form is a form of a page as a browser would send it.
func form(a *answer, action string) []string {
	var values []string
	f := &answer{t: a.t, doc: a.one("form", "method", "post", "action", action)}
	for _, n := range f.all("input", "name", "") {
		name, _ := attr(n, "name")
		v, _ := attr(n, "value")
		values = append(values, name, v)
	}
	for _, n := range f.all("textarea") {
		name, _ := attr(n, "name")
		values = append(values, name, textOf(n))
	}
	return values
}

func TestAPersonsEditIsKeptUnlessSomebodyWasFaster(t *testing.T) {
	t.Parallel()
	s := ownShelf(t, true)
	id := s.firstCustomer(t)
	path := customerPath(id)
	before, err := s.db.Read().Customer(authtest.Context(t), id)
	if err != nil {
		t.Fatal(err)
	}
	sent := form(s.get(t, "en", path), path)
	s.post(t, path, sent...).want(http.StatusSeeOther)
	same, err := s.db.Read().Customer(authtest.Context(t), id)
	if err != nil || same.Revision != before.Revision {
		t.Fatalf("nothing was changed, but the revision is %d after %d (%v)", same.Revision, before.Revision, err)
	}
	s.post(t, path, append(sent, "owner", "Ada Lovelace", "need", "120000.50", "terms", "14")...).want(http.StatusSeeOther)
	after, err := s.db.Read().Customer(authtest.Context(t), id)
	if err != nil {
		t.Fatal(err)
	}
	if after.Owner != "Ada Lovelace" || *after.Need != 12000050 || *after.TermsDays != 14 || after.Revision != before.Revision+1 || after.Import != 0 {
		t.Errorf("after = %+v", after)
	}
	if after.PostedOn != before.PostedOn || after.PostRev != before.PostRev || after.Name != before.Name {
		t.Error("the edit touched what comes from files")
	}
	late := s.post(t, path, append(sent, "owner", "Charles Babbage")...)
	if late.want(http.StatusConflict); !strings.Contains(late.Body, "Somebody was faster") {
		t.Error("a conflict doesn't say so")
	}
	wrong := s.post(t, path, append(form(s.get(t, "en", path), path), "need", "lots", "terms", "9999")...).want(http.StatusUnprocessableEntity)
	if got := wrong.text("p", "id", "need-problem"); got != "write an amount such as 120000.00" {
		t.Errorf("problem of the need: %q", got)
	}
	if v, _ := attr(wrong.one("input", "id", "need"), "value"); v != "lots" {
		t.Errorf("what was typed is gone: %q", v)
	}
}

func TestAPersonOverrulesTheFiguresForATime(t *testing.T) {
	t.Parallel()
	s := ownShelf(t, true)
	path := customerPath(s.firstCustomer(t))
	wrong := s.post(t, path+"/override", "class", "", "segment", "", "reason", "", "until", "2020-01-01").want(http.StatusUnprocessableEntity)
	for id, want := range map[string]string{"class-problem": "choose a class or a segment", "reason-problem": "choose a reason", "until-problem": "choose an end that is not in the past"} {
		if got := wrong.text("p", "id", id); got != want {
			t.Errorf("%s says %q", id, got)
		}
	}
	s.post(t, path+"/override", "class", "C", "segment", "renegotiate", "reason", "lawsuit", "until", "2027-06-30").want(http.StatusSeeOther)
	if _, err := s.app.Value(authtest.Context(t), app.ValueOrder{AsOf: day.At(shelfNow)}); err != nil {
		t.Fatal(err)
	}
	a := s.get(t, "de", path).want(http.StatusOK)
	if got := a.text("section", "id", "how-segment"); !strings.Contains(got, "Verhandeln berechnet:") {
		t.Errorf("the segment card says %q", got)
	}
	if got := a.text("section", "id", "overrule"); !strings.Contains(got, "Rechtsstreit") {
		t.Errorf("the reason is missing: %q", got)
	}
	if seg := a.all("span", "data-segment", string(value.Renegotiate)); len(seg) == 0 {
		t.Error("the badge is another")
	}
	var end string
	for _, f := range a.all("form", "method", "post") {
		if action, _ := attr(f, "action"); strings.HasSuffix(action, "/end") {
			end = action
		}
	}
	s.post(t, end).want(http.StatusSeeOther)
	if strings.Contains(s.get(t, "de", path).Body, end) {
		t.Error("what has ended can be ended again")
	}
}

func TestACustomerThatIsNotThereIsNotFound(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	for _, path := range []string{"/customers/1", "/customers/x", "/customers/1/path", "/views/9"} {
		s.get(t, "en", path).want(http.StatusNotFound)
	}
	s.get(t, "en", customerPath(s.firstCustomer(t))+"?"+url.Values{"from": {"x"}, "to": {"2020-13-01"}, "kind": {"'"}, "page": {"-1"}}.Encode()).want(http.StatusOK)
}

// The way through the matrix has a point for each valuation and an arrow between
// two of them.
func TestThePathHasAPointForEachValuation(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	path := customerPath(s.firstCustomer(t))
	dots := points(s.get(t, "en", path+"/path").want(http.StatusOK).Body)
	if len(dots) != 2 || dots[0].flags != 1 || dots[1].flags != 0 {
		t.Errorf("points = %+v", dots)
	}
	if n := len(s.get(t, "en", path+"/moves").want(http.StatusOK).Body); n != 16 {
		t.Errorf("%d bytes of arrows, want 16", n)
	}
}

// Without cost nothing is drawn and nothing is zero: the page says what is missing.
func TestSalesWithoutCostAreUnknownNotZero(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	b.take("customers", "k.csv", "external;name\nC1;Alpha\nC2;Beta\n", nil)
	b.take("invoices", "r.csv", "number;customer;day;net\nR1;C1;2026-02-20;100\nR2;C1;2026-05-05;200\nR3;C2;2026-05-05;50\n", nil)
	b.lang = "de"
	list := b.get("/customers")
	_, rest, _ := strings.Cut(list.Body, `href="/customers/`)
	id, _, _ := strings.Cut(rest, `"`)
	a := b.get("/customers/" + id)
	a.says(t, http.StatusOK, "Geben und Nehmen nach Monaten ist unvollständig", "ihre Kosten fehlen", "Die Deckungsbeiträge sind unbekannt")
	if strings.Contains(a.Body, `"series":null`) || strings.Contains(a.Body, `"kind":"stack"`) {
		t.Error("a chart of nothing is drawn")
	}
	if strings.Contains(a.text(), "Verkauf 2 0,00") {
		t.Error("what sales brought is zero, though their cost is unknown")
	}
	b.get("/concentration").says(t, http.StatusOK, "der Klasse A nach Umsatz ist unbekannt")
	b.get("/").says(t, http.StatusOK, "Die Matrix hat noch keinen Punkt", "darum ist keiner gezeichnet")
}

func TestAChartOfNothingIsAnEmptyList(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(Chart{Kind: "stack"}.data(pageFor("en")))
	if err != nil || !strings.Contains(string(text), `"series":[]`) {
		t.Errorf("data = %s, %v", text, err)
	}
}
