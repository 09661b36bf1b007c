package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// An assistant starts the program and asks its tools: without a key of the whole book,
// with one of what the key sees, and of nothing once the key was taken back.
func TestAnAssistantStartsUs(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	quid := filepath.Join(dir, "quid")
	if err := os.Symlink(self, quid); err != nil {
		t.Skipf("no links here: %v", err)
	}
	csv := filepath.Join(dir, "customers.csv")
	if err := os.WriteFile(csv, []byte("number;name;owner\n1;Huber GmbH;anna\n2;Meier AG;bert\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	book := filepath.Join(dir, "book.db")
	must := func(args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), quid, append(args, "--db", book)...).Output()
		if err != nil {
			t.Fatalf("quid %v: %v", args, err)
		}
		return string(out)
	}
	must("import", "customers", csv)
	var secret string
	for word := range strings.FieldsSeq(must("key", "add", "assistant", "--role", "viewer", "--scope", "read", "--owner", "anna", "--ends", time.Now().AddDate(0, 6, 0).Format(time.DateOnly))) {
		if strings.HasPrefix(word, "quid_") {
			secret = word
		}
	}
	if secret == "" {
		t.Fatal("quid key add printed no secret")
	}
	for _, c := range []struct {
		name, key string
		sees      []string
		not       string
	}{{"without a key", "", []string{"Huber GmbH", "Meier AG"}, "nobody"}, {"with a key", secret, []string{"Huber GmbH"}, "Meier AG"}} {
		s := assist(t, quid, book, c.key)
		list, err := s.ListTools(t.Context(), nil)
		if err != nil || len(list.Tools) < 5 {
			t.Fatalf("%s: %d tools, %v", c.name, len(list.Tools), err)
		}
		for _, tool := range list.Tools {
			if tool.Annotations == nil || tool.Annotations.ReadOnlyHint == strings.HasPrefix(tool.Name, "draft_") {
				t.Errorf("the tool %s doesn't say whether it only reads", tool.Name)
			}
		}
		said, wrong := customers(t.Context(), t, s)
		for _, name := range c.sees {
			if wrong || !strings.Contains(said, name) || strings.Contains(said, c.not) {
				t.Errorf("%s the assistant is told %s", c.name, said)
			}
		}
		if c.key == "" {
			continue
		}
		_, first, _ := strings.Cut(must("key", "list"), "\n") // below the heading
		must("key", "revoke", strings.Fields(first)[0])
		if said, wrong := customers(t.Context(), t, s); !wrong || !strings.Contains(said, "opens nothing") {
			t.Errorf("with a key that was taken back the assistant is told %s", said)
		}
	}
	cmd := exec.CommandContext(t.Context(), quid, "mcp", "--db", book)
	cmd.Env = append(cmd.Environ(), "QUID_KEY="+secret)
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "opens nothing") {
		t.Errorf("with such a key it starts: %v %s", err, out)
	}
}

// assist starts the program as an assistant does.
func assist(t *testing.T, quid, book, key string) *mcp.ClientSession {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // it is closed in order, at the end
	cmd := exec.CommandContext(ctx, quid, "mcp", "--db", book)
	cmd.Env = append(cmd.Environ(), "QUID_KEY="+key)
	s, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(ctx, &mcp.CommandTransport{Command: cmd}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("the program ended with %v", err)
		}
	})
	return s
}

// customers asks for all customers.
func customers(ctx context.Context, t *testing.T, s *mcp.ClientSession) (said string, wrong bool) {
	t.Helper()
	res, err := s.CallTool(ctx, &mcp.CallToolParams{Name: "customer", Arguments: map[string]any{"filter": "name:*"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range res.Content {
		if text, ok := c.(*mcp.TextContent); ok {
			said += text.Text
		}
	}
	return said, res.IsError
}
