package store

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"quid/account"
	"quid/day"
	"quid/money"
	"quid/value"
)

// Figures is what the book says of all customers on one day.
type Figures struct {
	Customers []value.Figures // by customer id
	Peers     []value.Peer    // Customers[i].Peer is an index into it
	Changed   int64           // book.changed of the picture
}

// A figureQuery is what figures are asked for.
type figureQuery struct {
	asOf   day.Day
	window day.Window
	prior  day.Window // the window before, empty if there is none
	rate   money.Micro
}

// CustomerFigures aggregates the figures of all customers for a valuation on
// asOf over the span that ends on it, those without postings too. What each has is
// read row by row and added up on the way, on several cores: split by customer where
// tables lie in the order of customers (SQLite), else by table (PostgreSQL, where the key
// has to find each row at another place). progress (may be nil) hears how many
// of how many steps are done, from several goroutines.
func (db *DB) CustomerFigures(ctx context.Context, asOf day.Day, span day.Span, progress func(done, total int64)) (Figures, error) {
	most := 4
	if !db.engine.keyed {
		most = 2 // postings and documents
	}
	return db.customerFigures(ctx, asOf, span, min(runtime.GOMAXPROCS(0), runtime.NumCPU(), most), progress)
}

func (db *DB) customerFigures(ctx context.Context, asOf day.Day, span day.Span, parts int, progress func(done, total int64)) (Figures, error) {
	q := figureQuery{asOf: asOf, window: span.UpTo(asOf)}
	q.prior = day.Window{From: q.window.From, To: q.window.From}
	if w, ok := span.Before(q.window); ok {
		q.prior = w
	}
	var out Figures
	err := db.Looks(ctx, parts, func(rs []Reader) error {
		rates, err := rs[0].Rates(ctx)
		if err != nil {
			return err
		}
		q.rate = rates.LatePayment(asOf)
		if out.Changed, err = rs[0].changed(ctx); err != nil {
			return err
		}
		split := len(rs)
		if !db.engine.keyed {
			split = 1
		}
		ranges, n, err := rs[0].customerRanges(ctx, split)
		if err != nil {
			return err
		}
		count := &counter{total: 3 * n, tell: progress}
		parts := make([]figurePart, len(ranges))
		all := make([]value.Figures, n)
		err = inParallel(len(ranges), func(i int) error {
			ids := ranges[i]
			parts[i] = figurePart{figureQuery: q, postings: &rs[i], documents: &rs[i], ordered: db.engine.keyed, ids: ids, count: count, figures: all[ids.from:ids.from:ids.to]}
			if !db.engine.keyed {
				parts[i].documents = &rs[len(rs)-1]
			}
			return parts[i].read(ctx)
		})
		if err != nil {
			return fmt.Errorf("figures of %v: %w", asOf, err)
		}
		out.Customers, out.Peers = joinParts(parts, all)
		return nil
	})
	return out, err
}

// inParallel runs fn for 0 to n−1 at once and returns the first error.
func inParallel(n int, fn func(int) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = fn(i) })
	}
	wg.Wait()
	return cmp.Or(errs...)
}

// A counter tells progress.
type counter struct {
	done  atomic.Int64
	total int64
	tell  func(done, total int64)
}

func (c *counter) add(n int64) {
	done := c.done.Add(n)
	if c.tell != nil {
		c.tell(done, c.total)
	}
}

// An idRange is the customers from first up to and including last: of all, by
// id, those from one place up to another.
type idRange struct{ first, last, from, to int64 }

const (
	sqlCountCustomers = `SELECT COUNT(*) FROM customer`
	sqlNthCustomer    = `SELECT customer_id FROM customer ORDER BY customer_id LIMIT 1 OFFSET $1`
)

// smallBook is how many customers are not worth splitting.
const smallBook = 2000

// customerRanges splits all customers into up to n ranges of like numbers, and
// says how many there are.
func (r Reader) customerRanges(ctx context.Context, n int) ([]idRange, int64, error) {
	var total int64
	if err := r.q.QueryRowContext(ctx, sqlCountCustomers).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("count customers: %w", err)
	}
	if total < smallBook {
		n = 1
	}
	ranges := make([]idRange, n)
	ranges[0].first, ranges[n-1].last, ranges[n-1].to = math.MinInt64, math.MaxInt64, total
	for i := 1; i < n; i++ {
		at := total * int64(i) / int64(n)
		var id int64
		if err := r.q.QueryRowContext(ctx, sqlNthCustomer, at).Scan(&id); err != nil {
			return nil, 0, fmt.Errorf("split customers: %w", err)
		}
		ranges[i-1].last, ranges[i].first = id-1, id
		ranges[i-1].to, ranges[i].from = at, at
	}
	return ranges, total, nil
}

// A figurePart reads the figures of one range of customers.
type figurePart struct {
	figureQuery
	postings  *Reader
	documents *Reader // another where both are read side by side
	ordered   bool    // rows come in the order of customers
	ids       idRange
	count     *counter

	figures []value.Figures
	keys    []account.CustomerID // of figures, ascending
	peers   map[value.Peer]int32
}

// read fills the figures: first whose they are, then what postings and what documents
// say of them. The two have no field in common.
func (p *figurePart) read(ctx context.Context) error {
	if err := p.readCustomers(ctx); err != nil {
		return fmt.Errorf("customers: %w", err)
	}
	if p.postings != p.documents {
		return inParallel(2, func(i int) error {
			if i == 0 {
				return p.readPostings(ctx)
			}
			return p.readDocuments(ctx)
		})
	}
	if err := p.readPostings(ctx); err != nil {
		return err
	}
	return p.readDocuments(ctx)
}

// readDocuments reads what is not in postings, a pass each.
func (p *figurePart) readDocuments(ctx context.Context) error {
	if err := p.readInvoices(ctx); err != nil {
		return fmt.Errorf("invoices: %w", err)
	}
	if err := p.readInParts(ctx); err != nil {
		return fmt.Errorf("invoices in parts: %w", err)
	}
	if err := p.readPrices(ctx); err != nil {
		return fmt.Errorf("list prices: %w", err)
	}
	if err := p.readComplaints(ctx); err != nil {
		return fmt.Errorf("complaints: %w", err)
	}
	return nil
}

const sqlFigureCustomers = `
	SELECT customer_id, acquired_on, need, rank, suppliers, industry, size, contract_at, contract_since, contract_until, acquired_for
	FROM customer WHERE customer_id >= $1 AND customer_id <= $2 AND archived_at IS NULL ORDER BY customer_id`

func (p *figurePart) readCustomers(ctx context.Context) error {
	p.peers = make(map[value.Peer]int32)
	return p.postings.each(ctx, sqlFigureCustomers, []any{p.ids.first, p.ids.last}, func(c *record) error {
		f := value.Figures{
			Customer: account.CustomerID(c.int(0)), AcquiredOn: day.Day(c.int(1)), Need: money.Amount(c.int(2)),
			Rank: int16(c.int(3)), Suppliers: int16(c.int(4)), Peer: -1, AcquiredFor: money.Amount(c.int(10)),
			Contract: value.Contract{On: !c.null(7), Since: day.Day(c.int(8)), Until: day.Day(c.int(9))},
		}
		if c.null(2) {
			f.Need = -1
		}
		if peer := (value.Peer{Industry: c.text(5), Size: c.text(6)}); peer != (value.Peer{}) {
			i, ok := p.peers[peer]
			if !ok {
				i = int32(len(p.peers))
				p.peers[peer] = i
			}
			f.Peer = i
		}
		p.figures = append(p.figures, f)
		p.keys = append(p.keys, f.Customer)
		return nil
	})
}

// walk reads a statement and calls fn with each row, the figures of its customer and
// their place. It counts so many steps a customer, and takes the last customer
// met for how far it is.
func (p *figurePart) walk(ctx context.Context, r *Reader, steps int, query string, args []any, fn func(place int, f *value.Figures, row *record) error) error {
	at, told := 0, 0
	err := r.each(ctx, query, args, func(row *record) error {
		place, ok := p.find(account.CustomerID(row.int(0)), at)
		if at = place; at-told >= 10_000 {
			p.count.add(int64(steps * (at - told)))
			told = at
		}
		if !ok {
			return nil
		}
		return fn(place, &p.figures[place], row)
	})
	p.count.add(int64(steps * (len(p.figures) - told)))
	return err
}

// find is the place of a customer, or where it would be; near is where the one
// before was found, which in the order of customers is the same or close by.
func (p *figurePart) find(id account.CustomerID, near int) (place int, ok bool) {
	for i := near; i < min(near+4, len(p.keys)) && p.keys[i] <= id; i++ {
		if p.keys[i] == id {
			return i, true
		}
	}
	return slices.BinarySearch(p.keys, id)
}

// joinParts puts the parts together; peers get one index for all, in order. The
// parts stand one behind the other in memory already, but for the gaps that
// archived customers leave.
func joinParts(parts []figurePart, all []value.Figures) ([]value.Figures, []value.Peer) {
	var peers []value.Peer
	for i := range parts {
		for peer := range parts[i].peers {
			peers = append(peers, peer)
		}
	}
	slices.SortFunc(peers, func(a, b value.Peer) int {
		return cmp.Or(cmp.Compare(a.Industry, b.Industry), cmp.Compare(a.Size, b.Size))
	})
	peers = slices.Compact(peers)
	index := make(map[value.Peer]int32, len(peers))
	for i, peer := range peers {
		index[peer] = int32(i)
	}
	all = all[:0]
	for i := range parts {
		p := &parts[i]
		moved := make([]int32, len(p.peers))
		for peer, old := range p.peers {
			moved[old] = index[peer]
		}
		for k := range p.figures {
			if f := &p.figures[k]; f.Peer >= 0 {
				f.Peer = moved[f.Peer]
			}
		}
		all = append(all, p.figures...) // moves them to the front by the gaps before
	}
	return all, peers
}
