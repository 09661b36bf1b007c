package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/capture"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// A phoneEntry is an entry as the phone sends it: its fields, or a line that the
// phone didn't understand with what is known besides.
type phoneEntry struct {
	Key        string `json:"key"`
	Line       string `json:"line"` // only where fields are missing
	On         string `json:"on"`   // the day on which the line was written
	Customer   string `json:"customer"`
	Type       string `json:"type"`
	Day        string `json:"day"`
	Minutes    int64  `json:"minutes"`
	Quantity   string `json:"quantity"`
	Background string `json:"background"`
}

// What became of an entry.
const (
	syncRecorded = "recorded" // now
	syncAlready  = "already"  // by an earlier try
	syncRefused  = "refused"  // with problems; nothing was written
	syncLook     = "look"     // a line: what was understood goes back, nothing was written
	syncLater    = "later"    // it failed on our side; to be sent again
)

// A phoneResult is what became of an entry that the phone sent.
type phoneResult struct {
	Key      string         `json:"key"`
	State    string         `json:"state"`
	Problems []phoneProblem `json:"problems,omitempty"`
	Read     *phoneRead     `json:"read,omitempty"`
	Booked   *phoneBooked   `json:"booked,omitempty"`
}

// A phoneBooked is an entry as the book has it.
type phoneBooked struct {
	Entry      string        `json:"entry"` // its address
	Customer   phoneCustomer `json:"customer"`
	Type       string        `json:"type"`
	Day        string        `json:"day"`
	Minutes    int64         `json:"minutes"`
	Quantity   string        `json:"quantity"`
	Background string        `json:"background"`
}

// syncPhone books what a phone brings, each entry for itself: one that is refused
// doesn't hold up the others, and a retry has no second effect, in whatever order
// they come. A line is read and goes back: the phone keeps what was understood
// and sends the fields, so that a retry says the same whatever became of the
// catalogue meanwhile.
func (s *Server) syncPhone(w http.ResponseWriter, r *http.Request) error {
	if !saysJSON(r) {
		return fault.Field("body", "send JSON")
	}
	var batch struct {
		Entries []json.RawMessage `json:"entries"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostSyncBytes))
	if err != nil {
		return err
	}
	if err := strict(body, &batch); err != nil {
		return fault.Field("body", "this can't be read")
	}
	if len(batch.Entries) > mostSyncEntries {
		return fault.Field("body", "at most 50 entries at a time")
	}
	p := locale.For(phoneLang(r))
	results := make([]phoneResult, 0, len(batch.Entries))
	for _, raw := range batch.Entries {
		result, err := s.syncOne(r.Context(), p, raw)
		if r.Context().Err() != nil {
			return r.Context().Err()
		}
		if unkept(err) {
			return err // the phone keeps all of them; what was booked has its key
		}
		if err != nil {
			s.log.ErrorContext(r.Context(), "entry of a phone not booked", "err", err)
			result = phoneResult{Key: result.Key, State: syncLater}
		}
		results = append(results, result)
	}
	return answerJSON(w, http.StatusOK, map[string]any{"results": results})
}

// strict reads JSON and refuses what it doesn't know: nothing that a phone says is
// dropped unseen.
func strict(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows")
	}
	return nil
}

func (s *Server) syncOne(ctx context.Context, p *locale.Printer, raw []byte) (phoneResult, error) {
	var known struct {
		Key string `json:"key"`
	}
	var e phoneEntry
	_ = json.Unmarshal(raw, &known) // an entry that can't be read may still have a key to answer to
	result := phoneResult{Key: known.Key}
	if err := strict(raw, &e); err != nil {
		return result.refused(p, fault.Field("body", "this can't be read")), nil
	}
	if e.Key == "" {
		return result.refused(p, fault.Field("key", "every entry needs a key")), nil
	}
	if e.Line != "" {
		read, err := s.readPhoneLine(ctx, e.Line, e.On, capture.Given{Customer: account.CustomerID(number64(e.Customer)), Type: number64(e.Type)})
		if err != nil {
			if errors.Is(err, fault.Invalid) {
				return result.refused(p, err), nil
			}
			return result, err
		}
		result.State, result.Read = syncLook, read
		return result, nil
	}
	d, err := e.draft()
	var done app.Recorded
	if err == nil {
		done, err = s.app.RecordService(ctx, d)
	}
	if errors.Is(err, fault.Invalid) {
		result = result.refused(p, err)
		if slicesHas(result.Problems, "key") {
			result.Booked, err = s.bookedUnder(ctx, e.Key)
			return result, err
		}
		return result, nil
	}
	if err != nil {
		return result, err
	}
	result.State = syncRecorded
	if done.Already {
		result.State = syncAlready
	}
	result.Booked, err = s.booked(ctx, done.Ref, done.Entry)
	return result, err
}

func slicesHas(problems []phoneProblem, field string) bool {
	for _, p := range problems {
		if p.Field == field {
			return true
		}
	}
	return false
}

func (r phoneResult) refused(p *locale.Printer, err error) phoneResult {
	r.State, r.Problems = syncRefused, problemsOf(p, err)
	return r
}

func number64(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// mostMinutes is the longest that the phone books as one entry: a month.
const mostMinutes = 31 * 24 * 60

// draft reads the fields of an entry.
func (e phoneEntry) draft() (app.EntryDraft, error) {
	d := app.EntryDraft{Key: e.Key, Customer: account.CustomerID(number64(e.Customer)), Type: number64(e.Type), Background: e.Background}
	var errs []error
	var err error
	if d.Day, err = day.Parse(e.Day); err != nil {
		errs = append(errs, fault.Field("day", "write a day such as 2026-12-31"))
	}
	if e.Minutes < 0 || e.Minutes > mostMinutes {
		errs = append(errs, fault.Field("minutes", "between 0 and a month"))
	}
	if e.Minutes > 0 {
		m := money.Micro(e.Minutes) * money.One
		d.Minutes = &m
	}
	if e.Quantity != "" {
		if d.Quantity, err = money.ParseMicro(e.Quantity); err != nil {
			errs = append(errs, fault.Field("quantity", "write a number such as 1.5"))
		}
	}
	return d, errors.Join(errs...)
}

// booked tells an entry as the book has it.
func (s *Server) booked(ctx context.Context, ref store.Ref, e service.Entry) (*phoneBooked, error) {
	c, err := s.db.Read().Customer(ctx, ref.Customer)
	if err != nil {
		return nil, err
	}
	b := phoneBooked{
		Entry: entryPath(ref), Customer: phoneCustomerOf(c), Type: strconv.FormatInt(e.Type, 10), Day: e.Day.String(),
		Quantity: e.Quantity.String(), Background: e.Background,
	}
	if e.Minutes != nil {
		b.Minutes = *e.Minutes
	}
	return &b, nil
}

// bookedUnder tells the entry that a key was used for, nil where there is none.
func (s *Server) bookedUnder(ctx context.Context, key string) (*phoneBooked, error) {
	ref, err := s.app.EntryKeyed(ctx, strings.TrimSpace(key))
	if errors.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	k, err := s.db.Read().Entry(ctx, ref)
	if err != nil {
		return nil, err
	}
	return s.booked(ctx, ref, k.Doc)
}

// takePhoto keeps a file that the phone sends for an entry, once.
func (s *Server) takePhoto(w http.ResponseWriter, r *http.Request) error {
	content, err := io.ReadAll(http.MaxBytesReader(w, r.Body, app.MostAttachmentBytes+1))
	if err != nil {
		return err
	}
	q := r.URL.Query()
	_, already, err := s.app.Attach(r.Context(), app.AttachmentDraft{Key: q.Get("key"), Entry: q.Get("entry"), Content: content})
	if err != nil {
		return err
	}
	state := "kept"
	if already {
		state = syncAlready
	}
	return answerJSON(w, http.StatusOK, map[string]string{"state": state})
}
