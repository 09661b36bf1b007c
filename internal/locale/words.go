package locale

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed de/*.json
var files embed.FS

// words holds all texts; wordsErr what is wrong with the files, for the test.
// A damaged file leaves its readers with English, not with an error page.
var words, wordsErr = read(files)

// A text is one German text: a plain one has no One.
type text struct {
	One   string `json:"one"`
	Other string `json:"other"`
}

// UnmarshalJSON reads "Kunden" as well as {"one": "…", "other": "…"}.
func (t *text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &t.Other)
	}
	type plain text
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode((*plain)(t)); err != nil {
		return err
	}
	if t.One == "" || t.Other == "" {
		return errors.New(`a plural has "one" and "other"`)
	}
	return nil
}

// A word is a key with its text and the file it stands in.
type word struct {
	key, file string
	text      text
}

// read merges the files of every language. It goes on after a problem and
// reports all of them: a file that isn't JSON, a key twice with two texts.
func read(files fs.FS) (*i18n.Bundle, error) {
	bundle := i18n.NewBundle(language.English)
	var errs []error
	seen := map[string]word{}
	names, err := fs.Glob(files, "de/*.json")
	errs = append(errs, err)
	for _, name := range names {
		raw, err := fs.ReadFile(files, name)
		errs = append(errs, err)
		list, err := parse(path.Base(name), raw)
		errs = append(errs, err)
		for _, w := range list {
			if old, ok := seen[w.key]; ok && old.text != w.text {
				errs = append(errs, fmt.Errorf("%s: %q is %q here and %q in %s", w.file, w.key, w.text.Other, old.text.Other, old.file))
				continue
			}
			seen[w.key] = w
			err := bundle.AddMessages(language.German, &i18n.Message{ID: w.key, One: w.text.One, Other: w.text.Other})
			errs = append(errs, err)
		}
	}
	return bundle, errors.Join(errs...)
}

// parse reads one file in order, so that a key that stands there twice is seen.
func parse(file string, raw []byte) ([]word, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	var list []word
	fail := func(err error) ([]word, error) {
		return list, fmt.Errorf("%s: offset %d: %w", file, d.InputOffset(), err)
	}
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fail(errors.Join(errors.New("not a JSON object"), err))
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return fail(err)
		}
		w := word{key: key.(string), file: file} // a key is always a string
		if err := d.Decode(&w.text); err != nil {
			return fail(fmt.Errorf("%q: %w", w.key, err))
		}
		list = append(list, w)
	}
	if _, err := d.Token(); err != nil {
		return fail(err)
	}
	return list, nil
}

// Key returns s. It marks a text that reaches T or N by way of a variable, so
// that the test sees it: a table of segments with their names, for example.
func Key(s string) string { return s }

// A Lang is a language that the program speaks.
type Lang string

// The languages.
const (
	English Lang = "en"
	German  Lang = "de"
)

// Langs are all languages, in the order in which a page offers them.
var Langs = []Lang{German, English}

// Name is the language's own name for itself.
func (l Lang) Name() string {
	if l == German {
		return "Deutsch"
	}
	return "English"
}

var matcher = language.NewMatcher([]language.Tag{language.English, language.German})

// Match returns the language that suits an Accept-Language header best, English
// if none does.
func Match(acceptLanguage string) Lang {
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return English
	}
	if _, i, c := matcher.Match(tags...); i == 1 && c > language.No {
		return German
	}
	return English
}

// Known says whether lang names a language that the program speaks, such as a
// cookie might claim.
func Known(lang string) bool { return slices.Contains(Langs, Lang(lang)) }
