package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"quid/crm"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/intake"
	"quid/internal/store"
)

// An ImportRequest says which file is to be taken in, and how.
type ImportRequest struct {
	Kind    intake.Kind
	Path    string
	Name    string // of the file, for people; "" is the path's last part
	Read    intake.Options
	Mapping intake.Mapping // nil: what the headers say
	Mode    Mode           // "" is Upsert
	Related bool           // records that are named and not found are made as stubs
	Source  string         // whose external ids these are; "" is "file"
	DryRun  bool
}

// importOptions is what is kept of a request, so that an import can go on and
// the next file with the same header be read alike.
type importOptions struct {
	Mapping   intake.Mapping `json:"mapping"`
	Where     []intake.Where `json:"where,omitempty"`
	Decimal   string         `json:"decimal,omitempty"`
	Dates     intake.Order   `json:"dates,omitempty"`
	Encoding  string         `json:"encoding,omitempty"`
	Delimiter string         `json:"delimiter,omitempty"`
	Header    intake.Choice  `json:"header,omitempty"`
	Sheet     string         `json:"sheet,omitempty"`
	Mode      Mode           `json:"mode"`
	Related   bool           `json:"related"`
	Source    string         `json:"source"`
}

// Questions is the error for a file that leaves open how it is to be read.
type Questions struct{ Open []intake.Question }

func (q *Questions) Error() string {
	var b strings.Builder
	for i, o := range q.Open {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "column %q (%s): %s", o.Column, o.Field, o.Reason)
		for _, r := range o.Readings {
			if r.Value != "" {
				fmt.Fprintf(&b, "\n  %s %s reads %q as %s", o.Flag, r.Answer, o.Sample, r.Value)
			}
		}
	}
	return b.String()
}

// Is makes Questions an Invalid: the input has to say more.
func (q *Questions) Is(target error) bool { return target == fault.Invalid }

// ImportResult is what became of an import.
type ImportResult struct {
	Import int64 `json:"import,string"`
	Counts
	Resumed  bool             `json:"resumed,omitempty"`
	Mapping  intake.Mapping   `json:"mapping"`                // which column was read as which field
	AsBefore bool             `json:"mapping_kept,omitempty"` // as it was the last time
	Problems []intake.Problem `json:"problems"`               // the first ones; all are kept with the import
}

// mostProblems is how many problems a result carries.
const mostProblems = 10_000

// Import takes a file in, from where it was interrupted if it was. progress,
// which may be nil, is told how many bytes of the file are done.
func (a *App) Import(ctx context.Context, req ImportRequest, progress func(done, total int64)) (ImportResult, error) {
	if err := may(ctx, auth.ImportFiles); err != nil {
		return ImportResult{}, err
	}
	req.Read.Progress = progress
	imp, resumed, file, err := a.begin(ctx, req)
	if err != nil {
		return ImportResult{}, err
	}
	defer file.Close()
	res, err := a.runImport(ctx, imp, req.DryRun, file)
	res.Resumed, res.Mapping, res.AsBefore = resumed, file.plan.Mapping(), file.kept
	return res, err
}

// An opened is a file that was read through, and how its documents are read.
type opened struct {
	*intake.File
	plan *intake.Plan
	kept bool // the columns are mapped as they were the last time
}

// KeptMapping returns how the columns of the last file of a kind with the same
// header were mapped, nil if there was none.
func (a *App) KeptMapping(ctx context.Context, kind intake.Kind, file *intake.File) (intake.Mapping, error) {
	o, err := keptOptions(a.DB.Read().Mapping(ctx, string(kind), crm.Fold(file.HeaderRow())))
	if isNotFound(err) {
		return nil, nil
	}
	return o.Mapping, err
}

// keptOptions reads options as they were kept.
func keptOptions(text string, err error) (o importOptions, _ error) {
	if err == nil {
		err = json.Unmarshal([]byte(text), &o)
	}
	if err != nil {
		return o, fmt.Errorf("mapping: %w", err)
	}
	return o, nil
}

// BeginImport checks that a file can be read as asked and writes the import, or
// finds the one of the same file that was interrupted. A dry run writes nothing.
func (a *App) BeginImport(ctx context.Context, req ImportRequest) (imp store.Import, resumed bool, err error) {
	if err := may(ctx, auth.ImportFiles); err != nil {
		return imp, resumed, err
	}
	imp, resumed, file, err := a.begin(ctx, req)
	if err != nil {
		return imp, false, err
	}
	return imp, resumed, file.Close()
}

func (a *App) begin(ctx context.Context, req ImportRequest) (imp store.Import, resumed bool, file opened, err error) {
	book, err := a.DB.Read().Book(ctx)
	if err != nil {
		return imp, false, file, err
	}
	if file, err = a.openPlan(ctx, req, book.Currency); err != nil {
		return imp, false, file, err
	}
	imp, resumed, err = a.beginOpened(ctx, req, file)
	if err != nil {
		err = errors.Join(err, file.Close())
	}
	return imp, resumed, file, err
}

func (a *App) beginOpened(ctx context.Context, req ImportRequest, file opened) (imp store.Import, resumed bool, err error) {
	header := crm.Fold(file.HeaderRow())
	options, err := json.Marshal(optionsOf(req, file.plan.Mapping()))
	if err != nil {
		return imp, false, fmt.Errorf("import options: %w", err)
	}
	sum, size, err := hashFile(req.Path)
	if err != nil {
		return imp, false, err
	}
	if !req.DryRun {
		imp, err = a.DB.Read().Unfinished(ctx, string(req.Kind), sum, string(options))
		if err == nil || !isNotFound(err) {
			return imp, err == nil, err
		}
	}
	path, err := filepath.Abs(req.Path)
	if err != nil {
		return imp, false, fmt.Errorf("import %s: %w", req.Path, err)
	}
	imp = store.Import{
		ID: a.id(), Kind: string(req.Kind), File: cmpOr(req.Name, filepath.Base(req.Path)), Path: path, SHA256: sum, Options: string(options),
		State: "running", BytesTotal: size, Counts: "{}", Started: a.Now(),
	}
	if req.DryRun {
		return imp, false, nil
	}
	return imp, false, a.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.PutMapping(ctx, imp.Kind, header, imp.Options, a.Now()); err != nil {
			return err
		}
		return errors.Join(tx.AddImport(ctx, imp), a.importAct(ctx, tx, "began", imp, nil))
	})
}

// StartImport begins an import and leaves it to the jobs.
func (a *App) StartImport(ctx context.Context, req ImportRequest) (store.Import, error) {
	if err := may(ctx, auth.ImportFiles); err != nil {
		return store.Import{}, err
	}
	imp, _, err := a.BeginImport(ctx, req)
	if err != nil {
		return imp, err
	}
	return imp, a.DB.Write(ctx, func(tx *store.Tx) error {
		return a.enqueue(ctx, tx, ImportJob, strconv.FormatInt(imp.ID, 10))
	})
}

// RunImport goes on with an import that was begun, or with its undo; it is the
// job that StartImport and StartUndo leave behind. When the import has ended, a
// file that was brought by a page is deleted.
func (a *App) RunImport(ctx context.Context, id int64, progress func(done, total int64)) error {
	imp, err := a.DB.Read().Import(ctx, id)
	if err != nil {
		return err
	}
	switch imp.State {
	case "running":
		err = a.goOn(ctx, imp, progress)
	case "undoing":
		_, err = a.undo(ctx, imp)
	}
	return errors.Join(err, a.dropUpload(ctx, id))
}

// goOn opens the file of an import again and takes in the rest of it.
func (a *App) goOn(ctx context.Context, imp store.Import, progress func(done, total int64)) error {
	book, err := a.DB.Read().Book(ctx)
	if err != nil {
		return err
	}
	var o importOptions
	if err := json.Unmarshal([]byte(imp.Options), &o); err != nil {
		return fmt.Errorf("import %d: options: %w", imp.ID, err)
	}
	req := o.request(imp)
	req.Read.Progress = progress
	file, err := a.openPlan(ctx, req, book.Currency)
	if err != nil {
		return a.ended(ctx, imp, err)
	}
	defer file.Close()
	_, err = a.runImport(ctx, imp, false, file)
	return err
}

// openPlan opens the file and settles how it is read. Where the request says
// nothing of columns, those of the last file of this kind with the same header
// are mapped as they were then.
func (a *App) openPlan(ctx context.Context, req ImportRequest, currency string) (opened, error) {
	req.Read.Kind, req.Read.Mapping, req.Read.Currency = req.Kind, req.Mapping, currency
	tell := req.Read.Progress
	req.Read.Progress = func(done, total int64) {
		a.giveWay()
		if tell != nil {
			tell(done, total)
		}
	}
	file, err := intake.Open(req.Path, req.Read)
	if err != nil {
		return opened{}, err
	}
	kept := false
	if req.Mapping == nil {
		if req.Mapping, err = a.KeptMapping(ctx, req.Kind, file); err != nil {
			return opened{}, errors.Join(err, file.Close())
		}
		kept = req.Mapping != nil
	}
	plan, questions, err := file.Plan(req.Kind, req.Mapping, req.Read)
	if err == nil && len(questions) > 0 {
		err = &Questions{questions}
	}
	if err != nil {
		return opened{}, errors.Join(err, file.Close())
	}
	return opened{file, plan, kept}, nil
}

func optionsOf(req ImportRequest, m intake.Mapping) importOptions {
	o := importOptions{
		Mapping: m, Where: req.Read.Where, Dates: req.Read.Dates, Encoding: req.Read.Encoding, Header: req.Read.Header,
		Sheet: req.Read.Sheet, Mode: req.Mode, Related: req.Related, Source: cmpOr(req.Source, "file"),
	}
	if o.Mode == "" {
		o.Mode = Upsert
	}
	if req.Read.Decimal != 0 {
		o.Decimal = string(rune(req.Read.Decimal))
	}
	if req.Read.Delimiter != 0 {
		o.Delimiter = string(rune(req.Read.Delimiter))
	}
	return o
}

// request turns kept options back into a request.
func (o importOptions) request(imp store.Import) ImportRequest {
	req := ImportRequest{
		Kind: intake.Kind(imp.Kind), Path: imp.Path, Name: imp.File, Mapping: o.Mapping, Mode: o.Mode, Related: o.Related, Source: o.Source,
		Read: intake.Options{Where: o.Where, Dates: o.Dates, Encoding: o.Encoding, Header: o.Header, Sheet: o.Sheet},
	}
	if o.Decimal != "" {
		req.Read.Decimal = o.Decimal[0]
	}
	if o.Delimiter != "" {
		req.Read.Delimiter = o.Delimiter[0]
	}
	return req
}

func hashFile(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, fmt.Errorf("import: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if size, err = io.Copy(h, f); err != nil {
		return "", 0, fmt.Errorf("import: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), size, nil
}
