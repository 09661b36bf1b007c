package intake

import (
	"strings"

	"quid/day"
	"quid/fault"
)

// An Order is the order of day, month and year in a date.
type Order int8

// The orders. OrderUnknown leaves it to detection.
const (
	OrderUnknown Order = 0
	DMY          Order = 1
	MDY          Order = 2
	YMD          Order = 3
	YYYYMMDD     Order = 4
)

var orderNames = [...]string{"", "dmy", "mdy", "ymd", "yyyymmdd"}

// String writes the order as the flag --dates spells it.
func (o Order) String() string { return orderNames[o] }

// ParseOrder reads dmy, mdy, ymd or yyyymmdd.
func ParseOrder(s string) (Order, error) {
	for i, name := range orderNames {
		if strings.EqualFold(s, name) {
			return Order(i), nil
		}
	}
	return 0, fault.Field("dates", "write dmy, mdy, ymd or yyyymmdd")
}

// dateForm says how a date is written.
type dateForm uint8

const (
	notDate  dateForm = iota
	yearLast          // 31.12.2026 or 12/31/26: the order decides
	certain           // 2026-12-31, 20261231, 31 Dec 2026: one reading
	serial            // days since 1900, as spreadsheets count
	timeOnly          // 00:00.0
	noDate            // 00.00.0000: what some systems write for none
)

// date is a cell taken apart.
type date struct {
	form    dateForm
	shape   uint8 // of yearLast: separator and length of the year, 0 to 5
	a, b, c int
	day     day.Day // of certain; 0 if there is no such day
	n       int     // of serial
}

// Bits of the orders a date can be read in.
const (
	canDMY uint8 = 1 << iota
	canMDY
	canYMD
)

func bitOf(o Order) uint8 {
	switch o {
	case DMY:
		return canDMY
	case MDY:
		return canMDY
	case YMD, YYYYMMDD:
		return canYMD
	}
	return 0
}

const shapes = 6

// scanDate takes a cell apart; times behind the date are ignored.
func scanDate(s string) date {
	if d := scanDigits(s); d.form != notDate {
		return d
	}
	return scanNamed(s)
}

// scanDigits is scanDate for dates without words.
func scanDigits(s string) date {
	if len(s) < 5 || s[0] < '0' || s[0] > '9' {
		return date{}
	}
	a, la, rest := digits(s)
	if rest == "" {
		return solid(s, a, la)
	}
	sep := rest[0]
	if sep == ':' && la <= 2 {
		return date{form: timeOnly}
	}
	if la > 8 || (sep != '.' && sep != '/' && sep != '-') {
		if la == 8 && (sep == ' ' || sep == 'T') && isTime(rest) {
			return solid(s[:8], a, 8)
		}
		return date{}
	}
	b, lb, rest := digits(skipBlank(rest[1:]))
	if lb == 0 || lb > 2 || len(rest) == 0 || rest[0] != sep {
		return date{}
	}
	c, lc, rest := digits(skipBlank(rest[1:]))
	if lc == 0 || !isTime(rest) {
		return date{}
	}
	return assemble(sep, [3]int{a, b, c}, la, lc)
}

func assemble(sep byte, v [3]int, la, lc int) date {
	switch {
	case v == [3]int{}:
		return date{form: noDate}
	case la == 4 && lc <= 2:
		return date{form: certain, day: day.Of(v[0], v[1], v[2])}
	case la <= 2 && (lc == 4 || lc == 2):
		d := date{form: yearLast, a: v[0], b: v[1], c: v[2]}
		switch sep {
		case '/':
			d.shape = 1
		case '-':
			d.shape = 2
		}
		if lc == 2 {
			d.shape += 3
		}
		return d
	}
	return date{}
}

// solid reads a run of digits: yyyymmdd, yyyymmddhhmmss or a serial number.
func solid(s string, v, n int) date {
	if n == 14 {
		v, _, _ = digits(s[:8])
		n = 8
	}
	switch {
	case n == 8 && v == 0:
		return date{form: noDate}
	case n == 8:
		if d := day.Of(v/10000, v/100%100, v%100); d != 0 {
			return date{form: certain, day: d}
		}
	case n == 5 && v >= 10_000:
		return date{form: serial, n: v}
	}
	return date{}
}

// digits reads a number from the front of s.
func digits(s string) (v, n int, rest string) {
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		if n < 15 {
			v = v*10 + int(s[n]-'0')
		}
		n++
	}
	return v, n, s[n:]
}

func skipBlank(s string) string {
	if s != "" && s[0] == ' ' {
		return s[1:]
	}
	return s
}

// isTime reports whether what follows a date is nothing or a time of day.
func isTime(s string) bool {
	if s == "" {
		return true
	}
	if s[0] != ' ' && s[0] != 'T' && s[0] != ',' {
		return false
	}
	s = strings.TrimLeft(s[1:], " ")
	if s == "" {
		return true
	}
	if s[0] < '0' || s[0] > '9' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && !strings.ContainsRune(":. +-,ZAPMapmUhrTC", rune(c)) {
			return false
		}
	}
	return true
}

// months by the first three letters of their names, German and English.
var months = map[string]int{
	"jan": 1, "jän": 1, "feb": 2, "mar": 3, "mär": 3, "mrz": 3, "mae": 3, "apr": 4, "mai": 5, "may": 5, "jun": 6,
	"jul": 7, "aug": 8, "sep": 9, "okt": 10, "oct": 10, "nov": 11, "dez": 12, "dec": 12,
}

// scanNamed reads dates with the month as a word: 31. Dez 2026, Dec 31, 2026, 31-Dec-26.
func scanNamed(s string) date {
	if len(s) < 6 || len(s) > 40 {
		return date{}
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '.' || r == ',' || r == '-' || r == '/' })
	if len(parts) < 3 {
		return date{}
	}
	var month, at int
	for i, p := range parts[:3] {
		r := []rune(strings.ToLower(p))
		if len(r) >= 3 && len(r) <= 9 {
			if m := months[string(r[:3])]; m != 0 {
				month, at = m, i
				break
			}
		}
	}
	if month == 0 || at == 2 {
		return date{}
	}
	d, ld, r1 := digits(parts[1-at])
	y, ly, r2 := digits(parts[2])
	if r1 != "" || r2 != "" || ld == 0 || ld > 2 || (ly != 4 && ly != 2) {
		return date{}
	}
	if len(parts) > 3 && !isTime(" "+strings.Join(parts[3:], " ")) {
		return date{}
	}
	return date{form: certain, day: day.Of(fullYear(y, ly), month, d)}
}

// fullYear turns a year of two digits into one of 1970 to 2069.
func fullYear(y, length int) int {
	switch {
	case length > 2:
		return y
	case y < 70:
		return 2000 + y
	}
	return 1900 + y
}

// in returns the day of a yearLast date read in the order, 0 if there is none.
func (d date) in(o Order) day.Day {
	length := 4
	if d.shape >= 3 {
		length = 2
	}
	switch o {
	case DMY:
		return day.Of(fullYear(d.c, length), d.b, d.a)
	case MDY:
		return day.Of(fullYear(d.c, length), d.a, d.b)
	case YMD, YYYYMMDD:
		// 26-12-31 is written with dashes or strokes; with points nobody puts the year first.
		if length == 2 && d.shape != 3 {
			return day.Of(fullYear(d.a, 2), d.b, d.c)
		}
	}
	return 0
}

// orders returns the orders in which d is a day.
func (d date) orders() uint8 {
	var can uint8
	if d.in(DMY) != 0 {
		can |= canDMY
	}
	if d.in(MDY) != 0 {
		can |= canMDY
	}
	if d.in(YMD) != 0 {
		can |= canYMD
	}
	return can
}

// same reports whether all readings of d are the same day: 05/05/2026.
func (d date) same() bool {
	can, only := d.orders(), day.Day(0)
	for o := DMY; o <= YMD; o++ {
		if can&bitOf(o) == 0 {
			continue
		}
		if v := d.in(o); only == 0 {
			only = v
		} else if v != only {
			return false
		}
	}
	return true
}

// serialDay returns the day of a spreadsheet's serial number. In the 1900
// system day 60 is the 29 February 1900, which never was: days before it are
// one off, and it is none itself.
func serialDay(n int, epoch1904 bool) day.Day {
	if epoch1904 {
		if n < 0 {
			return 0
		}
		return day.FromOrdinal(n + day.Of(1904, 1, 1).Ordinal())
	}
	switch {
	case n < 1 || n == 60 || n > 110_000:
		return 0
	case n < 60:
		return day.FromOrdinal(n + day.Of(1900, 1, 1).Ordinal() - 1)
	}
	return day.FromOrdinal(n + day.Of(1900, 1, 1).Ordinal() - 2)
}
