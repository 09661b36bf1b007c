package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// tokenBytes are the random bytes of a token: 256 bits cannot be guessed, so that
// a plain hash of it is enough.
const tokenBytes = 32

// KeyPrefix begins the secrets of keys, so that scanners for leaked secrets know them.
const KeyPrefix = "quid_"

// NewToken returns a random token for a cookie or a link.
func NewToken() string {
	b := make([]byte, tokenBytes)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return base64.RawURLEncoding.EncodeToString(b)
}

// HashToken is what the book keeps of a token.
func HashToken(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}

// recoveryLetters leave out what is easily mistaken: 0 o, 1 l i.
const recoveryLetters = "abcdefghjkmnpqrstuvwxyz23456789"

// recoveryCount is how many recovery codes somebody gets.
const recoveryCount = 10

// NewRecoveryCodes returns codes that stand for a lost second factor, once each:
// two groups of five letters, 49 bits.
func NewRecoveryCodes() []string {
	codes := make([]string, recoveryCount)
	for i := range codes {
		var b strings.Builder
		for j := range 10 {
			if j == 5 {
				b.WriteByte('-')
			}
			b.WriteByte(recoveryLetters[randomBelow(len(recoveryLetters))])
		}
		codes[i] = b.String()
	}
	return codes
}

// randomBelow returns a random number below n ≤ 256, all alike likely.
func randomBelow(n int) int {
	var b [1]byte
	for {
		_, _ = rand.Read(b[:])
		if int(b[0]) < 256/n*n {
			return int(b[0]) % n
		}
	}
}

// RecoveryHash is what the book keeps of a recovery code, however it was typed.
func RecoveryHash(code string) string {
	return HashToken("recovery " + strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(code)))
}
