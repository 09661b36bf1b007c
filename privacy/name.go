package privacy

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An Identity is by what a person is recognised in what people write.
type Identity struct {
	First, Last string // of a contact; Last alone is the name of a person who is the customer
	Mails       []string
	Phones      []string
	More        []string // whatever else only this person has: ids, a street
}

// Terms find a person in free text.
type Terms struct {
	strong *regexp.Regexp // what only this person has: safe to replace anywhere; nil for nothing
	weak   *regexp.Regexp // the surname by itself: only in texts of the person's own customer
}

// shortest is how long a name or a number must be to be looked for by itself.
const (
	shortestName  = 3
	shortestPhone = 6
)

// Terms returns what finds the identity. Letters are found in either case and with
// their marks written out, names in either order, numbers with any marks between.
func (id Identity) Terms() Terms {
	var strong, weak []string
	add := func(list *[]string, pattern string) {
		if pattern != "" && !slices.Contains(*list, pattern) {
			*list = append(*list, pattern)
		}
	}
	first, last := words(id.First), words(id.Last)
	switch {
	case len(first) > 0 && len(last) > 0:
		add(&strong, spelled(append(slices.Clone(first), last...)))
		add(&strong, spelled(append(slices.Clone(last), first...)))
		add(&strong, spelled(append([]string{initial(first[0])}, last...)))
		add(&weak, named(last))
	case len(last) > 1:
		add(&strong, spelled(last))
		add(&strong, spelled(append([]string{last[len(last)-1]}, last[:len(last)-1]...)))
		add(&weak, named(last[len(last)-1:]))
	default:
		add(&weak, named(last))
	}
	for _, m := range append(slices.Clone(id.Mails), id.More...) {
		if m = strings.TrimSpace(m); utf8.RuneCountInString(m) >= shortestName {
			add(&strong, spelled(words(m)))
		}
	}
	for _, p := range id.Phones {
		add(&strong, number(p))
	}
	return Terms{compiled(strong), compiled(weak)}
}

func compiled(patterns []string) *regexp.Regexp {
	if len(patterns) == 0 {
		return nil
	}
	slices.SortFunc(patterns, func(a, b string) int { return len(b) - len(a) })
	return regexp.MustCompile(`(?i)(?:` + strings.Join(patterns, "|") + `)`)
}

func words(s string) []string { return strings.Fields(s) }

func named(ws []string) string {
	if utf8.RuneCountInString(strings.Join(ws, " ")) < shortestName {
		return ""
	}
	return spelled(ws)
}

func initial(word string) string {
	r, _ := utf8.DecodeRuneInString(word)
	return string(r)
}

// umlauts are how letters with marks are written by those who lack them.
var umlauts = map[rune]string{'ä': "ae", 'ö': "oe", 'ü': "ue", 'ß': "ss"}

// spelled is the pattern of words, however their letters are encoded and with what
// stands between them in lists, addresses and file names.
func spelled(ws []string) string {
	parts := make([]string, 0, len(ws))
	for _, w := range ws {
		var b strings.Builder
		rest := []rune(strings.ToLower(w))
		for i := 0; i < len(rest); i++ {
			r := rest[i]
			if i+1 < len(rest) {
				if u := markedBy(string(rest[i : i+2])); u != 0 {
					b.WriteString("(?:" + string(rest[i:i+2]) + "|" + string(u) + "|" + decomposed(u) + ")")
					i++
					continue
				}
			}
			if two, ok := umlauts[r]; ok {
				b.WriteString("(?:" + string(r) + "|" + two + "|" + decomposed(r) + ")")
				continue
			}
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
		parts = append(parts, b.String())
	}
	return strings.Join(parts, `[\s,.;_+%-]+`)
}

func markedBy(two string) rune {
	for r, w := range umlauts {
		if w == two {
			return r
		}
	}
	return 0
}

func decomposed(r rune) string {
	switch r {
	case 'ä':
		return "a\u0308"
	case 'ö':
		return "o\u0308"
	case 'ü':
		return "u\u0308"
	}
	return string(r)
}

// number is the pattern of a telephone number: its digits from the area code on,
// with any marks between.
func number(phone string) string {
	var ds []rune
	for _, r := range phone {
		if r >= '0' && r <= '9' {
			ds = append(ds, r)
		}
	}
	text := strings.TrimLeft(string(ds), "0")
	if strings.HasPrefix(strings.TrimSpace(phone), "+") || strings.HasPrefix(string(ds), "00") {
		text = strings.TrimLeft(strings.TrimPrefix(text, "49"), "0")
	}
	if len(text) < shortestPhone {
		return ""
	}
	return strings.Join(strings.Split(text, ""), `[\s/().\-]*`)
}

// In says whether the text names the person; own is whether it is of the person's
// own customer, where the surname alone means them.
func (t Terms) In(text string, own bool) bool {
	return len(t.found(text, own)) > 0
}

// Scrub replaces what names the person.
func (t Terms) Scrub(text string, own bool, by string) string {
	at := t.found(text, own)
	if len(at) == 0 {
		return text
	}
	var b strings.Builder
	end := 0
	for _, m := range at {
		b.WriteString(text[end:m[0]])
		b.WriteString(by)
		end = m[1]
	}
	return b.String() + text[end:]
}

// found are the places that name the person, as whole words.
func (t Terms) found(text string, own bool) [][2]int {
	var out [][2]int
	take := func(re *regexp.Regexp) {
		if re == nil {
			return
		}
		for from := 0; from < len(text); {
			m := re.FindStringIndex(text[from:])
			if m == nil {
				return
			}
			a, z := from+m[0], from+m[1]
			if whole(text, a, z) && !slices.ContainsFunc(out, func(o [2]int) bool { return a < o[1] && o[0] < z }) {
				out = append(out, [2]int{a, z})
				from = z
				continue
			}
			_, n := utf8.DecodeRuneInString(text[a:])
			from = a + max(n, 1)
		}
	}
	take(t.strong)
	if own {
		take(t.weak)
	}
	slices.SortFunc(out, func(a, b [2]int) int { return a[0] - b[0] })
	return out
}

// whole says whether no letter stands before or after; a digit may stand before
// one: a number with its country in front.
func whole(text string, a, z int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:a])
	after, _ := utf8.DecodeRuneInString(text[z:])
	first, _ := utf8.DecodeRuneInString(text[a:])
	last, _ := utf8.DecodeLastRuneInString(text[:z])
	if unicode.IsLetter(first) && (unicode.IsLetter(before) || unicode.IsDigit(before)) {
		return false
	}
	if unicode.IsLetter(last) && (unicode.IsLetter(after) || unicode.IsDigit(after) || unicode.Is(unicode.Mn, after)) {
		return false
	}
	return !unicode.IsDigit(last) || !unicode.IsDigit(after)
}
