package web

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"quid/internal/auth/authtest"
	"quid/service"
)

const togglSheet = "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags,Amount (EUR)\n" +
	"Jo Ott,jo@x.de,Müller GmbH,Support,,Pumpe laut,No,2026-03-02,09:00:00,2026-03-02,09:20:00,00:20:00,hotline,\n" +
	"Jo Ott,jo@x.de,Müller GmbH,Anruf,,Frage zur Norm,No,2026-03-02,10:00:00,2026-03-02,10:10:00,00:10:00,,\n" +
	"Eva Ems,eva@x.de,Müller GmbH,Reise,,zur Messe,No,2026-03-02,10:00:00,2026-03-02,10:10:00,00:10:00,,\n" +
	"Jo Ott,jo@x.de,Müller GmbH,Support,,Reparatur,Yes,2026-03-03,09:00:00,2026-03-03,10:00:00,01:00:00,hotline,90\n"

// What the words of a time sheet leave open is asked between its columns and the
// dry run, once.
func TestWordsOfATimeSheetAreAsked(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	b.take("customers", "kunden.csv", workCustomers, nil)
	if _, err := b.app.SaveTeam(authtest.Context(t), service.Team{Name: "Innendienst"}); err != nil {
		t.Fatal(err)
	}
	a := b.upload("timesheets", "toggl.csv", togglSheet)
	a.says(t, http.StatusOK, "4 rows", "known header")
	form := a.form(t, "draft")
	form.Set("do", "try")
	words := b.post(a.Path, form)
	words.says(t, http.StatusOK, "2 words are open", "Anruf", "Frage zur Norm", "Reise", "Which team is it?", "Jo Ott", "Innendienst")
	if !strings.HasSuffix(words.Path, "/words") {
		t.Fatalf("the way leads to %s", words.Path)
	}

	types, err := b.app.DB.Read().Types(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	id := ""
	for _, x := range types {
		if x.Code == "tips" {
			id = strconv.FormatInt(x.ID, 10)
		}
	}
	said := words.form(t, "words")
	said.Set("service.means.0", id)
	said.Set("service.means.1", "0")
	check := b.post(words.Path, said)
	check.says(t, http.StatusOK, "The file can be taken in as it is", "New 2", "Billable, so no free service 1", "Left out by their words 1", "What its words mean")
	again := b.get(words.Path)
	again.says(t, http.StatusOK, "Every word has a meaning")

	said.Set("service.means.0", "12345")
	b.post(words.Path, said).says(t, http.StatusUnprocessableEntity, "this service is not in the catalogue")
}
