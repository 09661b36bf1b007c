// Command quid keeps a book of what customers give a company and what it gives
// them: files in, valuations, questions to the book, and the server of its
// pages.
//
// Every command is a struct of flags with a Run method, one noun a file. Results
// go to stdout, as a table for people or as JSON for programs; progress and
// errors go to stderr. The exit code is 0 for done, 1 for a problem, 2 for a
// command line that says nothing Quid understands. What a command does is the
// business of internal/app; this is the only place that asks for the time.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"quid/fault"
	"quid/internal/auth"
	"quid/internal/demo"
)

// version is set by the linker (see the Makefile); else the build says it.
var version = ""

// defaultBook is the book where none is named.
const defaultBook = "quid.db"

// Exit codes.
const (
	exitDone    = 0
	exitProblem = 1
	exitUsage   = 2
)

// A commandLine is everything that can be said to quid.
type commandLine struct {
	DB string `name:"db" env:"QUID_DB" default:"${book}" placeholder:"ADDRESS" help:"The book: a file, or a postgres:// address (${env}; default ${default})."`

	Serve     serveCmd     `cmd:"" help:"Serve the pages of a book on this machine."`
	Demo      demoCmd      `cmd:"" help:"Make up a machine builder, as files or straight into a book."`
	Import    importCmd    `cmd:"" help:"Take a CSV or XLSX file in."`
	Undo      undoCmd      `cmd:"" help:"Take a whole import back."`
	Book      bookCmd      `cmd:"" help:"Book a free service from one line."`
	Value     valueCmd     `cmd:"" help:"Value all customers on a day."`
	Portfolio portfolioCmd `cmd:"" help:"Show what a valuation says of all customers together."`
	Customers customersCmd `cmd:"" help:"List the customers of a valuation."`
	Explain   explainCmd   `cmd:"" help:"Show how every figure of a customer came to be."`
	Dossier   dossierCmd   `cmd:"" help:"Write the dossier for the talk with a customer as PDF."`
	Statement statementCmd `cmd:"" help:"Write the benefit statement for a customer as PDF."`
	Clv       clvCmd       `cmd:"" help:"Predict what customers will buy and be worth, from files alone."`
	Check     checkCmd     `cmd:"" help:"Prove that the book is sound."`
	Rebuild   rebuildCmd   `cmd:"" help:"Compute again all that is derived; nothing may change."`
	User      userCmd      `cmd:"" help:"Keep who may come in."`
	Key       keyCmd       `cmd:"" help:"Keep the keys of programs."`
	Mcp       mcpCmd       `cmd:"" help:"Answer an AI assistant that starts this command (Model Context Protocol)."`
	Backup    backupCmd    `cmd:"" help:"Write a backup of a book, which may be in use."`
	Restore   restoreCmd   `cmd:"" help:"Make a book from a backup, where there is none."`
	Export    exportCmd    `cmd:"" help:"Write a table of the book as CSV or XLSX."`
	Privacy   privacyCmd   `cmd:"" help:"Find, export, restrict and erase persons; consents, retention, the record of processing."`
	Version   versionCmd   `cmd:"" help:"Print the version."`
}

// A usageError is a command line that says nothing Quid understands.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], newSession(os.Stdin, os.Stdout, os.Stderr, time.Now))
	stop()
	os.Exit(code)
}

// run runs one command and returns the exit code. Whoever can open the book may do
// everything.
func run(ctx context.Context, args []string, s *session) int {
	ctx = auth.With(ctx, auth.System("quid"))
	var c commandLine
	parser, err := newParser(&c, kong.Writers(s.out, s.err), kong.Exit(os.Exit), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(s))
	if err != nil {
		panic(err) // the structs of flags are wrong
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if err != nil {
		err = usageError{err}
	} else {
		s.address = cmp.Or(c.DB, defaultBook) // an empty QUID_DB is none
		err = k.Run()
	}
	return s.end(ctx, err, hint(parser, args))
}

// newParser reads the structs of flags.
func newParser(c *commandLine, more ...kong.Option) (*kong.Kong, error) {
	return kong.New(c, append([]kong.Option{
		kong.Name("quid"),
		kong.Description("Customer value: what comes in, what goes out, where each customer stands and why."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}), kong.Help(help),
		kong.Vars{"fit_models": fitModels(), "timing_models": timingModels(), "roles": roleList, "book": defaultBook, "demo_customers": strconv.Itoa(demo.DefaultCustomers), "demo_invoices": strconv.Itoa(demo.DefaultInvoices)},
	}, more...)...)
}

// end reports how the command ended.
func (s *session) end(ctx context.Context, err error, hint string) int {
	if err == nil {
		return exitDone
	}
	var usage usageError
	switch {
	case errors.As(err, &usage):
		fmt.Fprintf(s.err, "quid: %s\n%s\n", message(err), hint)
		return exitUsage
	case ctx.Err() != nil:
		fmt.Fprintln(s.err, "quid: interrupted")
	default:
		fmt.Fprintf(s.err, "quid: %s\n", message(err))
	}
	return exitProblem
}

// message is the error for people: beside the circumstances of a wrong mapping,
// what a form would show is said twice.
func message(err error) string {
	text := err.Error()
	for _, f := range fault.Fields(err) {
		if f.Name == "map" {
			text = strings.ReplaceAll(text, ": "+f.Error(), "")
		}
	}
	return text
}

// hint says where to read more about the command.
func hint(parser *kong.Kong, args []string) string {
	path := "quid"
	for node := parser.Model.Node; node != nil; {
		at := slices.IndexFunc(node.Children, func(command *kong.Node) bool { return slices.Contains(args, command.Name) })
		if at < 0 {
			break
		}
		node = node.Children[at]
		path += " " + node.Name
	}
	return "quid: more with: " + path + " --help"
}

// versionCmd prints the version.
type versionCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run prints the version of the program.
func (c *versionCmd) Run(s *session) error {
	if c.JSON {
		return s.json(map[string]string{"version": versionText()})
	}
	_, err := fmt.Fprintln(s.out, "quid", versionText())
	return err
}

// versionText is the version as built: by the Makefile, else by the module and
// the revision it was built from.
func versionText() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return info.Main.Version
}

// flushed writes to w what fn writes, in one piece and only if fn succeeds.
func flushed(w io.Writer, fn func(io.Writer) error) error {
	var b outBuffer
	if err := fn(&b); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}
