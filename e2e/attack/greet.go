package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// greet sends each target as it stands, before anything is varied: where a route can
// say yes, it has to be attacked with what it says yes to. What may be sent beside is
// kept where the route still says yes, and stays an attack of its own where not.
func (r *raid) greet(ctx context.Context) error {
	r.real.forget()      // what came before was no attack
	clear(r.real.agreed) // nobody asks yet
	for i := range r.list {
		t := &r.list[i]
		status, err := r.ask(ctx, *t)
		if err != nil {
			return err
		}
		if made, ok := r.real.target(before[t.pattern]); ok && status >= http.StatusBadRequest {
			if err := r.real.order(ctx, made.pattern, made); err != nil && r.verbose {
				fmt.Printf("greeting: before %s: %v\n", t.pattern, err)
			}
			if status, err = r.ask(ctx, *t); err != nil {
				return err
			}
		}
		t.greeted = status
		if status >= http.StatusBadRequest || t.json != "" || rank(*t) >= 2 {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(t.others)) {
			wider := *t
			wider.fields = maps.Clone(t.fields)
			if wider.fields == nil {
				wider.fields = make(url.Values)
			}
			wider.fields[name] = t.others[name]
			if status, err = r.ask(ctx, wider); err != nil {
				return err
			}
			if status < http.StatusBadRequest {
				t.fields = wider.fields
				delete(t.others, name)
			}
		}
		r.real.know(*t)
	}
	for _, t := range r.list { // what was only made now
		if t.greeted >= http.StatusBadRequest {
			if _, err := r.ask(ctx, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// ask sends a target as it stands.
func (r *raid) ask(ctx context.Context, t target) (int, error) {
	body, kind, err := t.sent()
	if err != nil {
		return 0, err
	}
	q, err := http.NewRequestWithContext(ctx, t.method(), r.real.address()+t.query(), bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	if kind != "" {
		q.Header.Set("Content-Type", kind)
	}
	q.Header.Set("Accept", "text/html, application/json, text/event-stream")
	status, text, err := answer(q)
	if bytes.Contains(text, []byte(refusedTool)) {
		status = http.StatusUnprocessableEntity
	}
	if r.verbose && status >= http.StatusBadRequest {
		fmt.Printf("greeting: %d %s %s %.300q: %s\n", status, t.pattern, t.query(), body, strings.Join(problems(text), "; "))
	}
	return status, err
}

// query is the address of a target, with its fields where they stand in the query.
func (t target) query() string {
	if t.method() == http.MethodPost && t.json == "" && t.raw == nil || len(t.fields) == 0 {
		return t.path
	}
	return t.path + "?" + t.fields.Encode()
}
