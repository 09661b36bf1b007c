package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"quid/internal/app"
)

// undoCmd takes an import back.
type undoCmd struct {
	ID   int64 `arg:"" optional:"" name:"id" help:"The import, as quid import printed it."`
	List bool  `name:"list" help:"Take nothing back: list the imports, the newest first."`
	JSON bool  `name:"json" help:"Print JSON."`
}

// Run takes the import back and says what was kept, and why.
func (c *undoCmd) Run(ctx context.Context, s *session) error {
	if (c.ID != 0) == c.List {
		return usageError{errors.New("say which import to take back, or --list")}
	}
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	if c.List {
		return c.list(ctx, s, b)
	}
	report, err := b.Undo(ctx, c.ID)
	if err != nil {
		if ctx.Err() != nil {
			s.say("quid: the same command goes on where this one was interrupted")
		}
		return err
	}
	if c.JSON {
		return s.json(undoJSON{c.ID, report.TakenBack, orEmpty(report.Kept), orEmpty(report.Failed), report.KeptMore})
	}
	return s.table(func(w io.Writer) {
		fmt.Fprintf(w, "taken back\t%d\n", report.TakenBack)
		for _, part := range []struct {
			what  string
			lines []app.UndoLine
			more  int64
		}{{"kept", report.Kept, report.KeptMore}, {"failed", report.Failed, 0}} {
			fmt.Fprintf(w, "%s\t%d\n", part.what, int64(len(part.lines))+part.more)
			for _, l := range part.lines[:min(len(part.lines), shownProblems)] {
				fmt.Fprintf(w, "\t%s %s\t%s\n", l.Kind, l.Name, l.Why)
			}
		}
	})
}

// mostListed is how many imports are listed.
const mostListed = 1000

// An importLine is one import of the list.
type importLine struct {
	Import  int64      `json:"import,string"`
	Kind    string     `json:"kind"`
	File    string     `json:"file"`
	State   string     `json:"state"` // running, done, failed, undoing, undone
	Problem string     `json:"problem,omitempty"`
	Started string     `json:"started_at"`
	Counts  app.Counts `json:"counts"`
}

// list prints the imports of the book.
func (c *undoCmd) list(ctx context.Context, s *session, b *openBook) error {
	imports, err := b.DB.Read().Imports(ctx, mostListed)
	if err != nil {
		return err
	}
	lines := make([]importLine, len(imports))
	for i, imp := range imports {
		lines[i] = importLine{Import: imp.ID, Kind: imp.Kind, File: imp.File, State: imp.State, Problem: imp.Problem, Started: imp.Started.Format(time.RFC3339)}
		if err := json.Unmarshal([]byte(imp.Counts), &lines[i].Counts); err != nil {
			return fmt.Errorf("import %d: counts: %w", imp.ID, err)
		}
	}
	if c.JSON {
		return s.json(lines)
	}
	return s.table(func(w io.Writer) {
		fmt.Fprintln(w, "import\tbegun (UTC)\tkind\tfile\tstate\tcreated\tupdated\trejected")
		for i, l := range lines {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%d\t%d\t%d\n", l.Import, imports[i].Started.Format("2006-01-02 15:04"), l.Kind, oneLine(l.File), l.State,
				l.Counts.Created, l.Counts.Updated, l.Counts.Rejected)
		}
	})
}

// undoJSON is the report in three parts; lists are never null.
type undoJSON struct {
	Import    int64          `json:"import,string"`
	TakenBack int64          `json:"taken_back"`
	Kept      []app.UndoLine `json:"kept"`
	Failed    []app.UndoLine `json:"failed"`
	KeptMore  int64          `json:"kept_more,omitempty"`
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
