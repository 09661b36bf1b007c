package serve

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
)

// A certificate is read again when its files change, so that a new one needs no
// restart.
type certificate struct {
	cert, key string
	log       *slog.Logger

	mu     sync.Mutex
	loaded *tls.Certificate
	stamps [2]stamp
}

// A stamp says which state of a file was read.
type stamp struct{ size, changed int64 }

func stampOf(path string) (stamp, error) {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}, err
	}
	return stamp{info.Size(), info.ModTime().UnixNano()}, nil
}

// config is how TLS is spoken.
func (c *certificate) config() (*tls.Config, error) {
	if _, err := c.load(); err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.get(), nil }}, nil
}

// get returns the certificate of now. A new one that can't be read, perhaps since
// its key is still to come, leaves the old one in use.
func (c *certificate) get() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch changed, err := c.load(); {
	case err != nil && changed:
		c.log.Warn("the new certificate can't be used, the old one stays", "err", err)
	case changed:
		c.log.Info("the certificate was read again")
	}
	return c.loaded
}

// load reads the files if they changed since.
func (c *certificate) load() (changed bool, err error) {
	var now [2]stamp
	for i, path := range []string{c.cert, c.key} {
		if now[i], err = stampOf(path); err != nil {
			return false, err
		}
	}
	if now == c.stamps {
		return false, nil
	}
	c.stamps = now
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return true, err
	}
	c.loaded = &pair
	return true, nil
}
