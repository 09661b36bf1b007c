// Package auth knows who asks and what they may do: roles and rights, passwords,
// second factors, and the tokens that stand for a person or a program.
//
// It decides nothing about a certain customer by itself: whose customers somebody
// sees follows from the customer's owner (Who.Sees), and it is internal/store that
// asks. It reads no clock and no database.
package auth

import (
	"context"
	"net/http"
	"slices"
	"strings"
)

// A Who is somebody who asks: a person, a program with a key, or Quid itself. The
// zero Who may nothing and sees nobody.
type Who struct {
	User int64  // the person, 0 for none
	Key  int64  // the key of a program, 0 for none
	Name string // as pages and the audit log show it
	Role Role
	Sees Reach // whose customers

	Rights []Right // in their order; see Role.Rights
	From   string  // the address the request came from, "" inside
	Via    string  // the request's id, "" inside
	Whole  bool    // Quid itself, or whoever holds its file: everything
}

// A Reach says whose customers somebody sees: all of them, or those of some owners.
type Reach struct {
	All    bool
	Owners []string // as the customers' records spell them
}

// Everybody sees all customers.
var Everybody = Reach{All: true}

// Key is the same for reaches that see the same customers: for what is kept by whose
// customers it shows.
func (r Reach) Key() string { return strings.Join(slices.Sorted(slices.Values(r.Owners)), "\x00") }

// Of says whether customers of an owner are seen.
func (r Reach) Of(owner string) bool {
	return r.All || owner != "" && slices.Contains(r.Owners, owner)
}

// May says whether somebody has a right.
func (w Who) May(right Right) bool { return w.Whole || slices.Contains(w.Rights, right) }

// Reaches says whether somebody sees the customers of an owner.
func (w Who) Reaches(owner string) bool { return w.Whole || w.Sees.Of(owner) }

// ReachesAll says whether somebody sees all customers.
func (w Who) ReachesAll() bool { return w.Whole || w.Sees.All }

// System is Quid itself: its jobs, and the command line, which whoever can open
// the book's file may use.
func System(name string) Who { return Who{Name: name, Whole: true} }

type whoKey struct{}

// With returns a context in which who asks.
func With(ctx context.Context, who Who) context.Context {
	return context.WithValue(ctx, whoKey{}, who)
}

// From returns who asks in a context: the zero Who where nobody was named.
func From(ctx context.Context) Who {
	who, _ := ctx.Value(whoKey{}).(Who)
	return who
}

// As lets who ask every request of a handler: for programs that have no login
// before their pages.
func As(who Who, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(With(r.Context(), who)))
	})
}
