package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"quid/account"
	"quid/crm"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/auth/authtest"
	"quid/internal/dial"
	"quid/internal/hook"
	"quid/internal/intake"
	"quid/internal/job"
	"quid/internal/store"
	"quid/service"
	"quid/talk"
)

// A listener is a program that is told: a real server of this machine.
type listener struct {
	*httptest.Server
	mu     sync.Mutex
	answer http.HandlerFunc // nil: 204
	heard  []message
}

// A message is what the listener heard, acknowledged or not.
type message struct {
	ID, Signature, Body string
	At                  string
	Kind                hook.Kind
}

func newListener(t *testing.T) *listener {
	t.Helper()
	l := new(listener)
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		m := message{ID: r.Header.Get("webhook-id"), Signature: r.Header.Get("webhook-signature"), At: r.Header.Get("webhook-timestamp"), Body: string(body)}
		var said struct{ Type hook.Kind }
		_ = json.Unmarshal(body, &said)
		m.Kind = said.Type
		l.mu.Lock()
		l.heard = append(l.heard, m)
		answer := l.answer
		l.mu.Unlock()
		if answer == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		answer(w, r)
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *listener) answers(h http.HandlerFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answer = h
}

// all returns what was heard so far and forgets it.
func (l *listener) all() []message {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.heard
	l.heard = nil
	return out
}

// signed says whether a message carries a signature of a secret, reckoned anew.
func (m message) signed(secret string) bool {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", m.ID, m.At, m.Body)
	return slices.Contains(strings.Fields(m.Signature), "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// A switchboard is a book whose clock a test moves, with the runner that calls webhooks.
type switchboard struct {
	*ledger
	now time.Time
}

func newSwitchboard(t *testing.T, a *App) *switchboard {
	t.Helper()
	s := &switchboard{now: testNow}
	a.Now = func() time.Time { return s.now }
	a.Calls.Ranges = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	s.ledger = openLedger(t, a)
	return s
}

// send runs what is due to webhooks now.
func (s *switchboard) send(ctx context.Context) {
	s.t.Helper()
	r := &job.Runner{DB: s.DB, IDs: s.IDs, Now: s.Now, Log: s.Log, Lane: store.Lane{Kind: WebhookJob, Own: true}, Kinds: map[string]job.Func{
		WebhookJob: func(ctx context.Context, j store.Job, _ func(int64, int64)) error { return s.RunWebhook(ctx, j.Arg) },
	}}
	if err := r.Drain(ctx); err != nil && ctx.Err() == nil {
		s.t.Fatal(err)
	}
}

// decideDrafts lets an assistant draft two tasks, of which a person confirms one.
func (s *switchboard) decideDrafts(c account.CustomerID) error {
	bot, petra := assistantOf(s.t, auth.AccountOwner, auth.Everybody), personOf(s.t, auth.AccountOwner)
	propose := func() (int64, error) {
		return s.KeepDraft(bot, c, Proposal{Task: &ProposedTask{Title: "Canary title", Due: s.today().Add(3).String()}}, "Canary said so")
	}
	one, err := propose()
	if err == nil {
		err = s.ConfirmDraft(petra, c, one, 0)
	}
	if err != nil {
		return err
	}
	two, err := propose()
	if err != nil {
		return err
	}
	return s.DismissDraft(petra, c, two)
}

// rate books a service and lets the customer answer what services were worth.
func (s *switchboard) rate(c account.CustomerID) error {
	ctx := authtest.Context(s.t)
	s.record(s.draft(func(d *EntryDraft) { d.Customer = c }))
	r, err := s.AskRating(ctx, service.Rating{Customer: c, From: s.today().Add(-30), Until: s.today(), Ends: s.today().Add(30), Lang: "de"})
	if err != nil {
		return err
	}
	return s.AnswerRating(ctx, r, nil, "Canary liked it")
}

func (s *switchboard) hook(address string, events ...hook.Kind) store.Webhook {
	s.t.Helper()
	d := WebhookDraft{Name: "Hub", Address: address}
	for _, e := range events {
		d.Events = append(d.Events, string(e))
	}
	w, err := s.AddWebhook(authtest.Context(s.t), d)
	if err != nil {
		s.t.Fatal(err)
	}
	return w
}

func (s *switchboard) deliveries(w store.Webhook) []store.Delivery {
	s.t.Helper()
	ds, err := s.DB.Read().Deliveries(authtest.Context(s.t), w.ID, 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	return ds
}

func kindsOf(ms []message) (out []hook.Kind) {
	for _, m := range ms {
		out = append(out, m.Kind)
	}
	return out
}

func TestWebhooksAreToldOfWhatHappened(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		s, ctx, l := newSwitchboard(t, open()), authtest.Context(t), newListener(t)
		all, imports := s.hook(l.URL+"/all", hook.Kinds...), s.hook(l.URL+"/imports", hook.ImportEnded)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		first := s.record(s.draft())
		second, err := s.CorrectService(ctx, first.Ref, "wrong day", s.draft(func(d *EntryDraft) { d.Background = "Pumpe war leise" }))
		must(err)
		must(s.TakeBackService(ctx, second.Ref, "did not happen"))
		c, err := s.DB.Read().Customer(ctx, s.customers[1])
		must(err)
		must(s.UpdateCustomer(ctx, CustomerEdit{Customer: c.ID, Revision: c.Revision, Note: "Canary Note"}))
		task, err := s.AddTask(ctx, TaskDraft{Customer: c.ID, Title: "Canary call", Due: s.today(), By: "Canary Clerk"})
		must(err)
		must(s.EndTask(ctx, TaskRef{c.ID, task, 1}, crm.TaskDone, "Canary answer"))
		noted, err := s.RecordTalk(ctx, talk.Talk{Customer: c.ID, Day: s.today(), Asked: "Canary price", By: "Canary Clerk"})
		must(err)
		must(s.WithdrawTalk(ctx, c.ID, noted))
		must(s.decideDrafts(c.ID))
		must(s.rate(c.ID))
		takeIn(t, s.App, intake.Customers, "number;name", "9;Canary GmbH")
		_, err = s.Value(ctx, ValueOrder{AsOf: s.today()})
		must(err)
		if _, err := s.RecordService(ctx, s.draft(func(d *EntryDraft) { d.Type = 1 })); !errors.Is(err, fault.Invalid) {
			t.Fatalf("a service of no type was booked: %v", err)
		}
		if heard := l.all(); heard != nil {
			t.Errorf("%v was told before it was sent", kindsOf(heard))
		}
		s.send(ctx)
		want := []hook.Kind{
			hook.ServiceBooked, hook.ServiceCorrected, hook.ServiceTakenBack, hook.CustomerChanged, hook.TaskChanged, hook.TaskChanged, hook.TalkRecorded,
			hook.TalkTakenBack, hook.DraftWaiting, hook.TaskChanged, hook.DraftConfirmed, hook.DraftWaiting, hook.DraftDismissed, hook.ServiceBooked, hook.RatingAnswered, hook.ImportEnded, hook.ValuationEnded,
		}
		heard := l.all()
		var told, ended []message
		for _, m := range heard {
			switch {
			case m.signed(all.Secret):
				told = append(told, m)
			case m.signed(imports.Secret):
				ended = append(ended, m)
			default:
				t.Errorf("%s is signed by no secret of ours", m.Kind)
			}
			if strings.Contains(m.Body, "Canary") || strings.Contains(m.Body, "Pumpe") || strings.Contains(m.Body, "Meier") {
				t.Errorf("a message names somebody: %s", m.Body)
			}
		}
		if got := kindsOf(told); !slices.Equal(got, want) {
			t.Errorf("told %v, want %v", got, want)
		}
		if len(ended) != 1 || ended[0].Kind != hook.ImportEnded || !strings.Contains(ended[0].Body, `"state":"done"`) || ended[0].ID != told[len(told)-2].ID {
			t.Errorf("who wants to know of imports only is told %+v", ended)
		}
		if want := fmt.Sprintf(`"data":{"customer":"%d","replaces":"%d","service":"%d"}`, first.Ref.Customer, first.Ref.ID, second.Ref.ID); !strings.Contains(told[1].Body, want) {
			t.Errorf("a correction says %s, want %s", told[1].Body, want)
		}
		s.now = s.now.Add(100 * time.Hour)
		must(s.StartWebhooks(ctx))
		s.send(ctx)
		if again := l.all(); again != nil {
			t.Errorf("what was acknowledged was sent again: %v", kindsOf(again))
		}
		for _, d := range s.deliveries(all) {
			if d.State != store.DeliveryDone || d.Attempts != 1 || d.Status != http.StatusNoContent {
				t.Errorf("a delivery stands as %+v", d)
			}
		}
	})
}

func TestAReceiverThatFailsIsTriedForThreeDaysAndSwitchedOff(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		s, ctx, l := newSwitchboard(t, open()), authtest.Context(t), newListener(t)
		w := s.hook(l.URL+"/?token=geheim", hook.ServiceBooked)
		l.answers(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "out of order", http.StatusInternalServerError)
		})
		s.record(s.draft())
		s.now = s.now.Add(time.Second)
		begin, ids := s.now, make(map[string]bool)
		var tries []time.Duration
		for range 200 {
			s.send(ctx)
			for _, m := range l.all() {
				tries, ids[m.ID] = append(tries, s.now.Sub(begin)), true
			}
			next, err := s.DB.Read().NextDelivery(ctx, w.ID)
			if errors.Is(err, fault.NotFound) {
				break
			}
			s.now = next.Next
		}
		if len(tries) != hook.MostTries || len(ids) != 1 || tries[len(tries)-1] < 72*time.Hour {
			t.Fatalf("tries at %v with the ids %v, want eight in three days with one", tries, ids)
		}
		d := s.deliveries(w)[0]
		attempts, err := s.DB.Read().Attempts(ctx, w.ID, d.ID)
		if err != nil || len(attempts) != 8 || attempts[0].Number != 8 || attempts[0].Status != 500 || attempts[0].Answer != "out of order\n" || d.State != store.DeliveryFailed {
			t.Errorf("the log has %+v of %+v, %v", attempts, d, err)
		}
		if w, err = s.DB.Read().Webhook(ctx, w.ID); err != nil || w.Why != store.OffFailing {
			t.Fatalf("after three days it stands as %+v, %v; want it switched off", w, err)
		}
		s.record(s.draft())
		if n := len(s.deliveries(w)); n != 1 {
			t.Errorf("%d deliveries: what happens while it is off is not told", n)
		}
		if err := s.ReplayDelivery(ctx, w.ID, d.ID); !errors.Is(err, fault.Invalid) {
			t.Errorf("replay while it is off: %v", err)
		}
		log, err := s.DB.Read().Audits(ctx, store.AuditFilter{Most: 500})
		if err != nil || !slices.ContainsFunc(log, func(a store.Audit) bool { return a.What == "switched off" && a.NounID == w.ID }) {
			t.Errorf("the log says nothing of it: %v", err)
		}
		for _, line := range log {
			if strings.Contains(line.Before+line.After, "geheim") || strings.Contains(line.Before+line.After, "whsec_") {
				t.Errorf("the log tells a secret: %s %s", line.Before, line.After)
			}
		}
		edit := WebhookEdit{WebhookDraft: WebhookDraft{Name: w.Name, Address: w.Address, Events: w.Events}, Seen: w.Revision, On: true}
		if w, err = s.SaveWebhook(ctx, w.ID, edit); err != nil || !w.Off.IsZero() {
			t.Fatalf("switched on: %+v, %v", w, err)
		}
		if _, err := s.SaveWebhook(ctx, w.ID, edit); !errors.Is(err, fault.Conflict) {
			t.Errorf("the second of two editors: %v", err)
		}
		l.answers(nil)
		if n, err := s.ReplayFailed(ctx, w.ID); err != nil || n != 1 {
			t.Errorf("replayed %d, %v", n, err)
		}
		s.send(ctx)
		if heard := l.all(); len(heard) != 1 || !ids[heard[0].ID] {
			t.Errorf("a replay sent %+v, want the message with its id", heard)
		}
		if d := s.deliveries(w)[0]; d.State != store.DeliveryDone || d.Attempts != 9 || d.Tries != 1 {
			t.Errorf("after the replay: %+v", d)
		}
	})
}

// What receivers do to us, and what the log says of it.
func TestWhatAReceiverMayDo(t *testing.T) {
	t.Parallel()
	s, ctx := newSwitchboard(t, openApp(t, "")), authtest.Context(t)
	s.Calls.Patience = 100 * time.Millisecond
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		state  string
		status int
		said   string
		next   time.Duration // at least
	}{
		{"is silent", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "due", 0, "no answer in time", 5 * time.Second},
		{"leads elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusPermanentRedirect)
		}, "due", 308, "leads elsewhere", 5 * time.Second},
		{"hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "due", 0, "EOF", 5 * time.Second},
		{"wants us to wait", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
		}, "due", 429, "answered 429", time.Hour},
		{"says no", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, "due", 403, "answered 403", 5 * time.Second},
		{"is gone", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }, "failed", 410, "answered 410", 0},
		{"says yes at length", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("ja ", 100_000)) }, "done", 200, "", 0},
		{"says yes in no language", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte{0xff, 0, 'x'}) }, "done", 200, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newListener(t)
			l.answers(c.answer)
			w := s.hook(l.URL, hook.ServiceBooked)
			s.record(s.draft())
			s.send(ctx)
			heard, d := l.all(), s.deliveries(w)[0]
			if len(heard) != 1 || d.State != c.state || d.Status != c.status || !strings.Contains(d.Problem, c.said) || (c.said == "") != (d.Problem == "") {
				t.Errorf("after %d tries it stands as %+v", len(heard), d)
			}
			if c.state == "due" && d.Next.Sub(s.now) < c.next {
				t.Errorf("the next try comes after %s", d.Next.Sub(s.now))
			}
			if now, err := s.DB.Read().Webhook(ctx, w.ID); err != nil || (now.Why == store.OffGone) != (c.status == 410) {
				t.Errorf("the webhook stands as %+v, %v", now, err)
			}
			if err := s.DropWebhook(ctx, w.ID); err != nil || len(s.deliveries(w)) != 0 {
				t.Errorf("after it was deleted: %v", err)
			}
		})
	}
}

// The fault: the server is killed after the commit and before the call, or while it
// calls. The twin is a sender that writes down that it sent before it does.
func TestWhatWasCommittedIsSentAfterAKill(t *testing.T) {
	t.Parallel()
	for _, weak := range []bool{false, true} {
		t.Run(fmt.Sprintf("weak=%t", weak), func(t *testing.T) {
			t.Parallel()
			address := filepath.Join(t.TempDir(), "killed.db")
			s, ctx, l := newSwitchboard(t, openApp(t, address)), authtest.Context(t), newListener(t)
			w := s.hook(l.URL, hook.ServiceBooked)
			const booked = 5
			for range booked {
				s.record(s.draft())
			}
			// The receiver is told the first, and we are killed before its answer comes.
			killed, kill := context.WithCancel(ctx)
			l.answers(func(http.ResponseWriter, *http.Request) { kill(); panic(http.ErrAbortHandler) })
			if weak {
				forgetful(killed, t, s, w)
			} else {
				s.send(killed)
			}
			kills := len(l.all())
			l.answers(nil)
			s.DB.Close()

			after := openApp(t, address)
			s.App, s.now = after, s.now.Add(5*time.Minute)
			after.Now, after.Calls = func() time.Time { return s.now }, dial.Guard{Ranges: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
			if err := after.StartWebhooks(ctx); err != nil {
				t.Fatal(err)
			}
			s.send(ctx)
			sent := make(map[string]bool)
			for _, m := range l.all() {
				sent[m.ID] = true
			}
			t.Logf("%d calls cut off by a kill; %d of %d events were acknowledged after the restart", kills, len(sent), booked)
			if kills != 1 {
				t.Errorf("the kill came %d times", kills)
			}
			if lost := booked - len(sent); (lost == 0) == weak {
				t.Errorf("%d events were lost", lost)
			}
		})
	}
}

// forgetful sends what is due first, and writes down before that it did.
func forgetful(ctx context.Context, t *testing.T, s *switchboard, w store.Webhook) {
	t.Helper()
	var d store.Delivery
	err := s.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if d, err = tx.ClaimDelivery(ctx, w.ID, s.now, s.now); err == nil {
			d.State, d.Ended = store.DeliveryDone, s.now
			err = tx.PutDelivery(ctx, d)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = s.Calls.Post(ctx, w.Address, http.Header{}, []byte(d.Body))
}

func TestANewSecretSignsBesideTheOldForADay(t *testing.T) {
	t.Parallel()
	s, ctx, l := newSwitchboard(t, openApp(t, "")), authtest.Context(t), newListener(t)
	old := s.hook(l.URL, hook.ServiceBooked)
	renewed, err := s.RenewSecret(ctx, old.ID)
	if err != nil || renewed.Secret == old.Secret {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after    time.Duration
		old, new bool
	}{{0, true, true}, {24*time.Hour - time.Second, true, true}, {24 * time.Hour, false, true}} {
		s.now = testNow.Add(c.after)
		if _, err := s.TestWebhook(ctx, old.ID); err != nil {
			t.Fatal(err)
		}
		s.send(ctx)
		heard := l.all()
		if len(heard) != 1 || heard[0].Kind != hook.Test || heard[0].signed(old.Secret) != c.old || heard[0].signed(renewed.Secret) != c.new {
			t.Errorf("after %s: %+v", c.after, heard)
		}
	}
	s.now = testNow.Add(40 * 24 * time.Hour)
	if err := s.StartWebhooks(ctx); err != nil {
		t.Fatal(err)
	}
	w, err := s.DB.Read().Webhook(ctx, old.ID)
	if err != nil || w.OldSecret != "" || len(s.deliveries(w)) != 0 {
		t.Errorf("after 40 days the old secret is %q and the log has %d lines, %v", w.OldSecret, len(s.deliveries(w)), err)
	}
}

// The guard stands before the field, and again before each call.
func TestAWebhookReachesNothingOfOurs(t *testing.T) {
	t.Parallel()
	s, ctx, l := newSwitchboard(t, openApp(t, "")), authtest.Context(t), newListener(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(l.URL, "http://"), ":")
	s.Calls = dial.Guard{}
	for _, address := range []string{l.URL, "https://127.0.0.1:" + port, "https://[::1]/", "https://2130706433/", "https://10.0.0.1/", "http://hub.example.com/"} {
		_, err := s.AddWebhook(ctx, WebhookDraft{Name: "Hub", Address: address, Events: []string{string(hook.ServiceBooked)}})
		if fs := fault.Fields(err); len(fs) != 1 || fs[0].Name != "address" {
			t.Errorf("%s: %v, want a problem of the address", address, err)
		}
	}
	w := s.hook("https://localhost:"+port+"/", hook.ServiceBooked)
	s.record(s.draft())
	s.send(ctx)
	if d := s.deliveries(w)[0]; d.Problem != dial.ErrRefused.Error() || d.Status != 0 {
		t.Errorf("the log says %+v, want the reason of the guard", d)
	}
	if heard := l.all(); heard != nil {
		t.Errorf("the guard let %v through", kindsOf(heard))
	}
	// The weak twin: without the guard the same call gets as far as our listener.
	s.Calls = dial.Guard{Names: []string{"localhost"}}
	if err := s.ReplayDelivery(ctx, w.ID, s.deliveries(w)[0].ID); err != nil {
		t.Fatal(err)
	}
	s.send(ctx)
	if d := s.deliveries(w)[0]; !strings.Contains(d.Problem, "HTTP response to HTTPS client") {
		t.Errorf("where the name is listed the log says %+v, want that our listener answered without TLS", d)
	}
}

func TestWhoMayConnectPrograms(t *testing.T) {
	t.Parallel()
	s := newSwitchboard(t, openApp(t, ""))
	w := s.hook("https://hub.example.com/", hook.ServiceBooked)
	for name, who := range map[string]auth.Who{
		"nobody":                             {},
		"an account owner":                   {User: 1, Name: "Olga", Rights: auth.AccountOwner.Rights(), Sees: auth.Everybody},
		"an administrator of some customers": {User: 1, Name: "Adam", Rights: auth.AllRights, Sees: auth.Reach{Owners: []string{"adam"}}},
	} {
		ctx := auth.With(t.Context(), who)
		d := WebhookDraft{Name: "Mine", Address: "https://hub.example.com/", Events: []string{string(hook.ServiceBooked)}}
		_, added := s.AddWebhook(ctx, d)
		_, saved := s.SaveWebhook(ctx, w.ID, WebhookEdit{WebhookDraft: d, Seen: 1})
		_, renewed := s.RenewSecret(ctx, w.ID)
		_, tested := s.TestWebhook(ctx, w.ID)
		_, failed := s.ReplayFailed(ctx, w.ID)
		for what, err := range map[string]error{"add": added, "save": saved, "renew": renewed, "test": tested, "replay all": failed, "replay": s.ReplayDelivery(ctx, w.ID, 1), "drop": s.DropWebhook(ctx, w.ID), "run": s.RunWebhook(ctx, "1")} {
			if !errors.Is(err, fault.Denied) {
				t.Errorf("%s by %s: %v", what, name, err)
			}
		}
	}
	if err := s.DropWebhook(authtest.Context(t), w.ID); err != nil {
		t.Error(err)
	}
	if _, err := s.TestWebhook(authtest.Context(t), w.ID); !errors.Is(err, fault.NotFound) {
		t.Errorf("a webhook that was deleted: %v", err)
	}
	for _, d := range []WebhookDraft{{}, {Name: "x", Address: "https://hub.example.com/"}, {Name: "x", Address: "https://hub.example.com/", Events: []string{"coffee.made"}}} {
		if _, err := s.AddWebhook(authtest.Context(t), d); !errors.Is(err, fault.Invalid) {
			t.Errorf("%+v was taken: %v", d, err)
		}
	}
}
