// Package draw draws charts for pages and for paper with the same calls: a
// chart knows rectangles, lines, dots and texts only, and a [Surface] puts them
// somewhere. [SVG] is the surface of a page, package doc has that of a PDF.
//
// Every chart shows zero: a bar that is cut above it lies. What rests on an
// estimate is hatched. Lengths are points, as in a PDF; in an SVG they are units
// of its own, and it is drawn as wide as its place.
//
// Colours are names, an [Ink]: a page gives them by its style sheet, so that the
// same picture is light or dark, paper by its palette.
//
// What does not live here: figures and words; whoever asks for a chart brings
// them as they are to be read.
package draw

// An Ink is a colour by what it is for.
type Ink string

// The inks.
const (
	Text  Ink = "text"
	Muted Ink = "muted"
	Rule  Ink = "rule"  // lines behind figures
	Brand Ink = "brand" // the company's colour
	Soft  Ink = "soft"  // the same, pale
	Good  Ink = "good"
	Bad   Ink = "bad"
	Paper Ink = "paper" // what is drawn on
	Warm  Ink = "warm"  // what a customer gets
)

// Inks are all inks, for surfaces that need a colour for each.
var Inks = []Ink{Text, Muted, Rule, Brand, Soft, Good, Bad, Paper, Warm}

// An Anchor says which end of a text stands at its place.
type Anchor int8

// The anchors.
const (
	Start Anchor = iota
	Middle
	End
)

// A Type is how a text is set.
type Type struct {
	Size   float64
	Bold   bool
	Ink    Ink
	Anchor Anchor
}

// A Surface is something to draw on. y grows downwards; a text stands on y.
type Surface interface {
	Rect(x, y, w, h float64, fill Ink)
	Line(x1, y1, x2, y2, width float64, ink Ink)
	Dot(x, y, r float64, fill Ink)
	Text(x, y float64, text string, t Type)
	Width(text string, size float64, bold bool) float64 // about how wide a text will be, rather more
}

// A Chart is a picture that fits into any width.
type Chart interface {
	Height(width float64) float64
	Draw(s Surface, x, y, width float64)
}

// hatch fills a rectangle with slanted lines: what it shows is estimated.
func hatch(s Surface, x, y, w, h float64, ink Ink) {
	const gap, thick = 3.2, 0.9
	if w < 0 {
		x, w = x+w, -w
	}
	if h < 0 {
		y, h = y+h, -h
	}
	if w == 0 || h == 0 {
		return
	}
	// Lines x + y = c through the rectangle, from corner to corner.
	for c := gap / 2; c < w+h; c += gap {
		s.Line(x+max(0, c-h), y+min(c, h), x+min(c, w), y+max(0, c-w), thick, ink)
	}
	for _, l := range [][4]float64{{x, y, x + w, y}, {x, y + h, x + w, y + h}, {x, y, x, y + h}, {x + w, y, x + w, y + h}} {
		s.Line(l[0], l[1], l[2], l[3], thick/2, ink)
	}
}

// bar draws a bar from a to b along one axis, the last part of it hatched.
func bar(s Surface, x, y, w, h, estimated float64, along bool, ink Ink) {
	if along { // w may be negative; the estimated part is its far end
		s.Rect(x, y, w-estimated, h, ink)
		hatch(s, x+w-estimated, y, estimated, h, ink)
		return
	}
	s.Rect(x, y, w, h-estimated, ink)
	hatch(s, x, y+h-estimated, w, estimated, ink)
}
