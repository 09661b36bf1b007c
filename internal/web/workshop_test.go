package web

import (
	"net/http"
	"testing"

	"quid/internal/auth/authtest"
	"quid/money"
	"quid/service"
)

// The sheet as it is downloaded changes nothing; filled in, it makes services with
// rough rates and changes those that are there from the day on.
func TestTheWorkshopSheetComesBack(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"de", "en"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			b := newWorkbench(t)
			b.get("/workshop").says(t, http.StatusOK, "What do we do for nothing?", "Help with technical problems", "Cost per hour")
			sheet := b.get("/workshop.xlsx?lang=" + lang)
			if sheet.Status != http.StatusOK {
				t.Fatalf("the sheet: %d", sheet.Status)
			}
			if c := b.counts(b.take("service-types", "workshop.xlsx", sheet.Body, nil)); c.Unchanged != 10 || c.Read != 10 {
				t.Errorf("the sheet as it is: %+v", c)
			}
		})
	}
	b := newWorkbench(t)
	filled := "Code;Bezeichnung;Wer macht es?;Wie oft im Monat?;Minuten je Mal;Kosten je Stunde;Wert je Stunde;Gültig ab\n" +
		"hotline;;Kundendienst;40;15;60,60;120,00;2026-11-01\n;Leihgeräte bereitstellen;Lager;3;45;48,00;90,00;2026-11-01\n"
	if c := b.counts(b.take("service-types", "workshop.csv", filled, nil)); c.Created != 1 || c.Updated != 1 {
		t.Fatalf("the filled sheet: %+v", c)
	}
	types, err := b.app.DB.Read().Types(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]service.Rate{"hotline": {Cost: 101e6, Benefit: 200e6}, "leihgeraete-bereitstellen": {Cost: 80e6, Benefit: 150e6}}
	for _, x := range types {
		w, ok := want[x.Code]
		if !ok {
			continue
		}
		delete(want, x.Code)
		if now, _ := x.RateOn(20261105); now.Cost != w.Cost || now.Benefit != w.Benefit {
			t.Errorf("%s: %+v", x.Code, now)
		}
		if before, ok := x.RateOn(20261031); x.Code == "hotline" && (!ok || before.Cost != 95*money.One) {
			t.Errorf("the rate before is %+v", before)
		}
		if x.Code != "hotline" && x.NameDE != "Leihgeräte bereitstellen" {
			t.Errorf("%+v", x)
		}
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}
