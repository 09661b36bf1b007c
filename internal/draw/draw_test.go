package draw

import (
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A pen keeps what was drawn.
type pen struct {
	rects [][4]float64
	lines [][4]float64
	texts []string
}

func (p *pen) Rect(x, y, w, h float64, _ Ink) {
	p.rects = append(p.rects, [4]float64{x, y, w, h})
}

func (p *pen) Line(x1, y1, x2, y2, _ float64, _ Ink) {
	p.lines = append(p.lines, [4]float64{x1, y1, x2, y2})
}
func (p *pen) Dot(float64, float64, float64, Ink)     {}
func (p *pen) Text(_, _ float64, text string, _ Type) { p.texts = append(p.texts, text) }
func (p *pen) Width(text string, size float64, bold bool) float64 {
	return helvetica(text, size, bold)
}
func plain(v float64) string { return fmt.Sprintf("%g", v) }
func step(name string, v float64, total bool) WaterStep {
	return WaterStep{Name: name, Text: plain(v), Value: v, Total: total, Known: true}
}

func samples() map[string]Chart {
	unknown := step("Contribution", 0, true)
	unknown.Known, unknown.Text = false, "–"
	hatched := step("Services & more", -30, false)
	hatched.Part = -10
	return map[string]Chart{
		"waterfall": Waterfall{[]WaterStep{step("Revenue", 100, false), step("Cost <of goods>", -60, false), step("Contribution I", 40, true), hatched, step("Contribution IV", 10, true), unknown}},
		"bars":      Bars{[]BarRow{{Name: "Hotline", Text: "12", Value: 12, Part: 3}, {Name: "A very long name of a service that does not fit", Text: "4", Value: 4, Ink: Warm}}},
		"months": Months{
			Months: []Month{{"Jan", []Column{{10, 0, Brand}, {4, 1, Warm}}}, {"Feb", []Column{{-5, 0, Brand}, {0, 0, Warm}}}},
			Legend: []LegendEntry{{"gives", Brand, false}, {"estimated", Warm, true}}, Write: plain,
		},
		"matrix": Matrix{Fields: [][]string{{"Opportunity", "Renegotiate"}, {"Explore", "Invest"}}, X: 0.3, Y: 0.8, AxisX: "gets", AxisY: "gives", Name: "Meier", Hollow: true},
	}
}

func TestPicturesAreAsTheyWere(t *testing.T) {
	t.Parallel()
	for name, c := range samples() {
		got := strings.ReplaceAll(Picture(c, 340, "what it <shows>", ""), "><", ">\n<") + "\n"
		file := filepath.Join("testdata", name+".svg")
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
		for d := xml.NewDecoder(strings.NewReader(got)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
}

// A bar is as long as its value, from zero: two of them are to each other as
// their values.
func TestBarsAreAsLongAsTheirValues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Float64Range(1, 1e9).Draw(t, "a"), rapid.Float64Range(1, 1e9).Draw(t, "b")
		var p pen
		Bars{[]BarRow{{Name: "a", Text: "a", Value: a}, {Name: "b", Text: "b", Value: b}}}.Draw(&p, 0, 0, 300)
		if got, want := p.rects[0][2]*b, p.rects[1][2]*a; got > want*1.000001 || got < want*0.999999 {
			t.Fatalf("%g and %g are drawn %g and %g long", a, b, p.rects[0][2], p.rects[1][2])
		}
		if p.rects[0][0] != p.rects[1][0] {
			t.Fatal("they do not begin at the same zero")
		}
	})
}

func TestTicksHoldZeroAndTheWholeSpan(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		low, high := rapid.Float64Range(-1e9, 1e9).Draw(t, "low"), rapid.Float64Range(-1e9, 1e9).Draw(t, "high")
		ticks := Ticks(low, high, 4)
		zero := false
		for i, v := range ticks {
			zero = zero || v == 0
			if i > 0 && v <= ticks[i-1] {
				t.Fatalf("%v do not rise", ticks)
			}
		}
		slack := (ticks[1] - ticks[0]) / 1e6
		if !zero || len(ticks) > 9 || ticks[len(ticks)-1] < high-slack || ticks[0] > low+slack {
			t.Fatalf("%g to %g: %v", low, high, ticks)
		}
	})
}

// What is hatched stays within its bar, whichever way that goes.
func TestHatchingStaysWithin(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.Float64Range(-80, 80).Draw(t, "w"), rapid.Float64Range(-80, 80).Draw(t, "h")
		var p pen
		hatch(&p, 10, 20, w, h, Brand)
		if w != 0 && h != 0 && len(p.lines) < 4 {
			t.Fatalf("%d lines", len(p.lines))
		}
		for _, l := range p.lines {
			for i, v := range l {
				from, to := 10.0, 10+w
				if i%2 == 1 {
					from, to = 20, 20+h
				}
				if v < min(from, to)-1e-9 || v > max(from, to)+1e-9 {
					t.Fatalf("%g × %g: line %v", w, h, l)
				}
			}
		}
	})
}

func TestFitLeavesOutNoMoreThanItMust(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"Hotline": "Hotline", "Hilfe bei technischen Problemen": "Hilfe bei techni…", "": ""} {
		if got := fit(new(pen), text, 10, 75, false); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
