package main

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// A target is a route with something to send to it: an address with its variables
// filled in, fields of a query or a form, or a document of JSON.
type target struct {
	pattern string
	path    string
	fields  url.Values // sent each time
	others  url.Values // each sent beside them, one at a time
	json    string
	raw     []byte // a picture

	file, accept string   // a field for a file
	from         string   // the page that its form stands on
	hidden       []string // fields that the page fills in

	greeted int // the status that it was answered as it stands
}

func (t target) method() string { m, _, _ := strings.Cut(t.pattern, " "); return m }

// variable is a place in a pattern for anything.
var variable = regexp.MustCompile(`\{[^}]*\}`)

// targets turns the routes of the pages into targets: fields are those that the pages
// send there, and all that the source reads there beside them.
func targets(routes []route, samples map[string]sample) []target {
	list := make([]target, 0, len(routes))
	for _, r := range routes {
		s, ok := samples[r.Pattern]
		if !ok {
			s = sample{path: filled(r.path(), samples)}.hinted(r.Pattern, "")
		}
		t := target{pattern: r.Pattern, path: s.path, fields: url.Values{}, others: url.Values{}, file: s.file, accept: s.accept, from: s.from, hidden: s.hidden}
		if r.method() == http.MethodGet { // what is left empty narrows nothing
			maps.Copy(t.fields, s.fields)
			maps.Copy(t.others, s.empty)
		} else {
			t.fields = s.full()
		}
		for name := range r.Names {
			if !t.fields.Has(name) && !t.others.Has(name) {
				t.others.Set(name, "1")
			}
		}
		switch r.Pattern { // no page has a form for these
		case "POST /phone/sync":
			t.others, t.json = nil, fmt.Sprintf(`{"entries":[{"key":"attack-k1","customer":%q,"type":%q,"day":"2026-11-20","quantity":"5","minutes":5,"background":"x"},{"key":"attack-k2","line":"meier hotline 20m","on":"2026-11-20"}]}`, somewhere["customer"], somewhere["type"])
		case "POST /phone/photo":
			t.fields, t.others, t.raw = url.Values{"key": {fresh}, "entry": {"attack-k1"}}, nil, dot
		case "POST /webhooks/{webhook}/deliveries/{delivery}":
			t.path = "/webhooks/" + somewhere["webhook"] + "/deliveries/" + somewhere["delivery"]
		case "POST /teams/{id}/rates":
			t.fields.Set("type."+somewhere["type"], "1")
		case "POST /candidates/again": // it comes with the answer
			t.fields, t.others = url.Values{"candidate": samples["POST /candidates/dismiss"].fields["candidate"]}, nil
		}
		list = append(list, t)
	}
	return list
}

// filled fills the variables of a path with what the longest path that begins alike
// has there, else with 1.
func filled(path string, samples map[string]sample) string {
	want := strings.Split(path, "/")
	best := 0
	out := slices.Clone(want)
	for pattern, s := range samples {
		_, p, _ := strings.Cut(pattern, " ")
		have, is := strings.Split(p, "/"), strings.Split(s.path, "/")
		n := 0
		for n < len(want) && n < len(have) && n < len(is) && variable.ReplaceAllString(want[n], "{}") == variable.ReplaceAllString(have[n], "{}") {
			n++
		}
		if n > best {
			best = n
			copy(out, is[:n])
		}
	}
	for i, part := range out {
		out[i] = variable.ReplaceAllStringFunc(part, func(v string) string { return cmp.Or(somewhere[strings.Trim(v, "{}")], "1") })
	}
	return strings.Join(out, "/")
}
