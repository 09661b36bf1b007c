package doc

import "testing"

// What a spreadsheet would run is marked, blanks before it or not; anything else
// stays as it is.
func TestBlanksDoNotHideAFormula(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "  =HYPERLINK(1)": "'  =HYPERLINK(1)", "\u00a0@x": "'\u00a0@x", "-5": "'-5", "\tx": "'\tx",
		"": "", "  ": "  ", "Huber": "Huber", " Huber": " Huber", "a=b": "a=b",
	} {
		if got := harmless(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
