package account

import "fmt"

// A Violation is a broken rule of the book.
type Violation struct {
	Customer CustomerID
	Posting  PostingID
	Rule     string // which rule, in words
}

func (v Violation) String() string {
	return fmt.Sprintf("customer %d, posting %d: %s", v.Customer, v.Posting, v.Rule)
}

// Check verifies the rules of the package over all postings of one customer,
// in any order, and returns what breaks them. live tells the newest revision of
// a document that still stands, 0 if it was withdrawn, and whether it is known.
func Check(postings []Posting, live func(Document) (revision int32, ok bool)) []Violation {
	byID := make(map[PostingID]Posting, len(postings))
	reversed := make(map[PostingID]bool)
	var bad []Violation
	add := func(p Posting, rule string) { bad = append(bad, Violation{p.Customer, p.ID, rule}) }
	for _, p := range postings {
		if _, taken := byID[p.ID]; taken {
			add(p, "has the number of another posting")
		}
		byID[p.ID] = p
	}
	for _, p := range postings {
		if p.Reverses == 0 {
			continue
		}
		o, ok := byID[p.Reverses]
		switch {
		case !ok:
			add(p, "reverses a posting that is not there")
		case o.Reverses != 0:
			add(p, "reverses a reversal")
		case reversed[o.ID]:
			add(p, "reverses a posting that was reversed before")
		case o.Amount.Known != p.Amount.Known || o.Amount.Amount != -p.Amount.Amount || o.Volume != -p.Volume || o.Kind != p.Kind || o.Cause != p.Cause || o.Document != p.Document:
			add(p, "does not add up to nothing with what it reverses")
		case p.Day < o.Day:
			add(p, "is dated before what it reverses")
		}
		reversed[p.Reverses] = true
	}
	for _, p := range postings {
		if p.Reverses != 0 {
			continue
		}
		// A service may be charged for in part, and cost less than that part.
		if p.Kind == Goodwill && p.Amount.Amount > 0 {
			add(p, "is a gain from goodwill")
		}
		if p.Kind == Care && p.Amount.Amount > 0 {
			add(p, "is a gain from care")
		}
		if !p.Amount.Known && p.Kind != Sale {
			add(p, "has no amount though it is not a sale")
		}
		if !p.Cause.fits(p.Kind) {
			add(p, "is a deduction without a cause, or a cause without a deduction")
		}
		revision, ok := live(p.Document)
		switch {
		case !ok:
			add(p, "names a document that is not there")
		case reversed[p.ID] && revision == p.Document.Revision:
			add(p, "is reversed though its document stands")
		case !reversed[p.ID] && revision != p.Document.Revision:
			add(p, "stands though its document was replaced or withdrawn")
		}
	}
	return bad
}
