package web

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"quid/internal/auth"
	"quid/internal/auth/authtest"
	"quid/internal/store"
)

// Who takes a list out stands in the log, with what it was narrowed by, but not to
// whom. Who only looks, or is refused, doesn't.
func TestWhoTakesAListOutStandsInTheLog(t *testing.T) {
	t.Parallel()
	s := ownShelf(t, true)
	for path, want := range map[string]int{"/customers.csv?q=Huber&owner=anna&segment=": 200, "/services.csv": 200, "/customers?q=Huber": 200} {
		who := auth.Who{User: 42, Name: "Eva", Rights: auth.AllRights, Sees: auth.Everybody}
		r := httptest.NewRequestWithContext(auth.With(t.Context(), who), http.MethodGet, path, nil)
		w := httptest.NewRecorder()
		s.doors.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	refused := httptest.NewRequestWithContext(auth.With(t.Context(), auth.Who{User: 43, Rights: auth.Viewer.Rights(), Sees: auth.Everybody}), http.MethodGet, "/customers.csv", nil)
	s.doors.ServeHTTP(httptest.NewRecorder(), refused)
	lines, err := s.app.DB.Read().Audits(authtest.Context(t), store.AuditFilter{Noun: "export", Most: 10})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range lines {
		if l.User != 42 || l.What != "took out" || strings.Contains(l.After, "Huber") {
			t.Errorf("the log says %+v", l)
		}
		got = append(got, l.After)
	}
	slices.Sort(got)
	if want := `{"list":"/customers.csv","narrowed_by":["owner","q"]} {"list":"/services.csv","narrowed_by":null}`; strings.Join(got, " ") != want {
		t.Errorf("the log has %v", got)
	}
}
