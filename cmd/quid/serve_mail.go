package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"quid/internal/mailbox"
)

// mailFlags say which mailbox quick entry by mail comes to.
type mailFlags struct {
	Imap     string        `name:"imap" env:"QUID_MAIL_IMAP" placeholder:"HOST:PORT" help:"Quick entry by mail: the IMAP server, over TLS, such as mail.example.com:993 (${env})."`
	User     string        `name:"user" env:"QUID_MAIL_USER" placeholder:"NAME" help:"Its user (${env})."`
	Password string        `name:"password-file" env:"QUID_MAIL_PASSWORD_FILE" type:"path" placeholder:"FILE" help:"A file with the password (${env}); else the variable QUID_MAIL_PASSWORD."`
	Folder   string        `name:"folder" env:"QUID_MAIL_FOLDER" default:"INBOX" help:"The folder (${env}; default ${default})."`
	Trusted  string        `name:"authserv-id" env:"QUID_MAIL_AUTHSERV_ID" placeholder:"NAME" help:"The name your mail server writes into Authentication-Results: only mails that it proves by DKIM or SPF are booked (${env}). Without it the list of senders is all there is, and a From is easily forged."`
	Senders  string        `name:"senders" env:"QUID_MAIL_SENDERS" placeholder:"LIST" help:"Known senders: addresses or domains, separated by commas (${env})."`
	Every    time.Duration `name:"every" env:"QUID_MAIL_EVERY" default:"2m" help:"How often it is looked (${env}; default ${default})."`
}

// config returns the mailbox, nil where none is meant.
func (f mailFlags) config() (*mailbox.Config, error) {
	if f.Imap == "" {
		return nil, nil
	}
	password := os.Getenv("QUID_MAIL_PASSWORD")
	if f.Password != "" {
		text, err := os.ReadFile(f.Password)
		if err != nil {
			return nil, fmt.Errorf("password of the mailbox: %w", err)
		}
		password = strings.TrimSpace(string(text))
	}
	c := &mailbox.Config{
		Address: f.Imap, User: f.User, Password: password, Folder: f.Folder, Trusted: f.Trusted, Senders: mailbox.SplitSenders(f.Senders), Every: f.Every,
	}
	return c, c.Check()
}
