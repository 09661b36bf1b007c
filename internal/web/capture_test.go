package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"quid/account"
	"quid/e2e"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
	"quid/service"

	"github.com/chromedp/chromedp"
)

// captureBench is a workbench with a few customers, at a clock that the test sets.
func captureBench(t *testing.T) (*workbench, *time.Time) {
	t.Helper()
	b := newWorkbench(t)
	now := workNow
	b.app.Now = func() time.Time { return now }
	b.take("customers", "kunden.csv", "Kundennr;Name;Ort\n10001;Meier GmbH;Kiel\n10002;Huber Antriebe AG;Ulm\n10003;Müller Technik GmbH;Bonn\n10004;Müller Technik GmbH;Aachen\n10005;Schäfer Pumpenbau;Jena\n", nil)
	return b, &now
}

// entriesOf returns what was booked at a customer, taken back or not.
func (b *workbench) entriesOf(t *testing.T, number string) []store.Kept[service.Entry] {
	t.Helper()
	found, err := b.app.DB.Read().CustomersNumbered(authtest.Context(t), []string{number})
	if err != nil || len(found[number]) != 1 {
		t.Fatalf("customer %s: %v, %v", number, found, err)
	}
	list, err := b.app.DB.Read().Recent(authtest.Context(t), found[number][0], 100)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func (b *workbench) customer(t *testing.T, number string) account.CustomerID {
	t.Helper()
	found, err := b.app.DB.Read().CustomersNumbered(authtest.Context(t), []string{number})
	if err != nil || len(found[number]) != 1 {
		t.Fatalf("customer %s: %v, %v", number, found, err)
	}
	return found[number][0]
}

func (b *workbench) typeID(t *testing.T, code string) int64 {
	t.Helper()
	types, err := b.app.DB.Read().Types(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	return types[slices.IndexFunc(types, func(t service.Type) bool { return t.Code == code })].ID
}

// A line becomes an entry without a script: it is read, shown, booked and taken
// back, and the book shows both.
func TestALineIsBookedAndTakenBack(t *testing.T) {
	t.Parallel()
	b, _ := captureBench(t)
	a := b.get("/capture?line=" + url.QueryEscape("meier hotline 20m pumpe laut gestern"))
	a.says(t, http.StatusOK, "Meier GmbH", "Help with technical problems", "pumpe laut", "20 min become 24 min")
	form := a.form(t, "entry-form")
	booked := b.post("/capture", form)
	booked.says(t, http.StatusOK, "Booked: Help with technical problems, 24 min, at Meier GmbH", "no bands yet")
	list := b.entriesOf(t, "10001")
	if len(list) != 1 || list[0].Doc.Quantity != 24*money.One || list[0].Doc.Day != 20261121 || list[0].Doc.Background != "pumpe laut" || *list[0].Doc.Minutes != 20 {
		t.Fatalf("%+v", list)
	}
	b.post("/capture", form).says(t, http.StatusOK, "Booked") // sent twice
	if list := b.entriesOf(t, "10001"); len(list) != 1 {
		t.Errorf("sent twice, booked %d times", len(list))
	}
	undo := regexp.MustCompile(`action="(/capture/back\?[^"]*)"`).FindStringSubmatch(booked.Body)
	if undo == nil {
		t.Fatal("the toast has no undo")
	}
	b.post(unescape.Replace(undo[1]), nil).says(t, http.StatusOK, "Taken back: Help with technical problems at Meier GmbH", "taken back: undone right after booking")
	if list := b.entriesOf(t, "10001"); len(list) != 1 || list[0].Withdrawn.IsZero() {
		t.Errorf("%+v", list)
	}
}

// What can mean several things is asked; the answer keeps the line. Nothing is
// booked before.
func TestWhatIsAmbiguousIsAsked(t *testing.T) {
	t.Parallel()
	b, _ := captureBench(t)
	a := b.get("/capture?line=" + url.QueryEscape("müller hotline 20m lager"))
	a.says(t, http.StatusOK, "Who is meant by “müller”?", "Müller Technik GmbH (10003) · Bonn", "Müller Technik GmbH (10004) · Aachen")
	answer := regexp.MustCompile(`href="([^"]*)">Müller Technik GmbH \(10004\)`).FindStringSubmatch(a.Body)
	if answer == nil {
		t.Fatal("there is no answer to choose")
	}
	a = b.get(unescape.Replace(answer[1]))
	a.says(t, http.StatusOK, "lager")
	b.post("/capture", a.form(t, "entry-form")).says(t, http.StatusOK, "at Müller Technik GmbH")
	if list := b.entriesOf(t, "10004"); len(list) != 1 || list[0].Doc.Background != "lager" {
		t.Errorf("%+v", list)
	}
	a = b.get("/capture?line=" + url.QueryEscape("meier hotline 20m 40m 3/11/2025"))
	a.says(t, http.StatusOK, "Which time is meant by “20m 40m”?", "Which day is meant by “3/11/2025”?")
	for _, pick := range []string{"40 min", "3 Nov 2025"} {
		answer := regexp.MustCompile(`href="([^"]*)">` + pick).FindStringSubmatch(a.Body)
		if answer == nil {
			t.Fatalf("%s is no answer", pick)
		}
		a = b.get(unescape.Replace(answer[1]))
	}
	if strings.Contains(a.Body, "is meant by") {
		t.Errorf("all was answered, and it still asks: %s", a.text())
	}
	b.post("/capture", a.form(t, "entry-form")).says(t, http.StatusOK, "Booked: Help with technical problems, 42 min, at Meier GmbH")
	if list := b.entriesOf(t, "10001"); len(list) != 1 || list[0].Doc.Day != 20251103 {
		t.Errorf("%+v", list)
	}
	// A line alone, as the palette posts it, is only booked if nothing is open.
	b.post("/capture?line="+url.QueryEscape("müller hotline 20m"), nil).says(t, http.StatusOK, "Who is meant by")
	b.post("/capture?key=k1&line="+url.QueryEscape("schäfer hotline 5m"), nil).says(t, http.StatusOK, "Booked: Help with technical problems, 6 min, at Schäfer Pumpenbau")
	if list := b.entriesOf(t, "10003"); len(list) != 0 {
		t.Errorf("something was guessed: %+v", list)
	}
}

func TestTheFormSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	b, _ := captureBench(t)
	form := b.get("/capture").form(t, "entry-form")
	b.post("/capture", form).says(t, http.StatusUnprocessableEntity, "choose a customer", "choose a service")
	hotline := fmt.Sprint(b.typeID(t, "hotline"))
	for _, tt := range []struct {
		name, value, want string
	}{
		{"who", "nobody at all", "nobody is called so"},
		{"who", "müller", "several are called so"},
		{"time", "long", "write a time such as"},
		{"time", "", "say how long it took"},
		{"people", "0", "a whole number from 1 to 99"},
		{"day", "2026-02-31", "write a day such as"},
		{"day", "2027-01-01", "this day is still to come"},
		{"charge", "much", "write an amount such as"},
		{"charge", "1000", "part of the benefit"},
		{"type", fmt.Sprint(b.sold(t)), "this is a paid service"},
	} {
		form := url.Values{"who": {"Meier GmbH"}, "type": {hotline}, "day": {"2026-11-20"}, "time": {"20 min"}, "key": {"wrong"}}
		form.Set(tt.name, tt.value)
		a := b.post("/capture", form)
		if tt.name == "charge" && tt.value == "1000" {
			if a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, `id="charge-problem"`) {
				t.Errorf("a charge above the benefit: %d, %s", a.Status, a.text())
			}
			continue
		}
		a.says(t, http.StatusUnprocessableEntity, tt.want)
	}
	if list := b.entriesOf(t, "10001"); len(list) != 0 {
		t.Errorf("something was booked: %+v", list)
	}
	b.get("/capture?line="+url.QueryEscape("meier reparatur 2h")).says(t, http.StatusOK, "This is no free service", "Repair is sold: it belongs on an invoice")
}

// sold puts a type that is sold into the catalogue.
func (b *workbench) sold(t *testing.T) int64 {
	t.Helper()
	types, err := b.app.DB.Read().Types(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(types, func(y service.Type) bool { return y.Code == "repair" }); i >= 0 {
		return types[i].ID
	}
	id, err := b.app.SaveType(authtest.Context(t), service.Type{Code: "repair", NameDE: "Reparatur", NameEN: "Repair", Unit: service.Hours, Rung: 1, Words: "reparatur", Sold: true})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// A charge names its invoice line: the form offers those of the customer that
// charge for nothing yet, says at the field what is wrong with one, and keeps it
// when the entry is corrected.
func TestAChargeNamesItsInvoiceLine(t *testing.T) {
	t.Parallel()
	b, _ := captureBench(t)
	b.takeFile(intake.Invoices, "number;customer;day;line;product;net;cost\nR1;10001;2026-11-02;1;Pumpe P7;900.00;600.00\nR1;10001;2026-11-02;2;Anfahrt;10.00;0.00\nR2;10002;2026-11-03;1;;10.00;5.00\n")
	meier, hotline := b.customer(t, "10001"), fmt.Sprint(b.typeID(t, "hotline"))
	page := b.get("/capture?given=" + fmt.Sprint(meier))
	page.says(t, http.StatusOK, "R1, line 2, 2 Nov 2026 · Anfahrt · €10.00", "R1, line 1, 2 Nov 2026 · Pumpe P7 · €900.00")
	if strings.Contains(page.Body, "R2") {
		t.Error("another customer's invoice is offered")
	}
	lines := b.get("/capture/lines?who=Meier+GmbH&charge=10").Body
	if first, other := strings.Index(lines, "Anfahrt"), strings.Index(lines, "Pumpe P7"); first < 0 || other < first {
		t.Errorf("the line of the sum does not come first: %s", lines)
	}
	value := regexp.MustCompile(`value="([0-9]+-2)"`).FindStringSubmatch(lines)
	if value == nil {
		t.Fatalf("no line to choose: %s", lines)
	}
	form := url.Values{"who": {"Meier GmbH"}, "type": {hotline}, "day": {"2026-11-20"}, "time": {"20 min"}, "key": {"k1"}, "charge": {"9"}, "charge_line": value[1:]}
	b.post("/capture", form).says(t, http.StatusUnprocessableEntity, "the invoice line says another sum")
	form.Set("charge", "10")
	for _, wrong := range []string{"7-1", "x"} {
		form.Set("charge_line", wrong)
		if a := b.post("/capture", form); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, `id="charge_line-problem"`) {
			t.Errorf("line %q: %d, %s", wrong, a.Status, a.text())
		}
	}
	form.Set("charge_line", value[1])
	b.post("/capture", form).says(t, http.StatusOK, "Booked: Help with technical problems")
	first := b.entriesOf(t, "10001")[0].Doc
	if first.Charge != 10_00 || first.ChargeOf == nil || first.ChargeOf.Line != 2 {
		t.Fatalf("%+v", first)
	}
	ref := store.Ref{Customer: first.Customer, ID: first.ID}
	b.get(entryPath(ref)).says(t, http.StatusOK, "The customer pays €10.00 by invoice R1, line 2")
	if page := b.get("/capture?given=" + fmt.Sprint(meier)).Body; strings.Contains(page, "Anfahrt") {
		t.Error("a line that charges for a service is offered again")
	}
	form = b.get("/capture?correct="+refText(ref)).form(t, "entry-form")
	if form.Get("charge_line") != value[1] || form.Get("charge") != "10.00" {
		t.Errorf("the correction begins with %v", form)
	}
	form.Set("time", "30 min")
	form.Set("why", "it took longer")
	b.post("/capture", form).says(t, http.StatusOK, "Booked: Help with technical problems")
	if list := b.entriesOf(t, "10001"); len(list) != 2 || list[0].Doc.ChargeOf == nil || list[0].Doc.ChargeOf.Line != 2 {
		t.Errorf("%+v", list)
	}
	b.sound()
}

// An entry is corrected with the reason; the book shows both. It is repeated, and
// kept as a template.
func TestEntriesAreCorrectedRepeatedAndKept(t *testing.T) {
	t.Parallel()
	b, _ := captureBench(t)
	b.post("/capture?key=k1&line="+url.QueryEscape("huber schulung 3h 2 leute gestern pumpe"), nil).says(t, http.StatusOK, "Booked: Training and seminars, 6 h, at Huber Antriebe AG")
	first := b.entriesOf(t, "10002")[0]
	form := b.get("/capture?correct="+refText(store.Ref{Customer: first.Doc.Customer, ID: first.Doc.ID})).form(t, "entry-form")
	if form.Get("time") != "6 h" || form.Get("day") != "2026-11-21" || form.Get("background") != "pumpe" {
		t.Fatalf("%v", form)
	}
	form.Set("time", "4 h")
	b.post("/capture", form).says(t, http.StatusUnprocessableEntity, "say why")
	form.Set("why", "only four hours")
	b.post("/capture", form).says(t, http.StatusOK, "Booked: Training and seminars, 4 h", "corrects another entry", "taken back: only four hours")
	list := b.entriesOf(t, "10002")
	if len(list) != 2 || list[0].Doc.Replaces != first.Doc.ID || list[1].Doc.Why != "only four hours" {
		t.Fatalf("%+v", list)
	}

	form = b.get("/capture?repeat=last&given="+fmt.Sprint(first.Doc.Customer)).form(t, "entry-form")
	if form.Get("time") != "4 h" || form.Get("day") != "2026-11-22" || form.Get("who") != "Huber Antriebe AG (10002)" {
		t.Errorf("repeated: %v", form)
	}
	form.Set("name", "Schulung bei Huber")
	kept := b.post("/capture/templates", form)
	kept.says(t, http.StatusOK, "The template is kept", "Schulung bei Huber")
	templates, err := b.app.DB.Read().Templates(authtest.Context(t))
	if err != nil || len(templates) != 1 || templates[0].Minutes != 240*money.One {
		t.Fatalf("%+v, %v", templates, err)
	}
	ref := refText(templates[0].Ref())
	b.post("/capture", b.get("/capture?template="+ref).form(t, "entry-form")).says(t, http.StatusOK, "Booked: Training and seminars, 4 h")
	b.post("/capture/templates/drop", url.Values{"template": {ref}}).says(t, http.StatusOK, "Fill in the form and keep it")

	a := b.post("/capture/back", url.Values{"entry": {refText(store.Ref{Customer: first.Doc.Customer, ID: list[0].Doc.ID})}, "why": {"a mistake"}})
	a.says(t, http.StatusOK, "taken back: a mistake")
}

// One service for several customers: shared out to the minute, by heads, or whole
// for each, and taken back as one.
func TestOneServiceForSeveralCustomers(t *testing.T) {
	t.Parallel()
	b, _ := captureBench(t)
	form := b.get("/capture/several").form(t, "several")
	form.Set("type", fmt.Sprint(b.typeID(t, "training")))
	form.Set("time", "3 h")
	form.Set("customers", "Meier\nmüller\n")
	b.post("/capture/several", form).says(t, http.StatusUnprocessableEntity, "line 2: 2 customers are called müller; add the number")
	form.Set("customers", "Meier = 2\nHuber\n")
	form.Set("share", "heads")
	b.post("/capture/several", form).says(t, http.StatusUnprocessableEntity, "line 2: write how many came")
	form.Set("customers", "Meier = 2\nHuber = 1\n")
	booked := b.post("/capture/several", form)
	booked.says(t, http.StatusOK, "Booked: Training and seminars for 2 customers", "for several customers")
	meier, huber := b.entriesOf(t, "10001"), b.entriesOf(t, "10002")
	if len(meier) != 1 || len(huber) != 1 || meier[0].Doc.Quantity != 2*money.One || huber[0].Doc.Quantity != money.One || meier[0].Doc.Joint == 0 || meier[0].Doc.Joint != huber[0].Doc.Joint {
		t.Fatalf("%+v, %+v", meier, huber)
	}
	undo := regexp.MustCompile(`action="(/capture/back\?[^"]*)"`).FindStringSubmatch(booked.Body)
	b.post(unescape.Replace(undo[1]), nil).says(t, http.StatusOK, "Taken back")
	if meier, huber := b.entriesOf(t, "10001"), b.entriesOf(t, "10002"); meier[0].Withdrawn.IsZero() || huber[0].Withdrawn.IsZero() {
		t.Error("only one was taken back")
	}
	form.Set("key", "again")
	form.Set("share", "full")
	form.Set("customers", "10001\n10002\n")
	b.post("/capture/several", form).says(t, http.StatusOK, "for 2 customers")
	if meier, huber := b.entriesOf(t, "10001"), b.entriesOf(t, "10002"); meier[0].Doc.Quantity != 3*money.One || huber[0].Doc.Quantity != 3*money.One {
		t.Errorf("%+v, %+v", meier[0], huber[0])
	}
}

// A timer runs on whatever becomes of the page, stands in the bar of every page,
// and fills the form when it is stopped; booked, it is gone.
func TestATimerIsStoppedAndBooked(t *testing.T) {
	t.Parallel()
	b, now := captureBench(t)
	b.post("/timers", url.Values{"line": {"meier hotline pumpe"}}).says(t, http.StatusOK, "Meier GmbH · Help with technical problems", "0:00")
	b.post("/timers", nil).says(t, http.StatusOK, "no customer yet")
	*now = now.Add(21*time.Minute + 5*time.Second)
	b.get("/import").says(t, http.StatusOK, "21:05", "2")
	timers, err := b.app.DB.Read().Timers(authtest.Context(t))
	if err != nil || len(timers) != 2 {
		t.Fatalf("%+v, %v", timers, err)
	}
	first := timers[slices.IndexFunc(timers, func(t store.Timer) bool { return t.Customer != 0 })]
	stopped := b.post("/timers/stop", url.Values{"timer": {refText(first.Ref())}})
	stopped.says(t, http.StatusOK, "Book what the timer measured", "22 min become 24 min", "stopped, not booked yet")
	form := stopped.form(t, "entry-form")
	*now = now.Add(time.Hour)
	b.post("/capture", form).says(t, http.StatusOK, "Booked: Help with technical problems, 24 min, at Meier GmbH")
	b.post("/capture", form).says(t, http.StatusOK, "Booked") // sent twice
	if list := b.entriesOf(t, "10001"); len(list) != 1 || *list[0].Doc.Minutes != 22 || list[0].Doc.Background != "pumpe" {
		t.Errorf("%+v", list)
	}
	if timers, err = b.app.DB.Read().Timers(authtest.Context(t)); err != nil || len(timers) != 1 {
		t.Fatalf("%+v, %v", timers, err)
	}
	b.post("/timers/drop", url.Values{"timer": {refText(timers[0].Ref())}}).says(t, http.StatusOK, "No timer runs")
}

// After a booking the page shows both sides of the customer in bands, from the
// newest valuation.
func TestBandsAfterABooking(t *testing.T) {
	t.Parallel()
	for band, want := range map[[2]int]string{{1, 2}: "low", {2, 2}: "high", {1, 3}: "low", {2, 3}: "middle", {3, 3}: "high", {3, 5}: "middle"} {
		if got := bandWord(band[0], band[1]); got != want {
			t.Errorf("band %d of %d is %s, want %s", band[0], band[1], got, want)
		}
	}
	s := readShelf(t)
	pic, err := s.server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	for i := range pic.snap.Valued() {
		row := pic.snap.Row(i)
		side := sidesOf(pic, pic.snap.ID(i))
		if side.New != (row.New || row.Bands.From == 0) || !side.New && (side.Gives == "" || side.Gets == "") {
			t.Fatalf("%+v of %+v", side, row)
		}
	}
	if side := sidesOf(nil, 1); !side.New {
		t.Errorf("nothing was valued, and it says %+v", side)
	}
}

// The palette says what a line would book, and where.
func TestThePaletteReadsALine(t *testing.T) {
	t.Parallel()
	b, _ := captureBench(t)
	for line, want := range map[string]string{
		"meier hotline 20m pumpe": "Book it|Meier GmbH Help with technical problems 20 min pumpe|",
		"müller hotline 20m":      "Go on with this entry …|Help with technical problems 20 min|which customer?",
		"hotline 20m":             "Go on with this entry …|Help with technical problems 20 min|customer?",
		"meier hotline":           "Go on with this entry …|Meier GmbH Help with technical problems|how much?",
		"meier":                   "||",
		"":                        "||",
	} {
		var got paletteLineEntry
		if err := json.Unmarshal([]byte(b.get("/capture/line.json?line="+url.QueryEscape(line)).Body), &got); err != nil {
			t.Fatal(err)
		}
		if said := got.Label + "|" + strings.Join(got.Parts, " ") + "|" + strings.Join(got.Open, " "); said != want {
			t.Errorf("%q: %q, want %q", line, said, want)
		}
		if (got.Book != "") != (got.Label == "Book it") {
			t.Errorf("%q: %+v", line, got)
		}
	}
}

// The names follow the customers: one that came is found, without a start anew.
func TestNewCustomersAreFoundByQuickEntry(t *testing.T) {
	t.Parallel()
	b, now := captureBench(t)
	b.get("/capture?line=meier").says(t, http.StatusOK, "Meier GmbH")
	b.take("customers", "neu.csv", "Kundennr;Name;Ort\n20001;Kowalczyk AG;Graz\n", nil)
	*now = now.Add(3 * time.Second)
	b.get("/capture?line=kowalczyk").says(t, http.StatusOK, "Kowalczyk AG")
}

// A person books a line, undoes it, and finds the timer after a reload; at a desk
// and on a phone, without a barrier.
func TestAPersonCapturesServices(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		view e2e.View
	}{
		{"at a desk in German", e2e.View{Lang: "de", Still: true}},
		{"on a phone in the dark", e2e.View{Lang: "en", Still: true, Phone: true, Dark: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, _ := captureBench(t)
			b.takeFile(intake.Invoices, "number;customer;day;line;product;net;cost\nR1;10001;2026-11-02;1;Pumpe P7;900.00;600.00\nR1;10001;2026-11-02;2;Anfahrt;10.00;0.00\n")
			says := func(english, german string) string {
				if tt.view.Lang == "de" {
					return german
				}
				return english
			}
			tab := b.walker(t, tt.view)
			tab.Go(b.url + "/capture")
			tab.NoBarriers()
			noSideways(t, tab, "the empty page")

			// Ambiguity is asked while typing; more of the name answers it.
			tab.Do(chromedp.SendKeys(chromedp.CSS("#line"), "müller hotline 20m"))
			tab.Wait(`document.querySelectorAll(".capture-ask a").length === 2`)
			tab.NoBarriers()
			noSideways(t, tab, "the question")
			keepPicture(t, tab)
			tab.Do(chromedp.Evaluate[chromedp.Void](`document.getElementById("line").value = ""`), chromedp.SendKeys(chromedp.CSS("#line"), "meier hotline 20m pumpe laut gestern"))
			tab.Wait(`document.querySelector("#entry[data-ready]")?.dataset.line === "meier hotline 20m pumpe laut gestern"`)
			if got := e2e.Value[string](tab, "document.activeElement.id"); got != "line" {
				t.Errorf("the focus went to %q while typing", got)
			}
			tab.NoBarriers()

			// A charge asks for its invoice line; without a charge nothing is asked.
			tab.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector(".capture-more").open = true`))
			if e2e.Value[bool](tab, `document.getElementById("charge-lines").checkVisibility()`) {
				t.Error("a line is asked for without a charge")
			}
			tab.Wait(`document.getElementById("charge").checkVisibility() && document.getElementById("charge").getBoundingClientRect().height > 0`)
			tab.Do(chromedp.SendKeys(chromedp.CSS("#charge"), "10"))
			tab.Wait(`document.querySelector("#charge-lines select")?.options.length === 3 && document.getElementById("charge-lines").checkVisibility()`)
			tab.NoBarriers()
			noSideways(t, tab, "the lines that may charge")
			keepPicture(t, tab)
			tab.Do(chromedp.Evaluate[chromedp.Void](`document.getElementById("charge").value = ""`), chromedp.Focus(chromedp.CSS("#line")))
			noSideways(t, tab, "what was understood")
			keepPicture(t, tab)

			// Enter books it; the toast takes it back.
			tab.Do(chromedp.KeyEvent("\r"))
			tab.Wait(fmt.Sprintf(`document.readyState === "complete" && document.querySelector("#toasts")?.innerText.includes(%q)`, says("Booked: Help with technical problems", "Gebucht: Hilfe bei technischen Problemen")))
			tab.NoBarriers()
			noSideways(t, tab, "after booking")
			keepPicture(t, tab)
			click(tab, "#toasts form button", says("taken back: undone right after booking", "zurückgenommen: gleich nach dem Buchen rückgängig gemacht"))
			tab.NoBarriers()

			// A timer survives the page that started it, and another one.
			tab.Do(chromedp.SendKeys(chromedp.CSS("#line"), "huber hotline"))
			click(tab, `button[formaction="/timers"]`, "Huber Antriebe AG ·")
			tab.Go(b.url + "/import")
			tab.Wait(`document.querySelector(".top-timer [data-timer]") !== null`)
			tab.NoBarriers()
			tab.Go(b.url + "/capture")
			tab.Wait(`Number(document.querySelector("#timers [data-timer]")?.textContent.split(":")[1]) >= 1`)
			tab.NoBarriers()
			noSideways(t, tab, "a running timer")
			keepPicture(t, tab)
			click(tab, `form[action="/timers/stop"] button`, says("Book what the timer measured", "Buchen, was die Stoppuhr gemessen hat"))
			tab.NoBarriers()
			noSideways(t, tab, "a stopped timer")
			click(tab, `#entry-form .quid-form-buttons button`, says("Booked: Help", "Gebucht: Hilfe"))
			tab.Go(b.url + "/capture/several")
			tab.NoBarriers()
			noSideways(t, tab, "several customers")
		})
	}
}

// Ctrl K books a line from any page, and N leads to quick entry, for the customer
// that the page is about; who doesn't want the key turns it off.
func TestQuickEntryIsEverywhere(t *testing.T) {
	t.Parallel()
	b, _ := captureBench(t)
	tab := b.walker(t, e2e.View{Still: true})
	tab.Go(b.url + "/import")
	tab.Wait("document.readyState === 'complete' && 'htmx' in window")
	tab.Do(chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	tab.Do(chromedp.SendKeys(chromedp.CSS("dialog.palette input"), "meier hotline 20m"))
	tab.Wait(`/Book it · Meier GmbH · Help with technical problems · 20 min/.test(document.querySelector("[data-entry-group] [aria-selected=true]")?.innerText ?? "")`)
	tab.NoBarriers()
	keepPicture(t, tab)
	tab.Do(chromedp.KeyEvent("\r"))
	tab.Wait(`document.readyState === "complete" && document.querySelector("#toasts")?.innerText.includes("Booked: Help")`)

	cockpit := customerPath(b.customer(t, "10002"))
	tab.Go(b.url + cockpit)
	tab.Wait("document.readyState === 'complete' && 'htmx' in window")
	tab.Do(chromedp.KeyEvent("n"))
	tab.Wait(`location.pathname === "/capture" && document.activeElement?.id === "line" && document.querySelector("#who")?.value === "Huber Antriebe AG (10002)"`)

	b.http.Jar.SetCookies(must(url.Parse(b.url)), []*http.Cookie{{Name: keysCookie, Value: "off"}})
	if a := b.get(cockpit); strings.Contains(a.Body, "aria-keyshortcuts") {
		t.Error("the key is off, and the page has it")
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// What is left of the budget is shown before booking, and exceeding it warns.
func TestTheBudgetIsShownWhileCapturing(t *testing.T) {
	t.Parallel()
	b, _ := captureBench(t)
	fifty := money.Amount(50_00)
	if err := b.app.SetBudget(authtest.Context(t), app.BudgetDraft{Customer: b.customer(t, "10001"), From: 20260101, Budget: service.Budget{Amount: &fifty}}); err != nil {
		t.Fatal(err)
	}
	b.get("/capture?line="+url.QueryEscape("meier hotline 20m")).says(t, http.StatusOK, "are left of the budget of 2026 after this entry")
	b.get("/capture?line="+url.QueryEscape("meier hotline 3h")).says(t, http.StatusOK, "The budget of 2026 is exceeded by")
	if _, err := b.app.RecordService(authtest.Context(t), app.EntryDraft{Customer: b.customer(t, "10001"), Type: b.typeID(t, "hotline"), Day: 20261120, Quantity: 180 * money.One}); err != nil {
		t.Errorf("exceeding blocks: %v", err)
	}
}

func TestOneTimeIsNotManyTimes(t *testing.T) {
	for lang, want := range map[locale.Lang][2]string{locale.English: {"1 time", "2 times"}, locale.German: {"1-mal", "2-mal"}} {
		p := Page{Printer: locale.For(string(lang))}
		for i, q := range []money.Micro{money.One, 2 * money.One} {
			if got := p.inUnit(service.Flat, q); got != want[i] {
				t.Errorf("%s: %q, want %q", lang, got, want[i])
			}
		}
	}
}

func TestEveryPlaceStandsInAGroupOfTheSidebar(t *testing.T) {
	shown := 0
	for _, g := range groups {
		shown += len(Page{Who: auth.System("test")}.placesOf(g.key))
	}
	if shown != len(places) {
		t.Errorf("%d of %d places stand under a heading", shown, len(places))
	}
}
