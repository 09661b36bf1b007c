package clv_test

import (
	"fmt"

	"quid/clv"
)

// The donors of Fader, Hardie & Shang 2010: 11,104 people who gave first in 1995,
// and in how many of the six years after.
func ExampleFitBGBB() {
	var donors []clv.Occasions
	for _, row := range [][3]int{ // gifts, year of the last, people
		{6, 6, 1203},
		{5, 6, 728},
		{4, 6, 512},
		{3, 6, 357},
		{2, 6, 234},
		{1, 6, 129},
		{5, 5, 335},
		{4, 5, 284},
		{3, 5, 225},
		{2, 5, 173},
		{1, 5, 119},
		{4, 4, 240},
		{3, 4, 181},
		{2, 4, 155},
		{1, 4, 78},
		{3, 3, 322},
		{2, 3, 255},
		{1, 3, 129},
		{2, 2, 613},
		{1, 2, 277},
		{1, 1, 1091},
		{0, 0, 3464},
	} {
		donors = append(donors, clv.Occasions{X: row[0], Tx: row[1], N: 6, Count: float64(row[2])})
	}
	giving, diagnostics, err := clv.FitBGBB(donors, clv.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("log-likelihood %.2f\n", diagnostics.LogLik)
	for _, o := range []clv.Occasions{{N: 6}, {X: 2, Tx: 4, N: 6}, {X: 6, Tx: 6, N: 6}} {
		fmt.Printf("%d gifts, the last in year %d: active next year %.0f%%, %.2f gifts in five years\n",
			o.X, o.Tx, 100*giving.Alive(o), giving.Expected(o, 5))
	}
	// Output:
	// log-likelihood -33225.58
	// 0 gifts, the last in year 0: active next year 11%, 0.07 gifts in five years
	// 2 gifts, the last in year 4: active next year 59%, 1.06 gifts in five years
	// 6 gifts, the last in year 6: active next year 93%, 3.75 gifts in five years
}
