package sso_test

import (
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"quid/internal/sso"
	"quid/internal/sso/ssotest"
)

const back = "http://127.0.0.1:9/login/sso/back"

// login goes through the provider's pages as a browser does and returns the answer
// that it brings back.
func login(t *testing.T, address, name string) url.Values {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var answer url.Values
	came := errors.New("came back")
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), back) {
			answer = r.URL.Query()
			return came
		}
		return nil
	}}
	res, err := browser.Get(address)
	for _, form := range []url.Values{{"prompt": {"login"}, "login": {name}, "password": {"any"}}, {"prompt": {"consent"}}} {
		if errors.Is(err, came) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		res, err = browser.PostForm(res.Request.URL.String(), form)
	}
	if !errors.Is(err, came) {
		t.Fatalf("the provider did not send %s back: %v", name, err)
	}
	return answer
}

func TestARealProviderSaysWhoSomebodyIs(t *testing.T) {
	t.Parallel()
	p := ssotest.Provider(t, back)
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	for name, role := range map[string]string{"sales": "owner", "boss": "admin", "nobody": ""} {
		address, a, err := p.Begin(t.Context(), back)
		if err != nil {
			t.Fatal(err)
		}
		who, err := p.Finish(t.Context(), back, a, login(t, address, name))
		want := sso.Person{Issuer: p.Issuer, Subject: name, Mail: name + "@example.com", Proven: true, Name: "Person " + name, Role: role}
		if err != nil || who != want {
			t.Errorf("%+v, %v; want %+v", who, err, want)
		}
	}
}

func TestAnAnswerToAnotherQuestionIsRefused(t *testing.T) {
	t.Parallel()
	p := ssotest.Provider(t, back)
	begin := func() (sso.Attempt, url.Values) {
		address, a, err := p.Begin(t.Context(), back)
		if err != nil {
			t.Fatal(err)
		}
		return a, login(t, address, "sales")
	}
	for name, spoil := range map[string]func(*sso.Attempt, url.Values){
		"no attempt":       func(a *sso.Attempt, _ url.Values) { *a = sso.Attempt{} },
		"another state":    func(a *sso.Attempt, _ url.Values) { a.State = "another" },
		"another nonce":    func(a *sso.Attempt, _ url.Values) { a.Nonce = "another" },
		"another verifier": func(a *sso.Attempt, _ url.Values) { a.Verifier = "another" },
		"another code":     func(_ *sso.Attempt, v url.Values) { v.Set("code", "another") },
		"no code":          func(_ *sso.Attempt, v url.Values) { v.Del("code") },
		"denied":           func(_ *sso.Attempt, v url.Values) { v.Set("error", "access_denied") },
	} {
		a, answer := begin()
		spoil(&a, answer)
		if who, err := p.Finish(t.Context(), back, a, answer); !errors.Is(err, sso.ErrRefused) {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
	a, answer := begin()
	if _, err := p.Finish(t.Context(), back, a, answer); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Finish(t.Context(), back, a, answer); !errors.Is(err, sso.ErrRefused) {
		t.Errorf("an answer works twice: %v", err)
	}
}

func TestRulesAreRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]sso.Rule{
		"groups=sales:owner": {"groups", "sales", "owner"}, "https://x.example/roles=a:b:admin": {"https://x.example/roles", "a:b", "admin"},
		"groups": {}, "=a:b": {}, "groups=:owner": {}, "groups=sales:": {}, "groups=sales": {},
	} {
		got, err := sso.ParseRule(text)
		if got != want || (err == nil) != (want != sso.Rule{}) {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
}
