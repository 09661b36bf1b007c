package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sharedFolders are where the published data and figures may stand: beside the
// repository, or beside the folder of its work trees.
var sharedFolders = []string{"../../../shared", "../../../../shared"}

func published(t *testing.T, path string) string {
	t.Helper()
	for _, folder := range sharedFolders {
		if _, err := os.Stat(filepath.Join(folder, path)); err == nil {
			return filepath.Join(folder, path)
		}
	}
	t.Skip("the published data are not here")
	return ""
}

// quidSays runs quid and returns what it prints.
func quidSays(t *testing.T, args ...string) string {
	t.Helper()
	code, out, problem := quid(t, args...)
	if code != exitDone {
		t.Fatalf("quid %v: exit code %d, %s", args, code, problem)
	}
	return out
}

// publishedCase is a line of the published figures.
type publishedCase struct {
	model, quantity, args, tol, source string
	value                              float64
}

func publishedCases(t *testing.T, dataset string) []publishedCase {
	t.Helper()
	f, err := os.Open(published(t, "reference/clv.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := func(name string) int { return slices.Index(rows[0], name) }
	var cases []publishedCase
	for _, row := range rows[1:] {
		if row[column("dataset")] == dataset {
			v, err := strconv.ParseFloat(row[column("value")], 64)
			if err != nil {
				t.Fatal(err)
			}
			cases = append(cases, publishedCase{row[column("model")], row[column("quantity")], row[column("args")], row[column("tol")], row[column("source")], v})
		}
	}
	return cases
}

// meets says whether a figure is the published one to its tolerance.
func (c publishedCase) meets(got float64) bool {
	kind, number, _ := strings.Cut(c.tol, " ")
	number, _, _ = strings.Cut(number, " ")
	tolerance, _ := strconv.ParseFloat(number, 64)
	switch {
	case strings.Contains(c.tol, "higher") && got >= c.value:
		return true
	case kind == "rel":
		return math.Abs(got-c.value) <= tolerance*math.Abs(c.value)
	}
	return math.Abs(got-c.value) <= tolerance
}

// What the command line says of the CDNOW sample is what was published of it.
func TestTheCommandLineMeetsThePublishedFiguresOfCDNOW(t *testing.T) {
	t.Parallel()
	log := published(t, "data/clv/log_cdnow_sample.csv")
	words := map[string]string{"BG/NBD": "bgnbd", "MBG/NBD": "mbgnbd", "Pareto/NBD": "paretonbd", "NBD": "nbd", "Gamma-Gamma": "gammagamma"}
	type fit struct {
		Params, SE        map[string]float64
		LogLik            float64
		Customers, Groups int
		Converged         bool
		Holdout           map[string]any
	}
	fits, forecasts := map[string]fit{}, map[string]map[string][]string{}
	for name, word := range words {
		var f fit
		if err := json.Unmarshal([]byte(quidSays(t, "clv", "fit", log, "--holdout", "1997-09-30", "--model", word, "--json")), &f); err != nil {
			t.Fatal(err)
		}
		fits[name] = f
		if word == "gammagamma" {
			continue
		}
		rows, err := csv.NewReader(strings.NewReader(quidSays(t, "clv", "predict", log, "--until", "1997-09-30", "--model", word, "--horizon", "39w"))).ReadAll()
		if err != nil || strings.Join(rows[0], ",") != "id,p_alive,expected,clv,low,high" {
			t.Fatalf("%v, %v", rows[0], err)
		}
		forecasts[name] = map[string][]string{}
		for _, row := range rows[1:] {
			forecasts[name][row[0]] = row
		}
	}
	checked := 0
	for _, c := range publishedCases(t, "cdnow_sample") {
		f, fitted := fits[c.model]
		got := math.NaN()
		switch {
		case c.quantity == "customers":
			got = float64(fits["NBD"].Customers)
		case c.quantity == "groups":
			got = float64(fits["NBD"].Groups)
		case c.quantity == "total_actual":
			got = fits["NBD"].Holdout["actual"].(float64)
		case !fitted:
		case c.quantity == "LL":
			got = f.LogLik
		case c.quantity == "n":
			got = float64(f.Customers)
		case c.quantity == "rmse", c.quantity == "mae":
			got = f.Holdout[c.quantity].(float64)
		case c.quantity == "total_expected":
			got = f.Holdout["expected"].(float64)
		case strings.HasPrefix(c.quantity, "se_"):
			got = f.SE[c.quantity[3:]]
		case (c.quantity == "cond_expected" || c.quantity == "palive") && strings.HasPrefix(c.args, "cust="):
			row := forecasts[c.model][c.args[len("cust="):len("cust=")+4]]
			cell := row[map[string]int{"palive": 1, "cond_expected": 2}[c.quantity]]
			if cell == "" && c.model == "BG/NBD" && c.value == 1 {
				checked++ // not shown for one-time buyers
				continue
			}
			got, _ = strconv.ParseFloat(cell, 64)
		default:
			if v, ok := f.Params[c.quantity]; ok {
				got = v
			}
		}
		if got != got {
			continue
		}
		if checked++; !c.meets(got) {
			t.Errorf("%s %s %s: %v, published %v (%s, %s)", c.model, c.quantity, c.args, got, c.value, c.tol, c.source)
		}
	}
	if checked < 80 {
		t.Errorf("only %d published figures were compared", checked)
	}
}

// The survival of the IBM contracts, and the tables of donors and contracts, are
// as published.
func TestTheCommandLineMeetsThePublishedFiguresOfContracts(t *testing.T) {
	t.Parallel()
	table := quidSays(t, "clv", "survival", published(t, "data/ibm-telco-churn/Telco-Customer-Churn.csv"), "--tenure", "tenure", "--event", "Churn", "--at", "1,12,24,36,48,60,72")
	for _, want := range []string{"7043, of these ended 1869", "94.60 %", "84.32 %      0.45", "78.87 %", "74.85 %", "70.88 %", "66.44 %", "59.28 %      0.99"} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is not in\n%s", want, table)
		}
	}
	for dataset, args := range map[string][]string{
		"donations":   {published(t, "data/clv/donations_rf.csv"), "--model", "bgbb"},
		"sbg_regular": {published(t, "data/clv/sbg_retention.csv"), "--model", "sbg", "--survivors", "regular_pct", "--periods", "7", "--customers", "1000"},
	} {
		var f struct {
			Params map[string]float64
			LogLik float64
		}
		if err := json.Unmarshal([]byte(quidSays(t, append(append([]string{"clv", "fit"}, args...), "--json")...)), &f); err != nil {
			t.Fatal(err)
		}
		checked := 0
		for _, c := range publishedCases(t, dataset) {
			got, ok := f.Params[c.quantity]
			if c.quantity == "LL" {
				got, ok = f.LogLik, true
			}
			if !ok {
				continue
			}
			if checked++; !c.meets(got) {
				t.Errorf("%s: %v, published %v", fmt.Sprint(dataset, " ", c.quantity), got, c.value)
			}
		}
		if checked < 3 {
			t.Errorf("%s: only %d figures were compared", dataset, checked)
		}
	}
}
