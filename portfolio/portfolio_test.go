package portfolio

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"quid/money"
	"quid/value"
)

func amounts(t *rapid.T, low, high int64, least int) []money.Amount {
	x := rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(low, high), rapid.Int64Range(max(low, 0), 9)), least, 80).Draw(t, "values")
	out := make([]money.Amount, len(x))
	for i, v := range x {
		out[i] = money.Amount(v)
	}
	return out
}

// The definition: the mean difference of all pairs, by twice the mean.
func TestGiniIsTheMeanDifference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := amounts(t, 0, 1e10, 2)
		var differences, total float64
		for _, a := range values {
			total += float64(a)
			for _, b := range values {
				differences += math.Abs(float64(a - b))
			}
		}
		n := float64(len(values))
		want := differences / (n * (n - 1)) / (2 * total / n)
		got := Gini(values)
		if math.IsNaN(got) != (total == 0) || math.Abs(got-want) > 1e-9 {
			t.Fatalf("Gini(%v) = %v, want %v", values, got, want)
		}
		tenfold := make([]money.Amount, len(values))
		for i, v := range values {
			tenfold[i] = 10 * v
		}
		if again := Gini(tenfold); math.Abs(again-got) > 1e-12 {
			t.Fatalf("in tenths %v, was %v", again, got)
		}
	})
}

func TestGiniOfTheExtremes(t *testing.T) {
	t.Parallel()
	if g := Gini([]money.Amount{0, 0, 0, 12}); g != 1 {
		t.Errorf("one holds everything: %v", g)
	}
	if g := Gini([]money.Amount{7, 7, 7}); g != 0 {
		t.Errorf("all hold the same: %v", g)
	}
	if g := Gini([]money.Amount{7}); !math.IsNaN(g) {
		t.Errorf("a single customer: %v", g)
	}
}

// A Lorenz curve rises, bends upwards, ends exactly, and the area beneath it is
// what the Gini coefficient says.
func TestLorenzCurve(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 17, 498, 499, 500, 20_000} {
		values := make([]money.Amount, n)
		for i := range values {
			values[i] = money.Amount(math.Exp(10 + 2*rng.NormFloat64()))
		}
		curve := Lorenz(values)
		if len(curve) > MaxPoints || curve[0] != (Point{}) || curve[len(curve)-1] != (Point{1, 1}) {
			t.Fatalf("%d customers: %d points from %v to %v", n, len(curve), curve[0], curve[len(curve)-1])
		}
		var area, slope float64
		for i := 1; i < len(curve); i++ {
			dx, dy := curve[i].Customers-curve[i-1].Customers, curve[i].Share-curve[i-1].Share
			if dx <= 0 || dy/dx < slope-1e-9 {
				t.Fatalf("%d customers: the curve bends down at %v", n, curve[i])
			}
			slope = dy / dx
			area += dx * (curve[i].Share + curve[i-1].Share) / 2
		}
		if g := Gini(values) * float64(n-1) / float64(n); n > 1 && math.Abs(1-2*area-g) > 0.002 {
			t.Errorf("%d customers: area says %v, Gini %v", n, 1-2*area, g)
		}
	}
	if Lorenz([]money.Amount{0, 0, -5}) != nil {
		t.Error("nothing is shared, and there is a curve")
	}
}

func TestWhaleAgreesWithCumulating(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := amounts(t, -1e6, 1e6, 1)
		known := rapid.SliceOfN(rapid.Bool(), len(values), len(values)).Draw(t, "known")
		var x []money.Amount
		for i, v := range values {
			if known[i] {
				x = append(x, v)
			}
		}
		slices.Sort(x)
		slices.Reverse(x)
		var so, peak, total money.Amount
		for _, v := range x {
			so += v
			peak = max(peak, so)
		}
		total = so
		w := WhaleOf(values, known)
		if w.Customers != len(x) || w.Gained+w.Lost != total || (w.Curve == nil) != (total <= 0) || (w.Reason == "") != (total > 0) {
			t.Fatalf("%v of %v: %+v", x, values, w)
		}
		if total <= 0 {
			if w.Peak.Known() {
				t.Fatalf("a peak of nothing: %+v", w)
			}
			return
		}
		if want := float64(peak) / float64(total) * 100; math.Abs(float64(w.Peak)-want) > 1e-9*want {
			t.Fatalf("%v: peak %v, want %v", x, w.Peak, want)
		}
		highest := slices.MaxFunc(w.Curve, func(a, b Point) int { return int(math.Copysign(1, a.Share-b.Share)) })
		if math.Abs(highest.Share*100-float64(w.Peak)) > 1e-9*float64(w.Peak) {
			t.Fatalf("%v: the curve's highest point is %v, the peak %v", x, highest, w.Peak)
		}
	})
}

func TestWhaleOfManyKeepsItsPeakAndItsEnds(t *testing.T) {
	t.Parallel()
	b := company(t, 5000, 4)
	w := WhaleOf(b.Contribution[0], b.Known)
	if len(w.Curve) > MaxPoints || w.Curve[0] != (Point{}) || w.Curve[len(w.Curve)-1] != (Point{1, 1}) || w.Peak <= 100 {
		t.Errorf("%d points, peak %v", len(w.Curve), w.Peak)
	}
	if !slices.Contains(w.Curve, Point{float64(w.PeakAt), float64(w.Peak) / 100}) {
		t.Error("the peak is not on the curve")
	}
}

func TestTop(t *testing.T) {
	t.Parallel()
	top := TopOf([]money.Amount{10, 70, 5, 10, 5, 0, -40})
	if top.Of20 != 0.7 || top.For80 != 0.4 || top.Positive != 5 {
		t.Errorf("%+v", top)
	}
	if top := TopOf(nil); top.Of20.Known() || top.For80.Known() {
		t.Errorf("of nobody: %+v", top)
	}
}

// Both tables, the cross table and the matrix count everybody once, and their
// sums are the valuation's.
func TestTablesAddUpToTheBase(t *testing.T) {
	t.Parallel()
	b := company(t, 4000, 2)
	s := &b.Summary
	abc := ABCOf(b, 10)
	var n, m, cross int
	var revenue, contribution money.Amount
	for i := range abc.Revenue {
		n += abc.Revenue[i].Customers
		m += abc.Contribution[i].Customers
		revenue += abc.Revenue[i].Sum
		contribution += abc.Contribution[i].Sum
	}
	for _, c := range abc.Cross {
		cross += c
	}
	if n != s.Customers || m != s.Customers || cross != s.Customers || revenue != s.Revenue || contribution != s.Contribution[2] {
		t.Errorf("%d, %d, %d of %d customers; revenue %d of %d; contribution %d of %d", n, m, cross, s.Customers, revenue, s.Revenue, contribution, s.Contribution[2])
	}
	if abc.Deceiving != abc.Cross["A/loss"] || abc.Deceiving == 0 || len(abc.Deceivers) != min(10, abc.Deceiving) {
		t.Errorf("%d deceive, %d named, %d in the cross table", abc.Deceiving, len(abc.Deceivers), abc.Cross["A/loss"])
	}
	for i, d := range abc.Deceivers {
		if d.Contribution >= 0 || (i > 0 && d.Contribution < abc.Deceivers[i-1].Contribution) {
			t.Errorf("deceiver %d: %+v", i, d)
		}
	}
	n, revenue, contribution = 0, 0, 0
	for _, f := range Matrix(b) {
		if f.Customers != s.Segments[f.Segment] {
			t.Errorf("%q: %d in the matrix, %d in the summary", f.Segment, f.Customers, s.Segments[f.Segment])
		}
		n += f.Customers
		revenue += f.Revenue
		contribution += f.Contribution
	}
	if n != s.Customers || revenue != s.Revenue || contribution != s.Contribution[2] {
		t.Errorf("the matrix holds %d of %d customers", n, s.Customers)
	}
	if _, err := json.Marshal(abc); err != nil {
		t.Error(err)
	}
}

func TestMovement(t *testing.T) {
	t.Parallel()
	earlier := []Where{{3, value.Explore}, {1, value.Explore}, {2, value.Invest}, {5, value.NewCustomer}, {7, value.Opportunity}}
	later := []Where{{1, value.Invest}, {2, value.Invest}, {3, value.Invest}, {5, value.Opportunity}, {9, value.NewCustomer}}
	m := Movement(earlier, later)
	wantFlows := []Flow{{value.Explore, value.Invest, 2}, {value.NewCustomer, value.Opportunity, 1}}
	if !slices.Equal(m.Flows, wantFlows) || m.Stayed != 1 {
		t.Errorf("%+v", m)
	}
	if !slices.Equal(m.Entered, []Where{{9, value.NewCustomer}}) || !slices.Equal(m.Left, []Where{{7, value.Opportunity}}) {
		t.Errorf("entered %v, left %v", m.Entered, m.Left)
	}
	if len(m.Movers) != 3 || m.Movers[0].Customer != 1 {
		t.Errorf("movers %v", m.Movers)
	}
}

// Everybody is counted once, and going back is the same the other way round.
func TestMovementIsReversible(t *testing.T) {
	t.Parallel()
	a, b := company(t, 1000, 1).Segments(), company(t, 1200, 2).Segments()
	there, back := Movement(a, b), Movement(b, a)
	if n := len(there.Movers) + there.Stayed; n+len(there.Left) != len(a) || n+len(there.Entered) != len(b) || len(there.Movers) == 0 {
		t.Errorf("%d movers, %d stayed, %d left, %d entered", len(there.Movers), there.Stayed, len(there.Left), len(there.Entered))
	}
	if !slices.Equal(there.Entered, back.Left) || there.Stayed != back.Stayed {
		t.Error("the way back is another")
	}
	for _, f := range there.Flows {
		if !slices.Contains(back.Flows, Flow{f.To, f.From, f.Customers}) {
			t.Errorf("%v has no way back", f)
		}
	}
}

func TestCompleteness(t *testing.T) {
	t.Parallel()
	full := value.Figures{Customer: 1, FirstPurchase: 20240101, PurchasesEver: 3, Invoices: 2, Settled: 1, Need: 5}
	full.Steps.Revenue = 100
	all := Master{Industry: true, Size: true, Owner: true, Contacts: true, Terms: true}
	if gaps := Lacks(&full, all); len(gaps) != 0 {
		t.Errorf("nothing is missing, but %v", gaps)
	}
	poor := value.Figures{Customer: 2, Invoices: 2, Need: -1}
	poor.Steps.Revenue, poor.Steps.UnknownCost = 300, 1
	var got []Datum
	for _, g := range Lacks(&poor, Master{Stub: true}) {
		got = append(got, g.Datum)
	}
	want := []Datum{Cost, Payments, Need, Industry, Size, Tenure, Owner, Contacts, Terms, Description}
	if !slices.Equal(got, want) {
		t.Errorf("missing %v, want %v", got, want)
	}
	var tally Tally
	tally.Add(&full, all)
	tally.Add(&poor, Master{Stub: true})
	tally.Add(&value.Figures{Customer: 3, FirstPurchase: 20240101}, all)
	findings := tally.Findings(Kept{Complaints: 1, Interactions: 4})
	if findings[0].Datum != Services || findings[1] != (Finding{data[0], 1, 2, 300}) || len(findings) != 11 {
		t.Errorf("%+v", findings)
	}
	if none := (&Tally{}).Findings(Kept{}); len(none) != 0 {
		t.Errorf("an empty book lacks %v", none)
	}
}

// The Gini coefficient that the data set's own description states: 0.1720 over
// 100 customers with the factor n/(n−1).
func TestGiniOfARealReceivablesList(t *testing.T) {
	t.Parallel()
	file, err := os.Open("../../shared/data/ibm-accounts-receivable/WA_Fn-UseC_-Accounts-Receivable.csv")
	if err != nil {
		t.Skip("the shared data is not here")
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	customer, amount := slices.Index(rows[0], "customerID"), slices.Index(rows[0], "InvoiceAmount")
	sums := map[string]money.Amount{}
	for _, row := range rows[1:] {
		v, err := money.Parse(row[amount], 2)
		if err != nil {
			t.Fatal(err)
		}
		sums[row[customer]] += v
	}
	var values []money.Amount
	var total money.Amount
	for _, v := range sums {
		values = append(values, v)
		total += v
	}
	if g := Gini(values); len(values) != 100 || total != 147_703_18 || math.Abs(g-0.1720) > 0.00005 {
		t.Errorf("%d customers, total %d, Gini %v", len(values), total, g)
	}
}
