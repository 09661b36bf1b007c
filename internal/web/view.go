package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// showView answers with a saved view at an address of its own.
func (s *Server) showView(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	view, err := s.db.Read().View(r.Context(), id)
	if err != nil {
		return err
	}
	v, err := url.ParseQuery(view.Query)
	if err != nil {
		return fmt.Errorf("view %d: %w", id, err)
	}
	v.Set("page", r.URL.Query().Get("page"))
	return s.showList(w, r, queryOf(v), id)
}

// saveView keeps the list that the reader looks at.
func (s *Server) saveView(w http.ResponseWriter, r *http.Request) error {
	id, err := s.app.SaveView(r.Context(), r.FormValue("name"), queryText(r.FormValue("query")))
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/views/"+formatID(id), http.StatusSeeOther)
	return nil
}

func (s *Server) dropView(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	if err := s.app.DropView(r.Context(), id); err != nil {
		return err
	}
	http.Redirect(w, r, "/customers", http.StatusSeeOther)
	return nil
}

// A hit is a customer in the command palette.
type hit struct {
	Label string `json:"label"`
	Sub   string `json:"sub"`
	Href  string `json:"href"`
}

// mostHits is how many customers the palette shows.
const mostHits = 8

// paletteHits answers with the customers that fit what is typed, those with the
// greatest contribution first.
func (s *Server) paletteHits(w http.ResponseWriter, r *http.Request) error {
	hits := []hit{}
	q := queryOf(url.Values{"q": r.URL.Query()["q"]})
	pic, err := s.picture(r.Context())
	if err == nil && q.Search != "" {
		for i := range pic.list(q).page(0, mostHits, q.Down) {
			h := hit{Label: pic.snap.Name(i), Sub: pic.snap.External(i), Href: customerPath(pic.snap.ID(i))}
			if city := pic.snap.City(i); city != "" {
				h.Sub += " · " + city
			}
			hits = append(hits, h)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(w).Encode(hits)
}
