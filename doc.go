// Package quid holds no code: this is the tour of the repository.
//
// Quid keeps both halves of the relation between a company and its customers:
// what a customer gives (value from the customer) and what it gets beyond what
// it buys (value to the customer). Everything that happened and has a value is
// a posting on the customer's value account; all other figures are derived.
//
// # The domain, at the top
//
// These packages do no input or output and have no clock; anyone may use them.
//
//   - fault: how things fail, in four kinds a caller can act on
//   - money, day: whole minor units of one currency; calendar days and windows
//   - account: postings, reversals, contribution I to IV, and what must hold
//   - crm, fact, service: customers; documents and what each posts; free services
//   - talk: prices, arguments, and what became of a talk
//   - value: criteria, points, score, classes, segments and their explanation
//   - portfolio: what all valuations say together
//   - privacy: what is kept of persons, and what must become of it
//   - clv: predicts what customers will buy and what they will be worth
//
// # The machine, under internal
//
//   - intake: files in, CSV and XLSX, with a problem for each thing that is wrong
//   - capture: reads the one line that books a free service
//   - mailbox: reads the mails whose subject is such a line
//   - events: reads logs of purchases, millions of lines in seconds
//   - draw, doc: charts, and files out: PDF, XLSX, CSV
//   - report: pages that stand alone as one HTML file
//   - store: the only SQL, in one text for SQLite and PostgreSQL
//   - backup: a book to one file while it is in use, and back
//   - request: what is known of a request before any page sees it
//   - link: signs addresses that open without a login
//   - paper: the dossier and the benefit statement
//   - app: every change, a method and a transaction each
//   - job: runs what changes asked for
//   - demo: a made-up machine builder
//   - web, locale: the pages, and the words and numbers on them
//   - serve: the HTTP server
//
// # Where to go on
//
// A file becomes figures along this way: intake.Open and Plan.Documents read it,
// app.App.Import posts it in batches, app.App.Value aggregates the account
// (store, CustomerFigures), lets value.Run judge and keeps the record, and
// web or cmd/quid show it. A free service comes another way: capture reads a line
// of the pages, a mail or the command line, app.App.RecordService posts it at the
// rates of its day, and paper and link show and ask what it was worth. One noun
// has one file name in every room. The plan of who may import whom is data, in
// arch_test.go. docs/ begins with start.md for users, glossary.md and decisions/
// for us.
package quid
