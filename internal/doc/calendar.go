package doc

import (
	"fmt"
	"io"
	"time"

	ics "github.com/arran4/golang-ical"

	"quid/day"
)

// A Calendar is a list of whole days for a calendar to read.
type Calendar struct {
	Name string
	Days []CalendarDay
}

// A CalendarDay is something on a day.
type CalendarDay struct {
	UID      string // stays the same when it changes
	Day      day.Day
	Title    string
	Text     string
	Revision int
	Written  time.Time
}

// WriteCalendar writes a calendar as RFC 5545 says it. The same days give the
// same bytes.
func WriteCalendar(w io.Writer, c Calendar) error {
	cal := ics.NewCalendarFor("Quid")
	cal.SetProductId("-//Quid//Quid//EN")
	cal.SetMethod(ics.MethodPublish)
	cal.SetName(c.Name)
	cal.SetXWRCalName(c.Name)
	for _, d := range c.Days {
		e := cal.AddEvent(d.UID)
		e.SetDtStampTime(d.Written)
		e.SetAllDayStartAt(midnight(d.Day))
		e.SetAllDayEndAt(midnight(d.Day.Add(1)))
		e.SetSummary(d.Title)
		if d.Text != "" {
			e.SetDescription(d.Text)
		}
		e.SetSequence(d.Revision)
		e.SetTimeTransparency(ics.TransparencyTransparent)
	}
	// Whatever machine this runs on, RFC 5545 ends lines by CR LF.
	if err := cal.SerializeTo(w, ics.WithNewLineWindows); err != nil {
		return fmt.Errorf("write calendar: %w", err)
	}
	return nil
}

// midnight is the beginning of a day.
func midnight(d day.Day) time.Time {
	return time.Date(d.Year(), time.Month(d.Month()), d.DayOfMonth(), 0, 0, 0, 0, time.UTC)
}
