package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"quid/account"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/service"
)

// The page of a service entry: what was booked, and the pictures and papers that
// belong to it.
func (s *Server) attachmentRoutes(mux *router) {
	mux.Handle("GET /entries/{customer}/{id}", s.page(s.showEntry))
	mux.Handle("POST /entries/{customer}/{id}/files", s.page(s.postAttachment))
	mux.Handle("GET /attachments/{customer}/{id}", s.page(s.showAttachment))
	mux.Handle("POST /attachments/{customer}/{id}/drop", s.page(s.dropAttachment))
}

// refIn reads the customer and the id in the path of a request.
func refIn(r *http.Request) (store.Ref, error) {
	customer, err1 := strconv.ParseInt(r.PathValue("customer"), 10, 64)
	id, err2 := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if errors.Join(err1, err2) != nil {
		return store.Ref{}, fault.NotFound
	}
	return store.Ref{Customer: account.CustomerID(customer), ID: account.DocumentID(id)}, nil
}

// entryPath is the address of a service entry.
func entryPath(ref store.Ref) string { return fmt.Sprintf("/entries/%d/%d", ref.Customer, ref.ID) }

func attachmentPath(a store.Attachment) string {
	return fmt.Sprintf("/attachments/%d/%d", a.Customer, a.ID)
}

// An entryPage shows a service entry.
type entryPage struct {
	Page
	Entry    store.Kept[service.Entry]
	Customer store.KeptCustomer
	Type     service.Type
	Files    []store.Attachment
	Invoice  string // number of the one that charges for it
	Key      string // of a file that is sent from here
	Problem  string
}

func (s *Server) newEntryPage(r *http.Request, ref store.Ref) (*entryPage, error) {
	page, err := s.newPage(r, locale.Key("Service entry"))
	if err != nil {
		return nil, err
	}
	p := &entryPage{Page: page, Key: strconv.FormatInt(s.app.IDs.Next(s.app.Now()), 36)}
	ctx, read := r.Context(), s.db.Read()
	if p.Entry, err = read.Entry(ctx, ref); err != nil {
		return nil, err
	}
	if p.Customer, err = read.Customer(ctx, ref.Customer); err != nil {
		return nil, err
	}
	types, err := read.Types(ctx)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(types, func(t service.Type) bool { return t.ID == p.Entry.Doc.Type }); i >= 0 {
		p.Type = types[i]
	}
	if l := p.Entry.Doc.ChargeOf; l != nil {
		inv, _, err := read.Invoice(ctx, store.Ref{Customer: ref.Customer, ID: l.Invoice})
		if err != nil && !errors.Is(err, fault.NotFound) {
			return nil, err
		}
		p.Invoice = inv.Doc.Number
	}
	p.Title = p.Type.Name(string(p.Lang()))
	p.Files, err = read.AttachmentsOfEntry(ctx, ref)
	return p, err
}

func (s *Server) showEntry(w http.ResponseWriter, r *http.Request) error {
	ref, err := refIn(r)
	if err != nil {
		return err
	}
	p, err := s.newEntryPage(r, ref)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, entryView(p))
}

// postAttachment takes a file from the form of the page.
func (s *Server) postAttachment(w http.ResponseWriter, r *http.Request) error {
	ref, err := refIn(r)
	if err != nil {
		return err
	}
	p, err := s.newEntryPage(r, ref)
	if err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, app.MostAttachmentBytes+64<<10) // the file and the form around it
	content, key, err := formFile(r)
	if err == nil {
		_, _, err = s.app.Attach(r.Context(), app.AttachmentDraft{Key: key, Ref: ref, Content: content})
	}
	if err == nil {
		http.Redirect(w, r, entryPath(ref), http.StatusSeeOther)
		return nil
	}
	if !errors.Is(err, fault.Invalid) {
		return err
	}
	for _, f := range fault.Fields(err) {
		p.Problem = p.T(f.Problem)
	}
	return s.render(w, r, http.StatusUnprocessableEntity, entryView(p))
}

// formFile reads the file of a form, and the key that it was sent under.
func formFile(r *http.Request) (content []byte, key string, err error) {
	file, _, err := r.FormFile("file")
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		return nil, "", fault.Field("file", "at most 5 MB")
	}
	if err != nil {
		return nil, "", fault.Field("file", "choose a file")
	}
	defer file.Close()
	content, err = io.ReadAll(file)
	return content, r.FormValue("key"), err
}

// Ref names the entry.
func (p *entryPage) Ref() store.Ref {
	return store.Ref{Customer: p.Entry.Doc.Customer, ID: p.Entry.Doc.ID}
}

// fileSize writes the size of a file.
func (p Page) fileSize(bytes int64) string {
	if bytes < 1<<20 {
		return p.T("{n} kB", "n", max(1, bytes>>10))
	}
	return p.T("{n} MB", "n", p.Number(float64(bytes)/(1<<20), 1))
}

// inline are the kinds of files that a browser shows without running anything.
var inline = []string{"image/png", "image/jpeg", "image/webp"}

// attachmentEnds are the ends of the names under which files are kept elsewhere.
var attachmentEnds = map[string]string{"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/heic": "heic", "application/pdf": "pdf"}

// showAttachment hands a file out so that it can do nothing here: whatever it
// holds, it is a file of the kind that its content said, runs no script and has no
// name that somebody chose.
func (s *Server) showAttachment(w http.ResponseWriter, r *http.Request) error {
	ref, err := refIn(r)
	if err != nil {
		return err
	}
	a, err := s.db.Read().Attachment(r.Context(), ref)
	if err != nil {
		return err
	}
	content, err := s.db.Read().AttachmentContent(r.Context(), ref)
	if err != nil {
		return err
	}
	as := "attachment"
	if slices.Contains(inline, a.Media) {
		as = "inline"
	}
	h := w.Header()
	h.Set("Content-Type", a.Media)
	h.Set("Content-Length", strconv.Itoa(len(content)))
	h.Set("Content-Disposition", fmt.Sprintf(`%s; filename="quid-%d.%s"`, as, a.ID, attachmentEnds[a.Media]))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "private, no-store")
	_, err = w.Write(content) // #nosec G705 -- of a kind that we looked at, in a sandbox
	return err
}

func (s *Server) dropAttachment(w http.ResponseWriter, r *http.Request) error {
	ref, err := refIn(r)
	if err != nil {
		return err
	}
	a, err := s.db.Read().Attachment(r.Context(), ref)
	if err != nil {
		return err
	}
	if err := s.app.DropAttachment(r.Context(), ref); err != nil {
		return err
	}
	http.Redirect(w, r, entryPath(store.Ref{Customer: a.Customer, ID: a.Entry}), http.StatusSeeOther)
	return nil
}
