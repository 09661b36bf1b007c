package crm

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/money"
)

// What was folded stays as it is, and no encoding of a text folds differently.
func TestFoldIsIdempotentAndBlindToEncoding(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`[A-Za-zÄÖÜäöüßéàçøÅǿǘŁŠžñ \x{a0}\t]{0,30}`)).Draw(t, "text")
		f := Fold(s)
		if again := Fold(f); again != f {
			t.Fatalf("%q folds to %q, then to %q", s, f, again)
		}
		if d := Fold(norm.NFD.String(s)); d != f {
			t.Fatalf("%q folds to %q, decomposed to %q", s, f, d)
		}
		if strings.HasPrefix(f, " ") || strings.HasSuffix(f, " ") || strings.Contains(f, "  ") {
			t.Fatalf("%q folds to %q with blanks to spare", s, f)
		}
	})
}

// Blanks around and between words, and the case of letters, don't count.
func TestFoldIsBlindToCaseAndBlanks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[a-zäöüß0-9&.-]{1,8}`), 1, 5).Draw(t, "words")
		want := Fold(strings.Join(words, " "))
		loud := "\t" + strings.ToUpper(strings.Join(words, " \u00a0\u2009 ")) + " "
		if got := Fold(loud); got != want {
			t.Fatalf("%q folds to %q, want %q", loud, got, want)
		}
	})
}

func TestFold(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Müller & Söhne GmbH": "mueller & soehne gmbh", "MU\u0308LLER": "mueller", "Straße": "strasse", "STRASSE": "strasse", "ẞ": "ss",
		"Crème Brûlée": "creme brulee", "Ångström": "aangstroem", "Łódź": "lodz", "  A\u00a0 B\n": "a b", "": "", "東京": "東京",
	} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCustomerCheck(t *testing.T) {
	t.Parallel()
	days, minus, some := 30, -1, money.Amount(5)
	lessThanNothing := money.Amount(-1)
	ok := Customer{ID: 3, Name: "Meier", TermsDays: &days, Need: &some, AcquiredFor: &some, Rank: 1, Suppliers: 2}
	for _, tt := range []struct {
		name   string
		change func(*Customer)
		bad    []string
	}{
		{"a full customer", func(*Customer) {}, nil},
		{"a stub has a name and nothing else", func(c *Customer) { *c = Customer{Name: "17"} }, nil},
		{"rank without the number of suppliers", func(c *Customer) { c.Suppliers = 0 }, nil},
		{"blanks are no name", func(c *Customer) { c.Name = " \t" }, []string{"name"}},
		{"terms before the invoice", func(c *Customer) { c.TermsDays = &minus }, []string{"terms"}},
		{"a need below zero", func(c *Customer) { c.Need = &lessThanNothing }, []string{"need"}},
		{"paid for being won", func(c *Customer) { c.AcquiredFor = &lessThanNothing }, []string{"acquisition_cost"}},
		{"third of two suppliers", func(c *Customer) { c.Rank = 3 }, []string{"rank"}},
		{"its own parent", func(c *Customer) { c.Parent = 3 }, []string{"parent"}},
		{"all at once", func(c *Customer) { *c = Customer{Rank: -1, TermsDays: &minus} }, []string{"name", "terms", "rank"}},
	} {
		c := ok
		tt.change(&c)
		var bad []string
		for _, f := range fault.Fields(c.Check()) {
			bad = append(bad, f.Name)
		}
		if !slices.Equal(bad, tt.bad) {
			t.Errorf("%s: %q, want %q", tt.name, bad, tt.bad)
		}
	}
	if err := (Contact{}).Check(); len(fault.Fields(err)) != 2 {
		t.Errorf("a contact without customer and name: %v", err)
	}
}

func TestTermsDefaultTo30Days(t *testing.T) {
	t.Parallel()
	none := 0
	if got := (Customer{}).Terms(); got != 30 {
		t.Errorf("not said: %d days", got)
	}
	if got := (Customer{TermsDays: &none}).Terms(); got != 0 {
		t.Errorf("cash: %d days", got)
	}
}

func TestACustomerPostsWhatWinningItCost(t *testing.T) {
	t.Parallel()
	cost, nothing := money.Amount(800_00), money.Amount(0)
	c := Customer{AcquiredOn: 20260301, AcquiredFor: &cost}
	d := c.Postings()
	if len(d) != 1 || d[0].Kind != account.Acquisition || d[0].Amount != account.Known(-800_00) || d[0].Day != 20260301 {
		t.Errorf("%+v", d)
	}
	for name, c := range map[string]Customer{
		"cost unknown": {AcquiredOn: 20260301}, "cost nothing": {AcquiredOn: 20260301, AcquiredFor: &nothing}, "day unknown": {AcquiredFor: &cost},
	} {
		if d := c.Postings(); d != nil {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// A customer belongs to at most one group on every day, and to the one of the
// newest row before it.
func TestMembershipsCoverTheDaysTheyBegan(t *testing.T) {
	t.Parallel()
	rows := []Membership{{Customer: 2, Parent: 9, From: 20250301}, {Customer: 1, Parent: 0, From: 20260101}, {Customer: 1, Parent: 8, From: 20250101}, {Customer: 1, Parent: 9, From: day.Min}}
	want := []Membership{
		{Customer: 1, Parent: 9, From: day.Min, Until: 20241231}, {Customer: 1, Parent: 8, From: 20250101, Until: 20251231}, {Customer: 2, Parent: 9, From: 20250301, Until: day.Max},
	}
	if got := Memberships(rows); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
