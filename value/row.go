package value

import "quid/account"

// A Row is the result of one customer. It is kept small: a million of them are
// held at once. Points follow from Raw by Summary.Anchors.
type Row struct {
	Customer    account.CustomerID
	Raw         [Criteria]float64 // in the order of Keys; NaN without data
	Score       float64           // 0 to 100, NaN without data
	DataBasis   float64           // 0 to 1
	Credibility float64           // 0 to 1, NaN where it can't be estimated
	Shrunk      float64           // contribution I per purchase day drawn towards the peers, minor units; NaN likewise

	ByRevenue      Place // plain ABC over all customers
	ByContribution Place // likewise, by the model's class metric
	Life           Life  // what is expected of it
	Stage          Stage
	New            bool
	Bands          Bands // as computed, for new customers too
	ClassSet       Class // the class a person set instead, or NoClass
	FromSet, ToSet int8  // the bands of the segment a person set instead, or 0
}

// Class returns the class by contribution: what a person set, else what was
// computed (ByContribution.Class, which stays visible beside it).
func (r *Row) Class() Class {
	if r.ClassSet != NoClass {
		return r.ClassSet
	}
	return r.ByContribution.Class
}

// Place returns the bands that count: those a person set, else the computed.
func (r *Row) Place() Bands {
	b := r.Bands
	if r.FromSet != 0 {
		b.From, b.To = r.FromSet, r.ToSet
	}
	return b
}

// Segment returns the segment that counts: what a person set, else "new" for a
// new customer, else the field of the matrix.
func (r *Row) Segment() Segment {
	if r.FromSet != 0 {
		return r.Place().Segment()
	}
	return r.Computed()
}

// Computed returns the segment as computed, whatever a person set.
func (r *Row) Computed() Segment {
	if r.New {
		return NewCustomer
	}
	return r.Bands.Segment()
}

// Overruled says whether a person set the class or the segment.
func (r *Row) Overruled() bool { return r.ClassSet != NoClass || r.FromSet != 0 }

// Flags packs what is small into one number, for storing and for filters in
// SQL. From the lowest bit: new (1 bit), stage (3), class by revenue (3), class
// by contribution (3), class set (3), bands from, to (3 each), number of bands
// from, to (3 each), bands set from, to (3 each). Bits are never moved, only
// appended.
func (r *Row) Flags() int64 {
	var v int64
	for i, f := range r.fields() {
		v |= int64(f) << shifts[i]
	}
	if r.New {
		v |= 1
	}
	return v
}

// SetFlags is the inverse of Flags.
func (r *Row) SetFlags(v int64) {
	part := func(i int) int8 { return int8(v >> shifts[i] & 7) }
	r.New = v&1 == 1
	r.Stage = Stage(part(0))
	r.ByRevenue.Class, r.ByContribution.Class, r.ClassSet = Class(part(1)), Class(part(2)), Class(part(3))
	r.Bands = Bands{From: part(4), To: part(5), OfFrom: part(6), OfTo: part(7)}
	r.FromSet, r.ToSet = part(8), part(9)
}

var shifts = [10]int{1, 4, 7, 10, 13, 16, 19, 22, 25, 28}

func (r *Row) fields() [10]int8 {
	return [10]int8{
		int8(r.Stage), int8(r.ByRevenue.Class), int8(r.ByContribution.Class), int8(r.ClassSet),
		r.Bands.From, r.Bands.To, r.Bands.OfFrom, r.Bands.OfTo, r.FromSet, r.ToSet,
	}
}
