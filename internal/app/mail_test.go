package app

import (
	"testing"
	"time"

	"quid/account"
	"quid/internal/auth/authtest"
	"quid/internal/capture"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// A mail whose line says all is booked once, whenever it comes again; what is
// held or leaves something open waits, and is forgotten once somebody decided.
func TestMailsAreBookedOnceOrWait(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	takeIn(t, a, intake.Customers, "number;name", "1;Meier Pumpen GmbH", "2;Huber Stahl KG", "3;Huber Blech KG")
	words := func() (*capture.Book, error) { return CaptureBook(authtest.Context(t), a.DB.Read()) }
	on := testNow.Add(-24 * time.Hour)
	take := func(key, line, held string) store.MailState {
		t.Helper()
		state, err := a.TakeMail(authtest.Context(t), MailDraft{Key: key, Sender: "eva@brenner.example", Line: line, Received: on, Held: held}, words)
		if err != nil {
			t.Fatal(err)
		}
		return state
	}
	for _, tt := range []struct {
		key, line, held string
		want            store.MailState
		why             string
	}{
		{"a", "meier hotline 20m pumpe laut", "", store.MailBooked, ""},
		{"a", "meier hotline 20m pumpe laut", "", store.MailBooked, ""},
		{"b", "meier hotline 20m pumpe laut", "neither DKIM nor SPF proves the sender", store.MailHeld, "neither DKIM nor SPF proves the sender"},
		{"c", "huber hotline 20m", "", store.MailAsks, mailCustomer},
		{"d", "meier 20m irgendwas", "", store.MailAsks, mailType},
		{"e", "meier hotline", "", store.MailAsks, "more than zero"},
		{"c", "huber hotline 20m", "", store.MailAsks, mailCustomer},
	} {
		if got := take(tt.key, tt.line, tt.held); got != tt.want {
			t.Errorf("%q is %d, want %d", tt.line, got, tt.want)
		}
		m, ok, err := a.DB.Read().Mail(authtest.Context(t), mailID(tt.key))
		if err != nil || !ok || m.Reason != tt.why || (m.Line == "") != (tt.want == store.MailBooked) || (m.Sender == "") != (m.Line == "") {
			t.Errorf("%q is kept as %+v, %v", tt.line, m, err)
		}
	}
	entries := 0
	for k, err := range a.DB.Read().Services(authtest.Context(t), store.ServiceFilter{}) {
		if err != nil || *k.Doc.Minutes != 20 || k.Doc.Background != "pumpe laut" || k.Doc.Day != 20261121 {
			t.Errorf("%+v, %v", k.Doc, err)
		}
		entries++
	}
	if entries != 1 {
		t.Errorf("%d entries, want 1", entries)
	}
	waiting := func() int {
		t.Helper()
		list, err := a.WaitingMails(authtest.Context(t))
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if n := waiting(); n != 4 {
		t.Fatalf("%d mails wait, want 4", n)
	}

	// Somebody finishes one by hand, with its key, and dismisses another.
	customer, err := a.DB.Read().FindCustomer(authtest.Context(t), "2")
	if err != nil {
		t.Fatal(err)
	}
	types, err := a.DB.Read().Types(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range types {
		if x.Code == "hotline" {
			d := EntryDraft{Key: MailKey(mailID("c")), Customer: customer, Type: x.ID, Day: 20261121, Quantity: 20e6}
			if _, err := a.RecordService(authtest.Context(t), d); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := a.DismissMail(authtest.Context(t), mailID("b")); err != nil {
		t.Fatal(err)
	}
	if n := waiting(); n != 2 {
		t.Errorf("%d mails wait, want 2", n)
	}
	if err := a.MailLooked(authtest.Context(t), time.Minute); err != nil {
		t.Fatal(err)
	}
	a.Now = func() time.Time { return testNow.Add(mailKept + 48*time.Hour) }
	if err := a.MailLooked(authtest.Context(t), time.Minute); err != nil {
		t.Fatal(err)
	}
	if n := waiting(); n != 0 {
		t.Errorf("%d mails wait after a month", n)
	}
	if got := take("d", "meier 20m irgendwas", ""); got != store.MailDismissed {
		t.Errorf("a forgotten mail that comes again is %d", got)
	}
}

// A mail and its entry are one: where a month that was opened again can't be
// estimated at any rate, the entry that would settle it is not booked, and its
// mail waits. Nothing is booked under a mail that asks.
func TestAMailThatWaitsBookedNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		l := openLedger(t, open())
		until := l.today().AddMonths(-2).EndOfMonth()
		do := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		loan, err := l.SaveType(authtest.Context(t), service.Type{
			Code: "loan", Unit: service.Pieces, Rung: 1, Rates: []service.Rate{{ValidFrom: until.AddMonths(-24), Cost: 10 * money.One, Benefit: 20 * money.One}},
		})
		do(err)
		do(l.CloseBook(authtest.Context(t), until, ""))
		do(l.Estimate(authtest.Context(t), EstimateDraft{Customers: l.customers[:1], Type: loan, Quantity: money.One}, nil))
		types, err := l.DB.Read().Types(authtest.Context(t))
		do(err)
		for _, ty := range types { // its older rate goes: the months that it held in have none
			if ty.ID == loan {
				ty.Rates[0].ValidFrom = until.Add(1)
				_, err = l.SaveType(authtest.Context(t), ty)
				do(err)
			}
		}
		do(l.CloseBook(authtest.Context(t), until.AddMonths(-6).EndOfMonth(), "a late paper"))
		_, _, before := l.sums(account.Service)
		m := MailDraft{Key: "a", Sender: "eva@brenner.example", Line: "huber hotline 20m pumpe laut", Received: l.Now()}
		words := func() (*capture.Book, error) { return CaptureBook(authtest.Context(t), l.DB.Read()) }
		state, err := l.TakeMail(authtest.Context(t), m, words)
		if err != nil || state != store.MailAsks {
			t.Fatalf("the mail is %d, %v; want that it asks", state, err)
		}
		if kept, ok, err := l.DB.Read().Mail(authtest.Context(t), mailID("a")); err != nil || !ok || kept.Reason != "this service has no rate on that day; set one or give the cost" {
			t.Errorf("kept as %+v, %v", kept, err)
		}
		if _, _, after := l.sums(account.Service); after != before {
			t.Errorf("%d postings, and the mail still asks; %d before", after, before)
		}
		if list, err := l.WaitingMails(authtest.Context(t)); err != nil || len(list) != 1 {
			t.Errorf("%d mails wait, %v", len(list), err)
		}
		sound(t, l.App)
	})
}
