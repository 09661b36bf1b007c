package service

import (
	"slices"

	"quid/day"
	"quid/money"
)

// A Load is what a team booked in a window against what it has for free services.
type Load struct {
	Team      int64 // 0: entries that name no team
	Booked    int64 // minutes, estimated ones among them
	Estimated int64 // of opening estimates
	Available float64
	Known     bool // somebody said what the team has
}

// Coverage is the booked share of what is available; ok is false where nobody
// said what is.
func (l Load) Coverage() (share float64, ok bool) {
	if !l.Known || l.Available <= 0 {
		return 0, false
	}
	return float64(l.Booked) / l.Available, true
}

// Unused are the minutes that were available and not booked, never below zero.
func (l Load) Unused() float64 { return max(0, l.Available-float64(l.Booked)) }

// A Capture is the capture coverage (Erfassungsgrad) of teams in a window: booked
// or estimated minutes by available ones, per team and never per person. It is
// the data basis of the value to the customer; docs/valuation.md, "Capture
// coverage".
type Capture struct {
	Limit     money.Micro // a coverage below it makes the to-side provisional
	Loads     []Load      // of the teams that are not retired, in the order of the teams
	Estimated int64       // minutes of opening estimates, whoever they name
	Loose     int64       // booked minutes that name no team, or one whose time is unknown
}

// CaptureOf sets what teams booked in a window against what they have. A retired
// team has no time any more: what it booked counts as naming none.
func CaptureOf(teams []Team, booked []Load, w day.Window, limit money.Micro) Capture {
	c := Capture{Limit: limit}
	for _, b := range booked {
		c.Loose += b.Booked
		c.Estimated += b.Estimated
	}
	for _, t := range teams {
		if t.Retired {
			continue
		}
		l := Load{Team: t.ID}
		if i := slices.IndexFunc(booked, func(b Load) bool { return b.Team == t.ID }); i >= 0 {
			l.Booked, l.Estimated = booked[i].Booked, booked[i].Estimated
		}
		if l.Available, l.Known = t.Available(w); l.Known {
			c.Loose -= l.Booked
		}
		c.Loads = append(c.Loads, l)
	}
	return c
}

// All is the load of all teams together, with the minutes that name none.
func (c Capture) All() Load {
	all := Load{Booked: c.Loose, Estimated: c.Estimated}
	for _, l := range c.Loads {
		if l.Known {
			all.Booked += l.Booked
			all.Available += l.Available
			all.Known = true
		}
	}
	return all
}

// Of is the coverage of the teams that serve somebody; where none of them has a
// known time, that of all. Minutes that name no team count for each team by what
// it has available, so that those of all teams add up to the whole. It is unknown
// where no team's time is known.
func (c Capture) Of(serving []int64) (share float64, known bool) {
	all := c.All()
	var some Load
	for _, l := range c.Loads {
		if l.Known && slices.Contains(serving, l.Team) {
			some.Booked += l.Booked
			some.Available += l.Available
			some.Known = true
		}
	}
	if some.Available <= 0 || all.Available <= 0 {
		return all.Coverage()
	}
	return float64(some.Booked)/some.Available + float64(c.Loose)/all.Available, true
}

// Thin says whether a coverage is known and below the limit: what the to-side says
// is provisional then, and proposes nothing.
func (c Capture) Thin(share float64, known bool) bool { return known && share < c.Limit.Float() }
