package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"quid/internal/serve"
)

// mcpCmd answers an assistant that started us.
type mcpCmd struct {
	KeyFile string `name:"key-file" type:"path" placeholder:"FILE" help:"A file with the secret of a key: the assistant sees what the key sees; else the variable QUID_KEY. Without a key it sees the whole book, as whoever may open it does."`
}

// Run answers on stdin and stdout until the assistant ends.
func (c *mcpCmd) Run(ctx context.Context, s *session) error {
	secret := os.Getenv("QUID_KEY")
	if c.KeyFile != "" {
		b, err := os.ReadFile(c.KeyFile)
		if err != nil {
			return usageError{fmt.Errorf("--key-file: %w", err)}
		}
		if secret = strings.TrimSpace(string(b)); secret == "" {
			return usageError{fmt.Errorf("--key-file %s: it is empty", c.KeyFile)}
		}
	}
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	return serve.Assist(ctx, b.App, serve.Assistant{Secret: secret, Version: versionText(), In: s.in, Out: s.out})
}
