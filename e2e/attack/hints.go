package main

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// late says whether a route ends something that others need: it is not sent while the
// pages are read, and attacked last.
func late(pattern string) bool { return slices.Contains(ends, pattern) }

// ends are those routes, in the order in which they are attacked.
var ends = []string{
	"POST /account/sessions/{session}/end", "POST /views/{id}/delete", "POST /import/draft/{token}/start", "POST /import/draft/{token}/drop", "POST /import/{id}/undo",
	"POST /attachments/{customer}/{id}/drop", "POST /customers/{id}/override/{override}/end", "POST /customers/{id}/statement/links/{link}/revoke", "POST /r/{token}",
	"POST /customers/{id}/ratings/{rating}/revoke", "POST /customers/{id}/talks/{talk}/withdraw", "POST /tasks/calendar/{feed}/revoke", "POST /capture/back",
	"POST /capture/templates/drop", "POST /timers/stop", "POST /timers/drop", "POST /drafts/{id}/{draft}/{do}", "POST /development/{id}/give-up",
	"POST /privacy/persons/{id}/{contact}/withdraw", "POST /privacy/persons/{id}/{contact}/erase", "POST /privacy/retention",
	"POST /webhooks/{webhook}/deliveries/{delivery}", "POST /webhooks/{webhook}/{do}", "POST /invite/{token}", "POST /keys/{id}/revoke", "POST /users/{id}/{do}", "POST /users/{id}", "POST /users/hide",
	"POST /account/second", "POST /account/second/prove", "POST /account/second/drop", "POST /account/password", "POST /logout",
}

// before names the route that makes what another ends: it is sent first where there is
// no more of it.
var before = map[string]string{
	"POST /privacy/persons/{id}/{contact}/mark":          "POST /privacy/persons/{id}/{contact}/unmark",
	"POST /phone/photo":                                  "POST /phone/sync",
	"POST /account/sessions/{session}/end":               "POST /login",
	"POST /r/{token}":                                    "POST /customers/{id}/ratings",
	"POST /views/{id}/delete":                            "POST /views",
	"POST /keys/{id}/revoke":                             "POST /keys",
	"POST /capture/back":                                 "POST /capture",
	"POST /capture/templates/drop":                       "POST /capture/templates",
	"POST /timers/stop":                                  "POST /timers",
	"POST /timers/drop":                                  "POST /timers",
	"POST /import/draft/{token}/start":                   "POST /import",
	"POST /import/draft/{token}/drop":                    "POST /import",
	"POST /customers/{id}/override/{override}/end":       "POST /customers/{id}/override",
	"POST /customers/{id}/ratings/{rating}/revoke":       "POST /customers/{id}/ratings",
	"POST /customers/{id}/statement/links/{link}/revoke": "POST /customers/{id}/statement/links",
	"POST /customers/{id}/talks/{talk}/withdraw":         "POST /customers/{id}/talks",
	"POST /tasks/calendar/{feed}/revoke":                 "POST /tasks/calendar",
	"POST /privacy/persons/{id}/{contact}/withdraw":      "POST /privacy/persons/{id}/{contact}/consent",
	"POST /development/{id}/give-up":                     "POST /development/{id}",
	"POST /attachments/{customer}/{id}/drop":             "POST /entries/{customer}/{id}/files",
	"POST /webhooks/{webhook}/deliveries/{delivery}":     "POST /webhooks",
}

// rather is how the address should end that a route is attacked at.
var rather = map[string]string{"POST /users/{id}/{do}": "/link", "POST /webhooks/{webhook}/{do}": "/test", "POST /customers/{id}/tasks/{task}/{do}": "/change", "POST /drafts/{id}/{draft}/{do}": "/confirm"}

// hints are fields of routes that a page leaves to who fills in its form. What is
// given as "" is left out of what is sent, and only varied.
var hints = map[string]url.Values{
	"POST /capture":                      {"charge": {""}, "charge_line": {""}, "benefit": {""}},
	"POST /customers/{id}/budget":        {"budget_share": {""}},
	"POST /playbooks/{segment}":          {"amount": {""}},
	"POST /model":                        {"new.max_tenure_by_industry": {""}},
	"POST /model/preview":                {"new.max_tenure_by_industry": {""}},
	"POST /model/rate/exchange":          {"exchange.currency": {"USD"}},
	"POST /teams/{id}/rates":             {"from": {"2026-12-01"}, "scope": {"all"}},
	"GET /phone/line":                    {"on": {"2026-11-20"}, "line": {"meier hotline 20m"}},
	"POST /account/password":             {"password": {password}},
	"POST /import":                       {"kind": {"customers"}},
	"POST /catalogue/{id}":               {"rate.0.from": {""}},
	"POST /import/draft/{token}/columns": {"map.1": {"name"}, "map.2": {"city"}},
	"POST /login":                        {"login": {login}, "password": {password}},
}

// reasons are why a route refuses whatever it is sent here.
var reasons = map[string]string{
	"GET /start": "it is gone once there is an administrator", "POST /start": "it is gone once there is an administrator",
	"GET /login/sso": "no single sign-on is set up", "GET /login/sso/back": "no single sign-on is set up",
	"GET /forgot": "no mail is set up", "POST /forgot": "no mail is set up",
	"POST /account/passkeys": "wants the signature of a passkey", "POST /login/passkey": "wants the signature of a passkey", "POST /account/passkeys/drop": "wants a passkey",
	"POST /account/second/prove": "wants a code by the clock", "POST /account/second/drop": "wants a second factor", "POST /account/recovery": "wants a second factor",
	"POST /mails/dismiss": "wants a mail that came in",
}

// somewhere is what stands in an address for a variable that no page leads to.
var somewhere = map[string]string{"figure": "score"}

// hinted is a sample with what is known of its route, and the word it wants typed.
func (s sample) hinted(pattern, word string) sample {
	s.fields, s.empty = maps.Clone(s.fields), maps.Clone(s.empty)
	if s.fields == nil {
		s.fields = make(url.Values)
	}
	if s.empty == nil {
		s.empty = make(url.Values)
	}
	for name, v := range hints[pattern] {
		delete(s.empty, name)
		delete(s.fields, name)
		if v[0] != "" {
			s.fields[name] = v
		}
	}
	if strings.HasSuffix(pattern, "/files") {
		s.accept = "image/png"
	}
	if pattern == "POST /estimates" { // a table: one row of it, of a service that is free
		kept := 0
		for _, name := range slices.Sorted(maps.Keys(s.empty)) {
			if strings.HasPrefix(name, "q/") {
				if kept < 2 && strings.HasSuffix(name, "/"+somewhere["type"]) {
					kept++
				} else {
					delete(s.empty, name)
				}
			}
		}
	}
	if word != "" && (s.fields.Has("confirm") || s.empty.Has("confirm")) {
		s.fields.Set("confirm", word)
	}
	return s
}

// fresh stands for something that is another each time: the front puts it in.
const fresh = "fresh0"

// invented is a value for an empty field.
func invented(kind, name string) string {
	last := name[strings.LastIndexAny(name, "._-")+1:]
	switch {
	case kind == "date":
		return "2026-11-20"
	case name == "old":
		return password
	case kind == "number" || kind == "checkbox" || kind == "radio":
		return "1"
	case kind == "email" || last == "login" || last == "email":
		return fresh + "@example.com"
	case kind == "url" || last == "address" || last == "web":
		return "https://" + fresh + ".example.com/quid"
	case kind == "password":
		return password + "!"
	case kind == "hidden" || kind == "search":
		return ""
	case last == "name" || last == "code":
		return fresh
	case name == "customers":
		return "100003\n100004"
	default:
		return "1"
	}
}
