// Command build makes internal/web/dist from internal/web/assets: it bundles
// the TypeScript islands and htmx with esbuild, the style sheet with Tailwind's
// command line, and collects the icons that the pages name. It is run in
// internal/web by go generate, after templ, since Tailwind reads the pages.
//
// Files carry a hash of their content in their names, so that browsers may keep
// them for ever; manifest.json says which name is which file.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/evanw/esbuild/pkg/api"
)

const (
	dist    = "dist"
	sources = "assets"
	modules = "../../node_modules"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("assets: ")
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

// run builds everything in memory first, so that a failure leaves the last
// whole build in place.
func run() error {
	if _, err := os.Stat(filepath.Join(modules, "htmx.org")); err != nil {
		return errors.New("the front-end packages are missing: run npm ci, or make generate, which does")
	}
	unlock, err := alone()
	if err != nil {
		return err
	}
	defer unlock()
	var b build
	for _, step := range []func() error{b.islands, b.theme, b.phone, b.style, b.pictures, b.pixels, b.icons} {
		if err := step(); err != nil {
			return err
		}
	}
	return b.write()
}

// alone waits until no other build of the same folder runs, so that two don't
// remove each other's files. A build takes seconds: a lock older than a minute
// was left behind by one that was killed.
func alone() (unlock func(), err error) {
	folder, err := filepath.Abs(dist)
	if err != nil {
		return nil, err
	}
	lock := filepath.Join(os.TempDir(), fmt.Sprintf("quid-assets-%x.lock", sha256.Sum256([]byte(folder))))
	for {
		f, err := os.OpenFile(lock, os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil {
			return func() { os.Remove(lock) }, f.Close()
		}
		if !errors.Is(err, os.ErrExist) {
			return nil, err
		}
		if info, err := os.Stat(lock); err == nil && time.Since(info.ModTime()) > time.Minute {
			os.Remove(lock)
			continue
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// A build is what will stand in dist.
type build struct {
	files    map[string][]byte // by file name
	manifest map[string]string // file name by plain name: app.js is app-5QX….js
}

func (b *build) add(name, file string, text []byte) {
	if b.files == nil {
		b.files, b.manifest = make(map[string][]byte), make(map[string]string)
	}
	b.files[file] = text
	if name != "" {
		b.manifest[name] = file
	}
}

// addHashed adds a file under its name with a hash of its content in it.
func (b *build) addHashed(name string, text []byte) {
	sum := sha256.Sum256(text)
	ext := filepath.Ext(name)
	hash := base32.StdEncoding.EncodeToString(sum[:])[:8]
	b.add(name, strings.TrimSuffix(name, ext)+"-"+hash+ext, text)
}

// islands bundles app.ts, and each island it loads when a page has one, as
// modules that share their common parts; and passkey.ts, which the pages at the door
// load without the rest.
func (b *build) islands() error {
	return b.bundle(api.BuildOptions{
		EntryPoints: []string{filepath.Join(sources, "app.ts"), filepath.Join(sources, "passkey.ts")},
		Format:      api.FormatESModule,
		Splitting:   true,
	})
}

// theme bundles the few lines that must run before the first paint.
func (b *build) theme() error {
	return b.bundle(api.BuildOptions{
		EntryPoints: []string{filepath.Join(sources, "theme.ts")},
		Format:      api.FormatIIFE,
	})
}

func (b *build) bundle(o api.BuildOptions) error {
	o.Bundle = true
	o.MinifyIdentifiers, o.MinifySyntax, o.MinifyWhitespace = true, true, true
	o.Target = api.ES2022
	o.Outdir = dist
	o.EntryNames, o.ChunkNames = "[name]-[hash]", "[name]-[hash]"
	o.NodePaths = []string{modules}
	o.LegalComments = api.LegalCommentsEndOfFile
	o.LogLevel = api.LogLevelWarning
	result := api.Build(o)
	if len(result.Errors) > 0 {
		return fmt.Errorf("esbuild: %d problems", len(result.Errors))
	}
	for _, f := range result.OutputFiles {
		name := ""
		for _, entry := range o.EntryPoints {
			plain := strings.TrimSuffix(filepath.Base(entry), ".ts")
			if strings.HasPrefix(filepath.Base(f.Path), plain+"-") {
				name = plain + ".js"
			}
		}
		b.add(name, filepath.Base(f.Path), f.Contents)
	}
	return nil
}

// style runs Tailwind over the pages and parts.
func (b *build) style() error {
	folder, err := os.MkdirTemp("", "quid-css")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	out := filepath.Join(folder, "app.css")
	cmd := exec.Command(filepath.Join(modules, ".bin", "tailwindcss"),
		"--input", filepath.Join(sources, "app.css"), "--output", out, "--minify")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("tailwindcss: %w\n%s", err, said.Bytes())
	}
	text, err := os.ReadFile(out)
	if err != nil {
		return err
	}
	b.addHashed("app.css", text)
	return nil
}

// pictures adds the files that need no work.
func (b *build) pictures() error {
	text, err := os.ReadFile(filepath.Join(sources, "favicon.svg"))
	if err != nil {
		return err
	}
	b.addHashed("favicon.svg", text)
	return nil
}

var (
	// The ways in which pages name icons: icon("users"), Icon: "users".
	namesIcon = regexp.MustCompile(`(?:\bicon\(|\bIcon:\s*)"([a-z0-9-]+)"`)
	// A literal that may be the name of an icon which reaches a page some other
	// way. A few words too many do no harm.
	mayNameIcon = regexp.MustCompile(`"([a-z][a-z0-9-]*)"`)
	innerSVG    = regexp.MustCompile(`(?s)<svg[^>]*>(.*)</svg>`)
	blanks      = regexp.MustCompile(`\s+`)
)

// iconNames returns the names of the icons that pages name, and the first file
// that does: those that are icons for certain, and those that may be.
func iconNames() (certain, maybe map[string]string, err error) {
	certain, maybe = map[string]string{}, map[string]string{}
	for _, pattern := range []string{"*.templ", "*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			return nil, nil, err
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_templ.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, nil, err
			}
			for _, m := range namesIcon.FindAllSubmatch(text, -1) {
				certain[string(m[1])] = file
			}
			for _, m := range mayNameIcon.FindAllSubmatch(text, -1) {
				maybe[string(m[1])] = file
			}
		}
	}
	return certain, maybe, nil
}

// icons collects the drawing of every icon that a page names, from lucide, into
// icons.json.
func (b *build) icons() error {
	certain, maybe, err := iconNames()
	if err != nil {
		return err
	}
	drawings := make(map[string]string)
	for _, name := range slices.Sorted(maps.Keys(maybe)) { // the certain ones are among them
		text, err := os.ReadFile(filepath.Join(modules, "lucide-static", "icons", name+".svg"))
		if errors.Is(err, os.ErrNotExist) && certain[name] == "" {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s names the icon %q, which lucide doesn't have: %w", certain[name], name, err)
		}
		m := innerSVG.FindSubmatch(text)
		if m == nil {
			return fmt.Errorf("icon %s: no drawing in its file", name)
		}
		drawings[name] = strings.TrimSpace(blanks.ReplaceAllString(string(m[1]), " "))
	}
	text, err := json.MarshalIndent(drawings, "", " ")
	if err != nil {
		return err
	}
	b.add("", "icons.json", text)
	return nil
}

// write puts the build into dist: new files first, then the manifest that names
// them, then what nothing names any more is removed.
func (b *build) write() error {
	if err := os.MkdirAll(dist, 0o755); err != nil {
		return err
	}
	for _, file := range slices.Sorted(maps.Keys(b.files)) {
		text := b.files[file]
		packed, err := pack(text)
		if err != nil {
			return err
		}
		if file != "icons.json" && filepath.Ext(file) != ".png" {
			b.files[file+".gz"] = packed
		}
	}
	manifest, err := json.MarshalIndent(b.manifest, "", " ")
	if err != nil {
		return err
	}
	for file, text := range b.files {
		if err := replace(filepath.Join(dist, file), text); err != nil {
			return err
		}
	}
	if err := replace(filepath.Join(dist, "manifest.json"), manifest); err != nil {
		return err
	}
	entries, err := os.ReadDir(dist)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if b.files[name] == nil && name != "manifest.json" && name != ".keep" {
			if err := os.Remove(filepath.Join(dist, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// replace writes a file unless it stands there already with that content, so
// that the compiler's cache stays warm.
func replace(path string, text []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text) {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// pack compresses a file once and for all.
func pack(text []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(text); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
