// Package account keeps the value account (Wertkonto): what a customer gives
// the company and what the company gives the customer, as postings.
//
// The book is written in ink. A [Posting] is never changed and never deleted;
// what was wrong is taken back by a [Reversal] and posted anew. Balances and
// steps are sums of postings and can be thrown away and computed again.
//
// Rules that hold for every book, verified by [Check]:
//
//   - a posting and its reversal add up to nothing, in amount and volume;
//   - a posting is reversed at most once, and a reversal is never reversed;
//   - the live postings of a document are those of its newest revision, and add
//     up to the document;
//   - amounts on the to-side, and care, are never gains unless they are reversals.
//
// The package does no I/O. Documents make postings in package fact and service;
// internal/store writes them.
package account
