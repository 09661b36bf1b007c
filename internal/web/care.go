package web

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"quid/crm"
	"quid/day"
	"quid/fault"
	"quid/internal/locale"
	"quid/internal/paper"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// careRoutes are the pages on how customers are looked after.
func (s *Server) careRoutes(mux *router) {
	s.cockpitCareRoutes(mux)
	s.playbookRoutes(mux)
	s.taskRoutes(mux)
	s.attentionRoutes(mux)
	s.developmentRoutes(mux)
}

// mineCookie keeps whose tasks a reader calls its own.
const mineCookie = "quid_mine"

// mine is the name under which the reader decides and works, "" if none was
// chosen.
func mine(r *http.Request) string {
	text, err := url.QueryUnescape(cookie(r, mineCookie))
	if err != nil {
		return ""
	}
	return text
}

// formNames are the forms of care in words.
var formNames = map[crm.Form]string{
	crm.Personal: locale.Key("Personal"), crm.ByPhone: locale.Key("By phone"), crm.SelfService: locale.Key("Self-service"),
}

// directionNames are the strategies in words.
var directionNames = map[crm.Direction]string{
	crm.TakeAlong: locale.Key("Take along"), crm.ChargeFor: locale.Key("Charge for it"), crm.CutBack: locale.Key("Cut back"),
	crm.FindPotential: locale.Key("Find the potential"), crm.KeepLean: locale.Key("Keep lean"), crm.Secure: locale.Key("Secure"),
	crm.Delight: locale.Key("Delight"), crm.Deepen: locale.Key("Deepen"), crm.Integrate: locale.Key("Integrate"), crm.WinSecond: locale.Key("Win the second purchase"),
}

// directionTexts say what a strategy means.
var directionTexts = map[crm.Direction]string{
	crm.TakeAlong:     locale.Key("Take the business that comes, at little effort."),
	crm.ChargeFor:     locale.Key("Let the customer pay for what is free now."),
	crm.CutBack:       locale.Key("Give less for free, politely and announced."),
	crm.FindPotential: locale.Key("Look for business that justifies the effort."),
	crm.KeepLean:      locale.Key("Push nothing that nobody expects."),
	crm.Secure:        locale.Key("The ties are too weak for this value: strengthen them."),
	crm.Delight:       locale.Key("Give planned services, with a budget and a review day."),
	crm.Deepen:        locale.Key("More topics, more people, more business."),
	crm.Integrate:     locale.Key("Share processes and work together."),
	crm.WinSecond:     locale.Key("Win the second purchase and learn about potential and fit."),
}

// direction says a strategy in words.
func (p Page) direction(d crm.Direction) string { return p.T(directionNames[d]) }

// taskTitle says what a task is about.
func (p Page) taskTitle(t crm.Task) string { return paper.TaskTitle(p.Printer, t) }

// taskReason says why a task is there.
func (p Page) taskReason(t crm.Task) string {
	return paper.TaskReason(p.Printer, store.Book{Currency: p.Currency, Digits: p.Digits}, t)
}

// stateNames are the states of tasks in words.
var stateNames = map[crm.TaskState]string{
	crm.TaskProposed: locale.Key("proposed"), crm.TaskOpen: locale.Key("to do"), crm.TaskDone: locale.Key("done"),
	crm.TaskDismissed: locale.Key("dismissed"), crm.TaskLapsed: locale.Key("no longer needed"),
}

// budgetText says what a budget allows a year.
func (p Page) budgetText(b service.Budget) string {
	switch {
	case b.Amount != nil:
		return p.T("{sum} a year", "sum", p.Amount(*b.Amount))
	case b.Share > 0:
		return p.T("{share} of contribution I", "share", p.Percent(b.Share.Float(), decimalsOf(b.Share)))
	}
	return p.T("none")
}

// decimalsOf is how many decimals a share in percent needs, two at most.
func decimalsOf(m money.Micro) int {
	switch {
	case m%10_000 == 0:
		return 0
	case m%1_000 == 0:
		return 1
	}
	return 2
}

// percentText is a share as an input of percent wants it.
func percentText(m money.Micro) string {
	if m == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(m)/10_000, 'f', -1, 64)
}

// wholeText is a whole number as an input wants it.
func wholeText[T int | int32 | int64](n T) string { return strconv.FormatInt(int64(n), 10) }

// A sheet reads a form and gathers what is wrong with it.
type sheet struct {
	form   formState
	digits int
	errs   []error
}

func (p Page) sheetOf(r *http.Request, prefix string, names ...string) *sheet {
	s := &sheet{form: formState{Values: map[string]string{}}, digits: p.Digits}
	for _, n := range names {
		s.form.Values[n] = strings.TrimSpace(r.FormValue(prefix + n))
	}
	return s
}

func (s *sheet) text(name string) string { return s.form.Values[name] }

// whole reads a whole number; nothing is 0.
func (s *sheet) whole(name string) int {
	text := s.text(name)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n > math.MaxInt32 {
		s.errs = append(s.errs, fault.Field(name, "write a whole number"))
	}
	return n
}

// sum reads an amount of the book; nothing is nil.
func (s *sheet) sum(name string) *money.Amount {
	text := s.text(name)
	if text == "" {
		return nil
	}
	a, err := money.Parse(strings.ReplaceAll(text, ",", "."), s.digits)
	if err != nil {
		s.errs = append(s.errs, fault.Field(name, "write an amount such as 1234.50"))
		return nil
	}
	return &a
}

// percent reads a share in percent; nothing is 0.
func (s *sheet) percent(name string) money.Micro {
	text := strings.ReplaceAll(s.text(name), ",", ".")
	if text == "" {
		return 0
	}
	m, err := money.ParseMicro(text)
	if err != nil || m < 0 || m > 100*money.One {
		s.errs = append(s.errs, fault.Field(name, "between 0 and 100 percent"))
		return 0
	}
	return m / 100
}

// day reads a day; what is none is a problem.
func (s *sheet) day(name string) day.Day {
	d, err := day.Parse(s.text(name))
	if err != nil {
		s.errs = append(s.errs, fault.Field(name, "write a day such as 2026-12-31"))
	}
	return d
}

// problem is all that is wrong with what was typed, or nil.
func (s *sheet) problem() error { return errors.Join(s.errs...) }

// careField is an input of a form whose names have a prefix, so that several
// forms stand on one page.
func (f formState) careField(prefix, name, label string) Field {
	return Field{Name: prefix + name, Label: label, Value: f.Values[name], Problem: f.Problems[name]}
}

// hint adds what helps to fill a field.
func (f Field) hint(text string) Field {
	f.Hint = text
	return f
}

// A clash is what two people wrote of one thing: shown with the answer 409.
type clash struct {
	Title string // what it is about
	Lines []clashLine
	Back  string // where the newer version is, "" if it stands on this page
}

type clashLine struct{ Label, Mine, Theirs string }

// versions adds a line of both versions.
func (c *clash) add(label, mine, theirs string) {
	c.Lines = append(c.Lines, clashLine{label, mine, theirs})
}

// directions says several strategies in words.
func (p Page) directions(list []crm.Direction) string {
	names := make([]string, len(list))
	for i, d := range list {
		names[i] = p.direction(d)
	}
	return strings.Join(names, ", ")
}

// seenOf reads what a form saw; nonsense is nothing seen.
func seenOf(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}
