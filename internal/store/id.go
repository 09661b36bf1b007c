package store

import (
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// IDs makes identifiers: int64, ordered by time, unique without asking the
// database. The upper 52 bits are microseconds since 1970, the lower 11 are drawn
// once per process, so that two processes writing to one book do not meet. Under
// load an id runs ahead of the clock by as many microseconds as there are ids.
type IDs struct {
	last atomic.Int64 // microseconds
	node int64
}

const nodeBits = 11

// NewIDs returns a source of ids that starts at now.
func NewIDs(now time.Time) *IDs {
	ids := &IDs{node: rand.Int64N(1 << nodeBits)} // #nosec G404 -- spreads processes, guards nothing
	ids.last.Store(now.UnixMicro())
	return ids
}

// Next returns an id for something written at now.
func (ids *IDs) Next(now time.Time) int64 {
	for {
		last := ids.last.Load()
		next := max(last+1, now.UnixMicro())
		if ids.last.CompareAndSwap(last, next) {
			return next<<nodeBits | ids.node
		}
	}
}

// WrittenAt returns the instant an id was made.
func WrittenAt(id int64) time.Time { return time.UnixMicro(id >> nodeBits).UTC() }
