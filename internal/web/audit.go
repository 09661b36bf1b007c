package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"quid/internal/doc"
	"quid/internal/locale"
	"quid/internal/store"
)

func (s *Server) auditRoutes(mux *router) {
	mux.Handle("GET /audit", s.page(s.showAudit))
	mux.Handle("GET /audit.csv", s.page(s.auditCSV))
}

// auditPage is how many lines of the log stand on a page.
const auditLines = 100

// An auditPage is the log of what was done.
type auditPage struct {
	Page
	Lines []store.Audit
	Names map[int64]string // of people
	Keys  map[int64]string // of keys
	Noun  string
	Nouns []string
	Next  int64 // the line that the next page is older than, 0 at the end
}

// auditNouns are what the log speaks of.
var auditNouns = []string{
	"user", "role", "key", "contact", "customer", "import", "model", "service", "rate", "team", "closing", "setting", "erasure", "export", "webhook",
	"playbook", "strategy", "budget", "statement", "link", "talk", "override", "development", "possible value", "feed", "argument", "company", "estimate", "person", "contacts", "retention",
}

func (s *Server) audit(r *http.Request, most int) (*auditPage, error) {
	page, err := s.newPage(r, locale.Key("Audit log"))
	if err != nil {
		return nil, err
	}
	p := &auditPage{Page: page, Names: map[int64]string{}, Keys: map[int64]string{}, Nouns: auditNouns}
	before, _ := strconv.ParseInt(r.FormValue("before"), 10, 64) // nothing: from the newest
	if n := r.FormValue("noun"); slices.Contains(auditNouns, n) {
		p.Noun = n
	}
	read := s.db.Read()
	if p.Lines, err = read.Audits(r.Context(), store.AuditFilter{Before: before, Noun: p.Noun, Most: most}); err != nil {
		return nil, err
	}
	if len(p.Lines) == most {
		p.Next = p.Lines[most-1].ID
	}
	users, err := read.Users(r.Context())
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		p.Names[u.ID] = u.Name
	}
	keys, err := read.APIKeys(r.Context())
	for _, k := range keys {
		p.Keys[k.ID] = k.Name
	}
	return p, err
}

func (s *Server) showAudit(w http.ResponseWriter, r *http.Request) error {
	p, err := s.audit(r, auditLines)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, auditView(p))
}

// mostAudit is how many lines of the log go into a file.
const mostAudit = 100_000

func (s *Server) auditCSV(w http.ResponseWriter, r *http.Request) error {
	p, err := s.audit(r, mostAudit)
	if err != nil {
		return err
	}
	t := doc.Table{Name: "audit"}
	for _, name := range []string{"at", "who", "via", "address", "request", "what", "noun", "noun_id", "customer_id", "before", "after"} {
		t.Columns = append(t.Columns, doc.Column{Title: name})
	}
	t.Rows = func(yield func([]doc.Value) bool) {
		for _, l := range p.Lines {
			row := make([]doc.Value, 0, len(t.Columns))
			for _, text := range []string{
				l.At.Format(time.RFC3339Nano), p.who(l), l.Via, l.Address, l.Request, l.What, l.Noun, formatID(l.NounID), formatID(int64(l.Customer)), l.Before, l.After,
			} {
				row = append(row, doc.Value{Text: text, Empty: text == ""})
			}
			if !yield(row) {
				return
			}
		}
	}
	out, err := attach(w, "text/csv; charset=utf-8", "audit.csv")
	if err != nil {
		return err
	}
	return doc.WriteCSV(out, t, doc.English)
}

// who is who did what a line says.
func (p *auditPage) who(l store.Audit) string {
	switch {
	case l.Key != 0:
		return p.Keys[l.Key]
	case l.User != 0:
		return p.Names[l.User]
	default:
		return p.T(l.Via)
	}
}

// change says what a line changed, in few words: only what differs.
func (p *auditPage) change(l store.Audit) string {
	var before, after map[string]any
	if json.Unmarshal([]byte(l.Before), &before) != nil && l.Before != "" || json.Unmarshal([]byte(l.After), &after) != nil && l.After != "" {
		return strings.TrimSpace(l.Before + " → " + l.After)
	}
	var out []string
	names := slices.Sorted(maps.Keys(after))
	for _, n := range slices.Sorted(maps.Keys(before)) {
		if _, ok := after[n]; !ok {
			names = append(names, n)
		}
	}
	for _, n := range names {
		was, is := fmt.Sprint(before[n]), fmt.Sprint(after[n])
		switch {
		case before == nil:
			out = append(out, n+": "+is)
		case was != is:
			out = append(out, n+": "+was+" → "+is)
		}
	}
	return strings.Join(out, ", ")
}
