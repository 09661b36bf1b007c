package store

import (
	"context"
	"database/sql"
	"slices"
	"sync"
)

// A cache keeps prepared statements of one pool of SQLite, by their text:
// reading a statement costs as much as a look-up. PostgreSQL's driver keeps its
// own. Texts are our constants, some with lists of placeholders, so there are
// few; what goes beyond the limit is read anew each time.
type cache struct {
	pool *sql.DB
	mu   sync.Mutex
	kept map[string]*sql.Stmt
	want []string
}

const mostPrepared = 400

// get returns the kept statement of a text; where there is none it notes that
// one is wanted.
func (c *cache) get(text string) *sql.Stmt {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.kept[text]; s != nil {
		return s
	}
	if len(c.kept)+len(c.want) < mostPrepared && !slices.Contains(c.want, text) {
		c.want = append(c.want, text)
	}
	return nil
}

// fill prepares what was wanted. It may wait for a connection, so nobody who
// holds one calls it.
func (c *cache) fill(ctx context.Context) {
	c.mu.Lock()
	want := c.want
	c.want = nil
	c.mu.Unlock()
	for _, text := range want {
		s, err := c.pool.PrepareContext(ctx, text)
		if err != nil {
			continue // the statement itself will say so
		}
		c.mu.Lock()
		if c.kept[text] == nil {
			c.kept[text], s = s, nil
		}
		c.mu.Unlock()
		if s != nil {
			s.Close()
		}
	}
}

// close forgets all statements.
func (c *cache) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.kept {
		s.Close()
	}
	clear(c.kept)
}

// statements asks through kept statements, within a transaction if there is one.
type statements struct {
	cache *cache
	tx    *sql.Tx // or nil
}

// QueryContext is as of *sql.DB.
func (s statements) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt := s.cache.get(query)
	switch {
	case stmt == nil && s.tx != nil:
		return s.tx.QueryContext(ctx, query, args...)
	case stmt == nil:
		return s.cache.pool.QueryContext(ctx, query, args...)
	case s.tx != nil:
		stmt = s.tx.StmtContext(ctx, stmt)
	}
	return stmt.QueryContext(ctx, args...)
}

// QueryRowContext is as of *sql.DB.
func (s statements) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	stmt := s.cache.get(query)
	switch {
	case stmt == nil && s.tx != nil:
		return s.tx.QueryRowContext(ctx, query, args...)
	case stmt == nil:
		return s.cache.pool.QueryRowContext(ctx, query, args...)
	case s.tx != nil:
		stmt = s.tx.StmtContext(ctx, stmt)
	}
	return stmt.QueryRowContext(ctx, args...)
}

// ExecContext is as of *sql.Tx; there is no writing outside a transaction.
func (s statements) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if stmt := s.cache.get(query); stmt != nil {
		return s.tx.StmtContext(ctx, stmt).ExecContext(ctx, args...)
	}
	return s.tx.ExecContext(ctx, query, args...)
}

// newCache returns an empty cache of a pool.
func newCache(pool *sql.DB) *cache { return &cache{pool: pool, kept: make(map[string]*sql.Stmt)} }

// asker returns what a Reader asks: the pool or the transaction itself on
// PostgreSQL, kept statements on SQLite.
func (db *DB) asker(c *cache, tx *sql.Tx) querier {
	switch {
	case c != nil:
		return statements{c, tx}
	case tx != nil:
		return tx
	}
	return db.read
}
