package main

import (
	"fmt"
	"os"
	"strings"

	"quid/internal/mail"
)

// smtpFlags say which server takes the mails that bring somebody a link.
type smtpFlags struct {
	Server   string `name:"server" env:"QUID_SMTP_SERVER" placeholder:"HOST:PORT" help:"Invitations and new passwords by mail: the SMTP server, such as mail.example.com:587 (${env}). Without it an administrator makes links and sends them on."`
	From     string `name:"from" env:"QUID_SMTP_FROM" placeholder:"ADDRESS" help:"The address these mails come from (${env})."`
	User     string `name:"user" env:"QUID_SMTP_USER" placeholder:"NAME" help:"The user of the SMTP server (${env})."`
	Password string `name:"password-file" env:"QUID_SMTP_PASSWORD_FILE" type:"path" placeholder:"FILE" help:"A file with the password (${env}); else the variable QUID_SMTP_PASSWORD."`
	Line     string `name:"tls" env:"QUID_SMTP_TLS" enum:"starttls,tls,none" default:"starttls" help:"How the line is kept from listeners: starttls, tls from the beginning, or none, within one machine (${env}; default ${default})."`
}

// config returns the server, nil where none is meant.
func (f smtpFlags) config() (*mail.Config, error) {
	if f.Server == "" {
		return nil, nil
	}
	password := os.Getenv("QUID_SMTP_PASSWORD")
	if f.Password != "" {
		text, err := os.ReadFile(f.Password)
		if err != nil {
			return nil, fmt.Errorf("password of the SMTP server: %w", err)
		}
		password = strings.TrimSpace(string(text))
	}
	c := &mail.Config{Address: f.Server, User: f.User, Password: password, From: f.From, Line: f.Line}
	return c, c.Check()
}
