package value

import (
	"fmt"
	"slices"

	"quid/day"
)

// A Stage says how far the relation with a customer has come.
type Stage int8

// The stages. The numbers are stored; never reuse one.
const (
	Prospect   Stage = 1 // no purchase yet
	Fresh      Stage = 2 // new, with a first purchase
	OneTime    Stage = 3
	Occasional Stage = 4
	Regular    Stage = 5
	Dormant    Stage = 6 // silent for longer than its own rhythm explains
	Lost       Stage = 7
)

var stageNames = [...]string{"", "prospect", "new", "one-time", "occasional", "regular", "dormant", "lost"}

// String is the stage in the API: prospect, new, one-time, occasional, regular,
// dormant, lost.
func (s Stage) String() string { return stageNames[s] }

// MarshalText writes the stage as String does.
func (s Stage) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// ParseStage reads what String wrote.
func ParseStage(s string) (Stage, error) {
	if i := slices.Index(stageNames[:], s); i > 0 {
		return Stage(i), nil
	}
	return 0, fmt.Errorf("stage %q: unknown", s)
}

// Name is the stage in words.
func (s Stage) Name() Text {
	return [...]Text{
		"", Text("Prospect"), Text("New customer"), Text("One-time customer"), Text("Occasional customer"),
		Text("Regular customer"), Text("Dormant"), Text("Lost"),
	}[s]
}

// isNew says whether a customer is new on a day: until it has both the minimum
// tenure and the minimum of purchase days, at the latest until the maximum
// tenure. Tenure counts from the earlier of the day it was won and its first
// purchase; without either it is new (docs/valuation.md, "New customers").
func (r *NewRule) isNew(f *Figures, asOf day.Day, industry string) bool {
	start := f.start()
	if start == 0 {
		return true
	}
	if asOf >= start.AddMonths(r.maxTenure(industry)) {
		return false
	}
	return asOf < start.AddMonths(r.MinTenureMonths) || int(f.PurchasesEver) < r.MinPurchaseDays
}

// stage returns the stage of a customer. Its rhythm is its mean interval
// between purchase days; purchases at random moments leave a gap of three
// rhythms once in twenty times, of six once in four hundred
// (docs/valuation.md, "Stage").
func (r *StageRule) stage(f *Figures, asOf day.Day, isNew bool) Stage {
	switch {
	case f.PurchasesEver == 0:
		return Prospect
	case isNew:
		return Fresh
	case f.PurchasesEver == 1:
		return OneTime
	}
	silent, rhythm := r.silence(f, asOf)
	switch {
	case silent > r.LostRhythms*rhythm:
		return Lost
	case silent > r.DormantRhythms*rhythm:
		return Dormant
	case int(f.PurchasesEver) >= r.RegularPurchaseDays:
		return Regular
	}
	return Occasional
}

// silence returns the days since the last purchase and the customer's rhythm
// in days; a last purchase that is unknown is no silence.
func (r *StageRule) silence(f *Figures, asOf day.Day) (silent, rhythm float64) {
	if f.LastPurchase == 0 {
		return 0, r.MinRhythmDays
	}
	silent = float64(asOf.Sub(f.LastPurchase))
	rhythm = float64(f.LastPurchase.Sub(f.FirstPurchase)) / float64(f.PurchasesEver-1)
	return silent, max(rhythm, r.MinRhythmDays)
}
