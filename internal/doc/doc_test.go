package doc

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

func table() Table {
	rows := [][]Value{
		{{Text: "Müller & Söhne"}, {Number: -1234.5}, {Number: 0.125}, {Day: 20261231}},
		{{Text: "=1+1"}, {Number: 2}, {Empty: true}, {Empty: true}},
		{{Text: "@home; \"quoted\""}, {Empty: true}, {Number: 0}, {Day: 20240229}},
	}
	return Table{
		Name: "Kunden", Rows: slices.Values(rows),
		Columns: []Column{{Title: "Name"}, {Title: "Umsatz (EUR)", Kind: Number, Digits: 2}, {Title: "Anteil", Kind: Share, Digits: 4}, {Title: "Tag", Kind: Date}},
	}
}

func TestCSVIsWrittenForTheReader(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		style Style
		want  string
	}{
		{
			"German: mark, semicolon, comma", German,
			"\ufeffName;Umsatz (EUR);Anteil;Tag\r\nMüller & Söhne;-1234,50;0,1250;2026-12-31\r\n'=1+1;2,00;;\r\n\"'@home; \"\"quoted\"\"\";;0,0000;2024-02-29\r\n",
		},
		{
			"English: mark, comma, point", English,
			"\ufeffName,Umsatz (EUR),Anteil,Tag\r\nMüller & Söhne,-1234.50,0.1250,2026-12-31\r\n'=1+1,2.00,,\r\n\"'@home; \"\"quoted\"\"\",,0.0000,2024-02-29\r\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			if err := WriteCSV(&b, table(), tt.style); err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(tt.want, b.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Whatever the text, the cell comes back as it was or with an apostrophe in
// front, and never begins with what a spreadsheet runs.
func TestNoTextBecomesAFormula(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[=+\-@\t"';, a-z0-9ä\n]{0,12}`).Draw(t, "text")
		var b bytes.Buffer
		one := Table{Columns: []Column{{Title: "x"}, {Title: "y"}}, Rows: slices.Values([][]Value{{{Text: text}, {Text: "end"}}})}
		if err := WriteCSV(&b, one, German); err != nil {
			t.Fatal(err)
		}
		r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b.Bytes(), []byte("\ufeff"))))
		r.Comma = ';'
		rows, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		got := rows[1][0]
		if got != text && got != "'"+text {
			t.Fatalf("%q came back as %q", text, got)
		}
		if got != "" && strings.ContainsRune("=+-@\t\r", rune(got[0])) {
			t.Fatalf("%q would be run", got)
		}
	})
}

func TestXLSXHoldsNumbersAsNumbersAndTextsAsTexts(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := WriteXLSX(&b, table()); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := f.GetRows("Kunden", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"Name", "Umsatz (EUR)", "Anteil", "Tag"},
		{"Müller & Söhne", "-1234.5", "0.125", "46387"},
		{"=1+1", "2"},
		{"@home; \"quoted\"", "", "0", "45351"},
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	formula, err := f.GetCellFormula("Kunden", "A3")
	if err != nil || formula != "" {
		t.Errorf("A3 is the formula %q, %v", formula, err)
	}
	shown, err := f.GetCellValue("Kunden", "D2")
	if err != nil || shown != "2026-12-31" {
		t.Errorf("the day is shown as %q, %v", shown, err)
	}
}
