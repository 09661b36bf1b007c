package api

import (
	"slices"
	"strconv"
	"strings"

	"quid/crm"
	"quid/day"
)

// A kind is how values of a field compare.
type kind int8

const (
	text   kind = iota
	number      // decimals
	date        // 2026-12-31
	flag        // true, false
	id          // whole numbers as text
)

// A field is something of a T that can be filtered and, where a list says so, sorted
// by: its value as the JSON has it, "" where it is unknown.
type field[T any] struct {
	name string
	kind kind
	of   func(*T) string
}

// compare orders two known values.
func (k kind) compare(a, b string) int {
	if k == number || k == id {
		x, _ := strconv.ParseFloat(a, 64)
		y, _ := strconv.ParseFloat(b, 64)
		switch {
		case k == id && len(a) != len(b): // whole numbers that a float doesn't tell apart
			return len(a) - len(b)
		case k == id:
			return strings.Compare(a, b)
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	return strings.Compare(a, b)
}

// check says what is wrong with a value that a field is compared with.
func (k kind) check(v string) string {
	switch k {
	case number:
		if _, err := strconv.ParseFloat(v, 64); err != nil {
			return "compare it with a number such as 1234.50"
		}
	case date:
		if _, err := day.Parse(v); err != nil {
			return "compare it with a day such as 2026-12-31"
		}
	case flag:
		if v != "true" && v != "false" {
			return "compare it with true or false"
		}
	case id:
		if _, err := strconv.ParseInt(v, 10, 64); err != nil {
			return "compare it with an id"
		}
	}
	return ""
}

// Limits of a filter.
const (
	longestFilter = 2000
	mostTerms     = 50
	deepest       = 10
)

// A filterParser reads a filter, of which AIP-160 is the model: field, comparison and
// value; AND, OR, NOT and brackets; OR binds closer than AND; terms side by side are
// joined by AND.
type filterParser[T any] struct {
	fields []field[T]
	tokens []token
	terms  int
	depth  int
}

// A token is a word, a text in quotes, or a sign.
type token struct {
	text string
	kind byte // w word, q quoted, s sign
}

// parseFilter returns what a filter lets through; everything for "".
func parseFilter[T any](filter string, fields []field[T]) (func(*T) bool, error) {
	if strings.TrimSpace(filter) == "" {
		return func(*T) bool { return true }, nil
	}
	if len(filter) > longestFilter {
		return nil, badFilter("write at most 2000 characters")
	}
	tokens, err := tokens(filter)
	if err != nil {
		return nil, err
	}
	p := &filterParser[T]{fields: fields, tokens: tokens}
	keep, err := p.expression()
	if err == nil && len(p.tokens) > 0 {
		err = badFilter("there is something too much at " + strconv.Quote(p.tokens[0].text))
	}
	return keep, err
}

func badFilter(why string) error { return wrong("query.filter", why) }

func tokens(s string) ([]token, error) {
	var out []token
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '"' || c == '\'':
			var b strings.Builder
			j := i + 1
			for ; j < len(s) && s[j] != c; j++ {
				if s[j] == '\\' && j+1 < len(s) {
					j++
				}
				b.WriteByte(s[j])
			}
			if j >= len(s) {
				return nil, badFilter("a quote is not closed")
			}
			out, i = append(out, token{b.String(), 'q'}), j+1
		case strings.IndexByte("()", c) >= 0:
			out, i = append(out, token{s[i : i+1], 's'}), i+1
		case strings.IndexByte("=<>!:", c) >= 0:
			n := 1
			if c != '=' && c != ':' && i+1 < len(s) && s[i+1] == '=' {
				n = 2
			}
			out, i = append(out, token{s[i : i+n], 's'}), i+n
		default:
			j := i
			for j < len(s) && strings.IndexByte(" \t\r\n\"'()=<>!:", s[j]) < 0 {
				j++
			}
			out, i = append(out, token{s[i:j], 'w'}), j
		}
	}
	return out, nil
}

// next takes the next token if it is this word or sign.
func (p *filterParser[T]) next(kind byte, text string) bool {
	if len(p.tokens) > 0 && p.tokens[0].kind == kind && p.tokens[0].text == text {
		p.tokens = p.tokens[1:]
		return true
	}
	return false
}

// expression is factors joined by AND, or side by side.
func (p *filterParser[T]) expression() (func(*T) bool, error) {
	if p.depth++; p.depth > deepest {
		return nil, badFilter("there are too many brackets in each other")
	}
	defer func() { p.depth-- }()
	var all []func(*T) bool
	for {
		f, err := p.factor()
		if err != nil {
			return nil, err
		}
		all = append(all, f)
		and := p.next('w', "AND")
		if !and && (len(p.tokens) == 0 || p.tokens[0] == (token{")", 's'})) {
			return func(t *T) bool { return !slices.ContainsFunc(all, func(f func(*T) bool) bool { return !f(t) }) }, nil
		}
	}
}

// factor is terms joined by OR.
func (p *filterParser[T]) factor() (func(*T) bool, error) {
	var some []func(*T) bool
	for {
		f, err := p.term()
		if err != nil {
			return nil, err
		}
		some = append(some, f)
		if !p.next('w', "OR") {
			return func(t *T) bool { return slices.ContainsFunc(some, func(f func(*T) bool) bool { return f(t) }) }, nil
		}
	}
}

func (p *filterParser[T]) term() (func(*T) bool, error) {
	if p.terms++; p.terms > mostTerms {
		return nil, badFilter("write at most 50 terms")
	}
	if p.next('w', "NOT") {
		f, err := p.term()
		return func(t *T) bool { return !f(t) }, err
	}
	if p.next('s', "(") {
		f, err := p.expression()
		if err == nil && !p.next('s', ")") {
			err = badFilter("a bracket is not closed")
		}
		return f, err
	}
	return p.comparison()
}

// comparison is a field, a sign and a value.
func (p *filterParser[T]) comparison() (func(*T) bool, error) {
	if len(p.tokens) < 3 || p.tokens[0].kind != 'w' || p.tokens[1].kind != 's' || p.tokens[2].kind == 's' {
		return nil, badFilter(`write field, comparison and value, such as city = "Ulm"`)
	}
	name, sign, v := p.tokens[0].text, p.tokens[1].text, p.tokens[2]
	p.tokens = p.tokens[3:]
	at := slices.IndexFunc(p.fields, func(f field[T]) bool { return f.name == name })
	if at < 0 {
		return nil, badFilter("no field " + strconv.Quote(name) + " can be filtered by: one of " + strings.Join(names(p.fields), ", "))
	}
	f := p.fields[at]
	if sign == ":" {
		return has(f, v)
	}
	if why := f.kind.check(v.text); why != "" {
		return nil, badFilter(name + ": " + why)
	}
	holds, ok := map[string]func(int) bool{
		"=": func(c int) bool { return c == 0 }, "!=": func(c int) bool { return c != 0 },
		"<": func(c int) bool { return c < 0 }, "<=": func(c int) bool { return c <= 0 },
		">": func(c int) bool { return c > 0 }, ">=": func(c int) bool { return c >= 0 },
	}[sign]
	if !ok {
		return nil, badFilter("compare by one of = != < <= > >= :")
	}
	return func(t *T) bool {
		x := f.of(t)
		if x == "" && f.kind != text {
			return sign == "!=" // nothing is known
		}
		return holds(f.kind.compare(x, v.text))
	}, nil
}

// has is field:* for something being known, and field:text for a text that holds
// another, however it is written.
func has[T any](f field[T], v token) (func(*T) bool, error) {
	if v.text == "*" && v.kind == 'w' {
		return func(t *T) bool { return f.of(t) != "" }, nil
	}
	if f.kind != text {
		return nil, badFilter(f.name + ": only texts are looked into by a colon")
	}
	part := crm.Fold(v.text)
	return func(t *T) bool { return strings.Contains(crm.Fold(f.of(t)), part) }, nil
}

func names[T any](fields []field[T]) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.name
	}
	return out
}
