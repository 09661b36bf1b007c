// Package doc writes files for people: tables as XLSX and CSV, and papers as PDF.
//
// A [PDF] is written from top to bottom: titles, numbers, charts (package draw),
// lists and tables whose heads are repeated on every page. The same calls give
// the same bytes.
//
// A table is rows that are made one after another, so that a file of a million
// lines needs no more memory than one of ten. Numbers stay numbers, days stay
// days, and a text can never become a formula in the program that opens the
// file.
//
// What does not live here: which customers and figures a file holds (the rooms
// that ask for one), and reading files (internal/intake).
package doc

import (
	"iter"

	"quid/day"
)

// A Table is what a file holds.
type Table struct {
	Name    string // of the sheet
	Columns []Column
	Rows    iter.Seq[[]Value] // as many values as columns
}

// A Column is one column of a table.
type Column struct {
	Title  string
	Kind   Kind
	Digits int // decimals of numbers
}

// A Kind says what the values of a column are.
type Kind int8

// The kinds. The values of a share are fractions: 0.125 is 12.5%.
const (
	Text Kind = iota
	Number
	Share
	Date
)

// A Value is one cell; an Empty one is left out, which is not zero.
type Value struct {
	Empty  bool
	Text   string
	Number float64
	Day    day.Day
}
