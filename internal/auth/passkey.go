package auth

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// A PasskeyHome is where passkeys work: browsers bind a passkey to a name and give it
// to pages of that name only.
type PasskeyHome struct {
	Name   string // such as quid.example.com
	Origin string // the address of its pages, such as https://quid.example.com
}

// PasskeyHomeOf is where passkeys work for a book that people reach at an address.
// It is false where browsers know none: at an address in numbers that is not this
// machine, and without TLS. This machine is called localhost, whatever its numbers.
func PasskeyHomeOf(public string) (PasskeyHome, bool) {
	u, err := url.Parse(public)
	if err != nil || u.Hostname() == "" {
		return PasskeyHome{}, false
	}
	name := strings.ToLower(u.Hostname())
	ip, err := netip.ParseAddr(name)
	switch {
	case err == nil && !ip.IsLoopback():
		return PasskeyHome{}, false
	case err == nil:
		name = "localhost"
	case u.Scheme != "https" && name != "localhost" && !strings.HasSuffix(name, ".localhost"):
		return PasskeyHome{}, false
	}
	home := PasskeyHome{Name: name, Origin: u.Scheme + "://" + name}
	if port := u.Port(); port != "" && !(u.Scheme == "https" && port == "443") && !(u.Scheme == "http" && port == "80") {
		home.Origin += ":" + port
	}
	return home, true
}

// A Holder is somebody who has passkeys.
type Holder struct {
	Handle string // the random name that passkeys know them by
	Login  string
	Name   string
	Keys   []string // contents of their passkeys, see PasskeyHome.Made
}

// credentials reads the passkeys of somebody.
func (h Holder) credentials() ([]webauthn.Credential, error) {
	list := make([]webauthn.Credential, len(h.Keys))
	for i, text := range h.Keys {
		if err := json.Unmarshal([]byte(text), &list[i]); err != nil {
			return nil, fmt.Errorf("passkey: %w", err)
		}
	}
	return list, nil
}

// holder is a Holder as the library asks for one.
type holder struct {
	Holder
	keys []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return []byte(h.Handle) }
func (h holder) WebAuthnName() string                       { return h.Login }
func (h holder) WebAuthnDisplayName() string                { return h.Name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

// Passkeys are refused for these reasons.
var (
	ErrPasskey       = errors.New("this passkey does not fit")
	ErrPasskeyCopied = errors.New("the counter of this passkey went back: it may have been copied")
)

// passkeyName is what a browser shows beside a passkey.
const passkeyName = "Quid"

// library is the WebAuthn of a home. A passkey always asks for more than a touch (a
// fingerprint, a face, a PIN), so that it counts as both factors; it can be found
// without a login; and nobody asks which maker it is of.
func (h PasskeyHome) library() (*webauthn.WebAuthn, error) {
	w, err := webauthn.New(&webauthn.Config{
		RPID: h.Name, RPDisplayName: passkeyName, RPOrigins: []string{h.Origin}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys at %s: %w", h.Name, err)
	}
	return w, nil
}

// Create returns what a browser is asked to make a passkey for somebody, as JSON, and
// what Made must be given with its answer.
func (h PasskeyHome) Create(of Holder) (options, question []byte, err error) {
	w, err := h.library()
	if err != nil {
		return nil, nil, err
	}
	keys, err := of.credentials()
	if err != nil {
		return nil, nil, err
	}
	creation, session, err := w.BeginRegistration(holder{of, keys}, webauthn.WithExclusions(webauthn.Credentials(keys).CredentialDescriptors()))
	if err != nil {
		return nil, nil, fmt.Errorf("passkey: %w", err)
	}
	return both(creation.Response, session)
}

// Ask returns what a browser is asked to come in with, as JSON, and what Check must be
// given with its answer.
func (h PasskeyHome) Ask() (options, question []byte, err error) {
	w, err := h.library()
	if err != nil {
		return nil, nil, err
	}
	assertion, session, err := w.BeginDiscoverableLogin()
	if err != nil {
		return nil, nil, fmt.Errorf("passkey: %w", err)
	}
	return both(assertion.Response, session)
}

// AskFor is Ask of one person, whose passkeys the browser is told.
func (h PasskeyHome) AskFor(of Holder) (options, question []byte, err error) {
	w, err := h.library()
	if err != nil {
		return nil, nil, err
	}
	of.Keys = slices.DeleteFunc(slices.Clone(of.Keys), func(content string) bool { return !h.Holds(content) })
	keys, err := of.credentials()
	if err != nil {
		return nil, nil, err
	}
	assertion, session, err := w.BeginLogin(holder{of, keys})
	if err != nil {
		return nil, nil, wrong(err)
	}
	return both(assertion.Response, session)
}

// Holds says whether a passkey was made at this name, by what is kept of it. One that
// doesn't say counts.
func (h PasskeyHome) Holds(content string) bool {
	var kept webauthn.Credential
	var client struct{ Origin string }
	if json.Unmarshal([]byte(content), &kept) != nil || json.Unmarshal(kept.Attestation.ClientDataJSON, &client) != nil {
		return true
	}
	at, err := url.Parse(client.Origin)
	return err != nil || strings.EqualFold(at.Hostname(), h.Name)
}

func both(options, session any) ([]byte, []byte, error) {
	o, err := json.Marshal(options)
	if err != nil {
		return nil, nil, err
	}
	q, err := json.Marshal(session)
	return o, q, err
}

// Made reads a passkey that a browser made: its id and what is kept of it.
func (h PasskeyHome) Made(of Holder, question, answer []byte) (id, content string, err error) {
	w, session, err := h.asked(question)
	if err != nil {
		return "", "", err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return "", "", wrong(err)
	}
	c, err := w.CreateCredential(holder{of, nil}, session, parsed)
	if err != nil {
		return "", "", wrong(err)
	}
	text, err := json.Marshal(c)
	return passkeyID(c.ID), string(text), err
}

// A Claim is an answer of a passkey that nobody has checked yet.
type Claim struct {
	ID     string // of the passkey
	Handle string // of its holder
	parsed *protocol.ParsedCredentialAssertionData
}

// Claimed reads who a passkey says is there.
func Claimed(answer []byte) (Claim, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Claim{}, wrong(err)
	}
	return Claim{ID: passkeyID(parsed.RawID), Handle: string(parsed.Response.UserHandle), parsed: parsed}, nil
}

// Check says whether a claim is true, and returns what is kept of the passkey from now
// on. A counter that went back is ErrPasskeyCopied.
func (h PasskeyHome) Check(of Holder, question []byte, claim Claim) (content string, err error) {
	w, session, err := h.asked(question)
	if err != nil {
		return "", err
	}
	keys, err := of.credentials()
	if err != nil {
		return "", err
	}
	var c *webauthn.Credential
	if len(session.UserID) > 0 { // asked by AskFor
		c, err = w.ValidateLogin(holder{of, keys}, session, claim.parsed)
	} else {
		c, err = w.ValidateDiscoverableLogin(func(_, handle []byte) (webauthn.User, error) {
			if of.Handle == "" || !bytes.Equal(handle, []byte(of.Handle)) {
				return nil, ErrPasskey
			}
			return holder{of, keys}, nil
		}, session, claim.parsed)
	}
	if err != nil {
		return "", wrong(err)
	}
	if c.Authenticator.CloneWarning {
		return "", ErrPasskeyCopied
	}
	text, err := json.Marshal(c)
	return string(text), err
}

func (h PasskeyHome) asked(question []byte) (*webauthn.WebAuthn, webauthn.SessionData, error) {
	var session webauthn.SessionData
	if err := json.Unmarshal(question, &session); err != nil {
		return nil, session, wrong(err)
	}
	w, err := h.library()
	return w, session, err
}

// wrong is ErrPasskey with what exactly did not fit, for the log.
func wrong(err error) error {
	if e := (*protocol.Error)(nil); errors.As(err, &e) && e.DevInfo != "" {
		return fmt.Errorf("%w: %w (%s)", ErrPasskey, err, e.DevInfo)
	}
	return fmt.Errorf("%w: %w", ErrPasskey, err)
}

func passkeyID(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }
