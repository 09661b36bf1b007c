package clv_test

import (
	"fmt"

	"quid/clv"
)

// Weeks of remission of 21 children under 6-mercaptopurine (Freireich et al.
// 1963), or as well months until a contract was ended.
func ExampleKaplanMeier() {
	var lives []clv.Life
	for _, week := range []float64{6, 6, 6, 7, 10, 13, 16, 22, 23} {
		lives = append(lives, clv.Life{Exit: week, Left: true})
	}
	for _, week := range []float64{6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35} {
		lives = append(lives, clv.Life{Exit: week})
	}
	curve, err := clv.KaplanMeier(lives, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	at := curve.At(10)
	fmt.Printf("after 10 weeks %.1f%% (95%%: %.1f%% to %.1f%%)\n", 100*at.Survival, 100*at.Low, 100*at.High)
	fmt.Println("half of them after", curve.Median().Value)

	worth, err := curve.ContractValue(clv.Contract{Tenure: 10, Margin: 100, Rate: 0.08, UnitsPerYear: 365.25 / 7, Horizon: 20})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("a contract of 10 weeks is worth %.0f ± %.0f over the next %d\n", worth.Value, worth.SE, worth.Periods)
	// Output:
	// after 10 weeks 75.3% (95%: 50.3% to 88.9%)
	// half of them after 23
	// a contract of 10 weeks is worth 1502 ± 191 over the next 20
}

// The table of Fader & Hardie 2007 is seen for seven years and forecast for the
// eighth to twelfth.
func ExampleFitSBG() {
	terms, err := clv.Terms([]float64{1000, 631, 468, 382, 326, 289, 262, 241})
	if err != nil {
		fmt.Println(err)
		return
	}
	contracts, diagnostics, err := clv.FitSBG(terms, clv.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("alpha %.3f ± %.3f, beta %.3f ± %.3f\n", contracts.Alpha, diagnostics.SE[0], contracts.Beta, diagnostics.SE[1])
	fmt.Printf("still there after 12 years: %.1f%%\n", 100*contracts.Survival(12))
	rate := clv.Rate(0.10).PerUnit(1)
	for _, renewed := range []int{0, 5} {
		fmt.Printf("after %d renewals, %.2f discounted years to come\n", renewed, contracts.Residual(renewed, rate, -1))
	}
	// Output:
	// alpha 0.704 ± 0.066, beta 1.182 ± 0.152
	// still there after 12 years: 17.0%
	// after 0 renewals, 2.96 discounted years to come
	// after 5 renewals, 6.26 discounted years to come
}
