// Package store is the one room that speaks SQL, in one text for SQLite and
// PostgreSQL; engine.go holds all in which the two differ.
//
// Writes happen in [DB.Write]: all or nothing, as if one ran after another.
// Reads that need one consistent picture happen in [DB.Look]. Methods on [Tx]
// do not exist outside Write, so nothing is written by accident.
//
// Statements are constants named sql…; TestStatements prepares each on both
// engines. Nothing a user typed ever becomes SQL. Rules of the room: docs/sql.md.
package store
