package api

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"quid/day"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/auth/authtest"
	"quid/money"
)

// atOnce50 asks the same 50 times at once, and counts the answers by status and by
// the id of what they answer.
func (d *desk) atOnce50(key, path string, body any, idempotency string) (map[int]int, map[string]int) {
	var wg sync.WaitGroup
	got := make([]answered, 50)
	for i := range got {
		wg.Go(func() { got[i] = d.ask(key, http.MethodPost, path, body, "Idempotency-Key", idempotency) })
	}
	wg.Wait()
	statuses, ids := make(map[int]int), make(map[string]int)
	for _, a := range got {
		statuses[a.status]++
		ids[fmt.Sprint(a.body["id"])]++
	}
	return statuses, ids
}

func TestACorrectionAndAReversalHaveOneEffect(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, d *desk) {
		key, ids := d.key(auth.SalesManager, auth.ReadWrite, ""), d.ids()
		services := "/customers/" + ids["C1"] + "/services"
		first := d.want(d.ask(key, http.MethodPost, services, booking(), "Idempotency-Key", "booked-0001"), http.StatusCreated)
		at := services + "/" + first.body["id"].(string)
		tag := first.header.Get("ETag")
		d.want304(key, at, tag)

		better := booking()
		better["minutes"], better["why"] = "30", "took longer"
		statuses, made := d.atOnce50(key, at+"/correction", better, "corrected-0001")
		if statuses[http.StatusCreated] != 1 || statuses[http.StatusOK] != 49 || len(made) != 1 {
			t.Fatalf("50 corrections at once: %v, services %v", statuses, made)
		}
		if old := d.get(key, at, "If-None-Match", tag); old.body["taken_back"] == nil || old.body["why"] != "took longer" {
			t.Errorf("what was corrected is %s", old.text)
		}
		stands := d.get(key, services).items()
		if len(stands) != 1 || stands[0]["minutes"] != "30" || stands[0]["replaces"] != first.body["id"] {
			t.Fatalf("there stand %v", stands)
		}
		other := booking()
		other["minutes"], other["why"] = "30", "another reason"
		if a := d.want(d.ask(key, http.MethodPost, at+"/correction", other, "Idempotency-Key", "corrected-0001"), http.StatusUnprocessableEntity); !strings.Contains(a.text, `"parameter":"header.Idempotency-Key"`) {
			t.Errorf("another reason with the key: %s", a.text)
		}
		d.want(d.ask(key, http.MethodPost, at+"/correction", better, "Idempotency-Key", "corrected-0002"), http.StatusConflict) // the weak twin: a key of its own is a correction of its own

		now := services + "/" + stands[0]["id"].(string)
		why := map[string]any{"why": "was none"}
		if statuses, _ := d.atOnce50(key, now+"/reversal", why, "reversed-0001"); statuses[http.StatusOK] != 50 {
			t.Fatalf("50 reversals at once: %v", statuses)
		}
		d.want(d.ask(key, http.MethodPost, now+"/reversal", why, "Idempotency-Key", "reversed-0002"), http.StatusConflict)
		for path, body := range map[string]map[string]any{now: {"why": "another"}, at: why} {
			a := d.want(d.ask(key, http.MethodPost, path+"/reversal", body, "Idempotency-Key", "reversed-0001"), http.StatusUnprocessableEntity)
			if !strings.Contains(a.text, `"parameter":"header.Idempotency-Key"`) {
				t.Errorf("the key for something else: %s", a.text)
			}
		}
		for _, sum := range d.get(key, "/customers/"+ids["C1"]+"/account").body["kinds"].([]any) {
			if k := sum.(map[string]any); k["amount"] != "0.00" || k["volume"] != "0.00" {
				t.Errorf("all was taken back, and the account has %v", k)
			}
		}
		if n := len(d.get(key, "/customers/"+ids["C1"]+"/postings").items()); n != 4 {
			t.Errorf("%d postings instead of two and their reversals", n)
		}
		d.want(d.ask(key, http.MethodPost, at+"/reversal", why), http.StatusUnprocessableEntity)
		d.want(d.ask(key, http.MethodPost, at+"/reversal", map[string]any{}, "Idempotency-Key", "reversed-0003"), http.StatusUnprocessableEntity)
		if found, ok, err := d.app.Check(authtest.Context(t)); err != nil || !ok {
			t.Errorf("the book afterwards: %+v %v", found, err)
		}
	})
}

func TestCorrectionsRespectOwnersAndTheClosingDay(t *testing.T) {
	t.Parallel()
	d := open(t, "")
	all, own, ids := d.key(auth.SalesManager, auth.ReadWrite, ""), d.key(auth.Capturer, auth.ReadWrite, "anna"), d.ids()
	why := map[string]any{"why": "was none"}
	foreign := d.want(d.ask(all, http.MethodPost, "/customers/"+ids["C2"]+"/services", booking(), "Idempotency-Key", "foreign-01"), http.StatusCreated)
	for i, customer := range []string{ids["C2"], ids["C1"]} { // a foreign child, also under an own parent
		for _, verb := range []string{"correction", "reversal"} {
			body := why
			if verb == "correction" {
				body = booking()
				body["why"] = "was none"
			}
			path := "/customers/" + customer + "/services/" + foreign.body["id"].(string) + "/" + verb
			d.want(d.ask(own, http.MethodPost, path, body, "Idempotency-Key", fmt.Sprintf("foreign-%s-%d", verb, i)), http.StatusNotFound)
		}
	}
	services := "/customers/" + ids["C1"] + "/services"
	old := booking()
	old["day"] = "2026-10-20"
	mine := d.want(d.ask(own, http.MethodPost, services, old, "Idempotency-Key", "mine-0001"), http.StatusCreated)
	if err := d.app.CloseBook(authtest.Context(t), day.Day(20261031), ""); err != nil {
		t.Fatal(err)
	}
	path := services + "/" + mine.body["id"].(string)
	old["why"] = "wrong time"
	if a := d.want(d.ask(own, http.MethodPost, path+"/correction", old, "Idempotency-Key", "mine-0002"), http.StatusUnprocessableEntity); !strings.Contains(a.text, `"pointer":"#/day"`) {
		t.Errorf("a correction into a closed month: %s", a.text)
	}
	d.want(d.ask(own, http.MethodPost, path+"/reversal", why, "Idempotency-Key", "mine-0003"), http.StatusOK)
	postings := d.get(all, "/customers/"+ids["C1"]+"/postings").items()
	if len(postings) != 2 || postings[0]["day"] != "2026-11-01" || postings[1]["day"] != "2026-10-20" {
		t.Errorf("a closed month changed: %v", postings)
	}
}

func TestAServiceOfForeignCustomersTooIsNotTakenBack(t *testing.T) {
	t.Parallel()
	d := open(t, "")
	ids, all := d.ids(), d.key(auth.SalesManager, auth.ReadWrite, "")
	c1, _ := customerID(ids["C1"])
	c2, _ := customerID(ids["C2"])
	book := d.want(d.ask(all, http.MethodPost, "/customers/"+ids["C1"]+"/services", booking(), "Idempotency-Key", "type-0001"), http.StatusCreated)
	types, err := d.app.DB.Read().Types(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	joint := app.JointDraft{Parts: []app.JointPart{{Customer: c1}, {Customer: c2}}}
	joint.Day, joint.Quantity = 20261120, money.One
	for _, k := range types {
		if k.Code == book.body["type"] {
			joint.Type = k.ID
		}
	}
	done, err := d.app.RecordJoint(authtest.Context(t), joint)
	if err != nil {
		t.Fatal(err)
	}
	path := "/customers/" + ids["C1"] + "/services/" + idOf(done[0].Ref.ID) + "/reversal"
	a := d.want(d.ask(d.key(auth.Capturer, auth.ReadWrite, "anna"), http.MethodPost, path, map[string]any{"why": "fell through"}, "Idempotency-Key", "joint-001"), http.StatusUnprocessableEntity)
	if !strings.Contains(a.text, `"pointer":"#/joint"`) || len(d.get(all, "/services").items()) != 3 {
		t.Errorf("a service of a foreign customer too: %s", a.text)
	}
	d.want(d.ask(all, http.MethodPost, path, map[string]any{"why": "fell through"}, "Idempotency-Key", "joint-002"), http.StatusOK)
	if n := len(d.get(all, "/services").items()); n != 1 {
		t.Errorf("%d services stand instead of one", n)
	}
}
