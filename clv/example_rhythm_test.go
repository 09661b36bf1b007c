package clv_test

import (
	"fmt"
	"math"
	"math/rand/v2"

	"quid/clv"
)

// Business customers order in a rhythm. Eleven weeks of silence mean little from
// one who buys every ten, and much from one who buys every three.
func ExampleFitMBGCNBD() {
	rng := rand.New(rand.NewPCG(1, 3))
	truth := clv.MBGCNBD{K: 4, R: 2, Alpha: 3, A: 0.8, B: 6}
	var histories []clv.History // yours come from Summarize
	for range 2000 {
		h := clv.History{T: 78}
		for i, at := range truth.Simulate(rng, h.T, nil) {
			h.LogGaps += math.Log(at - h.Tx)
			h.X, h.Tx = i+1, at
		}
		histories = append(histories, h)
	}
	orders, diagnostics, err := clv.FitMBGCNBD(histories, 0, clv.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("k =", orders.K, "converged:", diagnostics.Converged)
	for _, h := range []clv.History{{X: 6, Tx: 60, T: 71}, {X: 20, Tx: 60, T: 71}} {
		fmt.Printf("every %.0f weeks, 11 weeks of silence: alive %.0f%%, %.1f purchases in half a year\n",
			h.Tx/float64(h.X), 100*orders.Alive(h), orders.Expected(h, 26))
	}
	// Output:
	// k = 4 converged: true
	// every 10 weeks, 11 weeks of silence: alive 84%, 2.1 purchases in half a year
	// every 3 weeks, 11 weeks of silence: alive 2%, 0.2 purchases in half a year
}
