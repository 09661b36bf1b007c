package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// Documents reads the file and yields its documents: first those whose rows
// stand together, in the order of the file, then those whose rows are
// scattered. The order is the same each time, so that a reader that was stopped
// can pass over the first n and go on. An error ends the sequence; what is wrong
// with a document is in its Problems. Each Doc belongs to the receiver.
func (p *Plan) Documents(ctx context.Context) iter.Seq2[*Doc, error] {
	return func(yield func(*Doc, error) bool) {
		p.counts, p.keys = Counts{}, NewRegister(p.opts.TempDir)
		defer p.keys.Close()
		d := &delivery{ctx: ctx, p: p, yield: yield}
		if err := d.run(); err != nil && !errors.Is(err, errStopped) {
			yield(nil, fmt.Errorf("%s: %w", p.file.src.name, err))
		}
	}
}

// errStopped says that the receiver wants no more.
var errStopped = errors.New("stopped")

// delivery is one run of Documents.
type delivery struct {
	ctx   context.Context
	p     *Plan
	yield func(*Doc, error) bool
	row   row

	open  *group // the invoice whose rows are being read, if any: &group
	group group
	runs  *runs
	spill *spill
	rows  int64
	away  bool   // the current run of equal numbers is scattered
	prev  string // number of the current run
	hash  uint64
	began bool
	held  *record // a broken row that waits for the next one
}

func (d *delivery) run() error {
	if d.p.kind.Grouped() {
		if err := d.prepare(); err != nil {
			return err
		}
		defer d.spill.close()
	}
	rows, err := d.p.file.newReader()
	if err != nil {
		return err
	}
	defer d.p.file.release(rows)
	for {
		rec, err := rows.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if d.p.file.before(rec) {
			continue
		}
		if err := d.take(rec, rows); err != nil {
			return err
		}
	}
	if d.held != nil {
		if err := d.place(d.held, keyOf(d.held, d.p.head.number.col)); err != nil {
			return err
		}
	}
	if err := d.closeGroup(); err != nil {
		return err
	}
	if d.spill != nil {
		if err := d.drain(d.spill, 0); err != nil {
			return err
		}
	}
	if progress := d.p.opts.Progress; progress != nil {
		progress(d.p.file.src.size, d.p.file.src.size)
	}
	return d.p.keys.Err()
}

// take counts a row and hands it on.
func (d *delivery) take(rec *record, rows rowReader) error {
	if d.rows++; d.rows%tellRows == 0 {
		if err := d.ctx.Err(); err != nil {
			return err
		}
		if progress := d.p.opts.Progress; progress != nil {
			progress(min(rows.read(), d.p.file.src.size), d.p.file.src.size)
		}
	}
	switch {
	case blank(rec.fields) && rec.flaw == "":
		d.p.counts.Blank++
		return nil
	case !d.p.passes(rec):
		d.p.counts.Filtered++
		return nil
	}
	if d.p.kind == Timesheets {
		switch {
		case d.p.totals(rec):
			d.p.counts.Blank++
			return nil
		case d.p.billable(rec):
			d.p.counts.Billable++
			return nil
		}
	}
	d.p.counts.Rows++
	if d.p.kind.Grouped() {
		return d.grouped(rec)
	}
	d.row.reset(d.p, rec)
	return d.hand(d.p.single(&d.row))
}

// hand gives a document to the receiver.
func (d *delivery) hand(doc *Doc) error {
	d.p.counts.Read += int64(doc.Records)
	if !d.yield(doc, nil) {
		return errStopped
	}
	return nil
}

// prepare makes sure that the scattered numbers are known.
func (d *delivery) prepare() error {
	f := d.p.file
	d.spill = newSpill(d.p.opts.TempDir, 64, 64)
	if col := d.p.head.number.col; f.runs == nil || f.key != col {
		if f.runs != nil {
			f.runs.close()
		}
		f.runs, f.key = newRuns(d.p.opts.TempDir), col
		if err := f.scanRuns(); err != nil {
			return err
		}
	}
	d.runs = f.runs
	return f.finishRuns()
}

// finishRuns sorts the hashes, once.
func (f *File) finishRuns() error {
	if f.sorted == f.runs {
		return nil
	}
	f.sorted = f.runs
	return f.runs.finish()
}

// scanRuns reads the file for its numbers only.
func (f *File) scanRuns() error {
	rows, err := f.newReader()
	if err != nil {
		return err
	}
	defer f.release(rows)
	for {
		rec, err := rows.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !f.before(rec) && f.key < len(rec.fields) && !blank(rec.fields) {
			if err := f.runs.add(keyOf(rec, f.key)); err != nil {
				return err
			}
		}
	}
}

// grouped takes a row of an invoice: to the open one, or aside if the rows of
// its number do not stand together.
func (d *delivery) grouped(rec *record) error {
	col := d.p.head.number.col
	broken := d.p.width(rec) != ""
	if broken && d.began && col < len(rec.fields) && d.names(rec, d.prev) {
		// The row is broken, but it names the invoice it stands with: that
		// invoice would lack a line without it.
		rec.fields[col] = d.prev
	}
	number := keyOf(rec, col)
	if d.held != nil {
		held := d.held
		d.held = nil
		if number != "" && col < len(held.fields) && d.names(held, number) {
			held.fields[col] = number
		}
		if err := d.place(held, keyOf(held, col)); err != nil {
			return err
		}
	}
	if broken && number != d.prev {
		d.held = rec.clone() // perhaps it belongs to the next
		return nil
	}
	return d.place(rec, number)
}

// names reports whether the text of a broken row shows the number as a field of
// its own. A short number could be anything, unless it stands in its place.
func (d *delivery) names(rec *record, number string) bool {
	edge := string(d.p.file.Separator()) + "\" \t"
	for at := 0; ; at++ {
		i := strings.Index(rec.text[at:], number)
		if i < 0 {
			return false
		}
		at += i
		end := at + len(number)
		before := strings.Trim(rec.text[:at], "\" ") == ""
		if (before && d.p.head.number.col == 0 || len(number) >= 4 && at > 0 && strings.IndexByte(edge, rec.text[at-1]) >= 0) &&
			(end == len(rec.text) || strings.IndexByte(edge, rec.text[end]) >= 0) {
			return true
		}
	}
}

// keyOf returns the number of the row's invoice. A quote left alone at its end
// is no part of it; that it is there stays a problem of the row.
func keyOf(rec *record, col int) string {
	if col >= len(rec.fields) {
		return ""
	}
	number := rec.fields[col]
	if rec.lone && strings.HasSuffix(number, `"`) && strings.Count(number, `"`) == 1 {
		return number[:len(number)-1]
	}
	return number
}

// place puts a row where its number belongs.
func (d *delivery) place(rec *record, number string) error {
	if number == "" || len(number) > maxName {
		if err := d.closeGroup(); err != nil {
			return err
		}
		return d.hand(d.orphan(rec))
	}
	if !d.began || number != d.prev {
		if err := d.closeGroup(); err != nil {
			return err
		}
		d.began, d.prev = true, number
		d.hash = xxhash.Sum64String(number)
		d.away = d.runs.has(d.hash)
	}
	if d.away {
		return d.spill.add(d.hash, rec, d.p.fields)
	}
	if d.open == nil {
		d.open = &d.group
		d.p.begin(d.open, d.prev)
	}
	return d.into(d.open, rec)
}

// orphan is the document of a row without a usable number.
func (d *delivery) orphan(rec *record) *Doc {
	g := d.p.newGroup("")
	d.row.reset(d.p, rec)
	d.row.name(d.p.head.number)
	d.p.add(g, &d.row)
	return d.p.finish(g)
}

// into adds a row to a group. What is larger than a document may be is rejected
// in parts, so that it never is in memory as a whole.
func (d *delivery) into(g *group, rec *record) error {
	d.row.reset(d.p, rec)
	d.p.add(g, &d.row)
	if !g.full() {
		return nil
	}
	first := !g.cut
	g.cut = true
	part := *g.doc
	part.Invoice = &Invoice{Number: g.inv.Number}
	part.Problems = []Problem{{
		Line: part.Lines[0], Column: d.p.head.number.their, Field: "number", Value: g.inv.Number,
		Problem: tooManyLines, Do: remedies[tooManyLines],
	}}
	if d.p.kind == InvoiceLines {
		part.Records = len(part.Lines)
	} else if !first {
		part.Records = 0
	}
	g.inv.Lines = nil
	g.doc.Problems, g.doc.Lines, g.doc.Raw, g.bytes = part.Problems, nil, nil, 0
	return d.hand(&part)
}

// closeGroup hands the open invoice over.
func (d *delivery) closeGroup() error {
	g := d.open
	d.open = nil
	return d.close(g)
}

func (d *delivery) close(g *group) error {
	if g == nil || (g.cut && len(g.doc.Lines) == 0) {
		return nil
	}
	doc := d.p.finish(g)
	if g.cut && d.p.kind == Invoices {
		doc.Records = 0
	}
	return d.hand(doc)
}

// drain hands over the scattered invoices, part by part, in each part in the
// order of their first lines. A part that is too large is split further.
func (d *delivery) drain(s *spill, depth int) error {
	for i := range s.parts {
		part := &s.parts[i]
		if part.size+int64(len(part.buf)) > cmp.Or(d.p.opts.load, spillLoad) && depth < spillDepth {
			if err := d.split(part, s.shift, depth); err != nil {
				return err
			}
		} else if err := d.gather(part); err != nil {
			return err
		}
		if part.file != nil {
			part.file.Close()
		}
		*part = spillPart{}
	}
	return nil
}

func (d *delivery) split(part *spillPart, shift uint, depth int) error {
	finer := newSpill(d.p.opts.TempDir, 16, shift)
	defer finer.close()
	in := part.reader()
	for {
		hash, rec, err := in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := finer.add(hash, rec, nil); err != nil {
			return err
		}
	}
	return d.drain(finer, depth+1)
}

// gather groups the rows of a part in memory.
func (d *delivery) gather(part *spillPart) error {
	groups := make(map[string]*group)
	var order []*group
	in := part.reader()
	for {
		_, rec, err := in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		number := keyOf(rec, d.p.head.number.col)
		g := groups[number]
		if g == nil {
			g = d.p.newGroup(number)
			groups[number] = g
			order = append(order, g)
		}
		if err := d.into(g, rec); err != nil {
			return err
		}
	}
	for _, g := range order {
		if err := d.ctx.Err(); err != nil {
			return err
		}
		if err := d.close(g); err != nil {
			return err
		}
	}
	return nil
}
