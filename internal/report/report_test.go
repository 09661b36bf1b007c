package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"quid/clv"
	"quid/internal/locale"
)

// sample is a report on simulated customers.
func sample(t *testing.T, customers int) *Lifetime {
	t.Helper()
	model := clv.ParetoNBD{R: 0.8, Alpha: 8, S: 0.6, Beta: 12}
	rng := rand.New(rand.NewPCG(1, 2))
	var events []clv.Event[int]
	first := clv.Epoch + 20000
	for who := range customers {
		began := first + clv.Day(rng.IntN(180))
		events = append(events, clv.Event[int]{Customer: who, Day: began, Amount: 10})
		for _, at := range model.Simulate(rng, float64(first+700-began)/7, nil) {
			events = append(events, clv.Event[int]{Customer: who, Day: began + clv.Day(at*7), Amount: 10})
		}
	}
	s, _, err := clv.Summarize(slices.Values(events), clv.Watch{Until: first + 450, Unit: clv.Weeks})
	if err != nil {
		t.Fatal(err)
	}
	choice, err := clv.Choose(s.Trial(), clv.ChoiceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return &Lifetime{
		Source: "a <b> & c.csv", Summary: s, Choice: choice, Counts: []Count{{400, 390.5}, {100, 110}, {20, 21}},
		Now: Now{
			Model: "x", Day: s.End, Customers: customers, Alive: 300, Judged: customers, Purchases: 1234.5, Value: 5678, Range: clv.Interval{Low: 5000, High: 6000}, Horizon: "36m", Discount: 0.08,
			Shares: [][2]float64{{0, 0}, {0.5, 0.9}, {1, 1}}, TopFifth: 0.7,
			Surface: [][]float64{{0.9, 0.8}, {0.5, math.NaN()}}, SurfaceX: []int{1, 2}, SurfaceMonth: []int{0, 1}, SurfaceAge: 12, Warnings: []clv.Warning{{Code: "other", Text: "mind <this>"}, {Code: clv.SpendShrunk}},
		},
	}
}

// The page is one file that loads nothing and runs nothing, its pictures are
// sound XML, and no figure in it is none.
func TestThePageStandsAloneInEveryLanguage(t *testing.T) {
	t.Parallel()
	l := sample(t, 600)
	if !l.Choice.Usable {
		t.Fatalf("no model is usable: %v", l.Choice.Warnings)
	}
	for _, lang := range locale.Langs {
		p := locale.For(string(lang))
		var b bytes.Buffer
		if err := l.Page(p).Write(&b, p); err != nil {
			t.Fatal(err)
		}
		page := b.String()
		for _, no := range []string{"<script", "http://", "https://", "<link", "url(", "NaN", "Inf", "a <b>", "<this>", "{n}", "%!"} {
			if strings.Contains(page, no) {
				t.Errorf("%s: the page contains %q", lang, no)
			}
		}
		for _, want := range []string{`lang="` + string(lang) + `"`, p.T("Who is still active?"), p.T("How good are the forecasts?"), l.Choice.Winner().Name, "a &lt;b&gt; &amp; c.csv", `class="best"`} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: %q is missing", lang, want)
			}
		}
		pictures := regexp.MustCompile(`(?s)<svg .*?</svg>`).FindAllString(page, -1)
		if len(pictures) != 6 {
			t.Errorf("%s: %d pictures, want 6", lang, len(pictures))
		}
		for _, svg := range pictures {
			for d := xml.NewDecoder(strings.NewReader(svg)); ; {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%s: %v in %.200s", lang, err, svg)
				}
			}
		}
	}
}

func TestTooFewCustomersAreToldSo(t *testing.T) {
	t.Parallel()
	l := sample(t, 60)
	l.Now = Now{Customers: 60, Alive: math.NaN(), Value: math.NaN(), Horizon: "52w"}
	if l.Choice.Usable {
		t.Fatal("a model is used for 60 customers")
	}
	p := locale.For("de")
	var b bytes.Buffer
	if err := l.Page(p).Write(&b, p); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"kein Modell verwendet", "für ein Modell sind 100 nötig"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(b.String(), `class="best"`) || strings.Contains(b.String(), "Wer ist noch aktiv") {
		t.Error("the page shows a winner, or who is active, without a model")
	}
}

// Every warning of a choice has words of its own in German.
func TestEveryWarningHasWords(t *testing.T) {
	t.Parallel()
	text := lifetimeText{locale.For("de"), &Lifetime{}}
	for _, code := range []clv.WarningCode{
		clv.NoDropout, clv.WeakDropout, clv.SameDropout, clv.FewRepeats, clv.FewCustomers, clv.ShortHistory, clv.LongHorizon,
		clv.Trend, clv.Season, clv.Regular, clv.StartsLate, clv.NaiveWins, clv.NotFitted,
	} {
		if got := text.warning(clv.Warning{Code: code, Text: "english", Figures: []float64{1, 2}}); got == "english" || got == "" {
			t.Errorf("%s is said as %q", code, got)
		}
	}
	if got := text.warning(clv.Warning{Code: "new", Text: "english"}); got != "english" {
		t.Errorf("an unknown warning is said as %q", got)
	}
}

func TestTicksAreRoundAndReachTheTop(t *testing.T) {
	t.Parallel()
	for top := 1e-4; top < 1e9; top *= 1.37 {
		list := ticks(top)
		if n := len(list); n < 4 || n > 8 || list[0] != 0 || list[n-1] > top*1.001 {
			t.Errorf("up to %v: %v", top, list)
		}
	}
	if got := ticks(0); len(got) == 0 {
		t.Error("nothing has no ticks")
	}
}
