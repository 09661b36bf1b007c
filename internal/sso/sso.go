// Package sso lets people in by single sign-on: OpenID Connect with the code flow,
// state, nonce and PKCE. Which role somebody has follows from a claim of theirs.
package sso

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// A Rule gives a role to whom the provider says a value of.
type Rule struct{ Claim, Value, Role string }

// ParseRule reads claim=value:role, such as groups=controlling:controller.
func ParseRule(text string) (Rule, error) {
	claim, rest, ok := strings.Cut(text, "=")
	i := strings.LastIndexByte(rest, ':')
	if !ok || claim == "" || i < 1 || i == len(rest)-1 {
		return Rule{}, fmt.Errorf("%q: write claim=value:role, such as groups=controlling:controller", text)
	}
	return Rule{claim, rest[:i], rest[i+1:]}, nil
}

// Config is a provider and what it was told of us.
type Config struct {
	Issuer string // its address; what it publishes is read there
	Client string // our id there
	Secret string
	Rules  []Rule   // the first that fits counts
	Scopes []string // beside openid, email and profile
}

// Check says what is wrong with a configuration.
func (c Config) Check() error {
	u, err := url.Parse(c.Issuer)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost") {
		return fmt.Errorf("the issuer %q: write its address, such as https://login.example.com (http only on this machine)", c.Issuer)
	}
	if c.Client == "" {
		return errors.New("single sign-on needs the client id that the provider knows us by")
	}
	if len(c.Rules) == 0 {
		return errors.New("single sign-on needs a rule at least, such as groups=sales:owner: who fits none is not let in")
	}
	return nil
}

// A Provider is a configuration in use. What the provider publishes is read when it
// is first needed, so that Quid starts without it.
type Provider struct {
	Config
	mu    sync.Mutex
	found *oidc.Provider
}

// An Attempt is what a browser keeps until it comes back from the provider.
type Attempt struct{ State, Nonce, Verifier string }

// A Person is whom the provider says somebody is.
type Person struct {
	Issuer, Subject string
	Mail            string
	Proven          bool // the provider says that the mail address is theirs
	Name            string
	Role            string // by the rules, "" if none fits
}

// ErrRefused is somebody whom the provider did not let through, or an answer that is
// not one to what we asked.
var ErrRefused = errors.New("single sign-on: refused")

// talkTime is how long a talk with the provider may take.
const talkTime = 10 * time.Second

var client = &http.Client{Timeout: talkTime}

func (p *Provider) provider(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	// Keys are read later in this context too: it must outlive the request.
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), client), p.Issuer)
	if err != nil {
		return nil, fmt.Errorf("single sign-on: the provider does not answer: %w", err)
	}
	p.found = found
	return found, nil
}

func (p *Provider) config(found *oidc.Provider, back string) *oauth2.Config {
	scopes := append([]string{oidc.ScopeOpenID, "email", "profile"}, p.Scopes...)
	return &oauth2.Config{ClientID: p.Client, ClientSecret: p.Secret, Endpoint: found.Endpoint(), RedirectURL: back, Scopes: scopes}
}

// Begin returns where a browser goes to log in, and what it keeps meanwhile. back is
// the address it comes back to.
func (p *Provider) Begin(ctx context.Context, back string) (address string, a Attempt, err error) {
	found, err := p.provider(ctx)
	if err != nil {
		return "", a, err
	}
	a = Attempt{State: random(), Nonce: random(), Verifier: oauth2.GenerateVerifier()}
	return p.config(found, back).AuthCodeURL(a.State, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)), a, nil
}

func random() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return base64.RawURLEncoding.EncodeToString(b)
}

// Finish returns who came back. answer is the query that the browser brings.
func (p *Provider) Finish(ctx context.Context, back string, a Attempt, answer url.Values) (Person, error) {
	if a.State == "" || subtle.ConstantTimeCompare([]byte(a.State), []byte(answer.Get("state"))) != 1 {
		return Person{}, fmt.Errorf("%w: this is not the answer to what this browser asked", ErrRefused)
	}
	if answer.Get("error") != "" || answer.Get("code") == "" {
		return Person{}, fmt.Errorf("%w by the provider", ErrRefused)
	}
	found, err := p.provider(ctx)
	if err != nil {
		return Person{}, err
	}
	ctx = oidc.ClientContext(ctx, client)
	token, err := p.config(found, back).Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return Person{}, fmt.Errorf("%w: the code was not taken: %w", ErrRefused, err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := found.Verifier(&oidc.Config{ClientID: p.Client}).Verify(ctx, raw)
	if err != nil {
		return Person{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if subtle.ConstantTimeCompare([]byte(a.Nonce), []byte(id.Nonce)) != 1 {
		return Person{}, fmt.Errorf("%w: the token is of another login", ErrRefused)
	}
	claims := make(map[string]any)
	if err := id.Claims(&claims); err != nil {
		return Person{}, fmt.Errorf("single sign-on: %w", err)
	}
	// Many providers put mail and groups only where they are asked for.
	if info, err := found.UserInfo(ctx, oauth2.StaticTokenSource(token)); err == nil && info.Subject == id.Subject {
		more := make(map[string]any)
		if err := info.Claims(&more); err == nil {
			for k, v := range more {
				if _, ok := claims[k]; !ok {
					claims[k] = v
				}
			}
		}
	}
	return p.person(id, claims), nil
}

func (p *Provider) person(id *oidc.IDToken, claims map[string]any) Person {
	text := func(name string) string { s, _ := claims[name].(string); return s }
	who := Person{Issuer: id.Issuer, Subject: id.Subject, Mail: text("email"), Name: text("name")}
	who.Proven, _ = claims["email_verified"].(bool)
	for _, r := range p.Rules {
		if slices.Contains(valuesOf(claims[r.Claim]), r.Value) {
			who.Role = r.Role
			break
		}
	}
	return who
}

// valuesOf are the texts of a claim: one, or a list.
func valuesOf(claim any) []string {
	switch v := claim.(type) {
	case string:
		return []string{v}
	case []any:
		var list []string
		for _, x := range v {
			if s, ok := x.(string); ok {
				list = append(list, s)
			}
		}
		return list
	default:
		return nil
	}
}
