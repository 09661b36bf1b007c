package intake

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"quid/fault"

	"github.com/adrg/strutil"
	"github.com/adrg/strutil/metrics"
)

// A Pair maps a column of theirs to a field of ours; Ours "" ignores the column.
type Pair struct {
	Their string `json:"their"`
	Ours  string `json:"ours"`
}

// A Mapping says which column is which field. Columns it does not name are
// mapped where their header is well known, unless it names their field already.
type Mapping []Pair

// ParseMapping reads their=ours,their=ours; ours empty or - ignores the column.
// A comma in the name of a column is no trouble as long as = follows it.
func ParseMapping(specs ...string) (Mapping, error) {
	var m Mapping
	for _, spec := range specs {
		var their strings.Builder
		for part := range strings.SplitSeq(spec, ",") {
			at := strings.LastIndexByte(part, '=')
			if at < 0 {
				their.WriteString(part + ",")
				continue
			}
			their.WriteString(part[:at])
			p := Pair{strings.TrimSpace(their.String()), strings.ToLower(strings.TrimSpace(part[at+1:]))}
			their.Reset()
			if p.Their == "" {
				return nil, fault.Field("map", "write their=ours, such as Kundennr=number")
			}
			if p.Ours == "-" {
				p.Ours = ""
			}
			m = append(m, p)
		}
		if strings.Trim(their.String(), ", ") != "" {
			return nil, fault.Field("map", "write their=ours, such as Kundennr=number")
		}
	}
	return m, nil
}

// String writes the mapping as ParseMapping reads it.
func (m Mapping) String() string {
	parts := make([]string, len(m))
	for i, p := range m {
		parts[i] = p.Their + "=" + cmp.Or(p.Ours, "-")
	}
	return strings.Join(parts, ",")
}

// A Suggestion is a field that a column may be.
type Suggestion struct {
	Column int    `json:"column"`
	Field  string `json:"field"`
	Sure   bool   `json:"sure"` // the header is known; else it is only like a known one
}

// Suggest proposes a field for each column whose header says what it is, at
// most one column for each field.
func (f *File) Suggest(kind Kind) []Suggestion {
	return suggest(kind, f.Columns, nil, nil)
}

// likeness is how alike a header must be to a known one to be suggested.
const likeness = 0.91

type candidate struct {
	Suggestion
	score float64
}

func suggest(kind Kind, columns []Column, takenColumn map[int]bool, takenField map[string]bool) []Suggestion {
	var all []candidate
	jaro := metrics.NewJaroWinkler()
	for i := range columns {
		if takenColumn[i] {
			continue
		}
		head := foldHeader(columns[i].Name)
		for _, f := range kind.Fields() {
			if takenField[f.Name] {
				continue
			}
			fits := columns[i].mayBe(f)
			c := candidate{Suggestion: Suggestion{Column: i, Field: f.Name}}
			if at := slices.Index(f.heads, head); at >= 0 && (fits || f.tell()) {
				c.Sure, c.score = true, 100-float64(at)
				if !fits {
					c.score -= 60
				}
			} else if fits && slices.Contains(f.likely, head) {
				c.score = 1
			} else if fits {
				for _, h := range f.heads {
					if len(h) >= 4 && len(head) >= 4 {
						c.score = max(c.score, strutil.Similarity(head, h, jaro))
					}
				}
				if c.score < likeness {
					continue
				}
			}
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	columnDone, fieldDone := make(map[int]bool), make(map[string]bool)
	var out []Suggestion
	for _, c := range all {
		if columnDone[c.Column] || fieldDone[c.Field] {
			continue
		}
		columnDone[c.Column], fieldDone[c.Field] = true, true
		out = append(out, c.Suggestion)
	}
	slices.SortFunc(out, func(a, b Suggestion) int { return cmp.Compare(a.Column, b.Column) })
	return out
}

// tell reports whether a column with the field's header is taken for it even if
// its values don't fit: then each row says what is wrong. Fields that may be
// missing are left alone: "type" is a word for many things, and "settled" may
// say yes.
func (f Field) tell() bool {
	return f.Required || f.Name == "net" || f.Name == "quantity" || f.Name == "unit_price"
}

// mayBe reports whether the values of the column can be the field's at all.
func (c *Column) mayBe(f Field) bool {
	if c.Filled == 0 {
		return true
	}
	switch {
	case f.Type == TypeDay:
		n := c.dates.others + c.numbers.native
		for _, s := range c.dates.shape {
			n += s.n
		}
		return n*2 >= c.Filled || slices.ContainsFunc(c.Samples, func(s string) bool { return scanDate(s).form != notDate })
	case f.Type == TypeWord || f.Type == TypeYesNo:
		return slices.ContainsFunc(c.Samples, f.knows)
	case f.Type == TypeClock:
		return slices.ContainsFunc(c.Samples, isClock)
	case f.Name == "hours" || f.Name == "seconds":
		return c.texts*2 <= c.Filled && c.mayCount(f.Name)
	case f.Type.isNumber():
		return c.texts*2 <= c.Filled
	}
	return true
}

// knows reports whether a value is one of the field's words.
func (f Field) knows(s string) bool {
	if f.Type == TypeYesNo {
		_, known := parseYesNo(s)
		return known
	}
	w := foldWord(s)
	return slices.Contains(f.Words, w) || synonyms[f.Name][w] != ""
}

// foldHeader writes a header so that spellings meet: small letters, umlauts
// spelled out, no blanks or signs, number and Nummer as nr.
func foldHeader(s string) string {
	var tokens []string
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			tokens = append(tokens, b.String())
			b.Reset()
		}
	}
	var last rune
	for _, r := range s {
		if unicode.IsUpper(r) && unicode.IsLower(last) {
			flush()
		}
		last = r
		switch r = unicode.ToLower(r); {
		case r == 'ä':
			b.WriteString("ae")
		case r == 'ö':
			b.WriteString("oe")
		case r == 'ü':
			b.WriteString("ue")
		case r == 'ß':
			b.WriteString("ss")
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		case r == '#':
			b.WriteString("nr")
		default:
			flush()
		}
	}
	flush()
	for i, t := range tokens {
		switch t {
		case "no", "num", "number", "nummer", "numer":
			tokens[i] = "nr"
		}
	}
	head := strings.Join(tokens, "")
	for _, tail := range []string{"nummer", "number"} {
		if body, ok := strings.CutSuffix(head, tail); ok {
			head = body + "nr"
		}
	}
	for _, tail := range []string{"ineur", "eur", "ineuro"} { // Nettobetrag (EUR)
		if body, ok := strings.CutSuffix(head, tail); ok && len(body) > 3 {
			return body
		}
	}
	return head
}

// resolve returns the field of each column, "" where a column is not needed.
func (m Mapping) resolve(kind Kind, columns []Column) ([]string, error) {
	fields := make([]string, len(columns))
	takenColumn, takenField := make(map[int]bool), make(map[string]bool)
	for _, p := range m {
		at, err := findColumn(columns, p.Their)
		if err != nil {
			return nil, err
		}
		if takenColumn[at] {
			return nil, fmt.Errorf("column %q is mapped twice: %w", p.Their, fault.Field("map", "a column is mapped twice"))
		}
		takenColumn[at] = true
		if p.Ours == "" {
			continue
		}
		if _, ok := kind.Field(p.Ours); !ok {
			return nil, fmt.Errorf("%s have no field %q, the nearest is %q: %w", kind, p.Ours,
				nearest(p.Ours, fieldNames(kind)), fault.Field("map", "there is no such field"))
		}
		if takenField[p.Ours] {
			return nil, fmt.Errorf("field %q is mapped twice: %w", p.Ours, fault.Field("map", "a field is mapped twice"))
		}
		takenField[p.Ours] = true
		fields[at] = p.Ours
	}
	for _, s := range suggest(kind, columns, takenColumn, takenField) {
		if s.Sure {
			fields[s.Column] = s.Field
		}
	}
	return fields, nil
}

func fieldNames(kind Kind) []string {
	var names []string
	for _, f := range kind.Fields() {
		names = append(names, f.Name)
	}
	return names
}

// findColumn finds a column by its name, however it is spelled, or its number.
func findColumn(columns []Column, name string) (int, error) {
	var names []string
	for i := range columns {
		if columns[i].Name == name {
			return i, nil
		}
		names = append(names, columns[i].Name)
	}
	found := -1
	for i, n := range names {
		if foldHeader(n) == foldHeader(name) && foldHeader(name) != "" {
			if found >= 0 {
				return 0, fmt.Errorf("the file has several columns like %q: %w", name, fault.Field("map", "write the column's name exactly"))
			}
			found = i
		}
	}
	if found >= 0 {
		return found, nil
	}
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(columns) {
		return n - 1, nil
	}
	return 0, fmt.Errorf("the file has no column %q, the nearest is %q: %w", name, nearest(name, names), fault.Field("map", "the file has no such column"))
}

// nearest returns the most similar of the names.
func nearest(name string, names []string) string {
	best, score := "", -1.0
	jaro := metrics.NewJaroWinkler()
	for _, n := range names {
		if s := strutil.Similarity(foldHeader(name), foldHeader(n), jaro); s > score {
			best, score = n, s
		}
	}
	return best
}
