package app

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"quid/account"
	"quid/crm"
	"quid/fact"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/service"
)

// A Mode says what an import may do.
type Mode string

// The modes of an import.
const (
	CreateOnly Mode = "create" // records that are not there yet
	UpdateOnly Mode = "update" // records that are there
	Upsert     Mode = "upsert" // both
)

// Counts says what became of a file. The numbers count records of its kind;
// Also counts records of other kinds that the same rows made, by kind.
type Counts struct {
	Read           int64            `json:"read"`
	Created        int64            `json:"created"`
	Updated        int64            `json:"updated"`
	Unchanged      int64            `json:"unchanged"`
	Rejected       int64            `json:"rejected"`
	Blank          int64            `json:"blank"`
	Filtered       int64            `json:"filtered"`
	Billable       int64            `json:"billable,omitempty"` // rows of time sheets that the customer pays for
	LeftOut        int64            `json:"left_out,omitempty"` // rows of time sheets whose words mean no free service
	Also           map[string]int64 `json:"also"`
	RelatedCreated int64            `json:"related_created"`

	Problems int64   `json:"-"` // rows of import_problem so far
	Changes  int64   `json:"-"` // rows of import_change so far
	Late     []int64 `json:"-"` // places of documents that were put off to the end
}

func (c Counts) clone() Counts {
	c.Also, c.Late = maps.Clone(c.Also), slices.Clone(c.Late)
	if c.Also == nil {
		c.Also = make(map[string]int64)
	}
	return c
}

// A taking is one import as its batches see it. What is cached is only added
// after a commit.
type taking struct {
	id      int64
	source  string
	mode    Mode
	related bool // records that are named and not found are made as stubs
	dry     bool

	customers memory[store.CustomerRef] // by the text that names them
	products  memory[productRef]
	virtual   *intake.Register // dry run: keys that would have been written → version

	told func(*intake.Doc, outcome) // hears what became of each document; may be nil

	used map[store.KeyKind]map[int64]bool // undo: what others name, asked once
}

// A memory is what an import remembers of records by the texts that name them:
// at least the last so many of them. The others are looked up again.
type memory[V any] struct{ young, old map[string]V }

// remembered is how many, where App says nothing else.
const remembered = 50_000

func (m *memory[V]) get(text string) (V, bool) {
	v, ok := m.young[text]
	if !ok {
		v, ok = m.old[text]
	}
	return v, ok
}

// add keeps more entries, and the older ones as long as the younger are no more
// than most. Their texts are parts of rows of a file, which must not stay in
// memory for their sake.
func (m *memory[V]) add(more map[string]V, most int) {
	if m.young == nil || len(m.young)+len(more) > most {
		m.young, m.old = make(map[string]V), m.young
	}
	for text, v := range more {
		m.young[strings.Clone(text)] = v
	}
}

// A productRef is what lines need to know of their product.
type productRef struct {
	id   int64
	cost *fact.UnitPrice
	list *fact.UnitPrice
}

// A batch takes documents in within one transaction. It collects rows and
// writes them at the end, so that they go in bulk.
type batch struct {
	settling
	*taking
	counts Counts

	newCustomers map[string]store.CustomerRef
	newProducts  map[string]productRef
	newVirtual   map[string]int64

	keys         []store.Key
	customers    []store.KeptCustomer
	groups       []regrouped
	contacts     []crm.Contact
	products     []fact.Product
	invoices     []store.Kept[fact.Invoice]
	settled      []store.Settled
	payments     []store.Kept[fact.Payment]
	parts        []store.Settlement
	complaints   []store.Kept[fact.Complaint]
	interactions []store.Kept[fact.Interaction]
	entries      []store.Kept[service.Entry]
	agreements   []store.Kept[fact.Agreement]
	postings     []account.Posting
	changes      []store.Change
	problems     []store.RowProblem
	types        map[string]service.Type
	sheet        *sheetWords
	authors      []author
	late         []*intake.Doc               // put off to the end of the file
	place        map[*intake.Doc]int64       // nil: nothing can be put off
	room         int                         // for documents that are put off
	named        map[int64]bool              // products that invoices of the batch name
	fresh        map[string]store.Ref        // invoices the batch adds, by number
	reconcile    map[store.Ref]bool          // invoices to settle anew
	rewritten    map[store.Ref]bool          // invoices that stood and changed, went or came back
	waiting      map[account.CustomerID]bool // customers to settle as a whole
	agreed       map[account.CustomerID]bool // owners of bonus agreements that changed
	noted        map[account.CustomerID]bool // customers of credit notes that settle a bonus
	served       map[account.CustomerID]bool // customers whose service entries changed
	forgotten    map[int64]bool              // ids of persons who were erased; nil: not read yet
}

func newBatch(s settling, t *taking, counts Counts) *batch {
	return &batch{
		settling: s, taking: t, counts: counts.clone(),
		newCustomers: make(map[string]store.CustomerRef), newProducts: make(map[string]productRef), newVirtual: make(map[string]int64),
		named: make(map[int64]bool), fresh: make(map[string]store.Ref), reconcile: make(map[store.Ref]bool), waiting: make(map[account.CustomerID]bool),
		agreed: make(map[account.CustomerID]bool), noted: make(map[account.CustomerID]bool),
		served: make(map[account.CustomerID]bool), rewritten: make(map[store.Ref]bool),
	}
}

// committed keeps what the batch found out, now that it is true.
func (b *batch) committed() {
	most := cmp.Or(b.app.Remember, remembered)
	b.taking.customers.add(b.newCustomers, most)
	b.taking.products.add(b.newProducts, most)
	if b.dry {
		for key, version := range b.newVirtual {
			b.virtual.Keep(key, version)
		}
		for text, ref := range b.newCustomers {
			b.virtual.Keep(virtualRef(store.CustomerKey, text), int64(ref.ID))
		}
		for text, ref := range b.newProducts {
			b.virtual.Keep(virtualRef(store.ProductKey, text), ref.id)
		}
	}
}

// An outcome is what became of a document.
type outcome int8

const (
	rejected outcome = iota
	created
	updated
	unchanged
)

// count counts a document of the file's kind.
func (b *batch) count(d *intake.Doc, o outcome) {
	n := int64(d.Records)
	b.counts.Read += n
	if b.told != nil {
		b.told(d, o)
	}
	if b.counts.Read%32 == 0 {
		b.app.giveWay()
	}
	switch o {
	case created:
		b.counts.Created += n
	case updated:
		b.counts.Updated += n
	case unchanged:
		b.counts.Unchanged += n
	default:
		b.counts.Rejected += n
	}
}

// also counts a document of another kind that the same rows made.
func (b *batch) also(kind intake.Kind, o outcome) {
	if o == created {
		b.counts.Also[string(kind)]++
	}
}

// reject writes down why a document is not taken in.
func (b *batch) reject(d *intake.Doc, problems ...intake.Problem) {
	b.count(d, rejected)
	for i, p := range append(slices.Clone(d.Problems), problems...) {
		row := ""
		if i == 0 {
			row = strings.Join(d.Raw, "\n")
		}
		if p.Line == 0 && len(d.Lines) > 0 {
			p.Line = d.Lines[0]
		}
		b.problems = append(b.problems, store.RowProblem{
			Import: b.id, Seq: b.counts.Problems, Line: p.Line, Field: cmpOr(p.Column, p.Field), Value: p.Value,
			Problem: sentence(p), Row: row,
		})
		b.counts.Problems++
	}
}

// readForgotten reads who was erased.
func (b *batch) readForgotten(ctx context.Context) error {
	if b.forgotten != nil {
		return nil
	}
	erasures, err := b.tx.Erasures(ctx)
	if err != nil {
		return err
	}
	b.forgotten = make(map[int64]bool, len(erasures))
	for _, e := range erasures {
		b.forgotten[e.Person().ID()] = true
	}
	return nil
}

// turnAway rejects the row of a person who was erased. What it says of them is not
// kept, not even as a rejected row.
func (b *batch) turnAway(d *intake.Doc) {
	b.count(d, rejected)
	line := 0
	if len(d.Lines) > 0 {
		line = d.Lines[0]
	}
	b.problems = append(b.problems, store.RowProblem{
		Import: b.id, Seq: b.counts.Problems, Line: line, Problem: sentence(trouble("", "", "this person was erased", "take the row out where the file comes from")),
	})
	b.counts.Problems++
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// sentence joins what is wrong and what to do. The separator is part of how
// problems are kept: pages translate the two halves apart.
func sentence(p intake.Problem) string {
	if p.Do == "" {
		return p.Problem
	}
	return p.Problem + "; " + p.Do
}

// How many documents may be put off to the end of their file, and how many bytes.
const (
	mostLate      = 20_000
	mostLateBytes = 16 << 20
)

// putOff leaves a document to the end of its file; false if it cannot wait.
func (b *batch) putOff(d *intake.Doc) bool {
	place, ok := b.place[d]
	if !ok || len(b.counts.Late) >= mostLate || b.room < weight(d) {
		return false
	}
	b.room -= weight(d)
	b.late = append(b.late, d)
	b.counts.Late = append(b.counts.Late, place)
	return true
}

// trouble is a problem that only the book can tell.
func trouble(field, value, problem, do string) intake.Problem {
	return intake.Problem{Field: field, Value: value, Problem: problem, Do: do}
}

// changed remembers a record as it was before the import changed it.
func (b *batch) changed(kind store.KeyKind, ref store.Ref, before any) error {
	text, err := json.Marshal(before)
	if err != nil {
		return fmt.Errorf("keep %d for undo: %w", ref.ID, err)
	}
	b.changes = append(b.changes, store.Change{Import: b.id, Seq: b.counts.Changes, Kind: kind, Customer: ref.Customer, ID: int64(ref.ID), Before: string(text)})
	b.counts.Changes++
	return nil
}

// forgetStubs forgets stubs that only rejected documents named.
func (b *batch) forgetStubs() {
	used := make(map[account.CustomerID]bool)
	use := func(id account.CustomerID) { used[id] = true }
	for i := range b.invoices {
		use(b.invoices[i].Doc.Customer)
	}
	for i := range b.payments {
		use(b.payments[i].Doc.Customer)
	}
	for i := range b.complaints {
		use(b.complaints[i].Doc.Customer)
	}
	for i := range b.interactions {
		use(b.interactions[i].Doc.Customer)
	}
	for i := range b.entries {
		use(b.entries[i].Doc.Customer)
	}
	for i := range b.agreements {
		use(b.agreements[i].Doc.Customer)
	}
	for i := range b.contacts {
		use(b.contacts[i].Customer)
	}
	for _, g := range b.groups {
		for _, m := range g.now {
			use(m.Parent)
		}
	}
	gone := make(map[string]bool)
	b.customers = slices.DeleteFunc(b.customers, func(c store.KeptCustomer) bool {
		drop := c.Stub && !used[c.ID]
		if drop {
			gone["c"+c.External] = true
			delete(b.newCustomers, c.External)
			b.counts.RelatedCreated--
		}
		return drop
	})
	b.products = slices.DeleteFunc(b.products, func(p fact.Product) bool {
		drop := p.Stub && !b.named[p.ID]
		if drop {
			gone["p"+p.External] = true
			delete(b.newProducts, p.External)
			b.counts.RelatedCreated--
		}
		return drop
	})
	b.keys = slices.DeleteFunc(b.keys, func(k store.Key) bool {
		return k.Kind == store.CustomerKey && gone["c"+k.External] || k.Kind == store.ProductKey && gone["p"+k.External]
	})
}

// write writes all the batch collected; a dry run writes nothing.
func (b *batch) write(ctx context.Context) error {
	b.forgetStubs()
	if b.dry {
		return nil
	}
	steps := []func() error{
		func() error { return b.tx.AddCustomers(ctx, b.customers) },
		func() error { return b.writeGroups(ctx) },
		func() error { return b.tx.AddProducts(ctx, b.products) },
		func() error { return b.tx.AddContacts(ctx, b.contacts) },
		func() error { return b.tx.AddInvoices(ctx, b.invoices, b.settled) },
		func() error { return b.settle(ctx) },
		func() error { return b.tx.AddPayments(ctx, b.payments) },
		func() error { return b.tx.AddSettlements(ctx, b.parts) },
		func() error { return b.tx.AddComplaints(ctx, b.complaints) },
		func() error { return b.tx.AddInteractions(ctx, b.interactions) },
		func() error { return b.tx.AddEntries(ctx, b.entries) },
		func() error { return b.tx.AddAgreements(ctx, b.agreements) },
		func() error {
			slices.SortFunc(b.postings, comparePostings)
			return b.tx.AddPostings(ctx, b.postings)
		},
		func() error { return b.app.settleServed(ctx, b.tx, b.book, b.served) },
		func() error { return b.recharge(ctx) },
		func() error { return b.unaccrue(ctx) },
		func() error { return b.writeAuthors(ctx) },
		func() error { return b.tx.AddKeys(ctx, b.keys) },
		func() error { return b.tx.AddChanges(ctx, b.changes) },
		func() error { return b.tx.AddProblems(ctx, b.problems) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func comparePostings(x, y account.Posting) int {
	return cmp.Or(cmp.Compare(x.Customer, y.Customer), cmp.Compare(x.Day, y.Day), cmp.Compare(x.ID, y.ID))
}

// settle settles what the batch touched: whole customers later, single invoices
// at once. Payments of the batch are not written yet: they are completed.
func (b *batch) settle(ctx context.Context) error {
	touched := make(map[account.CustomerID]bool)
	for ref := range b.reconcile {
		touched[ref.Customer] = true
	}
	if err := b.onAccount(ctx, touched); err != nil {
		return err
	}
	if err := b.tx.Unsettle(ctx, slices.Sorted(maps.Keys(b.waiting))); err != nil {
		return err
	}
	refs := make([]store.Ref, 0, len(b.reconcile))
	for ref := range b.reconcile {
		if !b.waiting[ref.Customer] {
			refs = append(refs, ref)
		}
	}
	slices.SortFunc(refs, func(x, y store.Ref) int {
		return cmp.Or(cmp.Compare(x.Customer, y.Customer), cmp.Compare(x.ID, y.ID))
	})
	items, err := b.tx.Items(ctx, refs)
	if err != nil {
		return err
	}
	again := make(map[store.Ref]bool, len(refs))
	for _, ref := range refs {
		again[ref] = true
	}
	b.unpost(again)
	fresh := make(map[store.Ref][]*store.Kept[fact.Payment])
	for i := range b.payments {
		if k := &b.payments[i]; k.PartsHash == 0 && k.Doc.Invoice != 0 {
			ref := store.Ref{Customer: k.Doc.Customer, ID: k.Doc.Invoice}
			fresh[ref] = append(fresh[ref], k)
		}
	}
	add := additions{b.parts, b.postings}
	for _, ref := range refs {
		if err := b.settling.reconcile(ctx, ref.Customer, *items[ref], fresh[ref], &add); err != nil {
			return err
		}
	}
	b.parts, b.postings = add.parts, add.postings
	return nil
}

// unpost takes from what the batch collected the settlements and postings of
// payments in full whose invoices something else in the batch settles too: they
// are settled together.
func (b *batch) unpost(again map[store.Ref]bool) {
	undone := make(map[account.DocumentID]bool)
	for i := range b.payments {
		k := &b.payments[i]
		if k.PartsHash != 0 && again[store.Ref{Customer: k.Doc.Customer, ID: k.Doc.Invoice}] {
			k.PartsHash = 0
			undone[k.Doc.ID] = true
		}
	}
	if len(undone) == 0 {
		return
	}
	b.parts = slices.DeleteFunc(b.parts, func(s store.Settlement) bool { return undone[s.Means] })
	b.postings = slices.DeleteFunc(b.postings, func(p account.Posting) bool {
		return p.Document.Kind == account.FromPayment && undone[p.Document.ID]
	})
}

// onAccount finds which customers are settled as a whole, and lets them wait.
func (b *batch) onAccount(ctx context.Context, customers map[account.CustomerID]bool) error {
	found, err := b.tx.OnAccount(ctx, slices.Collect(maps.Keys(customers)))
	maps.Copy(b.waiting, found)
	return err
}

func virtualKey(kind store.KeyKind, external string) string {
	return strconv.Itoa(int(kind)) + ":" + external
}

// virtualRef is under which a dry run keeps the id of the record that a text names.
func virtualRef(kind store.KeyKind, text string) string { return "=" + virtualKey(kind, text) }

// virtually finds a record as an earlier batch of a dry run did, which wrote none.
func (b *batch) virtually(kind store.KeyKind, text string) (id int64, ok bool) {
	if !b.dry {
		return 0, false
	}
	return b.virtual.Find(virtualRef(kind, text))
}

// wouldBe says whether an earlier batch of a dry run would have written a key.
func (b *batch) wouldBe(kind store.KeyKind, external string) (version int64, ok bool) {
	if !b.dry {
		return 0, false
	}
	return b.virtual.Find(virtualKey(kind, external))
}

// again is what becomes of a document whose key a dry run would have written.
func (b *batch) again(kind store.KeyKind, external string, had, version int64) outcome {
	if had == version {
		return unchanged
	}
	b.newVirtual[virtualKey(kind, external)] = version
	return updated
}

// refused is why take rejected a document.
func (b *batch) refused(d *intake.Doc) intake.Problem {
	if b.mode == CreateOnly {
		return trouble("", d.Key, "this record is there already", "import with mode upsert to change it")
	}
	return trouble("", d.Key, "this record is not there", "import with mode upsert to create it")
}
