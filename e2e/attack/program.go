package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

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
	Required   []string          `json:"required"`
}

// A program is a program that asks the API: what it sends is filled in with what the
// book has.
type program struct {
	f         *front
	schemas   map[string]schema
	customers []string
	words     map[string]string   // values that fields of a name take
	lists     map[string][]string // ids, by the path of their list
	turns     map[string]int
}

// programTargets reads the operations of the API from its OpenAPI, with all that they
// take, and the tools of the door for assistants from what it lists. It makes a webhook,
// which a book of a made-up company lacks.
func programTargets(ctx context.Context, f *front) ([]target, error) {
	p := &program{f: f, words: make(map[string]string), lists: make(map[string][]string), turns: make(map[string]int)}
	var api struct {
		Paths      map[string]map[string]operation
		Components struct{ Schemas map[string]schema }
	}
	if err := fetch(ctx, http.MethodGet, f.address()+"/api/v1/openapi.json", "", &api); err != nil {
		return nil, err
	}
	p.schemas = api.Components.Schemas
	if err := p.meet(ctx); err != nil {
		return nil, err
	}
	list := []target{{pattern: "GET /api/v1/openapi.json", path: "/api/v1/openapi.json"}, {pattern: "GET /api/v1/docs", path: "/api/v1/docs"}}
	for path, operations := range api.Paths {
		for method, o := range operations {
			t := target{pattern: strings.ToUpper(method) + " /api/v1" + path, others: url.Values{}}
			at, err := p.filled(ctx, path)
			if err != nil {
				return nil, err
			}
			t.path = "/api/v1" + at
			p.words["customer"] = p.customers[0]
			if strings.HasSuffix(path, ":bulk") { // there it is a number, and one that is not there is made
				p.words["customer"] = "100003"
			}
			if t.method() == http.MethodDelete { // it gets one of its own
				hook, err := p.webhook(ctx)
				if err != nil {
					return nil, err
				}
				t.path = "/api/v1/webhooks/" + hook
			}
			for _, q := range o.Parameters {
				if q.In == "query" {
					t.others.Set(q.Name, fmt.Sprint(p.example(q.Name, q.Schema, 0)))
				}
			}
			for _, kind := range o.RequestBody.Content {
				text, err := json.Marshal(p.example("", kind.Schema, 0))
				if err != nil {
					return nil, err
				}
				t.json = string(text)
			}
			if strings.HasSuffix(t.pattern, "/tasks/{task}") && t.json != "" { // a task is ended by itself
				t.json = strings.Replace(t.json, `"state":"done",`, "", 1)
			}
			list = append(list, t)
		}
	}
	p.words["customer"] = p.customers[0]
	tools, err := p.assistants(ctx)
	slices.SortFunc(list, func(a, b target) int { return strings.Compare(a.pattern, b.pattern) })
	return append(list, tools...), err
}

// meet learns what is in the book.
func (p *program) meet(ctx context.Context) error {
	var list struct {
		Items []struct {
			ID, Code, Unit string
			Sold, Retired  bool
		}
	}
	if err := fetch(ctx, http.MethodGet, p.f.address()+"/api/v1/customers", "", &list); err != nil {
		return err
	}
	for _, c := range list.Items { // those first that were valued
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.f.address()+"/api/v1/customers/"+c.ID+"/explanation", nil)
		if err != nil {
			return err
		}
		status, _, err := answer(r)
		if err != nil {
			return err
		}
		if status == http.StatusOK {
			p.customers = append([]string{c.ID}, p.customers...)
		} else {
			p.customers = append(p.customers, c.ID)
		}
	}
	if len(p.customers) == 0 {
		return fmt.Errorf("the API lists no customers")
	}
	if err := fetch(ctx, http.MethodGet, p.f.address()+"/api/v1/service-types", "", &list); err != nil {
		return err
	}
	for _, t := range list.Items {
		if t.Unit == "minutes" && !t.Sold && !t.Retired {
			p.words["type"] = t.Code
			somewhere["type"], somewhere["customer"] = t.ID, p.customers[0]
		}
	}
	for name, v := range map[string]string{
		"customer": p.customers[0], "day": "2026-11-20", "due": "2026-11-30", "from": "2026-01-01", "to": "2026-11-20", "since": "2026-01-01", "until": "2026-11-20",
		"minutes": "15", "need": "1000", "rank": "1", "suppliers": "2", "address": "https://" + fresh + ".example.com/quid", "events": "service.booked", "name": fresh,
		"benefit": "10", "charge": "0", "cost": "5", "limit": "5", "sort": "", "filter": "", "cursor": "", "fields": "id", "team": "",
	} {
		p.words[name] = v
	}
	var made struct{ ID string }
	tasks := "/customers/" + p.customers[0] + "/tasks" // there is no list of them
	if err := fetch(ctx, http.MethodPost, p.f.address()+"/api/v1"+tasks, `{"due":"2026-11-30","title":"1"}`, &made); err != nil {
		return err
	}
	p.lists[tasks] = []string{made.ID}
	hook, err := p.webhook(ctx)
	if err != nil {
		return err
	}
	if err := fetch(ctx, http.MethodPost, p.f.address()+"/api/v1/webhooks/"+hook+"/test", "", nil); err != nil {
		return err
	}
	somewhere["webhook"] = hook
	delivery, err := p.next(ctx, "/webhooks/"+hook+"/deliveries")
	somewhere["delivery"] = delivery
	return err
}

// webhook makes a webhook.
func (p *program) webhook(ctx context.Context) (string, error) {
	const text = `{"name":"` + fresh + `","address":"https://hub.example.com/quid","events":["service.booked"]}`
	var made struct{ ID string }
	err := fetch(ctx, http.MethodPost, p.f.address()+"/api/v1/webhooks", text, &made)
	return made.ID, err
}

// valuations learns by which name the pages call a point of the matrix.
func valuations(ctx context.Context, f *front) error {
	var list struct{ Items []struct{ ID string } }
	if err := fetch(ctx, http.MethodGet, f.address()+"/api/v1/valuations", "", &list); err != nil {
		return err
	}
	if len(list.Items) < 2 {
		return fmt.Errorf("the book has %d valuations, not two or more", len(list.Items))
	}
	point := url.Values{"i": {"0"}, "v": {list.Items[0].ID}}
	hints["GET /matrix/point"], hints["GET /matrix/open"], hints["GET /matrix/moves"] = point, point, url.Values{"since": {list.Items[1].ID}}
	return nil
}

// filled fills the variables of a path, one after another, each with what the list
// before it begins with; of customers it takes one that has some of what is asked for.
func (p *program) filled(ctx context.Context, path string) (string, error) {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if !strings.HasPrefix(part, "{") {
			continue
		}
		_, suffix, _ := strings.Cut(part, "}")
		before := strings.Join(parts[:i], "/")
		if before == "/customers" {
			continue // it depends on what comes below
		}
		of, most := before, p.customers[0]
		if strings.HasPrefix(before, "/customers/{id}") {
			for n, c := range p.customers[:min(20, len(p.customers))] {
				at := strings.Replace(before, "{id}", c, 1)
				ids, err := p.list(ctx, at)
				if err != nil {
					return "", err
				}
				if n == 0 || len(ids) > len(p.lists[of]) {
					of, most = at, c
				}
			}
			parts = strings.Split(strings.Replace(strings.Join(parts, "/"), "{id}", most, 1), "/")
		}
		id, err := p.next(ctx, of)
		if err != nil {
			return "", err
		}
		parts[i] = cmp.Or(id, "1") + suffix
	}
	return strings.Replace(strings.Join(parts, "/"), "{id}", p.customers[0], 1), nil
}

// list are the ids of a list of the API.
func (p *program) list(ctx context.Context, path string) ([]string, error) {
	if ids, ok := p.lists[path]; ok {
		return ids, nil
	}
	var list struct{ Items []struct{ ID string } }
	if err := fetch(ctx, http.MethodGet, p.f.address()+"/api/v1"+path, "", &list); err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(list.Items))
	for _, item := range list.Items {
		ids = append(ids, item.ID)
	}
	p.lists[path] = ids
	return ids, nil
}

// next is an id of a list, another each time; "" of an empty list.
func (p *program) next(ctx context.Context, path string) (string, error) {
	ids, err := p.list(ctx, path)
	if err != nil || len(ids) == 0 {
		return "", err
	}
	p.turns[path]++
	return ids[p.turns[path]%len(ids)], nil
}

// assistants are calls of each tool for assistants, with all its arguments.
func (p *program) assistants(ctx context.Context) ([]target, error) {
	var listed struct {
		Result struct {
			Tools []struct {
				Name        string
				InputSchema schema
			}
		}
	}
	const list = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}`
	if err := fetch(ctx, http.MethodPost, p.f.address()+"/mcp", list, &listed); err != nil {
		return nil, err
	}
	var out []target
	for _, tool := range listed.Result.Tools {
		text, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": map[string]any{"name": tool.Name, "arguments": p.example("", tool.InputSchema, 0)}})
		if err != nil {
			return nil, err
		}
		out = append(out, target{pattern: toolPattern + tool.Name, path: "/mcp", json: string(text)})
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the door for assistants lists no tools")
	}
	return out, nil
}

// toolPattern begins the name of a tool for assistants where routes are named.
const toolPattern = "POST /mcp#"

// example is a value that the schema of a field allows; "" is better left out.
func (p *program) example(name string, s schema, depth int) any {
	if to, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		return p.example(name, p.schemas[to], depth+1)
	}
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	word, known := p.words[name]
	kind := fmt.Sprint(s.Type) // "string", or a list such as [null array]
	switch {
	case depth > 6:
		return nil
	case len(s.Properties) > 0:
		o := make(map[string]any)
		for of, sub := range s.Properties {
			if of == "$schema" {
				continue
			}
			v := p.example(of, sub, depth+1)
			if v == "" && slices.Contains(s.Required, of) {
				v = `number = "100003"` // a filter
			}
			if v != "" {
				o[of] = v
			}
		}
		return o
	case s.Items != nil:
		return []any{p.example(name, *s.Items, depth+1)}
	case strings.Contains(kind, "integer") || strings.Contains(kind, "number"):
		return 1
	case strings.Contains(kind, "boolean"):
		return true
	case s.Format == "date":
		return "2026-11-20"
	case known:
		return word
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
	if into == nil {
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		return fmt.Errorf("%s %s: %s: %w", method, address, res.Status, err)
	}
	return nil
}
