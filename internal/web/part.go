package web

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"quid/internal/locale"

	"github.com/a-h/templ"
)

// drawing is an icon of lucide as SVG, for icon. One that the build didn't
// collect is a mistake of whoever wrote the page; it is drawn as a ring.
func drawing(name string) string {
	const missing = `<circle cx="12" cy="12" r="9"/>`
	b, err := embedded()
	if err != nil {
		return missing
	}
	if d, ok := b.icons[name]; ok {
		return d
	}
	return missing
}

func pressed(yes bool) string { return strconv.FormatBool(yes) }

// A Header is a heading within a page, with what can be done there.
type Header struct {
	Title   string
	Sub     string          // a line below, or ""
	Count   string          // a number beside, or ""
	Actions templ.Component // or nil
}

// A Card frames one subject.
type Card struct {
	ID     string          // to link to, or ""
	Title  string          // "" leaves the head out
	Sub    string          // a line below the title, or ""
	Action templ.Component // at the right of the title, or nil
	Flush  bool            // whether the content reaches the frame, as a table does
}

// A Figure is one number that matters, large.
type Figure struct {
	Label string // what it is
	Value string // as text in the reader's language
	Sub   string // what it compares with, or ""
	Href  string // where it is explained; every figure should have one
	Tone  Tone   // how Sub is meant
}

// A Tone says how something is meant; its colour is never the only sign of it.
type Tone string

// The tones.
const (
	Plain Tone = ""
	Good  Tone = "good"
	Info  Tone = "info"
	Warn  Tone = "warn"
	Bad   Tone = "bad"
)

// toneIcon is the sign that stands beside the colour.
func toneIcon(t Tone) string {
	switch t {
	case Good:
		return "circle-check"
	case Warn:
		return "triangle-alert"
	case Bad:
		return "octagon-alert"
	default:
		return "info"
	}
}

// A Segment is how a field of the matrix is called and dealt with. The texts are
// keys for p.T.
type Segment struct{ Key, Name, Strategy string }

// segments are the fields of the default matrix, and N.
var segments = []Segment{
	{"opportunity", locale.Key("Opportunity"), locale.Key("Take the business that comes, keep the effort low.")},
	{"renegotiate", locale.Key("Renegotiate"), locale.Key("Spoiled but not valuable: talk earnestly, charge or cut back.")},
	{"explore", locale.Key("Explore"), locale.Key("Look for hidden potential, then keep lean, secure or delight.")},
	{"invest", locale.Key("Invest"), locale.Key("Invest here: deepen, integrate, secure follow-up business.")},
	{"new", locale.Key("New customer"), locale.Key("Too young to judge: look at potential and fit.")},
}

// segmentOf finds a segment by its key; an unknown key is its own name.
func segmentOf(key string) Segment {
	for _, s := range segments {
		if s.Key == key {
			return s
		}
	}
	return Segment{Key: key, Name: key}
}

// className is a class in words, as a key for p.T.
func className(class string) string {
	switch class {
	case "loss":
		return locale.Key("Loss")
	case "N":
		return locale.Key("New customer")
	default:
		return class
	}
}

// An Empty says why there is nothing, and what to do next.
type Empty struct {
	Icon   string
	Title  string
	Text   string
	Action *Link // or nil
}

// A Link leads somewhere.
type Link struct {
	Label, Href string
	Icon        string // or ""
}

// A Field is one labelled input. Problem is tied to the input for screen
// readers. The texts are in the reader's language.
type Field struct {
	Name     string // of the form value; also the id, unless
	ID       string // another control of the page has the same name
	Label    string
	Type     string // of the input; "" is text. For an address of mail use text, not email
	Value    string
	Said     string // of a slider: the value as it is read, if not as it is sent
	Hint     string
	Problem  string
	Required bool
	Attrs    templ.Attributes // anything else: min, max, step, hx-get …
}

func (f Field) id() string { return cmp.Or(f.ID, f.Name) }

// describedBy are the ids of what explains the field.
func (f Field) describedBy() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.id()+"-hint")
	}
	if f.Problem != "" {
		ids = append(ids, f.id()+"-problem")
	}
	return strings.Join(ids, " ")
}

// attrs are all attributes of the control, but those that its kind adds.
func (f Field) attrs() templ.OrderedAttributes {
	a := templ.OrderedAttributes{{Key: "id", Value: f.id()}, {Key: "name", Value: f.Name}}
	if ids := f.describedBy(); ids != "" {
		a = append(a, templ.KeyValue[string, any]{Key: "aria-describedby", Value: ids})
	}
	if f.Problem != "" {
		a = append(a, templ.KeyValue[string, any]{Key: "aria-invalid", Value: "true"})
	}
	if f.Required {
		a = append(a, templ.KeyValue[string, any]{Key: "required", Value: true})
	}
	for _, kv := range f.Attrs.Items() {
		a = append(a, kv)
	}
	return a
}

func (f Field) kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

// An Option is one choice of a select field.
type Option struct{ Value, Label string }

// A Tab leads to another view of the same thing.
type Tab struct {
	Label   string
	Href    string
	Count   string // or ""
	Current bool
}

// A Chip is a filter that is set, with the address of the page without it.
type Chip struct {
	Label  string
	Remove string
}

// A Sort is the heading of a column that can be sorted by.
type Sort struct {
	Label string
	Href  string // the same page, sorted by this column (the other way if it is already)
	Dir   string // asc, desc or "" if the page is sorted otherwise
	Num   bool   // whether the column holds numbers
}

// A Pager leads through a long list.
type Pager struct {
	Page  int // counted from 1
	Size  int // lines a page
	Total int // lines in all
	Href  func(page int) string
}

// Last is the number of the last page, 1 if there is nothing.
func (g Pager) Last() int {
	if g.Size < 1 || g.Total < 1 {
		return 1
	}
	return (g.Total + g.Size - 1) / g.Size
}

// window is the first and the last line of the page, counted from 1.
func (g Pager) window() (from, to int) {
	from = (g.Page-1)*g.Size + 1
	return min(from, g.Total), min(from+g.Size-1, g.Total)
}

// A Progress is how far a job is. While Poll is set the part asks there for its
// successor once a second; a finished job leaves it out.
type Progress struct {
	ID    string // unlike that of any other progress of the page
	Label string
	Done  int64
	Total int64  // 0 if it isn't known
	Text  string // such as 1.200 of 5.000 lines, or ""
	Tone  Tone   // Bad for a job that failed, Good for one that is done
	Poll  string
}

// share is the part that is done, in whole percent.
func (g Progress) share() int {
	if g.Total <= 0 {
		return 0
	}
	return int(math.Floor(100 * float64(min(g.Done, g.Total)) / float64(g.Total)))
}

// A Notice tells something about the page.
type Notice struct {
	Tone  Tone // Info, Warn, Bad or Good
	Title string
	Text  string // or ""; a child may say more
}

// A Toast tells what happened just now, and how to take it back.
type Toast struct {
	Text string
	Undo string // the address to post to, or ""
	Tone Tone
}

// ratio is x as a width in percent, for a bar.
func ratio(x float64) string {
	if math.IsNaN(x) {
		x = 0
	}
	return strconv.FormatFloat(100*min(1, max(0, x)), 'f', 1, 64)
}

// bringing leads to the page that takes files in, for those who may; nil for others.
func (p Page) bringing() *Link {
	if !p.shows("/import") {
		return nil
	}
	return &Link{Label: p.T("Import a file"), Href: "/import", Icon: "file-up"}
}
