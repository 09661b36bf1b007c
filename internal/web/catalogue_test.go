package web

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"quid/day"
	"quid/internal/app"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// hotline is a type of the catalogue as the book has it.
func (b *workbench) typeNamed(code string) service.Type {
	b.t.Helper()
	types, err := b.app.DB.Read().Types(authtest.Context(b.t))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, t := range types {
		if t.Code == code {
			return t
		}
	}
	b.t.Fatalf("no service %s", code)
	return service.Type{}
}

// customer takes a customer in and returns it.
func (b *workbench) customerNo(number string) store.Key {
	b.t.Helper()
	path := filepath.Join(b.t.TempDir(), "customers.csv")
	if err := os.WriteFile(path, []byte("number;name;owner\n"+number+";Kunde "+number+";Anna\n"), 0o600); err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.app.Import(authtest.Context(b.t), app.ImportRequest{Kind: intake.Customers, Path: path, Related: true}, nil); err != nil {
		b.t.Fatal(err)
	}
	found, err := b.app.DB.Read().Keys(authtest.Context(b.t), "file", store.CustomerKey, []string{number})
	if err != nil || len(found) != 1 {
		b.t.Fatalf("customer %s: %v, %v", number, found, err)
	}
	return found[number]
}

// typeForm is the form of a service as its page sends it.
func typeForm(t service.Type, more ...string) url.Values {
	v := url.Values{
		"name_de": {t.NameDE}, "name_en": {t.NameEN}, "category": {t.Category}, "unit": {string(t.Unit)}, "rung": {"1"}, "step": {"6"}, "words": {t.Words},
		"revision": {formatID(int64(t.Revision))}, "lines": {"3"},
		"rate.0.team": {"0"}, "rate.0.cost": {"0,95"}, "rate.0.benefit": {"2,10"},
	}
	for i := 0; i+1 < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v
}

// A new rate counts from its day on; what was posted, the account and the table of
// what was posted stay as they are.
func TestANewRateNeverChangesWhatWasPosted(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	b.lang = "de"
	who := b.customerNo("4711")
	hotline := b.typeNamed("hotline")
	book := func() {
		if _, err := b.app.RecordService(authtest.Context(t), app.EntryDraft{Customer: who.Customer, Type: hotline.ID, Day: 20261101, Quantity: 60 * money.One}); err != nil {
			t.Fatal(err)
		}
	}
	book()
	posted := func() string {
		page := b.get("/catalogue/" + formatID(hotline.ID)).Body
		return strings.Join(strings.Fields(plainText(page[strings.Index(page, `id="posted"`):])), " ")
	}
	before := posted()
	if !strings.Contains(before, "0,95 € ") || !strings.Contains(before, "57,00 €") {
		t.Fatalf("posted: %s", before)
	}
	got := b.post("/catalogue/"+formatID(hotline.ID), typeForm(hotline, "rate.1.team", "0", "rate.1.from", "2026-01-01", "rate.1.cost", "2,00", "rate.1.benefit", "3"))
	if got.Path != "/catalogue" {
		t.Fatalf("saved to %s with %d: %s", got.Path, got.Status, got.Body)
	}
	if after := posted(); after != before {
		t.Errorf("after the new rate:\n%s\nbefore:\n%s", after, before)
	}
	entries, err := b.app.DB.Read().EntriesOf(authtest.Context(t), who.Customer)
	if err != nil || len(entries) != 1 || entries[0].Doc.Cost != 57_00 {
		t.Errorf("the entry: %+v, %v", entries, err)
	}
	book()
	if after := posted(); !strings.Contains(after, "120,00 €") || !strings.Contains(after, "57,00 €") {
		t.Errorf("an entry after it: %s", after)
	}
	if results, ok, err := b.app.Check(authtest.Context(t)); err != nil || !ok {
		t.Errorf("the book: %+v, %v", results, err)
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)

// plainText is a page without its tags, narrow blanks as blanks.
func plainText(html string) string {
	return strings.NewReplacer("\u202f", " ", "\u00a0", " ", "&#39;", "'").Replace(tags.ReplaceAllString(html, " "))
}

// The shipped categories are English for readers of English, who may also name
// them so; saving a service leaves its category as it is.
func TestShippedCategoriesSpeakEnglish(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	hotline := b.typeNamed("hotline")
	path := "/catalogue/" + formatID(hotline.ID)
	for _, page := range []string{"/catalogue", path} {
		if body := b.get(page).Body; !strings.Contains(body, "After-sales service") || strings.Contains(body, "Kundendienst") {
			t.Errorf("%s names the category in German", page)
		}
	}
	b.lang = "de"
	if body := b.get("/catalogue").Body; !strings.Contains(body, "Kundendienst") || strings.Contains(body, "After-sales service") {
		t.Error("the German page names the category in English")
	}
	b.lang = "en"
	for _, said := range []string{"After-sales service", "Kundendienst", "Inside sales", "Own"} {
		want := map[string]string{"After-sales service": "Kundendienst", "Inside sales": "Innendienst"}[said]
		if want == "" {
			want = said
		}
		b.post(path, typeForm(b.typeNamed("hotline"), "category", said))
		if now := b.typeNamed("hotline").Category; now != want {
			t.Errorf("%q is kept as %q", said, now)
		}
	}
}

// Who saves over what somebody else saved meanwhile sees both, and may then save.
func TestASecondSaveShowsBothVersions(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	hotline := b.typeNamed("hotline")
	path := "/catalogue/" + formatID(hotline.ID)
	if got := b.post(path, typeForm(hotline, "category", "Theirs")); got.Path != "/catalogue" {
		t.Fatalf("first: %d", got.Status)
	}
	got := b.post(path, typeForm(hotline, "category", "Ours"))
	text := plainText(got.Body)
	if got.Status != http.StatusConflict || !strings.Contains(text, "Theirs") || !strings.Contains(text, "Ours") {
		t.Fatalf("second: %d, %s", got.Status, text)
	}
	if now := b.typeNamed("hotline"); now.Category != "Theirs" {
		t.Errorf("the category is %q before anybody decided", now.Category)
	}
	again := typeForm(hotline, "category", "Ours", "revision", formatID(int64(b.typeNamed("hotline").Revision)))
	if got := b.post(path, again); got.Path != "/catalogue" || b.typeNamed("hotline").Category != "Ours" {
		t.Errorf("third: %d, %q", got.Status, b.typeNamed("hotline").Category)
	}
}

func TestTheCatalogueNamesWhatIsSoldApart(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	got := b.post("/catalogue/new", url.Values{
		"code": {"repair"}, "name_de": {"Reparatur"}, "name_en": {"Repair"}, "unit": {"hours"}, "rung": {"1"}, "sold": {"1"}, "revision": {"0"}, "lines": {"1"},
	})
	if got.Path != "/catalogue" {
		t.Fatalf("%d: %s", got.Status, plainText(got.Body))
	}
	sold := plainText(got.Body[strings.Index(got.Body, `id="sold"`):])
	if !strings.Contains(sold, "Repair") || !strings.Contains(sold, "belongs on an invoice") {
		t.Errorf("sold: %s", sold)
	}
	who := b.customerNo("1")
	if _, err := b.app.RecordService(authtest.Context(t), app.EntryDraft{Customer: who.Customer, Type: b.typeNamed("repair").ID, Day: 20261101, Quantity: money.One}); err == nil {
		t.Error("a sold service was booked")
	}
	for name, form := range map[string]url.Values{
		"code": {"code": {"repair"}, "name_en": {"Again"}, "unit": {"hours"}, "rung": {"1"}, "lines": {"1"}},
		"rung": {"code": {"x"}, "name_en": {"X"}, "unit": {"hours"}, "rung": {"7"}, "lines": {"1"}},
		"step": {"code": {"x"}, "name_en": {"X"}, "unit": {"hours"}, "rung": {"1"}, "step": {"six"}, "lines": {"1"}},
	} {
		if got := b.post("/catalogue/new", form); got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, `id="`+name+`-problem"`) {
			t.Errorf("%s: %d", name, got.Status)
		}
	}
	got = b.post("/catalogue/new", url.Values{"code": {"x"}, "name_en": {"X"}, "unit": {"hours"}, "rung": {"1"}, "lines": {"2"}, "rate.0.cost": {"1"}, "rate.1.cost": {"2"}})
	if got.Status != http.StatusUnprocessableEntity || !strings.Contains(plainText(got.Body), "two rates of one team begin on the same day") {
		t.Errorf("two rates of a day: %d", got.Status)
	}
}

func TestTheShippedTypesComeBack(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	if got := b.get("/catalogue"); strings.Contains(got.Body, "Restore the shipped types") {
		t.Error("nothing is missing, but restoring is offered")
	}
	tips := b.typeNamed("tips")
	err := b.app.DB.Write(authtest.Context(t), func(tx *store.Tx) error {
		if err := tx.DeleteKey(authtest.Context(t), store.Key{Source: "shipped", Kind: store.TypeKey, External: "tips", ID: tips.ID}); err != nil {
			return err
		}
		return tx.DeleteType(authtest.Context(t), tips.ID)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.get("/catalogue"); !strings.Contains(got.Body, "1 shipped type is missing") {
		t.Error("that one is missing is not said")
	}
	if got := b.post("/catalogue/shipped", nil); got.Path != "/catalogue" || b.typeNamed("tips").NameDE != tips.NameDE {
		t.Errorf("%d", got.Status)
	}
}

// A team's time gives a rate, and the rate may become that of services from a day
// on; a cost with marks between thousands is what people mean.
func TestATeamsTimeGivesTheRate(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	b.lang = "de"
	got := b.post("/teams/new", url.Values{
		"name": {"Hotline"}, "revision": {"0"}, "lines": {"1"},
		"cost.0.cost": {"480.000"}, "cost.0.people": {"6"}, "cost.0.minutes": {"105600"}, "cost.0.practical": {"80"}, "cost.0.free": {"25"},
	})
	if got.Path != "/teams" || !strings.Contains(plainText(got.Body), "Hotline") {
		t.Fatalf("%d: %s", got.Status, plainText(got.Body))
	}
	teams, err := b.app.DB.Read().Teams(authtest.Context(t))
	if err != nil || len(teams) != 1 || teams[0].Costs[0].Cost != 480_000_00 {
		t.Fatalf("%+v, %v", teams, err)
	}
	path := "/teams/" + formatID(teams[0].ID)
	// 480,000 / (6 × 105,600 × 0.8 = 506,880 minutes) = 0.946970 a minute.
	if text := plainText(b.get(path).Body); !strings.Contains(text, "506.880 min") || !strings.Contains(text, "0,9470 €") {
		t.Errorf("reckoned: %s", text)
	}
	hotline, training := b.typeNamed("hotline"), b.typeNamed("training")
	got = b.post(path+"/rates", url.Values{"type." + formatID(hotline.ID): {"1"}, "type." + formatID(training.ID): {"1"}, "from": {"2026-12-01"}, "scope": {"all"}})
	if got.Path != path {
		t.Fatalf("use: %d %s", got.Status, plainText(got.Body))
	}
	for _, tt := range []struct {
		code string
		team int64
		on   day.Day
		cost float64
	}{{"hotline", 0, 20261130, 95}, {"hotline", 0, 20261201, 94.69697}, {"training", 0, 20261201, 60 * 94.69697}} {
		ty := b.typeNamed(tt.code)
		r, _ := ty.RateFor(tt.team, tt.on)
		was, _ := ty.RateFor(tt.team, 20260101)
		if d := r.Cost.Float() - tt.cost; d > 0.001 || d < -0.001 || r.Benefit != was.Benefit {
			t.Errorf("%s on %d: %v, want %v with the benefit %v", tt.code, tt.on, r, tt.cost, was.Benefit)
		}
	}
	for name, form := range map[string]url.Values{
		"from":  {"type." + formatID(hotline.ID): {"1"}, "from": {"some day"}},
		"types": {"from": {"2026-12-01"}},
	} {
		if got := b.post(path+"/rates", form); got.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, got.Status)
		}
	}
	stale := url.Values{"name": {"Other"}, "revision": {"0"}, "lines": {"1"}}
	if got := b.post(path, stale); got.Status != http.StatusConflict || !strings.Contains(plainText(got.Body), "Hotline") {
		t.Errorf("a stale save: %d", got.Status)
	}
}
