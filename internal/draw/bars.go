package draw

import "math"

// A BarRow is one horizontal bar.
type BarRow struct {
	Name  string
	Text  string // the value as it is to be read
	Value float64
	Part  float64 // of the value, what rests on an estimate
	Ink   Ink     // Brand if ""
}

// Bars are horizontal bars from zero, one below the other.
type Bars struct {
	Rows []BarRow
}

const barRow = 17.0

// Height is that of all rows.
func (b Bars) Height(float64) float64 { return float64(len(b.Rows))*barRow + 2 }

// Draw draws name, bar and value of every row.
func (b Bars) Draw(s Surface, x, y, width float64) {
	const size = 8.5
	names, texts, most, least := 0.0, 0.0, 0.0, 0.0
	for _, r := range b.Rows {
		names, texts = max(names, s.Width(r.Name, size, false)), max(texts, s.Width(r.Text, size, false))
		most, least = max(most, r.Value), min(least, r.Value)
	}
	if most == least {
		most = least + 1
	}
	names = min(names+10, width*0.46)
	left, room := x+names, width-names-texts-10
	scale := func(v float64) float64 { return left + (v-least)/(most-least)*room }
	for i, r := range b.Rows {
		top := y + float64(i)*barRow
		ink := r.Ink
		if ink == "" {
			ink = Brand
		}
		s.Text(x, top+barRow/2+3, fit(s, r.Name, size, names-8, false), Type{Size: size, Ink: Text})
		part := 0.0
		if r.Value != 0 {
			part = (scale(r.Value) - scale(0)) * r.Part / r.Value
		}
		bar(s, scale(0), top+4, scale(r.Value)-scale(0), barRow-8, part, true, ink)
		s.Text(x+width, top+barRow/2+3, r.Text, Type{Size: size, Ink: Text, Anchor: End})
	}
	s.Line(scale(0), y, scale(0), y+float64(len(b.Rows))*barRow, 0.7, Muted)
}

// A Column is one bar of a month.
type Column struct {
	Value float64
	Part  float64 // of the value, what rests on an estimate
	Ink   Ink
}

// A Month is what stands above one name of the axis, side by side.
type Month struct {
	Name    string
	Columns []Column
}

// A LegendEntry names an ink.
type LegendEntry struct {
	Name    string
	Ink     Ink
	Hatched bool
}

// Months are columns by month. Write writes a value of the axis.
type Months struct {
	Months []Month
	Legend []LegendEntry
	Write  func(float64) string
	Tall   float64 // height of the picture; 150 if 0
}

// Height is as said.
func (m Months) Height(float64) float64 {
	if m.Tall > 0 {
		return m.Tall
	}
	return 150
}

// Draw draws the axis from zero, the columns and the legend.
func (m Months) Draw(s Surface, x, y, width float64) {
	const size = 7.5
	low, high := 0.0, 0.0
	for _, mo := range m.Months {
		for _, c := range mo.Columns {
			low, high = min(low, c.Value), max(high, c.Value)
		}
	}
	ticks := Ticks(low, high, 4)
	low, high = min(low, ticks[0]), max(high, ticks[len(ticks)-1])
	gutter := 0.0
	for _, v := range ticks {
		gutter = max(gutter, s.Width(m.Write(v), size, false))
	}
	left, room := x+gutter+6, width-gutter-6
	top, bottom := y+18, y+m.Height(width)-14
	scale := func(v float64) float64 { return bottom - (v-low)/(high-low)*(bottom-top) }
	for _, v := range ticks {
		s.Line(left, scale(v), left+room, scale(v), 0.5, Rule)
		s.Text(left-5, scale(v)+size/3, m.Write(v), Type{Size: size, Ink: Muted, Anchor: End})
	}
	m.columns(s, left, bottom, room, scale)
	s.Line(left, scale(0), left+room, scale(0), 0.8, Muted)
	m.legend(s, left, y+8)
}

func (m Months) columns(s Surface, left, bottom, room float64, scale func(float64) float64) {
	const size = 7.5
	step := room / float64(max(1, len(m.Months)))
	every := 1
	for _, mo := range m.Months {
		if need := s.Width(mo.Name, size, false) + 4; need > step*float64(every) {
			every = int(math.Ceil(need / step))
		}
	}
	for i, mo := range m.Months {
		at := left + float64(i)*step
		if i%every == 0 {
			s.Text(at+step/2, bottom+11, mo.Name, Type{Size: size, Ink: Muted, Anchor: Middle})
		}
		n := float64(max(1, len(mo.Columns)))
		wide := min(16, step*0.76/n)
		from := at + (step-wide*n)/2
		for k, c := range mo.Columns {
			if c.Value == 0 {
				continue
			}
			high := scale(c.Value) - scale(0)
			bar(s, from+float64(k)*wide, scale(0), wide*0.9, high, high*c.Part/c.Value, false, c.Ink)
		}
	}
}

func (m Months) legend(s Surface, x, y float64) {
	const size = 7.5
	for _, l := range m.Legend {
		if l.Hatched {
			hatch(s, x, y-6, 9, 7, l.Ink)
		} else {
			s.Rect(x, y-6, 9, 7, l.Ink)
		}
		s.Text(x+12, y, l.Name, Type{Size: size, Ink: Muted})
		x += 12 + s.Width(l.Name, size, false) + 12
	}
}

// Ticks are round values that span low to high, about n of them; zero is always
// among them.
func Ticks(low, high float64, n int) []float64 {
	low, high = min(0, low), max(0, high)
	if high == low {
		high = 1
	}
	raw := (high - low) / float64(max(1, n))
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	step := 10 * power
	for _, f := range []float64{1, 2, 2.5, 5} {
		if raw <= f*power*1.0001 {
			step = f * power
			break
		}
	}
	var out []float64
	for i := math.Floor(low/step + 1e-9); i <= math.Ceil(high/step-1e-9); i++ {
		out = append(out, i*step)
	}
	return out
}
