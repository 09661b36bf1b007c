// Package api is the door for programs: /api/v1, the nouns of the pages as JSON,
// described by OpenAPI 3.1 and read by a page of ours.
//
// A program comes with the secret of a key (Authorization: Bearer …) and may what
// the key's role may. Every operation stands in the table of doors with what it asks
// of a key; one that doesn't stops the program when it starts. What an operation
// does is the business of internal/app, as it is for the pages; reading asks
// internal/store. Money and ids are strings, days are as in 2026-12-31, errors are
// application/problem+json.
package api
