package intake

import "testing"

// The mark of our own export is taken off again, blanks behind it or not.
func TestTheMarkOfAnExportComesOff(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"'=1+1": "=1+1", "'  =1+1": "=1+1", "'-5": "-5", "'s Gravenhage": "'s Gravenhage", "'": "'", "' x": "' x",
	} {
		if got := clean(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
