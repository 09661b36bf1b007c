package doc

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A Style says how CSV is written so that the reader's own spreadsheet opens it.
type Style struct {
	Comma   rune // between cells
	Decimal byte // of numbers
	Mark    bool // begin with the mark of UTF-8, without which Excel guesses
}

// German is what a German Excel opens, English what others do.
var (
	German  = Style{Comma: ';', Decimal: ',', Mark: true}
	English = Style{Comma: ',', Decimal: '.', Mark: true}
)

// WriteCSV writes a table as CSV. Texts that a spreadsheet would take for a
// formula get an apostrophe in front; numbers are left alone.
func WriteCSV(w io.Writer, t Table, s Style) error {
	b := bufio.NewWriterSize(w, 64<<10)
	if s.Mark {
		if _, err := b.WriteString("\ufeff"); err != nil {
			return fmt.Errorf("write csv: %w", err)
		}
	}
	c := csv.NewWriter(b)
	c.Comma, c.UseCRLF = s.Comma, true
	record := make([]string, len(t.Columns))
	for i := range t.Columns {
		record[i] = harmless(t.Columns[i].Title)
	}
	if err := c.Write(record); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	for row := range t.Rows {
		for i, v := range row {
			record[i] = s.cell(&t.Columns[i], v)
		}
		if err := c.Write(record); err != nil {
			return fmt.Errorf("write csv: %w", err)
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return b.Flush()
}

func (s Style) cell(c *Column, v Value) string {
	if v.Empty {
		return ""
	}
	switch c.Kind {
	case Number, Share:
		text := strconv.FormatFloat(v.Number, 'f', c.Digits, 64)
		if s.Decimal != '.' {
			text = strings.Replace(text, ".", string(s.Decimal), 1)
		}
		return text
	case Date:
		return v.Day.String()
	default:
		return harmless(v.Text)
	}
}

// harmless keeps a text from being run as a formula (OWASP, "CSV Injection"); blanks
// before it don't stop a spreadsheet.
func harmless(s string) string {
	if bare := strings.TrimLeft(s, " \u00a0"); bare != "" && strings.ContainsRune("=+-@\t\r\n", rune(bare[0])) {
		return "'" + s
	}
	return s
}
