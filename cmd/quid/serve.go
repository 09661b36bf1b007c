package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"strings"

	"quid/fault"
	"quid/internal/dial"
	"quid/internal/request"
	"quid/internal/serve"
)

// serveCmd serves the pages of a book.
type serveCmd struct {
	Addr    string    `name:"addr" aliases:"listen" env:"QUID_ADDR" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen (${env}; default ${default}). Where others reach it, a certificate or a proxy that has one is asked for."`
	Door    doorFlags `embed:""`
	Metrics string    `name:"metrics-addr" env:"QUID_METRICS_ADDR" placeholder:"HOST:PORT" help:"Where metrics for Prometheus are read at /metrics, without a login (${env}; default: nowhere)."`
	Log     logFlags  `embed:"" prefix:"log-"`
	Mail    mailFlags `embed:"" prefix:"mail-"`
	SMTP    smtpFlags `embed:"" prefix:"smtp-"`
	SSO     ssoFlags  `embed:"" prefix:"oidc-"`
	Call    []string  `name:"call-private" env:"QUID_CALL_PRIVATE" placeholder:"HOST" help:"Names, addresses and ranges of the own network that webhooks may call all the same, such as hub.example.com or 10.1.2.0/24; also without TLS (${env})."`
	Files   string    `name:"files" type:"path" placeholder:"DIR" help:"Where uploaded files lie until they are taken in (default: beside the book)."`
}

// doorFlags say how others reach the server.
type doorFlags struct {
	Public   string   `name:"public-url" env:"QUID_PUBLIC_URL" placeholder:"URL" help:"The address people use, such as https://quid.example.com: every link begins with it (${env})."`
	Cert     string   `name:"tls-cert" env:"QUID_TLS_CERT" type:"path" placeholder:"FILE" help:"The certificate, with those that lead to its issuer (PEM); a new one is taken up by itself (${env})."`
	Key      string   `name:"tls-key" env:"QUID_TLS_KEY" type:"path" placeholder:"FILE" help:"Its key (${env})."`
	Proxies  []string `name:"trusted-proxy" env:"QUID_TRUSTED_PROXY" placeholder:"CIDR" help:"Addresses of the proxies in front, which have the certificate and whose X-Forwarded-For, -Proto and X-Request-Id are believed, such as 127.0.0.1 or 10.0.0.0/24 (${env})."`
	Insecure bool     `name:"insecure-listen" env:"QUID_INSECURE_LISTEN" help:"Let others come without TLS: passwords cross the network in the clear (${env})."`
}

// door reads the flags.
func (f doorFlags) door() (serve.Door, error) {
	d := serve.Door{Cert: f.Cert, Key: f.Key, Insecure: f.Insecure}
	if f.Public != "" {
		u, err := url.Parse(f.Public)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil || u.Fragment != "" {
			return d, fmt.Errorf("--public-url %s: write an address such as https://quid.example.com, without anything after the name", f.Public)
		}
		d.Public = &url.URL{Scheme: u.Scheme, Host: u.Host}
	}
	for _, text := range f.Proxies {
		p, err := netip.ParsePrefix(text)
		if a, e := netip.ParseAddr(text); e == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			return d, fmt.Errorf("--trusted-proxy %s: write an address such as 10.0.0.7, or a range such as 10.0.0.0/24", text)
		}
		d.Proxies = append(d.Proxies, p.Masked())
	}
	return d, nil
}

// logFlags say what the log of the server looks like.
type logFlags struct {
	Format string     `name:"format" env:"QUID_LOG_FORMAT" enum:"text,json" default:"text" help:"How the log is written to stderr: text or json (${env}; default ${default})."`
	Level  slog.Level `name:"level" env:"QUID_LOG_LEVEL" default:"info" placeholder:"LEVEL" help:"From which level on: debug, info, warn or error (${env}; default ${default})."`
}

// Run serves until it is told to end, then lets what is under way finish.
func (c *serveCmd) Run(ctx context.Context, s *session) error {
	door, err := c.Door.door()
	if err != nil {
		return usageError{err}
	}
	mail, err := c.Mail.config()
	if err != nil {
		return usageError{err}
	}
	post, err := c.SMTP.config()
	if err != nil {
		return usageError{err}
	}
	signOn, err := c.SSO.provider()
	if err != nil {
		return usageError{err}
	}
	calls, err := dial.Parse(c.Call)
	if err != nil {
		return usageError{fmt.Errorf("--call-private %w", err)}
	}
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	b.SSO, b.Calls = signOn, calls
	b.Files = cmp.Or(c.Files, b.Files)
	options := &slog.HandlerOptions{Level: c.Log.Level}
	var handler slog.Handler = slog.NewTextHandler(s.err, options)
	if c.Log.Format == "json" {
		handler = slog.NewJSONHandler(s.err, options)
	}
	b.Log = slog.New(request.Log(handler))
	code, err := b.StartCode(ctx)
	if errors.Is(err, fault.Unwritable) {
		code, err = "", nil // served all the same
	}
	if err != nil {
		return err
	}
	server := serve.Server{
		Mail: mail, Post: post, App: b.App, Listen: c.Addr, Door: door, Metrics: c.Metrics, Version: versionText(),
		Ready: func(address string) {
			fmt.Fprintf(s.out, "Quid serves %s at %s (Ctrl C ends it)\n", b.Book.Name, address)
			if code != "" {
				fmt.Fprintf(s.out, "Nobody can log in yet. Become the administrator at %s/start?code=%s (the code works once, for a day)\n", address, code)
			}
		},
		MetricsReady: func(address string) { s.say("metrics at %s", address) },
	}
	serve.MakeRoom()
	return server.Run(ctx)
}

// filesBeside is the folder for uploads beside a book that is a file; beside a
// server's address there is no place, so it is the folder one is in.
func filesBeside(address string) string {
	if strings.Contains(address, "://") {
		return "quid.files"
	}
	return strings.TrimPrefix(address, "sqlite:") + ".files"
}

// erasuresBeside is the list of erasures beside the book: a restore finds it there.
func erasuresBeside(address string) string {
	if strings.Contains(address, "://") {
		return "quid.erasures"
	}
	return strings.TrimPrefix(address, "sqlite:") + ".erasures"
}
