package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// A route is one line of the table of doors of the pages, or one operation of the API.
type route struct {
	Pattern string          // such as GET /customers/{id}
	Names   map[string]bool // of what it reads from the query or the form
}

func (r route) method() string { m, _, _ := strings.Cut(r.Pattern, " "); return m }
func (r route) path() string   { _, p, _ := strings.Cut(r.Pattern, " "); return p }

// pageRoutes reads the routes of the pages, and what each reads of a request, from
// the source: nobody types them, and one that is added is attacked.
func pageRoutes(dir string) ([]route, error) {
	loaded, err := packages.Load(&packages.Config{Dir: dir, Mode: packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedImports | packages.NeedExportFile}, "./internal/web")
	if err == nil && len(loaded) == 1 && len(loaded[0].Errors) > 0 {
		err = loaded[0].Errors[0]
	}
	if err != nil || len(loaded) != 1 {
		return nil, fmt.Errorf("read internal/web: %w", errors.Join(err, errors.New("go generate ./... makes what it lacks")))
	}
	s := &source{info: loaded[0].TypesInfo, pkg: loaded[0].Types, bodies: make(map[*types.Func]*ast.FuncDecl)}
	for _, f := range loaded[0].Syntax {
		if strings.HasSuffix(loaded[0].Fset.Position(f.Pos()).Filename, "_templ.go") {
			continue // these show, and read nothing
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
				s.bodies[s.info.Defs[fn.Name].(*types.Func)] = fn
			}
		}
	}
	found := make(map[string]route)
	for _, f := range loaded[0].Syntax {
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && s.handles(call) {
				r := route{Pattern: s.text(call.Args[0]), Names: make(map[string]bool)}
				s.reads(call.Args[1], make(map[*types.Func]bool), r.Names)
				found[r.Pattern] = r
			}
			return true
		})
	}
	for _, pattern := range s.table(loaded[0].Syntax) {
		if _, ok := found[pattern]; !ok {
			return nil, fmt.Errorf("the door %q is handled nowhere", pattern)
		}
	}
	var list []route
	for _, p := range slices.Sorted(maps.Keys(found)) {
		if strings.Contains(p, " ") { // all but the one for what is nowhere
			list = append(list, found[p])
		}
	}
	return list, nil
}

// A source is the package of the pages, with its types.
type source struct {
	info   *types.Info
	pkg    *types.Package
	bodies map[*types.Func]*ast.FuncDecl
}

// text is the constant that an expression is, "" for others.
func (s *source) text(e ast.Expr) string {
	if v := s.info.Types[e].Value; v != nil && v.Kind() == constant.String {
		return constant.StringVal(v)
	}
	return ""
}

// handles says whether a call takes a route: Handle of the router of the pages.
func (s *source) handles(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Handle" || len(call.Args) != 2 {
		return false
	}
	fn, ok := s.info.Uses[sel.Sel].(*types.Func)
	return ok && fn.Pkg() == s.pkg && s.text(call.Args[0]) != ""
}

// table is what stands in the table of doors.
func (s *source) table(files []*ast.File) (patterns []string) {
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Names) != 1 || spec.Names[0].Name != "doors" || len(spec.Values) != 1 {
				return true
			}
			for _, e := range spec.Values[0].(*ast.CompositeLit).Elts {
				patterns = append(patterns, s.text(e.(*ast.KeyValueExpr).Key))
			}
			return false
		})
	}
	return patterns
}

var (
	fieldName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,30}$`)
	naming    = []string{"name", "names", "key", "keys", "field", "fields", "param"} // what a parameter is called that takes a field's name
)

// besides are functions that take names of other things: of cookies, of what stands in
// the path, of files.
var besides = []string{"cookie", "Cookie", "SetCookie", "PathValue", "Asset", "sized", "icon", "Icon"}

// reads collects the names of fields that a piece of code reads, and what it calls in
// this package: constants that are given where a parameter is called name, key or the
// like.
func (s *source) reads(n ast.Node, seen map[*types.Func]bool, names map[string]bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if fn, ok := s.info.Uses[n].(*types.Func); ok && s.bodies[fn] != nil && !seen[fn] {
				seen[fn] = true
				s.reads(s.bodies[fn].Body, seen, names)
			}
		case *ast.CallExpr:
			s.readsByCall(n, names)
		}
		return true
	})
}

func (s *source) readsByCall(call *ast.CallExpr, names map[string]bool) {
	t := s.info.TypeOf(call.Fun)
	if t == nil {
		return
	}
	sig, ok := t.Underlying().(*types.Signature)
	if !ok || sig.Recv() != nil && strings.HasSuffix(sig.Recv().Type().String(), "http.Header") {
		return
	}
	if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
		fn, ok := s.info.Uses[sel.Sel].(*types.Func)
		if !ok || fn.Pkg() == nil || fn.Pkg() != s.pkg && fn.Pkg().Path() != "net/url" && fn.Pkg().Path() != "net/http" || slices.Contains(besides, fn.Name()) {
			return
		}
		if strings.Contains(s.info.TypeOf(sel.X).String(), "http.Header") {
			return
		}
	} else if id, ok := call.Fun.(*ast.Ident); ok && slices.Contains(besides, id.Name) {
		return
	}
	for i, arg := range call.Args {
		p := min(i, sig.Params().Len()-1)
		if p < 0 || !slices.Contains(naming, sig.Params().At(p).Name()) {
			continue
		}
		if text := s.text(arg); fieldName.MatchString(text) {
			names[text] = true
		}
	}
}
