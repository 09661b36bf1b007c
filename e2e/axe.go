package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/chromedp/chromedp"
)

// A Violation is a barrier that axe found, after a rule of WCAG 2.2 A or AA or
// its good practice.
type Violation struct {
	ID     string   `json:"id"`
	Impact string   `json:"impact"`
	Help   string   `json:"help"`
	Nodes  []string `json:"nodes"` // where, as CSS selectors with what is wrong
}

func (v Violation) String() string {
	return fmt.Sprintf("%s (%s): %s\n\t%s", v.ID, v.Impact, v.Help, strings.Join(v.Nodes, "\n\t"))
}

// axeSource is axe-core, read from the packages that npm ci installed.
var axeSource = sync.OnceValues(func() (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(filepath.Join(root, "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		return "", fmt.Errorf("run npm ci first: %w", err)
	}
	return string(text), nil
})

const runAxe = `axe.run(document, {
	resultTypes: ["violations"],
	runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}).then(r => r.violations.map(v => ({
	id: v.id, impact: v.impact ?? "", help: v.help,
	nodes: v.nodes.slice(0, 5).map(n => n.target.join(" ") + ": " + (n.failureSummary ?? "").replace(/\s+/g, " ")),
})))`

// Axe returns the barriers on the page that the tab shows.
func (tab *Tab) Axe() []Violation {
	tab.t.Helper()
	source, err := axeSource()
	if err != nil {
		if os.Getenv("QUID_TEST_REQUIRE") == "1" {
			tab.t.Fatal(err)
		}
		tab.t.Skip(err)
	}
	tab.Do(chromedp.Evaluate[chromedp.Void](source))
	return Value[[]Violation](tab, runAxe)
}

// NoBarriers fails the test with every barrier of the page that the tab shows.
func (tab *Tab) NoBarriers() {
	tab.t.Helper()
	for _, v := range tab.Axe() {
		tab.t.Errorf("barrier: %s", v)
	}
}

// Root is the top folder of the repository, found from the current one upwards.
func Root() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder, nil
		}
		up := filepath.Dir(folder)
		if up == folder {
			return "", errors.New("no go.mod above the current folder")
		}
		folder = up
	}
}
