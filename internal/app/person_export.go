package app

import (
	"archive/zip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"quid/account"
	"quid/day"
	"quid/internal/auth"
	"quid/internal/paper"
	"quid/internal/store"
	"quid/privacy"
	"quid/value"
)

// exported are the columns of a table that an export shows; what pictures and
// papers hold is a file of its own.
func exported(t *privacy.Table) []string {
	return t.Names(func(c privacy.Column) bool { return c.Exported && (t.Name != "attachment" || c.Name != "content") })
}

// PersonData gathers all that the book holds about a person, by the data map.
func (a *App) PersonData(ctx context.Context, p privacy.Person) (paper.PersonData, error) {
	out := paper.PersonData{Made: a.Now()}
	if err := keeps(ctx); err != nil {
		return out, fmt.Errorf("data of a person: %w", err)
	}
	err := a.DB.Look(ctx, func(r store.Reader) error {
		f, err := Person(ctx, r, p)
		if err != nil {
			return err
		}
		book, err := r.Book(ctx)
		if err != nil {
			return err
		}
		out.Book, out.Digits, out.Currency = book.Name, book.Digits, book.Currency
		out.Name, out.Erased = f.Full(), f.Erased != nil
		if out.Company, err = r.Company(ctx); err != nil {
			return err
		}
		s, err := newSearch(ctx, r, p)
		if err != nil {
			return err
		}
		take := func(own bool) func(store.DataRow) error {
			return func(row store.DataRow) error {
				if row.Table.Has("contact_id") && !s.whole && row.Int("contact_id") != p.Contact {
					return nil // what somebody else agreed to
				}
				out.Add(s.shown(row, own))
				return nil
			}
		}
		if err := s.eachOwn(ctx, r, exported, take(true)); err != nil {
			return err
		}
		return s.eachOther(ctx, r, exported, take(false))
	})
	if err != nil {
		return out, fmt.Errorf("data of person %d: %w", p.ID(), err)
	}
	if out.Files, err = a.filesNaming(ctx, p); err != nil {
		return out, err
	}
	return out, a.NoteSeen(ctx, "person", p.ID(), p.Customer)
}

// shown is what an export shows of a row: all of it where the row is about the
// person, and only what names them where it is about something else.
func (s *search) shown(row store.DataRow, own bool) paper.PersonRow {
	t := row.Table
	aside := !own || t.Name == "customer" && !s.whole
	out := paper.PersonRow{Table: t.Name, ID: s.idOf(row)}
	for _, c := range t.Columns {
		if !c.Exported || t.Name == "attachment" && c.Name == "content" {
			continue
		}
		v := row.Value(c.Name)
		if text, ok := v.(string); v == nil || ok && text == "" || aside && !s.names(text, own) {
			continue
		}
		if t.Name == "score" && c.Name == "flags" {
			out.Values = append(out.Values, judged(row.Int("flags"))...)
			continue
		}
		out.Values = append(out.Values, paper.PersonValue{Column: c.Name, Value: v})
	}
	return out
}

// judged are the class, the segment and the stage that a valuation packed.
func judged(flags int64) []paper.PersonValue {
	var r value.Row
	r.SetFlags(flags)
	return []paper.PersonValue{{Column: "class", Value: r.Class().String()}, {Column: "segment", Value: string(r.Segment())}, {Column: "stage", Value: r.Stage.String()}}
}

// idOf is the last part of the key of a row.
func (s *search) idOf(row store.DataRow) int64 { return row.Int(row.Table.Key[len(row.Table.Key)-1]) }

// filesNaming are the brought files that name the person.
func (a *App) filesNaming(ctx context.Context, p privacy.Person) ([]string, error) {
	s, err := newSearch(ctx, a.DB.Read(), p)
	if err != nil {
		return nil, err
	}
	names, err := a.namingFiles(s.inFile)
	return slices.DeleteFunc(names, isStatements), err
}

// ExportPerson writes what the book holds about a person (GDPR Art. 15 and 20) as a
// ZIP: a page to read in a language, the same for programs, and the files of the
// services given to them.
func (a *App) ExportPerson(ctx context.Context, w io.Writer, p privacy.Person, lang string) error {
	if err := may(ctx, auth.KeepPrivacy); err != nil {
		return err
	}
	data, err := a.PersonData(ctx, p)
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	add := func(name string, write func(io.Writer) error) error {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: a.Now()})
		if err != nil {
			return err
		}
		return write(f)
	}
	err = add("data.json", func(w io.Writer) error { return writePersonJSON(w, data) })
	if err == nil {
		err = add("data.html", func(w io.Writer) error { return paper.WritePerson(w, data, lang) })
	}
	for _, row := range data.Of("attachment") {
		if err != nil {
			break
		}
		err = a.addAttachment(ctx, p, row, add)
	}
	for _, name := range data.Files {
		if err != nil {
			break
		}
		err = a.addBrought(name, add)
	}
	if err != nil {
		return fmt.Errorf("export person %d: %w", p.ID(), err)
	}
	return z.Close()
}

func (a *App) addAttachment(ctx context.Context, p privacy.Person, row paper.PersonRow, add func(string, func(io.Writer) error) error) error {
	content, err := a.DB.Read().AttachmentContent(ctx, store.Ref{Customer: p.Customer, ID: account.DocumentID(row.ID)})
	if isNotFound(err) {
		return nil // thrown away
	}
	if err != nil {
		return err
	}
	return add("files/"+strconv.FormatInt(row.ID, 10)+endingOf(row), func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// endingOf is the ending of an attachment's name.
func endingOf(row paper.PersonRow) string {
	for _, v := range row.Values {
		if media, ok := v.Value.(string); ok && v.Column == "media" {
			return map[string]string{"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/heic": ".heic", "application/pdf": ".pdf"}[media]
		}
	}
	return ""
}

func (a *App) addBrought(name string, add func(string, func(io.Writer) error) error) error {
	root, err := a.files()
	if err != nil {
		return err
	}
	defer root.Close()
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return add("imports/"+name, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
}

// writePersonJSON writes the data for programs: ids as text, since they are larger
// than 2^53; money in minor units, instants as text.
func writePersonJSON(w io.Writer, data paper.PersonData) error {
	tables := make(map[string][]map[string]any)
	for _, row := range data.Rows {
		one := map[string]any{"id": strconv.FormatInt(row.ID, 10)}
		for _, v := range row.Values {
			one[v.Column] = plain(v)
		}
		tables[row.Table] = append(tables[row.Table], one)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(map[string]any{
		"person": data.Name, "book": data.Book, "currency": data.Currency, "digits": data.Digits,
		"made_at": data.Made.UTC().Format(time.RFC3339), "tables": tables, "files": append([]string{}, data.Files...),
	})
}

// plain is a value as JSON writes it.
func plain(v paper.PersonValue) any {
	switch x := v.Value.(type) {
	case int64:
		switch v.Kind() {
		case paper.DayValue:
			return day.Day(x).String()
		case paper.InstantValue:
			return time.UnixMicro(x).UTC().Format(time.RFC3339)
		case paper.IDValue:
			return strconv.FormatInt(x, 10)
		}
	case []byte:
		return base64.StdEncoding.EncodeToString(x)
	}
	return v.Value
}
