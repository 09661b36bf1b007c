package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// A described is an operation as the readable page shows it.
type described struct {
	Method, Path, ID, Tag, Summary, Body, Answer string
	More                                         []string
	Params                                       []*huma.Param
}

// readable writes the description of the API as a page without scripts.
func readable(spec *huma.OpenAPI) ([]byte, error) {
	var ops []described
	for path, item := range spec.Paths {
		for _, o := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if o == nil {
				continue
			}
			d := described{
				Method: o.Method, Path: Root + path, ID: o.OperationID, Tag: o.Tags[0], Summary: o.Summary, More: strings.Split(o.Description, "\n\n"), Params: o.Parameters,
			}
			if o.RequestBody != nil {
				d.Body = nameOf(o.RequestBody.Content)
			}
			for _, status := range slices.Sorted(maps.Keys(o.Responses)) {
				if status < "300" {
					d.Answer = nameOf(o.Responses[status].Content)
				}
			}
			ops = append(ops, d)
		}
	}
	slices.SortFunc(ops, func(a, b described) int {
		return cmp.Or(strings.Compare(a.Tag, b.Tag), strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method))
	})
	type schema struct {
		Name string
		JSON string
	}
	var schemas []schema
	all := spec.Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		b, err := json.MarshalIndent(all[name], "", "  ")
		if err != nil {
			return nil, fmt.Errorf("schema %s: %w", name, err)
		}
		schemas = append(schemas, schema{name, string(b)})
	}
	var b bytes.Buffer
	err := docsPage.Execute(&b, map[string]any{"Info": spec.Info, "Ops": ops, "Schemas": schemas, "Spec": Root + "/openapi.json"})
	return b.Bytes(), err
}

// nameOf is the name of the schema of a body.
func nameOf(content map[string]*huma.MediaType) string {
	for _, m := range content {
		if m.Schema != nil && m.Schema.Ref != "" {
			return m.Schema.Ref[strings.LastIndexByte(m.Schema.Ref, '/')+1:]
		}
	}
	return ""
}

var docsPage = template.Must(template.New("docs").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{{.Info.Title}} API</title>
<style>
:root { color-scheme: light dark; --line: #8884; --soft: #8881 }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 62rem; padding: 1.5rem }
code, pre { font: 13px/1.5 ui-monospace, monospace }
section { border-top: 1px solid var(--line); padding: .5rem 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2rem } h3 { font-size: 1rem; margin: .5rem 0 }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0 }
pre { background: var(--soft); padding: .8rem; overflow: auto } nav a { display: inline-block; margin-right: 1rem }
</style>
<main><h1>{{.Info.Title}} API</h1>
<p>{{.Info.Description}} The description for programs: <a href="{{.Spec}}">openapi.json</a> (OpenAPI 3.1).</p>
<p>Filters are terms such as <code>city = "Ulm" AND (revenue &gt; 1000 OR name:gmbh)</code>: a field, one of <code>= != &lt; &lt;= &gt; &gt;=</code> and a value;
<code>:</code> looks into a text, however it is written; <code>field:*</code> asks whether something is known. NOT, AND, OR and brackets join them; OR binds closer than AND.</p>
<nav aria-label="Operations">{{range .Ops}}<a href="#{{.ID}}">{{.ID}}</a> {{end}}</nav>
<h2>Operations</h2>
{{range .Ops}}<section id="{{.ID}}"><h3><code>{{.Method}} {{.Path}}</code></h3><p><strong>{{.Summary}}</strong></p>{{range .More}}<p>{{.}}</p>{{end}}
{{if .Params}}<table><tr><th>Parameter<th>Where<th>What{{range .Params}}<tr><td><code>{{.Name}}</code><td>{{.In}}<td>{{.Description}}{{end}}</table>{{end}}
{{if .Body}}<p>Body: <a href="#schema-{{.Body}}">{{.Body}}</a></p>{{end}}{{if .Answer}}<p>Answer: <a href="#schema-{{.Answer}}">{{.Answer}}</a></p>{{end}}</section>
{{end}}<h2>Schemas</h2>
{{range .Schemas}}<section id="schema-{{.Name}}"><h3>{{.Name}}</h3><pre>{{.JSON}}</pre></section>
{{end}}</main></html>
`))
