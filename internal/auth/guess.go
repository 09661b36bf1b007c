package auth

import (
	"sync"
	"time"
)

// Guesses counts wrong passwords and codes, so that nobody can try them through,
// and nobody can lock somebody else out by trying.
//
// What waits is a pair of login and address after five failures, an address after
// fifty, and a login after a hundred from wherever; but a browser that this login
// came in with before (its device cookie says so) is only held by failures of its
// own. Failures are forgotten after a quarter of an hour; all is in memory.
type Guesses struct {
	mu    sync.Mutex
	fails map[string][]time.Time
}

// Limits of failures within forget.
const (
	mostOfPair    = 5
	mostOfDevice  = 10
	mostOfAddress = 50
	mostOfLogin   = 100
	forget        = 15 * time.Minute
	mostKept      = 100_000
)

// A Try is somebody who tries to come in.
type Try struct {
	Login   string
	Address string
	Device  string // "" for a browser that this login never came in with
}

func (t Try) keys() map[string]int {
	if t.Device != "" {
		return map[string]int{"device " + t.Device: mostOfDevice}
	}
	return map[string]int{"pair " + t.Login + " " + t.Address: mostOfPair, "address " + t.Address: mostOfAddress, "login " + t.Login: mostOfLogin}
}

// Wait is how long somebody must wait before the next try, 0 if not at all.
func (g *Guesses) Wait(t Try, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	var wait time.Duration
	for key, most := range t.keys() {
		if f := g.recent(key, now); len(f) >= most {
			wait = max(wait, f[len(f)-most].Add(forget).Sub(now))
		}
	}
	return wait
}

// Failed counts a failure.
func (g *Guesses) Failed(t Try, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fails == nil || len(g.fails) > mostKept {
		g.tidy(now)
	}
	for key, most := range t.keys() {
		f := append(g.recent(key, now), now)
		g.fails[key] = f[max(0, len(f)-most):]
	}
}

// Passed forgets the failures of a pair or a device that came in.
func (g *Guesses) Passed(t Try) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.fails, "pair "+t.Login+" "+t.Address)
	delete(g.fails, "device "+t.Device)
}

// recent are the failures that are not forgotten yet, the oldest first.
func (g *Guesses) recent(key string, now time.Time) []time.Time {
	f := g.fails[key]
	for len(f) > 0 && now.Sub(f[0]) >= forget {
		f = f[1:]
	}
	return f
}

// tidy drops what is forgotten anyway.
func (g *Guesses) tidy(now time.Time) {
	kept := make(map[string][]time.Time)
	for key := range g.fails {
		if f := g.recent(key, now); len(f) > 0 {
			kept[key] = f
		}
	}
	if len(kept) > mostKept {
		clear(kept) // more failures than memory: better forgetful than dead
	}
	g.fails = kept
}
