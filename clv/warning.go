package clv

// A Warning is something that a reader must know before using a model: a code
// that a page can translate, and the same in English.
type Warning struct {
	Code WarningCode
	Text string
}

// A WarningCode names a kind of warning.
type WarningCode string

// The warnings that a fit gives.
const (
	NoDropout   WarningCode = "no-dropout"   // dropout not identified: use NBD
	WeakDropout WarningCode = "weak-dropout" // dropout not significant
	SameDropout WarningCode = "same-dropout" // differences in dropout not identified
)
