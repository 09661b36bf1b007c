package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/money"
	"quid/value"
)

// A formState is what a form shows: values and problems by field.
type formState struct {
	Values   map[string]string
	Problems map[string]string
	Open     bool // it has problems and is shown unfolded
}

// refused takes the problems of an error over into the form, in the reader's
// language; an error that isn't about the input is returned.
func (f *formState) refused(p Page, err error) error {
	if !errors.Is(err, fault.Invalid) {
		return err
	}
	f.Open, f.Problems = true, map[string]string{}
	for _, e := range fault.Fields(err) {
		f.Problems[e.Name] = p.T(e.Problem)
	}
	return nil
}

// field is an input of the form.
func (f formState) field(name, label string) Field {
	return Field{Name: name, Label: label, Value: f.Values[name], Problem: f.Problems[name]}
}

// editState is the form of the customer's facts as they are.
func (p *cockpitPage) editState() formState {
	c := &p.Customer
	v := map[string]string{
		"owner": c.Owner, "industry": c.Industry, "size": c.Size, "note": c.Note, "revision": strconv.Itoa(int(c.Revision)),
	}
	if c.Need != nil {
		v["need"] = c.Need.Decimal(p.Digits)
	}
	if c.TermsDays != nil {
		v["terms"] = strconv.Itoa(*c.TermsDays)
	}
	if c.Rank != 0 {
		v["rank"] = strconv.Itoa(c.Rank)
	}
	if c.Suppliers != 0 {
		v["suppliers"] = strconv.Itoa(c.Suppliers)
	}
	return formState{Values: v}
}

// setState is the form of an override, empty.
func (p *cockpitPage) setState() formState {
	until := p.lastDay().AddMonths(6)
	return formState{Values: map[string]string{"until": until.String()}}
}

// sent are the values of a form as they came.
func sent(r *http.Request, names ...string) map[string]string {
	v := make(map[string]string, len(names))
	for _, n := range names {
		v[n] = strings.TrimSpace(r.FormValue(n))
	}
	return v
}

// editCustomer keeps what a person changed, or shows the form with what stands
// in the way.
func (s *Server) editCustomer(w http.ResponseWriter, r *http.Request) error {
	p, err := s.cockpit(r)
	if err != nil {
		return err
	}
	p.Edit.Values = sent(r, "owner", "industry", "size", "need", "rank", "suppliers", "terms", "note", "revision")
	edit, err := p.edit()
	if err == nil {
		err = s.app.UpdateCustomer(r.Context(), edit)
	}
	if err == nil {
		http.Redirect(w, r, p.path("?saved=1"), http.StatusSeeOther)
		return nil
	}
	if err := p.Edit.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, cockpit(p))
}

// edit reads the form of the customer's facts.
func (p *cockpitPage) edit() (app.CustomerEdit, error) {
	v := p.Edit.Values
	e := app.CustomerEdit{Customer: p.Customer.ID, Owner: v["owner"], Industry: v["industry"], Size: v["size"], Note: v["note"]}
	var errs []error
	whole := func(name string) int {
		if v[name] == "" {
			return 0
		}
		n, err := strconv.Atoi(v[name])
		if err != nil {
			errs = append(errs, fault.Field(name, "write a whole number"))
		}
		return n
	}
	e.Revision, e.Rank, e.Suppliers = int32(whole("revision")), whole("rank"), whole("suppliers")
	if v["terms"] != "" {
		days := whole("terms")
		e.TermsDays = &days
	}
	if v["need"] != "" {
		need, err := money.Parse(v["need"], p.Digits)
		if err != nil {
			errs = append(errs, fault.Field("need", "write an amount such as 120000.00"))
		}
		e.Need = &need
	}
	return e, errors.Join(errs...)
}

// overrule keeps a person's word against the figures.
func (s *Server) overrule(w http.ResponseWriter, r *http.Request) error {
	p, err := s.cockpit(r)
	if err != nil {
		return err
	}
	p.Set.Values = sent(r, "class", "segment", "reason", "set_note", "until")
	draft, err := p.override()
	if err == nil {
		_, err = s.app.Overrule(r.Context(), draft)
	}
	if err == nil {
		http.Redirect(w, r, p.path("?overruled=1"), http.StatusSeeOther)
		return nil
	}
	if err := p.Set.refused(p.Page, err); err != nil {
		return err
	}
	if text, ok := p.Set.Problems["note"]; ok {
		p.Set.Problems["set_note"] = text
	}
	return s.render(w, r, http.StatusUnprocessableEntity, cockpit(p))
}

func (p *cockpitPage) override() (app.OverrideDraft, error) {
	v := p.Set.Values
	d := app.OverrideDraft{Customer: p.Customer.ID, Segment: value.Segment(v["segment"]), Reason: v["reason"], Note: v["set_note"]}
	var errs []error
	if v["class"] != "" {
		class, err := value.ParseClass(v["class"])
		if err != nil {
			errs = append(errs, fault.Field("class", "choose a class or a segment"))
		}
		d.Class = class
	}
	until, err := day.Parse(v["until"])
	if err != nil {
		errs = append(errs, fault.Field("until", "choose an end that is not in the past"))
	}
	d.Until = until
	return d, errors.Join(errs...)
}

// endOverride lets the figures count again.
func (s *Server) endOverride(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	override, err := strconv.ParseInt(r.PathValue("override"), 10, 64)
	if err != nil {
		return fault.NotFound
	}
	if err := s.app.EndOverride(r.Context(), account.CustomerID(id), override); err != nil {
		return err
	}
	http.Redirect(w, r, customerPath(account.CustomerID(id))+"?overruled=1", http.StatusSeeOther)
	return nil
}
