package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// cpuOf begins to count the seconds of all cores that this process uses, and the
// server that an address names if it is on this machine; what it returns tells
// them.
func cpuOf(ctx context.Context, address string) func() float64 {
	server := func() float64 { return 0 }
	if isPostgres(address) {
		if id, err := postmaster(ctx, address); err == nil {
			server = func() float64 { return family(id) }
		}
	}
	before := own() + server()
	return func() float64 { return own() + server() - before }
}

// own is what this process has used.
func own() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// postmaster is the process that all of a server's come from.
func postmaster(ctx context.Context, address string) (int, error) {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	var id int
	if err := conn.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&id); err != nil {
		return 0, err
	}
	stat, ok := statOf(fmt.Sprintf("/proc/%d/stat", id))
	if !ok {
		return 0, fmt.Errorf("the server is on another machine")
	}
	return stat.parent, nil
}

// family is what a process and its children have used, those that have ended too.
func family(id int) float64 {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0
	}
	ticks := 0
	for _, f := range files {
		switch s, ok := statOf(f); {
		case ok && s.id == id:
			ticks += s.own + s.ended
		case ok && s.parent == id:
			ticks += s.own
		}
	}
	return float64(ticks) / 100
}

// A stat is what Linux says of a process; times are in hundredths of a second.
type stat struct{ id, parent, own, ended int }

func statOf(file string) (s stat, ok bool) {
	b, err := os.ReadFile(file)
	if err != nil {
		return s, false
	}
	at := bytes.LastIndexByte(b, ')') // the name before it may hold anything
	if at < 0 {
		return s, false
	}
	f := bytes.Fields(b[at+1:])
	if len(f) < 15 {
		return s, false
	}
	number := func(i int) int { n, _ := strconv.Atoi(string(f[i])); return n }
	s.id, _ = strconv.Atoi(filepath.Base(filepath.Dir(file)))
	s.parent, s.own, s.ended = number(1), number(11)+number(12), number(13)+number(14)
	return s, true
}
