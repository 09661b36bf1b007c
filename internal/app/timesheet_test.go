package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quid/account"
	"quid/internal/auth/authtest"
	"quid/internal/demo"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// served is what a sum of minutes is of.
type served struct {
	customer, code string
	month          int
}

// minutesBooked sums the minutes of the standing entries.
func (a *App) minutesBooked(t *testing.T) (sums map[served]int64, entries int) {
	t.Helper()
	r := a.DB.Read()
	types, err := r.Types(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	code := make(map[int64]string)
	for _, x := range types {
		code[x.ID] = x.Code
	}
	number := make(map[account.CustomerID]string)
	sums = make(map[served]int64)
	for k, err := range r.Services(authtest.Context(t), store.ServiceFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		c := k.Doc.Customer
		if number[c] == "" {
			who, err := r.Customer(authtest.Context(t), c)
			if err != nil {
				t.Fatal(err)
			}
			number[c] = who.Number
		}
		if k.Doc.Minutes == nil {
			t.Fatal("an entry of a time sheet has no minutes")
		}
		sums[served{number[c], code[k.Doc.Type], k.Doc.Day.YearMonth()}] += *k.Doc.Minutes
		entries++
	}
	return sums, entries
}

// minutesTold sums the minutes of the company's free services, without looking at
// any time sheet. Services that take several days count on the days on which
// they were given: eight hours a day at most.
func minutesTold(c demo.Company) map[served]int64 {
	sums := make(map[served]int64)
	types, s := c.ServiceTypes(), c.Simulator()
	for k := range c.Customers {
		h := s.Tell(k, demo.Help)
		for _, e := range h.Services {
			t := types[e.Type]
			minutes := int64(20)
			switch t.Unit {
			case "minutes":
				minutes = int64(e.Quantity / money.One)
			case "hours":
				minutes = int64(e.Quantity * 60 / money.One)
			case "pieces":
				minutes = 10 * int64(e.Quantity/money.One)
			}
			for d := e.Day; minutes > 0; d, minutes = d.Add(1), minutes-480 {
				sums[served{h.Customer.Number, t.Code, d.YearMonth()}] += min(minutes, 480)
			}
		}
	}
	return sums
}

// Twelve thousand rows of each time tracking come in as they are: the minutes of
// every customer, service and month are those that were given, billable work is
// left out, and the same file again changes nothing.
func TestTimeSheetsComeInToTheMinute(t *testing.T) {
	t.Parallel()
	company := demo.Company{Customers: 1850, Seed: 12, Until: 20261031}
	want := minutesTold(company)
	for _, tool := range demo.Tools {
		t.Run(string(tool), func(t *testing.T) {
			t.Parallel()
			a := openApp(t, "")
			for _, kind := range []intake.Kind{intake.ServiceTypes, intake.Customers} {
				if _, err := a.TakeDocs(authtest.Context(t), kind, "", company.Docs(kind), nil); err != nil {
					t.Fatal(err)
				}
			}
			path := filepath.Join(t.TempDir(), "times.csv")
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := company.WriteTimesheet(f, tool); err != nil {
				t.Fatal(err)
			}
			f.Close()
			req := ImportRequest{Kind: intake.Timesheets, Path: path}
			start := time.Now()
			res := a.mustImport(t, req)
			took := time.Since(start)
			t.Logf("%d rows in %v, %.0f rows a second", res.Read+res.Billable, took.Round(time.Millisecond), float64(res.Read+res.Billable)/took.Seconds())
			if res.Rejected != 0 || res.Read < 12_000 || res.Billable < 1000 || res.Created != res.Read {
				t.Fatalf("%+v, first problem %+v", res.Counts, res.Problems[:min(1, len(res.Problems))])
			}
			got, n := a.minutesBooked(t)
			if int64(n) != res.Read {
				t.Errorf("%d entries of %d rows", n, res.Read)
			}
			if len(got) != len(want) {
				t.Errorf("%d sums, want %d", len(got), len(want))
			}
			for k, m := range want {
				if got[k] != m {
					t.Errorf("%v: %d minutes, want %d", k, got[k], m)
					break
				}
			}
			if again := a.mustImport(t, req); again.Unchanged != res.Read || again.Created+again.Updated+again.Rejected != 0 || again.Billable != res.Billable {
				t.Errorf("the same file again: %+v", again.Counts)
			}
			if bad := broken(t, a); len(bad) > 0 {
				t.Errorf("the book does not hold: %v", bad)
			}
			if _, err := a.Undo(authtest.Context(t), res.Import); err != nil {
				t.Fatal(err)
			}
			if left, _ := a.minutesBooked(t); len(left) != 0 {
				t.Errorf("%d sums are left after undo", len(left))
			}
		})
	}
}

const kimaiSheet = `"Date","From","To","Duration","Rate","User","Customer","Project","Activity","Description","Exported","Billable","Tags","ID"
"2026-03-02","09:00","09:20","0.33","0","Jo Ott","Meier GmbH","Service","Hotline","Pumpe laut","No","No","","71"
"2026-03-02","10:00","11:00","1.00","0","Jo Ott","Meier GmbH","Service","Allerlei","was immer","No","No","","72"
"2026-03-03","10:00","11:00","1.00","90","Jo Ott","Meier GmbH","Service","Hotline","gegen Rechnung","No","Yes","","73"
"2026-03-03","12:00","12:30","0.50","0","Eva Ems","Huber KG","Service","Kaffee","","No","No","","74"
"2026-03-04","12:00","12:30","0.50","0","Eva Ems","","Intern","Hotline","","No","No","","75"
"2026-03-05","12:00","","","0","Eva Ems","Huber KG","Service","Hotline","läuft noch","No","No","","76"
`

// What the words of a time sheet mean is asked once and kept; until it is said
// their rows are rejected with the reason. The team comes from the user, whose
// name stands beside the entry only.
func TestWordsOfTimeSheetsAreAskedAndKept(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	path := filepath.Join(t.TempDir(), "kimai.csv")
	if err := os.WriteFile(path, []byte(kimaiSheet), 0o600); err != nil {
		t.Fatal(err)
	}
	team, err := a.SaveTeam(authtest.Context(t), service.Team{Name: "Kundendienst"})
	if err != nil {
		t.Fatal(err)
	}
	req := ImportRequest{Kind: intake.Timesheets, Path: path, Related: true}
	first := a.mustImport(t, req)
	if first.Created != 1 || first.Rejected != 4 || first.Billable != 1 || first.RelatedCreated != 1 {
		t.Fatalf("%+v", first.Counts)
	}
	why := make(map[int]string)
	for _, p := range first.Problems {
		why[p.Line] = p.Problem
	}
	for line, want := range map[int]string{3: noService, 5: noService, 6: "this field is missing", 7: "nothing says how long it took"} {
		if !strings.HasPrefix(why[line], want) {
			t.Errorf("line %d: %q, want %q", line, why[line], want)
		}
	}

	ask, err := a.SheetQuestions(authtest.Context(t), Draft{Request: req})
	if err != nil || ask.Open != 2 || len(ask.Users) != 2 || ask.Users[0].Word != "Jo Ott" || ask.Users[0].Rows != 2 {
		t.Fatalf("%+v, %v", ask, err)
	}
	types, err := a.DB.Read().Types(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	var tips int64
	for _, x := range types {
		if x.Code == "tips" {
			tips = x.ID
		}
	}
	err = a.SaySheetWords(authtest.Context(t), SheetAnswers{Services: map[string]int64{"Allerlei": tips, "Kaffee": 0}, Users: map[string]int64{"Jo Ott": team}})
	if err != nil {
		t.Fatal(err)
	}
	second := a.mustImport(t, req)
	if second.Created != 1 || second.Updated != 1 || second.LeftOut != 1 || second.Rejected != 2 {
		t.Fatalf("%+v", second.Counts)
	}
	ask, err = a.SheetQuestions(authtest.Context(t), Draft{Request: req})
	if err != nil || ask.Open != 0 || len(ask.Services) != 2 || !ask.Services[0].Said {
		t.Errorf("%+v, %v", ask, err)
	}
	entries := 0
	for k, err := range a.DB.Read().Services(authtest.Context(t), store.ServiceFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		entries++
		authors, err := a.DB.Read().AuthorsOf(authtest.Context(t), k.Doc.Customer)
		if err != nil || k.Doc.Team != team || authors[k.Doc.ID] != "Jo Ott" {
			t.Errorf("team %d, by %q, %v", k.Doc.Team, authors[k.Doc.ID], err)
		}
	}
	if entries != 2 {
		t.Errorf("%d entries, want 2", entries)
	}
	words, err := a.DB.Read().SheetWords(authtest.Context(t), store.TeamWord)
	if err != nil || len(words) != 1 {
		t.Fatalf("%v, %v", words, err)
	}
	for w := range words {
		if strings.Contains(w, "ott") {
			t.Errorf("the name of a person is kept: %q", w)
		}
	}
	if bad := broken(t, a); len(bad) > 0 {
		t.Errorf("the book does not hold: %v", bad)
	}
}
