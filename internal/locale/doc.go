// Package locale says things in the reader's language: words, plurals, numbers,
// money and days, in German and English.
//
// A text is named by itself in English, so that code reads like the page:
//
//	p.T("Nothing found for {query}", "query", q)
//	p.N("{n} customer", "{n} customers", n)
//
// The German texts stand in de/*.json, one file per noun of the program. A test
// collects every literal that is passed to T, N or Key anywhere, and every
// problem of a fault.Field, and fails with the list of those that have no German
// text; where one is missing all the same, the English one is shown.
//
// Numbers are written by hand, since golang.org/x/text doesn't write German
// money as Germans do: 1.234,50 € with a narrow no-break space, and a true minus
// sign. What does not live here: parsing of what people typed (packages money,
// day and internal/intake), and the arithmetic of money.
package locale
