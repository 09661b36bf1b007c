package locale

import (
	"fmt"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// A Printer says things in one language. It may be used by many at once.
type Printer struct {
	lang  Lang
	texts *i18n.Localizer
}

var printers = map[Lang]*Printer{
	English: {English, i18n.NewLocalizer(words, string(English))},
	German:  {German, i18n.NewLocalizer(words, string(German))},
}

// For returns the printer of a language, the English one if it is unknown.
func For(lang string) *Printer {
	if p, ok := printers[Lang(lang)]; ok {
		return p
	}
	return printers[English]
}

// Lang returns the language.
func (p *Printer) Lang() Lang { return p.lang }

// T says an English text in the printer's language. args are pairs of a name
// and a value; {name} in the text becomes the value. Whole numbers are grouped
// (1.234): pass a year as a string.
func (p *Printer) T(english string, args ...any) string {
	if p.lang == English {
		return p.fill(english, args)
	}
	return p.fill(p.lookup(&i18n.LocalizeConfig{
		DefaultMessage: &i18n.Message{ID: english, Other: english},
	}, english), args)
}

// N says a text that depends on a number, which it fills in as {n}. The English
// text of many is its key.
func (p *Printer) N(one, other string, n int, args ...any) string {
	fallback := other
	if n == 1 {
		fallback = one
	}
	found := p.lookup(&i18n.LocalizeConfig{
		DefaultMessage: &i18n.Message{ID: other, One: one, Other: other},
		PluralCount:    n,
	}, fallback)
	return p.fill(found, append([]any{"n", n}, args...))
}

func (p *Printer) lookup(c *i18n.LocalizeConfig, fallback string) string {
	c.TemplateParser = template.IdentityParser{}
	// An error beside a text says that another language had to help out.
	if found, _ := p.texts.Localize(c); found != "" {
		return found
	}
	return fallback
}

// fill puts values in the place of their names. It runs hundreds of times a page.
func (p *Printer) fill(text string, args []any) string {
	if len(args) < 2 || !strings.Contains(text, "{") {
		return text
	}
	var b strings.Builder
	for {
		from := strings.IndexByte(text, '{')
		to := strings.IndexByte(text[max(from, 0):], '}') + from
		if from < 0 || to < from {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:from])
		if v, ok := named(text[from+1:to], args); ok {
			b.WriteString(p.value(v))
			text = text[to+1:]
		} else {
			b.WriteByte('{')
			text = text[from+1:]
		}
	}
}

// named is the value that follows its name.
func named(name string, args []any) (v any, ok bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return args[i+1], true
		}
	}
	return nil, false
}

func (p *Printer) value(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return p.Int(int64(v))
	case int64:
		return p.Int(v)
	case int32:
		return p.Int(int64(v))
	default:
		return fmt.Sprint(v)
	}
}
