package api

import (
	"sync"
	"time"
)

// perMinute is how many requests a key may make in a minute.
const perMinute = 600

// A meter counts requests by key in windows of a minute. It holds one window, so it
// never knows more keys than there are.
type meter struct {
	now func() time.Time

	mu     sync.Mutex
	window int64 // minutes since 1970
	spent  map[int64]int
}

// take counts a request of a key: how many are left in this minute, and in how many
// seconds the next begins.
func (m *meter) take(key int64) (left, reset int, ok bool) {
	now := m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if w := now.Unix() / 60; w != m.window || m.spent == nil {
		m.window, m.spent = w, make(map[int64]int)
	}
	m.spent[key]++
	return max(0, perMinute-m.spent[key]), 60 - int(now.Unix()%60), m.spent[key] <= perMinute
}
