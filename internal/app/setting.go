package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
	"quid/money"
)

// Settings of the book that are one value each, by their names. What a setting
// may be is judged by SaveSettings; one that was never saved has its default.
const (
	ChargeShareSetting   = "charge_share"   // up to which share of its benefit a service may be charged for: 0.25
	CoverageSetting      = "coverage_limit" // capture coverage below which the to-side is provisional: 0.5
	PurposeSetting       = "person_purpose" // why reports by person were agreed; empty: there are none
	defaultChargeShare   = money.One / 4
	defaultCoverageLimit = money.One / 2
	mostAuthorDays       = 400
	longestPurpose       = 1000
)

// SaveSettings keeps settings of the book, all or none.
func (a *App) SaveSettings(ctx context.Context, values map[string]string) error {
	for name := range values {
		if err := mayset(ctx, name); err != nil {
			return err
		}
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		moved := false // what pages show besides the settings
		before, after := make(map[string]string), make(map[string]string)
		for _, name := range slices.Sorted(maps.Keys(values)) {
			v := strings.TrimSpace(values[name])
			if err := checkSetting(name, v); err != nil {
				return err
			}
			was, err := tx.Setting(ctx, name)
			if err != nil {
				return err
			}
			if err := tx.PutSetting(ctx, name, v); err != nil {
				return err
			}
			if was != v {
				before[name], after[name] = was, v
			}
			moved = moved || name == CoverageSetting && was != v
		}
		if len(after) > 0 {
			if err := a.audit(ctx, tx, act{What: "changed", Noun: "setting", Before: before, After: after}); err != nil {
				return err
			}
		}
		if moved {
			return a.changed(ctx, tx)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save settings: %w", err)
	}
	return nil
}

// mayset refuses a setting that who asks has no right to.
func mayset(ctx context.Context, name string) error {
	if _, ok := isRetention(name); ok {
		return keeps(ctx)
	}
	if name == ScissorsSetting || name == AgainSetting {
		return may(ctx, auth.SetPlaybooks)
	}
	return may(ctx, auth.SetRates)
}

func checkSetting(name, v string) error {
	switch name {
	case ChargeShareSetting, CoverageSetting:
		if m, err := money.ParseMicro(v); err != nil || m < 0 || m > money.One {
			return fault.Field(name, "between 0 and 1")
		}
	case ScissorsSetting:
		if n, err := strconv.Atoi(v); err != nil || n < 1 || n > mostScissors {
			return fault.Field(name, "between 1 and 1000")
		}
	case AgainSetting:
		if n, err := strconv.Atoi(v); err != nil || n < 1 || n > mostAgainDays {
			return fault.Field(name, "between 1 and 1000")
		}
	case AuthorDaysSetting:
		if n, err := strconv.Atoi(v); err != nil || n < 0 || n > mostAuthorDays {
			return fault.Field(name, "between 0 and 400 days")
		}
	case CallMinutesSetting:
		if n, err := strconv.Atoi(v); err != nil || n < 1 || n > mostCallMinutes {
			return fault.Field(name, "between 1 and 1440 minutes")
		}
	case PurposeSetting:
		if len(v) > longestPurpose {
			return fault.Field(name, "write at most 1000 characters")
		}
	default:
		if rule, ok := isRetention(name); ok {
			return checkRetention(rule, v)
		}
		return fault.Field(name, "there is no such setting")
	}
	return nil
}

// intSetting reads a setting that is a whole number.
func intSetting(ctx context.Context, r store.Reader, name string, or int) (int, error) {
	text, err := r.Setting(ctx, name)
	if err != nil || text == "" {
		return or, err
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("setting %s: %w", name, err)
	}
	return n, nil
}

// microSetting reads a setting that is a number with decimals.
func microSetting(ctx context.Context, r store.Reader, name string, or money.Micro) (money.Micro, error) {
	text, err := r.Setting(ctx, name)
	if err != nil || text == "" {
		return or, err
	}
	m, err := money.ParseMicro(text)
	if err != nil {
		return 0, fmt.Errorf("setting %s: %w", name, err)
	}
	return m, nil
}

// AuthorDays is for how many days it stays known who wrote an entry.
func AuthorDays(ctx context.Context, r store.Reader) (int, error) {
	return intSetting(ctx, r, AuthorDaysSetting, authorsKept)
}

// ChargeShare is up to which share of its benefit a service may be charged for.
func ChargeShare(ctx context.Context, r store.Reader) (money.Micro, error) {
	return microSetting(ctx, r, ChargeShareSetting, defaultChargeShare)
}

// CoverageLimit is the capture coverage below which the to-side is provisional.
func CoverageLimit(ctx context.Context, r store.Reader) (money.Micro, error) {
	return microSetting(ctx, r, CoverageSetting, defaultCoverageLimit)
}

// Coverage is the capture coverage of a window by the limit of the book: whether
// what a customer gets is known well enough to follow from it.
func Coverage(ctx context.Context, r store.Reader, w day.Window) (*store.Coverage, error) {
	limit, err := CoverageLimit(ctx, r)
	if err != nil {
		return nil, err
	}
	return r.Coverage(ctx, w, limit)
}
