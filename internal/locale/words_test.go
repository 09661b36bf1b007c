package locale

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

func printerTexts(b *i18n.Bundle, l Lang) *i18n.Localizer { return i18n.NewLocalizer(b, string(l)) }

// The German texts of every file that is compiled in can be read, and no key
// has two texts.
func TestFilesAreSound(t *testing.T) {
	t.Parallel()
	if wordsErr != nil {
		t.Error(wordsErr)
	}
}

// Every text that a page or a fault.Field names has a German one.
func TestEveryTextHasGerman(t *testing.T) {
	t.Parallel()
	known := map[string]text{}
	names, err := fs.Glob(files, "de/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		list, _ := parse(name, raw) // TestFilesAreSound complains
		for _, w := range list {
			known[w.key] = w.text
		}
	}
	used := usedTexts(t, "../..")
	if used["Customers"] == "" || used["write a name"] == "" {
		t.Fatal("the texts of the sidebar or of a field's problem were not found: the search is broken")
	}
	for _, key := range slices.Sorted(maps.Keys(used)) {
		german, ok := known[key]
		if !ok {
			t.Errorf("%s: no German text for %q", used[key], key)
			continue
		}
		// "One" may spell its number out.
		one := strings.Replace(german.One, "{n}", "", 1) + "{n}"
		if !slices.Equal(placeholders(key), placeholders(german.Other)) ||
			german.One != "" && !slices.Equal(placeholders(key), placeholders(one)) {
			t.Errorf("%s: %q has other placeholders than its German text %+v", used[key], key, german)
		}
	}
}

var placeholder = regexp.MustCompile(`\{\w+\}`)

func placeholders(s string) []string {
	list := placeholder.FindAllString(s, -1)
	slices.Sort(list)
	return slices.Compact(list)
}

// usedTexts returns every text that is passed to T, N, Key or fault.Field as a
// literal below root, with the first place that does.
func usedTexts(t *testing.T, root string) map[string]string {
	t.Helper()
	used := map[string]string{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := e.Name(); e.IsDir() {
			// The command line speaks English only; bench and e2e speak to us.
			if name == "cmd" || name == "bench" || name == "e2e" || name == "node_modules" || name == "dist" || name == "testdata" || (strings.HasPrefix(name, ".") && path != root) {
				return fs.SkipDir
			}
			return nil
		}
		var list []string
		switch {
		case strings.HasSuffix(path, "_test.go"), strings.HasSuffix(path, "_templ.go"):
		case strings.HasSuffix(path, ".go"):
			list, err = textsInGo(path)
		case strings.HasSuffix(path, ".templ"):
			list, err = textsInTempl(path)
		}
		short, _ := filepath.Rel(root, path)
		for _, key := range list {
			if _, ok := used[key]; !ok {
				used[key] = short
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return used
}

// keyArgument is the argument that is the key, by name of the function.
var keyArgument = map[string]int{"T": 0, "N": 1, "Key": 0, "Field": 1}

func textsInGo(path string) ([]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var list []string
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		f, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, _ := f.X.(*ast.Ident)
		if in := map[string]string{"Key": "locale", "Field": "fault"}[f.Sel.Name]; in != "" && (x == nil || x.Name != in) {
			return true
		}
		if i, ok := keyArgument[f.Sel.Name]; ok && i < len(call.Args) {
			if s, ok := literal(call.Args[i]); ok {
				list = append(list, s)
			}
		}
		return true
	})
	return list, nil
}

// literal returns the value of a string literal, or of a sum of some.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		a, okA := literal(e.X)
		b, okB := literal(e.Y)
		return a + b, okA && okB && e.Op == token.ADD
	default:
		return "", false
	}
}

var (
	templT   = regexp.MustCompile(`(?:\.T|\blocale\.Key)\(\s*("(?:[^"\\\n]|\\.)*")`)
	templN   = regexp.MustCompile(`\.N\(\s*"(?:[^"\\\n]|\\.)*",\s*("(?:[^"\\\n]|\\.)*")`)
	comments = regexp.MustCompile(`(?m)^\s*//.*$`)
)

func textsInTempl(path string) ([]string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	raw = comments.ReplaceAll(raw, nil)
	var list []string
	for _, pattern := range []*regexp.Regexp{templT, templN} {
		for _, m := range pattern.FindAllSubmatch(raw, -1) {
			s, err := strconv.Unquote(string(m[1]))
			if err != nil {
				return nil, err
			}
			list = append(list, s)
		}
	}
	return list, nil
}

// The search itself: it finds what it should in both kinds of file.
func TestTextsAreFound(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, content := range map[string]string{
		"a.go": "package a\n\nfunc f() {\n\tp.T(\"plain\")\n\tp.N(\"one\", \"many\", 2)\n\tlocale.Key(\"marked\" + \" twice\")\n" +
			"\tother.Key(\"not ours\")\n\tfault.Field(\"name\", \"problem\")\n\tp.T(variable)\n}\n",
		"b.templ":   "<p>{ p.T(\"in \\\"a\\\" page\", \"n\", 3) }{ p.N(\"eye\", \"eyes\", n) }</p>\n// p.T(\"a comment\")\n",
		"a_test.go": "package a\n\nfunc g() { p.T(\"of a test\") }\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := slices.Sorted(maps.Keys(usedTexts(t, folder)))
	want := []string{"eyes", `in "a" page`, "many", "marked twice", "plain", "problem"}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}
