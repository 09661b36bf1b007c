package clv

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// on is a day of 2026.
func on(month time.Month, dom int) Day {
	return DayOf(time.Date(2026, month, dom, 23, 59, 0, 0, time.UTC))
}

func TestSummarizeCountsDaysAndLeavesTheFirstOut(t *testing.T) {
	t.Parallel()
	events := []Event[string]{
		{"berger", on(1, 1), 10},
		{"berger", on(1, 8), 20},
		{"berger", on(1, 8), 5.5},
		{"berger", on(1, 29), 0.25},
		{"once", on(1, 15), 99},
		{"once", on(1, 15), 1},
		{"last", on(1, 31), 3},
		{"late", on(2, 1), 7},
	}
	s, names, err := Summarize(slices.Values(events), Watch{Until: on(1, 31), Unit: Weeks})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"berger", "last", "once"}; !slices.Equal(names, want) {
		t.Errorf("customers %v, want %v", names, want)
	}
	want := []History{{X: 2, Tx: 4, T: 30.0 / 7, Spend: 25.75 / 2, LogGaps: math.Log(3)}, {}, {T: 16.0 / 7}}
	if !alike(s.Histories, want) {
		t.Errorf("histories %v, want %v", s.Histories, want)
	}
	if s.Later != 1 || !slices.Equal(s.Holdout, []int{0, 0, 0}) || s.End != on(2, 1) {
		t.Errorf("%d later, holdout %v to %v; want 1 later, nobody again until 2026-02-01", s.Later, s.Holdout, s.End)
	}
}

func TestSummarizeCountsTheHoldout(t *testing.T) {
	t.Parallel()
	events := []Event[int]{
		{7, on(3, 9), 1},
		{7, on(3, 2), 1},
		{7, on(1, 1), 1},
		{7, on(3, 2), 1},
		{7, on(3, 5), 1},
		{7, on(3, 5), 1},
		{7, on(3, 1), 1},
		{7, on(3, 20), 1},
		{8, on(1, 3), 1},
		{8, on(2, 28), 1},
		{9, on(3, 4), 1},
	}
	s, names, err := Summarize(slices.Values(events), Watch{Until: on(2, 28), End: on(3, 10)})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(names, []int{7, 8}) || !slices.Equal(s.Holdout, []int{4, 0}) || s.Until != on(2, 28) || s.End != on(3, 10) || s.Later != 1 {
		t.Fatalf("%v with %v in (%v, %v], %d later; want 4 and 0 days, 1 later", names, s.Holdout, s.Until, s.End, s.Later)
	}
	var days []Day
	for i, n := range s.Repeats {
		for range n {
			days = append(days, s.First+Day(i))
		}
	}
	if want := []Day{on(2, 28), on(3, 1), on(3, 2), on(3, 5), on(3, 9)}; !slices.Equal(days, want) {
		t.Errorf("repeat purchases on %v, want %v", days, want)
	}
}

func TestSummarizeLeavesOutWhatIsBeforeTheWatch(t *testing.T) {
	t.Parallel()
	events := []Event[string]{{"old", on(1, 1), 5}, {"old", on(2, 3), 5}, {"old", on(2, 10), 8}, {"new", on(2, 5), 1}, {"gone", on(1, 5), 1}}
	s, names, err := Summarize(slices.Values(events), Watch{From: on(2, 1)})
	if err != nil {
		t.Fatal(err)
	}
	if want := []History{{T: 5}, {X: 1, Tx: 7, T: 7, Spend: 8, LogGaps: math.Log(7)}}; !alike(s.Histories, want) || !slices.Equal(names, []string{"new", "old"}) || s.Earlier != 1 {
		t.Errorf("%v %v, %d earlier; want %v, 1 earlier", names, s.Histories, s.Earlier, want)
	}
	if s.Holdout != nil || s.Until != on(2, 10) {
		t.Errorf("holdout %v after %v; want none after 2026-02-10", s.Holdout, s.Until)
	}
	if _, _, err = Summarize(slices.Values(events), Watch{Until: on(1, 1) - 1}); !errors.Is(err, ErrNoPurchase) {
		t.Errorf("a watch before all purchases: %v", err)
	}
}

func TestSummarizeCountsTheSamePartOfTheYearBefore(t *testing.T) {
	t.Parallel()
	events := []Event[int]{{1, on(1, 1), 1}, {1, on(2, 1), 1}, {1, on(2, 1), 1}, {1, on(3, 1), 1}, {1, on(3, 2), 1}, {2, on(1, 5), 1}, {3, on(3, 1) + 365, 1}, {2, on(3, 31) + 365, 1}, {3, on(2, 28) + 365, 1}}
	w := Watch{Until: on(1, 31) + 365}
	s, names, err := Summarize(slices.Values(events), w)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(names, []int{1, 2}) || !slices.Equal(s.LastYear, []int{3, 0}) {
		t.Errorf("customers %v bought %v times a year before; want 1 and 2, and 3 and 0 times", names, s.LastYear)
	}
	w.Until = on(12, 30) // the log does not reach back a year
	if s, _, err = Summarize(slices.Values(events), w); err != nil || s.LastYear != nil {
		t.Errorf("%v, %v; want nothing known", s.LastYear, err)
	}
	trial := (&Summary{Histories: []History{{T: 1}, {}, {T: 2}}, Holdout: []int{1, 2, 3}, Unit: Days}).Trial()
	if len(trial.Histories) != 3 || !slices.Equal(trial.Bought, []int{1, 2, 3}) || trial.LastYear != nil {
		t.Errorf("trial %+v; want all customers, those of the last day too", trial)
	}
}

// brute is the definition, without any thought of speed.
func brute(events []Event[int], w Watch) (histories []History, holdout []int, names []int) {
	last := Day(0)
	type book map[Day]int64
	people := make(map[int]book)
	for _, e := range events {
		if e.Day < w.From {
			continue
		}
		last = max(last, e.Day)
		if people[e.Customer] == nil {
			people[e.Customer] = book{}
		}
		people[e.Customer][e.Day] += int64(math.Round(e.Amount * Micro))
	}
	until := w.Until
	if until == 0 {
		until = last
	}
	for name := range 1000 {
		var days []Day
		after := 0
		for d := range people[name] {
			if d <= until {
				days = append(days, d)
			} else {
				after++
			}
		}
		if len(days) == 0 {
			continue
		}
		slices.Sort(days)
		sum := int64(0)
		for _, d := range days[1:] {
			sum += people[name][d]
		}
		h := History{X: len(days) - 1, Tx: float64(days[len(days)-1]-days[0]) / 7, T: float64(until-days[0]) / 7}
		if h.X > 0 {
			h.Spend = float64(sum) / (Micro * float64(h.X))
			for i, d := range days[1:] {
				h.LogGaps += math.Log(float64(d-days[i]) / 7)
			}
		}
		histories, holdout, names = append(histories, h), append(holdout, after), append(names, name)
	}
	return histories, holdout, names
}

// alike says whether histories are equal, logarithms but for rounding.
func alike(a, b []History) bool {
	return slices.EqualFunc(a, b, func(x, y History) bool {
		near := math.Abs(x.LogGaps-y.LogGaps) < 1e-9
		x.LogGaps = y.LogGaps
		return near && x == y
	})
}

func TestNoOrderOfEventsChangesTheSummary(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 3))
		var events []Event[int]
		for range 1 + rng.IntN(300) {
			events = append(events, Event[int]{rng.IntN(20), on(1, 1) + Day(rng.IntN(90)), math.Round(rng.NormFloat64()*1e4) / 100})
		}
		w := Watch{Unit: Weeks, Until: on(2, 15), From: []Day{0, on(1, 20)}[seed%2]}
		want, after, customers := brute(events, w)
		var repeats []int
		var first []History
		for range 3 {
			s, names, err := Summarize(slices.Values(events), w)
			if err != nil {
				if errors.Is(err, ErrNoPurchase) && len(want) == 0 {
					break
				}
				t.Fatal(err)
			}
			if !slices.Equal(names, customers) || !alike(s.Histories, want) || s.Holdout != nil && !slices.Equal(s.Holdout, after) {
				t.Fatalf("seed %d: %v %v %v, want %v %v %v", seed, names, s.Histories, s.Holdout, customers, want, after)
			}
			if first != nil && !slices.Equal(s.Histories, first) {
				t.Fatalf("seed %d: a bit changed with the order: %v, %v", seed, s.Histories, first)
			}
			first = s.Histories
			if repeats != nil && !slices.Equal(s.Repeats, repeats) {
				t.Fatalf("seed %d: repeats by day changed with the order: %v, %v", seed, s.Repeats, repeats)
			}
			repeats = s.Repeats
			rng.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		}
	}
}

func TestSumsBeyond64BitsAreStillRight(t *testing.T) {
	t.Parallel()
	events := []Event[string]{{"bank", on(1, 1), 1}}
	for i := range 10 {
		events = append(events, Event[string]{"bank", on(2, 1) + Day(i), 9e12})
	}
	s, _, err := Summarize(slices.Values(events), Watch{})
	if err != nil || s.Histories[0].Spend != 9e12 {
		t.Errorf("mean %v, %v; want 9e12", s.Histories[0].Spend, err)
	}
	if _, _, err := Summarize(slices.Values([]Event[string]{{"bank", on(1, 1), 1e13}}), Watch{}); err == nil {
		t.Error("an amount beyond the limit is accepted")
	}
	if _, _, err := Summarize(slices.Values([]Event[string]{{"bank", on(1, 1), math.NaN()}}), Watch{}); err == nil {
		t.Error("an amount that is no number is accepted")
	}
	events = []Event[string]{{"slip", on(1, 1), 1}, {"slip", DayOf(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)), 1}}
	if _, _, err := Summarize(slices.Values(events), Watch{}); err == nil {
		t.Error("the year 9999 is accepted")
	}
}

func TestDaysAndUnits(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"1970-01-01", "1900-02-28", "2000-02-29", "2199-12-31", "0001-01-01"} {
		at, _ := time.Parse(time.DateOnly, s)
		if d := DayOf(at); d.String() != s || !d.Time().Equal(at) {
			t.Errorf("%s became %v", s, d)
		}
	}
	if DayOf(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)) != 1 || DayOf(time.Unix(0, 0).UTC()) != Epoch {
		t.Error("days are counted from elsewhere")
	}
	for _, u := range []Unit{Days, Weeks, Months} {
		if got, err := ParseUnit(u.String()); got != u || err != nil {
			t.Errorf("%v became %v, %v", u, got, err)
		}
	}
	if _, err := ParseUnit("fortnight"); err == nil {
		t.Error("a fortnight is a unit")
	}
	if Weeks.PerYear()*7 != 365.25 || math.Abs(Months.PerYear()-12) > 1e-12 {
		t.Error("a year has the wrong length")
	}
}
