package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// wapitiTime is how long wapiti may take for each of its modules.
const wapitiTime = 10 * time.Minute

// modules are those of wapiti that attack. Left out are those that call servers of its
// own (ssrf, xxe), that guess names of files (backup, buster, nikto, wapp), exec and
// file (Quid starts no program and opens no file whose name it is sent), and csrf, which
// looks for tokens: Quid asks where a form comes from (Sec-Fetch-Site, Origin).
const modules = "xss,permanentxss,sql,crlf,redirect,methods,csp,cookieflags,http_headers"

// known are findings that are none, with the reason.
var known = map[string]string{
	"HTTP Secure Headers": "Strict-Transport-Security is sent over TLS alone (internal/serve, admit), X-XSS-Protection is no longer heeded",
	"Secure Flag cookie":  "without TLS there is no Secure; over TLS there is (internal/web, secure)",
}

// wapiti looks at the weak twin, where it has to find what sends back what it was
// sent, and at SQL that is built from it, and then at every route of the program.
func (r *raid) wapiti(ctx context.Context) error {
	weak, err := r.scan(ctx, r.weak, []string{"/customers?q=e"})
	if err != nil {
		return err
	}
	if weak["Cross Site Scripting"] == nil || weak["SQL Injection"] == nil {
		return fmt.Errorf("wapiti finds %v in the weak twin, not both of its holes: what it says of the program proves nothing", slices.Sorted(maps.Keys(weak)))
	}
	fmt.Printf("wapiti, weak twin: %d times Cross Site Scripting, %d times SQL Injection\n", len(weak["Cross Site Scripting"]), len(weak["SQL Injection"]))
	r.real.forget()
	var starts []string
	for _, t := range r.list {
		if t.method() == "GET" && r.only.MatchString(t.pattern) {
			starts = append(starts, t.address())
		}
	}
	found, err := r.scan(ctx, r.real, starts)
	if err != nil {
		return err
	}
	for _, kind := range slices.Sorted(maps.Keys(found)) {
		why, ok := known[kind]
		fmt.Printf("wapiti: %s: %d (%s)\n", kind, len(found[kind]), why)
		if !ok {
			for _, what := range found[kind] {
				err = errors.Join(err, fmt.Errorf("wapiti: %s: %s", kind, what))
			}
		}
	}
	return errors.Join(err, r.report("wapiti"))
}

// address is a target with all its fields in its query.
func (t target) address() string {
	all := url.Values{}
	maps.Copy(all, t.others)
	maps.Copy(all, t.fields)
	if len(all) == 0 {
		return t.path
	}
	return t.path + "?" + plain(all)
}

// scan lets wapiti loose on addresses, and on the forms of their pages, and returns
// what it found by its kind.
func (r *raid) scan(ctx context.Context, f *front, starts []string) (map[string][]string, error) {
	work, err := os.MkdirTemp(r.dir, "wapiti")
	if err != nil {
		return nil, err
	}
	out := filepath.Join(work, "report.json")
	args := []string{
		"-u", f.address() + "/", "--scope", "folder", "-d", "1", "--max-links-per-page", "1", "-m", modules, "-f", "json", "-o", out, "--flush-session", "--no-bugreport", "-v", "0",
		"--store-session", work, "--store-config", work, "-t", "30", "--max-scan-time", fmt.Sprint(int(r.wapitiScan.Seconds())), "--max-attack-time", fmt.Sprint(int(min(wapitiTime, r.wapitiScan).Seconds())),
	}
	for _, at := range starts {
		args = append(args, "-s", f.address()+at)
	}
	cmd := exec.CommandContext(ctx, "wapiti", args...)
	cmd.Env = append(os.Environ(), "HOME="+work)
	said, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("wapiti: %w: %.2000s", err, said)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		return nil, fmt.Errorf("wapiti wrote no report: %w: %.2000s", err, said)
	}
	var report struct {
		Vulnerabilities, Anomalies map[string][]struct {
			Method, Path, Info, Parameter string
		}
	}
	if err := json.Unmarshal(text, &report); err != nil {
		return nil, err
	}
	found := make(map[string][]string)
	for _, kinds := range []map[string][]struct{ Method, Path, Info, Parameter string }{report.Vulnerabilities, report.Anomalies} {
		for kind, list := range kinds {
			for _, v := range list {
				found[kind] = append(found[kind], strings.TrimSpace(fmt.Sprintf("%s %s %s: %.300s", v.Method, v.Path, v.Parameter, v.Info)))
			}
		}
	}
	return found, nil
}
