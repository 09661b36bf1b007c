package intake

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// TestARegisterKeepsNumbers compares a register with a map, beyond what is held in
// memory, with hashes that crowd into few pages too.
func TestARegisterKeepsNumbers(t *testing.T) {
	for _, c := range []struct {
		name string
		n    int
		mask uint64
	}{{"spread", 1_300_000, ^uint64(0)}, {"crowded", 3000, 0xf0000000000000ff}, {"zero", 1, 0}} {
		t.Run(c.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			r := NewRegister(t.TempDir())
			want := make(map[uint64]int64)
			for range c.n {
				hash, number := rng.Uint64()&c.mask, rng.Int64()
				if rng.IntN(4) == 0 {
					for hash = range want {
						break // one that is there
					}
				}
				if got, found := r.get(hash); found != has(want, hash) || got != want[hash] {
					t.Fatalf("%x: %d %v before it was kept, want %d", hash, got, found, want[hash])
				}
				r.put(hash, number)
				want[hash] = number
			}
			for hash, number := range want {
				if got, found := r.get(hash); !found || got != number {
					t.Fatalf("%x: %d %v, want %d", hash, got, found, number)
				}
			}
			if spilled := len(r.runs) > 1; spilled != (c.n > 1_000_000) {
				t.Errorf("spilled %v with %d numbers", spilled, len(want))
			}
			if err := r.Err(); err != nil {
				t.Error(err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func has(m map[uint64]int64, key uint64) bool { _, ok := m[key]; return ok }

// TestARegisterThatCannotSpillSaysSo checks that an error is not taken for "not there".
func TestARegisterThatCannotSpillSaysSo(t *testing.T) {
	dir := t.TempDir()
	r := NewRegister(dir)
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	for i := range 500_000 {
		r.Keep("n"+strconv.Itoa(i), 1)
	}
	if r.Err() == nil {
		t.Error("no error, though there is no folder for its file")
	}
	if _, found := r.Find("n1"); found {
		t.Error("something is found after an error")
	}
}

func BenchmarkRegister(b *testing.B) {
	r := NewRegister(b.TempDir())
	rng := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		hash := rng.Uint64()
		n, _ := r.get(hash)
		r.put(hash, n+1)
	}
	kept := 0
	for _, run := range r.runs {
		kept += 8 * (len(run.filter) + len(run.firsts))
	}
	b.ReportMetric(float64(kept)/float64(b.N), "bytes/op")
}
