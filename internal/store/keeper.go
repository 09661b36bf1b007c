package store

import (
	"database/sql"
	"fmt"
	"sync"
)

// A keeper writes SQLite's log back into the file, beside those who write. Without
// one the commit that fills the log does so, for 64 MB at a time, and whoever
// waits to write waits for it. The log still begins anew only when a commit finds
// all of it written back, so that commits go on to write back what little is left
// then: a keeper alone would never catch up with an import.
type keeper struct {
	db         *sql.DB
	wake       chan struct{}
	quit, done chan struct{}
	end        sync.Once
	failed     func(error) error // hears what kept the log from being written back
}

// backlog is how many pages of the log wait before the keeper writes them back: 8 MB.
const backlog = 2000

func newKeeper(dsn string, failed func(error) error) (*keeper, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	k := &keeper{db: db, wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}), failed: failed}
	go k.run()
	return k, nil
}

// committed tells the keeper that somebody wrote. It never waits.
func (k *keeper) committed() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// run works until quit is closed. Errors are left to those who write, who meet them
// at their next commit, but for a sync that failed: that is told once and no more.
func (k *keeper) run() {
	defer close(k.done)
	for {
		select {
		case <-k.quit:
			return
		case <-k.wake:
		}
		if all, written, err := k.checkpoint("NOOP"); err == nil && all-written >= backlog {
			if _, _, err := k.checkpoint("PASSIVE"); unsynced(err) {
				_ = k.failed(Fault(err))
			}
		}
	}
}

// checkpoint returns how many pages the log holds, and how many of them are written back.
func (k *keeper) checkpoint(mode string) (all, written int, err error) {
	var busy int
	if err := k.db.QueryRow("PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &all, &written); err != nil {
		return 0, 0, fmt.Errorf("write the log back: %w", err)
	}
	return all, written, nil
}

// close ends the keeper.
func (k *keeper) close() error {
	k.end.Do(func() { close(k.quit) }) // a book may be closed twice
	<-k.done
	return k.db.Close()
}
