// Package mailbox reads the mailbox that quick entry by mail comes to, over IMAP,
// and judges of each mail whether its sender is known and proven.
//
// A sender is what the From header says, and that is easily forged: so beside the
// list of known senders the verdict of the own mail server counts (RFC 8601): a
// DKIM signature or SPF for the domain that the mail says it is from. Only the
// header that carries the name of the trusted server counts, and of these only
// the topmost: those below came with the mail.
//
// The package reads headers, never the body, sends nothing, and answers no mail.
// What a subject means and what is booked is the business of internal/app.
package mailbox
