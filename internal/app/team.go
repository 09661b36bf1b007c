package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
	"quid/service"
)

// A RateUse takes what a team's time costs as the rate of services.
type RateUse struct {
	Team  int64
	Types []int64
	From  day.Day
	All   bool // for every team without a rate of its own, not for this team alone
}

// UseTeamRate makes the cost of a team's time the rate of services from a day on,
// by what the team costs on that day; the benefit rate stays. What was posted
// keeps the rate it was posted at.
func (a *App) UseTeamRate(ctx context.Context, u RateUse) error {
	if err := may(ctx, auth.SetRates); err != nil {
		return err
	}
	var errs []error
	if u.From < day.Min {
		errs = append(errs, fault.Field("from", "write a day such as 2026-12-31"))
	}
	if len(u.Types) == 0 {
		errs = append(errs, fault.Field("types", "choose at least one service"))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("use team rate: %w", err)
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		teams, err := tx.Teams(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(teams, func(t service.Team) bool { return t.ID == u.Team })
		if i < 0 {
			return fmt.Errorf("team %d: %w", u.Team, fault.NotFound)
		}
		cost, ok := teams[i].CostOn(u.From)
		if !ok {
			return fault.Field("from", "nobody said what the team costs on that day")
		}
		types, err := tx.Types(ctx)
		if err != nil {
			return err
		}
		for _, id := range u.Types {
			j := slices.IndexFunc(types, func(t service.Type) bool { return t.ID == id })
			if j < 0 {
				return fault.Field("types", "this service is not in the catalogue")
			}
			if err := a.useRate(ctx, tx, types, types[j], cost, u); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("use team rate: %w", err)
	}
	return nil
}

// useRate puts the rate among those of a type, in the place of one of the same
// team and day.
func (a *App) useRate(ctx context.Context, tx *store.Tx, types []service.Type, t service.Type, cost service.TeamCost, u RateUse) error {
	rate, ok, err := cost.PerUnit(t.Unit)
	if err != nil {
		return err
	}
	if !ok {
		return fault.Field("types", "only services counted in minutes or hours have a rate by time")
	}
	now := service.Rate{ValidFrom: u.From, Cost: rate}
	if !u.All {
		now.Team = u.Team
	}
	before, _ := t.RateFor(now.Team, u.From)
	now.Benefit = before.Benefit
	t.Rates = slices.DeleteFunc(slices.Clone(t.Rates), func(r service.Rate) bool { return r.Team == now.Team && r.ValidFrom == now.ValidFrom })
	t.Rates = append(t.Rates, now)
	return a.replaceType(ctx, tx, t, types)
}
