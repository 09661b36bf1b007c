package value

import (
	"math"
	"slices"
)

// MaxBands is the most bands an axis may have.
const MaxBands = 5

// A Cut is where an axis was cut: the lines between its bands.
type Cut struct {
	Metric    Metric    `json:"metric"`
	Method    CutMethod `json:"method"`
	Lines     []float64 `json:"lines"`               // ascending; money in minor units; none if there was nothing to cut
	Customers int       `json:"customers"`           // customers that set the lines
	Positive  bool      `json:"positive,omitempty"`  // set by the positive ones only: most have nothing
	Off       bool      `json:"off,omitempty"`       // nobody has anything: the axis says nothing
	DeadBand  float64   `json:"dead_band,omitempty"` // share of a line
}

// Divide cuts the axis over the values of the customers that count, which it
// reorders. On the horizontal axis, if more than half have nothing, the lines
// are set by the positive values alone and at their median where the median was
// asked for; fixed lines stay (docs/valuation.md, "Bands").
func (a Axis) Divide(values []float64, deadBand float64) Cut {
	c := Cut{Metric: a.Metric, Method: a.Cut, Customers: len(values), DeadBand: deadBand}
	if slices.Contains(ToMetrics, a.Metric) {
		positive := 0
		for i, v := range values {
			if v > 0 {
				values[i], values[positive] = values[positive], v
				positive++
			}
		}
		c.Off = positive == 0
		if a.Cut != AtValue && !c.Off && 2*positive < len(values) {
			c.Positive, c.Customers = true, positive
			values = values[:positive]
			if a.Bands == 2 {
				a.Cut = Median
			}
		}
	}
	c.Lines = a.lines(values)
	return c
}

func (a Axis) lines(values []float64) []float64 {
	if a.Cut == AtValue {
		return slices.Clone(a.At)
	}
	if len(values) == 0 {
		return []float64{}
	}
	if a.Cut == Mean {
		var s sum
		for _, v := range values {
			s.add(v)
		}
		return []float64{s.value() / float64(len(values))}
	}
	lines := make([]float64, a.Bands-1)
	for i := range lines {
		q := float64(i+1) / float64(a.Bands)
		if a.Cut == AtQuantile {
			q = a.At[i]
		}
		lines[i] = Quantile(values, q)
	}
	return lines
}

// Band returns the band of a value: 1 plus the number of lines it lies strictly
// above; 0 if the value or the lines are unknown. A customer with an earlier
// band (0 for none) crosses a line only when it is further from it than the
// dead band.
func (c *Cut) Band(v float64, earlier int8) int8 {
	if len(c.Lines) == 0 || math.IsNaN(v) {
		return 0
	}
	band := int8(1)
	for _, line := range c.Lines {
		if v > line {
			band++
		}
	}
	if earlier == 0 || earlier == band || int(earlier) > len(c.Lines)+1 {
		return band
	}
	b := earlier
	for b < band && c.leaves(v-c.Lines[b-1], c.Lines[b-1]) {
		b++
	}
	for b > band && c.leaves(c.Lines[b-2]-v, c.Lines[b-2]) {
		b--
	}
	return b
}

// leaves says whether a value that lies so far beyond a line, 0 on it, is out
// of its dead band.
func (c *Cut) leaves(distance, line float64) bool {
	width := c.DeadBand * math.Abs(line)
	return distance > width || width == 0
}
