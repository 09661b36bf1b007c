package doc

import "quid/internal/draw"

// A Grid is a table for reading: texts as they are to be read.
type Grid struct {
	Columns []GridColumn
	Rows    []GridRow
	Sum     []string // a last row in bold, or nil
}

// A GridColumn is one column. Shares divide the width.
type GridColumn struct {
	Title string
	Share float64
	Num   bool // at the right
}

// A GridRow is one row; Note stands below its first text, small.
type GridRow struct {
	Cells []string
	Note  string
	Bad   bool // in the colour of a warning
}

const (
	gridSize = 8.0
	gridLine = 11.0
	gridPad  = 5.0
)

// Table writes a table; its heads are repeated on every page it goes on to, and
// a row is never torn apart.
func (p *PDF) Table(g Grid) {
	wide := g.wide()
	p.need(70)
	p.tableHead(g, wide)
	for i := range g.Rows {
		p.tableRow(g, wide, &g.Rows[i], false)
	}
	if g.Sum != nil {
		p.tableRow(g, wide, &GridRow{Cells: g.Sum}, true)
	}
	p.y += 10
}

// wide are the widths of the columns.
func (g Grid) wide() []float64 {
	sum := 0.0
	for _, c := range g.Columns {
		sum += c.Share
	}
	wide := make([]float64, len(g.Columns))
	for i, c := range g.Columns {
		wide[i] = Room * c.Share / sum
	}
	return wide
}

func (p *PDF) tableHead(g Grid, wide []float64) {
	lines, most := make([][]string, len(g.Columns)), 1
	for i, c := range g.Columns {
		lines[i] = p.lines(c.Title, 7.5, wide[i]-2*gridPad, true)
		most = max(most, len(lines[i]))
	}
	h := float64(most)*gridLine + 7
	p.Rect(margin, p.y, Room, h, draw.Brand)
	x := margin
	for i, c := range g.Columns {
		for k, l := range lines[i] {
			p.cell(x, p.y+float64(k)*gridLine+12, wide[i], l, c.Num, draw.Type{Size: 7.5, Bold: true, Ink: draw.Paper})
		}
		x += wide[i]
	}
	p.y += h
}

func (p *PDF) tableRow(g Grid, wide []float64, r *GridRow, bold bool) {
	lines, most := make([][]string, len(g.Columns)), 1
	for i := range g.Columns {
		if i < len(r.Cells) {
			lines[i] = p.lines(r.Cells[i], gridSize, wide[i]-2*gridPad, bold)
			most = max(most, len(lines[i]))
		}
	}
	var notes []string
	if r.Note != "" {
		notes = p.lines(r.Note, 7, Room-2*gridPad-12, false)
	}
	h := float64(most)*gridLine + float64(len(notes))*9.5 + 6
	if p.y+h > bottomAt {
		p.page()
		p.tableHead(g, wide)
	}
	t := draw.Type{Size: gridSize, Ink: draw.Text, Bold: bold}
	if r.Bad {
		t.Ink = draw.Bad
	}
	if bold {
		p.Rect(margin, p.y, Room, h, draw.Soft)
	}
	x := margin
	for i, c := range g.Columns {
		for k, l := range lines[i] {
			p.cell(x, p.y+float64(k)*gridLine+11, wide[i], l, c.Num, t)
		}
		x += wide[i]
	}
	for k, l := range notes {
		p.write(margin+gridPad, p.y+float64(most)*gridLine+float64(k)*9.5+10, l, draw.Type{Size: 7, Ink: draw.Muted})
	}
	p.y += h
	p.Line(margin, p.y, margin+Room, p.y, 0.5, draw.Rule)
}

func (p *PDF) cell(x, y, wide float64, text string, num bool, t draw.Type) {
	if num {
		t.Anchor = draw.End
		p.write(x+wide-gridPad, y, text, t)
		return
	}
	p.write(x+gridPad, y, text, t)
}
