package intake

import (
	"archive/zip"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"quid/fault"
)

// workbook is an XLSX file, read as a stream straight from its zip: the sheet
// is never in memory as a whole, and a cell keeps its type, so that the number
// 1.234 of a cell is not mistaken for the text "1.234".
type workbook struct {
	src       *source
	zip       *zip.Reader
	sheets    []sheetRef
	epoch1904 bool
	styles    []cellStyle
	strings   *sharedStrings
}

type sheetRef struct{ name, part string }

// cellStyle is what a number format means for us.
type cellStyle struct {
	day bool // a date
	pad int  // digits to pad to: 00000 shows postal codes
}

const (
	maxParts   = 10_000
	unpackBase = 64 << 20 // every part may unpack to this,
	unpackRate = 300      // plus this times its packed size: XML packs well, bombs better
)

// part opens a part of the workbook; nil if there is none.
func (w *workbook) part(name string) (io.ReadCloser, *zip.File, error) {
	for _, f := range w.zip.File {
		if !strings.EqualFold(strings.TrimPrefix(f.Name, "/"), name) {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		limit := int64(unpackBase) + unpackRate*int64(min(f.CompressedSize64, 1<<40))
		return &bounded{r, limit}, f, nil
	}
	return nil, nil, nil
}

// bounded refuses to read more than its limit.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errFormat("the workbook unpacks to far more than a table holds")
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

func openWorkbook(src *source, tempDir string) (*workbook, error) {
	z, err := zip.NewReader(src.at, src.size)
	if err != nil || len(z.File) > maxParts {
		return nil, errFormat("the workbook is damaged")
	}
	w := &workbook{src: src, zip: z}
	if err := w.readParts(); err != nil {
		return nil, err
	}
	if len(w.sheets) == 0 {
		return nil, errFormat("a zip archive without a sheet: unpack it, or save the table as .xlsx")
	}
	if w.strings, err = w.readStrings(tempDir); err != nil {
		return nil, err
	}
	return w, nil
}

// each calls fn for every start tag of a small part.
func (w *workbook) each(part string, fn func(*xmlScanner)) error {
	r, _, err := w.part(part)
	if err != nil || r == nil {
		return err
	}
	defer r.Close()
	x := newXMLScanner(r)
	for {
		switch err := x.next(0); {
		case err == io.EOF:
			return nil
		case err != nil:
			return damaged(err)
		}
		if x.name != "" && !x.end {
			fn(x)
		}
	}
}

func (w *workbook) readParts() error {
	targets := make(map[string]string)
	err := w.each("xl/_rels/workbook.xml.rels", func(x *xmlScanner) {
		if x.name == "Relationship" && len(targets) < maxParts {
			target := unescape(x.attr("Target"))
			if !strings.HasPrefix(target, "/") {
				target = path.Join("xl", target)
			}
			targets[string(x.attr("Id"))] = strings.TrimPrefix(target, "/")
		}
	})
	if err != nil {
		return err
	}
	err = w.each("xl/workbook.xml", func(x *xmlScanner) {
		switch x.name {
		case "workbookPr":
			v := string(x.attr("date1904"))
			w.epoch1904 = v == "1" || v == "true"
		case "sheet":
			id := x.attr("r:id")
			if id == nil {
				id = x.attr("id")
			}
			if part := targets[string(id)]; part != "" && len(w.sheets) < maxParts {
				w.sheets = append(w.sheets, sheetRef{unescape(x.attr("name")), part})
			}
		}
	})
	if err != nil {
		return err
	}
	return w.readStyles()
}

func (w *workbook) readStyles() error {
	custom := make(map[int]cellStyle)
	in := false
	return w.each("xl/styles.xml", func(x *xmlScanner) {
		switch x.name {
		case "numFmt":
			id, err := strconv.Atoi(string(x.attr("numFmtId")))
			if err == nil && len(custom) < maxParts {
				custom[id] = styleOf(unescape(x.attr("formatCode")))
			}
		case "cellXfs":
			in = true
		case "cellStyles", "dxfs":
			in = false
		case "xf":
			id, _ := strconv.Atoi(string(x.attr("numFmtId")))
			if in && len(w.styles) < 100_000 {
				st, ok := custom[id]
				if !ok {
					st.day = (id >= 14 && id <= 17) || id == 22 || (id >= 27 && id <= 31) || (id >= 34 && id <= 36) || (id >= 50 && id <= 58)
				}
				w.styles = append(w.styles, st)
			}
		}
	})
}

// styleOf reads a number format: one with days, months or years is a date, one
// of zeros only pads.
func styleOf(code string) cellStyle {
	if code != "" && len(code) <= 20 && strings.Trim(code, "0") == "" {
		return cellStyle{pad: len(code)}
	}
	var day, month, clock, quoted, bracket bool
	for i := 0; i < len(code); i++ {
		switch c := code[i] | 0x20; {
		case quoted:
			quoted = code[i] != '"'
		case bracket:
			bracket = code[i] != ']'
		case code[i] == '"':
			quoted = true
		case code[i] == '[':
			bracket = true
			clock = clock || elapsed(code[i+1:])
		case code[i] == '\\' || code[i] == '_' || code[i] == '*':
			i++
		case c == 'd' || c == 'y':
			day = true
		case c == 'm':
			month = true
		case c == 'h' || c == 's':
			clock = true
		}
	}
	return cellStyle{day: day || (month && !clock)}
}

// elapsed reports whether a bracket counts hours, minutes or seconds: [h], [mm].
func elapsed(s string) bool {
	s, _, _ = strings.Cut(strings.ToLower(s), "]")
	return s != "" && (strings.Trim(s, "h") == "" || strings.Trim(s, "m") == "" || strings.Trim(s, "s") == "")
}

// damaged says of a reading error that the workbook is damaged, unless the
// error says more.
func damaged(err error) error {
	if len(fault.Fields(err)) > 0 {
		return err
	}
	return fmt.Errorf("%w (%w)", errFormat("the workbook is damaged"), err)
}

// chooseSheet returns the sheet of that name, or the first that is not empty.
func (w *workbook) chooseSheet(name string) (sheetRef, error) {
	for _, s := range w.sheets {
		if name != "" {
			if strings.EqualFold(s.name, name) {
				return s, nil
			}
			continue
		}
		rows, err := w.open(s)
		if err != nil {
			continue // a chart sheet
		}
		rec, err := rows.next()
		rows.close()
		if err == nil && rec != nil {
			return s, nil
		}
		if err != nil && err != io.EOF {
			return sheetRef{}, err
		}
	}
	if name != "" {
		return sheetRef{}, errFormat("the workbook has no sheet of that name")
	}
	return sheetRef{}, errFormat("the workbook is empty")
}

func (w *workbook) open(s sheetRef) (*sheetReader, error) {
	r, f, err := w.part(s.part)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, errFormat("the workbook is damaged")
	}
	count := &countingReader{r: r}
	return &sheetReader{w: w, x: newXMLScanner(count), count: count, body: r, unpacked: int64(max(f.UncompressedSize64, 1))}, nil
}
