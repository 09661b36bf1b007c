package store

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quid/account"
	"quid/day"
	"quid/internal/auth/authtest"
	"quid/money"
)

// What was estimated lately is listed by its instants, with what holds of it and
// what it ended; a team stays with its estimate.
func TestEstimatesAreListedByTheirBatches(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		first, second := time.UnixMicro(1_000_000).UTC(), time.UnixMicro(2_000_000).UTC()
		if err := db.Write(authtest.Context(t), func(tx *Tx) error {
			for c := range account.CustomerID(3) {
				e := Estimate{Customer: c + 1, ID: int64(c) + 1, Type: 7, Quantity: 4 * money.One, From: 20260101, Until: 20261231, Team: 9, Made: first}
				if err := tx.AddEstimate(authtest.Context(t), e); err != nil {
					return err
				}
			}
			if err := tx.EndEstimate(authtest.Context(t), 2, 2, second); err != nil {
				return err
			}
			return tx.AddEstimate(authtest.Context(t), Estimate{Customer: 2, ID: 4, Type: 7, Quantity: money.One, From: 20260101, Until: 20261231, Made: second})
		}); err != nil {
			t.Fatal(err)
		}
		r := db.Read()
		got, err := r.EstimateBatches(authtest.Context(t), 5)
		if err != nil || len(got) != 2 || got[0] != (EstimateBatch{second, 1, 1, 1}) || got[1] != (EstimateBatch{first, 3, 2, 0}) {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err := r.EstimateBatches(authtest.Context(t), 1); err != nil || len(got) != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		if ids, err := r.EstimatedAt(authtest.Context(t), second); err != nil || len(ids) != 1 || ids[0] != 2 {
			t.Errorf("%v, %v", ids, err)
		}
		live, err := r.LiveEstimates(authtest.Context(t), []account.CustomerID{2, 3})
		if err != nil || len(live) != 2 || live[0].Team+live[1].Team != 9 {
			t.Errorf("%+v, %v", live, err)
		}
		if all, err := r.EstimatesOf(authtest.Context(t), 2); err != nil || len(all) != 2 || all[0].Team != 9 || all[0].Ended != second || all[1].Until != day.Day(20261231) {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// Statements that would otherwise look at all estimates, or at all entries of a
// customer, go by their indexes.
func TestEstimatesAndChargesAreFoundByTheirIndexes(t *testing.T) {
	t.Parallel()
	db := openTest(t, filepath.Join(t.TempDir(), "test.db"))
	for name, want := range map[string]struct {
		statement, index string
		args             int
	}{
		"what was estimated last": {sqlNextEstimated, "service_estimate_made service_estimate_ended", 1},
		"what a batch did":        {sqlEstimateBatch, "service_estimate_made service_estimate_ended", 1},
		"whose a batch was":       {sqlEstimatedAt, "service_estimate_made service_estimate_ended", 1},
		"what is charged for":     {sqlCharging + "($1)", "service_entry_charged", 1},
		"what a line charges for": {sqlCharged, "service_entry_charged", 3},
	} {
		rows, err := db.read.QueryContext(authtest.Context(t), "EXPLAIN QUERY PLAN "+want.statement, []any{1, 1, 1}[:want.args]...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var plan []string
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			plan = append(plan, detail)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close()
		text := strings.Join(plan, "\n")
		for _, index := range strings.Fields(want.index) {
			if !strings.Contains(text, "INDEX "+index+" ") {
				t.Errorf("%s does not go by %s:\n%s", name, index, text)
			}
		}
		if strings.Contains(text, "SCAN service_") {
			t.Errorf("%s looks at all:\n%s", name, text)
		}
	}
}
