package draw

import "math"

// A Matrix is where one customer stands among the fields of the portfolio. Its
// place is given as shares of the square, 0 to 1 from the left and from below.
type Matrix struct {
	Fields [][]string // names, the lowest row first, from the left
	X, Y   float64
	AxisX  string
	AxisY  string
	Name   string  // beside the point
	Hollow bool    // the place rests on too little
	Tall   float64 // 150 if 0
}

// Height is as said.
func (m Matrix) Height(float64) float64 {
	if m.Tall > 0 {
		return m.Tall
	}
	return 150
}

// Draw draws the fields, their names and the point.
func (m Matrix) Draw(s Surface, x, y, width float64) {
	const size = 7.5
	left, top, right, bottom := x, y+14, x+width, y+m.Height(width)-14
	s.Text(left, y+8, "↑ "+m.AxisY, Type{Size: size, Ink: Muted})
	s.Text(right, bottom+11, m.AxisX+" →", Type{Size: size, Ink: Muted, Anchor: End})
	px, py := left+m.X*(right-left), bottom-m.Y*(bottom-top)
	rows := float64(max(1, len(m.Fields)))
	for r, names := range m.Fields {
		cols := float64(max(1, len(names)))
		high, wide := (bottom-top)/rows, (right-left)/cols
		for c, name := range names {
			fx, fy := left+float64(c)*wide, bottom-float64(r+1)*high
			in := px >= fx && px <= fx+wide && py >= fy && py <= fy+high
			if in {
				s.Rect(fx, fy, wide, high, Soft)
			}
			s.Text(fx+5, fy+11, fit(s, name, size, wide-8, in), Type{Size: size, Ink: Muted, Bold: in})
		}
	}
	for i := range len(m.Fields) + 1 {
		at := bottom - float64(i)*(bottom-top)/rows
		s.Line(left, at, right, at, 0.6, Rule)
	}
	if len(m.Fields) > 0 {
		for i := range len(m.Fields[0]) + 1 {
			at := left + float64(i)*(right-left)/float64(max(1, len(m.Fields[0])))
			s.Line(at, top, at, bottom, 0.6, Rule)
		}
	}
	s.Dot(px, py, 5, Brand)
	if m.Hollow {
		s.Dot(px, py, 3.2, Paper)
	}
	t := Type{Size: size, Ink: Text, Bold: true}
	at := px + 8
	if px > (left+right)/2 {
		t.Anchor, at = End, px-8
	}
	down := 2.7
	if into := math.Mod(py-top, (bottom-top)/rows); into < 16 { // not over the name of the field
		down = 20 - into
	}
	s.Text(at, py+down, fit(s, m.Name, size, (right-left)/2, true), t)
}
