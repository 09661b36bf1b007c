package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"quid/internal/store"
)

// How long files that were brought by a page are kept.
const (
	draftKept  = 7 * 24 * time.Hour // drafts, after somebody brought or last changed them
	strayKept  = 24 * time.Hour     // what broke off: uploads and notes without the other
	tidyPeriod = 24 * time.Hour
)

// uploadName matches the names that Upload and PutDraft give.
var uploadName = regexp.MustCompile(`^([A-Z2-7]{20,32})\.(csv|json|new)$`)

// StartTidying takes away what is not needed any more among the files that were
// brought, and asks for it to be done every day.
func (a *App) StartTidying(ctx context.Context) error {
	if _, err := a.Tidy(ctx); err != nil {
		return err
	}
	return a.askTidy(ctx)
}

// RunTidy does the daily work of a TidyJob and asks for the next day's.
func (a *App) RunTidy(ctx context.Context) error {
	n, err := a.Tidy(ctx)
	if err != nil {
		return err
	}
	if n > 0 {
		a.Log.InfoContext(ctx, "files that are not needed any more were deleted", "files", n)
	}
	return errors.Join(a.StartWebhooks(ctx), a.askTidy(ctx))
}

func (a *App) askTidy(ctx context.Context) error {
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		return errors.Join(tx.ForgetDrafts(ctx, a.Now().Add(-DraftLife)), tx.Enqueue(ctx, a.id(), TidyJob, "", a.Now().Add(tidyPeriod)))
	})
}

// Tidy deletes the files that were brought and are not needed any more, and
// returns how many: those whose import has ended, drafts that nobody touched for
// a week, and what uploads that broke off left. The file of an import that may
// go on stays; so do files of other names.
func (a *App) Tidy(ctx context.Context) (int, error) {
	needed, err := a.neededFiles(ctx)
	if err != nil {
		return 0, err
	}
	root, err := a.files()
	if err != nil {
		return 0, err
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return 0, fmt.Errorf("folder of files: %w", err)
	}
	noted := make(map[string]bool) // tokens with a note
	for _, e := range entries {
		if m := uploadName.FindStringSubmatch(e.Name()); m != nil && m[2] == "json" {
			noted[m[1]] = true
		}
	}
	deleted := 0
	var errs []error
	for _, e := range entries {
		m := uploadName.FindStringSubmatch(e.Name())
		if m == nil || needed[e.Name()] || (m[2] == "csv" && noted[m[1]]) {
			continue
		}
		kept := strayKept
		if m[2] == "json" {
			kept = draftKept
		}
		info, err := e.Info()
		if err != nil || a.Now().Sub(info.ModTime()) < kept {
			continue // gone this moment, or young
		}
		errs = append(errs, removeIfThere(root, e.Name()))
		if m[2] == "json" {
			errs = append(errs, removeIfThere(root, m[1]+".csv"))
		}
		deleted++
	}
	return deleted, errors.Join(errs...)
}

// neededFiles are the names of the brought files whose imports may go on.
func (a *App) neededFiles(ctx context.Context) (map[string]bool, error) {
	imports, err := a.DB.Read().Interrupted(ctx)
	if err != nil {
		return nil, err
	}
	needed := make(map[string]bool)
	for _, imp := range imports {
		if name, ok := a.broughtName(imp.Path); ok {
			needed[name] = true
		}
	}
	return needed, nil
}

// broughtName returns the name of a file in the folder of files that were
// brought; ok is false for files that lie elsewhere.
func (a *App) broughtName(path string) (name string, ok bool) {
	folder, err := filepath.Abs(a.Files)
	name = filepath.Base(path)
	return name, err == nil && filepath.Dir(path) == folder && uploadName.MatchString(name)
}

// dropUpload deletes the file of an import that has ended, if it was brought by
// a page: neither undo nor the file of rejected rows needs it.
func (a *App) dropUpload(ctx context.Context, id int64) error {
	imp, err := a.DB.Read().Import(ctx, id)
	if err != nil || imp.State == "running" {
		return err
	}
	name, ok := a.broughtName(imp.Path)
	if !ok {
		return nil
	}
	root, err := os.OpenRoot(a.Files)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("folder of files: %w", err)
	}
	defer root.Close()
	return removeIfThere(root, name)
}
