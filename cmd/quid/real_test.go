package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// sharedData is where the real files lie, beside the repository.
const sharedData = "../../../shared/data"

// shared returns the path of a real file and skips the test where it is absent.
func shared(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(sharedData, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the real files are not here: %v", err)
	}
	return path
}

// runs counts the commands of all tests, each of which runs a minute after the
// one before: two at one instant would draw the same ids once in 2048 times.
var runs atomic.Int64

// quid runs a command in this process and returns what it printed.
func quid(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	at := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC).Add(time.Duration(runs.Add(1)%1440) * time.Minute)
	now := func() time.Time { return at }
	code = run(t.Context(), args, &session{in: strings.NewReader(""), out: &out, err: &err, now: now})
	return code, out.String(), err.String()
}

// must runs a command that has to succeed and reads its JSON into v.
func must(t *testing.T, v any, args ...string) {
	t.Helper()
	code, out, problem := quid(t, args...)
	if code != exitDone {
		t.Fatalf("quid %v: exit code %d\n%s", args, code, problem)
	}
	if v == nil {
		return
	}
	if err := json.Unmarshal([]byte(out), v); err != nil {
		t.Fatalf("quid %v: %v\n%s", args, err, out)
	}
}

// counts are the numbers of an import.
type counts struct {
	Read, Created, Updated, Unchanged, Rejected, Blank int64
	Also                                               map[string]int64
	Related                                            int64 `json:"related_created"`
}

// totals are the sums of a valuation.
type totals struct {
	Customers    int
	Revenue      string
	Contribution map[string]string
	Gini         float64
}

// The classic models need no mapping at all: every header is known. Orders are
// the invoices, their lines come by themselves, the cost from the products.
func TestClassicModelsAddUpToTheCent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name                  string
		where                 []string
		orders, lines         int64
		revenue, contribution string // contribution I: revenue − cost
		unplaced              int64  // lines of orders left out
	}{
		{"all orders count", nil, 326, 2996, "9604190.61", "3825880.25", 0},
		{"cancelled orders are filtered out", []string{"--where", "status!=Cancelled"}, 320, 2917, "9365336.43", "3731511.97", 79},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db := "--db=" + filepath.Join(t.TempDir(), "book.db")
			take := func(kind, file string, flags ...string) (c counts) {
				must(t, &c, append([]string{"import", kind, shared(t, "classicmodels/"+file), "--json", db}, flags...)...)
				return c
			}
			if c := take("customers", "customers.csv"); c.Created != 122 {
				t.Errorf("customers created: %d, want 122", c.Created)
			}
			if c := take("products", "products.csv"); c.Created != 110 {
				t.Errorf("products created: %d, want 110", c.Created)
			}
			if c := take("invoices", "orders.csv", tt.where...); c.Created != tt.orders || c.Related != 0 {
				t.Errorf("orders created: %+v, want %d", c, tt.orders)
			}
			if c := take("invoice-lines", "orderdetails.csv"); c.Created != tt.lines || c.Rejected != tt.unplaced || c.Read != 2996 {
				t.Errorf("lines: %+v, want %d created and %d rejected", c, tt.lines, tt.unplaced)
			}
			if c := take("payments", "payments.csv"); c.Created != 273 {
				t.Errorf("payments created: %d, want 273", c.Created)
			}
			var v totals
			must(t, &v, "value", "--as-of", "2005-12-31", "--window", "all", "--json", db)
			if v.Revenue != tt.revenue || v.Contribution["1"] != tt.contribution {
				t.Errorf("revenue %s, contribution I %s; want %s and %s", v.Revenue, v.Contribution["1"], tt.revenue, tt.contribution)
			}
			if code, out, problem := quid(t, "check", db); code != exitDone {
				t.Errorf("check: %d\n%s%s", code, out, problem)
			}
			if sum := columnSum(t, db, "payments", "amount"); sum != "8853839.23" {
				t.Errorf("payments add up to %s, want 8853839.23", sum)
			}
		})
	}
}

// columnSum adds up a column of money of an exported table.
func columnSum(t *testing.T, db, table, column string) string {
	t.Helper()
	_, out, _ := quid(t, "export", table, db)
	records := readCSV(t, out)
	at := -1
	for i, name := range records[0] {
		if name == column {
			at = i
		}
	}
	var cents int64
	for _, r := range records[1:] {
		cents += centsOf(t, r[at])
	}
	return decimalOf(cents)
}

// A receivables list of one file makes customers, invoices, payments and
// complaints; its dates are American, which the file itself shows.
func TestAReceivablesListSaysWhatItsReadmeSays(t *testing.T) {
	t.Parallel()
	file := shared(t, "ibm-accounts-receivable/WA_Fn-UseC_-Accounts-Receivable.csv")
	db := "--db=" + filepath.Join(t.TempDir(), "book.db")
	var c counts
	must(t, &c, "import", "invoices", file, "--json", db)
	if c.Created != 2466 || c.Also["payments"] != 2466 || c.Also["complaints"] != 561 || c.Related != 100 {
		t.Errorf("import: %+v", c)
	}
	var v totals
	must(t, &v, "value", "--as-of", "2014-01-31", "--window", "all", "--json", db)
	if v.Revenue != "147703.18" || !near(v.Gini, 0.1720, 5e-5) {
		t.Errorf("revenue %s, Gini %.4f; want 147703.18 and 0.1720", v.Revenue, v.Gini)
	}
	code, out, _ := quid(t, "customers", "--as-of", "2014-01-31", "--json", db)
	if code != exitDone {
		t.Fatalf("customers: %d", code)
	}
	var n, late, disputed, disputedLate, settleDays, lateDays, dueDays, revenue float64
	for line := range strings.Lines(out) {
		var l struct {
			Revenue      json.Number
			Invoices     float64
			Late         float64 `json:"late_invoices"`
			Disputed     float64 `json:"disputed_invoices"`
			DisputedLate float64 `json:"disputed_late_invoices"`
			PastDue      float64 `json:"days_past_due"`
			MeanLate     float64 `json:"mean_days_late"`
			ToSettle     float64 `json:"days_to_settle"`
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		sum, err := l.Revenue.Float64()
		if err != nil {
			t.Fatal(err)
		}
		n, late, disputed, disputedLate = n+l.Invoices, late+l.Late, disputed+l.Disputed, disputedLate+l.DisputedLate
		settleDays, lateDays = settleDays+l.ToSettle*l.Invoices, lateDays+l.MeanLate*l.Late
		dueDays, revenue = dueDays+l.PastDue*sum, revenue+sum
	}
	for _, f := range []struct {
		name      string
		got, want float64
		within    float64
	}{
		{"invoices", n, 2466, 0},
		{"late invoices", late, 877, 0},
		{"disputed invoices", disputed, 561, 0},
		{"share of the disputed that are late", disputedLate / disputed, 0.6827, 5e-5},
		{"mean days to settle", settleDays / n, 26.445, 5e-4},
		{"days past due weighted by amount", dueDays / revenue, 3.571, 5e-4},
		{"mean lateness of the late", lateDays / late, 9.680, 5e-4},
	} {
		if !near(f.got, f.want, f.within) {
			t.Errorf("%s: %v, want %v", f.name, f.got, f.want)
		}
	}
}

// mangled maps the columns of a sales table that a spreadsheet went over.
const mangled = "SalesOrderNumber=number,ResellerKey=customer,OrderDateKey=day,DueDateKey=due,ProductKey=product," +
	"OrderQuantity=quantity,UnitPrice=unit_price,SalesAmount=net,TotalProductCost=cost,SalesOrderLineNumber=line"

// Numbers whose decimals were turned into thousands are read only as somebody
// said; then each row that makes no sense so is refused.
func TestMangledNumbersAreNeverPostedUnasked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		file  string
		blank int64
	}{
		{"FactResellerSales.60k-empty-rows.csv", 60_268},
		{"FactResellerSales.mangled-thousands.csv", 0},
	} {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			file, db := shared(t, "dirty-import/"+tt.file), filepath.Join(t.TempDir(), "book.db")
			code, out, problem := quid(t, "import", "invoices", file, "--map", mangled, "--json", "--db", db)
			if code != exitProblem || out != "" || !strings.Contains(problem, "--decimal ,") {
				t.Errorf("unasked: exit code %d, stdout %q, stderr %q", code, out, problem)
			}
			if _, err := os.Stat(db); err == nil {
				t.Error("a book was made though nothing could be read")
			}
			for _, decimal := range []string{",", "."} {
				var c counts
				code, out, problem = quid(t, "import", "invoices", file, "--map", mangled, "--decimal", decimal, "--json", "--db", db+decimal)
				if err := json.Unmarshal([]byte(out), &c); err != nil {
					t.Fatalf("--decimal %s: %v: %s%s", decimal, err, out, problem)
				}
				if c.Read != c.Created+c.Updated+c.Unchanged+c.Rejected || c.Rejected == 0 || c.Blank != tt.blank {
					t.Errorf("--decimal %s: exit code %d, %+v", decimal, code, c)
				}
				if wantCode := map[bool]int{true: exitProblem, false: exitDone}[c.Rejected == c.Read]; code != wantCode {
					t.Errorf("--decimal %s: exit code %d with %d of %d rejected", decimal, code, c.Rejected, c.Read)
				}
			}
		})
	}
}

func near(got, want, within float64) bool { return math.Abs(got-want) <= within }
