package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fault"
	"quid/internal/auth/authtest"
	"quid/internal/store"
	"quid/money"
	"quid/value"
)

// What readers get of a valuation adds up, and says who is who.
func TestAValuationAddsUp(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		importDemo(t, a)
		var mu sync.Mutex
		var told, total int64
		v, err := a.Value(authtest.Context(t), ValueOrder{AsOf: demoUntil, Progress: func(done, of int64) {
			mu.Lock()
			defer mu.Unlock()
			told, total = max(told, done), of
		}})
		if err != nil {
			t.Fatal(err)
		}
		if told != total || total == 0 {
			t.Errorf("progress ended at %d of %d", told, total)
		}
		var revenue, valueTo, contribution money.Amount
		n := 0
		for row, err := range a.DB.Read().Scores(authtest.Context(t), v.ID) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			revenue += row.Figures.Steps.Revenue
			valueTo += row.Figures.Steps.ValueTo()
			if c, known := row.Figures.Contribution(4); known {
				contribution += c
			}
			line := LineOf(row.External, row.Name, &row.Figures, &row.Row, 2)
			if line.Customer == "" || line.Name == "" || (line.Contribution3 == nil) != !row.Figures.Steps.Known() {
				t.Errorf("line = %+v", line)
			}
			if _, err := json.Marshal(line); err != nil {
				t.Errorf("customer %s: %v", line.Customer, err)
			}
		}
		r := Report(v, 2)
		if n != r.Customers || revenue.Decimal(2) != r.Revenue || valueTo.Decimal(2) != r.ValueTo || contribution.Decimal(2) != r.Contribution["4"] {
			t.Errorf("%d customers, revenue %v, value to %v, contribution IV %v; the report says %+v", n, revenue, valueTo, contribution, r)
		}
		if revenue == 0 || valueTo == 0 || !r.Gini.Known() || !r.WhalePeak.Known() || r.WhalePeak < 100 {
			t.Errorf("the demo company has nothing to value: %+v", r)
		}
		sum := 0
		for _, n := range r.Classes.Revenue {
			sum += n
		}
		if sum != r.Customers {
			t.Errorf("classes of %d customers, want %d", sum, r.Customers)
		}
	})
}

// A valuation that is killed leaves the last whole one for readers, and can be
// made again.
func TestAKilledValuationLeavesTheLastWholeOne(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		importDemo(t, a)
		whole := mustValue(t, a, demoUntil)
		killed := 0
		for _, at := range []int64{1, 2, 3} {
			ctx, kill := context.WithCancel(authtest.Context(t))
			_, err := a.Value(ctx, ValueOrder{AsOf: demoUntil, Progress: func(done, total int64) {
				if done >= at*total/4 {
					kill()
				}
			}})
			if errors.Is(err, context.Canceled) {
				killed++
			}
			kill()
		}
		// One that got to writing: begun, half of its rows there, never ended.
		fs, err := a.DB.CustomerFigures(authtest.Context(t), demoUntil, 12, nil)
		if err != nil {
			t.Fatal(err)
		}
		result, err := value.Run(value.Default(), value.Input{AsOf: demoUntil, Figures: fs.Customers, Peers: fs.Peers})
		if err != nil {
			t.Fatal(err)
		}
		half := len(result.Rows) / 2
		err = a.DB.Write(authtest.Context(t), func(tx *store.Tx) error {
			v := store.Valuation{ID: a.id(), AsOf: demoUntil, Model: 1, Started: a.Now().Add(-2 * staleAfter)}
			_, err := tx.AddScores(authtest.Context(t), store.Scores(v.ID, fs.Customers[:half], result.Rows[:half]))
			return errors.Join(tx.AddValuation(authtest.Context(t), v), err)
		})
		if err != nil || killed == 0 {
			t.Fatalf("%d were killed, %v: the test proves nothing", killed, err)
		}
		if got, err := a.DB.Read().NewestValuation(authtest.Context(t), day.Max); err != nil || got.ID != whole.ID {
			t.Errorf("newest = %d, %v; want %d", got.ID, err, whole.ID)
		}
		if names := broken(t, a); names != nil {
			t.Errorf("after the kills, broken: %q", names)
		}
		again := mustValue(t, a, demoUntil)
		if got, err := a.DB.Read().ValuationOn(authtest.Context(t), demoUntil); err != nil || got.ID != again.ID {
			t.Errorf("of the day the newest counts: %d, %v; want %d", got.ID, err, again.ID)
		}
		if left, err := a.DB.Read().UnfinishedValuations(authtest.Context(t), a.Now().Add(-staleAfter)); err != nil || len(left) != 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
}

// The day of an automatic valuation is today, or the newest posting's where
// that lies a window back.
func TestTheDayOfAnAutomaticValuation(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	today := day.At(a.Now())
	on := func() day.Day {
		d, err := a.ValueDay(authtest.Context(t))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if got := on(); got != today {
		t.Errorf("of an empty book: %v, want today", got)
	}
	post := func(d day.Day) {
		err := a.DB.Write(authtest.Context(t), func(tx *store.Tx) error {
			return tx.AddPostings(authtest.Context(t), []account.Posting{{ID: a.postingID(), Customer: 1, Day: d, Kind: account.Sale, Amount: account.Known(1), Volume: 1}})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	post(20050601)
	post(20040101)
	if got := on(); got != 20050601 {
		t.Errorf("of an old file: %v, want its newest day", got)
	}
	post(today.Add(-300))
	if got := on(); got != today {
		t.Errorf("with a posting in the window: %v, want today", got)
	}
}

// named returns a customer of the demo company by external id.
func someCustomer(t *testing.T, a *App, v store.Valuation, want func(store.ScoreRow) bool) store.ScoreRow {
	t.Helper()
	for row, err := range a.DB.Read().Scores(authtest.Context(t), v.ID) {
		if err != nil {
			t.Fatal(err)
		}
		if want(row) {
			return row
		}
	}
	t.Fatal("no such customer in the demo company")
	return store.ScoreRow{}
}

// What a person decides counts from the next valuation on, the computed figure
// stays visible, and the end ends it.
func TestAnOverrideCountsUntilItEnds(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	importDemo(t, a)
	today := day.At(a.Now())
	row := someCustomer(t, a, mustValue(t, a, today), func(r store.ScoreRow) bool {
		return !r.Row.New && r.Row.Class() != value.A && r.Row.Segment() != value.Invest
	})
	good := OverrideDraft{Customer: row.Figures.Customer, Class: value.A, Segment: value.Invest, Reason: "strategic_partner", Until: today.Add(30), By: "ada"}
	for _, tt := range []struct {
		name  string
		spoil func(*OverrideDraft)
		field string
	}{
		{"without a reason", func(d *OverrideDraft) { d.Reason = "" }, "reason"},
		{"another reason without words", func(d *OverrideDraft) { d.Reason = "other" }, "note"},
		{"an end in the past", func(d *OverrideDraft) { d.Until = today.Add(-1) }, "until"},
		{"nothing overruled", func(d *OverrideDraft) { d.Class, d.Segment = value.NoClass, value.NoSegment }, "class"},
		{"a field that is not in the matrix", func(d *OverrideDraft) { d.Segment = "f5t5" }, "segment"},
	} {
		d := good
		tt.spoil(&d)
		_, err := a.Overrule(authtest.Context(t), d)
		if fs := fault.Fields(err); len(fs) != 1 || fs[0].Name != tt.field {
			t.Errorf("%s: %v, want a problem with %s", tt.name, err, tt.field)
		}
	}
	if _, err := a.Overrule(authtest.Context(t), good); err != nil {
		t.Fatal(err)
	}
	good.Class = value.Loss
	id, err := a.Overrule(authtest.Context(t), good) // takes the place of the first
	if err != nil {
		t.Fatal(err)
	}
	got, err := a.DB.Read().Score(authtest.Context(t), row.Figures.Customer, mustValue(t, a, today).ID)
	if err != nil || got.Row.Class() != value.Loss || got.Row.Segment() != value.Invest || got.Row.ByContribution.Class != row.Row.ByContribution.Class || got.Row.Computed() != row.Row.Computed() {
		t.Errorf("overruled: %+v, %v", got.Row, err)
	}
	e, err := a.Explain(authtest.Context(t), row.External, today, 3)
	if err != nil || len(e.Overrides) != 2 || !e.Overrides[0].Holds || e.Overrides[1].Holds {
		t.Errorf("explained: %+v, %v", e.Overrides, err)
	}
	if err := a.EndOverride(authtest.Context(t), good.Customer, id); err != nil {
		t.Fatal(err)
	}
	if err := a.EndOverride(authtest.Context(t), good.Customer, id); !errors.Is(err, fault.NotFound) {
		t.Errorf("ending it again: %v, want not found", err)
	}
	got, err = a.DB.Read().Score(authtest.Context(t), row.Figures.Customer, mustValue(t, a, today).ID)
	if err != nil || got.Row.Overruled() {
		t.Errorf("after the end: %+v, %v", got.Row, err)
	}
}

// A new version of the model counts from the next valuation on; old ones stay.
func TestModelsAreVersions(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		importDemo(t, a)
		first := mustValue(t, a, demoUntil)
		spec := value.Default()
		spec.Limits.A = 50
		if _, err := a.SaveModel(authtest.Context(t), spec, " "); !errors.Is(err, fault.Invalid) {
			t.Errorf("without a note: %v, want invalid", err)
		}
		m, err := a.SaveModel(authtest.Context(t), spec, "half is enough")
		if err != nil || m.ID != first.Model+1 {
			t.Fatalf("saved %d, %v; want %d", m.ID, err, first.Model+1)
		}
		spec.DeadBand = -1
		if _, err := a.SaveModel(authtest.Context(t), spec, "broken"); err == nil {
			t.Error("a broken model was saved")
		}
		second := mustValue(t, a, demoUntil)
		if second.Model != m.ID || second.Summary.Classes.Revenue.A >= first.Summary.Classes.Revenue.A {
			t.Errorf("model %d with %d A, before %d", second.Model, second.Summary.Classes.Revenue.A, first.Summary.Classes.Revenue.A)
		}
		all, err := a.DB.Read().Models(authtest.Context(t))
		if err != nil || len(all) != 2 || all[0].Note != "half is enough" || all[1].Spec.Limits.A != 80 {
			t.Errorf("models = %+v, %v", all, err)
		}
		all24 := day.Span(24)
		wide, err := a.Value(authtest.Context(t), ValueOrder{AsOf: demoUntil, Window: &all24})
		if err != nil || wide.Summary.Model.Window != 24 || wide.Summary.Revenue <= second.Summary.Revenue {
			t.Errorf("over 24 months: %+v, %v", wide.Summary.Model.Window, err)
		}
	})
}

// The dead band looks at the newest valuation with an earlier day.
func TestTheDeadBandLooksAtAnEarlierDay(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	importDemo(t, a)
	mustValue(t, a, 20250630)
	earlier := mustValue(t, a, 20260630)
	mustValue(t, a, demoUntil)
	again := mustValue(t, a, demoUntil)
	if again.Summary.Earlier != earlier.AsOf {
		t.Errorf("it looked at %v, want %v", again.Summary.Earlier, earlier.AsOf)
	}
}

// An explanation goes down to the postings, and they add up to its steps.
func TestAnExplanationAddsUp(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		importDemo(t, a)
		v := mustValue(t, a, demoUntil)
		row := someCustomer(t, a, v, func(r store.ScoreRow) bool { return r.Figures.Accrued != 0 && r.Figures.Steps.Service != 0 })
		e, err := a.Explain(authtest.Context(t), row.External, demoUntil, 2)
		if err != nil {
			t.Fatal(err)
		}
		byKind := make(map[string]Behind)
		for _, b := range e.Postings {
			byKind[b.Kind] = b
			if b.Count == 0 || len(b.Newest) != int(min(2, b.Count)) || b.Newest[0].Number == "" {
				t.Errorf("%s: %+v", b.Kind, b)
			}
		}
		st := row.Figures.Steps
		if byKind["sale"].Volume != st.Revenue.Decimal(2) || byKind["sale"].Amount != st.Sale.Decimal(2) || byKind["service"].Amount != st.Service.Decimal(2) {
			t.Errorf("postings %+v do not add up to %+v", byKind, st)
		}
		var accrued money.Amount
		for _, o := range e.Open {
			c, err := money.Parse(o.Accrued, 2)
			if err != nil {
				t.Fatal(err)
			}
			accrued += c
		}
		if accrued != row.Figures.Accrued {
			t.Errorf("open items accrue %v, the figures say %v", accrued, row.Figures.Accrued)
		}
		points := 0.0
		for _, c := range e.Value.Criteria {
			if c.Adds.Known() {
				points += float64(c.Adds)
			}
		}
		if math.Abs(points-row.Row.Score) > 1e-9 {
			t.Errorf("criteria add %v, the score is %v", points, row.Row.Score)
		}
		var text bytes.Buffer
		if err := e.WriteText(&text); err != nil || !strings.Contains(text.String(), "Contribution IV") || !strings.Contains(text.String(), row.Name) {
			t.Errorf("text: %v\n%s", err, text.String())
		}
		if _, err := json.Marshal(e); err != nil {
			t.Error(err)
		}
		if byID, err := a.Explain(authtest.Context(t), e.ID, 0, 1); err != nil || byID.Customer != e.Customer {
			t.Errorf("by its id: %v", err)
		}
		if _, err := a.Explain(authtest.Context(t), "nobody", demoUntil, 1); !errors.Is(err, fault.NotFound) {
			t.Errorf("somebody who is not there: %v, want not found", err)
		}
		if _, err := a.Explain(authtest.Context(t), e.Customer, 20200101, 1); !errors.Is(err, fault.NotFound) {
			t.Errorf("a day without a valuation: %v, want not found", err)
		}
	})
}

// Two customers who answer to one number are not guessed between.
func TestACustomerIsFoundByWhatItIsCalled(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	err := a.DB.Write(authtest.Context(t), func(tx *store.Tx) error {
		add := func(id account.CustomerID, external, number string) store.KeptCustomer {
			return store.KeptCustomer{Customer: crm.Customer{ID: id, External: external, Number: number, Name: "x", Created: time.UnixMicro(1)}}
		}
		return errors.Join(
			tx.AddCustomers(authtest.Context(t), []store.KeptCustomer{add(1001, "E1", "10"), add(1002, "E2", "20"), add(1003, "E3", "20"), add(1004, "10", "30")}),
			tx.AddKeys(authtest.Context(t), []store.Key{{Source: "file", Kind: store.CustomerKey, External: "10", Customer: 1004, ID: 1004}}),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]account.CustomerID{"10": 1004, "30": 1004, "1002": 1002, "E3": 1003} {
		if got, err := a.DB.Read().FindCustomer(authtest.Context(t), name); err != nil || got != want {
			t.Errorf("FindCustomer(%s) = %d, %v; want %d", name, got, err, want)
		}
	}
	if _, err := a.DB.Read().FindCustomer(authtest.Context(t), "20"); !errors.Is(err, fault.Conflict) {
		t.Errorf("two of one number: %v, want conflict", err)
	}
}
