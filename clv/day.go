package clv

import (
	"fmt"
	"time"
)

// A Day is a calendar day as a number: 1 January 0001 is 1, and the zero Day is
// no day. The difference of two is the number of days between.
type Day int32

// Epoch is 1 January 1970.
const Epoch Day = 719163

// DayOf returns the calendar day of a time in its own zone.
func DayOf(t time.Time) Day {
	year, month, dom := t.Date()
	return Epoch + Day(time.Date(year, month, dom, 0, 0, 0, 0, time.UTC).Unix()/86400)
}

// Time returns midnight of the day, UTC.
func (d Day) Time() time.Time { return time.Unix(int64(d-Epoch)*86400, 0).UTC() }

// String writes the day as 2026-12-31, and no day as "".
func (d Day) String() string {
	if d == 0 {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

// A Unit is what time is counted in, as a number of days.
type Unit float64

// The units. A month is a twelfth of 365.25 days.
const (
	Days   Unit = 1
	Weeks  Unit = 7
	Months Unit = 365.25 / 12
)

// ParseUnit reads day, week or month.
func ParseUnit(s string) (Unit, error) {
	for _, u := range []Unit{Days, Weeks, Months} {
		if s == u.String() {
			return u, nil
		}
	}
	return 0, fmt.Errorf("unit %q: write day, week or month", s)
}

// String is day, week or month, and the number of days of any other unit.
func (u Unit) String() string {
	switch u {
	case Days:
		return "day"
	case Weeks:
		return "week"
	case Months:
		return "month"
	}
	return fmt.Sprintf("%g days", float64(u))
}

// PerYear is how many units a year of 365.25 days has.
func (u Unit) PerYear() float64 { return 365.25 / float64(u) }

// Of returns how many units a number of days is, fractions kept.
func (u Unit) Of(days int) float64 { return float64(days) / float64(u) }
