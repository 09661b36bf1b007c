package web

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"quid/internal/auth/authtest"
)

// slowly answers with pieces that together take longer than the server allows an
// answer. errs hears how writing ended.
func slowly(t *testing.T, limit time.Duration, out func(http.ResponseWriter) io.Writer, pieces int, piece []byte, pause time.Duration) (url string, errs chan error) {
	t.Helper()
	errs = make(chan error, 1)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		to := out(w)
		for range pieces {
			if _, err := to.Write(piece); err != nil {
				errs <- err
				return
			}
			if err := http.NewResponseController(w).Flush(); err != nil {
				errs <- err
				return
			}
			time.Sleep(pause)
		}
		errs <- nil
	}))
	s.Config.WriteTimeout = limit
	s.Start()
	t.Cleanup(s.Close)
	return s.URL, errs
}

// A long answer is whole although it takes longer than a page may; without
// patience it is cut off.
func TestALongAnswerIsNotCutOff(t *testing.T) {
	t.Parallel()
	piece := make([]byte, 1000)
	read := func(out func(http.ResponseWriter) io.Writer) int {
		url, errs := slowly(t, 100*time.Millisecond, out, 10, piece, 30*time.Millisecond)
		res, err := http.Get(url) //nolint:noctx // the server is ours
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		<-errs
		return len(body)
	}
	if n := read(func(w http.ResponseWriter) io.Writer { return w }); n == 10_000 {
		t.Error("the server allows any time: the test proves nothing")
	}
	if n := read(func(w http.ResponseWriter) io.Writer {
		p, err := patient(w, time.Minute)
		if err != nil {
			t.Error(err)
		}
		return p
	}); n != 10_000 {
		t.Errorf("%d bytes came, want 10000", n)
	}
}

// A reader who takes nothing more is given up.
func TestPatienceEnds(t *testing.T) {
	t.Parallel()
	url, errs := slowly(t, time.Hour, func(w http.ResponseWriter) io.Writer {
		p, err := patient(w, 100*time.Millisecond)
		if err != nil {
			t.Error(err)
		}
		return p
	}, 1000, make([]byte, 1<<20), 0)
	c, err := new(net.Dialer).DialContext(authtest.Context(t), "tcp", url[len("http://"):])
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := <-errs; err == nil {
		t.Error("a gigabyte went to somebody who read nothing")
	}
}
