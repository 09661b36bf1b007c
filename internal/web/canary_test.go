package web

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"quid/account"
	"quid/day"
	"quid/internal/app"
	"quid/internal/auth/authtest"
	"quid/internal/doc/doctest"
	"quid/internal/intake"
	"quid/internal/link"
	"quid/internal/store"
	"quid/money"
)

// fill takes a file in.
func (b *workbench) fill(kind intake.Kind, rows ...string) {
	b.t.Helper()
	path := filepath.Join(b.t.TempDir(), string(kind)+".csv")
	if err := os.WriteFile(path, []byte(strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
		b.t.Fatal(err)
	}
	res, err := b.app.Import(authtest.Context(b.t), app.ImportRequest{Kind: kind, Path: path, Related: true}, nil)
	if err != nil || res.Rejected > 0 {
		b.t.Fatalf("%s: %+v, %v", kind, res, err)
	}
}

// canaries fill a book with random figures of ours that nobody could take for
// another, and services whose benefits are figures of their own.
func (b *workbench) canaries(rng *rand.Rand) []account.CustomerID {
	b.t.Helper()
	odd := func() int64 { return 1_000_000 + rng.Int64N(8_000_000) } // cents: 10,000.00 and more
	people, invoices, complaints := []string{"external;name;customer_number;industry;size;acquired_on;acquisition_cost"}, []string{"number;customer;day;due;net;cost;settled"}, []string{"number;customer;day;amount;cost;subject"}
	for i := range 8 {
		people = append(people, fmt.Sprintf("K%d;Kunde %c;N%d;Bau;groß;2026-01-05;%s", i, 'A'+i, i, money.Amount(odd()).Decimal(2)))
		for n := range 6 {
			net := 3*odd() + 900_000_00*int64(i%2)
			invoices = append(invoices, fmt.Sprintf("R%d-%d;K%d;2026-%02d-07;2026-%02d-20;%s;%s;2026-%02d-27", i, n, i, n+2, n+2, money.Amount(net).Decimal(2), money.Amount(odd()).Decimal(2), n+4))
		}
		complaints = append(complaints, fmt.Sprintf("B%d;K%d;2026-06-03;%s;%s;defekt", i, i, money.Amount(odd()).Decimal(2), money.Amount(odd()).Decimal(2)))
	}
	b.fill(intake.Customers, people...)
	b.fill(intake.Invoices, invoices...)
	b.fill(intake.Complaints, complaints...)
	types, err := b.app.DB.Read().Types(authtest.Context(b.t))
	if err != nil {
		b.t.Fatal(err)
	}
	var ids []account.CustomerID
	for i := range 8 {
		id, err := b.app.DB.Read().FindCustomer(authtest.Context(b.t), "K"+strconv.Itoa(i))
		if err != nil {
			b.t.Fatal(err)
		}
		ids = append(ids, id)
		for n := range 5 {
			cost, benefit := money.Amount(odd()), money.Amount(odd())
			_, err := b.app.RecordService(authtest.Context(b.t), app.EntryDraft{
				Customer: id, Type: types[(i+n)%len(types)].ID, Day: day.Day(20260210 + 100*n), Quantity: 2 * money.One, Cost: &cost, Benefit: &benefit, Contact: "Anna", Background: "intern: schlechte Marge",
			})
			if err != nil {
				b.t.Fatal(err)
			}
		}
	}
	if _, err := b.app.Value(authtest.Context(b.t), app.ValueOrder{AsOf: 20261122}); err != nil {
		b.t.Fatal(err)
	}
	return ids
}

// secrets are our figures of a customer, as they would be written: every posting
// but benefits, the sums of every kind, the contributions.
func (b *workbench) secrets(id account.CustomerID) []string {
	b.t.Helper()
	amounts := make(map[money.Amount]bool)
	window := day.Window{From: 20251122, To: 20261122}
	err := b.app.DB.Look(authtest.Context(b.t), func(r store.Reader) error {
		entries, err := r.Entries(authtest.Context(b.t), store.Period{Customer: id, Window: window}, 1000)
		if err != nil {
			return err
		}
		for _, e := range entries {
			amounts[e.Amount.Amount] = true
			if e.Kind != account.Service {
				amounts[e.Volume] = true
			}
		}
		sums, err := r.KindSums(authtest.Context(b.t), id, window)
		if err != nil {
			return err
		}
		var steps account.Steps
		for _, s := range sums {
			amounts[s.Amount] = true
			steps.AddSum(s.Kind, s.Amount, s.Volume, s.Unknown)
		}
		for n := 1; n <= 4; n++ {
			amounts[steps.Contribution(n)] = true
		}
		amounts[steps.Revenue] = true
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	var out []string
	for a := range amounts {
		a = max(a, -a)
		if a < 1_000_00 {
			continue // too few digits to be unmistakable
		}
		for _, mark := range []string{".", ",", ""} {
			decimal := map[string]string{".": ",", ",": ".", "": "."}[mark]
			whole := inGroups(int64(a)/100, mark)
			out = append(out, whole+decimal+fmt.Sprintf("%02d", a%100), inGroups((int64(a)+50)/100, mark))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func inGroups(n int64, mark string) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + mark + s[i:]
	}
	return s
}

// told are the secrets that a text tells: figures between other signs than digits.
func told(text string, secrets []string) []string {
	var out []string
	for _, s := range secrets {
		for at := 0; ; {
			i := strings.Index(text[at:], s)
			if i < 0 {
				break
			}
			i += at
			if at = i + len(s); !digit(text, i-1) && !digit(text, at) {
				out = append(out, s)
				break
			}
		}
	}
	return out
}

func digit(s string, i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }

// ours are words of our own view that a customer must not read.
var ours = regexp.MustCompile(`(?i)unsere kosten|our cost|deckungsbeitrag|contribution|marge|margin|punktzahl|score|klasse|segment|gelegenheit|verhandeln|erkunden|opportunity|renegotiate|explore|kundenlebenswert|lifetime|intern`)

// pdfText is what a PDF shows.
func pdfText(t *testing.T, pdf []byte) string {
	t.Helper()
	pages, err := doctest.Pages(pdf)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(pages, "")
}

// visible is what a page shows and says, its markup left out.
func visible(html string) string {
	_, body, _ := strings.Cut(html, "<body")
	return regexp.MustCompile(`<path [^>]*>|<rect [^>]*>|<circle [^>]*>| (x|y|viewBox|href|src)="[^"]*"`).ReplaceAllString(body, " ")
}

// None of our figures can appear on what a customer sees, on the page of a link,
// in its PDF, or in the archive of all; the dossier tells them, so the test sees.
func TestACustomerNeverSeesOurFigures(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("book ", seed), func(t *testing.T) {
			t.Parallel()
			b := newWorkbench(t)
			ids := b.canaries(rand.New(rand.NewPCG(seed, 7)))
			b.runStatements(t)
			for i, id := range ids {
				secrets := b.secrets(id)
				dossier := pdfText(t, []byte(b.get(customerPath(id)+"/dossier.pdf?as_of=2026-11-22").Body))
				if n := len(told(dossier, secrets)); n < 8 {
					t.Fatalf("the dossier tells only %d figures: the test is blind", n)
				}
				if !ours.MatchString(dossier) {
					t.Fatal("the dossier has none of our words: the test is blind")
				}
				lang := []string{"de", "en"}[i%2]
				_, token, err := b.app.MakeLink(authtest.Context(t), app.LinkDraft{Customer: id, Kind: link.Statement, Lang: lang, From: 20251123, To: 20261122, Ends: 20270101})
				if err != nil {
					t.Fatal(err)
				}
				page, pdf := b.get("/s/"+token), b.get("/s/"+token+"/statement.pdf")
				if page.Status != http.StatusOK || pdf.Status != http.StatusOK {
					t.Fatalf("%d and %d", page.Status, pdf.Status)
				}
				for name, text := range map[string]string{"page": visible(page.Body), "whole page": page.Body, "pdf": pdfText(t, []byte(pdf.Body))} {
					if found := told(text, secrets); found != nil {
						t.Errorf("%s of customer %d tells %q", name, i, found)
					}
					if name != "whole page" {
						if word := ours.FindString(text); word != "" {
							t.Errorf("%s of customer %d says %q", name, i, word)
						}
					}
				}
			}
		})
	}
}

// runStatements makes all statements of the book as one file, and looks for our
// figures in every one.
func (b *workbench) runStatements(t *testing.T) {
	t.Helper()
	if got := b.post("/statements", url.Values{"from": {"2025-11-23"}, "to": {"2026-11-22"}, "lang": {"own"}}); got.Status != http.StatusOK || got.Path != "/statements" {
		t.Fatalf("%d %s", got.Status, got.Path)
	}
	b.jobs()
	page := b.get("/statements")
	file := regexp.MustCompile(`/statements/\d+/file`).FindString(page.Body)
	got := b.get(file)
	if got.Status != http.StatusOK || got.Header.Get("Content-Type") != "application/zip" {
		t.Fatalf("%q: %d %s", file, got.Status, got.Header.Get("Content-Type"))
	}
	z, err := zip.NewReader(bytes.NewReader([]byte(got.Body)), int64(len(got.Body)))
	if err != nil {
		t.Fatal(err)
	}
	if len(z.File) != 8 {
		t.Fatalf("%d statements", len(z.File))
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		pdf, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		text := pdfText(t, pdf)
		id, err := b.app.DB.Read().FindCustomer(authtest.Context(t), "K"+f.Name[1:2])
		if err != nil {
			t.Fatal(err)
		}
		if found := told(text, b.secrets(id)); found != nil || ours.MatchString(text) {
			t.Errorf("%s tells %q %s", f.Name, found, ours.FindString(text))
		}
	}
}
