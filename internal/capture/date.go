package capture

import (
	"strconv"
	"strings"

	"quid/day"
)

var daysAgo = map[string]int{"heute": 0, "today": 0, "gestern": 1, "yesterday": 1, "vorgestern": 2}

// weekdays by name, Monday is 0.
var weekdays = map[string]int{
	"montag": 0, "mon": 0, "monday": 0, "dienstag": 1, "tue": 1, "tues": 1, "tuesday": 1, "mittwoch": 2, "wed": 2, "wednesday": 2,
	"donnerstag": 3, "thu": 3, "thur": 3, "thurs": 3, "thursday": 3, "freitag": 4, "fri": 4, "friday": 4, "samstag": 5, "sonnabend": 5, "saturday": 5, "sonntag": 6, "sunday": 6,
}

// shortDays are weekdays that are other words as well: they count only where no
// other background is beside them.
var shortDays = map[string]int{"mo": 0, "di": 1, "mi": 2, "do": 3, "fr": 4, "sa": 5, "so": 6, "sat": 5, "sun": 6}

var months = map[string]int{
	"januar": 1, "jaenner": 1, "january": 1, "jan": 1, "februar": 2, "february": 2, "feb": 2, "maerz": 3, "march": 3, "mrz": 3, "april": 4, "apr": 4, "mai": 5, "may": 5,
	"juni": 6, "june": 6, "jun": 6, "juli": 7, "july": 7, "jul": 7, "august": 8, "aug": 8, "september": 9, "sep": 9, "sept": 9, "oktober": 10, "october": 10, "okt": 10, "oct": 10,
	"november": 11, "nov": 11, "dezember": 12, "december": 12, "dez": 12, "dec": 12,
}

var lastWords = set("letzten letzter letzte letztem vergangenen last vorigen")

// weekdayOf is the weekday of a day, Monday is 0. The first day of 1900 was one.
func weekdayOf(d day.Day) int { return ((d.Sub(day.Min) % 7) + 7) % 7 }

// lastDay is the last such weekday up to and including d.
func lastDay(d day.Day, weekday int) day.Day { return d.Add(-((weekdayOf(d) - weekday + 7) % 7)) }

// date reads the day that the words from i on say, and where it ends; several
// days if it can be read in two ways.
func date(words []word, i int, today day.Day) ([]day.Day, int) {
	w := &words[i]
	if w.used || len(w.parts) == 0 {
		return nil, i
	}
	if n, ok := daysAgo[w.text]; ok {
		return []day.Day{today.Add(-n)}, i + 1
	}
	if n, ok := weekdays[w.text]; ok {
		return []day.Day{lastDay(today, n)}, i + 1
	}
	if lastWords[w.text] && i+1 < len(words) && !words[i+1].used {
		n, ok := weekdays[words[i+1].text]
		if !ok {
			n, ok = shortDays[words[i+1].text]
		}
		if ok {
			return []day.Day{lastDay(today.Add(-1), n)}, i + 2
		}
	}
	if d, to := ago(words, i, today); to > i {
		return []day.Day{d}, to
	}
	if d, to := named(words, i, today); d != 0 {
		return []day.Day{d}, to
	}
	if days := figures(w, today); len(days) > 0 {
		return days, i + 1
	}
	return nil, i
}

// ago reads "vor 3 tagen", "3 days ago" and "vor einer woche".
func ago(words []word, i int, today day.Day) (day.Day, int) {
	at := i
	if words[i].text == "vor" {
		at++
	}
	if at+1 >= len(words) || words[at].used || words[at+1].used {
		return 0, i
	}
	n, ok := numerals[words[at].text]
	if m, good := number(words[at].text); good {
		n, ok = int64(m/1000), true
	}
	if !ok || n%1000 != 0 || n < 1000 || n > 400_000 {
		return 0, i
	}
	length := 0
	switch words[at+1].text {
	case "tag", "tage", "tagen", "day", "days":
		length = 1
	case "woche", "wochen", "week", "weeks":
		length = 7
	}
	to := at + 2
	if words[i].text != "vor" {
		if to >= len(words) || words[to].text != "ago" {
			return 0, i
		}
		to++
	}
	if length == 0 {
		return 0, i
	}
	return today.Add(-int(n/1000) * length), to
}

// named reads "3. november 2025", "nov 3".
func named(words []word, i int, today day.Day) (day.Day, int) {
	if i+1 >= len(words) || words[i+1].used {
		return 0, i
	}
	a, b := &words[i], &words[i+1]
	dayText, month := a.text, months[b.text]
	if month == 0 {
		dayText, month = b.text, months[a.text]
	}
	if dayText = strings.TrimSuffix(strings.TrimSuffix(dayText, "rd"), "th"); month == 0 || !digits(dayText) || len(dayText) > 2 {
		return 0, i
	}
	n, _ := strconv.Atoi(dayText)
	if i+2 < len(words) && !words[i+2].used && len(words[i+2].text) == 4 && digits(words[i+2].text) {
		y, _ := strconv.Atoi(words[i+2].text)
		if d := day.Of(y, month, n); d != 0 {
			return d, i + 3
		}
	}
	return inYear(month, n, today), i + 2
}

// inYear is the last such day of a year up to today.
func inYear(month, n int, today day.Day) day.Day {
	for y := today.Year(); y > today.Year()-5; y-- { // the 29th of February
		if d := day.Of(y, month, n); d != 0 && d <= today {
			return d
		}
	}
	return 0
}

// figures reads 2026-11-03, 3.11., 03.11, 3.11.25 and 3/11/2026. Without a year,
// 3.11 is a day only if its month has two digits: 2.5 is a number.
func figures(w *word, today day.Day) []day.Day {
	if d, err := day.Parse(w.text); err == nil && len(w.text) == 10 {
		return []day.Day{d}
	}
	text, sign := w.text, "."
	if strings.Contains(text, "/") {
		sign = "/"
	}
	list := strings.Split(text, sign)
	if len(list) < 2 || len(list) > 3 {
		return nil
	}
	var n [3]int
	for k, s := range list {
		if !digits(s) || len(s) > 2 && (k < 2 || len(s) != 4) {
			return nil
		}
		n[k], _ = strconv.Atoi(s)
	}
	if len(list) == 2 {
		if d := inYear(n[1], n[0], today); d != 0 && sign == "." && (w.dot || len(list[1]) == 2) {
			return []day.Day{d}
		}
		return nil
	}
	year := n[2]
	if len(list[2]) < 3 {
		year += today.Year() / 100 * 100
	}
	first := day.Of(year, n[1], n[0])
	if sign == "." {
		if first == 0 {
			return nil
		}
		return []day.Day{first}
	}
	var days []day.Day // 3/11 is November in London and March in New York
	for _, d := range []day.Day{first, day.Of(year, n[0], n[1])} {
		if d != 0 && (len(days) == 0 || days[0] != d) {
			days = append(days, d)
		}
	}
	return days
}
