package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// A sample is what a page of the server asks for at a route: an address, and the
// fields with values as a person would send them.
type sample struct {
	path   string
	fields url.Values // of the query or of the form, with what stands in them
	empty  url.Values // those in which nothing stands, with what could stand there
	file   string     // the name of a field for a file
	accept string     // which files it takes
	from   string     // the page that it stands on
	round  int        // of the crawl: what was seen last is still there
	hidden []string   // the fields that a page fills in by itself: ids, states, keys
}

// A crawler follows the links of the pages and fills in their forms.
type crawler struct {
	f       *front
	samples map[string]sample // the one with the most fields, by route
	seen    map[string]int    // pages that were read, by route
	queue   []string
	done    map[string]bool   // addresses and forms
	fresh   map[string]bool   // addresses that show something new
	words   map[string]string // what is to be typed as it is written, by page
	round   int

	see func(pattern string, s sample) // is told of each link and form
}

// manyPages is how many pages of one route are read.
const manyPages = 3

// crawl returns a sample for each route that some page leads to. First it only looks;
// then it sends each form once, so that there is something of everything, and looks
// again.
func crawl(ctx context.Context, f *front) (map[string]sample, error) {
	c := &crawler{f: f, samples: make(map[string]sample), seen: make(map[string]int), done: make(map[string]bool), fresh: make(map[string]bool), words: make(map[string]string)}
	for c.round = range 3 {
		c.queue = append(c.queue, "/", "/account", "/users", "/keys", "/webhooks", "/drafts", "/phone", "/login", "/privacy?q=er")
		clear(c.done)
		clear(c.seen)
		if err := c.look(ctx); err != nil {
			return nil, err
		}
		for _, pattern := range slices.Sorted(maps.Keys(c.samples)) {
			if s := c.samples[pattern]; strings.HasPrefix(pattern, "POST ") && !late(pattern) && !c.done[pattern] {
				c.done[pattern] = true
				if err := c.send(ctx, s.hinted(pattern, "")); err != nil {
					return nil, err
				}
			}
		}
		if err := c.look(ctx); err != nil {
			return nil, err
		}
		time.Sleep(2 * time.Second) // for the jobs
	}
	for pattern, s := range c.samples {
		c.samples[pattern] = s.hinted(pattern, c.words[s.from])
	}
	return c.samples, nil
}

// look reads the pages in the queue, and those that they lead to.
func (c *crawler) look(ctx context.Context) error {
	for len(c.queue) > 0 {
		at := c.queue[0]
		c.queue = c.queue[1:]
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.f.address()+at, nil)
		if err != nil {
			continue
		}
		_, pattern := c.f.routes.Handler(r)
		c.note(pattern, sample{path: r.URL.Path, fields: r.URL.Query()})
		if c.fresh[at] {
			delete(c.fresh, at)
			c.done[at], c.seen[pattern] = false, 0
		}
		if c.done[at] || c.seen[pattern] >= manyPages || pattern == "" || pattern == "GET /assets/" {
			continue
		}
		c.done[at] = true
		c.seen[pattern]++
		r.Header.Set("Accept", "text/html")
		if err := c.read(r); err != nil {
			return err
		}
	}
	return nil
}

// send sends a form as it stands, and reads the answer.
func (c *crawler) send(ctx context.Context, s sample) error {
	body, kind, err := s.body()
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.f.address()+s.path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Accept", "text/html")
	return c.read(r)
}

// customersFile is what is sent where a page asks for a file.
const customersFile = "number;name;city\n4711;Probe & Sons;Ulm\n4712;Sample Ltd;\n"

// dot is a picture.
var dot = func() []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		panic(err)
	}
	return b.Bytes()
}()

// body is a form as it is sent.
func (s sample) body() (body []byte, kind string, err error) {
	if s.file == "" {
		return []byte(s.full().Encode()), "application/x-www-form-urlencoded", nil
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, values := range s.full() {
		for _, v := range values {
			if err := w.WriteField(name, v); err != nil {
				return nil, "", err
			}
		}
	}
	name, kind, content := "customers.csv", "text/csv", []byte(customersFile)
	if strings.Contains(s.accept, "png") || strings.Contains(s.accept, "image") {
		name, kind, content = "dot.png", "image/png", dot
	}
	part, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name=%q; filename=%q`, s.file, name)}, "Content-Type": {kind}})
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	return b.Bytes(), w.FormDataContentType(), err
}

// note keeps a sample if it has more than the one before.
func (c *crawler) note(pattern string, s sample) {
	if c.see != nil {
		c.see(pattern, s)
	}
	old, ok := c.samples[pattern]
	if pattern == "" {
		return
	}
	if want := rather[pattern]; want != "" && ok && strings.HasSuffix(s.path, want) != strings.HasSuffix(old.path, want) {
		if strings.HasSuffix(s.path, want) {
			c.samples[pattern] = s
		}
		return
	}
	if more := len(s.fields) + len(s.empty) - len(old.fields) - len(old.empty); !ok || more > 0 || more == 0 && c.round > old.round {
		s.round = c.round
		c.samples[pattern] = s
	}
}

// full are all fields, each with something in it.
func (s sample) full() url.Values {
	all := make(url.Values, len(s.fields)+len(s.empty))
	maps.Copy(all, s.empty)
	maps.Copy(all, s.fields)
	return all
}

var link = regexp.MustCompile(`https?://127\.0\.0\.1:\d+(/[^\s"'<>]*)`)

// read asks for a page and notes where it leads.
func (c *crawler) read(r *http.Request) error {
	res, err := noFollow.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if to := res.Header.Get("Location"); strings.HasPrefix(to, "/") && r.Method == http.MethodPost {
		c.queue = append(c.queue, to)
		c.fresh[to] = true // it shows what was made just now
	}
	if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		return nil
	}
	for _, m := range link.FindAllStringSubmatch(string(text), -1) {
		c.queue = append(c.queue, html.UnescapeString(m[1])) // links for others
	}
	page, err := html.Parse(bytes.NewReader(text))
	if err == nil {
		c.elements(page, r.URL, nil)
		c.wordOf(page, r)
	}
	return err
}

var toType = regexp.MustCompile(`(?:Type|Tippen Sie) [“„]([^”“]+)[”“]`)

// wordOf notes the word that a page wants typed before something that can't be undone.
func (c *crawler) wordOf(page *html.Node, r *http.Request) {
	for n := range page.Descendants() {
		if n.Type != html.TextNode {
			continue
		}
		if m := toType.FindStringSubmatch(n.Data); m != nil {
			c.words[r.URL.RequestURI()] = m[1]
		}
	}
}

// elements goes through a page, within a form or not.
func (c *crawler) elements(n *html.Node, at *url.URL, form *sample) {
	if n.Type == html.ElementNode {
		for _, name := range []string{"href", "src", "hx-get", "data-src", "data-moves", "data-list-at", "data-href"} {
			c.leads(at, attr(n, name))
		}
		switch n.Data {
		case "form":
			inner := &sample{fields: make(url.Values), empty: make(url.Values)}
			defer c.form(n, at, inner)
			form = inner
		case "input", "select", "textarea", "button":
			if form != nil {
				form.field(n)
			}
			if to := attr(n, "formaction"); to != "" && form != nil {
				defer c.action(http.MethodPost, at, to, form)
			}
		}
	}
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		c.elements(k, at, form)
	}
}

// leads queues an address of the server.
func (c *crawler) leads(at *url.URL, to string) {
	u, err := at.Parse(to)
	if to != "" && err == nil && u.Host == at.Host {
		c.queue = append(c.queue, u.RequestURI())
	}
}

// form notes what a form sends to where, once all its fields are known.
func (c *crawler) form(n *html.Node, at *url.URL, s *sample) {
	method := strings.ToUpper(attr(n, "method"))
	if method == "" {
		method = http.MethodGet
	}
	c.action(method, at, attr(n, "action"), s)
	if to := attr(n, "hx-post"); to != "" {
		c.action(http.MethodPost, at, to, s)
	}
	if to := attr(n, "hx-get"); to != "" {
		c.action(http.MethodGet, at, to, s)
	}
}

func (c *crawler) action(method string, at *url.URL, to string, s *sample) {
	u, err := at.Parse(to)
	if err != nil || u.Host != at.Host {
		return
	}
	_, pattern := c.f.routes.Handler(&http.Request{Method: method, URL: u, Host: u.Host})
	c.note(pattern, sample{path: u.Path, fields: maps.Clone(s.fields), empty: maps.Clone(s.empty), file: s.file, accept: s.accept, from: at.RequestURI(), hidden: slices.Clone(s.hidden)})
}

var laterRow = regexp.MustCompile(`^(cost|rate)\.[1-9]`)

// field adds a field of a form as a browser would send it; where nothing stands, it
// makes something up.
func (s *sample) field(n *html.Node) {
	name, v, offer := attr(n, "name"), attr(n, "value"), ""
	kind := attr(n, "type")
	switch {
	case name == "" || kind == "submit" && v == "":
		return
	case kind == "checkbox" && !has(n, "checked") && (strings.Contains(name, "drop") || name == "retired"):
		return // it takes away what the form is about
	case kind == "file":
		s.file, s.accept = name, attr(n, "accept")
		return
	case n.Data == "select":
		v, offer = chosen(n)
	case n.Data == "textarea" && n.FirstChild != nil:
		v = n.FirstChild.Data
	case (kind == "radio" || kind == "checkbox") && len(s.fields[name]) > 0 && !has(n, "checked"):
		return
	}
	if kind == "hidden" {
		s.hidden = append(s.hidden, name)
	}
	if v != "" && (kind != "radio" && kind != "checkbox" || has(n, "checked")) {
		s.fields.Set(name, v)
		return
	}
	if laterRow.MatchString(name) {
		return // a table has a line free for more
	}
	s.empty.Set(name, cmp.Or(v, offer, invented(kind, name)))
}

// chosen is the value of a list that is selected, and the first that says something.
func chosen(n *html.Node) (v, offer string) {
	for o := range n.Descendants() {
		if o.Type != html.ElementNode || o.Data != "option" {
			continue
		}
		if has(o, "selected") {
			v = attr(o, "value")
		}
		if offer == "" {
			offer = attr(o, "value")
		}
	}
	return v, offer
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}
