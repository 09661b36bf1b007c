// Package ssotest gives tests a real provider of OpenID Connect.
package ssotest

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"quid/internal/sso"
)

// Provider starts a provider program that sends browsers back to an address. Whoever
// logs in there as "sales" or "boss" fits a rule. Without the program the test is
// skipped, or fails if QUID_TEST_REQUIRE is 1.
func Provider(t *testing.T, back string) *sso.Provider {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	here = filepath.Dir(here)
	if _, err := os.Stat(filepath.Join(here, "..", "..", "..", "node_modules", "oidc-provider")); err != nil && os.Getenv("QUID_TEST_REQUIRE") != "1" {
		t.Skip("run npm ci first")
	}
	c := exec.CommandContext(t.Context(), "node", filepath.Join(here, "provider.mjs"), back)
	c.Stderr = t.Output()
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if at, ok := strings.CutPrefix(lines.Text(), "http://"); ok {
			return &sso.Provider{Config: sso.Config{
				Issuer: "http://" + at, Client: "quid", Secret: "a-secret-of-the-tests-only",
				Rules: []sso.Rule{{Claim: "groups", Value: "sales", Role: "owner"}, {Claim: "sub", Value: "boss", Role: "admin"}},
			}}
		}
	}
	t.Fatal("the provider did not start")
	return nil
}
