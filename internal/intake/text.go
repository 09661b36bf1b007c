package intake

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// decoder turns raw lines into UTF-8. No detector of encodings is reliable, so
// each line is taken as what it can be: valid UTF-8 is UTF-8, anything else is
// Windows-1252, so that files glued together from both come out right.
type decoder struct {
	forced string // "" decides line by line

	ascii, utf8, legacy int // lines seen of each

	plain bool // the text handed out last is ASCII
}

// text returns raw as UTF-8.
func (d *decoder) text(raw []byte) string {
	if d.plain = isASCII(raw); d.plain {
		d.ascii++
		return string(raw)
	}
	if d.forced != "windows-1252" {
		if utf8.Valid(raw) {
			d.utf8++
			return string(raw)
		}
		if d.forced != "" {
			d.utf8++
			return strings.ToValidUTF8(string(raw), "\uFFFD")
		}
	}
	d.legacy++
	var b strings.Builder
	b.Grow(len(raw) + len(raw)/8)
	for _, c := range raw {
		b.WriteRune(charmap.Windows1252.DecodeByte(c))
	}
	return b.String()
}

// textOf decodes a record of several physical lines, each on its own.
func (d *decoder) textOf(raw []byte) string {
	var b strings.Builder
	plain := true
	raw = bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	for line := range bytes.Lines(raw) {
		b.WriteString(d.text(line))
		plain = plain && d.plain
	}
	d.plain = plain
	return b.String()
}

// name says what the lines were.
func (d *decoder) name() string {
	switch {
	case d.forced != "":
		return d.forced
	case d.legacy > 0 && d.utf8 > 0:
		return "utf-8 and windows-1252"
	case d.legacy > 0:
		return "windows-1252"
	}
	return "utf-8"
}

func isASCII(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] {
		if binary.LittleEndian.Uint64(b)&0x8080808080808080 != 0 {
			return false
		}
	}
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// clean returns a cell as it is meant: without blanks of any kind around it, in
// composed form (NFC), without the mark our own export sets before a cell that
// a spreadsheet would run, and without Excel's ="..." around numbers kept as text.
func clean(s string) string {
	if isBare(s) {
		return norm.NFC.String(s)
	}
	s = strings.TrimFunc(s, isBlank)
	if bare := strings.TrimLeft(strings.TrimPrefix(s, "'"), " \u00a0"); s != "" && s[0] == '\'' && bare != "" && strings.IndexByte("=+-@\t\r\n", bare[0]) >= 0 {
		s = strings.TrimFunc(s[1:], isBlank)
	}
	if len(s) > 3 && s[0] == '=' && s[1] == '"' && s[len(s)-1] == '"' {
		s = strings.TrimFunc(s[2:len(s)-1], isBlank)
	}
	return norm.NFC.String(s)
}

// isBare reports whether nothing stands around s that clean would take off.
func isBare(s string) bool {
	if s == "" {
		return true
	}
	first, last := s[0], s[len(s)-1]
	return first > ' ' && first < 0x7F && last > ' ' && last < 0x7F && first != '\'' && first != '='
}

// isBlank reports what stands around a value without belonging to it: blanks,
// no-break and zero-width blanks, byte order and direction marks, control
// characters (an old end-of-file mark too).
func isBlank(r rune) bool {
	switch r {
	case 0x00A0, 0x1680, 0x202F, 0x205F, 0x3000, 0xFEFF, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x2060, 0x2066, 0x2067, 0x2068, 0x2069:
		return true
	}
	return r <= ' ' || (r >= 0x7F && r < 0xA0) || (r >= 0x2000 && r <= 0x200A)
}
