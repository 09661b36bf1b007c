package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"quid/account"
	"quid/money"
	"quid/portfolio"
	"quid/value"
)

// A Snapshot is one valuation in memory, as columns, beside the master data
// that lists and the matrix show: some 450 bytes a customer. Customers of the
// valuation come first, by id; customers added since follow without figures.
// It is never changed once loaded, so that many may read it at once.
type Snapshot struct {
	Valuation Valuation
	Base      *portfolio.Base // the customers of the valuation

	pause  func()               // while it is loaded gently, else nil
	since  []account.CustomerID // those added since
	basis  []float64
	cred   []float64
	alive  []float32
	packed arena // figures of the customers of the valuation
	text   arena // name, external id, search text
	cuts   []textCut
	words  [fields]dictionary
	facets [][fields]uint32
	stub   []bool
}

// The master data that few values are shared by many customers of.
const (
	cityField = iota
	industryField
	sizeField
	ownerField
	countryField
	fields
)

// A textCut says where the texts of a customer end in its piece of the arena.
type textCut struct{ name, external, sort uint16 }

// An arena holds many pieces of bytes in one.
type arena struct {
	bytes []byte
	ends  []uint32
}

func (a *arena) end() { a.ends = append(a.ends, uint32(len(a.bytes))) }

func (a *arena) piece(i int) []byte {
	from := uint32(0)
	if i > 0 {
		from = a.ends[i-1]
	}
	return a.bytes[from:a.ends[i]]
}

// A dictionary numbers texts in the order they are met.
type dictionary struct {
	texts []string
	index map[string]uint32
}

func (d *dictionary) number(s string) uint32 {
	n, ok := d.index[s]
	if !ok {
		n = uint32(len(d.texts))
		if d.index == nil {
			d.index = make(map[string]uint32)
		}
		d.texts = append(d.texts, s)
		d.index[s] = n
	}
	return n
}

const sqlSnapshotScores = `SELECT ` + scoreColumns + ` FROM score WHERE valuation_id = $1 ORDER BY customer_id`

const sqlSnapshotCustomers = `
	SELECT customer_id, name, external, search, sort_name, city, industry, size, owner, country, stub_at, archived_at
	FROM customer ORDER BY customer_id`

// LoadSnapshot reads a whole valuation into memory; gently, if nobody waits for
// it, so that it gives way to those who wait for something else.
func (db *DB) LoadSnapshot(ctx context.Context, valuation int64, gently bool) (*Snapshot, error) {
	s := new(Snapshot)
	if gently {
		s.pause = db.pause
	}
	err := db.Look(ctx, func(r Reader) error {
		var err error
		if s.Valuation, err = r.Valuation(ctx, valuation); err != nil {
			return err
		}
		if err := s.readScores(ctx, r); err != nil {
			return fmt.Errorf("scores: %w", err)
		}
		if err := s.readCustomers(ctx, r); err != nil {
			return fmt.Errorf("customers: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load valuation %d: %w", valuation, err)
	}
	return s, nil
}

func (s *Snapshot) readScores(ctx context.Context, r Reader) error {
	n := s.Valuation.Summary.Customers
	s.Base = portfolio.NewBase(s.Valuation.Summary.Summary, n)
	s.basis, s.cred, s.alive = make([]float64, 0, n), make([]float64, 0, n), make([]float32, 0, n)
	s.packed = arena{make([]byte, 0, n*90), make([]uint32, 0, n)}
	err := r.each(ctx, sqlSnapshotScores, []any{s.Valuation.ID}, func(rec *record) error {
		f, row, err := scoreOf(rec, 0)
		if err != nil {
			return fmt.Errorf("customer %d: %w", f.Customer, err)
		}
		s.Base.Add(&f, &row)
		s.giveWay(len(s.basis))
		s.basis, s.cred, s.alive = append(s.basis, row.DataBasis), append(s.cred, row.Credibility), append(s.alive, row.Life.Alive)
		st := &f.Steps
		b := s.packed.bytes
		for _, v := range [...]money.Amount{st.Sale, st.Deduction, st.Acquisition, st.Care, st.LatePayment, f.Accrued, st.Complaint, st.Service, st.Goodwill} {
			b = binary.AppendVarint(b, int64(v))
		}
		b = binary.AppendVarint(b, int64(st.UnknownCost))
		figures, _, err := figuresOf(rec.bytes(figuresAt))
		s.packed.bytes = append(b, figures...)
		s.packed.end()
		return err
	})
	s.packed.bytes = slices.Clip(s.packed.bytes)
	return err
}

// giveWay gives way at every few hundredth row, where that is asked for.
func (s *Snapshot) giveWay(row int) {
	if s.pause != nil && row%256 == 0 {
		s.pause()
	}
}

// A master is what a snapshot keeps of a customer that no valuation has.
type master struct {
	id   account.CustomerID
	cut  textCut
	text []byte
	face [fields]uint32
	stub bool
}

func (s *Snapshot) readCustomers(ctx context.Context, r Reader) error {
	n := len(s.Base.Customers)
	ids := s.Base.Customers
	s.text = arena{make([]byte, 0, n*80), make([]uint32, 0, n)}
	s.cuts, s.facets, s.stub = make([]textCut, 0, n), make([][fields]uint32, 0, n), make([]bool, 0, n)
	var since []master
	at := 0
	err := r.each(ctx, sqlSnapshotCustomers, nil, func(rec *record) error {
		s.giveWay(len(s.cuts))
		m := master{id: account.CustomerID(rec.int(0)), stub: !rec.null(10)}
		for i := range m.face {
			m.face[i] = s.words[i].number(rec.text(5 + i))
		}
		name, external, search := clip(rec.text(1)), clip(rec.text(2)), rec.text(3)
		m.cut = textCut{uint16(len(name)), uint16(len(name) + len(external)), uint16(min(len(rec.text(4)), len(search)))}
		for at < n && ids[at] < m.id { // the valuation has a customer that is there no more
			s.add(master{id: ids[at]})
			at++
		}
		if at < n && ids[at] == m.id {
			s.text.bytes = append(append(append(s.text.bytes, name...), external...), search...)
			s.add(m)
			at++
			return nil
		}
		if rec.null(11) {
			m.text = slices.Concat([]byte(name), []byte(external), []byte(search))
			since = append(since, m)
		}
		return nil
	})
	for ; at < n; at++ {
		s.add(master{id: ids[at]})
	}
	for _, m := range since {
		s.since = append(s.since, m.id)
		s.text.bytes = append(s.text.bytes, m.text...)
		s.add(m)
	}
	s.text.bytes = slices.Clip(s.text.bytes)
	return err
}

// clip keeps texts to what a textCut can say.
func clip(s string) string { return s[:min(len(s), 30_000)] }

// add ends the row whose texts were written.
func (s *Snapshot) add(m master) {
	s.text.end()
	s.cuts, s.facets, s.stub = append(s.cuts, m.cut), append(s.facets, m.face), append(s.stub, m.stub)
}

// Len is the number of customers; Valued of them, the first, have figures.
func (s *Snapshot) Len() int { return len(s.Base.Customers) + len(s.since) }

// Valued is the number of customers in the valuation.
func (s *Snapshot) Valued() int { return len(s.Base.Customers) }

// ID returns the id of customer i.
func (s *Snapshot) ID(i int) account.CustomerID {
	if n := s.Valued(); i >= n {
		return s.since[i-n]
	}
	return s.Base.Customers[i]
}

// Name returns the name of customer i.
func (s *Snapshot) Name(i int) string { return string(s.text.piece(i)[:s.cuts[i].name]) }

// External returns the external id of customer i.
func (s *Snapshot) External(i int) string {
	return string(s.text.piece(i)[s.cuts[i].name:s.cuts[i].external])
}

// Search returns what customer i is found by, folded: name, number, city. It
// must not be changed.
func (s *Snapshot) Search(i int) []byte { return s.text.piece(i)[s.cuts[i].external:] }

// SortName returns the folded name of customer i. It must not be changed.
func (s *Snapshot) SortName(i int) []byte { return s.Search(i)[:s.cuts[i].sort] }

// City, Industry, Size, Owner and Country are master data of customer i.
func (s *Snapshot) City(i int) string { return s.words[cityField].texts[s.facets[i][cityField]] }

// Industry returns the industry of customer i.
func (s *Snapshot) Industry(i int) string {
	return s.words[industryField].texts[s.facets[i][industryField]]
}

// Size returns the size class of customer i.
func (s *Snapshot) Size(i int) string { return s.words[sizeField].texts[s.facets[i][sizeField]] }

// Owner returns who looks after customer i.
func (s *Snapshot) Owner(i int) string { return s.words[ownerField].texts[s.facets[i][ownerField]] }

// Country returns the country of customer i.
func (s *Snapshot) Country(i int) string {
	return s.words[countryField].texts[s.facets[i][countryField]]
}

// Stub says whether customer i was made because a document named it.
func (s *Snapshot) Stub(i int) bool { return s.stub[i] }

// Industries, Sizes, Owners and Countries list the values there are, sorted.
func (s *Snapshot) Industries() []string { return s.words[industryField].sorted() }

// Sizes lists the size classes there are.
func (s *Snapshot) Sizes() []string { return s.words[sizeField].sorted() }

// Owners lists who looks after customers.
func (s *Snapshot) Owners() []string { return s.words[ownerField].sorted() }

// Countries lists the countries there are.
func (s *Snapshot) Countries() []string { return s.words[countryField].sorted() }

func (d *dictionary) sorted() []string {
	texts := slices.Sorted(slices.Values(d.texts))
	return slices.DeleteFunc(texts, func(s string) bool { return s == "" })
}

// Find returns where a customer stands.
func (s *Snapshot) Find(id account.CustomerID) (int, bool) {
	n := s.Valued()
	if i, ok := slices.BinarySearch(s.Base.Customers, id); ok {
		return i, true
	}
	i, ok := slices.BinarySearch(s.since, id)
	return n + i, ok
}

// Figures returns the figures of customer i of the valuation.
func (s *Snapshot) Figures(i int) value.Figures {
	u := unpacker{b: s.packed.piece(i)}
	f := value.Figures{Customer: s.Base.Customers[i]}
	st := &f.Steps
	for _, to := range [...]*money.Amount{
		&st.Sale, &st.Deduction, &st.Acquisition, &st.Care, &st.LatePayment, &f.Accrued, &st.Complaint, &st.Service, &st.Goodwill,
	} {
		*to = money.Amount(u.int())
	}
	st.UnknownCost = int32(u.int())
	st.Revenue, st.Benefit = s.Base.Revenue[i], s.Base.Benefit[i]
	if err := unpackFigures(u.b, &f); err != nil || u.bad {
		return value.Figures{Customer: s.Base.Customers[i], Peer: -1, Need: -1} // can't be: readScores unpacked it
	}
	return f
}

// Alive returns the probability that customer i of the valuation is one still, NaN
// where nothing can be said.
func (s *Snapshot) Alive(i int) float64 { return float64(s.alive[i]) }

// Row returns what the valuation says of customer i. Ranks, the shrunk
// contribution and the parts of the lifetime value are not kept in memory: see
// Reader.Score.
func (s *Snapshot) Row(i int) value.Row {
	b := s.Base
	at := &b.Standing[i]
	return value.Row{
		Customer: s.Base.Customers[i], Raw: b.Raw[i], Score: b.Score[i], DataBasis: s.basis[i], Credibility: s.cred[i], Shrunk: nan,
		ByRevenue: value.Place{Class: at.ByRevenue}, ByContribution: value.Place{Class: at.ByContribution}, Stage: at.Stage, New: at.New,
		Bands: at.Bands, ClassSet: at.ClassSet, FromSet: at.FromSet, ToSet: at.ToSet,
	}
}
