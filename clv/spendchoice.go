package clv

import "fmt"

// A Spend is a fitted model of what a purchase is worth: GammaGamma or
// ShrunkMean.
type Spend interface {
	// Name of the model.
	Name() string

	// Mean is the mean amount expected of the future purchases of a customer
	// with history h; of a new customer with History{}.
	Mean(h History) (float64, error)

	// Quantile is the value below which the customer's own mean amount lies with
	// the given probability.
	Quantile(h History, probability float64) float64
}

// FitSpend fits the model of spend that the data allow: Gamma-Gamma, unless
// spend and frequency are related, some mean spends are not positive, it has no
// mean or finds no maximum; then the shrunk mean. The warnings say why.
func FitSpend(histories []History, o Options) (Spend, Diagnostics, error) {
	reason := ""
	g, d, err := FitGammaGamma(histories, o)
	switch c := Correlation(histories); {
	case err != nil:
		reason = err.Error() // if it is the data, the other model says so too
	case d.Customers < spenderCount(histories):
		reason = fmt.Sprintf("%d customers have a mean spend that is zero or negative", spenderCount(histories)-d.Customers)
	case g.Q <= 1:
		reason = fmt.Sprintf("q %.3g of the Gamma-Gamma model is not above 1: %v", g.Q, ErrNoMean)
	case c.Strong():
		reason = fmt.Sprintf("spend and frequency are related (correlation %.2f, of the logarithms %.2f)", c.Linear, c.Log)
	default:
		return g, d, nil
	}
	s, d, err := FitShrunkMean(histories)
	if err != nil {
		return nil, d, err
	}
	d.Warnings = append([]string{"the shrunk mean is used instead of the Gamma-Gamma model: " + reason}, d.Warnings...)
	return s, d, nil
}

// spenderCount is how many customers have repeat purchases.
func spenderCount(histories []History) int {
	n := 0
	for i := range histories {
		if histories[i].X > 0 {
			n++
		}
	}
	return n
}
