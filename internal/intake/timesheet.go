package intake

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"quid/day"
	"quid/money"
)

// A Timesheet is a row of a time sheet: what somebody worked on and for how
// long. Which free service it was is told by its words, and by nobody but the
// book, which keeps what they mean.
type Timesheet struct {
	External, Customer, Number string // Number: of the customer, "" if the file has none
	Day                        day.Day
	Begin, End                 string
	Minutes                    money.Micro
	User, Team                 string
	Activity, Task, Project    string
	Tags                       []string
	Background                 string
	Tool                       string // kimai, toggl, clockify, or "" if the header does not tell
}

// Words are the texts of the row that may name a service, the most telling first.
func (t *Timesheet) Words() []string {
	words := make([]string, 0, 3+len(t.Tags))
	for _, w := range append([]string{t.Activity, t.Task}, append(slices.Clone(t.Tags), t.Project)...) {
		if w != "" {
			words = append(words, w)
		}
	}
	return words
}

// tools are the time trackings whose exports are known, by headers that together
// only they have, folded.
var tools = []struct {
	name  string
	heads []string
}{
	{"clockify", []string{"durationdecimal", "billable"}},
	{"clockify", []string{"dauerdezimal", "projekt"}},
	{"toggl", []string{"startdate", "client", "duration", "user"}},
	{"toggl", []string{"startdatum", "kunde", "dauer", "benutzer"}},
	{"kimai", []string{"activity", "customer", "duration"}},
	{"kimai", []string{"taetigkeit", "kunde", "dauer"}},
}

// Tool says which time tracking wrote the file: kimai, toggl, clockify, or "" if
// its header does not tell.
func (f *File) Tool() string {
	heads := make(map[string]bool, len(f.Columns))
	for i := range f.Columns {
		heads[foldHeader(f.Columns[i].Name)] = true
	}
	for _, t := range tools {
		if !slices.ContainsFunc(t.heads, func(h string) bool { return !heads[h] }) {
			return t.name
		}
	}
	return ""
}

// timesheet reads a row of a time sheet. Its key is its own id beside the tool
// that gave it: the ids of two tools may be the same.
func (p *Plan) timesheet(r *row, d *Doc) {
	x := &Timesheet{
		External: r.name(p.c("external")), Number: r.name(p.c("customer_number")), Day: r.day(p.c("day")),
		Begin: r.name(p.c("begin")), End: r.name(p.c("end")), User: r.name(p.c("user")), Team: r.name(p.c("team")), Activity: r.name(p.c("activity")),
		Task: r.name(p.c("task")), Project: r.name(p.c("project")), Background: r.text(p.c("background")), Tool: p.tool,
	}
	if x.Customer = r.raw(p.c("customer")); x.Number == "" || len(x.Customer) > maxName {
		x.Customer = r.name(p.c("customer"))
	}
	for tag := range strings.FieldsFuncSeq(r.name(p.c("tags")), func(c rune) bool { return c == ',' || c == ';' }) {
		if tag = strings.TrimSpace(tag); tag != "" {
			x.Tags = append(x.Tags, tag)
		}
	}
	x.Minutes = r.spent()
	if d.Timesheet = x; x.External != "" {
		d.Key = cmp.Or(p.tool, "timesheet") + ":" + x.External
	}
}

// spent reads how long something took, in minutes: as a duration, else in hours,
// minutes or seconds. Hours are written with two decimals, which is not enough
// for a third of an hour: they are rounded to whole minutes.
func (r *row) spent() money.Micro {
	if c := r.p.c("duration"); r.value(c) != "" {
		m, ok := parseClock(r.value(c))
		if !ok {
			r.bad(c, r.value(c), notADuration)
			return 0
		}
		return r.withinADay(c, m)
	}
	for _, u := range []struct {
		name string
		from func(money.Micro) money.Micro
	}{
		{"hours", func(h money.Micro) money.Micro { return (h*60 + money.One/2) / money.One * money.One }},
		{"minutes", func(m money.Micro) money.Micro { return m }},
		{"seconds", func(s money.Micro) money.Micro { return s / 60 }},
	} {
		c := r.p.c(u.name)
		if r.value(c) == "" {
			continue
		}
		v, ok := r.quantity(c)
		if !ok {
			return 0
		}
		if v < 0 || v > 1e6*money.One {
			r.bad(c, r.raw(c), overADay)
			return 0
		}
		return r.withinADay(c, u.from(v))
	}
	for _, name := range []string{"duration", "hours", "minutes", "seconds"} {
		if c := r.p.c(name); c != nil {
			r.bad(c, "", noDuration)
			break
		}
	}
	return 0
}

func (r *row) withinADay(c *cell, minutes money.Micro) money.Micro {
	switch {
	case minutes > 24*60*money.One:
		r.bad(c, r.raw(c), overADay)
	case minutes <= 0:
		r.bad(c, r.raw(c), noDuration)
	default:
		return minutes
	}
	return 0
}

// billable reports a row that the customer pays for: no free service.
func (p *Plan) billable(rec *record) bool {
	c := p.c("billable")
	if c == nil || c.col >= len(rec.fields) {
		return false
	}
	yes, _ := parseYesNo(rec.fields[c.col])
	return yes
}

// totals reports the row of sums that some exports end with: neither day nor
// customer stands in it.
func (p *Plan) totals(rec *record) bool {
	for _, name := range []string{"day", "customer", "customer_number"} {
		if c := p.c(name); c != nil && c.col < len(rec.fields) && rec.fields[c.col] != "" {
			return false
		}
	}
	return true
}

// isClock reports a duration that can't be a plain number.
func isClock(s string) bool {
	if !strings.ContainsAny(s, ":hmHM") {
		return false
	}
	_, ok := parseClock(s)
	return ok
}

// mayCount reports whether the plain numbers of a column can be hours or seconds:
// hours show decimals, or are at most those of a day; seconds are whole, and some
// are more than a day has hours.
func (c *Column) mayCount(unit string) bool {
	decimals, large := false, false
	for _, s := range c.Samples {
		n := scanNumber(s)
		if n.mark == notNumber {
			continue
		}
		whole := n.mark == plain
		decimals = decimals || !whole
		if v, err := strconv.Atoi(n.core); whole && err == nil && v > 24 {
			large = true
		}
	}
	if unit == "seconds" {
		return large && !decimals
	}
	return decimals || !large
}

// parseClock reads a duration in minutes: 1:20, 01:20:30, 1h 20m, 90 min, 45s.
func parseClock(s string) (money.Micro, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if strings.Contains(s, ":") {
		return parseColons(s)
	}
	var seconds int64
	seen := false
	for s != "" {
		i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
		if i <= 0 || i > 6 {
			return 0, false
		}
		n, err := strconv.ParseInt(s[:i], 10, 64)
		if err != nil {
			return 0, false
		}
		s = strings.TrimLeft(s[i:], " ")
		j := strings.IndexFunc(s, func(r rune) bool { return r >= '0' && r <= '9' })
		if j < 0 {
			j = len(s)
		}
		unit := map[string]int64{"h": 3600, "std": 3600, "hrs": 3600, "m": 60, "min": 60, "s": 1, "sec": 1, "sek": 1}[strings.Trim(s[:j], " .,")]
		if unit == 0 {
			return 0, false
		}
		seconds, seen = seconds+n*unit, true
		s = s[j:]
	}
	return money.Micro(seconds) * money.One / 60, seen
}

// parseColons reads 1:20 and 01:20:30.
func parseColons(s string) (money.Micro, bool) {
	parts := strings.Split(s, ":")
	if len(parts) > 3 {
		return 0, false
	}
	var seconds int64
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil || (i > 0 && (n > 59 || len(p) != 2)) {
			return 0, false
		}
		seconds = seconds*60 + int64(n)
	}
	if len(parts) == 2 {
		seconds *= 60
	}
	return money.Micro(seconds) * money.One / 60, true
}

func twoDigits(n int64) string {
	if n < 10 {
		return "0" + strconv.FormatInt(n, 10)
	}
	return strconv.FormatInt(n, 10)
}
