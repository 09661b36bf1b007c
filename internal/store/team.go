package store

import (
	"context"
	"fmt"
	"time"

	"quid/day"
	"quid/money"
	"quid/service"
)

var teamCostTable = tableOf("team_cost", "team_id valid_from cost people minutes practical free")

const (
	sqlPutTeam = `
	INSERT INTO team (team_id, name, retired_at, revision) VALUES ($1, $2, $3, $4)
	ON CONFLICT (team_id) DO UPDATE SET name = excluded.name, retired_at = excluded.retired_at, revision = excluded.revision`
	sqlDeleteTeamCosts = `DELETE FROM team_cost WHERE team_id = $1`
)

// PutTeam writes a team with its costs, new or over the one that is there. Rates
// that were reckoned from them stay as they are.
func (tx *Tx) PutTeam(ctx context.Context, t service.Team, at time.Time) error {
	if _, err := tx.exec(ctx, sqlPutTeam, t.ID, t.Name, flag(t.Retired, at), int64(t.Revision)); err != nil {
		return fmt.Errorf("put team %s: %w", t.Name, err)
	}
	if _, err := tx.exec(ctx, sqlDeleteTeamCosts, t.ID); err != nil {
		return fmt.Errorf("put team %s: %w", t.Name, err)
	}
	var args []any
	for _, c := range t.Costs {
		args = append(args, t.ID, int64(c.ValidFrom), int64(c.Cost), int64(c.People), c.Minutes, int64(c.Practical), int64(c.Free))
	}
	return tx.load(ctx, teamCostTable, args)
}

const (
	sqlTeams     = `SELECT team_id, name, retired_at, revision FROM team ORDER BY name, team_id`
	sqlTeamCosts = `SELECT team_id, valid_from, cost, people, minutes, practical, free FROM team_cost ORDER BY team_id, valid_from`
)

// Teams returns all teams with their costs, by name.
func (r Reader) Teams(ctx context.Context) ([]service.Team, error) {
	var teams []service.Team
	at := make(map[int64]int)
	err := r.each(ctx, sqlTeams, nil, func(rec *record) error {
		at[rec.int(0)] = len(teams)
		teams = append(teams, service.Team{ID: rec.int(0), Name: rec.text(1), Retired: !rec.null(2), Revision: int32(rec.int(3))})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("teams: %w", err)
	}
	err = r.each(ctx, sqlTeamCosts, nil, func(rec *record) error {
		if i, ok := at[rec.int(0)]; ok {
			teams[i].Costs = append(teams[i].Costs, service.TeamCost{
				ValidFrom: day.Day(rec.int(1)), Cost: money.Amount(rec.int(2)), People: money.Micro(rec.int(3)), Minutes: rec.int(4),
				Practical: money.Micro(rec.int(5)), Free: money.Micro(rec.int(6)),
			})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("teams: %w", err)
	}
	return teams, nil
}

const sqlTeamMinutes = `
	SELECT team_id, CAST(COALESCE(SUM(minutes), 0) AS BIGINT), CAST(COALESCE(SUM(minutes) FILTER (WHERE estimate_id IS NOT NULL), 0) AS BIGINT)
	FROM service_entry WHERE day + 0 > $1 AND day + 0 <= $2 AND withdrawn_at IS NULL GROUP BY team_id ORDER BY team_id`

// TeamMinutes returns the minutes that each team booked in a window; team 0 are
// the entries that name none. What the teams have is not set.
func (r Reader) TeamMinutes(ctx context.Context, w day.Window) ([]service.Load, error) {
	var out []service.Load
	err := r.each(ctx, sqlTeamMinutes, []any{w.From, w.To}, func(rec *record) error {
		out = append(out, service.Load{Team: rec.int(0), Booked: rec.int(1), Estimated: rec.int(2)})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("minutes of teams: %w", err)
	}
	return out, nil
}
