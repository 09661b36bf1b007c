// Package events reads logs of purchases fast: a million customers with seven
// million lines in about a second on two cores, in little memory.
//
// A file is cut into blocks at the ends of lines. Each of the goroutines takes
// the next block, finds customer, day and amount of every line, and hands them
// on by the hash of the customer to one of a few shelves, each of which keeps
// the customers it has seen and counts their purchases in a [clv.Tally]. What
// comes out is the same whatever the number of goroutines and the order of the
// lines.
//
// What does not live here: what a history means (package clv), and the files
// that go into the book (internal/intake), whose lines are checked one by one
// and kept.
package events
