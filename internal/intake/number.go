package intake

import (
	"math"
	"math/bits"
	"strings"
	"unicode/utf8"

	"quid/money"
)

// mark says what the separators of a number show by themselves.
type mark uint8

const (
	notNumber    mark = iota
	plain             // no separator: 1234
	commaDecimal      // surely a decimal comma: 12,5 or 1.234,56
	pointDecimal      // surely a decimal point: 12.5 or 1,234.56
	commaEither       // 1,234: a thousand, or one and a bit
	pointEither       // 1.234
	commaGroups       // 1,234,567: thousands, or damage
	pointGroups       // 1.234.567
	numMarks
)

// number is a cell taken apart.
type number struct {
	core    string // digits, points and commas
	mark    mark
	neg     bool
	percent bool
	word    string // a currency or unit beside the number
	whole   bool   // the groups of both kinds were seen: 1.234,56
}

// scanNumber takes a cell apart. It knows -12, 12-, (12), 12 EUR, € 12, 12 %,
// 1'234.50, 1 234,50, 12,- and nothing that is written in other digits.
func scanNumber(s string) number {
	i := 0
	n := number{}
	if len(s) > 1 && (s[0] == '-' || s[0] == '+') {
		n.neg = s[0] == '-'
		i = 1
	}
	for j := i; j < len(s); j++ {
		if c := s[j]; (c < '0' || c > '9') && c != '.' && c != ',' {
			return scanSlow(s)
		}
	}
	n.core = s[i:]
	n.classify()
	return n
}

// scanSlow handles signs, currencies, units and blanks around the number.
func scanSlow(s string) number {
	var n number
	if len(s) > 64 || !strings.ContainsAny(s, "0123456789") {
		return n
	}
	s = strings.ReplaceAll(s, "\u2212", "-")
	s = n.strip(s)
	if len(s) > 2 && s[0] == '(' && s[len(s)-1] == ')' {
		n.neg = !n.neg
		s = n.strip(s[1 : len(s)-1])
	}
	for _, tail := range []string{",--", ",-", ".--", ".-", ",\u2013", ".\u2013"} {
		if body, ok := strings.CutSuffix(s, tail); ok && body != "" {
			s = body + tail[:1] + "00"
			break
		}
	}
	if len(s) > 1 && s[len(s)-1] == '-' {
		n.neg = !n.neg
		s = strings.TrimRight(s[:len(s)-1], " ")
	}
	core, ok := ungroup(s)
	if !ok {
		return number{}
	}
	n.core = core
	n.classify()
	if core != s && (n.mark == commaEither || n.mark == pointEither) {
		// Blanks or apostrophes grouped it, so the one separator left is the decimal one.
		n.mark -= commaEither - commaDecimal
		n.whole = true
	}
	return n
}

// strip takes a sign, a percent sign and one currency or unit off both ends.
func (n *number) strip(s string) string {
	s = strings.TrimFunc(s, isBlank)
	for range 4 {
		before := len(s)
		if rest, ok := strings.CutSuffix(s, "%"); ok && !n.percent {
			n.percent = true
			s = rest
		}
		if n.word == "" {
			s = n.stripWord(s)
		}
		if len(s) > 1 && (s[0] == '-' || s[0] == '+') {
			n.neg = n.neg != (s[0] == '-')
			s = s[1:]
		}
		s = strings.TrimFunc(s, isBlank)
		if len(s) == before {
			break
		}
	}
	return s
}

// stripWord takes a currency or a unit off one end of s. Other words are part
// of a text that happens to hold digits.
func (n *number) stripWord(s string) string {
	end := len(s)
	for end > 0 {
		r, size := utf8.DecodeLastRuneInString(s[:end])
		if !isWord(r) && (r != '.' || end != len(s)) {
			break
		}
		end -= size
	}
	// A point before the word belongs to the number, one behind it to the word.
	if w := s[end:]; w != "" && isCurrencyOrUnit(w) {
		n.word = w
		return s[:end]
	}
	start := 0
	for start < len(s) {
		r, size := utf8.DecodeRuneInString(s[start:])
		if !isWord(r) {
			break
		}
		start += size
	}
	if w := s[:start]; w != "" {
		if _, ok := currencyOf(w, ""); ok {
			n.word = w
			return strings.TrimPrefix(s[start:], ". ")
		}
	}
	return s
}

// units are what may stand behind a quantity.
var units = map[string]bool{
	"st": true, "stk": true, "stck": true, "stück": true, "pc": true, "pcs": true, "ea": true, "x": true, "kg": true, "g": true, "t": true,
	"m": true, "m²": true, "m³": true, "mm": true, "cm": true, "km": true, "l": true, "ltr": true, "h": true, "std": true, "min": true, "paar": true, "set": true, "ve": true,
}

func isCurrencyOrUnit(w string) bool {
	if units[strings.ToLower(strings.Trim(w, "."))] {
		return true
	}
	_, ok := currencyOf(w, "")
	return ok && strings.Trim(w, ".") != ""
}

func isWord(r rune) bool {
	return (r|0x20 >= 'a' && r|0x20 <= 'z') || r == '$' || r == '£' || r == '€' || r == '¥' || r == 'ü' || r == '²' || r == '³' || r == '/'
}

// ungroup removes blanks and apostrophes that group thousands.
func ungroup(s string) (string, bool) {
	if strings.IndexFunc(s, isGrouper) < 0 {
		return s, true
	}
	end := strings.LastIndexAny(s, ".,")
	if end < 0 {
		end = len(s)
	}
	parts := strings.FieldsFunc(s[:end], isGrouper)
	for i, p := range parts {
		if (i > 0 && len(p) != 3) || len(p) > 3 || strings.ContainsAny(p, ".,") {
			return "", false
		}
	}
	return strings.Join(parts, "") + s[end:], true
}

func isGrouper(r rune) bool {
	return r == '\'' || r == '\u2019' || r == ' ' || r == '\u00A0' || r == '\u202F' || r == '\u2009'
}

// classify reads what the separators of the core show.
func (n *number) classify() {
	points, commas, digits, lastPoint, lastComma := 0, 0, 0, -1, -1
	s := n.core
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.':
			points, lastPoint = points+1, i
		case c == ',':
			commas, lastComma = commas+1, i
		default:
			return
		}
	}
	if digits == 0 {
		return
	}
	switch {
	case points == 0 && commas == 0:
		n.mark = plain
	case points > 0 && commas > 0:
		n.whole = true
		if lastComma > lastPoint && commas == 1 && grouped(s[:lastComma], '.') {
			n.mark = commaDecimal
		} else if lastPoint > lastComma && points == 1 && grouped(s[:lastPoint], ',') {
			n.mark = pointDecimal
		}
	case commas == 1:
		n.mark = single(s, lastComma, commaDecimal, commaEither)
	case points == 1:
		n.mark = single(s, lastPoint, pointDecimal, pointEither)
	case commas > 1 && grouped(s, ','):
		n.mark = commaGroups
	case points > 1 && grouped(s, '.'):
		n.mark = pointGroups
	}
}

// single decides about a number with one separator at the given place.
func single(s string, at int, decimal, either mark) mark {
	if len(s)-at-1 == 3 && at >= 1 && at <= 3 && s[0] != '0' {
		return either
	}
	return decimal
}

// grouped reports whether sep cuts s into groups of three, the first of one to three.
func grouped(s string, sep byte) bool {
	run, first := 0, true
	for i := range len(s) {
		if s[i] != sep {
			run++
			continue
		}
		if run == 0 || run > 3 || (!first && run != 3) {
			return false
		}
		run, first = 0, false
	}
	return run == 3 && !first
}

// A numberFormat says how the numbers of a column are read.
type numberFormat struct {
	dec byte // ',' or '.'; 0 if each number shows it by itself
}

// decimal returns the decimal separator of n in the format; ok is false if n
// can't be read that way.
func (f numberFormat) decimal(n number) (dec byte, ok bool) {
	switch n.mark {
	case plain:
		return '.', true
	case commaDecimal:
		return ',', f.dec != '.'
	case pointDecimal:
		return '.', f.dec != ','
	case commaEither, pointEither:
		return f.dec, f.dec != 0
	case commaGroups:
		return '.', f.dec == '.'
	case pointGroups:
		return ',', f.dec == ','
	}
	return 0, false
}

// scaled returns n times ten to the scale, rounded half away from zero.
func (n number) scaled(dec byte, scale int) (int64, bool) {
	var u uint64
	frac, up, seen := 0, false, false
	for i := range len(n.core) {
		c := n.core[i]
		if c == dec {
			seen = true
			continue
		}
		if c < '0' || c > '9' {
			continue // grouping
		}
		if seen {
			if frac == scale {
				up = c >= '5'
				break
			}
			frac++
		}
		if u > (math.MaxInt64-9)/10 {
			return 0, false
		}
		u = u*10 + uint64(c-'0')
	}
	for ; frac < scale; frac++ {
		hi, lo := bits.Mul64(u, 10)
		if hi != 0 || lo > math.MaxInt64 {
			return 0, false
		}
		u = lo
	}
	if up {
		u++
	}
	if u > math.MaxInt64 {
		return 0, false
	}
	if n.neg {
		return -int64(u), true
	}
	return int64(u), true
}

// canonical writes the number with a point, for people to compare readings.
func (n number) canonical(dec byte) string {
	var b strings.Builder
	if n.neg {
		b.WriteByte('-')
	}
	for i := range len(n.core) {
		switch c := n.core[i]; {
		case c == dec:
			b.WriteByte('.')
		case c >= '0' && c <= '9':
			b.WriteByte(c)
		}
	}
	return strings.TrimSuffix(b.String(), ".")
}

// aboveOne reports whether the number, read by its last separator as the
// decimal one, is above one: then a column of discounts is in percent.
func (n number) aboveOne() bool {
	at := strings.LastIndexAny(n.core, ".,")
	whole, frac := n.core, ""
	if at >= 0 {
		whole, frac = n.core[:at], n.core[at+1:]
	}
	whole = strings.TrimLeft(whole, "0.,")
	return len(whole) > 1 || (whole != "" && whole != "1") || (whole == "1" && strings.Trim(frac, "0") != "")
}

// isOne reports a bare 1 in a column of discounts: one percent, or all.
func (n number) isOne() bool {
	whole, frac, _ := strings.Cut(strings.ReplaceAll(n.core, ",", "."), ".")
	return !n.percent && strings.TrimLeft(whole, "0") == "1" && strings.Trim(frac, "0") == ""
}

// currencyOf returns the ISO code of a currency written beside a number. A
// dollar sign is the dollar of the given currency, if that is one.
func currencyOf(word, book string) (code string, ok bool) {
	switch w := strings.ToUpper(strings.Trim(word, ".")); w {
	case "":
		return "", true
	case "€", "EURO", "EUROS":
		return "EUR", true
	case "£":
		return "GBP", true
	case "¥":
		return "JPY", true
	case "FR", "SFR":
		return "CHF", true
	case "$", "US$":
		if w == "$" && len(book) == 3 && book[2] == 'D' {
			return book, true
		}
		return "USD", true
	default:
		_, known := money.Digits(w)
		return w, known
	}
}
