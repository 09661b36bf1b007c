package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/alecthomas/kong"

	"quid/internal/intake"
)

// help prints the help of a command; that of quid import KIND lists the fields
// of the kind.
func help(options kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	if options.Summary || ctx.Selected() == nil || ctx.Selected().Name != "import" {
		return nil
	}
	for _, arg := range ctx.Args {
		if kind, err := intake.ParseKind(arg); err == nil {
			return fieldHelp(ctx, kind)
		}
	}
	_, err := fmt.Fprintln(ctx.Stdout, "\nThe fields of a kind: quid import KIND --help")
	return err
}

// fieldHelp lists the fields of a kind.
func fieldHelp(ctx *kong.Context, kind intake.Kind) error {
	fmt.Fprintf(ctx.Stdout, "\nFields of %s (* is needed):\n", kind)
	w := tabwriter.NewWriter(ctx.Stdout, 0, 0, 2, ' ', 0)
	for _, f := range kind.Fields() {
		name, what := f.Name, string(f.Type)
		if f.Required {
			name += "*"
		}
		if len(f.Words) > 0 {
			what = strings.Join(f.Words, "|")
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\n", name, what, f.Help)
	}
	return w.Flush()
}
