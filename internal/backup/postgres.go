package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"quid/fault"
)

// program finds one of PostgreSQL's programs, the newest where there are several.
func program(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("%s is missing: install PostgreSQL's client programs (on Debian: apt-get install postgresql-client)", name)
	}
	return slices.MaxFunc(found, func(a, b string) int { return versionIn(a) - versionIn(b) }), nil
}

func versionIn(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

// run runs one of PostgreSQL's programs on the database of an address. Where it
// is and how to get in stands in the environment: others see the arguments.
func run(ctx context.Context, address, name string, in io.Reader, out io.Writer, args ...string) error {
	path, err := program(name)
	if err != nil {
		return err
	}
	c, err := pgx.ParseConfig(address)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path, append(args, "--no-password")...) // #nosec G204 -- a program of PostgreSQL with arguments of ours, no shell
	cmd.Env = append(os.Environ(), "PGHOST="+c.Host, "PGPORT="+strconv.Itoa(int(c.Port)), "PGUSER="+c.User, "PGDATABASE="+c.Database)
	if c.Password != "" {
		cmd.Env = append(cmd.Env, "PGPASSWORD="+c.Password)
	}
	if c.TLSConfig == nil {
		cmd.Env = append(cmd.Env, "PGSSLMODE=prefer")
	} else {
		cmd.Env = append(cmd.Env, "PGSSLMODE="+sslMode(address))
	}
	var said strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(said.String()))
	}
	return nil
}

// sslMode is what the address says of encryption, or the strict default.
func sslMode(address string) string {
	_, query, _ := strings.Cut(address, "?")
	for part := range strings.SplitSeq(query, "&") {
		if v, ok := strings.CutPrefix(part, "sslmode="); ok {
			return v
		}
	}
	return "require"
}

// schema is the schema that an address works in, "" for the server's default.
func schema(address string) (string, error) {
	c, err := pgx.ParseConfig(address)
	if err != nil {
		return "", err
	}
	return c.RuntimeParams["search_path"], nil
}

// dump writes the database of an address, as of one instant.
func dump(ctx context.Context, address string, w io.Writer) error {
	args := []string{"--format=custom", "--no-owner", "--no-privileges"}
	if s, err := schema(address); err != nil {
		return err
	} else if s != "" {
		args = append(args, "--schema="+s)
	}
	return run(ctx, address, "pg_dump", nil, w, args...)
}

// load reads what dump wrote into a database without a book, all or nothing.
func load(ctx context.Context, address string, r io.Reader) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	var there bool
	err = conn.QueryRow(ctx, `SELECT to_regclass('book') IS NOT NULL`).Scan(&there)
	if err := errors.Join(err, conn.Close(ctx)); err != nil {
		return err
	}
	if there {
		return fmt.Errorf("there is a book in this database already: %w", fault.Conflict)
	}
	return run(ctx, address, "pg_restore", r, io.Discard, "--dbname="+databaseOf(address), "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
}

func databaseOf(address string) string {
	c, err := pgx.ParseConfig(address)
	if err != nil {
		return ""
	}
	return c.Database
}
