package intake

import (
	"bytes"
	"context"
	"math/big"
	"slices"
	"strings"
	"testing"

	"quid/day"
)

func TestNumbersShowWhatTheyAre(t *testing.T) {
	t.Parallel()
	tests := []struct {
		cell  string
		mark  mark
		dec   byte   // to read it with, 0 if it shows it
		value string // canonical
		word  string
	}{
		{"1234", plain, 0, "1234", ""},
		{"12,5", commaDecimal, 0, "12.5", ""},
		{"1.234,56", commaDecimal, 0, "1234.56", ""},
		{"1,234.56", pointDecimal, 0, "1234.56", ""},
		{"1.234.567,8", commaDecimal, 0, "1234567.8", ""},
		{"1.234", pointEither, ',', "1234", ""},
		{"1.234", pointEither, '.', "1.234", ""},
		{"1,234", commaEither, '.', "1234", ""},
		{"2,024,994", commaGroups, '.', "2024994", ""},
		{"2.024.994", pointGroups, ',', "2024994", ""},
		{"0,125", commaDecimal, 0, "0.125", ""},
		{"1234,567", commaDecimal, 0, "1234.567", ""},
		{"(12,00)", commaDecimal, 0, "-12.00", ""},
		{"12,00-", commaDecimal, 0, "-12.00", ""},
		{"-12,00", commaDecimal, 0, "-12.00", ""},
		{"\u221212,00", commaDecimal, 0, "-12.00", ""},
		{"12 EUR", plain, 0, "12", "EUR"},
		{"€ 1.234,50", commaDecimal, 0, "1234.50", "€"},
		{"-€12.50", pointDecimal, 0, "-12.50", "€"},
		{"12,-", commaDecimal, 0, "12.00", ""},
		{"1'234.50", pointDecimal, 0, "1234.50", ""},
		{"1 234,567", commaDecimal, 0, "1234.567", ""},
		{"1\u202f234", plain, 0, "1234", ""},
		{"+7", plain, 0, "7", ""},
		{"3 Stk.", plain, 0, "3", "Stk."},
		{"1E5", notNumber, 0, "", ""},
		{"12 34", notNumber, 0, "", ""},
		{"1.2.3", notNumber, 0, "", ""},
		{"1,23,4", notNumber, 0, "", ""},
		{"1.234,567.8", notNumber, 0, "", ""},
		{"Level 3", notNumber, 0, "", ""},
		{"A-12", notNumber, 0, "", ""},
		{"-", notNumber, 0, "", ""},
		{"", notNumber, 0, "", ""},
		{"٣", notNumber, 0, "", ""},
	}
	for _, tt := range tests {
		n := scanNumber(tt.cell)
		if n.mark != tt.mark {
			t.Errorf("%q shows %d, want %d", tt.cell, n.mark, tt.mark)
			continue
		}
		if tt.mark == notNumber {
			continue
		}
		dec, ok := numberFormat{tt.dec}.decimal(n)
		if got := n.canonical(dec); !ok || got != tt.value || n.word != tt.word {
			t.Errorf("%q is %q %q (%v), want %q %q", tt.cell, got, n.word, ok, tt.value, tt.word)
		}
	}
}

func TestRounding(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		cell  string
		scale int
		want  int64
	}{
		{"2024.994", 2, 202_499}, {"0.005", 2, 1}, {"0.0049", 2, 0}, {"-0.005", 2, -1}, {"12", 2, 1200}, {"1.5", 0, 2}, {"-2.5", 0, -3}, {"0.00000001", 8, 1},
	} {
		if got, ok := scanNumber(tt.cell).scaled('.', tt.scale); !ok || got != tt.want {
			t.Errorf("%s × 10^%d = %d, want %d", tt.cell, tt.scale, got, tt.want)
		}
	}
	if _, ok := scanNumber("99999999999999999999").scaled('.', 2); ok {
		t.Error("20 digits fit into an amount")
	}
}

// What a column of numbers leaves open is asked; what it shows decides.
func TestColumnsOfNumbers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		cells string
		other string // another column
		dec   byte
		ask   string // reason
	}{
		{"whole numbers need no sign", "1 20 300", "", 0, ""},
		{"one decimal comma decides", "1.234 12,5", "", ',', ""},
		{"one decimal point decides", "1,234 12.5", "", '.', ""},
		{"only thousands are asked", "1.234 2.345", "", 0, whyThousands},
		{"thousands among small numbers are asked", "950 1.234 12", "", 0, whyThousands},
		{"mangled decimals are asked", "2,024,994 874,794", "", 0, whyThousands},
		{"a decimal comma beside comma groups is asked", "2,024,994 5,7", "", 0, whyBroken},
		{"both signs, each plain to see", "1.234,56 1,234.56 12,5", "", 0, ""},
		{"both signs and one that is not plain", "12,5 12.5 1.234", "", 0, whyMixed},
		{"a neighbour with groups and decimals decides", "1.500 2.000", "1.234,56 12,00", ',', ""},
		{"a neighbour with decimals only does not", "1.500 2.000", "3,50 12,00", 0, whyThousands},
		{"neighbours that disagree do not", "1.500 2.000", "1.234,56 1,234.56", 0, whyThousands},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			columns := make([]Column, 2)
			for _, s := range strings.Fields(tt.cells) {
				columns[0].see(s, cellText)
			}
			for _, s := range strings.Fields(tt.other) {
				columns[1].see(s, cellText)
			}
			f, q := columns[0].decideNumbers(0, sharedDecimal(columns))
			if (q == nil) != (tt.ask == "") || (q != nil && q.Reason != tt.ask) || f.dec != tt.dec {
				t.Errorf("decided %q, asked %+v", f.dec, q)
			}
			if q != nil && (q.Flag != "--decimal" || len(q.Readings) != 2 || q.Sample == "") {
				t.Errorf("the question is %+v", q)
			}
		})
	}
}

func TestDatesShowWhatTheyAre(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]day.Day{
		"2026-12-31": 20261231, "2026/1/2": 20260102, "20261231": 20261231, "2026-12-31T23:59:59Z": 20261231, "20261231120000": 20261231,
		"2026-12-31 14:30": 20261231, "31. Dez 2026": 20261231, "31-Dec-26": 20261231, "Dec 31, 2026": 20261231, "1. März 2026": 20260301,
		"46387": 0, "31.12.2026": 0, "2026-02-30": 0, "13:45": 0, "Mai": 0, "Markt 12 2026": 20260312,
	} {
		if got := scanDate(cell); got.form == certain && got.day != want {
			t.Errorf("%q is %v, want %v", cell, got.day, want)
		} else if want != 0 && got.form != certain {
			t.Errorf("%q is no certain date: %+v", cell, got)
		}
	}
	for n, want := range map[int]day.Day{1: 19000101, 59: 19000228, 60: 0, 61: 19000301, 46387: 20261231, 0: 0, -1: 0} {
		if got := serialDay(n, false); got != want {
			t.Errorf("serial %d is %v, want %v", n, got, want)
		}
	}
	if got := serialDay(0, true); got != 19040101 {
		t.Errorf("serial 0 of 1904 is %v", got)
	}
}

func TestColumnsOfDates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		cells string
		other string
		order Order
		ask   string
	}{
		{"a 31st decides", "01/02/2026 31/12/2026", "", DMY, ""},
		{"a 31st in second place decides", "01/02/2026 12/31/2026", "", MDY, ""},
		{"all up to 12 is asked", "01/02/2026 03/04/2026", "", 0, whyOrder},
		{"with points the day comes first", "01.02.2026 03.04.2026", "", DMY, ""},
		{"also with a short year", "01.02.26 03.04.26", "", DMY, ""},
		{"also with points in a file of strokes", "01.02.2026 03.04.2026", "31/12/2026", DMY, ""},
		{"unless the file writes the month first", "01.02.2026 03.04.2026", "12/31/2026", 0, whyOrder},
		{"and unless a date with points does", "01.02.2026 12.31.2026", "", MDY, ""},
		{"the same day and month is no question", "05/05/2026 06/06/2026", "", 0, ""},
		{"another column of the shape decides", "01/02/2026 03/04/2026", "31/12/2026", DMY, ""},
		{"a column of another shape does not", "01/02/2026 03/04/2026", "31.12.2026", 0, whyOrder},
		{"both orders, each plain to see", "31/12/2026 12/31/2026", "", 0, ""},
		{"both orders and one that is not plain", "31/12/2026 12/31/2026 01/02/2026", "", 0, whyTwoOrders},
		{"years of two digits", "31.12.26 30.11.25", "", DMY, ""},
		{"years of two digits that may stand first", "26-12-31 25-11-30", "", 0, whyYear},
		{"years of two digits first, plainly", "99-12-31 95-11-30", "", YMD, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			columns := make([]Column, 2)
			for _, s := range strings.Fields(tt.cells) {
				columns[0].see(s, cellText)
			}
			for _, s := range strings.Fields(tt.other) {
				columns[1].see(s, cellText)
			}
			f, q := columns[0].decideDates(0, sharedOrders(columns))
			order := slices.Max(f.order[:])
			if (q == nil) != (tt.ask == "") || (q != nil && q.Reason != tt.ask) || (q == nil && order != tt.order) {
				t.Errorf("decided %v, asked %+v", order, q)
			}
			if q != nil && (q.Flag != "--dates" || len(q.Readings) < 2) {
				t.Errorf("the question is %+v", q)
			}
			if q == nil {
				for _, s := range strings.Fields(tt.cells) {
					if d, problem := f.day(s, cellText); d == 0 {
						t.Errorf("%q: %s", s, problem)
					}
				}
			}
		})
	}
}

func TestHeadersAreKnown(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind Kind
		head string
		want string
	}{
		{Customers, "Kundennummer;Firmenname;Straße;PLZ;Ort;Land;E-Mail;Tel.-Nr.;Zahlungsziel (Tage);Branche", "number name street postal_code city country email phone terms industry"},
		{Customers, "KUNNR;NAME1;STRAS;PSTLZ;ORT01;LAND1;BRSCH", "number name street postal_code city country industry"},
		{Customers, "customerNumber;customerName;addressLine1;postalCode;salesRepEmployeeNumber;creditLimit", "number name street postal_code owner credit_limit"},
		{Invoices, "Rechnungs-Nr.;Debitor;Belegdatum;Fällig am;Artikel-Nr.;Menge;Einzelpreis;Rabatt %;WarenwertNetto;EK-Preis;Pos.", "number customer day due product quantity unit_price discount net unit_cost line"},
		{Invoices, "VBELN;KUNNR;FKDAT;MATNR;FKIMG;NETWR;WAVWR;WAERS", "number customer day product quantity net cost currency"},
		{Invoices, "Belegfeld 1;Konto-Nr.;Datum;Nettobetrag (EUR);Bezahlt am;Strittig", "number - day net settled disputed"},
		{Payments, "Zahlungsdatum;Kundennr;Rechnungsnr;Betrag;Skonto", "day customer invoice amount discount"},
		{Products, "Artikelnummer;Bezeichnung;Warengruppe;EK;Listenpreis;ME", "number name category standard_cost list_price unit"},
	} {
		columns := make([]Column, 0)
		for i, h := range strings.Split(tt.head, ";") {
			columns = append(columns, Column{Index: i, Name: h})
		}
		got := make([]string, len(columns))
		for i := range got {
			got[i] = "-"
		}
		for _, s := range suggest(tt.kind, columns, nil, nil) {
			if s.Sure {
				got[s.Column] = s.Field
			}
		}
		if have := strings.Join(got, " "); have != tt.want {
			t.Errorf("%s: %s\n got %s\nwant %s", tt.kind, tt.head, have, tt.want)
		}
	}
}

func TestMappingNamesTheNearest(t *testing.T) {
	t.Parallel()
	f := opened(t, []byte("Rechnung, Nr.;Kunde;Datum;Betrag;Egal\n1;A;2026-01-31;1,00;x\n"), Options{})
	m, err := ParseMapping("Rechnung, Nr.=number,kunde=customer", "Betrag=net,Egal=-")
	if err != nil || len(m) != 4 {
		t.Fatalf("%v %v", m, err)
	}
	if _, _, err := f.Plan(Invoices, m, Options{}); err != nil {
		t.Error(err)
	}
	for spec, want := range map[string]string{
		"Kunnde=customer": `the nearest is "Kunde"`, "Kunde=custmer": `the nearest is "customer"`, "Kunde=customer,Egal=customer": "mapped twice",
		"Kunde=-": "no column is mapped to customer", "Kunde": "write their=ours",
	} {
		m, err := ParseMapping(spec)
		if err == nil {
			_, _, err = f.Plan(Invoices, m, Options{})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", spec, err, want)
		}
	}
}

// A sentence without a remedy, or without an English full thought, helps nobody.
func TestEveryProblemHasARemedy(t *testing.T) {
	t.Parallel()
	for _, s := range Sentences() {
		if len(s) < 12 {
			t.Errorf("%q is no sentence", s)
		}
	}
	for _, p := range []string{missing, notADay, netOff, shortRow, longRow, flawLong, flawColumns, loneQuote, tooManyLines} {
		if remedies[p] == "" {
			t.Errorf("%q has no remedy", p)
		}
	}
}

// Every row of any file is blank, filtered or in exactly one document.
func FuzzFile(f *testing.F) {
	for _, s := range []string{
		"number;customer;day;net\n1;A;2026-01-31;1,00\n", "a,b\n\"x\ny\",\"z\"\n", "\xff\xfea\x00;\x00\n\x00", "a\tb\r\"\"c\"\"\td\r", "sep=|\na|b\n\"a|b", "\"\n;\"\r\n\x00,",
		"title\n\nnumber;customer;day;net\n1;\"A;2026-01-31;1.000\n1;B\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := OpenReader(bytes.NewReader(data), int64(len(data)), "fuzz", Options{Kind: Invoices})
		if err != nil {
			return
		}
		defer file.Close()
		for _, kind := range []Kind{Invoices, Customers} {
			mapping := Mapping{{file.Columns[0].Name, "number"}}
			for i, name := range []string{"customer", "day", "net"} {
				if i+1 < len(file.Columns) && kind == Invoices {
					mapping = append(mapping, Pair{file.Columns[i+1].Name, name})
				}
			}
			p, _, err := file.Plan(kind, mapping, Options{Decimal: ',', Dates: DMY})
			if err != nil {
				continue
			}
			checkRows(t, p, file)
		}
	})
}

func checkRows(t *testing.T, p *Plan, file *File) {
	seen := make(map[int]bool)
	rows := 0
	for d, err := range p.Documents(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Raw) != len(d.Lines) {
			t.Fatalf("%d raw rows for %d lines", len(d.Raw), len(d.Lines))
		}
		for _, l := range d.Lines {
			if seen[l] {
				t.Fatalf("line %d is in two documents", l)
			}
			seen[l] = true
			rows++
		}
	}
	if c := p.Counts(); int64(rows) != c.Rows || c.Rows != file.Rows || c.Blank != file.Blank {
		t.Fatalf("%d rows in documents, counts %+v, the file has %d and %d blank", rows, c, file.Rows, file.Blank)
	}
}

// Reading a number is exact, whatever stands in the cell.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{"1.234,56", "(12)", "12,-", "€ 1'234", "2,024,994", "-0", "99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := scanNumber(s)
		for _, dec := range []byte{',', '.'} {
			d, ok := numberFormat{dec}.decimal(n)
			if !ok {
				continue
			}
			v, ok := n.scaled(d, 6)
			want, parsed := new(big.Rat).SetString(n.canonical(d))
			if !parsed {
				t.Fatalf("%q: canonical %q is no number", s, n.canonical(d))
			}
			if !ok {
				continue
			}
			diff := new(big.Rat).Sub(new(big.Rat).SetFrac64(v, 1_000_000), want)
			if diff.Abs(diff).Cmp(big.NewRat(1, 2_000_000)) > 0 {
				t.Fatalf("%q is read as %d millionths, want %s", s, v, want.FloatString(9))
			}
		}
	})
}

// A date is a day that exists or a problem.
func FuzzDate(f *testing.F) {
	for _, s := range []string{"31.12.2026", "2026-02-30", "12/31/26", "46387", "1. März 26", "00:00.0", "00.00.0000", "31.12.2026 25:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for o := OrderUnknown; o <= YYYYMMDD; o++ {
			for _, kind := range []byte{cellText, cellNumber, cellDay} {
				d, problem := dateFormat{given: o}.day(s, kind)
				if d != 0 && (problem != "" || day.Of(d.Year(), d.Month(), d.DayOfMonth()) != d) {
					t.Fatalf("%q is %d, %q", s, d, problem)
				}
			}
		}
	})
}

// Nothing a workbook's XML holds makes the scanner fail or hang.
func FuzzXML(f *testing.F) {
	for _, s := range []string{`<row r="1"><c r="A1" t="s"><v>1</v></c></row>`, `<a b='>'/>`, `<!-- > --><x:c/>`, `&amp;_x000D_<`, `<c r="A`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		x := newXMLScanner(bytes.NewReader(data))
		for range len(data) + 2 {
			if err := x.next(64); err != nil {
				return
			}
			x.attr("r")
			if len(x.text) > 64 {
				t.Fatalf("%d bytes of text, limit 64", len(x.text))
			}
			unescape(x.text)
		}
		t.Fatal("the scanner does not come to an end")
	})
}

func FuzzMapping(f *testing.F) {
	f.Add("a=b,c,d=e,f=-")
	f.Fuzz(func(t *testing.T, spec string) {
		m, err := ParseMapping(spec)
		if err != nil {
			return
		}
		again, err := ParseMapping(m.String())
		if err != nil || !slices.Equal(m, again) {
			t.Fatalf("%q is %v, written again %v, %v", spec, m, again, err)
		}
	})
}
