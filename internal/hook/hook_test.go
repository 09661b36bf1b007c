package hook_test

import (
	"bytes"
	"encoding/base64"
	"os/exec"
	"strings"
	"testing"
	"time"

	"quid/internal/hook"
)

// What the standard publishes: its reference libraries in every language test this.
const (
	theirSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	theirMessage   = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	theirBody      = `{"test": 2432232314}`
	theirSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

var theirTime = time.Unix(1614265330, 0)

func TestTheSignatureIsThatOfTheStandard(t *testing.T) {
	t.Parallel()
	got, err := hook.Sign(theirSecret, theirMessage, theirTime, theirBody)
	if err != nil || got != theirSignature {
		t.Errorf("signed %s, %v; want %s", got, err, theirSignature)
	}
	for what, got := range map[string]func() (string, error){
		"another body": func() (string, error) { return hook.Sign(theirSecret, theirMessage, theirTime, theirBody+" ") },
		"another time": func() (string, error) {
			return hook.Sign(theirSecret, theirMessage, theirTime.Add(time.Second), theirBody)
		},
		"another id": func() (string, error) { return hook.Sign(theirSecret, theirMessage+"x", theirTime, theirBody) },
	} {
		if s, err := got(); err != nil || s == theirSignature {
			t.Errorf("%s has the same signature, or none: %v", what, err)
		}
	}
}

func TestTwoSecretsSignWhileOneTakesThePlaceOfTheOther(t *testing.T) {
	t.Parallel()
	other, err := hook.NewSecret(bytes.NewReader(bytes.Repeat([]byte{7}, 64)))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(other, "whsec_")); err != nil || len(b) != 32 {
		t.Fatalf("a secret is %q: %d bytes, %v", other, len(b), err)
	}
	h, err := hook.Header(theirMessage, theirTime, theirBody, other, theirSecret)
	if err != nil {
		t.Fatal(err)
	}
	list := strings.Fields(h.Get("webhook-signature"))
	if len(list) != 2 || list[1] != theirSignature || h.Get("webhook-id") != theirMessage || h.Get("webhook-timestamp") != "1614265330" {
		t.Errorf("the header is %v", h)
	}
	if _, err := hook.NewSecret(strings.NewReader("short")); err == nil {
		t.Error("a secret of no chance was made")
	}
	if _, err := hook.Sign("whsec_%%", "m", theirTime, ""); err == nil || strings.Contains(err.Error(), "%%") {
		t.Errorf("a secret that can't be read: %v", err)
	}
}

// The manual says how to reckon a signature with openssl.
func TestOpenSSLAgrees(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not here")
	}
	script := `key=$(printf %s "${SECRET#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \n')
printf %s "$ID.$TIME.$BODY" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64`
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
	cmd.Env = append(cmd.Environ(), "SECRET="+theirSecret, "ID="+theirMessage, "TIME=1614265330", "BODY="+theirBody)
	out, err := cmd.CombinedOutput()
	if got := "v1," + strings.TrimSpace(string(out)); err != nil || got != theirSignature {
		t.Errorf("openssl reckons %s, %v; want %s", got, err, theirSignature)
	}
}

func TestTriesGoOnForThreeDays(t *testing.T) {
	t.Parallel()
	for _, message := range []int64{0, 96, 7480000000001} {
		total, last := time.Duration(0), time.Duration(0)
		for tries := 1; tries < hook.MostTries; tries++ {
			p, ok := hook.Pause(tries, message, "")
			if !ok || p <= last {
				t.Errorf("after %d tries: %s, %t; want more than %s", tries, p, ok, last)
			}
			total, last = total+p, p
		}
		if _, ok := hook.Pause(hook.MostTries, message, ""); ok || hook.MostTries != 8 {
			t.Errorf("there are more than %d tries", hook.MostTries)
		}
		if total < hook.GivenUp || total > 81*time.Hour {
			t.Errorf("eight tries take %s", total)
		}
	}
	for asked, want := range map[string]time.Duration{"120": 2 * time.Minute, "1": 5 * time.Second, "999999": 24 * time.Hour, "-7": 5 * time.Second, "Fri, 01 Jan": 5 * time.Second} {
		if p, _ := hook.Pause(1, 0, asked); p != want {
			t.Errorf("Retry-After %s: %s, want %s", asked, p, want)
		}
	}
}

func TestWhatIsSaidIsThin(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 28, 9, 0, 0, 500, time.FixedZone("CET", 3600))
	got := hook.Body(hook.ServiceBooked, at, hook.Of("service", 7).With("customer", 8))
	if want := `{"type":"service.booked","timestamp":"2026-11-28T08:00:00.0000005Z","data":{"customer":"8","service":"7"}}`; got != want {
		t.Errorf("said %s, want %s", got, want)
	}
	if hook.Test.Known() || hook.Kind("").Known() || !hook.ImportEnded.Known() {
		t.Error("the list of what can be wanted is wrong")
	}
}
