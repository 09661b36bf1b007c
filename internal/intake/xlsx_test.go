package intake

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"quid/day"
	"quid/fault"

	"github.com/xuri/excelize/v2"
)

// book writes a workbook with a program that is not ours.
func book(t testing.TB, fill func(*excelize.File)) []byte {
	t.Helper()
	x := excelize.NewFile()
	defer x.Close()
	fill(x)
	var b bytes.Buffer
	if err := x.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func set(t testing.TB, x *excelize.File, sheet string, rows ...[]any) {
	t.Helper()
	for i, r := range rows {
		if err := x.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWorkbookKeepsTypes(t *testing.T) {
	t.Parallel()
	date := time.Date(2026, 3, 4, 15, 30, 0, 0, time.UTC)
	data := book(t, func(x *excelize.File) {
		if _, err := x.NewSheet("Rechnungen"); err != nil {
			t.Fatal(err)
		}
		set(t, x, "Rechnungen",
			[]any{"Umsätze 2026"},
			[]any{"Rechnungsnr.", "Kundennr.", "Datum", "Artikelnr.", "Menge", "Netto", "Fällig"},
			[]any{"R1", 471, date, "1E5", 1.234, 1234.5, 46120},
			[]any{"R2", "00471", date, "007", 2, "1.234,56", "31.12.2026"},
			nil,
			[]any{"R3", 471, date, "A", 3, 0.1 + 0.2, "30.12.2026"},
		)
	})
	f := opened(t, data, Options{Kind: Invoices})
	if f.Sheet != "Rechnungen" || len(f.Sheets) != 2 || f.FirstLine != 2 || f.Rows != 3 {
		t.Fatalf("detected %+v", f.Detection)
	}
	docs := all(t, planned(t, f, Invoices, "", Options{}))
	if len(docs) != 3 {
		t.Fatalf("%d documents", len(docs))
	}
	for i, want := range []struct {
		customer, product string
		quantity          string
		net               string
		due               day.Day
		line              int
	}{
		{"471", "1E5", "1.234", "1234.50", day.Of(2026, 4, 8), 3},
		{"00471", "007", "2", "1234.56", day.Of(2026, 12, 31), 4},
		{"471", "A", "3", "0.30", day.Of(2026, 12, 30), 6},
	} {
		d := docs[i]
		if len(d.Problems) > 0 {
			t.Errorf("%s: %+v", d.Key, d.Problems)
			continue
		}
		inv, l := d.Invoice, d.Invoice.Lines[0]
		if inv.Customer != want.customer || l.Product != want.product || l.Quantity.String() != want.quantity ||
			l.Net.Decimal(2) != want.net || inv.Due != want.due || inv.Day != day.Of(2026, 3, 4) || d.Lines[0] != want.line {
			t.Errorf("%s: %+v %+v line %d, want %+v", d.Key, inv, l, d.Lines[0], want)
		}
	}
	if !strings.Contains(docs[1].Raw[0], "00471;2026-03-04") {
		t.Errorf("raw %q", docs[1].Raw[0])
	}
}

func TestWorkbookDays(t *testing.T) {
	t.Parallel()
	for _, epoch1904 := range []bool{false, true} {
		data := book(t, func(x *excelize.File) {
			if err := x.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &epoch1904}); err != nil {
				t.Fatal(err)
			}
			set(t, x, "Sheet1", []any{"Kunde", "Datum", "Betrag"}, []any{"A", 59, 1}, []any{"A", 60, 1}, []any{"A", 61, 1}, []any{"A", 46388.75, 1})
			style, err := x.NewStyle(&excelize.Style{NumFmt: 14})
			if err != nil {
				t.Fatal(err)
			}
			if err := x.SetCellStyle("Sheet1", "B2", "B5", style); err != nil {
				t.Fatal(err)
			}
		})
		docs := all(t, planned(t, opened(t, data, Options{}), Payments, "", Options{}))
		want := []day.Day{19000228, 0, 19000301, 20270101}
		if epoch1904 {
			want = []day.Day{19040229, 19040301, 19040302, 20310102}
		}
		for i, d := range docs {
			if d.Payment.Day != want[i] || (want[i] == 0) != (len(d.Problems) > 0) {
				t.Errorf("1904 %v: row %d is %v %+v, want %v", epoch1904, i+2, d.Payment.Day, d.Problems, want[i])
			}
		}
	}
}

func TestWorkbookPadsPostalCodes(t *testing.T) {
	t.Parallel()
	data := book(t, func(x *excelize.File) {
		set(t, x, "Sheet1", []any{"Kundennr", "Name", "PLZ"}, []any{1, "Dresden <&> GmbH", 1067})
		code := "00000"
		style, err := x.NewStyle(&excelize.Style{CustomNumFmt: &code})
		if err != nil {
			t.Fatal(err)
		}
		if err := x.SetCellStyle("Sheet1", "C2", "C2", style); err != nil {
			t.Fatal(err)
		}
	})
	docs := all(t, planned(t, opened(t, data, Options{}), Customers, "", Options{}))
	if c := docs[0].Customer; c.PostalCode != "01067" || c.Name != "Dresden <&> GmbH" || c.Number != "1" {
		t.Errorf("%+v", c)
	}
}

// A workbook with more different texts than are kept in memory reads the same.
func TestWorkbookWithManyTexts(t *testing.T) {
	t.Parallel()
	s := &sharedStrings{}
	defer s.close()
	long, dir := strings.Repeat("ü", 4000), t.TempDir()
	for i := range 4000 {
		if err := s.add(fmt.Sprintf("%d %s", i, long), dir); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.flush(); err != nil {
		t.Fatal(err)
	}
	if s.file == nil {
		t.Fatal("nothing was spilled")
	}
	for _, i := range []int{0, 1, 2999, 3999} {
		if got, want := s.at(i, maxLine), fmt.Sprintf("%d %s", i, long); got != want {
			t.Errorf("text %d is %.20q", i, got)
		}
	}
}

// A sheet that unpacks to far more than it is packed to is refused, quickly.
func TestZipBomb(t *testing.T) {
	t.Parallel()
	honest := book(t, func(x *excelize.File) { set(t, x, "Sheet1", []any{"a", "b"}, []any{1, 2}) })
	for _, part := range []string{"xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"} {
		bomb := repack(t, honest, part, func(w io.Writer) {
			blanks := bytes.Repeat([]byte(" "), 1<<20)
			fmt.Fprint(w, `<?xml version="1.0"?><worksheet><sheetData><row r="1"><c r="A1" t="str"><v>`)
			for range 130 {
				w.Write(blanks)
			}
		})
		f, err := OpenReader(bytes.NewReader(bomb), int64(len(bomb)), "bomb.xlsx", Options{})
		if err == nil {
			f.Close()
			t.Errorf("%s: a bomb of %d bytes was opened", part, len(bomb))
		} else if !errors.Is(err, fault.Invalid) {
			t.Errorf("%s: %v is not for the user", part, err)
		}
	}
}

// repack replaces one part of a zip.
func repack(t *testing.T, data []byte, part string, write func(io.Writer)) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for _, f := range in.File {
		w, err := out.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == part {
			write(w)
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(w, r); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFilesThatAreNoTables(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"an empty file":     "",
		"only line breaks":  "\n\r\n\n",
		"an old Excel file": "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and so on",
		"a PDF":             "%PDF-1.7 and so on",
		"a broken zip":      "PK\x03\x04 and so on",
		"a gzip file":       "\x1F\x8B\x08 and so on",
	} {
		f, err := OpenReader(strings.NewReader(data), int64(len(data)), "x", Options{})
		if err == nil {
			f.Close()
		}
		if !errors.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
