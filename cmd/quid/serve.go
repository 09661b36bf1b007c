package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"

	"quid/internal/serve"
)

// serveCmd serves the pages of a book.
type serveCmd struct {
	Addr  string    `name:"addr" aliases:"listen" env:"QUID_ADDR" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen, on this machine only (${env}; default ${default})."`
	Mail  mailFlags `embed:"" prefix:"mail-"`
	Files string    `name:"files" type:"path" placeholder:"DIR" help:"Where uploaded files lie until they are taken in (default: beside the book)."`
}

// Run serves until it is told to end, then lets what is under way finish.
func (c *serveCmd) Run(ctx context.Context, s *session) error {
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	b.Files = cmp.Or(c.Files, b.Files)
	b.Log = slog.New(slog.NewTextHandler(s.err, nil))
	mail, err := c.Mail.config()
	if err != nil {
		return usageError{err}
	}
	server := serve.Server{Mail: mail, App: b.App, Listen: c.Addr, Ready: func(address string) {
		fmt.Fprintf(s.out, "Quid serves %s at %s (this machine only; Ctrl C ends it)\n", b.Book.Name, address)
	}}
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
