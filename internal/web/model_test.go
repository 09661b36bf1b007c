package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"quid/internal/auth/authtest"
	"quid/value"
)

// grownBook is a book with thirty customers whose sales differ, valued.
func grownBook(t *testing.T) *workbench {
	t.Helper()
	b := newWorkbench(t)
	var customers, sales, services strings.Builder
	customers.WriteString("external;name;industry;owner\n")
	sales.WriteString("number;customer;day;net;cost\n")
	services.WriteString("customer;day;type;quantity;cost\n")
	for i := range 30 {
		industry, owner := "Handel", "Anna"
		if i%3 == 0 {
			industry, owner = "", ""
		}
		fmt.Fprintf(&customers, "C%02d;Kunde %02d;%s;%s\n", i, i, industry, owner)
		for n, day := range []string{"2025-01-15", "2025-06-10", "2026-02-20", "2026-05-05", "2026-09-30"} {
			cost := strconv.Itoa(100*(i+1)) + ".50"
			if i == 7 {
				cost = ""
			}
			fmt.Fprintf(&sales, "R%d-%d;C%02d;%s;%d.75;%s\n", i, n, i, day, 200*(i+1)+90*n*((7*i)%11)+40*i*((3*n)%4), cost)
		}
		if i%2 == 0 {
			fmt.Fprintf(&services, "C%02d;2026-03-03;hotline;2.5;%d.25\n", i, 10*(i+1))
		}
	}
	for _, f := range []struct{ kind, text string }{
		{"customers", customers.String()}, {"invoices", sales.String()}, {"service-types", "code;name_de;unit\nhotline;Hotline;hours\n"}, {"service-entries", services.String()},
	} {
		if c := b.counts(b.take(f.kind, f.kind+".csv", f.text, nil)); c.Rejected != 0 || c.Created+c.Updated == 0 {
			t.Fatalf("%s: %+v", f.kind, c)
		}
	}
	return b
}

// The form of a model, sent unchanged, is the model: nothing is rounded, lost or
// read in another unit on the way, whatever the reader's language.
func TestTheFormOfAModelIsTheModel(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	custom := value.Default()
	custom.Window, custom.DeadBand, custom.UnjustifiedFactor = 18, 0.075, 1.5
	custom.From = value.Axis{Metric: value.Contribution3, Cut: value.AtValue, Bands: 3, At: []float64{-50, 1_234_567}}
	custom.To = value.Axis{Metric: value.ValueTo, Cut: value.AtQuantile, Bands: 4, At: []float64{0.1, 0.35, 0.9}}
	custom.Criteria[1].Anchors = value.AnchorRule{Method: value.Fixed, Zero: -0.15, Hundred: 0.4}
	custom.Criteria[0].Anchors = value.AnchorRule{Method: value.Fixed, Zero: 0, Hundred: 12_345_678}
	custom.Criteria[5].Anchors = value.AnchorRule{Method: value.ByQuantile, Low: 0.07, High: 0.9}
	custom.Lifetime = value.LifetimeRule{Months: 24, Discount: 0.125, Minimum: 60}
	custom.New.MaxTenureByIndustry = map[string]int{"Maschinenbau": 36, "Anlagen": 48}
	for _, m := range []value.Model{value.Default(), custom} {
		for _, lang := range []string{"de", "en"} {
			if _, err := b.app.SaveModel(authtest.Context(t), m, "a version "+lang); err != nil {
				t.Fatal(err)
			}
			b.lang = lang
			form := b.get("/model").form(t, "model")
			form.Set("note", "the same again")
			b.post("/model", form).says(t, http.StatusOK, map[string]string{"de": "Version", "en": "Version"}[lang])
			saved, err := b.app.Model(authtest.Context(t))
			if err != nil || saved.Note != "the same again" {
				t.Fatalf("not saved: %+v, %v", saved, err)
			}
			if got, want := fmt.Sprintf("%+v", saved.Spec), fmt.Sprintf("%+v", m); got != want {
				t.Errorf("in %s the model came back as\n%s\nwant\n%s", lang, got, want)
			}
		}
	}
}

func TestEveryProblemOfAModelStandsBesideItsField(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	b.lang = "de"
	sent := b.get("/model").form(t, "model")
	for _, tt := range []struct{ name, field, text, where, want string }{
		{"a number that is none", "dead_band", "viel", "dead_band", "bitte eine Zahl wie 12,5 eingeben"},
		{"a dead band above all", "dead_band", "120", "dead_band", "zwischen 0 und 100 Prozent"},
		{"limits the wrong way round", "class_limits.a", "99", "class_limits.a", "A nicht über B"},
		{"quantiles the wrong way round", "criteria.growth.low", "99", "criteria.growth.method", "zwei Anteile zwischen 0 und 100 Prozent"},
		{"a tenure below the least", "new.max_tenure_months", "3", "new.max_tenure_months", "nicht unter der Mindestdauer"},
		{"half a month", "new.min_tenure_months", "1,5", "new.min_tenure_months", "ganze Zahl"},
		{"an industry without months", "new.max_tenure_by_industry", "Handel", "new.max_tenure_by_industry", "eine Branche je Zeile"},
		{"a line too few", "from.cut", "quantile", "from.at", "eine Linie weniger als Bänder"},
		{"no months ahead", "lifetime.months", "0", "lifetime.months", "zwischen 1 und 120 Monaten"},
		{"no discount, which stands for the usual one", "lifetime.discount", "0", "lifetime.discount", "über 0 bis 100 Prozent"},
		{"too few repeat customers", "lifetime.minimum", "5", "lifetime.minimum", "mindestens 20 Kunden"},
		{"no reason", "note", "", "note", "bitte sagen, was sich geändert hat und warum"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			form := url.Values{"note": {"weil"}}
			for k, v := range sent {
				if k != "note" {
					form[k] = v
				}
			}
			form.Set(tt.field, tt.text)
			a := b.post("/model", form)
			a.says(t, http.StatusUnprocessableEntity, tt.want)
			from := strings.Index(a.Body, `id="`+tt.where+`-problem"`)
			if from < 0 || !strings.Contains(a.Body, `aria-describedby="`+tt.where+`-problem"`) && !strings.Contains(a.Body, tt.where+`-problem"`) {
				t.Errorf("the problem does not stand at %s", tt.where)
			}
			if tt.field != "note" && !strings.Contains(a.Body, `value="`+tt.text+`"`) && !strings.Contains(a.Body, ">"+tt.text+"<") {
				t.Errorf("what was typed is gone")
			}
		})
	}
	if m, err := b.app.Model(authtest.Context(t)); err != nil || m.ID != 1 {
		t.Errorf("version %d counts (%v), want the first", m.ID, err)
	}
}

// A preview says who would move; after saving and valuing they have moved.
func TestAPreviewIsWhatThenHappens(t *testing.T) {
	t.Parallel()
	b := grownBook(t)
	for _, tt := range []struct {
		name   string
		change func(url.Values)
		fresh  bool
	}{
		{"another weight", func(v url.Values) {
			v.Set("criteria.contribution.weight", "0")
			v.Set("criteria.growth.weight", "90")
			v.Set("dead_band", "0")
		}, false},
		{"a line elsewhere", func(v url.Values) { v.Set("from.cut", "quantile"); v.Set("from.at", "80"); v.Set("dead_band", "0") }, false},
		{"a shorter window", func(v url.Values) { v.Set("window", "6m") }, true},
	} {
		before := b.segments()
		form := b.get("/model").form(t, "model")
		tt.change(form)
		preview := b.post("/model/preview", form)
		if preview.Status != http.StatusOK || strings.Contains(preview.Body, "<html") {
			t.Fatalf("%s: the preview is no fragment (%d)", tt.name, preview.Status)
		}
		if fresh := strings.Contains(preview.text(), "Reckoned with sums of the book as it is now"); fresh != tt.fresh {
			t.Errorf("%s: reckoned anew: %v, want %v", tt.name, fresh, tt.fresh)
		}
		form.Set("note", tt.name)
		b.post("/model", form).says(t, http.StatusOK, "The customers are being valued", tt.name)
		b.jobs()
		moved := 0
		for id, s := range b.segments() {
			if before[id] != s {
				moved++
			}
		}
		preview.says(t, http.StatusOK, fmt.Sprintf("%d customer", moved))
		if moved == 0 {
			t.Errorf("%s: nobody moved: the case shows nothing", tt.name)
		}
	}
}

// segments are those of the newest valuation.
func (b *workbench) segments() map[string]value.Segment {
	b.t.Helper()
	v, err := b.app.DB.Read().NewestValuation(authtest.Context(b.t), 20261122)
	if err != nil {
		b.t.Fatal(err)
	}
	found := make(map[string]value.Segment)
	for row, err := range b.app.DB.Read().Scores(authtest.Context(b.t), v.ID) {
		if err != nil {
			b.t.Fatal(err)
		}
		found[row.External] = row.Row.Segment()
	}
	return found
}

// Of two people who change the model at once, the second sees that the first did.
func TestTwoPeopleChangeTheModel(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	first, second := b.get("/model").form(t, "model"), b.get("/model").form(t, "model")
	first.Set("note", "the first")
	first.Set("criteria.growth.weight", "33")
	b.post("/model", first).says(t, http.StatusOK)
	second.Set("note", "the second")
	refused := b.post("/model", second)
	refused.says(t, http.StatusConflict, "Meanwhile version 2 was saved", "the first")
	if m, _ := b.app.Model(authtest.Context(t)); m.ID != 2 {
		t.Fatalf("version %d counts, want 2", m.ID)
	}
	over := refused.form(t, "model")
	if over.Get("note") != "the second" {
		t.Errorf("the note is lost: %q", over.Get("note"))
	}
	b.post("/model", over).says(t, http.StatusOK)
	if m, _ := b.app.Model(authtest.Context(t)); m.ID != 3 || m.Note != "the second" {
		t.Errorf("version %d %q counts, want the second's", m.ID, m.Note)
	}
	b.get("/model?version=2").says(t, http.StatusOK, "This is version 2", "Saved again it becomes the newest.")
	if got := b.get("/model?version=2").form(t, "model").Get("criteria.growth.weight"); got != "33" {
		t.Errorf("version 2 is shown with weight %q", got)
	}
	b.get("/model?version=9").says(t, http.StatusNotFound)
}

func TestRatesHoldFromTheirDay(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	b.lang = "de"
	b.post("/model/rate/late", url.Values{"late.yearly": {"9,25"}, "late.from": {"2026-07-01"}}).says(t, http.StatusOK, "9,25 % im Jahr, ab 01.07.2026", "8,00 % im Jahr, von Anfang an")
	b.post("/model/rate/care", url.Values{"care.channel": {"phone"}, "care.each": {"2,50"}, "care.minute": {"1.234,5"}, "care.from": {"2026-07-01"}}).
		says(t, http.StatusOK, "Telefonat je 2,50 € 1.234,50 € je Minute ab 01.07.2026")
	b.post("/model/rate/exchange", url.Values{"exchange.currency": {"usd"}, "exchange.rate": {"0,9"}, "exchange.from": {"2026-07-01"}}).says(t, http.StatusOK, "USD 0,9000 EUR, ab 01.07.2026")

	b.post("/model/rate/late", url.Values{"late.yearly": {"-1"}, "late.from": {"2026-07-01"}}).says(t, http.StatusUnprocessableEntity, "zwischen 0 und 1000 Prozent")
	b.post("/model/rate/care", url.Values{"care.channel": {"pigeon"}, "care.each": {"1"}, "care.from": {"31.12.2026 "}}).says(t, http.StatusUnprocessableEntity, "bitte einen Tag wie 2026-12-31 eingeben")
	b.post("/model/rate/exchange", url.Values{"exchange.currency": {"EUR"}, "exchange.rate": {"1"}, "exchange.from": {"2026-07-01"}}).says(t, http.StatusUnprocessableEntity, "das ist die Währung des Buchs")
	b.post("/model/rate/exchange", url.Values{"exchange.currency": {"XYZ"}, "exchange.rate": {"0"}, "exchange.from": {"2026-07-01"}}).says(t, http.StatusUnprocessableEntity, "bitte ein Währungskürzel wie EUR eingeben", "mehr als null")
}

func TestAValuationOfAChosenDay(t *testing.T) {
	t.Parallel()
	b := grownBook(t)
	b.post("/model/value", url.Values{"as_of": {"2026-03-31"}}).says(t, http.StatusOK, "The customers are being valued")
	b.jobs()
	v, err := b.app.DB.Read().ValuationOn(authtest.Context(t), 20260331)
	if err != nil || v.Summary.Customers != 30 {
		t.Errorf("no valuation of the day: %v, %v", v.Summary.Customers, err)
	}
	b.post("/model/value", url.Values{"as_of": {"yesterday"}}).says(t, http.StatusUnprocessableEntity, "write a day such as 2026-12-31")
}

func TestNumbersArePeoples(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{"12": 12, "12,5": 12.5, "12.5": 12.5, "1.234,5": 1234.5, "1,234.5": 1234.5, "−3": -3, " 7 ": 7, "1 000": 1000} {
		if got, ok := parseNumber(text); !ok || got != want {
			t.Errorf("parseNumber(%q) = %v, %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "x", "1,2,3.4.5", "NaN", "Inf", "1e999"} {
		if got, ok := parseNumber(text); ok {
			t.Errorf("parseNumber(%q) = %v, want a refusal", text, got)
		}
	}
}
