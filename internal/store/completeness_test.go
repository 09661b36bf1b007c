package store

import (
	"testing"
	"time"

	"quid/account"
	"quid/crm"
	"quid/internal/auth/authtest"
	"quid/portfolio"
)

// What is known of a customer is what was written, flag by flag.
func TestMastersSayWhatWasWritten(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		terms, at := 14, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		want := make(map[account.CustomerID]portfolio.Master)
		err := db.Write(authtest.Context(t), func(tx *Tx) error {
			for bits := range 64 { // every combination of the six
				id := account.CustomerID(1000 + bits)
				m := portfolio.Master{Industry: bits&1 != 0, Size: bits&2 != 0, Owner: bits&4 != 0, Terms: bits&8 != 0, Stub: bits&16 != 0, Contacts: bits&32 != 0}
				c := KeptCustomer{Customer: crm.Customer{ID: id, External: "x", Name: "X", Created: at, Revision: 1, Stub: m.Stub}}
				if m.Industry {
					c.Industry = "i"
				}
				if m.Size {
					c.Size = "s"
				}
				if m.Owner {
					c.Owner = "o"
				}
				if m.Terms {
					c.TermsDays = &terms
				}
				if err := tx.AddCustomers(authtest.Context(t), []KeptCustomer{c}); err != nil {
					return err
				}
				if m.Contacts {
					if err := tx.AddContacts(authtest.Context(t), []crm.Contact{{Customer: id, ID: int64(bits) + 1, Name: "n"}}); err != nil {
						return err
					}
				}
				want[id] = m
			}
			gone := KeptCustomer{Customer: crm.Customer{ID: 5000, External: "g", Name: "Gone", Created: at, Archived: at}}
			return tx.AddCustomers(authtest.Context(t), []KeptCustomer{gone})
		})
		if err != nil {
			t.Fatal(err)
		}
		last, n := account.CustomerID(0), 0
		err = db.Read().EachMaster(authtest.Context(t), func(id account.CustomerID, got portfolio.Master) {
			if id <= last {
				t.Errorf("customer %d comes after %d", id, last)
			}
			if got != want[id] {
				t.Errorf("customer %d: %+v, want %+v", id, got, want[id])
			}
			last = id
			n++
		})
		if err != nil || n != len(want) {
			t.Errorf("%d customers, want %d (%v)", n, len(want), err)
		}
		if count, err := db.Read().CountCustomers(authtest.Context(t)); err != nil || count != int64(len(want))+1 {
			t.Errorf("counted %d (%v)", count, err)
		}
		if kept, err := db.Read().KeptKinds(authtest.Context(t)); err != nil || kept != (portfolio.Kept{}) {
			t.Errorf("an empty book keeps %+v (%v)", kept, err)
		}
	})
}

// Rates come back as they were written, of each currency the newest first.
func TestExchangesComeBack(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		want := []ExchangeRate{{"CHF", 20260101, 1_050_000}, {"USD", 20260701, 880_000}, {"USD", 20260101, 900_000}}
		err := db.Write(authtest.Context(t), func(tx *Tx) error {
			for _, i := range []int{2, 0, 1} {
				if err := tx.PutExchange(authtest.Context(t), want[i].Currency, want[i].From, want[i].Rate); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := db.Read().Exchanges(authtest.Context(t), 10)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%+v, %v", got, err)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("rate %d is %+v, want %+v", i, got[i], want[i])
			}
		}
	})
}
