package store

import (
	"cmp"
	"context"
	"slices"

	"quid/day"
	"quid/money"
	"quid/value"
)

// A mark is a posting that counts for a day: a sale or a deduction.
type mark struct {
	day    day.Day
	sign   int8 // 1 a purchase, −1 its reversal, 0 anything else
	amount money.Amount
}

// purchaseMark is a day times four, plus 1 for a purchase, 2 for its reversal,
// 0 for anything else: a day counts while it has more purchases than reversals.
const purchaseMark = `CAST(day * 4 + CASE WHEN kind > 1 THEN 0
	WHEN reverses IS NULL THEN CASE WHEN volume > 0 THEN 1 ELSE 0 END
	WHEN volume < 0 THEN 2 ELSE 0 END AS TEXT)`

// purchaseOnly is the same for sales alone: nothing for anything else.
const purchaseOnly = `CAST(CASE
	WHEN reverses IS NULL THEN CASE WHEN volume > 0 THEN day * 4 + 1 END
	WHEN volume < 0 THEN day * 4 + 2 END AS TEXT)`

// unknownCost counts sales without a cost; reversed ones are taken off.
const unknownCost = `CAST(COALESCE(SUM(CASE WHEN reverses IS NULL THEN 1 ELSE -1 END) FILTER `

// Sums are strings of numbers where the days count: the database groups by
// customer only, which is twice as fast as by customer and day.
const sqlFigureBefore = `
	SELECT customer_id,
	       CAST(COALESCE(SUM(volume) FILTER (WHERE kind = 1 AND day > $1), 0) AS BIGINT),
	       CAST(COALESCE(SUM(amount) FILTER (WHERE kind <= 6 AND day > $1), 0) AS BIGINT),
	       ` + unknownCost + `(WHERE amount IS NULL AND day > $1), 0) AS BIGINT),
	       string_agg(` + purchaseOnly + `, ' ') FILTER (WHERE kind = 1),
	       CAST(COALESCE(SUM(amount) FILTER (WHERE kind <= 2), 0) AS BIGINT),
	       CAST(COALESCE(SUM(amount), 0) AS BIGINT),
	       ` + unknownCost + `(WHERE amount IS NULL), 0) AS BIGINT)
	FROM posting WHERE customer_id >= $2 AND customer_id <= $3 AND day <= $4
	GROUP BY customer_id ORDER BY customer_id`

// readEarlier reads what happened before the window: the window before, and
// every purchase day.
func (p *figurePart) readEarlier(ctx context.Context) error {
	p.earlier = make([]trace, len(p.figures))
	if p.window.From == 0 {
		p.count.add(int64(len(p.figures)))
		return nil
	}
	args := []any{int64(p.prior.From), p.ids.first, p.ids.last, int64(p.window.From)}
	return p.walk(ctx, true, sqlFigureBefore, args, func(i int, f *value.Figures, row *record) error {
		f.PriorRevenue, f.PriorContribution = money.Amount(row.int(1)), money.Amount(row.int(2))
		f.PriorUnknownCost = int32(row.int(3))
		f.EverContribution, f.EverBalance = money.Amount(row.int(5)), money.Amount(row.int(6))
		f.EverUnknownCost = int32(row.int(7))
		p.marks = readMarks(p.marks[:0], row.text(4), "")
		eachPurchaseDay(p.marks, func(d day.Day, _ money.Amount) { p.earlier[i].add(d) })
		f.BeforeDays, f.BeforeLast = p.earlier[i].days, p.earlier[i].last
		return nil
	})
}

// add counts a purchase day; days come in order.
func (t *trace) add(d day.Day) {
	if t.days == 0 {
		t.first = d
	}
	t.days++
	t.last = d
}

const sqlFigureWindow = `
	SELECT customer_id,
	       CAST(COALESCE(SUM(volume) FILTER (WHERE kind = 1), 0) AS BIGINT),
	       CAST(COALESCE(SUM(amount) FILTER (WHERE kind = 1), 0) AS BIGINT),
	       CAST(COALESCE(SUM(amount) FILTER (WHERE kind = 2), 0) AS BIGINT),
	       CAST(COALESCE(SUM(amount) FILTER (WHERE kind = 3), 0) AS BIGINT),
	       CAST(COALESCE(SUM(amount) FILTER (WHERE kind = 4), 0) AS BIGINT),
	       CAST(COALESCE(SUM(amount) FILTER (WHERE kind = 5), 0) AS BIGINT),
	       CAST(COALESCE(SUM(amount) FILTER (WHERE kind = 6), 0) AS BIGINT),
	       CAST(COALESCE(SUM(amount) FILTER (WHERE kind = 11), 0) AS BIGINT),
	       CAST(COALESCE(SUM(amount) FILTER (WHERE kind = 12), 0) AS BIGINT),
	       CAST(COALESCE(SUM(volume) FILTER (WHERE kind = 11), 0) AS BIGINT),
	       ` + unknownCost + `(WHERE amount IS NULL), 0) AS BIGINT),
	       string_agg(` + purchaseMark + `, ' ') FILTER (WHERE kind <= 2),
	       string_agg(CAST(COALESCE(amount, 0) AS TEXT), ' ') FILTER (WHERE kind <= 2)
	FROM posting WHERE customer_id >= $1 AND customer_id <= $2 AND day > $3 AND day <= $4
	GROUP BY customer_id ORDER BY customer_id`

// readWindow reads the steps of the window and its purchase days, and closes
// what is counted ever.
func (p *figurePart) readWindow(ctx context.Context) error {
	args := []any{p.ids.first, p.ids.last, int64(p.window.From), int64(p.window.To)}
	err := p.walk(ctx, true, sqlFigureWindow, args, func(i int, f *value.Figures, row *record) error {
		s := &f.Steps
		for k, to := range []*money.Amount{
			&s.Revenue, &s.Sale, &s.Deduction, &s.Acquisition, &s.Care, &s.LatePayment, &s.Complaint, &s.Service, &s.Goodwill, &s.Benefit,
		} {
			*to = money.Amount(row.int(1 + k))
		}
		s.UnknownCost = int32(row.int(11))
		p.marks = readMarks(p.marks[:0], row.text(12), row.text(13))
		eachPurchaseDay(p.marks, func(d day.Day, amount money.Amount) {
			if f.PurchaseDays > 0 {
				gap := d.Sub(p.earlier[i].last)
				f.Gaps++
				f.GapDays += int32(gap)
				f.GapSquares += float64(gap) * float64(gap)
			}
			f.PurchaseDays++
			f.PerDaySum += float64(amount)
			f.PerDaySquares += float64(amount) * float64(amount)
			p.earlier[i].add(d)
		})
		return nil
	})
	for i, t := range p.earlier {
		f := &p.figures[i]
		f.PurchasesEver, f.FirstPurchase, f.LastPurchase = t.days, t.first, t.last
		f.EverContribution += f.Steps.Contribution(1)
		f.EverBalance += f.Steps.Contribution(4)
		f.EverUnknownCost += f.Steps.UnknownCost
	}
	p.earlier = nil
	return err
}

// readMarks reads what string_agg wrote of purchaseMark and, if there are any,
// the amounts beside them.
func readMarks(marks []mark, days, amounts string) []mark {
	for at, of := 0, 0; at < len(days); {
		var n, amount int64
		n, at = nextNumber(days, at)
		if of < len(amounts) {
			amount, of = nextNumber(amounts, of)
		}
		m := mark{day: day.Day(n >> 2), amount: money.Amount(amount)}
		switch n & 3 {
		case 1:
			m.sign = 1
		case 2:
			m.sign = -1
		}
		marks = append(marks, m)
	}
	return marks
}

// nextNumber reads a number that a blank or the end follows, and where the next
// begins.
func nextNumber(s string, at int) (n int64, next int) {
	neg := at < len(s) && s[at] == '-'
	if neg {
		at++
	}
	for ; at < len(s) && s[at] != ' '; at++ {
		n = n*10 + int64(s[at]-'0')
	}
	if neg {
		n = -n
	}
	return n, at + 1
}

// eachPurchaseDay calls fn with every day that has a purchase which was not
// taken back, in order, with the sum of the amounts on it. What falls on other
// days (a cash discount, a credit note) counts to the purchase day before it,
// or to the first: so the amounts add up to the contribution.
func eachPurchaseDay(marks []mark, fn func(day.Day, money.Amount)) {
	byDay := func(a, b mark) int { return cmp.Compare(a.day, b.day) }
	if !slices.IsSortedFunc(marks, byDay) { // PostgreSQL gives them in any order
		slices.SortFunc(marks, byDay)
	}
	var last day.Day
	var sum money.Amount
	for i := 0; i < len(marks); {
		d, count, amount := marks[i].day, 0, money.Amount(0)
		for ; i < len(marks) && marks[i].day == d; i++ {
			count += int(marks[i].sign)
			amount += marks[i].amount
		}
		if count > 0 {
			if last != 0 {
				fn(last, sum)
				sum = 0
			}
			last = d
		}
		sum += amount
	}
	if last != 0 {
		fn(last, sum)
	}
}
