package privacy

import (
	"slices"
	"testing"
	"time"

	"quid/fault"
)

func TestAPersonIsFoundHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	jo := Identity{First: "Jörg", Last: "Müller-Weiß", Mails: []string{"joerg.mueller@example.com"}, Phones: []string{"+49 711 123-4567"}}.Terms()
	for _, tt := range []struct {
		name, text string
		own        bool
		want       string
	}{
		{"by name", "Jörg Müller-Weiß called", false, "X called"},
		{"without marks", "JOERG MUELLER-WEISS called", false, "X called"},
		{"letter and mark apart", "Jo\u0308rg Mu\u0308ller-Weiß", false, "X"},
		{"surname first", "Müller-Weiß, Jörg: wants a call", false, "X: wants a call"},
		{"first letter", "J. Müller-Weiß", false, "X"},
		{"by mail, in an address", "mailto:Joerg.Mueller@example.com?subject=x", false, "mailto:X?subject=x"},
		{"by number, otherwise grouped", "call 0711/1234567 today", false, "call 0X today"},
		{"in JSON", `{"name":"Müller-Weiß","first_name":"Jörg"}`, true, `{"name":"X","first_name":"Jörg"}`},
		{"twice", "Jörg Müller-Weiß and Jörg Müller-Weiß", false, "X and X"},
		{"the surname at the own customer", "Mr Müller-Weiß", true, "Mr X"},
		{"the surname elsewhere is somebody else", "Mr Müller-Weiß", false, "Mr Müller-Weiß"},
		{"part of a word", "Müller-Weißenburg", true, "Müller-Weißenburg"},
		{"part of a number", "order 71112345678", false, "order 71112345678"},
		{"nothing", "the pump is loud", true, "the pump is loud"},
	} {
		if got := jo.Scrub(tt.text, tt.own, "X"); got != tt.want {
			t.Errorf("%s: %q became %q, want %q", tt.name, tt.text, got, tt.want)
		}
	}
}

func TestAShortNameIsNotLookedForByItself(t *testing.T) {
	t.Parallel()
	if (Identity{Last: "Li"}).Terms().In("reliable limits", true) || (Identity{}).Terms().In("anything", true) {
		t.Error("two letters were found")
	}
	if !(Identity{First: "An", Last: "Li"}).Terms().In("talk with An Li", false) {
		t.Error("first and last name together are enough")
	}
}

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func TestWhoMayBeWrittenTo(t *testing.T) {
	t.Parallel()
	yes := Consent{Purpose: Survey, Channel: "mail", Given: now}
	mark := func(k Kind) []Mark { return []Mark{{Kind: k, Made: now}} }
	over := Mark{Kind: Marketing, Made: now, Ended: now}
	back := yes
	back.Withdrawn = now
	for _, tt := range []struct {
		name             string
		s                Standing
		purpose, channel string
		want             Refusal
	}{
		{"without consent nobody", Standing{}, Survey, "mail", NoConsent},
		{"with it", Standing{Consents: []Consent{yes}}, Survey, "mail", Allowed},
		{"for this purpose only", Standing{Consents: []Consent{yes}}, Advertising, "mail", NoConsent},
		{"by this channel only", Standing{Consents: []Consent{yes}}, Survey, "phone", NoConsent},
		{"not once it was withdrawn", Standing{Consents: []Consent{back}}, Survey, "mail", NoConsent},
		{"again after a new one", Standing{Consents: []Consent{back, yes}}, Survey, "mail", Allowed},
		{"an objection counts more", Standing{Consents: []Consent{yes}, Marks: mark(Marketing)}, Survey, "mail", HasObjected},
		{"one that was taken back doesn't", Standing{Consents: []Consent{yes}, Marks: []Mark{over}}, Survey, "mail", Allowed},
		{"a wish for another channel", Standing{Consents: []Consent{yes}, Wishes: []string{"phone"}}, Survey, "mail", OtherChannel},
		{"what the contract needs", Standing{Marks: mark(Marketing)}, Contractual, "mail", Allowed},
		{"but nobody who is restricted", Standing{Consents: []Consent{yes}, Marks: mark(Restriction)}, Contractual, "mail", IsRestricted},
		{"nor erased", Standing{Erased: true, Consents: []Consent{yes}}, Contractual, "mail", IsErased},
	} {
		if got := tt.s.May(tt.purpose, tt.channel); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestAConsentNeedsItsProof(t *testing.T) {
	t.Parallel()
	good := Consent{Purpose: Survey, Channel: "mail", Given: now, Way: "form", Wording: "Yes, ask me.", Source: "fair 2026, card 12"}
	for _, tt := range []struct {
		name   string
		change func(*Consent)
		bad    []string
	}{
		{"whole", func(*Consent) {}, nil},
		{"without wording and source", func(c *Consent) { c.Wording, c.Source = " ", "" }, []string{"wording", "source"}},
		{"given tomorrow", func(c *Consent) { c.Given = now.Add(24 * time.Hour) }, []string{"given"}},
		{"for what isn't offered", func(c *Consent) { c.Purpose, c.Channel, c.Way = "all", "fax", "wink" }, []string{"purpose", "channel", "way"}},
	} {
		c := good
		tt.change(&c)
		var bad []string
		for _, f := range fault.Fields(c.Check(now)) {
			bad = append(bad, f.Name)
		}
		if !slices.Equal(bad, tt.bad) {
			t.Errorf("%s: %q, want %q", tt.name, bad, tt.bad)
		}
	}
	if err := (Mark{Kind: Hold}).Check(); len(fault.Fields(err)) != 1 {
		t.Errorf("a hold without a reason: %v", err)
	}
	if err := (Mark{Kind: Profiling, Person: Person{Customer: 1, Contact: 2}}).Check(); len(fault.Fields(err)) != 1 {
		t.Errorf("a contact isn't valued: %v", err)
	}
}

// A map that contradicts itself is refused.
func TestAnEntryThatProtectsNobodyIsRefused(t *testing.T) {
	t.Parallel()
	col := func(c Category, e Erasing, exported bool) Table {
		return Table{Name: "t", Columns: []Column{{Name: "a", Category: c, Purpose: Reach, Class: RelationClass, Exported: exported, Erasing: e}}}
	}
	for name, tt := range map[string]struct {
		t   Table
		bad int
	}{
		"sound":                        {col(OfContact, Blanked, true), 0},
		"personal and kept":            {col(OfContact, Kept, true), 1},
		"personal and not exported":    {col(FreeText, Scrubbed, false), 1},
		"technical and erased":         {col(None, Blanked, false), 1},
		"a key that isn't there":       {Table{Name: "t", Key: []string{"b"}}, 1},
		"a category that isn't there":  {col("secret", Kept, true), 1},
		"a user's, and kept":           {col(OfUser, Kept, false), 1},
		"a user's, who is no customer": {col(OfUser, Pseudonym, false), 0},
	} {
		if bad := tt.t.Check(); len(bad) != tt.bad {
			t.Errorf("%s: %q", name, bad)
		}
	}
}

func TestPseudonymsAreOfTheIDAlone(t *testing.T) {
	t.Parallel()
	a, b := PseudonymOf(Person{Customer: 1, Contact: 99}), PseudonymOf(Person{Customer: 2, Contact: 99})
	if a != b || a != "Person 2R" || PseudonymOf(Person{Customer: 99}) != a || PseudonymOf(Person{}) != "Person 0" {
		t.Errorf("%q, %q", a, b)
	}
}
