package value

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"quid/money"
)

// An explanation must add up to the figure it explains.
func TestExplanationsAddUp(t *testing.T) {
	t.Parallel()
	figures := base(1500, 6)
	v := run(t, Default(), Input{AsOf: asOf, Figures: figures})
	remarks := 0
	for i := range figures {
		f, r := &figures[i], &v.Rows[i]
		e := Explain(&v.Summary, f, r)
		var score, with, all float64
		for _, p := range e.Criteria {
			all += p.Weight
			if p.Points.Known() {
				score += float64(p.Adds)
				with += p.Weight
			} else if p.Remark == "" {
				t.Fatalf("customer %d: %s is missing without a reason", f.Customer, p.Key)
			} else {
				remarks++
			}
		}
		if !math.IsNaN(r.Score) && math.Abs(score-r.Score) > 1e-9 {
			t.Fatalf("customer %d: parts add up to %v, score %v", f.Customer, score, r.Score)
		}
		if math.Abs(with/all-r.DataBasis) > 1e-12 {
			t.Fatalf("customer %d: parts with data weigh %v, data basis %v", f.Customer, with/all, r.DataBasis)
		}
		checkSteps(t, f, e.Steps)
		for _, c := range e.Classes {
			if got := v.Model.Limits.class(c.Value, money.Amount(math.Round(float64(c.Before)*1e9)), 1e9); c.Rank > 0 && c.Value > 0 && math.Abs(float64(c.Before)-0.8) > 1e-6 && math.Abs(float64(c.Before)-0.95) > 1e-6 && got != c.Class {
				t.Fatalf("customer %d: class %s by %s, but %v hold the greater ones", f.Customer, c.Class, c.Metric, c.Before)
			}
		}
		if _, err := json.Marshal(e); err != nil {
			t.Fatal(err)
		}
	}
	if remarks == 0 {
		t.Fatal("nothing was missing: the test shows nothing")
	}
}

// checkSteps verifies that every total is the sum of the steps above it.
func checkSteps(t *testing.T, f *Figures, steps []Step) {
	t.Helper()
	var sum money.Amount
	for _, s := range steps {
		if s.Total == 0 {
			sum += s.Amount
		} else if s.Amount != sum {
			t.Fatalf("customer %d: %s is %d, the steps add up to %d", f.Customer, s.Key, s.Amount, sum)
		}
	}
	if c, _ := f.Contribution(4); c != sum {
		t.Fatalf("customer %d: the waterfall ends at %d, contribution IV is %d", f.Customer, sum, c)
	}
}

func TestExplanationNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	f := sold(1, 1000, 0)
	f.Steps.UnknownCost = 1
	figures := []Figures{f, sold(2, 500, 0)}
	v := run(t, Default(), Input{AsOf: asOf, Figures: figures})
	e := Explain(&v.Summary, &figures[0], &v.Rows[0])
	got := map[string]bool{}
	for _, g := range e.Missing {
		got[g.Key] = g.Needs != "" && g.Blocks != ""
	}
	for _, want := range []string{"cost", "growth", "potential", "share_of_wallet", "payment_morale", "complaint_intensity", "service", "peer"} {
		if !got[want] {
			t.Errorf("%s is missing and not named: %+v", want, e.Missing)
		}
	}
	if got["contribution"] || got["acquired_on"] {
		t.Errorf("named twice or for nothing: %+v", e.Missing)
	}
}

// Every text of value and portfolio has its German: those written as Text(…),
// and the problems of models.
func TestTextsHaveGerman(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../internal/locale/de/value.json")
	if err != nil {
		t.Fatal(err)
	}
	var german map[string]string
	if err := json.Unmarshal(raw, &german); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, pattern := range []string{"*.go", "../portfolio/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				texts(t, file, used)
			}
		}
	}
	for text := range used {
		if german[text] == "" {
			t.Errorf("no German for %q", text)
		}
	}
	for text := range german {
		if !used[text] {
			t.Errorf("nothing says %q any more", text)
		}
	}
	if !used["Score"] || !used[problemBands] || len(used) < 100 {
		t.Fatalf("only %d texts were found: the search is broken", len(used))
	}
}

// texts collects the literals of Text(…), value.Text(…), fault.Field(_, …) and
// of constants named problem….
func texts(t *testing.T, file string, used map[string]bool) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	add := func(e ast.Expr) {
		if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
			if s, err := strconv.Unquote(l.Value); err == nil {
				used[s] = true
			}
		}
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			switch f := n.Fun.(type) {
			case *ast.Ident:
				if f.Name == "Text" {
					add(n.Args[0])
				}
			case *ast.SelectorExpr:
				if f.Sel.Name == "Text" {
					add(n.Args[0])
				} else if f.Sel.Name == "Field" && len(n.Args) == 2 {
					add(n.Args[1])
				}
			}
		case *ast.ValueSpec:
			if strings.HasPrefix(n.Names[0].Name, "problem") && len(n.Values) == 1 {
				add(n.Values[0])
			}
		}
		return true
	})
}
