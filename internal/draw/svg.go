package draw

import (
	"fmt"
	"html"
	"strconv"
	"strings"
)

// An SVG is a picture for a page. Colours are classes: fill-brand, line-rule.
type SVG struct {
	b    strings.Builder
	W, H float64
}

// Picture draws a chart as SVG of a width. label says what it shows, for those
// who can't see it. class is a class of the picture, or "".
func Picture(c Chart, width float64, label, class string) string {
	s := &SVG{W: width, H: c.Height(width)}
	c.Draw(s, 0, 0, width)
	return s.Markup(label, class)
}

// Markup is the picture as markup.
func (s *SVG) Markup(label, class string) string {
	return `<svg class="` + strings.TrimSpace("drawing "+class) + `" viewBox="0 0 ` + num(s.W) + " " + num(s.H) + `" role="img" aria-label="` + html.EscapeString(label) + `">` + s.b.String() + "</svg>"
}

// num writes a length with two decimals at most.
func num(x float64) string {
	text := strconv.FormatFloat(x, 'f', 2, 64)
	text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	if text == "-0" {
		return "0"
	}
	return text
}

// Rect draws a rectangle; w and h may be negative.
func (s *SVG) Rect(x, y, w, h float64, fill Ink) {
	if w < 0 {
		x, w = x+w, -w
	}
	if h < 0 {
		y, h = y+h, -h
	}
	fmt.Fprintf(&s.b, `<rect x="%s" y="%s" width="%s" height="%s" class="fill-%s"/>`, num(x), num(y), num(w), num(h), fill)
}

// Line draws a line.
func (s *SVG) Line(x1, y1, x2, y2, width float64, ink Ink) {
	fmt.Fprintf(&s.b, `<path d="M%s %sL%s %s" stroke-width="%s" class="line-%s"/>`, num(x1), num(y1), num(x2), num(y2), num(width), ink)
}

// Dot draws a filled circle.
func (s *SVG) Dot(x, y, r float64, fill Ink) {
	fmt.Fprintf(&s.b, `<circle cx="%s" cy="%s" r="%s" class="fill-%s"/>`, num(x), num(y), num(r), fill)
}

// Text writes a text.
func (s *SVG) Text(x, y float64, text string, t Type) {
	more := ""
	if t.Anchor != Start {
		more = ` text-anchor="` + [...]string{"start", "middle", "end"}[t.Anchor] + `"`
	}
	if t.Bold {
		more += ` font-weight="700"`
	}
	fmt.Fprintf(&s.b, `<text x="%s" y="%s" font-size="%s" class="fill-%s"%s>%s</text>`, num(x), num(y), num(t.Size), t.Ink, more, html.EscapeString(text))
}

// wider is how much wider than Helvetica the typeface of a reader may be: that of
// DejaVu Sans, the widest that systems come with.
const wider = 1.16

// Width is about how wide a text will be, in whatever typeface the reader has.
func (s *SVG) Width(text string, size float64, bold bool) float64 {
	return helvetica(text, size, bold) * wider
}

// onPaper are the colours of a picture that stands alone, by ink.
var onPaper = map[Ink]string{
	Text: "#18181b", Muted: "#52525b", Rule: "#d4d4d8", Brand: "#0a5cc2", Soft: "#dbe7f6", Good: "#15803d", Bad: "#b91c1c", Paper: "#ffffff", Warm: "#b4620a",
}

// File draws a chart as an SVG file that needs no page: colours are in it, and the
// title stands above.
func File(c Chart, width float64, title string) string {
	const head, edge = 30, 16
	s := &SVG{W: width + 2*edge, H: c.Height(width) + head + 2*edge}
	s.Rect(0, 0, s.W, s.H, Paper)
	s.Text(edge, edge+12, title, Type{Size: 13, Bold: true, Ink: Text})
	c.Draw(s, edge, edge+head, width)
	var style strings.Builder
	for _, ink := range Inks {
		fmt.Fprintf(&style, ".fill-%s{fill:%s}.line-%s{stroke:%s}", ink, onPaper[ink], ink, onPaper[ink])
	}
	return `<svg xmlns="http://www.w3.org/2000/svg" width="` + num(s.W) + `" height="` + num(s.H) + `" viewBox="0 0 ` + num(s.W) + " " + num(s.H) +
		`" font-family="Helvetica, Arial, sans-serif" role="img" aria-label="` + html.EscapeString(title) + `"><style>` + style.String() + "</style>" + s.b.String() + "</svg>\n"
}
