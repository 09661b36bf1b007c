package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
)

// A keeper writes SQLite's log back into the file, beside those who write. Without
// one the commit that fills the log does so, for 64 MB at a time, and whoever
// waits to write waits for it. The log begins anew only when all of it is written
// back, with which a keeper alone would never catch up while somebody goes on to
// write: once the log is long it writes back what it can, and the little that is left
// while it holds the connection that writes.
type keeper struct {
	db        *sql.DB
	exclusive func(context.Context) (*sql.Conn, error) // waits for the connection that writes
	bulk      sync.Mutex                               // held while the log is made to begin anew
	wake      chan struct{}
	stop      context.CancelFunc
	done      chan struct{}
	failed    func(error) error // hears what kept the log from being written back
}

// backlog is how many pages of the log wait before the keeper writes them back, 8 MB;
// long how many make it begin anew, 32 MB.
const (
	backlog = 2000
	long    = 8000
)

func newKeeper(dsn string, exclusive func(context.Context) (*sql.Conn, error), failed func(error) error) (*keeper, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	ctx, stop := context.WithCancel(context.Background())
	k := &keeper{db: db, exclusive: exclusive, wake: make(chan struct{}, 1), stop: stop, done: make(chan struct{}), failed: failed}
	go k.run(ctx)
	return k, nil
}

// committed tells the keeper that somebody wrote. It never waits.
func (k *keeper) committed() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// run works until ctx ends. Errors are left to those who write, who meet them
// at their next commit, but for a sync that failed: that is told once and no more.
func (k *keeper) run(ctx context.Context) {
	defer close(k.done)
	again := long // how many pages make the log begin anew
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.wake:
		}
		all, written, err := k.checkpoint("NOOP")
		if err == nil && all-written >= backlog {
			all, _, err = k.checkpoint("PASSIVE")
		}
		if err == nil && all >= again {
			all, written, err = k.begin(ctx)
			again = long
			if written < all { // somebody still reads what is older
				again = all + backlog
			}
		}
		if unsynced(err) {
			_ = k.failed(Fault(err))
		}
	}
}

// begin makes the log begin anew at the next commit. SQLite syncs the file where a
// checkpoint comes to the log's end with nobody writing meanwhile, for all that was written
// back before it: that is done beside those who write, but bulk work, which would
// never let it come there. Nobody writes while the last of the log is written back.
func (k *keeper) begin(ctx context.Context) (all, written int, err error) {
	k.bulk.Lock()
	defer k.bulk.Unlock()
	for range 8 {
		if _, _, err := k.checkpoint("PASSIVE"); err != nil {
			return 0, 0, err
		}
		if all, written, err = k.checkpoint("NOOP"); err != nil || written == all {
			break
		}
	}
	if err != nil {
		return 0, 0, err
	}
	conn, err := k.exclusive(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer conn.Close()
	return k.checkpoint("PASSIVE")
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
	k.stop()
	<-k.done
	return k.db.Close()
}
