package main

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"quid": main})
}

// TestSessions runs the sessions of testdata: each is a manual page that is
// true, since it is run.
func TestSessions(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("QUID_DB", "")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"save": save, "undo-last": undoLast, "exit-code": exitCode, "first-word": firstWord},
	})
}

// save keeps the stdout of the last command as a file: save FILE.
func save(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: save FILE")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(ts.ReadFile("stdout")), 0o600))
}

var printedID = regexp.MustCompile(`quid undo (\d+)`)

// firstWord keeps the first word of what was printed as a variable: what it is
// called comes first, a file that was saved second.
func firstWord(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: first-word NAME FILE")
	}
	words := strings.Fields(ts.ReadFile(args[1]))
	if len(words) == 0 {
		ts.Fatalf("%s is empty", args[1])
	}
	ts.Setenv(args[0], words[0])
}

// undoLast takes back the import that the last command printed: undo-last DB.
func undoLast(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: undo-last DB")
	}
	found := printedID.FindStringSubmatch(ts.ReadFile("stdout"))
	if found == nil {
		ts.Fatalf("the last command printed no import")
	}
	if err := ts.Exec("quid", "undo", found[1], "--db", args[0]); (err != nil) != neg {
		ts.Fatalf("undo %s: %v", found[1], err)
	}
}

// exitCode runs quid and compares its exit code: exit-code N ARGS...
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec("quid", args[1:]...)
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("quid: %v", err)
	}
	if neg || got != want {
		ts.Fatalf("quid %v: exit code %d, want %d", args[1:], got, want)
	}
}
