package app

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"quid/account"
	"quid/fault"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// openCandidates is a book with documents of which some may be services.
func openCandidates(t *testing.T) *App {
	t.Helper()
	a := openApp(t, "")
	dir := t.TempDir()
	for _, f := range []struct {
		kind intake.Kind
		text string
	}{
		{intake.Products, "Artikelnr;Bezeichnung\nP1;Spindel\nP2;Schulung Bediener\n"},
		{intake.Customers, "Kundennr;Name\nK1;Meier GmbH\nK2;Huber KG\n"},
		{intake.Invoices, "Rechnungsnr;Kundennr;Rechnungsdatum;Pos;Artikelnr;Menge;Nettobetrag;Wareneinsatz\n" +
			"R1;K1;2026-11-02;1;P1;2;1.000,50;600,00\nR1;K1;2026-11-02;2;P2;6;0,00;0,00\nG1;K1;2026-11-05;1;P1;-1;-50,25;0,00\nR0;K2;2026-01-02;1;P2;6;0,00;0,00\n"},
		{intake.Interactions, "Aktivitätsnr;Kundennr;Kontaktdatum;Kanal;Richtung;Betreff;Minuten;Zweck\n" +
			"A1;K1;2026-11-10;Telefon;eingehend;Pumpe macht Geräusche;35;Service\n" + // a long call
			"A2;K1;2026-11-11;Telefon;eingehend;kurze Frage;5;Anfrage\nA9;K1;2026-11-11;Telefon;eingehend;Preise;50;Verkauf\n" + // selling
			"A3;K2;2026-11-12;E-Mail;eingehend;Terminänderung zu Auftrag 7;0;\n" + // an order change
			"A4;K2;2026-11-13;Telefon;ausgehend;Angebot nachgefasst;40;Verkauf\n" +
			"A5;K2;2026-11-14;Besuch;;Einweisung neuer Mitarbeiter;120;\n" + // an appointment
			"A6;K2;2026-11-15;E-Mail;eingehend;Frage;12;Ticket 4711\n" + // a ticket
			"A7;K2;2026-11-16;Besuch;;Wanderung im Werk;60;Verkauf\n" + // no Änderung
			"A8;K2;2026-02-16;Telefon;eingehend;lange her;60;\n"},
	} {
		path := filepath.Join(dir, string(f.kind)+".csv")
		if err := os.WriteFile(path, []byte(f.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if res := a.mustImport(t, ImportRequest{Kind: f.kind, Path: path}); res.Rejected > 0 {
			t.Fatalf("%s: %+v", f.kind, res.Problems)
		}
	}
	return a
}

func (a *App) mustCandidates(t *testing.T) []Candidate {
	t.Helper()
	p, err := a.Candidates(authtest.Context(t), nil, 40)
	if err != nil {
		t.Fatal(err)
	}
	return p.List
}

func TestDocumentsAreProposedAsServices(t *testing.T) {
	t.Parallel()
	a := openCandidates(t)
	got := a.mustCandidates(t)
	want := []struct {
		number, code string
		reason       service.Reason
		quantity     money.Micro
		spent        money.Micro
	}{
		{"A6", "hotline", service.Ticket, 12e6, 12e6},
		{"A5", "training", service.Appointment, 2e6, 120e6},
		{"A3", "order-changes", service.OrderChange, 1e6, 0},
		{"A1", "hotline", service.LongCall, 35e6, 35e6},
		{"G1", "order-changes", service.Credited, 1e6, 0},
		{"R1", "training", service.FreeLine, 6e6, 0},
	}
	if len(got) != len(want) {
		t.Fatalf("%d candidates, want %d: %+v", len(got), len(want), got)
	}
	for i, w := range want {
		c := got[i]
		if c.Number != w.number || c.Proposal.Type.Code != w.code || c.Proposal.Reason != w.reason || c.Proposal.Quantity != w.quantity || (c.Proposal.Spent != nil) != (w.spent > 0) || w.spent > 0 && *c.Proposal.Spent != w.spent {
			t.Errorf("%s: %+v, want %+v", c.Number, c.Proposal, w)
		}
	}
	if err := a.SaveSettings(authtest.Context(t), map[string]string{CallMinutesSetting: "36"}); err != nil {
		t.Fatal(err)
	}
	if n := len(a.mustCandidates(t)); n != len(want)-1 {
		t.Errorf("with calls of 36 minutes there are %d candidates", n)
	}
	for _, v := range []string{"0", "x", "2000"} {
		if err := a.SaveSettings(authtest.Context(t), map[string]string{CallMinutesSetting: v}); !errors.Is(err, fault.Invalid) {
			t.Errorf("calls of %q minutes: %v", v, err)
		}
	}
}

// Page by page, each candidate comes once and none is missing.
func TestPagesOfCandidatesMissNone(t *testing.T) {
	t.Parallel()
	a := openCandidates(t)
	for most := 1; most <= 7; most++ {
		var numbers []string
		var mark *store.CandidateMark
		for range 20 {
			p, err := a.Candidates(authtest.Context(t), mark, most)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range p.List {
				numbers = append(numbers, c.Number)
			}
			if mark = p.Next; mark == nil {
				break
			}
		}
		if len(numbers) != 6 || numbers[0] != "A6" || numbers[5] != "R1" {
			t.Errorf("%d a page: %v", most, numbers)
		}
	}
}

// Confirming books once and makes the contact a service; dismissing is
// remembered and can be taken back.
func TestACandidateIsDecidedOnce(t *testing.T) {
	t.Parallel()
	a := openCandidates(t)
	all := a.mustCandidates(t)
	call, line := all[3], all[5]
	balance := func(c service.Candidate) (care, given money.Amount) {
		l := &ledger{App: a, t: t}
		care, _, _ = l.sumsOf(c.Customer, account.Care)
		given, _, _ = l.sumsOf(c.Customer, account.Service)
		return care, given
	}
	before, _ := balance(call.Candidate)
	if before >= 0 {
		t.Fatalf("the call costs %d as care", before)
	}
	choice := CandidateChoice{Type: call.Proposal.Type.ID, Minutes: call.Proposal.Spent}
	first, err := a.ConfirmCandidate(authtest.Context(t), call.Candidate, choice)
	if err != nil {
		t.Fatal(err)
	}
	if e := first.Entry; e.Day != call.Day || e.Background != "Pumpe macht Geräusche" || e.Quantity != 36e6 || *e.Minutes != 35 {
		t.Errorf("%+v", e)
	}
	again, err := a.ConfirmCandidate(authtest.Context(t), call.Candidate, choice)
	if err != nil || !again.Already || again.Ref != first.Ref {
		t.Errorf("confirmed again: %+v, %v", again, err)
	}
	after, given := balance(call.Candidate)
	if after == before || given != -first.Entry.Cost {
		t.Errorf("care %d, before %d, given %d", after, before, given)
	}

	hours := CandidateChoice{Type: line.Proposal.Type.ID, Quantity: line.Proposal.Quantity}
	booked, err := a.ConfirmCandidate(authtest.Context(t), line.Candidate, hours)
	if err != nil || booked.Entry.Quantity != 6e6 || booked.Entry.Background != "R1 Schulung Bediener" {
		t.Errorf("%+v, %v", booked, err)
	}
	if err := a.DismissCandidate(authtest.Context(t), all[0].Candidate); err != nil {
		t.Fatal(err)
	}
	if left := a.mustCandidates(t); len(left) != 3 {
		t.Errorf("%d are left, want 3", len(left))
	}
	if err := a.ProposeAgain(authtest.Context(t), all[0].Candidate); err != nil {
		t.Fatal(err)
	}
	if left := a.mustCandidates(t); len(left) != 4 || left[0].Number != "A6" {
		t.Errorf("after taking the dismissal back: %+v", left)
	}

	// Taken back, the call is care again, and is not proposed a second time.
	if err := a.TakeBackService(authtest.Context(t), first.Ref, "irrtümlich"); err != nil {
		t.Fatal(err)
	}
	if care, given := balance(call.Candidate); care != before || given != -booked.Entry.Cost {
		t.Errorf("care %d, want %d; given %d", care, before, given)
	}
	if left := a.mustCandidates(t); len(left) != 4 {
		t.Errorf("%d are left after taking back, want 4", len(left))
	}
	nobody := all[0].Candidate
	nobody.Document = 77
	if _, err := a.ConfirmCandidate(authtest.Context(t), nobody, choice); !errors.Is(err, fault.Invalid) {
		t.Errorf("a document that is not there: %v", err)
	}
	if bad := broken(t, a); len(bad) > 0 {
		t.Errorf("the book does not hold: %v", bad)
	}
}

// A free line that became a service goes with its invoice to another customer, and back
// when that file is taken back: it is one service, and nothing is proposed again.
func TestAServiceMovesWithItsInvoice(t *testing.T) {
	t.Parallel()
	a := openCandidates(t)
	ctx := authtest.Context(t)
	all := a.mustCandidates(t)
	line, credit := all[5], all[4]
	if _, err := a.ConfirmCandidate(ctx, line.Candidate, CandidateChoice{Type: line.Proposal.Type.ID, Quantity: line.Proposal.Quantity}); err != nil {
		t.Fatal(err)
	}
	if err := a.DismissCandidate(ctx, credit.Candidate); err != nil {
		t.Fatal(err)
	}
	left := len(a.mustCandidates(t))
	stand := func(number string, want money.Micro, why string) {
		t.Helper()
		id, err := a.DB.Read().FindCustomer(ctx, number)
		if err != nil {
			t.Fatal(err)
		}
		list, err := a.DB.Read().Recent(ctx, id, 10)
		if err != nil {
			t.Fatal(err)
		}
		var sum money.Micro
		for _, k := range list {
			if k.Withdrawn.IsZero() {
				sum += k.Doc.Quantity
			} else if k.Doc.Why != why {
				t.Errorf("%s: taken back because %q, want %q", number, k.Doc.Why, why)
			}
		}
		given, _, _ := (&ledger{App: a, t: t}).sumsOf(id, account.Service)
		if sum != want || (given != 0) != (want != 0) {
			t.Errorf("%s: services of %v h stand, %d posted; want %v h", number, sum.Float(), given, want.Float())
		}
		if now := a.mustCandidates(t); len(now) != left {
			t.Errorf("%d candidates, %d before", len(now), left)
		}
	}
	stand("K1", 6e6, "")
	moved := a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, "Rechnungsnr;Kundennr;Rechnungsdatum;Pos;Artikelnr;Menge;Nettobetrag;Wareneinsatz",
		"R1;K2;2026-11-02;1;P1;2;1.000,50;600,00", "R1;K2;2026-11-02;2;P2;6;0,00;0,00", "G1;K2;2026-11-05;1;P1;-1;-50,25;0,00")})
	if moved.Updated != 2 {
		t.Fatalf("%+v %v", moved.Counts, moved.Problems)
	}
	stand("K1", 0, InvoiceMoved)
	stand("K2", 6e6, "")
	sound(t, a)
	if _, err := a.Undo(ctx, moved.Import); err != nil {
		t.Fatal(err)
	}
	stand("K1", 6e6, "")
	stand("K2", 0, InvoiceMoved)
	sound(t, a)
}
