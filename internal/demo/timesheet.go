package demo

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"quid/day"
	"quid/internal/intake"
	"quid/money"
)

// A Tool is a time tracking whose export is imitated.
type Tool string

// The tools.
const (
	Kimai    Tool = "kimai"
	Toggl    Tool = "toggl"
	Clockify Tool = "clockify"
)

// Tools are all tools.
var Tools = []Tool{Kimai, Toggl, Clockify}

// worked is a stretch of time that somebody of the company wrote down.
type worked struct {
	h        *History
	t        *ServiceType
	day      day.Day
	begin    int // minute of the day
	minutes  int
	user     string
	cause    string
	billable bool
}

// longest is how long anybody works at a stretch; longer services take several
// days.
const longest = 8 * 60

// minutesOf is how long a service took. What is not counted in time takes what
// such things take.
func (t *ServiceType) minutesOf(q money.Micro) int {
	switch t.Unit {
	case "minutes":
		return int(q / money.One)
	case "hours":
		return int(q * 60 / money.One)
	case "pieces":
		return 10 * int(q/money.One)
	}
	return 20
}

// staff are who writes time sheets, by category of service.
var staff = map[string][]string{
	"Innendienst": {"Petra Vogel", "Jonas Hartwig"}, "Anwendungstechnik": {"Katrin Seidel", "Marek Wolny"}, "Schulung": {"Anja Thiele"},
	"Marketing": {"Sven Ohlsen"}, "Kundendienst": {"Uwe Brandl", "Selma Aydin", "Till Reuter"}, "Entwicklung": {"Dr. Iris Falk"},
}

// stretches calls fn for all that was worked on customers: the free services, and
// for every seventh of them something that the customer paid for.
func (c Company) stretches(fn func(worked) error) error {
	s := c.Simulator()
	n := 0
	for k := range c.Customers {
		h := s.Tell(k, partsOf(intake.ServiceEntries))
		for i := range h.Services {
			e := &h.Services[i]
			t := &s.types[e.Type]
			who := staff[t.Category]
			w := worked{h: h, t: t, day: e.Day, begin: 7*60 + n*17%120, user: who[n%len(who)], cause: e.Background}
			for left := t.minutesOf(e.Quantity); left > 0; left -= w.minutes {
				w.minutes = min(left, longest)
				if err := fn(w); err != nil {
					return err
				}
				w.day = w.day.Add(1)
			}
			if n%7 == 0 {
				w.day, w.minutes, w.billable, w.cause = e.Day, 45+n%90, true, "Reparatur gegen Rechnung"
				if err := fn(w); err != nil {
					return err
				}
			}
			n++
		}
	}
	return nil
}

// heads are the headers of the exports.
var heads = map[Tool][]string{
	Kimai: {
		"Datum", "Von", "Bis", "Dauer", "Währung", "Preis", "Interner Preis", "Stundenlohn", "Festpreis", "Name", "Benutzer", "E-Mail", "Personalnummer",
		"Kunde", "Projekt", "Tätigkeit", "Beschreibung", "Abrechenbar", "Schlagworte", "Typ", "Kategorie", "Kundennummer", "Projektnummer", "Umsatzsteuer-ID", "Bestellnummer",
	},
	Toggl: {"User", "Email", "Client", "Project", "Task", "Description", "Billable", "Start date", "Start time", "End date", "End time", "Duration", "Tags", "Amount (EUR)"},
	Clockify: {
		"Project", "Client", "Description", "Task", "User", "Group", "Email", "Tags", "Billable", "Start Date", "Start Time", "End Date", "End Time",
		"Duration (h)", "Duration (decimal)", "Billable Rate (EUR)", "Billable Amount (EUR)",
	},
}

// WriteTimesheet writes the free services of the company, and some work that was
// paid for, as a time tracking exports them: Kimai in German with hours as
// decimals, Toggl Track with clock times, Clockify with American dates.
func (c Company) WriteTimesheet(to io.Writer, tool Tool) error {
	if err := c.Check(); err != nil {
		return err
	}
	if !slices.Contains(Tools, tool) {
		return fmt.Errorf("time sheet: no such tool %q", tool)
	}
	buf := bufio.NewWriterSize(to, 1<<18)
	if tool == Toggl {
		buf.WriteString("\ufeff")
	}
	w := csv.NewWriter(buf)
	if err := w.Write(heads[tool]); err != nil {
		return fmt.Errorf("time sheet: %w", err)
	}
	row := map[Tool]func(worked) []string{Kimai: kimaiRow, Toggl: togglRow, Clockify: clockifyRow}[tool]
	if err := c.stretches(func(x worked) error { return w.Write(row(x)) }); err != nil {
		return fmt.Errorf("time sheet: %w", err)
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return fmt.Errorf("time sheet: %w", err)
	}
	return buf.Flush()
}

// WriteTimesheets writes the time sheets of all tools into a folder, which must
// be there: timesheet-kimai.csv and so on.
func (c Company) WriteTimesheets(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("time sheets: %w", err)
	}
	defer root.Close()
	for _, tool := range Tools {
		f, err := root.Create("timesheet-" + string(tool) + ".csv")
		if err != nil {
			return fmt.Errorf("time sheets: %w", err)
		}
		err = c.WriteTimesheet(f, tool)
		if closed := f.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func kimaiRow(x worked) []string {
	billable, rate := "Nein", ""
	if x.billable {
		billable, rate = "Ja", "95"
	}
	return []string{
		x.day.String(), clock(x.begin), clock(x.begin + x.minutes), hundredths(x.minutes), "EUR", rate, "", rate, "", x.user, "", "", "",
		x.h.Customer.Name, "Laufende Betreuung", x.t.NameDE, x.cause, billable, "", "timesheet", "work", x.h.Customer.Number, "", "", "",
	}
}

func togglRow(x worked) []string {
	return []string{
		x.user, "", x.h.Customer.Number, "Betreuung " + strconv.Itoa(x.day.Year()), "", x.cause, yesNo(x.billable), x.day.String(), clock(x.begin) + ":00",
		x.day.String(), clock(x.begin+x.minutes) + ":00", clock(x.minutes) + ":00", x.t.Code + ", vor Ort", "",
	}
}

func clockifyRow(x worked) []string {
	american := fmt.Sprintf("%02d/%02d/%04d", x.day.Month(), x.day.DayOfMonth(), x.day.Year())
	return []string{
		"Customer care", x.h.Customer.Number, x.cause, x.t.NameEN, x.user, x.t.Category, "", "", yesNo(x.billable), american, clock(x.begin) + ":00",
		american, clock(x.begin+x.minutes) + ":00", clock(x.minutes) + ":00", hundredths(x.minutes), "0.00", "0.00",
	}
}

func yesNo(yes bool) string {
	if yes {
		return "Yes"
	}
	return "No"
}

// clock writes minutes as 07:30.
func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// hundredths writes minutes as hours with two decimals, which is all that time
// trackings show.
func hundredths(minutes int) string { return strconv.FormatFloat(float64(minutes)/60, 'f', 2, 64) }
