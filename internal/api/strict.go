package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// misasked says what is wrong with a query before any of it is looked at: a filter that
// can't be read, or stands there twice, must not be left out without a word.
func misasked(query string) *Problem {
	values, err := url.ParseQuery(query)
	p := problem(http.StatusUnprocessableEntity, "something in the request is wrong: see errors")
	if err != nil {
		p.Errors = append(p.Errors, Wrong{Parameter: "query", Detail: "it can't be read: write & between parameters, and what is no letter or digit as % and its two hexadecimal digits"})
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if len(values[name]) > 1 {
			p.Errors = append(p.Errors, Wrong{Parameter: "query." + name, Detail: "say it once"})
		}
	}
	if p.Errors == nil {
		return nil
	}
	return p
}

// strictly reads a body as JSON. A field that is written twice is refused, since programs
// differ in which of them they take, and so is a text with a NUL, which no book keeps.
func strictly(b []byte, v any) error {
	if err := json.Unmarshal(b, v); err != nil {
		return err
	}
	if _, first := v.(*any); !first {
		return nil // it was looked at when it was compared with the description
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return tidy(d, "#")
}

// tidy looks through the next value of a body, which is whole JSON; at is the pointer to it.
func tidy(d *json.Decoder, at string) error {
	token, err := d.Token()
	if err != nil {
		if err == io.EOF {
			return nil
		}
		return err
	}
	switch t := token.(type) {
	case string:
		if strings.ContainsRune(t, 0) {
			return fmt.Errorf("it holds a NUL: %s", at)
		}
	case json.Delim:
		seen := make(map[string]bool)
		for i := 0; d.More(); i++ {
			name := strconv.Itoa(i)
			if t == '{' {
				key, err := d.Token()
				if err != nil {
					return err
				}
				if name, _ = key.(string); seen[name] {
					return fmt.Errorf("it is written twice: %s", at+"/"+name)
				}
				seen[name] = true
			}
			if err := tidy(d, at+"/"+name); err != nil {
				return err
			}
		}
		_, err = d.Token()
		return err
	}
	return nil
}
