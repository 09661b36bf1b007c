package web

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// Whoever is found by looking at every text is found through the trigrams, and
// nobody else, whatever bytes are in text and word.
func TestTrigramsFindWhatLookingFinds(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(6, 1))
	letters := []byte("abz09 -.\xc3\xa4\xf0")
	texts := make([][]byte, 40_000)
	for i := range texts {
		for range rng.IntN(12) {
			texts[i] = append(texts[i], letters[rng.IntN(len(letters))])
		}
	}
	index := newTrigrams(len(texts), func(i int) []byte { return texts[i] }, nil)
	for range 300 {
		text := texts[rng.IntN(len(texts))]
		if len(text) < 3 {
			continue
		}
		from := rng.IntN(len(text) - 2)
		word := text[from : from+3+rng.IntN(len(text)-from-2)]
		if bytes.ContainsRune(word, ' ') {
			continue
		}
		holds := func(i int) bool { return bytes.Contains(texts[i], word) }
		want := choose(len(texts), nil, holds)
		may, sure := index.find(len(texts), word)
		got := choose(len(texts), may, holds)
		if fmt.Sprint(got) != fmt.Sprint(want) || sure && fmt.Sprint(may) != fmt.Sprint(want) {
			t.Fatalf("%q: %d found, %d possible (sure %v); looking finds %d", word, got.n, may.n, sure, want.n)
		}
	}
}

func TestASetIsThoseWhoMatch(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 63, 64, 65, piece - 1, piece, piece + 1, 3*piece + 5} {
		threes := choose(n, nil, func(i int) bool { return i%3 == 0 })
		both := threes.and(choose(n, nil, func(i int) bool { return i%2 == 0 }))
		sixes := choose(n, threes, func(i int) bool { return i%2 == 0 })
		if want := (n + 5) / 6; both.n != want || sixes.n != want || fmt.Sprint(both) != fmt.Sprint(sixes) {
			t.Errorf("of %d, %d and %d are multiples of six, want %d", n, both.n, sixes.n, want)
		}
		for i := range n {
			if both.has(i) != (i%6 == 0) {
				t.Errorf("of %d, %d: %v", n, i, both.has(i))
			}
		}
	}
}
