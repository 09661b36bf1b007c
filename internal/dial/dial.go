// Package dial calls addresses that somebody typed on a page, and no others than those
// out in the world: what stands in the own network is out of reach, however it is
// spelled, unless whoever runs the server lists it.
//
// What counts is the address that is dialled, after names were looked up: a name that
// leads inwards, today or at the next try, leads nowhere. Redirects are not followed,
// proxies of the environment are not asked, and no answer is read to its end.
//
// Addresses that the operator gives when the server starts (mail server, mailbox,
// single sign-on, database) are trusted by that and don't go through here.
package dial

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"quid/fault"
)

// A Guard says which addresses may be called. The zero Guard lets none through but
// those out in the world.
type Guard struct {
	Names  []string       // hosts that may be anywhere, in lower case
	Ranges []netip.Prefix // of the own network that may be called

	Resolver *net.Resolver // nil: the system's
	Patience time.Duration // how long a call may take; 20 seconds if 0
}

// ErrRefused is an address that the guard lets nobody call.
var ErrRefused = errors.New("this address is of the own network, or of none: calls to it are not allowed")

// ErrSilent is a receiver that says nothing for too long.
var ErrSilent = errors.New("no answer in time")

// Limits of a call.
const (
	connectTime = 10 * time.Second
	callTime    = 20 * time.Second // all of it, where nothing else is said
	mostHeader  = 32 << 10         // bytes of the header of an answer
	mostAnswer  = 1 << 10          // bytes of it that are read
)

// Parse reads what an operator lists: names such as hub.example.com, addresses, and
// ranges such as 10.1.2.0/24.
func Parse(list []string) (Guard, error) {
	var g Guard
	for _, text := range list {
		text = strings.TrimSpace(text)
		if a, err := netip.ParseAddr(text); err == nil {
			g.Ranges = append(g.Ranges, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		if p, err := netip.ParsePrefix(text); err == nil {
			g.Ranges = append(g.Ranges, p.Masked())
			continue
		}
		name := strings.ToLower(strings.TrimSuffix(text, "."))
		if name == "" || strings.ContainsAny(name, "/:@ ") || numeric(name) {
			return Guard{}, fmt.Errorf("%q: write a name such as hub.example.com, an address or a range such as 10.1.2.0/24", text)
		}
		g.Names = append(g.Names, name)
	}
	return g, nil
}

// inwards are the ranges of IPv4 that are not out in the world, by their registers: RFC
// 6890 and the IANA registry of special-purpose addresses.
var inwards = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
	"192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
)

// Of IPv6 only what is handed out as global unicast is out in the world, without what
// is set apart in it.
var (
	global  = netip.MustParsePrefix("2000::/3")
	apart   = prefixes("2001::/23", "2001:db8::/32", "3fff::/20") // protocols (Teredo, ORCHID, benchmarks), examples
	nat64   = netip.MustParsePrefix("64:ff9b::/96")
	sixTo4  = netip.MustParsePrefix("2002::/16")
	outside = func(in []netip.Prefix, a netip.Addr) bool {
		return !slices.ContainsFunc(in, func(p netip.Prefix) bool { return p.Contains(a) })
	}
)

func prefixes(list ...string) (out []netip.Prefix) {
	for _, p := range list {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

// carried is the IPv4 address that an IPv6 address stands for, where it does.
func carried(a netip.Addr) (netip.Addr, bool) {
	b := a.As16()
	switch {
	case nat64.Contains(a):
		return netip.AddrFrom4([4]byte(b[12:])), true
	case sixTo4.Contains(a):
		return netip.AddrFrom4([4]byte(b[2:6])), true
	default:
		return a, false
	}
}

// Allows says whether an address may be called.
func (g Guard) Allows(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !outside(g.Ranges, a) {
		return true
	}
	if a.Is4() {
		return outside(inwards, a)
	}
	if v4, ok := carried(a); ok {
		return g.Allows(v4)
	}
	return global.Contains(a) && outside(apart, a)
}

// named says whether a host is listed by its name.
func (g Guard) named(host string) bool {
	return slices.Contains(g.Names, strings.ToLower(strings.TrimSuffix(host, ".")))
}

// numeric says whether a host would be read as a number by some: 127.1, 2130706433 and
// 0x7f000001 are loopback to many programs, and are no names.
func numeric(host string) bool {
	last := host[strings.LastIndexByte(strings.TrimSuffix(host, "."), '.')+1:]
	last = strings.TrimSuffix(last, ".")
	if strings.HasPrefix(last, "0x") || strings.HasPrefix(last, "0X") {
		return true
	}
	_, err := strconv.ParseUint(last, 10, 64)
	return err == nil
}

// Check says what is wrong with an address that somebody types into a field, as far as
// that can be seen without calling it: names are looked up only when it is called.
func (g Guard) Check(field, text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Hostname() == "" || u.Opaque != "" || !plain(text) {
		return fault.Field(field, "write an address such as https://hub.example.com/quid")
	}
	host := u.Hostname()
	a, err := netip.ParseAddr(host)
	literal := err == nil
	listed := g.named(host) || literal && !outside(g.Ranges, a.Unmap().WithZone(""))
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return fault.Field(field, "write an address such as https://hub.example.com/quid")
	case u.User != nil:
		return fault.Field(field, "write the address without a name or a password in it")
	case u.Fragment != "":
		return fault.Field(field, "write the address without # and what follows")
	case literal && !g.Allows(a), !literal && numeric(host):
		return fault.Field(field, "this address is of the own network, or of none: calls to it are not allowed")
	case u.Scheme == "http" && !listed:
		return fault.Field(field, "write https: without it others could read what is sent")
	}
	return nil
}

// plain says whether a text is what addresses are written in: printable ASCII. Letters
// and digits of other writings are read as something else by some.
func plain(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' })
}

// An Answer is what came back of a call.
type Answer struct {
	Status int
	Header http.Header
	Start  []byte // of the body
}

// Post sends a body to an address and reads the beginning of the answer.
func (g Guard) Post(ctx context.Context, address string, header http.Header, body []byte) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, g.patience())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return Answer{}, errors.New("the address can't be read")
	}
	req.Header = header
	res, err := g.client().Do(req)
	if err != nil {
		return Answer{}, short(err)
	}
	defer res.Body.Close()
	start, _ := io.ReadAll(io.LimitReader(res.Body, mostAnswer)) // the status has said it; what follows may break off
	return Answer{res.StatusCode, res.Header, start}, nil
}

func (g Guard) patience() time.Duration {
	if g.Patience == 0 {
		return callTime
	}
	return g.Patience
}

// short is an error without the address, which may hold a secret.
func short(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	switch {
	case errors.Is(err, ErrRefused):
		return ErrRefused
	case errors.Is(err, context.DeadlineExceeded):
		return ErrSilent
	}
	return err
}

// client is one for one call: no connection is kept, so that each is looked at.
func (g Guard) client() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy: nil, DialContext: g.dial, TLSHandshakeTimeout: connectTime, MaxResponseHeaderBytes: mostHeader,
			DisableKeepAlives: true, DisableCompression: true, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// dial connects, looking at each address that a name leads to.
func (g Guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	d := &net.Dialer{Timeout: connectTime, Resolver: g.Resolver}
	if !g.named(host) {
		d.Control = g.control
	}
	return d.DialContext(ctx, network, address)
}

// control looks at an address just before it is dialled.
func (g Guard) control(network, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" || !g.Allows(at.Addr()) {
		return ErrRefused
	}
	return nil
}
