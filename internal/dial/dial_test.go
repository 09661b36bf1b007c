package dial_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"quid/fault"
	"quid/internal/dial"
)

// loopback is this machine, spelled in the ways that fooled others; P is the port.
var loopback = []string{
	"http://127.0.0.1:P/", "http://127.1:P/", "http://2130706433:P/", "http://0x7f000001:P/", "http://0177.0.0.1:P/", "http://[::1]:P/", "http://[::ffff:127.0.0.1]:P/",
	"http://[::ffff:7f00:1]:P/", "http://[0:0:0:0:0:0:0:1]:P/", "http://[64:ff9b::7f00:1]:P/", "http://[2002:7f00:1::]:P/", "http://localhost:P/", "http://localhost.:P/",
	"http://LOCALHOST:P/", "http://0.0.0.0:P/", "http://0:P/", "http://[::]:P/", "http://127.255.255.254:P/", "http://127.0.0.1.nip.example:P/", "http://inwards.example.:P/",
	"http://example.com@127.0.0.1:P/", "http://example.com:80@127.0.0.1:P/", "http://①②⑦.⓪.⓪.①:P/", "http://１２７.0.0.1:P/", "http://ⓛocalhost:P/", "http://127。0。0。1:P/",
}

// inward answers every question for a name with 127.0.0.1: a name out in the world that
// leads inwards.
func inward(t *testing.T) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	go func() {
		for question := make([]byte, 512); ; {
			n, from, err := server.ReadFrom(question)
			if err != nil {
				return
			}
			_, _ = server.WriteTo(answered(question[:n]), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

// answered is the answer to a question of DNS (RFC 1035, section 4).
func answered(q []byte) []byte {
	end := 12
	for q[end] != 0 {
		end += int(q[end]) + 1
	}
	end += 5 // the root, type and class
	a := append([]byte{q[0], q[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, q[12:end]...)
	if q[end-3] != 1 { // only addresses of IPv4 are known
		return a
	}
	a[7] = 1
	return append(a, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1)
}

// A house is a server of this machine that counts who reaches it.
type house struct {
	port    string
	reached atomic.Int64
}

func newHouse(t *testing.T, h http.HandlerFunc) *house {
	t.Helper()
	var x house
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, x.port, _ = net.SplitHostPort(l.Addr().String())
	listeners := []net.Listener{l}
	if six, err := net.Listen("tcp", "[::1]:"+x.port); err == nil {
		listeners = append(listeners, six)
	}
	for _, l := range listeners {
		s := &httptest.Server{Listener: l, Config: &http.Server{Handler: h, ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				x.reached.Add(1)
			}
		}}}
		s.Start()
		t.Cleanup(s.Close)
	}
	return &x
}

func (x *house) at(address string) string { return strings.ReplaceAll(address, ":P/", ":"+x.port+"/") }

// Every spelling of loopback is tried by the guard and by a weak twin, a client without
// it, which has to get through for the test to say anything.
func TestNoSpellingOfLoopbackGetsThrough(t *testing.T) {
	t.Parallel()
	x := newHouse(t, func(http.ResponseWriter, *http.Request) {})
	resolver := inward(t)
	guard := dial.Guard{Resolver: resolver, Patience: 5 * time.Second}
	weak := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{Resolver: resolver}).DialContext}}
	twin := 0
	for _, spelling := range loopback {
		address := x.at(spelling)
		_, err := guard.Post(t.Context(), address, http.Header{}, []byte("{}"))
		if n := x.reached.Load(); err == nil || n != 0 {
			t.Fatalf("%s got through: %v, %d reached us", address, err, n)
		}
		res, weakErr := weak.Post(address, "application/json", strings.NewReader("{}"))
		if weakErr == nil {
			res.Body.Close()
		}
		if x.reached.Swap(0) > 0 {
			twin++
			if !errors.Is(err, dial.ErrRefused) {
				t.Errorf("%s leads to us, and was not refused but failed: %v", address, err)
			}
		} else {
			t.Logf("%s leads nowhere here: %v", address, weakErr)
		}
	}
	t.Logf("%d spellings; the weak twin got through with %d of them, the guard with 0", len(loopback), twin)
	if twin < 10 {
		t.Errorf("the weak twin got through with %d spellings only: what does this test show?", twin)
	}
}

// What is typed into a field is looked at before it is kept, as far as that can be
// seen; the names that remain are refused when they are called.
func TestAFieldTakesNoSpellingOfLoopback(t *testing.T) {
	t.Parallel()
	left := 0
	for _, spelling := range loopback {
		address := strings.ReplaceAll(strings.Replace(spelling, "http:", "https:", 1), ":P/", "/")
		if err := (dial.Guard{}).Check("address", address); err == nil {
			left++
			t.Logf("%s is a name, and is looked at when it is called", address)
		} else if !errors.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want a problem of the field", address, err)
		}
	}
	if want := 5; left != want { // localhost, in three ways, and two names
		t.Errorf("%d spellings can be typed, want the %d that are names", left, want)
	}
	for _, address := range []string{"", "hub.example.com", "ftp://hub.example.com/", "https:hub.example.com", "https:///x", "http://hub.example.com/", "https://hub.example.com/#x", "https://a:b@hub.example.com/", "https://10.0.0.1/", "https://hub.example.com\\@127.0.0.1/"} {
		if err := (dial.Guard{}).Check("address", address); !errors.Is(err, fault.Invalid) {
			t.Errorf("%q may be typed: %v", address, err)
		}
	}
	for _, address := range []string{"https://hub.example.com/quid?token=x", "https://hub.example.com:8443/", "https://198.51.99.1/", "https://[2606:4700::1111]/"} {
		if err := (dial.Guard{}).Check("address", address); err != nil {
			t.Errorf("%q may not be typed: %v", address, err)
		}
	}
}

func TestTheOwnNetworkIsOutOfReach(t *testing.T) {
	t.Parallel()
	for _, a := range []string{
		"10.0.0.1", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7",
		"203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "0.0.0.0", "0.1.2.3", "192.88.99.1",
		"::", "::1", "::ffff:10.0.0.1", "::10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:a00:1::", "2002:c0a8:101::1", "2001::1", "2001:2::1", "2001:db8::1", "3fff::1", "100::1",
		"fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "5f00::1", "::ffff:0:127.0.0.1",
	} {
		if (dial.Guard{}).Allows(netip.MustParseAddr(a)) {
			t.Errorf("%s may be called", a)
		}
	}
	for _, a := range []string{"1.1.1.1", "100.63.255.255", "100.128.0.0", "172.32.0.1", "198.17.0.1", "198.20.0.1", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1"} {
		if !(dial.Guard{}).Allows(netip.MustParseAddr(a)) {
			t.Errorf("%s may not be called", a)
		}
	}
}

func TestWhatIsListedMayBeCalled(t *testing.T) {
	t.Parallel()
	x := newHouse(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "/else", http.StatusTemporaryRedirect)
			return
		}
		fmt.Fprint(w, strings.Repeat("long ", 1_000_000))
	})
	for _, list := range [][]string{{"127.0.0.0/8"}, {"127.0.0.1"}, {"hub.example.com"}} {
		g, err := dial.Parse(list)
		if err != nil {
			t.Fatal(err)
		}
		g.Resolver = inward(t)
		address := x.at("http://127.0.0.1:P/")
		if list[0] == "hub.example.com" {
			address = x.at("http://Hub.example.com:P/")
		}
		if err := g.Check("address", address); err != nil {
			t.Errorf("%v: %s may not be typed: %v", list, address, err)
		}
		answer, err := g.Post(t.Context(), address, http.Header{}, nil)
		if err != nil || answer.Status != http.StatusOK || len(answer.Start) != 1024 {
			t.Errorf("%v: %d, %d bytes, %v; want 200 and the first 1024 bytes", list, answer.Status, len(answer.Start), err)
		}
		before := x.reached.Load()
		answer, err = g.Post(t.Context(), address+"away", http.Header{}, nil)
		if err != nil || answer.Status != http.StatusTemporaryRedirect || x.reached.Load() != before+1 {
			t.Errorf("%v: a redirect was answered %d, %v after %d calls; want it not followed", list, answer.Status, err, x.reached.Load()-before)
		}
	}
	g, _ := dial.Parse([]string{"10.0.0.0/8"})
	if _, err := g.Post(t.Context(), x.at("http://127.0.0.1:P/"), http.Header{}, nil); !errors.Is(err, dial.ErrRefused) {
		t.Errorf("a range lets others through: %v", err)
	}
	for _, wrong := range []string{"", "https://hub.example.com", "hub.example.com:80", "10.0.0.0/33", "127.1"} {
		if _, err := dial.Parse([]string{wrong}); err == nil {
			t.Errorf("%q can be listed", wrong)
		}
	}
}

func TestWhoIsSilentIsGivenUp(t *testing.T) {
	t.Parallel()
	over := make(chan struct{})
	x := newHouse(t, func(http.ResponseWriter, *http.Request) { <-over })
	t.Cleanup(func() { close(over) })
	g := dial.Guard{Ranges: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Patience: 50 * time.Millisecond}
	_, err := g.Post(t.Context(), x.at("http://127.0.0.1:P/secret"), http.Header{}, nil)
	if !errors.Is(err, dial.ErrSilent) || strings.Contains(err.Error(), "secret") {
		t.Errorf("a silent server: %v, want a deadline that doesn't tell the address", err)
	}
}
