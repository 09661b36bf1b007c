package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"

	"quid/fault"
	"quid/internal/store"
)

func TestATroubleThatPassesHasItsStatus(t *testing.T) {
	t.Parallel()
	texts := make(map[string]bool)
	for _, tt := range []struct {
		err    error
		status int
	}{
		{fmt.Errorf("entry 7: %w", fault.Unwritable), http.StatusInsufficientStorage},
		{fmt.Errorf("%w: %w", fault.Unwritable, store.ErrReadOnly), http.StatusInsufficientStorage},
		{fmt.Errorf("upload: %w", syscall.ENOSPC), http.StatusInsufficientStorage},
		{fmt.Errorf("begin: %w", fault.Unavailable), http.StatusServiceUnavailable},
		{errors.New("of ours"), http.StatusInternalServerError},
	} {
		w := httptest.NewRecorder()
		status, text := passing(w, tt.err)
		if status != tt.status || (status == http.StatusServiceUnavailable) != (w.Header().Get("Retry-After") != "") {
			t.Errorf("%v: %d, Retry-After %q", tt.err, status, w.Header().Get("Retry-After"))
		}
		texts[text] = true
	}
	if len(texts) != 4 {
		t.Errorf("%d texts, want one for each: %v", len(texts), texts)
	}
}
