package main

import (
	"fmt"
	"os"
	"strings"

	"quid/internal/auth"
	"quid/internal/sso"
)

// ssoFlags say who vouches for people by single sign-on.
type ssoFlags struct {
	Issuer string   `name:"issuer" env:"QUID_OIDC_ISSUER" placeholder:"URL" help:"Single sign-on by OpenID Connect: the address of the provider, such as https://login.example.com (${env})."`
	Client string   `name:"client-id" env:"QUID_OIDC_CLIENT_ID" placeholder:"ID" help:"The id that the provider knows Quid by (${env})."`
	Secret string   `name:"secret-file" env:"QUID_OIDC_SECRET_FILE" type:"path" placeholder:"FILE" help:"A file with the client's secret (${env}); else the variable QUID_OIDC_SECRET."`
	Roles  []string `name:"role" env:"QUID_OIDC_ROLE" placeholder:"CLAIM=VALUE:ROLE" help:"Who gets which role, such as groups=sales:owner; the first that fits counts, who fits none is not let in (${env})."`
	Scopes []string `name:"scope" env:"QUID_OIDC_SCOPE" placeholder:"SCOPE" help:"What is asked of the provider beside openid, email and profile, such as groups (${env})."`
}

// provider returns single sign-on, nil where none is meant.
func (f ssoFlags) provider() (*sso.Provider, error) {
	if f.Issuer == "" {
		return nil, nil
	}
	secret := os.Getenv("QUID_OIDC_SECRET")
	if f.Secret != "" {
		text, err := os.ReadFile(f.Secret)
		if err != nil {
			return nil, fmt.Errorf("secret of single sign-on: %w", err)
		}
		secret = strings.TrimSpace(string(text))
	}
	p := &sso.Provider{Config: sso.Config{Issuer: f.Issuer, Client: f.Client, Secret: secret, Scopes: f.Scopes}}
	for _, text := range f.Roles {
		r, err := sso.ParseRule(text)
		if err == nil && !auth.Role(r.Role).Known() {
			err = fmt.Errorf("%q: there is no role %q; there are %s", text, r.Role, roleList)
		}
		if err != nil {
			return nil, fmt.Errorf("--oidc-role %w", err)
		}
		p.Rules = append(p.Rules, r)
	}
	return p, p.Check()
}
