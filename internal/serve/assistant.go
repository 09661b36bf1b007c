package serve

import (
	"context"
	"io"

	"quid/internal/api"
	"quid/internal/app"
	"quid/internal/web"
)

// An Assistant is one that started us and talks by stdin and stdout.
type Assistant struct {
	Secret  string // of a key; "": it may read what whoever holds the book may
	Version string // of the program
	In      io.Reader
	Out     io.Writer
}

// Assist answers an assistant until it ends.
func Assist(ctx context.Context, a *app.App, to Assistant) error {
	return api.New(a, web.NewServer(a).Snapshot, to.Version).Talk(ctx, to.Secret, to.In, to.Out)
}
