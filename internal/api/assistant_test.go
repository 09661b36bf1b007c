package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"quid/day"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/auth/authtest"
)

// bearer sends a key with each request.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

func TestAnAssistantSeesWhatItsKeySees(t *testing.T) {
	t.Parallel()
	d := open(t, "")
	if _, err := d.app.Value(authtest.Context(t), app.ValueOrder{AsOf: day.At(start)}); err != nil {
		t.Fatal(err)
	}
	ids := d.ids()
	web := httptest.NewServer(d.api.Assistants())
	t.Cleanup(web.Close)
	if res, err := http.Post(web.URL, "application/json", strings.NewReader("{}")); err != nil || res.StatusCode != http.StatusUnauthorized { //nolint:noctx,bodyclose // a test
		t.Fatalf("without a key: %v %v", res, err)
	}
	ask := func(key, tool string, args map[string]any) (string, bool) {
		t.Helper()
		c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
		s, err := c.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: web.URL, HTTPClient: &http.Client{Transport: bearer(key)}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: args})
		if err != nil {
			t.Fatal(err)
		}
		return res.Content[0].(*mcp.TextContent).Text, !res.IsError
	}
	anna, capturer := d.key(auth.AccountOwner, auth.ReadOnly, "anna"), d.key(auth.Capturer, auth.ReadOnly, "")
	if text, ok := ask(anna, "customer", map[string]any{"filter": "name:mueller OR name:zeller"}); !ok || !strings.Contains(text, "Müller") || strings.Contains(text, "Zeller") {
		t.Errorf("customer: %s", text)
	}
	task := map[string]any{"customer": ids["C1"], "title": "call back", "due": "2026-12-31", "why": "said so"}
	if text, ok := ask(anna, "draft_task", task); !ok || !strings.Contains(text, "a person confirms") {
		t.Errorf("a draft of a task: %s", text)
	}
	if live, err := d.app.DB.Read().LiveTasks(authtest.Context(t)); err != nil || len(live) != 0 {
		t.Errorf("a draft made %d tasks, %v", len(live), err)
	}
	if drafts, err := d.app.DB.Read().OpenDrafts(authtest.Context(t), start.AddDate(0, 0, -1)); err != nil || len(drafts) != 1 || drafts[0].By != "test" {
		t.Errorf("the drafts are %+v, %v", drafts, err)
	}
	if text, ok := ask(capturer, "draft_task", task); ok {
		t.Errorf("a role that writes no tasks drafts one: %s", text)
	}
	task["customer"], task["due"] = ids["C2"], "tomorrow"
	if text, ok := ask(anna, "draft_task", task); ok || strings.Contains(text, "due") {
		t.Errorf("a draft for a customer of another owner: %s", text)
	}
	for _, tool := range []string{"account", "services", "explain"} {
		if text, ok := ask(anna, tool, map[string]any{"customer": ids["C1"]}); !ok {
			t.Errorf("%s: %s", tool, text)
		}
		if text, ok := ask(anna, tool, map[string]any{"customer": ids["C2"]}); ok || !strings.Contains(text, `"status":404`) {
			t.Errorf("%s of a customer of another owner: %s", tool, text)
		}
	}
	if text, ok := ask(anna, "portfolio", nil); !ok || !strings.Contains(text, ids["C1"]) || strings.Contains(text, ids["C2"]) {
		t.Errorf("portfolio: %s", text)
	}
	if text, ok := ask(capturer, "portfolio", nil); ok || !strings.Contains(text, `"status":403`) {
		t.Errorf("portfolio for a capturer: %s", text)
	}
}

// Whoever may write can call a customer like the id of another: that id still names the
// one whose it is.
func TestAnIdNamesItsCustomerWhoeverIsCalledLikeIt(t *testing.T) {
	t.Parallel()
	d := open(t, "")
	id, key := d.ids()["C1"], d.key(auth.Administrator, auth.ReadWrite, "")
	rows := map[string]any{"rows": []map[string]any{{"external": id, "number": id, "name": "Double"}}}
	d.want(d.ask(key, http.MethodPost, "/customers:bulk", rows), http.StatusOK)
	if d.ids()[id] == "" {
		t.Fatal("no customer is called like the id: the test proves nothing")
	}
	if _, err := d.app.Value(authtest.Context(t), app.ValueOrder{AsOf: day.At(start)}); err != nil {
		t.Fatal(err)
	}
	if a := d.want(d.ask(key, http.MethodGet, "/customers/"+id+"/explanation", nil), http.StatusOK); !strings.Contains(a.text, `"customer":"C1"`) {
		t.Errorf("%.200s", a.text)
	}
}
