package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"quid/fault"
	"quid/internal/app"
	"quid/internal/store"
)

// outBuffer collects output that is written only once it is whole.
type outBuffer = bytes.Buffer

// A session is what a command needs of the world around it.
type session struct {
	address string // of the book
	in      io.Reader
	out     io.Writer
	err     io.Writer
	now     func() time.Time
	asks    bool // somebody sits at the terminal: questions may be asked
	shows   bool // stderr is a terminal: progress is shown there

	watch func(done, total int64) // hears progress where no terminal does; may be nil
}

func newSession(in, out, err *os.File, now func() time.Time) *session {
	s := &session{in: in, out: out, err: err, now: now}
	s.shows = term.IsTerminal(int(err.Fd()))
	s.asks = s.shows && term.IsTerminal(int(in.Fd()))
	return s
}

// An openBook is a book in use by a command.
type openBook struct {
	*app.App
	store.Book
	file string // the file that was made for it, "" if the book was there
}

// Close gives the book back.
func (b *openBook) Close() error { return b.DB.Close() }

// unmake takes away a file that was made for the book if nothing came into it.
func (b *openBook) unmake(ctx context.Context) error {
	if b.file == "" {
		return nil
	}
	imports, err := b.DB.Read().Imports(context.WithoutCancel(ctx), 1)
	if err != nil || len(imports) > 0 {
		return err
	}
	err = b.Close()
	for _, end := range []string{"", "-wal", "-shm", ".lock"} {
		if e := os.Remove(b.file + end); e != nil && !errors.Is(e, os.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// open opens the book that is there.
func (s *session) open(ctx context.Context) (*openBook, error) {
	if !store.Exists(s.address) {
		return nil, s.missing()
	}
	b, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	b.Book, err = b.DB.Read().Book(ctx)
	if errors.Is(err, fault.NotFound) {
		err = s.missing()
	}
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// missing says what to do where there is no book.
func (s *session) missing() error {
	return fmt.Errorf("there is no book at %s: make one with quid import or quid demo, or name another with --db", s.address)
}

// create opens the book and makes it first if it is missing. name is what it
// is called then, "" after its file.
func (s *session) create(ctx context.Context, name, currency string) (*openBook, error) {
	made := ""
	if !store.Exists(s.address) {
		made = strings.TrimPrefix(s.address, "sqlite:")
		if err := os.MkdirAll(filepath.Dir(made), 0o750); err != nil {
			return nil, fmt.Errorf("make the folder of the book: %w", err)
		}
	}
	b, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	b.file = made
	if err = b.CreateBook(ctx, cmp.Or(name, bookName(s.address)), cmp.Or(currency, "EUR")); err == nil {
		b.Book, err = b.DB.Read().Book(ctx)
	}
	if err == nil && currency != "" && b.Currency != currency {
		err = fmt.Errorf("the book is kept in %s, not in %s", b.Currency, currency)
	}
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// connect opens the database of the book, whatever is in it.
func (s *session) connect(ctx context.Context) (*openBook, error) {
	db, err := store.Open(ctx, s.address)
	if err != nil {
		return nil, err
	}
	return &openBook{App: &app.App{
		DB: db, IDs: store.NewIDs(s.now()), Now: s.now, Files: filesBeside(s.address), Erasures: erasuresBeside(s.address),
		Log: slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}}, nil
}

// bookName is what a new book is called: the file without its ending.
func bookName(address string) string {
	base := filepath.Base(address)
	return cmp.Or(base[:len(base)-len(filepath.Ext(base))], "book")
}

// count shows on a terminal how many are done of an unknown number.
func (s *session) count(what string) (progress func(done int64), end func()) {
	bar, end := s.bar(what)
	return func(done int64) { bar(done, -1) }, end
}

// json writes v as one line of JSON.
func (s *session) json(v any) error {
	return flushed(s.out, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		return e.Encode(v)
	})
}

// table writes columns that stand under each other.
func (s *session) table(fn func(w io.Writer)) error {
	t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fn(t)
	return t.Flush()
}

// say writes a line of progress or advice to stderr.
func (s *session) say(format string, args ...any) { fmt.Fprintf(s.err, format+"\n", args...) }

// bar shows progress on a terminal, and nothing elsewhere. The function it
// returns may be called from several goroutines; end takes the bar away.
func (s *session) bar(what string) (progress func(done, total int64), end func()) {
	if !s.shows {
		if s.watch != nil {
			return s.watch, func() {}
		}
		return func(int64, int64) {}, func() {}
	}
	var mu sync.Mutex
	var b *progressbar.ProgressBar
	progress = func(done, total int64) {
		mu.Lock()
		defer mu.Unlock()
		if b == nil {
			b = progressbar.NewOptions64(total, progressbar.OptionSetWriter(s.err), progressbar.OptionSetDescription(what),
				progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))
		}
		_ = b.Set64(done) // a bar that fails to draw stops nothing
	}
	return progress, func() {
		mu.Lock()
		defer mu.Unlock()
		if b != nil {
			_ = b.Clear()
		}
	}
}
