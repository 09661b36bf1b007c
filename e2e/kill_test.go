package e2e

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

// quidProgram builds the program once.
var quidProgram = sync.OnceValues(func() (string, error) {
	dir, err := tempDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "quid")
	out, err := exec.Command("go", "build", "-o", path, "quid/cmd/quid").CombinedOutput()
	if err != nil {
		return "", errors.New(string(out))
	}
	return path, nil
})

// A killing is an import that is killed again and again.
type killing struct {
	t        *testing.T
	quid, db string
	file     string
	kills    int
	seen     int64 // documents that were committed at the kill before
	weaken   func()
}

func (k *killing) run(args ...string) string {
	k.t.Helper()
	out, err := exec.CommandContext(k.t.Context(), k.quid, append(args, "--db", k.db)...).Output()
	if err != nil {
		k.t.Fatalf("quid %s: %v: %s", strings.Join(args, " "), err, stderrOf(err))
	}
	return string(out)
}

func stderrOf(err error) string {
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return string(e.Stderr)
	}
	return ""
}

// importUnderFire starts the import and kills it with SIGKILL after chance
// times, until one run ends by itself. It returns what that run printed.
func (k *killing) importUnderFire(rng *rand.Rand) map[string]any {
	k.t.Helper()
	for range 60 {
		cmd := exec.CommandContext(k.t.Context(), k.quid, "import", "invoices", k.file, "--json", "--db", k.db)
		var out strings.Builder
		cmd.Stdout = &out
		if err := cmd.Start(); err != nil {
			k.t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		strike := make(chan struct{})
		watching, stop := context.WithCancel(k.t.Context())
		if k.kills < 6 {
			go k.watch(watching, time.Duration(rng.IntN(60))*time.Millisecond, strike)
		}
		select {
		case err := <-done:
			stop()
			if err != nil {
				k.t.Fatalf("import: %v", err)
			}
			var res map[string]any
			if err := json.Unmarshal([]byte(out.String()), &res); err != nil {
				k.t.Fatal(err)
			}
			return res
		case <-strike:
			stop()
			if err := cmd.Process.Kill(); err != nil {
				k.t.Fatal(err)
			}
			<-done
			if res := k.ended(); res != nil {
				return res // the kill came between the end of the import and that of the program
			}
			k.kills++
			if k.weaken != nil {
				k.weaken()
			}
		}
	}
	k.t.Fatal("the import never ended")
	return nil
}

// ended returns the counts of the import of invoices if it has ended, else nil.
func (k *killing) ended() map[string]any {
	k.t.Helper()
	db, err := sql.Open("sqlite", "file:"+k.db+"?_pragma=busy_timeout(10000)&_pragma=query_only(1)")
	if err != nil {
		k.t.Fatal(err)
	}
	defer db.Close()
	var counts string
	err = db.QueryRowContext(k.t.Context(), "SELECT counts FROM import WHERE kind = 'invoices' AND state = 'done'").Scan(&counts)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	var res map[string]any
	if err := errors.Join(err, json.Unmarshal([]byte(counts), &res)); err != nil {
		k.t.Fatal(err)
	}
	return res
}

// watch says when to strike: a moment after the import has committed something
// since the kill before.
func (k *killing) watch(ctx context.Context, moment time.Duration, strike chan<- struct{}) {
	db, err := sql.Open("sqlite", "file:"+k.db+"?_pragma=busy_timeout(10000)&_pragma=query_only(1)")
	if err != nil {
		k.t.Error(err)
		return
	}
	defer db.Close()
	for ctx.Err() == nil {
		var n int64
		err := db.QueryRowContext(ctx, "SELECT documents FROM import WHERE state = 'running'").Scan(&n)
		if err == nil && n > k.seen {
			k.seen = n
			if k.weaken != nil {
				k.seen = 0
			}
			time.Sleep(moment)
			close(strike)
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// verdict says whether a book that was filled under fire is the one that was
// filled in peace.
func verdict(k *killing, res map[string]any, want string) error {
	if res["created"] != res["read"] || res["rejected"] != 0.0 || res["unchanged"] != 0.0 {
		return errors.New("the counts are not those of one whole import")
	}
	got := k.run("value", "--as-of", "2026-11-22", "--window", "all", "--json")
	if figures(got) != figures(want) {
		return errors.New("the figures differ")
	}
	if !strings.Contains(k.run("check", "--json"), `"ok":true`) {
		return errors.New("the check finds something")
	}
	return nil
}

// figures leaves out of a valuation how long it took.
func figures(valuation string) string {
	var v map[string]any
	if json.Unmarshal([]byte(valuation), &v) != nil {
		return "not JSON: " + valuation
	}
	delete(v, "seconds")
	out, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(out)
}

// Promise 1, import: kill -9 at any moment loses nothing and doubles nothing; the
// same command goes on. The weak twin forgets after each kill how far the import
// was, and must fail the same check.
func TestAKilledImportGoesOn(t *testing.T) {
	t.Parallel()
	quid, err := quidProgram()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), quid, "demo", "--customers", "1200", "--seed", "3", "--until", "2026-11-22", "--out", dir).CombinedOutput(); err != nil {
		t.Fatalf("demo: %v: %s", err, out)
	}
	fresh := func(name string) *killing {
		k := &killing{t: t, quid: quid, db: filepath.Join(dir, name), file: filepath.Join(dir, "invoices.csv")}
		for _, kind := range []string{"products", "customers"} {
			k.run("import", kind, filepath.Join(dir, kind+".csv"))
		}
		return k
	}
	peace := fresh("peace.db")
	peace.run("import", "invoices", peace.file)
	want := peace.run("value", "--as-of", "2026-11-22", "--window", "all", "--json")

	rng := rand.New(rand.NewPCG(4, 2))
	fire := fresh("fire.db")
	if err := verdict(fire, fire.importUnderFire(rng), want); err != nil {
		t.Error(err)
	}
	if fire.kills < 3 {
		t.Errorf("only %d kills: the test proves nothing", fire.kills)
	}
	t.Logf("%d kills", fire.kills)

	weak := fresh("weak.db")
	weak.weaken = func() { forget(t, weak.db) }
	if err := verdict(weak, weak.importUnderFire(rng), want); err == nil {
		t.Error("the weak twin passes: the check proves nothing")
	}
}

// forget makes an import forget how far it is.
func forget(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "UPDATE import SET documents = 0, counts = '{}' WHERE state = 'running'"); err != nil {
		t.Fatal(err)
	}
}
