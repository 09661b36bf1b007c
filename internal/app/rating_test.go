package app

import (
	"errors"
	"slices"
	"testing"

	"quid/account"
	"quid/fault"
	"quid/internal/auth/authtest"
	"quid/internal/link"
	"quid/money"
	"quid/service"
)

func (l *ledger) ask(change ...func(*service.Rating)) service.Rating {
	l.t.Helper()
	r := service.Rating{Customer: l.customers[0], From: l.today().AddMonths(-12), Until: l.today(), Contact: "Frau Huber", Lang: "de", Ends: l.today().Add(30)}
	for _, c := range change {
		c(&r)
	}
	out, err := l.AskRating(authtest.Context(l.t), r)
	if err != nil {
		l.t.Fatal(err)
	}
	return out
}

// What the customer says its services were worth becomes their benefit, to the
// cent; our cost stays, and the answer counts once.
func TestTheCustomerSaysWhatItWasWorth(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		l := openLedger(t, open())
		for i := range 3 {
			l.record(l.draft(func(d *EntryDraft) { d.Day = l.today().Add(-40 * i) }))
		}
		l.record(l.draft(func(d *EntryDraft) { d.Type = l.types["tips"].ID }))
		if err := l.Estimate(authtest.Context(t), EstimateDraft{Customers: l.customers[:1], Type: l.types["training"].ID, Quantity: money.One}, nil); err != nil {
			t.Fatal(err)
		}
		cost, benefit, _ := l.sums(account.Service)
		tips := money.Amount(24 * 1_70)
		before := benefit - tips - 3*50_40 // of the estimate
		rating := l.ask()
		asked, err := l.Rated(authtest.Context(t), rating)
		if err != nil || len(asked) != 4 {
			t.Fatalf("%d entries are asked about, %v", len(asked), err)
		}
		worth := money.Amount(1000_00)
		answers := []service.Answer{
			{Type: l.types["hotline"].ID, Noticed: service.Yes, Helped: service.Yes, Worth: &worth, Pay: service.Partly},
			{Type: l.types["tips"].ID, Noticed: service.No, Helped: service.Yes, Worth: &worth},
			{Type: l.types["training"].ID, Noticed: service.Yes}, // never given, only estimated
		}
		if err := l.AnswerRating(authtest.Context(t), rating, answers, " danke "); err != nil {
			t.Fatal(err)
		}
		if c, b, _ := l.sums(account.Service); c != cost || b != before+worth+tips {
			t.Errorf("cost %v and benefit %v, want %v and %v", c, b, cost, before+worth+tips)
		}
		kept, err := l.DB.Read().AnswersOf(authtest.Context(t), l.customers[0])
		if err != nil || len(kept[rating.ID]) != 2 {
			t.Errorf("%+v, %v", kept, err)
		}
		for _, a := range kept[rating.ID] {
			if a.Noticed == service.No && (a.Worth != nil || a.Helped != service.NoAnswer) {
				t.Errorf("of what nobody noticed more is kept: %+v", a)
			}
		}
		if err := l.AnswerRating(authtest.Context(t), rating, answers, ""); !errors.Is(err, fault.Conflict) {
			t.Errorf("answered twice: %v", err)
		}
		now, err := l.DB.Read().Rating(authtest.Context(t), l.customers[0], rating.ID)
		if err != nil || now.Comment != "danke" || now.Answered.IsZero() {
			t.Errorf("%+v, %v", now, err)
		}
		entries, err := l.Rated(authtest.Context(t), now)
		if err != nil || entries[0].Source != service.Rated && entries[1].Source != service.Rated {
			t.Errorf("where the benefit comes from is not kept: %+v, %v", entries, err)
		}
		sound(t, l.App)
	})
}

// A link that was taken back or is over can't be answered, and a question about
// nothing is not asked.
func TestWhatCanNotBeAnswered(t *testing.T) {
	t.Parallel()
	l := openLedger(t, openApp(t, ""))
	base := service.Rating{Customer: l.customers[0], From: l.today().Add(-10), Until: l.today(), Lang: "de", Ends: l.today().Add(3)}
	if _, err := l.AskRating(authtest.Context(t), base); !slices.Equal(complained(err), []string{"until"}) {
		t.Errorf("asked about nothing: %v", err)
	}
	r := l.record(l.draft())
	for name, change := range map[string]func(*service.Rating){
		"ends":  func(r *service.Rating) { r.Ends = l.today().Add(-1) },
		"lang":  func(r *service.Rating) { r.Lang = "fr" },
		"until": func(r *service.Rating) { r.Until = r.From.Add(-1) },
	} {
		bad := base
		change(&bad)
		if _, err := l.AskRating(authtest.Context(t), bad); !slices.Equal(complained(err), []string{name}) {
			t.Errorf("%s: %v", name, err)
		}
	}
	rating := l.ask(func(x *service.Rating) { x.Entry = r.Ref.ID })
	if rating.From != l.today() || rating.Until != l.today() {
		t.Errorf("one entry of %s to %s", rating.From, rating.Until)
	}
	if err := l.AnswerRating(authtest.Context(t), rating, []service.Answer{{Type: r.Entry.Type}}, ""); !slices.Equal(complained(err), []string{"answers"}) {
		t.Errorf("an empty answer: %v", err)
	}
	if err := l.RevokeLink(authtest.Context(t), l.customers[0], rating.ID); err != nil {
		t.Fatal(err)
	}
	if err := l.AnswerRating(authtest.Context(t), rating, []service.Answer{{Type: r.Entry.Type, Noticed: service.Yes}}, ""); !errors.Is(err, fault.Conflict) {
		t.Errorf("answered though taken back: %v", err)
	}
	key, err := LinkKey(authtest.Context(t), l.DB.Read())
	if err != nil {
		t.Fatal(err)
	}
	token := link.Sign(key, link.Claim{Kind: link.Rating, Customer: l.customers[0], ID: rating.ID, Ends: rating.Ends})
	if _, err := l.OpenLink(authtest.Context(t), l.DB.Read(), token, link.Rating); !errors.Is(err, link.ErrEnded) {
		t.Errorf("opened though taken back: %v", err)
	}
	if _, err := l.OpenLink(authtest.Context(t), l.DB.Read(), token, link.Statement); !errors.Is(err, link.ErrWrong) {
		t.Errorf("a rating opens a statement: %v", err)
	}
}

// A benefit that is reckoned from an outcome keeps how sure it is, and what was
// said before.
func TestABenefitFromAnOutcome(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		l := openLedger(t, open())
		r := l.record(l.draft())
		for i, o := range []service.Outcome{
			{Kind: service.Standstill, Quantity: 2 * money.One, Rate: 400_00 * money.One},
			{Kind: service.Standstill, Quantity: 5 * money.One / 2, Rate: 450_00 * money.One, State: service.Told, Source: "Herr Huber, am Telefon"},
		} {
			if err := l.SetOutcome(authtest.Context(t), r.Ref, o); err != nil {
				t.Fatal(err)
			}
			k, err := l.DB.Read().Entry(authtest.Context(t), r.Ref)
			if want, _ := o.Benefit(); err != nil || k.Doc.Benefit != want || k.Doc.Cost != r.Entry.Cost || k.Doc.Source != service.FromOutcome || k.Doc.State != o.State {
				t.Errorf("%+v, %v", k.Doc, err)
			}
			said, err := l.DB.Read().OutcomesOf(authtest.Context(t), r.Ref)
			if err != nil || len(said) != i+1 || said[0].Quantity != o.Quantity || said[0].Source != o.Source {
				t.Errorf("%+v, %v", said, err)
			}
		}
		err := l.SetOutcome(authtest.Context(t), r.Ref, service.Outcome{State: service.Confirmed})
		if !slices.Equal(complained(err), []string{"kind", "quantity", "rate", "source"}) {
			t.Errorf("%v", err)
		}
		sound(t, l.App)
	})
}
