package account

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"quid/day"
	"quid/fault"
	"quid/money"
)

// A ledger is a legal history of one customer: documents are posted, changed
// and withdrawn in any order.
type ledger struct {
	postings []Posting
	newest   map[Document]int32 // by document without revision: the revision that stands, 0 if withdrawn
	last     map[Document]int32
	next     PostingID
}

// draw makes a ledger step by step.
func draw(t *rapid.T) *ledger {
	l := &ledger{newest: map[Document]int32{}, last: map[Document]int32{}}
	for range rapid.IntRange(1, 25).Draw(t, "steps") {
		doc := Document{Kind: FromInvoice, ID: DocumentID(rapid.IntRange(1, 5).Draw(t, "document"))}
		firstOpen := day.Day(20260101).Add(rapid.IntRange(0, 300).Draw(t, "first open"))
		if l.newest[doc] != 0 {
			l.withdraw(doc, firstOpen)
		}
		if rapid.IntRange(0, 3).Draw(t, "withdraw") > 0 {
			l.post(t, doc, firstOpen)
		}
	}
	return l
}

func (l *ledger) number() PostingID { l.next++; return l.next }

func (l *ledger) post(t *rapid.T, doc Document, firstOpen day.Day) {
	var drafts []Draft
	for range rapid.IntRange(1, 3).Draw(t, "postings") {
		d := Draft{
			Day: day.Day(20260101).Add(rapid.IntRange(0, 300).Draw(t, "day")), Kind: rapid.SampledFrom(Kinds).Draw(t, "kind"),
			Amount: Known(money.Amount(rapid.Int64Range(-1e6, 1e6).Draw(t, "amount"))), Volume: money.Amount(rapid.Int64Range(-1e6, 1e6).Draw(t, "volume")),
		}
		if d.Kind.Side() == To || d.Kind == Care {
			d.Amount.Amount = min(d.Amount.Amount, -d.Amount.Amount)
		}
		if d.Kind == Deduction {
			d.Cause = rapid.SampledFrom(Causes).Draw(t, "cause")
		}
		if d.Kind == Sale && rapid.Bool().Draw(t, "cost unknown") {
			d.Amount = Effect{}
		}
		drafts = append(drafts, d)
	}
	l.last[doc]++
	l.newest[doc] = l.last[doc]
	of := doc
	of.Revision = l.last[doc]
	l.postings = append(l.postings, Post(7, of, firstOpen, drafts, l.number)...)
}

func (l *ledger) withdraw(doc Document, firstOpen day.Day) {
	revision := l.newest[doc]
	for _, p := range l.postings {
		of := p.Document
		of.Revision = 0
		if of == doc && p.Document.Revision == revision && p.Reverses == 0 {
			r, err := p.Reversal(firstOpen, l.number())
			if err != nil {
				panic(err)
			}
			l.postings = append(l.postings, r)
		}
	}
	l.newest[doc] = 0
}

func (l *ledger) live(d Document) (int32, bool) {
	d.Revision = 0
	revision, ok := l.newest[d]
	return revision, ok
}

func TestCheckPassesEveryLegalHistory(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := draw(t)
		rand.New(rand.NewPCG(1, uint64(len(l.postings)))).Shuffle(len(l.postings), func(i, j int) {
			l.postings[i], l.postings[j] = l.postings[j], l.postings[i]
		})
		if bad := Check(l.postings, l.live); len(bad) != 0 {
			t.Fatalf("%v in %+v", bad, l.postings)
		}
	})
}

// The weak twins: a sound book with one thing broken. Check must see each.
func TestCheckSeesWhatIsBroken(t *testing.T) {
	t.Parallel()
	invoice, visit := Document{FromInvoice, 1, 1}, Document{FromInteraction, 2, 1}
	again := invoice
	again.Revision = 2
	sound := []Posting{
		{ID: 1, Day: 20260301, Kind: Sale, Amount: Known(40), Volume: 100, Document: invoice},
		{ID: 2, Day: 20260301, Kind: Sale, Amount: Known(-40), Volume: -100, Document: invoice, Reverses: 1},
		{ID: 3, Day: 20260301, Kind: Sale, Volume: 120, Document: again},
		{ID: 4, Day: 20260405, Kind: Care, Amount: Known(-50), Document: visit},
		{ID: 5, Day: 20260406, Kind: Service, Amount: Known(-30), Volume: 90, Document: Document{FromService, 3, 1}},
	}
	live := func(d Document) (int32, bool) {
		r, ok := map[DocumentID]int32{1: 2, 2: 1, 3: 1}[d.ID]
		return r, ok
	}
	if bad := Check(sound, live); len(bad) != 0 {
		t.Fatalf("the sound book: %v", bad)
	}
	for rule, broken := range map[string]func(p []Posting) []Posting{
		"reverses a posting that is not there":                           func(p []Posting) []Posting { return p[1:] },
		"reverses a reversal":                                            func(p []Posting) []Posting { p[0].Reverses = 2; return p },
		"reverses a posting that was reversed before":                    func(p []Posting) []Posting { q := p[1]; q.ID = 9; return append(p, q) },
		"does not add up to nothing with what it reverses":               func(p []Posting) []Posting { p[1].Amount.Amount = -39; return p },
		"is dated before what it reverses":                               func(p []Posting) []Posting { p[1].Day = 20260228; return p },
		"is a gain from goodwill":                                        func(p []Posting) []Posting { p[4].Kind, p[4].Amount.Amount = Goodwill, 1; return p },
		"is a gain from care":                                            func(p []Posting) []Posting { p[3].Amount.Amount = 1; return p },
		"has no amount though it is not a sale":                          func(p []Posting) []Posting { p[3].Amount = Effect{}; return p },
		"is a deduction without a cause, or a cause without a deduction": func(p []Posting) []Posting { p[3].Cause = Bonus; return p },
		"names a document that is not there":                             func(p []Posting) []Posting { p[3].Document.ID = 99; return p },
		"is reversed though its document stands":                         func(p []Posting) []Posting { p[0].Document.Revision, p[1].Document.Revision = 2, 2; return p },
		"stands though its document was replaced or withdrawn":           func(p []Posting) []Posting { return slices.Delete(p, 1, 2) },
		"has the number of another posting":                              func(p []Posting) []Posting { p[4].ID = 4; return p },
	} {
		bad := Check(broken(slices.Clone(sound)), live)
		if !slices.ContainsFunc(bad, func(v Violation) bool { return v.Rule == rule }) {
			t.Errorf("%s: Check says %v", rule, bad)
		}
	}
	volume := slices.Clone(sound)
	volume[1].Volume = -99
	if len(Check(volume, live)) == 0 {
		t.Error("a reversal of another volume passes")
	}
}

// A posting and its reversal add up to nothing, whatever day is open.
func TestReversalTakesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := draw(t)
		var s Steps
		for _, p := range l.postings {
			s.Add(p)
			if p.Reverses != 0 {
				if _, err := p.Reversal(firstDay, 99); !errors.Is(err, fault.Conflict) {
					t.Fatalf("a reversal is reversed: %v", err)
				}
			}
		}
		live := slices.DeleteFunc(slices.Clone(l.postings), func(p Posting) bool {
			return p.Reverses != 0 || slices.ContainsFunc(l.postings, func(q Posting) bool { return q.Reverses == p.ID })
		})
		var want Steps
		for _, p := range slices.Backward(live) {
			want.Add(p)
		}
		if s != want {
			t.Fatalf("all postings add up to %+v, those that stand to %+v", s, want)
		}
	})
}

const firstDay day.Day = 20260101

func TestReversalIsDatedOnTheFirstOpenDay(t *testing.T) {
	t.Parallel()
	p := Posting{ID: 1, Day: 20260310, Kind: Sale, Amount: Known(5), Volume: 9, Rate: 3}
	for _, tt := range []struct{ open, want day.Day }{{20260101, 20260310}, {20260310, 20260310}, {20260401, 20260401}} {
		r, err := p.Reversal(tt.open, 2)
		if err != nil || r.Day != tt.want || r.Reverses != 1 || r.ID != 2 || r.Rate != 3 {
			t.Errorf("first open %s: %+v, %v", tt.open, r, err)
		}
	}
}

// The steps lead from revenue to contribution IV, and what is given for free is
// a positive cost.
func TestContributionSteps(t *testing.T) {
	t.Parallel()
	var s Steps
	for _, p := range []Posting{
		{Kind: Sale, Amount: Known(400), Volume: 1000},
		{Kind: Deduction, Amount: Known(-30), Volume: 1000},
		{Kind: Care, Amount: Known(-50)},
		{Kind: Acquisition, Amount: Known(-20)},
		{Kind: Complaint, Amount: Known(-40), Volume: 100},
		{Kind: LatePayment, Amount: Known(-5), Volume: 600},
		{Kind: Service, Amount: Known(-60), Volume: 150},
		{Kind: Goodwill, Amount: Known(-10), Volume: 10},
	} {
		s.Add(p)
		if got := s.Of(p.Kind); got != p.Amount.Amount {
			t.Errorf("%s holds %d", p.Kind, got)
		}
	}
	for step, want := range []money.Amount{1: 370, 2: 300, 3: 255, 4: 185} {
		if step > 0 && s.Contribution(step) != want {
			t.Errorf("contribution %d is %d, want %d", step, s.Contribution(step), want)
		}
	}
	if s.Revenue != 1000 || s.ValueTo() != 70 || s.Benefit != 150 || !s.Known() {
		t.Errorf("%+v", s)
	}
	s.Add(Posting{Kind: Sale, Volume: 10})
	if s.Known() || s.Revenue != 1010 {
		t.Errorf("a sale of unknown cost leaves %+v", s)
	}
	s.Add(Posting{Kind: Sale, Volume: -10, Reverses: 1})
	if !s.Known() {
		t.Error("the cost stays unknown after the sale was taken back")
	}
}
