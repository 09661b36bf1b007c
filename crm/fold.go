package crm

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// written holds the letters that become two when written without their mark.
var written = map[rune]string{
	'ä': "ae", 'ö': "oe", 'ü': "ue", 'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "oe", 'å': "aa", 'þ': "th", 'ð': "d", 'ł': "l", 'đ': "d", 'ı': "i",
}

// foldRune writes a letter beyond ASCII in its folded form.
func foldRune(b *strings.Builder, r rune) {
	r = unicode.ToLower(r)
	if s, ok := written[r]; ok {
		b.WriteString(s)
		return
	}
	for _, d := range norm.NFD.String(string(r)) {
		switch s, ok := written[d]; {
		case ok:
			b.WriteString(s)
		case !unicode.Is(unicode.Mn, d):
			b.WriteRune(d)
		}
	}
}
