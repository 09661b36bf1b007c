package store

import (
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fault"
	"quid/internal/auth/authtest"
	"quid/money"
	"quid/value"
)

// sameFloats compares NaN as equal to itself.
var sameFloats = gocmp.Options{
	gocmp.Comparer(func(a, b float64) bool { return a == b || (math.IsNaN(a) && math.IsNaN(b)) }),
	gocmp.Comparer(func(a, b float32) bool { return a == b || (a != a && b != b) }),
}

// valued values a company without writing anything.
func valued(t *testing.T, db *DB, asOf day.Day, previous *value.Previous) (Figures, *value.Valuation) {
	t.Helper()
	figures, err := db.CustomerFigures(authtest.Context(t), asOf, 12, nil)
	if err != nil {
		t.Fatal(err)
	}
	result, err := value.Run(value.Default(), value.Input{AsOf: asOf, Figures: figures.Customers, Peers: figures.Peers, Previous: previous})
	if err != nil {
		t.Fatal(err)
	}
	return figures, result
}

// keep writes a valuation; ended says whether it becomes whole.
func keep(t *testing.T, db *DB, id int64, figures Figures, result *value.Valuation, ended bool) Valuation {
	t.Helper()
	v := Valuation{ID: id, AsOf: result.AsOf, Model: 1, Changed: figures.Changed, Started: now, Ended: now.Add(time.Second)}
	v.Summary.Summary = result.Summary
	v.Summary.Gini = 0.5
	err := db.Write(authtest.Context(t), func(tx *Tx) error {
		_, err := tx.AddScores(authtest.Context(t), Scores(v.ID, figures.Customers, result.Rows))
		err = errors.Join(tx.AddValuation(authtest.Context(t), v), err)
		if ended {
			err = errors.Join(err, tx.EndValuation(authtest.Context(t), v))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// What a valuation found is what readers get, customer by customer, from the
// database as from memory.
func TestAValuationIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		rng := rand.New(rand.NewPCG(3, 1))
		c := randomCompany(rng, 150)
		c.write(t, db, rng)
		figures, result := valued(t, db, 20261122, nil)
		v := keep(t, db, 7, figures, result, true)
		for i := range figures.Customers { // these are for the models alone
			figures.Customers[i].LogGaps, figures.Customers[i].BeforeLogGaps = 0, 0
		}

		got, err := db.Read().NewestValuation(authtest.Context(t), day.Max)
		if err != nil {
			t.Fatal(err)
		}
		if got.ID != v.ID || got.AsOf != 20261122 || got.Summary.Revenue != result.Revenue || got.Summary.Gini != 0.5 || got.Summary.Model.Window != 12 {
			t.Errorf("valuation = %+v", got)
		}
		i := 0
		for row, err := range db.Read().Scores(authtest.Context(t), v.ID) {
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(figures.Customers[i], row.Figures, sameFloats) + gocmp.Diff(result.Rows[i], row.Row, sameFloats); diff != "" {
				t.Fatalf("customer %d (-written +read):\n%s", i, diff)
			}
			if row.External != c.customers[i].External || row.Name != c.customers[i].Name {
				t.Errorf("customer %d is %s %s", i, row.External, row.Name)
			}
			i++
		}
		if i != 150 {
			t.Errorf("%d rows, want 150", i)
		}
		snapshotAgrees(t, db, c, figures, result)
	})
}

// snapshotAgrees adds a customer after the valuation and compares a snapshot
// with what was written.
func snapshotAgrees(t *testing.T, db *DB, c *company, figures Figures, result *value.Valuation) {
	t.Helper()
	late := KeptCustomer{Customer: crm.Customer{ID: 1, External: "NEW", Number: "7", Name: "Änderung & Co", City: "Köln", Industry: "late", Created: now}}
	if err := db.Write(authtest.Context(t), func(tx *Tx) error { return tx.AddCustomers(authtest.Context(t), []KeptCustomer{late}) }); err != nil {
		t.Fatal(err)
	}
	s, err := db.LoadSnapshot(authtest.Context(t), 7, true)
	if err != nil {
		t.Fatal(err)
	}
	if s.Len() != 151 || s.Valued() != 150 {
		t.Fatalf("%d customers, %d valued; want 151, 150", s.Len(), s.Valued())
	}
	for i := range 150 {
		want := result.Rows[i]
		if alive := s.Alive(i); float32(alive) != want.Life.Alive && !math.IsNaN(alive) {
			t.Fatalf("customer %d is alive by %v in memory, %v was written", i, alive, want.Life.Alive)
		}
		want.Life = value.Life{}
		want.Shrunk, want.ByRevenue, want.ByContribution = math.NaN(), value.Place{Class: want.ByRevenue.Class}, value.Place{Class: want.ByContribution.Class}
		if diff := gocmp.Diff(figures.Customers[i], s.Figures(i), sameFloats) + gocmp.Diff(want, s.Row(i), sameFloats); diff != "" {
			t.Fatalf("customer %d in memory (-written +read):\n%s", i, diff)
		}
		k := c.customers[i]
		if s.Name(i) != k.Name || s.External(i) != k.External || s.Industry(i) != k.Industry || s.Size(i) != k.Size || string(s.SortName(i)) != crm.Fold(k.Name) {
			t.Errorf("customer %d in memory is %q %q %q %q", i, s.Name(i), s.External(i), s.Industry(i), s.SortName(i))
		}
		if at, ok := s.Find(k.ID); !ok || at != i {
			t.Errorf("Find(%d) = %d, %v", k.ID, at, ok)
		}
	}
	at, ok := s.Find(1)
	if !ok || s.Name(at) != "Änderung & Co" || s.City(at) != "Köln" || string(s.Search(at)) != "aenderung & co 7 new koeln" {
		t.Errorf("the customer added since is %d, %v, %q, found by %q", at, ok, s.Name(at), s.Search(at))
	}
	if _, ok := s.Find(2); ok {
		t.Error("a customer that is not there was found")
	}
	if got := s.Industries(); !slices.Equal(got, []string{"food", "late", "paper"}) {
		t.Errorf("industries = %q", got)
	}
}

// A valuation is seen when it is whole, never before; of one day the newest counts.
func TestReadersSeeWholeValuationsOnly(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		ctx := authtest.Context(t)
		rng := rand.New(rand.NewPCG(4, 1))
		c := randomCompany(rng, 30)
		c.write(t, db, rng)
		old, oldResult := valued(t, db, 20260630, nil)
		keep(t, db, 1, old, oldResult, true)
		figures, result := valued(t, db, 20261122, nil)
		keep(t, db, 2, figures, result, true)
		keep(t, db, 3, figures, result, true)
		keep(t, db, 4, figures, result, false) // whoever made it was killed

		if v, err := db.Read().NewestValuation(ctx, day.Max); err != nil || v.ID != 3 {
			t.Errorf("newest = %d, %v; want 3", v.ID, err)
		}
		if v, err := db.Read().NewestValuation(ctx, 20261121); err != nil || v.ID != 1 {
			t.Errorf("newest before = %d, %v; want 1", v.ID, err)
		}
		if _, err := db.Read().ValuationOn(ctx, 20260701); !errors.Is(err, fault.NotFound) {
			t.Errorf("valuation of another day: %v, want not found", err)
		}
		if _, err := db.Read().Valuation(ctx, 4); !errors.Is(err, fault.NotFound) {
			t.Errorf("unfinished valuation: %v, want not found", err)
		}
		if vs, err := db.Read().Valuations(ctx); err != nil || len(vs) != 3 {
			t.Errorf("%d valuations, %v; want 3", len(vs), err)
		}
		path, err := db.Read().Path(ctx, c.customers[0].ID)
		if err != nil || len(path) != 3 || path[0].Valuation != 1 {
			t.Errorf("path = %+v, %v; want 3 steps from the oldest day on", path, err)
		}
		dropped(t, db)
	})
}

// dropped takes the unfinished valuation away, in pieces.
func dropped(t *testing.T, db *DB) {
	t.Helper()
	ctx := authtest.Context(t)
	ids, err := db.Read().UnfinishedValuations(ctx, now.Add(time.Minute))
	if err != nil || !slices.Equal(ids, []int64{4}) {
		t.Fatalf("unfinished = %v, %v; want 4", ids, err)
	}
	pieces := 0
	for gone := false; !gone; pieces++ {
		err := db.Write(ctx, func(tx *Tx) error {
			var err error
			gone, err = tx.DropUnfinished(ctx, 4, 7)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var left int
	if err := db.read.QueryRowContext(ctx, "SELECT COUNT(*) FROM score WHERE valuation_id = 4").Scan(&left); err != nil || left != 0 || pieces < 4 {
		t.Errorf("%d rows left after %d pieces, %v", left, pieces, err)
	}
	err = db.Write(ctx, func(tx *Tx) error { return tx.EndValuation(ctx, Valuation{ID: 4, Ended: now}) })
	if !errors.Is(err, fault.Conflict) {
		t.Errorf("ending what was taken away: %v, want conflict", err)
	}
}

// Packed figures come back as they were, whatever they are.
func TestPackedFiguresComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var f value.Figures
		var r value.Row
		var n [wholes]int64
		for i := range n {
			n[i] = rapid.Int64().Draw(t, "number")
		}
		setWholeNumbers(&f, &n)
		for _, p := range []*float64{&f.GapSquares, &f.PerDaySum, &f.PerDaySquares, &f.DueDays, &r.Shrunk} {
			*p = rapid.Float64().Draw(t, "float")
		}
		for i := range r.Raw {
			r.Raw[i] = rapid.OneOf(rapid.Float64(), rapid.Just(math.NaN())).Draw(t, "raw")
		}
		r.ByRevenue = value.Place{Rank: rapid.Int32().Draw(t, "rank"), Before: money.Amount(rapid.Int64().Draw(t, "before"))}
		packed := pack(&f, &r)
		var f2 value.Figures
		var r2 value.Row
		if err := unpack(packed, &f2, &r2); err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(f, f2, sameFloats) + gocmp.Diff(r, r2, sameFloats); diff != "" {
			t.Fatal(diff)
		}
		cut := rapid.IntRange(0, len(packed)-1).Draw(t, "cut")
		if err := unpack(packed[:cut], &f2, &r2); err == nil {
			t.Fatalf("%d of %d bytes were read without complaint", cut, len(packed))
		}
	})
}

// A snapshot keeps a customer in at most 450 bytes.
func TestASnapshotIsSmall(t *testing.T) {
	const customers = 4000
	db := openTest(t, t.TempDir()+"/small.db")
	rng := rand.New(rand.NewPCG(9, 1))
	c := randomCompany(rng, customers)
	c.settlements, c.complaints = nil, nil
	c.write(t, db, rng)
	figures, result := valued(t, db, 20261122, nil)
	keep(t, db, 1, figures, result, true)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s, err := db.LoadSnapshot(authtest.Context(t), 1, false)
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if each := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / customers; each > 450 {
		t.Errorf("a customer takes %d bytes, at most 450 were promised", each)
	} else {
		t.Logf("a customer takes %d bytes", each)
	}
	runtime.KeepAlive(s)
	runtime.KeepAlive(account.From)
}
