package app

import (
	"testing"

	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/money"
)

// A twoFiles is an invoice that comes once with lines of its own and once by its
// lines alone, as many programs export it.
type twoFiles struct{ invoices, lines ImportRequest }

func inTwoFiles(t *testing.T, invoices, lines []string) twoFiles {
	return twoFiles{
		ImportRequest{Kind: intake.Invoices, Path: csv(t, invoices...), Related: true},
		ImportRequest{Kind: intake.InvoiceLines, Path: csv(t, lines...), Related: true},
	}
}

func TestTheSameTwoFilesAgainChangeNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name            string
		invoices, lines []string
	}{
		{
			"an invoice with its net sum, and its lines",
			[]string{"number;customer;day;due;net;settled;disputed", "1;K;13.01.2026;20.01.2026;100,50;30.01.2026;yes", "2;K;14.01.2026;20.01.2026;70,50;;no"},
			[]string{"number;line;product;quantity;unit_price;cost", "1;1;P;1;60,50;10,00", "1;2;Q;1;40,25;20,00", "2;1;P;1;70,50;30,00"},
		},
		{
			"a header without sums, and its lines",
			[]string{"number;customer;day;due;settled;disputed", "1;K;13.01.2026;20.01.2026;30.01.2026;yes", "2;K;14.01.2026;20.01.2026;;no"},
			[]string{"number;line;product;quantity;unit_price;cost", "1;1;P;1;60,50;10,00", "1;2;Q;1;40,25;20,00", "2;1;P;1;70,50;30,00"},
		},
		{
			"an invoice with its costs, and lines without",
			[]string{"number;customer;day;due;net;cost", "1;K;13.01.2026;20.01.2026;100,50;5,50", "2;K;13.01.2026;20.01.2026;70,50;6,50"},
			[]string{"number;line;net", "1;1;60,50", "1;2;40,00", "2;1;70,50"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, open func() *App) {
				a, files := open(), inTwoFiles(t, tt.invoices, tt.lines)
				a.mustImport(t, files.invoices)
				before := figuresOf(t, a)
				first := a.mustImport(t, files.lines)
				if first.Rejected > 0 {
					t.Fatalf("lines: %+v %v", first.Counts, first.Problems)
				}
				want := figuresOf(t, a)
				for range 2 {
					for _, req := range []ImportRequest{files.invoices, files.lines} {
						res := a.mustImport(t, req)
						if res.Unchanged != res.Read || len(res.Also) > 0 {
							t.Errorf("%s again: %+v, want all unchanged", req.Kind, res.Counts)
						}
					}
				}
				sameFigures(t, "again", figuresOf(t, a), want)
				sound(t, a)
				if _, err := a.Undo(authtest.Context(t), first.Import); err != nil {
					t.Fatal(err)
				}
				sameFigures(t, "after undo of the lines", figuresOf(t, a), before)
				sound(t, a)
			})
		})
	}
}

// What an invoice's row says besides follows the lines that come by themselves.
func TestWhatIsReceivableFollowsTheLines(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		head, row     string
		lines         string // "": refused
		revenue, open money.Amount
		settled       int32
	}{
		{"without a gross sum the lines say what is owed", "net", "100,50", "40,25", 4025, 4025, 0},
		{"a gross sum stays", "net;gross", "100,50;119,60", "90,50", 9050, 11960, 0},
		{"a gross sum that is the net stays too", "net;gross", "100,50;100,50", "90,50", 9050, 10050, 0},
		{"a gross sum may stand without any net", "gross", "119,60", "100,50", 10050, 11960, 0},
		{"lines that add up to the total are taken", "total;gross", "100,50;119,60", "100,50", 10050, 11960, 0},
		{"lines that contradict the total are refused", "total;gross", "200,50;238,60", "", 0, 23860, 0},
		{"a payment in full pays what the lines say", "net;settled", "100,50;30.01.2026", "40,25", 4025, 0, 1},
		{"also where the header said no sum", "settled", "30.01.2026", "40,25", 4025, 0, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := openApp(t, "")
			net := tt.lines
			if net == "" {
				net = "100,50"
			}
			files := inTwoFiles(t, []string{"number;customer;day;due;" + tt.head, "1;K;13.01.2026;20.01.2026;" + tt.row},
				[]string{"number;net;cost", "1;" + net + ";1,25"})
			a.mustImport(t, files.invoices)
			res := a.mustImport(t, files.lines)
			if refused := res.Rejected > 0; refused != (tt.lines == "") {
				t.Fatalf("%+v %v", res.Counts, res.Problems)
			}
			if tt.lines == "" && (len(res.Problems) != 1 || res.Problems[0].Line != 2) {
				t.Errorf("problems %+v, want one of line 2", res.Problems)
			}
			f := figuresOf(t, a)["all K"]
			if f.Steps.Revenue != tt.revenue || f.OpenItems != tt.open || f.Settled != tt.settled {
				t.Errorf("revenue %d, open %d, settled %d; want %d, %d, %d", f.Steps.Revenue, f.OpenItems, f.Settled, tt.revenue, tt.open, tt.settled)
			}
			sound(t, a)
		})
	}
}

// An invoice whose own lines stay the same keeps the lines that came by
// themselves when its row says something else besides; with other lines of its
// own it is replaced.
func TestAChangedRowKeepsTheLinesThatCameByThemselves(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	head := "number;customer;day;due;net;settled"
	a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, head, "1;K;13.01.2026;20.01.2026;100,50;"), Related: true})
	a.mustImport(t, ImportRequest{Kind: intake.InvoiceLines, Path: csv(t, "number;net;cost", "1;60,50;10,25", "1;40,00;20,25")})
	res := a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, head, "1;K;13.01.2026;20.01.2026;100,50;30.01.2026")})
	if f := figuresOf(t, a)["all K"]; res.Updated != 1 || f.Steps.Sale != 7000 || f.Settled != 1 {
		t.Errorf("settled: %+v, contribution %d, settled %d; want one updated, 70.00, one", res.Counts, f.Steps.Sale, f.Settled)
	}
	a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, head, "1;K;13.01.2026;20.01.2026;90,50;30.01.2026")})
	if f := figuresOf(t, a)["all K"]; f.Steps.Revenue != 9050 || f.Steps.UnknownCost != 1 {
		t.Errorf("corrected: revenue %d, %d without cost; want 90.50 without cost", f.Steps.Revenue, f.Steps.UnknownCost)
	}
	sound(t, a)
}
