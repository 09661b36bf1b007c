package store

import (
	"context"
	"fmt"
	"slices"

	"quid/account"
	"quid/day"
	"quid/money"
	"quid/service"
)

// A Coverage is the capture coverage of a window with the teams that serve each
// customer: those with an entry at it in the window.
type Coverage struct {
	service.Capture
	Window day.Window

	serving map[account.CustomerID]int // which of the shares
	shares  []float64                  // of all teams, then of each set of teams there is
	known   bool
}

const sqlServing = `
	SELECT DISTINCT customer_id, team_id FROM service_entry
	WHERE day + 0 > $1 AND day + 0 <= $2 AND withdrawn_at IS NULL AND team_id <> 0 ORDER BY customer_id, team_id`

// Coverage returns the capture coverage of a window; below limit it is thin.
func (r Reader) Coverage(ctx context.Context, w day.Window, limit money.Micro) (*Coverage, error) {
	teams, err := r.Teams(ctx)
	if err != nil {
		return nil, err
	}
	booked, err := r.TeamMinutes(ctx, w)
	if err != nil {
		return nil, err
	}
	c := &Coverage{Capture: service.CaptureOf(teams, booked, w, limit), Window: w, serving: make(map[account.CustomerID]int)}
	all, known := c.Capture.Of(nil)
	if c.shares, c.known = []float64{all}, known; !known {
		return c, nil
	}
	sets := make(map[string]int)
	var of account.CustomerID
	var set []int64
	end := func() {
		if len(set) == 0 {
			return
		}
		key := fmt.Sprint(set)
		at, ok := sets[key]
		if !ok {
			at = len(c.shares)
			sets[key] = at
			share, _ := c.Capture.Of(slices.Clone(set))
			c.shares = append(c.shares, share)
		}
		c.serving[of] = at
	}
	err = r.each(ctx, sqlServing, []any{w.From, w.To}, func(rec *record) error {
		if id := account.CustomerID(rec.int(0)); id != of {
			end()
			of, set = id, set[:0]
		}
		set = append(set, rec.int(1))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("capture coverage: %w", err)
	}
	end()
	return c, nil
}

// Of is the coverage of the teams that serve a customer, of all teams where none
// does; it is unknown where nobody said what time teams have.
func (c *Coverage) Of(customer account.CustomerID) (share float64, known bool) {
	return c.shares[c.serving[customer]], c.known
}

// Thin says whether so little of the teams' time is booked that what a customer
// gets is provisional: its point is hollow, and no task to renegotiate or explore
// follows from it. A coverage that is unknown is not thin.
func (c *Coverage) Thin(customer account.CustomerID) bool {
	return c.Capture.Thin(c.Of(customer))
}

const sqlEstimatedCosts = `
	SELECT customer_id, CAST(SUM(cost - charge) AS BIGINT) FROM service_entry
	WHERE day + 0 > $1 AND day + 0 <= $2 AND withdrawn_at IS NULL AND estimate_id IS NOT NULL GROUP BY customer_id ORDER BY customer_id`

// EstimatedCosts returns what of the cost of services in a window is an opening
// estimate, by customer.
func (r Reader) EstimatedCosts(ctx context.Context, w day.Window) (map[account.CustomerID]money.Amount, error) {
	out := make(map[account.CustomerID]money.Amount)
	err := r.each(ctx, sqlEstimatedCosts, []any{w.From, w.To}, func(rec *record) error {
		out[account.CustomerID(rec.int(0))] = money.Amount(rec.int(1))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("estimated costs: %w", err)
	}
	return out, nil
}
