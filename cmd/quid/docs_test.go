package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

var update = flag.Bool("update", false, "write the table of flags in docs/operating.md anew")

// What docs/operating.md says of commands and environment is what there is.
func TestTheManualNamesEveryCommandAndVariable(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	manual := string(text)
	var c commandLine
	parser, err := newParser(&c)
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range parser.Model.Children {
		if !strings.Contains(manual, "`"+command.Name) {
			t.Errorf("docs/operating.md does not name the command %s", command.Name)
		}
	}
	table := environment(t, parser)
	const from, to = "<!-- written by make golden -->\n\n", "\n<!-- up to here -->"
	head, rest, ok := strings.Cut(manual, from)
	got, tail, end := strings.Cut(rest, to)
	if !ok || !end {
		t.Fatal("docs/operating.md lacks the marks of the table of flags")
	}
	if *update {
		if err := os.WriteFile("../../docs/operating.md", []byte(head+from+table+to+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != table {
		t.Errorf("the table of flags in docs/operating.md is not what the flags say (make golden writes it):\n%s\nwant\n%s", got, table)
	}
}

// said matches what the table says in columns of its own.
var said = regexp.MustCompile(` \([^()]*QUID_[^()]*\)`)

// environment is the table of all that can be set by the environment.
func environment(t *testing.T, parser *kong.Kong) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| environment | flag | is | else |\n|---|---|---|---|\n")
	command := ""
	err := kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		switch n := node.(type) {
		case *kong.Node:
			command = strings.TrimPrefix(n.FullPath()+" ", "quid ")
		case *kong.Flag:
			if n.Help == "" {
				t.Errorf("--%s has no help", n.Name)
			}
			for _, env := range n.Envs {
				of := command
				if slices.Contains(parser.Model.Flags, n) {
					of = ""
				}
				otherwise := ""
				if n.HasDefault && n.Default != "" {
					otherwise = "`" + n.Default + "`"
				}
				fmt.Fprintf(&b, "| `%s` | `%s--%s` | %s | %s |\n", env, of, n.Name, said.ReplaceAllString(n.Help, ""), otherwise)
			}
		}
		return next(nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
