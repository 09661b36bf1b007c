package intake

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cespare/xxhash/v2"
)

// peak runs fn and returns how much the heap grew at most, in MB.
func peak(fn func()) int {
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	var most atomic.Uint64
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most.Store(max(most.Load(), m.HeapInuse))
			}
		}
	}()
	fn()
	close(stop)
	<-done
	return int(most.Load()-min(most.Load(), before.HeapInuse)) >> 20
}

// Not parallel: it measures the heap of the whole process.
func TestMemoryStaysBounded(t *testing.T) {
	big := strings.Repeat("x", 10<<20)
	wide, head := strings.Repeat("c;", 999)+"c\n", ""
	for i := range 1000 {
		head += fmt.Sprintf(";c%d", i)
	}
	tests := []struct {
		name string
		data string
		kind Kind
		docs int
		bad  int
	}{
		{"a field of 10 MB that nobody needs", "number;name;junk\n1;A;" + big + "\n2;B;x\n3;C;\"" + big + "\"\n", Customers, 3, 0},
		{"a name of 10 MB", "number;name\n1;" + big + "\n2;B\n", Customers, 2, 1},
		{"a quote that never closes before 10 MB of rows", "number;name\n1;\"A\n" + strings.Repeat("2;B\n", 2_500_000/5) + "3;C\n", Customers, 2_500_000/5 + 2, 0},
		{"a line of 30 MB", "number;name\n1;" + big + big + big + "\n2;B\n", Customers, 2, 1},
		{"1,000 columns", "number;name" + head + "\n" + strings.Repeat("1;A;"+wide, 2000), Customers, 2000, 0},
		{"one invoice of 10 MB rows", "number;customer;day;net;x\n" + strings.Repeat("1;A;2026-01-31;1,00;"+big+"\n", 4), Invoices, 1, 0},
		{"one invoice with 250,000 lines", "number;customer;day;net\n" + strings.Repeat("1;A;2026-01-31;1,00\n", 250_000), Invoices, 3, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var docs, bad, records int
			mb := peak(func() {
				f := opened(t, []byte(tt.data), Options{Kind: tt.kind})
				for d, err := range planned(t, f, tt.kind, "", Options{Decimal: ',', Dates: DMY}).Documents(t.Context()) {
					if err != nil {
						t.Fatal(err)
					}
					docs++
					records += d.Records
					if len(d.Problems) > 0 {
						bad++
					}
					for _, raw := range d.Raw {
						if len(raw) > 2*maxRow {
							t.Fatalf("a raw row of %d bytes was kept", len(raw))
						}
					}
				}
			})
			if docs != tt.docs || bad != tt.bad {
				t.Errorf("%d documents, %d with problems; want %d, %d", docs, bad, tt.docs, tt.bad)
			}
			if mb > 250 {
				t.Errorf("the heap grew by %d MB", mb)
			}
			t.Logf("the heap grew by %d MB", mb)
		})
	}
}

// The rows of an invoice belong together wherever they stand, whether they are
// grouped in memory or through files, and the versions don't depend on it.
func TestScatteredRows(t *testing.T) {
	t.Parallel()
	const numbers = 1200
	rows := make([]string, 0, 3*numbers)
	for n := range numbers {
		for l := range 3 {
			rows = append(rows, fmt.Sprintf("R%05d;C%d;2026-01-31;%d;%d,%02d;%s\n", n, n%50, l+1, n+l, n%100, strings.Repeat("x", 100)))
		}
	}
	read := func(rows []string, all bool) (map[string]int64, []string) {
		data := "number;customer;day;line;net;junk\n" + strings.Join(rows, "")
		f := opened(t, []byte(data), Options{Kind: Invoices, TempDir: t.TempDir()})
		o := Options{}
		if all {
			o.load = 1 // split as far as it goes
		}
		p := planned(t, f, Invoices, "", o)
		f.runs.all = all
		versions := make(map[string]int64)
		var order []string
		for d, err := range p.Documents(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if len(d.Problems) > 0 || len(d.Invoice.Lines) != 3 || len(d.Lines) != 3 || !slices.IsSorted(d.Lines) {
				t.Fatalf("%s: %d lines of %v, %+v", d.Key, len(d.Invoice.Lines), d.Lines, d.Problems)
			}
			versions[d.Key] = d.Version()
			order = append(order, d.Key)
		}
		if c := p.Counts(); c.Read != numbers || c.Rows != 3*numbers {
			t.Fatalf("counts %+v", c)
		}
		return versions, order
	}
	want, order := read(rows, false)
	if !slices.IsSorted(order) || len(want) != numbers {
		t.Errorf("%d invoices, in the order of the file: %v", len(want), slices.IsSorted(order))
	}
	for seed := range uint64(3) {
		shuffled := slices.Clone(rows)
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		got, first := read(shuffled, seed == 2)
		for k, v := range want {
			if got[k] != v {
				t.Fatalf("seed %d: invoice %s has another version", seed, k)
			}
		}
		if _, again := read(shuffled, seed == 2); !slices.Equal(first, again) {
			t.Errorf("seed %d: the order differs between two runs", seed)
		}
	}
}

// Spilled rows come back as they were, split as often as need be.
func TestSpill(t *testing.T) {
	t.Parallel()
	s := newSpill(t.TempDir(), 4, 64)
	defer s.close()
	rng := rand.New(rand.NewPCG(1, 2))
	type row struct {
		hash uint64
		rec  record
	}
	var rows []row
	for i := range 5000 {
		r := row{rng.Uint64(), record{line: i + 1, fields: []string{fmt.Sprint(i), "", strings.Repeat("é", i%300)}, text: fmt.Sprint("raw ", i), lone: i%2 == 0}}
		if i%3 == 0 {
			r.rec.kinds, r.rec.flaw = []byte("tnd"), "flaw"
		}
		rows = append(rows, r)
		if err := s.add(r.hash, &r.rec, nil); err != nil {
			t.Fatal(err)
		}
	}
	seen := 0
	for i := range s.parts {
		if s.parts[i].file == nil {
			t.Error("a part was never written to a file")
		}
		in, last := s.parts[i].reader(), 0
		for {
			hash, rec, err := in.next()
			if err != nil {
				break
			}
			want := rows[rec.line-1]
			if rec.line <= last || hash != want.hash || !slices.Equal(rec.fields, want.rec.fields) || rec.text != want.rec.text ||
				!bytes.Equal(rec.kinds, want.rec.kinds) || rec.flaw != want.rec.flaw || rec.lone != want.rec.lone || hash>>62 != uint64(i) {
				t.Fatalf("row %d came back as %+v", rec.line, rec)
			}
			last = rec.line
			seen++
		}
	}
	if seen != len(rows) {
		t.Errorf("%d rows of %d came back", seen, len(rows))
	}
}

// What comes in two runs is found, in memory and through files.
func TestRuns(t *testing.T) {
	t.Parallel()
	r := newRuns(t.TempDir())
	number := func(i int) string { return fmt.Sprintf("R%07d", i) }
	const n = 64 * runBuffer * 5 / 4
	for i := range n {
		for range 1 + i%2 {
			if err := r.add(number(i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if r.parts[0].file == nil {
		t.Error("nothing was spilled")
	}
	for i := 0; i < n; i += 1000 {
		if err := r.add(number(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.finish(); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if got, want := r.has(xxhash.Sum64String(number(i))), i%1000 == 0; got != want {
			t.Fatalf("number %d scattered: %v, want %v", i, got, want)
		}
	}
}
