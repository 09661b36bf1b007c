package intake

import (
	"fmt"
	"strings"

	"quid/fault"
	"quid/money"
)

// A Where keeps only the rows whose column holds the value, or does not.
type Where struct {
	Column string
	Not    bool
	Value  string
}

// ParseWhere reads COLUMN=value or COLUMN!=value.
func ParseWhere(s string) (Where, error) {
	name, value, ok := strings.Cut(s, "=")
	w := Where{Column: name, Value: strings.TrimSpace(value)}
	if rest, not := strings.CutSuffix(name, "!"); not {
		w.Column, w.Not = rest, true
	}
	w.Column = strings.TrimSpace(w.Column)
	if !ok || w.Column == "" {
		return Where{}, fault.Field("where", "write COLUMN=value or COLUMN!=value")
	}
	return w, nil
}

// filter is a Where with its column found.
type filter struct {
	col   int
	not   bool
	value string
}

// cell is a mapped column with everything that reading it needs.
type cell struct {
	Field
	col     int
	their   string
	num     numberFormat
	date    dateFormat
	percent bool // numbers without a sign are percent, not fractions
	unsure  bool // or may be either
}

// A Plan reads the documents of one kind from a file.
type Plan struct {
	file   *File
	kind   Kind
	opts   Options
	fields []string // by column
	cells  map[string]*cell
	where  []filter
	given  Set
	digits int
	counts Counts
	keys   *Register // how often each document without a number came
	enc    encoder
	epoch  bool
	tool   string // of time sheets

	head headCells
	line lineCells
}

// Counts are what Documents came by so far.
type Counts struct {
	Read     int64 `json:"read"`     // records of the kind
	Rows     int64 `json:"rows"`     // rows they stand in
	Blank    int64 `json:"blank"`    // rows without any value
	Filtered int64 `json:"filtered"` // rows left out by Where
	Billable int64 `json:"billable"` // rows of time sheets that the customer pays for: no free services
}

// Plan maps the columns and settles how numbers and dates are read. What the
// file leaves open comes back as questions; until they are answered through
// Options.Decimal and Options.Dates, there is no plan to read by. Mapping nil
// takes the suggestions that are sure. The options about the file as such
// (encoding, delimiter, header, sheet) stay those of Open.
func (f *File) Plan(kind Kind, m Mapping, o Options) (*Plan, []Question, error) {
	if _, err := ParseKind(string(kind)); err != nil {
		return nil, nil, err
	}
	if err := o.check(); err != nil {
		return nil, nil, err
	}
	if o.TempDir == "" {
		o.TempDir = f.opts.TempDir
	}
	digits, ok := money.Digits(o.Currency)
	if !ok {
		return nil, nil, fault.Field("currency", "write a currency code such as EUR")
	}
	fields, err := m.resolve(kind, f.Columns)
	if err != nil {
		return nil, nil, err
	}
	p := &Plan{file: f, kind: kind, opts: o, fields: fields, digits: digits, cells: make(map[string]*cell), given: make(Set)}
	if f.book != nil {
		p.epoch = f.book.epoch1904
	}
	if kind == Timesheets {
		p.tool = f.Tool()
	}
	questions := p.decide()
	if err := p.complete(); err != nil {
		return nil, nil, err
	}
	for _, w := range o.Where {
		col, err := findColumn(f.Columns, w.Column)
		if err != nil {
			return nil, nil, err
		}
		p.where = append(p.where, filter{col, w.Not, w.Value})
	}
	if len(questions) > 0 {
		return nil, questions, nil
	}
	p.bind()
	return p, nil, nil
}

// decide settles the formats of the mapped columns and collects what is open.
func (p *Plan) decide() []Question {
	columns := p.file.Columns
	decimal, orders := sharedDecimal(columns), sharedOrders(columns)
	var questions []Question
	for i, name := range p.fields {
		if name == "" {
			continue
		}
		field, _ := p.kind.Field(name)
		c := &cell{Field: field, col: i, their: columns[i].Name, percent: columns[i].above1, unsure: columns[i].one && !columns[i].above1}
		var q *Question
		switch {
		case field.Type == TypeDay:
			c.date, q = columns[i].decideDates(p.opts.Dates, orders)
			c.date.epoch1904 = p.epoch
		case field.Type.isNumber():
			c.num, q = columns[i].decideNumbers(p.opts.Decimal, decimal)
		}
		if q != nil {
			q.Field = name
			questions = append(questions, *q)
		}
		p.cells[name] = c
		p.given[name] = true
	}
	return questions
}

// complete checks that what a record of the kind needs is mapped.
func (p *Plan) complete() error {
	for _, f := range p.kind.Fields() {
		if f.Required && p.cells[f.Name] == nil {
			return p.incomplete(f.Name)
		}
	}
	if names := either[p.kind]; len(names) > 0 {
		for _, n := range names {
			if p.cells[n] != nil {
				return nil
			}
		}
		return p.incomplete(strings.Join(names, " or "))
	}
	if p.kind == InvoiceLines || p.hasLines() {
		if p.cells["net"] == nil && (p.cells["quantity"] == nil || p.cells["unit_price"] == nil) {
			return p.incomplete("net, or quantity and unit_price")
		}
	}
	return nil
}

// hasLines reports whether rows of invoices hold lines, and not headers only.
func (p *Plan) hasLines() bool {
	for _, n := range []string{"product", "quantity", "unit_price", "net", "cost", "unit_cost", "line", "discount"} {
		if p.cells[n] != nil {
			return p.kind.Grouped()
		}
	}
	return false
}

// incomplete says which field has no column, and which columns it could be.
func (p *Plan) incomplete(what string) error {
	hint := ""
	for _, s := range p.file.Suggest(p.kind) {
		if !s.Sure && strings.Contains(what, s.Field) && p.cells[s.Field] == nil {
			hint = fmt.Sprintf("; perhaps --map %q", p.file.Columns[s.Column].Name+"="+s.Field)
		}
	}
	return fmt.Errorf("no column is mapped to %s%s: %w", what, hint, fault.Field("map", "a field that is needed has no column"))
}

// Kind is what the plan reads.
func (p *Plan) Kind() Kind { return p.kind }

// Mapping returns the mapping of every column, ignored ones too, so that it can
// be kept for the next time.
func (p *Plan) Mapping() Mapping {
	m := make(Mapping, len(p.fields))
	for i, f := range p.fields {
		m[i] = Pair{p.file.Columns[i].Name, f}
	}
	return m
}

// Given says which fields the file gives.
func (p *Plan) Given() Set { return p.given }

// Counts returns what Documents came by so far; all of it once it has ended.
func (p *Plan) Counts() Counts { return p.counts }

// passes reports whether the row is to be read.
func (p *Plan) passes(rec *record) bool {
	for _, w := range p.where {
		value := ""
		if w.col < len(rec.fields) {
			value = rec.fields[w.col]
		}
		if (value == w.value) == w.not {
			return false
		}
	}
	return true
}

// keyColumn starts to note the numbers of grouped documents, where the options
// of Open say which column holds them.
func (f *File) keyColumn() {
	if !f.opts.Kind.Grouped() {
		return
	}
	fields, err := f.opts.Mapping.resolve(f.opts.Kind, f.Columns)
	if err != nil {
		return // Plan reports it
	}
	for i, name := range fields {
		if name == "number" {
			f.key, f.runs = i, newRuns(f.opts.TempDir)
		}
	}
}
