package store

import (
	"bytes"
	"errors"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fact"
	"quid/fault"
	"quid/internal/auth/authtest"
	"quid/service"
	"quid/talk"
)

// wrote runs fn in a transaction that must succeed.
func wrote(t *testing.T, db *DB, fn func(*Tx) error) {
	t.Helper()
	if err := db.Write(authtest.Context(t), fn); err != nil {
		t.Fatal(err)
	}
}

// same fails unless a read gives what was written.
func same[T any](t *testing.T, want T, read func() (T, error)) {
	t.Helper()
	got, err := read()
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

var madeAt = time.Date(2026, 11, 28, 9, 0, 0, 123_000, time.UTC)

func TestTheCompanyKeepsItsFace(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		same(t, Company{}, func() (Company, error) { return db.Read().Company(authtest.Context(t)) })
		c := Company{
			Name: "Muster", Street: "Weg 1", Place: "1 Ort", Contact: "Anna", Phone: "1", Email: "a@b", Web: "w", Colour: "0a5cc2", Logo: []byte{0, 255, 13, 10}, LogoKind: "png", Revision: 1,
		}
		wrote(t, db, func(tx *Tx) error { return tx.PutCompany(authtest.Context(t), c) })
		same(t, c, func() (Company, error) { return db.Read().Company(authtest.Context(t)) })
		c.Logo, c.LogoKind, c.Revision = nil, "", 2
		wrote(t, db, func(tx *Tx) error { return tx.PutCompany(authtest.Context(t), c) })
		same(t, c, func() (Company, error) { return db.Read().Company(authtest.Context(t)) })
	})
}

func TestAKeyIsWrittenOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		if _, err := db.Read().BookKey(authtest.Context(t), "links"); !errors.Is(err, fault.NotFound) {
			t.Fatalf("before there is one: %v", err)
		}
		key := bytes.Repeat([]byte{7, 0}, 16)
		wrote(t, db, func(tx *Tx) error { return tx.AddBookKey(authtest.Context(t), "links", key, madeAt) })
		same(t, key, func() ([]byte, error) { return db.Read().BookKey(authtest.Context(t), "links") })
		if err := db.Write(authtest.Context(t), func(tx *Tx) error { return tx.AddBookKey(authtest.Context(t), "links", key, madeAt) }); err == nil {
			t.Error("a second key took the place of the first")
		}
	})
}

func TestALinkStandsUntilItIsTakenBack(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		l := Link{ID: 5, Customer: 3, Kind: 1, Lang: "de", From: 20260101, To: 20261231, Shows: "background", Ends: 20270331, By: "Anna", Made: madeAt}
		wrote(t, db, func(tx *Tx) error { return tx.AddLink(authtest.Context(t), l) })
		same(t, l, func() (Link, error) { return db.Read().Link(authtest.Context(t), 3, 5) })
		if _, err := db.Read().Link(authtest.Context(t), 4, 5); !errors.Is(err, fault.NotFound) {
			t.Errorf("another customer's: %v", err)
		}
		wrote(t, db, func(tx *Tx) error { return tx.RevokeLink(authtest.Context(t), 3, 5, madeAt.Add(time.Hour)) })
		l.Revoked = madeAt.Add(time.Hour)
		same(t, []Link{l}, func() ([]Link, error) { return db.Read().LinksOf(authtest.Context(t), 3, 1) })
		if err := db.Write(authtest.Context(t), func(tx *Tx) error { return tx.RevokeLink(authtest.Context(t), 3, 5, madeAt) }); !errors.Is(err, fault.NotFound) {
			t.Errorf("taken back twice: %v", err)
		}
	})
}

func TestArgumentsComeBackWithTheirObjections(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		a := talk.Argument{Code: "hotline", Lang: "de", Gain: "schnell {count}", Loss: "langsam", Own: true, Revision: 1, Objections: []talk.Objection{{Says: "teuer", Answer: "nein"}, {Says: "b", Answer: "c"}}}
		b := talk.Argument{Code: "tips", Lang: "en", Own: true, Revision: 3}
		for _, one := range []talk.Argument{b, a} {
			wrote(t, db, func(tx *Tx) error { return tx.PutArgument(authtest.Context(t), one) })
		}
		same(t, []talk.Argument{a, b}, func() ([]talk.Argument, error) { return db.Read().Arguments(authtest.Context(t)) })
		a.Objections, a.Revision = a.Objections[1:], 2
		wrote(t, db, func(tx *Tx) error { return tx.PutArgument(authtest.Context(t), a) })
		wrote(t, db, func(tx *Tx) error { return tx.DropArgument(authtest.Context(t), "tips", "en") })
		same(t, []talk.Argument{a}, func() ([]talk.Argument, error) { return db.Read().Arguments(authtest.Context(t)) })
	})
}

func TestTalksComeBackTheNewestFirst(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		old := talk.Talk{ID: 1, Customer: 3, Day: 20250110, Asked: "5 %", Made: madeAt}
		young := talk.Talk{
			ID: 2, Customer: 3, Day: 20260110, Asked: "x", Conceded: "y", Note: "z", ValidFrom: 20260201, By: "Anna", Made: madeAt,
			Gains: []talk.Gain{{Kind: talk.Price, Share: 20_000}, {Kind: talk.Term, Note: "2 Jahre"}},
		}
		for _, one := range []talk.Talk{young, old, {ID: 3, Customer: 4, Day: 20260111, Asked: "of another", Made: madeAt}} {
			wrote(t, db, func(tx *Tx) error { return tx.AddTalk(authtest.Context(t), one) })
		}
		same(t, []talk.Talk{young, old}, func() ([]talk.Talk, error) { return db.Read().TalksOf(authtest.Context(t), 3, 20261231) })
		same(t, []talk.Talk{old}, func() ([]talk.Talk, error) { return db.Read().TalksOf(authtest.Context(t), 3, 20251231) })
		wrote(t, db, func(tx *Tx) error { return tx.WithdrawTalk(authtest.Context(t), 3, 2, madeAt) })
		same(t, []talk.Talk{old}, func() ([]talk.Talk, error) { return db.Read().TalksOf(authtest.Context(t), 3, 20261231) })
	})
}

func TestAContactKeepsItsWishes(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		c := crm.Contact{ID: 1, Customer: 3, Name: "Röder", Part: "decider", Attitude: "open", Wants: "technical market", Channels: "phone", Language: "de", Revision: 1}
		wrote(t, db, func(tx *Tx) error {
			if err := tx.AddCustomers(authtest.Context(t), []KeptCustomer{{Customer: crm.Customer{ID: 3, External: "K", Name: "K", Revision: 1, Created: madeAt}}}); err != nil {
				return err
			}
			return tx.AddContacts(authtest.Context(t), []crm.Contact{c})
		})
		same(t, []crm.Contact{c}, func() ([]crm.Contact, error) { return db.Read().ContactsOf(authtest.Context(t), 3) })
		c.Part, c.Channels, c.Revision = "", "mail letter", 2
		wrote(t, db, func(tx *Tx) error { return tx.PutContact(authtest.Context(t), c) })
		same(t, c, func() (crm.Contact, error) { return db.Read().Contact(authtest.Context(t), 3, 1) })
	})
}

// What a customer may see leaves out what was taken back, estimates and what lies
// outside of the window; what it paid is taken off.
func TestBenefitsAreWhatStands(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		minutes := int64(30)
		entry := func(id account.DocumentID, on day.Day, change func(*Kept[service.Entry])) Kept[service.Entry] {
			k := Kept[service.Entry]{PostedOn: on, Doc: service.Entry{
				Header: fact.Header{Customer: 3, ID: id, Revision: 1}, Day: on, Type: 9, Quantity: 30e6, Minutes: &minutes, Background: "b", Contact: "c", Cost: 5_00, Benefit: 9_00, Charge: 1_00, State: service.Told,
			}}
			change(&k)
			return k
		}
		none := func(*Kept[service.Entry]) {}
		wrote(t, db, func(tx *Tx) error {
			return tx.AddEntries(authtest.Context(t), []Kept[service.Entry]{
				entry(1, 20260102, none), entry(2, 20251231, none), entry(3, 20260103, func(k *Kept[service.Entry]) { k.Withdrawn = madeAt }),
				entry(4, 20260104, func(k *Kept[service.Entry]) { k.Doc.Estimate = 7 }), entry(5, 20261231, none), entry(6, 20270101, none),
			})
		})
		one := Benefit{Day: 20260102, Type: 9, Quantity: 30e6, Minutes: 30, Background: "b", Contact: "c", Benefit: 8_00, State: int8(service.Told)}
		last := one
		last.Day = 20261231
		year := day.Window{From: 20251231, To: 20261231}
		same(t, []Benefit{one, last}, func() ([]Benefit, error) { return db.Read().Benefits(authtest.Context(t), 3, year) })
		same(t, []Given{{Type: 9, Customers: 1, Benefit: 24_00}}, func() ([]Given, error) {
			return db.Read().GivenTo(authtest.Context(t), []account.CustomerID{3, 4}, year)
		})
		same(t, nil, func() ([]Given, error) { return db.Read().GivenTo(authtest.Context(t), nil, year) })
		s, err := db.Read().TalkSide(authtest.Context(t), 3, year)
		if err != nil || s.Services != 2 {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

func TestStatementRuns(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		s := StatementRun{ID: 1, Lang: "de", From: 20260101, To: 20261231, Owner: "Anna", Shows: "background", Made: madeAt}
		wrote(t, db, func(tx *Tx) error { return tx.AddStatementRun(authtest.Context(t), s) })
		same(t, s, func() (StatementRun, error) { return db.Read().StatementRun(authtest.Context(t), 1) })
		wrote(t, db, func(tx *Tx) error { return tx.EndStatementRun(authtest.Context(t), 1, "x.zip", 12, madeAt) })
		s.File, s.Count, s.Ended = "x.zip", 12, madeAt
		same(t, []StatementRun{s}, func() ([]StatementRun, error) { return db.Read().StatementRuns(authtest.Context(t)) })
	})
}
