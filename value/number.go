package value

import (
	"encoding/json"
	"math"
)

// A Text is an English sentence for people; it is also its key in the
// dictionary of internal/locale.
type Text string

// A Number is a float that may be unknown: NaN in Go, null in JSON.
type Number float64

// Unknown is the Number that is not known.
func Unknown() Number { return Number(math.NaN()) }

// Known says whether n is a number.
func (n Number) Known() bool { return !math.IsNaN(float64(n)) }

// MarshalJSON writes NaN and infinities as null.
func (n Number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads null as NaN.
func (n *Number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*n = Unknown()
		return nil
	}
	return json.Unmarshal(b, (*float64)(n))
}
