package intake

import (
	"strings"
	"testing"

	"quid/money"
)

func TestDurationsAreRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{
		"1:20": 80, "01:20:30": 80.5, "00:00:45": 0.75, "100:00": 6000, "1h 20m": 80, "1 h 20 min": 80, "2h": 120, "90 min": 90, "30s": 0.5, "1 Std. 5 Min": 65,
	} {
		got, ok := parseClock(text)
		if !ok || got != money.Micro(want*1e6) {
			t.Errorf("%q is %d, %v; want %v minutes", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "1", "1.5", "1:2", "1:60", "01:20:61", "1:20:30:40", "-1:20", "h", "1h x", "3 Tage", "9999999h", "1::2"} {
		if got, ok := parseClock(text); ok {
			t.Errorf("%q is read as %d", text, got)
		}
	}
}

func FuzzParseClock(f *testing.F) {
	for _, s := range []string{"1:20", "01:20:30", "1h 20m", "90 min", "::", "h1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if m, ok := parseClock(s); ok && m < 0 {
			t.Errorf("%q is %d minutes", s, m)
		}
	})
}

// The exports of the time trackings are told by their headers, and every form of
// duration that they write is read as it is meant.
func TestExportsOfTimeTrackings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text, tool string
		minutes          float64
		words            string
		billable         int64
	}{
		{
			"Kimai in English, hours with decimals",
			"Date,From,To,Duration,Rate,User,Customer,Project,Activity,Description,Exported,Billable,Tags\n" +
				"2026-03-02,09:00,09:20,0.33,0.00,jo,Meier,Care,Hotline,x,No,No,\"a,b\"\n2026-03-02,09:00,10:15,1.25,0.00,jo,Meier,Care,Hotline,x,No,Yes,\n",
			"kimai", 20, "Hotline a b Care", 1,
		},
		{
			"Kimai in German, decimal commas",
			"Datum;Von;Bis;Dauer;Preis;Benutzer;Kunde;Projekt;Tätigkeit;Beschreibung;Abrechenbar;Schlagworte\n" +
				"2026-03-02;09:00;09:20;0,33;0,00;jo;Meier;Care;Hotline;x;Nein;\n2026-03-03;09:00;10:15;1,25;0,00;jo;Meier;Care;Hotline;x;Ja;\n",
			"kimai", 20, "Hotline Care", 1,
		},
		{
			"an old Kimai, seconds",
			"Date,From,To,Duration,User,Customer,Project,Activity,Description\n2026-03-02,09:00,09:20,1200,jo,Meier,Care,Hotline,x\n2026-03-02,09:00,09:20,,jo,,,,\n",
			"kimai", 20, "Hotline Care", 0,
		},
		{
			"Kimai with its own hours and minutes",
			"Date,From,To,Duration,User,Customer,Project,Activity,Description\n2026-03-02,09:00,09:20,0:20,jo,Meier,Care,Hotline,x\n",
			"kimai", 20, "Hotline Care", 0,
		},
		{
			"Toggl Track",
			"\ufeffUser,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags,Amount ()\n" +
				"Jo,jo@x.de,Meier,Care,Calls,x,No,2026-03-02,09:00:00,2026-03-02,09:20:30,00:20:30,\"vip, hotline\",\nJo,jo@x.de,Meier,Care,,x,Yes,2026-03-02,09:00:00,2026-03-02,09:20:00,00:20:00,,30\n",
			"toggl", 20.5, "Calls vip hotline Care", 1,
		},
		{
			"Clockify, American dates, a row of totals",
			"Project,Client,Description,Task,User,Group,Email,Tags,Billable,Start Date,Start Time,End Date,End Time,Duration (h),Duration (decimal),Billable Rate (USD),Billable Amount (USD)\n" +
				"Care,Meier,x,Hotline,Jo,,jo@x.de,,No,03/22/2026,09:00:00 AM,03/22/2026,09:20:00 AM,00:20:00,0.33,0.00,0.00\nTotal,,,,,,,,,,,,,00:20:00,0.33,,0.00\n",
			"clockify", 20, "Hotline Care", 0,
		},
		{
			"Clockify in German",
			"Projekt,Kunde,Beschreibung,Aufgabe,Benutzer,Gruppe,E-Mail,Schlagwörter,Abrechenbar,Startdatum,Startzeit,Enddatum,Endzeit,Dauer (h),Dauer (dezimal)\n" +
				"Care,Meier,x,Hotline,Jo,Innendienst,jo@x.de,,Nein,22.03.2026,09:00,22.03.2026,09:20,00:20:00,\"0,33\"\n",
			"clockify", 20, "Hotline Care", 0,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := OpenReader(strings.NewReader(tt.text), int64(len(tt.text)), "times.csv", Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if got := f.Tool(); got != tt.tool {
				t.Errorf("the tool is %q, want %q", got, tt.tool)
			}
			p, questions, err := f.Plan(Timesheets, nil, Options{})
			if err != nil || len(questions) > 0 {
				t.Fatalf("%v, %+v", err, questions)
			}
			n := 0
			for d, err := range p.Documents(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				n++
				x := d.Timesheet
				if len(d.Problems) > 0 && x.Minutes == 0 && x.Customer == "" {
					continue
				}
				if len(d.Problems) > 0 || x.Minutes != money.Micro(tt.minutes*1e6) || strings.Join(x.Words(), " ") != tt.words || x.Customer != "Meier" || x.Background != "x" || x.User == "" {
					t.Errorf("%+v, %+v", *x, d.Problems)
				}
			}
			if c := p.Counts(); n < 1 || c.Billable != tt.billable || c.Read != int64(n) {
				t.Errorf("%d documents, %+v", n, c)
			}
		})
	}
}

// Whole numbers that may be hours as well as seconds are not guessed.
func TestADurationWithoutUnitIsNotGuessed(t *testing.T) {
	t.Parallel()
	text := "Date,Duration,Customer,Activity\n2026-03-02,x,Meier,Hotline\n"
	f, err := OpenReader(strings.NewReader(text), int64(len(text)), "times.csv", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, _, err := f.Plan(Timesheets, nil, Options{}); err == nil {
		t.Error("a file without any duration is read")
	}
	m, _ := ParseMapping("Duration=duration")
	p, _, err := f.Plan(Timesheets, m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for d, err := range p.Documents(t.Context()) {
		if err != nil || len(d.Problems) != 1 || d.Problems[0].Problem != notADuration {
			t.Errorf("%+v, %v", d.Problems, err)
		}
	}
}
