package e2e

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// serve serves one page.
func serve(t *testing.T, page string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(strings.ReplaceAll(page, "LANG", r.Header.Get("Accept-Language"))))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// What the helpers promise to see they see: a barrier, an error on the console,
// an exception, a picture that isn't there.
func TestNothingWrongGoesUnseen(t *testing.T) {
	t.Parallel()
	url := serve(t, `<!doctype html><html lang="en"><title>Bad</title><main><h1>Bad</h1>
		<img src="/missing.png"><p style="color:#aaa;background:#fff">pale</p></main>
		<script>console.error("said aloud"); setTimeout(() => { throw new Error("thrown") }, 0)</script></html>`)
	tab := Open(t).Tab(t, View{})
	tab.Go(url)
	tab.Wait("document.readyState === 'complete'")

	found := map[string]bool{}
	for _, v := range tab.Axe() {
		found[v.ID] = true
	}
	if !found["image-alt"] || !found["color-contrast"] {
		t.Errorf("axe found only %v", found)
	}
	said := strings.Join(tab.Problems(), "\n")
	for _, want := range []string{"said aloud", "thrown", "404"} {
		if !strings.Contains(said, want) {
			t.Errorf("nobody saw %q in %q", want, said)
		}
		tab.Excuse(want)
	}
	if left := tab.Problems(); len(left) > 0 {
		t.Errorf("excused, but still there: %q", left)
	}
}

func TestAViewIsWhatThePageSees(t *testing.T) {
	t.Parallel()
	url := serve(t, `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>View</title><p>LANG</p></html>`)
	browser := Open(t)
	tests := []struct {
		name string
		view View
		want string
	}{
		{"a desk in the light", View{}, "1440 900 false false false en"},
		{"a phone in the dark, in German", View{Phone: true, Dark: true, Lang: "de"}, "390 844 true false true de"},
		{"a small window without motion", View{Width: 800, Height: 600, Still: true}, "800 600 false true false en"},
	}
	const see = `[innerWidth, innerHeight, matchMedia("(prefers-color-scheme: dark)").matches,
		matchMedia("(prefers-reduced-motion: reduce)").matches, "ontouchstart" in window, document.querySelector("p").innerText].join(" ")`
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tab := browser.Tab(t, tt.view)
			tab.Excuse("favicon")
			tab.Go(url)
			if got := Value[string](tab, see); got != tt.want {
				t.Errorf("the page sees %s, want %s", got, tt.want)
			}
		})
	}
}

func TestAShotIsAPicture(t *testing.T) {
	t.Parallel()
	Open(t) // skips without a browser
	url := serve(t, `<!doctype html><html lang="en"><title>Shot</title><link rel="icon" href="data:,"><p>hello</p><script>console.error("oops")</script></html>`)
	png, problems, err := Shot{URL: url, Wait: "p", Full: true}.Take(t.Context())
	if err != nil || !strings.HasPrefix(string(png), "\x89PNG") {
		t.Errorf("took %d bytes, %v", len(png), err)
	}
	if len(problems) != 1 || !strings.Contains(problems[0], "oops") {
		t.Errorf("the problems are %q", problems)
	}
}
