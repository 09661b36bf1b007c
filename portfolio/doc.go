// Package portfolio says what the values of all customers say together: how
// concentrated they are (ABC twice, Lorenz curve and Gini, whale curve), how
// they spread over the matrix, who moved between two valuations, who would move
// if the model were another, and which data lack.
//
// It works on columns in memory, a [Base], filled row by row from a valuation
// that was just made or was stored. It decides nothing: classes, bands and
// segments are those of package value, and [WhatIf] computes them with the same
// functions, so that trying the model in force changes nothing.
//
// The package does no I/O. Every formula has its section in docs/valuation.md.
package portfolio
