package store

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"quid/internal/auth/authtest"
	"quid/privacy"
)

// catalogueOf returns the columns of every table that a book has, as the engine
// says, and where it says so the key of each table.
func catalogueOf(t *testing.T, db *DB) (columns map[string][]string, keys map[string][]string) {
	t.Helper()
	query := `SELECT t.table_name, c.column_name, c.ordinal_position * 0
		FROM information_schema.tables t JOIN information_schema.columns c ON c.table_schema = t.table_schema AND c.table_name = t.table_name
		WHERE t.table_schema = current_schema() AND t.table_type = 'BASE TABLE'`
	if db.Engine() == "sqlite" {
		query = `SELECT t.name, c.name, c.pk FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'`
	}
	rows, err := db.read.QueryContext(authtest.Context(t), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, keys = make(map[string][]string), make(map[string][]string)
	type part struct {
		name string
		at   int
	}
	parts := make(map[string][]part)
	for rows.Next() {
		var table, column string
		var pk int
		if err := rows.Scan(&table, &column, &pk); err != nil {
			t.Fatal(err)
		}
		columns[table] = append(columns[table], column)
		if pk > 0 {
			parts[table] = append(parts[table], part{column, pk})
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for table, ps := range parts {
		slices.SortFunc(ps, func(a, b part) int { return cmp.Compare(a.at, b.at) })
		for _, p := range ps {
			keys[table] = append(keys[table], p.name)
		}
	}
	return columns, keys
}

// unlike returns what the map and a catalogue do not agree in.
func unlike(dataMap []privacy.Table, columns map[string][]string) (bad []string) {
	mapped := make(map[string]bool)
	for _, t := range dataMap {
		mapped[t.Name] = true
		there, ok := columns[t.Name]
		if !ok {
			bad = append(bad, fmt.Sprintf("the map has an entry for the table %s, which is not there", t.Name))
			continue
		}
		for _, c := range t.Columns {
			if !slices.Contains(there, c.Name) {
				bad = append(bad, fmt.Sprintf("the map has an entry for %s.%s, which is not there", t.Name, c.Name))
			}
		}
		for _, c := range there {
			if !t.Has(c) {
				bad = append(bad, fmt.Sprintf("%s.%s has no entry in the data map: add one in datamap.go", t.Name, c))
			}
		}
	}
	for name := range columns {
		if !mapped[name] {
			bad = append(bad, fmt.Sprintf("the table %s has no entry in the data map: add one in datamap.go", name))
		}
	}
	return bad
}

// Every column of every table has an entry in the data map, and every entry a
// column, on both engines.
func TestTheDataMapHasEveryColumn(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		columns, keys := catalogueOf(t, db)
		if len(columns) < 50 {
			t.Fatalf("only %d tables were found", len(columns))
		}
		for _, bad := range unlike(DataMap(), columns) {
			t.Error(bad)
		}
		for _, e := range DataMap() {
			for _, bad := range e.Check() {
				t.Error(bad)
			}
			if key := keys[e.Name]; key != nil && !slices.Equal(key, e.Key) {
				t.Errorf("%s: the key is %v, the map says %v", e.Name, key, e.Key)
			}
		}
	})
}

// The weak twins: a map without a column or a table, or with one that is not
// there, is told apart from the catalogue, on both engines.
func TestADataMapWithAHoleIsNoticed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		columns, _ := catalogueOf(t, db)
		without := slices.Clone(DataMap())
		i := slices.IndexFunc(without, func(e privacy.Table) bool { return e.Name == "contact" })
		without[i].Columns = slices.DeleteFunc(slices.Clone(without[i].Columns), func(c privacy.Column) bool { return c.Name == "email" })
		for want, m := range map[string][]privacy.Table{
			"contact.email has no entry":     without,
			"the table contact has no entry": slices.DeleteFunc(slices.Clone(DataMap()), func(e privacy.Table) bool { return e.Name == "contact" }),
			"contact.shoe_size, which is":    append(slices.Clone(DataMap()[:0]), withShoes()...),
		} {
			bad := unlike(m, columns)
			if len(bad) != 1 || !strings.Contains(bad[0], want) {
				t.Errorf("%s: %q", want, bad)
			}
		}
	})
}

func withShoes() []privacy.Table {
	m := slices.Clone(DataMap())
	i := slices.IndexFunc(m, func(e privacy.Table) bool { return e.Name == "contact" })
	m[i].Columns = append(slices.Clone(m[i].Columns), privacy.Column{Name: "shoe_size"})
	return m
}
