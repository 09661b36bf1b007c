// Package doctest reads PDFs that package doc wrote, for tests: the texts of
// every page as a reader sees them. It is no reader of PDFs in general.
package doctest

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf16"
)

var (
	stream  = regexp.MustCompile(`(?s)/Length (\d+)[^>]*>>\s*stream\r?\n`)
	flated  = []byte("/FlateDecode")
	showing = []byte(") Tj")
)

// Pages returns the texts of every page, in the order in which they were
// written, a line for each.
func Pages(pdf []byte) ([]string, error) {
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) || !bytes.Contains(pdf[max(0, len(pdf)-32):], []byte("%%EOF")) {
		return nil, fmt.Errorf("not a whole PDF")
	}
	var pages []string
	for _, at := range stream.FindAllSubmatchIndex(pdf, -1) {
		var n int
		if _, err := fmt.Sscan(string(pdf[at[2]:at[3]]), &n); err != nil || at[1]+n > len(pdf) {
			return nil, fmt.Errorf("stream at %d: bad length", at[0])
		}
		data := pdf[at[1] : at[1]+n]
		dict := pdf[max(0, at[0]-200):at[1]]
		if open := bytes.LastIndex(dict, []byte("<<")); open >= 0 {
			dict = dict[open:]
		}
		if bytes.Contains(dict, []byte("/Length1")) || bytes.Contains(dict, []byte("/Image")) {
			continue // a typeface, a picture
		}
		if bytes.Contains(dict, flated) {
			r, err := zlib.NewReader(bytes.NewReader(data))
			if err != nil {
				return nil, fmt.Errorf("stream at %d: %w", at[0], err)
			}
			if data, err = io.ReadAll(r); err != nil {
				return nil, fmt.Errorf("stream at %d: %w", at[0], err)
			}
		}
		if bytes.Contains(data, showing) {
			pages = append(pages, texts(data))
		}
	}
	return pages, nil
}

// texts reads what a page shows: strings of UTF-16 between brackets.
func texts(data []byte) string {
	var out strings.Builder
	for {
		end := bytes.Index(data, showing)
		if end < 0 {
			return out.String()
		}
		from := opening(data[:end])
		out.WriteString(decode(data[from+1 : end]))
		out.WriteByte('\n')
		data = data[end+len(showing):]
	}
}

// opening finds the bracket that begins the string that ends data; within it,
// brackets are escaped.
func opening(data []byte) int {
	for i := len(data) - 1; i >= 0; i-- {
		if data[i] != '(' {
			continue
		}
		slashes := 0
		for k := i - 1; k >= 0 && data[k] == '\\'; k-- {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
	}
	return -1
}

// decode undoes the escapes of a PDF string and reads it as UTF-16.
func decode(raw []byte) string {
	var b []byte
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c == '\\' && i+1 < len(raw) {
			i++
			switch c = raw[i]; c {
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			}
		}
		b = append(b, c)
	}
	var units []uint16
	for i := 0; i+1 < len(b); i += 2 {
		units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
	}
	return string(utf16.Decode(units))
}
