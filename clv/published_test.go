package clv

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sharedFile returns the path of a file that lies beside the repository, and
// skips the test where it is absent.
func sharedFile(t testing.TB, name string) string {
	t.Helper()
	for _, base := range []string{"../../shared", "../../../shared"} {
		path := filepath.Join(base, filepath.FromSlash(name))
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Skipf("the published figures are not here: %s", name)
	return ""
}

// rows reads a file of comma-separated values with a header.
func rows(t testing.TB, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var table []map[string]string
	for _, line := range all[1:] {
		row := make(map[string]string)
		for i, name := range all[0] {
			row[name] = line[i]
		}
		table = append(table, row)
	}
	return table
}

// number reads a figure of a file.
func number(t testing.TB, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A published figure and what it was reckoned from.
type published struct {
	id, dataset, quantity, about, tol string
	args                              map[string]float64
	value                             float64
}

// publishedFigures are the figures of a model in the reference file.
func publishedFigures(t testing.TB, model string) []published {
	t.Helper()
	var list []published
	for _, row := range rows(t, sharedFile(t, "reference/clv.csv")) {
		if row["model"] != model {
			continue
		}
		p := published{
			id: row["id"], dataset: row["dataset"], quantity: row["quantity"], about: row["args"], tol: row["tol"],
			args: make(map[string]float64), value: number(t, row["value"]),
		}
		for word := range strings.FieldsSeq(row["args"]) {
			if name, v, ok := strings.Cut(word, "="); ok {
				if v, err := strconv.ParseFloat(v, 64); err == nil {
					p.args[name] = v
				}
			}
		}
		list = append(list, p)
	}
	if len(list) == 0 {
		t.Fatalf("the reference file has no figures of %s", model)
	}
	return list
}

// meets reports whether got is the figure within its tolerance.
func (p published) meets(got float64) bool {
	words := strings.Fields(p.tol)
	if words[0] == "exact" {
		return got == p.value
	}
	room, err := strconv.ParseFloat(words[1], 64)
	if err != nil {
		return false
	}
	if words[0] == "rel" {
		if room *= math.Abs(p.value); p.quantity == "loglik" {
			room = max(room, 1e-9)
		}
	}
	return math.Abs(got-p.value) <= room
}

// cdnow summarises the sample of CDNOW up to 1997-09-30 in weeks of 7 days: days
// of purchase count once, the first is left out of the spend.
func cdnow(t testing.TB) map[string]History {
	t.Helper()
	const end = "1997-09-30"
	days := make(map[string]map[string]float64)
	for _, row := range rows(t, sharedFile(t, "data/clv/log_cdnow_sample.csv")) {
		who, on := row["customer_id"], row["date"]
		if on > end {
			continue
		}
		if days[who] == nil {
			days[who] = make(map[string]float64)
		}
		days[who][on] += number(t, row["value"])
	}
	histories := make(map[string]History)
	for who, spent := range days {
		var on []string
		for d := range spent {
			on = append(on, d)
		}
		slices.Sort(on)
		h := History{X: len(on) - 1, Tx: weeks(t, on[0], on[len(on)-1]), T: weeks(t, on[0], end)}
		for i := 1; i < len(on); i++ {
			h.Spend += spent[on[i]] / float64(h.X)
			h.LogGaps += math.Log(weeks(t, on[i-1], on[i]))
		}
		histories[who] = h
	}
	return histories
}

// values are the histories in the order of the customers' names.
func values(m map[string]History) []History {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	list := make([]History, len(names))
	for i, name := range names {
		list[i] = m[name]
	}
	return list
}

// weeks between two days written yyyy-mm-dd.
func weeks(t testing.TB, from, to string) float64 {
	t.Helper()
	return float64(dayNumber(t, to)-dayNumber(t, from)) / 7
}

func dayNumber(t testing.TB, s string) int {
	t.Helper()
	y, m, d := int(number(t, s[:4])), int(number(t, s[5:7])), int(number(t, s[8:]))
	if m <= 2 { // days since 0000-03-01
		y, m = y-1, m+12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + d - 1
}
