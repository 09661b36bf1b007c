package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/internal/store/storetest"
)

var start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// A desk is a book with its API, as a program sees it.
type desk struct {
	t     *testing.T
	app   *app.App
	api   *Server
	h     http.Handler
	clock *atomic.Int64
}

// onEach runs test on a new book of every engine.
func onEach(t *testing.T, test func(*testing.T, *desk)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, open(t, "")) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); test(t, open(t, storetest.Postgres(t))) })
}

// open makes a book with two customers of different owners, and the API of it.
func open(t *testing.T, address string) *desk {
	t.Helper()
	if address == "" {
		address = filepath.Join(t.TempDir(), "book.db")
	}
	ctx := authtest.Context(t)
	db, err := store.Open(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	d := &desk{t: t, clock: new(atomic.Int64)}
	now := func() time.Time { return start.Add(time.Duration(d.clock.Load())) }
	d.app = &app.App{DB: db, IDs: store.NewIDs(start), Now: now, Files: t.TempDir(), Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	if err := d.app.CreateBook(ctx, "API", "EUR"); err != nil {
		t.Fatal(err)
	}
	docs := slices.Values([]*intake.Doc{
		customerDoc("C1", "Müller GmbH", "Ulm", "anna"), customerDoc("C2", "Zeller AG", "Bonn", "bert"), customerDoc("C3", "Abel KG", "Ulm", "anna"),
	})
	if _, err := d.app.TakeDocs(ctx, intake.Customers, "test", docs, nil); err != nil {
		t.Fatal(err)
	}
	d.api = New(d.app, func(ctx context.Context) (*store.Snapshot, error) {
		v, err := db.Read().CurrentValuation(ctx, day.At(now()))
		if err != nil {
			return nil, err
		}
		s, err := db.LoadSnapshot(ctx, v.ID, false)
		if who := auth.From(ctx); err == nil && !who.ReachesAll() {
			s = s.Narrow(who.Sees.Of)
		}
		return s, err
	}, "test")
	d.h = d.api.Handler()
	return d
}

func customerDoc(number, name, city, owner string) *intake.Doc {
	return &intake.Doc{Kind: intake.Customers, Key: number, Records: 1, Lines: []int{1}, Customer: &intake.Customer{
		Given: intake.Set{"number": true, "name": true, "city": true, "owner": true}, Number: number, Name: name, City: city, Owner: owner,
	}}
}

// key makes a key and returns its secret.
func (d *desk) key(role auth.Role, scope, owner string) string {
	d.t.Helper()
	_, secret, err := d.app.MakeKey(authtest.Context(d.t), app.KeyDraft{Name: "test", Role: role, Scope: scope, Owner: owner, Ends: day.At(d.app.Now()).Add(30)})
	if err != nil {
		d.t.Fatal(err)
	}
	return secret
}

// An answered is what a program got.
type answered struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

func (a answered) items() []map[string]any {
	var out []map[string]any
	list, _ := a.body["items"].([]any)
	for _, i := range list {
		out = append(out, i.(map[string]any))
	}
	return out
}

// ask asks as a program does; headers are name, value, name, value.
func (d *desk) ask(key, method, path string, body any, headers ...string) answered {
	d.t.Helper()
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			d.t.Fatal(err)
		}
		in = bytes.NewReader(b)
	}
	r := httptest.NewRequestWithContext(d.t.Context(), method, Root+path, in)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	d.h.ServeHTTP(w, r)
	a := answered{status: w.Code, header: w.Header(), text: w.Body.String()}
	if strings.HasSuffix(w.Header().Get("Content-Type"), "json") && w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &a.body); err != nil {
			d.t.Fatalf("%s %s: %v in %s", method, path, err, a.text)
		}
	}
	return a
}

// want fails unless an answer has a status.
func (d *desk) want(a answered, status int) answered {
	d.t.Helper()
	if a.status != status {
		d.t.Fatalf("%d instead of %d: %s", a.status, status, a.text)
	}
	if status >= 400 && a.header.Get("Content-Type") != "application/problem+json" {
		d.t.Errorf("%d comes as %s", status, a.header.Get("Content-Type"))
	}
	return a
}

func (d *desk) get(key, path string, headers ...string) answered {
	d.t.Helper()
	return d.want(d.ask(key, http.MethodGet, path, nil, headers...), http.StatusOK)
}

// ids are the ids of the customers by number, as everybody sees them.
func (d *desk) ids() map[string]string {
	d.t.Helper()
	out := make(map[string]string)
	for _, c := range d.get(d.key(auth.Administrator, auth.ReadOnly, ""), "/customers").items() {
		out[c["number"].(string)] = c["id"].(string)
	}
	return out
}

func TestAKeyOpensAndNothingElse(t *testing.T) {
	t.Parallel()
	d := open(t, "")
	for _, key := range []string{"", "quid_wrong", "x y"} {
		if a := d.want(d.ask(key, http.MethodGet, "/customers", nil), http.StatusUnauthorized); a.header.Get("WWW-Authenticate") == "" {
			t.Error("401 without WWW-Authenticate")
		}
	}
	key := d.key(auth.Viewer, auth.ReadOnly, "")
	if got := len(d.get(key, "/customers").items()); got != 3 {
		t.Errorf("%d customers instead of 3", got)
	}
	d.want(d.ask(key, http.MethodGet, "/imports", nil), http.StatusForbidden)
	d.want(d.ask(key, http.MethodGet, "/nothing", nil), http.StatusNotFound)
	d.want(d.ask(key, http.MethodDelete, "/customers", nil), http.StatusMethodNotAllowed)
	d.want(d.ask(key, http.MethodGet, "/customers?unknown=1", nil), http.StatusUnprocessableEntity)
	for _, free := range []string{"/openapi.json", "/docs"} {
		if a := d.get("", free); !strings.Contains(a.text, "list-customers") || strings.Contains(a.text, "http://") && strings.Contains(a.text, "<script") {
			t.Errorf("%s doesn't describe the API, or loads something", free)
		}
	}
	d.clock.Store(int64(31 * 24 * time.Hour))
	d.want(d.ask(key, http.MethodGet, "/customers", nil), http.StatusUnauthorized)
}

func TestAKeySeesItsOwnersCustomersOnly(t *testing.T) {
	t.Parallel()
	d := open(t, "")
	ids := d.ids()
	key := d.key(auth.AccountOwner, auth.ReadWrite, "anna")
	for _, c := range d.get(key, "/customers?sort=name").items() {
		if c["owner"] != "anna" {
			t.Errorf("sees %v of %v", c["name"], c["owner"])
		}
	}
	d.get(key, "/customers/"+ids["C1"])
	for _, path := range []string{"", "/account", "/contacts", "/services", "/postings", "/tasks/1", "/services/1"} {
		d.want(d.ask(key, http.MethodGet, "/customers/"+ids["C2"]+path, nil), http.StatusNotFound)
	}
	d.want(d.ask(key, http.MethodGet, "/valuations", nil), http.StatusForbidden) // of all customers
}

func TestListsTurnPages(t *testing.T) {
	t.Parallel()
	onEach(t, turnPages)
}

func turnPages(t *testing.T, d *desk) {
	key := d.key(auth.Viewer, auth.ReadOnly, "")
	for sort, want := range map[string]string{"name": "C3 C1 C2", "id": "C1 C2 C3", "-id": "C3 C2 C1"} {
		var got []string
		for cursor, n := "", 0; n < 5; n++ {
			a := d.get(key, "/customers?limit=1&fields=number,id&sort="+sort+"&cursor="+cursor)
			for _, c := range a.items() {
				if len(c) != 2 {
					t.Fatalf("fields=number,id answers %v", c)
				}
				got = append(got, c["number"].(string))
			}
			next, ok := a.body["next"].(string)
			if !ok {
				break
			}
			cursor = next
		}
		if strings.Join(got, " ") != want {
			t.Errorf("sort=%s turns %v instead of %s", sort, got, want)
		}
	}
	for _, wrong := range []string{"sort=city", "fields=nothing", "cursor=eA", "limit=0", "filter=city", "filter=nothing=1"} {
		a := d.want(d.ask(key, http.MethodGet, "/customers?"+wrong, nil), http.StatusUnprocessableEntity)
		if name, _, _ := strings.Cut(wrong, "="); !strings.Contains(a.text, `"parameter":"query.`+name+`"`) {
			t.Errorf("%s: the problem doesn't name the parameter: %s", wrong, a.text)
		}
	}
}

func TestAnETagSavesReading(t *testing.T) {
	t.Parallel()
	d := open(t, "")
	key, id := d.key(auth.Viewer, auth.ReadOnly, ""), d.ids()["C1"]
	tag := d.get(key, "/customers/"+id).header.Get("ETag")
	if a := d.ask(key, http.MethodGet, "/customers/"+id, nil, "If-None-Match", tag); a.status != http.StatusNotModified || a.text != "" || a.header.Get("ETag") != tag {
		t.Errorf("If-None-Match %s: %d %q", tag, a.status, a.text)
	}
	d.get(key, "/customers/"+id, "If-None-Match", `"77"`)
}

func TestAKeyMayAskSoOften(t *testing.T) {
	t.Parallel()
	d := open(t, "")
	key, other := d.key(auth.Viewer, auth.ReadOnly, ""), d.key(auth.Viewer, auth.ReadOnly, "")
	d.api.meter.take(0)
	for range perMinute {
		d.get(key, "/service-types?limit=1")
	}
	a := d.want(d.ask(key, http.MethodGet, "/service-types", nil), http.StatusTooManyRequests)
	if a.header.Get("Retry-After") != "60" || a.header.Get("RateLimit-Remaining") != "0" {
		t.Errorf("headers of 429: %v", a.header)
	}
	d.get(other, "/service-types")
	d.clock.Add(int64(time.Minute))
	d.get(key, "/service-types")
}

func TestTheDescriptionIsWhatTheServerDoes(t *testing.T) {
	t.Parallel()
	d := open(t, "")
	var spec struct {
		OpenAPI string                               `json:"openapi"`
		Paths   map[string]map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal([]byte(d.get("", "/openapi.json").text), &spec); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(spec.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %s", spec.OpenAPI)
	}
	said := make(map[string]bool)
	for path, methods := range spec.Paths {
		for method, o := range methods {
			said[o["operationId"].(string)] = true
			if body, ok := o["requestBody"].(map[string]any); ok && len(body["content"].(map[string]any)) != 1 {
				t.Errorf("%s %s takes %v", method, path, body["content"])
			}
			r := httptest.NewRequest(strings.ToUpper(method), Root+strings.NewReplacer("{", "", "}", "").Replace(path), nil)
			if _, pattern := d.api.mux.Handler(r); pattern != strings.ToUpper(method)+" "+Root+path {
				t.Errorf("%s %s is described; the server has %q there", method, path, pattern)
			}
		}
	}
	for id := range doors {
		if !said[id] {
			t.Errorf("the door %s has no operation", id)
		}
	}
	if len(said) != len(doors) || len(d.api.routed) != len(said) {
		t.Errorf("%d operations are described, %d routes and %d doors are there", len(said), len(d.api.routed), len(doors))
	}
}

func TestAFilterIsOfAClosedLanguage(t *testing.T) {
	t.Parallel()
	of := &Customer{Name: "Müller GmbH", City: "Ulm", AcquiredOn: "2024-05-01", ID: "12", Contractual: true}
	need := "1234.50"
	of.Need = &need
	for filter, want := range map[string]any{
		"": true, `city = "Ulm"`: true, `city=Bonn`: false, `name:mueller`: true, `name:"GMBH"`: true, `need > 1234.49 AND need<=1234.5`: true, `need:*`: true,
		`acquired_on >= 2024-05-01 acquired_on < 2024-06-01`: true, `NOT city = Ulm`: false, `city=Bonn OR city=Ulm AND contractual=false`: false,
		`(city=Bonn AND name:x) OR contractual=true`: true, `contract_until < 2030-01-01`: false, `contract_until != 2030-01-01`: true, `id = 12`: true, `id > 9`: true,
		`city ~ x`: nil, `need = much`: nil, `acquired_on = 2024-13-01`: nil, `(city = Ulm`: nil, `city = "Ulm`: nil, `city = Ulm)`: nil, `secret = 1`: nil,
		`city`: nil, `AND`: nil, `contractual = yes`: nil, `need:1`: nil, `city == Ulm`: nil, strings.Repeat("(", 20) + "city=Ulm": nil, strings.Repeat("city=Ulm ", 60): nil,
	} {
		keep, err := parseFilter(filter, customerFields)
		switch {
		case want == nil:
			if err == nil || len(fault.Fields(err)) != 1 {
				t.Errorf("%q is let through: %v", filter, err)
			}
		case err != nil:
			t.Errorf("%q: %v", filter, err)
		case keep(of) != want:
			t.Errorf("%q is %v", filter, !want.(bool))
		}
	}
}

func TestAnOperationWithoutARightStopsTheProgram(t *testing.T) {
	t.Parallel()
	d := open(t, "")
	for name, o := range map[string]op{
		"no door":  {id: "get-nothing", method: http.MethodGet, path: "/nothing", tag: "x"},
		"no right": {id: "list-customers", method: http.MethodPost, path: "/nothing", tag: "x"},
		"no path":  {id: "get-customer", method: http.MethodGet, path: "/nothing", tag: "x"},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			handle(d.api, o, func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
		}()
	}
}
