package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/evanw/esbuild/pkg/api"

	"quid/internal/auth/authtest"
)

// A lineRead is what a line was read as, by the phone or by the server: both write
// it in the same form.
type lineRead struct {
	Customer   *phoneCustomer `json:"customer"`
	Type       string         `json:"type"`
	Day        string         `json:"day"`
	Minutes    int64          `json:"minutes"`
	Background string         `json:"background"`
	Asks       []struct {
		As string `json:"as"`
	} `json:"asks"`
}

// asks are the fields that are asked about.
func (l *lineRead) asks() []string {
	var list []string
	for _, a := range l.Asks {
		list = append(list, a.As)
	}
	return list
}

func (l *lineRead) customer() string {
	if l.Customer == nil {
		return ""
	}
	return l.Customer.Name + " " + l.Customer.Number
}

// readByPhone reads lines as the phone does without network: its TypeScript, bundled
// as for the page, among what the server told it.
func readByPhone(t *testing.T, known string, today string, lines []string) []lineRead {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("the phone's reading can't be tested: %v; install Node.js, which go generate needs too", err)
	}
	bundle := api.Build(api.BuildOptions{
		EntryPoints: []string{"assets/phone_line.ts"}, Bundle: true, Format: api.FormatIIFE, GlobalName: "phone", Target: api.ES2022,
	})
	if len(bundle.Errors) > 0 {
		t.Fatalf("esbuild: %v", bundle.Errors)
	}
	asked, err := json.Marshal(lines)
	if err != nil {
		t.Fatal(err)
	}
	var script bytes.Buffer
	script.Write(bundle.OutputFiles[0].Contents)
	script.WriteString("\nconst known = " + known + ";\nconsole.log(JSON.stringify(" + string(asked) + ".map((l) => phone.readLine(l, known, \"" + today + "\"))));\n")
	run := exec.CommandContext(authtest.Context(t), node, "-")
	run.Stdin = &script
	out, err := run.Output()
	if err != nil {
		t.Fatalf("node: %v, %s", err, out)
	}
	var read []lineRead
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return read
}

// The phone and the server read the same lines. What is written plainly both
// understand alike, to the background; of everything else the phone says only what
// the server says too, and leaves the rest to it.
func TestThePhoneReadsALineAsTheServerDoes(t *testing.T) {
	t.Parallel()
	b, _ := captureBench(t)
	known := b.phone(http.MethodGet, "/phone/data", "").Body
	var at struct{ Today string }
	if err := json.Unmarshal([]byte(known), &at); err != nil || at.Today == "" {
		t.Fatalf("%v: %s", err, known)
	}
	plain := []string{
		"meier hotline 20m pumpe laut", "meier hotline 20 min pumpe laut", "huber hotline 1h30 leckage am motor", "huber hotline 1,5h leckage",
		"hotline meier 20m gestern", "10002 hotline 45 minuten heute", "schaefer hotline 15m", "Schäfer hotline 15m vorgestern Dichtung",
		"meier schulung 3h", "müller hotline 20m", "20m hotline meier", "meier tips 12m yesterday new seal", "MEIER HOTLINE 20M", "hotline 20m", "meier", "", "meier hotline 2 leute 20m", "huber schulung 1h zu dritt dichtung",
	}
	other := []string{
		"meier hotline halbe stunde", "maier hotline 20m", "meier hotline 20m 30m", "meier hotline am 3.11. 20m", "meier huber hotline 20m",
		"müller aachen hotline 20m", "huber schulung 3h 12 teilnehmer", "bei meier 20 minuten hotline wegen pumpe", "kunde huber tips 1:30h", "meier 3x ersatzteil",
		"anruf von huber wegen hotline mo 20m", "meier hotline 20m ü ß é 🙂", "meier hotline 0m", "meier hotline 99999m", "   meier   hotline   20m   ", "meier hotline 20mm",
	}
	read := readByPhone(t, known, at.Today, append(append([]string{}, plain...), other...))
	for i, phone := range read {
		line := append(append([]string{}, plain...), other...)[i]
		var server lineRead
		if got := b.phone(http.MethodGet, "/phone/line?on="+at.Today+"&line="+url.QueryEscape(line), ""); got.Status != http.StatusOK || json.Unmarshal([]byte(got.Body), &server) != nil {
			t.Fatalf("%q: %d, %s", line, got.Status, got.Body)
		}
		for name, has := range map[string][2]string{
			"customer": {phone.customer(), server.customer()}, "type": {phone.Type, server.Type}, "day": {phone.Day, server.Day},
		} {
			if i < len(plain) && has[0] != has[1] || has[0] != "" && has[0] != has[1] {
				t.Errorf("%q: the phone reads the %s %q, the server %q", line, name, has[0], has[1])
			}
		}
		if phone.Minutes != server.Minutes && (i < len(plain) || phone.Minutes != 0) {
			t.Errorf("%q: the phone reads %d minutes, the server %d", line, phone.Minutes, server.Minutes)
		}
		if i < len(plain) && (phone.Background != server.Background || !reflect.DeepEqual(phone.asks(), server.asks())) {
			t.Errorf("%q: the phone leaves %q and asks %q; the server leaves %q and asks %q", line, phone.Background, phone.asks(), server.Background, server.asks())
		}
	}
	if !strings.Contains(known, "Meier GmbH") || len(read) != len(plain)+len(other) {
		t.Errorf("%d lines were read among %s", len(read), known)
	}
}
