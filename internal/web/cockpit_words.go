package web

import (
	"encoding/binary"
	"math"
	"net/http"
	"net/url"
	"strconv"

	"quid/account"
	"quid/day"
	"quid/fact"
	"quid/internal/app"
	"quid/internal/locale"
	"quid/money"
	"quid/value"
)

// kindNames are the kinds of postings in words.
var kindNames = map[account.Kind]string{
	account.Sale: locale.Key("Sale"), account.Deduction: locale.Key("Deduction"), account.Acquisition: locale.Key("Acquisition"),
	account.Care: locale.Key("Care"), account.LatePayment: locale.Key("Late payment"), account.Complaint: locale.Key("Complaint"),
	account.Service: locale.Key("Service"), account.Goodwill: locale.Key("Goodwill"),
}

// causeNames are what deductions are made for, in words.
var causeNames = map[account.Cause]string{
	account.CashDiscount: locale.Key("Cash discount"), account.Bonus: locale.Key("Bonus"), account.Freight: locale.Key("Freight"),
	account.Commission: locale.Key("Commission"), account.Packaging: locale.Key("Packaging"), account.Warranty: locale.Key("Warranty"),
	account.Estimated: locale.Key("Estimated"),
}

// documentNames are the documents that post, in words.
var documentNames = map[account.DocumentKind]string{
	account.FromCustomer: locale.Key("Cost of winning the customer"), account.FromInvoice: locale.Key("Invoice"),
	account.FromPayment: locale.Key("Payment"), account.FromComplaint: locale.Key("Complaint"),
	account.FromInteraction: locale.Key("Contact"), account.FromService: locale.Key("Service"),
	account.FromBonus: locale.Key("Bonus agreement"),
}

// reasonNames are the reasons for an override, in words.
var reasonNames = map[string]string{
	"insolvency": locale.Key("Insolvency"), "lawsuit": locale.Key("Lawsuit"), "group_contract": locale.Key("Contract with the group"),
	"strategic_partner": locale.Key("Strategic partner"), "other": locale.Key("Another reason"),
}

// stepNames are names of steps of the waterfall that have room below a bar.
var stepNames = map[string]string{
	"contribution_1": locale.Key("Contr. I"), "contribution_2": locale.Key("Contr. II"), "contribution_3": locale.Key("Contr. III"),
	"deduction": locale.Key("Deducted"), "late_payment": locale.Key("Delay"), "contribution_4": locale.Key("Contr. IV"), "accrued": locale.Key("accrued"),
}

// background says what a posting was about: the document and its number, the
// service, the subject.
func (p *cockpitPage) background(l accountLine) string {
	text := p.T(documentNames[l.Document.Kind])
	if l.Service != "" {
		text = l.Service
	}
	if l.Number != "" {
		text += " " + l.Number
	}
	if name, ok := causeNames[l.Cause]; ok {
		text = p.T(name) + " · " + text
	}
	if l.Background != "" {
		text += " · " + l.Background
	}
	return text
}

// monthChart is give and take by month: what the customer brings above zero,
// what it costs below.
func (p *cockpitPage) monthChart() Chart {
	a := &p.Account
	c := Chart{Kind: "stack", Label: p.T("Give and take by month"), Unit: UnitMoney, Height: 260}
	at := map[int]int{}
	for _, m := range a.months() {
		at[m] = len(c.Categories)
		c.Categories = append(c.Categories, p.Month(m))
	}
	colors := map[account.Kind]string{account.Sale: "invest", account.Service: "renegotiate", account.Goodwill: "bad", account.Care: "explore", account.Deduction: "muted", account.Complaint: "warn", account.LatePayment: "new", account.Acquisition: "opportunity"}
	for _, k := range account.Kinds {
		s := Series{Name: p.T(kindNames[k]), Color: colors[k], Values: make([]float64, len(c.Categories))}
		if k == account.Sale {
			s.Name = p.T("Sales less cost of goods")
		}
		some := false
		for _, m := range a.Months {
			if i, ok := at[m.Month]; ok && m.Kind == k {
				s.Values[i] += p.Units(m.Amount)
				some = some || m.Amount != 0
			}
		}
		if some {
			c.Series = append(c.Series, s)
		}
		if k == account.Service {
			c.Series = p.hatched(c.Series, at)
		}
	}
	return c
}

// hatched takes what opening estimates posted out of the last series, that of
// services, and draws it as one of its own.
func (p *cockpitPage) hatched(list []Series, at map[int]int) []Series {
	sum := money.Amount(0)
	for _, m := range p.Account.Months {
		if _, ok := at[m.Month]; ok && m.Kind == account.Service {
			sum += m.Estimated
		}
	}
	if sum == 0 || len(list) == 0 {
		return list
	}
	booked := &list[len(list)-1]
	s := Series{Name: p.T("Service, estimated"), Color: booked.Color, Values: make([]float64, len(booked.Values)), Estimated: true}
	for _, m := range p.Account.Months {
		if i, ok := at[m.Month]; ok && m.Kind == account.Service {
			s.Values[i] += p.Units(m.Estimated)
			booked.Values[i] -= p.Units(m.Estimated)
		}
	}
	for i, v := range booked.Values {
		booked.Values[i] = math.Round(v*100) / 100 // the difference of two sums of whole cents
	}
	return append(list, s)
}

// mostMonths is how many months the chart of an account shows at most: the last.
const mostMonths = 60

// months are those from the first posting or the first day of the period to its
// last day, as yyyymm.
func (a *accountPart) months() []int {
	if len(a.Months) == 0 {
		return nil
	}
	first, last := day.Of(a.Months[0].Month/100, a.Months[0].Month%100, 1), a.Months[len(a.Months)-1].Month
	if a.From > 19000101 && a.From < first {
		first = day.Of(a.From.Year(), a.From.Month(), 1)
	}
	if a.To != day.Max {
		last = max(last, a.To.YearMonth())
	}
	var list []int
	for m := first; m.YearMonth() <= last && len(list) < 1200; m = m.AddMonths(1) {
		list = append(list, m.YearMonth())
	}
	return list[max(0, len(list)-mostMonths):]
}

// withoutCost counts the sales of the period whose cost is unknown: no month can
// show what they brought.
func (a *accountPart) withoutCost() (n int64) {
	for _, s := range a.Sums {
		n += s.Unknown
	}
	return n
}

// waterfallChart is the contribution accounting of the valuation's window.
func (p *cockpitPage) waterfallChart() Chart {
	c := Chart{Kind: "waterfall", Label: p.T("From revenue to contribution IV"), Unit: UnitMoney, Height: 280}
	s := Series{Name: p.T("Effect on our result")}
	for _, step := range p.Steps {
		v := p.Units(step.Amount)
		if !step.Known {
			v = math.NaN()
		}
		name := string(step.Name)
		if short, ok := stepNames[step.Key]; ok {
			name = short
		}
		c.Categories = append(c.Categories, p.T(name))
		s.Values = append(s.Values, v)
		s.Totals = append(s.Totals, step.Total != 0 || step.Key == "revenue")
	}
	c.Series = []Series{s}
	return c
}

// unit writes a figure of an explanation in its unit.
func (p *cockpitPage) unit(x value.Number, u value.Unit) string {
	v := float64(x)
	switch {
	case !x.Known():
		return p.T("unknown")
	case u == value.Money:
		return p.Amount(money.Amount(math.Round(v)))
	case u == value.Rate:
		return p.Percent(v, 1)
	case u == value.Days:
		return p.T("{n} days", "n", p.Number(v, 1))
	case u == value.PerYear:
		return p.T("{n} a year", "n", p.Number(v, 1))
	case u == value.PerHundred:
		return p.T("{n} per 100", "n", p.Number(v, 1))
	case v == math.Trunc(v):
		return p.Number(v, 0)
	default:
		return p.Number(v, 2)
	}
}

// figure writes a number, or that it isn't known.
func (p *cockpitPage) figure(x value.Number, decimals int) string {
	if !x.Known() {
		return p.T("unknown")
	}
	return p.Number(float64(x), decimals)
}

func (p *cockpitPage) rate(x value.Number) string {
	if !x.Known() {
		return p.T("unknown")
	}
	return p.Percent(float64(x), 0)
}

// line is the customer in the newest valuation as programs get it.
func (p *cockpitPage) line() app.CustomerLine {
	return app.LineOf(p.Customer.External, p.Customer.Name, &p.Row.Figures, &p.Row.Row, p.Digits)
}

// thin says whether too little is captured of what the customer gets.
func (p *cockpitPage) thin() bool { return p.basis != nil && p.basis.cover.Thin(p.Customer.ID) }

// badge is a segment of the newest valuation as it is shown.
func (p *cockpitPage) badge(s value.Segment) badge { return badgeIn(&p.Valuation.Summary.Summary, s) }

// stepBadge is the segment of a step of the path, in the matrix of its day.
func stepBadge(r *value.Row) badge {
	return badgeAmong(r.Segment(), int(r.Bands.OfFrom), int(r.Bands.OfTo))
}

// address is the customer's address in one line.
func (p *cockpitPage) address() string {
	c, text := &p.Customer, ""
	for _, part := range []string{c.Street, c.PostalCode + " " + c.City, c.Country} {
		if len(part) > 1 {
			if text != "" {
				text += ", "
			}
			text += part
		}
	}
	return text
}

// accountPath is the page of the account with some of its address changed.
func (p *cockpitPage) accountPath(changed ...string) string {
	return p.accountPathTo("account", changed...)
}

// accountPathTo is the same, leading to a card of the page.
func (p *cockpitPage) accountPathTo(card string, changed ...string) string {
	v := url.Values{}
	a := &p.Account
	v.Set("from", a.From.String())
	v.Set("to", a.To.String())
	if a.Kind != 0 {
		v.Set("kind", a.Kind.String())
	}
	if a.Members {
		v.Set("members", "1")
	}
	for i := 0; i+1 < len(changed); i += 2 {
		v.Set(changed[i], changed[i+1])
	}
	for key := range v {
		if v.Get(key) == "" {
			v.Del(key)
		}
	}
	return p.path("?" + v.Encode() + "#" + card)
}

func (p *cockpitPage) accountPage(n int) string { return p.accountPath("page", strconv.Itoa(n)) }

// total is what our result gained or lost by all postings of the period.
func (a *accountPart) total() (sum money.Amount, known bool) {
	known = true
	for _, s := range a.Sums {
		sum += s.Amount
		known = known && s.Unknown == 0
	}
	return sum, known
}

// solved says how a complaint stands.
func (p *cockpitPage) solved(c *fact.Complaint) string {
	if c.SolvedOn == 0 {
		return p.T("open")
	}
	return p.T("solved on {day}", "day", p.Day(c.SolvedOn))
}

func (p *cockpitPage) justified(c *fact.Complaint) string {
	switch c.Justified {
	case fact.JustifiedYes:
		return p.T("justified")
	case fact.JustifiedNo:
		return p.T("not justified")
	default:
		return p.T("not decided")
	}
}

// pathMatrix is the matrix with the customer alone: a point for each valuation.
func (p *cockpitPage) pathMatrix() Matrix {
	s := &p.Valuation.Summary.Summary
	axis := matrixPage{Page: p.Page}
	m := Matrix{
		ID: "path", Label: p.T("The way of the customer through the matrix"), Src: p.path("/path"), Moves: p.path("/moves"),
		X: axis.axis(s.To, locale.Key("Value to the customer: {figure}")), Y: axis.axis(s.From, locale.Key("Value from the customer: {figure}")),
	}
	for from := range s.Model.From.Bands {
		for to := range s.Model.To.Bands {
			bands := value.Bands{From: int8(from + 1), To: int8(to + 1), OfFrom: int8(s.Model.From.Bands), OfTo: int8(s.Model.To.Bands)}
			b := badgeIn(s, bands.Segment())
			m.Fields = append(m.Fields, MatrixField{Key: b.Key, Name: b.words(p.Page), Col: to, Row: from})
		}
	}
	return m
}

// spots are the customer's places in the matrix, the oldest first.
func (p *cockpitPage) spots() []station {
	s, unit := &p.Valuation.Summary.Summary, math.Pow10(p.Digits)
	at := func(m value.Metric, f *value.Figures, r *value.Row) float64 {
		if m == value.Score {
			return r.Score
		}
		return m.Value(f, r) / unit
	}
	var list []station
	for i := range p.Path {
		row := &p.Path[i]
		x, y := at(s.To.Metric, &row.Figures, &row.Row), at(s.From.Metric, &row.Figures, &row.Row)
		if !math.IsNaN(x) && !math.IsNaN(y) {
			list = append(list, station{x: x, y: y, segment: row.Row.Segment(), weak: i < len(p.Path)-1})
		}
	}
	return list
}

// pathPoints answers with the points of the customer's way, the last one filled.
func (s *Server) pathPoints(w http.ResponseWriter, r *http.Request) error {
	p, err := s.cockpit(r)
	if err != nil {
		return err
	}
	sum := &p.Valuation.Summary.Summary
	var out []byte
	for i, at := range p.spots() {
		out = binary.LittleEndian.AppendUint32(out, uint32(i))
		for _, v := range [...]float64{at.x, at.y, 1} {
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(v)))
		}
		field := byte(0)
		if bands, err := at.segment.In(int8(sum.Model.From.Bands), int8(sum.Model.To.Bands)); err == nil {
			field = byte(int(bands.From-1)*sum.Model.To.Bands + int(bands.To-1))
		}
		flags := byte(0)
		if at.weak {
			flags = 1
		}
		out = append(out, field, flags, 0, 0)
	}
	return sendBytes(w, out)
}

// pathMoves answers with the arrows between them.
func (s *Server) pathMoves(w http.ResponseWriter, r *http.Request) error {
	p, err := s.cockpit(r)
	if err != nil {
		return err
	}
	var out []byte
	list := p.spots()
	for i := 1; i < len(list); i++ {
		for _, v := range [...]float64{list[i-1].x, list[i-1].y, list[i].x, list[i].y} {
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(v)))
		}
	}
	return sendBytes(w, out)
}

func sendBytes(w http.ResponseWriter, b []byte) error {
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "no-store")
	_, err := w.Write(b) // #nosec G705 -- no browser shows it: numbers as bytes
	return err
}
