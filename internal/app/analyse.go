package app

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"quid/crm"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/intake"
	"quid/internal/store"
)

// MaxUpload is the size of the largest file that a page takes, in bytes.
const MaxUpload = 4 << 30

// A Draft is a file that was brought and is not taken in yet, with how it is to
// be read. It lies in App.Files under a random name until somebody starts or
// drops it; what the file was called is only ever shown.
type Draft struct {
	Token   string // names it in addresses
	Name    string // of the file, for people
	Size    int64  // in bytes
	Brought time.Time
	Request ImportRequest // Path and Name are filled in

	// Recalled says that it is read as the last file with the same columns was,
	// and nobody changed that.
	Recalled bool
}

// draftNote is what is kept of a draft beside its file.
type draftNote struct {
	Name    string        `json:"name"`
	File    string        `json:"file"`
	Size    int64         `json:"size"`
	Brought time.Time     `json:"brought"`
	Kind    intake.Kind   `json:"kind"`
	Options importOptions `json:"options"`

	Recalled bool `json:"recalled,omitempty"`
}

var draftToken = regexp.MustCompile(`^[A-Z2-7]{20,32}$`)

// files opens the folder of uploaded files; nothing outside can be reached.
func (a *App) files() (*os.Root, error) {
	if err := os.MkdirAll(a.Files, 0o700); err != nil {
		return nil, fmt.Errorf("folder of files: %w", err)
	}
	root, err := os.OpenRoot(a.Files)
	if err != nil {
		return nil, fmt.Errorf("folder of files: %w", err)
	}
	return root, nil
}

// Upload keeps a file that somebody brought as a draft. An upload that breaks
// off leaves nothing behind.
func (a *App) Upload(ctx context.Context, kind intake.Kind, name string, r io.Reader) (Draft, error) {
	if err := may(ctx, auth.ImportFiles); err != nil {
		return Draft{}, err
	}
	root, err := a.files()
	if err != nil {
		return Draft{}, err
	}
	defer root.Close()
	token := rand.Text()
	size, err := keepFile(root, token+".csv", r)
	if err != nil {
		return Draft{}, errors.Join(err, removeIfThere(root, token+".csv"))
	}
	d := Draft{Token: token, Name: shownName(name), Size: size, Brought: a.Now()}
	d.Request = ImportRequest{Kind: kind, Mode: Upsert, Related: true, Path: filepath.Join(a.Files, token+".csv"), Name: d.Name}
	if err := a.PutDraft(ctx, d); err != nil {
		return Draft{}, errors.Join(err, removeIfThere(root, token+".csv"))
	}
	return d, nil
}

// keepFile writes what r holds, at most MaxUpload bytes, and makes sure it lies
// on the disk: an import that is answered for must be able to go on.
func keepFile(root *os.Root, name string, r io.Reader) (int64, error) {
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, fmt.Errorf("keep file: %w", err)
	}
	n, err := io.Copy(f, io.LimitReader(r, MaxUpload+1))
	if err == nil && n > MaxUpload {
		err = fault.Field("file", "larger than 4 GB: split the file")
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return n, fmt.Errorf("keep file: %w", err)
	}
	return n, nil
}

// shownName is the last part of a file's name, of sane length.
func shownName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	if r := []rune(name); len(r) > 120 {
		name = string(r[:60]) + "…" + string(r[len(r)-50:])
	}
	return cmpOr(name, "file")
}

func removeIfThere(root *os.Root, name string) error {
	if err := root.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove file: %w", err)
	}
	return nil
}

// PutDraft keeps how a draft is to be read.
func (a *App) PutDraft(ctx context.Context, d Draft) error {
	if err := may(ctx, auth.ImportFiles); err != nil {
		return err
	}
	if !draftToken.MatchString(d.Token) {
		return fmt.Errorf("draft: %w", fault.NotFound)
	}
	text, err := json.Marshal(draftNote{
		Name: d.Name, File: filepath.Base(d.Request.Path), Size: d.Size, Brought: d.Brought, Kind: d.Request.Kind,
		Options: optionsOf(d.Request, d.Request.Mapping), Recalled: d.Recalled,
	})
	if err != nil {
		return fmt.Errorf("draft %s: %w", d.Token, err)
	}
	root, err := a.files()
	if err != nil {
		return err
	}
	defer root.Close()
	// First beside, then over it: a killed server leaves the old note or the new.
	beside := d.Token + ".new"
	if err := root.WriteFile(beside, text, 0o600); err != nil {
		return fmt.Errorf("draft %s: %w", d.Token, err)
	}
	if err := root.Rename(beside, d.Token+".json"); err != nil {
		return fmt.Errorf("draft %s: %w", d.Token, err)
	}
	return nil
}

// Draft returns a draft, or fault.NotFound.
func (a *App) Draft(_ context.Context, token string) (Draft, error) {
	if !draftToken.MatchString(token) {
		return Draft{}, fmt.Errorf("draft: %w", fault.NotFound)
	}
	root, err := a.files()
	if err != nil {
		return Draft{}, err
	}
	defer root.Close()
	return a.draftIn(root, token)
}

func (a *App) draftIn(root *os.Root, token string) (Draft, error) {
	text, err := root.ReadFile(token + ".json")
	if errors.Is(err, os.ErrNotExist) {
		err = fault.NotFound
	}
	if err != nil {
		return Draft{}, fmt.Errorf("draft %s: %w", token, err)
	}
	var n draftNote
	if err := json.Unmarshal(text, &n); err != nil {
		return Draft{}, fmt.Errorf("draft %s: %w", token, err)
	}
	path := filepath.Join(a.Files, filepath.Base(n.File))
	return Draft{
		Token: token, Name: n.Name, Size: n.Size, Brought: n.Brought, Recalled: n.Recalled,
		Request: n.Options.request(store.Import{Kind: string(n.Kind), Path: path, File: n.Name}),
	}, nil
}

// Drafts returns what was brought and neither started nor dropped, the newest
// first.
func (a *App) Drafts(context.Context) ([]Draft, error) {
	root, err := a.files()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	entries, err := os.ReadDir(a.Files)
	if err != nil {
		return nil, fmt.Errorf("drafts: %w", err)
	}
	var out []Draft
	for _, e := range entries {
		token, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok || !draftToken.MatchString(token) {
			continue
		}
		d, err := a.draftIn(root, token)
		if errors.Is(err, fault.NotFound) {
			continue // started or dropped this moment
		}
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	slices.SortFunc(out, func(x, y Draft) int { return y.Brought.Compare(x.Brought) })
	return out, nil
}

// DropDraft forgets a draft and its file. One that is gone is no error.
func (a *App) DropDraft(ctx context.Context, token string) error {
	if err := may(ctx, auth.ImportFiles); err != nil {
		return err
	}
	if !draftToken.MatchString(token) {
		return fmt.Errorf("draft: %w", fault.NotFound)
	}
	root, err := a.files()
	if err != nil {
		return err
	}
	defer root.Close()
	return errors.Join(removeIfThere(root, token+".json"), removeIfThere(root, token+".csv"))
}

// StartDraft begins to take a draft in and leaves it to the jobs. The file
// stays where it is, so that a killed import can go on.
func (a *App) StartDraft(ctx context.Context, token string) (store.Import, error) {
	if err := may(ctx, auth.ImportFiles); err != nil {
		return store.Import{}, err
	}
	d, err := a.Draft(ctx, token)
	if err != nil {
		return store.Import{}, err
	}
	imp, err := a.StartImport(ctx, d.Request)
	if err != nil {
		return imp, err
	}
	root, err := a.files()
	if err != nil {
		return imp, err
	}
	defer root.Close()
	return imp, removeIfThere(root, token+".json")
}

// Recall fills in how the last file of the same kind and columns was read. It
// says whether there was one. A file of rejected rows is known by the columns
// behind those that say why.
func (a *App) Recall(ctx context.Context, req *ImportRequest, file *intake.File) (bool, error) {
	r := a.DB.Read()
	text, err := r.Mapping(ctx, string(req.Kind), crm.Fold(file.HeaderRow()))
	if isNotFound(err) {
		text, err = a.recallRejected(ctx, r, req.Kind, file)
	}
	o, err := keptOptions(text, err)
	if isNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	kept := o.request(store.Import{Kind: string(req.Kind), Path: req.Path, File: req.Name})
	// The bytes are looked at anew: the next export may be encoded otherwise.
	kept.Read.Encoding, kept.Read.Delimiter, kept.Read.Sheet = req.Read.Encoding, req.Read.Delimiter, req.Read.Sheet
	kept.Read.Header = req.Read.Header
	*req = kept
	return true, nil
}

// RejectColumn is how the names of the columns begin that stand before the rows
// in a file of rejected rows and say why.
const RejectColumn = "Quid: "

// recallRejected finds how the import was read whose rejected rows came back.
func (a *App) recallRejected(ctx context.Context, r store.Reader, kind intake.Kind, file *intake.File) (string, error) {
	n := 0
	for n < len(file.Columns) && strings.HasPrefix(file.Columns[n].Name, RejectColumn) {
		n++
	}
	if n == 0 {
		return "", fault.NotFound
	}
	imports, err := r.Imports(ctx, 100)
	if err != nil {
		return "", err
	}
	for _, imp := range imports {
		var o importOptions
		if imp.Kind != string(kind) || json.Unmarshal([]byte(imp.Options), &o) != nil {
			continue
		}
		same := slices.EqualFunc(o.Mapping, file.Columns[n:], func(p intake.Pair, c intake.Column) bool { return p.Their == c.Name })
		if same {
			return imp.Options, nil
		}
	}
	return "", fault.NotFound
}

// A RejectLayout says how the rows of an import's file are put together.
type RejectLayout struct {
	Columns   []string // names, as the mapping spells them
	Delimiter byte     // 0: it was detected; see the rows
}

// RejectLayout returns the layout of an import's rows.
func (a *App) RejectLayout(imp store.Import) (RejectLayout, error) {
	var o importOptions
	if err := json.Unmarshal([]byte(imp.Options), &o); err != nil {
		return RejectLayout{}, fmt.Errorf("import %d: options: %w", imp.ID, err)
	}
	var l RejectLayout
	for _, p := range o.Mapping {
		l.Columns = append(l.Columns, p.Their)
	}
	if o.Delimiter != "" {
		l.Delimiter = o.Delimiter[0]
	}
	return l, nil
}

// GoOn leaves the imports of brought files that were begun and not ended to the
// jobs: a server that was killed between the two goes on with them. Files of the
// command line are left alone, since it may be at them itself.
func (a *App) GoOn(ctx context.Context) error {
	imports, err := a.DB.Read().Interrupted(ctx)
	if err != nil {
		return err
	}
	folder, err := filepath.Abs(a.Files)
	if err != nil {
		return fmt.Errorf("folder of files: %w", err)
	}
	for _, imp := range imports {
		if filepath.Dir(imp.Path) != folder {
			continue
		}
		if err := a.GoOnWith(ctx, imp.ID); err != nil {
			return err
		}
	}
	return nil
}

// GoOnWith leaves an import that was begun and not ended to the jobs again.
func (a *App) GoOnWith(ctx context.Context, id int64) error {
	if err := may(ctx, auth.ImportFiles); err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		imp, err := tx.Import(ctx, id)
		if err != nil {
			return err
		}
		if imp.State != "running" && imp.State != "undoing" {
			return fmt.Errorf("import %d is %s: %w", id, imp.State, fault.Conflict)
		}
		return errors.Join(a.enqueue(ctx, tx, ImportJob, strconv.FormatInt(id, 10)), a.importAct(ctx, tx, "went on", imp, nil))
	})
}
