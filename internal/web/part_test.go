package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quid/e2e"
	"quid/internal/auth"
	"quid/internal/auth/authtest"
	"quid/internal/locale"
	"quid/money"

	"github.com/a-h/templ"
	"github.com/chromedp/chromedp"
)

// galleryIn renders children as the child of a part.
func galleryIn(part templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return part.Render(templ.WithChildren(ctx, galleryAll(children...)), w)
	})
}

func galleryAll(parts ...templ.Component) templ.Component { return templ.Join(parts...) }

func galleryRaw(format string, args ...any) templ.Component {
	return templ.Raw(fmt.Sprintf(format, args...))
}

// galleryPage is a page of the gallery in a language and theme.
func galleryPage(lang, theme string) Page {
	p := Page{
		Who:     auth.System("test"),
		Printer: locale.For(lang), Path: "/customers", Back: "/customers?q=x", Theme: theme,
		Book: "Nordkette Maschinenbau GmbH", Currency: "EUR", Digits: 2, AsOf: 20261231,
		Commands: []Command{{Label: "Value the customers", Icon: "play", Href: "/valuations", Post: true}},
		Flash:    &Toast{Text: "The import was taken back.", Undo: "/imports/7/undo", Tone: Good},
	}
	p.Title, p.Count = p.T("Customers"), "100.000"
	p.Actions = galleryAll(
		linkButton(Link{Label: "Excel", Href: "/customers.xlsx", Icon: "download"}, "outline"),
		linkButton(Link{Label: p.T("Import"), Href: "/import", Icon: "plus"}, ""),
	)
	return p
}

// gallery is a page with every part on it.
func gallery(p Page) templ.Component {
	return galleryIn(layout(p),
		tabs("Views", []Tab{{Label: "All", Href: "/customers", Current: true, Count: "1.234"}, {Label: "My A customers", Href: "?v=a"}, {Label: "No contact for 90 days", Href: "?v=c"}}),
		galleryRaw(`<div class="chips">`), chip(p, Chip{"Segment: " + p.T("Invest"), "?"}), chip(p, Chip{"Revenue > 10.000 €", "?"}), galleryRaw(`</div>`),
		galleryTable(p),
		pager(p, Pager{Page: 2, Size: 50, Total: 123_456, Href: func(n int) string { return fmt.Sprintf("?page=%d", n) }}),
		galleryFigures(p),
		galleryForm(p),
		galleryNotices(),
		galleryIn(card(Card{Title: "Imports", Flush: true}), galleryIn(empty(Empty{Icon: "inbox", Title: "No imports yet", Text: "Bring in your customers and invoices: a CSV or Excel file is enough.", Action: &Link{Label: "Import a file", Href: "/import", Icon: "file-up"}}))),
	)
}

func galleryTable(p Page) templ.Component {
	parts := []templ.Component{
		galleryRaw("<thead><tr>"),
		sortHeader(Sort{Label: "Customer", Href: "?sort=-name", Dir: "asc"}),
		galleryRaw(`<th scope="col">Segment</th><th scope="col">Class</th>`),
		sortHeader(Sort{Label: "Contribution", Href: "?sort=db", Num: true}),
		sortHeader(Sort{Label: "Revenue", Href: "?sort=revenue", Num: true, Dir: ""}),
		galleryRaw(`<th scope="col" class="num">Share</th><th scope="col">Data basis</th></tr></thead><tbody>`),
	}
	for i, s := range []struct{ segment, class string }{{"invest", "A"}, {"explore", "B"}, {"renegotiate", "C"}, {"opportunity", "loss"}, {"new", "N"}, {"", ""}} {
		parts = append(parts,
			galleryRaw(`<tr><th scope="row"><a href="/customers/%d">Müller &amp; Söhne %d GmbH</a></th><td data-label="Segment">`, i, i), segmentBadge(p, s.segment),
			galleryRaw(`</td><td data-label="Class">`), classBadge(p, s.class), galleryRaw("</td>"),
		)
		if s.class == "" {
			parts = append(parts, unknownCell(p, "Contribution"))
		} else {
			parts = append(parts, moneyCell(p, "Contribution", 1_234_567-money.Amount(i)*400_000))
		}
		parts = append(parts,
			amountCell(p, "Revenue", 123_456_789), numberCell("Share", p.Percent(0.125, 1)),
			galleryRaw(`<td data-label="Data basis">`), basisBar(p, 1-0.2*float64(i)), galleryRaw("</td></tr>"),
		)
	}
	return galleryIn(table("Customers"), append(parts, galleryRaw("</tbody>"))...)
}

func galleryFigures(p Page) templ.Component {
	return galleryIn(card(Card{ID: "value", Title: "Müller Maschinenbau GmbH", Sub: "10234 · Hamburg", Action: linkButton(Link{Label: "Explain", Href: "/x"}, "ghost")}),
		galleryIn(figures(),
			figure(Figure{Label: "Contribution III", Value: p.Amount(3_190_700), Sub: "+3,1 %", Href: "#value", Tone: Good}),
			figure(Figure{Label: "Value to", Value: p.Amount(-1_020_000), Sub: "−12 %", Href: "#value", Tone: Bad}),
			figure(Figure{Label: "Score", Value: "78", Sub: "Data basis 62 %", Href: "#value", Tone: Warn}),
			figure(Figure{Label: "Customers", Value: p.Short(123_456_789_00)}),
		),
		header(Header{Title: "Postings", Count: "12", Sub: "The last twelve months", Actions: linkButton(Link{Label: "All", Href: "/x", Icon: "list"}, "outline")}),
		galleryRaw("<p>The sum is "), amount(p, -4_200), galleryRaw(".</p>"), bar(0.4),
	)
}

func galleryForm(p Page) templ.Component {
	return galleryIn(card(Card{Title: "Form"}),
		galleryRaw(`<form class="quid-form">`),
		field(Field{Name: "name", Label: "Name", Value: "Jörg", Hint: "As on the letterhead.", Required: true}),
		field(Field{Name: "day", Label: "Day", Value: "2026-02-31", Hint: "Such as 31.12.2026.", Problem: p.T("write a day such as 2026-12-31"), Attrs: templ.Attributes{"placeholder": "31.12.2026"}}),
		selectField(Field{Name: "cut", Label: "Cut", Value: "mean", Problem: "choose one"}, []Option{{"median", "Median"}, {"mean", "Mean"}}),
		textareaField(Field{Name: "why", Label: "Reason", Value: "Because"}),
		checkbox(Field{Name: "dry", Label: "Only try it", Value: "1"}, true),
		slider(Field{Name: "weight", Label: "Weight of growth", Value: "25", Attrs: templ.Attributes{"min": "0", "max": "100", "step": "5"}}, " %"),
		galleryRaw(`</form>`),
	)
}

func galleryNotices() templ.Component {
	return galleryAll(
		galleryIn(notice(Notice{Tone: Info, Title: "No services booked yet", Text: "Only the vertical axis counts."})),
		galleryIn(notice(Notice{Tone: Warn, Title: "3 customers lack cost"}), galleryRaw("<p>Their contributions are unknown.</p>")),
		galleryIn(notice(Notice{Tone: Bad, Title: "The file can't be read", Text: "Column 4 is ambiguous."})),
		galleryIn(notice(Notice{Tone: Good, Title: "All documents balance"})),
		progress(Progress{ID: "job-1", Label: "Import of invoices.csv", Done: 1_200, Total: 5_000, Text: "1.200 of 5.000 lines"}),
		progress(Progress{ID: "job-2", Label: "Valuation", Text: "waits"}),
		progress(Progress{ID: "job-3", Label: "Import of payments.csv", Done: 5, Total: 5, Tone: Good}),
		progress(Progress{ID: "job-4", Label: "Import of old.csv", Done: 2, Total: 5, Tone: Bad, Text: "the file is gone"}),
	)
}

func galleryHTML(t *testing.T, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(authtest.Context(t), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func gallerySend(w http.ResponseWriter, r *http.Request, c templ.Component) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", ContentSecurityPolicy)
	_ = c.Render(r.Context(), w)
}

// serveGallery serves the gallery as ?lang=de&theme=dark, and the assets.
func serveGallery(t *testing.T) string {
	t.Helper()
	if err := CheckAssets(); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", Assets())
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		gallerySend(w, r, gallery(galleryPage(r.FormValue("lang"), r.FormValue("theme"))))
	})
	galleryRoutes(mux)
	mux.HandleFunc("GET /capture/line.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"label":"","parts":[],"open":[],"book":"","href":""}`)
	})
	mux.HandleFunc("GET /palette.json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `[{"label":"%s Müller GmbH","sub":"10234 · Hamburg","href":"/#customer-1"}]`, r.FormValue("q"))
	})
	s := httptest.NewServer(authtest.Everything(mux))
	t.Cleanup(s.Close)
	return s.URL
}

func TestGalleryHasNoBarriers(t *testing.T) {
	t.Parallel()
	url := serveGallery(t)
	browser := e2e.Open(t)
	for _, tt := range []struct {
		name, query string
		view        e2e.View
	}{
		{"in the light, in German", "?lang=de&theme=light", e2e.View{}},
		{"in the dark, in English", "?lang=en&theme=dark", e2e.View{}},
		{"on a phone whose system is dark", "?lang=de&theme=system", e2e.View{Phone: true, Dark: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tab := browser.Tab(t, tt.view)
			tab.Go(url + "/" + tt.query)
			tab.NoBarriers()
			keepPicture(t, tab)
			if wide, window := galleryWidths(tab); wide > window {
				t.Errorf("the page is %d wide in a window of %d", wide, window)
			}
		})
	}
}

// keepPicture writes what the tab shows into the folder QUID_PICTURES, if it is
// set, for eyes to look at.
func keepPicture(t *testing.T, tab *e2e.Tab) {
	t.Helper()
	folder := os.Getenv("QUID_PICTURES")
	if folder == "" {
		return
	}
	png, err := chromedp.Run(tab.Context(), chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	name := strings.NewReplacer("/", "_", " ", "_").Replace(t.Name()) + ".png"
	if err := os.WriteFile(filepath.Join(folder, name), png, 0o600); err != nil {
		t.Fatal(err)
	}
}

// galleryWidths returns how wide the page is and how wide the window.
func galleryWidths(tab *e2e.Tab) (page, window int) {
	return e2e.Value[int](tab, "document.documentElement.scrollWidth"), e2e.Value[int](tab, "document.documentElement.clientWidth")
}
