package api

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"quid/fault"
	"quid/internal/app"
	"quid/internal/auth"
)

// Tools that draft change nothing in the book: a person confirms what they leave.

type draftFor struct {
	ofCustomer
	Why string `json:"why,omitempty" jsonschema:"one sentence for the person who decides: where you have this from"`
}

type draftService struct {
	draftFor
	Type       string `json:"type" jsonschema:"code of the type of service, such as hotline"`
	Day        string `json:"day" jsonschema:"such as 2026-12-31"`
	Minutes    string `json:"minutes,omitempty" jsonschema:"minutes spent; or quantity"`
	Quantity   string `json:"quantity,omitempty" jsonschema:"in the unit of the type; or minutes"`
	Background string `json:"background,omitempty" jsonschema:"the cause"`
	Contact    string `json:"contact,omitempty" jsonschema:"who asked for it"`
}

type draftTask struct {
	draftFor
	Title  string `json:"title" jsonschema:"what is to be done"`
	Reason string `json:"reason,omitempty" jsonschema:"why"`
	Owner  string `json:"owner,omitempty" jsonschema:"who is to do it"`
	Due    string `json:"due" jsonschema:"such as 2026-12-31"`
}

type draftChange struct {
	draftFor
	Owner     *string `json:"owner,omitempty" jsonschema:"who looks after the customer"`
	Industry  *string `json:"industry,omitempty" jsonschema:"its industry"`
	Size      *string `json:"size,omitempty" jsonschema:"its size"`
	Need      *string `json:"need,omitempty" jsonschema:"yearly need as money, such as 1234.50"`
	Rank      *int    `json:"rank,omitempty" jsonschema:"own rank among its suppliers"`
	Suppliers *int    `json:"suppliers,omitempty" jsonschema:"how many suppliers it has"`
	Note      *string `json:"note,omitempty" jsonschema:"the note, all of it"`
}

// drafting adds the tools that draft.
func (s *Server) drafting(m *mcp.Server, ask asker) {
	drafter(s, m, ask, "draft_service", "Draft the booking of a free service. Nothing is booked until a person confirms the draft.", func(in draftService) (draftFor, app.Proposal) {
		return in.draftFor, app.Proposal{Service: &app.ProposedService{Type: in.Type, Day: in.Day, Minutes: in.Minutes, Quantity: in.Quantity, Background: in.Background, Contact: in.Contact}}
	})
	drafter(s, m, ask, "draft_task", "Draft a task about a customer. It is written only when a person confirms the draft.", func(in draftTask) (draftFor, app.Proposal) {
		return in.draftFor, app.Proposal{Task: &app.ProposedTask{Title: in.Title, Reason: in.Reason, Owner: in.Owner, Due: in.Due}}
	})
	drafter(s, m, ask, "draft_change", "Draft a change of what is known of a customer. Nothing changes until a person confirms the draft; fields that are not given stay.", func(in draftChange) (draftFor, app.Proposal) {
		return in.draftFor, app.Proposal{Change: &app.ProposedChange{Owner: in.Owner, Industry: in.Industry, Size: in.Size, Need: in.Need, Rank: in.Rank, Suppliers: in.Suppliers, Note: in.Note}}
	})
}

// drafter adds a tool that leaves a draft.
func drafter[In any](s *Server, m *mcp.Server, ask asker, name, what string, draft func(In) (draftFor, app.Proposal)) {
	no := false
	mcp.AddTool(m, &mcp.Tool{Name: name, Description: what, Annotations: &mcp.ToolAnnotations{DestructiveHint: &no}},
		func(ctx context.Context, _ *mcp.CallToolRequest, in In) (*mcp.CallToolResult, any, error) {
			who, err := ask(ctx)
			if err != nil {
				return nil, nil, err
			}
			about, p := draft(in)
			customer, err := customerID(about.Customer)
			id := int64(0)
			if err == nil {
				id, err = s.app.KeepDraft(auth.With(ctx, who), customer, p, about.Why)
			}
			if err != nil {
				return nil, nil, errors.New(s.refusal(ctx, err))
			}
			text := fmt.Sprintf("Draft %d is kept for 30 days. Nothing in the book has changed: a person confirms or dismisses it on the page Drafts, %s/drafts.", id, s.app.Public)
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}, nil, nil
		})
}

// refusal is why a draft was not taken, in a sentence.
func (s *Server) refusal(ctx context.Context, err error) string {
	var wrong []string
	for _, f := range fault.Fields(err) {
		wrong = append(wrong, f.Name+": "+f.Problem)
	}
	if len(wrong) > 0 {
		return strings.Join(wrong, "; ")
	}
	return s.problemOf(ctx, err).Detail
}
