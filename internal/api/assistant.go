package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"quid/fault"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/request"
)

// AssistantPath is where assistants come in, by the Model Context Protocol.
const AssistantPath = "/mcp"

// Every tool asks an operation of the API, so that the doors of these hold for it.

type findCustomers struct {
	Filter string `json:"filter" jsonschema:"terms such as name:meier, number = \"100001\", city = \"Ulm\" AND owner = \"anna\""`
}

type ofCustomer struct {
	Customer string `json:"customer" jsonschema:"id of the customer, as the tool customer gives it"`
}

type accountOf struct {
	ofCustomer
	From string `json:"from,omitempty" jsonschema:"the first day, such as 2026-01-01; none: from the beginning"`
	To   string `json:"to,omitempty" jsonschema:"the last day; none: today"`
}

type portfolioOf struct {
	Filter string `json:"filter,omitempty" jsonschema:"terms such as segment = invest AND revenue > 10000"`
	Sort   string `json:"sort,omitempty" jsonschema:"such as -revenue, -contribution_3, -value_to, score"`
}

// An asker says who asks now, or why nobody may.
type asker func(context.Context) (auth.Who, error)

// assistant returns the tools of who asks.
func (s *Server) assistant(who asker) *mcp.Server {
	m := mcp.NewServer(&mcp.Implementation{Name: "quid", Version: s.api.OpenAPI().Info.Version}, nil)
	tool(s, m, who, "customer", "Find customers by name, number, city, owner …: their records with their ids.", func(in findCustomers) (string, url.Values) {
		return "/customers", url.Values{"filter": {in.Filter}, "limit": {"20"}}
	})
	tool(s, m, who, "account", "What a customer gave and got in a window of days, by kind of posting.", func(in accountOf) (string, url.Values) {
		q := url.Values{}
		for name, v := range map[string]string{"from": in.From, "to": in.To} {
			if v != "" {
				q.Set(name, v)
			}
		}
		return "/customers/" + url.PathEscape(in.Customer) + "/account", q
	})
	tool(s, m, who, "services", "The newest free services that a customer got.", func(in ofCustomer) (string, url.Values) {
		return "/customers/" + url.PathEscape(in.Customer) + "/services", url.Values{"limit": {"50"}}
	})
	tool(s, m, who, "explain", "How the figures of a customer in the newest valuation came to be, down to the postings.", func(in ofCustomer) (string, url.Values) {
		return "/customers/" + url.PathEscape(in.Customer) + "/explanation", nil
	})
	tool(s, m, who, "portfolio", "Where customers stand in the newest valuation: segment, class, score, what they give and get.", func(in portfolioOf) (string, url.Values) {
		q := url.Values{"limit": {"50"}}
		for name, v := range map[string]string{"filter": in.Filter, "sort": in.Sort} {
			if v != "" {
				q.Set(name, v)
			}
		}
		return "/portfolio", q
	})
	s.drafting(m, who)
	return m
}

// tool adds a tool that reads by an operation.
func tool[In any](s *Server, m *mcp.Server, ask asker, name, what string, asked func(In) (string, url.Values)) {
	mcp.AddTool(m, &mcp.Tool{Name: name, Description: what, Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true}},
		func(ctx context.Context, _ *mcp.CallToolRequest, in In) (*mcp.CallToolResult, any, error) {
			who, err := ask(ctx)
			if err != nil {
				return nil, nil, err
			}
			path, query := asked(in)
			r, err := http.NewRequestWithContext(auth.With(ctx, who), http.MethodGet, Root+path+"?"+query.Encode(), nil)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", name, fault.Invalid)
			}
			w := &kept{header: make(http.Header), status: http.StatusOK}
			s.mux.ServeHTTP(w, r)
			return &mcp.CallToolResult{IsError: w.status >= http.StatusBadRequest, Content: []mcp.Content{&mcp.TextContent{Text: w.body.String()}}}, nil, nil
		})
}

// kept is an answer that stays here.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *kept) Header() http.Header         { return k.header }
func (k *kept) WriteHeader(status int)      { k.status = status }
func (k *kept) Write(b []byte) (int, error) { return k.body.Write(b) }

// Assistants answers AssistantPath, for who comes with a key. There are no sessions:
// each request is asked for its key.
func (s *Server) Assistants() http.Handler {
	h := mcp.NewStreamableHTTPHandler(func(r *http.Request) *mcp.Server {
		who := auth.From(r.Context())
		return s.assistant(func(context.Context) (auth.Who, error) { return who, nil })
	},
		&mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true, DisableLocalhostProtection: true}) // the server's door knows by which names we are called
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request.Of(r.Context()).Route = AssistantPath
		if ctx, ok := s.admit(w, r); ok {
			h.ServeHTTP(w, r.WithContext(ctx))
		}
	})
}

// Talk answers one assistant on in and out until it ends, with the rights of a key. The
// key is looked at with each call: one that ends meanwhile opens nothing more. Without a
// key it may read everything: whoever started it can open the book's file.
func (s *Server) Talk(ctx context.Context, secret string, in io.Reader, out io.Writer) error {
	ask := func(ctx context.Context) (auth.Who, error) {
		if secret == "" {
			return auth.System("assistant"), nil
		}
		who, err := s.app.ByKey(ctx, secret, "")
		if errors.Is(err, app.ErrWrong) {
			err = errors.New("the key opens nothing: it is unknown, has ended or was taken back")
		}
		return who, err
	}
	if _, err := ask(ctx); err != nil {
		return err
	}
	err := s.assistant(ask).Run(ctx, &mcp.IOTransport{Reader: io.NopCloser(in), Writer: unclosed{out}})
	if errors.Is(err, io.EOF) || ctx.Err() != nil {
		return nil
	}
	return err
}

// unclosed is a writer that is somebody else's to close.
type unclosed struct{ io.Writer }

func (unclosed) Close() error { return nil }

func init() {
	doors["get-explanation"] = of(toCustomer, auth.SeeCustomers, auth.SeePortfolio, auth.SeeMargins)
}

type explainQuery struct{ CustomerPath }

type explained struct {
	Body json.RawMessage
}

func (s *Server) explanations() {
	handle(s, op{
		id: "get-explanation", method: http.MethodGet, path: "/customers/{id}/explanation", tag: "valuations",
		summary: "How the figures of a customer in the newest valuation came to be", more: "As `quid explain --json` prints it: within value, money is in minor units.",
	}, func(ctx context.Context, in *explainQuery) (*explained, error) {
		e, err := s.app.ExplainID(ctx, in.customer(), 0, 5)
		if err != nil {
			return nil, err
		}
		b, err := json.Marshal(e)
		return &explained{b}, err
	})
}
