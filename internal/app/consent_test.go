package app

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/link"
	"quid/internal/store"
	"quid/privacy"
	"quid/service"
)

// valued makes a valuation and returns the customers in it, whose book is sound.
func (b *canaryBook) valued() (in []account.CustomerID, v store.Valuation) {
	b.t.Helper()
	v, err := b.Value(authtest.Context(b.t), ValueOrder{AsOf: day.At(b.Now())})
	b.must(err)
	for s, err := range b.DB.Read().Scores(authtest.Context(b.t), v.ID) {
		b.must(err)
		in = append(in, s.Figures.Customer)
	}
	b.sound("after a valuation")
	return in, v
}

// A person who objects to profiling, or whose data is restricted, is in no
// valuation, gets no statement and is asked nothing; the valuation says how many
// are left out and why, and still adds up. All of it comes back.
func TestWhoObjectsIsNotValued(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			b := newCanaryBook(t, engine, true)
			b.fill()
			ctx := authtest.Context(t)
			b.must(b.Unmark(ctx, b.person, privacy.Marketing))
			b.importFile(intake.Customers, "external_id;name\nK2;Meier GmbH\n")
			b.importFile(intake.Invoices, "number;customer;day;net;cost\nR9;K2;2026-03-02;100.00;60.00\n")
			if in, _ := b.valued(); !slices.Contains(in, b.person.Customer) || len(in) != 2 {
				t.Fatalf("before: %v", in)
			}
			for _, kind := range []privacy.Kind{privacy.Profiling, privacy.Restriction} {
				b.must(b.Mark(ctx, privacy.Mark{Person: b.person, Kind: kind, Reason: "letter"}))
				in, v := b.valued()
				if slices.Contains(in, b.person.Customer) || len(in) != 1 || v.Summary.LeftOut[kind] != 1 || v.Summary.Customers != 1 {
					t.Errorf("%s: valued %v, left out %v", kind, in, v.Summary.LeftOut)
				}
				served, err := b.DB.Read().Served(ctx, "", day.Span(12).UpTo(day.At(b.Now())))
				if err != nil || len(served) != 0 {
					t.Errorf("%s: statements for %v, %v", kind, served, err)
				}
				_, err = b.AskRating(ctx, service.Rating{Customer: b.person.Customer, From: 20260101, Until: day.At(b.Now()), Ends: day.At(b.Now()).Add(30), Lang: "de"})
				if !slices.Equal(problemsOf(err), []string{"customer"}) {
					t.Errorf("%s: asked: %v", kind, err)
				}
				_, _, err = b.MakeLink(ctx, LinkDraft{Customer: b.person.Customer, Kind: link.Statement, Lang: "de", From: 20260101, To: 20261231, Ends: day.At(b.Now()).Add(30)})
				if !slices.Equal(problemsOf(err), []string{"customer"}) {
					t.Errorf("%s: a link: %v", kind, err)
				}
				named := 0
				b.must(b.DB.Read().Names(ctx, func(store.CustomerName) { named++ }))
				if want := map[privacy.Kind]int{privacy.Profiling: 2, privacy.Restriction: 1}[kind]; named != want {
					t.Errorf("%s: %d names to choose from, want %d", kind, named, want)
				}
				b.must(b.Unmark(ctx, b.person, kind))
			}
			if in, v := b.valued(); len(in) != 2 || v.Summary.LeftOut != nil {
				t.Errorf("after: %v, %v", in, v.Summary.LeftOut)
			}
		})
	}
}

// Whether a person may be written to follows from what was noted of them, at once.
func TestMayContactFollowsWhatWasNoted(t *testing.T) {
	t.Parallel()
	onBothCanaries(t, func(t *testing.T, b *canaryBook) {
		ctx := authtest.Context(t)
		ask := func(want privacy.Refusal, when string) {
			t.Helper()
			if got, err := MayContact(ctx, b.DB.Read(), b.person, privacy.Survey, "mail"); err != nil || got != want {
				t.Errorf("%s: %q, %v; want %q", when, got, err, want)
			}
		}
		ask(privacy.HasObjected, "as filled")
		b.must(b.Unmark(ctx, b.person, privacy.Marketing))
		ask(privacy.Allowed, "the objection was taken back")
		f, err := Person(ctx, b.DB.Read(), b.person)
		b.must(err)
		b.must(b.WithdrawConsent(ctx, b.person, f.Consents[0].ID))
		ask(privacy.NoConsent, "the consent was withdrawn")
		if err := b.WithdrawConsent(ctx, b.person, f.Consents[0].ID); !errors.Is(err, fault.NotFound) {
			t.Errorf("withdrawn twice: %v", err)
		}
		_, err = b.Consent(ctx, privacy.Consent{Person: b.person, Purpose: privacy.Survey, Channel: "mail", Given: b.Now(), Way: "oral", Wording: "yes", Source: "call"})
		b.must(err)
		ask(privacy.Allowed, "a new one")
		b.must(b.Mark(ctx, privacy.Mark{Person: b.person, Kind: privacy.Restriction}))
		ask(privacy.IsRestricted, "restricted")
		if err := b.Mark(ctx, privacy.Mark{Person: b.person, Kind: privacy.Restriction}); !slices.Equal(problemsOf(err), []string{"kind"}) {
			t.Errorf("noted twice: %v", err)
		}
		contacts, err := b.DB.Read().ContactsOf(ctx, b.person.Customer)
		if want := map[bool]int{true: 1, false: 0}[b.whole]; err != nil || len(contacts) != want {
			t.Errorf("%d contacts to choose from, want %d: %v", len(contacts), want, err)
		}
		_, err = b.Erase(ctx, b.person, "asked")
		b.must(err)
		ask(privacy.IsErased, "erased")
		if err := b.Mark(ctx, privacy.Mark{Person: b.person, Kind: privacy.Marketing}); !slices.Equal(problemsOf(err), []string{"person"}) {
			t.Errorf("noted of an erased person: %v", err)
		}
	})
}

// What is put right is found under its new name, and the second of two who put
// something right is told.
func TestAPersonIsPutRight(t *testing.T) {
	t.Parallel()
	onBothCanaries(t, func(t *testing.T, b *canaryBook) {
		ctx := authtest.Context(t)
		f, err := Person(ctx, b.DB.Read(), b.person)
		b.must(err)
		c := Correction{Person: b.person, Revision: f.Revision, Name: "Schäfer", FirstName: "Eva", Mail: "eva@example.com", City: "Ulm"}
		b.must(b.CorrectPerson(ctx, c))
		found, _, err := b.FindPersons(ctx, "schaefer eva@example")
		if err != nil || len(found) != 1 || found[0].Person != b.person {
			t.Errorf("%+v, %v", found, err)
		}
		if err := b.CorrectPerson(ctx, c); !errors.Is(err, fault.Conflict) {
			t.Errorf("the second: %v", err)
		}
		c.Revision++
		c.Name = " "
		if err := b.CorrectPerson(ctx, c); !strings.Contains(strings.Join(problemsOf(err), " "), "name") {
			t.Errorf("no name: %v", err)
		}
		b.sound("after a correction")
	})
}

// Who has not the right, or sees only some customers, gets and changes nothing of
// persons.
func TestOnlyWhoKeepsPrivacyAnswersPersons(t *testing.T) {
	t.Parallel()
	b := newCanaryBook(t, "sqlite", false)
	b.fill()
	for name, who := range map[string]auth.Who{
		"nobody":              {},
		"a controller":        {User: 1, Rights: auth.Controller.Rights(), Sees: auth.Reach{All: true}},
		"an officer who sees": {User: 1, Rights: auth.PrivacyOfficer.Rights(), Sees: auth.Reach{Owners: []string{"Jo"}}},
	} {
		ctx := auth.With(t.Context(), who)
		_, _, find := b.FindPersons(ctx, "zeisiggruen")
		_, plan := b.PlanErasure(ctx, b.person)
		_, erase := b.Erase(ctx, b.person, "asked")
		_, consent := b.Consent(ctx, privacy.Consent{Person: b.person, Purpose: privacy.Survey, Channel: "mail", Given: b.Now(), Way: "oral", Wording: "yes", Source: "call"})
		_, rules := b.Retention(ctx)
		_, run := b.RunRetention(ctx, []privacy.Class{privacy.LetterClass})
		for i, err := range []error{
			find, plan, erase, consent, rules, run, b.ExportPerson(ctx, io.Discard, b.person, "en"), b.CorrectPerson(ctx, Correction{Person: b.person}),
			b.Mark(ctx, privacy.Mark{Person: b.person, Kind: privacy.Restriction}), b.Unmark(ctx, b.person, privacy.Marketing), b.WithdrawConsent(ctx, b.person, 1),
		} {
			if !errors.Is(err, fault.Denied) {
				t.Errorf("%s, %d: %v", name, i, err)
			}
		}
	}
	ctx := auth.With(t.Context(), auth.Who{User: 1, Rights: auth.PrivacyOfficer.Rights(), Sees: auth.Reach{All: true}})
	if _, err := b.Erase(ctx, b.person, "asked"); err != nil {
		t.Errorf("a privacy officer: %v", err)
	}
}
