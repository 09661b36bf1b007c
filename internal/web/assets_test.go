package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"quid/internal/auth/authtest"
)

func TestAssetsMayBeKeptForEver(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]string{
		"app.js": "text/javascript; charset=utf-8", "app.css": "text/css; charset=utf-8", "favicon.svg": "image/svg+xml", "theme.js": "text/javascript; charset=utf-8",
	} {
		plain, packed := getAsset(t, asset(name), ""), getAsset(t, asset(name), "br, gzip")
		for _, r := range []*http.Response{plain, packed} {
			if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != kind {
				t.Errorf("%s: %s, %s", name, r.Status, r.Header.Get("Content-Type"))
			}
			if got := r.Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
				t.Errorf("%s: Cache-Control is %q", name, got)
			}
			if r.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s: a cache might hand the packed file to whom can't read it", name)
			}
		}
		z, err := gzip.NewReader(packed.Body)
		if err != nil || packed.Header.Get("Content-Encoding") != "gzip" {
			t.Fatalf("%s: not packed: %v", name, err)
		}
		want, _ := io.ReadAll(plain.Body)
		if got, err := io.ReadAll(z); err != nil || string(got) != string(want) || len(want) == 0 {
			t.Errorf("%s: packed and plain differ (%v)", name, err)
		}
	}
}

func getAsset(t *testing.T, url, accepts string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(authtest.Context(t), http.MethodGet, url, nil)
	r.Header.Set("Accept-Encoding", accepts)
	w := httptest.NewRecorder()
	Assets().ServeHTTP(w, r)
	return w.Result()
}

func TestOnlyAssetsAreServed(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"/assets/", "/assets/.keep", "/assets/manifest.json", "/assets/icons.json", "/assets/app.js",
		"/assets/../doc.go", "/assets/no-such.js", asset("app.js") + ".gz", asset("app.js") + "/",
	} {
		if r := getAsset(t, path, ""); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s, want 404", path, r.Status)
		}
	}
}

func TestAProgramWithoutAssetsSaysWhatToDo(t *testing.T) {
	t.Parallel()
	_, err := readBundles(fstest.MapFS{".keep": {}})
	if err == nil || !strings.Contains(err.Error(), "make generate") {
		t.Errorf("the error is %v", err)
	}
}

func TestEveryIconOfThePartsIsDrawn(t *testing.T) {
	t.Parallel()
	for _, at := range places {
		if drawing(at.Icon) == drawing("no-such-icon") {
			t.Errorf("the icon %s of %s wasn't collected", at.Icon, at.Name)
		}
	}
	for _, tone := range []Tone{Plain, Good, Info, Warn, Bad} {
		if drawing(toneIcon(tone)) == drawing("no-such-icon") {
			t.Errorf("the icon %s wasn't collected", toneIcon(tone))
		}
	}
}
