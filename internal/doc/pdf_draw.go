package doc

import "quid/internal/draw"

// A PDF is a surface for charts; y grows downwards from the head of the page.
var _ draw.Surface = (*PDF)(nil)

// Rect draws a rectangle.
func (p *PDF) Rect(x, y, w, h float64, fill draw.Ink) {
	c := p.inks[fill]
	p.f.SetFillColor(int(c.R), int(c.G), int(c.B))
	p.f.Rect(x, y, w, h, "F")
}

// Line draws a line.
func (p *PDF) Line(x1, y1, x2, y2, width float64, ink draw.Ink) {
	c := p.inks[ink]
	p.f.SetDrawColor(int(c.R), int(c.G), int(c.B))
	p.f.SetLineWidth(width)
	p.f.Line(x1, y1, x2, y2)
}

// Dot draws a filled circle.
func (p *PDF) Dot(x, y, r float64, fill draw.Ink) {
	c := p.inks[fill]
	p.f.SetFillColor(int(c.R), int(c.G), int(c.B))
	p.f.Circle(x, y, r, "F")
}

// Text writes a text that stands on y.
func (p *PDF) Text(x, y float64, text string, t draw.Type) { p.write(x, y, text, t) }

// Width is how wide a text will be.
func (p *PDF) Width(text string, size float64, bold bool) float64 { return p.width(text, size, bold) }

// Picture draws a chart over the whole width, with a title above it.
func (p *PDF) Picture(title string, c draw.Chart) {
	h := c.Height(Room)
	p.need(h + 24)
	p.subhead(title, margin)
	c.Draw(p, margin, p.y, Room)
	p.y += h + 12
}

// Pictures draws two charts beside each other.
func (p *PDF) Pictures(titles [2]string, charts [2]draw.Chart) {
	const gap = 24.0
	w := (Room - gap) / 2
	h := max(charts[0].Height(w), charts[1].Height(w))
	p.need(h + 24)
	at := p.y
	for i, c := range charts {
		x := margin + float64(i)*(w+gap)
		p.y = at
		p.subhead(titles[i], x)
		c.Draw(p, x, p.y, w)
	}
	p.y = at + h + 28
}

// subhead writes the title of a picture.
func (p *PDF) subhead(title string, x float64) {
	if title == "" {
		return
	}
	p.write(x, p.y+8, title, draw.Type{Size: 9, Bold: true, Ink: draw.Text})
	p.y += 16
}
