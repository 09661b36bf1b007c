package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// renewed makes a request one that can succeed, where it was filled in from a page
// that has gone stale: states, keys and ids that a tool does not vary are those that
// the page has by now. What was ended is made anew first.
func (f *front) renewed(ctx context.Context, pattern string, r *http.Request, body []byte) []byte {
	t, ok := f.target(pattern)
	if ok && t.from != "" && (len(t.hidden) > 0 || late(pattern)) && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if s, ok := f.present(ctx, pattern, t); ok {
			body = t.put(s, r, body)
		}
	}
	body = freshen(r, body)
	switch {
	case !ok || t.file == "" && t.raw == nil:
	case t.raw != nil && len(body) == 0:
		body = t.raw
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"): // tools leave out the file
		form, err := url.ParseQuery(string(body))
		if err != nil {
			break
		}
		if whole, kind, err := (sample{fields: form, file: t.file, accept: t.accept}).body(); err == nil {
			body = whole
			r.Header.Set("Content-Type", kind)
		}
	}
	return body
}

// freshen puts something new wherever it is asked for.
func freshen(r *http.Request, body []byte) []byte {
	const letters = "abcdefghijkmnpqrstuvwxyz"
	word := make([]byte, 8)
	for i := range word {
		word[i] = letters[rand.IntN(len(letters))]
	}
	r.URL.RawQuery = strings.ReplaceAll(r.URL.RawQuery, fresh, string(word))
	if strings.HasPrefix(r.URL.Path, "/api/") {
		r.Header.Set("Idempotency-Key", "attack-"+string(word))
	}
	return bytes.ReplaceAll(body, []byte(fresh), word)
}

// present is the form of a target as its page shows it now. A page that shows none any
// more gets one by what makes it.
func (f *front) present(ctx context.Context, pattern string, t target) (sample, bool) {
	for range 2 {
		s, ok := f.formOn(ctx, t.from, pattern, t.path)
		first := before[pattern]
		if ok || first == "" {
			return s, ok
		}
		made, ok := f.target(first)
		if !ok {
			break
		}
		if err := f.order(ctx, first, made); err != nil {
			break
		}
	}
	return sample{}, false
}

// order sends the form of a target, as it stands on its page now.
func (f *front) order(ctx context.Context, pattern string, t target) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, f.to.String()+t.path, nil)
	if err != nil {
		return err
	}
	body, kind, err := t.sent()
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", kind)
	res, _, err := f.pass(r, f.renewed(ctx, pattern, r, body))
	if err != nil {
		return err
	}
	if res.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s: %s", pattern, res.Status)
	}
	return nil
}

// formOn reads a page for the form of a route: the one for an address, else the first.
func (f *front) formOn(ctx context.Context, page, pattern, path string) (found sample, ok bool) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, f.to.String()+page, nil)
	if err != nil {
		return found, false
	}
	r.Header.Set("Accept", "text/html")
	res, text, err := f.pass(r, nil)
	if err != nil || res.StatusCode != http.StatusOK {
		return found, false
	}
	root, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		return found, false
	}
	do := ""
	if strings.HasSuffix(pattern, "{do}") {
		do = path[strings.LastIndex(path, "/"):]
	}
	c := &crawler{f: f, samples: make(map[string]sample)}
	c.see = func(at string, s sample) {
		if at == pattern && strings.HasSuffix(s.path, do) && (!ok || s.path == path && found.path != path) {
			found, ok = s, true
		}
	}
	c.elements(root, r.URL, nil)
	return found, ok
}

// put puts what a form has now where a request has what it had.
func (t target) put(s sample, r *http.Request, body []byte) []byte {
	if r.URL.Path == t.path {
		r.URL.Path, r.URL.RawPath = s.path, ""
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return body
	}
	changed := false
	for _, name := range t.hidden {
		if is := s.fields[name]; len(is) > 0 && slices.Equal(form[name], t.fields[name]) {
			form[name] = is
			changed = true
		}
	}
	if !changed {
		return body
	}
	return []byte(form.Encode())
}

// sent is what a target sends as it stands.
func (t target) sent() (body []byte, kind string, err error) {
	switch {
	case t.json != "":
		return []byte(t.json), "application/json", nil
	case t.method() == http.MethodGet || t.method() == http.MethodDelete:
		return nil, "", nil
	case t.raw != nil:
		return t.raw, "image/png", nil
	}
	return sample{fields: t.fields}.body() // the front puts in the file
}

// tag is the state of a document of the API, for a change of it.
func (f *front) tag(ctx context.Context, path string) string {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, f.to.String()+path, nil)
	if err != nil {
		return ""
	}
	res, _, err := f.pass(r, nil)
	if err != nil {
		return ""
	}
	return res.Header.Get("ETag")
}

// answer reads what a request is answered.
func answer(r *http.Request) (int, []byte, error) {
	res, err := noFollow.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, text, err
}
