package app

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

func TestAnEntryCostsWhatItsRateSays(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		l := openLedger(t, open())
		r := l.record(l.draft())
		// Twenty minutes are 24 in steps of six, at 0.95 and 2.10.
		if r.Entry.Quantity != 24*money.One || r.Entry.Cost != 22_80 || r.Entry.Benefit != 50_40 || *r.Entry.Minutes != 20 {
			t.Errorf("%+v", r.Entry)
		}
		if amount, volume, _ := l.sums(account.Service); amount != -22_80 || volume != 50_40 {
			t.Errorf("posted %v, %v", amount, volume)
		}
		sound(t, l.App)
	})
}

// An entry and its reversal are nothing, in minutes, cost and benefit; a random
// history of entries, corrections, changed benefits and reversals that ends with
// everything taken back leaves nothing, and the book stays sound all the while.
func TestWhatIsTakenBackIsNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		l := openLedger(t, open())
		for seed := range uint64(3) {
			rng := rand.New(rand.NewPCG(seed, 1))
			var standing []store.Ref
			for i := range 25 {
				d := l.draft(func(d *EntryDraft) {
					m := money.Micro(1+rng.Int64N(200)) * money.One
					d.Customer, d.Minutes, d.Day = l.customers[rng.IntN(3)], &m, l.today().Add(-rng.IntN(300))
				})
				switch k := rng.IntN(4); {
				case k == 0 || len(standing) == 0:
					standing = append(standing, l.record(d).Ref)
				case k == 1:
					i := rng.IntN(len(standing))
					r, err := l.CorrectService(authtest.Context(t), standing[i], "typed wrong", d)
					if err != nil {
						t.Fatalf("seed %d: %v", seed, err)
					}
					standing[i] = r.Ref
				case k == 2:
					i := rng.IntN(len(standing))
					if err := l.TakeBackService(authtest.Context(t), standing[i], "was not so"); err != nil {
						t.Fatalf("seed %d: %v", seed, err)
					}
					standing = slices.Delete(standing, i, i+1)
				default:
					before, err := l.DB.Read().Entry(authtest.Context(t), standing[0])
					if err != nil {
						t.Fatal(err)
					}
					if err := l.SetBenefit(authtest.Context(t), standing[0], BenefitChange{Benefit: money.Amount(rng.Int64N(1e6)), Source: service.Rated, State: service.Told}); err != nil {
						t.Fatalf("seed %d: %v", seed, err)
					}
					after, err := l.DB.Read().Entry(authtest.Context(t), standing[0])
					if err != nil || after.Doc.Cost != before.Doc.Cost {
						t.Fatalf("seed %d, step %d: the cost went from %v to %v, %v", seed, i, before.Doc.Cost, after.Doc.Cost, err)
					}
				}
			}
			sound(t, l.App)
			for _, ref := range standing {
				if err := l.TakeBackService(authtest.Context(t), ref, "all of it"); err != nil {
					t.Fatal(err)
				}
			}
			if amount, volume, n := l.sums(account.Service); amount != 0 || volume != 0 || n == 0 || l.minutes() != 0 {
				t.Errorf("seed %d: %v, %v, %d minutes are left of %d postings", seed, amount, volume, l.minutes(), n)
			}
			sound(t, l.App)
		}
	})
}

// A new rate leaves every old balance, whatever day it is valid from.
func TestANewRateNeverRewritesThePast(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		l := openLedger(t, open())
		for i := range 10 {
			l.record(l.draft(func(d *EntryDraft) { d.Day = l.today().Add(-30 * i) }))
		}
		amount, volume, n := l.sums(account.Service)
		ty := l.types["hotline"]
		for i, from := range []day.Day{day.Min.Add(1), l.today().AddMonths(-6), l.today()} {
			ty.Rates = append(ty.Rates, service.Rate{ValidFrom: from, Cost: money.Micro(i+5) * 100 * money.One, Benefit: money.One})
			if _, err := l.SaveType(authtest.Context(t), ty); err != nil {
				t.Fatal(err)
			}
			l.read()
			ty = l.types["hotline"]
			if a, v, k := l.sums(account.Service); a != amount || v != volume || k != n {
				t.Errorf("with a rate from %s: %v, %v in %d, were %v, %v in %d", from, a, v, k, amount, volume, n)
			}
		}
		if r := l.record(l.draft()); r.Entry.Cost != 24*7_00 {
			t.Errorf("today's entry costs %v, not what the new rate says", r.Entry.Cost)
		}
		sound(t, l.App)
	})
}

// A key has one effect for ever: fifty retries at once write one entry; the same
// key with another body is refused.
func TestAKeyHasOneEffect(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		l := openLedger(t, open())
		d := l.draft(func(d *EntryDraft) { d.Key = "5a0c-from-the-phone" })
		var wg sync.WaitGroup
		refs := make([]store.Ref, 50)
		var fresh sync.Map
		for i := range refs {
			wg.Go(func() {
				r, err := l.RecordService(context.WithoutCancel(authtest.Context(t)), d)
				if err != nil {
					t.Error(err)
				}
				if refs[i] = r.Ref; !r.Already {
					fresh.Store(i, true)
				}
			})
		}
		wg.Wait()
		written := 0
		fresh.Range(func(any, any) bool { written++; return true })
		if written != 1 || slices.ContainsFunc(refs, func(r store.Ref) bool { return r != refs[0] }) {
			t.Errorf("%d wrote, of %v", written, refs)
		}
		if _, _, n := l.sums(account.Service); n != 1 {
			t.Errorf("%d postings", n)
		}
		other := d
		other.Background = "something else"
		if _, err := l.RecordService(authtest.Context(t), other); !slices.Equal(complained(err), []string{"key"}) {
			t.Errorf("the key with another body: %v", err)
		}
		if err := l.TakeBackService(authtest.Context(t), refs[0], "wrong customer"); err != nil {
			t.Fatal(err)
		}
		if r, err := l.RecordService(authtest.Context(t), d); err != nil || !r.Already {
			t.Errorf("a retry after it was taken back: %+v, %v", r, err)
		}
		sound(t, l.App)
	})
}

func TestWhatCanNotBeBookedSaysWhy(t *testing.T) {
	t.Parallel()
	l := openLedger(t, openApp(t, ""))
	sold := service.Type{Code: "repair", Unit: service.Hours, Rung: 1, Sold: true}
	soldID, err := l.SaveType(authtest.Context(t), sold)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.CloseBook(authtest.Context(t), l.today().AddMonths(-2), ""); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		change func(*EntryDraft)
		bad    []string
	}{
		{"nothing is chosen", func(d *EntryDraft) { *d = EntryDraft{} }, []string{"customer", "type", "day"}},
		{"no such customer", func(d *EntryDraft) { d.Customer = 42 }, []string{"customer"}},
		{"no such service", func(d *EntryDraft) { d.Type = 42 }, []string{"type"}},
		{"a paid service", func(d *EntryDraft) { d.Type = soldID }, []string{"type"}},
		{"no such team", func(d *EntryDraft) { d.Team = 42 }, []string{"team"}},
		{"a closed day", func(d *EntryDraft) { d.Day = l.today().AddMonths(-2) }, []string{"day"}},
		{"a day to come", func(d *EntryDraft) { d.Day = l.today().Add(2) }, []string{"day"}},
		{"too long texts", func(d *EntryDraft) { d.Background, d.Contact = strings.Repeat("x", 2001), strings.Repeat("ü", 201) }, []string{"background", "contact"}},
		{"no time", func(d *EntryDraft) { d.Minutes = nil }, []string{"quantity"}},
		{"charged for in full", func(d *EntryDraft) { d.Charge = 50_40 }, []string{"charge"}},
		{"a line of no invoice", func(d *EntryDraft) { d.Charge, d.ChargeOf = 5_00, &service.LineRef{Invoice: 42, Line: 1} }, []string{"charge_line"}},
	} {
		if _, err := l.RecordService(authtest.Context(t), l.draft(tt.change)); !slices.Equal(complained(err), tt.bad) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.bad)
		}
	}
	if _, _, n := l.sums(account.Service); n != 0 {
		t.Errorf("%d postings were written all the same", n)
	}
}

// What the customer pays of a service counts once: cost and benefit are posted
// less the charge, and its invoice line is no sale any more. Taken back, all is
// as before.
func TestAChargeCountsOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		l := openLedger(t, open())
		on := l.today().Add(-10).String()
		takeIn(t, l.App, intake.Invoices, "number;customer;day;line;net;cost", "R1;1;"+on+";1;1000.00;600.00", "R1;1;"+on+";2;10.00;0.00")
		found, err := l.DB.Read().Keys(authtest.Context(t), "file", store.InvoiceKey, []string{"R1"})
		if err != nil {
			t.Fatal(err)
		}
		line := &service.LineRef{Invoice: account.DocumentID(found["R1"].ID), Line: 2}
		charged := l.draft(func(d *EntryDraft) { d.Charge, d.ChargeOf = 10_00, line })
		r := l.record(charged)
		if amount, volume, _ := l.sums(account.Service); amount != -12_80 || volume != 40_40 {
			t.Errorf("posted %v, %v; cost and benefit less the charge are -12.80 and 40.40", amount, volume)
		}
		if amount, volume, _ := l.sums(account.Sale); amount != 400_00 || volume != 1000_00 {
			t.Errorf("sales are %v, %v; without the line 400.00 and 1000.00", amount, volume)
		}
		if _, err := l.RecordService(authtest.Context(t), charged); !slices.Equal(complained(err), []string{"charge_line"}) {
			t.Errorf("a line charges for two services: %v", err)
		}
		sound(t, l.App)
		if err := l.TakeBackService(authtest.Context(t), r.Ref, "not charged after all"); err != nil {
			t.Fatal(err)
		}
		if amount, volume, _ := l.sums(account.Sale); amount != 410_00 || volume != 1010_00 {
			t.Errorf("taken back, sales are %v, %v", amount, volume)
		}
		sound(t, l.App)
	})
}

// One service for many customers adds up to the cent, however it is shared, and
// is taken back as one.
func TestASeminarIsSharedToTheCent(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		l := openLedger(t, open())
		for i, weights := range [][]money.Micro{{0, 0, 0}, {money.One, 2 * money.One, 4 * money.One}, {1, 0, 1_000_003}} {
			d := JointDraft{EntryDraft: l.draft(func(d *EntryDraft) {
				d.Customer, d.Type, d.Key = 0, l.types["training"].ID, fmt.Sprint("seminar ", i)
			})}
			for j, w := range weights {
				d.Parts = append(d.Parts, JointPart{Customer: l.customers[j], Weight: w})
			}
			rs, err := l.RecordJoint(authtest.Context(t), d)
			if err != nil {
				t.Fatal(err)
			}
			var cost, benefit money.Amount
			var quantity money.Micro
			for _, r := range rs {
				cost, benefit, quantity = cost+r.Entry.Cost, benefit+r.Entry.Benefit, quantity+r.Entry.Quantity
			}
			// Twenty minutes are half an hour, at 82 and 125.
			if len(rs) != 3 || cost != 41_00 || benefit != 62_50 || quantity != money.One/2 {
				t.Errorf("weights %v: %d entries, %v, %v, %v", weights, len(rs), cost, benefit, quantity)
			}
			again, err := l.RecordJoint(authtest.Context(t), d)
			if err != nil || len(again) != 3 || !again[0].Already {
				t.Errorf("a retry: %+v, %v", again, err)
			}
			if err := l.TakeBackService(authtest.Context(t), rs[1].Ref, "fell through"); err != nil {
				t.Fatal(err)
			}
			if amount, volume, _ := l.sums(account.Service); amount != 0 || volume != 0 {
				t.Errorf("taken back as one, %v and %v are left", amount, volume)
			}
		}
		full := JointDraft{EntryDraft: l.draft(), Full: true, Parts: []JointPart{{Customer: l.customers[0]}, {Customer: l.customers[2]}}}
		rs, err := l.RecordJoint(authtest.Context(t), full)
		if err != nil || rs[0].Entry.Cost != 22_80 || rs[1].Entry.Cost != 22_80 {
			t.Errorf("in full: %+v, %v", rs, err)
		}
		sound(t, l.App)
	})
}

// An opening estimate stands month by month until a real entry comes, and again
// when that is taken back; closed months are left alone.
func TestRealEntriesReplaceAnEstimateMonthByMonth(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		l := openLedger(t, open())
		d := EstimateDraft{Customers: l.customers[:2], Type: l.types["hotline"].ID, Quantity: 240 * money.One}
		estimate := func() {
			t.Helper()
			if err := l.Estimate(authtest.Context(t), d, nil); err != nil {
				t.Fatal(err)
			}
		}
		months := func(want int) {
			t.Helper()
			amount, _, _ := l.sumsOf(l.customers[0], account.Service)
			if amount != money.Amount(-want)*240*95 {
				t.Errorf("%v is posted, want %d months of 228.00", amount, want)
			}
			sound(t, l.App)
		}
		estimate()
		months(12)
		estimate() // the same again
		months(12)
		last := l.today().AddMonths(-3)
		zero := money.Amount(0)
		r := l.record(l.draft(func(d *EntryDraft) { d.Day, d.Cost = last, &zero }))
		months(11)
		l.record(l.draft(func(d *EntryDraft) { d.Day, d.Cost, d.Type = last, &zero, l.types["tips"].ID }))
		months(11) // another service
		moved, err := l.CorrectService(authtest.Context(t), r.Ref, "another month", l.draft(func(d *EntryDraft) { d.Day, d.Cost = last.AddMonths(1), &zero }))
		if err != nil {
			t.Fatal(err)
		}
		months(11)
		if err := l.TakeBackService(authtest.Context(t), moved.Ref, "was not so"); err != nil {
			t.Fatal(err)
		}
		months(12)
		d.Quantity = 0
		estimate()
		months(0)
		if err := l.CloseBook(authtest.Context(t), l.today().AddMonths(-6).EndOfMonth(), ""); err != nil {
			t.Fatal(err)
		}
		d.Quantity = 240 * money.One
		estimate()
		months(6)
		imported := takeIn(t, l.App, intake.ServiceEntries, "id;customer;type;day;minutes;cost", "e1;1;hotline;"+last.String()+";6;0.00")
		months(5)
		if _, err := l.Undo(authtest.Context(t), imported.Import); err != nil {
			t.Fatal(err)
		}
		months(6)
	})
}

// What posted as care posts as a service once it was one, and as care again when
// the service is taken back; the file of interactions again changes nothing.
func TestACallIsEitherCareOrService(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		l := openLedger(t, open())
		rows := []string{"id;customer;day;channel;minutes", "c1;1;" + l.today().Add(-5).String() + ";phone;40"}
		takeIn(t, l.App, intake.Interactions, rows...)
		care, _, _ := l.sums(account.Care)
		found, err := l.DB.Read().Keys(authtest.Context(t), "file", store.InteractionKey, []string{"c1"})
		if err != nil || care == 0 {
			t.Fatal(care, err)
		}
		call := store.Ref{Customer: l.customers[0], ID: account.DocumentID(found["c1"].ID)}
		r := l.record(l.draft())
		if err := l.DB.Write(authtest.Context(t), func(tx *store.Tx) error {
			book, err := tx.Book(authtest.Context(t))
			return errors.Join(err, l.markService(authtest.Context(t), tx, book, call, r.Ref.ID))
		}); err != nil {
			t.Fatal(err)
		}
		if c, _, _ := l.sums(account.Care); c != 0 {
			t.Errorf("care is %v still", c)
		}
		if res := takeIn(t, l.App, intake.Interactions, rows...); res.Unchanged != 1 {
			t.Errorf("the file again: %+v", res.Counts)
		}
		sound(t, l.App)
		if err := l.TakeBackService(authtest.Context(t), r.Ref, "was a sales call"); err != nil {
			t.Fatal(err)
		}
		if c, _, _ := l.sums(account.Care); c != care {
			t.Errorf("care is %v, was %v", c, care)
		}
		sound(t, l.App)
	})
}

// That a call was a service outlives whatever becomes of its file: an import that
// is taken back, or comes again after it was; and so does that it was none.
func TestACallStaysAServiceWhateverItsFileDoes(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		l := openLedger(t, open())
		on := l.today().Add(-5).String()
		file := func(minutes string) ImportResult {
			return takeIn(t, l.App, intake.Interactions, "id;customer;day;channel;minutes", "c1;1;"+on+";phone;"+minutes)
		}
		back := func(r ImportResult) {
			t.Helper()
			if _, err := l.Undo(authtest.Context(t), r.Import); err != nil {
				t.Fatal(err)
			}
		}
		care := func(want bool) {
			t.Helper()
			if c, _, _ := l.sums(account.Care); (c != 0) != want {
				t.Errorf("care is %v; should there be any: %v", c, want)
			}
			sound(t, l.App)
		}
		first := file("40")
		second := file("50")
		care(true)
		found, err := l.DB.Read().Keys(authtest.Context(t), "file", store.InteractionKey, []string{"c1"})
		if err != nil {
			t.Fatal(err)
		}
		call := store.Ref{Customer: l.customers[0], ID: account.DocumentID(found["c1"].ID)}
		r := l.record(l.draft())
		if err := l.DB.Write(authtest.Context(t), func(tx *store.Tx) error {
			book, err := tx.Book(authtest.Context(t))
			return errors.Join(err, l.markService(authtest.Context(t), tx, book, call, r.Ref.ID))
		}); err != nil {
			t.Fatal(err)
		}
		care(false)
		back(second)
		care(false)
		back(first)
		care(false)
		third := file("40")
		care(false)
		back(third)
		if err := l.TakeBackService(authtest.Context(t), r.Ref, "was a sales call"); err != nil {
			t.Fatal(err)
		}
		care(false)
		file("40")
		care(true)
	})
}

// A day that was closed keeps its figures: the reversal of what stands there is
// dated on the first open day. Opening the book again wants a reason.
func TestAClosedMonthKeepsItsFigures(t *testing.T) {
	t.Parallel()
	l := openLedger(t, openApp(t, ""))
	on, until := l.today().AddMonths(-2), l.today().AddMonths(-1)
	r := l.record(l.draft(func(d *EntryDraft) { d.Day = on }))
	if err := l.CloseBook(authtest.Context(t), l.today(), ""); !slices.Equal(complained(err), []string{"until"}) {
		t.Errorf("closed today: %v", err)
	}
	if err := l.CloseBook(authtest.Context(t), until, ""); err != nil {
		t.Fatal(err)
	}
	if err := l.TakeBackService(authtest.Context(t), r.Ref, "was not so"); err != nil {
		t.Fatal(err)
	}
	for _, w := range []struct {
		window day.Window
		want   money.Amount
	}{{day.Window{To: until}, -22_80}, {day.Window{From: until, To: until.Add(1)}, 22_80}} {
		sums, err := l.DB.Read().KindSums(authtest.Context(t), l.customers[0], w.window)
		if err != nil || len(sums) != 1 || sums[0].Amount != w.want {
			t.Errorf("in %v: %+v, %v; want %v", w.window, sums, err, w.want)
		}
	}
	if err := l.CloseBook(authtest.Context(t), on, ""); !slices.Equal(complained(err), []string{"reason"}) {
		t.Errorf("opened without a reason: %v", err)
	}
	if err := l.CloseBook(authtest.Context(t), on, "wrong month"); err != nil {
		t.Fatal(err)
	}
	if c, err := l.DB.Read().Closings(authtest.Context(t)); err != nil || len(c) != 2 || c[0].Until != on || c[0].Reason != "wrong month" {
		t.Errorf("%+v, %v", c, err)
	}
	sound(t, l.App)
}

// Who wrote an entry is known for its correction, and forgotten after the set
// time, while the book stays as it is.
func TestWhoWroteAnEntryIsForgotten(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		l := openLedger(t, open())
		r := l.record(l.draft(func(d *EntryDraft) { d.By = "Anna" }))
		authors := func() map[account.DocumentID]string {
			t.Helper()
			m, err := l.DB.Read().AuthorsOf(authtest.Context(t), l.customers[0])
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		if authors()[r.Ref.ID] != "Anna" {
			t.Errorf("%v", authors())
		}
		was := l.Now
		defer func() { l.Now = was }()
		l.Now = func() time.Time { return was().AddDate(0, 0, 89) }
		if err := l.ForgetAuthors(authtest.Context(t)); err != nil || len(authors()) != 1 {
			t.Errorf("after 89 days: %v, %v", authors(), err)
		}
		l.Now = func() time.Time { return was().AddDate(0, 0, 91) }
		if err := l.ForgetAuthors(authtest.Context(t)); err != nil || len(authors()) != 0 {
			t.Errorf("after 91 days: %v, %v", authors(), err)
		}
		sound(t, l.App)
	})
}

// Of two people who edit a type or a team the second is told.
func TestTheSecondOfTwoEditorsIsTold(t *testing.T) {
	t.Parallel()
	l := openLedger(t, openApp(t, ""))
	ty := l.types["hotline"]
	ty.Words = "telefon"
	if _, err := l.SaveType(authtest.Context(t), ty); err != nil {
		t.Fatal(err)
	}
	ty.Words = "anruf"
	if _, err := l.SaveType(authtest.Context(t), ty); !errors.Is(err, fault.Conflict) {
		t.Errorf("the second editor of a type: %v", err)
	}
	team := service.Team{Name: "Hotline", Costs: []service.TeamCost{{
		ValidFrom: day.Min, Cost: 240_000_00, People: 3 * money.One, Minutes: service.DefaultMinutes, Practical: service.DefaultPractical, Free: money.One,
	}}}
	id, err := l.SaveTeam(authtest.Context(t), team)
	if err != nil {
		t.Fatal(err)
	}
	team.ID, team.Revision = id, 1
	team.Name = "Service"
	if _, err := l.SaveTeam(authtest.Context(t), team); err != nil {
		t.Fatal(err)
	}
	if _, err := l.SaveTeam(authtest.Context(t), team); !errors.Is(err, fault.Conflict) {
		t.Errorf("the second editor of a team: %v", err)
	}
}
