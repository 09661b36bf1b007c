package capture

import (
	"cmp"
	"slices"

	"quid/account"
)

// How well a word names a customer, the best first.
const (
	exactly = iota // a whole word of the name, or the number
	closely        // the beginning of a word, or one that sounds alike
	nearly         // with a typing error
	nowhere
)

// A match is who can be meant by some words of a line in a row.
type match struct {
	list     []uint32
	from, to int // words
	how      int
	said     int // words of the name that were written exactly
}

// before are words that stand before a name and say nothing.
var before = set("bei beim fuer an von vom mit zu zum zur kunde kundin kunden kd firma fa herr hr frau fr for at with to by from customer mr mrs ms nr no")

// aimed are those of them after which the customer stands.
var aimed = set("bei beim fuer kunde kundin firma fa for at customer")

// within are words that a name may have although nobody writes them so.
var within = set("und and u the der die das")

func set(words string) map[string]bool {
	s := make(map[string]bool)
	for _, w := range parts(words) {
		s[w] = true
	}
	return s
}

// Limits of the search: a customer stands near the front of what isn't
// understood otherwise.
const (
	mostStarts = 12 // words that may begin a name
	mostNear   = 4  // of them, those that are looked for with errors
)

// customer finds who is meant. Words that seem to be of a type are not looked for
// with errors.
func (b *Book) customer(words []word) (match, bool) {
	if b.Names == nil || b.Names.Len() == 0 {
		return match{}, false
	}
	var first *match
	starts := 0
	for i := range words {
		w := &words[i]
		if w.used || len(w.parts) == 0 || before[w.text] {
			continue
		}
		if starts++; starts > mostStarts {
			break
		}
		errors := first == nil && starts <= mostNear && !b.Kinds.seems(w)
		m, ok := b.Names.match(words, i, errors)
		switch {
		case !ok:
		case m.how == exactly && (first == nil || i > 0 && aimed[words[i-1].text] && !words[i-1].used):
			return m, true // nothing before it is as good, or it is said to be the customer
		case first == nil:
			first = &m
		case m.how == exactly:
			first.list = slices.Concat(m.list, first.list) // either: it is asked
			return *first, true
		}
	}
	if first == nil {
		return match{}, false
	}
	return *first, true
}

// match finds who is called by the word at i and those after it.
func (n *Names) match(words []word, i int, errors bool) (match, bool) {
	m := match{from: i, to: i + 1}
	m.list, m.how = n.called(words[i].parts, errors)
	if m.how == nowhere {
		return m, false
	}
	if m.how == exactly {
		m.said = len(words[i].parts)
	}
	errors = len(m.list) > 1 // to tell them apart, one word may be wrong
	for j := i + 1; j < len(words) && !words[j].used; j++ {
		w := &words[j]
		if len(w.parts) == 0 || within[w.text] && j+1 < len(words) {
			continue // it belongs to the name if what follows does
		}
		list, said := n.narrow(m.list, w.parts)
		if len(list) == 0 && errors && len(m.list) > 1 && len(w.parts) == 1 {
			same, near := n.words.like(w.parts[0])
			if list, errors = both(m.list, union(same, near)), false; len(list) > 0 {
				m.how = closely
			}
		}
		if len(list) == 0 {
			break
		}
		m.list, m.to = list, j+1
		m.said += said
	}
	return m, true
}

// called returns who has all these words in the name, or the number.
func (n *Names) called(parts []string, errors bool) ([]uint32, int) {
	list := n.all(parts, n.words.exact)
	if key := numberKey(join(parts)); hasDigit(key) {
		list = union(n.number.exact(key), list)
	}
	if len(list) > 0 {
		return list, exactly
	}
	if len(parts) == 1 && digits(parts[0]) {
		return nil, nowhere // a number is right or wrong
	}
	var near []uint32
	list = n.all(parts, func(w string) []uint32 {
		found := union(n.words.exact(w), n.words.begin(w))
		if errors {
			same, wrong := n.words.like(w)
			found, near = union(found, same), wrong
		}
		return found
	})
	switch {
	case len(list) > 0:
		return list, closely
	case len(parts) == 1 && len(near) > 0:
		return near, nearly
	}
	return nil, nowhere
}

// all returns who has every part, as find says.
func (n *Names) all(parts []string, find func(string) []uint32) []uint32 {
	var list []uint32
	for i, w := range parts {
		found := find(w)
		if i == 0 {
			list = found
		} else {
			list = both(list, found)
		}
		if len(list) == 0 {
			return nil
		}
	}
	return list
}

// narrow returns those of a list whom another word fits as well, and how many
// words of the name it is. One customer alone is not told apart any further: only
// whole words of the name belong to it.
func (n *Names) narrow(list []uint32, parts []string) (left []uint32, said int) {
	if left = both(list, n.all(parts, n.words.exact)); len(left) > 0 {
		return left, len(parts)
	}
	for _, found := range [][]uint32{n.all(parts, n.cities.exact), n.number.exact(join(parts))} {
		if left = both(list, found); len(left) > 0 {
			return left, 0
		}
	}
	if len(list) == 1 {
		return nil, 0
	}
	if left = both(list, n.all(parts, n.words.begin)); len(left) > 0 {
		return left, 0
	}
	return both(list, n.all(parts, n.cities.begin)), 0
}

func join(parts []string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	var b []byte
	for _, p := range parts {
		b = append(b, p...)
	}
	return string(b)
}

func hasDigit(s string) bool {
	return slices.ContainsFunc([]byte(s), func(c byte) bool { return '0' <= c && c <= '9' })
}

// decide takes a match into the line: one customer, or a question. A name that
// was written whole is the one that is meant, whoever else has these words too. A
// doubtful one is asked about even if nobody else can be meant.
func (l *Line) decide(n *Names, m match, text string, doubt bool) {
	list := tidyKeep(m.list)
	if len(list) > 1 && m.how == exactly && m.said > 0 {
		whole := slices.DeleteFunc(slices.Clone(list), func(i uint32) bool { return int(n.length[i]) != m.said })
		if len(whole) == 1 {
			list = whole
		}
	}
	if len(list) == 1 && !doubt {
		l.Customer = n.ids[list[0]]
		return
	}
	slices.SortStableFunc(list, func(a, b uint32) int { return cmp.Compare(n.length[a], n.length[b]) })
	a := Ask{As: Customer, Text: text, More: max(0, len(list)-mostChoices)}
	for _, i := range list[:min(len(list), mostChoices)] {
		a.Choices = append(a.Choices, int64(n.ids[i]))
	}
	l.Asks = append(l.Asks, a)
}

// tidyKeep leaves each customer once, in the order given.
func tidyKeep(list []uint32) []uint32 {
	seen := make(map[uint32]bool, len(list))
	var out []uint32
	for _, i := range list {
		if !seen[i] {
			seen[i] = true
			out = append(out, i)
		}
	}
	return out
}

// Find returns who is called by a text, all of it: one customer, or those to
// choose from, the likeliest first, and how many more there are.
func (n *Names) Find(text string) (choices []account.CustomerID, more int) {
	words := cut(text)
	i := slices.IndexFunc(words, func(w word) bool { return len(w.parts) > 0 })
	if i < 0 || len(n.ids) == 0 {
		return nil, 0
	}
	m, ok := n.match(words, i, true)
	for j := m.to; ok && j < len(words); j++ {
		ok = len(words[j].parts) == 0
	}
	if !ok {
		return nil, 0
	}
	var l Line
	l.decide(n, m, text, false)
	if l.Customer != 0 {
		return []account.CustomerID{l.Customer}, 0
	}
	for _, c := range l.Asks[0].Choices {
		choices = append(choices, account.CustomerID(c))
	}
	return choices, l.Asks[0].More
}
