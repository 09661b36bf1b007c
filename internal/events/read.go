package events

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"

	"quid/clv"
)

// Options say how a file is read. Columns are named as in its header, or by
// their number from 1; those not named are found by their usual names.
type Options struct {
	ID, Day, Amount string
	Dates           string // dmy or mdy, where the file leaves it open
	Decimal         string // . or ,
	Watch           clv.Watch
	Workers         int // goroutines; 0 means one a core
}

// A Log is what a file says of its customers, in ascending order of their names.
type Log struct {
	*clv.Summary
	Purchases int64 // lines with a purchase
	Nameless  int64 // lines left out because they name no customer
	Negative  int64 // purchases with an amount below zero
	HasAmount bool

	shelves []*shelf
	order   []place
}

// A place is where a customer is found.
type place struct{ shelf, who uint32 }

// Customer is the name of the customer of Histories[i].
func (l *Log) Customer(i int) []byte {
	p := l.order[i]
	return l.shelves[p.shelf].name(int(p.who))
}

// A Problem is a line that can't be read.
type Problem struct {
	Line          int
	Column, Value string
	Reason        string // what to do
}

func (p *Problem) Error() string {
	if p.Column == "" {
		return fmt.Sprintf("line %d: %s", p.Line, p.Reason)
	}
	return fmt.Sprintf("line %d, column %q: %q: %s", p.Line, p.Column, p.Value, p.Reason)
}

const (
	headSize  = 256 << 10 // of the file, to find its layout
	headLimit = 16 << 20  // the same where dates are not clear before
	lineLimit = 64 << 20
)

// blockSize is what a goroutine reads at a time; a variable for tests.
var blockSize = 1 << 20

// Read reads a log of purchases: CSV with any of the usual commas, or cells
// with blanks between them; see the package comment. Problems of lines are
// returned as *Problem, that of the first line that has one.
func Read(r io.Reader, o Options) (*Log, error) {
	src, l, err := open(r, o)
	if err != nil {
		return nil, err
	}
	log := &Log{HasAmount: l.amount >= 0}
	for range shelves {
		log.shelves = append(log.shelves, newShelf(o.Watch, l.middle))
	}
	workers := o.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	parsers := make([]*parser, workers)
	var wg sync.WaitGroup
	for i := range parsers {
		p := &parser{layout: l, shelves: log.shelves}
		parsers[i] = p
		wg.Go(func() { p.run(src) })
	}
	wg.Wait()
	if err := src.failure(); err != nil {
		return nil, err
	}
	for _, p := range parsers {
		log.Purchases += p.purchases
		log.Nameless += p.nameless
		log.Negative += p.negative
	}
	return log, log.finish()
}

// open finds the layout from the beginning of the file.
func open(r io.Reader, o Options) (*source, *layout, error) {
	var head []byte
	for size := headSize; ; size *= 8 {
		grown := make([]byte, size)
		n := copy(grown, head)
		m, err := io.ReadFull(r, grown[n:])
		head = grown[:n+m]
		whole := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !whole {
			return nil, nil, err
		}
		if err := notText(head); err != nil {
			return nil, nil, err
		}
		looked := bytes.TrimPrefix(head, []byte("\ufeff"))
		if !whole {
			looked = looked[:bytes.LastIndexByte(looked, '\n')+1]
		}
		l, err := findLayout(looked, o)
		if errors.Is(err, errAmbiguous) && !whole && size < headLimit {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		rest := bytes.TrimPrefix(head, []byte("\ufeff"))
		src := &source{r: io.MultiReader(bytes.NewReader(rest), r)}
		src.header = l.header
		return src, l, nil
	}
}

// notText says what to do with files that are no text.
func notText(head []byte) error {
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return errors.New("this is no CSV file but a workbook or an archive: save it as CSV")
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return errors.New("the file is compressed: unpack it first, such as with gunzip -c FILE | quid clv summary -")
	case bytes.IndexByte(head[:min(len(head), 4096)], 0) >= 0:
		return errors.New("the file is no text in UTF-8: save it as CSV in UTF-8")
	}
	return nil
}

// A source cuts a file into blocks of whole lines, for several goroutines.
type source struct {
	mu     sync.Mutex
	r      io.Reader
	rest   []byte // of the last block, behind its last line
	header bool   // the first line is still to be passed over
	done   bool
	err    error
	lines  []int // of each block
	worst  int   // block of the problem, if there is one
	wrong  *Problem
}

// next fills buf, which may be replaced by a larger one, with the next block.
// The block ends in a new line; nil is the end.
func (s *source) next(buf []byte) (block, full []byte, number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done || s.wrong != nil {
		return nil, buf, 0
	}
	n := copy(buf, s.rest)
	for {
		m, err := io.ReadFull(s.r, buf[n:len(buf)-1])
		n += m
		if err != nil {
			s.done = true
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				s.err = err
				return nil, buf, 0
			}
			if n == 0 {
				return nil, buf, 0
			}
			if buf[n-1] != '\n' {
				buf[n] = '\n'
				n++
			}
			s.rest = nil
			break
		}
		end := lastLine(buf[:n])
		if end > 0 {
			s.rest = append(s.rest[:0], buf[end:n]...)
			n = end
			break
		}
		if len(buf) >= lineLimit {
			s.err = fmt.Errorf("line %d is longer than 64 MB: a quote is not closed, or this is no CSV file", s.before(len(s.lines))+1)
			s.done = true
			return nil, buf, 0
		}
		buf = append(buf, make([]byte, len(buf))...)
	}
	s.lines = append(s.lines, 0)
	return buf[:n], buf, len(s.lines) - 1
}

// lastLine returns where the last line that is whole ends, 0 if there is none.
// New lines within quotes end none.
func lastLine(b []byte) int {
	if bytes.IndexByte(b, '"') < 0 {
		return bytes.LastIndexByte(b, '\n') + 1
	}
	end, quote, opening := 0, false, true
	for i, c := range b {
		switch {
		case quote:
			quote = c != '"' // a doubled one closes and opens again
			opening = !quote
		case c == '"' && opening:
			quote = true
		case c == '\n':
			end, opening = i+1, true
		default:
			opening = c == ',' || c == ';' || c == '\t' || c == '|' || c == ' ' && opening
		}
	}
	return end
}

// before is how many lines stand before a block.
func (s *source) before(number int) int {
	n := 0
	for _, lines := range s.lines[:number] {
		n += lines
	}
	return n
}

// counted notes how many lines a block has, and its problem if it has one.
func (s *source) counted(number, lines int, p *Problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines[number] = lines
	if p != nil && (s.wrong == nil || number < s.worst) {
		s.wrong, s.worst = p, number
	}
}

// failure is what went wrong, once all goroutines have ended.
func (s *source) failure() error {
	if s.wrong != nil {
		s.wrong.Line += s.before(s.worst)
		return s.wrong
	}
	return s.err
}

// finish puts the shelves together in the order of the customers' names.
func (l *Log) finish() error {
	for _, s := range l.shelves {
		s.slots = nil // everybody is found
	}
	sorted := make([][]key, len(l.shelves))
	var wg sync.WaitGroup
	next := make(chan int, len(l.shelves))
	for i := range l.shelves {
		next <- i
	}
	close(next)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				sorted[i] = l.shelves[i].sorted()
			}
		})
	}
	wg.Wait()
	l.order = l.merge(sorted)
	tallies := make([]*clv.Tally, len(l.shelves))
	for i, s := range l.shelves {
		tallies[i] = s.tally
	}
	var err error
	l.Summary, err = clv.Join(func(yield func(int, int) bool) {
		for _, p := range l.order {
			if !yield(int(p.shelf), int(p.who)) {
				return
			}
		}
	}, tallies...)
	for _, s := range l.shelves {
		s.tally = nil // the histories say it all
	}
	return err
}

// A key orders customers: the first eight bytes of the name, then the rest.
type key struct {
	prefix uint64
	who    uint32
}

// sorted are the customers of the shelf who bought in the watch, by name.
func (s *shelf) sorted() []key {
	s.tally.Settle()
	keys := make([]key, 0, len(s.ends))
	for who := range s.ends {
		if s.tally.Watched(who) {
			keys = append(keys, key{prefixOf(s.name(who)), uint32(who)})
		}
	}
	slices.SortFunc(keys, func(a, b key) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		return bytes.Compare(s.name(int(a.who)), s.name(int(b.who)))
	})
	return keys
}

func prefixOf(name []byte) uint64 {
	if len(name) >= 8 {
		return binary.BigEndian.Uint64(name)
	}
	var p uint64
	for i, c := range name {
		p |= uint64(c) << (56 - 8*i)
	}
	return p
}

// merge merges the sorted customers of all shelves.
func (l *Log) merge(sorted [][]key) []place {
	total := 0
	for _, keys := range sorted {
		total += len(keys)
	}
	out := make([]place, 0, total)
	for range total {
		best := -1
		for i, keys := range sorted {
			if len(keys) > 0 && (best < 0 || keys[0].prefix < sorted[best][0].prefix ||
				keys[0].prefix == sorted[best][0].prefix &&
					bytes.Compare(l.shelves[i].name(int(keys[0].who)), l.shelves[best].name(int(sorted[best][0].who))) < 0) {
				best = i
			}
		}
		out = append(out, place{uint32(best), sorted[best][0].who})
		sorted[best] = sorted[best][1:]
	}
	return out
}
