package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// patience is how long a test may spend in one tab.
const patience = 90 * time.Second

// program finds the browser.
func program() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no browser: install chromium, as e2e/setup.sh does")
}

// Start starts a browser. It runs until cancel is called, or ctx ends.
func Start(ctx context.Context) (browser context.Context, cancel context.CancelFunc, err error) {
	path, err := program()
	if err != nil {
		return nil, nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("hide-scrollbars", true),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocator, stop := chromedp.NewExecAllocator(ctx, options...)
	browser, closeBrowser := chromedp.NewContext(allocator)
	cancel = func() { closeBrowser(); stop() }
	if err := chromedp.Do(browser); err != nil {
		cancel()
		return nil, nil, fmt.Errorf("start %s: %w", path, err)
	}
	return browser, cancel, nil
}

// A View is how somebody looks at a page. The zero View is a desk, in the light,
// in English.
type View struct {
	Width, Height int64 // of the window; 1440 × 900 if 0
	Phone         bool  // 390 × 844 and touch, unless Width says otherwise
	Dark          bool  // the system's colour scheme
	Lang          string
	Still         bool // whether the reader wants less motion
}

// apply makes a tab look as v says.
func (v View) apply(tab context.Context) error {
	width, height := v.Width, v.Height
	var options []chromedp.EmulateViewportOption
	if v.Phone {
		options = append(options, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
		if width == 0 {
			width, height = 390, 844
		}
	}
	if width == 0 {
		width = 1440
	}
	if height == 0 {
		height = 900
	}
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "light"}}
	if v.Dark {
		features[0].Value = "dark"
	}
	if v.Still {
		features = append(features, &emulation.MediaFeature{Name: "prefers-reduced-motion", Value: "reduce"})
	}
	lang := v.Lang
	if lang == "" {
		lang = "en"
	}
	if err := chromedp.Do(tab, chromedp.EmulateViewport(width, height, options...)); err != nil {
		return err
	}
	_, errMedia := chromedp.Call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
	_, errLang := chromedp.Call(tab, network.SetExtraHTTPHeaders,
		network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": lang}})
	// A tab in the background behaves as if somebody looked at it.
	_, errFocus := chromedp.Call(tab, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	return errors.Join(errMedia, errLang, errFocus)
}

// A Browser is shared by the tests that need it at the same time; what they
// look at stands in tabs of their own, which share nothing.
type Browser struct{ ctx context.Context }

var shared struct {
	sync.Mutex
	browser *Browser
	end     context.CancelFunc
	users   int
}

// Open gives a test the browser and starts it for the first one; it ends with
// the last. Without Chromium the test is skipped, or fails if QUID_TEST_REQUIRE
// is 1.
func Open(t testing.TB) *Browser {
	t.Helper()
	if _, err := program(); err != nil {
		if os.Getenv("QUID_TEST_REQUIRE") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	shared.Lock()
	defer shared.Unlock()
	if shared.users == 0 {
		ctx, end, err := Start(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		shared.browser, shared.end = &Browser{ctx}, end
	}
	shared.users++
	t.Cleanup(func() {
		shared.Lock()
		defer shared.Unlock()
		if shared.users--; shared.users == 0 {
			shared.end()
		}
	})
	return shared.browser
}

// A Tab is one page in the eyes of somebody.
type Tab struct {
	t   testing.TB
	ctx context.Context

	mu       sync.Mutex
	problems []string
	excused  []string
}

// Tab opens a tab and closes it at the end of the test, which fails if the tab's
// pages wrote errors to the console.
func (b *Browser) Tab(t testing.TB, v View) *Tab {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	ctx, cancel := context.WithTimeout(ctx, patience)
	tab := &Tab{t: t, ctx: ctx}
	if err := tab.listen(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		closeTab()
		for _, p := range tab.Problems() {
			t.Errorf("the page wrote to its console: %s", p)
		}
	})
	if err := v.apply(ctx); err != nil {
		t.Fatal(err)
	}
	return tab
}

// listen collects what the pages of the tab complain about.
func (tab *Tab) listen() error {
	return watch(tab.ctx, func(p string) {
		tab.mu.Lock()
		defer tab.mu.Unlock()
		tab.problems = append(tab.problems, p)
	})
}

// watch calls say with every error that a page writes to its console, from now
// until the tab closes.
func watch(tab context.Context, say func(string)) error {
	if err := chromedp.Do(tab); err != nil {
		return err
	}
	messages := chromedp.Console(tab)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleException {
				say(fmt.Sprintf("%s (%s:%d)", m.Text, m.URL, m.Line+1))
			}
		}
	}()
	return nil
}

// Excuse lets the pages of the tab complain about something that contains text:
// a browser also writes down every answer 404 or 422.
func (tab *Tab) Excuse(text string) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	tab.excused = append(tab.excused, text)
}

// Problems returns what the pages of the tab wrote to their consoles.
func (tab *Tab) Problems() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	var list []string
problems:
	for _, p := range tab.problems {
		for _, e := range tab.excused {
			if strings.Contains(p, e) {
				continue problems
			}
		}
		list = append(list, p)
	}
	return list
}

// Context is the tab for actions of chromedp that Do doesn't cover, such as
// those that return a value.
func (tab *Tab) Context() context.Context { return tab.ctx }

// Do runs actions in the tab; the test ends if one fails. One whose element the page
// replaced after it was found has done nothing yet, and begins again.
func (tab *Tab) Do(actions ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	for i, a := range actions {
		err := chromedp.Do(tab.ctx, a)
		for err != nil && strings.Contains(err.Error(), "Could not find node with given id") && tab.ctx.Err() == nil {
			err = chromedp.Do(tab.ctx, a)
		}
		if err != nil {
			tab.t.Fatalf("browser: action %d of %d: %v", i+1, len(actions), err)
		}
	}
}

// Go opens an address and waits until its document is there and its islands had
// a chance to begin.
func (tab *Tab) Go(url string) {
	tab.t.Helper()
	tab.Do(chromedp.Navigate(url), chromedp.WaitReady(chromedp.CSS("body")))
}

// Text returns the visible text of the first element that a CSS selector finds.
func (tab *Tab) Text(selector string) string {
	tab.t.Helper()
	return Value[string](tab, fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", selector))
}

// Wait waits until a JavaScript expression is true, also across pages.
func (tab *Tab) Wait(expression string) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience/3)
	defer cancel()
	last := errors.New("it stayed false")
	for {
		// While a page gives way to the next one there is nothing to ask.
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
		if ok {
			return
		}
		if err != nil && ctx.Err() == nil {
			last = err
		}
		select {
		case <-time.After(30 * time.Millisecond):
		case <-ctx.Done():
			tab.t.Fatalf("browser: waiting for %s: %v", expression, last)
		}
	}
}

// Value evaluates a JavaScript expression in the tab, and waits for it if it is
// a promise.
func Value[T any](tab *Tab, expression string) T {
	tab.t.Helper()
	v, err := chromedp.Run(tab.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		tab.t.Fatalf("browser: %s: %v", expression, err)
	}
	return v
}
