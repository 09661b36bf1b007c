package intake

import (
	"slices"
	"strings"
	"testing"

	"quid/day"
	"quid/money"

	"github.com/google/go-cmp/cmp"
)

func ptr[T any](v T) *T { return &v }

// only returns the single good document of a text.
func only(t *testing.T, kind Kind, text string) *Doc {
	t.Helper()
	docs := read(t, text, kind, "", Options{})
	if len(docs) != 1 || len(docs[0].Problems) > 0 {
		t.Fatalf("%s: %d documents, the first %+v", kind, len(docs), docs[0].Problems)
	}
	if docs[0].Version() == 0 || docs[0].Key == "" || docs[0].Records != 1 {
		t.Errorf("%s: version %d, key %q, records %d", kind, docs[0].Version(), docs[0].Key, docs[0].Records)
	}
	return docs[0]
}

func TestKinds(t *testing.T) {
	t.Parallel()
	var got, want any
	check := func(kind Kind) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", kind, diff)
		}
	}
	got = only(t, Contacts, "Kundennr;Nachname;Vorname;E-Mail;Telefon\n7;Meier;Jörg;jörg@meier.de;+49 221 1\n").Contact
	want = &Contact{
		Given:    Set{"customer": true, "name": true, "first_name": true, "email": true, "phone": true},
		Customer: "7", Name: "Meier", FirstName: "Jörg", Email: "jörg@meier.de", Phone: "+49 221 1",
	}
	check(Contacts)
	got = only(t, Complaints, "Reklamationsnr;Kunde;Datum;Betrag;Kosten;berechtigt;Schwere;erledigt am;Betreff\nR1;A;31.12.2025;100,00;25,50;ja;hoch;2026-01-15;Welle\n").Complaint
	want = &Complaint{Number: "R1", Customer: "A", Day: 20251231, SolvedOn: 20260115, Amount: 10_000, Cost: 2550, Severity: 3, Justified: "yes", Subject: "Welle"}
	check(Complaints)
	got = only(t, Interactions, "Kunde;Datum;Kanal;Richtung;Dauer;Zweck\nA;31.12.2025;Besuch;ausgehend;60;Jahresgespräch\n").Interaction
	want = &Interaction{Customer: "A", Day: 20251231, Channel: "visit", Direction: "out", Minutes: 60, Purpose: "Jahresgespräch"}
	check(Interactions)
	got = only(t, ServiceTypes, "Code;Bezeichnung;Einheit;Takt;Kostensatz;Nutzensatz;Gültig ab;Stufe\nhot;Hotline;Minuten;6;1,2055;2,50;2026-01-31;1\n").ServiceType
	want = &ServiceType{
		Given: Set{"code": true, "name_de": true, "unit": true, "step": true, "cost_rate": true, "benefit_rate": true, "valid_from": true, "rung": true},
		Code:  "hot", NameDE: "Hotline", Unit: "minutes", Step: 6 * money.One, CostRate: ptr(money.Micro(120_550_000)), BenefitRate: ptr(250 * money.One), ValidFrom: 20260131, Rung: 1,
	}
	check(ServiceTypes)
	got = only(t, ServiceEntries, "Kunde;Datum;Leistung;Minuten;Anlass;Nutzen\nA;31.12.2025;hot;20;Pumpe;50,00\n").ServiceEntry
	want = &ServiceEntry{Customer: "A", Day: 20251231, Type: "hot", Minutes: ptr(20 * money.One), Background: "Pumpe", Benefit: ptr(money.Amount(5000))}
	check(ServiceEntries)
	got = only(t, Payments, "Datum;Kundennr;Betrag;Skonto\n31.12.2025;A;1.234,50 USD;12,00\n").Payment
	want = &Payment{Customer: "A", Day: 20251231, Amount: 123_450, Discount: 1200, Currency: "USD"}
	check(Payments)
	got = only(t, Customers, "Kundennr;Name;PLZ;Art;Zahlungsziel;Kunde seit;Vertragskunde;Kreditlimit\n=\"00124\";'=Eins GmbH;01067;Privat;14;31.12.2020;ja;10.000,00\n").Customer
	want = &Customer{
		Given:    Set{"number": true, "name": true, "postal_code": true, "kind": true, "terms": true, "acquired_on": true, "contractual": true, "credit_limit": true},
		External: "00124", Number: "00124", Name: "=Eins GmbH", PostalCode: "01067", Person: true, Terms: ptr(14), AcquiredOn: day.Of(2020, 12, 31),
		Contractual: true, CreditLimit: ptr(money.Amount(1_000_000)),
	}
	check(Customers)
}

// The version depends on what a document says and on nothing else.
func TestVersions(t *testing.T) {
	t.Parallel()
	one := func(text string) int64 {
		docs := read(t, text, Invoices, "", Options{})
		if len(docs) != 1 || len(docs[0].Problems) > 0 {
			t.Fatalf("%q: %+v", text, docs[0].Problems)
		}
		return docs[0].Version()
	}
	want := one("number;customer;day;product;net\n1;A;31.12.2025;X;1.234,50\n1;A;31.12.2025;Y;2,00\n")
	for name, text := range map[string]string{
		"other formats":           "number,customer,day,product,net\n1,A,2025-12-31,X,\"1,234.50\"\n1,A,2025-12-31,Y,2.00\n",
		"other order of columns":  "net;product;day;customer;number\n1234,50;X;31.12.2025;A;1\n2,00;Y;31.12.2025;A;1\n",
		"other order of rows":     "number;customer;day;product;net\n1;A;31.12.2025;Y;2,00\n1;A;31.12.2025;X;1.234,50\n",
		"columns nobody needs":    "number;customer;day;product;net;x\n1;A;31.12.2025;X;1.234,50;1\n1;A;31.12.2025;Y;2,00;2\n",
		"the customer said once":  "number;customer;day;product;net\n1;A;31.12.2025;X;1.234,50\n1;;;Y;2,00\n",
		"the book's own currency": "number;customer;day;product;net;currency\n1;A;31.12.2025;X;1.234,50;EUR\n1;A;31.12.2025;Y;2,00;€\n",
	} {
		if one(text) != want {
			t.Errorf("%s: another version", name)
		}
	}
	for name, text := range map[string]string{
		"another amount":   "number;customer;day;product;net\n1;A;31.12.2025;X;1.234,51\n1;A;31.12.2025;Y;2,00\n",
		"another customer": "number;customer;day;product;net\n1;B;31.12.2025;X;1.234,50\n1;B;31.12.2025;Y;2,00\n",
		"a line more":      "number;customer;day;product;net\n1;A;31.12.2025;X;1.234,50\n1;A;31.12.2025;Y;2,00\n1;A;31.12.2025;Y;2,00\n",
	} {
		if one(text) == want {
			t.Errorf("%s: the same version", name)
		}
	}
}

func TestWhere(t *testing.T) {
	t.Parallel()
	const text = "Nr;Kunde;Datum;Netto;Status\n1;A;31.12.2025;1,00;Offen\n2;A;31.12.2025;1,00;Storniert\n3;A;31.12.2025;1,00; Offen \n"
	for spec, want := range map[string]string{"Status=Offen": "1 3", "status!=Storniert": "1 3", "Status = Storniert": "2", "Status=": ""} {
		w, err := ParseWhere(spec)
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		p := planned(t, opened(t, []byte(text), Options{}), Invoices, "Nr=number", Options{Where: []Where{w}})
		for _, d := range all(t, p) {
			keys = append(keys, d.Key)
		}
		if got := strings.Join(keys, " "); got != want || p.Counts().Filtered != int64(3-len(keys)) {
			t.Errorf("%s: %q, %+v; want %q", spec, got, p.Counts(), want)
		}
	}
	if _, err := ParseWhere("Status"); err == nil {
		t.Error("a condition without = was accepted")
	}
}

// Fields left off at the end of most rows are empty; a few short rows are broken.
func TestShortRows(t *testing.T) {
	t.Parallel()
	docs := read(t, "number;name;street;city\n1;A\n2;B;S;C\n3;C\n4;D\n", Customers, "", Options{})
	for _, d := range docs {
		if len(d.Problems) > 0 {
			t.Errorf("%s: %+v", d.Key, d.Problems)
		}
	}
	docs = read(t, "number;name;street;city\n1;A;S;C\n2;B\n3;C;S;C\n4;D;S;C\n", Customers, "", Options{})
	if len(docs[1].Problems) == 0 || docs[1].Problems[0].Problem != shortRow {
		t.Errorf("a broken row passed: %+v", docs[1].Problems)
	}
}

func TestNumberFormatsOfCells(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]cellStyle{
		"dd.mm.yyyy": {day: true}, "mmm-yy": {day: true}, "yyyy-mm-dd hh:mm": {day: true}, "[$-407]d. mmmm yyyy": {day: true},
		"hh:mm": {}, "[h]:mm": {}, `#,##0.00 "dm"`: {}, `0.00\d`: {}, "00000": {pad: 5}, "General": {}, `_-* #,##0.00_-`: {}, "[Red]0": {},
	} {
		if got := styleOf(code); got != want {
			t.Errorf("%s is %+v, want %+v", code, got, want)
		}
	}
}

// A stream is copied once and leaves nothing behind.
func TestSpool(t *testing.T) {
	t.Parallel()
	at, n, c, err := Spool(strings.NewReader("number;name\n1;A\n"), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	f, err := OpenReader(at, n, "stdin", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if f.Rows != 1 || f.HeaderRow() != "number;name" || f.Separator() != ';' {
		t.Errorf("%+v, header %q", f.Detection, f.HeaderRow())
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// The keys of documents without numbers stay apart however many there are.
func TestUnnumbered(t *testing.T) {
	t.Parallel()
	p, seen := &Plan{keys: NewRegister(t.TempDir())}, make(map[string]bool)
	for i := range int64(5000) {
		for range 2 {
			k := p.unnumbered(i * 7919)
			if seen[k] {
				t.Fatalf("key %s twice", k)
			}
			seen[k] = true
		}
	}
}

// Reading stops when the receiver wants no more, and says so when cancelled.
func TestStopping(t *testing.T) {
	t.Parallel()
	p := planned(t, opened(t, simpleInvoices(30_000), Options{Kind: Invoices}), Invoices, "", Options{})
	n := 0
	for range p.Documents(t.Context()) {
		if n++; n == 10 {
			break
		}
	}
	if n != 10 {
		t.Errorf("%d documents after a break at 10", n)
	}
	var progress []int64
	p = planned(t, opened(t, simpleInvoices(30_000), Options{}), Invoices, "", Options{Progress: func(done, total int64) { progress = append(progress, done) }})
	all(t, p)
	if len(progress) < 3 || !slices.IsSorted(progress) || progress[len(progress)-1] != p.file.src.size {
		t.Errorf("progress %v of %d", progress, p.file.src.size)
	}
}

// Freight of a column that says no more may be charged to the customer: it is
// offered, never taken.
func TestADeductionIsTakenOnlyWhereTheHeaderSaysWhoBearsIt(t *testing.T) {
	t.Parallel()
	f := opened(t, []byte("Rechnungsnr;Kunde;Datum;Netto;Ausgangsfracht;Provision;Garantie\n1;A;31.12.2025;100,00;5,50;2,00;1,00\n"), Options{})
	got := make(map[string]bool)
	for _, s := range f.Suggest(Invoices) {
		got[s.Field] = s.Sure
	}
	for field, sure := range map[string]bool{"freight": true, "commission": true, "warranty": false} {
		if is, ok := got[field]; !ok || is != sure {
			t.Errorf("%s: suggested %v, surely %v; want %v", field, ok, is, sure)
		}
	}
}

// What rows say we bear is summed over the rows of the invoice, and part of its
// version.
func TestDeductionsAreSummedOverTheRowsOfAnInvoice(t *testing.T) {
	t.Parallel()
	read := func(text string) *Doc { return only(t, Invoices, text) }
	a := read("Rechnungsnr;Kunde;Datum;Netto;Ausgangsfracht;Provision;Bonus\n1;A;31.12.2025;100,00;5,50;2,00;\n1;A;31.12.2025;50,00;;3,00;1,25\n")
	if x := a.Invoice; x.Freight != 550 || x.Commission != 500 || x.Bonus != 125 || x.Packaging != 0 || x.Warranty != 0 {
		t.Errorf("%+v", x)
	}
	if b := read("Rechnungsnr;Kunde;Datum;Netto;Ausgangsfracht;Provision;Bonus\n1;A;31.12.2025;100,00;5,51;2,00;\n1;A;31.12.2025;50,00;;3,00;1,25\n"); a.Version() == b.Version() {
		t.Error("another freight, the same version")
	}
}

func TestBonusAgreements(t *testing.T) {
	t.Parallel()
	got := only(t, Bonuses, "Bonusvereinbarung;Kundennr;gültig ab;gültig bis;Bonus;Umlage\nB1;K;01.01.2026;31.12.2026;2,5;Umsatz\n").Bonus
	want := &Bonus{Number: "B1", Customer: "K", From: 20260101, Until: 20261231, Rate: 25_000, Spread: "revenue"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, tt := range map[string]struct {
		cell, problem string
		rate          money.Micro
	}{
		"a percent sign says what it is":        {"0,5 %", "", 5000},
		"a number above one is percent":         {"3", "", 30_000},
		"what may be a fraction is not guessed": {"0,5", unclearRate, 0},
		"one may be a percent or all":           {"1", unclearRate, 0},
		"a bonus below nothing is not one":      {"-3", belowZero, 0},
		"more than all is too much":             {"101", above100, 0},
	} {
		docs := read(t, "number;customer;from;percent\nB;K;2026-01-31;"+tt.cell+"\n", Bonuses, "", Options{})
		problem := ""
		if len(docs[0].Problems) > 0 {
			problem = docs[0].Problems[0].Problem
		}
		if problem != tt.problem || docs[0].Bonus.Rate != tt.rate {
			t.Errorf("%s: %v, %q", name, docs[0].Bonus.Rate, problem)
		}
	}
}
