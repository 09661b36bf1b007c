package intake

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// xmlScanner reads the XML of workbooks: no namespaces, no entities of its own
// (so none can explode), bounded tokens. encoding/xml is ten times slower here.
type xmlScanner struct {
	r    *bufio.Reader
	tag  []byte // the tag as read, without < and >
	name string // local name of the element; "" for text
	end  bool   // an end tag, or an element without content
	text []byte // of text
	self bool   // <c/>: start and end in one
}

var errXML = errors.New("broken XML")

const maxTag = 64 << 10

func newXMLScanner(r io.Reader) *xmlScanner {
	return &xmlScanner{r: bufio.NewReaderSize(r, 64<<10)}
}

// next reads the next tag or text. Comments, declarations and processing
// instructions are passed over. Text beyond limit bytes is dropped.
func (x *xmlScanner) next(limit int) error {
	for {
		c, err := x.r.ReadByte()
		if err != nil {
			return err
		}
		if c != '<' {
			_ = x.r.UnreadByte()
			return x.readText(limit)
		}
		if err := x.readTag(); err != nil {
			return err
		}
		if len(x.tag) > 0 && (x.tag[0] == '?' || x.tag[0] == '!') {
			continue
		}
		x.parseTag()
		return nil
	}
}

func (x *xmlScanner) readText(limit int) error {
	x.name, x.text = "", x.text[:0]
	for {
		chunk, err := x.r.ReadSlice('<')
		if err == nil {
			_ = x.r.UnreadByte()
			chunk = chunk[:len(chunk)-1]
		}
		if room := limit - len(x.text); room > 0 {
			x.text = append(x.text, chunk[:min(room, len(chunk))]...)
		}
		switch {
		case err == nil, err == io.EOF && len(x.text) > 0:
			return nil
		case err != bufio.ErrBufferFull:
			return err
		}
	}
}

func (x *xmlScanner) readTag() error {
	x.tag = x.tag[:0]
	for {
		chunk, err := x.r.ReadSlice('>')
		x.tag = append(x.tag, chunk...)
		if len(x.tag) > maxTag {
			return errXML
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil {
			return errXML
		}
		// A comment ends with -->, a > in an attribute's value is part of it.
		if bytes.HasPrefix(x.tag, []byte("!--")) && !bytes.HasSuffix(x.tag, []byte("-->")) {
			continue
		}
		if x.tag[0] != '!' && bytes.Count(x.tag, []byte{'"'})%2 == 1 {
			continue
		}
		x.tag = x.tag[:len(x.tag)-1]
		return nil
	}
}

func (x *xmlScanner) parseTag() {
	t := x.tag
	x.end, x.self = false, false
	if len(t) > 0 && t[0] == '/' {
		x.end, t = true, t[1:]
	}
	if len(t) > 0 && t[len(t)-1] == '/' {
		x.self, t = true, t[:len(t)-1]
	}
	x.tag = t
	if i := bytes.IndexAny(t, " \t\r\n"); i >= 0 {
		t = t[:i]
	}
	if i := bytes.IndexByte(t, ':'); i >= 0 {
		t = t[i+1:]
	}
	x.name = known(t)
}

// known returns the name without allocating for the names that come often.
func known(b []byte) string {
	switch string(b) {
	case "c":
		return "c"
	case "v":
		return "v"
	case "t":
		return "t"
	case "r":
		return "r"
	case "f":
		return "f"
	case "is":
		return "is"
	case "si":
		return "si"
	case "row":
		return "row"
	case "rPh":
		return "rPh"
	}
	if len(b) == 0 {
		return "?"
	}
	return string(b)
}

// attr returns the value of an attribute of the tag; valid until next.
func (x *xmlScanner) attr(name string) []byte {
	t := x.tag
	for {
		i := bytes.IndexByte(t, '=')
		if i < 0 {
			return nil
		}
		key := bytes.TrimSpace(t[:i])
		if j := bytes.LastIndexAny(key, " \t\r\n"); j >= 0 {
			key = key[j+1:]
		}
		t = bytes.TrimLeft(t[i+1:], " \t\r\n")
		if len(t) < 2 || (t[0] != '"' && t[0] != '\'') {
			return nil
		}
		end := bytes.IndexByte(t[1:], t[0])
		if end < 0 {
			return nil
		}
		if string(key) == name {
			return t[1 : 1+end]
		}
		t = t[end+2:]
	}
}

// unescape resolves entities, and Excel's _x000D_ for control characters.
func unescape(b []byte) string {
	if bytes.IndexByte(b, '&') < 0 && !bytes.Contains(b, []byte("_x")) {
		return string(b)
	}
	var out strings.Builder
	for i := 0; i < len(b); {
		if b[i] == '&' {
			if end := bytes.IndexByte(b[i:min(len(b), i+12)], ';'); end > 0 {
				if r, ok := entity(string(b[i+1 : i+end])); ok {
					out.WriteRune(r)
					i += end + 1
					continue
				}
			}
		}
		if b[i] == '_' && i+6 < len(b) && b[i+1] == 'x' && b[i+6] == '_' {
			if v, err := strconv.ParseUint(string(b[i+2:i+6]), 16, 32); err == nil {
				out.WriteRune(rune(v))
				i += 7
				continue
			}
		}
		out.WriteByte(b[i])
		i++
	}
	return out.String()
}

func entity(name string) (rune, bool) {
	switch name {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if !strings.HasPrefix(name, "#") {
		return 0, false
	}
	digitsOf, base := name[1:], 10
	if strings.HasPrefix(digitsOf, "x") || strings.HasPrefix(digitsOf, "X") {
		digitsOf, base = digitsOf[1:], 16
	}
	v, err := strconv.ParseUint(digitsOf, base, 32)
	if err != nil || !utf8.ValidRune(rune(v)) {
		return 0, false
	}
	return rune(v), true
}
