// Package authtest gives tests somebody who may ask.
package authtest

import (
	"context"
	"net/http"
	"testing"

	"quid/internal/auth"
)

// Context is the test's context in which Quid itself asks: everything is allowed.
func Context(t testing.TB) context.Context {
	return auth.With(t.Context(), auth.System("test"))
}

// Everything lets Quid itself ask every request of a handler.
func Everything(next http.Handler) http.Handler { return auth.As(auth.System("test"), next) }
