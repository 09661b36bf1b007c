package api

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"hash/fnv"
	"iter"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// A ListQuery is what every list can be asked.
type ListQuery struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100" doc:"how many at most; where filter or days leave most out, a page may hold fewer, and none, and have a next one still"`
	Cursor string `query:"cursor" maxLength:"1000" doc:"next of the page before; with the same sort, filter and days"`
	Sort   string `query:"sort"`
	Filter string `query:"filter"`
	Fields string `query:"fields" doc:"the fields to be answered, with commas between: id,name"`
}

// allQuery asks a list of the book, ofQuery one of a customer.
type (
	allQuery struct{ ListQuery }
	ofQuery  struct {
		CustomerPath
		ListQuery
	}
)

type listInput interface{ query() ListQuery }

func (q ListQuery) query() ListQuery { return q }

// A page is some of a list.
type page[T any] struct {
	Items []T    `json:"items" required:"true"`
	Next  string `json:"next,omitempty" doc:"cursor of the next page; none: this is the last"`

	only []string
}

// MarshalJSON writes the fields that were asked for.
func (p page[T]) MarshalJSON() ([]byte, error) {
	items := make([]json.RawMessage, len(p.Items))
	for i := range p.Items {
		b, err := selected(p.Items[i], p.only)
		if err != nil {
			return nil, err
		}
		items[i] = b
	}
	return json.Marshal(struct {
		Items []json.RawMessage `json:"items"`
		Next  string            `json:"next,omitempty"`
	}{items, p.Next})
}

// selected is v as JSON, of its fields only some; all if none are named.
func selected(v any, only []string) (json.RawMessage, error) {
	b, err := json.Marshal(v)
	if err != nil || len(only) == 0 {
		return b, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, err
	}
	for name := range all {
		if !slices.Contains(only, name) {
			delete(all, name)
		}
	}
	return json.Marshal(all)
}

// fieldsOf reads a selection of fields of a T.
func fieldsOf[T any](list string) ([]string, error) {
	if list == "" {
		return nil, nil
	}
	known := jsonNames(reflect.TypeFor[T]())
	only := strings.Split(list, ",")
	for i, f := range only {
		if only[i] = strings.TrimSpace(f); !slices.Contains(known, only[i]) {
			return nil, wrong("query.fields", "there is no field "+strconv.Quote(only[i])+": one of "+strings.Join(known, ", "))
		}
	}
	return only, nil
}

func jsonNames(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); name != "" && name != "-" {
			out = append(out, name)
		}
	}
	return out
}

// A mark is where a page ended.
type mark struct {
	Asked uint64 `json:"q"` // hash of operation, sort and filter
	Key   string `json:"k"` // of the last one
	ID    string `json:"i"`
}

func (m mark) String() string {
	b, _ := json.Marshal(m)
	return base64.RawURLEncoding.EncodeToString(b)
}

// readMark reads a cursor; the zero mark for "".
func readMark(cursor string, asked uint64) (mark, error) {
	m := mark{}
	if cursor == "" {
		return m, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil || m.Asked != asked || m.ID == "" {
		return m, wrong("query.cursor", "this is no cursor of this list, sort, filter and days: begin without one")
	}
	return m, nil
}

// A list is how an operation lists Ts.
type list[T any] struct {
	fields []field[T] // to filter by
	sorts  []string   // names of fields, with - for downwards; the first where none is asked
	id     func(*T) string

	// One of these: all of them, in any order, or those after a mark in the order asked for.
	all    func(ctx context.Context, in listInput) ([]T, error)
	some   int // of a stream: how many a page looks at, 0 for all
	stream func(ctx context.Context, in listInput, sort string, after mark) iter.Seq2[T, error]
}

// A listed is the answer of a list.
type listed[T any] struct {
	Link string `header:"Link" doc:"the next page, rel=next"`
	Body page[T]
}

// handleList registers an operation that lists Ts.
func handleList[I listInput, T any](s *Server, o op, l list[T]) {
	o.method = http.MethodGet
	o.more = strings.TrimSpace(o.more + "\n\nFilter by: " + strings.Join(names(l.fields), ", ") + ". Sort by: " + strings.Join(l.sorts, ", ") + ".")
	o.change = func(h *huma.Operation) {
		h.Extensions["x-filter"], h.Extensions["x-sort"] = names(l.fields), l.sorts
	}
	handle(s, o, func(ctx context.Context, in *I) (*listed[T], error) {
		q := (*in).query()
		q.Sort = cmp.Or(q.Sort, l.sorts[0])
		if !slices.Contains(l.sorts, q.Sort) {
			return nil, wrong("query.sort", "sort by one of "+strings.Join(l.sorts, ", "))
		}
		keep, err := parseFilter(q.Filter, l.fields)
		if err != nil {
			return nil, err
		}
		only, err := fieldsOf[T](q.Fields)
		if err != nil {
			return nil, err
		}
		h := fnv.New64a()
		h.Write([]byte(o.id + "\x00" + q.Sort + "\x00" + q.Filter))
		if narrowed, ok := any(*in).(interface{ narrowed() string }); ok {
			h.Write([]byte("\x00" + narrowed.narrowed()))
		}
		asked := h.Sum64() >> 11 // so that JSON keeps it whole everywhere
		after, err := readMark(q.Cursor, asked)
		if err != nil {
			return nil, err
		}
		out := &listed[T]{Body: page[T]{Items: []T{}, only: only}}
		err = l.fill(&out.Body, l.from(ctx, *in, q.Sort, after), keep, q)
		more := goOn{}
		if !errors.As(err, &more) {
			return out, err
		}
		more.Asked = asked
		out.Body.Next = more.String()
		out.Link = "<?cursor=" + out.Body.Next + `>; rel="next"`
		return out, nil
	})
}

// A goOn ends a stream, or a page, after which there may be more.
type goOn struct{ mark }

func (goOn) Error() string { return "there may be more: go on after the mark" }

// fill puts what is to be kept of a stream on a page. It fails with a goOn where there may
// be more: the page is full, or enough was looked at.
func (l list[T]) fill(p *page[T], from iter.Seq2[T, error], keep func(*T) bool, q ListQuery) error {
	after := func(t *T) error { return goOn{mark{Key: l.key(q.Sort)(t), ID: l.id(t)}} }
	looked := 0
	for t, err := range from {
		if err != nil {
			return err
		}
		if keep(&t) {
			if len(p.Items) == q.Limit {
				return after(&p.Items[q.Limit-1])
			}
			p.Items = append(p.Items, t)
		}
		if looked++; looked == l.some {
			return after(&t)
		}
	}
	return nil
}

// sorting returns the field that a sort names.
func (l list[T]) sorting(sort string) field[T] {
	name := strings.TrimPrefix(sort, "-")
	if at := slices.IndexFunc(l.fields, func(f field[T]) bool { return f.name == name }); at >= 0 {
		return l.fields[at]
	}
	return field[T]{name: name, kind: id, of: l.id}
}

func (l list[T]) key(sort string) func(*T) string { return l.sorting(sort).of }

// order compares by what is sorted by, what is unknown last, then by id.
func (l list[T]) order(sort string) func(aKey, aID, bKey, bID string) int {
	k, down := l.sorting(sort).kind, strings.HasPrefix(sort, "-")
	return func(aKey, aID, bKey, bID string) int {
		c := 0
		switch {
		case aKey == bKey:
		case aKey == "":
			return 1
		case bKey == "":
			return -1
		default:
			c = k.compare(aKey, bKey)
		}
		if c == 0 {
			c = id.compare(aID, bID)
		}
		if down {
			return -c
		}
		return c
	}
}

// from gives what comes after a mark, in order.
func (l list[T]) from(ctx context.Context, in listInput, sort string, after mark) iter.Seq2[T, error] {
	if l.stream != nil {
		return l.stream(ctx, in, sort, after)
	}
	return func(yield func(T, error) bool) {
		all, err := l.all(ctx, in)
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		key, order := l.key(sort), l.order(sort)
		slices.SortFunc(all, func(a, b T) int { return order(key(&a), l.id(&a), key(&b), l.id(&b)) })
		for i := range all {
			t := &all[i]
			if after.ID != "" && order(key(t), l.id(t), after.Key, after.ID) <= 0 {
				continue
			}
			if !yield(*t, nil) {
				return
			}
		}
	}
}
