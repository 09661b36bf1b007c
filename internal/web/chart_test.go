package web

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"quid/e2e"

	"github.com/a-h/templ"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// galleryCharts is a page with every kind of chart.
func galleryCharts(p Page) templ.Component {
	months := []string{"Jan.", "Feb.", "März", "Apr.", "Mai", "Juni"}
	lorenz, whale := [][2]float64{{0, 0}}, [][2]float64{{0, 0}}
	for i := 1; i <= 100; i++ {
		x := float64(i) / 100
		lorenz = append(lorenz, [2]float64{x, math.Pow(x, 4)})
		whale = append(whale, [2]float64{x, 1.5 * math.Sin(x*2.412)})
	}
	return galleryIn(layout(p),
		galleryRaw(`<div class="grid gap-4 md:grid-cols-2">`),
		galleryIn(card(Card{Title: "Give and take", Sub: "by month"}), chart(p, Chart{
			Kind: "bar", Label: "Give and take by month", Unit: UnitMoney, Categories: months,
			Series: []Series{{Name: "Gives", Values: []float64{12_000, 18_500, math.NaN(), 21_000, 16_400, 30_100}}, {Name: "Gets", Values: []float64{-2_000, -1_500, -3_200, -1_000, -600, -900}, Color: "renegotiate"}},
		})),
		galleryIn(card(Card{Title: "Contribution"}), chart(p, Chart{
			Kind: "waterfall", Label: "Contribution I to IV", Unit: UnitMoney,
			Categories: []string{"Revenue", "Cost of goods", "Deductions", "DB I", "Care", "DB II", "Complaints", "DB III", "Services", "DB IV"},
			Series:     []Series{{Name: "Contribution", Values: []float64{90_000, -52_000, -3_000, 35_000, -12_000, 23_000, -4_000, 19_000, -25_000, -6_000}, Totals: []bool{true, false, false, true, false, true, false, true, false, true}}},
		})),
		galleryIn(card(Card{Title: "Services"}), chart(p, Chart{
			Kind: "stack", Label: "Services by type and month", Unit: UnitMoney, Categories: months,
			Series: []Series{{Name: "Hotline", Values: []float64{1, 2, 3, 2, 1, 2}}, {Name: "Training", Values: []float64{2, 1, 0, 4, 1, 1}, Estimated: true}},
		})),
		galleryIn(card(Card{Title: "Score"}), chart(p, Chart{
			Kind: "line", Label: "Score by valuation", Unit: UnitNumber, Categories: months, Height: 200,
			Series: []Series{{Name: "Score", Values: []float64{62, 64, 61.5, 70, math.NaN(), 74}}},
		})),
		galleryIn(card(Card{Title: "Lorenz"}), chart(p, Chart{
			Kind: "lorenz", Label: "Lorenz curve of revenue", X: "Customers", Y: "Revenue",
			Series: []Series{{Name: "Revenue", Points: lorenz}},
		})),
		galleryIn(card(Card{Title: "Whale"}), chart(p, Chart{
			Kind: "whale", Label: "Whale curve of contribution", X: "Customers",
			Series: []Series{{Name: "Contribution", Points: whale}},
		})),
		galleryRaw(`</div>`),
	)
}

func TestChartsSayTheirFiguresTwice(t *testing.T) {
	t.Parallel()
	p := galleryPage("de", "light")
	c := Chart{
		Kind: "bar", Label: "Umsatz", Unit: UnitMoney, Categories: []string{"2025", "</script><b>"},
		Series: []Series{{Name: "Umsatz", Values: []float64{1234.5, math.NaN()}}},
	}
	page := galleryHTML(t, chart(p, c))
	for _, want := range []string{"1.235\u202f€", "unbekannt", `"values":[1234.5,null]`, `aria-label="Umsatz"`, "&lt;/script&gt;"} {
		if !strings.Contains(page, want) {
			t.Errorf("the chart lacks %q in\n%s", want, page)
		}
	}
	if strings.Count(page, "</script>") != 1 {
		t.Error("a category ended the script")
	}
}

func TestCurveTablesAreShort(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 20, 21, 22, 1_000_001} {
		points := make([][2]float64, n)
		for i := range points {
			points[i] = [2]float64{float64(i), 0}
		}
		rows := curveRows(points)
		if len(rows) != min(n, 21) {
			t.Errorf("%d points make %d rows", n, len(rows))
		}
		if n > 0 && (rows[0] != points[0] || rows[len(rows)-1] != points[n-1]) {
			t.Errorf("%d points: the first or the last is missing", n)
		}
	}
}

func TestTheModelOfAMatrixIsWholeJSON(t *testing.T) {
	t.Parallel()
	text, err := galleryMatrix(100).model(galleryPage("de", "light"))
	if err != nil {
		t.Fatal(err)
	}
	var model struct {
		Currency string
		X, Y     struct{ Cuts []float64 }
		Fields   []struct{ Key, Name string }
		Words    map[string]string
	}
	if err := json.Unmarshal([]byte(text), &model); err != nil {
		t.Fatal(err)
	}
	if model.Currency != "EUR" || len(model.Fields) != 4 || len(model.X.Cuts) != 1 || model.Words["show"] != "Als Liste zeigen" {
		t.Errorf("the model is %+v", model)
	}
}

func galleryMatrix(n int) Matrix {
	p := galleryPage("de", "light")
	m := Matrix{
		ID: "matrix", Label: "Portfolio", Src: "/points?n=" + strconv.Itoa(n), PointAt: "/point?i=", OpenAt: "/?customer=", ListAt: "/customers?segment=all",
		X: Axis{Label: "Value to", Cuts: []float64{1_000}, Unit: UnitMoney, Log: true},
		Y: Axis{Label: "Value from", Cuts: []float64{50}, Unit: UnitNumber},
	}
	if n <= 1_000 {
		m.Moves = "/moves"
	}
	for i, key := range []string{"opportunity", "renegotiate", "explore", "invest"} {
		s := segmentOf(key)
		m.Fields = append(m.Fields, MatrixField{Key: key, Name: p.T(s.Name), Strategy: p.T(s.Strategy), Col: i % 2, Row: i / 2, Count: p.Int(int64(n / 4)), Sum: "1,2 Mio. €"})
	}
	return m
}

// galleryRoutes adds the page of a matrix and what it asks for.
func galleryRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /matrix", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.FormValue("n"))
		p := galleryPage(r.FormValue("lang"), r.FormValue("theme"))
		p.Path, p.Flash = "/", nil
		gallerySend(w, r, galleryIn(layout(p), galleryIn(card(Card{Title: "Portfolio"}), matrix(p, galleryMatrix(n)))))
	})
	mux.HandleFunc("GET /charts", func(w http.ResponseWriter, r *http.Request) {
		p := galleryPage(r.FormValue("lang"), r.FormValue("theme"))
		p.Flash = nil
		gallerySend(w, r, galleryCharts(p))
	})
	mux.HandleFunc("GET /points", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.FormValue("n"))
		_, _ = w.Write(galleryPoints(n))
	})
	mux.HandleFunc("GET /moves", func(w http.ResponseWriter, _ *http.Request) {
		for i := range 12 {
			for _, v := range []float32{float32(i * 100), 20 + float32(i), float32(i * 300), 30 + float32(3*i)} {
				_ = binary.Write(w, binary.LittleEndian, v)
			}
		}
	})
	var asked atomic.Int64
	job := func() templ.Component {
		n := asked.Add(1)
		g := Progress{ID: "job", Label: "Import", Done: min(n*50, 100), Total: 100, Poll: "/job/news"}
		if n > 2 {
			g.Tone, g.Poll = Good, ""
		}
		return progress(g)
	}
	mux.HandleFunc("GET /job", func(w http.ResponseWriter, r *http.Request) {
		gallerySend(w, r, galleryIn(layout(galleryPage(r.FormValue("lang"), "light")), job()))
	})
	mux.HandleFunc("GET /job/news", func(w http.ResponseWriter, r *http.Request) { gallerySend(w, r, job()) })
	form := func(value, problem string) templ.Component {
		return galleryAll(galleryRaw(`<form method="post" action="/form" hx-post="/form" hx-swap="outerHTML">`),
			field(Field{Name: "name", Label: "Name", Value: value, Problem: problem}), galleryRaw(`<button class="btn send">Send</button></form>`))
	}
	mux.HandleFunc("GET /form", func(w http.ResponseWriter, r *http.Request) {
		gallerySend(w, r, galleryIn(layout(galleryPage(r.FormValue("lang"), "light")), form("", "")))
	})
	mux.HandleFunc("POST /form", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusUnprocessableEntity)
		_ = form(r.FormValue("name"), "too short").Render(r.Context(), w)
	})
	mux.HandleFunc("GET /point", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "<b>Kunde %s</b>", templ.EscapeString(r.FormValue("i")))
	})
}

// galleryPoints makes points whose first one stands alone at 900,000 and 95.
func galleryPoints(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var out []byte
	for i := range n {
		x, y := float32(math.Exp(r.NormFloat64()*1.5+7)), float32(min(90, max(2, 50+17*r.NormFloat64())))
		if r.IntN(3) == 0 {
			x = 0
		}
		if i == 0 {
			x, y = 900_000, 95
		}
		var field, flags byte
		if x > 1_000 {
			field = 1
		}
		if y > 50 {
			field += 2
		}
		if i%10 == 3 {
			flags = 1
		}
		out = binary.LittleEndian.AppendUint32(out, uint32(1_000+i))
		for _, v := range []float32{x, y, float32(r.ExpFloat64() * 1e5)} {
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
		}
		out = append(out, field, flags, 0, 0)
	}
	return out
}

func TestChartsHaveNoBarriers(t *testing.T) {
	t.Parallel()
	url := serveGallery(t)
	browser := e2e.Open(t)
	for _, tt := range []struct {
		name, path string
		view       e2e.View
	}{
		{"charts in the light", "/charts?lang=de&theme=light", e2e.View{}},
		{"charts in the dark on a phone", "/charts?lang=en&theme=dark", e2e.View{Phone: true}},
		{"matrix in the light", "/matrix?n=300&lang=de&theme=light", e2e.View{}},
		{"matrix in the dark on a phone", "/matrix?n=300&lang=de&theme=dark", e2e.View{Phone: true}},
		{"matrix of a crowd", "/matrix?n=100000&lang=de&theme=dark", e2e.View{Still: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tab := browser.Tab(t, tt.view)
			tab.Go(url + tt.path)
			if strings.HasPrefix(tt.path, "/matrix") {
				tab.Wait(`document.querySelector("quid-matrix").dataset.points !== undefined`)
			} else {
				tab.Wait(`[...document.querySelectorAll("quid-chart")].every(c => c.dataset.ready !== undefined && c.querySelector("canvas"))`)
			}
			tab.Do(chromedp.Sleep(300 * time.Millisecond)) // the picture is drawn in the next frames
			tab.NoBarriers()
			keepPicture(t, tab)
			if wide, window := galleryWidths(tab); wide > window {
				t.Errorf("the page is %d wide in a window of %d", wide, window)
			}
		})
	}
}

// spot is where the lonely point of testPoints lies in the window.
const spot = `(() => {
	const m = document.querySelector("quid-matrix"), r = m.querySelector(".chart-canvas").getBoundingClientRect();
	for (let y = r.top + 5; y < r.bottom; y += 4) for (let x = r.right - 5; x > r.right - 160; x -= 4) {
		m.querySelector(".chart-frame").dispatchEvent(new PointerEvent("pointermove", {clientX: x, clientY: y, pointerType: "mouse"}));
		if (!m.querySelector(".chart-ring").hidden) return [x, y];
	}
	return [-1, -1];
})()`

func TestTheMatrixCanBeTouched(t *testing.T) {
	t.Parallel()
	url := serveGallery(t)
	tab := e2e.Open(t).Tab(t, e2e.View{})
	tab.Go(url + "/matrix?n=100000&lang=de&theme=light")
	tab.Wait(`document.querySelector("quid-matrix").dataset.points === "100000"`)
	tab.Wait(`document.querySelector("quid-matrix").dataset.drawn !== undefined`)
	ready := e2e.Value[float64](tab, `document.querySelector("quid-matrix").dataset.drawn - 0`)
	t.Logf("100,000 points stood %.0f ms after the page was asked for", ready)

	at := e2e.Value[[]float64](tab, spot)
	if at[0] < 0 {
		t.Fatal("the pointer found no point at the right end")
	}
	tab.Wait(`document.querySelector(".chart-tip").innerText === "Kunde 1000"`)

	// A box around the lonely point chooses it, and only it.
	tab.Do(chromedp.Evaluate[chromedp.Void](`window.chosen = null; document.addEventListener("quid-select", e => { window.chosen = e.detail })`))
	tab.Do(chromedp.DragAndDropXY(at[0]-30, at[1]-20, at[0]+12, at[1]+20, 5))
	tab.Wait(`window.chosen !== null`)
	if got := e2e.Value[[]int](tab, `window.chosen.indices`); len(got) != 1 || got[0] != 1000 {
		t.Errorf("the box chose %v, want [1000]", got)
	}
	if got := e2e.Value[bool](tab, `chosen.x0 < 900000 && 900000 < chosen.x1 && chosen.y0 < 95 && 95 < chosen.y1`); !got {
		t.Errorf("the values of the box, %s, don't hold the point", e2e.Value[string](tab, `JSON.stringify(chosen)`))
	}
	if got := tab.Text(".chart-note"); !strings.Contains(got, "Ausgewählt: 1") || !strings.Contains(got, "Als Liste zeigen") {
		t.Errorf("the note says %q", got)
	}
	if got := e2e.Value[string](tab, `document.querySelector(".chart-note a").getAttribute("href")`); !strings.HasPrefix(got, "/customers?segment=all&x0=") {
		t.Errorf("the link leads to %s", got)
	}

	// Other points: drawn anew by an attribute.
	tab.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("quid-matrix").setAttribute("src", "/points?n=50")`))
	tab.Wait(`document.querySelector("quid-matrix").dataset.points === "50"`)

	// A click opens the customer.
	at = e2e.Value[[]float64](tab, spot)
	tab.Do(chromedp.MouseClickXY(at[0], at[1]))
	tab.Wait(`location.search === "?customer=1000"`)
}

func TestThePaletteWorksByKeysAlone(t *testing.T) {
	t.Parallel()
	url := serveGallery(t)
	tab := e2e.Open(t).Tab(t, e2e.View{})
	tab.Go(url + "/?lang=de&theme=light")
	tab.Wait(`customElements.get("quid-palette") !== undefined`)
	tab.Do(chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	tab.Wait(`document.querySelector("dialog.palette").open && document.activeElement.role === "combobox"`)
	tab.NoBarriers()

	chosen := `document.querySelector("dialog.palette [aria-selected=true] span").innerText`
	tab.Do(chromedp.KeyEvent("kzn")) // letters of Konzentration, in order
	tab.Wait(chosen + ` === "Konzentration"`)
	tab.Wait(`[...document.querySelectorAll("[data-found] [role=option] span")].some(s => s.innerText === "kzn Müller GmbH")`)
	tab.Do(chromedp.KeyEvent(kb.ArrowDown))
	tab.Wait(chosen + ` !== "Konzentration"`)
	if a, b := e2e.Value[string](tab, `document.querySelector("dialog.palette input").getAttribute("aria-activedescendant")`), e2e.Value[string](tab, `document.querySelector("dialog.palette [aria-selected=true]").id`); a != b || a == "" {
		t.Errorf("the input names %q, chosen is %q", a, b)
	}
	keepPicture(t, tab)
	tab.Do(chromedp.KeyEvent(kb.Enter))
	tab.Wait(`location.hash === "#customer-1"`)
	tab.Wait(`!document.querySelector("dialog.palette").open`)
}

// A job's progress asks for its successor until there is nothing more to ask.
func TestProgressFollowsItsJob(t *testing.T) {
	t.Parallel()
	url := serveGallery(t)
	tab := e2e.Open(t).Tab(t, e2e.View{})
	tab.Go(url + "/job?lang=de")
	tab.Wait(`document.querySelector("#job progress").value === 100 && document.querySelector("#job").dataset.tone === "good"`)
	if got := e2e.Value[bool](tab, `document.querySelector("#job").hasAttribute("hx-get")`); got {
		t.Error("a finished job still asks")
	}
}

// An answer 422 brings the form back with its problem, which is tied to the
// field.
func TestAFormComesBackWithItsProblem(t *testing.T) {
	t.Parallel()
	url := serveGallery(t)
	tab := e2e.Open(t).Tab(t, e2e.View{})
	tab.Excuse("422")
	tab.Go(url + "/form?lang=de")
	tab.Wait(`window.htmx !== undefined`)
	tab.Do(chromedp.SendKeys(chromedp.CSS("#name"), "x"), chromedp.Click(chromedp.CSS("form button.send")))
	tab.Wait(`document.querySelector("#name-problem") !== null`)
	if got := e2e.Value[string](tab, `[...document.querySelector("#name").attributes].map(a => a.name + "=" + a.value).join(" ")`); !strings.Contains(got, "aria-invalid=true") || !strings.Contains(got, "aria-describedby=name-problem") {
		t.Errorf("the field is %s", got)
	}
	if got := e2e.Value[string](tab, `document.querySelector("#name").value`); got != "x" {
		t.Errorf("what was typed came back as %q", got)
	}
}
