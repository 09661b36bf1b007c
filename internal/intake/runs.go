package intake

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// runs finds the numbers whose rows stand in more than one place of a file. It
// keeps the 64-bit hash of the number at the start of each run of equal
// numbers: hashes that come twice are scattered numbers (or, harmlessly, two
// numbers with one hash). Beyond what fits into memory the hashes are on disk,
// split by their first bits so that each part can be sorted by itself.
type runs struct {
	dir       string
	prev      []byte
	started   bool
	parts     [64]runPart
	scattered [64][]uint64
	all       bool // too many are scattered: treat every number so
}

type runPart struct {
	buf  []uint64
	file *temp
	n    int64 // in the file
}

const (
	runBuffer    = 16 << 10
	maxScattered = 4_000_000
	maxRunPart   = 12_000_000
)

func newRuns(dir string) *runs { return &runs{dir: dir} }

// add takes the number of the next row.
func (r *runs) add(number string) error {
	if r.started && string(r.prev) == number {
		return nil
	}
	r.started = true
	r.prev = append(r.prev[:0], number...)
	h := xxhash.Sum64String(number)
	p := &r.parts[h>>58]
	p.buf = append(p.buf, h)
	if len(p.buf) < runBuffer {
		return nil
	}
	return p.flush(r.dir)
}

func (p *runPart) flush(dir string) error {
	if p.file == nil {
		t, err := newTemp(dir)
		if err != nil {
			return err
		}
		p.file = t
	}
	out := make([]byte, 0, 8*len(p.buf))
	for _, h := range p.buf {
		out = binary.LittleEndian.AppendUint64(out, h)
	}
	if _, err := p.file.f.Write(out); err != nil {
		return fmt.Errorf("spill numbers: %w", err)
	}
	p.n += int64(len(p.buf))
	p.buf = p.buf[:0]
	return nil
}

// finish sorts the parts and keeps what came twice.
func (r *runs) finish() error {
	total := 0
	for i := range r.parts {
		p := &r.parts[i]
		if p.n > maxRunPart || r.all {
			r.all = true
			break
		}
		hashes, err := p.load()
		if err != nil {
			return err
		}
		slices.Sort(hashes)
		var twice []uint64
		for j := 1; j < len(hashes); j++ {
			if h := hashes[j]; h == hashes[j-1] && (len(twice) == 0 || twice[len(twice)-1] != h) {
				twice = append(twice, h)
			}
		}
		r.scattered[i] = slices.Clip(twice)
		if total += len(twice); total > maxScattered {
			r.all = true
		}
	}
	r.close()
	if r.all {
		r.scattered = [64][]uint64{}
	}
	return nil
}

func (p *runPart) load() ([]uint64, error) {
	if p.file == nil {
		return p.buf, nil
	}
	hashes := make([]uint64, 0, p.n+int64(len(p.buf)))
	in := bufio.NewReaderSize(io.NewSectionReader(p.file.f, 0, 8*p.n), 64<<10)
	var b [8]byte
	for range p.n {
		if _, err := io.ReadFull(in, b[:]); err != nil {
			return nil, fmt.Errorf("read spilled numbers: %w", err)
		}
		hashes = append(hashes, binary.LittleEndian.Uint64(b[:]))
	}
	return append(hashes, p.buf...), nil
}

// close lets go of files and buffers; the result stays.
func (r *runs) close() {
	for i := range r.parts {
		if r.parts[i].file != nil {
			r.parts[i].file.Close()
		}
		r.parts[i] = runPart{}
	}
}

// has reports whether the number's rows may stand in several places.
func (r *runs) has(hash uint64) bool {
	if r.all {
		return true
	}
	part := r.scattered[hash>>58]
	if len(part) == 0 {
		return false
	}
	_, found := slices.BinarySearch(part, hash)
	return found
}
