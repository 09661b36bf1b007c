package report

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"

	"quid/internal/locale"
)

// The size of a picture in its own units; it is drawn as wide as its place.
const (
	width, height            = 480.0, 300.0
	left, right, top, bottom = 64.0, 22.0, 16.0, 44.0
)

// A frame is the axes of a picture, and what was drawn so far.
type frame struct {
	b              strings.Builder
	p              *locale.Printer
	x0, x1, y0, y1 float64 // what the axes show
}

// newFrame begins a picture. label says what it shows, for those who can't see
// it.
func newFrame(p *locale.Printer, label string, x0, x1, y1 float64) *frame {
	if !(x1 > x0) {
		x1 = x0 + 1
	}
	if !(y1 > 0) {
		y1 = 1
	}
	f := &frame{p: p, x0: x0, x1: x1, y1: y1}
	fmt.Fprintf(&f.b, `<svg viewBox="0 0 %g %g" role="img" aria-label="%s">`, width, height, html.EscapeString(label))
	return f
}

func (f *frame) x(v float64) float64 {
	return left + (v-f.x0)/(f.x1-f.x0)*(width-left-right)
}

func (f *frame) y(v float64) float64 {
	return height - bottom - (v-f.y0)/(f.y1-f.y0)*(height-top-bottom)
}

// end returns the picture.
func (f *frame) end() template.HTML {
	f.b.WriteString("</svg>")
	return template.HTML(f.b.String()) // #nosec G203 -- every text in it was escaped by text
}

// text writes a text; anchor is start, middle or end.
func (f *frame) text(x, y float64, anchor, class, s string) {
	fmt.Fprintf(&f.b, `<text x="%.1f" y="%.1f" text-anchor="%s" class="%s">%s</text>`, x, y, anchor, class, html.EscapeString(s))
}

func (f *frame) line(x1, y1, x2, y2 float64, class string) {
	fmt.Fprintf(&f.b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="%s"/>`, x1, y1, x2, y2, class)
}

// rect draws a rectangle with a text for the pointer.
func (f *frame) rect(x, y, w, h float64, class, more, tip string) {
	fmt.Fprintf(&f.b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" class="%s"%s><title>%s</title></rect>`, x, y, w, max(h, 0), class, more, html.EscapeString(tip))
}

// axes draws the grid with the values of y, and the titles of both axes.
func (f *frame) axes(xTitle, yTitle string, write func(float64) string) {
	for _, v := range ticks(f.y1) {
		f.line(left, f.y(v), width-right, f.y(v), "grid")
		f.text(left-6, f.y(v)+4, "end", "tick", write(v))
	}
	f.text((left+width-right)/2, height-6, "middle", "title", xTitle)
	fmt.Fprintf(&f.b, `<text transform="translate(12 %.1f) rotate(-90)" text-anchor="middle" class="title">%s</text>`, (top+height-bottom)/2, html.EscapeString(yTitle))
}

// ticks are round values from 0 to top, four to seven of them.
func ticks(top float64) []float64 {
	step := stepFor(top, 6)
	var list []float64
	for i := 0; float64(i)*step <= top*1.0001; i++ {
		list = append(list, float64(i)*step)
	}
	return list
}

// stepFor is a round step that goes about n times into a span.
func stepFor(span float64, n float64) float64 {
	if !(span > 0) {
		return 1
	}
	raw := span / n
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 2.5, 5} {
		if raw <= m*power*1.0001 {
			return m * power
		}
	}
	return 10 * power
}

// number writes a value of an axis or a bar with as many decimals as tell it
// from its neighbours.
func (f *frame) number(x float64) string { return number(f.p, x) }

func number(p *locale.Printer, x float64) string {
	size := math.Abs(x)
	switch {
	case size >= 1e6:
		unit := "M"
		if p.Lang() == locale.German {
			unit = "\u202fMio."
		}
		return number(p, x/1e6) + unit
	case x == math.Trunc(x), size >= 100:
		return p.Number(x, 0)
	case size >= 10:
		return p.Number(x, 1)
	case size >= 0.1:
		return p.Number(x, 2)
	}
	return p.Number(x, 3)
}

// A Line is one line of a picture.
type Line struct {
	Name  string
	Y     []float64 // NaN where nothing is known
	Class string    // actual, expected or other
}

// A LineChart shows how values go along an axis.
type LineChart struct {
	Label, XTitle, YTitle string
	X                     []float64
	Lines                 []Line
	Split                 float64 // where the forecast begins; NaN for nowhere
	SplitText             string
	Percent               bool // both axes are shares from 0 to 1
}

// Draw draws the chart.
func (c LineChart) Draw(p *locale.Printer) template.HTML {
	highest := 0.0
	for _, l := range c.Lines {
		for _, y := range l.Y {
			if y > highest {
				highest = y
			}
		}
	}
	if c.Percent {
		highest = 1
	}
	x0, x1 := 0.0, 1.0
	if n := len(c.X); n > 0 {
		x0, x1 = c.X[0], c.X[n-1]
	}
	f := newFrame(p, c.Label, x0, x1, highest*1.04)
	if c.Percent {
		f.y1 = 1
	}
	write := f.number
	if c.Percent {
		write = func(x float64) string { return p.Percent(x, 0) }
	}
	f.axes(c.XTitle, c.YTitle, write)
	step := stepFor(x1-x0, 6)
	for v := math.Ceil(x0/step) * step; v <= x1+1e-9; v += step {
		f.text(f.x(v), height-bottom+16, "middle", "tick", write(v))
	}
	if c.Split == c.Split {
		f.line(f.x(c.Split), top, f.x(c.Split), height-bottom, "split")
		f.text(f.x(c.Split)-4, top+8, "end", "tick", c.SplitText)
	}
	for _, l := range c.Lines {
		f.path(c.X, l, write)
	}
	return f.end()
}

// path draws a line with its values for the pointer.
func (f *frame) path(x []float64, l Line, write func(float64) string) {
	fmt.Fprintf(&f.b, `<path class="line %s" d="`, l.Class)
	pen := "M"
	for i, y := range l.Y {
		if y != y {
			pen = "M"
			continue
		}
		fmt.Fprintf(&f.b, "%s%.1f %.1f", pen, f.x(x[i]), f.y(y))
		pen = "L"
	}
	fmt.Fprintf(&f.b, `"><title>%s</title></path>`, html.EscapeString(l.Name))
	if len(l.Y) > 120 {
		return
	}
	for i, y := range l.Y {
		if y == y {
			fmt.Fprintf(&f.b, `<circle cx="%.1f" cy="%.1f" r="7" class="touch"><title>%s</title></circle>`, f.x(x[i]), f.y(y),
				html.EscapeString(l.Name+" · "+write(x[i])+": "+write(y)))
		}
	}
}

// A BarChart sets values of categories beside each other.
type BarChart struct {
	Label, XTitle, YTitle string
	Categories            []string
	Bars                  []Line
}

// Draw draws the chart.
func (c BarChart) Draw(p *locale.Printer) template.HTML {
	highest := 0.0
	for _, l := range c.Bars {
		for _, y := range l.Y {
			if y > highest {
				highest = y
			}
		}
	}
	f := newFrame(p, c.Label, 0, float64(len(c.Categories)), highest*1.06)
	f.axes(c.XTitle, c.YTitle, f.number)
	wide := 0.76 / float64(len(c.Bars))
	for i, category := range c.Categories {
		f.text(f.x(float64(i)+0.5), height-bottom+16, "middle", "tick", category)
		for k, l := range c.Bars {
			if y := l.Y[i]; y == y {
				from, to := f.x(float64(i)+0.12+wide*float64(k)), f.x(float64(i)+0.12+wide*float64(k+1))
				f.rect(from, f.y(y), to-from-1, f.y(0)-f.y(y), "bar "+l.Class, "", l.Name+" · "+category+": "+f.number(y))
			}
		}
	}
	f.line(left, f.y(0), width-right, f.y(0), "axis")
	return f.end()
}

// A HeatMap shows shares from 0 to 1 over two axes, the first row below.
type HeatMap struct {
	Label, XTitle, YTitle string
	X, Y                  []string
	Values                [][]float64 // by row; NaN where there is none
}

// Draw draws the chart.
func (c HeatMap) Draw(p *locale.Printer) template.HTML {
	f := newFrame(p, c.Label, 0, float64(len(c.X)), float64(len(c.Y)))
	every := max(1, (len(c.X)+11)/12)
	for i, name := range c.X {
		if i%every == 0 {
			f.text(f.x(float64(i)+0.5), height-bottom+16, "middle", "tick", name)
		}
	}
	f.text((left+width-right)/2, height-6, "middle", "title", c.XTitle)
	fmt.Fprintf(&f.b, `<text transform="translate(12 %.1f) rotate(-90)" text-anchor="middle" class="title">%s</text>`, (top+height-bottom)/2, html.EscapeString(c.YTitle))
	every = max(1, (len(c.Y)+9)/10)
	for row, values := range c.Values {
		y0, y1 := f.y(float64(row)), f.y(float64(row+1))
		if row%every == 0 {
			f.text(left-6, (y0+y1)/2+4, "end", "tick", c.Y[row])
		}
		for column, v := range values {
			if v == v {
				x0, x1 := f.x(float64(column)), f.x(float64(column+1))
				f.rect(x0, y1, x1-x0-0.5, y0-y1-0.5, "heat", ` style="--v:`+strconv.FormatFloat(v*100, 'f', 0, 64)+`%"`,
					c.XTitle+" "+c.X[column]+", "+c.YTitle+" "+c.Y[row]+": "+p.Percent(v, 0))
			}
		}
	}
	return f.end()
}
