package events

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"

	"quid/clv"
)

// An order is how the parts of a date such as 03/04/2026 are to be read.
type order int8

const (
	unknown order = iota
	dmy
	mdy
)

// A dayForm is what a cell looks like as a day.
type dayForm int8

const (
	noDay    dayForm = iota
	certain          // one reading: 2026-12-31, 20261231, with or without a time
	yearLast         // 31.12.2026, 12/31/26
)

// scanDay takes a date apart: year, month, day where it is certain, else its
// three numbers as they stand.
func scanDay(s []byte) (form dayForm, a, b, c int) {
	a, n := leading(s)
	switch rest := s[n:]; {
	case n == 8 && timeOrNothing(rest), n == 14 && len(rest) == 0:
		if n == 14 {
			a, _ = leading(s[:8])
		}
		return certain, a / 10000, a / 100 % 100, a % 100
	case n == 0 || n > 4 || len(rest) < 4 || rest[0] != '-' && rest[0] != '/' && rest[0] != '.':
		return noDay, 0, 0, 0
	}
	separator := s[n]
	s = s[n+1:]
	b, m := leading(s)
	if m == 0 || m > 2 || m == len(s) || s[m] != separator {
		return noDay, 0, 0, 0
	}
	s = s[m+1:]
	c, k := leading(s)
	switch rest := s[k:]; {
	case k == 0 || !timeOrNothing(rest):
		return noDay, 0, 0, 0
	case n == 4 && k <= 2:
		return certain, a, b, c
	case n <= 2 && k == 4:
		return yearLast, a, b, c
	case n <= 2 && k == 2:
		if c += 1900; c < 1970 {
			c += 100
		}
		return yearLast, a, b, c
	}
	return noDay, 0, 0, 0
}

// leading reads the digits at the front.
func leading(s []byte) (value, n int) {
	for n < len(s) && n < 15 && s[n] >= '0' && s[n] <= '9' {
		value = value*10 + int(s[n]-'0')
		n++
	}
	return value, n
}

// timeOrNothing says whether what follows a date is a time of day or nothing.
func timeOrNothing(s []byte) bool {
	if len(s) == 0 {
		return true
	}
	if s[0] != ' ' && s[0] != 'T' {
		return false
	}
	s = bytes.TrimLeft(s[1:], " ")
	return len(s) > 0 && s[0] >= '0' && s[0] <= '9'
}

// dayOf reads a day; 0 is none.
func dayOf(s []byte, o order) clv.Day {
	form, a, b, c := scanDay(s)
	switch {
	case form == certain:
		return civil(a, b, c)
	case form == yearLast && o == dmy:
		return civil(c, b, a)
	case form == yearLast && o == mdy:
		return civil(c, a, b)
	}
	return 0
}

// fixedDay reads a date of ten bytes, with or without a time behind it. The last
// one is kept, since logs are often in the order of time.
func (p *parser) fixedDay(s []byte) (clv.Day, bool) {
	if len(s) < 10 || len(s) > 10 && !timeOrNothing(s[10:]) {
		return 0, false
	}
	head, tail := binary.LittleEndian.Uint64(s), binary.LittleEndian.Uint16(s[8:])
	if head == p.dayHead && tail == p.dayTail {
		return p.recent, true
	}
	d := dayOf(s[:10], p.order)
	if d == 0 {
		return 0, false
	}
	p.dayHead, p.dayTail, p.recent = head, tail, d
	return d, true
}

var cumulated = [13]int{0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334}

// civil returns the day of a date of the years 1 to 9999, 0 if there is none.
func civil(year, month, dom int) clv.Day {
	if year < 1 || year > 9999 || month < 1 || month > 12 || dom < 1 || dom > 31 {
		return 0
	}
	leap := year%4 == 0 && (year%100 != 0 || year%400 == 0)
	n := cumulated[month] + dom
	if leap && month > 2 {
		n++
	}
	switch {
	case dom <= 28:
	case month == 2:
		if dom > 29 || !leap {
			return 0
		}
	case dom == 31 && (month == 4 || month == 6 || month == 9 || month == 11):
		return 0
	}
	y := year - 1
	return clv.Day(365*y + y/4 - y/100 + y/400 + n)
}

// amountOf reads an amount in millionths; further decimals are rounded.
func amountOf(s []byte, decimal byte) (int64, bool) {
	i, negative := 0, false
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		negative = s[0] == '-'
		i = 1
	}
	var whole int64
	digits := i
	for i < len(s) && s[i]-'0' <= 9 {
		whole = whole*10 + int64(s[i]-'0')
		i++
	}
	if digits = i - digits; digits > 13 || whole > clv.AmountLimit {
		return oddAmount(s, decimal)
	}
	whole *= clv.Micro
	if i < len(s) && s[i] == decimal {
		i++
		scale := int64(clv.Micro / 10)
		for ; i < len(s) && s[i]-'0' <= 9 && scale > 0; i++ {
			whole += int64(s[i]-'0') * scale
			scale /= 10
			digits++
		}
	}
	if i < len(s) || digits == 0 || whole < 0 {
		return oddAmount(s, decimal)
	}
	if negative {
		whole = -whole
	}
	return whole, true
}

// oddAmount reads what is not plain: 1.234,50 €, 1e3, 0.1234567, (12.00), 12-.
func oddAmount(s []byte, decimal byte) (int64, bool) {
	s = bytes.TrimSpace(s)
	negative := false
	if n := len(s); n > 2 && s[0] == '(' && s[n-1] == ')' || n > 1 && s[n-1] == '-' {
		negative = true
		s = bytes.Trim(s, "()-")
	}
	var plain []byte
	group := -1 // digits since the last mark of thousands
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			plain = append(plain, c)
			if group >= 0 {
				group++
			}
		case c == decimal && (group < 0 || group == 3):
			plain = append(plain, '.')
			group = -1
			decimal = 0 // only one
		case (c == '.' || c == ',' || c == '\'') && decimal != 0 && c != decimal && len(plain) > 0 && (group < 0 || group == 3):
			group = 0
		case c == '-' || c == '+' || c == 'e' || c == 'E':
			plain = append(plain, c)
		case c == ' ' || c == '$' || c > 127: // currency signs and narrow blanks
		default:
			return 0, false
		}
	}
	if group >= 0 && group != 3 {
		return 0, false
	}
	x, err := strconv.ParseFloat(string(plain), 64)
	if err != nil || math.IsNaN(x) {
		return 0, false
	}
	if negative {
		x = -x
	}
	micro, err := clv.ToMicro(x)
	return micro, err == nil
}
