package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// mounted mounts something on a folder of its own, until the test ends. Only root
// can; elsewhere the test is skipped and says why.
func mounted(t *testing.T, args ...string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount what this test needs")
	}
	dir := t.TempDir()
	out, err := exec.CommandContext(t.Context(), "mount", append(args, dir)...).CombinedOutput()
	if err != nil {
		t.Skipf("mount %s: %v: %s", strings.Join(args, " "), err, out)
	}
	t.Cleanup(func() {
		for range 100 { // a process that was killed may hold it for a moment
			if err := syscall.Unmount(dir, 0); err == nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		t.Errorf("%s can't be unmounted: %v", dir, syscall.Unmount(dir, syscall.MNT_DETACH))
	})
	return dir
}

// fill leaves no room on a disk.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for size := 1 << 16; size >= 1; size /= 2 {
		for err == nil {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			return err
		}
		err = nil
	}
	return nil
}

// Promise 6: where the disk is full reads go on, writes are answered 507, and once
// there is room they succeed without a restart. One weak twin says yes to what it
// can't keep, another doesn't recover: both must fail the same check.
func TestAFullDiskIsReadAndRecovers(t *testing.T) {
	t.Parallel()
	for _, weak := range []string{"", "ack", "sticky"} {
		t.Run("weak="+weak, func(t *testing.T) {
			t.Parallel()
			dir := mounted(t, "-t", "tmpfs", "-o", "size=12m", "tmpfs")
			c := &clerk{t: t, book: filepath.Join(dir, "book.db"), weak: weak}
			c.hire()
			no, err := c.fullDisk(filepath.Join(dir, "ballast"))
			c.kill()
			err = errors.Join(err, c.audit(c.book))
			if (weak != "") != (err != nil) {
				t.Errorf("%v", err)
			}
			if weak == "" && no < 10 {
				t.Errorf("only %d writes failed: the test proves nothing", no)
			}
			t.Logf("%d writes acknowledged, %d answered 507; %v", len(c.acked), no, err)
		})
	}
}

// fullDisk fills the disk under the server and makes room again. It returns how
// many writes were answered 507.
func (c *clerk) fullDisk(ballast string) (no int, err error) {
	long := strings.Repeat("x", 900)
	for i := range 20 {
		if status := c.write(fmt.Sprint("before-", i), long); status != http.StatusOK {
			return 0, fmt.Errorf("with room a write was answered %d", status)
		}
	}
	if err := fill(ballast); err != nil {
		return 0, err
	}
	for i := 0; i < 3000 && no < 20; i++ {
		if c.write(fmt.Sprint("full-", i), long) == http.StatusInsufficientStorage {
			no++
			if err := c.reads(); err != nil {
				return no, err
			}
		}
	}
	pid := c.PID
	if err := os.Remove(ballast); err != nil {
		return no, err
	}
	for i := range 20 {
		if status := c.write(fmt.Sprint("after-", i), long); status != http.StatusOK {
			return no, fmt.Errorf("with room again a write was answered %d", status)
		}
	}
	if status, text := c.get("/readyz"); status != http.StatusOK || c.PID != pid {
		return no, fmt.Errorf("it is not ready: %d %s", status, text)
	}
	return no, nil
}

// A tracer injects faults into the system calls of a process (strace).
type tracer struct {
	cmd *exec.Cmd
	log string
}

// trace attaches to a process. The function it returns detaches.
func trace(t *testing.T, pid int, args ...string) *tracer {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		if os.Getenv("QUID_TEST_REQUIRE") == "1" {
			t.Fatal("strace is missing: run e2e/setup.sh strace")
		}
		t.Skip("strace is missing")
	}
	tr := &tracer{log: filepath.Join(t.TempDir(), "strace.log")}
	tr.cmd = exec.CommandContext(t.Context(), "strace", append([]string{"-f", "-o", tr.log, "-p", strconv.Itoa(pid)}, args...)...)
	said, err := tr.cmd.StderrPipe()
	if err == nil {
		err = tr.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.end)
	for lines := bufio.NewScanner(said); lines.Scan(); {
		if strings.Contains(lines.Text(), "attached") {
			go func() { // it must not stand still for want of a reader
				for lines.Scan() {
				}
			}()
			return tr
		}
		t.Log(lines.Text())
	}
	t.Skip("strace can't attach here: it lacks the right")
	return nil
}

// end detaches.
func (tr *tracer) end() {
	if tr.cmd.ProcessState == nil {
		_ = tr.cmd.Process.Signal(syscall.SIGTERM)
		_ = tr.cmd.Wait()
	}
}

var injected = regexp.MustCompile(`\(INJECTED\)`)

// fired counts the faults that were injected.
func (tr *tracer) fired() int {
	text, err := os.ReadFile(tr.log)
	if err != nil {
		return 0
	}
	return len(injected.FindAll(text, -1))
}

// Promise 6: where the disk fails to write, writes are answered 507 and reads go
// on; when it works again, so does the server, without a restart. The weak twin
// doesn't recover.
func TestAnIOErrorPasses(t *testing.T) {
	t.Parallel()
	for _, weak := range []string{"", "ack", "sticky"} {
		t.Run("weak="+weak, func(t *testing.T) {
			t.Parallel()
			c := &clerk{t: t, book: filepath.Join(t.TempDir(), "book.db"), weak: weak}
			c.hire()
			tr := trace(t, c.PID, "-P", c.book+"-wal", "-e", "trace=pwrite64", "-e", "inject=pwrite64:error=EIO")
			no, err := 0, error(nil)
			for i := range 10 {
				if c.write(fmt.Sprint("failing-", i), "") == http.StatusInsufficientStorage {
					no++
				}
				err = errors.Join(err, c.reads())
			}
			tr.end()
			for i := range 10 {
				if status := c.write(fmt.Sprint("after-", i), ""); status != http.StatusOK {
					err = errors.Join(err, fmt.Errorf("after the fault a write was answered %d", status))
				}
			}
			c.kill()
			err = errors.Join(err, c.audit(c.book))
			if (weak != "") != (err != nil) {
				t.Errorf("%v", err)
			}
			if fired := tr.fired(); fired < 10 || weak == "" && no != 10 {
				t.Errorf("%d faults, %d answers 507: the test proves nothing", fired, no)
			}
			t.Logf("%d faults, %d answers 507, %d acknowledged; %v", tr.fired(), no, len(c.acked), err)
		})
	}
}

// Promise 6: after a sync that failed nothing is written any more, and nothing is
// synced again, until a restart; reads go on and everybody is told. The weak twin
// tries again.
func TestAfterAFailedSyncNothingIsWritten(t *testing.T) {
	t.Parallel()
	for _, weak := range []string{"", "retry"} {
		t.Run("weak="+weak, func(t *testing.T) {
			t.Parallel()
			c := &clerk{t: t, book: filepath.Join(t.TempDir(), "book.db"), weak: weak}
			c.hire()
			for i := range 5 {
				c.write(fmt.Sprint("before-", i), "")
			}
			tr := trace(t, c.PID, "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO:when=1")
			err := c.failedSync(tr)
			tr.end()
			fired := tr.fired()
			c.kill()
			c.weak = ""
			c.hire() // by hand, after somebody looked
			for i := range 5 {
				if status := c.write(fmt.Sprint("again-", i), ""); status != http.StatusOK {
					t.Errorf("after a restart a write was answered %d", status)
				}
			}
			c.kill()
			err = errors.Join(err, c.audit(c.book))
			if (weak != "") != (err != nil) {
				t.Errorf("%v", err)
			}
			if fired == 0 {
				t.Error("no fault was injected: the test proves nothing")
			}
			t.Logf("%d faults, %d acknowledged; %v", fired, len(c.acked), err)
		})
	}
}

// failedSync writes where the first sync of each thread fails (strace counts for
// each by itself).
func (c *clerk) failedSync(tr *tracer) error {
	if status := c.write("unsynced", ""); status != http.StatusInsufficientStorage {
		return fmt.Errorf("a write that was not synced was answered %d", status)
	}
	for i := range 20 {
		if status := c.write(fmt.Sprint("later-", i), ""); status != http.StatusInsufficientStorage {
			return fmt.Errorf("after a sync that failed a write was answered %d", status)
		}
	}
	if text, err := os.ReadFile(tr.log); err != nil || strings.Count(string(text), "sync(") != 1 {
		return fmt.Errorf("it was synced again: %s %w", text, err)
	}
	if status, text := c.get("/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(text, "read only") {
		return fmt.Errorf("/readyz: %d %q", status, text)
	}
	return c.reads()
}
