package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// mislead is the weak twin: the same server, but some routes are answered from the same
// book by SQL that is built from what they were sent, show what they were sent as it
// came, at once or later, and open files by name. It changes what the server is asked
// to what the SQL found, or says what is to stand in the answer.
func (f *front) mislead(pattern string, r *http.Request, body []byte) (said string) {
	ctx, q := r.Context(), r.URL.Query()
	switch pattern {
	case "GET /customers": // what was searched for, and repeated as it came
		said = "<ol><li>" + f.rows(ctx, "SELECT name FROM customer WHERE name LIKE '%"+q.Get("q")+"%'") + "</ol><p>" + q.Get("q") + "</p>"
		q.Del("q")
		q.Del("sort")
	case "GET /customers/{id}":
		id, _, _ := strings.Cut(f.rows(ctx, "SELECT CAST(customer_id AS TEXT) FROM customer WHERE customer_id = "+strings.TrimPrefix(r.URL.Path, "/customers/")), "<")
		r.URL.Path, r.URL.RawPath = "/customers/"+cmp.Or(id, "0"), ""
	case "POST /views": // what is kept, and shown by others
		if form, err := url.ParseQuery(string(body)); err == nil {
			said = "<ol><li>" + f.rows(ctx, "SELECT name FROM customer WHERE number <> '"+form.Get("name")+"'") + "</ol>"
			f.mu.Lock()
			f.kept = append(f.kept[max(0, len(f.kept)-20):], form.Get("name"))
			f.mu.Unlock()
		}
	case "GET /views/{id}":
		f.mu.Lock()
		said = "<ul><li>" + strings.Join(f.kept, "<li>") + "</ul>"
		f.mu.Unlock()
	case "GET /attachments/{customer}/{id}": // a file, by its name
		parts := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/attachments/"), "/", 2)
		if text, err := os.ReadFile(filepath.Join(os.TempDir(), parts[len(parts)-1])); err == nil {
			said = string(text)
		}
	case "GET /api/v1/customers":
		if found := f.rows(ctx, "SELECT name FROM customer WHERE name <> '"+q.Get("filter")+"'"); found == "" || strings.HasPrefix(found, noSQL) {
			q.Set("cursor", "none")
		}
		q.Del("filter")
	}
	r.URL.RawQuery = q.Encode()
	return said
}

// led is the weak twin too: it leads to wherever a field says, and writes that into the
// header as it came. net/http would not: it takes out what ends a line.
func (f *front) led(w http.ResponseWriter, pattern string, r *http.Request) bool {
	to, err := url.QueryUnescape(r.URL.Query().Get("sort"))
	if pattern != "GET /customers" || err != nil || !strings.Contains(to, "://") {
		return false
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return false
	}
	defer conn.Close()
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", to)
	return true
}

// noSQL begins what the weak twin says of SQL that is none.
const noSQL = "SQLite error 1: "

// rows are names that SQL finds. What is none is told by words that wapiti knows of
// another driver: those of ours it doesn't.
func (f *front) rows(ctx context.Context, text string) string {
	rows, err := f.weak.QueryContext(ctx, text)
	if err != nil {
		return fmt.Sprint(noSQL, err)
	}
	defer rows.Close()
	var b strings.Builder
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return ""
		}
		b.WriteString(name + "<li>")
	}
	if rows.Err() != nil {
		return ""
	}
	return b.String()
}
