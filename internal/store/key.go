package store

import (
	"context"
	"fmt"

	"github.com/cespare/xxhash/v2"

	"quid/account"
)

// A KeyKind says what an external id names. The numbers are stored; never reuse one.
type KeyKind int8

// What external ids name.
const (
	CustomerKey    KeyKind = 1
	ContactKey     KeyKind = 2
	ProductKey     KeyKind = 3
	InvoiceKey     KeyKind = 4
	PaymentKey     KeyKind = 5
	ComplaintKey   KeyKind = 6
	InteractionKey KeyKind = 7
	TypeKey        KeyKind = 8
	EntryKey       KeyKind = 9
	BonusKey       KeyKind = 10
)

// A Key says where an external id of a source leads.
type Key struct {
	Source   string
	Kind     KeyKind
	External string
	Customer account.CustomerID // 0 for products and service types
	ID       int64
}

// keyHash spreads keys: the primary key of document_key.
func keyHash(source string, kind KeyKind, external string) int64 {
	d := xxhash.New()
	_, _ = d.Write([]byte{byte(kind)})
	_, _ = d.WriteString(source)
	_, _ = d.Write([]byte{0})
	_, _ = d.WriteString(external)
	return int64(d.Sum64())
}

const sqlKeys = `SELECT hash, source, kind, external, customer_id, id FROM document_key WHERE hash IN `

// chunk is how many keys one statement asks for.
const chunk = 500

// Keys returns where the external ids lead, by external id; those that lead
// nowhere are missing.
func (r Reader) Keys(ctx context.Context, source string, kind KeyKind, externals []string) (map[string]Key, error) {
	found := make(map[string]Key, len(externals))
	args, asked := make([]any, 0, chunk), make(map[int64]string, min(chunk, len(externals)))
	for len(externals) > 0 {
		n := min(chunk, len(externals))
		args = args[:0]
		clear(asked)
		for _, e := range externals[:n] {
			hash := keyHash(source, kind, e)
			args, asked[hash] = append(args, hash), e
		}
		externals = externals[n:]
		r.db.giveWay(n)
		rows, err := r.q.QueryContext(ctx, sqlKeys+in(1, n), args...)
		if err != nil {
			return nil, fmt.Errorf("keys: %w", err)
		}
		for rows.Next() {
			var k Key
			var hash int64
			if err := rows.Scan(&hash, &k.Source, &k.Kind, &k.External, &k.Customer, &k.ID); err != nil {
				rows.Close()
				return nil, fmt.Errorf("keys: %w", err)
			}
			k.External = known(k.External, hash, asked)
			if k.Source == source && k.Kind == kind {
				found[k.External] = k
			}
		}
		if err := rows.Err(); err != nil {
			return nil, fmt.Errorf("keys: %w", err)
		}
	}
	return found, nil
}

// known returns the external id of a key: where it was forgotten because it named a
// person, the one that was asked for under its hash.
func known(external string, hash int64, asked map[int64]string) string {
	if external == "" {
		return asked[hash]
	}
	return external
}

var keyTable = tableOf("document_key", "hash source kind external customer_id id")

// AddKeys writes where new external ids lead.
func (tx *Tx) AddKeys(ctx context.Context, keys []Key) error {
	args := make([]any, 0, len(keys)*len(keyTable.columns))
	for _, k := range keys {
		args = append(args, keyHash(k.Source, k.Kind, k.External), k.Source, int64(k.Kind), k.External, int64(k.Customer), k.ID)
	}
	return tx.load(ctx, keyTable, args)
}

const sqlMoveKey = `UPDATE document_key SET customer_id = $1, id = $2 WHERE hash = $3`

// MoveKey lets an external id lead elsewhere: the document went to another customer.
func (tx *Tx) MoveKey(ctx context.Context, k Key) error {
	if _, err := tx.exec(ctx, sqlMoveKey, k.Customer, k.ID, keyHash(k.Source, k.Kind, k.External)); err != nil {
		return fmt.Errorf("move key: %w", err)
	}
	return nil
}

const sqlDeleteKey = `DELETE FROM document_key WHERE hash = $1`

// DeleteKey forgets an external id whose record is gone.
func (tx *Tx) DeleteKey(ctx context.Context, k Key) error {
	if _, err := tx.exec(ctx, sqlDeleteKey, keyHash(k.Source, k.Kind, k.External)); err != nil {
		return fmt.Errorf("delete key: %w", err)
	}
	return nil
}
