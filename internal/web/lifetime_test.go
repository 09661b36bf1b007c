package web

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"quid/clv"
	"quid/internal/app"
	"quid/internal/auth/authtest"
	"quid/internal/demo"
	"quid/money"
	"quid/value"
)

// What the page says adds up to what the database holds of every customer: the
// equity, the classes, the ways of reckoning and the bridge.
func TestCustomerEquityIsTheSumOfItsCustomers(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	pic, err := s.server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	var equity money.Amount
	known := 0
	facts := s.facts(t)
	for _, f := range facts {
		if worth, ok := f.Row.Life.Value(); ok {
			equity += worth
			known++
		}
	}
	life := &pic.summary().Lifetimes
	if life.Equity != equity || known == 0 {
		t.Fatalf("the equity is %d, that of %d customers %d", life.Equity, known, equity)
	}
	var classes classBudget
	for _, b := range pic.budget() {
		classes.Customers += b.Customers
		classes.Known += b.Known
		classes.Life += b.Life
	}
	// The criterion keeps parts of a cent, the equity adds up rounded values.
	if near := money.Amount(known); classes.Customers != len(facts) || classes.Known != known || classes.Life < equity-near || classes.Life > equity+near {
		t.Errorf("the classes hold %+v of %d customers, %d known, worth %d", classes, len(facts), known, equity)
	}
	for _, lang := range []string{"en", "de"} {
		a, p := s.get(t, lang, "/lifetime").want(http.StatusOK), pageFor(lang)
		if !strings.Contains(a.text("section", "id", "equity"), strings.Join(strings.Fields(p.Short(equity)), " ")) {
			t.Errorf("%s: the equity %s is missing", lang, p.Short(equity))
		}
		n := 0
		for _, row := range a.rows(p.T("How customers were reckoned")) {
			n += int(cents(t, row[1]+map[string]string{"en": ".00", "de": ",00"}[lang]) / 100)
		}
		if n != len(facts) {
			t.Errorf("%s: %d of %d customers were reckoned", lang, n, len(facts))
		}
		if rows := a.rows(p.T("Greatest lifetime value")); len(rows) != min(mostLives, known) {
			t.Errorf("%s: %d customers listed", lang, len(rows))
		}
	}
	if b := life.Bridge; b == nil || b.Before+b.Won.Amount+b.Grown.Amount+b.Shrunk.Amount+b.Left.Amount != b.After || b.After != equity {
		t.Errorf("the bridge %+v does not lead to %d", b, equity)
	}
}

// The customers that lost most are those of the database, the greatest loss first.
func TestTheGreatestLossesComeFirst(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	pic, err := s.server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	before, err := s.db.Read().ValuationOn(authtest.Context(t), shelfEarlier)
	if err != nil {
		t.Fatal(err)
	}
	now := s.facts(t)
	var want []money.Amount
	for row, err := range s.db.Read().Scores(authtest.Context(t), before.ID) {
		if err != nil {
			t.Fatal(err)
		}
		was, ok := row.Row.Life.Value()
		f, there := now[row.Row.Customer]
		is, known := f.Row.Life.Value()
		if ok && there && known && is < was {
			want = append(want, is-was)
		}
	}
	slices.Sort(want)
	lost, err := pic.losses(authtest.Context(t), s.db, before.ID)
	if err != nil || len(lost) != min(mostLives, len(want)) || len(lost) == 0 {
		t.Fatalf("%d losses, %v; %d in the database", len(lost), err, len(want))
	}
	for k, c := range lost {
		if d := c.Now - c.Was - want[k]; d < -1 || d > 1 { // parts of a cent
			t.Errorf("loss %d is %d, want %d", k, c.Now-c.Was, want[k])
		}
	}
}

// Every code that a model may warn with has words of its own in both languages,
// with all its figures.
func TestEveryWarningHasWords(t *testing.T) {
	t.Parallel()
	codes := []clv.WarningCode{
		clv.NoDropout, clv.WeakDropout, clv.SameDropout, clv.FewRepeats, clv.FewCustomers, clv.ShortHistory, clv.LongHorizon,
		clv.Trend, clv.Season, clv.Regular, clv.StartsLate, clv.NaiveWins, clv.NotFitted,
	}
	seen := map[string]clv.WarningCode{}
	for _, lang := range []string{"en", "de"} {
		p := pageFor(lang)
		for _, code := range codes {
			text := p.caution(value.Notice{Code: code, Text: "in English", Figures: []value.Number{12, 34, 5, 6}})
			if other, twice := seen[text]; twice || text == "in English" || strings.Contains(text, "{") {
				t.Errorf("%s says %q, as %q does", code, text, other)
			}
			seen[text] = code
		}
	}
}

// Below the minimum the page says so, and what is used instead.
func TestFewCustomersAreTakenToGoOn(t *testing.T) {
	t.Parallel()
	s := ownShelf(t, false)
	dir := t.TempDir()
	company := demo.Company{Customers: 5, Seed: 3, Until: shelfDay, Invoices: 6}
	if err := company.WriteFiles(dir, nil); err != nil {
		t.Fatal(err)
	}
	for _, kind := range demo.Kinds {
		if _, err := s.app.Import(authtest.Context(t), app.ImportRequest{Kind: kind, Path: dir + "/" + demo.FileName(kind), Related: true}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.app.Value(authtest.Context(t), app.ValueOrder{AsOf: shelfDay}); err != nil {
		t.Fatal(err)
	}
	a := s.get(t, "de", "/lifetime").want(http.StatusOK)
	for _, want := range []string{"Zu wenige Kunden haben mehr als einmal gekauft", "Fortschreibung", "Sobald 100 Kunden", "Bisher eine Bewertung", "Nichts zum Vergleichen"} {
		if !strings.Contains(a.text("main"), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(a.text("main"), "NaN") {
		t.Error("the page shows a figure that is none")
	}
}

// Lists sort and filter by lifetime value and by the probability of being a
// customer still, and know where it is unknown.
func TestListsKnowLifetimeValues(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	worth, alive := map[string]float64{}, 0
	for _, f := range s.facts(t) {
		if w, ok := f.Row.Life.Value(); ok {
			worth[f.KeptCustomer.Name] = float64(w) / 100
			if float64(f.Row.Life.Alive) >= 0.995 {
				alive++
			}
		}
	}
	rows := s.get(t, "en", "/customers?sort=-lifetime&col=lifetime&col=alive").want(http.StatusOK).rows("Customers")
	last := math.Inf(1)
	for _, row := range rows {
		for name, w := range worth {
			if !strings.HasPrefix(row[0], name+" ") {
				continue
			}
			if w > last || strings.Join(strings.Fields(pageFor("en").Amount(money.Amount(math.Round(100*w)))), " ") != row[1] {
				t.Errorf("%v, worth %v, comes after %v", row, w, last)
			}
			last = w
		}
	}
	if math.IsInf(last, 1) {
		t.Fatal("no lifetime value is listed")
	}
	body := s.get(t, "en", "/customers.csv?min_alive=99.5&col=lifetime&col=alive").want(http.StatusOK).Body
	if got := strings.Count(strings.TrimSpace(body), "\n"); got != alive || alive == 0 {
		t.Errorf("%s customers are still there for sure, want %d", strconv.Itoa(got), alive)
	}
}

// The cockpit says what is still to be expected with its parts and how sure it is,
// and no probability where nothing can be said.
func TestTheCockpitShowsWhatIsStillToBeExpected(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	v, err := s.db.Read().NewestValuation(authtest.Context(t), shelfDay)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[value.LifeSource]int{}
	for id, f := range s.facts(t) {
		life := &f.Row.Life
		if seen[life.Source]++; seen[life.Source] > 3 {
			continue
		}
		for _, lang := range []string{"en", "de"} {
			p := pageFor(lang)
			text := s.get(t, lang, customerPath(id)).want(http.StatusOK).text("section", "id", "how-lifetime")
			want := []string{p.T(string(life.Source.Name()))}
			if worth, known := life.Value(); known {
				w := value.Explain(&v.Summary.Summary, &f.Figures, &f.Row).Lifetime
				want = append(want, p.Amount(life.Gain), p.Amount(worth))
				if w.Relation.Known() {
					want = append(want, p.Amount(w.Relation.Amount()))
				}
				if w.Sure != nil {
					want = append(want, p.Amount(w.Sure.Value[0].Amount()), p.Number(float64(w.Sure.Count[1]), 0))
				}
			}
			for _, w := range want {
				if !strings.Contains(text, strings.Join(strings.Fields(w), " ")) {
					t.Errorf("%s: customer %d: %q is missing in %q", lang, id, w, text)
				}
			}
			if shows := strings.Contains(text, p.T("Probability of being a customer still")); shows == math.IsNaN(float64(life.Alive)) {
				t.Errorf("%s: customer %d, alive %v: %q", lang, id, life.Alive, text)
			}
		}
	}
	if len(seen) < 2 {
		t.Fatalf("only %v were seen", seen)
	}
}
