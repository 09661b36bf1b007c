package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// Who is in.
const (
	login    = "probe@example.com"
	password = "a long pump is a loud pump"
)

// keys is how many keys the API is asked with in turn: each is held to its own limit
// of requests a minute.
const keys = 24

// A server is the program itself, on a book of a made-up company.
type server struct {
	cmd  *exec.Cmd
	book string
	url  *url.URL
	keys []string
	log  string // the file that its log is in
}

// serve makes a book, keys and the administrator, and serves it.
func serve(ctx context.Context, quid, dir string, customers int) (*server, error) {
	s := &server{book: filepath.Join(dir, "book.db"), log: filepath.Join(dir, "server.log")}
	if out, err := exec.CommandContext(ctx, quid, "demo", "--customers", fmt.Sprint(customers), "--db", s.book).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("quid demo: %w: %s", err, out)
	}
	for i := range keys {
		out, err := exec.CommandContext(ctx, quid, "key", "add", fmt.Sprint("probe", i), "--role", "admin", "--scope", "write", "--db", s.book).Output()
		if err != nil {
			return nil, fmt.Errorf("quid key add: %w", err)
		}
		s.keys = append(s.keys, strings.TrimSpace(string(out)))
	}
	log, err := os.Create(s.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	s.cmd = exec.CommandContext(ctx, quid, "serve", "--addr", "127.0.0.1:0", "--metrics-addr", "127.0.0.1:0", "--trusted-proxy", "127.0.0.1", "--log-format", "json", "--db", s.book)
	s.cmd.Stderr = log
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(syscall.SIGTERM) }
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		return nil, err
	}
	return s, s.start(ctx, out)
}

// start becomes the administrator by what the server prints.
func (s *server) start(ctx context.Context, out io.Reader) error {
	started := regexp.MustCompile(`(http://\S+)/start\?code=(\S+)`)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		m := started.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		at, err := url.Parse(m[1])
		if err != nil {
			return err
		}
		s.url = at
		form := url.Values{"code": {m[2]}, "name": {"Probe"}, "login": {login}, "password": {password}}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, at.String()+"/start", strings.NewReader(form.Encode()))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := noFollow.Do(r)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusSeeOther {
			return fmt.Errorf("POST /start was answered %s", res.Status)
		}
		go func() {
			for lines.Scan() {
			}
		}()
		return nil
	}
	text, err := os.ReadFile(s.log)
	return errors.Join(fmt.Errorf("the server does not start: %s", text), err)
}

// stop ends the server.
func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
}

// noFollow asks and follows no redirect.
var noFollow = &http.Client{
	Timeout:       2 * time.Minute,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{MaxIdleConnsPerHost: 16},
}
