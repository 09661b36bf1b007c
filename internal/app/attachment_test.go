package app

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fault"
	"quid/internal/auth/authtest"
	"quid/internal/store"
	"quid/money"
)

// Beginnings of files as programs write them.
const (
	pngHead  = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
	jpegHead = "\xff\xd8\xff\xe0\x00\x10JFIF"
	webpHead = "RIFF\x24\x00\x00\x00WEBPVP8 "
	heicHead = "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"
	pdfHead  = "%PDF-1.7\n"
)

func TestAFileIsWhatItsContentSays(t *testing.T) {
	t.Parallel()
	for head, want := range map[string]string{
		pngHead: "image/png", jpegHead: "image/jpeg", webpHead: "image/webp", heicHead: "image/heic", pdfHead: "application/pdf",
		"": "", "<svg xmlns=": "", "<html>": "", "GIF89a": "", "RIFF\x24\x00\x00\x00WAVEfmt ": "", "\x00\x00\x00\x18ftypmp42": "", "\x89PN": "", "PK\x03\x04": "",
		" %PDF-1.7": "",
	} {
		got, ok := MediaOf([]byte(head))
		if got != want || ok != (want != "") {
			t.Errorf("%q is %q, %v; want %q", head, got, ok, want)
		}
	}
}

// bookOne books a service under a key at a new customer.
func bookOne(t *testing.T, a *App, key string) Recorded {
	t.Helper()
	id := account.CustomerID(a.id())
	err := a.DB.Write(authtest.Context(t), func(tx *store.Tx) error {
		return tx.AddCustomers(authtest.Context(t), []store.KeptCustomer{{Customer: crm.Customer{ID: id, External: key, Number: key, Name: "Kunde " + key, Created: a.Now()}}})
	})
	if err != nil {
		t.Fatal(err)
	}
	types, err := a.DB.Read().Types(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	minutes := 20 * money.One
	r, err := a.RecordService(authtest.Context(t), EntryDraft{Key: key, Customer: id, Type: types[0].ID, Day: day.At(a.Now()), Quantity: money.One, Minutes: &minutes})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAFileIsKeptOnceHoweverOftenItIsSent(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		entry, other := bookOne(t, a, "e1"), bookOne(t, a, "e2")
		d := AttachmentDraft{Key: "f1", Entry: "e1", Content: []byte(jpegHead + "picture")}
		first, already, err := a.Attach(authtest.Context(t), d)
		if err != nil || already {
			t.Fatalf("the first time: already %v, %v", already, err)
		}
		again, already, err := a.Attach(authtest.Context(t), d)
		if err != nil || !already || again.ID != first.ID {
			t.Errorf("a retry makes %d beside %d, already %v: %v", again.ID, first.ID, already, err)
		}
		if got, err := a.DB.Read().AttachmentContent(authtest.Context(t), first.Ref()); err != nil || string(got) != jpegHead+"picture" {
			t.Errorf("kept is %q, %v", got, err)
		}
		d.Content = []byte(pngHead)
		refuses(t, a, d, "key", "used for another file")
		d.Content = []byte(jpegHead + "picture")
		if _, already, err = a.Attach(authtest.Context(t), AttachmentDraft{Key: "f1", Entry: "e2", Content: d.Content}); err != nil || already {
			t.Errorf("the same key at another customer is another file, got already %v, %v", already, err)
		}
		d.Entry = "nowhere"
		refuses(t, a, d, "entry", "not booked yet")
		refuses(t, a, AttachmentDraft{Key: "f2", Entry: "e1", Content: []byte("<svg onload=alert(1)>")}, "file", "only pictures")
		refuses(t, a, AttachmentDraft{Key: "f2", Entry: "e1", Content: append([]byte(pngHead), make([]byte, MostAttachmentBytes)...)}, "file", "at most 5 MB")
		refuses(t, a, AttachmentDraft{Entry: "e1", Content: []byte(pngHead)}, "key", "")

		if err := a.DropAttachment(authtest.Context(t), first.Ref()); err != nil {
			t.Fatal(err)
		}
		d.Entry = "e1"
		if _, already, err = a.Attach(authtest.Context(t), d); err != nil || !already {
			t.Errorf("a late retry of what was thrown away: already %v, %v", already, err)
		}
		if list, err := a.DB.Read().AttachmentsOf(authtest.Context(t), entry.Ref.Customer); err != nil || len(list) != 0 {
			t.Errorf("what was thrown away came back: %v, %v", list, err)
		}
		if err := a.DropAttachment(authtest.Context(t), first.Ref()); !errors.Is(err, fault.NotFound) {
			t.Errorf("thrown away twice: %v", err)
		}
		if list, err := a.DB.Read().AttachmentsOfEntry(authtest.Context(t), other.Ref); err != nil || len(list) != 1 {
			t.Errorf("the other entry has %v, %v", list, err)
		}
		for i := range mostAttachments - 1 {
			if _, _, err := a.Attach(authtest.Context(t), AttachmentDraft{Key: string(rune('a' + i)), Entry: "e2", Content: bytes.Repeat([]byte(pdfHead), i+1)}); err != nil {
				t.Fatal(err)
			}
		}
		refuses(t, a, AttachmentDraft{Key: "more", Entry: "e2", Content: []byte(pdfHead)}, "file", "at most 12 files")
	})
}

func refuses(t *testing.T, a *App, d AttachmentDraft, field, problem string) {
	t.Helper()
	_, _, err := a.Attach(authtest.Context(t), d)
	for _, f := range fault.Fields(err) {
		if f.Name == field && strings.Contains(f.Problem, problem) {
			return
		}
	}
	t.Errorf("it says %v, want %s: %s", err, field, problem)
}

// The files of an entry go with it to the one that corrects it, at the same
// customer or another; one that is sent late finds what stands now, and a retry
// from before makes no second.
func TestFilesGoWithTheirEntry(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		l := openLedger(t, open())
		ctx := authtest.Context(t)
		attach := func(key, entry string) bool {
			t.Helper()
			_, already, err := l.Attach(ctx, AttachmentDraft{Key: key, Entry: entry, Content: []byte(jpegHead + key)})
			if err != nil {
				t.Fatal(err)
			}
			return already
		}
		has := func(ref store.Ref, want int) {
			t.Helper()
			list, err := l.DB.Read().AttachmentsOfEntry(ctx, ref)
			if err != nil || len(list) != want {
				t.Errorf("entry %d has %d files, want %d: %v", ref.ID, len(list), want, err)
			}
			for _, a := range list {
				if content, err := l.DB.Read().AttachmentContent(ctx, a.Ref()); err != nil || string(content) != jpegHead+a.Key {
					t.Errorf("file %s holds %q, %v", a.Key, content, err)
				}
			}
		}
		correct := func(ref store.Ref, change func(*EntryDraft)) store.Ref {
			t.Helper()
			r, err := l.CorrectService(ctx, ref, "a slip", l.draft(change))
			if err != nil {
				t.Fatal(err)
			}
			return r.Ref
		}
		first := l.record(l.draft(func(d *EntryDraft) { d.Key = "e1" })).Ref
		attach("f1", "e1")
		second := correct(first, func(d *EntryDraft) { d.Background = "Pumpe leise" })
		has(first, 0)
		has(second, 1)
		if !attach("f1", "e1") {
			t.Error("a retry made a second file")
		}
		attach("f2", "e1") // late
		has(second, 2)
		third := correct(second, func(d *EntryDraft) { d.Customer = l.customers[1] })
		has(second, 0)
		has(third, 2)
		if !attach("f2", "e1") {
			t.Error("a retry made a second file at the old customer")
		}
		has(correct(third, func(d *EntryDraft) { d.Customer = l.customers[0] }), 2)
		has(third, 0)
		sound(t, l.App)
	})
}
