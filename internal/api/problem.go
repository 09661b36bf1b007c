package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"quid/fault"
	"quid/internal/request"
	"quid/internal/store"
)

// A Problem is an error as RFC 9457 writes it.
type Problem struct {
	Type    string  `json:"type" doc:"about:blank: the status says what kind it is"`
	Title   string  `json:"title"`
	Status  int     `json:"status"`
	Detail  string  `json:"detail"`
	Request string  `json:"request" doc:"the id of the request, as the log has it"`
	Errors  []Wrong `json:"errors" doc:"what is wrong, field by field"`
	Current any     `json:"current" doc:"with 412: the record as it is now"`
	Yours   any     `json:"yours" doc:"with 412: what you asked for"`
}

// A Wrong is one field or parameter that is wrong.
type Wrong struct {
	Pointer   string `json:"pointer,omitempty" doc:"JSON pointer into the body, such as #/day"`
	Parameter string `json:"parameter,omitempty" doc:"or the parameter, such as query.filter or header.Idempotency-Key"`
	Detail    string `json:"detail"`
}

// MarshalJSON leaves out what is not said.
func (p *Problem) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Type    string  `json:"type"`
		Title   string  `json:"title"`
		Status  int     `json:"status"`
		Detail  string  `json:"detail,omitempty"`
		Request string  `json:"request,omitempty"`
		Errors  []Wrong `json:"errors,omitempty"`
		Current any     `json:"current,omitempty"`
		Yours   any     `json:"yours,omitempty"`
	}(*p))
}

func (p *Problem) Error() string { return p.Title + ": " + p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of problems.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

func problem(status int, detail string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}
}

func init() {
	huma.DefaultArrayNullable = false // no list of ours is null
	// huma makes its own errors (what doesn't fit the schema) by this variable.
	huma.NewError = func(status int, detail string, errs ...error) huma.StatusError {
		p := problem(status, detail)
		for _, err := range errs {
			if d, ok := err.(huma.ErrorDetailer); ok {
				p.Errors = append(p.Errors, wrongAt(d.ErrorDetail().Location, d.ErrorDetail().Message))
			}
		}
		return p
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, detail string, errs ...error) huma.StatusError {
		err := huma.NewError(status, detail, errs...)
		if p, ok := err.(*Problem); ok {
			p.Request = request.Of(ctx.Context()).ID
		}
		return err
	}
}

// wrongAt says where something is wrong: body.items[3].name is #/items/3/name.
func wrongAt(location, detail string) Wrong {
	rest, body := strings.CutPrefix(location, "body")
	if !body {
		return Wrong{Parameter: location, Detail: detail}
	}
	rest = strings.NewReplacer("[", ".", "]", "").Replace(strings.TrimPrefix(rest, "."))
	if rest == "" {
		if what, at, ok := strings.Cut(detail, ": #/"); ok { // see strictly
			return Wrong{Pointer: "#/" + at, Detail: what}
		}
		return Wrong{Pointer: "#", Detail: detail}
	}
	return Wrong{Pointer: "#/" + strings.ReplaceAll(strings.TrimPrefix(rest, "."), ".", "/"), Detail: detail}
}

// problemOf is the problem that an error of ours is to a program.
func (s *Server) problemOf(ctx context.Context, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	err = store.Fault(err)
	switch {
	case errors.Is(err, fault.Invalid):
		p = problem(http.StatusUnprocessableEntity, "something in the request is wrong: see errors")
		for _, f := range fault.Fields(err) {
			location := "body." + f.Name
			if strings.HasPrefix(f.Name, "query.") || strings.HasPrefix(f.Name, "header.") || strings.HasPrefix(f.Name, "path.") {
				location = f.Name
			}
			p.Errors = append(p.Errors, wrongAt(location, f.Problem))
		}
	case errors.Is(err, fault.NotFound):
		p = problem(http.StatusNotFound, "it is not there, or not to be seen with this key")
	case errors.Is(err, fault.Conflict):
		p = problem(http.StatusConflict, "it has changed meanwhile, or is over already: read it again")
	case errors.Is(err, fault.Denied):
		p = problem(http.StatusForbidden, "this key may not do this")
	case errors.Is(err, fault.Unwritable):
		p = problem(http.StatusInsufficientStorage, "nothing can be written at the moment: the disk is full or fails; reading goes on")
	case errors.Is(err, fault.Unavailable):
		p = problem(http.StatusServiceUnavailable, "the database is out of reach at the moment: ask again in a few seconds, with the same Idempotency-Key")
	case ctx.Err() != nil:
		p = problem(http.StatusServiceUnavailable, "the request was given up")
	default:
		s.app.Log.ErrorContext(ctx, "request of a program failed", "err", err)
		p = problem(http.StatusInternalServerError, "something went wrong on our side: the log has it under this request")
	}
	p.Request = request.Of(ctx).ID
	return p
}

// writeProblem answers with a problem outside of any operation.
func writeProblem(w http.ResponseWriter, p *Problem) {
	if p.Request == "" {
		p.Request = w.Header().Get("X-Request-Id")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

// wrong says what is wrong with a field or a parameter. Programs are spoken to in
// English, so these texts have no German.
func wrong(name, why string) error { return fault.Field(name, why) }
