package clv

import (
	"bufio"
	"encoding/csv"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A timingCase is a row of the published and independently computed figures that
// lie beside the repository.
type timingCase struct {
	id, dataset, model, quantity, args string
	horizon                            float64
	values                             []float64
	tolerance                          string
}

// timingCases reads the published figures of the models given and skips the test
// where the file is absent.
func timingCases(t *testing.T, models ...string) []timingCase {
	t.Helper()
	f, err := os.Open(sharedFile(t, "reference/clv.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []timingCase
	for _, r := range rows[1:] {
		if !slices.Contains(models, r[6]) {
			continue
		}
		p := timingCase{id: r[0], dataset: r[1], model: r[6], quantity: r[7], args: r[8], tolerance: r[10]}
		p.horizon, _ = strconv.ParseFloat(r[5], 64)
		for s := range strings.SplitSeq(r[9], ";") {
			if v, err := strconv.ParseFloat(s, 64); err == nil {
				p.values = append(p.values, v)
			}
		}
		out = append(out, p)
	}
	return out
}

// arg returns the number after name= in the arguments of a case.
func (p timingCase) arg(name string) (float64, bool) {
	for word := range strings.FieldsSeq(p.args) {
		if v, ok := strings.CutPrefix(word, name+"="); ok {
			if f, err := strconv.ParseFloat(v, 64); err == nil {
				return f, true
			}
			if v == "ln(1.1)/52" {
				return math.Log(1.1) / 52, true
			}
		}
	}
	return 0, false
}

// slack is how far a result may be from want.
func (p timingCase) slack(t *testing.T, want float64) float64 {
	t.Helper()
	words := strings.Fields(p.tolerance)
	if words[0] == "exact" {
		return 0
	}
	tol, err := strconv.ParseFloat(words[1], 64)
	if err != nil {
		t.Fatalf("%s: tolerance %q", p.id, p.tolerance)
	}
	switch {
	case words[0] == "abs":
		return tol
	case p.quantity == "loglik":
		return tol * max(1, math.Abs(want))
	}
	return tol * math.Abs(want)
}

// cdnowDays are the different purchase days of each customer of the published
// sample, ascending, in days since 1970.
func cdnowDays(t *testing.T) [][]int {
	t.Helper()
	f, err := os.Open(sharedFile(t, "data/clv/log_cdnow_sample.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	of := make(map[string]int)
	var days [][]int
	for lines := bufio.NewScanner(f); lines.Scan(); {
		field := strings.Split(strings.ReplaceAll(lines.Text(), `"`, ""), ",")
		at, err := time.Parse(time.DateOnly, field[1])
		if err != nil {
			continue // the heading
		}
		i, known := of[field[0]]
		if !known {
			i = len(days)
			of[field[0]], days = i, append(days, nil)
		}
		days[i] = append(days[i], int(at.Unix()/86400))
	}
	for i := range days {
		slices.Sort(days[i])
		days[i] = slices.Compact(days[i])
	}
	return days
}

func dayOf(year, month, day int) int {
	return int(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// cdnowSplit are the histories of the published sample until 1997-09-30 in weeks, and
// the purchases of each customer in the 39 weeks after.
func cdnowSplit(t *testing.T) (histories []History, later []int) {
	t.Helper()
	end := dayOf(1997, 9, 30)
	for _, bought := range cdnowDays(t) {
		h := History{T: float64(end-bought[0]) / 7}
		n := 0
		for _, d := range bought[1:] {
			if d > end {
				n++
				continue
			}
			h.X++
			h.Tx = float64(d-bought[0]) / 7
		}
		histories, later = append(histories, h), append(later, n)
	}
	return histories, later
}

// cdnowRepeats counts the repeat purchases in the first days of 1997.
func cdnowRepeats(t *testing.T, days int) int {
	t.Helper()
	n, start := 0, dayOf(1997, 1, 1)
	for _, bought := range cdnowDays(t) {
		for _, d := range bought[1:] {
			if d-start < days {
				n++
			}
		}
	}
	return n
}
