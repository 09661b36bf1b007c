package app

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"quid/account"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
)

// Limits of what is kept with an entry.
const (
	MostAttachmentBytes = 5 << 20
	mostAttachments     = 12 // of an entry
)

// An AttachmentDraft is a picture or a paper that somebody puts to an entry.
type AttachmentDraft struct {
	Key     string    // made by who sends it, so that a retry has one effect
	Ref     store.Ref // its entry,
	Entry   string    // or the key that it was booked under
	Content []byte
}

// heicBrands are the first brands of pictures in the High Efficiency Image File
// Format (ISO/IEC 23008-12, annex B).
var heicBrands = []string{"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"}

// MediaOf says what a file is by its content: PNG, JPEG, WebP, HEIC or PDF. ok is
// false for everything else, whatever its name says.
func MediaOf(content []byte) (media string, ok bool) {
	has := func(at int, text string) bool {
		return len(content) >= at+len(text) && string(content[at:at+len(text)]) == text
	}
	switch {
	case has(0, "\x89PNG\r\n\x1a\n"):
		return "image/png", true
	case has(0, "\xff\xd8\xff"):
		return "image/jpeg", true
	case has(0, "RIFF") && has(8, "WEBP"):
		return "image/webp", true
	case has(0, "%PDF-"):
		return "application/pdf", true
	case has(4, "ftyp"):
		for _, brand := range heicBrands {
			if has(8, brand) {
				return "image/heic", true
			}
		}
	}
	return "", false
}

func (d AttachmentDraft) check() (media string, err error) {
	var errs []error
	if d.Key == "" || len(d.Key) > longestKey {
		errs = append(errs, fault.Field("key", "write at most 100 characters"))
	}
	media, ok := MediaOf(d.Content)
	switch {
	case len(d.Content) > MostAttachmentBytes:
		errs = append(errs, fault.Field("file", "at most 5 MB"))
	case !ok:
		errs = append(errs, fault.Field("file", "only pictures (PNG, JPEG, WebP, HEIC) and PDF"))
	}
	return media, errors.Join(errs...)
}

// Attach keeps a file with the entry that was booked under a key. A retry with the
// same key has no second effect, and doesn't bring back what was thrown away;
// another file under the same key is refused.
func (a *App) Attach(ctx context.Context, d AttachmentDraft) (kept store.Attachment, already bool, err error) {
	if err := may(ctx, auth.BookServices); err != nil {
		return kept, already, err
	}
	d.Key, d.Entry = strings.TrimSpace(d.Key), strings.TrimSpace(d.Entry)
	media, err := d.check()
	if err != nil {
		return kept, false, fmt.Errorf("attach: %w", err)
	}
	sum := sha256.Sum256(d.Content)
	hash := int64(binary.LittleEndian.Uint64(sum[:]))
	err = a.DB.Write(ctx, func(tx *store.Tx) error {
		ref, err := d.entry(ctx, tx)
		if err != nil {
			return err
		}
		if kept, already, err = tx.AttachmentKeyed(ctx, ref.Customer, d.Key); err != nil {
			return err
		}
		if already {
			if kept.Hash != hash || kept.Entry != ref.ID && !kept.Gone {
				return fault.Field("key", "this key was used for another file already")
			}
			return nil
		}
		list, err := tx.AttachmentsOfEntry(ctx, ref)
		if err != nil {
			return err
		}
		if len(list) >= mostAttachments {
			return fault.Field("file", "an entry has at most 12 files")
		}
		kept = store.Attachment{
			ID: a.id(), Customer: ref.Customer, Entry: ref.ID, Key: d.Key, Hash: hash, Media: media,
			Size: int64(len(d.Content)), Made: a.Now(),
		}
		return tx.AddAttachment(ctx, kept, d.Content)
	})
	if err != nil {
		return store.Attachment{}, false, fmt.Errorf("attach: %w", err)
	}
	return kept, already, nil
}

// entry finds the entry that a file is for.
func (d AttachmentDraft) entry(ctx context.Context, tx *store.Tx) (store.Ref, error) {
	ref := d.Ref
	if ref.ID == 0 {
		var err error
		if ref, err = keyed(ctx, tx.Reader, d.Entry); errors.Is(err, fault.NotFound) {
			err = fault.Field("entry", "its entry is not booked yet")
		}
		if err != nil {
			return ref, err
		}
	}
	if _, err := tx.Entry(ctx, ref); err != nil {
		return ref, err
	}
	for { // a file that comes late belongs to what stands in the place of its entry
		now, ok, err := tx.ReplacedBy(ctx, ref)
		if err != nil || !ok {
			return ref, err
		}
		ref = now
	}
}

// DropAttachment throws a file of an entry away. What it was is forgotten, that
// it was sent is not: a late retry doesn't bring it back.
func (a *App) DropAttachment(ctx context.Context, ref store.Ref) error {
	if err := may(ctx, auth.BookServices); err != nil {
		return err
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Attachment(ctx, ref); err != nil {
			return err
		}
		return tx.EmptyAttachment(ctx, ref)
	})
	if err != nil {
		return fmt.Errorf("drop attachment: %w", err)
	}
	return nil
}

// EntryKeyed finds the entry that was booked under a key, taken back or not.
func (a *App) EntryKeyed(ctx context.Context, key string) (store.Ref, error) {
	return keyed(ctx, a.DB.Read(), key)
}

func keyed(ctx context.Context, r store.Reader, key string) (store.Ref, error) {
	found, err := r.Keys(ctx, captured, store.EntryKey, []string{key})
	if err != nil {
		return store.Ref{}, err
	}
	k, ok := found[key]
	if !ok {
		return store.Ref{}, fmt.Errorf("entry %s: %w", key, fault.NotFound)
	}
	return store.Ref{Customer: k.Customer, ID: account.DocumentID(k.ID)}, nil
}
