package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"

	"quid/fault"
	"quid/internal/locale"
)

// The phone page is an island that works without network: a shell that a service
// worker keeps, and JSON. The shell of one build talks only to a server of the
// same build, so that no old page is served with data of a new program: each
// request names its build, and gets 409 with the new one if they differ. Entries
// that wait on the phone outlive the shell.
func (s *Server) phoneRoutes(mux *router) {
	mux.Handle("GET /phone", s.page(s.showPhone))
	mux.Handle("GET /phone/sw.js", s.page(phoneWorker))
	mux.Handle("GET /phone/manifest.webmanifest", s.page(phoneManifest))
	mux.Handle("GET /phone/data", s.phone(s.phoneData))
	mux.Handle("GET /phone/customers", s.phone(s.phoneCustomers))
	mux.Handle("GET /phone/line", s.phone(s.phoneLine))
	mux.Handle("POST /phone/sync", s.phone(s.syncPhone))
	mux.Handle("POST /phone/photo", s.phone(s.takePhoto))
}

// phoneFormat is the version of what phone and server say to each other. Raise it
// when that changes in Go alone.
const phoneFormat = "1"

// buildHeader names the build of a shell.
const buildHeader = "Quid-Build"

// A phoneBuild is one build of the shell.
type phoneBuild struct {
	Name  string   // a hash of all that belongs to it
	Files []string // the addresses of its parts
}

// phoneParts are the files of the shell.
var phoneParts = []string{"phone.css", "phone.js", "phone_start.js", "favicon.svg", "icon-192.png", "icon-512.png", "icon-mask-512.png", "icon-touch-180.png"}

// thisPhone is the build of this program.
var thisPhone = sync.OnceValues(func() (phoneBuild, error) {
	var b phoneBuild
	files, err := embedded()
	if err != nil {
		return b, err
	}
	h := sha256.New()
	for _, name := range phoneParts {
		b.Files = append(b.Files, asset(name))
		h.Write([]byte(asset(name)))
	}
	worker, err := fs.ReadFile(files.files, files.manifest["phone_worker.js"])
	if err != nil {
		return b, err
	}
	var page bytes.Buffer
	if err := phoneShell(phonePage{Page: Page{Printer: locale.For("en")}, Texts: phoneDictionary()}).Render(context.Background(), &page); err != nil {
		return b, err
	}
	for _, part := range [][]byte{worker, page.Bytes(), []byte(phoneFormat)} {
		h.Write(part)
	}
	b.Name = base32.StdEncoding.EncodeToString(h.Sum(nil))[:16]
	return b, nil
})

// A phonePage is the shell: without anything of the book.
type phonePage struct {
	Page
	Build string
	Texts map[string]map[string]string // by language and English text
}

func (s *Server) showPhone(w http.ResponseWriter, r *http.Request) error {
	build, err := thisPhone()
	if err != nil {
		return err
	}
	p := phonePage{Page: Page{Printer: locale.For(langOf(r)), Theme: cookie(r, themeCookie)}, Build: build.Name, Texts: phoneDictionary()}
	w.Header().Set(buildHeader, build.Name)
	return s.render(w, r, http.StatusOK, phoneShell(p))
}

// phoneWorker is the service worker: always asked for anew, so that a new build
// is seen.
func phoneWorker(w http.ResponseWriter, _ *http.Request) error {
	build, err := thisPhone()
	if err != nil {
		return err
	}
	files, err := embedded()
	if err != nil {
		return err
	}
	text, err := fs.ReadFile(files.files, files.manifest["phone_worker.js"])
	if err != nil {
		return err
	}
	shell, err := json.Marshal(map[string]any{"build": build.Name, "files": build.Files})
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("Service-Worker-Allowed", "/phone")
	_, err = w.Write([]byte("const QUID=" + string(shell) + ";\n" + string(text)))
	return err
}

func phoneManifest(w http.ResponseWriter, r *http.Request) error {
	p := locale.For(langOf(r))
	icon := func(name, sizes, purpose string) map[string]string {
		return map[string]string{"src": asset(name), "sizes": sizes, "type": "image/png", "purpose": purpose}
	}
	w.Header().Set("Content-Type", "application/manifest+json")
	w.Header().Set("Cache-Control", "no-cache")
	return json.NewEncoder(w).Encode(map[string]any{
		"id": "/phone", "start_url": "/phone", "scope": "/phone", "display": "standalone", "lang": p.Lang(),
		"name": p.T("Quid: book services"), "short_name": "Quid",
		"background_color": "#ffffff", "theme_color": "#0a5cc2",
		"icons": []map[string]string{
			icon("icon-192.png", "192x192", "any"), icon("icon-512.png", "512x512", "any"), icon("icon-mask-512.png", "512x512", "maskable"),
		},
	})
}

// Limits of what the phone sends.
const (
	mostSyncBytes   = 256 << 10
	mostSyncEntries = 50
)

// phone turns a handler into one that speaks JSON with the shell: it says in JSON
// what is wrong, and lets no other build in.
func (s *Server) phone(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		build, err := thisPhone()
		if err == nil && r.Header.Get(buildHeader) != build.Name {
			_ = answerJSON(w, http.StatusConflict, map[string]string{"build": build.Name}) // the phone asks again
			return
		}
		if err == nil {
			err = h(w, r)
		}
		if err == nil || r.Context().Err() != nil {
			return
		}
		status := http.StatusInternalServerError
		var problems []phoneProblem
		_, long := errors.AsType[*http.MaxBytesError](err)
		switch {
		case long:
			status = http.StatusRequestEntityTooLarge
		case errors.Is(err, fault.Invalid):
			status, problems = http.StatusUnprocessableEntity, problemsOf(locale.For(phoneLang(r)), err)
		case errors.Is(err, fault.NotFound):
			status = http.StatusNotFound
		default:
			status, _ = passing(w, err)
			s.log.ErrorContext(r.Context(), "phone failed", "route", r.Pattern, "err", err)
		}
		_ = answerJSON(w, status, map[string]any{"problems": problems}) // whoever has gone hears nothing
	})
}

// phoneLang is the language that the phone page speaks, which may differ from that
// of the other pages.
func phoneLang(r *http.Request) string {
	if l := r.URL.Query().Get("lang"); locale.Known(l) {
		return l
	}
	return langOf(r)
}

func answerJSON(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(v)
}

// A phoneProblem is what is wrong with a field.
type phoneProblem struct {
	Field string `json:"field"`
	Text  string `json:"text"`
}

func problemsOf(p *locale.Printer, err error) []phoneProblem {
	var list []phoneProblem
	for _, f := range fault.Fields(err) {
		one := phoneProblem{f.Name, p.T(f.Problem)}
		if !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}

// saysJSON says whether a request brings JSON.
func saysJSON(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && strings.EqualFold(kind, "application/json")
}
