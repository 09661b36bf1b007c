package app

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"

	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
)

// unasked are the changes that ask for no right, and why.
var unasked = map[string]string{
	"CreateBook": "there is nobody yet", "StartCode": "likewise", "Start": "likewise: the code is asked",
	"ChoosePassword": "the link is asked", "LogIn": "the password is asked", "LogInByPasskey": "the passkey is asked", "GiveSecond": "the second factor is asked", "Enter": "after one of these",
	"Present": "who comes is found out", "ByKey": "likewise", "LogOut": "the session is asked",
	"EndSession": "about oneself", "ChangePassword": "likewise", "BeginTOTP": "likewise", "ProveTOTP": "likewise", "DropTOTP": "likewise", "NewRecovery": "likewise",
	"Model":    "the shipped one is written when it is first read",
	"Forgot":   "anybody at the door, and told the same whoever they name",
	"NoteSeen": "writes down that somebody looked", "SetBenefitIn": "part of a change that asked",
}

// ours are changes that only jobs and the command line make: nobody else calls
// them, see the rooms web and api.
var ours = []string{
	"RunImport", "RunTidy", "RunPropose", "RunEstimate", "RunValueOn", "RunValueJob", "RunStatements", "Tidy", "StartTidying", "GoOn", "ForgetAuthors", "MailLooked", "StartWebhooks",
	"Value", "Rebuild", "Check", "CleanErased", "ReplayErasures",
}

// Every change begins with the right that it asks for: a method of App that writes
// and neither asks nor stands on a list fails here.
func TestEveryChangeAsksForARight(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || !fn.Name.IsExported() || !calls(fn, "Write") {
				continue
			}
			switch {
			case calls(fn, "may") || calls(fn, "keeps") || calls(fn, "connects") || calls(fn, "drafts") || calls(fn, "mayset"):
				asked++
			case unasked[fn.Name.Name] == "" && !slices.Contains(ours, fn.Name.Name):
				t.Errorf("%s in %s writes and asks for no right", fn.Name.Name, f.Name())
			}
		}
	}
	if asked < 40 {
		t.Errorf("only %d changes ask", asked)
	}
}

// calls says whether a function calls something of a name.
func calls(fn *ast.FuncDecl, name string) (found bool) {
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok {
			switch f := c.Fun.(type) {
			case *ast.SelectorExpr:
				found = found || f.Sel.Name == name
			case *ast.Ident:
				found = found || f.Name == name
			}
		}
		return true
	})
	return found
}

// Nobody, and somebody without the right, changes nothing.
func TestWhoHasNoRightIsDenied(t *testing.T) {
	t.Parallel()
	a := new(App) // a change that got past its right would panic
	for _, who := range []auth.Who{{}, {User: 1, Name: "Vera", Rights: auth.Viewer.Rights(), Sees: auth.Everybody}} {
		ctx := auth.With(t.Context(), who)
		_, recorded := a.RecordService(ctx, EntryDraft{})
		_, _, invited := a.Invite(ctx, UserDraft{})
		for what, err := range map[string]error{
			"book": recorded, "invite": invited, "take back": a.TakeBackService(ctx, store.Ref{}, "x"), "edit": a.UpdateCustomer(ctx, CustomerEdit{}),
			"close": a.CloseBook(ctx, 20260101, "x"), "drop": a.DropTimer(ctx, store.Ref{}), "settings": a.SaveSettings(ctx, map[string]string{CoverageSetting: "0.5"}), "care settings": a.SaveSettings(ctx, map[string]string{ScissorsSetting: "5"}),
		} {
			if !errors.Is(err, fault.Denied) {
				t.Errorf("%s by %q: %v", what, who.Name, err)
			}
		}
	}
}
