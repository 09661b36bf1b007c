package doc

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"strings"
	"testing"

	"quid/internal/doc/doctest"
	"quid/internal/draw"
)

func logo(t testing.TB) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 120, 40))
	for x := range 120 {
		for y := range 40 {
			m.Set(x, y, color.RGBA{uint8(x * 2), 92, 194, 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// paper is a document with everything a PDF can hold, over several pages.
func paper(t testing.TB) *PDF {
	t.Helper()
	p := NewPDF(Sheet{
		Title: "Müller & Söhne", Lang: "de", Day: 20261130, Brand: Colour{10, 92, 194}, Logo: logo(t),
		Head: "Verhandlungsmappe · Müller & Söhne", Foot: "vertraulich", PageOf: "Seite {page} von {pages}",
	})
	p.Masthead("Müller & Söhne Maschinenbau GmbH", "Kd.-Nr. 10234 · Großenhain · Stand 30.11.2026")
	p.Tiles([]Tile{{Label: "Umsatz", Value: "84.320\u202f€", Note: "12 Monate"}, {Label: "DB IV", Value: "\u22121.204\u202f€", Bad: true}})
	p.Heading("Vom Umsatz zum Deckungsbeitrag IV")
	p.Picture("", draw.Waterfall{Steps: []draw.WaterStep{
		{Name: "Umsatz", Text: "84.320\u202f€", Value: 84320, Known: true},
		{Name: "Wareneinsatz", Text: "\u221260.000\u202f€", Value: -60000, Known: true},
		{Name: "Deckungsbeitrag I", Text: "24.320\u202f€", Value: 24320, Known: true, Total: true},
		{Name: "Leistungen", Text: "\u221225.524\u202f€", Value: -25524, Known: true, Part: -9000},
		{Name: "Deckungsbeitrag IV", Text: "\u22121.204\u202f€", Value: -1204, Known: true, Total: true},
	}})
	months := draw.Months{Write: func(v float64) string { return fmt.Sprintf("%.0f", v) }, Legend: []draw.LegendEntry{{Name: "gibt", Ink: draw.Brand}, {Name: "geschätzt", Ink: draw.Warm, Hatched: true}}}
	for i := range 12 {
		months.Months = append(months.Months, draw.Month{Name: fmt.Sprint(i + 1), Columns: []draw.Column{{Value: float64(i*700 - 900), Ink: draw.Brand}, {Value: 2000, Part: 700, Ink: draw.Warm}}})
	}
	p.Pictures([2]string{"Geben und Nehmen nach Monaten", "Stand in der Matrix"}, [2]draw.Chart{months, draw.Matrix{
		Fields: [][]string{{"Gelegenheit", "Verhandeln"}, {"Erkunden", "Investition"}}, X: 0.7, Y: 0.4, AxisX: "bekommt", AxisY: "gibt", Name: "Müller & Söhne",
	}})
	p.Picture("Nach Art", draw.Bars{Rows: []draw.BarRow{{Name: "Hotline", Text: "1.200\u202f€", Value: 1200, Part: 400}, {Name: "Schulung", Text: "900\u202f€", Value: 900, Ink: draw.Warm}}})
	p.Points([]Point{{Lead: "Schnelle Hilfe", Text: strings.Repeat("Wer anruft, bekommt heute in Minuten eine Antwort. ", 4)}, {Text: "Ein Punkt (ohne Kopf) mit \\ und Klammern."}})
	g := Grid{Columns: []GridColumn{{Title: "Tag", Share: 2}, {Title: "Leistung", Share: 6}, {Title: "Nutzen", Share: 2, Num: true}}, Sum: []string{"Summe", "", "61.500,00\u202f€"}}
	for i := range 60 {
		r := GridRow{Cells: []string{fmt.Sprintf("%02d.11.2026", i%30+1), "Hilfe bei technischen Problemen", "1.025,00\u202f€"}}
		if i%3 == 0 {
			r.Note = "Pumpe macht Geräusche"
		}
		g.Rows = append(g.Rows, r)
	}
	p.Heading("Leistungen")
	p.Table(g)
	p.Small("Beträge in Euro.")
	return p
}

// QUID_LOOK names a folder that the PDF is written to, to be looked at.
func TestAPDFReadsAsItWasWritten(t *testing.T) {
	t.Parallel()
	b, err := paper(t).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("QUID_LOOK"); dir != "" {
		if err := os.WriteFile(dir+"/paper.pdf", b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pages, err := doctest.Pages(b)
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) < 3 {
		t.Fatalf("%d pages", len(pages))
	}
	for n, text := range pages {
		if want := fmt.Sprintf("Seite %d von %d\n", n+1, len(pages)); !strings.Contains(text, want) {
			t.Errorf("page %d lacks %q", n+1, want)
		}
		if n > 0 && !strings.Contains(text, "Verhandlungsmappe · Müller & Söhne\n") {
			t.Errorf("page %d has no head", n+1)
		}
		if rows := strings.Count(text, "Hilfe bei technischen Problemen"); rows > 0 && strings.Count(text, "Leistung\n") < 1 {
			t.Errorf("page %d has %d rows of the table without its heads", n+1, rows)
		}
	}
	all := strings.Join(pages, "")
	if rows := strings.Count(all, "Hilfe bei technischen Problemen\n"); rows != 60 {
		t.Errorf("%d of 60 rows", rows)
	}
	for _, want := range []string{"84.320\u00a0€", "\u22121.204\u00a0€", "Großenhain", "mit \\ und Klammern.", "61.500,00\u00a0€"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

func TestTheSameCallsGiveTheSameBytes(t *testing.T) {
	t.Parallel()
	first, err := paper(t).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		again, err := paper(t).Bytes()
		if err != nil || !bytes.Equal(first, again) {
			t.Fatalf("another PDF: %d and %d bytes, %v", len(first), len(again), err)
		}
	}
}

// Whatever colour a company has, white letters on it have a contrast of 4.5.
func TestABrandColourCanBeReadOn(t *testing.T) {
	t.Parallel()
	for r := 0; r < 256; r += 15 {
		for g := 0; g < 256; g += 15 {
			for b := 0; b < 256; b += 15 {
				c := Colour{uint8(r), uint8(g), uint8(b)}.Readable()
				if contrast := 1.05 / (c.luminance() + 0.05); contrast < 4.5 {
					t.Fatalf("#%02x%02x%02x becomes %v with a contrast of %.2f", r, g, b, c, contrast)
				}
			}
		}
	}
}

func BenchmarkPDF(b *testing.B) {
	for b.Loop() {
		if _, err := paper(b).Bytes(); err != nil {
			b.Fatal(err)
		}
	}
}
