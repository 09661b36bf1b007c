package api

import (
	"encoding/json"
	"hash/fnv"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// A single is a T of which some fields may be asked for.
type single[T any] struct {
	of   T
	only []string
}

// MarshalJSON writes the fields that were asked for.
func (s single[T]) MarshalJSON() ([]byte, error) { return selected(s.of, s.only) }

// Schema is that of T.
func (single[T]) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[T](), true, "")
}

// OneQuery is what a single record can be asked.
type OneQuery struct {
	Fields    string `query:"fields" doc:"the fields to be answered, with commas between: id,name"`
	NoneMatch string `header:"If-None-Match" doc:"an ETag: 304 if it is still so"`
}

// A one is the answer of an operation about one record.
type one[T any] struct {
	ETag string `header:"ETag" doc:"of this state; send it as If-Match when you change the record"`
	Body single[T]
}

// answer answers with a record of a revision.
func answer[T any](q OneQuery, v T, revision int32) (*one[T], error) {
	return answerAs(q, v, etag(revision))
}

// answerAs answers with a record of a state that a tag names.
func answerAs[T any](q OneQuery, v T, tag string) (*one[T], error) {
	only, err := fieldsOf[T](q.Fields)
	if err != nil {
		return nil, err
	}
	for m := range strings.SplitSeq(q.NoneMatch, ",") {
		if m = strings.TrimPrefix(strings.TrimSpace(m), "W/"); m == tag || m == "*" {
			return nil, huma.ErrorWithHeaders(huma.Status304NotModified(), http.Header{"ETag": {tag}})
		}
	}
	return &one[T]{ETag: tag, Body: single[T]{v, only}}, nil
}

// hashed is the tag of a record whose revision doesn't tell every change of it: an
// invoice is paid, an entry taken back.
func hashed(v any) string {
	h := fnv.New64a()
	b, _ := json.Marshal(v) // of texts, numbers and flags
	_, _ = h.Write(b)
	return `"` + strconv.FormatUint(h.Sum64(), 36) + `"`
}

func etag(revision int32) string { return `"` + strconv.Itoa(int(revision)) + `"` }

// A Change is what who changes a record says that they saw.
type Change struct {
	Match string `header:"If-Match" doc:"the ETag of the record that you saw: needed"`
}

// seen reads the revision that somebody saw; 428 if they don't say.
func (c Change) seen() (int32, error) {
	if c.Match == "" {
		return 0, problem(http.StatusPreconditionRequired, "say which state you saw: If-Match with the ETag of the record")
	}
	n, err := strconv.ParseInt(strings.Trim(c.Match, `"`), 10, 32)
	if err != nil || !strings.HasPrefix(c.Match, `"`) {
		return 0, problem(http.StatusPreconditionFailed, "this is no ETag of ours: read the record again")
	}
	return int32(n), nil
}

// outdated is the answer to who changes what somebody changed meanwhile: both
// versions.
func outdated(current, yours any) *Problem {
	p := problem(http.StatusPreconditionFailed, "somebody changed it since you read it: compare current with yours")
	p.Current, p.Yours = current, yours
	return p
}
