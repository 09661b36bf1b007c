package store

import (
	"context"
	"fmt"

	"quid/account"
	"quid/day"
	"quid/money"
	"quid/portfolio"
	"quid/value"
)

// What the contacts with a customer add up to: in the window ($1 to $2) how many,
// of them personal, and their minutes but those that a service counts; how many
// since $3; the last of each form. Personal is a visit or a talk on video.
const contactSums = `
	       COUNT(*) FILTER (WHERE day > $1 AND day <= $2),
	       COUNT(*) FILTER (WHERE day > $1 AND day <= $2 AND channel IN ('visit', 'video')),
	       CAST(COALESCE(SUM(minutes) FILTER (WHERE day > $1 AND day <= $2 AND service_id IS NULL), 0) AS BIGINT),
	       COUNT(*) FILTER (WHERE day > $3 AND day <= $2),
	       MAX(day) FILTER (WHERE day <= $2 AND channel IN ('visit', 'video')),
	       MAX(day) FILTER (WHERE day <= $2 AND channel IN ('visit', 'video', 'phone')),
	       MAX(day) FILTER (WHERE day <= $2)
	FROM interaction WHERE withdrawn_at IS NULL`

const (
	sqlContactSums    = `SELECT customer_id, ` + contactSums + ` AND customer_id = $4 GROUP BY customer_id`
	sqlAllContactSums = `SELECT customer_id, ` + contactSums + ` GROUP BY customer_id ORDER BY customer_id`

	// "day + 0": see sqlServiceDays.
	sqlServiceMinutes = `
		SELECT customer_id, CAST(SUM(minutes) AS BIGINT) FROM service_entry
		WHERE day + 0 > $1 AND day + 0 <= $2 AND withdrawn_at IS NULL AND minutes IS NOT NULL GROUP BY customer_id ORDER BY customer_id`
	sqlWorths = `
		SELECT customer_id, type_id, CAST(SUM(benefit - charge) AS BIGINT), CAST(SUM(cost - charge) AS BIGINT) FROM service_entry
		WHERE day + 0 > $1 AND day + 0 <= $2 AND withdrawn_at IS NULL GROUP BY customer_id, type_id ORDER BY customer_id, type_id`
	sqlCareRows = `SELECT c.owner, c.industry, c.size, ` + scoreFields + ` FROM score s JOIN customer c ON c.customer_id = s.customer_id
		WHERE s.valuation_id = $1 AND c.archived_at IS NULL ORDER BY s.customer_id`
)

// contactDays are the arguments of contactSums.
func contactDays(w day.Window) []any { return []any{w.From, w.To, w.To.AddMonths(-12)} }

func contactSumsOf(rec *record) portfolio.ContactSums {
	return portfolio.ContactSums{
		Count: int32(rec.int(1)), Personal: int32(rec.int(2)), Minutes: rec.int(3), Year: int32(rec.int(4)),
		LastPersonal: day.Day(rec.int(5)), LastTalk: day.Day(rec.int(6)), Last: day.Day(rec.int(7)),
	}
}

// ContactSums returns what the contacts with a customer add up to; the minutes of
// services are not among them.
func (r Reader) ContactSums(ctx context.Context, customer account.CustomerID, w day.Window) (portfolio.ContactSums, error) {
	var c portfolio.ContactSums
	err := r.each(ctx, sqlContactSums, append(contactDays(w), customer), func(rec *record) error {
		c = contactSumsOf(rec)
		return nil
	})
	if err != nil {
		return c, fmt.Errorf("contacts of customer %d: %w", customer, err)
	}
	return c, nil
}

// A CareBook is what attention, possible value, development and the rules that
// propose tasks are reckoned from: the customers of a valuation, in the order of
// their ids, in several columns.
type CareBook struct {
	Valuation Valuation
	List      []portfolio.Cared
	Similar   []portfolio.Similar
	Seeds     []portfolio.Seed // without what possible services are worth
	Owners    []string
	Recorded  bool // contacts of the twelve months up to the day are kept in the book
}

// Care reads the care book of a valuation. It scans.
func (r Reader) Care(ctx context.Context, v Valuation) (*CareBook, error) {
	b := &CareBook{Valuation: v}
	n := v.Summary.Customers
	b.List, b.Similar = make([]portfolio.Cared, 0, n), make([]portfolio.Similar, 0, n)
	b.Seeds, b.Owners = make([]portfolio.Seed, 0, n), make([]string, 0, n)
	texts := make(map[string]string) // every owner and industry once in memory
	once := func(s string) string {
		if kept, ok := texts[s]; ok {
			return kept
		}
		texts[s] = s
		return s
	}
	err := r.each(ctx, sqlCareRows, []any{v.ID}, func(rec *record) error {
		f, row, err := scoreOf(rec, 3)
		if err != nil {
			return fmt.Errorf("customer %d: %w", f.Customer, err)
		}
		b.add(&f, &row)
		b.Owners = append(b.Owners, once(rec.text(0)))
		like := &b.Similar[len(b.Similar)-1]
		like.Industry, like.Size = once(rec.text(1)), once(rec.text(2))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("care: %w", err)
	}
	w := v.Summary.Window()
	if err := b.readContacts(ctx, r, w); err != nil {
		return nil, fmt.Errorf("care: contacts: %w", err)
	}
	if err := b.readMinutes(ctx, r, w); err != nil {
		return nil, fmt.Errorf("care: minutes of services: %w", err)
	}
	return b, nil
}

// CaredOf is what attention sees of a customer in a valuation, but for its
// contacts.
func CaredOf(f *value.Figures, row *value.Row) portfolio.Cared {
	c := portfolio.Cared{Customer: f.Customer, Segment: row.Segment(), Strategy: StrategyOf(row), Stage: row.Stage, Services: -f.Steps.Service, Care: -f.Steps.Care}
	c.Value, c.Known = f.Contribution(3)
	return c
}

func (b *CareBook) add(f *value.Figures, row *value.Row) {
	c := CaredOf(f, row)
	b.List = append(b.List, c)
	b.Similar = append(b.Similar, portfolio.Similar{Customer: f.Customer, Developed: c.Good()})
	b.Seeds = append(b.Seeds, portfolio.Seed{Customer: f.Customer, Strategy: c.Strategy, Potential: row.Raw[value.KeyPotential.Index()]})
}

// walk calls fn with the place of every row's customer in the list.
func (b *CareBook) walk(ctx context.Context, r Reader, query string, args []any, fn func(i int, rec *record)) error {
	at := 0
	return r.each(ctx, query, args, func(rec *record) error {
		id := account.CustomerID(rec.int(0))
		for at < len(b.List) && b.List[at].Customer < id {
			at++
		}
		if at < len(b.List) && b.List[at].Customer == id {
			fn(at, rec)
		}
		return nil
	})
}

func (b *CareBook) readContacts(ctx context.Context, r Reader, w day.Window) error {
	return b.walk(ctx, r, sqlAllContactSums, contactDays(w), func(i int, rec *record) {
		b.List[i].ContactSums = contactSumsOf(rec)
		b.Recorded = b.Recorded || b.List[i].Year > 0
	})
}

func (b *CareBook) readMinutes(ctx context.Context, r Reader, w day.Window) error {
	return b.walk(ctx, r, sqlServiceMinutes, []any{w.From, w.To}, func(i int, rec *record) { b.List[i].Minutes += rec.int(1) })
}

// Worths returns what the services of a window were worth to customers, by
// customer and type, less what was charged for them. It scans.
func (r Reader) Worths(ctx context.Context, w day.Window) ([]portfolio.Worth, error) {
	var out []portfolio.Worth
	err := r.each(ctx, sqlWorths, []any{w.From, w.To}, func(rec *record) error {
		out = append(out, portfolio.Worth{Customer: account.CustomerID(rec.int(0)), Type: rec.int(1), Benefit: money.Amount(rec.int(2)), Cost: money.Amount(rec.int(3))})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("worth of services: %w", err)
	}
	return out, nil
}
