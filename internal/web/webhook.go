package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"quid/fault"
	"quid/internal/app"
	"quid/internal/hook"
	"quid/internal/locale"
	"quid/internal/store"
)

func (s *Server) webhookRoutes(mux *router) {
	mux.Handle("GET /webhooks", s.page(s.showWebhooks))
	mux.Handle("POST /webhooks", s.page(s.postWebhook))
	mux.Handle("GET /webhooks/{webhook}", s.page(s.showWebhook))
	mux.Handle("POST /webhooks/{webhook}", s.page(s.saveWebhook))
	mux.Handle("POST /webhooks/{webhook}/{do}", s.page(s.workWebhook))
	mux.Handle("POST /webhooks/{webhook}/deliveries/{delivery}", s.page(s.replayDelivery))
}

// eventNames say what the events are.
var eventNames = map[hook.Kind]string{
	hook.ServiceBooked: locale.Key("A service was booked"), hook.ServiceCorrected: locale.Key("A service was corrected, or valued anew"), hook.ServiceTakenBack: locale.Key("A service was taken back"),
	hook.CustomerChanged: locale.Key("A customer was changed"), hook.ContactChanged: locale.Key("A contact was changed"), hook.PersonErased: locale.Key("A person was erased"),
	hook.TaskChanged: locale.Key("A task was written, changed or ended"), hook.TasksProposed: locale.Key("Tasks were proposed"),
	hook.TalkRecorded: locale.Key("A talk was recorded"), hook.TalkTakenBack: locale.Key("A talk was taken back"), hook.RatingAnswered: locale.Key("A customer answered what services were worth"),
	hook.DraftWaiting: locale.Key("A draft waits for a person"), hook.DraftConfirmed: locale.Key("A draft was confirmed"), hook.DraftDismissed: locale.Key("A draft was dismissed"),
	hook.ImportEnded: locale.Key("An import has ended"), hook.ValuationEnded: locale.Key("A valuation has ended"), hook.Test: locale.Key("A test"),
}

// problemNames are the problems of deliveries that are ours, for the reader's language;
// others come from the network and stand as they are.
var problemNames = []string{
	locale.Key("this address is of the own network, or of none: calls to it are not allowed"), locale.Key("the webhook was switched off"),
	locale.Key("the receiver leads elsewhere, which is not followed: change the address"), locale.Key("no answer in time"),
}

func (p *webhookPage) problem(text string) string {
	if slices.Contains(problemNames, text) {
		return p.T(text)
	}
	if status, ok := strings.CutPrefix(text, "the receiver answered "); ok {
		return p.T("the receiver answered {status}", "status", status)
	}
	return text
}

// A webhooksPage is all webhooks, and the form for a new one.
type webhooksPage struct {
	Page
	List   []store.Webhook
	Counts map[int64]store.DeliveryCount
	Form   formState
	Events []string // chosen in the form
}

func (s *Server) webhooks(r *http.Request) (*webhooksPage, error) {
	page, err := s.newPage(r, locale.Key("Webhooks"))
	if err != nil {
		return nil, err
	}
	p := &webhooksPage{Page: page, Form: formState{Values: map[string]string{}, Problems: map[string]string{}}}
	read := s.db.Read()
	if p.List, err = read.Webhooks(r.Context()); err != nil {
		return nil, err
	}
	p.Counts, err = read.DeliveryCounts(r.Context())
	return p, err
}

func (s *Server) showWebhooks(w http.ResponseWriter, r *http.Request) error {
	p, err := s.webhooks(r)
	if err != nil {
		return err
	}
	if r.FormValue("done") != "" {
		p.Flash = &Toast{Text: p.T("The webhook was deleted."), Tone: Good}
	}
	return s.render(w, r, http.StatusOK, webhooksView(p))
}

// sentWebhook is a webhook as it was typed.
func sentWebhook(r *http.Request) app.WebhookDraft {
	v := sent(r, "name", "address")
	return app.WebhookDraft{Name: v["name"], Address: v["address"], Events: r.PostForm["events"]}
}

func (s *Server) postWebhook(w http.ResponseWriter, r *http.Request) error {
	d := sentWebhook(r)
	made, err := s.app.AddWebhook(r.Context(), d)
	if err != nil {
		p, pageErr := s.webhooks(r)
		if pageErr != nil {
			return pageErr
		}
		p.Form.Values, p.Events = map[string]string{"name": d.Name, "address": d.Address}, d.Events
		if err := p.Form.refused(p.Page, err); err != nil {
			return err
		}
		return s.render(w, r, http.StatusUnprocessableEntity, webhooksView(p))
	}
	return s.secretOf(w, r, made)
}

// secretOf shows a webhook with its secret, once.
func (s *Server) secretOf(w http.ResponseWriter, r *http.Request, hook store.Webhook) error {
	p, err := s.webhook(r, hook.ID)
	if err != nil {
		return err
	}
	p.Secret = hook.Secret
	return s.render(w, r, http.StatusOK, webhookView(p))
}

// A webhookPage is one webhook and the log of what was sent there.
type webhookPage struct {
	Page
	Webhook    store.Webhook
	Count      store.DeliveryCount
	Deliveries []store.Delivery
	Attempts   map[int64][]store.Attempt
	Form       formState
	Events     []string
	Clash      bool   // somebody else changed it meanwhile
	Secret     string // that was just made, shown once
	Now        time.Time
}

// shownDeliveries is how many lines the log of a webhook has.
const shownDeliveries = 100

func (s *Server) webhook(r *http.Request, id int64) (*webhookPage, error) {
	page, err := s.newPage(r, locale.Key("Webhooks"))
	if err != nil {
		return nil, err
	}
	p := &webhookPage{Page: page, Now: s.app.Now()}
	read := s.db.Read()
	if p.Webhook, err = read.Webhook(r.Context(), id); err != nil {
		return nil, err
	}
	w := &p.Webhook
	p.Title, p.Events, p.Path = w.Name, w.Events, "/webhooks/"+formatID(id)
	p.Form = formState{Problems: map[string]string{}, Values: map[string]string{"name": w.Name, "address": w.Address, "revision": strconv.Itoa(int(w.Revision))}}
	counts, err := read.DeliveryCounts(r.Context())
	if err != nil {
		return nil, err
	}
	p.Count = counts[id]
	if p.Deliveries, err = read.Deliveries(r.Context(), id, shownDeliveries); err != nil || len(p.Deliveries) == 0 {
		return p, err
	}
	p.Attempts, err = read.AttemptsFrom(r.Context(), id, p.Deliveries[len(p.Deliveries)-1].ID)
	return p, err
}

// webhookID is the webhook in the path.
func webhookID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("webhook"), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("webhook %q: %w", r.PathValue("webhook"), fault.NotFound)
	}
	return id, nil
}

// webhookDone are what is told after something was done.
var webhookDone = map[string]string{
	"saved": locale.Key("Saved."), "test": locale.Key("A test is on its way: reload the page to see how it ended."), "replay": locale.Key("It is sent once more: reload the page to see how it ended."),
}

func (s *Server) showWebhook(w http.ResponseWriter, r *http.Request) error {
	id, err := webhookID(r)
	if err != nil {
		return err
	}
	p, err := s.webhook(r, id)
	if err != nil {
		return err
	}
	if text := webhookDone[r.FormValue("done")]; text != "" {
		p.Flash = &Toast{Text: p.T(text), Tone: Good}
	}
	return s.render(w, r, http.StatusOK, webhookView(p))
}

func (s *Server) saveWebhook(w http.ResponseWriter, r *http.Request) error {
	id, err := webhookID(r)
	if err != nil {
		return err
	}
	d := sentWebhook(r)
	seen, err := strconv.ParseInt(r.PostFormValue("revision"), 10, 32)
	if err != nil {
		return fault.NotFound
	}
	_, err = s.app.SaveWebhook(r.Context(), id, app.WebhookEdit{WebhookDraft: d, Seen: int32(seen), On: r.PostFormValue("state") == "on"})
	if err == nil {
		http.Redirect(w, r, "/webhooks/"+formatID(id)+"?done=saved", http.StatusSeeOther)
		return nil
	}
	return s.refusedWebhook(w, r, id, d, err)
}

// refusedWebhook shows a webhook again with what was typed and what is wrong with it.
func (s *Server) refusedWebhook(w http.ResponseWriter, r *http.Request, id int64, d app.WebhookDraft, err error) error {
	p, pageErr := s.webhook(r, id)
	if pageErr != nil {
		return pageErr
	}
	p.Form.Values["name"], p.Form.Values["address"], p.Events = d.Name, d.Address, d.Events
	status := http.StatusUnprocessableEntity
	if errors.Is(err, fault.Conflict) {
		p.Clash, status = true, http.StatusConflict
	} else if err := p.Form.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, status, webhookView(p))
}

// workWebhook does one of the things that can be done about a webhook.
func (s *Server) workWebhook(w http.ResponseWriter, r *http.Request) error {
	id, err := webhookID(r)
	if err != nil {
		return err
	}
	done := "replay"
	switch r.PathValue("do") {
	case "secret":
		renewed, err := s.app.RenewSecret(r.Context(), id)
		if err != nil {
			return err
		}
		return s.secretOf(w, r, renewed)
	case "test":
		done = "test"
		_, err = s.app.TestWebhook(r.Context(), id)
	case "replay":
		_, err = s.app.ReplayFailed(r.Context(), id)
	case "delete":
		if err = s.app.DropWebhook(r.Context(), id); err == nil {
			http.Redirect(w, r, "/webhooks?done=1", http.StatusSeeOther)
			return nil
		}
	default:
		return fault.NotFound
	}
	return s.afterWebhook(w, r, id, done, err)
}

func (s *Server) replayDelivery(w http.ResponseWriter, r *http.Request) error {
	id, err := webhookID(r)
	if err != nil {
		return err
	}
	delivery, err := strconv.ParseInt(r.PathValue("delivery"), 10, 64)
	if err != nil {
		return fault.NotFound
	}
	return s.afterWebhook(w, r, id, "replay", s.app.ReplayDelivery(r.Context(), id, delivery))
}

// afterWebhook leads back to a webhook after something was done, or shows why not.
func (s *Server) afterWebhook(w http.ResponseWriter, r *http.Request, id int64, done string, err error) error {
	if errors.Is(err, fault.Invalid) {
		p, pageErr := s.webhook(r, id)
		if pageErr != nil {
			return pageErr
		}
		if err := p.Form.refused(p.Page, err); err != nil {
			return err
		}
		return s.render(w, r, http.StatusUnprocessableEntity, webhookView(p))
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/webhooks/"+formatID(id)+"?done="+url.QueryEscape(done), http.StatusSeeOther)
	return nil
}

// webhookState says in a word how it stands with a webhook.
func (p Page) webhookState(w store.Webhook) (text, tone string) {
	switch w.Why {
	case store.OffByPerson:
		return p.T("off"), "N"
	case store.OffFailing, store.OffGone:
		return p.T("switched off"), "loss"
	default:
		return p.T("on"), "A"
	}
}

// deliveryState says in a word how it stands with a delivery.
func (p Page) deliveryState(d store.Delivery) (text, tone string) {
	switch {
	case d.State == store.DeliveryDone:
		return p.T("delivered"), "A"
	case d.State == store.DeliveryFailed:
		return p.T("failed"), "loss"
	case d.Tries > 0:
		return p.T("is tried again"), "C"
	default:
		return p.T("is sent"), "N"
	}
}
