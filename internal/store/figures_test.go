package store

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fact"
	"quid/internal/auth/authtest"
	"quid/money"
	"quid/value"
)

// A company is a book of facts that a test makes up, small enough to be looked
// at in the plainest way.
type company struct {
	customers   []KeptCustomer
	postings    []account.Posting
	invoices    []Kept[fact.Invoice]
	settled     []Settled
	settlements []Settlement
	complaints  []Kept[fact.Complaint]
}

// randomCompany makes up n customers with everything that figures look at:
// several purchases a day, corrections, credit notes, unknown cost, invoices
// paid early, late, in parts and not at all, disputes and complaints.
func randomCompany(rng *rand.Rand, n int) *company {
	c := &company{}
	next := int64(1 << 40)
	id := func() int64 { next += 1 << nodeBits; return next }
	for i := range n {
		k := KeptCustomer{Customer: crm.Customer{ID: account.CustomerID(id()), External: fmt.Sprint("K", i), Number: fmt.Sprint("K", i), Name: fmt.Sprint("Müller ", i), Revision: 1, Created: now}}
		k.Industry, k.Size = []string{"", "food", "paper"}[rng.IntN(3)], []string{"", "S", "L"}[rng.IntN(3)]
		if rng.IntN(3) == 0 {
			need := money.Amount(rng.IntN(1_000_000))
			k.Need, k.Rank, k.Suppliers = &need, 1+rng.IntN(2), 3
		}
		if rng.IntN(3) == 0 {
			k.AcquiredOn = randomDay(rng)
			k.Contractual, k.Contract = true, crm.Contract{Since: k.AcquiredOn, Until: randomDay(rng)}
		}
		c.customers = append(c.customers, k)
		for range rng.IntN(30) {
			c.posting(rng, k.ID, id)
		}
		for range rng.IntN(12) {
			c.invoice(rng, k.ID, id)
		}
		for range rng.IntN(3) {
			d := randomDay(rng)
			c.complaints = append(c.complaints, Kept[fact.Complaint]{
				Doc:      fact.Complaint{Header: fact.Header{ID: account.DocumentID(id()), Customer: k.ID, Revision: 1}, Day: d, Justified: fact.Justified(rng.IntN(3))},
				PostedOn: d, Withdrawn: maybe(rng, 5, now),
			})
		}
	}
	return c
}

func maybe[T any](rng *rand.Rand, in int, v T) (out T) {
	if rng.IntN(in) == 0 {
		return v
	}
	return out
}

// randomDay lies in 2024 to 2026, often on one of few days, so that days meet.
func randomDay(rng *rand.Rand) day.Day {
	if rng.IntN(3) == 0 {
		return day.Of(2024+rng.IntN(3), 1+rng.IntN(12), 15)
	}
	return day.Day(20240101).Add(rng.IntN(1090))
}

func (c *company) posting(rng *rand.Rand, customer account.CustomerID, id func() int64) {
	p := account.Posting{ID: account.PostingID(id()), Customer: customer, Day: randomDay(rng), Kind: account.Sale, Document: account.Document{Kind: account.FromInvoice, ID: account.DocumentID(id()), Revision: 1}}
	if rng.IntN(3) == 0 {
		p.Kind = account.Kinds[rng.IntN(len(account.Kinds))]
	}
	p.Volume = money.Amount(rng.IntN(100_000) - 10_000)
	p.Amount = account.Known(money.Amount(rng.IntN(60_000) - 20_000))
	if p.Kind == account.Sale && rng.IntN(20) == 0 {
		p.Amount = account.Effect{}
	}
	c.postings = append(c.postings, p)
	if rng.IntN(6) == 0 {
		r, err := p.Reversal(day.Min, account.PostingID(id()))
		if err != nil {
			panic(err)
		}
		if rng.IntN(4) == 0 {
			r.Day = r.Day.Add(rng.IntN(40)) // the month was closed
		}
		c.postings = append(c.postings, r)
	}
}

func (c *company) invoice(rng *rand.Rand, customer account.CustomerID, id func() int64) {
	d := randomDay(rng)
	inv := fact.Invoice{Header: fact.Header{ID: account.DocumentID(id()), Customer: customer, Number: fmt.Sprint("R", id()), Revision: 1}, Day: d, Due: d.Add(rng.IntN(60))}
	inv.Receivable = money.Amount(rng.IntN(50_000) - 4_000)
	inv.Lines = []fact.Line{{Number: 1, Quantity: money.One, Net: inv.Receivable}}
	if rng.IntN(2) == 0 {
		inv.Listed = fact.Listed{Net: max(0, inv.Receivable), List: money.Amount(1 + rng.IntN(60_000))}
	}
	inv.Disputed = maybe(rng, 4, d.Add(rng.IntN(50)))
	var parts []fact.Part
	var paid day.Day // the last payment
	if inv.Receivable > 0 {
		open := inv.Receivable
		for range rng.IntN(4) {
			take := open
			if rng.IntN(2) == 0 {
				take = money.Amount(rng.Int64N(int64(open) + 1))
			}
			if take == 0 {
				continue
			}
			open -= take
			part := fact.Part{Invoice: inv.ID, Means: account.DocumentID(id()), Day: d.Add(rng.IntN(120)), Amount: take}
			if rng.IntN(4) > 0 { // else a credit note, which is never late
				part.DaysLate = part.Day.Sub(inv.Due)
				paid = max(paid, part.Day)
			}
			parts = append(parts, part)
			if open == 0 {
				break
			}
		}
		slices.SortFunc(parts, func(a, b fact.Part) int { return cmp.Compare(a.Day, b.Day) })
		s := Settled{Parts: len(parts)}
		if open == 0 {
			s.On = parts[len(parts)-1].Day
			if paid != 0 {
				s.Late = paid.Sub(inv.Due)
			}
		}
		c.settled = append(c.settled, s)
	} else {
		c.settled = append(c.settled, Settled{})
	}
	for _, p := range parts {
		c.settlements = append(c.settlements, Settlement{customer, p})
	}
	c.invoices = append(c.invoices, Kept[fact.Invoice]{Doc: inv, PostedOn: d, Withdrawn: maybe(rng, 12, now)})
}

// write writes the company, its facts in any order.
func (c *company) write(t *testing.T, db *DB, rng *rand.Rand) {
	t.Helper()
	shuffled := func(n int, swap func(i, j int)) { rng.Shuffle(n, swap) }
	postings, settlements, complaints := slices.Clone(c.postings), slices.Clone(c.settlements), slices.Clone(c.complaints)
	shuffled(len(postings), func(i, j int) { postings[i], postings[j] = postings[j], postings[i] })
	shuffled(len(settlements), func(i, j int) { settlements[i], settlements[j] = settlements[j], settlements[i] })
	shuffled(len(complaints), func(i, j int) { complaints[i], complaints[j] = complaints[j], complaints[i] })
	customers := slices.Clone(c.customers)
	shuffled(len(customers), func(i, j int) { customers[i], customers[j] = customers[j], customers[i] })
	err := db.Write(authtest.Context(t), func(tx *Tx) error {
		ctx := authtest.Context(t)
		return cmp.Or(
			tx.AddBook(ctx, Book{Name: "Test", Currency: "EUR", Digits: 2, Created: now}),
			tx.PutRate(ctx, DatedRate{Name: LatePaymentRate, ValidFrom: day.Min, PerPiece: 80_000}),
			tx.PutRate(ctx, DatedRate{Name: LatePaymentRate, ValidFrom: 20260101, PerPiece: 95_000}),
			tx.AddProducts(ctx, []fact.Product{{ID: 1, External: "P", Name: "P", ListPrice: new(fact.UnitPrice), Revision: 1}}),
			tx.AddCustomers(ctx, customers), tx.AddInvoices(ctx, c.invoices, c.settled), tx.AddSettlements(ctx, settlements),
			tx.AddComplaints(ctx, complaints), tx.AddPostings(ctx, postings), tx.Touch(ctx),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// figures computes the figures of one customer from the facts, one after
// another, as the domain book says it.
func (c *company) figures(k KeptCustomer, asOf day.Day, span day.Span, rate money.Micro) value.Figures {
	f := value.Figures{
		Customer: k.ID, AcquiredOn: k.AcquiredOn, Need: -1, Rank: int16(k.Rank), Suppliers: int16(k.Suppliers),
		Contract: value.Contract{On: k.Contractual, Since: k.Contract.Since, Until: k.Contract.Until},
	}
	if k.Need != nil {
		f.Need = *k.Need
	}
	w := span.UpTo(asOf)
	before, grows := span.Before(w)
	purchases, perDay := map[day.Day]int{}, map[day.Day]money.Amount{}
	var prior, ever account.Steps
	for _, p := range c.postings {
		if p.Customer != k.ID || p.Day > asOf {
			continue
		}
		ever.Add(p)
		if w.Holds(p.Day) {
			f.Steps.Add(p)
		}
		if grows && before.Holds(p.Day) {
			prior.Add(p)
		}
		if p.Kind == account.Sale && p.Volume > 0 && p.Reverses == 0 {
			purchases[p.Day]++
		}
		if p.Kind == account.Sale && p.Volume < 0 && p.Reverses != 0 {
			purchases[p.Day]--
		}
		if p.Kind == account.Sale || p.Kind == account.Deduction {
			perDay[p.Day] += p.Amount.Amount
		}
	}
	f.PriorRevenue, f.PriorContribution, f.PriorUnknownCost = prior.Revenue, prior.Contribution(3), prior.UnknownCost
	f.EverContribution, f.EverBalance, f.EverUnknownCost = ever.Contribution(1), ever.Contribution(4), ever.UnknownCost
	// What falls on other days counts to the purchase day before, or to the first.
	var home day.Day
	homeless := money.Amount(0)
	for d := asOf.Add(-1200); d <= asOf; d = d.Add(1) {
		if !w.Holds(d) {
			continue
		}
		switch {
		case purchases[d] > 0:
			home = d
			perDay[d] += homeless
			homeless = 0
		case home != 0:
			perDay[home] += perDay[d]
		default:
			homeless += perDay[d]
		}
	}
	var last day.Day
	for d := asOf.Add(-1200); d <= asOf; d = d.Add(1) {
		if purchases[d] <= 0 {
			continue
		}
		f.PurchasesEver++
		if f.FirstPurchase == 0 {
			f.FirstPurchase = d
		} else {
			f.LogGaps += float32(math.Log(float64(d.Sub(f.LastPurchase))))
		}
		f.LastPurchase = d
		if !w.Holds(d) {
			f.BeforeDays++
			f.BeforeLast, f.BeforeLogGaps = d, f.LogGaps
			continue
		}
		f.PurchaseDays++
		f.PerDaySum += float64(perDay[d])
		f.PerDaySquares += float64(perDay[d]) * float64(perDay[d])
		if last != 0 {
			gap := d.Sub(last)
			f.Gaps++
			f.GapDays += int32(gap)
			f.GapSquares += float64(gap * gap)
		}
		last = d
	}
	for i, inv := range c.invoices {
		if inv.Doc.Customer == k.ID && w.Holds(inv.Doc.Day) && inv.Doc.Receivable > 0 && inv.Withdrawn.IsZero() {
			f.ListedNet += inv.Doc.Listed.Net
			f.Listed += inv.Doc.Listed.List
		}
		if inv.Doc.Customer == k.ID && inv.Doc.Day <= asOf && inv.Doc.Receivable > 0 && inv.Withdrawn.IsZero() {
			c.pays(&f, inv.Doc, c.settled[i], asOf, w, rate)
		}
	}
	for _, p := range c.complaints {
		if p.Doc.Customer != k.ID || !w.Holds(p.Doc.Day) || !p.Withdrawn.IsZero() {
			continue
		}
		f.Complaints++
		switch p.Doc.Justified {
		case fact.JustifiedYes:
			f.Justified++
		case fact.JustifiedNo:
			f.Unjustified++
		}
	}
	return f
}

// pays adds what one invoice says of payment.
func (c *company) pays(f *value.Figures, inv fact.Invoice, s Settled, asOf day.Day, w day.Window, rate money.Micro) {
	open, weighted, parts := inv.Receivable, 0.0, 0
	for _, p := range c.settlements {
		if p.Invoice == inv.ID && p.Day <= asOf {
			parts++
			open -= p.Amount
			weighted += float64(p.Amount) * float64(max(0, p.DaysLate))
		}
	}
	settled := s.On != 0 && s.On <= asOf
	late := asOf.Sub(inv.Due)
	if settled {
		late = s.Late
	} else {
		f.OpenItems += open
		if late > 0 {
			cost, _ := money.Interest(open, late, rate)
			f.Accrued -= cost
			weighted += float64(open) * float64(late)
		}
	}
	if !w.Holds(inv.Day) {
		return
	}
	disputed := inv.Disputed != 0 && inv.Disputed <= asOf
	f.Invoices++
	f.Due += inv.Receivable
	f.DueDays += weighted
	if settled {
		f.Settled++
		f.SettleDays += int64(inv.Due.Sub(inv.Day) + s.Late)
	}
	if disputed {
		f.DisputedInvoices++
	}
	if late > 0 {
		f.LateInvoices++
		f.LateDays += int64(late)
		if disputed {
			f.DisputedLate++
		}
	}
}

// The figures are what the facts say, one after another, in whatever order they
// were written, on a day in the middle of them too.
func TestFiguresAreWhatTheFactsSay(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		const seed = 11
		c := randomCompany(rand.New(rand.NewPCG(seed, 1)), 60)
		c.write(t, db, rand.New(rand.NewPCG(seed, 2)))
		for _, q := range []struct {
			asOf day.Day
			span day.Span
			rate money.Micro
		}{{20261122, 12, 95_000}, {20251231, 12, 80_000}, {20261122, 24, 95_000}, {20260630, day.All, 95_000}, {20260228, 6, 95_000}, {20230101, 12, 80_000}} {
			got, err := db.CustomerFigures(authtest.Context(t), q.asOf, q.span, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Customers) != len(c.customers) {
				t.Fatalf("%d customers have figures, want %d", len(got.Customers), len(c.customers))
			}
			for i, k := range c.customers {
				want := c.figures(k, q.asOf, q.span, q.rate)
				g := got.Customers[i]
				if peer := (value.Peer{Industry: k.Industry, Size: k.Size}); peer == (value.Peer{}) {
					want.Peer = -1
				} else if want.Peer = g.Peer; g.Peer < 0 || got.Peers[g.Peer] != peer {
					t.Errorf("seed %d: customer %s is of peers %d, want %v", seed, k.External, g.Peer, peer)
				}
				if diff := gocmp.Diff(want, g); diff != "" {
					t.Fatalf("seed %d, as of %v over %v, customer %s (-want +got):\n%s", seed, q.asOf, q.span, k.External, diff)
				}
			}
		}
	})
}

// Splitting the customers over several goroutines changes nothing.
func TestFiguresDoNotDependOnTheSplit(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		rng := rand.New(rand.NewPCG(5, 5))
		c := randomCompany(rng, smallBook+100)
		c.write(t, db, rng)
		whole, err := db.customerFigures(authtest.Context(t), 20261122, 12, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var told, total int64
		parts, err := db.customerFigures(authtest.Context(t), 20261122, 12, 3, func(done, of int64) { mu.Lock(); told, total = max(told, done), of; mu.Unlock() })
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(whole, parts); diff != "" {
			t.Errorf("three parts differ from one (-one +three):\n%s", diff)
		}
		if told != total || total == 0 {
			t.Errorf("progress ended at %d of %d", told, total)
		}
	})
}

// Archived customers are left out, in whatever part they are.
func TestArchivedCustomersHaveNoFigures(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		rng := rand.New(rand.NewPCG(6, 6))
		c := &company{}
		var want []account.CustomerID
		for i := range smallBook + 50 {
			k := KeptCustomer{Customer: crm.Customer{ID: account.CustomerID(i + 1), Name: "x", Created: now, Archived: maybe(rng, 3, now)}}
			if k.Archived.IsZero() {
				want = append(want, k.ID)
			}
			c.customers = append(c.customers, k)
		}
		c.write(t, db, rng)
		got, err := db.customerFigures(authtest.Context(t), 20261122, 12, 3, nil)
		if err != nil {
			t.Fatal(err)
		}
		var ids []account.CustomerID
		for _, f := range got.Customers {
			ids = append(ids, f.Customer)
		}
		if !slices.Equal(ids, want) {
			t.Errorf("%d customers have figures, want %d", len(ids), len(want))
		}
	})
}

// A mark holds every day that a posting may have.
func TestAMarkKeepsWhatItIsMadeOf(t *testing.T) {
	for _, d := range []day.Day{19000101, 19991231, 20240229, 21991231} {
		for place, kind := range map[int]account.Kind{0: account.Sale, 255: account.Deduction, 256: account.Sale, 1_000_003: account.Sale} {
			for volume, reverses := range map[money.Amount]account.PostingID{100: 0, -100: 7, 0: 0} {
				m := markOf(place, account.Posting{Day: d, Kind: kind, Volume: volume, Reverses: reverses})
				sign := 0
				if kind == account.Sale {
					sign = cmp.Compare(volume, 0)
				}
				if m.day() != d || m.place() != place%256 || m.sign() != sign {
					t.Errorf("%v of %d, %v of %v: %v, %d, %d", d, place, kind, volume, m.day(), m.place(), m.sign())
				}
			}
		}
	}
}
