package main

import (
	"encoding/csv"
	"strings"
	"testing"

	"quid/money"
)

func readCSV(t *testing.T, text string) [][]string {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(records) == 0 {
		t.Fatalf("no table: %v\n%s", err, text)
	}
	return records
}

func centsOf(t *testing.T, s string) int64 {
	t.Helper()
	a, err := money.Parse(s, 2)
	if err != nil {
		t.Fatal(err)
	}
	return int64(a)
}

func decimalOf(cents int64) string { return money.Amount(cents).Decimal(2) }
