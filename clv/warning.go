package clv

// A Warning is something that a reader must know before using a model: a code
// that a page can translate, its figures, and the whole in English.
type Warning struct {
	Code    WarningCode
	Text    string
	Figures []float64 // those of the text, in its order
}

// A WarningCode names a kind of warning.
type WarningCode string

// The warnings that a fit or a choice of a model gives.
const (
	NoDropout    WarningCode = "no-dropout"      // dropout not identified: use NBD
	WeakDropout  WarningCode = "weak-dropout"    // dropout not significant
	SameDropout  WarningCode = "same-dropout"    // differences in dropout not identified
	FewRepeats   WarningCode = "few-repeats"     // too few repeat customers: no model is used
	FewCustomers WarningCode = "few-customers"   // few customers in all: wide intervals
	ShortHistory WarningCode = "short-history"   // most were watched for less than the time between two purchases
	LongHorizon  WarningCode = "long-horizon"    // the forecast looks further than twice the history
	Trend        WarningCode = "trend"           // purchases rise or fall in a way no model here has
	Season       WarningCode = "season"          // purchases go up and down more than chance
	Regular      WarningCode = "regular"         // customers buy in a rhythm
	StartsLate   WarningCode = "starts-mid-life" // many customers are older than the data
	NaiveWins    WarningCode = "naive-wins"      // a rule of thumb forecast better
	NotFitted    WarningCode = "not-fitted"      // a model found no maximum
	SpendShrunk  WarningCode = "spend-shrunk"    // amounts by a shrunk mean, not the Gamma-Gamma
	SpendRelated WarningCode = "spend-related"   // spend goes with frequency
	SpendAlike   WarningCode = "spend-alike"     // amounts hardly differ
	SpendUnknown WarningCode = "spend-unknown"   // amounts could not be forecast
)
