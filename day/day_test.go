package day

import (
	"testing"
	"time"
)

// Every day of three centuries agrees with the standard library.
func TestOrdinalAgreesWithTheCalendar(t *testing.T) {
	t.Parallel()
	at := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)
	for at.Year() < 2200 {
		d := At(at)
		if got, want := d.Ordinal(), int(at.Unix()/86400); at.Unix()%86400 == 0 && got != want && at.Unix() >= 0 {
			t.Fatalf("%s: ordinal %d, want %d", d, got, want)
		}
		if back := FromOrdinal(d.Ordinal()); back != d {
			t.Fatalf("%s came back as %s", d, back)
		}
		next := at.AddDate(0, 0, 1)
		if At(next).Sub(d) != 1 && next.Year() < 2200 {
			t.Fatalf("after %s comes %s", d, At(next))
		}
		at = next
	}
}

func TestWindow(t *testing.T) {
	t.Parallel()
	w := Span(12).UpTo(20240229)
	if w.From != 20230228 || !w.Holds(20230301) || w.Holds(20230228) || !w.Holds(20240229) {
		t.Errorf("twelve months up to 2024-02-29 are %v", w)
	}
	before, ok := Span(12).Before(w)
	if !ok || before.To != w.From || before.From != 20220228 {
		t.Errorf("the window before is %v, %v", before, ok)
	}
	if all := All.UpTo(20240229); !all.Holds(Min) {
		t.Errorf("the window all leaves out %s", Min)
	}
	if _, ok := All.Before(All.UpTo(20240229)); ok {
		t.Error("the window all has a window before")
	}
}

func TestAddMonthsKeepsToTheMonth(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		d    Day
		n    int
		want Day
	}{{20260131, 1, 20260228}, {20240131, 1, 20240229}, {20260331, -1, 20260228}, {20261231, 12, 20271231}, {20260115, -13, 20241215}} {
		if got := tt.d.AddMonths(tt.n); got != tt.want {
			t.Errorf("%s + %d months = %s, want %s", tt.d, tt.n, got, tt.want)
		}
	}
}

func TestParseRefusesDaysThatDoNotExist(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"2026-02-29", "20261301", "2026-1-1", "", "31.12.2026", "1899-12-31", "2026-12-31x"} {
		if d, err := Parse(s); err == nil {
			t.Errorf("Parse(%q) = %s", s, d)
		}
	}
	if d, err := Parse("2024-02-29"); err != nil || d != 20240229 {
		t.Errorf("Parse = %v, %v", d, err)
	}
	for _, s := range []string{"0m", "12", "m", "-3m", "all ", "12w"} {
		if _, err := ParseSpan(s); err == nil {
			t.Errorf("ParseSpan(%q) is accepted", s)
		}
	}
}
