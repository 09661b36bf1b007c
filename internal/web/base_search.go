package web

import "encoding/binary"

// Trigrams say which customers' texts contain three letters in a row, so that a
// search among a million customers looks at those that can be meant. A list of
// customers is kept as the gaps between them, some 50 bytes a customer in all.
type trigrams struct {
	ends  []uint32 // of the lists, by trigram
	bytes []byte
}

// classes is how many kinds of bytes there are: letters and digits have one of
// their own; of the others several share one.
const classes = 64

// exact says how many classes stand for one byte.
const exact = 36

var classOf = func() (of [256]uint8) {
	for b := range of {
		switch {
		case b >= 'a' && b <= 'z':
			of[b] = uint8(b - 'a')
		case b >= '0' && b <= '9':
			of[b] = uint8(b - '0' + 26)
		default:
			of[b] = uint8(exact + b%(classes-exact))
		}
	}
	return of
}()

// eachTrigram calls f for every three bytes in a row that hold no blank: no word
// that is searched for has one.
func eachTrigram(text []byte, f func(k uint32)) {
	for i := 0; i+2 < len(text); i++ {
		a, b, c := text[i], text[i+1], text[i+2]
		if a != ' ' && b != ' ' && c != ' ' {
			f((uint32(classOf[a])*classes+uint32(classOf[b]))*classes + uint32(classOf[c]))
		}
	}
}

// newTrigrams reads the texts of n customers twice: for the lengths of the lists,
// and for the lists. It calls pause now and then, which may be nil.
func newTrigrams(n int, text func(i int) []byte, pause func()) *trigrams {
	const kinds = classes * classes * classes
	t := &trigrams{ends: make([]uint32, kinds)}
	read := func(put func(k uint32, gap uint64)) {
		next := make([]int32, kinds) // the customer after the last one of the list
		for i := range n {
			if pause != nil && i%512 == 0 {
				pause()
			}
			eachTrigram(text(i), func(k uint32) {
				if next[k] <= int32(i) {
					put(k, uint64(int32(i)-next[k]))
					next[k] = int32(i) + 1
				}
			})
		}
	}
	var gap [binary.MaxVarintLen64]byte
	read(func(k uint32, d uint64) { t.ends[k] += uint32(binary.PutUvarint(gap[:], d)) })
	at := uint32(0)
	for k, size := range t.ends {
		t.ends[k] = at // where the list begins, and after it is written where it ends
		at += size
	}
	t.bytes = make([]byte, at)
	read(func(k uint32, d uint64) { t.ends[k] += uint32(binary.PutUvarint(t.bytes[t.ends[k]:], d)) })
	return t
}

// list returns the gaps of a trigram.
func (t *trigrams) list(k uint32) []byte {
	if k == 0 {
		return t.bytes[:t.ends[0]]
	}
	return t.bytes[t.ends[k-1]:t.ends[k]]
}

// find returns the customers, of n, whose texts may contain a word of at least
// three bytes, and whether all of them do. It goes by the rarest trigram.
func (t *trigrams) find(n int, word []byte) (found *set, sure bool) {
	var rarest []byte
	sure = len(word) == 3
	first := true
	eachTrigram(word, func(k uint32) {
		if l := t.list(k); first || len(l) < len(rarest) {
			rarest, first = l, false
		}
		sure = sure && k%classes < exact && k/classes%classes < exact && k/classes/classes < exact
	})
	found = &set{bits: make([]uint64, (n+63)/64)}
	for i := 0; len(rarest) > 0; i++ {
		gap, size := binary.Uvarint(rarest)
		i, rarest = i+int(gap), rarest[size:]
		found.bits[i>>6] |= 1 << (i & 63)
		found.n++
	}
	return found, sure
}
