// Package fault names the ways a request can fail that a caller can act on.
//
// Any other error is an internal one: it is logged once, at the edge, and the
// user is told only that something went wrong. Packages return these kinds
// wrapped with the circumstances:
//
//	return fmt.Errorf("invoice %s: %w", number, fault.NotFound)
//
// and the edges (web, the command line) decide once what each kind looks like.
// What does not live here: texts for users (package locale) and statuses.
package fault

import "errors"

//lint:file-ignore ST1012 fault.NotFound says it; fault.ErrNotFound would say it twice

// The kinds of failure.
var (
	Invalid  = errors.New("invalid")       // the input is wrong; see Fields
	NotFound = errors.New("not found")     // nothing there, or nothing you may see
	Conflict = errors.New("conflict")      // the state has moved on
	Denied   = errors.New("not permitted") // known, but not allowed
)

// Two more that are nobody's mistake and pass: what was read goes on being read,
// and the same request may succeed later.
var (
	Unwritable  = errors.New("can't be written now") // no room on the disk, or it fails
	Unavailable = errors.New("out of reach now")     // the database restarts, or the way to it is broken
)

// A FieldError says what is wrong with one input field. It is an Invalid.
type FieldError struct {
	Name    string // the field as the form and the command line spell it
	Problem string // an English sentence; also its key in package locale
}

func (e *FieldError) Error() string { return e.Name + ": " + e.Problem }

// Is makes every FieldError an Invalid.
func (e *FieldError) Is(target error) bool { return target == Invalid }

// Field returns a FieldError.
func Field(name, problem string) error { return &FieldError{name, problem} }

// Fields returns every FieldError in err's tree, in the order they were found.
func Fields(err error) []*FieldError {
	if e, ok := err.(*FieldError); ok {
		return []*FieldError{e}
	}
	switch u := err.(type) {
	case interface{ Unwrap() error }:
		return Fields(u.Unwrap())
	case interface{ Unwrap() []error }:
		var all []*FieldError
		for _, e := range u.Unwrap() {
			all = append(all, Fields(e)...)
		}
		return all
	}
	return nil
}
