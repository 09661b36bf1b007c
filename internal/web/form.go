package web

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"quid/day"
	"quid/fault"
	"quid/internal/locale"
	"quid/money"
)

// sentForm is a form as it was sent, every field of it.
func sentForm(r *http.Request) (formState, error) {
	if err := r.ParseForm(); err != nil {
		return formState{}, fault.Field("form", "the form could not be read")
	}
	f := formState{Values: make(map[string]string, len(r.PostForm)), Problems: make(map[string]string)}
	for name, values := range r.PostForm {
		f.Values[name] = strings.TrimSpace(values[0])
	}
	return f, nil
}

// clean takes out of what was sent what is no text: bytes that are no UTF-8, and
// NUL, which PostgreSQL refuses. A file is left as it is.
func clean(r *http.Request) error {
	if err := r.ParseForm(); err != nil && r.Method == http.MethodPost {
		return fault.Field("form", "the form could not be read")
	}
	if cleaned(r.Form) {
		cleaned(r.PostForm)
		query := r.URL.Query()
		cleaned(query)
		r.URL.RawQuery = query.Encode()
	}
	return nil
}

// cleaned says whether there was anything to take out.
func cleaned(form url.Values) (found bool) {
	for _, values := range form {
		for i, v := range values {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				values[i], found = strings.ReplaceAll(strings.ToValidUTF8(v, "\uFFFD"), "\x00", ""), true
			}
		}
	}
	return found
}

// A formReader reads the fields of a form and keeps what is wrong with which.
type formReader struct {
	p    Page
	f    *formState
	errs []error
}

func (r *formReader) bad(name, problem string) { r.errs = append(r.errs, fault.Field(name, problem)) }

// err is what is wrong with the fields that were read.
func (r *formReader) err() error { return errors.Join(r.errs...) }

// text is a field as it stands.
func (r *formReader) text(name string) string { return r.f.Values[name] }

// id reads a number that names something, 0 for none.
func (r *formReader) id(name string) int64 {
	id, err := strconv.ParseInt(r.text(name), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// micro reads a number times scale in millionths; nothing is zero.
func (r *formReader) micro(name string, scale float64) money.Micro {
	if r.text(name) == "" {
		return 0
	}
	m, ok := r.p.scaled(r.text(name), scale)
	if !ok {
		r.bad(name, "write a number such as 12.5")
	}
	return m
}

// scaled reads a number, as the reader's language writes it, times scale in
// millionths.
func (p Page) scaled(text string, scale float64) (money.Micro, bool) {
	x, ok := parseNumber(p.ungrouped(strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "€", "").Replace(text)))
	x *= scale * float64(money.One)
	if !ok || math.Abs(x) > 9e17 {
		return 0, false
	}
	return money.Micro(math.Round(x)), true
}

// micro reads a number as the reader's language writes it.
func (p Page) micro(text string) (money.Micro, bool) { return p.scaled(text, 1) }

// money reads a sum of money as the reader's language writes it.
func (p Page) money(text string) (money.Amount, bool) {
	m, ok := p.micro(text)
	a, err := money.MulDiv(int64(m), pow10(p.Digits), int64(money.One))
	return money.Amount(a), ok && err == nil
}

var inThousands = regexp.MustCompile(`^[-+]?[0-9]{1,3}([.,][0-9]{3})+$`)

// ungrouped takes the marks between thousands out of a whole number, as the
// reader's language writes them: 480.000 in German is no 480.
func (p Page) ungrouped(text string) string {
	mark := ","
	if p.Lang() == locale.German {
		mark = "."
	}
	if inThousands.MatchString(text) && !strings.Contains(strings.ReplaceAll(text, mark, ""), ".") && !strings.Contains(strings.ReplaceAll(text, mark, ""), ",") {
		return strings.ReplaceAll(text, mark, "")
	}
	return text
}

// amount reads a sum of money; nothing is zero.
func (r *formReader) amount(name string) money.Amount {
	if r.text(name) == "" {
		return 0
	}
	a, ok := r.p.money(r.text(name))
	if !ok {
		r.bad(name, "write a number such as 12.5")
	}
	return a
}

// whole reads a whole number; nothing is zero.
func (r *formReader) whole(name string) int64 {
	m := r.micro(name, 1)
	if m%money.One != 0 {
		r.bad(name, "write a whole number")
	}
	return int64(m / money.One)
}

// day reads a day; or where the field is empty.
func (r *formReader) day(name string, or day.Day) day.Day {
	if r.text(name) == "" {
		return or
	}
	d, err := day.Parse(r.text(name))
	if err != nil {
		r.bad(name, "write a day such as 2026-12-31")
	}
	return d
}

// pow10 is a power of ten as a whole number.
func pow10(n int) int64 {
	x := int64(1)
	for range n {
		x *= 10
	}
	return x
}

// rateText writes a rate of a unit as an input shows it.
func (p Page) rateText(m money.Micro) string {
	return p.numberText(m.Float() / float64(pow10(p.Digits)))
}

// rateMoney writes a rate of a unit as money, with the decimals that it has, at
// most two more than the currency.
func (p Page) rateMoney(m money.Micro) string {
	const finer = 2
	fine := int64(math.Round(m.Float() * 100))
	if fine%100 == 0 {
		return p.Printer.Money(fine/100, p.Digits, p.Currency)
	}
	return p.Printer.Money(fine, p.Digits+finer, p.Currency)
}

// dayText writes a day as an input of days shows it; the beginning is nothing.
func dayText(d day.Day) string {
	if d <= day.Min {
		return ""
	}
	return d.String()
}

// decimals is an input for a number with decimals.
func decimals(f Field) Field {
	f.Attrs = attrs("inputmode", "decimal", "autocomplete", "off")
	return f
}
