package talk

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"quid/fault"
)

// An Argument is what can be said for one service in one language. Its texts may
// hold placeholders.
type Argument struct {
	Code       string // of the service type
	Lang       string // de or en
	Gain       string // what the service brings
	Loss       string // what its loss would mean, put politely
	Objections []Objection
	Own        bool // a person wrote it; else it was shipped
	Revision   int32
}

// An Objection is what the customer may say, and an answer.
type Objection struct{ Says, Answer string }

// Placeholders are the names that a text may hold between braces.
var Placeholders = []string{"customer", "service", "count", "times", "quantity", "hours", "duration", "benefit", "period", "last"}

// A PlaceholderError is a text with a placeholder that nobody fills.
type PlaceholderError struct{ Name string }

// Error names the placeholder and those that are known.
func (e *PlaceholderError) Error() string {
	if e.Name == "" {
		return "a brace is open: write a name and close it, such as {customer}"
	}
	return fmt.Sprintf("{%s} is not known; known are {%s}", e.Name, strings.Join(Placeholders, "}, {"))
}

var braces = regexp.MustCompile(`\{([^{}]*)\}|[{}]`)

// CheckText says whether every placeholder of a text is known. Braces mean
// placeholders and nothing else.
func CheckText(text string) error {
	for _, m := range braces.FindAllStringSubmatch(text, -1) {
		if name := m[1]; !slices.Contains(Placeholders, name) {
			return &PlaceholderError{Name: name}
		}
	}
	return nil
}

// Check reports every text that cannot be kept, by the name of its field: gain,
// loss, says_1, answer_1 …
func (a Argument) Check() error {
	var errs []error
	look := func(field, text string) {
		if err := CheckText(text); err != nil {
			errs = append(errs, fmt.Errorf("%w: %w", fault.Field(field, err.Error()), err))
		}
	}
	if strings.TrimSpace(a.Code) == "" {
		errs = append(errs, fault.Field("code", "choose a service"))
	}
	if a.Lang != "de" && a.Lang != "en" {
		errs = append(errs, fault.Field("lang", "choose de or en"))
	}
	look("gain", a.Gain)
	look("loss", a.Loss)
	for i, o := range a.Objections {
		if (o.Says == "") != (o.Answer == "") {
			errs = append(errs, fault.Field(fmt.Sprintf("answer_%d", i+1), "an objection needs an answer, and the other way round"))
		}
		look(fmt.Sprintf("says_%d", i+1), o.Says)
		look(fmt.Sprintf("answer_%d", i+1), o.Answer)
	}
	return errors.Join(errs...)
}

// Fill puts figures in the place of their names. A name without a figure becomes
// a dash.
func Fill(text string, figures map[string]string) string {
	return braces.ReplaceAllStringFunc(text, func(m string) string {
		return cmp.Or(figures[strings.Trim(m, "{}")], "–")
	})
}

// Filled is the argument with the figures of a customer.
func (a Argument) Filled(figures map[string]string) Argument {
	a.Gain, a.Loss = Fill(a.Gain, figures), Fill(a.Loss, figures)
	a.Objections = slices.Clone(a.Objections)
	for i, o := range a.Objections {
		a.Objections[i] = Objection{Fill(o.Says, figures), Fill(o.Answer, figures)}
	}
	return a
}

// ArgumentOf returns what can be said for a service: as somebody wrote it, else
// as shipped; ok is false where there is nothing.
func ArgumentOf(written []Argument, code, lang string) (a Argument, ok bool) {
	is := func(a Argument) bool { return a.Code == code && a.Lang == lang }
	if i := slices.IndexFunc(written, is); i >= 0 {
		return written[i], true
	}
	shipped := Shipped()
	if i := slices.IndexFunc(shipped, is); i >= 0 {
		return shipped[i], true
	}
	return Argument{Code: code, Lang: lang}, false
}
