package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"quid/account"
	"quid/day"
	"quid/internal/auth/authtest"
	"quid/internal/store"
	"quid/internal/store/storetest"

	"pgregory.net/rapid"
)

// A plan is what several phones send: entries that may be refused, in batches, in
// some order, some of them again and again.
type plan struct {
	entries []phoneEntry
	batches [][][]int // by phone: batches of entries by their number
}

var (
	planTypes = []string{"hotline", "training", "order-changes", "market-information"}
	planDays  = []string{"2026-11-01", "2026-11-02", "2026-11-15", "2026-11-21", "2026-11-22"}
	planFlaws = map[string]func(*phoneEntry){
		"":             func(*phoneEntry) {},
		"no customer":  func(e *phoneEntry) { e.Customer = "" },
		"closed day":   func(e *phoneEntry) { e.Day = "2026-10-31" },
		"day to come":  func(e *phoneEntry) { e.Day = "2027-01-01" },
		"no day":       func(e *phoneEntry) { e.Day = "nonsense" },
		"bad minutes":  func(e *phoneEntry) { e.Minutes = -1 },
		"bad quantity": func(e *phoneEntry) { e.Quantity = "x" },
	}
)

// enough runs say what there is to say: each writes some twenty entries to disk.
const enough = 15

func drawPlan(t *rapid.T) plan {
	var p plan
	for range rapid.IntRange(4, 10).Draw(t, "entries") {
		e := phoneEntry{
			Customer: rapid.SampledFrom([]string{"0", "1", "2"}).Draw(t, "customer"), Type: rapid.SampledFrom(planTypes).Draw(t, "type"),
			Day: rapid.SampledFrom(planDays).Draw(t, "day"), Minutes: rapid.Int64Range(1, 90).Draw(t, "minutes"),
			Quantity: rapid.SampledFrom([]string{"1", "2.5"}).Draw(t, "quantity"), Background: rapid.SampledFrom([]string{"", "Pumpe laut", "\x00'\"<b>", "🔧"}).Draw(t, "background"),
		}
		flaw := rapid.SampledFrom([]string{"", "", "", "", "no customer", "closed day", "day to come", "no day", "bad minutes", "bad quantity"}).Draw(t, "flaw")
		planFlaws[flaw](&e)
		p.entries = append(p.entries, e)
	}
	phones := rapid.IntRange(1, 3).Draw(t, "phones")
	p.batches = make([][][]int, phones)
	all := make([]int, 0, 3*len(p.entries))
	for i := range p.entries {
		for range rapid.IntRange(1, 3).Draw(t, "times") {
			all = append(all, i)
		}
	}
	for len(all) > 0 {
		all = rapid.Permutation(all).Draw(t, "order")
		n := rapid.IntRange(1, len(all)).Draw(t, "batch")
		phone := rapid.IntRange(0, phones-1).Draw(t, "phone")
		p.batches[phone] = append(p.batches[phone], all[:n])
		all = all[n:]
	}
	return p
}

// bookOf is all that the book says of customers: their entries and the sums of
// their postings, without what every writing makes anew.
func (b *workbench) bookOf(t *rapid.T, customers []account.CustomerID) string {
	var out []string
	for i, id := range customers {
		list, err := b.app.DB.Read().EntriesOf(authtest.Context(b.t), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range list {
			minutes := int64(-1)
			if k.Doc.Minutes != nil {
				minutes = *k.Doc.Minutes
			}
			_, number, _ := strings.Cut(k.Doc.Number, "/")
			out = append(out, fmt.Sprintf("customer %d: entry %s of %s, type %d, %s, %d min, %q, cost %d, benefit %d, revision %d", i, number, k.Doc.Day, k.Doc.Type, k.Doc.Quantity, minutes, k.Doc.Background, k.Doc.Cost, k.Doc.Benefit, k.Doc.Revision))
		}
		sums := make(map[string][3]int64)
		postings, err := b.app.DB.Read().Entries(authtest.Context(b.t), store.Period{Customer: id, Window: day.Window{To: day.Max}}, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range postings {
			s := sums[fmt.Sprint(p.Kind)]
			sums[fmt.Sprint(p.Kind)] = [3]int64{s[0] + 1, s[1] + int64(p.Amount.Amount), s[2] + int64(p.Volume)}
		}
		for _, kind := range slices.Sorted(maps.Keys(sums)) {
			out = append(out, fmt.Sprintf("customer %d: postings of kind %s: %v", i, kind, sums[kind]))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// Whatever order phones send their entries in, however often and at the same time,
// the book is the same as if each had come once.
func TestSyncInAnyOrderGivesTheSameBook(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "book.db") },
		"postgres": func(t *testing.T) string { return storetest.Postgres(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := workbenchAt(t, address(t))
			if err := b.app.CloseBook(authtest.Context(t), 20261031, "Oktober"); err != nil {
				t.Fatal(err)
			}
			types := make(map[string]string)
			for _, code := range planTypes {
				types[code] = b.serviceID(code)
			}
			runs, written := 0, 0
			rapid.Check(t, func(t *rapid.T) {
				p := drawPlan(t)
				if runs == enough && !t.Failed() {
					return
				}
				runs++
				peace, fire := b.customersNamed("A", "B", "C"), b.customersNamed("A", "B", "C")
				send := func(entries []phoneEntry) {
					if err := b.syncQuietly(entries); err != nil {
						t.Error(err)
					}
				}
				as := func(i int, run string, customers []account.CustomerID) phoneEntry {
					e := p.entries[i]
					if e.Customer != "" {
						e.Customer = fmt.Sprint(customers[number64(e.Customer)])
					}
					e.Key, e.Type = fmt.Sprintf("%s%d/%d", run, runs, i), types[e.Type]
					return e
				}
				for i := range p.entries {
					send([]phoneEntry{as(i, "peace", peace)})
				}
				var phones sync.WaitGroup
				for _, batches := range p.batches {
					phones.Go(func() {
						for _, batch := range batches {
							var entries []phoneEntry
							for _, i := range batch {
								entries = append(entries, as(i, "fire", fire))
							}
							send(entries)
						}
					})
				}
				phones.Wait()
				want, got := b.bookOf(t, peace), b.bookOf(t, fire)
				if got != want {
					t.Errorf("the book says\n%s\nand if each entry comes once\n%s", got, want)
				}
				written += strings.Count(want, ": entry ")
			})
			t.Logf("%d entries in %d runs", written, runs)
			if written < runs {
				t.Errorf("only %d entries were written in %d runs: the law says little", written, runs)
			}
		})
	}
}

// syncQuietly sends entries and minds only that they are answered.
func (b *workbench) syncQuietly(entries []phoneEntry) error {
	build, err := thisPhone()
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]any{"entries": entries})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(authtest.Context(b.t), http.MethodPost, b.url+"/phone/sync", strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	r.Header.Set(buildHeader, build.Name)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var answer struct{ Results []phoneResult }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return err
	}
	for i, one := range answer.Results {
		if one.State == syncLater || one.State == syncLook {
			return fmt.Errorf("%+v became %+v", entries[i], one)
		}
	}
	return nil
}
