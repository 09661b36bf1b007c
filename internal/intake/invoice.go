package intake

import (
	"cmp"
	"slices"

	"quid/day"
	"quid/money"
)

// headCells are the columns that belong to the whole of an invoice.
type headCells struct {
	number, customer, day, due, settled, disputed, total, gross, credit, credits, currency, rate *cell
	freight, commission, packaging, warranty, bonus, agreement                                   *cell
}

// lineCells are the columns that belong to one line.
type lineCells struct {
	any                                                                 *cell // some column of lines
	product, quantity, unitPrice, discount, net, cost, unitCost, lineNr *cell
}

// bind looks the cells up once, so that rows don't.
func (p *Plan) bind() {
	c := p.cells
	p.head = headCells{
		c["number"], c["customer"], c["day"], c["due"], c["settled"], c["disputed"], c["total"], c["gross"],
		c["credit"], c["credits"], c["currency"], c["rate"],
		c["freight"], c["commission"], c["packaging"], c["warranty"], c["bonus"], c["bonus_agreement"],
	}
	p.line = lineCells{
		product: c["product"], quantity: c["quantity"], unitPrice: c["unit_price"], discount: c["discount"],
		net: c["net"], cost: c["cost"], unitCost: c["unit_cost"], lineNr: c["line"],
	}
	if p.hasLines() {
		p.line.any = p.head.number
	}
}

// group collects the rows of one invoice number into a document.
type group struct {
	doc   *Doc
	inv   *Invoice
	bytes int
	rows  int
	cut   bool // too large: what follows is rejected in further parts

	seen     uint16 // header fields that some row gave
	totals   sums
	grosses  sums
	currency string
}

// sums collects amounts that stand on every line: the document's each time, or
// each line's own.
type sums struct {
	n     int
	sum   money.Amount
	first money.Amount
	same  bool
}

func (s *sums) add(a money.Amount) {
	if s.n == 0 {
		s.first, s.same = a, true
	}
	s.same = s.same && a == s.first
	s.n++
	s.sum += a
}

// parcel is an invoice with room for its first line: one allocation for what
// most invoices need.
type parcel struct {
	doc  Doc
	inv  Invoice
	rows [1]int
	raw  [1]string
	line [1]InvoiceLine
}

func (p *Plan) newGroup(number string) *group {
	g := new(group)
	p.begin(g, number)
	return g
}

// begin makes g the group of another number.
func (p *Plan) begin(g *group, number string) {
	x := new(parcel)
	x.inv.Number, x.inv.Lines = number, x.line[:0]
	x.doc = Doc{Kind: p.kind, Key: number, Records: 1, Lines: x.rows[:0], Raw: x.raw[:0], Invoice: &x.inv}
	*g = group{doc: &x.doc, inv: &x.inv}
}

// keep notes the row in the document.
func (g *group) keep(rec *record) {
	g.doc.Lines = append(g.doc.Lines, rec.line)
	g.doc.Raw = append(g.doc.Raw, rec.text)
	g.bytes += len(rec.text) + 64
	g.rows++
}

// full reports whether the group holds as much as it may.
func (g *group) full() bool { return len(g.doc.Lines) >= maxDocLines || g.bytes >= maxDocBytes }

// add takes one row into the invoice.
func (p *Plan) add(g *group, r *row) {
	g.keep(r.rec)
	if g.cut {
		return
	}
	h := &p.head
	if g.inv.Number != "" {
		r.name(h.number) // for what may be wrong with it
	}
	r.readCurrency(h.currency)
	if p.line.any != nil {
		p.addLine(g, r)
	}
	if p.kind == Invoices {
		p.addHead(g, r)
	}
	if r.currency != "" {
		if g.currency != "" && g.currency != r.currency {
			r.bad(cmp.Or(h.currency, p.line.net, h.number), r.currency, twoCurrencies)
		}
		g.currency = r.currency
	}
	if len(r.problems) > 0 {
		g.doc.Problems = append(g.doc.Problems, r.problems...)
	}
}

// addHead takes what belongs to the whole invoice; rows must agree where they say it.
func (p *Plan) addHead(g *group, r *row) {
	h, inv := &p.head, g.inv
	agree(g, r, 0, h.customer, &inv.Customer, r.mayName(g, h.customer, 0))
	agree(g, r, 1, h.day, &inv.Day, r.mayDay(g, h.day, 1))
	agree(g, r, 2, h.due, &inv.Due, r.mayDay(g, h.due, 2))
	agree(g, r, 3, h.settled, &inv.Settled, r.mayDay(g, h.settled, 3))
	if h.disputed != nil {
		if yes, given := r.yesNo(h.disputed); given {
			if g.seen&(1<<4) != 0 && yes != inv.Disputed {
				r.bad(h.disputed, r.raw(h.disputed), disagree)
			}
			g.seen |= 1 << 4
			inv.Disputed = yes
		}
	}
	if h.credit != nil {
		agree(g, r, 5, h.credit, &inv.Credit, r.word(h.credit))
	}
	if h.credits != nil {
		agree(g, r, 6, h.credits, &inv.Credits, r.name(h.credits))
	}
	if h.agreement != nil {
		agree(g, r, 8, h.agreement, &inv.Agreement, r.name(h.agreement))
	}
	if h.rate != nil {
		rate, _ := r.quantity(h.rate)
		agree(g, r, 7, h.rate, &inv.Rate, rate)
	}
	if h.total != nil {
		if a := r.amount(h.total); a != nil {
			g.totals.add(*a)
		}
	}
	if h.gross != nil {
		if a := r.amount(h.gross); a != nil {
			g.grosses.add(*a)
		}
	}
	p.addDeductions(g.inv, r)
}

// addDeductions adds what the row says we bear of the invoice.
func (p *Plan) addDeductions(inv *Invoice, r *row) {
	h := &p.head
	for _, d := range [...]struct {
		c   *cell
		sum *money.Amount
	}{{h.freight, &inv.Freight}, {h.commission, &inv.Commission}, {h.packaging, &inv.Packaging}, {h.warranty, &inv.Warranty}, {h.bonus, &inv.Bonus}} {
		if d.c != nil {
			*d.sum += r.sum(d.c)
		}
	}
}

// mayName reads a name that only one row of the invoice must give.
func (r *row) mayName(g *group, c *cell, bit int) string {
	if g.seen&(1<<bit) != 0 && r.raw(c) == "" {
		return ""
	}
	return r.name(c)
}

func (r *row) mayDay(g *group, c *cell, bit int) day.Day {
	if c == nil || (g.seen&(1<<bit) != 0 && r.value(c) == "") {
		return 0
	}
	return r.day(c)
}

// agree sets a field of the invoice, or notes that the row says something else.
func agree[T comparable](g *group, r *row, bit int, c *cell, field *T, v T) {
	var none T
	if v == none {
		return
	}
	if g.seen&(1<<bit) != 0 && *field != v {
		r.bad(c, r.raw(c), disagree)
		return
	}
	g.seen |= 1 << bit
	*field = v
}

// addLine takes the row's line. Its net is given, or quantity × unit price ×
// (1 − discount), rounded once; where both are there, they must agree.
func (p *Plan) addLine(g *group, r *row) {
	c := &p.line
	before := len(r.problems)
	var l InvoiceLine
	l.Product = r.mayText(c.product)
	net := r.amountFirst(c.net) // its currency says how many digits the prices have
	quantity, hasQuantity := r.quantity(c.quantity)
	price := r.priceOf(c.unitPrice)
	l.Discount = r.percent(c.discount)
	l.Quantity = quantity
	if price != nil {
		l.UnitPrice = *price
	}
	l.Cost = r.amount(c.cost)
	unitCost := r.priceOf(c.unitCost)
	l.Line, _ = r.whole(c.lineNr)
	if len(r.problems) > before {
		return
	}
	if !r.settleNet(&l, net, hasQuantity, price != nil) {
		return
	}
	if l.Cost == nil && unitCost != nil && hasQuantity {
		if cost, err := money.Product(l.Quantity, *unitCost, 0); err == nil {
			l.Cost = &cost
		} else {
			r.bad(c.unitCost, r.raw(c.unitCost), tooLarge)
		}
	}
	if l.Cost != nil && *l.Cost > 0 && l.Quantity < 0 {
		*l.Cost = -*l.Cost // goods that came back
	}
	g.inv.Lines = append(g.inv.Lines, l)
}

func (r *row) mayText(c *cell) string {
	if c == nil {
		return ""
	}
	return r.name(c)
}

func (r *row) amountFirst(c *cell) *money.Amount {
	if c == nil {
		return nil
	}
	return r.amount(c)
}

func (r *row) priceOf(c *cell) *money.Micro {
	if c == nil {
		return nil
	}
	return r.price(c)
}

// settleNet settles the net of a line and reports whether it could.
func (r *row) settleNet(l *InvoiceLine, net *money.Amount, hasQuantity, hasPrice bool) bool {
	c := &r.p.line
	var product money.Amount
	if hasQuantity && hasPrice {
		var err error
		if product, err = money.Product(l.Quantity, l.UnitPrice, l.Discount); err != nil {
			r.bad(c.unitPrice, r.raw(c.unitPrice), tooLarge)
			return false
		}
	}
	switch {
	case net == nil && hasQuantity && hasPrice:
		l.Net = product
	case net == nil:
		r.bad(cmp.Or(c.net, c.unitPrice), "", noNet)
		return false
	default:
		l.Net = *net
		if hasQuantity && hasPrice && !near(l.Net, product) {
			if l.Net < 0 && near(l.Net, -product) {
				l.Quantity = -l.Quantity // a credit note that shows its quantity without sign
				return true
			}
			r.bad(c.net, r.raw(c.net), netOff)
			r.problems[len(r.problems)-1].Want = product.Decimal(r.digits)
			return false
		}
	}
	return true
}

// near reports whether two amounts differ by no more than one percent, or one
// minor unit.
func near(a, b money.Amount) bool {
	diff := max(a-b, b-a)
	return diff <= 1 || diff <= max(a, -a, b, -b)/100
}

// finish checks the invoice as a whole.
func (p *Plan) finish(g *group) *Doc {
	doc, inv := g.doc, g.inv
	if p.kind == InvoiceLines {
		doc.Records = len(doc.Lines)
	}
	if g.cut {
		return doc
	}
	if inv.Currency = g.currency; inv.Currency == p.opts.Currency {
		inv.Currency = ""
	}
	inv.HeaderOnly = p.line.any == nil
	if len(doc.Problems) > 0 {
		return doc
	}
	p.checkLines(g)
	p.checkSums(g)
	if p.kind == Invoices {
		p.checkDays(g)
	}
	if len(doc.Problems) == 0 {
		doc.version = p.enc.invoice(inv, p.line.lineNr != nil)
	}
	return doc
}

// whole notes a problem of the document, at its first line.
func (p *Plan) whole(g *group, c *cell, value, problem, want string) {
	pr := Problem{Line: g.doc.Lines[0], Value: value, Problem: problem, Do: remedies[problem], Want: want}
	if c != nil {
		pr.Column, pr.Field = c.their, c.Name
	}
	g.doc.Problems = append(g.doc.Problems, pr)
}

// checkLines numbers the lines that have no number and refuses numbers twice.
func (p *Plan) checkLines(g *group) {
	lines := g.inv.Lines
	last := 0
	for i := range lines {
		last = max(last, lines[i].Line)
	}
	for i := range lines {
		if lines[i].Line == 0 {
			last++
			lines[i].Line = last
		}
	}
	if p.line.lineNr == nil || len(lines) < 2 {
		return
	}
	numbers := make([]int, len(lines))
	for i, l := range lines {
		numbers[i] = l.Line
	}
	slices.Sort(numbers)
	for i := 1; i < len(numbers); i++ {
		if numbers[i] == numbers[i-1] {
			p.whole(g, p.line.lineNr, money.Amount(numbers[i]).String(), twiceLine, "")
			return
		}
	}
}

// checkSums compares the lines with the total and settles what is to be paid.
func (p *Plan) checkSums(g *group) {
	var net money.Amount
	for _, l := range g.inv.Lines {
		net += l.Net
	}
	digits := p.digitsOf(g.currency)
	if t := &g.totals; t.n > 0 {
		total := t.sum
		if t.same {
			total = t.first
		}
		if slack := money.Amount(len(g.inv.Lines)); !g.inv.HeaderOnly && max(total-net, net-total) > slack && max(t.sum-net, net-t.sum) > slack {
			p.whole(g, p.head.total, total.Decimal(digits), totalOff, net.Decimal(digits))
		}
		g.inv.Total = &total
	}
	if t := &g.grosses; t.n > 0 {
		// The same sum on every line is the document's, unless it is smaller
		// than the net of all lines: then each line has its own.
		gross := t.sum
		if t.same && (g.inv.HeaderOnly || max(t.first, -t.first) >= max(net, -net)) {
			gross = t.first
		}
		g.inv.Gross = &gross
	}
	if (g.inv.Credit == "complaint" || g.inv.Credit == "goodwill") && net > 0 {
		p.whole(g, p.head.credit, g.inv.Credit, sameAgain, "")
	}
}

func (p *Plan) digitsOf(currency string) int {
	if d, ok := money.Digits(currency); ok {
		return d
	}
	return p.digits
}

func (p *Plan) checkDays(g *group) {
	inv := g.inv
	if inv.Due != 0 && inv.Due < inv.Day {
		p.whole(g, p.head.due, inv.Due.String(), dueBefore, "")
	}
}
