// Package day counts calendar days without clock or time zone.
//
// A [Day] is the integer yyyymmdd: readable, sortable, and its month is
// day/100, in Go and in SQL alike. Windows are half-open at the front: the
// twelve months up to a day are the days after the same day a year before,
// up to and including the day. What time it is now is for the caller to say.
package day

import (
	"fmt"
	"strconv"
	"time"

	"quid/fault"
)

// A Day is a calendar day as yyyymmdd, such as 20261231. The zero Day is no day.
type Day int32

// Limits of what a book holds.
const (
	Min Day = 19000101
	Max Day = 21991231
)

// Of returns the day of a date; a date that does not exist gives 0.
func Of(year, month, dayOfMonth int) Day {
	d := Day(year*10000 + month*100 + dayOfMonth)
	if month < 1 || month > 12 || dayOfMonth < 1 || dayOfMonth > lastOf(year, month) || d < Min || d > Max {
		return 0
	}
	return d
}

// At returns the day of an instant in its own zone.
func At(t time.Time) Day { return Of(t.Year(), int(t.Month()), t.Day()) }

// Parse reads 2026-12-31 or 20261231.
func Parse(s string) (Day, error) {
	if len(s) == 10 && s[4] == '-' && s[7] == '-' {
		s = s[:4] + s[5:7] + s[8:]
	}
	if n, err := strconv.ParseUint(s, 10, 32); err == nil && len(s) == 8 {
		if d := Of(int(n)/10000, int(n)/100%100, int(n)%100); d != 0 {
			return d, nil
		}
	}
	return 0, fault.Field("day", "write a day such as 2026-12-31")
}

// String writes the day as 2026-12-31, and no day as "".
func (d Day) String() string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year(), d.Month(), d.DayOfMonth())
}

// MarshalText writes the day as 2026-12-31.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Day) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = 0
		return nil
	}
	v, err := Parse(string(b))
	*d = v
	return err
}

// Year, Month and DayOfMonth are the parts of the date.
func (d Day) Year() int { return int(d) / 10000 }

// Month is 1 to 12.
func (d Day) Month() int { return int(d) / 100 % 100 }

// DayOfMonth is 1 to 31.
func (d Day) DayOfMonth() int { return int(d) % 100 }

// YearMonth is yyyymm.
func (d Day) YearMonth() int { return int(d) / 100 }

// Ordinal counts days since 1970-01-01 (negative before), so that the
// difference of two ordinals is the number of days between.
func (d Day) Ordinal() int {
	// Days from civil, by Howard Hinnant's public-domain algorithm
	// (chrono-Compatible Low-Level Date Algorithms).
	y, m := d.Year(), d.Month()
	if m <= 2 {
		y--
	}
	era := y / 400
	yoe := y - era*400
	doy := (153*((m+9)%12)+2)/5 + d.DayOfMonth() - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

// FromOrdinal is the inverse of Ordinal.
func FromOrdinal(n int) Day {
	n += 719468
	era := n / 146097
	doe := n - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	dom := doy - (153*mp+2)/5 + 1
	m := mp + 3
	if m > 12 {
		m -= 12
	}
	y := yoe + era*400
	if m <= 2 {
		y++
	}
	return Of(y, m, dom)
}

// Add returns the day n days later (earlier if negative).
func (d Day) Add(n int) Day { return FromOrdinal(d.Ordinal() + n) }

// Sub returns the days from e to d: d − e.
func (d Day) Sub(e Day) int { return d.Ordinal() - e.Ordinal() }

// AddMonths returns the same day of the month n months later, or the last day
// of that month where it is shorter.
func (d Day) AddMonths(n int) Day {
	m := d.Year()*12 + d.Month() - 1 + n
	y, mo := m/12, m%12+1
	return Of(y, mo, min(d.DayOfMonth(), lastOf(y, mo)))
}

// EndOfMonth returns the last day of d's month.
func (d Day) EndOfMonth() Day { return Of(d.Year(), d.Month(), lastOf(d.Year(), d.Month())) }

func lastOf(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// A Window is the days after From up to and including To. From 0 means from
// the beginning.
type Window struct{ From, To Day }

// A Span says how long a window is: a number of months, or 0 for all.
type Span int

// All is the span from the beginning.
const All Span = 0

// ParseSpan reads 12m, 24m, 2y or all.
func ParseSpan(s string) (Span, error) {
	if s == "all" {
		return All, nil
	}
	if len(s) > 1 {
		n, err := strconv.Atoi(s[:len(s)-1])
		unit := s[len(s)-1]
		if unit == 'y' {
			n *= 12
		}
		if err == nil && n > 0 && n <= 1200 && (unit == 'm' || unit == 'y') {
			return Span(n), nil
		}
	}
	return 0, fault.Field("window", "write a window such as 12m, 24m or all")
}

// String writes 12m or all.
func (s Span) String() string {
	if s == All {
		return "all"
	}
	return strconv.Itoa(int(s)) + "m"
}

// UpTo returns the window of the span that ends on d.
func (s Span) UpTo(d Day) Window {
	if s == All {
		return Window{0, d}
	}
	return Window{max(d.AddMonths(-int(s)), Min-1), d}
}

// Before returns the window of the same span that ends where w begins; ok is
// false for the span all, which has none.
func (s Span) Before(w Window) (before Window, ok bool) {
	if s == All || w.From < Min {
		return Window{}, false
	}
	return s.UpTo(w.From), true
}

// Holds says whether d lies in w.
func (w Window) Holds(d Day) bool { return d > w.From && d <= w.To }

// Months returns w's length in months, where it has a beginning.
func (w Window) Months() float64 {
	if w.From == 0 {
		return 0
	}
	return float64(w.To.Sub(w.From)) / (365.25 / 12)
}
