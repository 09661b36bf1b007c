package e2e

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers pgx
)

// ownPostgres starts a server of PostgreSQL that may be stopped, and returns its
// address and what does so.
func ownPostgres(t *testing.T) (address string, ctl func(args ...string) error) {
	t.Helper()
	if os.Getenv("QUID_TEST_POSTGRES") == "" {
		t.Skip("QUID_TEST_POSTGRES is not set")
	}
	cmd := exec.CommandContext(t.Context(), "./with-postgres.sh", "bash", "-c", `echo "$QUID_TEST_POSTGRES $QUID_TEST_POSTGRES_CTL"; cat >/dev/null`)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Stderr = t.Output()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address, path, _ := strings.Cut(strings.TrimSpace(line), " ")
	return address, func(args ...string) error {
		out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("pg_ctl %s: %w: %s", strings.Join(args, " "), err, out)
		}
		return nil
	}
}

// started says when a server of PostgreSQL was started.
func started(t *testing.T, address string) string {
	t.Helper()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var at string
	if err := db.QueryRowContext(t.Context(), "SELECT pg_postmaster_start_time()::text").Scan(&at); err != nil {
		t.Fatal(err)
	}
	return at
}

// A crowd writes keyed entries, each until it is acknowledged, under its one key.
type crowd struct {
	*clerk
	name  string // before its keys
	stop  atomic.Bool
	away  atomic.Int64 // answers 503
	tries atomic.Int64
	wg    sync.WaitGroup
}

func (c *crowd) begin(writers int) {
	for w := range writers {
		c.wg.Go(func() {
			for n := 0; !c.stop.Load(); n++ {
				key := fmt.Sprintf("load-%s%d-%d", c.name, w, n)
				for status := 0; status != http.StatusOK && !c.stop.Load(); {
					status = c.write(key, "")
					c.tries.Add(1)
					if status == http.StatusServiceUnavailable {
						c.away.Add(1)
					}
					if status != http.StatusOK {
						time.Sleep(50 * time.Millisecond)
					}
				}
			}
		})
	}
}

func (c *crowd) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.acked)
}

// more waits until that many more entries were acknowledged.
func (c *crowd) more(n int) error {
	want := c.count() + n
	for deadline := time.Now().Add(time.Minute); c.count() < want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			return errors.New("nothing is acknowledged any more")
		}
	}
	return nil
}

// Promise 2: a PostgreSQL that restarts under load, even by a crash, loses nothing
// that was acknowledged and doubles nothing that was tried again under its key;
// while it is away, requests wait or are answered 503. The weak twins say yes
// although it is away, and take every try for another entry.
func TestARestartedPostgresLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	address, ctl := ownPostgres(t)
	longer := []string{"stop -m fast", "pause", "start"} // than a write waits
	for weak, steps := range map[string][][]string{"": {{"restart -m fast"}, {"restart -m immediate"}, longer}, "ack": {longer}, "nokey": nil} {
		schema := "w_" + weak
		db, err := sql.Open("pgx", address)
		if err == nil {
			_, err = db.ExecContext(t.Context(), "CREATE SCHEMA "+schema)
		}
		if err = errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		c := &crowd{clerk: &clerk{t: t, book: address + "&search_path=" + schema, weak: weak}}
		c.hire()
		restarts, err := c.restarts(address, ctl, steps)
		err = errors.Join(err, c.retries())
		c.kill()
		err = errors.Join(err, c.audit(c.book))
		if (weak != "") != (err != nil) {
			t.Errorf("weak %q: %v\n%s", weak, err, c.said.String())
		}
		if restarts < len(steps) || weak == "" && c.away.Load() == 0 {
			t.Errorf("weak %q: %d restarts, %d answers 503: the test proves nothing", weak, restarts, c.away.Load())
		}
		t.Logf("weak %q: %d restarts, %d tries, %d acknowledged, %d answered 503; %v", weak, restarts, c.tries.Load(), c.count(), c.away.Load(), err)
	}
}

// restarts restarts PostgreSQL under load and returns how often it was another
// server after.
func (c *crowd) restarts(address string, ctl func(...string) error, rounds [][]string) (n int, err error) {
	c.begin(6)
	defer func() {
		c.stop.Store(true)
		c.wg.Wait()
	}()
	for _, steps := range rounds {
		before := started(c.t, address)
		if err := c.more(30); err != nil {
			return n, err
		}
		for _, step := range steps {
			if step == "pause" {
				time.Sleep(7 * time.Second)
				continue
			}
			if err := ctl(strings.Fields(step)...); err != nil {
				return n, err
			}
		}
		if started(c.t, address) != before {
			n++
		}
	}
	return n, c.more(30)
}

// retries sends one entry fifty times at once, and then something else under its key.
func (c *crowd) retries() error {
	var wg sync.WaitGroup
	var yes atomic.Int64
	for range 50 {
		wg.Go(func() {
			if c.write("fifty", "") == http.StatusOK {
				yes.Add(1)
			}
		})
	}
	wg.Wait()
	if yes.Load() != 50 {
		return fmt.Errorf("of 50 retries at once %d were acknowledged", yes.Load())
	}
	if status := c.write("fifty", "something else"); status == http.StatusOK {
		return errors.New("something else under the same key was acknowledged")
	}
	c.mu.Lock()
	delete(c.other, -1) // that one was refused, as promised
	c.mu.Unlock()
	return nil
}
