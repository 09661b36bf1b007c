package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"quid/internal/app"
	"quid/internal/auth/authtest"
	"quid/money"
)

// The controller closes the book and opens it again with a reason; both stand in
// the history, and nothing is dated into a closed month.
func TestTheBookIsClosedAndOpenedWithAReason(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	who := b.customerNo("1")
	if got := b.post("/closing", url.Values{"until": {"2026-10-31"}}); got.Path != "/closing" || !strings.Contains(plainText(got.Body), "closed up to 31 Oct 2026") {
		t.Fatalf("%d: %s", got.Status, plainText(got.Body))
	}
	if _, err := b.app.RecordService(authtest.Context(t), app.EntryDraft{Customer: who.Customer, Type: b.typeNamed("hotline").ID, Day: 20261015, Quantity: money.One}); err == nil {
		t.Error("a closed day was booked")
	}
	for name, form := range map[string]url.Values{
		"reason": {"until": {"2026-09-30"}}, "until": {"until": {"2026-11-22"}},
	} {
		if got := b.post("/closing", form); got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, `id="`+name+`-problem"`) {
			t.Errorf("%s: %d", name, got.Status)
		}
	}
	got := b.post("/closing", url.Values{"until": {"2026-09-30"}, "reason": {"an invoice of October was missing"}})
	if text := plainText(got.Body); !strings.Contains(text, "opened again") || !strings.Contains(text, "an invoice of October was missing") || !strings.Contains(text, "31 Oct 2026") {
		t.Errorf("history: %s", text)
	}
}

func TestRulesOfTheLedgerAreKeptOrRefused(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	good := url.Values{"charge_share": {"20"}, "coverage_limit": {"40"}, "author_days": {"30"}, "person_purpose": {""}}
	if got := b.post("/closing/settings", good); got.Path != "/closing" {
		t.Fatalf("%d: %s", got.Status, plainText(got.Body))
	}
	limit, err := app.CoverageLimit(authtest.Context(t), b.app.DB.Read())
	if err != nil || limit != 400_000 {
		t.Errorf("limit %v, %v", limit, err)
	}
	for name, text := range map[string]string{"charge_share": "120", "coverage_limit": "half", "author_days": "9999"} {
		bad := url.Values{"charge_share": {"20"}, "coverage_limit": {"40"}, "author_days": {"30"}}
		bad.Set(name, text)
		if got := b.post("/closing/settings", bad); got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, `id="`+name+`-problem"`) {
			t.Errorf("%s: %d", name, got.Status)
		}
	}
}

// By default no page reports by person: the name stands in the correction of the
// entry alone, and is gone after the set time. Only where a purpose was agreed is
// there a report, with the purpose on top.
func TestNobodyIsReportedUnlessAPurposeWasAgreed(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	now := workNow
	b.app.Now = func() time.Time { return now }
	ids := b.someCustomers()
	const name = "Zacharias Ohnegleichen"
	r, err := b.app.RecordService(authtest.Context(t), app.EntryDraft{Customer: ids[0], Type: b.typeNamed("hotline").ID, Day: 20261105, Quantity: 60 * money.One, By: name})
	if err != nil {
		t.Fatal(err)
	}
	b.value()
	correction := "/capture?correct=" + refText(r.Ref)
	pages := []string{"/", "/customers", customerPath(ids[0]), "/services", "/services?rows=team", "/services.csv", "/services/entries.csv", "/teams", "/catalogue", "/estimates", "/closing", "/capture", entryPath(r.Ref)}
	for _, path := range pages {
		if got := b.get(path); got.Status != http.StatusOK || strings.Contains(got.Body, name) {
			t.Errorf("%s: %d, names the person: %v", path, got.Status, strings.Contains(got.Body, name))
		}
	}
	if !strings.Contains(b.get(correction).Body, name) {
		t.Error("the correction does not say who booked")
	}
	if got := b.get("/closing/authors"); got.Status != http.StatusNotFound {
		t.Errorf("a report by person is there: %d", got.Status)
	}
	set := url.Values{"charge_share": {"25"}, "coverage_limit": {"50"}, "author_days": {"30"}, "person_purpose": {"Agreement of 1 March: training needs"}}
	b.post("/closing/settings", set)
	report := plainText(b.get("/closing/authors").Body)
	if at, who := strings.Index(report, "Agreement of 1 March: training needs"), strings.Index(report, name); at < 0 || who < 0 || at > who {
		t.Errorf("the report: %s", report)
	}
	now = now.Add(31 * 24 * time.Hour)
	if err := b.app.ForgetAuthors(authtest.Context(t)); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.get(correction).Body, name) || strings.Contains(b.get("/closing/authors").Body, name) {
		t.Error("after the set time the name is still there")
	}
	set.Set("person_purpose", "")
	b.post("/closing/settings", set)
	if got := b.get("/closing/authors"); got.Status != http.StatusNotFound {
		t.Errorf("without a purpose the report stays: %d", got.Status)
	}
}
