package app

import (
	"context"
	"encoding/json"
	"fmt"

	"quid/account"
	"quid/internal/auth"
	"quid/internal/store"
	"quid/money"
	"quid/value"
)

// SheetEstimates are the quantities a month of a workshop sheet, until the next
// sheet comes: the grid of estimates is filled from them.
type SheetEstimates struct {
	Import int64       `json:"import"` // that took the services of the sheet in
	Lines  []SheetLine `json:"lines"`
	Unread int         `json:"unread,omitempty"` // columns and cells that nobody could read
}

// A SheetLine is a service as the sheet names it, and who gets how much of it.
type SheetLine struct {
	Code  string      `json:"code,omitempty"`
	Name  string      `json:"name,omitempty"`
	Team  string      `json:"team,omitempty"`
	Cells []SheetCell `json:"cells"`
}

// A SheetCell is a quantity a month of a customer, or of each of a segment.
type SheetCell struct {
	Customer account.CustomerID `json:"customer,omitempty"`
	Segment  value.Segment      `json:"segment,omitempty"`
	Quantity money.Micro        `json:"quantity"`
}

// sheetSetting is where the quantities of the last workshop sheet are kept.
const sheetSetting = "workshop.sheet"

// KeepSheet keeps the quantities of a workshop sheet for the grid, in the place of
// those of the sheet before.
func (a *App) KeepSheet(ctx context.Context, s SheetEstimates) error {
	if err := may(ctx, auth.SetRates); err != nil {
		return err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("keep sheet: %w", err)
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		return tx.PutSetting(ctx, sheetSetting, string(text))
	})
}

// KeptSheet returns the quantities of the last workshop sheet. A sheet that was
// taken back has none.
func KeptSheet(ctx context.Context, r store.Reader) (SheetEstimates, error) {
	var s SheetEstimates
	text, err := r.Setting(ctx, sheetSetting)
	if err != nil || text == "" {
		return s, err
	}
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return s, fmt.Errorf("workshop sheet: %w", err)
	}
	imp, err := r.Import(ctx, s.Import)
	if isNotFound(err) || err == nil && imp.State != "done" {
		return SheetEstimates{}, nil
	}
	return s, err
}
