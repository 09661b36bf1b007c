// Package link signs addresses that somebody without a login may open: a benefit
// statement, later a rating. A token names what it opens and its last day, and
// carries a signature (HMAC-SHA-256, RFC 2104, cut to 128 bits) by a key of the
// book: nobody makes one who does not have the key, and none can be changed.
//
// That a link was taken back stands in the book, not in the token: whoever opens
// one asks there too. The key and the clock are the caller's.
package link

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"quid/account"
	"quid/day"
)

// A Kind says what a token opens; one of a kind never opens another. The numbers
// stand in tokens; never reuse one.
type Kind byte

// The kinds.
const (
	Statement Kind = 1 // a benefit statement
	Rating    Kind = 2 // questions about services
)

// A Claim is what a token says.
type Claim struct {
	Kind     Kind
	Customer account.CustomerID
	ID       int64   // of the link in the book
	Ends     day.Day // the last day on which it opens
}

// What may be wrong with a token.
var (
	ErrWrong = errors.New("this link was not made here, or is incomplete")
	ErrEnded = errors.New("this link has ended")
)

const (
	keyBytes  = 32
	textBytes = 1 + 1 + 8 + 8 + 4 // version, kind, customer, id, last day
	macBytes  = 16
	version   = 1
)

// NewKey makes a key from a source of chance.
func NewKey(chance io.Reader) ([]byte, error) {
	key := make([]byte, keyBytes)
	if _, err := io.ReadFull(chance, key); err != nil {
		return nil, fmt.Errorf("key for links: %w", err)
	}
	return key, nil
}

// Sign makes the token of a claim: letters, digits, - and _.
func Sign(key []byte, c Claim) string {
	b := make([]byte, 0, textBytes+macBytes)
	b = append(b, version, byte(c.Kind))
	b = binary.BigEndian.AppendUint64(b, uint64(c.Customer))
	b = binary.BigEndian.AppendUint64(b, uint64(c.ID))
	b = binary.BigEndian.AppendUint32(b, uint32(c.Ends))
	return base64.RawURLEncoding.EncodeToString(append(b, mac(key, b)...))
}

func mac(key, text []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(text)
	return h.Sum(nil)[:macBytes]
}

// Open reads a token of a kind on a day. A wrong one is ErrWrong; of one that is
// over, which is ErrEnded, the claim is returned too.
func Open(key []byte, token string, kind Kind, today day.Day) (Claim, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != textBytes+macBytes || len(key) != keyBytes || !hmac.Equal(mac(key, b[:textBytes]), b[textBytes:]) {
		return Claim{}, ErrWrong
	}
	c := Claim{
		Kind: Kind(b[1]), Customer: account.CustomerID(binary.BigEndian.Uint64(b[2:])), ID: int64(binary.BigEndian.Uint64(b[10:])),
		Ends: day.Day(binary.BigEndian.Uint32(b[18:])),
	}
	if b[0] != version || c.Kind != kind {
		return Claim{}, ErrWrong
	}
	if today > c.Ends {
		return c, ErrEnded
	}
	return c, nil
}
