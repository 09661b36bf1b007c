package capture

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/money"
	"quid/service"
)

// wednesday is the day on which the lines of the tests are written.
const wednesday day.Day = 20261104

// shelf holds the customers of the tests.
var shelf = []struct{ name, number, city string }{
	1: {"Meier GmbH", "10001", "Kiel"}, 2: {"Huber Antriebe AG", "10002", "Ulm"}, 3: {"Müller & Söhne KG", "10003", "Köln"}, 4: {"Müller Technik GmbH", "10004", "Bonn"},
	5: {"Müller Technik GmbH", "10005", "Aachen"}, 6: {"Schäfer", "K-10 006", "Bad Homburg"}, 7: {"Schäfer Pumpenbau", "10007", "Jena"}, 8: {"Hotline Süd GmbH", "10008", "Linz"},
	9: {"Kowalczyk Maschinenbau", "20", "Graz"}, 10: {"Łódź Tools", "10010", "Łódź"}, 11: {"Nord-West Getriebe", "10011", "Emden"}, 12: {"Pumpen Schmidt", "10012", "Trier"},
}

// sold is a type that is sold.
const sold = 99

func testBook() *Book {
	names := func(yield func(Name) bool) {
		for i, c := range shelf[1:] {
			if !yield(Name{ID: account.CustomerID(i + 1), Folded: crm.Fold(c.name), Number: c.number, City: c.city}) {
				return
			}
		}
	}
	return &Book{Names: NewNames(names, nil), Kinds: NewKinds(testTypes())}
}

func testTypes() []service.Type {
	types := service.DefaultCatalogue(2)
	for i := range types {
		types[i].ID = int64(i + 1)
	}
	return append(types,
		service.Type{ID: sold, Code: "repair", NameDE: "Reparatur", NameEN: "Repair", Unit: service.Hours, Words: "reparatur repair", Sold: true},
		service.Type{ID: 98, Code: "museum", NameDE: "Museumsführung", NameEN: "Tour", Unit: service.Flat, Words: "museum", Retired: true})
}

func typeID(code string) int64 {
	if code == "" {
		return 0
	}
	types := testTypes()
	return types[slices.IndexFunc(types, func(t service.Type) bool { return t.Code == code })].ID
}

// said writes what was understood in one line, so that tables can be read.
func said(l Line) string {
	var out []string
	put := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if l.Customer != 0 {
		put("c%d", l.Customer)
	}
	for _, t := range testTypes() {
		if t.ID == l.Type {
			put("%s", t.Code)
		}
	}
	if l.Minutes != 0 {
		put("%sm", l.Minutes)
	}
	if l.Count != 0 {
		put("x%s", l.Count)
	}
	if l.People != 0 {
		put("p%d", l.People)
	}
	if l.Guests != 0 {
		put("g%d", l.Guests)
	}
	if l.Day != 0 {
		put("%s", l.Day)
	}
	for _, a := range l.Asks {
		put("ask%d%v", a.As, a.Choices)
	}
	if l.Sold != 0 {
		put("sold")
	}
	if l.Near() {
		put("near")
	}
	if l.Background != "" {
		put("%q", l.Background)
	}
	return strings.Join(out, " ")
}

func TestParse(t *testing.T) {
	t.Parallel()
	b := testBook()
	for _, tt := range []struct{ line, want string }{
		// The lines people write.
		{"meier hotline 20m pumpe laut", `c1 hotline 20m "pumpe laut"`},
		{"huber schulung 3h 2 leute gestern", `c2 training 180m p2 2026-11-03`},
		{"Meier, Hotline, 20 min: Pumpe laut!", `c1 hotline 20m "Pumpe laut!"`},
		{"gestern 1,5h inbetriebnahme bei huber", `c2 commissioning 90m 2026-11-03`},
		{"hotline für meier 20m pumpe", `c1 hotline 20m "pumpe"`},
		{"meier training 2h yesterday 12 participants", `c1 training 120m g12 2026-11-03`},

		// Durations.
		{"meier hotline 1.5h", `c1 hotline 90m`},
		{"meier hotline 1,5 std", `c1 hotline 90m`},
		{"meier hotline 90 min", `c1 hotline 90m`},
		{"meier hotline 1h30", `c1 hotline 90m`},
		{"meier hotline 1h30m", `c1 hotline 90m`},
		{"meier hotline 1h 30m", `c1 hotline 90m`},
		{"meier hotline 1 stunde und 30 minuten", `c1 hotline 90m`},
		{"meier hotline 1:30", `c1 hotline 90m`},
		{"meier hotline halbe stunde", `c1 hotline 30m`},
		{"meier hotline eine halbe Stunde", `c1 hotline 30m`},
		{"meier hotline half an hour", `c1 hotline 30m`},
		{"meier hotline a quarter of an hour", `c1 hotline 15m`},
		{"meier hotline eine viertelstunde", `c1 hotline 15m`},
		{"meier hotline dreiviertel stunde", `c1 hotline 45m`},
		{"meier hotline anderthalb stunden", `c1 hotline 90m`},
		{"meier hotline zwei stunden", `c1 hotline 120m`},
		{"meier hotline 2 std", `c1 hotline 120m`},
		{"meier hotline ½h", `c1 hotline 30m`},
		{"meier hotline 1½ h", `c1 hotline 90m`},
		{"meier hotline 2x 30m", `c1 hotline 60m`},
		{"meier hotline 20", `c1 hotline 20m`},
		{"meier schulung 3", `c1 training 180m`},
		{"meier 20 hotline", `c1 hotline 20m`},
		{"meier hotline um 14:30 20m", `c1 hotline 20m "um 14:30"`},
		{"meier hotline 20m pumpe 3 defekt", `c1 hotline 20m "pumpe 3 defekt"`},
		{"meier hotline pumpe 3 defekt", `c1 hotline "pumpe 3 defekt"`},
		{"meier hotline 0m", `c1 hotline "0m"`},
		{"meier hotline 999999h", `c1 hotline "999999h"`},

		// Quantities in pieces and none.
		{"meier marktinfo 3 stück", `c1 market-information x3`},
		{"meier marktinfo 3x", `c1 market-information x3`},
		{"meier marktinfo 3", `c1 market-information x3`},
		{"meier auftragsänderung neuer termin", `c1 order-changes "neuer termin"`},
		{"meier order change", `c1 order-changes`},

		// People.
		{"meier schulung 2h zu dritt", `c1 training 120m p3`},
		{"meier training 2h 2 people", `c1 training 120m p2`},
		{"meier schulung 2h 8 teilnehmer", `c1 training 120m g8`},

		// Days; it is Wednesday.
		{"meier hotline 20m heute", `c1 hotline 20m 2026-11-04`},
		{"meier hotline 20m vorgestern", `c1 hotline 20m 2026-11-02`},
		{"meier hotline 20m Mo", `c1 hotline 20m 2026-11-02`},
		{"meier hotline 20m mittwoch", `c1 hotline 20m 2026-11-04`},
		{"meier hotline 20m last wednesday", `c1 hotline 20m 2026-10-28`},
		{"meier hotline 20m last friday", `c1 hotline 20m 2026-10-30`},
		{"meier hotline 20m letzten Do", `c1 hotline 20m 2026-10-29`},
		{"meier hotline 20m 3.11.", `c1 hotline 20m 2026-11-03`},
		{"meier hotline 20m 5.11.", `c1 hotline 20m 2025-11-05`},
		{"meier hotline 20m 03.11", `c1 hotline 20m 2026-11-03`},
		{"meier hotline 20m 3.11.25", `c1 hotline 20m 2025-11-03`},
		{"meier hotline 20m 3.11.2025", `c1 hotline 20m 2025-11-03`},
		{"meier hotline 20m 2026-11-03", `c1 hotline 20m 2026-11-03`},
		{"meier hotline 20m 3. november", `c1 hotline 20m 2026-11-03`},
		{"meier hotline 20m nov 3 2025", `c1 hotline 20m 2025-11-03`},
		{"meier hotline 20m vor 3 tagen", `c1 hotline 20m 2026-11-01`},
		{"meier hotline 20m 2 weeks ago", `c1 hotline 20m 2026-10-21`},
		{"meier hotline 20m vor einer woche", `c1 hotline 20m 2026-10-28`},
		{"meier hotline 20m 31.2.", `c1 hotline 20m "31.2."`},
		{"meier hotline 20m so laut", `c1 hotline 20m "so laut"`},
		{"meier so hotline 20m", `c1 hotline 20m 2026-11-01`},
		{"meier schulung 2.5", `c1 training 150m`},
		{"meier hotline 20m 24/12/2025", `c1 hotline 20m 2025-12-24`},

		// Names.
		{"MUELLER söhne hotline 5m", `c3 hotline 5m`},
		{"müller & söhne hotline 5m", `c3 hotline 5m`},
		{"müller und söhne hotline 5m", `c3 hotline 5m`},
		{"muller sohne hotline 5m", `c3 hotline 5m near`},
		{"maier hotline 5m", `c1 hotline 5m near`},
		{"mayer hotline 5m", `c1 hotline 5m near`},
		{"hubre hotline 5m", `c2 hotline 5m near`},
		{"hub hotline 5m", `c2 hotline 5m near`},
		{"kowalcyk hotline 5m", `c9 hotline 5m near`},
		{"lodz tools hotline 5m", `c10 hotline 5m`},
		{"nord-west hotline 5m", `c11 hotline 5m`},
		{"nord west hotline 5m", `c11 hotline 5m`},
		{"10003 hotline 5m", `c3 hotline 5m`},
		{"#10003 hotline 5m", `c3 hotline 5m`},
		{"kd 10003 hotline 5m", `c3 hotline 5m`},
		{"K-10006 hotline 5m", `c6 hotline 5m`},
		{"k-10-006 hotline 5m", `c6 hotline 5m`},
		{"hotline 5m kunde meier", `c1 hotline 5m`},
		{"müller technik bonn hotline 5m", `c4 hotline 5m`},
		{"schäfer hotline 5m", `c6 hotline 5m`},
		{"schäfer pumpenbau hotline 5m", `c7 hotline 5m`},
		{"hotline süd schulung 2h", `c8 training 120m`},

		// Types.
		{"meier schulungen 2h", `c1 training 120m`},
		{"meier Schulungen und Seminare 2h", `c1 training 120m`},
		{"meier shculung 2h", `c1 training 120m near`},
		{"meier hotl 20m", `c1 hotline 20m near`},
		{"meier market research 2h", `c1 market-research 120m`},
		{"meier joint-development 2h", `c1 joint-development 120m`},
		{"meier marktforschung 2h", `c1 market-research 120m`},
		{"meier fernwartung 1h", `c1 optimising 60m`},
		{"meier telefonat 5m", `c1 hotline 5m`},
		{"meier hotline 20m schulung verschoben", `c1 20m ask2[7 3] "verschoben"`},
		{"meier hotline pumpe laut 20m schulung verschoben", `c1 hotline 20m "pumpe laut schulung verschoben"`},
		{"meier museum 2h", `c1 120m "museum"`},

		// Questions.
		{"müller hotline 5m", `hotline 5m ask1[3 4 5]`},
		{"müller technik hotline 5m", `hotline 5m ask1[4 5]`},
		{"müller technik 5m", `tips 5m ask1[3 4 5]`},
		{"meier hotline schulung 20m", `c1 20m ask2[7 3]`},
		{"meier hotline 20m oder 40m", `c1 hotline ask3[20000000 40000000] "oder"`},
		{"meier hotline 20m gestern heute", `c1 hotline 20m ask6[20261103 20261104]`},
		{"meier hotline 20m 3/11/2025", `c1 hotline 20m ask6[20251103 20250311]`},
		{"maierr hotline 5m huber", `hotline 5m ask1[1 2] near "huber"`},

		// What is sold, and what says nothing.
		{"meier reparatur 2h", `c1 120m sold`},
		{"", ``},
		{"   ", ``},
		{"xyzzy", `"xyzzy"`},
		{"hotline 20m pumpe laut", `hotline 20m ask1[7 12] near "laut"`},
		{"hotline 20m trag den kowal nach", `hotline 20m ask1[9] near "trag den nach"`},
		{"? ! -- …", `"? ! -- …"`},
	} {
		if got := said(b.Parse(tt.line, wednesday, Given{})); got != tt.want {
			t.Errorf("%q\n got %s\nwant %s", tt.line, got, tt.want)
		}
	}
}

// Parts that are understood exactly may stand in any order.
func TestTheOrderOfPartsDoesNotMatter(t *testing.T) {
	t.Parallel()
	b := testBook()
	rapid.Check(t, func(t *rapid.T) {
		given := []string{
			rapid.SampledFrom([]string{"meier", "huber", "10003", "nord-west"}).Draw(t, "customer"),
			rapid.SampledFrom([]string{"hotline", "schulung", "market research", "joint-development", "ibn"}).Draw(t, "type"),
			rapid.SampledFrom([]string{"20m", "1,5h", "1h30", "eine halbe stunde", "90 min"}).Draw(t, "time"),
			rapid.SampledFrom([]string{"gestern", "3.11.", "2026-11-01", "last friday", "2 weeks ago"}).Draw(t, "day"),
			rapid.SampledFrom([]string{"2 leute", "zu dritt"}).Draw(t, "people"),
		}
		want := said(b.Parse(strings.Join(given, " "), wednesday, Given{}))
		if strings.Count(want, " ") != 4 || strings.Contains(want, "ask") {
			t.Fatalf("%q is not understood: %s", given, want)
		}
		mixed := rapid.Permutation(given).Draw(t, "order")
		if got := said(b.Parse(strings.Join(mixed, " "), wednesday, Given{})); got != want {
			t.Fatalf("%q\n got %s\nwant %s", mixed, got, want)
		}
	})
}

// Any duration can be said in minutes, in hours and minutes and with a colon.
func TestDurationsAgree(t *testing.T) {
	t.Parallel()
	b := testBook()
	for m := 1; m < 10*60; m++ {
		lines := []string{fmt.Sprintf("meier hotline %dm", m), fmt.Sprintf("meier hotline %d min", m), fmt.Sprintf("meier hotline %d:%02d", m/60, m%60)}
		if m >= 60 {
			lines = append(lines, fmt.Sprintf("meier hotline %dh%02d", m/60, m%60))
		}
		if m%6 == 0 {
			lines = append(lines, fmt.Sprintf("meier hotline %d,%dh", m/60, m%60/6), fmt.Sprintf("meier hotline %d.%d std", m/60, m%60/6))
		}
		for _, line := range lines {
			if l := b.Parse(line, wednesday, Given{}); l.Minutes != money.Micro(m)*money.One || l.Background != "" {
				t.Errorf("%q is %s", line, said(l))
			}
		}
	}
}

// Every day of two years can be said, and said again by its weekday if it was
// within the week.
func TestDaysAgree(t *testing.T) {
	t.Parallel()
	b := testBook()
	names := []string{"montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"}
	for ago := range 365 {
		d := wednesday.Add(-ago)
		lines := []string{d.String(), fmt.Sprintf("%d.%d.", d.DayOfMonth(), d.Month()), fmt.Sprintf("%02d.%02d.%d", d.DayOfMonth(), d.Month(), d.Year()), fmt.Sprintf("%d days ago", ago)}
		if ago == 0 {
			lines[3] = "heute"
		}
		if ago < 7 {
			lines = append(lines, names[weekdayOf(d)])
		}
		for _, line := range lines {
			if l := b.Parse("meier hotline 5m "+line, wednesday, Given{}); l.Day != d {
				t.Errorf("%q is %s, want %s", line, said(l), d)
			}
		}
	}
}

// Of what is given only its name is taken out of the line, and nothing else is
// asked; an answer takes what was asked about.
func TestWhatIsGivenIsNotLookedFor(t *testing.T) {
	t.Parallel()
	b := testBook()
	for _, tt := range []struct {
		line  string
		given Given
		want  string
	}{
		{"pumpe laut seit schulung 20m", Given{Customer: 4, Type: typeID("hotline")}, `c4 hotline 20m "pumpe laut seit schulung"`},
		{"pumpe laut 20m", Given{Customer: 12}, `c12 20m "pumpe laut"`},
		{"meier hotline 20m", Given{Customer: 1}, `c1 hotline 20m`},
		{"meier hotline 20m", Given{Customer: 2}, `c2 hotline 20m "meier"`},
		{"müller hotline 20m lager", Given{Customer: 5, Answered: true}, `c5 hotline 20m "lager"`},
		{"muler hotline 20m lager", Given{Customer: 5, Answered: true}, `c5 hotline 20m near "lager"`},
		{"meier hotline schulung 20m", Given{Type: typeID("training"), Answered: true}, `c1 training 20m "hotline"`},
		{"hotline süd schulung 2h", Given{Customer: 8}, `c8 training 120m`},
	} {
		if got := said(b.Parse(tt.line, wednesday, tt.given)); got != tt.want {
			t.Errorf("%q, given %+v\n got %s\nwant %s", tt.line, tt.given, got, tt.want)
		}
	}
	if l := (&Book{}).Parse("meier hotline 20m", wednesday, Given{}); l.Customer != 0 || l.Minutes != 20*money.One {
		t.Errorf("a book without names: %s", said(l))
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	n := testBook().Names
	for text, want := range map[string]string{
		"Meier GmbH": "[1]", "meier": "[1]", "10003": "[3]", "Müller Technik GmbH 10005": "[5]", "Müller Technik GmbH (10005)": "[5]", "müller": "[3 4 5]", "Müller Technik GmbH": "[4 5]",
		"müller technik aachen": "[5]", "maier": "[1]", "": "[]", "nobody": "[]", "meier pumpe": "[]", " – ": "[]", "Schäfer": "[6]",
	} {
		if got, more := n.Find(text); fmt.Sprint(got) != want || more != 0 {
			t.Errorf("%q is %v and %d more, want %s", text, got, more, want)
		}
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]money.Micro{"20": 20, "20m": 20, "1,5 h": 90, "1h 30": 0, "1:30": 90, "eine halbe stunde": 30, "": 0, "pumpe": 0, "20m pumpe": 0, "-5": 0, "0": 0} {
		if got, ok := Duration(text); got != want*money.One || ok != (want > 0) {
			t.Errorf("%q is %s, %t", text, got, ok)
		}
	}
}

// The distance is the one of the books: none to itself, alike in both directions,
// and one after one error.
func TestDistance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.StringMatching(`[a-f]{2,12}`).Draw(t, "word")
		o := rapid.StringMatching(`[a-f]{0,12}`).Draw(t, "other")
		k := rapid.IntRange(0, 3).Draw(t, "k")
		if distance([]byte(w), []byte(w), k) != 0 {
			t.Fatalf("%q is not itself", w)
		}
		if a, b := distance([]byte(w), []byte(o), k), distance([]byte(o), []byte(w), k); a != b || a > k+1 {
			t.Fatalf("%q and %q: %d and %d", w, o, a, b)
		}
		if apart(mask([]byte(w)), mask([]byte(o)), k) && distance([]byte(w), []byte(o), k) <= k {
			t.Fatalf("the masks of %q and %q are apart", w, o)
		}
		i := rapid.IntRange(0, len(w)-2).Draw(t, "at")
		for name, wrong := range map[string]string{"less": w[:i] + w[i+1:], "more": w[:i] + "x" + w[i:], "other": w[:i] + "x" + w[i+1:], "swapped": w[:i] + w[i+1:i+2] + w[i:i+1] + w[i+2:]} {
			if d := distance([]byte(w), []byte(wrong), 1); d > 1 {
				t.Fatalf("%q with one letter %s is %q, at a distance of %d", w, name, wrong, d)
			}
		}
	})
}

// whole checks what holds of every line: the tokens cover all of it in order, and
// the background says nothing that the line doesn't.
func whole(t *testing.T, line string, l Line) {
	t.Helper()
	at := 0
	for _, tok := range l.Tokens {
		if tok.From < at || tok.To <= tok.From || tok.To > len(line) {
			t.Fatalf("%q: token %+v after byte %d", line, tok, at)
		}
		if strings.TrimSpace(line[at:tok.From]) != "" {
			t.Fatalf("%q: %q is in no token", line, line[at:tok.From])
		}
		at = tok.To
	}
	if strings.TrimSpace(line[at:]) != "" {
		t.Fatalf("%q: the end %q is in no token", line, line[at:])
	}
	for _, w := range strings.Fields(l.Background) {
		if !strings.Contains(line, w) {
			t.Fatalf("%q: the background says %q", line, w)
		}
	}
	if l.Minutes < 0 || l.Count < 0 || l.People < 0 || l.Guests < 0 || l.Day != 0 && day.Of(l.Day.Year(), l.Day.Month(), l.Day.DayOfMonth()) != l.Day {
		t.Fatalf("%q: %+v", line, l)
	}
	for _, a := range l.Asks {
		if len(a.Choices) < 1 || a.As != Customer && len(a.Choices) < 2 || len(a.Choices) > mostChoices || a.More < 0 || a.Text == "" {
			t.Fatalf("%q: %+v is no question", line, a)
		}
		if a.As == Customer && l.Customer != 0 || a.As == Type && l.Type != 0 || a.As == Date && l.Day != 0 || a.As == Time && l.Minutes != 0 {
			t.Fatalf("%q: guessed and asked: %+v", line, l)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, line := range []string{"meier hotline 20m pumpe laut", "huber schulung 3h 2 leute gestern", "müller & söhne 1h 30m 3.11.", "2x 30m", "zu", "vor 3", "½", "1:", "x", "a an a", "\xff\xfe 20m", "3/11/2025 last", strings.Repeat("ä ", 500)} {
		f.Add(line)
	}
	b := testBook()
	f.Fuzz(func(t *testing.T, line string) {
		l := b.Parse(line, wednesday, Given{})
		whole(t, line, l)
		if utf8.ValidString(line) && fmt.Sprint(l) != fmt.Sprint(b.Parse(line, wednesday, Given{})) {
			t.Fatalf("%q is read in two ways", line)
		}
	})
}

// Lines made of the words that mean something are whole as well.
func TestAnyLineIsWhole(t *testing.T) {
	t.Parallel()
	b := testBook()
	words := strings.Fields("meier müller technik huber 10003 20 hotline schulung market research joint development reparatur 20m 1h 30m 1,5 h std half a an hour und & vor 3 tagen ago letzten mo so 3.11. 3.11 nov 2 leute zu zweit x 2x stück pumpe laut , um 14:30 der kunde für")
	r := rand.New(rand.NewPCG(4, 2))
	for range 20_000 {
		list := make([]string, r.IntN(9))
		for i := range list {
			list[i] = words[r.IntN(len(words))]
		}
		line := strings.Join(list, " ")
		whole(t, line, b.Parse(line, wednesday, Given{}))
	}
}
