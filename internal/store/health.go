package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

const sqlProbe = `
	INSERT INTO probe (probe_id, written_at) VALUES (1, $1)
	ON CONFLICT (probe_id) DO UPDATE SET written_at = excluded.written_at`

// Probe writes a little, to learn whether the book can be written.
func (db *DB) Probe(ctx context.Context, now time.Time) error {
	return db.Write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, sqlProbe, now.UnixMicro())
		return err
	})
}

// A Pool says how the connections of a pool are used.
type Pool struct {
	Name string // read, write, or all on PostgreSQL
	sql.DBStats
}

// Pools returns how the connections to the book are used.
func (db *DB) Pools() []Pool {
	if db.pool == nil {
		return []Pool{{"read", db.read.Stats()}, {"write", db.write.Stats()}}
	}
	s, waits := db.pool.Stat(), db.write.Stats()
	waits.MaxOpenConnections, waits.OpenConnections = int(s.MaxConns()), int(s.TotalConns())
	waits.InUse, waits.Idle = int(s.AcquiredConns()), int(s.IdleConns())
	waits.WaitCount, waits.WaitDuration = s.EmptyAcquireCount(), s.AcquireDuration()
	return []Pool{{"all", waits}}
}

// Size returns how many bytes the book takes, and the log beside it (SQLite).
func (db *DB) Size(ctx context.Context) (book, log int64, err error) {
	if db.pool != nil {
		err = db.pool.QueryRow(ctx, "SELECT pg_database_size(current_database())").Scan(&book)
		return book, 0, err
	}
	for path, to := range map[string]*int64{db.path: &book, db.path + "-wal": &log} {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, 0, fmt.Errorf("size of the book: %w", err)
		}
		*to = info.Size()
	}
	return book, log, nil
}

// A JobCount says how many jobs of a kind are in a state.
type JobCount struct {
	Kind, State string
	Jobs        int64
	Oldest      time.Time // when the first of them was to run
}

const sqlJobCounts = `SELECT kind, state, COUNT(*), MIN(run_at) FROM job GROUP BY kind, state ORDER BY kind, state`

// JobCounts returns how many jobs there are, by kind and state.
func (r Reader) JobCounts(ctx context.Context) ([]JobCount, error) {
	rows, err := r.q.QueryContext(ctx, sqlJobCounts)
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	defer rows.Close()
	var list []JobCount
	for rows.Next() {
		var c JobCount
		var oldest int64
		if err := rows.Scan(&c.Kind, &c.State, &c.Jobs, &oldest); err != nil {
			return nil, fmt.Errorf("count jobs: %w", err)
		}
		c.Oldest = time.UnixMicro(oldest).UTC()
		list = append(list, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	return list, nil
}
