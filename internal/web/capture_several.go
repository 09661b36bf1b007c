package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"quid/fault"
	"quid/internal/app"
	"quid/internal/capture"
	"quid/internal/locale"
	"quid/money"
)

// A severalPage books one service for many customers, such as a seminar.
type severalPage struct {
	capturePage
	Lines string // a customer each, with a weight behind = if they differ
	Share string // equal, heads, weight or full
	Parts []app.JointPart
}

// mostLines is how many customers are read, two more than may be booked.
const mostLines = 502

func (s *Server) several(r *http.Request) (*severalPage, error) {
	if err := r.ParseForm(); err != nil {
		return nil, fault.Field("line", "this form can't be read")
	}
	base, err := s.newCapture(r, locale.Key("One service for several customers"))
	if err != nil {
		return nil, err
	}
	p := &severalPage{capturePage: *base, Lines: strings.TrimSpace(r.Form.Get("customers")), Share: r.Form.Get("share")}
	if p.Form.Day == "" {
		p.Form.Day = p.today.String()
	}
	if p.Share == "" {
		p.Share = "equal"
	}
	return p, nil
}

// showSeveral answers with the form; a line fills what it says.
func (s *Server) showSeveral(w http.ResponseWriter, r *http.Request) error {
	p, err := s.several(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, severalView(p))
}

// postSeveral books the service at each of the customers, or shows the form with
// what stands in the way.
func (s *Server) postSeveral(w http.ResponseWriter, r *http.Request) error {
	p, err := s.several(r)
	if err != nil {
		return err
	}
	if err := s.readParts(r.Context(), p); err != nil {
		return err
	}
	if len(p.Parts) > 0 {
		p.Form.Customer = p.Parts[0].Customer // draft asks for one
	}
	d, ok := p.draft()
	if problem, bad := p.Form.Problems["who"]; bad {
		delete(p.Form.Problems, "who")
		if len(p.Parts) == 0 && p.Form.Problems["customers"] == "" {
			p.Form.Problems["customers"] = problem
		}
	}
	p.Form.Customer, d.Customer = 0, 0
	if ok && len(p.Form.Problems) == 0 {
		done, err := s.app.RecordJoint(r.Context(), app.JointDraft{EntryDraft: d, Parts: p.Parts, Full: p.Share == "full"})
		if err == nil {
			http.Redirect(w, r, captureHref("booked", refText(done[0].Ref)), http.StatusSeeOther)
			return nil
		}
		if err := p.refused(err); err != nil {
			return err
		}
	}
	return s.render(w, r, http.StatusUnprocessableEntity, severalView(p))
}

// readParts reads the customers: a line each, "Meier GmbH (10001) = 4".
func (s *Server) readParts(ctx context.Context, p *severalPage) error {
	names, err := s.namesNow(ctx)
	if err != nil {
		return err
	}
	var problems []string
	for n, line := range strings.Split(p.Lines, "\n") {
		if line = strings.TrimSpace(line); line == "" || n > mostLines {
			continue
		}
		part, problem := p.readPart(names, line)
		if problem != "" {
			problems = append(problems, p.T("line {n}: {problem}", "n", n+1, "problem", problem))
		}
		p.Parts = append(p.Parts, part)
	}
	if len(problems) > 0 {
		p.Form.Problems["customers"] = strings.Join(problems, "; ")
	}
	return nil
}

func (p *severalPage) readPart(names *capture.Names, line string) (app.JointPart, string) {
	who, weight, weighted := strings.Cut(line, "=")
	var part app.JointPart
	switch found, more := names.Find(who); {
	case len(found) == 0:
		return part, p.T("nobody is called {name}", "name", strings.TrimSpace(who))
	case len(found) > 1:
		return part, p.N("{n} customer is called {name}; add the number", "{n} customers are called {name}; add the number", len(found)+more, "name", strings.TrimSpace(who))
	default:
		part.Customer = found[0]
	}
	switch p.Share {
	case "heads":
		n, err := strconv.Atoi(strings.TrimSpace(weight))
		if !weighted || err != nil || n < 1 {
			return part, p.T("write how many came, such as “{name} = 4”", "name", strings.TrimSpace(who))
		}
		part.Weight = money.Micro(n) * money.One
	case "weight":
		w, err := money.ParseMicro(strings.Replace(strings.TrimSpace(weight), ",", ".", 1))
		if !weighted || err != nil || w <= 0 {
			return part, p.T("write a weight, such as “{name} = 1.5”", "name", strings.TrimSpace(who))
		}
		part.Weight = w
	}
	return part, ""
}
