package serve

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"quid/internal/request"
)

// A Door says how others reach the server. The zero Door lets this machine in.
type Door struct {
	Public   *url.URL       // the address people use; every link begins with it
	Cert     string         // files with our certificate and its key, read again when they change
	Key      string         //
	Proxies  []netip.Prefix // whose X-Forwarded-For, -Proto and X-Request-Id are believed
	Insecure bool           // others may come without TLS
}

// check says whether an address may be listened on behind this door.
func (d *Door) check(address string) (host, port string, err error) {
	host, port, err = net.SplitHostPort(address)
	if err != nil {
		return "", "", fmt.Errorf("listen on %q: write an address such as 127.0.0.1:8080: %w", address, err)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if (d.Cert == "") != (d.Key == "") {
		return "", "", errors.New("a certificate needs its key, and the key its certificate: name both (--tls-cert, --tls-key)")
	}
	ip, err := netip.ParseAddr(host)
	if err == nil && ip.IsLoopback() {
		return host, port, nil
	}
	if host != "" && err != nil {
		return "", "", fmt.Errorf("listen on %q: write the address of this machine in numbers, or 0.0.0.0 for all it has", address)
	}
	switch {
	case d.Cert == "" && len(d.Proxies) == 0 && !d.Insecure:
		return "", "", fmt.Errorf("listen on %q: others could reach it, and passwords would cross the network in the clear: name a certificate (--tls-cert, --tls-key) "+
			"or the proxy that has one (--trusted-proxy), or ask for it by name (--insecure-listen)", address)
	case d.Public == nil:
		return "", "", fmt.Errorf("listen on %q: say by which address people reach it (--public-url)", address)
	}
	return host, port, nil
}

// shut says whether only the proxies may come to us directly: they have the
// certificate.
func (d *Door) shut() bool { return d.Cert == "" && len(d.Proxies) > 0 && !d.Insecure }

// listen listens where the door allows it.
func (d *Door) listen(ctx context.Context, address string) (net.Listener, error) {
	host, port, err := d.check(address)
	if err != nil {
		return nil, err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return l, nil
}

// base is what every link begins with: where people reach us, else where we
// listen. What a request says is never believed.
func (d *Door) base(listening net.Addr) string {
	switch {
	case d.Public != nil:
		return strings.TrimSuffix(d.Public.String(), "/")
	case d.Cert != "":
		return "https://" + listening.String()
	}
	return "http://" + listening.String()
}

// known says whether the Host of a request names us: what it is called outside, or
// this machine.
func (d *Door) known(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	ip, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && ip.IsLoopback() || d.Public != nil && strings.EqualFold(name, d.Public.Hostname())
}

func (d *Door) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(d.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// requestID matches ids that a proxy may give: nothing that would break a log.
var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// Info reads who sent a request. Behind proxies it is the last address in the list
// that is not of a proxy of ours: what stands left of it anybody may have written.
func (d *Door) info(r *http.Request) (i *request.Info, direct bool) {
	i = &request.Info{ID: rand.Text()[:16], Secure: r.TLS != nil}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return i, true
	}
	i.Client = peer.Addr().Unmap()
	if !d.trusts(i.Client) {
		return i, true
	}
	if id := r.Header.Get("X-Request-Id"); requestID.MatchString(id) {
		i.ID = id
	}
	proto := r.Header.Values("X-Forwarded-Proto")
	i.Secure = i.Secure || len(proto) > 0 && strings.EqualFold(lastOf(proto[len(proto)-1]), "https")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		a, ok := hopAddress(hop)
		if !ok || !d.trusts(i.Client) {
			break
		}
		i.Client = a
	}
	return i, false
}

func lastOf(list string) string {
	return strings.TrimSpace(list[strings.LastIndexByte(list, ',')+1:])
}

// hopAddress reads an address of X-Forwarded-For, which may have a port.
func hopAddress(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	if at, err := netip.ParseAddrPort(text); err == nil {
		return at.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return a.Unmap().WithZone(""), err == nil
}

// admit lets in who may come, and tells browsers to come by TLS only where people
// reach us so.
func (d *Door) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !d.known(r.Host) {
			// A name that leads here from elsewhere (DNS rebinding) gets nothing.
			http.Error(w, "unknown host", http.StatusMisdirectedRequest)
			return
		}
		if request.Of(r.Context()).Secure {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}
