package doc

import (
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
)

// What a calendar reads back is what was written, however long and odd the
// texts; the same days give the same bytes.
func TestACalendarReadsBackWhatWasWritten(t *testing.T) {
	t.Parallel()
	c := Calendar{Name: "Aufgaben · Brenner", Days: []CalendarDay{
		{UID: "task-1@5.quid", Day: 20261231, Title: "Besuch; \"Müller, Söhne\" & Co", Text: strings.Repeat("lang und länger, ", 40) + "\nzweite Zeile", Revision: 3, Written: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)},
		{UID: "task-2@5.quid", Day: 20280229, Title: "Anruf"},
	}}
	write := func() string {
		var b strings.Builder
		if err := WriteCalendar(&b, c); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	text := write()
	if write() != text {
		t.Error("the same days gave other bytes")
	}
	for line := range strings.SplitSeq(text, "\r\n") {
		if len(line) > 75 {
			t.Errorf("a line of %d bytes: %s", len(line), line)
		}
	}
	read, err := ics.ParseCalendar(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	events := read.Events()
	if len(events) != len(c.Days) {
		t.Fatalf("%d events, want %d", len(events), len(c.Days))
	}
	for i, e := range events {
		d := c.Days[i]
		if e.Id() != d.UID || e.GetProperty(ics.ComponentPropertySummary).Value != d.Title {
			t.Errorf("event %d is %s, %q; want %s, %q", i, e.Id(), e.GetProperty(ics.ComponentPropertySummary).Value, d.UID, d.Title)
		}
		if p := e.GetProperty(ics.ComponentPropertyDescription); d.Text != "" && (p == nil || p.Value != d.Text) {
			t.Errorf("event %d says %v", i, p)
		}
		start, err1 := e.GetAllDayStartAt()
		end, err2 := e.GetAllDayEndAt()
		if err1 != nil || err2 != nil || start.Format("20060102") != strings.ReplaceAll(d.Day.String(), "-", "") || end.Sub(start) != 24*time.Hour {
			t.Errorf("event %d lasts from %v to %v (%v, %v)", i, start, end, err1, err2)
		}
	}
}
