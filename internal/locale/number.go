package locale

import (
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	minus  = "\u2212" // a true minus sign, as wide as a plus
	narrow = "\u202f" // narrow no-break space
	absent = "\u2013" // what stands where a figure is unknown
)

// marks returns the signs that group thousands and split decimals.
func (p *Printer) marks() (group, decimal string) {
	if p.lang == German {
		return ".", ","
	}
	return ",", "."
}

// Int writes a whole number with grouped thousands: 1.234.567.
func (p *Printer) Int(n int64) string {
	return p.digits(strconv.FormatInt(n, 10))
}

// Number writes a number with a fixed count of decimals, rounded half away from
// zero. What isn't a number is written as a dash.
func (p *Printer) Number(x float64, decimals int) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return absent
	}
	return p.digits(strconv.FormatFloat(roundTo(x, decimals), 'f', decimals, 64))
}

// roundTo rounds as people do, so that 0.125 is 0.13: FormatFloat alone rounds
// half to even.
func roundTo(x float64, decimals int) float64 {
	scale := math.Pow10(decimals)
	if r := math.Round(x*scale) / scale; !math.IsInf(r, 0) {
		return r
	}
	return x
}

// Percent writes a fraction as percent: 0.125 is 12,5 %.
func (p *Printer) Percent(fraction float64, decimals int) string {
	s := p.Number(fraction*100, decimals)
	switch {
	case s == absent:
		return s
	case p.lang == German:
		return s + narrow + "%"
	default:
		return s + "%"
	}
}

// digits groups and marks a number as Go writes it.
func (p *Printer) digits(plain string) string {
	group, decimal := p.marks()
	plain, negative := strings.CutPrefix(plain, "-")
	whole, fraction, _ := strings.Cut(plain, ".")
	var b strings.Builder
	if negative && strings.Trim(plain, "0.") != "" { // there is no minus zero
		b.WriteString(minus)
	}
	for i, d := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(group)
		}
		b.WriteRune(d)
	}
	if fraction != "" {
		b.WriteString(decimal + fraction)
	}
	return b.String()
}

// symbols are the currencies whose sign everybody reads without a doubt.
var symbols = map[string]string{"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥"}

// Money writes an amount of minor units, of which 10 to the power of digits make
// one whole: 1.234,50 € and €1,234.50.
func (p *Printer) Money(amount int64, digits int, currency string) string {
	return p.withCurrency(p.Decimal(amount, digits), currency)
}

// Amount writes an amount of minor units in whole units, rounded half away from
// zero: 1.235 €.
func (p *Printer) Amount(amount int64, digits int, currency string) string {
	return p.withCurrency(p.Int(wholeUnits(amount, digits)), currency)
}

// Short writes an amount with three significant digits at most and a word for
// thousands of thousands: 1,23 Mio. €. Below a million it is Amount.
func (p *Printer) Short(amount int64, digits int, currency string) string {
	units := float64(amount) / math.Pow10(digits)
	size := math.Abs(units)
	if size < 999_950 {
		return p.Amount(amount, digits, currency)
	}
	million, billion := "M", "B"
	if p.lang == German {
		million, billion = narrow+"Mio.", narrow+"Mrd."
	}
	unit, scale := million, 1e6
	if size >= 999_950_000 {
		unit, scale = billion, 1e9
	}
	decimals := 2
	for d := size / scale; d >= 9.995 && decimals > 0; d /= 10 {
		decimals--
	}
	return p.withCurrency(p.Number(units/scale, decimals)+unit, currency)
}

// Decimal writes an amount of minor units without its currency: 1.234,50.
func (p *Printer) Decimal(amount int64, digits int) string {
	plain := strconv.FormatInt(amount, 10)
	sign := ""
	if amount < 0 {
		sign, plain = "-", plain[1:]
	}
	if digits <= 0 {
		return p.digits(sign + plain)
	}
	if pad := digits + 1 - len(plain); pad > 0 {
		plain = strings.Repeat("0", pad) + plain
	}
	at := len(plain) - digits
	return p.digits(sign + plain[:at] + "." + plain[at:])
}

// wholeUnits rounds minor units to whole ones, in integers.
func wholeUnits(amount int64, digits int) int64 {
	scale := int64(1)
	for range digits {
		scale *= 10
	}
	whole, rest := amount/scale, amount%scale
	switch {
	case rest >= scale-rest: // not 2·rest >= scale, which may overflow
		return whole + 1
	case -rest >= scale+rest:
		return whole - 1
	default:
		return whole
	}
}

func (p *Printer) withCurrency(number, currency string) string {
	sign, known := symbols[currency]
	if !known {
		sign = currency
	}
	if p.lang == German {
		return number + narrow + sign
	}
	number, negative := strings.CutPrefix(number, minus)
	if !known {
		sign += narrow
	}
	if negative {
		return minus + sign + number
	}
	return sign + number
}

var (
	germanMonths  = [...]string{"Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sep.", "Okt.", "Nov.", "Dez."}
	englishMonths = [...]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
)

// Day writes a day yyyymmdd: 31.12.2026 and 31 Dec 2026. There is no day 0: it
// is written as nothing.
func (p *Printer) Day(yyyymmdd int) string {
	year, month, day := yyyymmdd/10_000, yyyymmdd/100%100, yyyymmdd%100
	if month < 1 || month > 12 {
		return ""
	}
	if p.lang == German {
		return two(day) + "." + two(month) + "." + strconv.Itoa(year)
	}
	return strconv.Itoa(day) + " " + englishMonths[month-1] + " " + strconv.Itoa(year)
}

// Month writes a month yyyymm: Dez. 2026.
func (p *Printer) Month(yyyymm int) string {
	year, month := yyyymm/100, yyyymm%100
	if month < 1 || month > 12 {
		return ""
	}
	name := englishMonths[month-1]
	if p.lang == German {
		name = germanMonths[month-1]
	}
	return name + " " + strconv.Itoa(year)
}

// Instant writes a moment in its own time zone, to the minute: 31.12.2026,
// 14:05. The zero time is written as nothing.
func (p *Printer) Instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	day := t.Year()*10_000 + int(t.Month())*100 + t.Day()
	return p.Day(day) + ", " + t.Format("15:04")
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}
