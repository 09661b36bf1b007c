package capture

import "math/bits"

// Two spellings of a name are near if they sound alike (Meier, Maier, Mayer) or
// differ by a typing error: a letter too many, too few, another, or two that
// changed places (the restricted distance of Damerau and Levenshtein).

// maxSound is how much of a word is compared.
const maxSound = 32

// sound writes into b how a folded word sounds in German, roughly: ai, ay, ey and
// ei are one, y is i, ph is f, th and dt are t, ck is k, a doubled letter is one.
func sound(b []byte, w string) []byte {
	b = b[:0]
	for i := 0; i < len(w) && len(b) < maxSound; i++ {
		c, next := w[i], byte(0)
		if i+1 < len(w) {
			next = w[i+1]
		}
		switch {
		case (c == 'a' || c == 'e') && (next == 'i' || next == 'y'):
			b = append(b, 'e', 'i')
			i++
			continue
		case c == 'y':
			c = 'i'
		case c == 'p' && next == 'h':
			c = 'f'
			i++
		case c == 't' && next == 'h', c == 'd' && next == 't':
			c = 't'
			i++
		case c == 'c' && next == 'k':
			c = 'k'
			i++
		}
		if n := len(b); n > 0 && b[n-1] == c && c > '9' {
			continue
		}
		b = append(b, c)
	}
	return b
}

// mask has a bit for each byte that a word contains. A typing error changes two
// of them at the most.
func mask(w []byte) (m uint64) {
	for _, c := range w {
		switch {
		case 'a' <= c && c <= 'z':
			m |= 1 << (c - 'a')
		case '0' <= c && c <= '9':
			m |= 1 << (26 + c - '0')
		default:
			m |= 1 << (36 + c%28)
		}
	}
	return m
}

// apart says whether words with these masks differ by more than k errors for sure.
func apart(a, b uint64, k int) bool { return bits.OnesCount64(a^b) > 2*k }

// distance counts the typing errors between two words, k+1 if there are more than
// k.
func distance(a, b []byte, k int) int {
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(a)-len(b) > k || len(a) > maxSound {
		return k + 1
	}
	var rows [3][maxSound + 1]uint8
	last, row, next := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		row[j] = uint8(j)
	}
	for i := 1; i <= len(a); i++ {
		next[0] = uint8(i)
		least := next[0]
		for j := 1; j <= len(b); j++ {
			cost := uint8(1)
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, last[j-2]+1)
			}
			next[j] = d
			least = min(least, d)
		}
		if int(least) > k {
			return k + 1
		}
		last, row, next = row, next, last
	}
	return min(int(row[len(b)]), k+1)
}

// slips is how many typing errors a word of a length may have: none if it is
// short, where everything is near to everything.
func slips(length int) int {
	switch {
	case length < 4:
		return 0
	case length < 8:
		return 1
	default:
		return 2
	}
}
