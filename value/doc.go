// Package value says what customers are worth to the company and what the
// company is worth to them: criteria, points, score, credibility, classes,
// stages, bands and segments of one valuation, and the explanation of each.
//
// A [Model] is the complete set of rules; [Run] applies it to the [Figures] of
// all customers and returns a [Valuation]: one [Row] per customer and a
// [Summary] with what holds for the base (anchors, cuts, totals). Raw values
// are kept unrounded; points follow from a raw value and its [Anchor], so a
// stored valuation explains itself without the other customers ([Explain]).
//
// Rules that hold for every valuation:
//
//   - the order of the customers changes nothing;
//   - money counted in another unit changes no class, no points and no segment;
//   - missing is never zero: a criterion without data is left out of the score
//     and lowers the data basis;
//   - equal values get equal points and equal classes.
//
// Every formula has its section in docs/valuation.md. The package does no I/O
// and has no clock: internal/store aggregates the figures, internal/app keeps
// the valuation. What all customers say together lives in package portfolio.
package value
