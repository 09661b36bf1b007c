package web

import (
	"math"
	"strconv"

	"quid/value"
)

// sinceOptions are the earlier valuations to compare with.
func (p *matrixPage) sinceOptions() []Option {
	list := []Option{{"0", p.T("no earlier day")}}
	for _, e := range p.Earlier {
		list = append(list, Option{formatID(e.ID), p.Day(e.AsOf)})
	}
	return list
}

// mostWeight is the end of the weight sliders: twice the heaviest criterion, at
// least 50.
func (p *matrixPage) mostWeight() string {
	most := 25.0
	for _, c := range p.pic.summary().Model.Criteria {
		if c.On {
			most = max(most, c.Weight)
		}
	}
	return plainNumber(math.Ceil(2 * most))
}

// change is a score as it was and as it would be.
func (p *matrixPage) change(was, is value.Number) string {
	return p.Number(float64(was), 0) + " → " + p.Number(float64(is), 0)
}

// plainNumber is a number as an input wants it.
func plainNumber(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

func cutOptions(p Page) []Option {
	return []Option{
		{string(value.Median), p.T("at the median")},
		{string(value.Mean), p.T("at the mean")},
		{string(value.AtQuantile), p.T("at a quantile")},
	}
}

// quantileOf is where the line of an axis lies, in percent of the customers.
func quantileOf(a value.Axis) string {
	if a.Cut == value.AtQuantile && len(a.At) == 1 {
		return plainNumber(math.Round(100 * a.At[0]))
	}
	return "50"
}
