package web

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:generate go tool templ generate
//go:generate go run ./assets/build

// The bundles of the islands, the style sheet and the icons, made by go
// generate. A committed .keep lets the program compile before they are made.
//
//go:embed all:dist
var distFiles embed.FS

// bundles is what go generate left in dist.
type bundles struct {
	files    fs.FS
	manifest map[string]string // file name by plain name
	icons    map[string]string // drawing by name of the icon
}

// readBundles reads the manifest and the icons from files. It fails with what
// to do if the assets were never made.
func readBundles(files fs.FS) (*bundles, error) {
	b := &bundles{files: files}
	for name, into := range map[string]any{"manifest.json": &b.manifest, "icons.json": &b.icons} {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("the assets were not built: run make generate, then build again: %w", err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			return nil, fmt.Errorf("assets: %s: %w", name, err)
		}
	}
	return b, nil
}

var embedded = sync.OnceValues(func() (*bundles, error) {
	files, err := fs.Sub(distFiles, "dist")
	if err != nil {
		return nil, err
	}
	return readBundles(files)
})

// CheckAssets says whether this program was built with its assets. A program
// that serves pages asks it first.
func CheckAssets() error {
	_, err := embedded()
	return err
}

// asset is the address of a built asset, such as app.js. It panics if the
// program was built without assets, or if there is none of that name: both are
// mistakes of whoever built it, which CheckAssets and the tests find first.
func asset(name string) string {
	b, err := embedded()
	if err != nil {
		panic(err)
	}
	file, ok := b.manifest[name]
	if !ok {
		panic("assets: there is no " + name)
	}
	return "/assets/" + file
}

// ContentSecurityPolicy is what a page may load: only what this server gives.
// Basecoat draws small arrows by data: addresses.
const ContentSecurityPolicy = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; " +
	"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Assets serves what was built, at /assets/. Names carry a hash of the content,
// so browsers may keep the files for ever.
func Assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := embedded()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		b.serve(w, r, strings.TrimPrefix(r.URL.Path, "/assets/"))
	})
}

func (b *bundles) serve(w http.ResponseWriter, r *http.Request, name string) {
	if strings.ContainsAny(name, `/\`) || !strings.Contains(name, "-") || strings.HasSuffix(name, ".gz") {
		http.NotFound(w, r)
		return
	}
	file := name
	w.Header().Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if _, err := fs.Stat(b.files, name+".gz"); err == nil {
			file = name + ".gz"
			w.Header().Set("Content-Encoding", "gzip")
		}
	}
	if _, err := fs.Stat(b.files, file); err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Content-Type", contentType(name))
	http.ServeFileFS(w, r, b.files, file) // #nosec G703 -- of what is built into the program
}

// contentType doesn't ask the system, whose tables differ from machine to
// machine, for the three kinds there are.
func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	default:
		return mime.TypeByExtension(ext)
	}
}
