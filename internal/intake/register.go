package intake

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"sort"

	"github.com/cespare/xxhash/v2"
)

// A Register keeps a number for each of any number of names, by the 64-bit hash
// of the name, in little memory: what came last in a hash table, the rest in sorted
// runs in a temporary file, each with a filter of ten bits a name that tells
// nearly always what is not in it. The first error stays: nothing is found or
// kept any more, and Err returns it.
type Register struct {
	dir   string
	young []slot
	n     int
	runs  []sortedRun // oldest first
	file  *temp       // that they are in
	size  int64
	block [registerBlock * registerSlot]byte
	err   error
}

// A slot of hash 0 is free.
type slot struct {
	hash   uint64
	number int64
}

type sortedRun struct {
	at     int64 // in the file
	n      int
	firsts []uint64 // hash at the start of each block
	filter []uint64
}

const (
	registerSlot  = 16      // bytes of a hash and its number
	registerBlock = 64      // slots that are read at a time
	registerYoung = 1 << 19 // slots of the hash table at most: 8 MB
)

// NewRegister returns an empty Register that spills to dir, "" for the system's
// temporary folder.
func NewRegister(dir string) *Register { return &Register{dir: dir, young: make([]slot, 1024)} }

// Find returns the number that was kept for a name.
func (r *Register) Find(name string) (int64, bool) { return r.get(xxhash.Sum64String(name)) }

// Keep keeps a number for a name, in place of an earlier one.
func (r *Register) Keep(name string, number int64) { r.put(xxhash.Sum64String(name), number) }

// Err returns the first error.
func (r *Register) Err() error { return r.err }

// Close gives the temporary file back.
func (r *Register) Close() error {
	if r.file == nil {
		return nil
	}
	f := r.file
	r.file, r.err = nil, cmp.Or(r.err, errors.New("register: closed"))
	return f.Close()
}

func (r *Register) get(hash uint64) (int64, bool) {
	hash = max(hash, 1)
	if s := place(r.young, hash); s.hash != 0 {
		return s.number, r.err == nil
	}
	for i := len(r.runs) - 1; i >= 0; i-- {
		if !r.runs[i].may(hash) {
			continue
		}
		if number, found := r.look(&r.runs[i], hash); found || r.err != nil {
			return number, found
		}
	}
	return 0, false
}

func (r *Register) put(hash uint64, number int64) {
	hash = max(hash, 1)
	s := place(r.young, hash)
	if s.hash == 0 {
		if r.n*4 >= len(r.young)*3 {
			r.grow()
			s = place(r.young, hash)
		}
		r.n++
	}
	*s = slot{hash, number}
}

// place returns the slot of a hash: the one that holds it, or a free one.
func place(slots []slot, hash uint64) *slot {
	mask := uint64(len(slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		if s := &slots[i]; s.hash == 0 || s.hash == hash {
			return s
		}
	}
}

// grow doubles the hash table, or empties it into a run.
func (r *Register) grow() {
	old := r.young
	if len(old) >= registerYoung {
		if r.err == nil {
			r.err = r.spill()
		}
		clear(old)
		r.n = 0
		return
	}
	r.young = make([]slot, 2*len(old))
	for _, s := range old {
		if s.hash != 0 {
			*place(r.young, s.hash) = s
		}
	}
}

// spill writes the hash table as a run. It sorts it in place: it is emptied then.
func (r *Register) spill() error {
	if r.file == nil {
		f, err := newTemp(r.dir)
		if err != nil {
			return err
		}
		r.file = f
	}
	slots := slices.DeleteFunc(r.young, func(s slot) bool { return s.hash == 0 })
	slices.SortFunc(slots, func(a, b slot) int { return cmp.Compare(a.hash, b.hash) })
	run := sortedRun{at: r.size, n: len(slots), filter: make([]uint64, len(slots)/6+1)}
	out := bufio.NewWriterSize(io.NewOffsetWriter(r.file.f, r.size), 64<<10)
	var b []byte
	for i, s := range slots {
		if i%registerBlock == 0 {
			run.firsts = append(run.firsts, s.hash)
		}
		word, bit := run.mark(s.hash)
		run.filter[word] |= bit
		b = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(b[:0], s.hash), uint64(s.number))
		if _, err := out.Write(b); err != nil {
			return fmt.Errorf("spill numbers: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("spill numbers: %w", err)
	}
	r.runs, r.size = append(r.runs, run), r.size+int64(run.n)*registerSlot
	return nil
}

// mark returns the word of a filter that a hash belongs to and its four bits there.
func (run *sortedRun) mark(hash uint64) (word, set uint64) {
	mixed := hash * 0x9E3779B97F4A7C15
	word, _ = bits.Mul64(mixed, uint64(len(run.filter)))
	for range 4 {
		set |= 1 << (mixed & 63)
		mixed >>= 6
	}
	return word, set
}

// may reports whether the run may hold a hash.
func (run *sortedRun) may(hash uint64) bool {
	word, set := run.mark(hash)
	return run.filter[word]&set == set
}

// look looks a hash up in a run.
func (r *Register) look(run *sortedRun, hash uint64) (number int64, found bool) {
	i := sort.Search(len(run.firsts), func(i int) bool { return run.firsts[i] > hash }) - 1
	if i < 0 {
		return 0, false
	}
	slots := r.block[:min(registerBlock, run.n-i*registerBlock)*registerSlot]
	if _, err := r.file.f.ReadAt(slots, run.at+int64(i*registerBlock*registerSlot)); err != nil {
		r.err = fmt.Errorf("read spilled numbers: %w", err)
		return 0, false
	}
	for ; len(slots) > 0; slots = slots[registerSlot:] {
		if binary.LittleEndian.Uint64(slots) == hash {
			return int64(binary.LittleEndian.Uint64(slots[8:])), true
		}
	}
	return 0, false
}
