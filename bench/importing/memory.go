package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"strconv"
)

// forgetPeak lets the kernel count this program's peak of memory from now on, and
// gives back what earlier rounds left.
func forgetPeak() error {
	debug.FreeOSMemory()
	err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // not Linux: there is no peak to forget
	}
	return err
}

// peak is the most memory this program held since forgetPeak, in MB of 10⁶ bytes, 0
// where the system does not tell.
func peak() (float64, error) {
	text, err := os.ReadFile("/proc/self/status")
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	_, rest, found := bytes.Cut(text, []byte("VmHWM:"))
	fields := bytes.Fields(rest)
	if !found || len(fields) == 0 {
		return 0, errors.New("/proc/self/status tells no VmHWM")
	}
	kib, err := strconv.ParseFloat(string(fields[0]), 64)
	if err != nil {
		return 0, fmt.Errorf("VmHWM: %w", err)
	}
	return kib * 1024 / 1e6, nil
}
