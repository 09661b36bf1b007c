package store

import (
	"testing"

	"quid/internal/auth/authtest"
)

// Analysts get names, dates and decimals on both engines.
func TestViewsSpeakPlainly(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		err := db.Write(authtest.Context(t), func(tx *Tx) error {
			if err := tx.AddBook(authtest.Context(t), Book{Name: "Test", Currency: "EUR", Digits: 2, Created: now}); err != nil {
				return err
			}
			for _, q := range []string{
				`INSERT INTO customer (customer_id, external, number, name, sort_name, search, acquired_on, need, revision, import_id, created_at)
				 VALUES (7, 'K7', 'K7', 'Meier', 'meier', 'meier k7', 20240305, 150050, 1, 0, 0)`,
				`INSERT INTO posting (customer_id, day, posting_id, kind, amount, volume, rate, document_kind, document_id, revision)
				 VALUES (7, 20261101, 1, 11, -1234, 2500, 500000, 6, 9, 1)`,
			} {
				if _, err := tx.exec(authtest.Context(t), q); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var name, day, side, kind, document, acquired string
		var amount, volume, rate, need float64
		row := db.read.QueryRowContext(authtest.Context(t), `SELECT customer, day, side, kind, document_kind, amount, volume, rate FROM v_posting`)
		if err := row.Scan(&name, &day, &side, &kind, &document, &amount, &volume, &rate); err != nil {
			t.Fatal(err)
		}
		if name != "Meier" || day != "2026-11-01" || side != "to" || kind != "service" || document != "service" || amount != -12.34 || volume != 25 || rate != 0.5 {
			t.Error(name, day, side, kind, document, amount, volume, rate)
		}
		if err := db.read.QueryRowContext(authtest.Context(t), `SELECT acquired_on, need FROM v_customer`).Scan(&acquired, &need); err != nil {
			t.Fatal(err)
		}
		if acquired != "2024-03-05" || need != 1500.50 {
			t.Error(acquired, need)
		}
		for _, view := range []string{"v_invoice", "v_service"} {
			rows, err := db.read.QueryContext(authtest.Context(t), "SELECT * FROM "+view)
			if err != nil {
				t.Errorf("%s: %v", view, err)
				continue
			}
			if rows.Err() != nil {
				t.Errorf("%s: %v", view, rows.Err())
			}
			rows.Close()
		}
	})
}
