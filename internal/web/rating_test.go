package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"quid/day"
	"quid/internal/app"
	"quid/internal/auth/authtest"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// served is a workbench with a customer that got two services.
func served(t *testing.T) (b *workbench, customer string, entries []app.Recorded) {
	t.Helper()
	b = newWorkbench(t)
	b.take("customers", "customers.csv", "number;name\n1;Huber GmbH\n", nil)
	keys, err := b.app.DB.Read().Keys(authtest.Context(t), "file", store.CustomerKey, []string{"1"})
	if err != nil {
		t.Fatal(err)
	}
	types, err := b.app.DB.Read().Types(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, ty := range types {
		if ty.Code != "hotline" && ty.Code != "training" {
			continue
		}
		r, err := b.app.RecordService(authtest.Context(t), app.EntryDraft{
			Customer: keys["1"].Customer, Type: ty.ID, Day: day.At(workNow), Quantity: 6 * money.One, Background: "Pumpe <laut>",
		})
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, r)
	}
	return b, customerPath(keys["1"].Customer), entries
}

var ratingLink = regexp.MustCompile(`/r/[A-Za-z0-9_-]{20,}`)

// From the question to the benefit: a link is made, the customer answers without
// a login and sees nothing of ours, and what it says counts once.
func TestACustomerAnswersByALink(t *testing.T) {
	t.Parallel()
	b, path, entries := served(t)
	made := b.post(path+"/ratings", url.Values{
		"from": {"2026-01-01"}, "until": {"2026-11-22"}, "ends": {"2026-12-31"}, "lang": {"de"}, "contact": {"Frau Huber"},
	})
	made.says(t, http.StatusOK, "The link is ready", "Frau Huber", "open until")
	at := ratingLink.FindString(made.Body)
	if at == "" {
		t.Fatal("no link was made")
	}
	form := b.get(at)
	form.says(t, http.StatusOK, "Was war Ihnen unsere Hilfe wert?", "Hilfe bei technischen Problemen", "Pumpe <laut>")
	if !strings.Contains(form.Body, `content="noindex`) || strings.Contains(form.Body, "<laut>") {
		t.Error("the page may be indexed, or shows what was typed as it was")
	}
	for _, ours := range []string{entries[0].Entry.Cost.Decimal(2), entries[1].Entry.Cost.Decimal(2), "/customers/", "palette"} {
		if strings.Contains(form.Body, ours) {
			t.Errorf("the customer sees %q", ours)
		}
	}
	block := "worth-" + regexp.MustCompile(`name="worth-(\d+)"`).FindStringSubmatch(form.Body)[1]
	b.post(at, url.Values{block: {"viel"}, "comment": {"Gern wieder"}}).
		says(t, http.StatusUnprocessableEntity, "schreiben Sie einen Betrag wie 250.00", "Gern wieder")
	b.post(at, url.Values{block: {"800000000000"}}).says(t, http.StatusUnprocessableEntity, "das ist mehr, als sich rechnen lässt")
	b.post(at, url.Values{}).says(t, http.StatusUnprocessableEntity, "beantworten Sie mindestens eine Frage")
	b.post(at, url.Values{block: {"1.777"}, strings.Replace(block, "worth", "noticed", 1): {"yes"}, "comment": {"Gern\x00 wieder\xff"}}).
		says(t, http.StatusOK, "Vielen Dank!")
	b.post(at, url.Values{block: {"1.00"}}).says(t, http.StatusConflict, "Vielen Dank!")
	b.get(path+"/ratings").says(t, http.StatusOK, "answered on", "€1,777.00", "Gern wieder\uFFFD")
	var benefits []money.Amount
	for k, err := range b.app.DB.Read().Services(authtest.Context(t), store.ServiceFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if k.Doc.Source == service.Rated {
			benefits = append(benefits, k.Doc.Benefit)
		}
	}
	if len(benefits) != 1 || benefits[0] != 1777_00 {
		t.Errorf("benefits that were rated: %v", benefits)
	}
	b.get("/services").says(t, http.StatusOK, "Are they seen?", "1 of 1", "too few answers", "nobody was asked")
	if picture := b.get("/services.svg?rows=type"); picture.Status != http.StatusOK || !strings.Contains(picture.Body, "<svg xmlns=") || !strings.Contains(picture.Body, "Help with technical") {
		t.Errorf("picture: %d, %.200s", picture.Status, picture.Body)
	}
}

// Looking changes nothing, and a link that is wrong or was taken back opens a
// friendly page.
func TestARatingLinkOpensNothingElse(t *testing.T) {
	t.Parallel()
	b, path, entries := served(t)
	made := b.post(path+"/ratings", url.Values{"entry": {entryID(entries[0])}, "ends": {"2026-12-31"}, "lang": {"en"}})
	made.says(t, http.StatusOK, "The link is ready")
	at := ratingLink.FindString(made.Body)
	for range 3 {
		b.get(at).says(t, http.StatusOK, "What was our help worth to you?")
	}
	b.get(at[:20]+flipped(at[20])+at[21:]).says(t, http.StatusNotFound, "does not lead anywhere")
	b.get("/s"+at[2:]).says(t, http.StatusNotFound, "does not lead anywhere")
	revoke := regexp.MustCompile(`action="(/customers/\d+/ratings/\d+/revoke)"`).FindStringSubmatch(made.Body)
	b.post(revoke[1], nil).says(t, http.StatusOK, "taken back on")
	b.get(at).says(t, http.StatusGone, "This link has ended")
	b.post(at, url.Values{"comment": {"x"}}).says(t, http.StatusGone, "This link has ended")
}

// What a service brought about becomes its benefit.
func TestABenefitIsReckonedFromAnOutcome(t *testing.T) {
	t.Parallel()
	b, _, entries := served(t)
	page := entryPath(entries[0].Ref) + "/benefit"
	b.get(page).says(t, http.StatusOK, "Reckon the benefit from an outcome", "by rate")
	b.post(page, url.Values{"kind": {"1"}, "quantity": {"2.5"}, "rate": {""}, "state": {"1"}}).
		says(t, http.StatusUnprocessableEntity, "write an amount such as 250.00")
	b.post(page, url.Values{"kind": {"1"}, "quantity": {"2.5"}, "rate": {"400"}, "state": {"1"}, "source": {"Herr Huber"}}).
		says(t, http.StatusOK, "€1,000.00", "from its outcome", "told by the customer", "Herr Huber")
}

func entryID(r app.Recorded) string { return formatID(int64(r.Ref.ID)) }

// flipped is another letter.
func flipped(c byte) string {
	if c == 'x' {
		return "y"
	}
	return "x"
}
