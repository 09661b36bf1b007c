// Package capture reads what people write when they book a free service in one
// line: "meier hotline 20m pumpe laut" becomes customer, type, minutes and
// background.
//
// A [Book] knows the words: the [Names] of customers and the [Kinds] of services.
// [Book.Parse] says of every word of a line what it was understood as, so that a
// page can show it before anything is saved. What more than one thing can be
// meant by is a question, an [Ask]; nothing is guessed. What isn't understood is
// background. A name found although it was spelled differently is marked as near.
//
// The package does no input or output and has no clock: "yesterday" is counted
// from the day that the caller says. What an entry costs and whether it may be
// booked is the business of service and internal/app.
package capture

import (
	"slices"
	"strings"
	"unicode/utf8"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/money"
)

// A Field is what a word of a line can be understood as.
type Field int8

// The fields.
const (
	Background Field = iota
	Customer
	Type
	Time  // minutes or hours
	Count // a quantity in the unit of the type
	People
	Date
)

// A Line is what was understood of a line.
type Line struct {
	Customer   account.CustomerID // 0 if none was named, or several can be meant
	Type       int64              // likewise
	Day        day.Day            // 0 if none was named
	Minutes    money.Micro        // spent by each of the people, 0 if not said
	Count      money.Micro        // a quantity in the unit of the type, 0 if not said
	People     int                // of ours who did it at the same time, 0 if not said
	Guests     int                // of the customer, 0 if not said: nothing is multiplied by them
	Background string

	Tokens []Token // all of the line, in its order
	Asks   []Ask   // what has to be asked before it can be booked
	Sold   int64   // a type that was named, but is sold: it can't be booked as free
}

// A Token is a part of a line, and what it was understood as.
type Token struct {
	From, To int // bytes of the line
	As       Field
	Near     bool // the name was spelled differently
}

// An Ask is a question with its answers: customers or types by id, days, or
// minutes as micro units, the likeliest first.
type Ask struct {
	As      Field
	Text    string  // what was written
	Choices []int64 // mostChoices at the most
	More    int     // that can be meant as well
}

// mostChoices is how many answers a question offers.
const mostChoices = 8

// Effort is what was spent in minutes, by all people together.
func (l *Line) Effort() money.Micro { return l.Minutes * money.Micro(max(1, l.People)) }

// Asked says whether a field is in question.
func (l *Line) Asked(as Field) bool {
	for _, a := range l.Asks {
		if a.As == as {
			return true
		}
	}
	return false
}

// Answer takes a question away that somebody answered.
func (l *Line) Answer(as Field) {
	l.Asks = slices.DeleteFunc(l.Asks, func(a Ask) bool { return a.As == as })
}

// Near says whether a name was spelled differently, so that somebody should look.
func (l *Line) Near() bool {
	for _, t := range l.Tokens {
		if t.Near {
			return true
		}
	}
	return false
}

// A Book is what lines are read with. It may be used by many at once.
type Book struct {
	Names *Names
	Kinds *Kinds
}

// Limits of what is read: what stands behind them is background.
const (
	mostBytes = 600
	mostWords = 60
)

// A word is a piece of the line between blanks.
type word struct {
	from, to int
	text     string   // folded, without the signs around it
	dot      bool     // a dot stood behind it
	parts    []string // its runs of letters and digits
	used     bool     // it was understood
	as       Field
	near     bool
}

// cut cuts a line into its words.
func cut(line string) []word {
	var words []word
	for i := 0; i < len(line) && i < mostBytes && len(words) < mostWords; {
		r, size := utf8.DecodeRuneInString(line[i:])
		if blank(r) {
			i += size
			continue
		}
		from := i
		for i < len(line) {
			r, size := utf8.DecodeRuneInString(line[i:])
			if blank(r) {
				break
			}
			i += size
		}
		w := word{from: from, to: i}
		if i-from <= mostBytes {
			w.text, w.dot = bare(crm.Fold(line[from:i]))
			w.parts = parts(w.text)
		}
		words = append(words, w)
	}
	return words
}

func blank(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\r', '\v', '\f', 0x85, 0xa0, 0x2028, 0x2029, 0x202f, 0x3000:
		return true
	}
	return 0x2000 <= r && r <= 0x200a
}

// bare takes the signs around a word away and says whether a dot stood behind.
func bare(s string) (text string, dot bool) {
	const around = `,;:!?()[]{}"'#*<>„“”‚‘’…–—`
	s = strings.Trim(s, around)
	if n := len(s); n > 0 && s[n-1] == '.' {
		return strings.Trim(s[:n-1], around+"."), true
	}
	return s, false
}

// parts are the runs of letters and digits of a folded text.
func parts(s string) []string {
	var list []string
	from := -1
	for i := 0; i < len(s); i++ {
		if letter(s[i]) {
			if from < 0 {
				from = i
			}
			continue
		}
		if from >= 0 {
			list = append(list, s[from:i])
			from = -1
		}
	}
	if from >= 0 {
		list = append(list, s[from:])
	}
	return list
}

// letter says whether a byte belongs to a word: letters, digits and all beyond ASCII.
func letter(b byte) bool {
	return 'a' <= b && b <= 'z' || '0' <= b && b <= '9' || b >= utf8.RuneSelf
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
