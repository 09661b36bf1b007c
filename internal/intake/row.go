package intake

import (
	"slices"
	"strings"
	"unicode"

	"quid/day"
	"quid/money"
)

// row reads the cells of one record into values and notes what is wrong.
type row struct {
	p        *Plan
	rec      *record
	problems []Problem
	currency string // seen in this row, "" if none
	digits   int    // of that currency
}

func (r *row) reset(p *Plan, rec *record) {
	r.p, r.rec, r.problems = p, rec, nil
	r.currency, r.digits = "", p.digits
	if rec.flaw != "" {
		r.flaw(rec.flaw)
	}
	if problem := p.width(rec); problem != "" {
		r.flaw(problem)
	}
}

// width says what is wrong with the number of the row's fields, if anything.
func (p *Plan) width(rec *record) string {
	want := len(p.file.lay.names)
	switch n := len(rec.fields); {
	case n > want && !blank(rec.fields[want:]):
		return longRow
	case n < want && rec.kinds == nil && (p.file.lay.short == 0 || n < p.file.lay.short):
		return shortRow
	}
	return ""
}

func (r *row) flaw(problem string) {
	r.problems = append(r.problems, Problem{Line: r.rec.line, Problem: problem, Do: remedies[problem]})
}

func (r *row) bad(c *cell, value, problem string) {
	r.problems = append(r.problems, Problem{
		Line: r.rec.line, Column: c.their, Field: c.Name, Value: cutText(value, maxSample), Problem: problem, Do: remedies[problem],
	})
}

// raw returns the cell's text; words that databases write for nothing are nothing.
func (r *row) raw(c *cell) string {
	if c == nil || c.col >= len(r.rec.fields) {
		return ""
	}
	s := r.rec.fields[c.col]
	if len(s) > 0 && len(s) <= 6 {
		switch s[0] {
		case 'N', '\\', '(':
			if s == "NULL" || s == `\N` || s == "(null)" {
				return ""
			}
		}
	}
	return s
}

// value is raw for fields that are no text.
func (r *row) value(c *cell) string {
	s := r.raw(c)
	switch s {
	case "-", "--", "–", "N/A", "n/a", "#N/A", "#NV", "NaN", "null", "k.A.", "k. A.":
		return ""
	}
	return s
}

func (r *row) kind(c *cell) byte {
	if r.rec.kinds == nil || c.col >= len(r.rec.kinds) {
		return cellText
	}
	return r.rec.kinds[c.col]
}

// name reads a short text.
func (r *row) name(c *cell) string { return r.limited(c, maxName) }

// text reads a long text.
func (r *row) text(c *cell) string { return r.limited(c, maxText) }

func (r *row) limited(c *cell, limit int) string {
	s := r.raw(c)
	if len(s) > limit {
		r.bad(c, s, tooLong)
		return ""
	}
	if c != nil && c.Required && s == "" {
		r.bad(c, "", missing)
	}
	if r.rec.lone && strings.HasSuffix(s, `"`) && strings.Count(s, `"`) == 1 {
		r.bad(c, s, loneQuote)
	}
	return s
}

// day reads a day, 0 if there is none.
func (r *row) day(c *cell) day.Day {
	s := r.value(c)
	if s == "" {
		if c != nil && c.Required {
			r.bad(c, "", missing)
		}
		return 0
	}
	d, problem := c.date.day(s, r.kind(c))
	if problem != "" {
		r.bad(c, s, problem)
	} else if d == 0 && c.Required {
		r.bad(c, s, missing)
	}
	return d
}

// number reads a number times ten to the scale; given is false if the cell is
// empty or wrong.
func (r *row) number(c *cell, scale int) (v int64, n number, given bool) {
	s := r.value(c)
	if s == "" {
		if c != nil && c.Required {
			r.bad(c, "", missing)
		}
		return 0, n, false
	}
	n = scanNumber(s)
	if n.mark == notNumber {
		if strings.ContainsAny(s, "eE") && isExponent(s) {
			r.bad(c, s, scientific)
		} else {
			r.bad(c, s, notANumber)
		}
		return 0, n, false
	}
	dec, ok := byte('.'), true
	if r.kind(c) != cellNumber {
		dec, ok = c.num.decimal(n)
	}
	if !ok {
		problem := otherDecimal
		if c.num.dec == 0 {
			problem = unclearNumber
		}
		r.bad(c, s, problem)
		return 0, n, false
	}
	if v, ok = n.scaled(dec, scale); !ok {
		r.bad(c, s, tooLarge)
	}
	return v, n, ok
}

// isExponent reports a number such as 1,5E+05.
func isExponent(s string) bool {
	at := strings.IndexAny(s, "eE")
	return at > 0 && scanNumber(s[:at]).mark != notNumber && isDigits(strings.TrimLeft(s[at+1:], "+-"))
}

// money reads a sum of money or, with six more decimals, a price.
func (r *row) money(c *cell, more int) (int64, bool) {
	if c == nil {
		return 0, false
	}
	s := r.value(c)
	if s == "" || !r.seeCurrency(c, s) {
		if s == "" && c.Required {
			r.bad(c, "", missing)
		}
		return 0, false
	}
	v, n, ok := r.number(c, r.digits+more)
	if ok && n.percent {
		r.bad(c, s, notANumber)
		ok = false
	}
	return v, ok
}

// seeCurrency takes a currency written beside an amount for the row's.
func (r *row) seeCurrency(c *cell, s string) bool {
	if first, last := s[0], s[len(s)-1]; first <= '9' && last <= '9' {
		return true
	}
	n := scanNumber(s)
	if n.word == "" {
		return true
	}
	code, ok := currencyOf(n.word, r.p.opts.Currency)
	switch {
	case !ok:
		r.bad(c, s, notCurrency)
	case r.currency == "":
		r.setCurrency(code)
	case r.currency != code:
		r.bad(c, s, twoCurrencies)
		ok = false
	}
	return ok
}

func (r *row) setCurrency(code string) {
	if d, known := money.Digits(code); known {
		r.currency, r.digits = code, d
	}
}

// readCurrency reads the column of currencies; call it before any amount.
func (r *row) readCurrency(c *cell) {
	s := r.value(c)
	if s == "" {
		return
	}
	code, ok := currencyOf(s, r.p.opts.Currency)
	if !ok {
		r.bad(c, s, notCurrency)
		return
	}
	r.setCurrency(code)
}

// amount reads a sum of money, nil if there is none.
func (r *row) amount(c *cell) *money.Amount {
	v, ok := r.money(c, 0)
	if !ok {
		return nil
	}
	a := money.Amount(v)
	return &a
}

// sum reads a sum of money, 0 if there is none.
func (r *row) sum(c *cell) money.Amount {
	v, _ := r.money(c, 0)
	return money.Amount(v)
}

// positive reads a sum of money that is not below zero, 0 if there is none.
func (r *row) positive(c *cell) money.Amount {
	a := r.amount(c)
	if a == nil {
		return 0
	}
	r.notBelowZero(c, a)
	return *a
}

func (r *row) notBelowZero(c *cell, a *money.Amount) {
	if a != nil && *a < 0 {
		r.bad(c, r.raw(c), belowZero)
	}
}

// price reads a price of one unit, nil if there is none.
func (r *row) price(c *cell) *money.Micro {
	v, ok := r.money(c, 6)
	if !ok {
		return nil
	}
	m := money.Micro(v)
	return &m
}

// quantity reads a number to six decimals. A unit beside it is passed over.
func (r *row) quantity(c *cell) (money.Micro, bool) {
	if c == nil {
		return 0, false
	}
	v, _, ok := r.number(c, 6)
	return money.Micro(v), ok
}

// percent reads a discount as a fraction of one.
func (r *row) percent(c *cell) money.Micro {
	if c == nil {
		return 0
	}
	v, n, ok := r.number(c, 8)
	if !ok {
		return 0
	}
	if n.percent || c.percent {
		v /= 100
	}
	v /= 100 // from eight decimals to six
	switch {
	case v < 0:
		r.bad(c, r.raw(c), belowZero)
	case v > int64(money.One):
		r.bad(c, r.raw(c), above100)
	case v != 0 && c.unsure && !n.percent && r.p.cells["net"] == nil:
		// 1 stands in the column and nothing above: percent or fractions? No net amount tells.
		r.bad(c, r.raw(c), unclearDiscount)
	default:
		return money.Micro(v)
	}
	return 0
}

// rate reads a rate in percent as a fraction of one. A column that shows neither
// a percent sign nor a number above one may hold fractions: it is not guessed.
func (r *row) rate(c *cell) money.Micro {
	v, n, ok := r.number(c, 8)
	switch {
	case !ok:
	case v < 0:
		r.bad(c, r.raw(c), belowZero)
	case v != 0 && !n.percent && !c.percent:
		r.bad(c, r.raw(c), unclearRate)
	case v > 100*100_000_000:
		r.bad(c, r.raw(c), above100)
	default:
		return money.Micro(v / 10_000)
	}
	return 0
}

// whole reads a whole number that is not below zero; given is false if the
// cell is empty or wrong.
func (r *row) whole(c *cell) (int, bool) {
	if c == nil {
		return 0, false
	}
	v, _, ok := r.number(c, 6)
	switch {
	case !ok:
		return 0, false
	case v%1_000_000 != 0 || v > 1e15:
		r.bad(c, r.raw(c), notWhole)
	case v < 0:
		r.bad(c, r.raw(c), belowZero)
	default:
		return int(v / 1_000_000), true
	}
	return 0, false
}

// yesNo reads a yes or no.
func (r *row) yesNo(c *cell) (yes, given bool) {
	s := r.value(c)
	if s == "" {
		return false, false
	}
	if yes, given = parseYesNo(s); !given {
		r.bad(c, s, notYesNo)
	}
	return yes, given
}

func parseYesNo(s string) (yes, known bool) {
	switch strings.ToLower(s) {
	case "yes", "y", "ja", "j", "true", "t", "wahr", "1", "x":
		return true, true
	case "no", "n", "nein", "false", "f", "falsch", "0":
		return false, true
	}
	return false, false
}

// word reads one of a field's words, in whatever language they come.
func (r *row) word(c *cell) string {
	s := r.value(c)
	if s == "" {
		return ""
	}
	folded := foldWord(s)
	if slices.Contains(c.Words, folded) {
		return folded
	}
	if w := synonyms[c.Name][folded]; w != "" {
		return w
	}
	if c.Name == "channel" {
		return "other"
	}
	r.bad(c, s, notOneOf)
	return ""
}

// synonyms are other words for the words of fields, by the field's name.
var synonyms = map[string]map[string]string{
	"kind": {
		"firma": "company", "unternehmen": "company", "business": "company", "geschaeftskunde": "company", "b2b": "company", "organisation": "company",
		"privat": "person", "privatkunde": "person", "private": "person", "consumer": "person", "b2c": "person", "privatperson": "person",
	},
	"credit": {
		"verkauf": "sale", "retoure": "sale", "ruecksendung": "sale", "preiskorrektur": "sale", "korrektur": "sale", "return": "sale", "pricecorrection": "sale",
		"reklamation": "complaint", "beschwerde": "complaint", "gewaehrleistung": "complaint", "mangel": "complaint", "kulanz": "goodwill",
	},
	"severity": {
		"leicht": "1", "gering": "1", "niedrig": "1", "low": "1", "minor": "1", "slight": "1",
		"mittel": "2", "medium": "2", "normal": "2", "moderate": "2",
		"schwer": "3", "hoch": "3", "high": "3", "severe": "3", "major": "3", "critical": "3", "kritisch": "3",
	},
	"justified": {
		"ja": "yes", "j": "yes", "y": "yes", "true": "yes", "wahr": "yes", "1": "yes", "berechtigt": "yes", "anerkannt": "yes",
		"nein": "no", "n": "no", "false": "no", "falsch": "no", "0": "no", "unberechtigt": "no", "abgelehnt": "no",
		"unbekannt": "unknown", "offen": "unknown", "open": "unknown",
	},
	"channel": {
		"besuch": "visit", "vorort": "visit", "aussendienst": "visit", "meeting": "visit", "termin": "visit",
		"telefon": "phone", "anruf": "phone", "call": "phone", "telefonat": "phone", "tel": "phone", "phonecall": "phone", "hotline": "phone",
		"email": "mail", "brief": "letter", "post": "letter", "fax": "letter",
		"videokonferenz": "video", "videocall": "video", "teams": "video", "zoom": "video", "onlinemeeting": "video",
		"sonstiges": "other", "andere": "other",
	},
	"direction": {
		"eingehend": "in", "eingang": "in", "inbound": "in", "incoming": "in", "ein": "in",
		"ausgehend": "out", "ausgang": "out", "outbound": "out", "outgoing": "out", "aus": "out",
	},
	"spread": {
		"umsatz": "revenue", "nachumsatz": "revenue", "umsatzanteil": "revenue", "byrevenue": "revenue", "turnover": "revenue",
		"gleich": "equal", "gleichmaessig": "equal", "zugleichenteilen": "equal", "gleicheteile": "equal", "equally": "equal", "equalparts": "equal",
	},
	"unit": {
		"min": "minutes", "minute": "minutes", "minuten": "minutes", "h": "hours", "std": "hours", "stunde": "hours", "stunden": "hours", "hour": "hours",
		"stueck": "pieces", "stk": "pieces", "piece": "pieces", "pcs": "pieces", "pauschal": "flat", "pauschale": "flat", "flatrate": "flat",
	},
}

// foldWord writes a word in small letters without blanks and signs, umlauts
// spelled out.
func foldWord(s string) string {
	s = umlauts.Replace(strings.ToLower(s))
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss")
