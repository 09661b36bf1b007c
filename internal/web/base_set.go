package web

import (
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
)

// A set is which customers of a picture pass a test, a bit each. It is never
// changed once made, so that many may read it at once.
type set struct {
	bits []uint64
	n    int
}

func (s *set) has(i int) bool { return s.bits[i>>6]>>(i&63)&1 != 0 }

// and returns who is in both.
func (s *set) and(o *set) *set {
	both := &set{bits: make([]uint64, len(s.bits))}
	for k := range both.bits {
		both.bits[k] = s.bits[k] & o.bits[k]
		both.n += bits.OnesCount64(both.bits[k])
	}
	return both
}

// piece is how many customers are asked about at a time, whole words of a set.
const piece = 1 << 14

// choose returns those of from, or of all n customers where from is nil, that
// match. They are asked about in the order in which they lie in memory, on all
// cores.
func choose(n int, from *set, match func(i int) bool) *set {
	out := &set{bits: make([]uint64, (n+63)/64)}
	var next, total atomic.Int64
	work := func() {
		for {
			first := int(next.Add(piece)) - piece
			if first >= n {
				return
			}
			total.Add(int64(out.choose(first, min(first+piece, n), from, match)))
		}
	}
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n-1)/piece) {
		wg.Go(work)
	}
	work()
	wg.Wait()
	out.n = int(total.Load())
	return out
}

// choose asks about the customers first to last-1 and returns how many match.
func (s *set) choose(first, last int, from *set, match func(i int) bool) (n int) {
	for k := first >> 6; k<<6 < last; k++ {
		ask := ^uint64(0)
		if from != nil {
			ask = from.bits[k]
		}
		var word uint64
		for ; ask != 0; ask &= ask - 1 {
			bit := bits.TrailingZeros64(ask)
			if i := k<<6 + bit; i < last && match(i) {
				word |= 1 << bit
			}
		}
		s.bits[k] = word
		n += bits.OnesCount64(word)
	}
	return n
}
