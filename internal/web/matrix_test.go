package web

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"quid/internal/auth/authtest"
	"quid/portfolio"
	"quid/value"
)

// points reads what the matrix is sent.
func points(body string) []matrixDot {
	var list []matrixDot
	for b := []byte(body); len(b) >= 20; b = b[20:] {
		number := func(at int) float64 { return float64(math.Float32frombits(binary.LittleEndian.Uint32(b[at:]))) }
		list = append(list, matrixDot{int(binary.LittleEndian.Uint32(b)), number(4), number(8), number(12), int(b[16]), b[17]})
	}
	return list
}

type matrixDot struct {
	i          int
	x, y, size float64
	field      int
	flags      byte
}

// Every customer is a point in its field or stands beside the matrix, and the
// table counts what the picture shows.
func TestThePointsAreThoseThatTheTableCounts(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	pic, err := s.server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"", "industry=" + url.QueryEscape(pic.snap.Industries()[0]), "class=A", "weight.growth=40", "weight.contribution=0&class=B&to.cut=mean"} {
		v, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		view, err := pic.view(v)
		if err != nil {
			t.Fatal(err)
		}
		dots := points(s.get(t, "en", "/matrix/points?"+query).want(http.StatusOK).Body)
		count := map[int]int{}
		from, to := view.cuts()
		for _, d := range dots {
			count[d.field]++
			standing := pic.snap.Base.Standing[d.i]
			if standing.FromSet != 0 || view.outcome != nil {
				continue
			}
			// The dead band may keep a customer a little on the wrong side.
			near := func(v float64, c value.Cut, unit float64) bool {
				return math.Abs(v*unit-c.Lines[0]) <= c.DeadBand*math.Abs(c.Lines[0])+0.01
			}
			if high := d.y > from.Lines[0]; high != (standing.Bands.From == 2) && !near(d.y, from, 1) {
				t.Errorf("%q: customer %d at %v is in band %d", query, d.i, d.y, standing.Bands.From)
			}
			if high := d.x*100 > to.Lines[0]; high != (standing.Bands.To == 2) && !near(d.x, to, 100) {
				t.Errorf("%q: customer %d at %v is in band %d", query, d.i, d.x, standing.Bands.To)
			}
		}
		all := 0
		for k, f := range view.sums() {
			all += f.Customers
			if f.From != 0 && count[k] != f.Customers {
				t.Errorf("%q: %d points in %s, the table counts %d", query, count[k], f.Segment, f.Customers)
			}
		}
		if all != view.customers().len() {
			t.Errorf("%q: the fields hold %d of %d", query, all, view.customers().len())
		}
	}
}

// A trial puts every customer where portfolio.WhatIf puts it.
func TestATrialIsTheWhatIfOfThePortfolio(t *testing.T) {
	t.Parallel()
	pic, err := readShelf(t).server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(7, 7))
	for range 30 {
		v := url.Values{}
		for _, k := range value.Keys {
			if rng.IntN(3) == 0 {
				v.Set("weight."+string(k), strconv.Itoa(rng.IntN(60)))
			}
		}
		for _, axis := range []string{"from", "to"} {
			v.Set(axis+".cut", []string{"median", "mean", "quantile"}[rng.IntN(3)])
			v.Set(axis+".at", strconv.Itoa(5+5*rng.IntN(18)))
		}
		view, err := pic.view(v)
		if err != nil || view.outcome == nil {
			continue // all as it was, or a model without weight
		}
		got := map[value.Segment]int{}
		for i := range pic.snap.Valued() {
			s, _ := view.spotOf(i)
			got[s.segment]++
		}
		if diff := gocmp.Diff(view.outcome.Segments, got); diff != "" {
			t.Fatalf("%v: %s", v, diff)
		}
	}
}

func TestTheModelInForceIsNoTrial(t *testing.T) {
	t.Parallel()
	pic, err := readShelf(t).server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	v := url.Values{"from.cut": {"median"}, "from.at": {"50"}, "to.cut": {"median"}, "to.at": {"50"}}
	for _, c := range pic.summary().Model.Criteria {
		v.Set("weight."+string(c.Key), plainNumber(c.Weight))
	}
	if tr := pic.trialOf(v); tr.on || len(tr.query) > 0 {
		t.Errorf("the sliders as they stand make the trial %v", tr.query)
	}
	if tr := pic.trialOf(url.Values{"weight.growth": {"-5"}, "from.cut": {"quantile"}, "from.at": {"140"}}); tr.on {
		t.Errorf("nonsense makes the trial %v", tr.query)
	}
}

func TestASliderAnswersWithWhoWouldMove(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	pic, err := s.server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	view, err := pic.view(url.Values{"weight.growth": {"60"}, "weight.contribution": {"0"}})
	if err != nil {
		t.Fatal(err)
	}
	a := s.get(t, "de", "/matrix/whatif?weight.growth=60&weight.contribution=0&weight.regularity=5").want(http.StatusOK)
	if !strings.Contains(a.text("div", "id", "matrix-figures"), strconv.Itoa(view.outcome.Moves)+" Kunden würden wandern") {
		t.Errorf("the answer doesn't say that %d would move: %s", view.outcome.Moves, a.text("h2"))
	}
	told := a.one("div", "data-attributes-of", "matrix")
	if src, _ := attr(told, "data-src"); !strings.Contains(src, "weight.growth=60") {
		t.Errorf("the picture is told to read %q", src)
	}
	if got := a.Header.Get("HX-Replace-Url"); got != "/?weight.contribution=0&weight.growth=60" {
		t.Errorf("address = %q", got)
	}
	if len(a.all("a", "href", "/model?weight.contribution=0&weight.growth=60")) != 1 {
		t.Error("no way to save the trial")
	}
}

// What the brush holds is what the list shows.
func TestTheBrushLeadsToTheListOfItsPoints(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	dots := points(s.get(t, "en", "/matrix/points").Body)
	pic, err := s.server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(5, 5))
	for range 50 {
		x0, x1, y0, y1 := rng.Float64()*2000, rng.Float64()*40000, rng.Float64()*50, 40+rng.Float64()*60
		want := 0
		for _, d := range dots {
			if d.x >= x0 && d.x <= x1 && d.y >= y0 && d.y <= y1 {
				want++
			}
		}
		text := func(x float64) []string { return []string{plainNumber(x)} }
		if got := pic.list(queryOf(url.Values{"x0": text(x0), "x1": text(x1), "y0": text(y0), "y1": text(y1)})).len(); got != want {
			t.Errorf("%d in the list, %d in the picture", got, want)
		}
	}
}

func TestAPointOpensItsCustomer(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	pic, err := s.server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	v := formatID(pic.snap.Valuation.ID)
	tip := s.get(t, "de", "/matrix/point?v="+v+"&i=3").want(http.StatusOK)
	if !strings.Contains(tip.Body, "Punktzahl") || strings.Contains(tip.Body, "<html") {
		t.Errorf("tip = %s", tip.Body)
	}
	to := s.get(t, "de", "/matrix/open?v="+v+"&i=3").want(http.StatusSeeOther).Header.Get("Location")
	if to != customerPath(pic.snap.ID(3)) {
		t.Errorf("leads to %s", to)
	}
	s.get(t, "de", "/matrix/open?v=1&i=3").want(http.StatusConflict)
	s.get(t, "de", "/matrix/open?v="+v+"&i=100000").want(http.StatusNotFound)
}

// The arrows and flows are the movement between the two valuations.
func TestMovesAreThoseOfThePortfolio(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	earlier, err := s.db.Read().ValuationOn(authtest.Context(t), shelfEarlier)
	if err != nil {
		t.Fatal(err)
	}
	where := func(id int64) (list []portfolio.Where) {
		for row, err := range s.db.Read().Scores(authtest.Context(t), id) {
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, portfolio.Where{Customer: row.Row.Customer, Segment: row.Row.Segment()})
		}
		return list
	}
	pic, err := s.server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	want := portfolio.Movement(where(earlier.ID), where(pic.snap.Valuation.ID))
	a := s.get(t, "en", "/?since="+formatID(earlier.ID)).want(http.StatusOK)
	if !strings.Contains(a.text("div", "id", "matrix-figures"), strconv.Itoa(len(want.Movers))+" customers moved to another field") {
		t.Errorf("the page doesn't say that %d moved", len(want.Movers))
	}
	arrows := len(s.get(t, "en", "/matrix/moves?since="+formatID(earlier.ID)).want(http.StatusOK).Body) / 16
	if arrows == 0 || arrows > len(want.Movers) {
		t.Errorf("%d arrows of %d that moved", arrows, len(want.Movers))
	}
	s.get(t, "en", "/matrix/moves?since=1").want(http.StatusNotFound)
}

func TestConcentrationCountsEveryCustomer(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	pic, err := s.server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	a := s.get(t, "de", "/concentration").want(http.StatusOK)
	for _, caption := range []string{"ABC nach Umsatz", "ABC nach Deckungsbeitrag III"} {
		sum := 0
		for _, row := range a.rows(caption) {
			n, err := strconv.Atoi(strings.ReplaceAll(row[1], ".", ""))
			if err != nil {
				t.Fatal(err)
			}
			sum += n
		}
		if sum != pic.snap.Valued() {
			t.Errorf("%s: %d customers, want %d", caption, sum, pic.snap.Valued())
		}
	}
	spread := pic.spread()
	if got := len(a.rows("Sieht aus wie A und kostet Geld")); got != spread.ABC.Deceiving || got == 0 {
		t.Errorf("%d deceivers listed, want %d", got, spread.ABC.Deceiving)
	}
	if !strings.Contains(a.text("section", "id", "lorenz"), pageFor("de").Number(float64(spread.Gini), 2)) {
		t.Error("the Gini coefficient is missing")
	}
	listed := s.get(t, "en", "/customers?class_revenue=A&class=loss").want(http.StatusOK)
	if got := len(listed.rows("Customers")); got != spread.ABC.Deceiving {
		t.Errorf("the list has %d of them, want %d", got, spread.ABC.Deceiving)
	}
}
