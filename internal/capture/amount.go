package capture

import (
	"strings"

	"quid/money"
)

// minute is one minute, and hour one hour, in micro units of a minute.
const (
	minute = money.One
	hour   = 60 * minute
)

// mostMinutes is the longest that a line can say: what is longer is no duration.
const mostMinutes = 10_000 * hour

var (
	minuteWords = set("m min mins minute minuten minutes")
	hourWords   = set("h hr hrs std stdn stunde stunden hour hours")
	pieceWords  = set("stk stck stueck stuecke pcs pc piece pieces mal times x")
	// peopleWords are people of ours: what they spent together is counted.
	peopleWords = set("leute leuten mann personen person pers kollegen kolleginnen techniker monteure mitarbeiter people persons colleagues technicians engineers")
	guestWords  = set("teilnehmer teilnehmern teilnehmerinnen gaeste gaesten besucher tn participants attendees guests")
	together    = map[string]int{"zweit": 2, "dritt": 3, "viert": 4, "fuenft": 5, "sechst": 6}
)

// numerals are numbers as words, in thousandths.
var numerals = map[string]int64{
	"ein": 1000, "eine": 1000, "einer": 1000, "einen": 1000, "eins": 1000, "zwei": 2000, "drei": 3000, "vier": 4000, "fuenf": 5000, "sechs": 6000, "sieben": 7000, "acht": 8000,
	"neun": 9000, "zehn": 10000, "fuenfzehn": 15000, "zwanzig": 20000, "dreissig": 30000, "vierzig": 40000, "fuenfundvierzig": 45000, "neunzig": 90000,
	"a": 1000, "an": 1000, "one": 1000, "two": 2000, "three": 3000, "four": 4000, "five": 5000, "six": 6000, "seven": 7000, "eight": 8000, "nine": 9000, "ten": 10000,
	"fifteen": 15000, "twenty": 20000, "thirty": 30000, "forty": 40000, "ninety": 90000,
	"halbe": 500, "halben": 500, "half": 500, "viertel": 250, "quarter": 250, "dreiviertel": 750, "anderthalb": 1500, "eineinhalb": 1500, "zweieinhalb": 2500, "dreieinhalb": 3500,
}

// spoken are durations in one word.
var spoken = map[string]money.Micro{
	"viertelstunde": 15 * minute, "halbstunde": 30 * minute, "halbestunde": 30 * minute, "dreiviertelstunde": 45 * minute, "stunde": hour, "stuendchen": hour,
	"hour": hour, "halfhour": 30 * minute,
}

// number reads 2, 1,5 or 1.5, with at most six digits before and three behind.
func number(s string) (money.Micro, bool) {
	var half money.Micro
	for sign, part := range map[string]money.Micro{"½": 500_000, "¼": 250_000, "¾": 750_000} {
		if before, ok := strings.CutSuffix(s, sign); ok {
			s, half = before, part
		}
	}
	if s == "" && half > 0 {
		return half, true
	}
	whole, rest, found := strings.Cut(strings.Replace(s, ",", ".", 1), ".")
	if !digits(whole) || len(whole) > 6 || found && (!digits(rest) || len(rest) > 3) || found && half > 0 {
		return 0, false
	}
	m, err := money.ParseMicro(strings.Replace(s, ",", ".", 1))
	return m + half, err == nil
}

// split parts a text into the number in front and what follows it.
func split(s string) (number, rest string) {
	i := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && !strings.ContainsRune(".,½¼¾", r) })
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i:]
}

// scale is how many minutes are in a unit, 0 if it is none of time.
func scale(unit string) money.Micro {
	switch {
	case minuteWords[unit]:
		return minute
	case hourWords[unit]:
		return hour
	}
	return 0
}

// times multiplies a number by a unit of time.
func times(n, unit money.Micro) money.Micro { return n * (unit / money.One) }

// written reads a duration in one word: 20m, 1,5h, 1h30, 1h30m, 1:30, 1:30h.
func written(s string) (money.Micro, bool) {
	if h, m, ok := strings.Cut(s, ":"); ok {
		m, unit := split(m)
		if !digits(h) || len(h) > 1 && (unit == "" || len(h) > 3) || len(m) != 2 || !digits(m) || m > "59" || unit != "" && !hourWords[unit] {
			return 0, false // 14:30 is a time of day
		}
		hours, _ := number(h)
		minutes, _ := number(m)
		return times(hours, hour) + times(minutes, minute), true
	}
	first, unit := split(s)
	n, ok := number(first)
	if !ok || unit == "" {
		return 0, false
	}
	if u := scale(unit); u > 0 {
		return times(n, u), true
	}
	i := strings.IndexFunc(unit, func(r rune) bool { return '0' <= r && r <= '9' })
	if i < 0 || !hourWords[unit[:i]] {
		return 0, false
	}
	second, tail := split(unit[i:])
	m, ok := number(second)
	if !ok || !digits(second) || len(second) > 2 || tail != "" && !minuteWords[tail] {
		return 0, false
	}
	return times(n, hour) + times(m, minute), true
}

// amount is a number as digits or a word.
func amount(w *word) (money.Micro, bool) {
	if m, ok := numerals[w.text]; ok {
		return money.Micro(m) * 1000, true
	}
	return number(w.text)
}

// duration reads the duration that the words from i on say, and where it ends.
func duration(words []word, i int) (money.Micro, int) {
	d, to := single(words, i)
	if d == 0 || d%hour != 0 {
		return d, to
	}
	next := to // an hour may be followed by minutes: 1h 30m, 1 stunde und 30 minuten
	if next < len(words) && (words[next].text == "und" || words[next].text == "and") {
		next++
	}
	if more, end := single(words, next); more > 0 && more < hour {
		return d + more, end
	}
	return d, to
}

func single(words []word, i int) (money.Micro, int) {
	if i >= len(words) || words[i].used {
		return 0, i
	}
	w := &words[i]
	if d, ok := written(w.text); ok && d > 0 {
		return sane(d), i + 1
	}
	if d, ok := spoken[strings.ReplaceAll(w.text, "-", "")]; ok && !hourWords[w.text] {
		return d, i + 1
	}
	n, ok := amount(w)
	if !ok || n == 0 || i+1 == len(words) {
		return 0, i
	}
	next := i + 1
	if n == money.One && !digits(w.text) { // eine halbe stunde, a quarter of an hour, eine viertelstunde
		if d, to := single(words, next); to > next && d < hour && !digitsIn(&words[next]) {
			return d, to
		}
	}
	for n < money.One && next+1 < len(words) && (words[next].text == "of" || words[next].text == "an" || words[next].text == "a") {
		next++ // half an hour
	}
	if words[next].used {
		return 0, i
	}
	if u := scale(words[next].text); u > 0 && !(len(words[next].text) == 1 && !digitsIn(w)) {
		return sane(times(n, u)), next + 1
	}
	return 0, i
}

func digitsIn(w *word) bool { return hasDigit(w.text) || strings.ContainsAny(w.text, "½¼¾") }

func sane(d money.Micro) money.Micro {
	if d > mostMinutes {
		return 0
	}
	return d
}

// people reads "2 leute", "zu zweit" and "12 teilnehmer" from the words at i.
func people(words []word, i int) (ours, guests, to int) {
	if i+1 >= len(words) || words[i].used || words[i+1].used {
		return 0, 0, i
	}
	if words[i].text == "zu" {
		return together[words[i+1].text], 0, i + 2
	}
	n, ok := amount(&words[i])
	if !ok || n%money.One != 0 || n < money.One || n > 99*money.One {
		return 0, 0, i
	}
	switch {
	case peopleWords[words[i+1].text]:
		return int(n / money.One), 0, i + 2
	case guestWords[words[i+1].text]:
		return 0, int(n / money.One), i + 2
	}
	return 0, 0, i
}

// count reads a quantity such as "3 stück", "3x" or "x3".
func count(words []word, i int) (money.Micro, int) {
	w := &words[i]
	if w.used {
		return 0, i
	}
	first, unit := split(w.text)
	if n, ok := number(first); ok && pieceWords[unit] {
		return n, i + 1
	}
	if rest, ok := strings.CutPrefix(w.text, "x"); ok && digits(rest) {
		n, _ := number(rest)
		return n, i + 1
	}
	if n, ok := amount(w); ok && i+1 < len(words) && !words[i+1].used && pieceWords[words[i+1].text] {
		return n, i + 2
	}
	return 0, i
}

// Duration reads a text that is a duration and nothing else; a number alone is
// minutes.
func Duration(text string) (money.Micro, bool) {
	words := cut(text)
	if len(words) == 0 {
		return 0, false
	}
	if d, to := duration(words, 0); d > 0 && to == len(words) {
		return d, true
	}
	n, ok := number(words[0].text)
	return n, ok && n > 0 && len(words) == 1 && n <= mostMinutes
}
