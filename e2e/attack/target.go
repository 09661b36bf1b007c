package main

import (
	"context"
	"encoding/json"
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
			s.path = filled(r.path(), samples)
		}
		t := target{pattern: r.Pattern, path: s.path, fields: url.Values{}, others: url.Values{}}
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
		if r.Pattern == "POST /phone/sync" { // no page has a form for it
			t.others, t.json = nil, `{"entries":[{"key":"k1","customer":"1","type":"1","day":"2026-11-20","quantity":"1","minutes":5,"background":"x"},{"key":"k2","line":"meier hotline 20m","on":"2026-11-20"}]}`
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
	return variable.ReplaceAllString(strings.Join(out, "/"), "1")
}

// An operation is what OpenAPI says of one.
type operation struct {
	Parameters []struct {
		Name, In string
		Schema   schema
	}
	RequestBody struct {
		Content map[string]struct{ Schema schema }
	}
}

type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"`
	Format     string            `json:"format"`
	Enum       []any             `json:"enum"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
}

// programTargets reads the operations of the API from its OpenAPI, with all that they
// take, and the tools of the door for assistants from what it lists.
func programTargets(ctx context.Context, f *front, customer string) ([]target, error) {
	var api struct {
		Paths      map[string]map[string]operation
		Components struct{ Schemas map[string]schema }
	}
	if err := fetch(ctx, http.MethodGet, f.address()+"/api/v1/openapi.json", "", &api); err != nil {
		return nil, err
	}
	list := []target{{pattern: "GET /api/v1/openapi.json", path: "/api/v1/openapi.json"}, {pattern: "GET /api/v1/docs", path: "/api/v1/docs"}}
	for path, operations := range api.Paths {
		for method, o := range operations {
			t := target{pattern: strings.ToUpper(method) + " /api/v1" + path, path: "/api/v1" + path, others: url.Values{}}
			for _, p := range o.Parameters {
				switch v := fmt.Sprint(p.Schema.example(api.Components.Schemas, 0)); p.In {
				case "query":
					t.others.Set(p.Name, v)
				case "path":
					t.path = strings.Replace(t.path, "{"+p.Name+"}", customer, 1)
				}
			}
			for _, kind := range o.RequestBody.Content {
				text, err := json.Marshal(kind.Schema.example(api.Components.Schemas, 0))
				if err != nil {
					return nil, err
				}
				t.json = string(text)
			}
			list = append(list, t)
		}
	}
	tools, err := assistantTargets(ctx, f)
	slices.SortFunc(list, func(a, b target) int { return strings.Compare(a.pattern, b.pattern) })
	return append(list, tools...), err
}

// assistantTargets are calls of each tool for assistants, with all its arguments.
func assistantTargets(ctx context.Context, f *front) ([]target, error) {
	var listed struct {
		Result struct {
			Tools []struct {
				Name        string
				InputSchema schema
			}
		}
	}
	const list = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}`
	if err := fetch(ctx, http.MethodPost, f.address()+"/mcp", list, &listed); err != nil {
		return nil, err
	}
	var out []target
	for _, tool := range listed.Result.Tools {
		text, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": map[string]any{"name": tool.Name, "arguments": tool.InputSchema.example(nil, 0)}})
		if err != nil {
			return nil, err
		}
		out = append(out, target{pattern: "POST /mcp", path: "/mcp", json: string(text)})
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the door for assistants lists no tools")
	}
	return out, nil
}

// example is a value that a schema allows.
func (s schema) example(all map[string]schema, depth int) any {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		return all[name].example(all, depth+1)
	}
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	kind := fmt.Sprint(s.Type) // "string", or a list such as [null array]
	switch {
	case depth > 6:
		return nil
	case len(s.Properties) > 0:
		o := make(map[string]any)
		for name, p := range s.Properties {
			if name != "$schema" {
				o[name] = p.example(all, depth+1)
			}
		}
		return o
	case s.Items != nil:
		return []any{s.Items.example(all, depth+1)}
	case strings.Contains(kind, "integer") || strings.Contains(kind, "number"):
		return 1
	case strings.Contains(kind, "boolean"):
		return true
	case s.Format == "date":
		return "2026-11-20"
	default:
		return "1"
	}
}

// fetch asks for a document of JSON.
func fetch(ctx context.Context, method, address, body string, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	res, err := noFollow.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		return fmt.Errorf("%s %s: %s: %w", method, address, res.Status, err)
	}
	return nil
}
