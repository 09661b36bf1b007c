package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"net/url"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// totpPeriod is how long a code of the second factor holds (RFC 6238).
const totpPeriod = 30

// NewTOTP returns a secret for the second factor.
func NewTOTP() string {
	b := make([]byte, 20) // as long as SHA-1's, RFC 4226 section 4
	_, _ = rand.Read(b)
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
}

// TOTPAddress is what an authenticator reads from a picture.
func TOTPAddress(secret, login string) string {
	v := url.Values{"secret": {secret}, "issuer": {"Quid"}, "period": {"30"}, "digits": {"6"}}
	return "otpauth://totp/" + url.PathEscape("Quid:"+login) + "?" + v.Encode()
}

// CheckTOTP returns the step that a code belongs to: the one of now, the one before
// or the one after. Steps up to the last one used are refused, so that no code works
// twice (RFC 6238, section 5.2).
func CheckTOTP(secret, code string, last int64, now time.Time) (step int64, ok bool) {
	at := now.Unix() / totpPeriod
	for _, s := range []int64{at, at - 1, at + 1} {
		if s <= last {
			continue
		}
		want, err := hotp.GenerateCodeCustom(secret, uint64(s), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, false
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return s, true
		}
	}
	return 0, false
}

// TOTPCode is the code of a secret at a time: for tests and for the walk.
func TOTPCode(secret string, at time.Time) (string, error) {
	code, err := hotp.GenerateCodeCustom(secret, uint64(at.Unix()/totpPeriod), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		return "", fmt.Errorf("totp: %w", err)
	}
	return code, nil
}
