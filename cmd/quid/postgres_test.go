package main

import (
	"path/filepath"
	"strings"
	"testing"

	"quid/internal/store/storetest"
)

// TestTheSameCommandsOnPostgres makes a company as files, imports them into a
// SQLite file and into PostgreSQL, and expects the same valuation of both.
func TestTheSameCommandsOnPostgres(t *testing.T) {
	t.Parallel()
	book, empty := storetest.Postgres(t), storetest.Postgres(t)
	dir := t.TempDir()
	must(t, nil, "demo", "--customers", "30", "--seed", "3", "--until", "2026-09-30", "--out", dir)
	value := func(db string) (v struct {
		totals
		Segments map[string]int
		Peak     float64 `json:"whale_peak"`
	}, customers string,
	) {
		for _, kind := range []string{"products", "service-types", "customers", "invoices", "payments", "complaints", "interactions", "service-entries"} {
			must(t, nil, "import", kind, filepath.Join(dir, kind+".csv"), "--dates", "dmy", "--json", "--db", db)
		}
		must(t, &v, "value", "--as-of", "2026-09-30", "--json", "--db", db)
		code, out, problem := quid(t, "customers", "--as-of", "2026-09-30", "--json", "--db", db)
		if code != exitDone {
			t.Fatalf("customers: %s", problem)
		}
		if code, out, problem := quid(t, "check", "--db", db); code != exitDone {
			t.Errorf("check: %s%s", out, problem)
		}
		return v, out
	}
	lite, liteCustomers := value(filepath.Join(dir, "book.db"))
	post, postCustomers := value(book)
	if lite.Revenue != post.Revenue || lite.Contribution["4"] != post.Contribution["4"] || lite.Gini != post.Gini || lite.Peak != post.Peak {
		t.Errorf("SQLite %+v, PostgreSQL %+v", lite, post)
	}
	if liteCustomers != postCustomers {
		t.Errorf("the customers differ:\n%s\n%s", liteCustomers, postCustomers)
	}
	if code, _, problem := quid(t, "value", "--as-of", "2026-09-30", "--db", empty); code != exitProblem || !strings.Contains(problem, "there is no book") {
		t.Errorf("an empty schema: exit code %d, %s", code, problem)
	}
}
