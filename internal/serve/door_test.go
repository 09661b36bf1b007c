package serve

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"quid/internal/request"
)

func proxies(list ...string) (all []netip.Prefix) {
	for _, p := range list {
		all = append(all, netip.MustParsePrefix(p))
	}
	return all
}

func TestWhereOthersComeTLSIsAskedFor(t *testing.T) {
	t.Parallel()
	public := &url.URL{Scheme: "https", Host: "quid.example.com"}
	cert := Door{Public: public, Cert: "c", Key: "k"}
	behind := Door{Public: public, Proxies: proxies("10.0.0.0/24")}
	for _, tt := range []struct {
		name    string
		door    Door
		address string
		want    string // of the error; "" for none
	}{
		{"this machine needs nothing", Door{}, "127.0.0.1:8080", ""},
		{"nor by its name", Door{}, "localhost:8080", ""},
		{"nor in six", Door{}, "[::1]:8080", ""},
		{"all addresses", Door{}, ":8080", "--tls-cert"},
		{"all addresses in four", Door{}, "0.0.0.0:8080", "--trusted-proxy"},
		{"all addresses in six", Door{}, "[::]:8080", "--insecure-listen"},
		{"one of the network", Door{}, "192.168.0.1:8080", "--tls-cert"},
		{"this machine in disguise is this machine", Door{}, "[::ffff:127.0.0.1]:80", ""},
		{"a name that may mean anything", Door{}, "example.com:80", "in numbers"},
		{"a public address alone is no protection", Door{Public: public}, "0.0.0.0:80", "--tls-cert"},
		{"a certificate", cert, "0.0.0.0:443", ""},
		{"a certificate without its key", Door{Public: public, Cert: "c"}, "0.0.0.0:443", "needs its key"},
		{"a proxy", behind, ":8080", ""},
		{"asked for by name", Door{Public: public, Insecure: true}, ":8080", ""},
		{"a certificate, and nobody knows our name", Door{Cert: "c", Key: "k"}, ":443", "--public-url"},
		{"no port", Door{}, "8080", "write an address"},
		{"nothing", Door{}, "", "write an address"},
	} {
		_, _, err := tt.door.check(tt.address)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestTheClientIsTheLastWhoIsNoProxyOfOurs(t *testing.T) {
	t.Parallel()
	d := Door{Proxies: proxies("10.0.0.0/24", "::1/128")}
	for _, tt := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"nobody between us", "203.0.113.7:4711", nil, "203.0.113.7"},
		{"a stranger is not believed", "203.0.113.7:4711", []string{"198.51.100.1"}, "203.0.113.7"},
		{"a proxy", "10.0.0.1:4711", []string{"198.51.100.1"}, "198.51.100.1"},
		{"what the client wrote itself is not believed", "10.0.0.1:4711", []string{"127.0.0.1, 192.0.2.9, 198.51.100.1"}, "198.51.100.1"},
		{"two proxies", "10.0.0.1:4711", []string{"192.0.2.9, 198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		{"in several headers", "10.0.0.1:4711", []string{"192.0.2.9", "198.51.100.1", "10.0.0.2"}, "198.51.100.1"},
		{"only proxies", "10.0.0.1:4711", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"a proxy that says nothing", "10.0.0.1:4711", nil, "10.0.0.1"},
		{"nonsense ends the list", "10.0.0.1:4711", []string{"198.51.100.1, unknown, 10.0.0.2"}, "10.0.0.2"},
		{"with ports", "[::1]:4711", []string{"198.51.100.1:1234"}, "198.51.100.1"},
		{"six with a port", "[::1]:4711", []string{"[2001:db8::7]:1234"}, "2001:db8::7"},
		{"four in six", "[::ffff:10.0.0.1]:4711", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = tt.peer
		for _, f := range tt.forwarded {
			r.Header.Add("X-Forwarded-For", f)
		}
		if i, _ := d.info(r); i.Client.String() != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, i.Client, tt.want)
		}
	}
}

func TestOnlyAProxyNamesRequestsAndTheirTLS(t *testing.T) {
	t.Parallel()
	d := Door{Proxies: proxies("10.0.0.1/32")}
	ask := func(peer, id, proto string) *request.Info {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = peer + ":1"
		r.Header.Set("X-Request-Id", id)
		r.Header.Set("X-Forwarded-Proto", proto)
		i, _ := d.info(r)
		return i
	}
	if i := ask("10.0.0.1", "a-1.b_2", "https"); i.ID != "a-1.b_2" || !i.Secure {
		t.Errorf("of the proxy: %+v", i)
	}
	if i := ask("10.0.0.2", "a-1.b_2", "https"); i.ID == "a-1.b_2" || i.ID == "" || i.Secure {
		t.Errorf("of a stranger: %+v", i)
	}
	if i := ask("10.0.0.1", "one\nlevel=ERROR", "https, http"); strings.Contains(i.ID, "one") || i.Secure {
		t.Errorf("nonsense of the proxy: %+v", i)
	}
	if a, b := ask("10.0.0.2", "", ""), ask("10.0.0.2", "", ""); a.ID == b.ID {
		t.Error("two requests have one id")
	}
}

// Where only the proxy has a certificate, others don't get past it.
func TestBehindAProxyOnlyTheProxyComes(t *testing.T) {
	t.Parallel()
	a := openApp(t)
	s := &Server{App: a, Door: Door{Public: &url.URL{Scheme: "https", Host: "quid.example.com"}, Proxies: proxies("10.0.0.1/32")}}
	h := s.Handler(nil)
	s.now.state.Store(ready)
	for _, tt := range []struct {
		peer, host, path string
		want             int
	}{
		{"10.0.0.1", "quid.example.com", "/assets/none", http.StatusNotFound},
		{"10.0.0.1", "QUID.example.com:8443", "/assets/none", http.StatusNotFound},
		{"10.0.0.1", "evil.example", "/assets/none", http.StatusMisdirectedRequest},
		{"10.0.0.1", "quid.example.com.evil.example", "/assets/none", http.StatusMisdirectedRequest},
		{"10.0.0.1", "", "/assets/none", http.StatusMisdirectedRequest},
		{"127.0.0.1", "localhost", "/assets/none", http.StatusNotFound},
		{"10.0.0.2", "quid.example.com", "/assets/none", http.StatusForbidden},
		{"10.0.0.2", "quid.example.com", "/healthz", http.StatusForbidden},
		{"10.0.0.1", "10.0.0.9:8080", "/healthz", http.StatusOK},
	} {
		r := httptest.NewRequest(http.MethodGet, tt.path, nil)
		r.RemoteAddr, r.Host = tt.peer+":1", tt.host
		r.Header.Set("X-Forwarded-Proto", "https")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != tt.want {
			t.Errorf("%s asks %s for %s: %d, want %d", tt.peer, tt.host, tt.path, w.Code, tt.want)
		}
		if got := w.Header().Get("Strict-Transport-Security") != ""; got != (tt.want == http.StatusNotFound && tt.peer == "10.0.0.1") {
			t.Errorf("%s asks %s for %s: told to come by TLS only: %v", tt.peer, tt.host, tt.path, got)
		}
	}
}

// A certificate that changes is taken up without a restart; one that can't be read
// is not.
func TestANewCertificateIsTakenUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string) { writeCertificate(t, dir, name) }
	write("first.example")
	c := &certificate{cert: dir + "/cert.pem", key: dir + "/key.pem", log: discard}
	config, err := c.config()
	if err != nil {
		t.Fatal(err)
	}
	name := func() string {
		got, err := config.GetCertificate(&tls.ClientHelloInfo{})
		if err != nil {
			t.Fatal(err)
		}
		return got.Leaf.DNSNames[0]
	}
	if got := name(); got != "first.example" {
		t.Fatalf("%s", got)
	}
	write("second.example")
	if got := name(); got != "second.example" {
		t.Errorf("after a change: %s", got)
	}
	spoil(t, dir+"/key.pem")
	if got := name(); got != "second.example" {
		t.Errorf("with a key that can't be read: %s", got)
	}
	write("third.example")
	if got := name(); got != "third.example" {
		t.Errorf("with a new pair: %s", got)
	}
	if _, err := (&certificate{cert: dir + "/none.pem", key: dir + "/key.pem", log: discard}).config(); err == nil {
		t.Error("a certificate that is not there is accepted at the start")
	}
}
