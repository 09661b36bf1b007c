package app

import (
	"database/sql"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers pgx

	"quid/fault"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/privacy"
)

// A canary in every personal column is found by the export, each of them; after
// the erasure it is found nowhere: not in a column, the bytes of the database and
// its log, a file, a log, a job or the search. The books stay whole.
func TestAnErasedPersonIsNowhere(t *testing.T) {
	t.Parallel()
	onBothCanaries(t, func(t *testing.T, b *canaryBook) {
		ctx := authtest.Context(t)
		for _, tab := range store.DataMap() {
			for _, c := range tab.Columns {
				if canaried(tab, c) && (b.whole || c.Category != privacy.OfCustomer) && b.found(tab, c) == 0 {
					t.Errorf("%s.%s holds no canary: the test proves nothing of it", tab.Name, c.Name)
				}
			}
		}
		b.sound("before")
		found, all, missing := b.exportHolds()
		if found != all || len(missing) > 0 || all < 60 {
			t.Errorf("the export has %d of %d; missing: %v", found, all, missing)
		}
		t.Logf("the export has %d of %d", found, all)
		postings, err := b.DB.Read().Postings(ctx, b.person.Customer)
		b.must(err)
		plan, err := b.PlanErasure(ctx, b.person)
		b.must(err)
		done, err := b.Erase(ctx, b.person, "asked")
		b.must(err)
		b.must(b.CleanErased(ctx))
		if left := b.left(); len(left) > 0 {
			t.Errorf("the person is left in %v", left)
		}
		b.sound("after")
		if after, err := b.DB.Read().Postings(ctx, b.person.Customer); err != nil || after != postings || postings == 0 || done.Postings != postings {
			t.Errorf("%d postings before, %d after, %d said: %v", postings, after, done.Postings, err)
		}
		if !slices.Equal(plan.Counts, done.Counts) || plan.Files != done.Files || plan.Files != 3 {
			t.Errorf("planned %+v, done %+v", plan, done)
		}
		if _, err := b.Erase(ctx, b.person, "asked"); len(fault.Fields(err)) != 1 {
			t.Errorf("erased twice: %v", err)
		}
	})
}

// The weak twin: an erasure that leaves out one column is caught, whichever it is.
func TestAWeakErasureIsCaught(t *testing.T) {
	t.Parallel()
	for _, column := range []string{"contact.email", "interaction.contact", "service_entry.background", "import_problem.row_text", "import_change.before", "job.problem", "mail.sender", "document_key.external", "attachment.content", "webhook_delivery.body", "api_key.name"} {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			b := newCanaryBook(t, "sqlite", false)
			b.fill()
			b.skipErased = column
			_, err := b.Erase(authtest.Context(t), b.person, "asked")
			b.must(err)
			b.must(b.CleanErased(authtest.Context(t)))
			if left := b.left(); !slices.Contains(left, column) || !slices.Contains(left, "book.db") {
				t.Errorf("an erasure that leaves %s was not caught: %v", column, left)
			}
		})
	}
}

// Without rewriting the database the bytes are still in the file: what was deleted
// is not gone.
func TestAnErasureWithoutCleaningLeavesBytes(t *testing.T) {
	t.Parallel()
	b := newCanaryBook(t, "sqlite", true)
	b.fill()
	_, err := b.Erase(authtest.Context(t), b.person, "asked")
	b.must(err)
	if left := b.inDatabase(); len(left) > 0 {
		t.Fatalf("left in %v", left)
	}
	if left := b.inFiles(filepath.Dir(b.address)); len(left) == 0 {
		t.Error("nothing is left in the file even without cleaning: the test of the bytes proves nothing")
	}
}

// Who was erased does not come back with the same file; the books go on.
func TestAFileDoesNotBringAnErasedPersonBack(t *testing.T) {
	t.Parallel()
	onBothCanaries(t, func(t *testing.T, b *canaryBook) {
		ctx := authtest.Context(t)
		_, err := b.Erase(ctx, b.person, "asked")
		b.must(err)
		var res ImportResult
		key := canaryMail
		if b.whole {
			res = b.importFile(intake.Customers, "external_id;number;name\n"+canaryMail+";zk900q;"+canaryLast+"\n")
		} else {
			key = "K1"
			res = b.importFile(intake.Contacts, "external_id;customer;name\n"+canaryMail+";K1;"+canaryLast+"\n")
		}
		if res.Rejected != 1 || res.Created != 0 {
			t.Errorf("%+v", res.Counts)
		}
		b.exec("DELETE FROM mapping")
		b.exec("UPDATE import SET file = '', path = '', options = '{}'")
		b.must(b.CleanErased(ctx))
		if left := b.left(); len(left) > 0 {
			t.Errorf("the file brought the person back: %v", left)
		}
		invoice := b.importFile(intake.Invoices, "number;customer;day;net;cost\nR2;"+key+";2026-04-02;500.00;100.00\n")
		if invoice.Created != 1 {
			t.Errorf("an invoice of the customer was not taken in: %+v", invoice.Counts)
		}
		b.sound("after the files")
	})
}

// A hold stands in the way, a reason must be one of those offered, and a company
// is no person.
func TestWhoMustNotBeErased(t *testing.T) {
	t.Parallel()
	b := newCanaryBook(t, "sqlite", false)
	b.fill()
	ctx := authtest.Context(t)
	b.must(b.Mark(ctx, privacy.Mark{Person: privacy.Person{Customer: b.person.Customer}, Kind: privacy.Hold, Reason: "lawsuit 3 O 12/26"}))
	if _, err := b.Erase(ctx, b.person, "asked"); err == nil || !strings.Contains(err.Error(), "lawsuit 3 O 12/26") {
		t.Errorf("held: %v", err)
	}
	b.must(b.Unmark(ctx, privacy.Person{Customer: b.person.Customer}, privacy.Hold))
	if _, err := b.Erase(ctx, b.person, "because I like to"); !slices.Equal(problemsOf(err), []string{"reason"}) {
		t.Errorf("a reason of one's own: %v", err)
	}
	if _, err := b.Erase(ctx, privacy.Person{Customer: b.person.Customer}, "asked"); !slices.Equal(problemsOf(err), []string{"person"}) {
		t.Errorf("a company: %v", err)
	}
	if _, err := b.Erase(ctx, privacy.Person{Customer: b.person.Customer, Contact: 1}, "asked"); !errors.Is(err, fault.NotFound) {
		t.Errorf("nobody: %v", err)
	}
	if left := b.inDatabase(); len(left) < 40 {
		t.Errorf("something was erased: only %v is left", left)
	}
}

// An erasure is done again on a book that is older than it, by ids that stay, even
// of a person who had another name then.
func TestErasuresAreReplayed(t *testing.T) {
	t.Parallel()
	ctx := authtest.Context(t)
	b := newCanaryBook(t, "sqlite", false)
	b.fill()
	old := filepath.Join(t.TempDir(), "old.db")
	b.must(b.DB.CopyTo(ctx, old))
	contact, err := b.DB.Read().Contact(ctx, b.person.Customer, b.person.Contact)
	b.must(err)
	b.must(b.CorrectPerson(ctx, Correction{Person: b.person, Revision: contact.Revision, Name: "Anders", FirstName: canaryFirst, Mail: canaryMail, Phone: canaryPhone}))
	_, err = b.Erase(ctx, b.person, "asked")
	b.must(err)
	list, err := ReadErasures(b.Erasures)
	b.must(err)
	if len(list) != 1 || list[0].Person() != b.person || !list[0].At.Equal(b.Now().UTC().Truncate(time.Microsecond)) {
		t.Fatalf("the list says %+v", list)
	}
	again := newCanaryBook(t, "sqlite", false)
	again.App = openApp(t, old)
	again.Log, again.address, again.Erasures = slog.New(slog.NewTextHandler(again.logs, nil)), old, filepath.Join(t.TempDir(), "old.erasures")
	again.raw.Close()
	again.raw, err = sql.Open("sqlite", old)
	b.must(err)
	if left := again.inDatabase(); len(left) < 40 {
		t.Fatalf("the old book names the person in %v only", left)
	}
	unknown := privacy.Erasure{ID: 5, Customer: 7, Contact: 8, Pseudonym: "Person 8", Reason: "asked", At: b.Now()}
	n, err := again.ReplayErasures(ctx, append(list, unknown))
	if err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	if left := again.left(); len(left) > 0 {
		t.Errorf("left in %v", left)
	}
	again.sound("after the replay")
	if n, err := again.ReplayErasures(ctx, list); err != nil || n != 0 {
		t.Errorf("a second time: %d, %v", n, err)
	}
	if kept, err := again.DB.Read().Erasures(ctx); err != nil || len(kept) != 2 {
		t.Errorf("%+v, %v", kept, err)
	}
}
