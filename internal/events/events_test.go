package events

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"quid/clv"
)

// write is a log as text: name x t_x T spend, holdout.
func write(l *Log) string {
	var b strings.Builder
	for i, h := range l.Histories {
		fmt.Fprintf(&b, "%s %d %g %g %g", l.Customer(i), h.X, h.Tx, h.T, h.Spend)
		if l.Holdout != nil {
			fmt.Fprintf(&b, " %d", l.Holdout[i])
		}
		b.WriteString("\n")
	}
	return b.String()
}

const wantTwo = "A 2 10 30 2.25\nB 0 0 20 0\n"

func TestReadTakesFilesAsTheyCome(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		o          Options
	}{
		{"plain, with other columns", "customer_id,cds,date,value\nA,1,2026-01-01,9\nA,1,2026-01-06,2.5\nA,2,2026-01-11,2\nB,1,2026-01-11,8\nB,1,2026-01-11,1\nA,1,2026-01-01,1\nC,1,2026-02-01,1\n", Options{}},
		{"upside down, with times and a mark", "\ufeffInvoiceDate;CustomerID;Amount\r\n2026-02-01 08:26;C;1\r\n2026-01-11T23:59:59Z;B;9\r\n2026-01-11;A;2,0\r\n2026-01-06 10:00;A;2,50\r\n2026-01-01;A;10\r\n", Options{}},
		{"quotes, blanks and blank lines", "\"Kunde\" , \"Datum\",\"Betrag\"\n\n A ,\"01.01.2026\",\"10\"\n\"A\",06.01.2026,\"2,5\"\n\"A\",11.01.2026,\"2,0\"\n\"B\",11.01.2026,\"9\"\n   \nC,1.2.2026,1", Options{}},
		{"blanks between the cells and no header", "A 20260101  1 10.00\nA 20260106 1   2.50\n A 20260111 1 2.00\nB\t20260111 1 9.00\nC 20260201 1 1\n", Options{}},
		{"American dates, told apart by one", "cust\tday\tspend\nA\t1/1/2026\t10\nA\t1/6/2026\t2.5\nA\t1/11/2026\t2\nB\t1/11/26 8:26\t9\nC\t2/1/2026\t1\nD\t2/13/2026\t1\n", Options{}},
		{"columns that are named", "who,n,when,what,how much\nx,A,u,2026-01-01,$10\nx,A,u,2026-01-06,$2.50\nx,A,u,2026-01-11,2\nx,B,u,2026-01-11,9\nx,C,u,2026-02-01,1\n", Options{ID: "N", Day: "what", Amount: "how much"}},
		{"columns by number, thousands and returns", "A,2026-01-01,10\nA,2026-01-06,\"1,002.50\"\nA,2026-01-06,-1000\nA,2026-01-11,2e0\nB,2026-01-11,9\nC,2026-02-01,1\n", Options{ID: "1", Day: "2", Amount: "3"}},
		{"a name with its currency, and an abbreviation", "Kd-Nr.;Rechnungsdatum;Netto EUR\nA;01.01.2026;10,00\nA;06.01.2026;2,50\nA;11.01.2026;2,00\nB;11.01.2026;9,00\nC;01.02.2026;1,00\n", Options{}},
		{"quotes around commas and new lines", "customer,note,date,value\nA,\"x, \"\"y\"\"\nz\",2026-01-01,10\nA,,2026-01-06,2.5\nA,\"\n\n\",2026-01-11,2\nB,5\" pipe,2026-01-11,9\nC,,2026-02-01,1\n", Options{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.o.Watch = clv.Watch{Until: clv.Epoch + 20484} // 2026-01-31
			l, err := Read(strings.NewReader(tt.text), tt.o)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for line := range strings.Lines(write(l)) {
				got += line[:strings.LastIndexByte(line, ' ')] + "\n"
			}
			if got != wantTwo || l.Later == 0 || !l.HasAmount {
				t.Errorf("read\n%swant\n%s%d later", got, wantTwo, l.Later)
			}
		})
	}
}

// The price of one is no amount.
func TestPriceBesideAQuantityIsNoAmount(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"Customer ID,InvoiceDate,Quantity,Price\n1,12/1/2010 8:26,6,2.55\n1,12/13/2010 8:26,6,2.55\n": false, "id,date,price\n1,2010-12-01,2.55\n": true} {
		l, err := Read(strings.NewReader(text), Options{})
		if err != nil || l.HasAmount != want {
			t.Errorf("%q: amounts %v, %v; want %v", text, l != nil && l.HasAmount, err, want)
		}
	}
}

func TestReadSaysWhatIsWrongAndWhatToDo(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"a day that does not exist", "id,date,value\nA,2026-01-01,1\nA,2026-02-29,1\n", `line 3, column "date": "2026-02-29": write a day such as 2026-12-31`},
		{"an amount that is none", "id,date,value\n\nA,2026-01-01,1\nA,2026-02-28,n/a\n", `line 4, column "value": "n/a": write an amount such as 12.50, at most 9223372036854`},
		{"an amount beyond all bounds", "id,date,value\nA,2026-01-01,99999999999999\n", `line 2, column "value": "99999999999999": write an amount`},
		{"a line with too few cells", "id,date,value\nA,2026-01-01,1\nB,2026-01-01\n", `line 3: it has 2 cells, and column "value" is cell 3: mend the line`},
		{"a slip of the year", "id,date,value\nA,2026-01-01,1\nB,2026-01-02,1\nA,9999-12-31,1\n", `line 4, column "date": "9999-12-31": 9999-12-31 lies more than 89 years from other purchases`},
		{"no column for the customer", "who,date\nA,2026-01-01\n", `which column is the customer? Say --id COLUMN; the file has "who", "date"`},
		{"no column for the day", "id,x\nA,7\n", `which column is the day? Say --day COLUMN`},
		{"dates of two readings", "id,date,value\nA,03/04/2026,1\n", `column "date": day and month can't be told apart: say --dates dmy`},
		{"amounts of two readings", "id;date;value\nA;2026-01-01;1.234\n", `column "value": "1.234" may be thousands or have decimals: say --decimal`},
		{"no file at all", "", "the file is empty"},
		{"a workbook", "PK\x03\x04abc", "save it as CSV"},
		{"UTF-16", "i\x00d\x00", "save it as CSV in UTF-8"},
		{"nothing but a header", "id,date,value\n", "no purchase lies in the time"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Read(strings.NewReader(tt.text), Options{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
	if _, err := Read(strings.NewReader("id,date\nA,2026-01-01\n"), Options{ID: "kunde"}); err == nil || !strings.Contains(err.Error(), `there is no column "kunde"`) {
		t.Errorf("a column that is not there: %v", err)
	}
}

func TestLinesWithoutCustomerAreCounted(t *testing.T) {
	t.Parallel()
	l, err := Read(strings.NewReader("CustomerID,InvoiceDate\nA,2026-01-01\n,2026-01-02\n  ,2026-01-03\nA,2026-01-04\n"), Options{})
	if err != nil || l.Nameless != 2 || l.Purchases != 2 || l.HasAmount {
		t.Errorf("%+v, %v; want 2 purchases and 2 nameless lines", l, err)
	}
}

// Whatever the order of the lines, the size of the blocks and the number of
// goroutines, the log is what clv.Summarize makes of the same purchases.
func TestNothingButThePurchasesDecidesWhatIsRead(t *testing.T) {
	whole := blockSize
	t.Cleanup(func() { blockSize = whole })
	for seed := range uint64(25) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var events []clv.Event[string]
		for range 1 + rng.IntN(2000) {
			id := fmt.Sprintf("K%0*d", 1+rng.IntN(12), rng.IntN(300))
			events = append(events, clv.Event[string]{Customer: id, Day: clv.Epoch + 20000 + clv.Day(rng.IntN(700)), Amount: float64(rng.IntN(100000)) / 100})
		}
		w := clv.Watch{Unit: clv.Weeks, Until: clv.Epoch + 20500}
		s, names, err := clv.Summarize(slices.Values(events), w)
		if errors.Is(err, clv.ErrNoPurchase) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		var lines strings.Builder
		for i, h := range s.Histories {
			fmt.Fprintf(&lines, "%s %d %g %g %g", names[i], h.X, h.Tx, h.T, h.Spend)
			if s.Holdout != nil {
				fmt.Fprintf(&lines, " %d", s.Holdout[i])
			}
			lines.WriteString("\n")
		}
		want := lines.String()
		for round := range 3 {
			blockSize = []int{64, 1000, 1 << 16}[round]
			var text strings.Builder
			text.WriteString("id,date,value\n")
			for _, e := range events {
				quote := []string{"", `"`}[rng.IntN(8)/7]
				fmt.Fprintf(&text, "%s%s%s,%v,%.2f\n", quote, e.Customer, quote, e.Day, e.Amount)
			}
			l, err := Read(strings.NewReader(text.String()), Options{Watch: w, Workers: 1 + round})
			if err != nil {
				t.Fatal(err)
			}
			if got := write(l); got != want || !slices.Equal(l.Repeats, s.Repeats) || l.Later != s.Later {
				t.Fatalf("seed %d, round %d:\n%swant\n%s", seed, round, got, want)
			}
			rng.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		}
	}
	// The first problem of a file is reported, whoever comes upon which.
	blockSize = 64
	text := "id,date,value\n" + strings.Repeat("A,2026-01-01,1\n", 500) + "A,never,1\n" + strings.Repeat("A,2026-01-01,x\n", 500)
	for range 20 {
		var p *Problem
		if _, err := Read(strings.NewReader(text), Options{Workers: 4}); !errors.As(err, &p) || p.Line != 502 {
			t.Fatalf("%v, want a problem in line 502", err)
		}
	}
}

func TestCivilAgreesWithTheCalendar(t *testing.T) {
	t.Parallel()
	for d := clv.Day(1); d < 3_652_059; d += 13 {
		at := d.Time()
		if got := civil(at.Year(), int(at.Month()), at.Day()); got != d {
			t.Fatalf("%v became day %d, want %d", at, got, d)
		}
	}
	for _, no := range [][3]int{{2026, 2, 29}, {1900, 2, 29}, {2026, 4, 31}, {2026, 13, 1}, {2026, 0, 1}, {2026, 1, 0}, {2026, 1, 32}, {0, 1, 1}} {
		if d := civil(no[0], no[1], no[2]); d != 0 {
			t.Errorf("%v is the day %v", no, d)
		}
	}
}

func TestAmounts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text    string
		decimal byte
		want    int64
	}{
		{"11.77", '.', 11_770_000},
		{"-3,5", ',', -3_500_000},
		{"+0.0000005", '.', 1},
		{".5", '.', 500_000},
		{"7.", '.', 7_000_000},
		{"1.234.567,89 €", ',', 1_234_567_890_000},
		{"1'000.50", '.', 1_000_500_000},
		{"(12.00)", '.', -12_000_000},
		{"12-", '.', -12_000_000},
		{"1e3", '.', 1_000_000_000},
		{"0.30000000000000004", '.', 300_000},
		{"9223372036854", '.', 9_223_372_036_854_000_000},
	}
	for _, tt := range tests {
		if got, ok := amountOf([]byte(tt.text), tt.decimal); !ok || got != tt.want {
			t.Errorf("%s: %d %v, want %d", tt.text, got, ok, tt.want)
		}
	}
	for _, no := range []string{"", "-", ".", "1.2.3", "1,2.5", "12,34,567", "abc", "NaN", "inf", "9223372036855", "1e300", "1 000 x", "5,5"} {
		if got, ok := amountOf([]byte(no), '.'); ok {
			t.Errorf("%q became %d", no, got)
		}
	}
}

// FuzzRead compares the fast reader with encoding/csv and clv.Summarize where
// the latter can read the file.
func FuzzRead(f *testing.F) {
	f.Add("id,date,value\nA,2026-01-01,1\nB,20260102,2.5\n")
	f.Add("id,date,value\n\"A\"\"x\",2026-01-01,\"1\"\n,2026-01-01,1\n")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := Read(strings.NewReader(text), Options{ID: "id", Day: "date", Amount: "value"})
		if err != nil {
			return
		}
		r := csv.NewReader(strings.NewReader(text))
		rows, err := r.ReadAll()
		if err != nil || len(rows) < 2 || !slices.Equal(rows[0], []string{"id", "date", "value"}) || strings.ContainsAny(text, "\r\t;|/. ") {
			return
		}
		var events []clv.Event[string]
		for _, row := range rows[1:] {
			at, err := time.Parse(time.DateOnly, row[1])
			var amount float64
			if _, e := fmt.Sscanf(row[2], "%f", &amount); err != nil || e != nil || strings.TrimSpace(row[0]) != row[0] {
				return
			}
			if row[0] != "" {
				events = append(events, clv.Event[string]{Customer: row[0], Day: clv.DayOf(at)})
			}
		}
		s, names, err := clv.Summarize(slices.Values(events), clv.Watch{})
		if err != nil || len(s.Histories) != len(l.Histories) {
			t.Fatalf("%d histories, want %d (%v)", len(l.Histories), len(s.Histories), err)
		}
		for i, h := range s.Histories {
			got := l.Histories[i]
			if got.Spend = 0; got != h || string(l.Customer(i)) != names[i] {
				t.Fatalf("%q: %v, want %q %v", l.Customer(i), got, names[i], h)
			}
		}
	})
}

func TestReadPassesFailuresOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	if _, err := Read(&failing{text: bytes.Repeat([]byte("A,2026-01-01,1\n"), 100_000), err: broken}, Options{ID: "1"}); !errors.Is(err, broken) {
		t.Errorf("%v, want %v", err, broken)
	}
}

type failing struct {
	text []byte
	err  error
}

func (f *failing) Read(b []byte) (int, error) {
	if len(f.text) == 0 {
		return 0, f.err
	}
	n := copy(b, f.text)
	f.text = f.text[n:]
	return n, nil
}

// The published CDNOW sample gives the published figures.
func TestCDNOW(t *testing.T) {
	t.Parallel()
	f, err := os.Open("../../../shared/data/clv/log_cdnow_sample.csv")
	if err != nil {
		f, err = os.Open("../../../../shared/data/clv/log_cdnow_sample.csv") // from a work tree
	}
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	l, err := Read(f, Options{Watch: clv.Watch{Until: clv.DayOf(time.Date(1997, 9, 30, 0, 0, 0, 0, time.UTC)), Unit: clv.Weeks}})
	if err != nil {
		t.Fatal(err)
	}
	x, after, spenders := 0, 0, 0
	for i, h := range l.Histories {
		x += h.X
		after += l.Holdout[i]
		if h.Spend > 0 {
			spenders++
		}
	}
	cells, err := clv.Group(l.Histories)
	if err != nil {
		t.Fatal(err)
	}
	got := []int{len(l.Histories), x, len(cells), after, spenders}
	if want := []int{2357, 2457, 1016, 1882, 946}; !slices.Equal(got, want) {
		t.Errorf("customers, repeat purchases, groups, purchases after, customers with a spend: %v, want %v", got, want)
	}
	if h := l.Histories[0]; string(l.Customer(0)) != "0001" || h.X != 2 || h.Spend != 22.345 {
		t.Errorf("customer %s: %v, want 0001 with 2 at 22.345", l.Customer(0), h)
	}
}
