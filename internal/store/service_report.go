package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

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
// as long as reading them all.
const sqlServiceSums = `
	SELECT CASE WHEN $1 = 1 THEN customer_id ELSE 0 END AS c, CASE WHEN $2 = 1 THEN type_id ELSE 0 END AS t,
	       CASE WHEN $3 = 1 THEN team_id ELSE 0 END AS g, CASE WHEN $4 = 1 THEN day / 100 ELSE 0 END AS m,
	       COUNT(*), CAST(COALESCE(SUM(minutes), 0) AS BIGINT), CAST(SUM(cost - charge) AS BIGINT), CAST(SUM(benefit - charge) AS BIGINT),
	       CAST(COALESCE(SUM(cost - charge) FILTER (WHERE estimate_id IS NOT NULL), 0) AS BIGINT)
	FROM service_entry WHERE day + 0 > $5 AND day + 0 <= $6 AND withdrawn_at IS NULL GROUP BY c, t, g, m ORDER BY c, t, g, m`

// ServiceSums adds up the services of a window in the database.
func (r Reader) ServiceSums(ctx context.Context, w day.Window, by ServiceBy) ([]ServiceSum, error) {
	one := func(yes bool) int64 {
		if yes {
			return 1
		}
		return 0
	}
	var out []ServiceSum
	args := []any{one(by.Customer), one(by.Type), one(by.Team), one(by.Month), w.From, w.To}
	err := r.each(ctx, sqlServiceSums, args, func(rec *record) error {
		out = append(out, ServiceSum{
			account.CustomerID(rec.int(0)), rec.int(1), rec.int(2), int(rec.int(3)), rec.int(4), rec.int(5), money.Amount(rec.int(6)), money.Amount(rec.int(7)), money.Amount(rec.int(8)),
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("sums of services: %w", err)
	}
	return out, nil
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

// ServiceList streams the standing entries of a window with the names of their
// customers, the newest first, at most so many.
func (r Reader) ServiceList(ctx context.Context, w day.Window, most int) iter.Seq2[ServiceLine, error] {
	return func(yield func(ServiceLine, error) bool) {
		rows, err := r.q.QueryContext(ctx, sqlServiceList, int64(w.From), int64(w.To), most)
		if err != nil {
			yield(ServiceLine{}, fmt.Errorf("list of services: %w", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var l ServiceLine
			var name sql.NullString
			if l.Kept, err = scanEntry(rows, &name); err != nil {
				yield(l, fmt.Errorf("list of services: %w", err))
				return
			}
			if l.Name = name.String; !yield(l, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(ServiceLine{}, fmt.Errorf("list of services: %w", err))
		}
	}
}
