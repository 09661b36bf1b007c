package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"quid/account"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// mostChargeLines is how many lines of invoices the form offers.
const mostChargeLines = 50

// chargeLine is a line of an invoice as a value of the form.
func chargeLine(invoice account.DocumentID, line int32) string {
	return fmt.Sprintf("%d-%d", invoice, line)
}

// chargeOf reads the line of an invoice that charges for the service, nil if none
// was chosen.
func (p *capturePage) chargeOf() *service.LineRef {
	if p.Form.ChargeLine == "" {
		return nil
	}
	invoice, line, _ := strings.Cut(p.Form.ChargeLine, "-")
	id, err1 := strconv.ParseInt(invoice, 10, 64)
	n, err2 := strconv.ParseInt(line, 10, 32)
	if err1 != nil || err2 != nil {
		p.Form.Problems["charge_line"] = p.T("the invoice has no such line")
		return nil
	}
	return &service.LineRef{Invoice: account.DocumentID(id), Line: int32(n)}
}

// readChargeLines reads the lines of the customer's invoices that may charge for
// the service, those of the sum that was typed first.
func (s *Server) readChargeLines(ctx context.Context, p *capturePage) error {
	if p.Form.Customer == 0 {
		return nil
	}
	entry := store.Ref{Customer: p.Form.Customer}
	if was, err := refOf(p.Form.Correct); err == nil && was.Customer == entry.Customer {
		entry = was
	}
	sum := money.Amount(0)
	if a, ok := p.money(p.Form.Charge); ok {
		sum = a
	}
	var err error
	p.Lines, err = s.db.Read().ChargeLines(ctx, entry, sum, mostChargeLines)
	return err
}

// showChargeLines answers with the lines to choose from, for the customer and the
// sum that are typed.
func (s *Server) showChargeLines(w http.ResponseWriter, r *http.Request) error {
	p, err := s.typedCapture(r, "")
	if err != nil {
		return err
	}
	if err := s.readChargeLines(r.Context(), p); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, captureLines(p))
}

// lineOptions are the lines to choose from: number, day, product and net.
func (p *capturePage) lineOptions() []Option {
	list := []Option{{"", p.T("no line, or not invoiced yet")}}
	for _, l := range p.Lines {
		text := p.T("{invoice}, line {n}, {day}", "invoice", l.Number, "n", int(l.Line), "day", p.Day(l.Day))
		if l.Product != "" {
			text += " · " + l.Product
		}
		list = append(list, Option{chargeLine(l.Invoice, l.Line), text + " · " + p.Money(l.Net)})
	}
	return list
}
