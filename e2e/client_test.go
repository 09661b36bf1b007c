package e2e

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quid/day"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/auth/authtest"
	quidserve "quid/internal/serve"
)

// A node is a folder in which programs of npm run.
type node struct {
	t   *testing.T
	dir string
}

// newNode makes a folder with the programs of testdata/client. Without the generator
// the test is skipped, or fails if QUID_TEST_REQUIRE is 1.
func newNode(t *testing.T) node {
	t.Helper()
	modules, err := filepath.Abs("../node_modules")
	if err != nil {
		t.Fatal(err)
	}
	for _, needed := range []string{"openapi-typescript", "openapi-fetch", "typescript"} {
		if _, err := os.Stat(filepath.Join(modules, needed)); err != nil && os.Getenv("QUID_TEST_REQUIRE") != "1" {
			t.Skip("run npm ci first")
		}
	}
	n := node{t, t.TempDir()}
	if err := os.CopyFS(n.dir, os.DirFS("testdata/client")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(n.dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	n.write("package.json", `{"type": "module"}`)
	return n
}

func (n node) write(name, text string) {
	n.t.Helper()
	if err := os.WriteFile(filepath.Join(n.dir, name), []byte(text), 0o600); err != nil {
		n.t.Fatal(err)
	}
}

// run runs a script of npm, and returns what it said and whether it went well.
func (n node) run(args ...string) (said, failed string, ok bool) {
	n.t.Helper()
	c := exec.CommandContext(n.t.Context(), "node", args...)
	c.Dir = n.dir
	var out, bad bytes.Buffer
	c.Stdout, c.Stderr = &out, &bad
	err := c.Run()
	return out.String(), bad.String(), err == nil
}

// must is run, where all has to go well.
func (n node) must(args ...string) string {
	n.t.Helper()
	said, failed, ok := n.run(args...)
	if !ok {
		n.t.Fatalf("node %s:\n%s%s", strings.Join(args, " "), said, failed)
	}
	return said
}

// A client that is generated from the description, in another ecosystem, fits it and
// the server: it is type-checked, and does what programs do.
func TestAGeneratedClientWorks(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	ctx := authtest.Context(t)
	a, err := openHere(ctx, filepath.Join(t.TempDir(), "book.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.DB.Close() })
	a.Files = t.TempDir()
	server := httptest.NewServer((&quidserve.Server{App: a}).ReadyHandler())
	t.Cleanup(server.Close)
	_, key, err := a.MakeKey(ctx, app.KeyDraft{Name: "client", Role: auth.Administrator, Scope: auth.ReadWrite, Ends: day.At(time.Now()).Add(2)})
	if err != nil {
		t.Fatal(err)
	}

	n.must("node_modules/openapi-typescript/bin/cli.js", server.URL+"/api/v1/openapi.json", "-o", "schema.d.ts")
	n.must("node_modules/typescript/bin/tsc", "-p", ".")
	var did struct {
		Customers, Pages int
		Service          string
	}
	if said := n.must("out/client.js", server.URL, key); json.Unmarshal([]byte(said), &did) != nil || did.Customers != 3 || did.Pages != 2 || did.Service == "" {
		t.Errorf("the client says %s", said)
	}
	imports, err := a.DB.Read().Imports(ctx, 10)
	if err != nil || len(imports) != 1 || imports[0].File != "API: client" {
		t.Errorf("the book has the imports %+v, %v", imports, err)
	}

	// The weak twins: a key that opens nothing, and a program that doesn't fit.
	if said, _, ok := n.run("out/client.js", server.URL, "quid_wrong"); ok {
		t.Errorf("with a wrong key the client says %s", said)
	}
	n.write("wrong.ts", `import createClient from "openapi-fetch";
import type { paths } from "./schema.js";
await createClient<paths>().POST("/customers/{id}/services", { params: { path: { id: "1" } }, body: { type: "hotline", day: "2026-11-20" } });
`)
	if said, _, ok := n.run("node_modules/typescript/bin/tsc", "-p", "."); ok || !strings.Contains(said, "wrong.ts") || strings.Contains(said, "client.ts") {
		t.Errorf("a booking without an Idempotency-Key is type-checked as right: %s", said)
	}
}
