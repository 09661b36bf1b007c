package web

import (
	"bytes"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"quid/crm"
	"quid/day"
	"quid/internal/locale"
	"quid/value"
)

// formatID writes an id as addresses have it.
func formatID(id int64) string { return strconv.FormatInt(id, 10) }

// A facet is a filter by choice: one of the closed list. A customer passes if
// Of returns the chosen value; missing stands for none.
type facet struct {
	Key  string
	Name string // a key for p.T
	Of   func(p *picture, i int) string
	Free bool // the values come from the book: names, not keys
}

// missing is the choice of those that have no value.
const missing = "-"

var facets = []facet{
	{Key: "segment", Name: locale.Key("Segment"), Of: (*picture).segment},
	{Key: "class", Name: locale.Key("Class by contribution"), Of: (*picture).class},
	{Key: "class_revenue", Name: locale.Key("Class by revenue"), Of: (*picture).classByRevenue},
	{Key: "stage", Name: locale.Key("Stage"), Of: (*picture).stage},
	{Key: "new", Name: locale.Key("New"), Of: (*picture).isNew},
	{Key: "owner", Name: locale.Key("Owner"), Of: func(p *picture, i int) string { return p.snap.Owner(i) }, Free: true},
	{Key: "industry", Name: locale.Key("Industry"), Of: func(p *picture, i int) string { return p.snap.Industry(i) }, Free: true},
	{Key: "size", Name: locale.Key("Size class"), Of: func(p *picture, i int) string { return p.snap.Size(i) }, Free: true},
	{Key: "country", Name: locale.Key("Country"), Of: func(p *picture, i int) string { return p.snap.Country(i) }, Free: true},
}

// isNew says yes or no, "" for a customer without figures.
func (p *picture) isNew(i int) string {
	switch {
	case i >= p.snap.Valued():
		return ""
	case p.snap.Base.Standing[i].New:
		return "yes"
	default:
		return "no"
	}
}

// A bound is one end of a range of a column, as a person typed it.
type bound struct {
	Column int
	Upper  bool
	Text   string
	Value  float64 // in the unit that people type
}

func (b bound) key() string {
	if b.Upper {
		return "max_" + columns[b.Column].Key
	}
	return "min_" + columns[b.Column].Key
}

// A listQuery is which customers are listed and how. Everything in it comes from
// closed lists, but for the texts that are compared.
type listQuery struct {
	Search  string
	Choice  [9][]string // by facet, any of these; none for all
	Bounds  []bound
	Brush   map[string]float64 // x0, x1, y0, y1 in the units of the matrix, all or none
	Sort    int
	Down    bool
	Columns []int
	Page    int
	Hide    bool // who asks doesn't see margins
}

// margins are the columns and choices that tell of costs and contributions.
var margins = map[string]bool{
	"segment": true, "class": true, "contribution_1": true, "contribution_2": true, "contribution_3": true, "contribution_4": true, "value_to": true, "benefit": true,
	"lifetime": true, "score": true, "potential": true, "data_basis": true, "credibility": true,
}

// offers says whether a column may be asked for.
func (q *listQuery) offers(at int) bool { return !q.Hide || !margins[columns[at].Key] }

// hide takes out of a query what tells of margins, for somebody who doesn't see
// them: a filter or an order would tell them too.
func (q *listQuery) hide() {
	q.Hide, q.Brush = true, nil
	for i, f := range facets {
		if margins[f.Key] {
			q.Choice[i] = nil
		}
	}
	q.Bounds = slices.DeleteFunc(q.Bounds, func(b bound) bool { return margins[columns[b.Column].Key] })
	if margins[columns[q.Sort].Key] {
		q.Sort, q.Down = columnAt("customer"), false
	}
}

// pageSize is how many customers a page of the list holds.
const pageSize = 50

// queryOf reads a query from an address. What isn't on a list is left out.
func queryOf(v url.Values) *listQuery {
	q := &listQuery{Search: strings.TrimSpace(v.Get("q")), Sort: columnAt(defaultSort), Down: true, Page: 1}
	for i, f := range facets {
		q.Choice[i] = chosen(v[f.Key])
	}
	for c := range columns {
		if columns[c].Number == nil {
			continue
		}
		for _, b := range []bound{{Column: c}, {Column: c, Upper: true}} {
			b.Text = v.Get(b.key())
			if b.read() {
				q.Bounds = append(q.Bounds, b)
			}
		}
	}
	q.readBrush(v)
	if sort := v.Get("sort"); sort != "" && knownColumn(strings.TrimPrefix(sort, "-")) {
		q.Sort, q.Down = columnAt(strings.TrimPrefix(sort, "-")), strings.HasPrefix(sort, "-")
	}
	for _, key := range v["col"] {
		if c := columnAt(key); knownColumn(key) && !slices.Contains(q.Columns, c) {
			q.Columns = append(q.Columns, c)
		}
	}
	if slices.Equal(q.shown(), (&listQuery{}).shown()) {
		q.Columns = nil // what is shown anyway needs no address
	}
	if n, err := strconv.Atoi(v.Get("page")); err == nil {
		q.Page = max(1, n)
	}
	return q
}

// mostChosen is how many values of a facet an address may choose.
const mostChosen = 100

// chosen returns the different values that an address chooses, in an order of
// their own: the same choice is the same list.
func chosen(values []string) []string {
	values = slices.DeleteFunc(slices.Clone(values[:min(len(values), mostChosen)]), func(s string) bool { return s == "" })
	slices.Sort(values)
	return slices.Compact(values)
}

// read reads what was typed: a day of a column of days, else a number.
func (b *bound) read() bool {
	if columns[b.Column].Kind == dayColumn {
		d, err := day.Parse(b.Text)
		b.Value = float64(d)
		return err == nil && d != 0
	}
	x, err := strconv.ParseFloat(b.Text, 64)
	b.Value = x
	return err == nil && !math.IsNaN(x)
}

func (q *listQuery) readBrush(v url.Values) {
	brush := make(map[string]float64, 4)
	for _, key := range []string{"x0", "x1", "y0", "y1"} {
		x, err := strconv.ParseFloat(v.Get(key), 64)
		if err != nil || math.IsNaN(x) {
			return
		}
		brush[key] = x
	}
	q.Brush = brush
}

// shown returns the columns of the list: the customer first.
func (q *listQuery) shown() []int {
	if q.Hide {
		open := &listQuery{Columns: q.Columns}
		return slices.DeleteFunc(open.shown(), func(at int) bool { return margins[columns[at].Key] })
	}
	if len(q.Columns) == 0 {
		list := make([]int, 0, len(defaultColumns))
		for _, key := range defaultColumns {
			list = append(list, columnAt(key))
		}
		return list
	}
	list := slices.Clone(q.Columns)
	if i := slices.Index(list, 0); i >= 0 {
		list = slices.Delete(list, i, i+1)
	}
	return slices.Insert(list, 0, 0)
}

// filtered says whether some customers are left out.
func (q *listQuery) filtered() bool { return len(q.filters()) > 0 }

// filters is the part of the address that says who is listed.
func (q *listQuery) filters() url.Values {
	v := url.Values{}
	if q.Search != "" {
		v.Set("q", q.Search)
	}
	for i, f := range facets {
		if len(q.Choice[i]) > 0 {
			v[f.Key] = slices.Clone(q.Choice[i])
		}
	}
	for _, b := range q.Bounds {
		v.Set(b.key(), b.Text)
	}
	for key, x := range q.Brush {
		v.Set(key, strconv.FormatFloat(x, 'g', -1, 64))
	}
	return v
}

// encode is the whole query as an address has it, with some of it changed; a
// changed value of "" is left out.
func (q *listQuery) encode(changed ...string) string {
	v := q.filters()
	if sort := q.sortKey(); sort != "-"+defaultSort {
		v.Set("sort", sort)
	}
	for _, c := range q.Columns {
		v.Add("col", columns[c].Key)
	}
	for i := 0; i+1 < len(changed); i += 2 {
		v.Del(changed[i])
		if changed[i+1] != "" {
			v.Set(changed[i], changed[i+1])
		}
	}
	return v.Encode()
}

func (q *listQuery) sortKey() string {
	if q.Down {
		return "-" + columns[q.Sort].Key
	}
	return columns[q.Sort].Key
}

// without is the address of the list with a value of a facet chosen no more.
func (q *listQuery) without(facet int, value string) string {
	less := *q
	less.Choice[facet] = slices.DeleteFunc(slices.Clone(q.Choice[facet]), func(s string) bool { return s == value })
	return less.path()
}

// path is the address of the list with some of the query changed.
func (q *listQuery) path(changed ...string) string {
	if query := q.encode(changed...); query != "" {
		return "/customers?" + query
	}
	return "/customers"
}

// A test is one filter of a query.
type test struct {
	key   string // the same key, the same customers
	match func(i int) bool

	// Of a search.
	word    []byte // that the text must contain, folded
	shorter string // the key of the word without its last letter
}

// tests returns the filters of a query.
func (p *picture) tests(q *listQuery) []test {
	var tests []test
	for i, f := range facets {
		if len(q.Choice[i]) == 0 {
			continue
		}
		want := make(map[string]bool, len(q.Choice[i])) // what the customers have: "" for none
		for _, value := range q.Choice[i] {
			if value == missing {
				value = ""
			}
			want[value] = true
		}
		t := test{key: f.Key + "=" + strings.Join(q.Choice[i], "\x00"), match: func(i int) bool { return want[f.Of(p, i)] }}
		if len(want) == 1 { // most choose one: a comparison is quicker
			for only := range want {
				t.match = func(i int) bool { return f.Of(p, i) == only }
			}
		}
		tests = append(tests, t)
	}
	for _, b := range q.Bounds {
		values, edge := p.column(b.Column), b.Value*columns[b.Column].scale(p.digits)
		slack := 1e-9 * math.Abs(edge) // 95% typed and 0.95 kept are the same
		t := test{key: b.key() + "=" + b.Text, match: func(i int) bool { return values[i] >= edge-slack }}
		if b.Upper {
			t.match = func(i int) bool { return values[i] <= edge+slack }
		}
		tests = append(tests, t)
	}
	if b := q.Brush; b != nil {
		key := fmt.Sprint("brush=", b["x0"], b["x1"], b["y0"], b["y1"])
		tests = append(tests, test{key: key, match: p.brushed(b)})
	}
	for _, word := range strings.Fields(crm.Fold(q.Search)) {
		w := []byte(word)
		_, last := utf8.DecodeLastRune(w)
		tests = append(tests, test{
			key: "q=" + word, word: w, shorter: "q=" + word[:len(word)-last],
			match: func(i int) bool { return bytes.Contains(p.snap.Search(i), w) },
		})
	}
	return tests
}

// brushed says whether a customer lies in a rectangle of the matrix. New
// customers stand apart and don't.
func (p *picture) brushed(b map[string]float64) func(i int) bool {
	return func(i int) bool {
		if i >= p.snap.Valued() {
			return false
		}
		s := &p.snap.Base.Standing[i]
		if s.New && s.FromSet == 0 {
			return false
		}
		x, y := p.place(i, p.snap.Base.Score[i])
		return x >= b["x0"] && x <= b["x1"] && y >= b["y0"] && y <= b["y1"]
	}
}

// place is where customer i stands in the matrix, in the units of its axes: whole
// units of money, or points. score is its score, which a trial may change.
func (p *picture) place(i int, score float64) (x, y float64) {
	s := p.summary()
	return p.metric(s.To.Metric, i, score), p.metric(s.From.Metric, i, score)
}

// metric is a figure of customer i in the units of an axis, NaN if unknown.
func (p *picture) metric(m value.Metric, i int, score float64) float64 {
	b := p.snap.Base
	var minor float64
	switch m {
	case value.Score:
		return score
	case value.Revenue:
		minor = float64(b.Revenue[i])
	case value.Lifetime:
		minor = b.Raw[i][value.KeyLifetime.Index()]
	case value.ValueTo:
		minor = float64(b.ValueTo[i])
	case value.Benefit:
		minor = float64(b.Benefit[i])
	default:
		if !b.Known[i] {
			return math.NaN()
		}
		minor = float64(b.Contribution[max(1, m.Step())-1][i])
	}
	return minor / math.Pow10(p.digits)
}
