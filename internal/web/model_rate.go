package web

import (
	"math"
	"net/http"
	"slices"
	"strings"

	"quid/day"
	"quid/fact"
	"quid/fault"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
)

// A ratesPart is what the book reckons with.
type ratesPart struct {
	Late      []store.DatedRate // the newest first
	Care      []careRate
	Exchanges []store.ExchangeRate
}

// A careRate is what a contact by a channel costs from a day on.
type careRate struct {
	Channel string
	store.DatedRate
}

// channelNames are the channels of contacts in words.
var channelNames = map[string]string{
	"visit": locale.Key("Visit"), "phone": locale.Key("Phone call"), "mail": locale.Key("Mail"), "letter": locale.Key("Letter"),
	"video": locale.Key("Video call"), "other": locale.Key("Other contact"),
}

// mostExchanges is how many exchange rates the page lists.
const mostExchanges = 200

func (s *Server) readRates(r *http.Request) (ratesPart, error) {
	var part ratesPart
	rates, err := s.db.Read().Rates(r.Context())
	if err != nil {
		return part, err
	}
	part.Late = slices.Clone(rates[store.LatePaymentRate])
	slices.Reverse(part.Late)
	for _, c := range fact.Channels {
		list := rates[store.CareRate(c)]
		for i := len(list) - 1; i >= 0; i-- {
			part.Care = append(part.Care, careRate{c, list[i]})
		}
	}
	part.Exchanges, err = s.db.Read().Exchanges(r.Context(), mostExchanges)
	return part, err
}

// A rateForm reads one of the small forms of rates.
type rateForm struct {
	r        *http.Request
	problems map[string]string
	prefix   string
}

func newRateForm(r *http.Request, prefix string) rateForm {
	return rateForm{r, make(map[string]string), prefix}
}

// day reads from when a rate holds.
func (f rateForm) day(name string) day.Day {
	d, err := day.Parse(f.r.FormValue(f.prefix + name))
	if err != nil {
		f.problems[f.prefix+name] = locale.For(langOf(f.r)).T("write a day such as 2026-12-31")
	}
	return d
}

// micro reads a number times scale in millionths.
func (f rateForm) micro(name string, scale float64) money.Micro {
	text := strings.TrimSpace(f.r.FormValue(f.prefix + name))
	if text == "" {
		return 0
	}
	x, ok := parseNumber(text)
	x *= scale * float64(money.One)
	if !ok || math.Abs(x) > 9e17 {
		f.problems[f.prefix+name] = locale.For(langOf(f.r)).T("write a number such as 12.5")
		return 0
	}
	return money.Micro(math.Round(x))
}

// done answers a form: back to the page, or the page with what is wrong.
func (s *Server) done(w http.ResponseWriter, f rateForm, set func() error) error {
	if len(f.problems) == 0 {
		err := set()
		if err == nil {
			http.Redirect(w, f.r, "/model#rates", http.StatusSeeOther)
			return nil
		}
		fields := fault.Fields(err)
		if len(fields) == 0 {
			return err
		}
		for name, text := range s.problemsOf(f.r, fields) {
			f.problems[f.prefix+name] = text
		}
	}
	return s.modelProblem(w, f.r, f.problems)
}

func (s *Server) setLatePayment(w http.ResponseWriter, r *http.Request) error {
	f := newRateForm(r, "late.")
	from, yearly := f.day("from"), f.micro("yearly", 0.01)
	return s.done(w, f, func() error { return s.app.SetLatePayment(r.Context(), from, yearly) })
}

func (s *Server) setCareRate(w http.ResponseWriter, r *http.Request) error {
	p, err := s.newPage(r, "")
	if err != nil {
		return err
	}
	f := newRateForm(r, "care.")
	unit := math.Pow10(p.Digits)
	from, each, minute := f.day("from"), f.micro("each", unit), f.micro("minute", unit)
	return s.done(w, f, func() error {
		return s.app.SetCareRate(r.Context(), r.FormValue("care.channel"), from, each, minute)
	})
}

func (s *Server) setExchange(w http.ResponseWriter, r *http.Request) error {
	f := newRateForm(r, "exchange.")
	from, rate := f.day("from"), f.micro("rate", 1)
	return s.done(w, f, func() error { return s.app.SetExchange(r.Context(), r.FormValue("exchange.currency"), from, rate) })
}

// fromText says since when a rate holds; the shipped ones hold from the beginning.
func (p Page) fromText(d day.Day) string {
	if d <= day.Min {
		return p.T("from the beginning")
	}
	return p.T("from {day}", "day", p.Day(d))
}

// microMoney writes millionths of a minor unit as money.
func (p Page) microMoney(m money.Micro) string {
	return p.Printer.Money(int64(math.Round(m.Float())), p.Digits, p.Currency)
}
