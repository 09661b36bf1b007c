package capture

import (
	"iter"
	"slices"
	"sort"
	"strings"

	"quid/account"
	"quid/crm"
)

// A Name is what a customer is called by.
type Name struct {
	ID     account.CustomerID
	Folded string // the name, folded by crm.Fold
	Number string // at its owner's, or ""
	City   string
}

// Names finds customers by what they are called: whole words, beginnings of words
// and words spelled differently, numbers, and the city to tell namesakes apart.
// It has some 60 bytes a customer. It is never changed, so that many may ask it
// at once.
type Names struct {
	ids    []account.CustomerID
	words  lexicon // of the names
	cities lexicon
	number lexicon // without the signs in them
	length []uint8 // of the names in words: some are all said by one
}

// NewNames reads the customers, by id, and calls pause now and then, which may be nil.
func NewNames(all iter.Seq[Name], pause func()) *Names {
	n := new(Names)
	var words, cities, numbers gather
	for name := range all {
		i := uint32(len(n.ids))
		if pause != nil && i%512 == 0 {
			pause()
		}
		n.ids = append(n.ids, name.ID)
		list := parts(name.Folded)
		for _, w := range list {
			words.add(w, i)
		}
		n.length = append(n.length, uint8(min(len(list), 255)))
		for _, w := range parts(crm.Fold(name.City)) {
			cities.add(w, i)
		}
		if key := numberKey(crm.Fold(name.Number)); key != "" {
			numbers.add(key, i)
		}
	}
	n.words, n.cities, n.number = words.lexicon(pause), cities.lexicon(pause), numbers.lexicon(pause)
	return n
}

// Len is how many customers there are.
func (n *Names) Len() int { return len(n.ids) }

// numberKey is a number without the signs in it: K-10 023 is k10023.
func numberKey(folded string) string { return strings.Join(parts(folded), "") }

// A gather collects words and who has them.
type gather struct {
	at    map[string]uint32
	texts []string
	pairs []uint64 // word, customer
}

func (g *gather) add(w string, customer uint32) {
	if g.at == nil {
		g.at = make(map[string]uint32)
	}
	k, ok := g.at[w]
	if !ok {
		k = uint32(len(g.texts))
		w = strings.Clone(w)
		g.at[w] = k
		g.texts = append(g.texts, w)
	}
	g.pairs = append(g.pairs, uint64(k)<<32|uint64(customer))
}

// A lexicon holds words in their order, how each sounds, and who has it.
type lexicon struct {
	words  []string
	masks  []uint64 // of how they sound
	ends   []uint32 // of the lists
	owners []uint32
}

func (g *gather) lexicon(pause func()) lexicon {
	g.at = nil // not needed any more
	order := make([]uint32, len(g.texts))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return strings.Compare(g.texts[a], g.texts[b]) })
	place := make([]uint32, len(order))
	l := lexicon{words: make([]string, len(order)), masks: make([]uint64, len(order)), ends: make([]uint32, len(order)), owners: make([]uint32, 0, len(g.pairs))}
	var b [maxSound]byte
	for at, k := range order {
		if pause != nil && at%512 == 0 {
			pause()
		}
		place[k] = uint32(at)
		l.words[at] = g.texts[k]
		l.masks[at] = mask(sound(b[:], g.texts[k]))
	}
	for i, p := range g.pairs {
		g.pairs[i] = uint64(place[p>>32])<<32 | p&(1<<32-1)
	}
	slices.Sort(g.pairs)
	for _, p := range slices.Compact(g.pairs) {
		l.owners = append(l.owners, uint32(p))
		l.ends[p>>32] = uint32(len(l.owners))
	}
	return l
}

// list returns who has word k.
func (l *lexicon) list(k int) []uint32 {
	if k == 0 {
		return l.owners[:l.ends[0]]
	}
	return l.owners[l.ends[k-1]:l.ends[k]]
}

// exact returns who has a word.
func (l *lexicon) exact(w string) []uint32 {
	if k, ok := sort.Find(len(l.words), func(k int) int { return strings.Compare(w, l.words[k]) }); ok {
		return l.list(k)
	}
	return nil
}

// mostWordsOf is how many different words a beginning or a sound may have; with
// more nobody could choose.
const mostWordsOf = 400

// begin returns who has a word that begins so.
func (l *lexicon) begin(w string) []uint32 {
	if len(w) < 3 {
		return nil
	}
	var all []uint32
	first := sort.SearchStrings(l.words, w)
	for k := first; k < len(l.words) && k < first+mostWordsOf && strings.HasPrefix(l.words[k], w); k++ {
		all = append(all, l.list(k)...)
	}
	return tidy(all)
}

// like returns who has a word that sounds like w, and who has one with as few
// typing errors as there are.
func (l *lexicon) like(w string) (same, near []uint32) {
	k := slips(len(w))
	if k == 0 {
		return nil, nil
	}
	var a, b [maxSound]byte
	asked := sound(a[:], w)
	m := mask(asked)
	least := k
	for i, other := range l.masks {
		if apart(m, other, least) {
			continue
		}
		if n := len(l.words[i]) - len(w); n > least+3 || -n > least+3 {
			continue // a sound takes two letters for one, three times at the most in a name
		}
		switch d := distance(asked, sound(b[:], l.words[i]), least); {
		case d == 0:
			same = append(same, l.list(i)...)
		case d < least:
			least, near = d, slices.Clone(l.list(i))
		case d == least:
			near = append(near, l.list(i)...)
		}
	}
	return tidy(same), tidy(near)
}

// tidy sorts customers and leaves each once.
func tidy(list []uint32) []uint32 {
	slices.Sort(list)
	return slices.Compact(list)
}

// both returns who is in two sorted lists.
func both(a, b []uint32) []uint32 {
	var out []uint32
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case a[0] > b[0]:
			b = b[1:]
		default:
			out = append(out, a[0])
			a, b = a[1:], b[1:]
		}
	}
	return out
}

// union returns who is in one of two sorted lists.
func union(a, b []uint32) []uint32 {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	}
	return tidy(slices.Concat(a, b))
}
