// Package web renders the pages: HTML from the server, with small islands where
// a picture must be touched. A noun has one file of handlers and one of pages
// (customer.go, customer.templ); this comment is the guide for both.
//
// # A page
//
// Every page takes one struct that embeds a [Page], and hands it to layout:
//
//	type customersPage struct {
//		Page
//		Rows []customerRow
//	}
//
//	templ customers(p customersPage) {
//		@layout(p.Page) {
//			@table(p.T("Customers")) { <thead>…</thead><tbody>…</tbody> }
//		}
//	}
//
// A [Page] speaks the reader's language: p.T("text"), p.N("{n} customer",
// "{n} customers", n), p.Percent(x, 1), and for sums in the book's currency
// p.Money, p.Amount (whole units) and p.Short (1,23 Mio. €). The English text is
// the key; the German one belongs into internal/locale/de/NOUN.json. A text that
// travels in a variable is marked by [locale.Key].
//
// A form is one component: the same fragment answers the first GET and a 422,
// which htmx swaps like any answer. Settings are forms that post to /settings:
// the fields lang (de, en), theme (light, dark, system) and back, the address to
// return to. The palette asks GET /palette.json?q= and expects
// [{"label","sub","href"}]. Send [ContentSecurityPolicy] with every page: so no
// inline script, no on… attribute and no style from elsewhere works.
//
// # Parts
//
//	header(Header)  card(Card){…}  figures(){ figure(Figure)… }
//	table(label){…}  sortHeader(Sort)  moneyCell  amountCell  numberCell  unknownCell
//	amount  unknown  segmentBadge(p, key)  classBadge(p, class)  basisBar(p, share)  bar(share)
//	field(Field)  selectField(Field, []Option)  textareaField(Field)  checkbox(Field, checked)  slider(Field, unit)
//	tabs(label, []Tab)  chip(p, Chip)  pager(p, Pager)  linkButton(Link, variant)
//	empty(Empty)  notice(Notice){…}  progress(Progress)  toast(p, Toast)  icon("users")
//	chart(p, Chart)  matrix(p, Matrix)
//
// A [Chart] is bar, stack, line, step, waterfall, lorenz or whale; money is given in
// whole units (p.Units). A [Matrix] reads its points from a binary file that is
// described there. Both load echarts only when a page has one. In a browser an
// element says by data-ready (chart) and data-points (matrix) that it is drawn;
// tests wait for that.
//
// Classes for a frame: quid-form, quid-form-row and quid-form-buttons for forms,
// chips for a row of filters, num for numbers, wrap for a cell of prose, btn with
// data-variant outline, secondary, ghost, destructive. Cells of a table carry
// data-label, their name on a phone, where rows are cards; the first cell of a
// row is its heading. Tailwind's utilities work in every .templ.
//
// What does not live here: changes (internal/app), SQL (internal/store), what a
// figure means (value, portfolio). A handler reads a form, asks one of them, and
// renders.
package web
