package web

import (
	"strings"
	"testing"

	"quid/day"
	"quid/internal/app"
	"quid/internal/auth/authtest"
	"quid/internal/store"
	"quid/money"
)

// However services are added up, and by whatever two dimensions: the lines add up
// to the same whole, and so do the columns.
func TestReportsAddUp(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	ids := b.someCustomers()
	for i, code := range []string{"hotline", "tips", "training", "commissioning"} {
		for j, id := range ids {
			if _, err := b.app.RecordService(authtest.Context(t), app.EntryDraft{Customer: id, Type: b.typeNamed(code).ID, Day: day.Day(20260105).AddMonths((i*3 + j) % 10), Quantity: money.Micro(1+i+j) * 6 * money.One}); err != nil {
				t.Fatal(err)
			}
		}
	}
	b.value()
	s := b.get("/services").Body
	if !strings.Contains(s, "Our cost by service") {
		t.Fatalf("no report: %s", plainText(s))
	}
	want := ""
	for _, rows := range dims {
		for _, cols := range dims {
			if rows.Key == cols.Key {
				continue
			}
			page := b.get("/services?rows=" + rows.Key + "&cols=" + cols.Key).Body
			foot := strings.Fields(plainText(page[strings.Index(page, "<tfoot>"):strings.Index(page, "</tfoot>")]))
			if total := foot[len(foot)-1]; want == "" {
				want = total
			} else if total != want {
				t.Errorf("%s by %s: %s in all, want %s", rows.Key, cols.Key, total, want)
			}
		}
	}
	csv := b.get("/services/entries.csv").Body
	if lines := strings.Count(strings.TrimSpace(csv), "\n"); lines != 12 || !strings.Contains(csv, "Alpha") {
		t.Errorf("%d entries: %s", lines, csv)
	}
	if got := b.get("/services.xlsx?rows=customer&cols=quarter"); got.Status != 200 || len(got.Body) < 1000 {
		t.Errorf("workbook: %d", got.Status)
	}
}

// Whatever services are added up by, the sums are those of the entries, now and in
// the window before, and those that were taken back are in neither.
func TestSumsOfServicesAreThoseOfTheEntries(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	ids := b.someCustomers()
	for i := range 24 {
		kind := b.typeNamed([]string{"hotline", "tips", "order-changes"}[i%3]).ID
		r, err := b.app.RecordService(authtest.Context(t), app.EntryDraft{Customer: ids[i%len(ids)], Type: kind, Day: day.Day(20241103).AddMonths(i).Add(i % 5), Quantity: money.Micro(1+i) * money.One})
		if err == nil && i%7 == 0 {
			err = b.app.TakeBackService(authtest.Context(t), r.Ref, "twice")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	now, before := day.Window{From: 20251110, To: 20261031}, day.Window{From: 20241110, To: 20251031}
	for mask := range 16 {
		by := store.ServiceBy{Customer: mask&1 != 0, Type: mask&2 != 0, Team: mask&4 != 0, Month: mask&8 != 0}
		later, earlier, err := b.app.DB.Read().ServiceYears(authtest.Context(t), now, before, by)
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			window day.Window
			got    []store.ServiceSum
		}{{now, later}, {before, earlier}} {
			want := make(map[store.ServiceSum]store.ServiceSum) // by what it is added up by
			for l, err := range b.app.DB.Read().ServiceList(authtest.Context(t), tt.window, 1000) {
				if err != nil {
					t.Fatal(err)
				}
				var key store.ServiceSum
				if by.Customer {
					key.Customer = l.Doc.Customer
				}
				if by.Type {
					key.Type = l.Doc.Type
				}
				if by.Month {
					key.Month = int(l.Doc.Day) / 100
				}
				sum := want[key]
				sum.Entries++
				sum.Cost += l.Doc.Cost
				sum.Benefit += l.Doc.Benefit
				if l.Doc.Minutes != nil {
					sum.Minutes += *l.Doc.Minutes
				}
				want[key] = sum
			}
			if len(tt.got) == 0 || len(tt.got) != len(want) {
				t.Errorf("by %+v: %d sums, want %d", by, len(tt.got), len(want))
			}
			for _, got := range tt.got {
				sum := want[store.ServiceSum{Customer: got.Customer, Type: got.Type, Month: got.Month}]
				if got.Entries != sum.Entries || got.Cost != sum.Cost || got.Benefit != sum.Benefit || got.Minutes != sum.Minutes {
					t.Errorf("by %+v: %+v, want %+v", by, got, sum)
				}
			}
		}
	}
}

// The cockpit shows an entry that was taken back with its reason beside the one
// that took its place, and counts only what stands.
func TestTheCockpitShowsWhatWasTakenBack(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	ids := b.someCustomers()
	d := app.EntryDraft{Customer: ids[0], Type: b.typeNamed("hotline").ID, Day: 20261005, Quantity: 60 * money.One, Background: "pump is loud"}
	r, err := b.app.RecordService(authtest.Context(t), d)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.app.Attach(authtest.Context(t), app.AttachmentDraft{Key: "f1", Ref: r.Ref, Content: []byte("%PDF-1.7\nreport")}); err != nil {
		t.Fatal(err)
	}
	d.Quantity = 30 * money.One
	if _, err := b.app.CorrectService(authtest.Context(t), r.Ref, "half an hour it was", d); err != nil {
		t.Fatal(err)
	}
	b.value()
	page := b.get(customerPath(ids[0])).Body
	card := plainText(page[strings.Index(page, `id="services"`):strings.Index(page, `id="account"`)])
	now, back := strings.Index(card, "in the place of one that was taken back"), strings.Index(card, "half an hour it was")
	if now < 0 || back < now || !strings.Contains(card, "€28.50") || !strings.Contains(card, "€57.00") || !strings.Contains(card, "€29") || strings.Count(card, "1 file") != 1 {
		t.Errorf("services: %s", card)
	}
}
