package web

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/locale"
)

// Every sentence that an import may say about a file, and every help of a field,
// has a German text.
func TestSentencesOfImportsAreTranslated(t *testing.T) {
	t.Parallel()
	de := Page{Printer: locale.For("de")}
	var all []string
	for _, k := range intake.Kinds {
		for _, f := range k.Fields() {
			all = append(all, f.Help)
			if importFields[f.Name] == "" {
				t.Errorf("field %s of %s has no name in words", f.Name, k)
			}
		}
		all = append(all, importKinds[k], importKindHelp[k])
	}
	same := map[string]bool{"Code": true, "Import": true, "Name": true, "Name in German": true, "city": false}
	for _, s := range append(all, intake.Sentences()...) {
		if s == "" || de.T(s) == s && !same[s] {
			t.Errorf("no German text for %q", s)
		}
	}
}

const workCustomers = "Kundennr;Name;Branche;Zahlungsziel\n10;Müller GmbH;Maschinenbau;30\n11;Šimek s.r.o.;Handel;14\n12;O'Neil & Söhne;Handel;0\n"

func TestAFileComesInStepByStep(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	b.get("/import").says(t, http.StatusOK, "No imports yet", "Look at the file")

	a := b.upload("customers", `C:\Users\me\kunden "2026".csv`, workCustomers)
	a.says(t, http.StatusOK, "kunden \"2026\".csv", "3 rows", "detected: semicolon ;", "detected: UTF-8", "Müller GmbH", "known header")
	b.get("/import").says(t, http.StatusOK, "Not taken in yet", `kunden "2026".csv`)

	form := a.form(t, "draft")
	form.Set("do", "try")
	check := b.post(a.Path, form)
	check.says(t, http.StatusOK, "The file can be taken in as it is", "Read 3", "New 3")
	if n, err := b.app.DB.Read().CountCustomers(authtest.Context(t)); n != 0 || err != nil {
		t.Fatalf("a dry run left %d customers (%v)", n, err)
	}

	started := b.post(strings.TrimSuffix(check.Path, "check")+"start", nil)
	started.says(t, http.StatusOK, "waits for its turn")
	if !strings.Contains(started.Body, `hx-trigger="every 1s"`) {
		t.Error("an import under way does not ask for news")
	}
	b.jobs()
	done := b.get(started.Path)
	done.says(t, http.StatusOK, "Taken in", "Read 3", "New 3", "Rejected 0", "Take this import back")
	if strings.Contains(done.Body, "hx-trigger") {
		t.Error("an import that has ended still asks for news")
	}
	b.get("/import").says(t, http.StatusOK, "taken in", "Customers")
	if drafts, err := b.app.Drafts(authtest.Context(t)); len(drafts) != 0 || err != nil {
		t.Errorf("%d drafts are left (%v)", len(drafts), err)
	}

	// The same again changes nothing, and its columns are known.
	again := b.upload("customers", "kunden.csv", workCustomers)
	again.says(t, http.StatusOK, "Columns as last time")
	if c := b.counts(b.take("customers", "kunden.csv", workCustomers, nil)); c.Unchanged != 3 || c.Read != 3 {
		t.Errorf("the same file again: %+v", c)
	}

	undone := b.post(started.Path+"/undo", nil)
	b.jobs()
	b.get(undone.Path).says(t, http.StatusOK, "The import was taken back", "Taken back 3", "Kept 0", "Failed 0")
	b.post(started.Path+"/undo", nil).says(t, http.StatusOK, "The import was taken back")
}

func TestTheMappingIsWhatSomebodyChose(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	const odd = "A,B,C,D\n1,Anna AG,x,y\n2,Bert KG,x,z\n3,Carl eK,w,y\n"
	choose := func(a sight, form url.Values) {
		columnsOf(t, a, form, map[string]string{"A": "external", "B": "name", "D": "industry"})
		form.Set("where.column.0", "2")
		form.Set("where.not.0", "1")
		form.Set("where.value.0", "w")
		form.Set("mode", "create")
	}
	a := b.upload("customers", "odd.csv", odd)
	a.says(t, http.StatusOK, "Still to choose: Id in the source or Number or Name")
	form := a.form(t, "draft")
	form.Set("do", "try")
	refused := b.post(a.Path, form)
	refused.says(t, http.StatusUnprocessableEntity, "A column is missing")

	if c := b.counts(b.take("customers", "odd.csv", odd, choose)); c.Created != 2 || c.Filtered != 1 {
		t.Errorf("counts: %+v, want 2 created and 1 left out", c)
	}
	// A longer file with the same header next month is read in the same way.
	later := b.take("customers", "odd-2.csv", odd+"4,Dora mbH,x,y\n", nil)
	if c := b.counts(later); c.Created != 1 || c.Filtered != 1 || c.Rejected != 2 {
		t.Errorf("counts the next time: %+v, want 1 created, 1 left out, 2 there already", c)
	}
	later.says(t, http.StatusOK, "this record is there already", "import with mode upsert to change it")
}

func TestTwoColumnsForOneFieldAreRefused(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	a := b.upload("customers", "two.csv", "A;B\n1;x\n2;y\n")
	form := a.form(t, "draft")
	columnsOf(t, a, form, map[string]string{"A": "number", "B": "number"})
	form.Set("do", "try")
	b.post(a.Path, form).says(t, http.StatusUnprocessableEntity, "Two columns are mapped to Number")
}

func TestWhatIsNoTableIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	for _, tt := range []struct{ name, kind, content, want string }{
		{"an empty file", "customers", "", "die Datei ist leer"},
		{"a PDF", "customers", "%PDF-1.7\n…", "ein PDF, keine Tabelle"},
		{"an old Excel file", "customers", "\xD0\xCF\x11\xE0\xA1\xB1", "eine alte oder geschützte Excel-Datei"},
		{"a damaged workbook", "customers", "PK\x03\x04 and no more", "die Arbeitsmappe ist beschädigt"},
		{"a header alone", "customers", "Kundennr;Name\n", "die Datei hat eine Kopfzeile, aber keine Zeilen"},
		{"rows of commas alone", "customers", ";;\n;;\n", "die Datei enthält keine Zeile mit einem Wert"},
		{"an unknown kind", "cats", "a;b\n1;2\n", "bitte wählen, was die Zeilen der Datei sind"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b.lang = "de"
			a := b.upload(tt.kind, "x.csv", tt.content)
			a.says(t, http.StatusUnprocessableEntity, tt.want, "Datei ansehen")
			if !strings.Contains(a.Body, "field-problem") {
				t.Error("the problem does not stand beside its field")
			}
		})
	}
	left, err := os.ReadDir(b.app.Files)
	if err != nil || len(left) != 0 {
		t.Errorf("%d files are left behind (%v)", len(left), err)
	}
	r, err := http.NewRequestWithContext(authtest.Context(t), http.MethodPost, b.url+"/import", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	b.do(r).says(t, http.StatusUnprocessableEntity, "bitte eine Datei wählen")
}

// An upload that breaks off leaves nothing behind, whatever came of it.
func TestABrokenUploadLeavesNothing(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	body := "--B\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\ncustomers\r\n--B\r\n" +
		"Content-Disposition: form-data; name=\"file\"; filename=\"../../etc/x.csv\"\r\n\r\nKundennr;Name\n1;A"
	r, err := http.NewRequestWithContext(authtest.Context(t), http.MethodPost, b.url+"/import", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "multipart/form-data; boundary=B")
	if a := b.do(r); a.Status < 400 {
		t.Errorf("half an upload is answered %d", a.Status)
	}
	left, err := os.ReadDir(b.app.Files)
	if err != nil || len(left) != 0 {
		t.Errorf("%d files are left behind (%v)", len(left), err)
	}
}

// What is ambiguous is asked with both readings, and nothing is preselected.
func TestAmbiguousNumbersAreAsked(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	const file = "Rechnungsnr;Kundennr;Rechnungsdatum;Nettobetrag\nR1;10;2026-01-31;1.234\nR2;11;2026-02-28;5.678\n"
	b.lang = "de"
	a := b.upload("invoices", "r.csv", file)
	a.says(t, http.StatusOK, "Welches Zeichen steht vor den Nachkommastellen?", "1.234", "→ 1.234", "→ 1,234")
	question := a.Body[strings.Index(a.Body, "<fieldset"):strings.Index(a.Body, "</fieldset>")]
	if strings.Count(question, `type="radio"`) != 2 || strings.Contains(question, "checked") {
		t.Errorf("the question is not two open answers: %s", question)
	}
	form := a.form(t, "draft")
	form.Set("do", "try")
	refused := b.post(a.Path, form)
	refused.says(t, http.StatusUnprocessableEntity, "Eine Frage ist offen")
	form = refused.form(t, "draft")
	form.Set("do", "try")
	form.Set("decimal", ",")
	check := b.post(a.Path, form)
	check.says(t, http.StatusOK, "Die Datei kann so übernommen werden")
	b.post(strings.TrimSuffix(check.Path, "check")+"start", nil)
	b.jobs()
	v, err := b.app.DB.Read().NewestValuation(authtest.Context(t), 20261122)
	if err != nil || v.Summary.Revenue != 691_200 {
		t.Errorf("revenue is %v (%v), want 6912.00: 1.234 is a thousand and more", v.Summary.Revenue, err)
	}
}

func TestAmbiguousDatesAreAsked(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	a := b.upload("invoices", "r.csv", "number,customer,day,net\nR1,10,3/4/2026,10.50\nR2,11,5/6/2026,11.50\n")
	a.says(t, http.StatusOK, "In which order do the dates stand?", "→ 3 Apr 2026", "→ 4 Mar 2026")
	form := a.form(t, "draft")
	form.Set("do", "look")
	form.Set("dates", "mdy")
	b.post(a.Path, form).says(t, http.StatusOK, "4 Mar 2026", "6 May 2026")
}

// A mangled file is not taken in from numbers that nobody said how to read.
func TestTheMangledFileAsks(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	a := b.upload("invoices", "sales.csv", sharedFile(t, "dirty-import/FactResellerSales.mangled-thousands.csv"))
	form := a.form(t, "draft")
	columnsOf(t, a, form, map[string]string{"ResellerKey": "customer"})
	form.Set("do", "try")
	b.post(a.Path, form).says(t, http.StatusUnprocessableEntity, "Which sign stands before the decimals?", "some numbers show decimals, others have several separators of the same sign", "SalesAmount: 865,212 → 865.212", "SalesAmount: 865,212 → 865,212")
	b.jobs()
	if _, err := b.app.DB.Read().NewestValuation(authtest.Context(t), 20261122); err == nil {
		t.Error("something was posted")
	}
}

func TestReceivablesWithAmericanDates(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	a := b.take("invoices", "ar.csv", sharedFile(t, "ibm-accounts-receivable/WA_Fn-UseC_-Accounts-Receivable.csv"), nil)
	a.says(t, http.StatusOK, "Read 2,466", "New 2,466", "Payments 2,466", "Complaints 561", "Stubs made 100")
	if c := b.counts(a); c.Created != 2466 || c.Also["payments"] != 2466 || c.Also["complaints"] != 561 || c.RelatedCreated != 100 {
		t.Errorf("counts: %+v", c)
	}
}

// Rejected rows come back with their reasons; corrected, they go in as they are,
// and nothing else changes. So for every separator and for texts with quotes.
func TestRejectedRowsGoInOnceCorrected(t *testing.T) {
	t.Parallel()
	for _, sep := range []string{";", ",", "\t", "|"} {
		for _, lang := range []string{"de", "en"} {
			t.Run(fmt.Sprintf("separated by %q in %s", sep, lang), func(t *testing.T) {
				t.Parallel()
				b := newWorkbench(t)
				b.lang = lang
				lines := []string{
					"Rechnungsnr;Kundennr;Rechnungsdatum;Artikelnr;Nettobetrag;Bemerkung",
					`R1;10;2026-01-31;"Bohrer ""HSS""";10,50;x`, `R2;11;2026-02-30;Fräser;20,25;"zwei Zeilen"`, `R3;12;2026-03-01;Säge;abc;y`, `R2;11;2026-02-30;Öl;5,25;z`,
				}
				file := strings.ReplaceAll(strings.Join(lines, "\n")+"\n", ";", sep)
				if sep == "," {
					file = regexp.MustCompile(`(\d\d),(25|50)`).ReplaceAllString(strings.ReplaceAll(file, "5,25", "05,25"), `"$1,$2"`)
				}
				done := b.take("invoices", "r.csv", file, nil)
				if c := b.counts(done); c.Created != 1 || c.Rejected != 2 {
					t.Fatalf("counts: %+v, want 1 created and 2 rejected", c)
				}
				csv := b.get(done.Path + "/rejected.csv")
				if got := csv.Header.Get("Content-Disposition"); !strings.Contains(got, "r-") || !strings.HasPrefix(got, "attachment") {
					t.Errorf("Content-Disposition is %q", got)
				}
				if rows := strings.Count(csv.Body, "\r\n"); rows != 4 {
					t.Fatalf("%d rows, want the header and three:\n%s", rows, csv.Body)
				}
				want := map[string]string{"de": "Zeile 3", "en": "line 3"}[lang]
				if !strings.HasPrefix(csv.Body, "\ufeffQuid: ") || !strings.Contains(csv.Body, want) {
					t.Errorf("the reasons are missing:\n%s", csv.Body)
				}
				fixed := strings.NewReplacer("2026-02-30", "2026-02-28", sep+"abc"+sep, sep+"7"+sep).Replace(csv.Body)
				again := b.take("invoices", "r-fixed.csv", fixed, nil)
				if c := b.counts(again); c.Created != 2 || c.Rejected != 0 {
					t.Errorf("corrected: %+v, want 2 created; the file:\n%s", c, fixed)
				}
			})
		}
	}
}

func TestAWorkbookComesInFromItsSheet(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	a := b.upload("customers", "kunden.xlsx", workbook(t, workCustomers))
	a.says(t, http.StatusOK, "Müller GmbH", "3 rows")
	if c := b.counts(b.take("customers", "kunden.xlsx", workbook(t, workCustomers), nil)); c.Created != 3 {
		t.Errorf("counts: %+v", c)
	}
}

// Nobody reaches another file or draft by an address.
func TestAddressesOfDraftsAreNoPaths(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	for _, token := range []string{"x", "..", "%2e%2e%2f%2e%2e", "AAAAAAAAAAAAAAAAAAAAAAAAAA", "aaaaaaaaaaaaaaaaaaaaaaaaaa"} {
		for _, step := range []string{"columns", "check", "check/state"} {
			if a := b.get("/import/draft/" + token + "/" + step); a.Status != http.StatusNotFound {
				t.Errorf("%s of %s: %d", step, token, a.Status)
			}
		}
	}
	for _, path := range []string{"/import/x", "/import/1", "/import/1/rejected.csv"} {
		if a := b.get(path); a.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
}

func TestADraftIsDroppedWithItsFile(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	a := b.upload("customers", "kunden.csv", workCustomers)
	b.post(strings.TrimSuffix(a.Path, "columns")+"drop", nil).says(t, http.StatusOK, "No imports yet")
	if left, err := os.ReadDir(b.app.Files); err != nil || len(left) != 0 {
		t.Errorf("%d files are left (%v)", len(left), err)
	}
	b.get(a.Path).says(t, http.StatusNotFound)
}

// An import whose job gave up says so, and goes on when somebody says so.
func TestAnImportThatGaveUpGoesOn(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	a := b.upload("customers", "kunden.csv", workCustomers)
	form := a.form(t, "draft")
	form.Set("do", "try")
	check := b.post(a.Path, form)
	started := b.post(strings.TrimSuffix(check.Path, "check")+"start", nil)
	b.fail("the disk is full")
	b.get(started.Path).says(t, http.StatusOK, "The import does not get on", "the disk is full", "Try again")
	b.post(started.Path+"/go", nil).says(t, http.StatusOK, "waits for its turn")
	b.jobs()
	b.get(started.Path).says(t, http.StatusOK, "Taken in", "New 3")
	b.post(started.Path+"/go", nil).says(t, http.StatusOK, "Taken in") // nothing is left to go on with
}

// An import under way can be stopped and taken back.
func TestAnImportUnderWayIsStopped(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	a := b.upload("customers", "kunden.csv", workCustomers)
	form := a.form(t, "draft")
	form.Set("do", "try")
	check := b.post(a.Path, form)
	started := b.post(strings.TrimSuffix(check.Path, "check")+"start", nil)
	started.says(t, http.StatusOK, "Stop and take back")
	b.post(started.Path+"/undo", nil)
	b.jobs()
	b.get(started.Path).says(t, http.StatusOK, "The import was taken back")
	if rows, err := b.app.DB.Read().CustomersNumbered(authtest.Context(t), []string{"10", "11", "12"}); err != nil || len(rows) != 0 {
		t.Errorf("customers are left: %v (%v)", rows, err)
	}
}
