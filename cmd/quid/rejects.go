package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"quid/internal/app"
	"quid/internal/intake"
	"quid/internal/store"
)

// rejectColumn is the heading of the reasons in a file of rejected rows. It
// stands in front, where rows with too few or too many fields don't move it.
const rejectColumn = app.RejectColumn + "problem"

// writeRejects writes the rows that an import did not take in, as they stand in
// the file, each with the reasons in a first column: corrected, the file can be
// imported as it is.
func writeRejects(ctx context.Context, b *openBook, id int64, path string) error {
	imp, err := b.DB.Read().Import(ctx, id)
	if err != nil {
		return err
	}
	out, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("rejected rows: %w", err)
	}
	w := bufio.NewWriter(out)
	err = rejectsOf(ctx, b, imp, w)
	if e := w.Flush(); err == nil {
		err = e
	}
	if e := out.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("rejected rows: %w", err)
	}
	return nil
}

func rejectsOf(ctx context.Context, b *openBook, imp store.Import, w io.Writer) error {
	header, separator, err := headOf(imp)
	if err != nil {
		return err
	}
	if header != "" {
		if err := rejectRow(w, header, separator, rejectColumn); err != nil {
			return err
		}
	}
	row, why := "", []string(nil)
	flush := func() error {
		if row == "" {
			return nil
		}
		return rejectRow(w, row, separator, strings.Join(why, " | "))
	}
	for p, err := range b.DB.Read().AllProblems(ctx, imp.ID) {
		if err != nil {
			return err
		}
		if p.Row != "" {
			if err := flush(); err != nil {
				return err
			}
			row, why = p.Row, nil
		}
		why = append(why, reasonOf(p))
	}
	return flush()
}

// headOf reads from the file how its rows begin and what stands between them.
func headOf(imp store.Import) (header string, separator byte, err error) {
	var kept struct {
		Encoding, Delimiter, Sheet string
		Header                     intake.Choice
	}
	if err := json.Unmarshal([]byte(imp.Options), &kept); err != nil {
		return "", 0, err
	}
	o := intake.Options{Encoding: kept.Encoding, Sheet: kept.Sheet, Header: kept.Header}
	if kept.Delimiter != "" {
		o.Delimiter = kept.Delimiter[0]
	}
	f, err := intake.Open(imp.Path, o)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	return f.HeaderRow(), f.Separator(), nil
}

func reasonOf(p store.RowProblem) string {
	reason := fmt.Sprintf("line %d", p.Line)
	if p.Field != "" {
		reason += ", " + p.Field
	}
	if p.Value != "" {
		reason += fmt.Sprintf(" %q", oneLine(p.Value))
	}
	return reason + ": " + p.Problem
}

// rejectRow writes the rows of a document, each with one more field in front. A
// line break within quotes does not end a row.
func rejectRow(w io.Writer, rows string, separator byte, field string) error {
	field = `"` + strings.ReplaceAll(field, `"`, `""`) + `"` + string(separator)
	quotes, lost := 0, strings.Count(rows, `"`)%2 != 0
	for line := range strings.Lines(rows) {
		if quotes%2 == 0 || lost {
			line = field + line
		}
		quotes += strings.Count(strings.TrimPrefix(line, field), `"`)
		if !strings.HasSuffix(line, "\n") {
			line += "\n"
		}
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
	}
	return nil
}
