package doc

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// WriteXLSX writes a table as a workbook with one sheet: a heading that stays,
// numbers and days as such. Texts are stored as texts, never as formulas.
func WriteXLSX(w io.Writer, t Table) (err error) {
	f := excelize.NewFile()
	defer func() {
		if e := f.Close(); e != nil && err == nil {
			err = fmt.Errorf("write xlsx: %w", e)
		}
	}()
	if err := f.SetSheetName("Sheet1", t.Name); err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	sheet, err := f.NewStreamWriter(t.Name)
	if err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	if err := writeSheet(f, sheet, t); err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	if err := sheet.Flush(); err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	if _, err := f.WriteTo(w); err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	return nil
}

func writeSheet(f *excelize.File, sheet *excelize.StreamWriter, t Table) error {
	styles, heading, err := sheetStyles(f, t.Columns)
	if err != nil {
		return err
	}
	for i, c := range t.Columns {
		width := 14.0
		if c.Kind == Text {
			width = 24
		}
		if err := sheet.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	if err := sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	cells := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		cells[i] = excelize.Cell{StyleID: heading, Value: c.Title}
	}
	if err := sheet.SetRow("A1", cells); err != nil {
		return err
	}
	line := 1
	for row := range t.Rows {
		line++
		for i, v := range row {
			cells[i] = xlsxCell(&t.Columns[i], styles[i], v)
		}
		if err := sheet.SetRow(fmt.Sprintf("A%d", line), cells); err != nil {
			return err
		}
	}
	return nil
}

// sheetStyles returns the style of every column, and that of the heading.
func sheetStyles(f *excelize.File, columns []Column) (styles []int, heading int, err error) {
	if heading, err = f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}}); err != nil {
		return nil, 0, err
	}
	for _, c := range columns {
		var format string
		switch decimals := strings.Repeat("0", c.Digits); {
		case c.Kind == Date:
			format = "yyyy-mm-dd"
		case c.Kind == Share:
			format = "0.0%"
		case c.Kind == Number && c.Digits == 0:
			format = "#,##0"
		case c.Kind == Number:
			format = "#,##0." + decimals
		default:
			styles = append(styles, 0)
			continue
		}
		style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		if err != nil {
			return nil, 0, err
		}
		styles = append(styles, style)
	}
	return styles, heading, nil
}

func xlsxCell(c *Column, style int, v Value) any {
	if v.Empty {
		return nil
	}
	switch c.Kind {
	case Number, Share:
		return excelize.Cell{StyleID: style, Value: v.Number}
	case Date:
		return excelize.Cell{StyleID: style, Value: time.Date(v.Day.Year(), time.Month(v.Day.Month()), v.Day.DayOfMonth(), 0, 0, 0, 0, time.UTC)}
	default:
		return excelize.Cell{Value: v.Text}
	}
}
