package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"quid/account"
	"quid/crm"
	"quid/internal/app"
	"quid/internal/intake"
	"quid/internal/locale"
	"quid/service"
	"quid/value"
)

// The quantities of the workshop sheet: a column for each segment, and for each
// customer that somebody names, tells how much of a service it gets a month. They
// lead to the grid of estimates, where they are looked at and saved.

// monthHead is the head of a column of quantities.
var monthHead = locale.Key("A month: {name}")

// workshopLangs are the languages of the sheet.
var workshopLangs = []locale.Lang{locale.German, locale.English}

// ofMonth says whom a column of quantities is of.
func ofMonth(head string) (name string, ok bool) {
	before, name, ok := strings.Cut(head, ":")
	if !ok {
		return "", false
	}
	for _, lang := range workshopLangs {
		text, _, _ := strings.Cut(locale.For(string(lang)).T(monthHead), ":")
		if crm.Fold(before) == crm.Fold(text) {
			return strings.TrimSpace(name), true
		}
	}
	return "", false
}

// fieldNames are the segments that have customers, as the sheet names them.
func (p Page) fieldNames(pic *picture) (keys []value.Segment, names []string) {
	for _, f := range pic.fields() {
		if f.Customers > 0 && f.Segment != value.NoSegment {
			keys, names = append(keys, f.Segment), append(names, pic.badge(string(f.Segment)).words(p))
		}
	}
	return keys, names
}

// whoIs finds the segment, else the customer, that a column of quantities names.
func (p Page) whoIs(pic *picture, name string) (app.SheetCell, bool) {
	for _, lang := range workshopLangs {
		in := p
		in.Printer = locale.For(string(lang))
		keys, names := in.fieldNames(pic)
		if i := slices.IndexFunc(names, func(n string) bool { return crm.Fold(n) == crm.Fold(name) }); i >= 0 {
			return app.SheetCell{Segment: keys[i]}, true
		}
	}
	var found []account.CustomerID
	for i := range pic.snap.Len() {
		if pic.snap.External(i) == name {
			return app.SheetCell{Customer: pic.snap.ID(i)}, true
		}
		if strings.EqualFold(pic.snap.Name(i), name) {
			found = append(found, pic.snap.ID(i))
		}
	}
	if len(found) != 1 {
		return app.SheetCell{}, false
	}
	return app.SheetCell{Customer: found[0]}, true
}

// A sheetColumns says where what the grid needs stands in a sheet.
type sheetColumns struct {
	code, name, team int // -1: nowhere
	who              map[int]app.SheetCell
	unread           int // columns of nobody in the book
}

func (p Page) sheetColumns(pic *picture, columns []intake.Column) sheetColumns {
	c := sheetColumns{code: -1, name: -1, team: -1, who: make(map[int]app.SheetCell)}
	for i := range columns {
		head := columns[i].Name
		if name, ok := ofMonth(head); ok {
			if cell, ok := p.whoIs(pic, name); ok {
				c.who[i] = cell
			} else if columns[i].Filled > 0 {
				c.unread++
			}
			continue
		}
		switch crm.Fold(head) {
		case "code":
			c.code = i
		case "bezeichnung", "name in english":
			c.name = i
		case crm.Fold(locale.For("de").T("Who does it?")), crm.Fold("Who does it?"):
			c.team = i
		}
	}
	return c
}

// readSheet reads the quantities of a workshop sheet that is to be taken in; other
// files have none.
func (s *Server) readSheet(r *http.Request, d app.Draft) (sheet app.SheetEstimates, err error) {
	if d.Request.Kind != intake.ServiceTypes {
		return sheet, nil
	}
	p, err := s.newPage(r, "")
	if err != nil {
		return sheet, err
	}
	pic, err := s.picture(r.Context())
	if errors.Is(err, errUnvalued) {
		return sheet, nil // no segment and no grid yet
	}
	if err != nil {
		return sheet, err
	}
	err = s.files.with(d, func(f *intake.File) error {
		at := p.sheetColumns(pic, f.Columns)
		sheet.Unread = at.unread
		if len(at.who) == 0 {
			return nil
		}
		for cells, err := range f.Table() {
			if err != nil {
				return err
			}
			line, unread := at.line(cells)
			sheet.Unread += unread
			if len(line.Cells) > 0 {
				sheet.Lines = append(sheet.Lines, line)
			}
		}
		return nil
	})
	return sheet, err
}

// line is what a row says; unread counts its cells that are no quantity.
func (c sheetColumns) line(cells []intake.Cell) (line app.SheetLine, unread int) {
	text := func(at int) string {
		if at < 0 {
			return ""
		}
		return cells[at].Text
	}
	line = app.SheetLine{Code: text(c.code), Name: text(c.name), Team: text(c.team)}
	for i, cell := range cells {
		who, ok := c.who[i]
		switch {
		case !ok || cell.Text == "":
		case !cell.Number || cell.Quantity < 0:
			unread++
		default:
			who.Quantity = cell.Quantity
			line.Cells = append(line.Cells, who)
		}
	}
	return line, unread
}

// typeOfLine finds the service of a line in the catalogue.
func typeOfLine(types []service.Type, l app.SheetLine) (service.Type, bool) {
	i := slices.IndexFunc(types, func(t service.Type) bool {
		if l.Code != "" {
			return strings.EqualFold(t.Code, l.Code)
		}
		name := crm.Fold(l.Name)
		return name != "" && (crm.Fold(t.NameDE) == name || crm.Fold(t.NameEN) == name)
	})
	if i < 0 {
		return service.Type{}, false
	}
	return types[i], true
}

// sheetRows are the segments and customers that the sheet names.
func (p *estimatesPage) sheetRows() {
	for _, l := range p.sheet.Lines {
		for _, c := range l.Cells {
			row := estimateRow{Customer: c.Customer, key: string(c.Segment)}
			if c.Customer != 0 {
				i, ok := p.pic.snap.Find(c.Customer)
				if !ok {
					continue
				}
				row.key, row.Name, row.Badge = formatID(int64(c.Customer)), p.pic.snap.Name(i), p.pic.badgeAt(i)
			} else {
				row.Badge = p.pic.badge(string(c.Segment))
				for _, f := range p.pic.fields() {
					if f.Segment == c.Segment {
						row.Count = f.Customers
					}
				}
			}
			if !slices.ContainsFunc(p.Rows, func(o estimateRow) bool { return o.key == row.key }) {
				p.Rows = append(p.Rows, row)
			}
		}
	}
	p.Total = len(p.Rows)
}

// fillFromSheet writes the quantities of the sheet, and who does it, into the grid:
// nothing is saved yet.
func (p *estimatesPage) fillFromSheet() {
	for _, l := range p.sheet.Lines {
		t, ok := typeOfLine(p.Types, l)
		if !ok {
			p.sheet.Unread += len(l.Cells)
			continue
		}
		for _, c := range l.Cells {
			key := string(c.Segment)
			if c.Customer != 0 {
				key = formatID(int64(c.Customer))
			}
			p.Form.Values[cellName(key, t.ID)] = p.numberText(c.Quantity.Float())
		}
		for _, team := range p.Teams {
			if l.Team != "" && crm.Fold(team.Name) == crm.Fold(l.Team) {
				p.Form.Values[teamName(t.ID)] = formatID(team.ID)
			}
		}
	}
}
