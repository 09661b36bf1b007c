package draw

import "strings"

// widths are the advance widths of the printable ASCII characters in thousandths
// of the size: those of Helvetica (Adobe Core 14 AFM), which Liberation Sans and
// Arial share. Other letters are taken for as wide as an "n".
var widths = [...]uint16{
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, // space to /
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, // 0 to ?
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, // @ to O
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, // P to _
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, // ` to o
	556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, // p to ~
}

// helvetica is how wide a text is in Helvetica.
func helvetica(text string, size float64, bold bool) float64 {
	sum := 0.0
	for _, r := range text {
		switch {
		case r >= ' ' && int(r-' ') < len(widths):
			sum += float64(widths[r-' '])
		case r == '\u00a0' || r == '\u202f':
			sum += 278
		default:
			sum += 556
		}
	}
	if bold {
		sum *= 1.07
	}
	return sum * size / 1000
}

// fit shortens a text to a width, with an ellipsis where something is left out.
func fit(s Surface, text string, size, width float64, bold bool) string {
	if s.Width(text, size, bold) <= width {
		return text
	}
	runes := []rune(text)
	for n := len(runes) - 1; n > 0; n-- {
		if short := strings.TrimRight(string(runes[:n]), " -,") + "…"; s.Width(short, size, bold) <= width {
			return short
		}
	}
	return "…"
}
