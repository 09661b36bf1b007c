package paper_test

import (
	"bytes"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/internal/app"
	"quid/internal/auth/authtest"
	"quid/internal/doc/doctest"
	"quid/internal/intake"
	"quid/internal/paper"
	"quid/internal/store"
	"quid/internal/store/storetest"
	"quid/money"
	"quid/service"
	"quid/talk"
	"quid/value"
)

var update = flag.Bool("update", false, "write the golden files anew")

var now = time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)

// A company is a small book: twelve customers of two industries, K1 of which is
// looked at.
type company struct {
	t   *testing.T
	app *app.App
}

func newCompany(t *testing.T, address string) *company {
	t.Helper()
	db, err := store.Open(authtest.Context(t), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	c := &company{t, &app.App{DB: db, IDs: store.NewIDs(now), Now: func() time.Time { return now }, Files: t.TempDir(), Log: slog.New(slog.DiscardHandler)}}
	c.must(c.app.CreateBook(authtest.Context(t), "Musterbuch", "EUR"))
	c.documents()
	c.services()
	c.must(c.app.SaveCompany(authtest.Context(t), app.CompanyEdit{Company: store.Company{Name: "Muster Werkzeugbau GmbH", Street: "Am Werk 1", Place: "01558 Großenhain", Phone: "03522 1234", Email: "hallo@muster.example", Colour: "#7a1fa2"}}))
	_, err = c.app.RecordTalk(authtest.Context(t), talk.Talk{
		Customer: c.id("K1"), Day: 20260120, Asked: "5 % Nachlass", Conceded: "Preise bis März fest", ValidFrom: 20260401,
		Gains: []talk.Gain{{Kind: talk.Price, Share: 20_000}, {Kind: talk.Charged, Note: "Inbetriebnahme"}},
	})
	c.must(err)
	c.asked()
	_, err = c.app.Value(authtest.Context(t), app.ValueOrder{AsOf: 20261031})
	c.must(err)
	return c
}

// asked asks K1 three times what services were worth, which it answers twice, and
// proposes a task.
func (c *company) asked() {
	c.t.Helper()
	ctx := authtest.Context(c.t)
	c.app.Now = func() time.Time { return time.Date(2026, 10, 20, 9, 0, 0, 0, time.UTC) }
	defer func() { c.app.Now = func() time.Time { return now } }()
	types := make(map[string]int64)
	all, err := c.app.DB.Read().Types(ctx)
	c.must(err)
	for _, t := range all {
		types[t.Code] = t.ID
	}
	for _, given := range [][]service.Answer{
		{{Type: types["hotline"], Noticed: service.Yes, Helped: service.Yes, Pay: service.No}, {Type: types["commissioning"], Noticed: service.No}},
		{{Type: types["hotline"], Noticed: service.Yes, Helped: service.Partly, Pay: service.Partly}},
		nil,
	} {
		r, err := c.app.AskRating(ctx, service.Rating{Customer: c.id("K1"), From: 20251101, Until: 20261020, Lang: "de", Ends: 20261231})
		if c.must(err); given != nil {
			c.must(c.app.AnswerRating(ctx, r, given, "Die Hotline ist schnell."))
		}
	}
	c.must(c.app.DB.Write(ctx, func(tx *store.Tx) error {
		return tx.AddTasks(ctx, []crm.Task{
			{ID: 1, Customer: c.id("K1"), Rule: crm.NoContact, Sight: crm.Sight{Day: 20260401, Days: 90, Gives: 12_345_00, Known: true}, Due: 20261110, State: crm.TaskProposed, Made: now, Revision: 1},
			{ID: 2, Customer: c.id("K1"), Title: "Preisliste mitbringen", Due: 20261105, State: crm.TaskOpen, Made: now, Revision: 1},
		})
	}))
}

func (c *company) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *company) file(kind intake.Kind, rows ...string) {
	c.t.Helper()
	path := filepath.Join(c.t.TempDir(), string(kind)+".csv")
	c.must(os.WriteFile(path, []byte(strings.Join(rows, "\n")+"\n"), 0o600))
	res, err := c.app.Import(authtest.Context(c.t), app.ImportRequest{Kind: kind, Path: path, Related: true}, nil)
	if c.must(err); res.Rejected > 0 {
		c.t.Fatalf("%s: %+v", kind, res)
	}
}

func (c *company) documents() {
	rows := []string{"external;name;customer_number;street;postal_code;city;country;industry;size;owner"}
	for i := range 12 {
		rows = append(rows, fmt.Sprintf("K%d;Kunde %d GmbH & Co. KG;100%02d;Straße %d;45127;Essen;DE;Maschinenbau;50 bis 249;Claudia Reimann", i+1, i+1, i+1, i+1))
	}
	c.file(intake.Customers, rows...)
	c.file(intake.Contacts, "external;customer;name;first_name;role;email;phone;language", "P1;K1;Röder;Anna;Einkaufsleitung;roeder@k1.example;0201 77;de", "P2;K1;Brandt;Oliver;Technik;;;de")
	rows = []string{"number;customer;day;due;net;cost;settled"}
	for m := range 24 {
		d := time.Date(2024, time.December, 5, 0, 0, 0, 0, time.UTC).AddDate(0, m, 0)
		for i := range 12 {
			settled := d.AddDate(0, 0, 35).Format("02.01.2006")
			if m == 23 {
				settled = ""
			}
			rows = append(rows, fmt.Sprintf("R%d-%d;K%d;%s;%s;%d,50;%d,00;%s", i+1, m, i+1, d.Format("02.01.2006"), d.AddDate(0, 0, 30).Format("02.01.2006"), 1500+i*900+m*13, 900+i*400, settled))
		}
	}
	c.file(intake.Invoices, rows...)
	c.file(intake.Complaints, "number;customer;day;amount;subject", "B1;K1;12.08.2026;320,00;Lieferung unvollständig")
}

// id finds a customer.
func (c *company) id(name string) account.CustomerID {
	c.t.Helper()
	id, err := c.app.DB.Read().FindCustomer(authtest.Context(c.t), name)
	c.must(err)
	return id
}

// book books a free service.
func (c *company) book(customer, code string, on day.Day, quantity money.Micro, background string) {
	c.t.Helper()
	types, err := c.app.DB.Read().Types(authtest.Context(c.t))
	c.must(err)
	i := slices.IndexFunc(types, func(t service.Type) bool { return t.Code == code })
	_, err = c.app.RecordService(authtest.Context(c.t), app.EntryDraft{Customer: c.id(customer), Type: types[i].ID, Day: on, Quantity: quantity * money.One, Background: background, Contact: "Anna Röder"})
	c.must(err)
}

func (c *company) services() {
	for m := range 12 {
		on := day.Day(20251110).AddMonths(m)
		c.book("K1", "hotline", on, 30, "Pumpe macht Geräusche")
		if m%3 == 0 {
			c.book("K1", "commissioning", on.Add(3), 6, "Inbetriebnahme nach Lieferung begleitet")
		}
		for i := 7; i <= 12; i++ {
			c.book(fmt.Sprintf("K%d", i), "training", on, 8, "")
			c.book(fmt.Sprintf("K%d", i), "hotline", on, 12, "")
		}
	}
	c.book("K1", "tips", 20260301, 60, "Schnittwerte für Edelstahl")
	c.book("K1", "order-changes", 20241224, 1, "im Jahr davor")
}

// dossier reads the dossier of K1 as of the end of October.
func (c *company) dossier(lang string) *paper.Dossier {
	c.t.Helper()
	var d *paper.Dossier
	c.must(c.app.DB.Look(authtest.Context(c.t), func(r store.Reader) (err error) {
		d, err = paper.ReadDossier(authtest.Context(c.t), r, paper.Query{Customer: c.id("K1"), AsOf: 20261031, Lang: lang})
		return err
	}))
	return d
}

func (c *company) statement(lang string, background bool) *paper.Statement {
	c.t.Helper()
	var s *paper.Statement
	c.must(c.app.DB.Look(authtest.Context(c.t), func(r store.Reader) (err error) {
		s, err = paper.ReadStatement(authtest.Context(c.t), r, paper.StatementQuery{Customer: c.id("K1"), First: 20251101, To: 20261031, Lang: lang, Background: background})
		return err
	}))
	return s
}

// golden compares the texts of a PDF with those of a file.
func golden(t *testing.T, name string, pdf []byte) {
	t.Helper()
	pages, err := doctest.Pages(pdf)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(strings.Join(pages, "\f\n"), "\u00a0", "~")
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
}

// onEach runs a test on a company in an empty book of every engine.
func onEach(t *testing.T, test func(*testing.T, *company)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, newCompany(t, filepath.Join(t.TempDir(), "book.db")))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, newCompany(t, storetest.Postgres(t)))
	})
}

// The papers say the same on both engines and again, to the byte.
func TestPapersAreAsTheyWere(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *company) {
		for _, lang := range []string{"de", "en"} {
			for name, write := range map[string]func() ([]byte, error){
				"dossier-" + lang:   func() ([]byte, error) { return c.dossier(lang).PDF() },
				"statement-" + lang: func() ([]byte, error) { return c.statement(lang, false).PDF() },
			} {
				first, err := write()
				c.must(err)
				golden(t, name, first)
				again, err := write()
				c.must(err)
				if !bytes.Equal(first, again) {
					t.Errorf("%s: the same book and day gave other bytes", name)
				}
			}
		}
	})
}

// What the customer said is counted and averaged, up to the day of the dossier.
func TestTheDossierSaysHowContentTheCustomerIs(t *testing.T) {
	t.Parallel()
	c := newCompany(t, filepath.Join(t.TempDir(), "book.db"))
	o := c.dossier("en").Opinion
	if o.Asked != 3 || o.Answered != 2 || len(o.Comments) != 2 || len(o.Types) != 2 {
		t.Fatalf("%+v", o)
	}
	hotline := o.Types[0]
	helped, _ := hotline.Helped.Of()
	pay, _ := hotline.Pay.Of()
	if hotline.Type.Code != "hotline" || hotline.Answers != 2 || hotline.Noticed != 2 || helped != 0.75 || pay != 0.25 {
		t.Errorf("hotline: %+v, helped %v, would pay %v", hotline, helped, pay)
	}
	if _, known := o.Types[1].Helped.Of(); known || o.Types[1].NoticedOf != 1 || o.Types[1].Noticed != 0 {
		t.Errorf("what nobody answered has a mean: %+v", o.Types[1])
	}
	c.must(c.app.DB.Look(authtest.Context(t), func(r store.Reader) error {
		before, err := paper.ReadDossier(authtest.Context(t), r, paper.Query{Customer: c.id("K1"), AsOf: 20261019, Lang: "en"})
		if err == nil && before.Opinion.Asked != 0 {
			t.Errorf("a dossier of the day before knows %+v", before.Opinion)
		}
		return err
	}))
}

func TestADossierHasTwoToFourPages(t *testing.T) {
	t.Parallel()
	c := newCompany(t, filepath.Join(t.TempDir(), "book.db"))
	for range 40 {
		c.book("K1", "research", 20260505, 12, "Ersatzteil zu alter Maschine gesucht und zwei lieferbare Alternativen ermittelt")
	}
	pdf, err := c.dossier("de").PDF()
	c.must(err)
	pages, err := doctest.Pages(pdf)
	c.must(err)
	if len(pages) < 2 || len(pages) > 4 {
		t.Errorf("%d pages", len(pages))
	}
}

// Every part can be left out, and then nothing of it is there.
func TestPartsAreLeftOut(t *testing.T) {
	t.Parallel()
	c := newCompany(t, filepath.Join(t.TempDir(), "book.db"))
	all := c.dossier("en")
	if n := len(all.Sections()); n != len(paper.Parts) {
		t.Fatalf("%d of %d parts", n, len(paper.Parts))
	}
	for _, p := range paper.Parts {
		one := *all
		for _, k := range paper.Parts {
			if k.Key != p.Key {
				one.Parts = append(one.Parts, k.Key)
			}
		}
		if len(one.Sections()) != len(paper.Parts)-1 || slices.ContainsFunc(one.Sections(), func(s paper.Section) bool { return s.Key == p.Key }) {
			t.Errorf("%s was not left out", p.Key)
		}
		one.Parts = []string{p.Key}
		if s := one.Sections(); len(s) != 1 || s[0].Key != p.Key {
			t.Errorf("%s alone: %d parts", p.Key, len(s))
		}
	}
}

// The figures are those of the account: what the waterfall shows is what the
// valuation reckoned, and services add up.
func TestTheDossierReckonsAsTheValuation(t *testing.T) {
	t.Parallel()
	c := newCompany(t, filepath.Join(t.TempDir(), "book.db"))
	d := c.dossier("en")
	e, err := c.app.Explain(authtest.Context(t), "K1", 20261031, 1)
	c.must(err)
	for n := 1; n <= 4; n++ {
		got, known := d.Figures.Contribution(n)
		i := slices.IndexFunc(e.Value.Steps, func(s value.Step) bool { return s.Total == n })
		if want := e.Value.Steps[i]; got != want.Amount || known != want.Known {
			t.Errorf("contribution %d is %d, %t, the valuation says %d", n, got, known, want.Amount)
		}
	}
	var cost, benefit money.Amount
	for _, s := range d.Sums {
		cost, benefit = cost+s.Cost, benefit+s.Benefit
	}
	if cost != -d.Figures.Steps.Service || benefit != d.Figures.Steps.Benefit || benefit == 0 {
		t.Errorf("services cost %d and bring %d, the account says %d and %d", cost, benefit, -d.Figures.Steps.Service, d.Figures.Steps.Benefit)
	}
	if at, err := d.Room.At(d.Needed); err != nil || at < d.Target || !d.Reachable {
		t.Errorf("at %s contribution IV is %d, not %d", d.Needed, at, d.Target)
	}
	if d.Effect == nil || d.Effect.Early || d.Effect.Days != 214 || d.Effect.After.Revenue <= d.Effect.Before.Revenue {
		t.Errorf("the talk: %+v", d.Effect)
	}
	if d.Peers.Count < 3 || len(d.Peers.Given) != 1 || d.Types[d.Peers.Given[0].Type].Code != "training" {
		t.Errorf("peers %+v", d.Peers)
	}
}

// The type of the statement has no field for what must not be on it.
func TestAStatementHasNoFieldForOurFigures(t *testing.T) {
	t.Parallel()
	seen := make(map[reflect.Type]bool)
	var look func(path string, ty reflect.Type)
	look = func(path string, ty reflect.Type) {
		switch ty.Kind() {
		case reflect.Slice, reflect.Pointer, reflect.Array:
			look(path, ty.Elem())
		case reflect.Map:
			look(path, ty.Key())
			look(path, ty.Elem())
		case reflect.Interface:
			t.Errorf("%s may hold anything", path)
		case reflect.Struct:
			if seen[ty] {
				return
			}
			seen[ty] = true
			for i := range ty.NumField() {
				f := ty.Field(i)
				for _, bad := range []string{"cost", "margin", "class", "score", "segment", "contribution", "rate", "charge", "note", "rank", "need", "result", "price"} {
					if strings.Contains(strings.ToLower(f.Name), bad) {
						t.Errorf("%s.%s is there", path, f.Name)
					}
				}
				look(path+"."+f.Name, f.Type)
			}
		}
	}
	look("Statement", reflect.TypeFor[paper.Statement]())
	seen = make(map[reflect.Type]bool)
	look("Benefit", reflect.TypeFor[store.Benefit]())
}

func TestTheBackgroundIsShownOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	c := newCompany(t, filepath.Join(t.TempDir(), "book.db"))
	for _, show := range []bool{false, true} {
		pdf, err := c.statement("de", show).PDF()
		c.must(err)
		pages, err := doctest.Pages(pdf)
		c.must(err)
		if got := strings.Contains(strings.Join(pages, ""), "Geräusche"); got != show {
			t.Errorf("asked %t, shown %t", show, got)
		}
	}
	s := c.statement("", false)
	if s.Lang != "de" || s.Total != c.dossier("de").Figures.Steps.Benefit || s.Before != 65_00 || len(s.Unused) != 7 {
		t.Errorf("in %s, %d in all, %d before, %d unused", s.Lang, s.Total, s.Before, len(s.Unused))
	}
}

func TestTheLanguageIsThatOfWhoDecides(t *testing.T) {
	t.Parallel()
	person := func(part, lang string) crm.Contact { return crm.Contact{Part: part, Language: lang} }
	for _, tt := range []struct {
		people        []crm.Contact
		country, want string
	}{
		{nil, "", "de"},
		{nil, "AT", "de"},
		{nil, "FR", "en"},
		{[]crm.Contact{person("", "en"), person("decider", "de")}, "FR", "de"},
		{[]crm.Contact{person("user", "de-CH"), person("", "en")}, "FR", "de"},
		{[]crm.Contact{person("", ""), person("", "French")}, "DE", "en"},
	} {
		if got := paper.LangOf(tt.people, tt.country); got != tt.want {
			t.Errorf("%+v in %q: %s, want %s", tt.people, tt.country, got, tt.want)
		}
	}
}
