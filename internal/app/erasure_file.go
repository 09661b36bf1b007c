package app

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"quid/internal/store"
	"quid/privacy"
)

// mostNamed is how much of a file is looked through; a longer one counts as one
// that names the person.
const mostNamed = 256 << 20

// inFile says whether a text that was brought names the person.
func (s *search) inFile(text string) bool { return s.names(text, true) }

// namingFiles returns the files in the folder of files whose text names somebody, and
// those in which that can't be seen: statements are made again when they are wanted.
func (a *App) namingFiles(names func(text string) bool) ([]string, error) {
	root, err := os.OpenRoot(a.Files)
	if errors.Is(err, fs.ErrNotExist) || a.Files == "" {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("folder of files: %w", err)
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("folder of files: %w", err)
	}
	var out []string
	for _, e := range entries {
		brought := uploadName.MatchString(e.Name())
		if !e.Type().IsRegular() || !brought && !isStatements(e.Name()) {
			continue
		}
		named := true
		if brought {
			if named, err = namedInFile(root, e.Name(), names); err != nil {
				return nil, err
			}
		}
		if named {
			out = append(out, e.Name())
			if m := uploadName.FindStringSubmatch(e.Name()); m != nil {
				for _, end := range []string{".csv", ".json"} {
					if _, err := root.Lstat(m[1] + end); err == nil && m[1]+end != e.Name() {
						out = append(out, m[1]+end) // a draft is a file and its note
					}
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func isStatements(name string) bool {
	return strings.HasPrefix(name, "statements-") && (strings.HasSuffix(name, ".zip") || strings.HasSuffix(name, ".zip.part"))
}

// namedInFile says whether a brought file names somebody: a text, or a workbook.
func namedInFile(root *os.Root, name string, names func(string) bool) (bool, error) {
	f, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostNamed+1))
	if err != nil || len(text) > mostNamed {
		return true, err
	}
	if z, err := zip.NewReader(bytes.NewReader(text), int64(len(text))); err == nil {
		for _, part := range z.File {
			if named, err := namedInPart(part, names); err != nil || named {
				return true, nil // what can't be read can't be cleared
			}
		}
		return false, nil
	}
	return names(readable(text)), nil
}

func namedInPart(part *zip.File, names func(string) bool) (bool, error) {
	r, err := part.Open()
	if err != nil {
		return true, err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, mostNamed+1))
	return len(text) > mostNamed || names(string(text)), err
}

// readable is a text whatever its encoding: what is no UTF-8 is read as
// Windows-1252, and zeros between letters (UTF-16) are left out.
func readable(text []byte) string {
	text = bytes.ReplaceAll(text, []byte{0}, nil)
	if plain := string(text); strings.ToValidUTF8(plain, "") == plain {
		return plain
	}
	out := make([]rune, len(text))
	for i, b := range text {
		out[i] = rune(b)
	}
	return string(out)
}

// calledOf is what somebody called a file that they brought, its own name if that is not
// known.
func (a *App) calledOf(ctx context.Context, name string) string {
	if m := uploadName.FindStringSubmatch(name); m != nil {
		if d, err := a.Draft(ctx, m[1]); err == nil {
			return d.Name
		}
	}
	return name
}

// dropNaming deletes the files whose text names somebody.
func (a *App) dropNaming(ctx context.Context, naming func(text string) bool) (int, error) {
	names, err := a.namingFiles(naming)
	if err != nil || len(names) == 0 {
		return 0, err
	}
	root, err := os.OpenRoot(a.Files)
	if err != nil {
		return 0, fmt.Errorf("folder of files: %w", err)
	}
	defer root.Close()
	for _, name := range names {
		if err := removeIfThere(root, name); err != nil {
			return 0, err
		}
	}
	runs, err := a.DB.Read().StatementRuns(ctx)
	if err != nil {
		return 0, err
	}
	for _, r := range runs {
		if r.File == "" || !slices.Contains(names, r.File) {
			continue
		}
		if err := a.DB.Write(ctx, func(tx *store.Tx) error { return tx.EndStatementRun(ctx, r.ID, "", r.Count, r.Ended) }); err != nil {
			return 0, err
		}
	}
	return len(names), nil
}

// WriteErasures writes the list of erasures beside the book, one JSON object a
// line, for the restore of an older backup. What the list has already stays in it:
// a book that was restored knows less.
func (a *App) WriteErasures(ctx context.Context) error {
	if a.Erasures == "" {
		return nil
	}
	kept, err := a.DB.Read().Erasures(ctx)
	if err != nil {
		return err
	}
	list, err := ReadErasures(a.Erasures)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	n := len(list)
	for _, k := range kept {
		if !slices.ContainsFunc(list, func(e privacy.Erasure) bool { return e.User == k.User && e.Person() == k.Person() }) {
			list = append(list, k.Erasure)
		}
	}
	if n == len(list) {
		return nil
	}
	return writeList(a.Erasures, list)
}

// writeList writes the list anew, whole or not at all.
func writeList(path string, list []privacy.Erasure) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	for _, one := range list {
		if err := e.Encode(one); err != nil {
			return fmt.Errorf("list of erasures: %w", err)
		}
	}
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("list of erasures: %w", err)
	}
	_, err = f.Write(b.Bytes())
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(part, path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("list of erasures: %w", err)
	}
	return nil
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// ReadErasures reads a list of erasures.
func ReadErasures(path string) (list []privacy.Erasure, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("list of erasures: %w", err)
	}
	for n, line := range bytes.Split(text, []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var e privacy.Erasure
		if err := json.Unmarshal(line, &e); err != nil || (e.Customer == 0) == (e.User == 0) || e.Pseudonym == "" {
			return nil, fmt.Errorf("list of erasures: line %d of %s says nothing Quid understands", n+1, path)
		}
		list = append(list, e)
	}
	return list, nil
}
