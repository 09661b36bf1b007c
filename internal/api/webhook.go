package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"quid/fault"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/hook"
	"quid/internal/store"
)

func init() {
	connecting := of(toAll, auth.ManageUsers)
	for _, id := range []string{
		"list-webhooks", "get-webhook", "create-webhook", "update-webhook", "delete-webhook", "test-webhook", "renew-webhook-secret", "replay-webhook",
		"list-deliveries", "get-delivery", "replay-delivery",
	} {
		doors[id] = connecting
	}
	looked = append(looked, auth.ManageUsers)
}

// A Webhook is an address of a program that is told what happens.
type Webhook struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Address  string   `json:"address"`
	Events   []string `json:"events" doc:"kinds that it is told"`
	State    string   `json:"state" enum:"on,off"`
	Why      string   `json:"why,omitempty" enum:"person,failing,gone" doc:"it is off: somebody did it, nothing got through for three days, or the receiver answered 410"`
	Secret   string   `json:"secret,omitempty" doc:"it signs with this; only in the answer to who made it"`
	Worked   string   `json:"worked" format:"date-time" doc:"when something got through last, or it was made or switched on"`
	Due      int64    `json:"due" doc:"how many messages are to be sent"`
	Failed   int64    `json:"failed" doc:"how many have failed within 30 days"`
	By       string   `json:"by"`
	Made     string   `json:"made" format:"date-time"`
	Revision int32    `json:"revision"`
}

// A Delivery is a message on its way to a webhook.
type Delivery struct {
	ID       string    `json:"id"`
	Message  string    `json:"message" doc:"the webhook-id that it is sent with"`
	Event    string    `json:"event"`
	Body     string    `json:"body" doc:"what is sent, as it is signed"`
	State    string    `json:"state" enum:"due,done,failed"`
	Tries    int       `json:"tries" doc:"since it was last asked for"`
	Next     string    `json:"next,omitempty" format:"date-time" doc:"when it is tried next"`
	Status   int       `json:"status,omitempty" doc:"of the last answer"`
	Problem  string    `json:"problem,omitempty" doc:"of the last try"`
	Made     string    `json:"made" format:"date-time"`
	Ended    string    `json:"ended,omitempty" format:"date-time"`
	Attempts []Attempt `json:"attempts,omitempty" doc:"the tries, the last first; only of a single one"`
}

// An Attempt is one try to deliver a message.
type Attempt struct {
	Tried   string `json:"tried" format:"date-time"`
	Millis  int64  `json:"millis" doc:"how long it took"`
	Status  int    `json:"status,omitempty"`
	Problem string `json:"problem,omitempty"`
	Answer  string `json:"answer,omitempty" doc:"its beginning"`
}

func webhookOf(w store.Webhook, c store.DeliveryCount) Webhook {
	out := Webhook{
		ID: idOf(w.ID), Name: w.Name, Address: w.Address, Events: w.Events, State: "on", Why: w.Why, Worked: instant(w.Worked), Due: c.Due, Failed: c.Failed,
		By: w.By, Made: instant(w.Made), Revision: w.Revision,
	}
	if !w.Off.IsZero() {
		out.State = "off"
	}
	return out
}

func deliveryOf(d store.Delivery) Delivery {
	out := Delivery{
		ID: idOf(d.ID), Message: hook.MessageID(d.Event), Event: d.Kind, Body: d.Body, State: d.State, Tries: d.Tries, Status: d.Status, Problem: d.Problem,
		Made: instant(d.Made), Ended: instant(d.Ended),
	}
	if d.State == store.DeliveryDue {
		out.Next = instant(d.Next)
	}
	return out
}

// WebhookPath is the webhook in a path.
type WebhookPath struct {
	Webhook string `path:"webhook" doc:"id of the webhook"`
}

func (p WebhookPath) id() (int64, error) { return pathID(p.Webhook) }

func pathID(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return 0, fault.NotFound
	}
	return n, nil
}

// DeliveryPath is the delivery in a path.
type DeliveryPath struct {
	WebhookPath
	Delivery string `path:"delivery" doc:"id of the delivery"`
}

func (p DeliveryPath) ids() (webhook, delivery int64, err error) {
	if webhook, err = p.id(); err == nil {
		delivery, err = pathID(p.Delivery)
	}
	return webhook, delivery, err
}

// A NewWebhook is a webhook to be made.
type NewWebhook struct {
	Name    string   `json:"name" required:"true" minLength:"1" doc:"which program it is for"`
	Address string   `json:"address" required:"true" minLength:"1"`
	Events  []string `json:"events" required:"true" minItems:"1"`
}

type (
	createWebhook struct{ Body NewWebhook }
	getWebhook    struct {
		WebhookPath
		OneQuery
	}
	updateWebhook struct {
		WebhookPath
		Change
		Body WebhookChange
	}
	getDelivery struct {
		DeliveryPath
		OneQuery
	}
	deliveriesQuery struct {
		WebhookPath
		ListQuery
	}
	nothing struct{ Status int }
)

// A WebhookChange is what can be changed of a webhook.
type WebhookChange struct {
	Name    *string  `json:"name,omitempty"`
	Address *string  `json:"address,omitempty"`
	Events  []string `json:"events,omitempty"`
	State   string   `json:"state,omitempty" enum:"on,off"`
}

// A Replayed says how many messages are sent once more.
type Replayed struct {
	Replayed int64 `json:"replayed"`
}

type replayed struct {
	Status int
	Body   Replayed
}

func (s *Server) webhooks() {
	const tag, at, of, on = "webhooks", "/webhooks/{webhook}", "/webhooks/{webhook}/deliveries", "/webhooks/{webhook}/deliveries/{delivery}"
	handleList[allQuery](s, op{id: "list-webhooks", path: "/webhooks", tag: tag, summary: "Programs that are told what happens"}, list[Webhook]{
		fields: []field[Webhook]{
			{"name", text, func(w *Webhook) string { return w.Name }},
			{"state", text, func(w *Webhook) string { return w.State }},
			{"why", text, func(w *Webhook) string { return w.Why }},
			{"failed", number, func(w *Webhook) string { return strconv.FormatInt(w.Failed, 10) }},
		}, sorts: []string{"-id", "id", "name"}, id: func(w *Webhook) string { return w.ID }, all: s.allWebhooks,
	})
	handle(s, op{id: "get-webhook", method: http.MethodGet, path: at, tag: tag, summary: "One webhook", errors: []int{304}}, s.getWebhook)
	handle(s, op{
		id: "create-webhook", method: http.MethodPost, path: "/webhooks", tag: tag, summary: "Let a program be told what happens", status: http.StatusCreated,
		more: "The secret that signs is in the answer, this once.",
	}, s.createWebhook)
	handle(s, op{
		id: "update-webhook", method: http.MethodPatch, path: at, tag: tag, summary: "Change a webhook, or switch it on or off", errors: []int{412, 428},
		more: "What happens while it is off is not told later.",
	}, s.updateWebhook)
	handle(s, op{id: "delete-webhook", method: http.MethodDelete, path: at, tag: tag, summary: "Delete a webhook and its log", status: http.StatusNoContent}, s.deleteWebhook)
	handle(s, op{id: "test-webhook", method: http.MethodPost, path: at + "/test", tag: tag, summary: "Send a test", status: http.StatusAccepted}, s.testWebhook)
	handle(s, op{
		id: "renew-webhook-secret", method: http.MethodPost, path: at + "/secret", tag: tag, summary: "Make a new secret",
		more: "It is in the answer, this once. The old one signs too, for 24 hours.",
	}, s.renewSecret)
	handle(s, op{id: "replay-webhook", method: http.MethodPost, path: at + "/replay", tag: tag, summary: "Send once more all that failed", status: http.StatusAccepted}, s.replayWebhook)
	handleList[deliveriesQuery](s, op{id: "list-deliveries", path: of, tag: tag, summary: "What was sent to a webhook, or is to be, the newest first", more: "The newest 1000."}, list[Delivery]{
		fields: []field[Delivery]{
			{"state", text, func(d *Delivery) string { return d.State }},
			{"event", text, func(d *Delivery) string { return d.Event }},
			{"status", number, func(d *Delivery) string { return strconv.Itoa(d.Status) }},
		}, sorts: []string{"-id", "id"}, id: func(d *Delivery) string { return d.ID }, all: s.allDeliveries,
	})
	handle(s, op{id: "get-delivery", method: http.MethodGet, path: on, tag: tag, summary: "One message with its tries", errors: []int{304}}, s.getDelivery)
	handle(s, op{id: "replay-delivery", method: http.MethodPost, path: on + "/replay", tag: tag, summary: "Send a message once more", status: http.StatusAccepted}, s.replayDelivery)
}

// mostDeliveries is how many of the newest deliveries are listed.
const mostDeliveries = 1000

func (s *Server) allWebhooks(ctx context.Context, _ listInput) ([]Webhook, error) {
	r := s.db.Read()
	ws, err := r.Webhooks(ctx)
	if err != nil {
		return nil, err
	}
	counts, err := r.DeliveryCounts(ctx)
	out := make([]Webhook, len(ws))
	for i, w := range ws {
		out[i] = webhookOf(w, counts[w.ID])
	}
	return out, err
}

func (s *Server) allDeliveries(ctx context.Context, in listInput) ([]Delivery, error) {
	id, err := in.(deliveriesQuery).id()
	if err != nil {
		return nil, err
	}
	if _, err := s.db.Read().Webhook(ctx, id); err != nil {
		return nil, err
	}
	ds, err := s.db.Read().Deliveries(ctx, id, mostDeliveries)
	out := make([]Delivery, len(ds))
	for i, d := range ds {
		out[i] = deliveryOf(d)
	}
	return out, err
}

func (s *Server) readWebhook(ctx context.Context, p WebhookPath) (store.Webhook, Webhook, error) {
	id, err := p.id()
	if err != nil {
		return store.Webhook{}, Webhook{}, err
	}
	w, err := s.db.Read().Webhook(ctx, id)
	if err != nil {
		return w, Webhook{}, err
	}
	counts, err := s.db.Read().DeliveryCounts(ctx)
	return w, webhookOf(w, counts[id]), err
}

func (s *Server) getWebhook(ctx context.Context, in *getWebhook) (*one[Webhook], error) {
	w, out, err := s.readWebhook(ctx, in.WebhookPath)
	if err != nil {
		return nil, err
	}
	return answer(in.OneQuery, out, w.Revision)
}

func (s *Server) createWebhook(ctx context.Context, in *createWebhook) (*made[Webhook], error) {
	w, err := s.app.AddWebhook(ctx, app.WebhookDraft{Name: in.Body.Name, Address: in.Body.Address, Events: in.Body.Events})
	if err != nil {
		return nil, err
	}
	out := webhookOf(w, store.DeliveryCount{})
	out.Secret = w.Secret
	return &made[Webhook]{Status: http.StatusCreated, ETag: etag(w.Revision), Location: Root + "/webhooks/" + out.ID, Body: out}, nil
}

func (s *Server) updateWebhook(ctx context.Context, in *updateWebhook) (*one[Webhook], error) {
	seen, err := in.seen()
	if err != nil {
		return nil, err
	}
	w, before, err := s.readWebhook(ctx, in.WebhookPath)
	if err != nil {
		return nil, err
	}
	if w.Revision != seen {
		return nil, outdated(before, in.Body)
	}
	e := app.WebhookEdit{WebhookDraft: app.WebhookDraft{Name: w.Name, Address: w.Address, Events: w.Events}, Seen: seen, On: w.Off.IsZero()}
	if in.Body.Name != nil {
		e.Name = *in.Body.Name
	}
	if in.Body.Address != nil {
		e.Address = *in.Body.Address
	}
	if in.Body.Events != nil {
		e.Events = in.Body.Events
	}
	if in.Body.State != "" {
		e.On = in.Body.State == "on"
	}
	_, err = s.app.SaveWebhook(ctx, w.ID, e)
	w, after, readErr := s.readWebhook(ctx, in.WebhookPath)
	if errors.Is(err, fault.Conflict) && readErr == nil {
		return nil, outdated(after, in.Body)
	}
	if err := errors.Join(err, readErr); err != nil {
		return nil, err
	}
	return answer(OneQuery{}, after, w.Revision)
}

func (s *Server) deleteWebhook(ctx context.Context, in *WebhookPath) (*nothing, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return &nothing{http.StatusNoContent}, s.app.DropWebhook(ctx, id)
}

func (s *Server) testWebhook(ctx context.Context, in *WebhookPath) (*made[Delivery], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	n, err := s.app.TestWebhook(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.accepted(ctx, id, n)
}

// accepted answers with a message that is on its way.
func (s *Server) accepted(ctx context.Context, webhook, delivery int64) (*made[Delivery], error) {
	d, err := s.db.Read().Delivery(ctx, webhook, delivery)
	if err != nil {
		return nil, err
	}
	return &made[Delivery]{Status: http.StatusAccepted, Location: Root + "/webhooks/" + idOf(webhook) + "/deliveries/" + idOf(delivery), Body: deliveryOf(d)}, nil
}

func (s *Server) renewSecret(ctx context.Context, in *WebhookPath) (*made[Webhook], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	w, err := s.app.RenewSecret(ctx, id)
	if err != nil {
		return nil, err
	}
	_, out, err := s.readWebhook(ctx, *in)
	out.Secret = w.Secret
	return &made[Webhook]{Status: http.StatusOK, ETag: etag(w.Revision), Location: Root + "/webhooks/" + out.ID, Body: out}, err
}

func (s *Server) replayWebhook(ctx context.Context, in *WebhookPath) (*replayed, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	n, err := s.app.ReplayFailed(ctx, id)
	return &replayed{http.StatusAccepted, Replayed{n}}, err
}

func (s *Server) getDelivery(ctx context.Context, in *getDelivery) (*one[Delivery], error) {
	webhook, id, err := in.ids()
	if err != nil {
		return nil, err
	}
	d, err := s.db.Read().Delivery(ctx, webhook, id)
	if err != nil {
		return nil, err
	}
	tries, err := s.db.Read().Attempts(ctx, webhook, id)
	if err != nil {
		return nil, err
	}
	out := deliveryOf(d)
	for _, a := range tries {
		out.Attempts = append(out.Attempts, Attempt{instant(a.Tried), a.Took.Milliseconds(), a.Status, a.Problem, a.Answer})
	}
	return answer(in.OneQuery, out, int32(d.Attempts)) //nolint:gosec // a handful
}

func (s *Server) replayDelivery(ctx context.Context, in *DeliveryPath) (*made[Delivery], error) {
	webhook, id, err := in.ids()
	if err != nil {
		return nil, err
	}
	if err := s.app.ReplayDelivery(ctx, webhook, id); err != nil {
		return nil, err
	}
	return s.accepted(ctx, webhook, id)
}
