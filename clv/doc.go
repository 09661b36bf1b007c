// Package clv predicts what customers will buy and what they will be worth.
//
// It is pure: no database, no clock, no files, no global state. Time and chance
// are arguments, and the same input gives the same bits on any number of cores.
//
// The way through the package:
//
//   - [Summarize] turns purchases into a [History] for each customer: how many
//     repeat purchases, when the last one was, how long the customer is known,
//     and the mean spend. [Group] puts equal histories together, so that a fit
//     costs as much as there are different histories, not customers.
//   - [FitBGNBD], [FitMBGNBD], [FitParetoNBD], [FitMBGCNBD], [FitNBD] and, for
//     occasions that are fixed, [FitBGBB] estimate a model of purchase timing;
//     [FitGammaGamma] and [FitShrunkMean] a model of spend, [FitSpend] the one of
//     the two that the data allow; [FitSBG] and [KaplanMeier] the survival of
//     contracts. Each returns the model, its [Diagnostics] (standard errors,
//     gradient, condition, bounds) and an error when nothing that may be used for scoring was found.
//   - The models are small values with their parameters as fields; their
//     methods give probabilities alive, expected purchases, discounted residual
//     transactions, distributions and simulated customers. [Predict] asks them for
//     all customers at once.
//   - [Choose] fits them all, says which one forecasts a holdout best, and what
//     speaks against using any.
//   - A [Fitted] model knows how sure its parameters are: [Fitted.Forecast] gives
//     every customer an interval, [Fitted.Equity] the value of the whole base.
//   - [FitBGNBDWith] and [FitParetoNBDWith] take what is known of customers besides.
//   - [MeasureRegularity] says whether customers buy in a rhythm, without a model.
//
// Time is counted in one unit of the caller's choice (days, weeks, months);
// rates and log-likelihoods are in that unit. Discount rates are annual and
// converted here, see [Rate].
//
// Every formula names its paper and its section in docs/clv.md.
package clv
