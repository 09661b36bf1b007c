package capture

import (
	"slices"
	"strings"

	"quid/account"
	"quid/day"
	"quid/money"
	"quid/service"
)

// Given is what is known before a line is read: what the page it is written on is
// about, or what somebody answered to an [Ask].
type Given struct {
	Customer account.CustomerID
	Type     int64
	Answered bool // it is an answer: what was like it is its name
}

// Parse reads a line that is written on a day. Of what is given the name is taken
// out if it was written, and nobody else is looked for.
func (b *Book) Parse(line string, today day.Day, given Given) Line {
	r := reader{book: b, line: line, words: cut(line), today: today, given: given}
	r.dates()
	r.durations()
	r.people()
	var rivals []hit
	if b.Kinds != nil {
		rivals = r.nameBefore(b.Kinds.exact(r.words))
		r.kind(rivals)
	}
	if r.out.Customer == 0 && !r.out.Asked(Customer) {
		r.customer(rivals)
	}
	if b.Kinds != nil && len(rivals) == 0 {
		if h, ok := b.Kinds.loosely(r.words); ok && (given.Type == 0 || given.Answered && b.Kinds.among(h.kinds, given.Type)) {
			r.take(h.from, h.to, Type, h.near)
			r.choose(h.kinds, r.text(h.from, h.to))
		}
	}
	if given.Customer != 0 {
		r.out.Customer = given.Customer
	}
	if given.Type != 0 {
		r.out.Type = given.Type
	}
	r.counts()
	r.shortDays()
	r.finish()
	return r.out
}

// A reader reads one line.
type reader struct {
	book  *Book
	line  string
	words []word
	today day.Day
	given Given
	out   Line
	days  []day.Day
	times []money.Micro
}

// text is what was written from one word up to another.
func (r *reader) text(from, to int) string {
	return strings.Trim(r.line[r.words[from].from:r.words[to-1].to], " ,;:")
}

// take marks words as understood.
func (r *reader) take(from, to int, as Field, near bool) {
	for i := from; i < to; i++ {
		w := &r.words[i]
		w.used, w.as, w.near = true, as, near
	}
}

// dates reads all days; two that differ are a question.
func (r *reader) dates() {
	for i := range r.words {
		days, to := date(r.words, i, r.today)
		if len(days) == 0 {
			continue
		}
		r.take(i, to, Date, false)
		for _, d := range days {
			if !slices.Contains(r.days, d) {
				r.days = append(r.days, d)
			}
		}
	}
}

// durations reads all durations: "2x 30m" is an hour, two that differ are a
// question.
func (r *reader) durations() {
	for i := range r.words {
		if i > 0 && clock(r.words[i-1].text) && strings.Contains(r.words[i].text, ":") {
			continue
		}
		d, to := duration(r.words, i)
		if d == 0 {
			continue
		}
		r.take(i, to, Time, false)
		if i > 0 {
			first, unit := split(r.words[i-1].text)
			if n, ok := number(first); ok && !r.words[i-1].used && unit == "x" && n%money.One == 0 && n > 0 && d <= mostMinutes/(n/money.One) {
				d *= n / money.One
				r.take(i-1, i, Time, false)
			}
		}
		if !slices.Contains(r.times, d) {
			r.times = append(r.times, d)
		}
	}
	if len(r.times) == 1 {
		r.out.Minutes = r.times[0]
	} else if len(r.times) > 1 {
		r.ask(Time, r.times)
	}
}

// clock is a word after which a time of day stands.
func clock(s string) bool { return s == "um" || s == "ab" || s == "at" || s == "bis" || s == "until" }

// ask puts a question with numbers for answers.
func (r *reader) ask(as Field, choices []money.Micro) {
	a := Ask{As: as, Text: r.written(as), More: max(0, len(choices)-mostChoices)}
	for _, c := range choices[:min(len(choices), mostChoices)] {
		a.Choices = append(a.Choices, int64(c))
	}
	r.out.Asks = append(r.out.Asks, a)
}

// written is all that was understood as a field.
func (r *reader) written(as Field) string {
	var list []string
	for i := range r.words {
		if w := &r.words[i]; w.used && w.as == as {
			list = append(list, r.text(i, i+1))
		}
	}
	return strings.Join(list, " ")
}

func (r *reader) people() {
	for i := range r.words {
		ours, guests, to := people(r.words, i)
		if ours+guests == 0 || ours > 0 && r.out.People > 0 || guests > 0 && r.out.Guests > 0 {
			continue
		}
		r.out.People, r.out.Guests = r.out.People+ours, r.out.Guests+guests
		r.take(i, to, People, false)
	}
}

// kind takes the types that were named exactly. The first counts; one that
// follows before any background is a rival, and it is asked which.
func (r *reader) kind(hits []hit) {
	if r.given.Type != 0 {
		hits = slices.DeleteFunc(slices.Clone(hits), func(h hit) bool { return !r.book.Kinds.among(h.kinds, r.given.Type) })
		hits = hits[:min(1, len(hits))]
	}
	if len(hits) == 0 {
		return
	}
	kinds := hits[0].kinds
	last := hits[0]
	r.take(last.from, last.to, Type, false)
	for _, h := range hits[1:] {
		if !r.plain(last.to, h.from) {
			break
		}
		if same := intersect(kinds, h.kinds); len(same) > 0 {
			kinds = same
		} else {
			kinds = append(slices.Clone(kinds), h.kinds...)
		}
		r.take(h.from, h.to, Type, false)
		last = h
	}
	r.choose(kinds, r.written(Type))
}

// choose takes what was named into the line, unless it was given.
func (r *reader) choose(kinds []int, text string) {
	if r.given.Type == 0 {
		r.out.choose(r.book.Kinds, kinds, text)
	}
}

// nameBefore takes a customer whose name has a word of a type in it, such as
// Müller Technik or Hotline Süd, if the line begins with more than that word and
// names a type elsewhere. It returns the types that are left.
func (r *reader) nameBefore(hits []hit) []hit {
	i := slices.IndexFunc(r.words, func(w word) bool { return !w.used && len(w.parts) > 0 && !before[w.text] })
	if i < 0 || len(hits) < 2 || r.book.Names == nil {
		return hits
	}
	m, ok := r.book.Names.match(r.words, i, false)
	left := slices.DeleteFunc(slices.Clone(hits), func(h hit) bool { return h.from < m.to && h.to > m.from })
	if !ok || m.how != exactly || m.to == i+1 || len(left) == 0 || len(left) == len(hits) {
		return hits
	}
	r.takeCustomer(m)
	return left
}

// plain says whether all words of a stretch were understood.
func (r *reader) plain(from, to int) bool {
	for i := from; i < to; i++ {
		if !r.words[i].used && len(r.words[i].parts) > 0 {
			return false
		}
	}
	return true
}

func intersect(a, b []int) []int {
	var out []int
	for _, x := range a {
		if slices.Contains(b, x) {
			out = append(out, x)
		}
	}
	return out
}

// customer takes the customer. Where nobody is found and the line begins with a
// word of a type that is also a customer's name, it is the customer, if another
// word names a type.
func (r *reader) customer(hits []hit) {
	m, ok := r.book.customer(r.words)
	if !ok && len(hits) > 1 && r.book.Names != nil {
		first := hits[0]
		list, how := r.book.Names.called(r.words[first.from].parts, false)
		if how == exactly {
			for i := range r.words {
				if r.words[i].as == Type {
					r.words[i].used, r.words[i].as = false, Background
				}
			}
			r.out.Type, r.out.Sold = 0, 0
			r.out.Asks = slices.DeleteFunc(r.out.Asks, func(a Ask) bool { return a.As == Type })
			r.kind(hits[1:])
			m, ok = match{list: list, from: first.from, to: first.from + 1, how: how, said: len(r.words[first.from].parts)}, true
		}
	}
	if ok {
		r.takeCustomer(m)
	}
}

// takeCustomer takes the words of a customer's name with what stands before it. A
// word that is only like a name is doubtful after something else: it may well be
// the background.
func (r *reader) takeCustomer(m match) {
	if r.given.Customer != 0 {
		if at, ok := slices.BinarySearch(r.book.Names.ids, r.given.Customer); !ok || !slices.Contains(m.list, uint32(at)) || m.how != exactly && !r.given.Answered {
			return
		}
	}
	left := 0
	for i := range r.words {
		if !r.words[i].used && (i < m.from || i >= m.to) && len(r.words[i].parts) > 0 {
			left++
		}
	}
	doubt := m.how != exactly && m.from > 0 && left > 0 && !aimed[r.words[m.from-1].text]
	r.take(m.from, m.to, Customer, m.how != exactly)
	if r.given.Customer == 0 {
		r.out.decide(r.book.Names, m, r.text(m.from, m.to), doubt)
	}
	for i := m.from - 1; i >= 0 && !r.words[i].used && before[r.words[i].text]; i-- {
		r.take(i, i+1, Customer, false)
	}
}

// counts reads quantities: with their unit, or a number alone beside the type or
// the customer, or at the end of the line.
func (r *reader) counts() {
	unit := service.Unit("")
	if r.book.Kinds != nil {
		unit = r.book.Kinds.unit(r.out.Type)
	}
	for i := range r.words {
		n, to := count(r.words, i)
		if n > 0 && to > i && r.out.Count == 0 && unit != service.Minutes && unit != service.Hours {
			r.out.Count = n
			r.take(i, to, Count, false)
		}
	}
	if r.out.Count > 0 || len(r.times) > 0 || unit == "" || unit == service.Flat {
		return
	}
	for i := range r.words {
		n, ok := number(r.words[i].text)
		if !ok || n == 0 || r.words[i].used || r.words[i].dot {
			continue
		}
		beside := i > 0 && r.words[i-1].used && (r.words[i-1].as == Type || r.words[i-1].as == Customer)
		if !beside && i+1 < len(r.words) {
			continue
		}
		switch unit {
		case service.Minutes:
			r.out.Minutes = n
		case service.Hours:
			r.out.Minutes = times(n, hour)
		default:
			r.out.Count = n
		}
		as := Time
		if unit == service.Pieces {
			as = Count
		}
		r.take(i, i+1, as, false)
		return
	}
}

// shortDays reads weekdays of two letters where no background is beside them.
func (r *reader) shortDays() {
	for i := range r.words {
		w := &r.words[i]
		n, ok := shortDays[w.text]
		if !ok || w.used || i > 0 && !r.words[i-1].used || i+1 < len(r.words) && !r.words[i+1].used {
			continue
		}
		r.take(i, i+1, Date, false)
		if d := lastDay(r.today, n); !slices.Contains(r.days, d) {
			r.days = append(r.days, d)
		}
	}
	switch len(r.days) {
	case 0:
	case 1:
		r.out.Day = r.days[0]
	default:
		choices := make([]money.Micro, len(r.days))
		for i, d := range r.days {
			choices[i] = money.Micro(d)
		}
		r.ask(Date, choices)
	}
}

// finish makes the tokens, neighbours of one kind as one, and the background of
// what is left over.
func (r *reader) finish() {
	var left []string
	for i := range r.words {
		w := &r.words[i]
		if !w.used {
			left = append(left, r.line[w.from:w.to])
		}
		if n := len(r.out.Tokens); n > 0 && r.out.Tokens[n-1].As == w.as {
			last := &r.out.Tokens[n-1]
			last.To, last.Near = w.to, last.Near || w.near
			continue
		}
		r.out.Tokens = append(r.out.Tokens, Token{From: w.from, To: w.to, As: w.as, Near: w.near})
	}
	end := 0
	if n := len(r.words); n > 0 {
		end = r.words[n-1].to
	}
	if rest := strings.TrimSpace(r.line[end:]); rest != "" {
		left = append(left, rest)
		r.out.Tokens = append(r.out.Tokens, Token{From: end + strings.Index(r.line[end:], rest), To: end + strings.Index(r.line[end:], rest) + len(rest)})
	}
	r.out.Background = strings.Trim(strings.Join(left, " "), " ,;:–-")
}
