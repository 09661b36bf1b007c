package paper

import (
	"testing"

	"quid/internal/locale"
	"quid/internal/store"
)

// A person who asks in German reads German: every table and every column of an
// export has a German name.
func TestWhatAPersonGetsHasGermanNames(t *testing.T) {
	t.Parallel()
	de, en := locale.For("de"), locale.For("en")
	same := map[string]bool{"Name": true, "Code": true, "Segment": true, "Rate": true, "Score": true, "Problem": true, "Person": true, "Plan": true, "Playbooks": true}
	for _, table := range store.DataMap() {
		shown := false
		for _, c := range table.Columns {
			if !c.Exported {
				continue
			}
			shown = true
			if label := ColumnLabel(en, c.Name); ColumnLabel(de, c.Name) == label && !same[label] {
				t.Errorf("%s.%s: no German for %q", table.Name, c.Name, label)
			}
		}
		if label := TableLabel(en, table.Name); shown && TableLabel(de, table.Name) == label && !same[label] {
			t.Errorf("%s: no German for %q", table.Name, label)
		}
	}
}
