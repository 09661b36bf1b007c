package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"

	"quid/money"

	"github.com/a-h/templ"
)

// A Unit says what the numbers of a chart count.
type Unit string

// The units.
const (
	UnitMoney   Unit = "money" // whole units of the book's currency; see Page.Units
	UnitPercent Unit = "percent"
	UnitNumber  Unit = "number"
)

// A Chart is figures as a picture, with the same figures as a table below it.
// Its value axis starts at zero.
type Chart struct {
	// Kind is bar, stack (bars on top of each other), line, step, waterfall, lorenz
	// or whale. A waterfall has one series.
	Kind       string
	Label      string // what the picture shows, for those who can't see it
	Unit       Unit
	X, Y       string   // what the axes count, or ""
	Categories []string // of the horizontal axis; not for lorenz and whale
	Series     []Series
	Height     int // in pixels; 240 if 0
}

// A Series is one line, or one colour of bars.
type Series struct {
	Name      string
	Values    []float64    // by category; NaN where unknown. In a waterfall a value is a step
	Totals    []bool       // in a waterfall: whether the value is a total instead
	Points    [][2]float64 // for lorenz and whale: share of customers, share of value, from 0 to 1
	Color     string       // the key of a segment, good, bad, warn, muted, or ""
	Estimated bool         // drawn paler, with a dashed edge
}

// orNull is a number that JSON can't hold written as null.
type orNull float64

func (x orNull) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(x), 'g', 15, 64), nil
}

type chartSeries struct {
	Name      string       `json:"name"`
	Values    []orNull     `json:"values,omitempty"`
	Points    [][2]float64 `json:"points,omitempty"`
	Totals    []bool       `json:"totals,omitempty"`
	Color     string       `json:"color,omitempty"`
	Estimated bool         `json:"estimated,omitempty"`
}

type chartData struct {
	Kind       string        `json:"kind"`
	Unit       Unit          `json:"unit"`
	Currency   string        `json:"currency"`
	X          string        `json:"x,omitempty"`
	Y          string        `json:"y,omitempty"`
	Categories []string      `json:"categories,omitempty"`
	Series     []chartSeries `json:"series"`
	Equal      string        `json:"equal,omitempty"`
}

// data is the chart as its island reads it.
func (c Chart) data(p Page) chartData {
	d := chartData{Kind: c.Kind, Unit: c.Unit, Currency: p.Currency, X: c.X, Y: c.Y, Categories: c.Categories, Series: []chartSeries{}}
	if c.curve() {
		d.Unit = UnitPercent
	}
	if c.Kind == "lorenz" {
		d.Equal = p.T("Equal shares")
	}
	for _, s := range c.Series {
		t := chartSeries{Name: s.Name, Points: s.Points, Totals: s.Totals, Color: s.Color, Estimated: s.Estimated}
		for _, v := range s.Values {
			t.Values = append(t.Values, orNull(v))
		}
		d.Series = append(d.Series, t)
	}
	return d
}

func (c Chart) curve() bool { return c.Kind == "lorenz" || c.Kind == "whale" }

// height is the picture's, as a class would have it.
func (c Chart) height() string {
	if c.Height <= 0 {
		return "240"
	}
	return strconv.Itoa(c.Height)
}

// write is a number of the chart in words of the page.
func (c Chart) write(p Page, x float64) string {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return p.T("unknown")
	case c.Unit == UnitMoney:
		return p.Amount(money.Amount(math.Round(x * math.Pow10(p.Digits))))
	case c.Unit == UnitPercent || c.curve():
		return p.Percent(x, 1)
	case x == math.Trunc(x):
		return p.Number(x, 0)
	default:
		return p.Number(x, 2)
	}
}

// curveRows are at most 21 points of a curve, evenly spread, for its table.
func curveRows(points [][2]float64) [][2]float64 {
	const most = 21
	if len(points) <= most {
		return points
	}
	rows := make([][2]float64, most)
	for i := range rows {
		rows[i] = points[i*(len(points)-1)/(most-1)]
	}
	return rows
}

// A Matrix is the portfolio as points that can be touched.
//
// Src answers with a binary file of little-endian records of 20 bytes: int32
// index, float32 x, float32 y, float32 size, uint8 number of the field in
// Fields, uint8 flags (bit 0: the point rests on too little and is drawn
// hollow; bit 1: more than half of its to-side is estimated and the point has a
// dashed edge), 2 bytes of nothing. Moves, if set, answers with records of 16 bytes:
// float32 x0, y0, x1, y1.
//
// Indices are the caller's: PointAt + index answers with a fragment of HTML for
// the pointer, OpenAt + index leads to the customer, and ListAt with the
// parameters x0, x1, y0 and y1 to the list of those that were chosen. When
// something is chosen the element dispatches quid-select, whose detail holds
// indices and the same four numbers. When an attribute changes it draws anew.
type Matrix struct {
	ID      string
	Label   string // what the picture shows
	Src     string
	Moves   string // or ""
	PointAt string // such as /matrix/point?i=
	OpenAt  string // such as /matrix/open?i=
	ListAt  string // such as /customers?day=20261231
	X, Y    Axis
	Fields  []MatrixField
}

// An Axis of the matrix. Its cuts stand in ascending order.
type Axis struct {
	Label string
	Cuts  []float64 // in the units of the points
	Unit  Unit
	Log   bool // whether to place values by their magnitude, on both sides of zero
}

// A MatrixField is one field, counted from the left and from below.
type MatrixField struct {
	Key      string // of its segment: gives the colour
	Name     string
	Strategy string
	Col, Row int
	Count    string // such as 1.234
	Sum      string // such as 1,2 Mio. €
}

type matrixAxis struct {
	Label string    `json:"label"`
	Cuts  []float64 `json:"cuts"`
	Unit  Unit      `json:"unit"`
	Log   bool      `json:"log,omitempty"`
}

type matrixField struct {
	Key      string `json:"key"`
	Name     string `json:"name"`
	Strategy string `json:"strategy"`
	Col      int    `json:"col"`
	Row      int    `json:"row"`
	Count    string `json:"count"`
	Sum      string `json:"sum"`
}

// model is all of the matrix but its points, as its island reads it.
func (m Matrix) model(p Page) (string, error) {
	fields := make([]matrixField, len(m.Fields))
	for i, f := range m.Fields {
		fields[i] = matrixField(f)
	}
	text, err := json.Marshal(struct {
		Label    string            `json:"label"`
		Currency string            `json:"currency"`
		X        matrixAxis        `json:"x"`
		Y        matrixAxis        `json:"y"`
		Fields   []matrixField     `json:"fields"`
		Words    map[string]string `json:"words"`
	}{m.Label, p.Currency, matrixAxis(m.X), matrixAxis(m.Y), fields, map[string]string{
		"chosen": p.T("Chosen: {n}"),
		"show":   p.T("Show as a list"),
		"failed": p.T("The points could not be loaded. Reload the page."),
	}})
	if err != nil {
		return "", fmt.Errorf("matrix: %w", err)
	}
	return string(text), nil
}

// jsonScript is a value for an island, in a script that doesn't run. Go's JSON
// escapes what could end the script.
func jsonScript(value any) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		text, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("data for an island: %w", err)
		}
		_, err = fmt.Fprintf(w, `<script type="application/json">%s</script>`, text)
		return err
	})
}
