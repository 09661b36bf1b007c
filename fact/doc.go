// Package fact holds the documents a company has about its customers (invoices
// and credit notes, payments, complaints, interactions) and what each of them
// posts to the value account.
//
// A document is one whole: an invoice with all its lines. Posting it is pure;
// the same document always makes the same drafts, and a changed document is
// posted anew after its old postings were reversed. Which payment settles which
// invoice is computed by [Settle] from all open items and payments of a
// customer, in an order that does not depend on the order they arrived in.
package fact

import "quid/account"

// A Product is something the company sells.
type Product struct {
	ID           int64
	External     string
	Name         string
	Category     string
	Unit         string
	StandardCost *UnitPrice // cost of one unit, nil if unknown
	ListPrice    *UnitPrice
	Stub         bool
	Revision     int32
	Import       int64
}

// A Header is what all documents have in common.
type Header struct {
	ID       account.DocumentID
	Customer account.CustomerID
	Number   string // its id in the source
	Revision int32
	Version  int64 // hash of the normalised document, so that the same again is seen
	Import   int64 // the import that wrote this revision, or 0
}
