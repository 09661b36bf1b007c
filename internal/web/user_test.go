package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/auth/authtest"
)

// The page of somebody stays usable where one of its forms was refused: the others lead
// where they led before.
func TestARefusedFormLeavesThePageOfAUserUsable(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	u, _, err := b.app.Invite(authtest.Context(t), app.UserDraft{Login: bertsLogin, Name: "Bert Beispiel", Role: auth.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	path := "/users/" + formatID(u.ID)
	refused := b.post(path+"/erase", url.Values{"reason": {"asked"}, "confirm": {"Bert"}})
	if refused.Status != http.StatusUnprocessableEntity || !strings.Contains(refused.Body, `action="`+path+`/erase"`) || !strings.Contains(refused.Body, `formaction="`+path+`/suspend"`) {
		t.Errorf("the erasure is answered %d, and the page leads elsewhere", refused.Status)
	}
}
