package locale

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// Whatever is written in German is the English with its marks swapped, and
// without marks both are the number again.
func TestDecimalLosesNothing(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	swap := strings.NewReplacer(".", ",", ",", ".")
	for range 2_000 {
		amount, digits := r.Int64()>>r.IntN(63), r.IntN(5)
		if r.IntN(2) == 0 {
			amount = -amount
		}
		de, en := For("de").Decimal(amount, digits), For("en").Decimal(amount, digits)
		if swap.Replace(de) != en {
			t.Fatalf("Decimal(%d, %d) is %q in German and %q in English", amount, digits, de, en)
		}
		plain := strings.NewReplacer(".", "", ",", "", minus, "-").Replace(de)
		if got, err := strconv.ParseInt(plain, 10, 64); err != nil || got != amount {
			t.Fatalf("Decimal(%d, %d) = %q, read back as %d (%v)", amount, digits, de, got, err)
		}
	}
}

// spaced makes narrow spaces and the minus sign visible in the tables below.
var spaced = strings.NewReplacer(narrow, "_", minus, "−")

func TestNumbers(t *testing.T) {
	t.Parallel()
	de, en := For("de"), For("en")
	tests := []struct{ name, got, want string }{
		{"money in German", de.Money(123450, 2, "EUR"), "1.234,50_€"},
		{"money in English", en.Money(123450, 2, "EUR"), "€1,234.50"},
		{"less than one unit keeps its zeros", de.Money(-5, 2, "EUR"), "−0,05_€"},
		{"a debt in English has its sign first", en.Money(-123450, 2, "EUR"), "−€1,234.50"},
		{"a currency without a sign of its own has its code", en.Money(99900, 2, "CHF"), "CHF_999.00"},
		{"yen have no decimals", en.Money(1234567, 0, "JPY"), "¥1,234,567"},
		{"the smallest amount there is", de.Decimal(math.MinInt64, 2), "−92.233.720.368.547.758,08"},
		{"whole units round half away from zero", de.Amount(-123450, 2, "EUR"), "−1.235_€"},
		{"less than half is nothing, without a sign", de.Amount(-49, 2, "EUR"), "0_€"},
		{"the largest amount rounds without overflow", en.Amount(math.MaxInt64, 2, "EUR"), "€92,233,720,368,547,758"},
		{"below a million short is whole units", de.Short(99_994_999, 2, "EUR"), "999.950_€"},
		{"millions", de.Short(123_456_789, 2, "EUR"), "1,23_Mio._€"},
		{"hundreds of millions have no decimals", en.Short(12_345_678_900, 2, "EUR"), "€123M"},
		{"almost a billion is one", en.Short(-99_999_999_999, 2, "EUR"), "−€1.00B"},
		{"percent in German", de.Percent(0.125, 1), "12,5_%"},
		{"percent in English", en.Percent(0.125, 1), "12.5%"},
		{"no figure is a dash", de.Percent(math.NaN(), 1), "–"},
		{"half is rounded away from zero", en.Number(0.125, 2), "0.13"},
		{"no minus zero", de.Number(-0.0001, 2), "0,00"},
		{"thousands", de.Number(1234567.891, 1), "1.234.567,9"},
		{"a day in German", de.Day(20260105), "05.01.2026"},
		{"a day in English", en.Day(20260105), "5 Jan 2026"},
		{"no day", de.Day(0), ""},
		{"a month", de.Month(202603), "März 2026"},
		{"an instant", de.Instant(time.Date(2026, 12, 31, 4, 5, 0, 0, time.UTC)), "31.12.2026, 04:05"},
		{"no instant", en.Instant(time.Time{}), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := spaced.Replace(tt.got); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]Lang{
		"de-AT,de;q=0.9,en;q=0.5": German,
		"en-GB,de;q=0.8":          English,
		"fr,de;q=0.3":             German,
		"fr":                      English,
		"":                        English,
		"\x00;;q=q":               English,
	} {
		if got := Match(header); got != want {
			t.Errorf("Match(%q) = %s, want %s", header, got, want)
		}
	}
}

func TestTextsAreFilledIn(t *testing.T) {
	t.Parallel()
	bundle, err := read(fstest.MapFS{
		"de/a.json": {Data: []byte(`{"Hello {name}": "Hallo {name}", "{n} fields": {"one": "{n} Feld", "other": "{n} Felder"}, "Other": "Andere"}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	de := &Printer{German, printerTexts(bundle, German)}
	en := &Printer{English, printerTexts(bundle, English)}
	tests := []struct{ name, got, want string }{
		{"a name is put in its place", de.T("Hello {name}", "name", "Änne {n}"), "Hallo Änne {n}"},
		{"one", de.N("{n} field", "{n} fields", 1), "1 Feld"},
		{"none is many", de.N("{n} field", "{n} fields", 0), "0 Felder"},
		{"many are grouped", de.N("{n} field", "{n} fields", 12_000), "12.000 Felder"},
		{"one in English", en.N("{n} field", "{n} fields", 1), "1 field"},
		{"many in English", en.N("{n} field", "{n} fields", 12_000), "12,000 fields"},
		{"a word that names a plural form is a word", de.T("Other"), "Andere"},
		{"English stands in for what nobody translated", de.T("Fish"), "Fish"},
		{"and its plural too", de.N("{n} fish", "{n} fishes", 1), "1 fish"},
		{"a brace alone is a brace", en.T("} { {name}, {", "name", "x"), "} { x, {"},
		{"an unknown name stays", en.T("Hello {name}", "nam", "x"), "Hello {name}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.got != tt.want {
				t.Errorf("got %q, want %q", tt.got, tt.want)
			}
		})
	}
}

func TestDamagedFilesAreNamed(t *testing.T) {
	t.Parallel()
	_, err := read(fstest.MapFS{
		"de/a.json": {Data: []byte(`{"Yes": "Ja"}`)},
		"de/b.json": {Data: []byte(`{"Yes": "Jawohl"}`)},
		"de/c.json": {Data: []byte(`{"No": "Nein", "No": "Nö"}`)},
		"de/d.json": {Data: []byte(`{"Maybe": `)},
		"de/e.json": {Data: []byte(`{"Few": {"one": "Eins"}}`)},
		"de/f.json": {Data: []byte(`{"Yes": "Ja"}`)},
	})
	if err == nil {
		t.Fatal("nothing was found wrong")
	}
	for _, want := range []string{`b.json: "Yes"`, `c.json: "No"`, "d.json", `e.json`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing is said about %s in:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "f.json") {
		t.Errorf("the same key with the same text is no problem, but: %v", err)
	}
}
