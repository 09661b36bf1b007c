package app

import (
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"quid/day"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/money"
)

var testNow = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// openApp opens an empty book in a file of its own.
func openApp(t *testing.T, address string) *App {
	t.Helper()
	if address == "" {
		address = filepath.Join(t.TempDir(), "test.db")
	}
	db, err := store.Open(authtest.Context(t), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	a := &App{DB: db, IDs: store.NewIDs(testNow), Now: func() time.Time { return testNow }, Files: t.TempDir(), Log: slog.New(slog.DiscardHandler)}
	if err := a.CreateBook(authtest.Context(t), "Test", "EUR"); err != nil {
		t.Fatal(err)
	}
	return a
}

// shared returns the path of a real file, or skips where it is missing.
func shared(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not here: %v", name, err)
	}
	return path
}

func (a *App) mustImport(t *testing.T, req ImportRequest, mapping ...string) ImportResult {
	t.Helper()
	if mapping != nil {
		m, err := intake.ParseMapping(mapping...)
		if err != nil {
			t.Fatal(err)
		}
		req.Mapping = m
	}
	res, err := a.Import(authtest.Context(t), req, nil)
	if err != nil {
		t.Fatalf("import %s %s: %v", req.Kind, req.Path, err)
	}
	if res.Read != res.Created+res.Updated+res.Unchanged+res.Rejected {
		t.Errorf("%s: read %d is not created %d + updated %d + unchanged %d + rejected %d", req.Kind, res.Read, res.Created, res.Updated, res.Unchanged, res.Rejected)
	}
	return res
}

func TestClassicModelsComesInToTheCent(t *testing.T) {
	t.Parallel()
	dir := shared(t, "classicmodels")
	a := openApp(t, "")
	file := func(kind intake.Kind, name string) ImportRequest {
		return ImportRequest{Kind: kind, Path: filepath.Join(dir, name), Related: true}
	}
	for _, step := range []struct {
		req ImportRequest
		m   string
		n   int64
	}{
		{file(intake.Customers, "customers.csv"), "customerNumber=external,customerName=name", 122},
		{file(intake.Products, "products.csv"), "productCode=external,productName=name,productLine=category,buyPrice=standard_cost,MSRP=list_price", 110},
		{file(intake.Invoices, "orders.csv"), "orderNumber=number,orderDate=day,customerNumber=customer,requiredDate=-,shippedDate=-,status=-,comments=-", 326},
		{file(intake.InvoiceLines, "orderdetails.csv"), "orderNumber=number,productCode=product,quantityOrdered=quantity,priceEach=unit_price,orderLineNumber=line", 2996},
		{file(intake.Payments, "payments.csv"), "customerNumber=customer,checkNumber=number,paymentDate=day,amount=amount", 273},
	} {
		res := a.mustImport(t, step.req, step.m)
		t.Logf("%s %+v %d problems %v", step.req.Kind, res.Counts, len(res.Problems), res.Problems[:min(3, len(res.Problems))])
		if res.Created != step.n {
			t.Errorf("%s: created %d, want %d", step.req.Kind, res.Created, step.n)
		}
		if again := a.mustImport(t, step.req, step.m); again.Unchanged != step.n {
			t.Errorf("%s again: %+v, want all unchanged", step.req.Kind, again.Counts)
		}
	}
}

func TestReceivablesComeInFromOneFile(t *testing.T) {
	t.Parallel()
	path := shared(t, "ibm-accounts-receivable/WA_Fn-UseC_-Accounts-Receivable.csv")
	a := openApp(t, "")
	res := a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: path, Related: true},
		"customerID=customer,invoiceNumber=number,InvoiceDate=day,DueDate=due,InvoiceAmount=net,Disputed=disputed,SettledDate=settled")
	t.Logf("%+v %v", res.Counts, res.Problems)
	if res.Created != 2466 || res.Also["payments"] != 2466 || res.Also["complaints"] != 561 || res.RelatedCreated != 100 {
		t.Errorf("counts = %+v", res.Counts)
	}
}

func TestReceivablesAreValuedAsTheirSourceSays(t *testing.T) {
	t.Parallel()
	path := shared(t, "ibm-accounts-receivable/WA_Fn-UseC_-Accounts-Receivable.csv")
	a := openApp(t, "")
	a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: path, Related: true},
		"customerID=customer,invoiceNumber=number,InvoiceDate=day,DueDate=due,InvoiceAmount=net,Disputed=disputed,SettledDate=settled")
	v, err := a.Value(authtest.Context(t), ValueOrder{AsOf: 20140331, Window: new(day.All)})
	if err != nil {
		t.Fatal(err)
	}
	var late, disputed, disputedLate, invoices, settled int32
	var lateDays, settleDays int64
	var due money.Amount
	var dueDays float64
	fs, err := a.DB.CustomerFigures(authtest.Context(t), 20140331, day.All, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fs.Customers {
		late += f.LateInvoices
		disputed += f.DisputedInvoices
		disputedLate += f.DisputedLate
		invoices += f.Invoices
		settled += f.Settled
		lateDays += f.LateDays
		settleDays += f.SettleDays
		due += f.Due
		dueDays += f.DueDays
	}
	// The figures of the data's README.
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"late", float64(late), 877},
		{"share late", float64(late) / float64(invoices) * 100, 35.56},
		{"disputed", float64(disputed), 561},
		{"disputed late", float64(disputedLate) / float64(disputed) * 100, 68.27},
		{"days to settle", float64(settleDays) / float64(settled), 26.445},
		{"days past due", dueDays / float64(due), 3.571},
		{"days late", float64(lateDays) / float64(late), 9.680},
		{"total", float64(due) / 100, 147_703.18},
		{"gini", float64(v.Summary.Gini), 0.1720},
	} {
		if math.Abs(c.got-c.want) > 0.005 && math.Abs(c.got/c.want-1) > 0.0003 {
			t.Errorf("%s = %v, want %v", c.what, c.got, c.want)
		}
	}
}
