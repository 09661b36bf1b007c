package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"quid/fault"
	"quid/value"
)

// A ModelVersion is one version of the valuation model, never changed.
type ModelVersion struct {
	ID   int64 // 1, 2, 3 …
	Spec value.Model
	Note string
	Made time.Time
}

const (
	sqlModels      = `SELECT model_id, spec, note, made_at FROM model ORDER BY model_id DESC`
	sqlModel       = `SELECT model_id, spec, note, made_at FROM model WHERE model_id = $1`
	sqlNewestModel = sqlModels + ` LIMIT 1`
)

// Models returns all versions of the model, the newest first.
func (r Reader) Models(ctx context.Context) ([]ModelVersion, error) { return r.models(ctx, sqlModels) }

// Model returns a version of the model.
func (r Reader) Model(ctx context.Context, id int64) (ModelVersion, error) {
	return oneModel(r.models(ctx, sqlModel, id))
}

// NewestModel returns the version that counts, fault.NotFound before there is one.
func (r Reader) NewestModel(ctx context.Context) (ModelVersion, error) {
	return oneModel(r.models(ctx, sqlNewestModel))
}

func oneModel(ms []ModelVersion, err error) (ModelVersion, error) {
	if err != nil {
		return ModelVersion{}, err
	}
	if len(ms) == 0 {
		return ModelVersion{}, fmt.Errorf("model: %w", fault.NotFound)
	}
	return ms[0], nil
}

func (r Reader) models(ctx context.Context, query string, args ...any) ([]ModelVersion, error) {
	var out []ModelVersion
	err := r.each(ctx, query, args, func(rec *record) error {
		m := ModelVersion{ID: rec.int(0), Note: rec.text(2), Made: time.UnixMicro(rec.int(3)).UTC()}
		if err := json.Unmarshal([]byte(rec.text(1)), &m.Spec); err != nil {
			return fmt.Errorf("version %d: %w", m.ID, err)
		}
		out = append(out, m)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("models: %w", err)
	}
	return out, nil
}

const sqlInsertModel = `
	INSERT INTO model (model_id, spec, note, made_at)
	SELECT COALESCE(MAX(model_id), 0) + 1, CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT) FROM model
	RETURNING model_id`

// AddModel writes a new version of the model and returns its number.
func (tx *Tx) AddModel(ctx context.Context, m ModelVersion) (int64, error) {
	spec, err := json.Marshal(m.Spec)
	if err != nil {
		return 0, fmt.Errorf("add model: %w", err)
	}
	var id int64
	if err := tx.q.QueryRowContext(ctx, sqlInsertModel, string(spec), m.Note, m.Made.UnixMicro()).Scan(&id); err != nil {
		return 0, fmt.Errorf("add model: %w", err)
	}
	return id, nil
}
