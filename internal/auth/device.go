package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// SignDevice returns the cookie of a browser that somebody came in with. It lets
// nobody in: it only keeps the failures of others away from it (see Guesses).
func SignDevice(key []byte, user int64) string {
	name := NewToken()[:16]
	return name + "." + deviceMark(key, user, name)
}

// OpenDevice returns the name of a device, "" unless the cookie is one of this
// person's.
func OpenDevice(key []byte, user int64, cookie string) string {
	name, mark, ok := strings.Cut(cookie, ".")
	if !ok || !hmac.Equal([]byte(mark), []byte(deviceMark(key, user, name))) {
		return ""
	}
	return name
}

func deviceMark(key []byte, user int64, name string) string {
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "device %d %s", user, name)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}
