package service

import (
	"slices"
	"strings"
	"unicode"

	"quid/crm"
)

// A Finder finds the services of a catalogue by words that other systems have for
// them: the activities, tasks, tags and projects of a time sheet, the subject of
// a call.
type Finder struct {
	types map[int64]Type
	kept  map[string]int64   // folded word → what somebody said that it means, 0 for no free service
	known map[string][]int64 // folded code, name or word → the services called so
}

// A Finding is what words turned out to mean.
type Finding struct {
	Type  Type   // where Known
	Known bool   // one service, and it can be booked
	None  bool   // somebody said that this is no free service
	Sold  bool   // Type is a paid service
	Word  string // the word that decided, or the first that left it open
	May   []Type // what an open word may mean, where it is more than one
}

// NewFinder returns a finder of the types that are offered. kept are words whose
// meaning somebody said, folded, with the type's id or 0 for no free service.
func NewFinder(types []Type, kept map[string]int64) *Finder {
	f := &Finder{types: make(map[int64]Type, len(types)), kept: kept, known: make(map[string][]int64)}
	for _, t := range types {
		if t.Retired {
			continue
		}
		f.types[t.ID] = t
		for _, name := range append([]string{t.Code, t.NameDE, t.NameEN}, strings.Fields(t.Words)...) {
			if w := crm.Fold(name); w != "" && !slices.Contains(f.known[w], t.ID) {
				f.known[w] = append(f.known[w], t.ID)
			}
		}
	}
	return f
}

// Find says which service the texts mean, the most telling first. A text as a
// whole decides before its parts do, and what somebody said before what the
// catalogue says. What may mean several services is left open, never guessed.
func (f *Finder) Find(texts ...string) Finding {
	open := Finding{}
	for _, text := range texts {
		w := crm.Fold(text)
		if id, ok := f.kept[w]; ok && w != "" {
			if id == 0 {
				return Finding{None: true, Word: text}
			}
			if _, ok := f.types[id]; ok {
				return f.one(id, text)
			}
		}
		if found := f.judge(f.known[w], text, &open); found.Word != "" {
			return found
		}
	}
	for _, text := range texts {
		var ids []int64
		for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' }) {
			for _, id := range f.known[crm.Fold(part)] {
				if !slices.Contains(ids, id) {
					ids = append(ids, id)
				}
			}
		}
		if found := f.judge(ids, text, &open); found.Word != "" {
			return found
		}
	}
	if open.Word == "" && len(texts) > 0 {
		open.Word = texts[0]
	}
	return open
}

// judge settles what one of ids is meant, or notes that it is open.
func (f *Finder) judge(ids []int64, text string, open *Finding) Finding {
	switch {
	case len(ids) == 1:
		return f.one(ids[0], text)
	case len(ids) > 1 && open.Word == "":
		open.Word = text
		for _, id := range ids {
			open.May = append(open.May, f.types[id])
		}
	}
	return Finding{}
}

func (f *Finder) one(id int64, text string) Finding {
	t := f.types[id]
	return Finding{Type: t, Known: !t.Sold, Sold: t.Sold, Word: text}
}
