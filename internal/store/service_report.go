package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"

	"quid/account"
	"quid/day"
	"quid/money"
	"quid/service"
)

// A ServiceBy says what services are added up by; what is not asked for is 0 in
// the sums.
type ServiceBy struct{ Customer, Type, Team, Month bool }

// A ServiceSum is what services add up to.
type ServiceSum struct {
	Customer account.CustomerID
	Type     int64
	Team     int64
	Month    int // yyyymm

	Entries   int64
	Minutes   int64
	Cost      money.Amount // less what customers paid of it
	Benefit   money.Amount // likewise
	Estimated money.Amount // what of Cost opening estimates are
}

// A window of a report is most of the book: "day + 0" keeps SQLite from looking up
// half a million rows one after another by the index on days, which took ten times
// as long as reading them all. Sorting them to be grouped takes longer than reading
// them, so both statements take them in an order in which they lie: that of the
// index service_entry_sums, and that of the customers.
const (
	sqlServiceDays = `
		SELECT type_id + 0 AS t, team_id, day, COUNT(*), CAST(COALESCE(SUM(minutes), 0) AS BIGINT), CAST(SUM(cost - charge) AS BIGINT), CAST(SUM(benefit - charge) AS BIGINT),
		       CAST(COALESCE(SUM(cost - charge) FILTER (WHERE estimate_id IS NOT NULL), 0) AS BIGINT)
		FROM service_entry WHERE (day + 0 > $1 AND day + 0 <= $2 OR day + 0 > $3 AND day + 0 <= $4) AND withdrawn_at IS NULL
		GROUP BY t, team_id, day ORDER BY t, team_id, day`
	sqlServicesByCustomer = `
		SELECT customer_id, type_id, team_id, day, COALESCE(minutes, 0), cost - charge, benefit - charge, CASE WHEN estimate_id IS NULL THEN 0 ELSE cost - charge END
		FROM service_entry WHERE (day + 0 > $1 AND day + 0 <= $2 OR day + 0 > $3 AND day + 0 <= $4) AND withdrawn_at IS NULL ORDER BY customer_id`
)

// ServiceSums adds up the services of a window: those of customers that who asks sees.
func (r Reader) ServiceSums(ctx context.Context, w day.Window, by ServiceBy) ([]ServiceSum, error) {
	sums, _, err := r.ServiceYears(ctx, w, day.Window{From: w.From, To: w.From}, by)
	return sums, err
}

// ServiceYears adds up the services of a window and of one before it in one pass;
// what both hold counts for the later one. Only services of customers that who asks
// sees are counted.
func (r Reader) ServiceYears(ctx context.Context, w, before day.Window, by ServiceBy) (now, then []ServiceSum, err error) {
	later, earlier := serviceFold{by: by}, serviceFold{by: by}
	add := func(s ServiceSum, on day.Day) {
		if on > w.From {
			later.add(s, on)
		} else {
			earlier.add(s, on)
		}
	}
	args := []any{w.From, w.To, before.From, before.To}
	seen, err := r.reached(ctx)
	if err != nil {
		return nil, nil, err
	}
	if by.Customer || seen != nil {
		err = r.each(ctx, sqlServicesByCustomer, args, func(rec *record) error {
			if !seen.Has(account.CustomerID(rec.int(0))) {
				return nil
			}
			add(ServiceSum{
				Customer: account.CustomerID(rec.int(0)), Type: rec.int(1), Team: rec.int(2), Entries: 1,
				Minutes: rec.int(4), Cost: money.Amount(rec.int(5)), Benefit: money.Amount(rec.int(6)), Estimated: money.Amount(rec.int(7)),
			}, day.Day(rec.int(3)))
			return nil
		})
	} else {
		err = r.each(ctx, sqlServiceDays, args, func(rec *record) error {
			add(ServiceSum{
				Type: rec.int(0), Team: rec.int(1), Entries: rec.int(3),
				Minutes: rec.int(4), Cost: money.Amount(rec.int(5)), Benefit: money.Amount(rec.int(6)), Estimated: money.Amount(rec.int(7)),
			}, day.Day(rec.int(2)))
			return nil
		})
	}
	if err != nil {
		return nil, nil, fmt.Errorf("sums of services: %w", err)
	}
	return later.sums(), earlier.sums(), nil
}

// A serviceFold adds sums up by what they are asked for.
type serviceFold struct {
	by   ServiceBy
	list []ServiceSum
	at   map[serviceKey]int
	last serviceKey // of what was added last, which is often the same
	i    int        // its place
}

type serviceKey struct {
	customer   account.CustomerID
	kind, team int64
	month      int
}

func (f *serviceFold) add(s ServiceSum, on day.Day) {
	var key serviceKey
	if f.by.Customer {
		key.customer = s.Customer
	}
	if f.by.Type {
		key.kind = s.Type
	}
	if f.by.Team {
		key.team = s.Team
	}
	if f.by.Month {
		key.month = int(on) / 100
	}
	if len(f.list) == 0 || key != f.last {
		f.last, f.i = key, f.place(key)
	}
	f.list[f.i].Add(&s)
}

// place is where the sum of a key stands.
func (f *serviceFold) place(key serviceKey) int {
	if f.at == nil {
		f.at = make(map[serviceKey]int)
	}
	i, ok := f.at[key]
	if !ok {
		i = len(f.list)
		f.at[key] = i
		f.list = append(f.list, ServiceSum{Customer: key.customer, Type: key.kind, Team: key.team, Month: key.month})
	}
	return i
}

// sums are what was added up, in the order of what it was added up by.
func (f *serviceFold) sums() []ServiceSum {
	slices.SortFunc(f.list, func(a, b ServiceSum) int {
		return cmp.Or(cmp.Compare(a.Customer, b.Customer), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Team, b.Team), cmp.Compare(a.Month, b.Month))
	})
	return f.list
}

// Add adds what t adds up to.
func (s *ServiceSum) Add(t *ServiceSum) {
	s.Entries += t.Entries
	s.Minutes += t.Minutes
	s.Cost += t.Cost
	s.Benefit += t.Benefit
	s.Estimated += t.Estimated
}

// A ServiceLine is an entry as a list of services shows it.
type ServiceLine struct {
	Kept[service.Entry]
	Name string // of the customer
}

const sqlServiceList = `
	SELECT ` + listedColumns + `, c.name FROM (
		SELECT * FROM service_entry WHERE day > $1 AND day <= $2 AND withdrawn_at IS NULL ORDER BY day DESC, entry_id DESC LIMIT $3) e
	JOIN customer c ON c.customer_id = e.customer_id ORDER BY e.day DESC, e.entry_id DESC`

const listedColumns = `e.customer_id, e.entry_id, e.number, e.day, e.type_id, e.quantity, e.background, e.contact, e.cost, e.benefit, e.rate,
	e.posted_on, e.revision, e.version, e.import_id, e.withdrawn_at, e.team_id, e.minutes, e.charge, e.charge_invoice, e.charge_line, e.line_net, e.line_cost,
	e.benefit_source, e.benefit_state, e.estimate_id, e.joint_id, e.replaces, e.why`

// everyEntry is more than a list of entries is ever asked for: where who asks sees some
// customers only, it is cut after those of others were left out.
const everyEntry = 1 << 31

// ServiceList streams the standing entries of a window with the names of their
// customers, the newest first, at most so many: those of customers that who asks sees.
func (r Reader) ServiceList(ctx context.Context, w day.Window, most int) iter.Seq2[ServiceLine, error] {
	return func(yield func(ServiceLine, error) bool) {
		seen, err := r.reached(ctx)
		if err != nil {
			yield(ServiceLine{}, err)
			return
		}
		read := most
		if seen != nil {
			read = everyEntry
		}
		rows, err := r.q.QueryContext(ctx, sqlServiceList, int64(w.From), int64(w.To), read)
		if err != nil {
			yield(ServiceLine{}, fmt.Errorf("list of services: %w", err))
			return
		}
		defer rows.Close()
		for most > 0 && rows.Next() {
			var l ServiceLine
			var name sql.NullString
			if l.Kept, err = scanEntry(rows, &name); err != nil {
				yield(l, fmt.Errorf("list of services: %w", err))
				return
			}
			if !seen.Has(l.Doc.Customer) {
				continue
			}
			if l.Name = name.String; !yield(l, nil) {
				return
			}
			most--
		}
		if err := rows.Err(); err != nil {
			yield(ServiceLine{}, fmt.Errorf("list of services: %w", err))
		}
	}
}
