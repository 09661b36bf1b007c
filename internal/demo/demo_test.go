package demo

import (
	"cmp"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"quid/day"
	"quid/fault"
	"quid/internal/intake"
	"quid/money"
)

var until = day.Of(2026, 11, 22)

func company(customers int) Company { return Company{Customers: customers, Seed: 1, Until: until} }

// clone keeps a history beyond the next call of Tell.
func clone(h *History) History {
	c := *h
	c.lines = nil
	c.Contacts, c.Payments, c.Complaints = slices.Concat(h.Contacts), slices.Concat(h.Payments), slices.Concat(h.Complaints)
	c.Interactions, c.Services, c.Invoices = slices.Concat(h.Interactions), slices.Concat(h.Services), slices.Concat(h.Invoices)
	for i := range c.Invoices {
		c.Invoices[i].Lines = slices.Concat(c.Invoices[i].Lines)
	}
	return c
}

func TestACustomerIsTheSameAloneAndInSequence(t *testing.T) {
	t.Parallel()
	sequence, c := company(200).Simulator(), company(200)
	for k := range 200 {
		got, want := clone(c.Simulator().Tell(k, All)), clone(sequence.Tell(k, All))
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("customer %d alone differs from the one in sequence:\n%+v\n%+v", k, got, want)
		}
	}
}

func TestAPartIsTheSameWhateverElseIsTold(t *testing.T) {
	t.Parallel()
	a, b := company(1).Simulator(), company(1).Simulator()
	for k := range 300 {
		whole := clone(a.Tell(k, All))
		for _, part := range []Part{0, Sales, Care, Help} {
			h := b.Tell(k, part)
			want := whole
			if part&Sales == 0 {
				want.Invoices, want.Payments, want.Complaints = h.Invoices[:0], h.Payments[:0], h.Complaints[:0]
			}
			if part&Care == 0 {
				want.Interactions = h.Interactions[:0]
			}
			if part&Help == 0 {
				want.Services = h.Services[:0]
			}
			for _, same := range []bool{
				want.Customer == h.Customer, slices.Equal(want.Contacts, h.Contacts), slices.Equal(want.Payments, h.Payments),
				slices.Equal(want.Complaints, h.Complaints), slices.Equal(want.Interactions, h.Interactions),
				slices.Equal(want.Services, h.Services), len(want.Invoices) == len(h.Invoices),
			} {
				if !same {
					t.Fatalf("customer %d, part %d differs from the whole", k, part)
				}
			}
		}
	}
}

func TestASmallCompanyIsTheBeginningOfALargeOne(t *testing.T) {
	t.Parallel()
	for _, kind := range Kinds {
		var large []int64
		for d := range company(80).Docs(kind) {
			large = append(large, d.Version())
		}
		n := 0
		for d := range company(50).Docs(kind) {
			if n >= len(large) || d.Version() != large[n] {
				t.Fatalf("%s: document %d (%s) of the small company is another in the large one", kind, n, d.Key)
			}
			n++
		}
		if n == 0 {
			t.Errorf("%s: there are none", kind)
		}
	}
}

// sums writes the files and returns their hashes.
func sums(t *testing.T, c Company) map[string][32]byte {
	t.Helper()
	dir := t.TempDir()
	if err := c.WriteFiles(dir, nil); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	hashes := make(map[string][32]byte)
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		hashes[e.Name()] = sha256.Sum256(b)
	}
	return hashes
}

func TestTheSameSeedMakesTheSameFiles(t *testing.T) {
	t.Parallel()
	c := company(60)
	first := sums(t, c)
	if len(first) != len(Kinds)+1 {
		t.Errorf("%d files, want one for each of %d kinds and a README", len(first), len(Kinds))
	}
	if !reflect.DeepEqual(first, sums(t, c)) {
		t.Error("the same company was written twice and differs")
	}
	c.Seed = 2
	for name, sum := range sums(t, c) {
		if shared := name == "products.csv" || name == "service-types.csv"; (first[name] == sum) != shared {
			t.Errorf("%s: same with another seed: %t, want %t", name, first[name] == sum, shared)
		}
	}
}

// The books of every customer are in order: sums, days, references.
func TestTheBooksAreInOrder(t *testing.T) {
	t.Parallel()
	c := company(3000)
	s := c.Simulator()
	for k := range c.Customers {
		h := s.Tell(k, All)
		open := checkInvoices(t, c, h)
		last := day.Day(0)
		for _, p := range h.Payments {
			if p.Amount <= 0 || p.Discount < 0 || p.Day > until || p.Day < last {
				t.Errorf("payment %+v", p)
			}
			last = p.Day
			if p.Invoice != "" {
				open[p.Invoice] -= p.Amount + p.Discount
			} else {
				open[""] -= p.Amount + p.Discount
			}
		}
		rest := money.Amount(0)
		for number, left := range open {
			if rest += left; left < 0 && number != "" {
				t.Errorf("invoice %s is paid %d cents too much", number, -left)
			}
		}
		if rest < 0 {
			t.Errorf("customer %s paid %d cents too much", h.Customer.Number, -rest)
		}
		for _, p := range h.Complaints {
			if _, ok := open[p.Invoice]; !ok || p.Cost <= 0 || p.Day > until || p.SolvedOn > until || (p.SolvedOn != 0 && p.SolvedOn < p.Day) {
				t.Errorf("complaint %+v", p)
			}
		}
	}
}

// checkInvoices checks a customer's invoices and returns what is open of each.
func checkInvoices(t *testing.T, c Company, h *History) map[string]money.Amount {
	t.Helper()
	products := c.Products()
	open := map[string]money.Amount{"": 0}
	last := day.Day(0)
	for _, inv := range h.Invoices {
		var net money.Amount
		for _, l := range inv.Lines {
			net += l.Net
			if want, err := money.Product(l.Quantity, money.Micro(l.UnitPrice)*money.One, l.Discount); err != nil || l.Net != want {
				t.Errorf("%s: net of a line is %d, want %d", inv.Number, l.Net, want)
			}
			if l.Known && !l.Written {
				standard := money.Micro(products[l.Product].Cost) * money.One
				if want, err := money.Product(l.Quantity, standard, 0); err != nil || l.Cost != want {
					t.Errorf("%s: cost of a line is %d, by the product's standard cost %d", inv.Number, l.Cost, want)
				}
			}
			if l.Known != (l.Product < 0 || products[l.Product].Number != toDrawing) {
				t.Errorf("%s: cost known is %t", inv.Number, l.Known)
			}
		}
		if (inv.Net > 0) == (inv.Credit != "") || inv.Net != net || len(inv.Lines) == 0 {
			t.Errorf("%s: net %d, lines %d, credit %q", inv.Number, inv.Net, net, inv.Credit)
		}
		if inv.Day < c.Start() || inv.Day < h.Customer.AcquiredOn || inv.Day > c.Until || inv.Due < inv.Day || inv.Day < last {
			t.Errorf("%s: day %s, due %s", inv.Number, inv.Day, inv.Due)
		}
		last = inv.Day
		if _, twice := open[inv.Number]; twice {
			t.Errorf("%s: number given twice", inv.Number)
		}
		if inv.Credit == "" {
			open[inv.Number] = inv.Net
		} else if open[inv.Credits] += inv.Net; open[inv.Credits] < 0 {
			t.Errorf("%s: takes back more than there was", inv.Number)
		}
	}
	return open
}

func TestTheCompanyLooksLikeOne(t *testing.T) {
	t.Parallel()
	c := company(8000)
	s := c.Simulator()
	var invoices, notes, contacts, services, complaints, needs, ranks, parents, unknown int
	names := make(map[string]bool)
	var revenue []money.Amount
	for k := range c.Customers {
		h := s.Tell(k, All)
		contacts, services, complaints = contacts+len(h.Contacts), services+len(h.Services), complaints+len(h.Complaints)
		invoices += len(h.Invoices)
		var sum money.Amount
		strange := false
		for _, inv := range h.Invoices {
			if sum += inv.Net; inv.Credit != "" {
				notes++
			}
			strange = strange || slices.ContainsFunc(inv.Lines, func(l Line) bool { return !l.Known })
		}
		revenue = append(revenue, sum)
		needs, ranks, parents = needs+one(h.Customer.Need > 0), ranks+one(h.Customer.Rank > 0), parents+one(h.Customer.Parent != "")
		unknown += one(strange)
		if names[h.Customer.Name] {
			t.Errorf("two customers are called %s", h.Customer.Name)
		}
		names[h.Customer.Name] = true
		if n := len(h.Contacts); n < 1 || n > 4 || h.Customer.Rank > h.Customer.Suppliers {
			t.Errorf("%s: %d contacts, rank %d of %d", h.Customer.Number, n, h.Customer.Rank, h.Customer.Suppliers)
		}
	}
	slices.SortFunc(revenue, func(a, b money.Amount) int { return cmp.Compare(b, a) })
	var all, top money.Amount
	for i, r := range revenue {
		if all += r; i < len(revenue)/5 {
			top += r
		}
	}
	n := float64(c.Customers)
	for _, tt := range []struct {
		name          string
		got, low, top float64
	}{
		{"invoices per customer", float64(invoices) / n, 19, 21},
		{"credit notes by invoice", float64(notes) / float64(invoices), 0.015, 0.025},
		{"services per customer", float64(services) / n, 4.5, 6},
		{"contacts per customer", float64(contacts) / n, 1.5, 2.2},
		{"complaints by invoice", float64(complaints) / float64(invoices), 0.03, 0.06},
		{"customers whose need is known", float64(needs) / n, 0.57, 0.63},
		{"customers whose rank is known", float64(ranks) / n, 0.18, 0.22},
		{"customers in a group", float64(parents) / n, 0.02, 0.08},
		{"customers with a line of unknown cost", float64(unknown) / n, 0.008, 0.02},
		{"revenue of the top fifth", float64(top) / float64(all), 0.7, 0.8},
		{"yearly revenue of the largest, in millions", float64(revenue[0]) / 4e8, 1, 5},
	} {
		if tt.got < tt.low || tt.got > tt.top {
			t.Errorf("%s: %.4f, want %g to %g", tt.name, tt.got, tt.low, tt.top)
		}
	}
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		company Company
		bad     []string
	}{
		{"a company of one customer is one", Company{Customers: 1, Until: until}, nil},
		{"nobody buys", Company{Until: until}, []string{"customers"}},
		{"no last day and too much paper", Company{Customers: 1, Invoices: 1e9}, []string{"until", "invoices"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var bad []string
			for _, f := range fault.Fields(tt.company.Check()) {
				bad = append(bad, f.Name)
			}
			if !slices.Equal(bad, tt.bad) {
				t.Errorf("Check complained about %q, want %q", bad, tt.bad)
			}
		})
	}
}

// BenchmarkTell reports how many invoices a second one core makes, with lines,
// payments and complaints.
func BenchmarkTell(b *testing.B) {
	s := company(1_000_000).Simulator()
	n, k := 0, 0
	for b.Loop() {
		n += len(s.Tell(k, Sales).Invoices)
		k++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "invoices/s")
}

// BenchmarkDocs is the same as documents with their versions.
func BenchmarkDocs(b *testing.B) {
	c := company(1000)
	n := 0
	for b.Loop() {
		for range c.Docs(intake.Invoices) {
			n++
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "invoices/s")
}

// BenchmarkRows is the same as rows of CSV.
func BenchmarkRows(b *testing.B) {
	s := company(1_000_000).Simulator()
	t := &table{first: true, w: bufferTo(io.Discard)}
	n, k := 0, 0
	for b.Loop() {
		h := s.Tell(k, Sales)
		invoiceRows(s, h, t)
		n += len(h.Invoices)
		k++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "invoices/s")
}
