package store

import (
	"context"
	"math"

	"quid/account"
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

// Rows come in the order of the key and are added up here: sums by kind and period
// and strings of days made in the database cost both engines half as much again
// (bench/valuation).
const sqlFigurePostings = `
	SELECT customer_id, day, kind, volume, amount, reverses
	FROM posting WHERE customer_id >= $1 AND customer_id <= $2 AND day <= $3
	ORDER BY customer_id, day`

// readPostings reads the steps of the window, the window before, what is counted
// ever, and the purchase days.
func (p *figurePart) readPostings(ctx context.Context) error {
	args := []any{p.ids.first, p.ids.last, int64(p.asOf)}
	of := -1 // whose postings are gathered
	err := p.walk(ctx, 2, sqlFigurePostings, args, func(i int, f *value.Figures, row *record) error {
		if i != of {
			p.close(of)
			of = i
		}
		p.add(f, account.Posting{
			Day: day.Day(row.int(1)), Kind: account.Kind(row.int(2)), Volume: money.Amount(row.int(3)),
			Amount: account.Effect{Amount: money.Amount(row.int(4)), Known: !row.null(4)}, Reverses: account.PostingID(row.int(5)),
		})
		return nil
	})
	p.close(of)
	return err
}

// add counts a posting.
func (p *figurePart) add(f *value.Figures, post account.Posting) {
	amount, unknown := post.Amount.Amount, int32(0)
	if !post.Amount.Known {
		unknown = 1
		if post.Reverses != 0 {
			unknown = -1
		}
	}
	f.EverBalance += amount
	f.EverUnknownCost += unknown
	if post.Kind <= account.Deduction {
		f.EverContribution += amount
		p.marks = append(p.marks, markOf(post))
	}
	switch {
	case post.Day > p.window.From:
		f.Steps.Add(post)
	case post.Day > p.prior.From:
		f.PriorUnknownCost += unknown
		if post.Kind == account.Sale {
			f.PriorRevenue += post.Volume
		}
		if post.Kind <= account.Complaint {
			f.PriorContribution += amount
		}
	}
}

// markOf is what a sale or deduction is for its day.
func markOf(post account.Posting) mark {
	m := mark{day: post.Day, amount: post.Amount.Amount}
	switch {
	case post.Kind != account.Sale:
	case post.Reverses == 0 && post.Volume > 0:
		m.sign = 1
	case post.Reverses != 0 && post.Volume < 0:
		m.sign = -1
	}
	return m
}

// close counts the purchase days of the customer whose postings were gathered.
func (p *figurePart) close(of int) {
	if of < 0 {
		return
	}
	f := &p.figures[of]
	inWindow := 0
	for inWindow < len(p.marks) && p.marks[inWindow].day <= p.window.From {
		inWindow++
	}
	eachPurchaseDay(p.marks[:inWindow], func(d day.Day, _ money.Amount) { purchased(f, d) })
	f.BeforeDays, f.BeforeLast, f.BeforeLogGaps = f.PurchasesEver, f.LastPurchase, f.LogGaps
	eachPurchaseDay(p.marks[inWindow:], func(d day.Day, amount money.Amount) {
		if f.PurchaseDays > 0 {
			gap := d.Sub(f.LastPurchase)
			f.Gaps++
			f.GapDays += int32(gap)
			f.GapSquares += float64(gap) * float64(gap)
		}
		f.PurchaseDays++
		f.PerDaySum += float64(amount)
		f.PerDaySquares += float64(amount) * float64(amount)
		purchased(f, d)
	})
	p.marks = p.marks[:0]
}

// purchased counts a purchase day; days come in order.
func purchased(f *value.Figures, d day.Day) {
	if f.PurchasesEver == 0 {
		f.FirstPurchase = d
	} else {
		f.LogGaps += logDays(d.Sub(f.LastPurchase))
	}
	f.PurchasesEver++
	f.LastPurchase = d
}

// logDays is the logarithm of a number of days.
func logDays(n int) float32 {
	if n < len(shortLogs) {
		return shortLogs[n]
	}
	return float32(math.Log(float64(n)))
}

var shortLogs = func() (logs [1024]float32) {
	for i := range logs {
		logs[i] = float32(math.Log(float64(i)))
	}
	return logs
}()

// eachPurchaseDay calls fn with every day of the marks, which are in its order,
// that has a purchase which was not taken back, with the sum of the amounts on it. What falls on other
// days (a cash discount, a credit note) counts to the purchase day before it,
// or to the first: so the amounts add up to the contribution.
func eachPurchaseDay(marks []mark, fn func(day.Day, money.Amount)) {
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
