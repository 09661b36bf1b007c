package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const american = "InvoiceNumber,CustomerID,InvoiceDate,Amount\nU1,C1,03/04/2026,125.00\nU2,C2,03/05/2026,250.00\n"

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Whoever sits at a terminal is asked what the file leaves open, until the
// answer is one of those offered; without an answer nothing is read.
func TestATerminalIsAsked(t *testing.T) {
	t.Parallel()
	file := write(t, "us.csv", american)
	for _, tt := range []struct {
		name, answers string
		code          int
		revenue       string // in March
	}{
		{"month first", "mdy\n", exitDone, "375.00"},
		{"day first", "dmy\n", exitDone, "0.00"},
		{"an answer that is none is asked again", "american\n\nmdy\n", exitDone, "375.00"},
		{"no answer reads nothing", "", exitProblem, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db := "--db=" + filepath.Join(t.TempDir(), "book.db")
			var out, asked bytes.Buffer
			s := &session{in: strings.NewReader(tt.answers), out: &out, err: &asked, asks: true, now: time.Now}
			if code := run(t.Context(), []string{"import", "invoices", file, db}, s); code != tt.code {
				t.Fatalf("exit code %d, want %d\n%s", code, tt.code, asked.String())
			}
			if !strings.Contains(asked.String(), "dates (dmy or mdy)? ") {
				t.Errorf("nothing was asked: %s", asked.String())
			}
			if tt.code != exitDone {
				return
			}
			var v totals
			must(t, &v, "value", "--as-of", "2026-03-31", "--json", db)
			if v.Revenue != tt.revenue {
				t.Errorf("revenue up to March %s, want %s", v.Revenue, tt.revenue)
			}
		})
	}
}

// With --json nobody is asked, and stdout stays empty if there is no result.
func TestJSONIsWholeOrNotThere(t *testing.T) {
	t.Parallel()
	file := write(t, "us.csv", american)
	db := "--db=" + filepath.Join(t.TempDir(), "book.db")
	var out, problem bytes.Buffer
	s := &session{in: strings.NewReader("mdy\n"), out: &out, err: &problem, asks: true, now: time.Now}
	if code := run(t.Context(), []string{"import", "invoices", file, "--json", db}, s); code != exitProblem || out.Len() > 0 {
		t.Errorf("exit code %d, stdout %q", code, out.String())
	}
	for _, args := range [][]string{{"value", "--as-of", "2026-03-31"}, {"customers", "--as-of", "2026-03-31"}, {"check"}, {"rebuild"}, {"undo", "1"}} {
		if code, out, _ := quid(t, append(args, "--json", db)...); code != exitProblem || out != "" {
			t.Errorf("quid %v without a book: exit code %d, stdout %q", args, code, out)
		}
	}
}

// An import that is told to end says so and goes on with the same command: what
// both took in is the file, no document twice.
func TestAnInterruptedImportGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, nil, "demo", "--customers", "400", "--until", "2026-09-30", "--out", dir)
	file, db := filepath.Join(dir, "invoices.csv"), "--db="+filepath.Join(dir, "book.db")
	must(t, nil, "import", "customers", filepath.Join(dir, "customers.csv"), db)
	// The end comes when the first of several batches has been written.
	ctx, end := context.WithCancel(t.Context())
	var problem bytes.Buffer
	s := &session{in: strings.NewReader(""), out: &bytes.Buffer{}, err: &problem, now: time.Now}
	s.watch = func(done, total int64) {
		if done > total*3/4 {
			end()
		}
	}
	if code := run(ctx, []string{"import", "invoices", file, "--dates", "dmy", db}, s); code != exitProblem {
		t.Fatalf("exit code %d: the import was not interrupted", code)
	}
	if !strings.Contains(problem.String(), "the same command goes on where this one was interrupted") {
		t.Errorf("it does not say how to go on: %s", problem.String())
	}
	var c struct {
		counts
		Resumed bool
	}
	code, out, complaint := quid(t, "import", "invoices", file, "--dates", "dmy", "--json", db)
	if err := json.Unmarshal([]byte(out), &c); code != exitDone || err != nil {
		t.Fatalf("going on: %d, %v, %s", code, err, complaint)
	}
	if !c.Resumed || c.Read != c.Created || c.Rejected != 0 {
		t.Errorf("going on: %+v", c)
	}
	if code, out, _ := quid(t, "check", db); code != exitDone {
		t.Errorf("check: %s", out)
	}
	var again counts
	must(t, &again, "import", "invoices", file, "--dates", "dmy", "--json", db)
	if again.Read != c.Read || again.Unchanged != c.Read {
		t.Errorf("the same file again: %+v, want %d unchanged", again, c.Read)
	}
}
