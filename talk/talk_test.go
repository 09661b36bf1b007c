package talk

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quid/day"
	"quid/fault"
	"quid/money"
	"quid/service"
)

// The change that is needed is the smallest that reaches the target, to the
// hundredth of a percent, and what it gives is exact.
func TestThePriceThatIsNeededIsTheSmallest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := PriceRoom{Base: money.Amount(rapid.Int64Range(1, 1e12).Draw(t, "base")), Contribution: money.Amount(rapid.Int64Range(-1e11, 1e11).Draw(t, "iv"))}
		target := money.Amount(rapid.Int64Range(-1e11, 1e11).Draw(t, "target"))
		change, ok := p.Needed(target)
		if !ok {
			if most, err := p.At(900 * money.One); err == nil && most >= target && target >= p.Contribution {
				t.Fatalf("%+v reaches %d", p, target)
			}
			return
		}
		if change%Step != 0 {
			t.Fatalf("%d is no hundredth of a percent", change)
		}
		at, err := p.At(change)
		if err != nil || at < target {
			t.Fatalf("at %s %d, not %d", change, at, target)
		}
		if less, err := p.At(change - Step); err == nil && less >= target {
			t.Fatalf("%s would do: %d ≥ %d", change-Step, less, target)
		}
	})
}

func TestPriceRoom(t *testing.T) {
	t.Parallel()
	// 100,000.00 revenue with 5,000.00 bonus and discount; IV is 2,000.00 below zero.
	p := Room(100_000_00, -5_000_00, 20_000_00, -2_000_00)
	if change, ok := p.Needed(0); !ok || change != 21_100 { // 2000/95000 = 2.1053%, up to 2.11%
		t.Errorf("to reach nothing: %s, %t", change, ok)
	}
	if at, err := p.At(21_100); err != nil || at != 4_50 {
		t.Errorf("then it is %d, %v", at, err)
	}
	if lose, ok := p.MayLose(50_000); !ok || lose != 191_919 { // 4750/24750
		t.Errorf("5%% dearer: %s of the volume, %t", lose, ok)
	}
	if gain, ok := p.MayLose(-50_000); !ok || gain != -311_475 { // −4750/15250
		t.Errorf("5%% cheaper: %s, %t", gain, ok)
	}
	if _, ok := p.MayLose(-300_000); ok {
		t.Error("no volume makes up for a loss on every piece")
	}
	if _, ok := Room(0, 0, 0, -5).Needed(0); ok {
		t.Error("no price helps where nothing is sold")
	}
}

// Before and after are as long as each other, touch at the day, and do not
// overlap.
func TestWindowsAreEqual(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		from := day.Day(20200101).Add(rapid.IntRange(0, 3000).Draw(t, "from"))
		asOf := from.Add(rapid.IntRange(-10, 1000).Draw(t, "later"))
		before, after, days, early := Windows(from, asOf)
		if asOf < from {
			if days != 0 || !early {
				t.Fatalf("%s, of %s: %d days", asOf, from, days)
			}
			return
		}
		if before.To.Sub(before.From) != days || after.To.Sub(after.From) != days || before.To != after.From || !after.Holds(from) || before.Holds(from) || after.To > asOf {
			t.Fatalf("%s, of %s: %v %v %d", asOf, from, before, after, days)
		}
		if early != (days < MinDays) {
			t.Fatalf("%d days: early %t", days, early)
		}
	})
}

func TestTalkCheck(t *testing.T) {
	t.Parallel()
	ok := Talk{Customer: 1, Day: 20261101, Asked: "5% discount", Gains: []Gain{{Kind: Price, Share: 20_000}}, ValidFrom: 20270101}
	for name, tt := range map[string]struct {
		change func(*Talk)
		bad    []string
	}{
		"sound":                  {func(*Talk) {}, nil},
		"nothing was agreed":     {func(t *Talk) { t.Gains, t.ValidFrom = nil, 0 }, nil},
		"of tomorrow":            {func(t *Talk) { t.Day = 20261129 }, []string{"day"}},
		"nothing is said":        {func(t *Talk) { t.Asked, t.Gains = " ", nil }, []string{"asked"}},
		"got, but from no day":   {func(t *Talk) { t.ValidFrom = 0 }, []string{"valid_from"}},
		"a kind nobody knows":    {func(t *Talk) { t.Gains[0].Kind = "gold" }, []string{"gain"}},
		"more than everything":   {func(t *Talk) { t.Gains[0].Share = -2 * money.One }, []string{"share"}},
		"no customer and no day": {func(t *Talk) { t.Customer, t.Day = 0, 0 }, []string{"customer", "day"}},
	} {
		one := ok
		one.Gains = slices.Clone(ok.Gains)
		tt.change(&one)
		var bad []string
		for _, f := range fault.Fields(one.Check(20261128)) {
			bad = append(bad, f.Name)
		}
		if !slices.Equal(bad, tt.bad) {
			t.Errorf("%s: %q, want %q", name, bad, tt.bad)
		}
	}
}

func TestRealised(t *testing.T) {
	t.Parallel()
	if share, ok := (Side{ListedNet: 90, Listed: 100}).Realised(); !ok || share != 900_000 {
		t.Errorf("%d %t", share, ok)
	}
	if _, ok := (Side{}).Realised(); ok {
		t.Error("nothing has a list price, and yet it was realised")
	}
}

// Every type of the catalogue has an argument in both languages, whose texts can
// be kept and leave no brace when they are filled.
func TestShippedArgumentsCoverTheCatalogue(t *testing.T) {
	t.Parallel()
	figures := make(map[string]string)
	for _, name := range Placeholders {
		figures[name] = "<" + name + ">"
	}
	for _, ty := range service.DefaultCatalogue(2) {
		for _, lang := range []string{"de", "en"} {
			a, ok := ArgumentOf(nil, ty.Code, lang)
			if !ok || a.Gain == "" || a.Loss == "" || len(a.Objections) == 0 {
				t.Errorf("%s in %s: %+v", ty.Code, lang, a)
				continue
			}
			if err := a.Check(); err != nil {
				t.Errorf("%s in %s: %v", ty.Code, lang, err)
			}
			f := a.Filled(figures)
			text := f.Gain + f.Loss
			for _, o := range f.Objections {
				text += o.Says + o.Answer
			}
			if strings.ContainsAny(text, "{}") || !strings.Contains(text, "<") {
				t.Errorf("%s in %s: %s", ty.Code, lang, text)
			}
		}
	}
}

func TestUnknownPlaceholdersAreRefusedByName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{customer} got {count}": "", "no braces": "", "": "",
		"{margin} of {customer}": "margin", "{Customer}": "Customer", "{ count }": " count ",
	} {
		err := CheckText(text)
		bad, is := errors.AsType[*PlaceholderError](err)
		if want == "" && err != nil || want != "" && (!is || bad.Name != want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"{", "}", "{customer", "customer}", "{}", "{{customer}"} {
		if CheckText(text) == nil {
			t.Errorf("%q was accepted", text)
		}
	}
	a := Argument{Code: "hotline", Lang: "de", Loss: "{cost}", Objections: []Objection{{"why?", ""}, {"{x}", "y"}}}
	err := a.Check()
	var bad []string
	for _, f := range fault.Fields(err) {
		bad = append(bad, f.Name)
	}
	if !slices.Equal(bad, []string{"loss", "answer_1", "says_2"}) || !strings.Contains(err.Error(), "{cost} is not known; known are {customer}") {
		t.Errorf("%q: %v", bad, err)
	}
}

func TestWhatAPersonWroteComesFirst(t *testing.T) {
	t.Parallel()
	own := []Argument{{Code: "hotline", Lang: "de", Gain: "eigenes", Own: true}}
	if a, ok := ArgumentOf(own, "hotline", "de"); !ok || !a.Own {
		t.Errorf("%+v", a)
	}
	if a, ok := ArgumentOf(own, "hotline", "en"); !ok || a.Own {
		t.Errorf("%+v", a)
	}
	if _, ok := ArgumentOf(own, "unheard-of", "en"); ok {
		t.Error("there is an argument for a service nobody knows")
	}
}
