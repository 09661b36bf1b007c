package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"quid/internal/auth"
	"quid/internal/intake"
)

// Limits of a bulk upsert.
const (
	mostRows  = 10_000
	mostBytes = 32 << 20
)

// A Bulk is what became of the rows of a bulk upsert.
type Bulk struct {
	Import         string    `json:"import" doc:"it stands among the imports, and can be taken back there"`
	Read           int64     `json:"read"`
	Created        int64     `json:"created"`
	Updated        int64     `json:"updated"`
	Unchanged      int64     `json:"unchanged"`
	Rejected       int64     `json:"rejected"`
	RelatedCreated int64     `json:"related_created" doc:"records that rows name and that were not there: they are stubs now"`
	Results        []BulkRow `json:"results" doc:"one for each row, in their order"`
}

// A BulkRow is what became of one row.
type BulkRow struct {
	Outcome string      `json:"outcome" enum:"created,updated,unchanged,rejected"`
	Errors  []WrongCell `json:"errors,omitempty"`
}

// A WrongCell is what is wrong in a row.
type WrongCell struct {
	Pointer string `json:"pointer" doc:"JSON pointer into the body, such as #/rows/3/day"`
	Value   string `json:"value,omitempty"`
	Detail  string `json:"detail"`
}

type bulkInput struct {
	Body struct {
		Rows []map[string]any `json:"rows"`
	}
}

type bulkAnswer struct{ Body Bulk }

var bulkKinds = []intake.Kind{intake.Customers, intake.Contacts, intake.Products, intake.Invoices, intake.Payments, intake.Complaints, intake.Interactions}

func init() {
	for _, k := range bulkKinds {
		doors["bulk-"+string(k)] = of(toAll, auth.ImportFiles)
	}
}

// rowSchema describes the rows of a kind, by the fields that a file of it may have.
func rowSchema(kind intake.Kind) *huma.Schema {
	row := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Properties: make(map[string]*huma.Schema)}
	for _, f := range kind.Fields() {
		s := &huma.Schema{Type: huma.TypeString, Description: f.Help, Nullable: true}
		switch f.Type {
		case intake.TypeYesNo:
			s.Type = huma.TypeBoolean
		case intake.TypeWhole:
			s.Type = huma.TypeInteger
		case intake.TypeDay:
			s.Description += " (such as 2026-12-31)" // a wrong one rejects its row, not all
		case intake.TypeAmount, intake.TypePrice, intake.TypeQuantity:
			s.Description += " (decimal)"
		case intake.TypePercent:
			s.Description += ` (such as "3 %")`
		}
		row.Properties[f.Name] = s
	}
	least, most := 1, mostRows
	return &huma.Schema{
		Type: huma.TypeObject, Required: []string{"rows"}, AdditionalProperties: false,
		Properties: map[string]*huma.Schema{"rows": {Type: huma.TypeArray, Items: row, MinItems: &least, MaxItems: &most}},
	}
}

func (s *Server) bulk() {
	for _, kind := range bulkKinds {
		o := op{
			id: "bulk-" + string(kind), method: http.MethodPost, path: "/" + string(kind) + ":bulk", tag: "bulk", summary: "Upsert up to 10,000 " + string(kind),
			more: "By the same way as an import of a file: records are known by their number or external id, the same rows again change nothing, and the import can be taken back. " +
				"The other rows are taken in where some are rejected. A line break in a text becomes a blank.",
			change: func(h *huma.Operation) {
				h.MaxBodyBytes, h.BodyReadTimeout = mostBytes, time.Minute
				h.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: rowSchema(kind)}}}
			},
		}
		handle(s, o, func(ctx context.Context, in *bulkInput) (*bulkAnswer, error) {
			return s.upsert(ctx, kind, in.Body.Rows)
		})
	}
}

func (s *Server) upsert(ctx context.Context, kind intake.Kind, brought []map[string]any) (*bulkAnswer, error) {
	rows := make([]map[string]string, len(brought))
	for i, b := range brought {
		rows[i] = make(map[string]string, len(b))
		for name, v := range b {
			switch v := v.(type) {
			case nil:
				rows[i][name] = ""
			case string:
				rows[i][name] = v
			case bool:
				rows[i][name] = map[bool]string{true: "yes", false: "no"}[v]
			case float64:
				rows[i][name] = strconv.FormatFloat(v, 'f', -1, 64)
			default:
				return nil, wrong("rows."+strconv.Itoa(i)+"."+name, "write a text")
			}
		}
	}
	res, outcomes, err := s.app.Upsert(ctx, kind, "API: "+auth.From(ctx).Name, rows)
	if err != nil {
		return nil, err
	}
	out := &bulkAnswer{Bulk{
		Import: idOf(res.Import), Read: res.Read, Created: res.Created, Updated: res.Updated, Unchanged: res.Unchanged, Rejected: res.Rejected, RelatedCreated: res.RelatedCreated,
		Results: make([]BulkRow, len(outcomes)),
	}}
	for i, o := range outcomes {
		out.Body.Results[i].Outcome = o.Outcome
		for _, p := range o.Problems {
			at := "#/rows/" + strconv.Itoa(i)
			if p.Column != "" {
				at += "/" + p.Column
			}
			out.Body.Results[i].Errors = append(out.Body.Results[i].Errors, WrongCell{Pointer: at, Value: p.Value, Detail: p.Problem})
		}
	}
	return out, nil
}
