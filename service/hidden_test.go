package service

import (
	"maps"
	"testing"
)

// Hidden is what takes much time and is not seen: few minutes, few answers or
// customers who noticed it are no such thing.
func TestWhatIsHidden(t *testing.T) {
	t.Parallel()
	minutes := map[int64]int64{1: 1000, 2: 900, 3: 800, 4: 10, 5: 0}
	opinions := map[int64]Opinions{
		1: {Asked: 5, Noticed: 2, Unnoticed: 3},
		2: {Asked: 4, Noticed: 4, Helped: 1, Unhelped: 2},
		3: {Asked: 2, Unnoticed: 2},
		4: {Asked: 9, Unnoticed: 9},
		5: {Asked: 9, Unnoticed: 9},
	}
	if got, want := Hidden(minutes, opinions), map[int64]bool{1: true, 2: true}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := Hidden(nil, opinions); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
	seen := map[int64]Opinions{1: {Asked: 6, Noticed: 3, Unnoticed: 3, Helped: 2, Unhelped: 2}}
	if got := Hidden(minutes, seen); len(got) != 0 {
		t.Errorf("half of them is not most: %v", got)
	}
}
