// Package demo makes up a company: Brenner Maschinenbau GmbH, a German machine
// builder, with its products, customers, contacts, four years of invoices and
// payment habits, complaints, visits and free services.
//
// The one idea: a customer is a pure function of the seed and its index. Each
// has a [Story] (growing, spoiled, neglected …) that bends its purchases, prices,
// payments and services, so that every field of the matrix is populated. Three
// laws follow, and the tests check them:
//
//   - the same seed makes the same company, on every run;
//   - a company of N customers is the beginning of the one of M > N customers;
//   - customers can be made alone, in any order and in parallel, so memory does
//     not grow with the company.
//
// [Simulator.Tell] makes one customer's whole history in plain structs;
// [Company.Docs] yields the documents of one kind as an import would read them;
// [Company.WriteFiles] writes the files of an ERP system that hold exactly these
// documents. All names, addresses and figures are invented; mail addresses end
// in .example and telephone numbers come from ranges kept for films.
//
// The package knows no clock and no database: the company's last day is said by
// the caller.
package demo
