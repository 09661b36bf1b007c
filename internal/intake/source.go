package intake

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// source is the bytes of a file, readable more than once.
type source struct {
	at    io.ReaderAt
	size  int64
	name  string
	close func() error
	buf   []byte // of the last reader, for the next one
}

// countingReader counts what was read, for the progress.
type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// Spool copies r, which can be read only once, to a temporary file, so that
// OpenReader can read it twice. The file is gone when the closer is called.
func Spool(r io.Reader, dir string) (io.ReaderAt, int64, io.Closer, error) {
	t, err := newTemp(dir)
	if err != nil {
		return nil, 0, nil, err
	}
	n, err := io.Copy(t.f, r)
	if err != nil {
		t.Close()
		return nil, 0, nil, fmt.Errorf("spool: %w", err)
	}
	return t.f, n, t, nil
}

// temp is a temporary file that leaves nothing behind, even after a kill where
// the system allows an open file to be unlinked.
type temp struct{ f *os.File }

func newTemp(dir string) (*temp, error) {
	f, err := os.CreateTemp(dir, "quid-intake-*")
	if err != nil {
		return nil, fmt.Errorf("temporary file: %w", err)
	}
	_ = os.Remove(f.Name()) // refused on Windows, where Close removes it
	return &temp{f}, nil
}

// Close closes the file and removes it.
func (t *temp) Close() error {
	err := t.f.Close()
	_ = os.Remove(t.f.Name())
	return err
}

func openSource(path string) (*source, error) {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	if !info.Mode().IsRegular() {
		at, n, c, err := Spool(f, "")
		f.Close()
		if err != nil {
			return nil, err
		}
		return &source{at: at, size: n, name: filepath.Base(path), close: c.Close}, nil
	}
	return &source{at: f, size: info.Size(), name: filepath.Base(path), close: f.Close}, nil
}

// What a file's first bytes say about it.
const (
	formatCSV  = "csv"
	formatXLSX = "xlsx"
)

// sniff tells tables from other files by their first bytes.
func (s *source) sniff() (format string, err error) {
	head := make([]byte, 8<<10)
	n, err := s.at.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return "", fmt.Errorf("%s: %w", s.name, err)
	}
	head = head[:n]
	switch {
	case n == 0:
		return "", errFormat("the file is empty")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return formatXLSX, nil
	case bytes.HasPrefix(head, []byte("\xD0\xCF\x11\xE0")):
		return "", errFormat("an old or protected Excel file: save it as .xlsx without a password")
	case bytes.HasPrefix(head, []byte("%PDF")):
		return "", errFormat("a PDF, not a table: export the table as CSV or XLSX")
	case bytes.HasPrefix(head, []byte("\x1F\x8B")):
		return "", errFormat("a compressed file: unpack it first")
	case isBinary(head):
		return "", errFormat("a picture or a program, not a table: export the table as CSV or XLSX")
	}
	return formatCSV, nil
}

// isBinary says whether bytes are no text at all: of text, however damaged,
// hardly any is a control character. Zeros are left to UTF-16 and to damage.
func isBinary(head []byte) bool {
	if bytes.HasPrefix(head, []byte("\x89PNG")) || bytes.HasPrefix(head, []byte("\xFF\xD8\xFF")) || bytes.HasPrefix(head, []byte("GIF8")) {
		return true
	}
	control := 0
	for _, b := range head {
		if b != 0 && b < 0x20 && b != '\t' && b != '\n' && b != '\r' && b != '\f' && b != '\v' {
			control++
		}
	}
	return control > 16 && control > len(head)/25
}

// encodingOf finds UTF-16 and byte order marks. What else it is, the lines say.
func (s *source) encodingOf(forced string) (name string, skip int64) {
	head := make([]byte, 64<<10)
	n, _ := s.at.ReadAt(head, 0)
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		return strings.ToLower(forced), 3
	case bytes.HasPrefix(head, []byte("\xFF\xFE")):
		return "utf-16le", 2
	case bytes.HasPrefix(head, []byte("\xFE\xFF")):
		return "utf-16be", 2
	case forced != "":
		return strings.ToLower(forced), 0
	}
	// Without a mark, UTF-16 shows by zeros in every second byte of western text.
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i%2]++
		}
	}
	switch half := n / 2; {
	case half >= 4 && zeros[1] > half*6/10 && zeros[0] < half/10:
		return "utf-16le", 0
	case half >= 4 && zeros[0] > half*6/10 && zeros[1] < half/10:
		return "utf-16be", 0
	}
	return "", 0
}

// openCSV returns a reader of the rows from the beginning of the file.
func (s *source) openCSV(encoding string, skip int64, delim byte) *csvReader {
	count := &countingReader{r: io.NewSectionReader(s.at, skip, s.size-skip)}
	c := &csvReader{count: count, delim: delim}
	var r io.Reader = count
	switch encoding {
	case "utf-16le", "utf-16be":
		order := unicode.LittleEndian
		if encoding == "utf-16be" {
			order = unicode.BigEndian
		}
		r = transform.NewReader(count, unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder())
	}
	c.dec.forced = encoding
	c.src = newLines(r, s.buf)
	s.buf = nil
	return c
}
