package main

import (
	"context"
	"crypto/md5"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// modules are those of wapiti that attack. Left out are those that call servers of its
// own (ssrf, xxe), that guess names of files (backup, buster, nikto, wapp, htaccess,
// shellshock), blindsql (by time; sqlmap looks by answers), exec (Quid starts no program),
// methods (it reports nothing), csrf, which looks for tokens (Quid asks where a form comes
// from: Sec-Fetch-Site, Origin), and cookieflags (the front keeps the cookies).
const modules = "xss,permanentxss,sql,crlf,redirect,csp,http_headers"

// fileModule tries 65 names of files each time: it is given places in paths, and each
// field of a query once, whatever the number of routes that read it. What is posted is
// left out: Quid opens no file whose name it is sent.
const fileModule = "file:get"

// known are findings that are none, with the reason.
var known = map[string]string{
	"HTTP Secure Headers": "Strict-Transport-Security is sent over TLS alone (internal/serve, admit), X-XSS-Protection is no longer heeded",
}

// wanted is what wapiti has to find in the weak twin, and where.
var wanted = []struct{ kind, at string }{
	{"Cross Site Scripting", "/customers q: XSS"},
	{"Cross Site Scripting", "/views name: Permanent XSS"},
	{"SQL Injection", "/customers q"},
	{"Open Redirect", "/customers sort"},
	{"CRLF Injection", "/customers sort"},
	{"Path Traversal", "place"},
	{"Content Security Policy Configuration", ""},
	{"HTTP Secure Headers", "X-Frame-Options"},
}

// wapiti looks at the weak twin, where it has to find each kind of hole that it looks
// for, and then at every route of the program, by the same options.
func (r *raid) wapiti(ctx context.Context) error {
	var list []target
	for _, pattern := range []string{"GET /customers", "POST /views", "GET /views/{id}", "GET /attachments/{customer}/{id}"} {
		t, ok := r.twins[pattern]
		if !ok {
			return fmt.Errorf("the program has no route %s any more: give the weak twin another hole", pattern)
		}
		if t.fields = maps.Clone(t.fields); t.fields == nil {
			t.fields = make(url.Values)
		}
		if pattern == "GET /customers" {
			t.fields["q"], t.fields["sort"] = []string{"e"}, []string{"name"}
		}
		list = append(list, t)
	}
	weak, err := r.scan(ctx, r.weak, list)
	if err != nil {
		return err
	}
	for _, w := range wanted {
		if !slices.ContainsFunc(weak.found[w.kind], func(what string) bool { return strings.Contains(what, w.at) }) {
			return fmt.Errorf("wapiti doesn't find %s (%s) in the weak twin, but %v: what it says of the program proves nothing", w.kind, w.at, weak.found)
		}
		fmt.Printf("wapiti, weak twin: %s: %d\n", w.kind, len(weak.found[w.kind]))
	}
	begun := time.Now()
	done, err := r.scan(ctx, r.real, r.list)
	if err != nil {
		return err
	}
	for _, kind := range slices.Sorted(maps.Keys(done.found)) {
		why, ok := known[kind]
		fmt.Printf("wapiti: %s: %d %s\n", kind, len(done.found[kind]), why)
		if !ok {
			for _, what := range done.found[kind] {
				err = errors.Join(err, fmt.Errorf("wapiti: %s: %s", kind, what))
			}
		}
	}
	for _, what := range done.open {
		err = errors.Join(err, fmt.Errorf("wapiti did not end with %s", what))
	}
	fmt.Printf("wapiti: %d addresses and forms with %d fields and places in paths, %d not to the end, in %s\n", done.sent, done.fields, len(done.open), time.Since(begun).Round(time.Second))
	return errors.Join(err, r.report("wapiti"))
}

// A scanned is what came of wapiti.
type scanned struct {
	sent, fields int
	found        map[string][]string // by kind
	open         []string            // modules that did not come to the end, and where
}

// scan lets wapiti loose on targets, and returns what it found by its kind.
func (r *raid) scan(ctx context.Context, f *front, list []target) (*scanned, error) {
	var all, names []step
	seen := make(map[string]bool)
	for _, t := range list {
		for _, s := range t.steps() {
			all = append(all, s)
			few := step{method: s.method, path: s.path, query: make(url.Values)}
			for name, v := range s.query {
				if once := t.pattern + name; s.method == http.MethodGet && !seen[name] && !seen[once] {
					few.query[name] = v
					seen[once] = strings.HasPrefix(name, placed)
					seen[name] = !seen[once]
				}
			}
			if len(few.query) > 0 {
				names = append(names, few)
			}
		}
	}
	done := &scanned{found: make(map[string][]string)}
	return done, errors.Join(r.launch(ctx, f, done, all, modules), r.launch(ctx, f, done, names, fileModule))
}

// launch starts wapiti once. It does not look for pages: it is given all as if it had.
func (r *raid) launch(ctx context.Context, f *front, done *scanned, steps []step, modules string) error {
	work, err := os.MkdirTemp(r.dir, "wapiti")
	if err != nil {
		return err
	}
	root := f.address() + "/"
	book := filepath.Join(work, fmt.Sprintf("%s_folder_%.8s.db", strings.ReplaceAll(f.host(), ":", "_"), fmt.Sprintf("%x", md5.Sum([]byte(root)))))
	if err := done.give(ctx, book, f.address(), steps); err != nil {
		return err
	}
	out := filepath.Join(work, "report.json")
	cmd := exec.CommandContext(ctx, "wapiti", "-u", root, "--skip-crawl", "--scope", "folder", "-l", "2", "-m", modules, "-f", "json", "-o", out, "--no-bugreport", "-v", "0",
		"--endpoint", root, "--store-session", work, "--store-config", work, "-t", "30", "--max-attack-time", fmt.Sprint(int(r.wapitiScan.Seconds())))
	cmd.Env = append(os.Environ(), "HOME="+work)
	said, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("wapiti: %w: %.2000s", err, said)
	}
	if r.verbose {
		fmt.Printf("%s\n", said)
	}
	if err := done.read(out); err != nil {
		return fmt.Errorf("%w: %.2000s", err, said)
	}
	return done.left(ctx, book, modules)
}

// read takes what wapiti reports.
func (d *scanned) read(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("wapiti wrote no report: %w", err)
	}
	type finding struct{ Method, Path, Info, Parameter string }
	var report struct{ Vulnerabilities, Anomalies, Additionals map[string][]finding }
	if err := json.Unmarshal(text, &report); err != nil {
		return err
	}
	for _, kinds := range []map[string][]finding{report.Vulnerabilities, report.Anomalies, report.Additionals} {
		for kind, list := range kinds {
			for _, v := range list {
				path, _, _ := strings.Cut(v.Path, "?")
				d.found[kind] = append(d.found[kind], fmt.Sprintf("%s %s %s: %.300s", v.Method, path, v.Parameter, v.Info))
			}
		}
	}
	return nil
}

// given are the tables in which wapiti keeps what it came across.
var given = []string{
	`CREATE TABLE scan_infos (key TEXT, value TEXT)`,
	`CREATE TABLE paths (path_id INTEGER PRIMARY KEY, path TEXT, method TEXT, enctype TEXT, depth INTEGER, encoding TEXT, http_status INTEGER, headers TEXT, referer TEXT, evil INTEGER)`,
	`CREATE TABLE params (path_id INTEGER, type TEXT, param_order INTEGER, name TEXT, value1 TEXT, value2 TEXT, meta TEXT, FOREIGN KEY(path_id) REFERENCES paths(path_id))`,
	`CREATE TABLE attack_log (path_id INTEGER, module_name TEXT)`,
	`CREATE TABLE payloads (evil_path INTEGER PRIMARY KEY, original_path INTEGER, category TEXT, level INTEGER, parameter TEXT, info TEXT, type TEXT)`,
}

// give writes down targets as pages and forms that wapiti came across.
func (d *scanned) give(ctx context.Context, file, address string, list []step) error {
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, text := range given {
		if _, err := db.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, `INSERT INTO scan_infos VALUES ('root_url', $1)`, address+"/"); err != nil {
		return err
	}
	for id, s := range list {
		d.sent++
		enctype := ""
		if s.method == http.MethodPost {
			enctype = "application/x-www-form-urlencoded"
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO paths VALUES ($1, $2, $3, $4, 0, 'UTF-8', 200, '{"content-type": "text/html; charset=utf-8"}', '', 0)`, id+1, address+s.path, s.method, enctype); err != nil {
			return err
		}
		for _, fields := range []struct {
			kind string
			of   url.Values
		}{{"GET", s.query}, {"POST", s.form}} {
			for n, name := range slices.Sorted(maps.Keys(fields.of)) {
				d.fields++
				if _, err := tx.ExecContext(ctx, `INSERT INTO params VALUES ($1, $2, $3, $4, $5, NULL, NULL)`, id+1, fields.kind, n, name, fields.of.Get(name)); err != nil {
					return err
				}
			}
		}
	}
	return tx.Commit()
}

// A step is an address or a form.
type step struct {
	method, path string
	query, form  url.Values
}

// steps are what wapiti is given of a target: variables of its path as fields, that the
// front puts in their places; and, by themselves, fields that make the route refuse.
// Documents of JSON it can't vary, and it knows GET and POST alone.
func (t target) steps() (list []step) {
	if t.method() != http.MethodGet && t.method() != http.MethodPost {
		return nil
	}
	add := func(fields url.Values) {
		s := step{method: t.method(), path: t.path, query: make(url.Values)}
		if s.method == http.MethodGet || t.json != "" || t.raw != nil {
			maps.Copy(s.query, fields)
		} else {
			s.form = fields
		}
		_, pattern, _ := strings.Cut(t.pattern, " ")
		is := strings.Split(t.path, "/")
		for i, part := range strings.Split(pattern, "/") {
			if i < len(is) && strings.HasPrefix(part, "{") && part != "{$}" {
				s.query.Set(placed+fmt.Sprint(i), is[i])
			}
		}
		if s.method == http.MethodGet || len(s.query)+len(s.form) > 0 { // a page without fields may show what another was sent
			list = append(list, s)
		}
	}
	add(t.fields)
	for name, v := range t.others {
		fields := maps.Clone(t.fields)
		if fields == nil {
			fields = make(url.Values)
		}
		fields[name] = v
		add(fields)
	}
	return list
}

// placed begins the name of a field that stands for a part of the path.
const placed = "place."

// place puts fields of a query that stand for parts of a path in their places.
func place(r *http.Request) {
	if !strings.Contains(r.URL.RawQuery, placed) {
		return // as it came
	}
	q := r.URL.Query()
	parts := strings.Split(r.URL.Path, "/")
	changed := false
	for i := range parts {
		if name := placed + fmt.Sprint(i); q.Has(name) {
			changed = changed || parts[i] != q.Get(name)
			parts[i] = q.Get(name)
			q.Del(name)
		}
	}
	r.URL.RawQuery = q.Encode()
	if changed {
		escaped := slices.Clone(parts)
		for i := range escaped {
			escaped[i] = url.PathEscape(escaped[i])
		}
		r.URL.Path, r.URL.RawPath = strings.Join(parts, "/"), strings.Join(escaped, "/")
	}
}

// left names what a module did not come to the end of.
func (d *scanned) left(ctx context.Context, file, modules string) error {
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		return err
	}
	defer db.Close()
	// It notes nothing of what has no fields (its Request is false then), though it asks.
	const open = `SELECT p.method || ' ' || p.path FROM paths p WHERE p.evil = 0 AND (p.method = 'GET' OR $1 IN ('xss', 'sql'))
		AND EXISTS (SELECT 1 FROM params f WHERE f.path_id = p.path_id)
		AND NOT EXISTS (SELECT 1 FROM attack_log l WHERE l.path_id = p.path_id AND l.module_name = $1)`
	for module := range strings.SplitSeq(modules, ",") {
		module, _, _ = strings.Cut(module, ":")
		if module == "csp" || module == "http_headers" { // they look at one page
			continue
		}
		rows, err := db.QueryContext(ctx, open, module)
		if err != nil {
			return err
		}
		for rows.Next() {
			var what string
			if err := rows.Scan(&what); err != nil {
				return errors.Join(err, rows.Close())
			}
			d.open = append(d.open, module+" "+what)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
	}
	return nil
}
