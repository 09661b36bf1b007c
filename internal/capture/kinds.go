package capture

import (
	"cmp"
	"slices"
	"strings"

	"quid/crm"
	"quid/service"
)

// synonyms are words for the shipped types beside those that stand with them in
// the catalogue, by code.
var synonyms = map[string]string{
	"research":           "rueckfrage nachforschung ersatzteilsuche innendiensthilfe inside sales lookup",
	"tips":               "tip hinweis hinweise ratschlag anwendungstechnik fachberatung technical advice information",
	"training":           "training trainings lehrgang kurse unterweisung webinar fortbildung seminars schulungen class classroom",
	"market-information": "marktinformationen marktbericht marktdaten branchenreport newsletter online-dienst market info report reports",
	"order-changes":      "aenderungen auftragsaenderungen umplanung terminverschiebung liefertermin umdisposition order change reschedule changes",
	"commissioning":      "inbetriebnahmen einrichtung montagehilfe erstinbetriebnahme start-up setup go-live",
	"hotline":            "telefon anruf telefonat stoerungen probleme fehler helpdesk supportfall telefonsupport call phone help problems fault",
	"optimising":         "optimierungen remote-wartung anlagenoptimierung prozessoptimierung optimieren optimizing optimise optimize optimisation",
	"market-research":    "marktstudie kundenbefragung befragung market research surveys",
	"joint-development":  "mitentwicklung co-development codevelopment lead user joint development",
}

// common are words of names of types that name none.
var common = set("und and mit with der die das des den dem the of by durch fuer for an a ein eine bei in im use help hilfe service services dienst leistung joint gemeinsame gemeinsamer product produkt online anlage plant user")

// Kinds knows the service types by code, name and other words.
type Kinds struct {
	types []service.Type
	first map[string][]phrase // by the first word
	weak  map[string][]int    // types that have the word in their name
	near  []nearWord          // words that name a type alone, for typing errors
}

// A phrase is some words in a row that name a type.
type phrase struct {
	rest []string
	kind int
}

type nearWord struct {
	text  string
	sound []byte
	mask  uint64
	kind  int
}

// NewKinds reads the catalogue. Types that are not offered any more are left out.
func NewKinds(types []service.Type) *Kinds {
	k := &Kinds{first: make(map[string][]phrase), weak: make(map[string][]int)}
	for _, t := range types {
		if t.Retired {
			continue
		}
		at := len(k.types)
		k.types = append(k.types, t)
		for _, text := range []string{t.Code, t.NameDE, t.NameEN} {
			list := parts(crm.Fold(text))
			k.add(list, at)
			for _, w := range list {
				if len(list) > 1 && len(w) > 3 && !common[w] && !slices.Contains(k.weak[w], at) {
					k.weak[w] = append(k.weak[w], at)
				}
			}
		}
		for _, w := range strings.Fields(crm.Fold(t.Words) + " " + synonyms[t.Code]) {
			k.add(parts(w), at)
		}
	}
	return k
}

// add makes a phrase name a type.
func (k *Kinds) add(list []string, kind int) {
	if len(list) == 0 || len(list) == 1 && common[list[0]] {
		return
	}
	p := phrase{rest: list[1:], kind: kind}
	for _, other := range k.first[list[0]] {
		if other.kind == kind && slices.Equal(other.rest, p.rest) {
			return
		}
	}
	k.first[list[0]] = append(k.first[list[0]], p)
	if len(list) == 1 && len(list[0]) > 3 {
		s := sound(make([]byte, 0, maxSound), list[0])
		k.near = append(k.near, nearWord{list[0], s, mask(s), kind})
	}
}

// A hit is what types some words in a row name.
type hit struct {
	from, to int
	kinds    []int
	near     bool
}

// at returns the types that the words from i on name exactly: the longest phrase.
func (k *Kinds) at(words []word, i int) (hit, bool) {
	var best hit
	w := &words[i]
	if w.used || len(w.parts) == 0 {
		return best, false
	}
	for _, p := range k.first[w.parts[0]] {
		to, ok := follows(words, i, p.rest)
		switch {
		case !ok || to < best.to:
		case to > best.to:
			best = hit{from: i, to: to, kinds: []int{p.kind}}
		case !slices.Contains(best.kinds, p.kind):
			best.kinds = append(best.kinds, p.kind)
		}
	}
	return best, best.to > 0
}

// follows says whether the rest of a phrase follows on the first part of word i,
// and which word comes after it. A phrase ends with a word.
func follows(words []word, i int, rest []string) (to int, ok bool) {
	at := 1
	for {
		for at < len(words[i].parts) && len(rest) > 0 && words[i].parts[at] == rest[0] {
			at, rest = at+1, rest[1:]
		}
		if at < len(words[i].parts) {
			return 0, false
		}
		if len(rest) == 0 {
			return i + 1, true
		}
		if i++; i == len(words) || words[i].used || len(words[i].parts) == 0 {
			return 0, false
		}
		at = 0
		if words[i].parts[0] != rest[0] {
			return 0, false
		}
	}
}

// weakly returns the types in whose names the word at i stands, told apart by
// those that follow it.
func (k *Kinds) weakly(words []word, i int) (hit, bool) {
	h := hit{from: i, to: i + 1}
	for j := i; j < len(words) && !words[j].used; j++ {
		var list []int
		if len(words[j].parts) == 1 {
			list = k.weak[words[j].parts[0]]
		}
		if j > i {
			list = slices.DeleteFunc(slices.Clone(h.kinds), func(x int) bool { return !slices.Contains(list, x) })
		}
		if len(list) == 0 {
			break
		}
		h.kinds, h.to = list, j+1
	}
	return h, len(h.kinds) > 0
}

// nearly returns the types that the word at i is the beginning of a name of, or
// that it names with typing errors: only words of five letters and more.
func (k *Kinds) nearly(words []word, i int) (hit, bool) {
	w := &words[i]
	if w.used || len(w.parts) != 1 || len(w.parts[0]) < 4 || hasDigit(w.parts[0]) {
		return hit{}, false
	}
	text := w.parts[0]
	var begins, wrong []int
	var b [maxSound]byte
	s := sound(b[:], text)
	m := mask(s)
	least := 0
	if len(text) > 4 {
		least = slips(len(text))
	}
	for _, n := range k.near {
		if strings.HasPrefix(n.text, text) && !slices.Contains(begins, n.kind) {
			begins = append(begins, n.kind)
		}
		if apart(m, n.mask, least) {
			continue
		}
		switch d := distance(s, n.sound, least); {
		case d < least:
			least, wrong = d, []int{n.kind}
		case d == least && !slices.Contains(wrong, n.kind):
			wrong = append(wrong, n.kind)
		}
	}
	if len(begins) > 0 {
		return hit{i, i + 1, begins, true}, true
	}
	return hit{i, i + 1, wrong, true}, len(wrong) > 0
}

// seems says whether a word can be meant to be of a type.
func (k *Kinds) seems(w *word) bool {
	if k == nil {
		return false
	}
	one := []word{*w}
	if _, ok := k.weakly(one, 0); ok {
		return true
	}
	_, ok := k.nearly(one, 0)
	return ok
}

// exact returns every place where a type is named exactly, from the left.
func (k *Kinds) exact(words []word) []hit {
	var hits []hit
	for i := 0; i < len(words); {
		if h, ok := k.at(words, i); ok {
			hits = append(hits, h)
			i = h.to
			continue
		}
		i++
	}
	return hits
}

// loosely returns the first place where a type is named by a word of its name, or
// with errors.
func (k *Kinds) loosely(words []word) (hit, bool) {
	for i := range words {
		if h, ok := k.weakly(words, i); ok && !words[i].used {
			return h, true
		}
	}
	for i := range words {
		if h, ok := k.nearly(words, i); ok {
			return h, true
		}
	}
	return hit{}, false
}

// choose takes what was named into the line: one type, or a question. A type that
// is sold is said to be so, if nothing else can be meant.
func (l *Line) choose(k *Kinds, kinds []int, text string) {
	free := slices.DeleteFunc(slices.Clone(kinds), func(i int) bool { return k.types[i].Sold })
	switch {
	case len(free) == 0:
		l.Sold = k.types[kinds[0]].ID
	case len(free) == 1:
		l.Type = k.types[free[0]].ID
	default:
		slices.SortFunc(free, func(a, b int) int { return cmp.Compare(k.types[a].Code, k.types[b].Code) })
		a := Ask{As: Type, Text: text, More: max(0, len(free)-mostChoices)}
		for _, i := range free[:min(len(free), mostChoices)] {
			a.Choices = append(a.Choices, k.types[i].ID)
		}
		l.Asks = append(l.Asks, a)
	}
}

// among says whether a type is one of these.
func (k *Kinds) among(kinds []int, id int64) bool {
	return slices.ContainsFunc(kinds, func(i int) bool { return k.types[i].ID == id })
}

// unit returns the unit of a type, "" if there is none.
func (k *Kinds) unit(id int64) service.Unit {
	if k != nil {
		for i := range k.types {
			if k.types[i].ID == id {
				return k.types[i].Unit
			}
		}
	}
	return ""
}
