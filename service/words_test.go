package service

import (
	"testing"

	"quid/crm"
)

func TestWordsFindTheirService(t *testing.T) {
	t.Parallel()
	types := []Type{
		{ID: 1, Code: "hotline", NameDE: "Hilfe bei technischen Problemen", NameEN: "Help with technical problems", Words: "störung support"},
		{ID: 2, Code: "optimising", NameDE: "Optimierung", NameEN: "Optimising", Words: "fernwartung support"},
		{ID: 3, Code: "repair", NameDE: "Reparatur", NameEN: "Repair", Sold: true},
		{ID: 4, Code: "gone", NameDE: "Früher", Retired: true},
	}
	f := NewFinder(types, map[string]int64{crm.Fold("Müllers Sache"): 2, crm.Fold("Intern"): 0, crm.Fold("Verwaist"): 99})
	for _, tt := range []struct {
		name  string
		texts []string
		want  int64 // 0: open
		none  bool
		word  string
		may   int
	}{
		{"a code", []string{"HOTLINE"}, 1, false, "HOTLINE", 0},
		{"a German name", []string{"Hilfe bei technischen Problemen"}, 1, false, "Hilfe bei technischen Problemen", 0},
		{"a word, umlauts spelled out", []string{"Stoerung"}, 1, false, "Stoerung", 0},
		{"a part of a text", []string{"Kunde X / Fernwartung Linie 2"}, 2, false, "Kunde X / Fernwartung Linie 2", 0},
		{"what somebody said", []string{"müllers sache"}, 2, false, "müllers sache", 0},
		{"what somebody said is none", []string{"Intern", "hotline"}, 0, true, "Intern", 0},
		{"a later text where the first is open", []string{"Support", "hotline"}, 1, false, "hotline", 0},
		{"two services", []string{"Support"}, 0, false, "Support", 2},
		{"a text with two services", []string{"Störung, dann Optimierung"}, 0, false, "Störung, dann Optimierung", 2},
		{"nothing known", []string{"Allerlei", "Projekt 7"}, 0, false, "Allerlei", 0},
		{"a whole text before parts of another", []string{"Anlage mit Störung", "optimising"}, 2, false, "optimising", 0},
		{"a type that is not offered any more", []string{"Früher"}, 0, false, "Früher", 0},
		{"a meaning whose type is gone", []string{"Verwaist"}, 0, false, "Verwaist", 0},
		{"nothing", nil, 0, false, "", 0},
	} {
		got := f.Find(tt.texts...)
		if got.Known != (tt.want != 0) || got.Type.ID != tt.want || got.None != tt.none || got.Word != tt.word || len(got.May) != tt.may {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
	if got := f.Find("Reparatur"); got.Known || !got.Sold || got.Type.ID != 3 {
		t.Errorf("a paid service: %+v", got)
	}
}
