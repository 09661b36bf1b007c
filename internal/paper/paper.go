// Package paper puts together what is read before a talk and what a customer is
// handed: the dossier (Verhandlungsmappe), for us alone, and the benefit statement
// (Mehrwert-Auszug), for the customer.
//
// Each is read from the book as plain figures, then said as [Section]s of texts,
// tables and charts. The page and the PDF show the same sections, so that they
// never differ. The same book and day give the same bytes.
//
// A [Statement] has no field for cost, margin, class, score or segment, and is
// read by statements of the store that don't either: what is not there cannot
// slip through.
//
// What does not live here: pages (internal/web), changes (internal/app).
package paper

import (
	"bytes"
	"encoding/hex"
	"io"

	"quid/day"
	"quid/internal/doc"
	"quid/internal/draw"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// A Section is one subject of a paper.
type Section struct {
	Key    string // what it is chosen by
	Title  string
	Blocks []Block
}

// A Block is a part of a section: Tiles, Points, Table, Text, Small, Picture or Pair.
type Block interface{ write(*doc.PDF) }

// Tiles are numbers side by side.
type Tiles []doc.Tile

// Points are a list.
type Points []doc.Point

// A Table is for reading.
type Table doc.Grid

// A Text is a paragraph.
type Text string

// Small is a paragraph in small letters.
type Small string

// A Picture is a chart with a title. Label says what it shows.
type Picture struct {
	Title, Label string
	Chart        draw.Chart
}

// A Pair is two pictures beside each other.
type Pair [2]Picture

func (b Tiles) write(p *doc.PDF)   { p.Tiles(b) }
func (b Points) write(p *doc.PDF)  { p.Points(b) }
func (b Table) write(p *doc.PDF)   { p.Table(doc.Grid(b)) }
func (b Text) write(p *doc.PDF)    { p.Paragraph(string(b)) }
func (b Small) write(p *doc.PDF)   { p.Small(string(b)) }
func (b Picture) write(p *doc.PDF) { p.Picture(b.Title, b.Chart) }

func (b Pair) write(p *doc.PDF) {
	p.Pictures([2]string{b[0].Title, b[1].Title}, [2]draw.Chart{b[0].Chart, b[1].Chart})
}

// Brand is the colour of Quid, for companies that chose none.
var Brand = doc.Colour{R: 0x0a, G: 0x5c, B: 0xc2}

// ColourOf reads a colour rrggbb; another text is Brand.
func ColourOf(text string) doc.Colour {
	if b, err := hex.DecodeString(text); err == nil && len(b) == 3 {
		return doc.Colour{R: b[0], G: b[1], B: b[2]}
	}
	return Brand
}

// words say figures of a book in a language.
type words struct {
	*locale.Printer
	currency string
	digits   int
}

func wordsOf(lang string, b store.Book) words {
	return words{locale.For(lang), b.Currency, b.Digits}
}

func (w words) money(a money.Amount) string {
	return w.Printer.Money(int64(a), w.digits, w.currency)
}

func (w words) amount(a money.Amount) string {
	return w.Printer.Amount(int64(a), w.digits, w.currency)
}

func (w words) day(d day.Day) string { return w.Printer.Day(int(d)) }

// units is an amount as a number of whole units, for a chart.
func (w words) units(a money.Amount) float64 {
	x := float64(a)
	for range w.digits {
		x /= 10
	}
	return x
}

// axis writes a value of an axis of money.
func (w words) axis(v float64) string { return w.Printer.Number(v, 0) }

// span writes a window by its first and its last day.
func (w words) span(win day.Window) string {
	return w.T("{from} to {until}", "from", w.day(win.From.Add(1)), "until", w.day(win.To))
}

// quantity writes how much of a service was given.
func (w words) quantity(t service.Type, q money.Micro) string {
	n, decimals := q.Float(), 0
	switch {
	case q%money.One == 0:
	case q%(money.One/10) == 0:
		decimals = 1
	default:
		decimals = 2
	}
	text := w.Number(n, decimals)
	switch t.Unit {
	case service.Minutes:
		return w.T("{n} min", "n", text)
	case service.Hours:
		return w.T("{n} h", "n", text)
	case service.Pieces:
		return w.T("{n} pieces", "n", text)
	}
	if q == money.One {
		return w.T("{n} time", "n", text)
	}
	return w.T("{n} times", "n", text)
}

// times says how often: once, twice, 12 times.
func (w words) times(n int64) string {
	switch n {
	case 1:
		return w.T("once")
	case 2:
		return w.T("twice")
	}
	return w.T("{n} times", "n", n)
}

// duration writes minutes as hours with their word; none are a dash.
func (w words) duration(minutes int64) string {
	if minutes == 60 {
		return w.T("1 hour")
	}
	return w.T("{n} hours", "n", w.hours(minutes))
}

// hours writes minutes as hours; none are a dash.
func (w words) hours(minutes int64) string {
	if minutes == 0 {
		return "–"
	}
	decimals := 1
	if minutes%60 == 0 {
		decimals = 0
	}
	return w.Number(float64(minutes)/60, decimals)
}

// write writes a paper as PDF.
func write(w io.Writer, s doc.Sheet, title, sub string, sections []Section) error {
	p := doc.NewPDF(s)
	p.Masthead(title, sub)
	for _, one := range sections {
		if len(one.Blocks) == 0 {
			continue
		}
		if one.Title != "" {
			p.Heading(one.Title)
		}
		for _, b := range one.Blocks {
			b.write(p)
		}
	}
	_, err := p.WriteTo(w)
	return err
}

// bytesOf is what write writes.
func bytesOf(write func(io.Writer) error) ([]byte, error) {
	var b bytes.Buffer
	err := write(&b)
	return b.Bytes(), err
}
