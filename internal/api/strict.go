package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

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
