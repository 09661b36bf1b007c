package auth

import (
	"fmt"
	"testing"
	"time"
)

func TestPasskeysLiveWhereBrowsersKnowThem(t *testing.T) {
	t.Parallel()
	for public, want := range map[string]PasskeyHome{
		"https://quid.example.com":      {"quid.example.com", "https://quid.example.com"},
		"https://Quid.example.com:8443": {"quid.example.com", "https://quid.example.com:8443"},
		"https://quid.example.com:443":  {"quid.example.com", "https://quid.example.com"},
		"http://127.0.0.1:8080":         {"localhost", "http://localhost:8080"},
		"http://[::1]:8080":             {"localhost", "http://localhost:8080"},
		"http://localhost":              {"localhost", "http://localhost"},
		"http://quid.localhost:80":      {"quid.localhost", "http://quid.localhost"},
		"http://192.0.2.7:8080":         {}, // in numbers
		"https://192.0.2.7":             {},
		"http://quid.example.com":       {}, // without TLS
		"":                              {},
		"://":                           {},
	} {
		if got, ok := PasskeyHomeOf(public); got != want || ok != (want != PasskeyHome{}) {
			t.Errorf("%q: %+v, want %+v", public, got, want)
		}
	}
}

func TestATicketIsOpenedOnceAndSoonAndByItsOwn(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	var mine, other Tickets
	a, b := mine.Issue("anna", []byte("question"), now), mine.Issue("anna", []byte("another"), now)
	for name, open := range map[string]func() ([]byte, bool){
		"somebody else's":   func() ([]byte, bool) { return mine.Open("bert", a, now) },
		"another program's": func() ([]byte, bool) { return other.Open("anna", a, now) },
		"late":              func() ([]byte, bool) { return mine.Open("anna", a, now.Add(ticketTime)) },
		"changed":           func() ([]byte, bool) { return mine.Open("anna", "B"+a[1:], now) },
		"none":              func() ([]byte, bool) { return mine.Open("anna", "", now) },
	} {
		if _, ok := open(); ok {
			t.Errorf("a ticket that is %s opens", name)
		}
	}
	if text, ok := mine.Open("anna", a, now.Add(ticketTime-time.Second)); !ok || string(text) != "question" {
		t.Errorf("the ticket holds %q, %v", text, ok)
	}
	if _, ok := mine.Open("anna", a, now); ok {
		t.Error("a ticket opens twice")
	}
	if _, ok := mine.Open("anna", b, now); !ok {
		t.Error("another ticket does not open")
	}
}

// However many come back, memory has an end, and none opens twice.
func TestTicketsForgetAllRatherThanOne(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	var tickets Tickets
	first := tickets.Issue("anna", nil, now)
	tickets.Open("anna", first, now)
	for i := range mostKept {
		about := fmt.Sprint(i)
		tickets.Open(about, tickets.Issue(about, nil, now), now)
	}
	if _, ok := tickets.Open("anna", first, now); ok || len(tickets.used) > mostKept {
		t.Errorf("a ticket opens again after many others: %v, %d kept", ok, len(tickets.used))
	}
}
