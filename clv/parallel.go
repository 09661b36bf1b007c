package clv

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// pieces is into how many parts a sum is cut, whatever the number of cores: the
// parts are added in their order, so that the result has the same bits anywhere.
const pieces = 64

// sum calls add for consecutive parts of 0..n, on all cores, each with an own
// accumulator of the given width, and returns the accumulators added up in the
// order of the parts.
func sum(n, width int, add func(from, to int, acc []float64)) []float64 {
	parts := min(pieces, max(1, n/64))
	accs := make([]float64, parts*width)
	parallel(parts, func(i int) {
		acc := make([]float64, width) // apart from its neighbours: no false sharing
		add(i*n/parts, (i+1)*n/parts, acc)
		copy(accs[i*width:], acc)
	})
	total := accs[:width:width]
	for i := 1; i < parts; i++ {
		for j := range width {
			total[j] += accs[i*width+j]
		}
	}
	return total
}

// parallel calls f for 0..n-1 on all cores and returns when all have returned.
func parallel(n int, f func(i int)) {
	workers := min(n, runtime.GOMAXPROCS(0), runtime.NumCPU())
	if workers <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}
