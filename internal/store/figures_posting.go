package store

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"

	"quid/account"
	"quid/day"
	"quid/money"
	"quid/value"
)

// A mark is what a posting that counts for a day, a sale or a deduction, does to
// it: place of the customer in its group, day, sign + 1. The order of marks is
// that of customers and days.
type mark uint32

// groupBits is the size of a group of customers whose marks are gathered together:
// 2 to that power.
const groupBits = 8

// epoch is before the days of all postings; 22 bits hold those up to 2199.
const epoch = 19_000_000

func (m mark) place() int   { return int(m >> (32 - groupBits)) }
func (m mark) day() day.Day { return day.Day(m>>2&(1<<22-1)) + epoch }
func (m mark) sign() int    { return int(m&3) - 1 } // 1 a purchase, −1 its reversal, 0 anything else

// markOf is what a sale or deduction of the customer at a place is for its day.
func markOf(place int, post account.Posting) mark {
	sign := mark(1)
	switch {
	case post.Kind != account.Sale:
	case post.Reverses == 0 && post.Volume > 0:
		sign = 2
	case post.Reverses != 0 && post.Volume < 0:
		sign = 0
	}
	return mark(place)<<(32-groupBits) | mark(post.Day-epoch)<<2 | sign
}

// A dated is a mark in the window, where what was earned on a day counts too.
type dated struct {
	mark
	amount money.Amount
}

// A group is what is remembered of the postings of some customers until all of
// theirs are there: four bytes for each before the window.
type group struct {
	before []mark
	within []dated
}

// Rows are added up here: sums by kind and period and strings of days made in the
// database cost both engines half as much again (bench/valuation). They are not
// asked for in an order: SQLite has them in that of the key, and PostgreSQL
// takes half as long again to bring them into it.
const sqlFigurePostings = `
	SELECT customer_id, day, kind, volume, amount, reverses
	FROM posting WHERE customer_id >= $1 AND customer_id <= $2 AND day <= $3`

// readPostings reads the steps of the window, the window before, what is counted
// ever, and the purchase days. A group of customers is closed once another begins
// where rows come in the order of customers, else when all are there.
func (p *figurePart) readPostings(ctx context.Context) error {
	args := []any{p.ids.first, p.ids.last, int64(p.asOf)}
	groups := make([]group, len(p.figures)>>groupBits+1)
	in := 0
	err := p.walk(ctx, p.postings, 2, sqlFigurePostings, args, func(place int, f *value.Figures, row *record) error {
		post := account.Posting{
			Day: day.Day(row.int(1)), Kind: account.Kind(row.int(2)), Volume: money.Amount(row.int(3)),
			Amount: account.Effect{Amount: money.Amount(row.int(4)), Known: !row.null(4)}, Reverses: account.PostingID(row.int(5)),
		}
		p.add(f, post)
		if post.Kind > account.Deduction {
			return nil
		}
		at := place >> groupBits
		if at != in && p.ordered {
			p.close(in, &groups[in])
			groups[at], groups[in] = groups[in], group{}
		}
		in = at
		g := &groups[at]
		if m := markOf(place, post); post.Day <= p.window.From {
			g.before = append(g.before, m)
		} else {
			g.within = append(g.within, dated{m, post.Amount.Amount})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("postings: %w", err)
	}
	n := runtime.GOMAXPROCS(0)
	return inParallel(n, func(i int) error {
		for at := i; at < len(groups); at += n {
			p.close(at, &groups[at])
			groups[at] = group{}
		}
		return nil
	})
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

// close counts the purchase days of the customers of a group, by its number, and
// empties it.
func (p *figurePart) close(number int, g *group) {
	slices.Sort(g.before)
	slices.SortFunc(g.within, func(a, b dated) int { return cmp.Compare(a.mark, b.mark) })
	before, within := g.before, g.within
	for in := 0; len(before)+len(within) > 0; in++ {
		i, j := 0, 0
		for i < len(before) && before[i].place() == in {
			i++
		}
		for j < len(within) && within[j].place() == in {
			j++
		}
		if i+j > 0 {
			countDays(&p.figures[number<<groupBits+in], before[:i], within[:j])
		}
		before, within = before[i:], within[j:]
	}
	g.before, g.within = g.before[:0], g.within[:0]
}

// countDays counts the purchase days of a customer by its marks, which are in the
// order of days.
func countDays(f *value.Figures, before []mark, within []dated) {
	for i := 0; i < len(before); {
		d, count := before[i].day(), 0
		for ; i < len(before) && before[i].day() == d; i++ {
			count += before[i].sign()
		}
		if count > 0 {
			purchased(f, d)
		}
	}
	f.BeforeDays, f.BeforeLast, f.BeforeLogGaps = f.PurchasesEver, f.LastPurchase, f.LogGaps
	eachPurchaseDay(within, func(d day.Day, amount money.Amount) {
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
func eachPurchaseDay(marks []dated, fn func(day.Day, money.Amount)) {
	var last day.Day
	var sum money.Amount
	for i := 0; i < len(marks); {
		d, count, amount := marks[i].day(), 0, money.Amount(0)
		for ; i < len(marks) && marks[i].day() == d; i++ {
			count += marks[i].sign()
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
