package web

import (
	"fmt"
	"strings"
	"sync"

	"quid/internal/app"
	"quid/internal/intake"
)

// openFiles keeps the files that people are looking at open, since finding out
// what a large one is takes a while. The zero value is ready.
type openFiles struct {
	mu   sync.Mutex
	tick int64
	open map[string]*openFile // by token of the draft
}

// mostOpen is how many files are kept open.
const mostOpen = 8

type openFile struct {
	mu   sync.Mutex
	key  string // how it was opened
	file *intake.File
	used int64
	gone bool // closed for good: look for another
}

// close closes the file; the caller holds mu.
func (o *openFile) close() {
	if o.file != nil {
		_ = o.file.Close() // it was only read
		o.file = nil
	}
}

// with calls fn with the draft's file, opened as the draft says. fn is alone
// with it.
func (c *openFiles) with(d app.Draft, fn func(*intake.File) error) error {
	o := c.find(d.Token)
	defer c.trim()
	defer o.mu.Unlock()
	read := d.Request.Read
	key := fmt.Sprintf("%q %q %d %q", read.Encoding, read.Delimiter, read.Header, read.Sheet)
	if o.file == nil || o.key != key {
		o.close()
		f, err := intake.Open(d.Request.Path, intake.Options{Encoding: read.Encoding, Delimiter: read.Delimiter, Header: read.Header, Sheet: read.Sheet})
		if err != nil {
			return err
		}
		o.file, o.key = f, key
	}
	return fn(o.file)
}

// find returns the entry of a token, locked.
func (c *openFiles) find(token string) *openFile {
	for {
		c.mu.Lock()
		if c.open == nil {
			c.open = make(map[string]*openFile)
		}
		o := c.open[token]
		if o == nil {
			o = new(openFile)
			c.open[token] = o
		}
		c.tick++
		o.used = c.tick
		c.mu.Unlock()
		o.mu.Lock()
		if !o.gone {
			return o
		}
		o.mu.Unlock()
	}
}

// trim closes the files that were not looked at for longest.
func (c *openFiles) trim() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.open) > mostOpen {
		var oldest string
		for token, o := range c.open {
			if oldest == "" || o.used < c.open[oldest].used {
				oldest = token
			}
		}
		o := c.open[oldest]
		if !o.mu.TryLock() {
			return // somebody is at it
		}
		o.close()
		o.gone = true
		delete(c.open, oldest)
		o.mu.Unlock()
	}
}

// forget closes a file, since it goes away.
func (c *openFiles) forget(token string) {
	c.mu.Lock()
	o := c.open[token]
	delete(c.open, token)
	c.mu.Unlock()
	if o != nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.close()
		o.gone = true
	}
}

// fingerprint tells whether a form was made for these columns.
func fingerprint(f *intake.File) string {
	var b strings.Builder
	for i := range f.Columns {
		b.WriteString(f.Columns[i].Name)
		b.WriteByte(0)
	}
	return hashText(b.String())
}

// hashText is a short name for a text (FNV-1a).
func hashText(s string) string {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return fmt.Sprintf("%x", h)
}
