package auth

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"github.com/trustelem/zxcvbn"

	"quid/fault"
)

// MinPassword is the fewest characters of a password, mostPassword the most: a
// longer one would only cost time.
const (
	MinPassword  = 12
	mostPassword = 200
)

// hard is how argon2id is used: 19 MiB, two passes (OWASP's password storage cheat
// sheet).
var hard = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// hashing lets two passwords be hashed at once: fifty at once would take a gigabyte.
var hashing = make(chan struct{}, 2)

// atMost waits for a place among those who hash.
func atMost(ctx context.Context) (done func(), err error) {
	select {
	case hashing <- struct{}{}:
		return func() { <-hashing }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// enough is the strength, of 0 to 4, from which a password is taken: 3 stands for
// ten thousand million guesses (zxcvbn, Wheeler 2016), which takes in lists of
// common passwords, names, dates and rows of keys.
const enough = 3

// CheckPassword says what is wrong with a password; about are words that somebody
// who knows the person would try.
func CheckPassword(password string, about ...string) error {
	switch n := utf8.RuneCountInString(password); {
	case n < MinPassword:
		return fault.Field("password", "at least 12 characters; several words make a good one")
	case n > mostPassword:
		return fault.Field("password", "at most 200 characters")
	}
	var words []string
	for _, a := range append(about, "quid") {
		words = append(words, strings.FieldsFunc(strings.ToLower(a), func(r rune) bool { return r == '@' || r == '.' || r == ' ' || r == '-' })...)
	}
	rest := strings.ToLower(password)
	for _, w := range words {
		if len(w) >= 3 {
			rest = strings.ReplaceAll(rest, w, "")
		}
	}
	if utf8.RuneCountInString(rest) < MinPassword/2 || zxcvbn.PasswordStrength(password, words).Score < enough {
		return fault.Field("password", "too common: it would be guessed soon; several words make a good one")
	}
	return nil
}

// HashPassword returns what the book keeps of a password.
func HashPassword(ctx context.Context, password string) (string, error) {
	done, err := atMost(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	h, err := argon2id.CreateHash(password, hard)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return h, nil
}

// nobodys is the hash of a password nobody has: whoever asks for somebody unknown
// waits as long as for somebody known.
const nobodys = "$argon2id$v=19$m=19456,t=2,p=1$YWJjZGVmZ2hpamtsbW5vcA$q1Jk7m1m2q0a6c5mQJ8m3nXv0kq7h5n2Xn4yq8QkqfI"

// Matches says whether a password is the one of a hash; for the empty hash it is
// not, after the same work.
func Matches(ctx context.Context, password, hash string) (bool, error) {
	done, err := atMost(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	if len(password) > 4*mostPassword {
		return false, nil
	}
	known := hash != ""
	if !known {
		hash = nobodys
	}
	ok, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("password: %w", err)
	}
	return ok && known, nil
}
