package doc

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"codeberg.org/go-pdf/fpdf"

	"quid/day"
	"quid/internal/draw"
)

// A Colour is red, green and blue.
type Colour struct{ R, G, B uint8 }

// toward mixes the colour with another: 0 is c, 1 is other.
func (c Colour) toward(other Colour, share float64) Colour {
	mix := func(a, b uint8) uint8 { return uint8(float64(a) + (float64(b)-float64(a))*share + 0.5) }
	return Colour{mix(c.R, other.R), mix(c.G, other.G), mix(c.B, other.B)}
}

var (
	white = Colour{255, 255, 255}
	black = Colour{0, 0, 0}
)

// luminance is how light a colour is, from 0 to 1 (WCAG 2.2, relative luminance,
// with a plain power of 2.2).
func (c Colour) luminance() float64 {
	lin := func(v uint8) float64 { x := float64(v) / 255; return x * x }
	return 0.2126*lin(c.R) + 0.7152*lin(c.G) + 0.0722*lin(c.B)
}

// Readable is the colour, darkened until white text on it can be read.
func (c Colour) Readable() Colour {
	for c.luminance() > 0.16 {
		c = c.toward(black, 0.12)
	}
	return c
}

// Light is the colour, lightened until it can be read on black.
func (c Colour) Light() Colour {
	for c.luminance() < 0.36 {
		c = c.toward(white, 0.12)
	}
	return c
}

// Hex is the colour as a style sheet has it.
func (c Colour) Hex() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// A Sheet is how the pages of a PDF look, and what stands on each.
type Sheet struct {
	Title  string // of the document
	Lang   string // de or en
	Day    day.Day
	Brand  Colour
	Logo   []byte // PNG or JPEG, or nil
	Head   string // at the head of every page but the first
	Foot   string // at the foot of every page, left
	PageOf string // such as "Page {page} of {pages}"
}

// A PDF is written from top to bottom; what does not fit goes to the next page.
// The same calls give the same bytes: its date is that of the sheet, and nothing
// in it is left to chance.
type PDF struct {
	f     *fpdf.Fpdf
	sheet Sheet
	inks  map[draw.Ink]Colour
	y     float64
	font  string
	size  float64
}

// The page is A4; lengths are points.
const (
	pageWidth, pageHeight = 595.28, 841.89
	margin                = 50.0
	headAt, footAt        = 44.0, pageHeight - 34
	topAt, bottomAt       = 62.0, pageHeight - 56
)

// Room is the width between the margins.
const Room = pageWidth - 2*margin

// NewPDF begins a PDF with its first page.
func NewPDF(s Sheet) *PDF {
	f := fpdf.New("P", "pt", "A4", "")
	f.SetCatalogSort(true)
	at := time.Date(s.Day.Year(), time.Month(max(1, s.Day.Month())), max(1, s.Day.DayOfMonth()), 0, 0, 0, 0, time.UTC)
	f.SetCreationDate(at)
	f.SetModificationDate(at)
	f.SetProducer("Quid", true)
	f.SetTitle(s.Title, true)
	f.SetLang(s.Lang)
	f.SetAutoPageBreak(false, 0)
	f.SetMargins(margin, topAt, margin)
	f.AddUTF8FontFromBytes("sans", "", liberationsansregular.TTF)
	f.AddUTF8FontFromBytes("sans", "B", liberationsansbold.TTF)
	brand := s.Brand.Readable()
	p := &PDF{f: f, sheet: s, inks: map[draw.Ink]Colour{
		draw.Text: {24, 28, 36}, draw.Muted: {96, 105, 120}, draw.Rule: {222, 226, 232}, draw.Brand: brand, draw.Soft: brand.toward(white, 0.88),
		draw.Good: {23, 102, 58}, draw.Bad: {180, 35, 24}, draw.Paper: white, draw.Warm: {192, 106, 5},
	}}
	p.page()
	return p
}

// page begins a page.
func (p *PDF) page() {
	p.f.AddPage()
	p.font, p.y = "", topAt
	if p.f.PageNo() > 1 && p.sheet.Head != "" {
		p.write(margin, headAt, p.sheet.Head, draw.Type{Size: 8, Ink: draw.Muted})
		p.Line(margin, headAt+6, margin+Room, headAt+6, 0.6, draw.Rule)
	}
}

// need begins a page if less than h is left on this one.
func (p *PDF) need(h float64) {
	if p.y+h > bottomAt {
		p.page()
	}
}

// Pages is how many pages there are.
func (p *PDF) Pages() int { return p.f.PageCount() }

// Gap leaves room.
func (p *PDF) Gap(h float64) { p.y = min(p.y+h, bottomAt) }

// set chooses a type; the page hears of it only if it changed.
func (p *PDF) set(size float64, bold bool) {
	style := ""
	if bold {
		style = "B"
	}
	if p.font == style+"." && p.size == size {
		return
	}
	if p.font == "" { // a page that was just begun knows no type yet
		p.f.SetFont("sans", style, size+1)
	}
	p.f.SetFont("sans", style, size)
	p.font, p.size = style+".", size
}

// plain replaces what the typeface has no sign for.
var plain = strings.NewReplacer("\u202f", "\u00a0", "\u2009", "\u00a0", "\u2011", "-")

// width is how wide a text is.
func (p *PDF) width(text string, size float64, bold bool) float64 {
	p.set(size, bold)
	return p.f.GetStringWidth(plain.Replace(text))
}

// write puts a text on the page.
func (p *PDF) write(x, y float64, text string, t draw.Type) {
	if text == "" {
		return
	}
	text = plain.Replace(text)
	p.set(t.Size, t.Bold)
	switch t.Anchor {
	case draw.Middle:
		x -= p.f.GetStringWidth(text) / 2
	case draw.End:
		x -= p.f.GetStringWidth(text)
	}
	c := p.inks[t.Ink]
	p.f.SetTextColor(int(c.R), int(c.G), int(c.B))
	p.f.Text(x, y, text)
}

// lines breaks a text into lines of a width, at blanks; a word that is wider is
// broken where it must be.
func (p *PDF) lines(text string, size, width float64, bold bool) []string {
	var out []string
	for part := range strings.SplitSeq(text, "\n") {
		line := ""
		for _, word := range strings.FieldsFunc(part, func(r rune) bool { return r == ' ' || r == '\t' }) {
			next := word
			if line != "" {
				next = line + " " + word
			}
			if p.width(next, size, bold) <= width {
				line = next
				continue
			}
			if line != "" {
				out = append(out, line)
			}
			for p.width(word, size, bold) > width {
				head := p.head(word, size, width, bold)
				out, word = append(out, head), word[len(head):]
			}
			line = word
		}
		out = append(out, line)
	}
	return out
}

// head is as much of a word as fits, one letter at least.
func (p *PDF) head(word string, size, width float64, bold bool) string {
	end := 0
	for i, r := range word {
		next := i + len(string(r))
		if end > 0 && p.width(word[:next], size, bold) > width {
			break
		}
		end = next
	}
	return word[:end]
}

// WriteTo writes the PDF, with the foot of every page.
func (p *PDF) WriteTo(w io.Writer) (int64, error) {
	pages := p.f.PageCount()
	for n := 1; n <= pages; n++ {
		p.f.SetPage(n)
		p.font = ""
		of := strings.NewReplacer("{page}", fmt.Sprint(n), "{pages}", fmt.Sprint(pages)).Replace(p.sheet.PageOf)
		p.write(margin, footAt, p.sheet.Foot, draw.Type{Size: 7.5, Ink: draw.Muted})
		p.write(margin+Room, footAt, of, draw.Type{Size: 7.5, Ink: draw.Muted, Anchor: draw.End})
	}
	var b bytes.Buffer
	if err := p.f.Output(&b); err != nil {
		return 0, fmt.Errorf("write pdf: %w", err)
	}
	n, err := b.WriteTo(w)
	if err != nil {
		return n, fmt.Errorf("write pdf: %w", err)
	}
	return n, nil
}

// Bytes is the whole PDF.
func (p *PDF) Bytes() ([]byte, error) {
	var b bytes.Buffer
	_, err := p.WriteTo(&b)
	return b.Bytes(), err
}
