package quid

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// domain is what the business is about: no input or output, no clock, no database.
const domain = "fault money day account crm fact service talk clv value portfolio privacy "

// mayImport is the plan of the house: every package, and the packages of ours
// it may import. Read from top to bottom, imports only ever point up. To add a
// package or an arrow, change the plan here and say why in the commit.
var mayImport = []struct{ pkg, imports string }{
	// The domain. Importable by anyone.
	{"fault", ""},
	{"money", "fault"},
	{"day", "fault"},
	{"account", "fault money day"},
	{"crm", "fault money day account"},
	{"fact", "fault money day account crm"},
	{"service", "fault money day account crm fact"},
	{"talk", "fault money day account"},
	{"clv", ""},
	{"value", "fault money day account clv"},
	{"portfolio", "fault money day account crm fact service value"},
	{"privacy", "fault account"},

	// The machine.
	{"internal/intake", "fault money day"},
	{"internal/events", "clv"},
	{"internal/draw", ""},
	{"internal/doc", "day internal/draw"},
	{"internal/doc/doctest", ""},
	{"internal/locale", ""},
	{"internal/request", ""},
	{"internal/dial", "fault"},
	{"internal/hook", ""},
	{"internal/auth", "fault"},
	{"internal/auth/authtest", "internal/auth"},
	{"internal/sso", ""},
	{"internal/sso/ssotest", "internal/sso"},
	{"internal/capture", "money day account crm service"},
	{"internal/link", "account day"},
	{"internal/report", "clv internal/locale"},
	{"internal/store/storetest", ""},
	{"internal/store", domain + "internal/auth"},
	{"internal/paper", domain + "internal/draw internal/doc internal/locale internal/store"},
	{"internal/app", domain + "internal/auth internal/sso internal/dial internal/hook internal/capture internal/intake internal/link internal/store internal/paper"},
	{"internal/mail", "internal/locale"},
	{"internal/mailbox", ""},
	{"internal/job", "fault internal/auth internal/store"},
	{"internal/demo", "fault money day crm service internal/intake"},
	{"internal/backup", "fault internal/store"},
	{"internal/web", domain + "internal/auth internal/sso internal/hook internal/capture internal/intake internal/draw internal/doc internal/locale internal/link internal/store internal/paper internal/app internal/request"},
	{"internal/api", domain + "internal/auth internal/hook internal/intake internal/store internal/app internal/request"}, // the door for programs: beside the pages, not through them
	{"internal/serve", "fault internal/auth internal/store internal/app internal/job internal/web internal/api internal/capture internal/mail internal/mailbox internal/request"},
	{"cmd/quid", domain + "internal/auth internal/sso internal/dial internal/capture internal/intake internal/events internal/doc internal/locale internal/report internal/store internal/paper internal/backup internal/app internal/demo internal/serve internal/mail internal/mailbox internal/request"},

	// Programs for us: they measure and look, nothing imports them.
	{"internal/web/assets/build", ""},
	{"e2e", ""},
	{"e2e/freeport", ""},
	{"e2e/shot", "e2e"},
	{"e2e/attack", ""}, // sqlmap and wapiti against the program
	{"bench", domain + "internal/auth internal/capture internal/intake internal/events internal/store internal/app internal/job internal/demo internal/web internal/serve"},
}

// forbidden are packages that rooms of the domain have no use for: what they do
// is the business of the machine.
var forbidden = []string{"database/sql", "net/http", "os", "log", "log/slog", "net", "encoding/csv"}

// A room is what the files of a package say, tests left out.
type room struct {
	imports  map[string]bool
	document bool // the package has a comment
	clock    []string
}

func TestImportsFollowThePlan(t *testing.T) {
	t.Parallel()
	rooms := house(t)
	plan := make(map[string][]string)
	var known []string
	for _, p := range mayImport {
		plan[p.pkg] = strings.Fields(p.imports)
		for _, up := range plan[p.pkg] {
			if !slices.Contains(known, up) {
				t.Errorf("the plan lets %s import %s, which does not stand above it", p.pkg, up)
			}
		}
		known = append(known, p.pkg)
		if rooms[p.pkg] == nil && p.pkg != "bench" {
			t.Errorf("the plan names %s, which is not there", p.pkg)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rooms)) {
		allowed, ok := plan[planned(name)]
		if !ok {
			t.Errorf("package %s is not in the plan", name)
			continue
		}
		for _, path := range slices.Sorted(maps.Keys(rooms[name].imports)) {
			if ours, found := strings.CutPrefix(path, "quid/"); found && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s, which the plan does not allow", name, ours)
			}
			if slices.Contains(strings.Fields(domain), name) && slices.Contains(forbidden, path) {
				t.Errorf("%s is of the domain and imports %s", name, path)
			}
		}
	}
}

// planned is the package of the plan that a package belongs to: every program
// under bench is like the others.
func planned(name string) string {
	if strings.HasPrefix(name, "bench/") {
		return "bench"
	}
	return name
}

func TestEveryPackageSaysWhatItHolds(t *testing.T) {
	t.Parallel()
	for name, r := range house(t) {
		if !r.document {
			t.Errorf("package %s has no comment", name)
		}
	}
}

// What time it is comes from cmd/quid, so that everything else can be asked
// about any day. Programs under bench and e2e measure real time.
func TestOnlyTheCommandAsksForTheTime(t *testing.T) {
	t.Parallel()
	for name, r := range house(t) {
		if name == "cmd/quid" || strings.HasPrefix(name, "bench") || strings.HasPrefix(name, "e2e") || strings.HasSuffix(name, "assets/build") {
			continue
		}
		for _, where := range r.clock {
			t.Errorf("%s calls time.Now", where)
		}
	}
}

// house reads every package of the repository, by its folder.
func house(t *testing.T) map[string]*room {
	t.Helper()
	rooms := make(map[string]*room)
	fset := token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != "." && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		folder := filepath.ToSlash(filepath.Dir(path))
		if folder == "." || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		if rooms[folder] == nil {
			rooms[folder] = &room{imports: make(map[string]bool)}
		}
		return rooms[folder].read(fset, file)
	})
	if err != nil {
		t.Fatal(err)
	}
	return rooms
}

// read notes what one file says.
func (r *room) read(fset *token.FileSet, file *ast.File) error {
	for _, i := range file.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return err
		}
		r.imports[path] = true
	}
	r.document = r.document || file.Doc != nil && strings.TrimSpace(file.Doc.Text()) != ""
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Now" {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" {
				r.clock = append(r.clock, fset.Position(s.Pos()).String())
			}
		}
		return true
	})
	return nil
}
