// Package app is the room every change goes through: one method, one
// transaction (an import: one per batch), follow-up jobs written with the change.
// Reading does not go through it: a page asks the store.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"quid/account"
	"quid/day"
	"quid/fact"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/dial"
	"quid/internal/sso"
	"quid/internal/store"
	"quid/money"
)

// An App makes changes to one book.
type App struct {
	DB    *store.DB
	IDs   *store.IDs
	Now   func() time.Time
	Files string // folder where uploaded files lie until they are taken in, see Tidy
	Log   *slog.Logger

	// Public is the address that people use, without a stroke at its end: every link
	// begins with it. What a request calls us is never believed.
	Public string

	// Post sends a letter by mail; nil: links are shown to whoever made them.
	Post func(context.Context, Letter) error

	// Calls says which addresses that somebody typed may be called.
	Calls dial.Guard

	// SSO is single sign-on; nil: there is none.
	SSO *sso.Provider

	// Erasures is the file beside the book that lists who was erased, for the
	// restore of an older backup; "" keeps none.
	Erasures string

	// BatchDocs is how many documents of a file go into one transaction, 0 for
	// what keeps a transaction within a second.
	BatchDocs int

	// Remember is how many customers and products an import remembers at least,
	// 0 for what keeps it small.
	Remember int

	afterBatch func(documents int64) // tests: called after each batch of an import
	skipErased string                // tests: a column, such as task.title, that a weak erasure leaves
	waiting    atomic.Int32          // people who wait for a page now
	guesses    auth.Guesses          // of passwords
	tickets    auth.Tickets          // for what passkeys are asked
}

// Ask says that somebody waits for a page; the returned function, that it is
// there. Bulk work in this process gives way meanwhile.
func (a *App) Ask() (done func()) {
	a.waiting.Add(1)
	return func() { a.waiting.Add(-1) }
}

// GiveWay lets bulk work of this process give way to people who wait.
func (a *App) GiveWay() { a.DB.Pause = a.giveWay }

// patience is how long bulk work gives way at a time. It is called about every
// millisecond of work, so that an import goes on at a tenth of its speed at least.
const patience = 8 * time.Millisecond

func (a *App) giveWay() {
	for slept := time.Duration(0); a.waiting.Load() > 0 && !a.DB.Contended() && slept < patience; slept += patience / 16 {
		time.Sleep(patience / 16)
	}
}

// Jobs that follow from changes.
const (
	ValueJob  = "value"  // value the book anew; no argument
	ImportJob = "import" // take in a file, or take it back; the argument is the import's id
	TidyJob   = "tidy"   // delete brought files that are not needed any more; no argument
)

// id returns the next id.
func (a *App) id() int64 { return a.IDs.Next(a.Now()) }

// postingID returns the next id of a posting.
func (a *App) postingID() account.PostingID { return account.PostingID(a.id()) }

// enqueue asks for a job in the transaction of the change.
func (a *App) enqueue(ctx context.Context, tx *store.Tx, kind, arg string) error {
	return tx.Enqueue(ctx, a.id(), kind, arg, a.Now())
}

// CreateBook makes an empty book: its currency, the shipped rates, the catalogue
// of free services and the first version of the valuation model. A book that is there is left alone.
func (a *App) CreateBook(ctx context.Context, name, currency string) error {
	digits, ok := money.Digits(currency)
	if !ok {
		return fault.Field("currency", "write a currency of ISO 4217 such as EUR")
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Book(ctx)
		if err == nil || !errors.Is(err, fault.NotFound) {
			return err
		}
		if err := tx.AddBook(ctx, store.Book{Name: name, Currency: currency, Digits: digits, Created: a.Now()}); err != nil {
			return err
		}
		for _, r := range shippedRates(digits) {
			if err := tx.PutRate(ctx, r); err != nil {
				return err
			}
		}
		_, err = a.shipCatalogue(ctx, tx, digits)
		return err
	})
}

// shippedRates are the rates a new book begins with: 8% a year for late payment
// (domain book, section 2) and rough costs of a contact by channel, which every
// company should replace by its own.
func shippedRates(digits int) []store.DatedRate {
	unit := int64(money.One)
	for range digits {
		unit *= 10
	}
	return []store.DatedRate{
		{Name: store.LatePaymentRate, ValidFrom: day.Min, PerPiece: 80_000},
		{Name: store.CareRate("visit"), ValidFrom: day.Min, PerPiece: money.Micro(180 * unit)},
		{Name: store.CareRate("phone"), ValidFrom: day.Min, PerMinute: money.Micro(unit)},
		{Name: store.CareRate("video"), ValidFrom: day.Min, PerMinute: money.Micro(unit)},
		{Name: store.CareRate("mail"), ValidFrom: day.Min, PerPiece: money.Micro(3 * unit)},
		{Name: store.CareRate("letter"), ValidFrom: day.Min, PerPiece: money.Micro(4 * unit)},
	}
}

// reverse takes back what a revision of a document posted.
func (a *App) reverse(ctx context.Context, tx *store.Tx, book store.Book, customer account.CustomerID, postedOn day.Day, doc account.Document) ([]account.Posting, error) {
	posted, err := tx.PostingsOf(ctx, customer, postedOn, doc)
	if err != nil {
		return nil, err
	}
	out := make([]account.Posting, 0, len(posted))
	for _, p := range posted {
		r, err := p.Reversal(book.FirstOpen(), a.postingID())
		if err != nil {
			return nil, fmt.Errorf("reverse %s %d: %w", doc.Kind, doc.ID, err)
		}
		out = append(out, r)
	}
	return out, nil
}

// hash64 folds numbers into one (FNV-1a): equal lists have equal hashes.
func hash64(vs ...int64) int64 {
	h := uint64(14695981039346656037)
	for _, v := range vs {
		for range 8 {
			h = (h ^ uint64(v&0xff)) * 1099511628211
			v = int64(uint64(v) >> 8)
		}
	}
	return int64(h)
}

// partsHash says what a payment settles: it is posted anew when this changes.
func partsHash(p fact.Payment, parts []fact.Part) int64 {
	vs := []int64{int64(p.Day), int64(p.Discount), int64(p.Amount)}
	for _, part := range parts {
		if part.DaysLate > 0 {
			vs = append(vs, int64(part.Invoice), int64(part.Amount), int64(part.DaysLate))
		}
	}
	return hash64(vs...)
}
