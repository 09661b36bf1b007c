package app

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/internal/auth"
	"quid/internal/auth/authtest"
	"quid/internal/link"
	"quid/internal/store"
	"quid/money"
	"quid/service"
	"quid/talk"
)

// unlogged are the changes that write no line into the audit log, and why.
var unlogged = map[string]string{
	// Who books, times and rates services is known for as long as a correction needs it,
	// and no longer (domain book, section 21): the book itself says what was booked,
	// taken back and why.
	"RecordService": "services", "RecordJoint": "services", "TakeBackService": "services", "ReverseService": "services", "CorrectService": "services", "SetBenefit": "services",
	"SetBenefitIn": "services", "Attach": "services", "DropAttachment": "services", "ConfirmCandidate": "services", "DismissCandidate": "services", "ProposeAgain": "services",
	"StartTimer": "services", "StopTimer": "services", "DropTimer": "services", "SaveTemplate": "services", "DropTemplate": "services", "AskRating": "services", "AnswerRating": "services",
	"SetOutcome": "services", "TakeMail": "services", "DismissMail": "services", "SaySheetWords": "services",

	"AddTask": "a task says itself who wrote and ended it, and when", "AcceptTask": "likewise", "ChangeTask": "likewise", "EndTask": "likewise",
	"SaveView": "a list under a name, nothing of a customer", "DropView": "likewise", "KeepSheet": "figures for a form that is saved later",
	"AskValue": "a valuation is a record itself", "AskValueOn": "likewise", "Value": "likewise", "RunValueJob": "likewise", "RunValueOn": "likewise", "Model": "the shipped one is written when it is first read",
	"CreateBook": "there is nobody yet", "StartCode": "likewise", "ShipCatalogue": "what is shipped", "Present": "that somebody is there", "ByKey": "likewise", "LogOut": "the session ends",
	"Forgot": "anybody may ask, whoever they name", "RunStatements": "asked for before, and logged then", "RunPropose": "proposals are tasks",
	"Rebuild": "what is derived", "RunTidy": "files that nothing names", "StartTidying": "likewise", "Tidy": "likewise", "ForgetAuthors": "forgets names by their age", "MailLooked": "when the mailbox was read",
	"RunLetter": "letters that were asked for, and logged then", "CleanErased": "rests of what was erased, and logged then",
	"TestWebhook": "the log of deliveries says what was sent", "ReplayDelivery": "likewise", "ReplayFailed": "likewise", "StartWebhooks": "what is due is sent, and old lines of that log go",
}

// Every change writes a line into the audit log, or stands on the list with the
// reason why not.
func TestEveryChangeWritesALine(t *testing.T) {
	t.Parallel()
	fns := make(map[string][]*ast.FuncDecl) // by name
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
				fns[fn.Name.Name] = append(fns[fn.Name.Name], fn)
			}
		}
	}
	logged := 0
	for name, list := range fns {
		for _, fn := range list {
			if fn.Recv == nil || !ofApp(fn) || !fn.Name.IsExported() || !reaches(fns, fn, "Write", map[*ast.FuncDecl]bool{}) {
				continue
			}
			_, excused := unlogged[name]
			writes := reaches(fns, fn, "audit", map[*ast.FuncDecl]bool{})
			switch {
			case writes && excused:
				t.Errorf("%s writes a line now: take it off the list", name)
			case writes:
				logged++
			case !excused:
				t.Errorf("%s changes something, writes no line into the log, and the list doesn't say why", name)
			}
		}
	}
	for name := range unlogged {
		if fns[name] == nil {
			t.Errorf("%s stands on the list, and is no method any more", name)
		}
	}
	if logged < 50 {
		t.Errorf("only %d changes are logged", logged)
	}
}

// ofApp says whether a method is one of App.
func ofApp(fn *ast.FuncDecl) bool {
	star, ok := fn.Recv.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	name, ok := star.X.(*ast.Ident)
	return ok && name.Name == "App"
}

// reaches says whether a function, or one of ours that it calls, calls something of a
// name. What is called on a transaction or a reader is the store's.
func reaches(fns map[string][]*ast.FuncDecl, fn *ast.FuncDecl, wanted string, seen map[*ast.FuncDecl]bool) (found bool) {
	if seen[fn] {
		return false
	}
	seen[fn] = true
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok || found {
			return !found
		}
		name := ""
		switch f := c.Fun.(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			name = f.Sel.Name
			if on, ok := f.X.(*ast.SelectorExpr); name == wanted && (wanted != "Write" || ok && on.Sel.Name == "DB") {
				found = true
				return false
			}
			if on, ok := f.X.(*ast.Ident); ok && (on.Name == "tx" || on.Name == "store" || on.Name == "auth" || on.Name == "read") {
				return true
			}
			if on, ok := f.X.(*ast.SelectorExpr); ok && on.Sel.Name == "tx" {
				return true
			}
		}
		if wanted == "Write" && unlogged[name] != "" {
			return true // it is excused itself
		}
		for _, next := range fns[name] {
			found = found || reaches(fns, next, wanted, seen)
		}
		return !found
	})
	return found
}

// What is changed by way of setting up stands in the log, before and after, and names
// nobody.
func TestTheLogTellsBeforeAndAfter(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, fresh func() *App) {
		a := fresh()
		ctx := auth.With(authtest.Context(t), auth.Who{User: 7, Name: "Eva", Rights: auth.AllRights, Sees: auth.Everybody, From: "192.0.2.7"})
		customer := customersNamed(t, a, "C1")[0]
		at := day.At(a.Now())
		strategy := StrategyDraft{Customer: customer, Direction: crm.Secure, Plan: "ask Ms Canary", Review: at.Add(90)}
		var team, kind, given, talked int64
		steps := []func() error{
			func() error { return a.SetLatePayment(ctx, at, 90_000) },
			func() error { return a.SetExchange(ctx, "USD", at, money.One) },
			func() error { return a.SaveSettings(ctx, map[string]string{CoverageSetting: "0.6"}) },
			func() (err error) {
				team, err = a.SaveTeam(ctx, service.Team{Name: "Canary crew"})
				return err
			},
			func() (err error) {
				kind, err = a.SaveType(ctx, service.Type{Code: "test", NameEN: "Test", Unit: service.Minutes, Rung: 1, Rates: []service.Rate{{ValidFrom: at, Cost: money.One}}})
				return err
			},
			func() error { _, err := a.DecideStrategy(ctx, strategy); return err },
			func() (err error) {
				l, _, err := a.MakeLink(ctx, LinkDraft{Customer: customer, Kind: link.Statement, Lang: "de", From: at.Add(-30), To: at, Ends: at.Add(30)})
				given = l.ID
				return err
			},
			func() error { return a.RevokeLink(ctx, customer, given) },
			func() (err error) {
				talked, err = a.RecordTalk(ctx, talk.Talk{Customer: customer, Day: at, Asked: "Ms Canary asks for less"})
				return err
			},
			func() error { return a.WithdrawTalk(ctx, customer, talked) },
			func() error { return a.NoteExport(ctx, "/customers.csv", []string{"q"}) },
		}
		for i, step := range steps {
			if err := step(); err != nil {
				t.Fatalf("step %d: %v", i, err)
			}
		}
		lines, err := a.DB.Read().Audits(ctx, store.AuditFilter{User: 7, Most: 100})
		if err != nil {
			t.Fatal(err)
		}
		said := make(map[string]store.Audit)
		for _, l := range lines {
			said[l.What+" "+l.Noun] = l
			if strings.Contains(l.After, "Ms Canary") || l.Address != "192.0.2.7" {
				t.Errorf("%s %s says %s from %s", l.What, l.Noun, l.After, l.Address)
			}
		}
		for what, want := range map[string]struct {
			customer      account.CustomerID
			id            int64
			before, after string
		}{
			"changed rate": {0, 0, `"each":"0.08"`, `"each":"0.09"`}, "changed setting": {0, 0, `{"coverage_limit":""}`, `{"coverage_limit":"0.6"}`},
			"made team": {0, team, "", "Canary crew"}, "made service": {0, kind, "", `"code":"test"`}, "changed strategy": {customer, 0, "", `"direction"`},
			"made link": {customer, given, "", `"ends"`}, "took back link": {customer, given, "", ""}, "made talk": {customer, talked, "", `"agreed":false`},
			"took back talk": {customer, talked, "", ""}, "took out export": {0, 0, "", `{"list":"/customers.csv","narrowed_by":["q"]}`},
		} {
			l, ok := said[what]
			if what == "changed rate" { // the first of two
				l = lines[len(lines)-1]
			}
			if !ok || l.Customer != want.customer || l.NounID != want.id || !strings.Contains(l.Before, want.before) || !strings.Contains(l.After, want.after) {
				t.Errorf("%s: %+v", what, l)
			}
		}
	})
}
