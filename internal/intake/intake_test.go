package intake

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quid/day"
	"quid/money"
)

// opened opens bytes as a file.
func opened(t testing.TB, data []byte, o Options) *File {
	t.Helper()
	f, err := OpenReader(bytes.NewReader(data), int64(len(data)), "test", o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// planned plans a file that leaves nothing open.
func planned(t testing.TB, f *File, kind Kind, mapping string, o Options) *Plan {
	t.Helper()
	m, err := ParseMapping(mapping)
	if err != nil {
		t.Fatal(err)
	}
	p, questions, err := f.Plan(kind, m, o)
	if err != nil || len(questions) > 0 {
		t.Fatalf("plan: %v, questions %+v", err, questions)
	}
	return p
}

// all reads every document.
func all(t testing.TB, p *Plan) []*Doc {
	t.Helper()
	var docs []*Doc
	for d, err := range p.Documents(t.Context()) {
		if err != nil {
			t.Fatalf("documents: %v", err)
		}
		docs = append(docs, d)
	}
	return docs
}

// read opens, plans and reads a text.
func read(t testing.TB, text string, kind Kind, mapping string, o Options) []*Doc {
	t.Helper()
	return all(t, planned(t, opened(t, []byte(text), o), kind, mapping, o))
}

// shared returns the path of a shared file, or skips the test.
func shared(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the shared files are not here: %v", err)
	}
	return path
}

// fromShared reads a shared file.
func fromShared(t *testing.T, name string, kind Kind, mapping string, o Options) ([]*Doc, *Plan) {
	t.Helper()
	f, err := Open(shared(t, name), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	p := planned(t, f, kind, mapping, o)
	docs := all(t, p)
	for _, d := range docs {
		if len(d.Problems) > 0 {
			t.Fatalf("%s: %+v", name, d.Problems[0])
		}
	}
	return docs, p
}

func TestClassicModels(t *testing.T) {
	t.Parallel()
	orders, plan := fromShared(t, "classicmodels/orders.csv", Invoices, "", Options{})
	if len(orders) != 326 || !orders[0].Invoice.HeaderOnly || plan.Counts().Read != 326 {
		t.Errorf("%d orders, %+v; want 326 headers", len(orders), plan.Counts())
	}
	open, plan := fromShared(t, "classicmodels/orders.csv", Invoices, "", Options{Where: []Where{{"status", true, "Cancelled"}}})
	if len(open) != 320 || plan.Counts().Filtered != 6 {
		t.Errorf("%d orders not cancelled, %d filtered; want 320 and 6", len(open), plan.Counts().Filtered)
	}

	cost := make(map[string]money.Micro)
	products, _ := fromShared(t, "classicmodels/products.csv", Products, "", Options{})
	for _, d := range products {
		cost[d.Key] = *d.Product.StandardCost
	}
	if len(cost) != 110 {
		t.Errorf("%d products, want 110", len(cost))
	}
	var net, goods money.Amount
	lines := 0
	docs, plan := fromShared(t, "classicmodels/orderdetails.csv", InvoiceLines, "", Options{})
	for _, d := range docs {
		for _, l := range d.Invoice.Lines {
			c, err := money.Product(l.Quantity, cost[l.Product], 0)
			if err != nil {
				t.Fatal(err)
			}
			net, goods, lines = net+l.Net, goods+c, lines+1
		}
	}
	if net != 960_419_061 || goods != 577_831_036 || lines != 2996 || plan.Counts().Read != 2996 {
		t.Errorf("net %s, cost %s, lines %d; want 9604190.61, 5778310.36, 2996", net.Decimal(2), goods.Decimal(2), lines)
	}
	payments, _ := fromShared(t, "classicmodels/payments.csv", Payments, "", Options{})
	var paid money.Amount
	for _, d := range payments {
		paid += d.Payment.Amount
	}
	if len(payments) != 273 || paid != 885_383_923 {
		t.Errorf("%d payments, %s; want 273, 8853839.23", len(payments), paid.Decimal(2))
	}
	customers, _ := fromShared(t, "classicmodels/customers.csv", Customers, "customerNumber=external", Options{})
	if c := customers[0].Customer; len(customers) != 122 || c.Name != "Atelier graphique" || c.PostalCode != "44000" || *c.CreditLimit != 2_100_000 {
		t.Errorf("%d customers, the first %+v", len(customers), c)
	}
}

func TestReceivables(t *testing.T) {
	t.Parallel()
	docs, _ := fromShared(t, "ibm-accounts-receivable/WA_Fn-UseC_-Accounts-Receivable.csv", Invoices, "", Options{})
	var total money.Amount
	var late, disputed, both, settle int
	for _, d := range docs {
		inv := d.Invoice
		total += inv.Lines[0].Net
		isLate := inv.Settled > inv.Due
		settle += inv.Settled.Sub(inv.Day)
		if isLate {
			late++
		}
		if inv.Disputed {
			disputed++
		}
		if isLate && inv.Disputed {
			both++
		}
	}
	if len(docs) != 2466 || total != 14_770_318 || late != 877 || disputed != 561 || both != 383 {
		t.Errorf("%d invoices, %s, %d late, %d disputed, %d both", len(docs), total.Decimal(2), late, disputed, both)
	}
	if mean := float64(settle) / float64(len(docs)); mean < 26.4445 || mean >= 26.4455 {
		t.Errorf("mean days to settle %.4f, want 26.445", mean)
	}
}

func TestDirtyFiles(t *testing.T) {
	t.Parallel()
	const mapping = "SalesOrderNumber=number,ResellerKey=customer,OrderDate=day,DueDate=due,ProductKey=product,SalesAmount=net,TotalProductCost=cost"
	for _, tt := range []struct {
		file  string
		blank int64
	}{
		{"dirty-import/FactResellerSales.60k-empty-rows.csv", 60268},
		{"dirty-import/FactResellerSales.mangled-thousands.csv", 0},
	} {
		f, err := Open(shared(t, tt.file), Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if f.Rows != 587 || f.Blank != tt.blank {
			t.Errorf("%s: %d rows, %d blank; want 587, %d", tt.file, f.Rows, f.Blank, tt.blank)
		}
		m, err := ParseMapping(mapping)
		if err != nil {
			t.Fatal(err)
		}
		plan, questions, err := f.Plan(Invoices, m, Options{})
		if err != nil || plan != nil {
			t.Fatalf("%s: a plan for mangled numbers: %v", tt.file, err)
		}
		asked := make(map[string]bool)
		for _, q := range questions {
			asked[q.Field] = q.Flag == "--decimal" && len(q.Readings) == 2
		}
		if !asked["net"] || !asked["cost"] {
			t.Errorf("%s: asked about %v, want net and cost", tt.file, asked)
		}
		for _, decimal := range []byte{',', '.'} {
			plan, questions, err := f.Plan(Invoices, m, Options{Decimal: decimal})
			if err != nil || len(questions) > 0 {
				t.Fatalf("%s: %v %v", tt.file, err, questions)
			}
			problems := 0
			for _, d := range all(t, plan) {
				problems += len(d.Problems)
				for _, l := range d.Lines {
					if l < 2 {
						t.Errorf("%s: line %d", tt.file, l)
					}
				}
			}
			if problems == 0 {
				t.Errorf("%s: no problem with --decimal %c", tt.file, decimal)
			}
			if c := plan.Counts(); c.Rows != 587 || c.Read != 66 || c.Blank != tt.blank {
				t.Errorf("%s: counts %+v", tt.file, c)
			}
		}
	}
}

func TestProblemsSayWhatToDo(t *testing.T) {
	t.Parallel()
	const head = "number;customer;day;due;quantity;unit_price;discount;net;line;disputed\n"
	tests := []struct {
		name  string
		rows  string
		want  string // problem
		value string
	}{
		{"no customer", "1;;2026-01-15;;1;2,50;;2,50;;", missing, ""},
		{"a time is no date", "1;C;00:00.0;;1;2,50;;2,50;;", onlyATime, "00:00.0"},
		{"the 30th of February", "1;C;30.02.2026;;1;2,50;;2,50;;", noSuchDay, "30.02.2026"},
		{"a month first among days first", "1;C;31.12.2026;;1;2,50;;2,50;;\n2;C;12.31.2026;;1;2,50;;2,50;;\n3;C;13.12.2026;;1;2,50;;2,50;;", "", ""},
		{"due before the day", "1;C;2026-01-15;2026-01-14;1;2,50;;2,50;;", dueBefore, "2026-01-14"},
		{"the net is off", "1;C;2026-01-15;;2;2,50;;6,00;;", netOff, "6,00"},
		{"the net is off by the discount", "1;C;2026-01-15;;2;2,50;10;5,00;;", netOff, "5,00"},
		{"no net at all", "1;C;2026-01-15;;;;;;;", noNet, ""},
		{"letters for a number", "1;C;2026-01-15;;1;2,50;;zwei;;", notANumber, "zwei"},
		{"an exponent", "1;C;2026-01-15;;1;;;1,5E+05;;", scientific, "1,5E+05"},
		{"too many separators for a decimal comma", "1;C;2026-01-15;;;;;2.024.994;;\n2;C;2026-01-15;;;;;2,50;;", "", ""},
		{"half a line number", "1;C;2026-01-15;;;;;2,50;1,5;", notWhole, "1,5"},
		{"neither yes nor no", "1;C;2026-01-15;;;;;2,50;;vielleicht\n2;C;2026-01-15;;;;;2,50;;ja", notYesNo, "vielleicht"},
		{"a discount above 100 percent", "1;C;2026-01-15;;1;2,50;120;2,50;;", above100, "120"},
		{"two customers on one invoice", "1;C;2026-01-15;;;;;2,50;;\n1;D;2026-01-15;;;;;2,50;;", disagree, "D"},
		{"a line number twice", "1;C;2026-01-15;;;;;2,50;1;\n1;C;2026-01-15;;;;;2,50;1;", twiceLine, "1"},
		{"a field too few", "1;C;2026-01-15;2,50\n2;C;2026-01-15;;;;;2,50;;\n3;C;2026-01-15;;;;;2,50;;", shortRow, ""},
		{"a field too many", "1;C;2026-01-15;;;;;2,50;;no;x", longRow, ""},
		{"no number", ";C;2026-01-15;;;;;2,50;;", missing, ""},
		{"a number as long as a book", strings.Repeat("9", 500) + ";C;2026-01-15;;;;;2,50;;", tooLong, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []Problem
			for _, d := range read(t, head+tt.rows, Invoices, "", Options{Dates: 0}) {
				got = append(got, d.Problems...)
				if len(d.Problems) == 0 && d.Version() == 0 {
					t.Error("a good document has no version")
				}
			}
			if tt.want == "" {
				return
			}
			if len(got) == 0 {
				t.Fatalf("no problem, want %q", tt.want)
			}
			if got[0].Problem != tt.want || (tt.value != "" && got[0].Value != tt.value) || got[0].Do == "" || got[0].Line < 2 {
				t.Errorf("problem %+v, want %q with value %q", got[0], tt.want, tt.value)
			}
		})
	}
}

func TestInvoicesAsTheyAreMeant(t *testing.T) {
	t.Parallel()
	docs := read(t, `Rechnungsnr.;Kunden-Nr.;Rechnungsdatum;Fälligkeit;Artikelnr.;Menge;Einzelpreis;Rabatt %;EK-Preis;Brutto;Bezahlt am
R1;00123;13.01.2026;12.02.2026;1E5;3;1.234,56;10;1.000,00;3.966,64;
R1;00123;13.01.2026;12.02.2026;A-2;1,5;0,333;0;0,10;3.966,64;
R2;00123;14.01.2026;;A-2;-2;10,00;;6,00;-23,80;20.01.2026
`, Invoices, "Rabatt %=discount,EK-Preis=unit_cost", Options{})
	if len(docs) != 2 || len(docs[0].Problems)+len(docs[1].Problems) > 0 {
		t.Fatalf("%d documents, %+v", len(docs), docs[0].Problems)
	}
	r1, r2 := docs[0].Invoice, docs[1].Invoice
	// 3 × 1234.56 × 0.9 = 3333.312; 1.5 × 0.333 = 0.4995
	if r1.Lines[0].Net != 333_331 || r1.Lines[1].Net != 50 || *r1.Lines[0].Cost != 300_000 || *r1.Lines[1].Cost != 15 {
		t.Errorf("lines of R1: %+v %+v", r1.Lines[0], r1.Lines[1])
	}
	if *r1.Gross != 396_664 || r1.Customer != "00123" || r1.Lines[0].Product != "1E5" || r1.Due != day.Of(2026, 2, 12) {
		t.Errorf("R1: %+v", r1)
	}
	if r2.Lines[0].Net != -2000 || *r2.Lines[0].Cost != -1200 || r2.Settled != day.Of(2026, 1, 20) || r2.Due != 0 {
		t.Errorf("R2: %+v %+v", r2, r2.Lines[0])
	}
	if docs[0].Lines[1] != 3 || docs[0].Raw[1] == "" {
		t.Errorf("lines %v, raw %q", docs[0].Lines, docs[0].Raw)
	}
}

func TestPaymentsWithoutNumbersAreTold(t *testing.T) {
	t.Parallel()
	const text = "customer;day;amount\nA;2026-01-31;10,00\nB;2026-01-31;10,00\nA;2026-01-31;10,00\n"
	docs := read(t, text, Payments, "", Options{})
	again := read(t, "amount;day;customer\n10.00;31.01.2026;A\n10.00;31.01.2026;B\n10.00;31.01.2026;A\n", Payments, "", Options{})
	keys := make(map[string]bool)
	for i, d := range docs {
		keys[d.Key] = true
		if d.Key != again[i].Key || d.Version() != again[i].Version() {
			t.Errorf("payment %d has another key in another format: %q, %q", i, d.Key, again[i].Key)
		}
	}
	if len(keys) != 3 {
		t.Errorf("%d keys for 3 payments", len(keys))
	}
}

func TestPicturesAndProgramsAreNoTables(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 3000)
	for i := range noise {
		noise[i] = byte(i * 7919 >> 3)
	}
	for name, text := range map[string]string{"a PNG": "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a JPEG": "\xff\xd8\xff\xe0\x00\x10JFIF", "noise": string(noise)} {
		if _, err := OpenReader(strings.NewReader(text), int64(len(text)), name, Options{}); err == nil {
			t.Errorf("%s was opened as a table", name)
		}
	}
	damaged := "a;b\n1;x\x00y\n2;\x07\x1b\n"
	f, err := OpenReader(strings.NewReader(damaged), int64(len(damaged)), "damaged", Options{})
	if err != nil {
		t.Fatalf("a damaged table: %v", err)
	}
	f.Close()
}

func TestADiscountOfOneIsNotGuessed(t *testing.T) {
	t.Parallel()
	head := "number;customer;day;quantity;unit_price;discount\n"
	for rows, ok := range map[string]bool{
		"1;K;2026-01-13;10;10,50;1\n2;K;2026-01-14;10;10,50;0,5\n": false, // one percent, or all of it?
		"1;K;2026-01-13;10;10,50;0,5\n2;K;2026-01-14;10;10,50;1\n": false, // and half a percent, or half of it?
		"1;K;2026-01-13;10;10,50;0\n2;K;2026-01-14;10;10,50;1\n":   true,  // nothing is nothing
		"1;K;2026-01-13;10;10,50;1 %\n":                            true,
		"1;K;2026-01-13;10;10,50;1\n2;K;2026-01-14;10;10,50;5\n":   true, // a column of percent
		"1;K;2026-01-13;10;10,50;0,05\n":                           true,
	} {
		d := read(t, head+rows, Invoices, "", Options{})[0]
		if got := len(d.Problems) == 0; got != ok {
			t.Errorf("%q: %v, want sound %v", rows, d.Problems, ok)
		}
	}
}
