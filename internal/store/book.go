package store

import (
	"context"
	"fmt"
	"time"

	"quid/day"
	"quid/fact"
	"quid/money"
)

// A Book is what holds for all accounts in it.
type Book struct {
	Name        string
	Currency    string
	Digits      int     // decimals of the currency
	ClosedUntil day.Day // postings are dated after this day
	Changed     int64   // raised by every change of facts
	Created     time.Time
}

// FirstOpen is the first day that may be posted on.
func (b Book) FirstOpen() day.Day { return b.ClosedUntil.Add(1) }

const sqlBook = `SELECT name, currency, digits, closed_until, changed, created_at FROM book WHERE one = 1`

// Book returns the book's settings, or fault.NotFound if none was created yet.
func (r Reader) Book(ctx context.Context) (Book, error) {
	var b Book
	var created int64
	err := r.q.QueryRowContext(ctx, sqlBook).Scan(&b.Name, &b.Currency, &b.Digits, &b.ClosedUntil, &b.Changed, &created)
	if err != nil {
		return Book{}, fmt.Errorf("book: %w", one(err))
	}
	b.Created = time.UnixMicro(created).UTC()
	return b, nil
}

const sqlInsertBook = `
	INSERT INTO book (one, name, currency, digits, closed_until, changed, created_at)
	VALUES (1, $1, $2, $3, $4, 1, $5)`

// AddBook writes the settings of a new book.
func (tx *Tx) AddBook(ctx context.Context, b Book) error {
	_, err := tx.exec(ctx, sqlInsertBook, b.Name, b.Currency, b.Digits, max(b.ClosedUntil, day.Min), b.Created.UnixMicro())
	if err != nil {
		return fmt.Errorf("add book: %w", err)
	}
	return nil
}

const sqlTouch = `UPDATE book SET changed = changed + 1 WHERE one = 1`

// Touch says that facts changed, so that what was read before is old.
func (tx *Tx) Touch(ctx context.Context) error {
	if _, err := tx.exec(ctx, sqlTouch); err != nil {
		return fmt.Errorf("touch: %w", err)
	}
	return nil
}

// LatePaymentRate is the name of the yearly rate of late payment.
const LatePaymentRate = "late_payment"

// CareRate is the name of the rate of contacts by a channel.
func CareRate(channel string) string { return "care." + channel }

// A DatedRate is a rate of the book from a day on.
type DatedRate struct {
	Name      string
	ValidFrom day.Day
	PerPiece  money.Micro
	PerMinute money.Micro
}

// Rates are the dated rates of the book, by name and day.
type Rates map[string][]DatedRate

const sqlRates = `SELECT name, valid_from, per_piece, per_minute FROM rate ORDER BY name, valid_from`

// Rates returns all dated rates.
func (r Reader) Rates(ctx context.Context) (Rates, error) {
	rows, err := r.q.QueryContext(ctx, sqlRates)
	if err != nil {
		return nil, fmt.Errorf("rates: %w", err)
	}
	defer rows.Close()
	rates := make(Rates)
	for rows.Next() {
		var d DatedRate
		if err := rows.Scan(&d.Name, &d.ValidFrom, &d.PerPiece, &d.PerMinute); err != nil {
			return nil, fmt.Errorf("rates: %w", err)
		}
		rates[d.Name] = append(rates[d.Name], d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("rates: %w", err)
	}
	return rates, nil
}

// On returns the rate of a name that is valid on d.
func (rs Rates) On(name string, d day.Day) (DatedRate, bool) {
	var found DatedRate
	ok := false
	for _, r := range rs[name] {
		if r.ValidFrom <= d {
			found, ok = r, true
		}
	}
	return found, ok
}

// LatePayment returns the yearly rate of late payment on d, 0 where none is set.
func (rs Rates) LatePayment(d day.Day) money.Micro {
	r, _ := rs.On(LatePaymentRate, d)
	return r.PerPiece
}

// Channel returns the rate of contacts by a channel on d, zero where none is set.
func (rs Rates) Channel(channel string, d day.Day) fact.ChannelRate {
	r, _ := rs.On(CareRate(channel), d)
	return fact.ChannelRate{PerContact: r.PerPiece, PerMinute: r.PerMinute}
}

const sqlPutRate = `
	INSERT INTO rate (name, valid_from, per_piece, per_minute) VALUES ($1, $2, $3, $4)
	ON CONFLICT (name, valid_from) DO UPDATE SET per_piece = excluded.per_piece, per_minute = excluded.per_minute`

// PutRate writes a dated rate. What was posted keeps the rate it was posted at.
func (tx *Tx) PutRate(ctx context.Context, d DatedRate) error {
	if _, err := tx.exec(ctx, sqlPutRate, d.Name, d.ValidFrom, d.PerPiece, d.PerMinute); err != nil {
		return fmt.Errorf("put rate %s: %w", d.Name, err)
	}
	return nil
}

const sqlExchange = `SELECT rate FROM exchange WHERE currency = $1 AND day <= $2 ORDER BY day DESC LIMIT 1`

// Exchange returns what one unit of a currency is worth in the book's on a day,
// or fault.NotFound if the table of rates says nothing.
func (r Reader) Exchange(ctx context.Context, currency string, on day.Day) (money.Micro, error) {
	var rate money.Micro
	if err := r.q.QueryRowContext(ctx, sqlExchange, currency, on).Scan(&rate); err != nil {
		return 0, fmt.Errorf("rate of %s on %s: %w", currency, on, one(err))
	}
	return rate, nil
}

const sqlPutExchange = `
	INSERT INTO exchange (currency, day, rate) VALUES ($1, $2, $3)
	ON CONFLICT (currency, day) DO UPDATE SET rate = excluded.rate`

// PutExchange writes what a unit of a currency is worth from a day on.
// Documents keep the rate they were posted at.
func (tx *Tx) PutExchange(ctx context.Context, currency string, on day.Day, rate money.Micro) error {
	if _, err := tx.exec(ctx, sqlPutExchange, currency, on, rate); err != nil {
		return fmt.Errorf("put rate of %s: %w", currency, err)
	}
	return nil
}
