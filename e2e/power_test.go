package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// An outlet is a disk (a file with ext4) on a file system that copies a file in a
// moment (btrfs): a copy is what a power cut at that moment leaves.
type outlet struct {
	t        *testing.T
	dir      string // of the disk's file and its copies
	disk     string // where the disk is mounted
	snapshot int
}

// plug makes a disk. Only root can, where the kernel knows loop devices and btrfs.
func plug(t *testing.T) *outlet {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount what this test needs")
	}
	if _, err := exec.LookPath("mkfs.btrfs"); err != nil {
		t.Skip("btrfs is missing: run e2e/setup.sh faults")
	}
	place := filepath.Join(t.TempDir(), "place")
	must := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
		}
	}
	must("truncate", "-s", "1G", place)
	must("mkfs.btrfs", "-q", place)
	o := &outlet{t: t, dir: mounted(t, "-o", "loop", place)}
	must("truncate", "-s", "96M", filepath.Join(o.dir, "disk"))
	must("mkfs.ext4", "-q", filepath.Join(o.dir, "disk"))
	o.disk = mounted(t, "-o", "loop", filepath.Join(o.dir, "disk"))
	return o
}

// cut returns the disk as a power cut now would leave it, mounted.
func (o *outlet) cut() string {
	o.t.Helper()
	o.snapshot++
	copied := filepath.Join(o.dir, fmt.Sprint("copy-", o.snapshot))
	if out, err := exec.CommandContext(o.t.Context(), "cp", "--reflink=always", filepath.Join(o.dir, "disk"), copied).CombinedOutput(); err != nil {
		o.t.Fatalf("cp: %v: %s", err, out)
	}
	return copied
}

// Promise 1, power cut: what was acknowledged before the moment of a cut is in the
// book that the disk holds at that moment, and the book is sound. The weak twin
// syncs nothing (strace answers for the kernel without asking it) and must lose
// something.
//
// What the file system had sent to the disk counts as written: a disk that loses
// what it took, but was not told to flush, is not simulated.
func TestAPowerCutLosesNothing(t *testing.T) {
	t.Parallel()
	for _, weak := range []bool{false, true} {
		t.Run(fmt.Sprintf("weak=%v", weak), func(t *testing.T) {
			t.Parallel()
			o := plug(t)
			c := &crowd{clerk: &clerk{t: t, book: filepath.Join(o.disk, "book.db")}}
			if weak {
				if _, err := exec.LookPath("strace"); err != nil {
					t.Skip("strace is missing: run e2e/setup.sh faults")
				}
				c.before = []string{"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:retval=0"}
			}
			c.hire()
			c.begin(3)
			acked, lost, err := c.cuts(o, 10)
			c.stop.Store(true)
			c.kill()
			c.wg.Wait()
			if weak != (err != nil) {
				t.Errorf("%v", err)
			}
			t.Logf("10 cuts, %d entries acknowledged before the last, %d cuts lost some; %v", acked, lost, err)
		})
	}
}

// cuts cuts the power at chance moments and looks each time at what is left.
func (c *crowd) cuts(o *outlet, n int) (acked, lost int, err error) {
	rng := rand.New(rand.NewPCG(5, 2))
	for range n {
		if err := c.more(5 + rng.IntN(40)); err != nil {
			return acked, lost, err
		}
		time.Sleep(time.Duration(rng.IntN(10)) * time.Millisecond)
		c.mu.Lock()
		before := c.acked[:len(c.acked):len(c.acked)]
		c.mu.Unlock()
		acked = len(before)
		copied := o.cut()
		left := &clerk{t: c.t, acked: before}
		if e := left.auditDisk(copied); e != nil {
			lost++
			err = errors.Join(err, e)
		}
	}
	return acked, lost, err
}

// auditDisk mounts a copy, as after a power cut, and looks at the book in it.
func (c *clerk) auditDisk(copied string) (err error) {
	dir, err := os.MkdirTemp("", "quid-cut")
	if err != nil {
		return err
	}
	defer os.Remove(dir)
	if out, err := exec.CommandContext(c.t.Context(), "mount", "-o", "loop", copied, dir).CombinedOutput(); err != nil {
		return fmt.Errorf("the disk can't be mounted: %w: %s", err, out)
	}
	defer func() {
		if out, e := exec.CommandContext(context.WithoutCancel(c.t.Context()), "umount", dir).CombinedOutput(); e != nil {
			err = errors.Join(err, fmt.Errorf("umount: %w: %s", e, out))
		}
	}()
	return c.audit(filepath.Join(dir, "book.db"))
}
