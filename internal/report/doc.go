// Package report writes pages that stand alone: one HTML file with its pictures
// in it, no scripts and nothing to load, light or dark as the reader's system
// is, in German or English. It can be mailed, kept and printed.
//
// What does not live here: the figures (package clv and its callers), and the
// pages of the server (internal/web).
package report
