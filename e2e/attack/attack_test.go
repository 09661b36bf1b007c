package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// What a route takes is varied, each field and each place in its path, by both tools:
// what is not given to them would be called sound.
func TestEverythingARouteTakesIsGivenToTheTools(t *testing.T) {
	t.Parallel()
	many := url.Values{}
	for c := 'a'; c < 'a'+2*most+1; c++ {
		many.Set(string(c), "1")
	}
	for name, tt := range map[string]struct {
		of   target
		want []string // of sqlmap; "" stands for all that is in the request
		path string
	}{
		"fields of a query":             {target{pattern: "GET /tasks", path: "/tasks", fields: url.Values{"q": {"a*b"}, "sort": {""}}}, []string{"q,sort"}, "/tasks?q=axb&sort="},
		"a place, and a field beside":   {target{pattern: "GET /users/{id}", path: "/users/7", fields: url.Values{"q": {"a"}}}, []string{""}, "/users/7*?q=a"},
		"a field that is not taken":     {target{pattern: "GET /tasks", path: "/tasks", fields: url.Values{"q": {"a"}}, others: url.Values{"x": {"1"}}}, []string{"q", "x"}, "/tasks?q=a"},
		"a form with more than one run": {target{pattern: "POST /tasks", path: "/tasks", fields: many}, []string{"a,b,c,d,e,f,g,h,i,j,k,l", "m,n,o,p,q,r,s,t,u,v,w,x", "y"}, "/tasks HTTP"},
		"a document":                    {target{pattern: "POST /mcp#explain", path: "/mcp", json: `{"a":1}`}, []string{""}, "/mcp HTTP"},
		"nothing":                       {target{pattern: "GET /keys", path: "/keys"}, nil, ""},
	} {
		var got []string
		for _, q := range tt.of.requests("localhost") {
			got = append(got, strings.Join(q.only, ","))
			if len(got) == 1 && !strings.Contains(q.text, tt.path) {
				t.Errorf("%s: sqlmap is given\n%s\nwithout %s", name, q.text, tt.path)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: sqlmap varies %q, want %q", name, got, tt.want)
		}
		fields := make(map[string]bool)
		for _, s := range tt.of.steps() {
			for name := range s.query {
				fields[name] = true
			}
			for name := range s.form {
				fields[name] = true
			}
		}
		want := len(tt.of.fields) + len(tt.of.others) + strings.Count(tt.of.pattern, "{")
		if len(fields) != want {
			t.Errorf("%s: wapiti varies %d things, want %d: %v", name, len(fields), want, fields)
		}
	}
}

func TestAFieldIsPutInItsPlaceOfThePath(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"place.2=7&q=a%3Bb":              "/users/7?q=a%3Bb",
		"place.2=..%2F..%2Fetc%2Fpasswd": "/users/..%2F..%2Fetc%2Fpasswd",
		"place.2=%3Cb%3E":                "/users/%3Cb%3E",
		"q=%zz;x":                        "/users/1?q=%zz;x",
	} {
		r := httptest.NewRequest(http.MethodGet, "/users/1", nil)
		r.URL.RawQuery = query
		place(r)
		if got := r.URL.RequestURI(); got != want {
			t.Errorf("%s is put in as %s, want %s", query, got, want)
		}
	}
}

// A form that was filled in a while ago is sent with the state that its page has now;
// what a tool varies stays.
func TestAStaleFormIsRenewed(t *testing.T) {
	t.Parallel()
	of := target{path: "/tasks/1/end", fields: url.Values{"seen": {"1"}, "title": {"x"}}, hidden: []string{"seen"}}
	now := sample{path: "/tasks/2/end", fields: url.Values{"seen": {"5"}, "title": {"y"}}}
	for body, want := range map[string]string{"seen=1&title=x": "seen=5&title=x", "seen=1%27+OR&title=x": "seen=1%27+OR&title=x"} {
		r := httptest.NewRequest(http.MethodPost, "/tasks/1/end", nil)
		if got := string(of.put(now, r, []byte(body))); got != want || r.URL.Path != "/tasks/2/end" {
			t.Errorf("%s is sent as %s to %s, want %s", body, got, r.URL.Path, want)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/tasks/1;x/end", nil)
	if of.put(now, r, nil); r.URL.Path != "/tasks/1;x/end" {
		t.Errorf("a varied path is sent as %s", r.URL.Path)
	}
}
