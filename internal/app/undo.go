package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"quid/account"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/intake"
	"quid/internal/store"
)

// An UndoReport says in three parts what became of taking an import back.
type UndoReport struct {
	TakenBack int64      `json:"taken_back"`
	Kept      []UndoLine `json:"kept"`   // left as it is, with the reason
	Failed    []UndoLine `json:"failed"` // could not be taken back
	KeptMore  int64      `json:"kept_more,omitempty"`
}

// An UndoLine names a record and why it was not taken back.
type UndoLine struct {
	Kind string `json:"kind"`
	ID   int64  `json:"id,string"`
	Name string `json:"name"`
	Why  string `json:"why"`
}

const mostKept = 1000

func (u *UndoReport) keep(l UndoLine) {
	if len(u.Kept) < mostKept {
		u.Kept = append(u.Kept, l)
	} else {
		u.KeptMore++
	}
}

// Why a record is kept when its import is taken back.
const (
	editedSince = "somebody changed it since"
	inUse       = "other records name it"
)

// Undo takes a whole import back: postings by reversals, updated records get
// their old values unless somebody wrote them since.
func (a *App) Undo(ctx context.Context, id int64) (UndoReport, error) {
	if err := may(ctx, auth.ImportFiles); err != nil {
		return UndoReport{}, err
	}
	imp, err := a.beginUndo(ctx, id)
	if err != nil {
		return UndoReport{}, err
	}
	return a.undo(ctx, imp)
}

// StartUndo begins to take an import back and leaves it to the jobs.
func (a *App) StartUndo(ctx context.Context, id int64) error {
	if err := may(ctx, auth.ImportFiles); err != nil {
		return err
	}
	if _, err := a.beginUndo(ctx, id); err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		return a.enqueue(ctx, tx, ImportJob, strconv.FormatInt(id, 10))
	})
}

func (a *App) beginUndo(ctx context.Context, id int64) (imp store.Import, err error) {
	err = a.DB.Write(ctx, func(tx *store.Tx) error {
		if imp, err = tx.Import(ctx, id); err != nil {
			return err
		}
		switch imp.State {
		case "undoing":
			return nil
		case "undone":
			return fmt.Errorf("import %d was taken back already: %w", id, fault.Conflict)
		}
		imp.State = "undoing"
		imp.Report = "{}"
		return errors.Join(tx.PutImport(ctx, imp), a.importAct(ctx, tx, "took back", imp, nil))
	})
	return imp, err
}

// undoOrder is the order in which what an import made is taken back: what names
// others before what is named.
var undoOrder = []store.KeyKind{
	store.EntryKey, store.InteractionKey, store.ComplaintKey, store.PaymentKey, store.InvoiceKey, store.BonusKey,
	store.ContactKey, store.CustomerKey, store.ProductKey, store.TypeKey,
}

// undo takes an import back in batches, so that it can go on after a kill.
func (a *App) undo(ctx context.Context, imp store.Import) (UndoReport, error) {
	var o importOptions
	if err := json.Unmarshal([]byte(imp.Options), &o); err != nil {
		return UndoReport{}, fmt.Errorf("import %d: options: %w", imp.ID, err)
	}
	var report UndoReport
	if err := json.Unmarshal([]byte(cmpOr(imp.Report, "{}")), &report); err != nil {
		return report, fmt.Errorf("import %d: report: %w", imp.ID, err)
	}
	u := &undoing{app: a, imp: imp, report: report, taking: &taking{
		id: imp.ID, source: o.Source, mode: Upsert, used: make(map[store.KeyKind]map[int64]bool),
	}}
	if err := u.changes(ctx); err != nil {
		return u.report, err
	}
	for _, kind := range undoOrder {
		if err := u.made(ctx, kind); err != nil {
			return u.report, err
		}
	}
	if err := a.settleWaiting(ctx); err != nil {
		return u.report, err
	}
	if err := u.rest(ctx); err != nil {
		return u.report, err
	}
	return u.report, u.finish(ctx)
}

// An undoing is an import while it is being taken back.
type undoing struct {
	app    *App
	imp    store.Import
	taking *taking
	report UndoReport
}

// write runs fn on a batch and writes what it collected, with the report.
func (u *undoing) write(ctx context.Context, fn func(*batch, *UndoReport) error) error {
	var report UndoReport
	err := u.app.DB.Write(ctx, func(tx *store.Tx) error {
		s, err := u.app.settling(ctx, tx)
		if err != nil {
			return err
		}
		b := newBatch(s, u.taking, Counts{})
		report = u.report
		report.Kept = append([]UndoLine(nil), u.report.Kept...)
		if err := fn(b, &report); err != nil {
			return err
		}
		b.changes = nil // taking back is not undone by taking back
		if err := b.write(ctx); err != nil {
			return err
		}
		return u.progress(ctx, tx, report)
	})
	if err == nil {
		u.report = report
	}
	return err
}

func (u *undoing) progress(ctx context.Context, tx *store.Tx, report UndoReport) error {
	imp, err := tx.Import(ctx, u.imp.ID)
	if err != nil {
		return err
	}
	text, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("import %d: report: %w", imp.ID, err)
	}
	imp.Report = string(text)
	if err := tx.PutImport(ctx, imp); err != nil {
		return err
	}
	return tx.Touch(ctx)
}

// changes gives updated records their old values back, the last change first.
func (u *undoing) changes(ctx context.Context) error {
	for seq := int64(math.MaxInt64); ; {
		cs, err := u.app.DB.Read().Changes(ctx, u.imp.ID, seq)
		if err != nil || len(cs) == 0 {
			return err
		}
		err = u.write(ctx, func(b *batch, report *UndoReport) error {
			for _, c := range cs {
				ok, err := b.restore(ctx, c)
				if err != nil {
					return err
				}
				if ok {
					report.TakenBack++
				} else {
					report.keep(UndoLine{Kind: kindName(c.Kind), ID: c.ID, Name: nameIn(c.Before), Why: editedSince})
				}
				if err := b.tx.DeleteChange(ctx, c); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		seq = cs[len(cs)-1].Seq
	}
}

// made takes back what the import created, a kind at a time.
func (u *undoing) made(ctx context.Context, kind store.KeyKind) error {
	for after := (store.Ref{}); ; {
		refs, err := u.app.DB.Read().MadeBy(ctx, kind, u.imp.ID, after)
		if err != nil || len(refs) == 0 {
			return err
		}
		err = u.write(ctx, func(b *batch, report *UndoReport) error {
			for _, ref := range refs {
				ok, err := b.withdraw(ctx, kind, ref)
				if err != nil {
					return err
				}
				if ok {
					report.TakenBack++
				} else {
					report.keep(UndoLine{Kind: kindName(kind), ID: int64(ref.ID), Name: b.nameOf(ctx, kind, ref), Why: inUse})
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		after = refs[len(refs)-1]
	}
}

// rest says of what the import wrote and somebody else wrote since that it is
// kept: it is no longer known by this import.
func (u *undoing) rest(ctx context.Context) error {
	var c Counts
	if err := json.Unmarshal([]byte(u.imp.Counts), &c); err != nil {
		return fmt.Errorf("import %d: counts: %w", u.imp.ID, err)
	}
	wrote := c.Created + c.Updated + c.RelatedCreated
	for _, n := range c.Also {
		wrote += n
	}
	left := wrote - u.report.TakenBack - int64(len(u.report.Kept)) - u.report.KeptMore
	if left <= 0 || u.imp.Kind == string(intake.InvoiceLines) {
		return nil // lines are counted one by one, invoices taken back
	}
	return u.write(ctx, func(_ *batch, report *UndoReport) error {
		report.keep(UndoLine{Kind: u.imp.Kind, Name: strconv.FormatInt(left, 10), Why: editedSince})
		return nil
	})
}

func (u *undoing) finish(ctx context.Context) error {
	return u.app.DB.Write(ctx, func(tx *store.Tx) error {
		imp, err := tx.Import(ctx, u.imp.ID)
		if err != nil {
			return err
		}
		imp.State, imp.Ended = "undone", u.app.Now()
		told := map[string]any{"taken_back": u.report.TakenBack, "kept": int64(len(u.report.Kept)) + u.report.KeptMore}
		if err := errors.Join(tx.PutImport(ctx, imp), u.app.importAct(ctx, tx, "was taken back", imp, told), u.app.tellImport(ctx, tx, imp)); err != nil {
			return err
		}
		return u.app.enqueue(ctx, tx, ValueJob, "")
	})
}

// kindName is the name of what a key names, as the API spells it.
func kindName(k store.KeyKind) string {
	return map[store.KeyKind]string{
		store.CustomerKey: "customer", store.ContactKey: "contact", store.ProductKey: "product", store.InvoiceKey: "invoice",
		store.PaymentKey: "payment", store.ComplaintKey: "complaint", store.InteractionKey: "interaction",
		store.TypeKey: "service type", store.EntryKey: "service entry", store.BonusKey: "bonus agreement",
	}[k]
}

// nameIn finds a name for people in a kept record.
func nameIn(before string) string {
	var v struct {
		Name, External, Code string
		Doc                  struct{ Number string }
	}
	if json.Unmarshal([]byte(before), &v) != nil {
		return ""
	}
	return cmpOr(cmpOr(v.Doc.Number, v.Name), cmpOr(v.Code, v.External))
}

// nameOf finds a name for people of a record that stays.
func (b *batch) nameOf(ctx context.Context, kind store.KeyKind, ref store.Ref) string {
	switch kind {
	case store.CustomerKey:
		if c, err := b.tx.Customer(ctx, ref.Customer); err == nil {
			return c.Name
		}
	case store.ProductKey:
		if p, err := b.tx.Product(ctx, int64(ref.ID)); err == nil {
			return p.Name
		}
	}
	return ""
}

// withdraw takes a record back that stands: a document by reversing what it
// posted, a customer by archiving it, others by forgetting them. It returns false
// for what others name.
func (b *batch) withdraw(ctx context.Context, kind store.KeyKind, ref store.Ref) (bool, error) {
	switch kind {
	case store.InvoiceKey:
		b.reconcile[ref], b.rewritten[ref] = true, true
		return withdrawDoc(ctx, b, b.invoiceNoun(), ref)
	case store.PaymentKey:
		k, err := b.tx.Payment(ctx, ref)
		if err != nil {
			return false, err
		}
		b.settles(k.Doc)
		return withdrawDoc(ctx, b, b.paymentNoun(), ref)
	case store.ComplaintKey:
		return withdrawDoc(ctx, b, b.complaintNoun(), ref)
	case store.InteractionKey:
		return withdrawDoc(ctx, b, b.interactionNoun(), ref)
	case store.EntryKey:
		if err := b.tx.ForgetAuthor(ctx, ref); err != nil {
			return false, err
		}
		return withdrawDoc(ctx, b, b.entryNoun(), ref)
	case store.BonusKey:
		b.agreed[ref.Customer] = true
		return withdrawDoc(ctx, b, b.bonusNoun(), ref)
	case store.CustomerKey:
		return b.archive(ctx, ref.Customer)
	}
	return b.forget(ctx, kind, ref)
}

func withdrawDoc[D any](ctx context.Context, b *batch, n noun[D], ref store.Ref) (bool, error) {
	k, err := n.load(ctx, ref)
	if err != nil || !k.Withdrawn.IsZero() {
		return true, err
	}
	if err := b.takeBack(ctx, n.doc, ref, n.head(&k.Doc).Revision, k.PostedOn); err != nil {
		return false, err
	}
	return true, b.tx.Withdraw(ctx, n.doc, ref, b.app.Now())
}

// archive puts a customer away that nothing names any more; its account, with
// all reversals, stays.
func (b *batch) archive(ctx context.Context, id account.CustomerID) (bool, error) {
	n, err := b.tx.Live(ctx, id)
	if err != nil || n > 0 {
		return false, err
	}
	c, err := b.tx.Customer(ctx, id)
	if err != nil {
		return false, err
	}
	if c.PostedOn != 0 {
		doc := acquisition(c)
		if err := b.takeBack(ctx, doc.Kind, store.Ref{Customer: id, ID: doc.ID}, doc.Revision, c.PostedOn); err != nil {
			return false, err
		}
	}
	if err := b.group(ctx, id, nil); err != nil {
		return false, err
	}
	c.Archived, c.Revision, c.PostedOn = b.app.Now(), c.Revision+1, 0
	return true, b.tx.PutCustomer(ctx, c)
}

// forget deletes a record that posts nothing and that nothing names.
func (b *batch) forget(ctx context.Context, kind store.KeyKind, ref store.Ref) (bool, error) {
	id := int64(ref.ID)
	switch kind {
	case store.ContactKey:
		c, err := b.tx.Contact(ctx, ref.Customer, id)
		if err != nil {
			return false, err
		}
		if err := b.tx.DeleteKey(ctx, store.Key{Source: b.source, Kind: kind, External: c.External}); err != nil {
			return false, err
		}
		return true, b.tx.DeleteContact(ctx, ref.Customer, id)
	case store.ProductKey:
		p, err := b.tx.Product(ctx, id)
		if err != nil {
			return false, err
		}
		if used, err := b.inUse(ctx, kind, b.tx.ProductsUsed); err != nil || used[id] {
			return false, err
		}
		if err := b.tx.DeleteKey(ctx, store.Key{Source: b.source, Kind: kind, External: p.External}); err != nil {
			return false, err
		}
		return true, b.tx.DeleteProduct(ctx, id)
	}
	if used, err := b.inUse(ctx, kind, b.tx.TypesUsed); err != nil || used[id] {
		return false, err
	}
	types, err := b.tx.Types(ctx)
	if err != nil {
		return false, err
	}
	for _, t := range types {
		if t.ID == id {
			if err := b.tx.DeleteKey(ctx, store.Key{Source: b.source, Kind: kind, External: t.Code}); err != nil {
				return false, err
			}
		}
	}
	return true, b.tx.DeleteType(ctx, id)
}

// inUse asks once per import that is taken back which records others name.
func (b *batch) inUse(ctx context.Context, kind store.KeyKind, find func(context.Context) (map[int64]bool, error)) (map[int64]bool, error) {
	if used, ok := b.used[kind]; ok {
		return used, nil
	}
	used, err := find(ctx)
	if err == nil {
		b.used[kind] = used
	}
	return used, err
}
