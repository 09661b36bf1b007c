package doc

import (
	"bytes"
	"image"
	_ "image/jpeg" // logos
	_ "image/png"  // logos

	"codeberg.org/go-pdf/fpdf"

	"quid/internal/draw"
)

// logoSize is the room a logo has at most.
const logoWide, logoHigh = 150.0, 40.0

// Masthead writes the head of the first page: the logo, a title and what it is
// about.
func (p *PDF) Masthead(title, sub string) {
	p.y = 46
	p.logo()
	p.Rect(margin, p.y, 28, 3, draw.Brand)
	p.y += 14
	room := Room
	if len(p.sheet.Logo) > 0 {
		room -= logoWide + 12
	}
	for _, l := range p.lines(title, 20, room, true) {
		p.write(margin, p.y+16, l, draw.Type{Size: 20, Bold: true, Ink: draw.Text})
		p.y += 25
	}
	for _, l := range p.lines(sub, 9, room, false) {
		p.write(margin, p.y+8, l, draw.Type{Size: 9, Ink: draw.Muted})
		p.y += 13
	}
	p.y += 10
	if len(p.sheet.Logo) > 0 {
		p.y = max(p.y, 46+logoHigh+12)
	}
}

// logo draws the logo at the right of the head, within its room.
func (p *PDF) logo() {
	if len(p.sheet.Logo) == 0 {
		return
	}
	conf, kind, err := image.DecodeConfig(bytes.NewReader(p.sheet.Logo))
	if err != nil || conf.Width < 1 || conf.Height < 1 {
		return
	}
	scale := min(logoWide/float64(conf.Width), logoHigh/float64(conf.Height))
	w, h := float64(conf.Width)*scale, float64(conf.Height)*scale
	o := fpdf.ImageOptions{ImageType: kind}
	p.f.RegisterImageOptionsReader("logo", o, bytes.NewReader(p.sheet.Logo))
	p.f.ImageOptions("logo", margin+Room-w, p.y, w, h, false, o, 0, "")
}

// Heading begins a section; it stays with what follows.
func (p *PDF) Heading(text string) {
	p.need(84)
	p.y += 8
	p.write(margin, p.y+10, text, draw.Type{Size: 12, Bold: true, Ink: draw.Brand})
	p.y += 20
}

// Paragraph writes a text over the width.
func (p *PDF) Paragraph(text string) { p.paragraph(text, margin, Room, draw.Text, 9) }

// Small writes a text in small and pale letters.
func (p *PDF) Small(text string) { p.paragraph(text, margin, Room, draw.Muted, 7.5) }

func (p *PDF) paragraph(text string, x, width float64, ink draw.Ink, size float64) {
	for _, l := range p.lines(text, size, width, false) {
		p.need(size * 1.45)
		p.write(x, p.y+size, l, draw.Type{Size: size, Ink: ink})
		p.y += size * 1.45
	}
	p.y += 4
}

// Points writes texts as a list; lead, where it isn't "", stands before in bold.
func (p *PDF) Points(points []Point) {
	const size, in = 9.0, 12.0
	for _, pt := range points {
		p.need(size * 1.45 * 2)
		p.Dot(margin+3, p.y+size-3, 1.6, draw.Brand)
		if pt.Lead != "" {
			for _, l := range p.lines(pt.Lead, size, Room-in, true) {
				p.write(margin+in, p.y+size, l, draw.Type{Size: size, Bold: true, Ink: draw.Text})
				p.y += size * 1.45
			}
		}
		if pt.Text != "" {
			p.paragraph(pt.Text, margin+in, Room-in, draw.Text, size)
		}
		p.y += 1
	}
	p.y += 4
}

// A Point is one of a list.
type Point struct{ Lead, Text string }

// A Tile is one number that matters.
type Tile struct {
	Label, Value, Note string
	Bad                bool
}

// Tiles writes numbers side by side, as many rows as it takes.
func (p *PDF) Tiles(tiles []Tile) {
	const gap, high = 10.0, 52.0
	for len(tiles) > 0 {
		n := min(4, len(tiles))
		if len(tiles) == 5 || len(tiles) == 6 {
			n = 3
		}
		p.need(high + gap)
		w := (Room - gap*float64(n-1)) / float64(n)
		for i, t := range tiles[:n] {
			p.tile(t, margin+float64(i)*(w+gap), w, high)
		}
		p.y += high + gap
		tiles = tiles[n:]
	}
	p.y += 2
}

func (p *PDF) tile(t Tile, x, w, h float64) {
	p.Rect(x, p.y, w, h, draw.Soft)
	p.write(x+10, p.y+14, p.short(t.Label, 7.5, w-16, false), draw.Type{Size: 7.5, Ink: draw.Muted})
	ink := draw.Text
	if t.Bad {
		ink = draw.Bad
	}
	size := 14.0
	for size > 8 && p.width(t.Value, size, true) > w-16 {
		size--
	}
	p.write(x+10, p.y+31, t.Value, draw.Type{Size: size, Bold: true, Ink: ink})
	p.write(x+10, p.y+44, p.short(t.Note, 7, w-16, false), draw.Type{Size: 7, Ink: draw.Muted})
}

// short leaves out what does not fit into a width.
func (p *PDF) short(text string, size, width float64, bold bool) string {
	if p.width(text, size, bold) <= width {
		return text
	}
	runes := []rune(text)
	for n := len(runes) - 1; n > 0; n-- {
		if s := string(runes[:n]) + "…"; p.width(s, size, bold) <= width {
			return s
		}
	}
	return ""
}
