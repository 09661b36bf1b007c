package service

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"quid/day"
	"quid/money"
)

// team has so many minutes a year for free services.
func team(id, minutes int64) Team {
	return Team{ID: id, Name: "t", Costs: []TeamCost{{ValidFrom: day.Min, Cost: 1, People: money.One, Minutes: minutes, Practical: money.One, Free: money.One}}}
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	year := day.Window{From: 20241231, To: 20251231}
	retired := team(3, 1000)
	retired.Retired = true
	teams := []Team{team(1, 1000), team(2, 4000), retired, {ID: 4, Name: "nobody said"}}
	booked := []Load{{Team: 0, Booked: 500, Estimated: 500}, {Team: 1, Booked: 300}, {Team: 2, Booked: 2000, Estimated: 100}, {Team: 3, Booked: 50}, {Team: 4, Booked: 50}}
	c := CaptureOf(teams, booked, year, money.One/2)
	if all := c.All(); all.Estimated != 600 || all.Booked != 2900 {
		t.Errorf("all teams: %+v", all)
	}
	if c.Loose != 600 {
		t.Fatalf("%d minutes name no team whose time is known, want 600", c.Loose)
	}
	for _, tt := range []struct {
		name    string
		serving []int64
		want    float64
		thin    bool
	}{
		{"one team, and its part of what names none", []int64{1}, 0.3 + 0.12, true},
		{"the other", []int64{2}, 0.5 + 0.12, false},
		{"both are the whole", []int64{1, 2}, 2900.0 / 5000, false},
		{"nobody has served: all teams", nil, 2900.0 / 5000, false},
		{"a retired team says nothing: all teams", []int64{3}, 2900.0 / 5000, false},
		{"a team of unknown time says nothing: all teams", []int64{4}, 2900.0 / 5000, false},
		{"a team of unknown time beside one that is known", []int64{1, 4}, 0.3 + 0.12, true},
	} {
		share, known := c.Of(tt.serving)
		if !known || math.Abs(share-tt.want) > 1e-9 || c.Thin(share, known) != tt.thin {
			t.Errorf("%s: %v, %v, thin %v; want %v, thin %v", tt.name, share, known, c.Thin(share, known), tt.want, tt.thin)
		}
	}
}

func TestCoverageIsUnknownWithoutCapacity(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]Capture{
		"no teams":                CaptureOf(nil, []Load{{Booked: 7}}, day.Window{From: 20241231, To: 20251231}, money.One/2),
		"a team of unknown time":  CaptureOf([]Team{{ID: 1}}, []Load{{Team: 1, Booked: 7}}, day.Window{From: 20241231, To: 20251231}, money.One/2),
		"a window without an end": CaptureOf([]Team{team(1, 100)}, nil, day.Window{To: 20251231}, money.One/2),
	} {
		if share, known := c.Of([]int64{1}); known || c.Thin(share, known) {
			t.Errorf("%s: %v is known", name, share)
		}
	}
}

// However minutes are spread over teams and over none: the coverages of the
// teams, weighted by what they have, add up to that of all; and one more minute
// never lowers a coverage.
func TestCoverageAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		year := day.Window{From: 20241231, To: 20251231}
		var teams []Team
		var booked []Load
		for id := range rapid.Int64Range(1, 5).Draw(t, "teams") {
			teams = append(teams, team(id+1, rapid.Int64Range(1, 1e6).Draw(t, "minutes")))
			booked = append(booked, Load{Team: id, Booked: rapid.Int64Range(0, 1e6).Draw(t, "booked")})
		}
		c := CaptureOf(teams, booked, year, money.One/2)
		all, _ := c.Of(nil)
		sum := 0.0
		for _, l := range c.Loads {
			share, known := c.Of([]int64{l.Team})
			if !known {
				t.Fatalf("the coverage of team %d is unknown", l.Team)
			}
			sum += share * l.Available / c.All().Available
		}
		if math.Abs(sum-all) > 1e-9*(1+all) {
			t.Fatalf("the teams add up to %v, all have %v", sum, all)
		}
		booked[0].Booked++
		more := CaptureOf(teams, booked, year, money.One/2)
		for _, l := range c.Loads {
			was, _ := c.Of([]int64{l.Team})
			if now, _ := more.Of([]int64{l.Team}); now < was {
				t.Fatalf("one more minute lowered team %d from %v to %v", l.Team, was, now)
			}
		}
	})
}
