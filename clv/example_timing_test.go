package clv_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"time"

	"quid/clv"
)

// purchases are those of 1,500 customers of a shop over two years; yours come from
// a file or a database.
func purchases() iter.Seq[clv.Event[int]] {
	start := clv.DayOf(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
	return func(yield func(clv.Event[int]) bool) {
		rng := rand.New(rand.NewPCG(1, 2))
		habit, amounts := clv.MBGNBD{R: 0.9, Alpha: 6, A: 0.9, B: 2}, clv.GammaGamma{P: 6, Q: 4, Gamma: 15}
		for customer := range 1500 {
			first := rng.IntN(550)
			days := []float64{0}
			days = habit.Simulate(rng, float64(730-first)/7, days)
			spent := amounts.Simulate(rng, clv.History{}, len(days), nil)
			for i, week := range days {
				if !yield(clv.Event[int]{Customer: customer, Day: start + clv.Day(first+int(week*7)), Amount: spent[i]}) {
					return
				}
			}
		}
	}
}

// The way through the package: from purchases to what the customers are worth.
func Example() {
	// Which model forecasts half a year that it has not seen?
	until := clv.DayOf(time.Date(2025, 6, 30, 0, 0, 0, 0, time.UTC))
	part, _, err := clv.Summarize(purchases(), clv.Watch{Until: until, Unit: clv.Weeks})
	if err != nil {
		fmt.Println(err)
		return
	}
	choice, err := clv.Choose(part.Trial(), clv.ChoiceOptions{})
	if err != nil || !choice.Usable {
		fmt.Println(choice.Verdict.Text, err)
		return
	}
	best := choice.Winner()
	fmt.Printf("%s, off by %+.0f%% in total\n", best.Name, 100*best.Score.TotalError)

	// That one, fitted to all there is, says what the next three years bring.
	whole, customers, err := clv.Summarize(purchases(), clv.Watch{Unit: clv.Weeks})
	if err != nil {
		fmt.Println(err)
		return
	}
	histories := whole.Trial().Histories
	cells, err := clv.Group(histories)
	if err != nil {
		fmt.Println(err)
		return
	}
	model, err := clv.FitTiming(best.Name, cells, clv.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	spend, diagnostics, err := clv.FitGammaGamma(histories, clv.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	ahead := clv.Ahead{Horizon: 156, Rate: clv.Rate(0.08).PerUnit(clv.Weeks.PerYear())}
	equity, err := model.Equity(histories, clv.FittedSpend{Spend: spend, Diagnostics: diagnostics}, clv.Valuation{Ahead: ahead, Margin: 0.4})
	if err != nil {
		fmt.Println(err)
		return
	}
	v := equity.Values[0]
	fmt.Printf("customer %d: alive with %.0f%%, %.1f purchases in three years, worth %.0f\n", customers[0], 100*v.Alive, v.Expected, v.CLV)
	fmt.Printf("all of them: %.0f (90%%: %.0f to %.0f)\n", equity.Total.Mean, equity.Total.Interval.Low, equity.Total.Interval.High)
	// Output:
	// MBG/NBD, off by +3% in total
	// customer 0: alive with 94%, 19.1 purchases in three years, worth 121
	// all of them: 38258 (90%: 33273 to 43243)
}

// A customer who bought twice, 30 and 9 weeks ago: the example of Fader, Hardie and
// Lee, with their parameters of CDNOW.
func ExampleBGNBD() {
	m := clv.BGNBD{R: 0.243, Alpha: 4.414, A: 0.793, B: 2.426}
	h := clv.History{X: 2, Tx: 30.43, T: 38.86}
	fmt.Printf("alive with %.1f%%, %.3f purchases in 39 weeks\n", 100*m.Alive(h), m.Expected(h, 39))
	for n := range 3 {
		fmt.Printf("%d purchases: %.1f%%\n", n, 100*m.PMF(h, 39, n))
	}
	// Output:
	// alive with 72.7%, 1.226 purchases in 39 weeks
	// 0 purchases: 44.5%
	// 1 purchases: 23.9%
	// 2 purchases: 14.4%
}
