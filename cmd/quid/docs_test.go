package main

import (
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

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
	err = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			for _, env := range flag.Envs {
				if !strings.Contains(manual, "| `"+env+"` |") {
					t.Errorf("docs/operating.md does not name %s", env)
				}
			}
			if flag.Help == "" {
				t.Errorf("--%s has no help", flag.Name)
			}
		}
		return next(nil)
	})
	if err != nil {
		t.Fatal(err)
	}
}
