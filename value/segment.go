package value

import (
	"fmt"
	"strconv"
)

// A Segment is a field of the matrix as the API names it. With two bands on
// both axes it is one of the four strategies; with more it is the bands, such
// as f3t2: the third of value from, the second of value to.
type Segment string

// The segments of the default matrix, and those beside it.
const (
	NoSegment   Segment = ""            // the value from the customer is unknown
	NewCustomer Segment = "new"         // stands apart
	Opportunity Segment = "opportunity" // low, low
	Renegotiate Segment = "renegotiate" // low value from, high value to
	Explore     Segment = "explore"     // high value from, low value to
	Invest      Segment = "invest"      // high, high
)

// Strategies are the four segments that name a strategy, in the order of the
// matrix read from below and left.
var Strategies = []Segment{Opportunity, Renegotiate, Explore, Invest}

// Name is the segment in a word; a field of a larger matrix has the name of its
// strategy.
func (s Segment) Name() Text {
	switch s {
	case NoSegment:
		return Text("Unknown")
	case NewCustomer:
		return Text("New customers")
	case Opportunity:
		return Text("Opportunity")
	case Renegotiate:
		return Text("Renegotiate")
	case Explore:
		return Text("Explore")
	case Invest:
		return Text("Invest")
	}
	return ""
}

// Advice is the strategy of the segment in a sentence.
func (s Segment) Advice() Text {
	switch s {
	case NoSegment:
		return Text("The value from this customer is unknown; fill in what is missing first.")
	case NewCustomer:
		return Text("Too young to judge: look at potential and fit, and win the second purchase.")
	case Opportunity:
		return Text("Uncritical: take the business that comes, keep the effort low.")
	case Renegotiate:
		return Text("Spoiled but not valuable: talk earnestly, charge, cut back, or find the potential that justifies it.")
	case Explore:
		return Text("Look for hidden win-win potential; then decide to keep lean, secure or delight.")
	case Invest:
		return Text("The customers to invest in: deepen, integrate, secure follow-up business.")
	}
	return ""
}

// Bands are a customer's place on both axes, and how many bands these have.
// Bands count from 1, the lowest; 0 is unknown.
type Bands struct {
	From, To     int8
	OfFrom, OfTo int8
}

// Segment returns the segment of the bands, NoSegment where the value from is
// unknown.
func (b Bands) Segment() Segment {
	switch {
	case b.From == 0 || b.To == 0:
		return NoSegment
	case b.OfFrom == 2 && b.OfTo == 2:
		return b.Strategy()
	}
	return Segment("f" + strconv.Itoa(int(b.From)) + "t" + strconv.Itoa(int(b.To)))
}

// Strategy returns the nearest of the four strategies: a band above the middle
// of its axis is high, the middle one itself is low.
func (b Bands) Strategy() Segment {
	if b.From == 0 || b.To == 0 {
		return NoSegment
	}
	i := 0
	if 2*b.From > b.OfFrom+1 {
		i = 2
	}
	if 2*b.To > b.OfTo+1 {
		i++
	}
	return Strategies[i]
}

// In returns the bands that a segment names in a matrix of so many bands; a
// strategy is the corner it means. It is how a person's word for a segment
// becomes a place.
func (s Segment) In(ofFrom, ofTo int8) (Bands, error) {
	b := Bands{From: 1, To: 1, OfFrom: ofFrom, OfTo: ofTo}
	switch s {
	case Opportunity:
	case Renegotiate:
		b.To = ofTo
	case Explore:
		b.From = ofFrom
	case Invest:
		b.From, b.To = ofFrom, ofTo
	default:
		if n, err := fmt.Sscanf(string(s), "f%1dt%1d", &b.From, &b.To); n != 2 || err != nil || len(s) != 4 ||
			b.From < 1 || b.From > ofFrom || b.To < 1 || b.To > ofTo {
			return Bands{}, fmt.Errorf("segment %q: not a field of this matrix", s)
		}
	}
	return b, nil
}
