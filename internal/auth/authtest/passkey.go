package authtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
)

// A Device is an authenticator that keeps one passkey, as a browser speaks to it. What
// it says of itself (the fields) a test may spoil.
type Device struct {
	Origin  string // of the page that asks
	Name    string // that the passkey is bound to
	Counter uint32
	Touched bool // nobody was verified: a touch only
	ID      []byte

	t      testing.TB
	key    *ecdsa.PrivateKey
	handle []byte
}

// NewDevice returns a device in a browser at an address.
func NewDevice(t testing.TB, name, origin string) *Device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id)
	return &Device{Origin: origin, Name: name, ID: id, t: t, key: key}
}

func text(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// asked reads what a page asks: the challenge, and whom a passkey is to be made for.
func (d *Device) asked(options string) (challenge string) {
	d.t.Helper()
	var o struct {
		Challenge string
		User      struct{ ID string }
	}
	if err := json.Unmarshal([]byte(options), &o); err != nil {
		d.t.Fatal(err)
	}
	if o.User.ID != "" {
		handle, err := base64.RawURLEncoding.DecodeString(o.User.ID)
		if err != nil {
			d.t.Fatal(err)
		}
		d.handle = handle
	}
	return o.Challenge
}

func (d *Device) client(kind, challenge string) []byte {
	b, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.Origin, "crossOrigin": false})
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

// data is the authenticator data of WebAuthn, section 6.1.
func (d *Device) data(made bool) []byte {
	name := sha256.Sum256([]byte(d.Name))
	flags := byte(0x01)
	if !d.Touched {
		flags |= 0x04
	}
	if made {
		flags |= 0x40
	}
	b := binary.BigEndian.AppendUint32(append(name[:], flags), d.Counter)
	if !made {
		return b
	}
	b = append(b, make([]byte, 16)...)
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(d.ID))), d.ID...)
	point, err := d.key.PublicKey.Bytes()
	if err != nil {
		d.t.Fatal(err)
	}
	b = append(b, 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20) // CBOR: an ES256 key on P-256
	b = append(append(b, point[1:33]...), 0x22, 0x58, 0x20)
	return append(b, point[33:]...)
}

// Make answers what a page asks to make a passkey.
func (d *Device) Make(options string) string {
	d.t.Helper()
	client, data := d.client("webauthn.create", d.asked(options)), d.data(true)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59"), binary.BigEndian.AppendUint16(nil, uint16(len(data)))...)
	return d.answer(map[string]string{"clientDataJSON": text(client), "attestationObject": text(append(object, data...))})
}

// Sign answers what a page asks to come in, and counts.
func (d *Device) Sign(options string) string {
	d.t.Helper()
	d.Counter++
	client, data := d.client("webauthn.get", d.asked(options)), d.data(false)
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(data[:len(data):len(data)], hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, sum[:])
	if err != nil {
		d.t.Fatal(err)
	}
	return d.answer(map[string]string{"clientDataJSON": text(client), "authenticatorData": text(data), "signature": text(signature), "userHandle": text(d.handle)})
}

func (d *Device) answer(response map[string]string) string {
	b, err := json.Marshal(map[string]any{"id": text(d.ID), "rawId": text(d.ID), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
	if err != nil {
		d.t.Fatal(err)
	}
	return string(b)
}
