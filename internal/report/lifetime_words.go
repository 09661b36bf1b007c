package report

import (
	"math"

	"quid/clv"
)

// warning says a warning of the choice in the reader's language.
func (t lifetimeText) warning(w clv.Warning) string {
	f := append(append([]float64(nil), w.Figures...), make([]float64, 4)...)
	whole := func(x float64) string { return t.Number(x, 0) }
	percent := func(x float64) string { return t.Percent(x/100, 0) }
	switch w.Code {
	case clv.NoDropout:
		return t.T("There is no sign that customers leave: no model can tell leaving from staying here.")
	case clv.WeakDropout:
		return t.T("There is little sign that customers leave: who is still active is unsure.")
	case clv.SameDropout:
		return t.T("All customers seem to leave alike soon, as far as the data tell.")
	case clv.FewRepeats:
		return t.T("Only {n} customers have bought again, {least} are needed for a model.", "n", whole(f[0]), "least", whole(f[1]))
	case clv.FewCustomers:
		return t.T("{n} customers are few: the forecasts are unsure.", "n", whole(f[0]))
	case clv.ShortHistory:
		return t.T("Most customers are known for less than the time between two purchases: too short to tell who has left.")
	case clv.LongHorizon:
		return t.T("The forecast looks further ahead than twice the longest history.")
	case clv.Trend:
		if f[0] < 0 {
			return t.T("Purchases fell by {share} more than the model explains: it takes the habits of a customer for constant and will promise too much.", "share", percent(-f[0]))
		}
		return t.T("Purchases grew by {share} more than the model explains: it takes the habits of a customer for constant and will promise too little.", "share", percent(f[0]))
	case clv.Season:
		return t.T("There are seasons: months differ by {share} more than by chance. Forecasts of a whole year are sound, those of a part of it are not.", "share", percent(f[0]))
	case clv.Regular:
		return t.T("Customers buy in a rhythm. These models take purchases for random and learn late that somebody has left.")
	case clv.StartsLate:
		return t.T("Many customers are older than the data: their first purchase is not in the file.")
	case clv.NaiveWins:
		return t.T("A rule of thumb forecast better than any model: error of a customer {naive} against {model}.", "naive", number(t.Printer, round(f[0])), "model", number(t.Printer, round(f[1])))
	case clv.SpendShrunk:
		return t.T("What a purchase is worth is a mean drawn towards that of all customers: the usual model of amounts does not hold, since some are zero or below, or they go with how often somebody buys.")
	case clv.SpendRelated:
		return t.T("Who buys more often spends differently on a purchase: amounts are drawn towards those of customers who buy as often.")
	case clv.SpendAlike:
		return t.T("Amounts hardly differ, from purchase to purchase or from customer to customer.")
	case clv.SpendUnknown:
		return t.T("Too few customers bought again to forecast amounts: purchases are counted, not valued.")
	case clv.NotFitted:
		return t.T("One of the models found no fit and was left out.")
	}
	return w.Text
}

// round keeps three decimals.
func round(x float64) float64 { return math.Round(x*1000) / 1000 }
