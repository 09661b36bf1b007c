package clv_test

import (
	"fmt"
	"math/rand/v2"

	"quid/clv"
)

// What will the next purchase of a customer be worth? The more is known of the
// customer, the more its own mean counts.
func ExampleFitGammaGamma() {
	rng := rand.New(rand.NewPCG(1, 2))
	var histories []clv.History // yours come from Summarize
	for i := range 600 {
		x := 1 + i%6
		mean := 0.0
		for _, amount := range (clv.GammaGamma{P: 6, Q: 4, Gamma: 15}).Simulate(rng, clv.History{}, x, nil) {
			mean += amount / float64(x)
		}
		histories = append(histories, clv.History{X: x, Spend: mean})
	}
	spend, diagnostics, err := clv.FitGammaGamma(histories, clv.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("q = %.1f ± %.1f\n", spend.Q, diagnostics.SE[1])
	for _, h := range []clv.History{{}, {X: 1, Spend: 73.7}, {X: 20, Spend: 73.7}} {
		mean, err := spend.Mean(h)
		if err != nil {
			fmt.Println(err)
			return
		}
		low, high := spend.Quantile(h, 0.05), spend.Quantile(h, 0.95)
		fmt.Printf("after %2d purchases of %5.2f: %.2f (90%%: %.2f to %.2f)\n", h.X, h.Spend, mean, low, high)
	}
	// Output:
	// q = 3.5 ± 0.3
	// after  0 purchases of  0.00: 30.67 (90%: 10.86 to 70.94)
	// after  1 purchases of 73.70: 67.04 (90%: 44.15 to 99.01)
	// after 20 purchases of 73.70: 73.31 (90%: 66.32 to 80.91)
}
