package main

import (
	"context"
	"fmt"
	"io"

	"quid/internal/app"
)

// undoCmd takes an import back.
type undoCmd struct {
	ID   int64 `arg:"" name:"id" help:"The import, as quid import printed it."`
	JSON bool  `name:"json" help:"Print JSON."`
}

// Run takes the import back and says what was kept, and why.
func (c *undoCmd) Run(ctx context.Context, s *session) error {
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
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
