package web

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"quid/account"
	"quid/day"
	"quid/internal/app"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/money"
)

// bring takes a file in.
func (b *workbench) takeFile(kind intake.Kind, text string) {
	b.t.Helper()
	path := filepath.Join(b.t.TempDir(), "file.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.app.Import(authtest.Context(b.t), app.ImportRequest{Kind: kind, Path: path, Related: true}, nil); err != nil {
		b.t.Fatal(err)
	}
}

// someCustomers is a valued book with three customers, of whom the first buys most.
func (b *workbench) someCustomers() []account.CustomerID {
	b.t.Helper()
	b.takeFile(intake.Customers, "number;name;owner\n1;Alpha;Anna\n2;Beta;Bert\n3;Gamma;Anna\n")
	b.takeFile(intake.Invoices, "number;customer;day;net;cost\nR1;1;03.03.2024;9000,00;1000,00\nR2;1;03.06.2026;9000,00;1000,00\nR3;1;03.07.2026;9000,00;1000,00\nR4;2;03.03.2024;100,00;50,00\nR5;2;03.06.2026;100,00;50,00\nR6;2;05.07.2026;100,00;50,00\nR7;3;03.03.2024;500,00;450,00\nR8;3;03.06.2026;500,00;450,00\nR9;3;05.07.2026;500,00;450,00\n")
	b.jobs()
	b.value()
	var out []account.CustomerID
	for _, n := range []string{"1", "2", "3"} {
		found, err := b.app.DB.Read().Keys(authtest.Context(b.t), "file", store.CustomerKey, []string{n})
		if err != nil {
			b.t.Fatal(err)
		}
		out = append(out, found[n].Customer)
	}
	return out
}

// value values the book now.
func (b *workbench) value() {
	b.t.Helper()
	if err := b.app.RunValueOn(authtest.Context(b.t), "", func(int64, int64) {}); err != nil {
		b.t.Fatal(err)
	}
}

// sound says that the book is.
func (b *workbench) sound() {
	b.t.Helper()
	if results, ok, err := b.app.Check(authtest.Context(b.t)); err != nil || !ok {
		b.t.Errorf("the book is not sound: %+v, %v", results, err)
	}
}

// estimatedMonths are the months of a customer in which an estimate stands posted.
func (b *workbench) estimatedMonths(customer account.CustomerID) (n int, sum money.Amount) {
	b.t.Helper()
	months, err := b.app.DB.Read().MonthSums(authtest.Context(b.t), customer, day.Window{To: day.Max})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, m := range months {
		if m.Estimated != 0 {
			n++
			sum += m.Estimated
		}
	}
	return n, sum
}

// The grid is saved as one and posted month by month; a real entry takes the place
// of its month, in the account, the cockpit and the matrix; taking back leaves
// nothing.
func TestAnEstimateStandsUntilARealEntryComes(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	ids := b.someCustomers()
	hotline := b.typeNamed("hotline")
	cell := func(i int) string { return cellName(formatID(int64(ids[i])), hotline.ID) }
	got := b.post("/estimates", url.Values{cell(0): {"240"}, cell(1): {"60"}, cell(2): {""}})
	if got.Status != http.StatusOK || !strings.Contains(got.Body, "Saved.") {
		t.Fatalf("%d: %s", got.Status, plainText(got.Body))
	}
	// 240 minutes at 0.95 are 228.00 a month.
	if n, sum := b.estimatedMonths(ids[0]); n != 12 || sum != -12*228_00 {
		t.Fatalf("%d months, %v", n, sum)
	}
	if n, _ := b.estimatedMonths(ids[2]); n != 0 {
		t.Errorf("an empty cell posted %d months", n)
	}
	b.sound()
	if _, err := b.app.RecordService(authtest.Context(t), app.EntryDraft{Customer: ids[0], Type: hotline.ID, Day: 20261005, Quantity: 12 * money.One}); err != nil {
		t.Fatal(err)
	}
	if n, sum := b.estimatedMonths(ids[0]); n != 11 || sum != -11*228_00 {
		t.Errorf("after a real entry: %d months, %v", n, sum)
	}
	b.sound()
	b.value()
	page := b.get(customerPath(ids[0]))
	if !strings.Contains(page.Body, `"name":"Service, estimated"`) || !strings.Contains(page.Body, `"estimated":true`) {
		t.Error("the account by month hatches nothing")
	}
	if text := plainText(b.get("/customers?col=customer&col=value_to").Body); strings.Count(text, "more than half of it is estimated") < 2 {
		t.Errorf("the list marks nothing: %s", text)
	}
	flags := map[byte]int{}
	points := b.get("/matrix/points").Body
	for at := 0; at+20 <= len(points); at += 20 {
		flags[points[at+17]&2]++
	}
	if flags[2] != 2 || flags[0] != 1 {
		t.Errorf("points with a dashed edge: %v", flags)
	}
	// The same again changes nothing; the grid shows what holds.
	grid := b.get("/estimates").Body
	if !regexp.MustCompile(`value="240"[^>]*name="`+regexp.QuoteMeta(cell(0))+`"`).MatchString(grid) && !strings.Contains(grid, `value="240"`) {
		t.Error("the grid does not show what is estimated")
	}
	batches, err := b.app.DB.Read().EstimateBatches(authtest.Context(t), 5)
	if err != nil || len(batches) != 1 || batches[0].Live != 2 {
		t.Fatalf("%+v, %v", batches, err)
	}
	b.post("/estimates/"+formatID(batches[0].At.UnixMicro())+"/undo", nil)
	for _, id := range ids {
		if n, sum := b.estimatedMonths(id); n != 0 || sum != 0 {
			t.Errorf("after taking back: %d months, %v", n, sum)
		}
	}
	b.sound()
}

// A whole segment is estimated by a job, and taking back lets hold what held.
func TestASegmentIsEstimatedByAJob(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	ids := b.someCustomers()
	now := workNow
	b.app.Now = func() time.Time { now = now.Add(time.Second); return now }
	hotline := b.typeNamed("hotline")
	b.post("/estimates", url.Values{cellName(formatID(int64(ids[0])), hotline.ID): {"60"}})
	before := map[account.CustomerID]money.Amount{}
	for _, id := range ids {
		_, before[id] = b.estimatedMonths(id)
	}
	form := url.Values{"rows": {"segments"}}
	for segment := range map[string]bool{"opportunity": true, "explore": true, "invest": true, "renegotiate": true} {
		form.Set(cellName(segment, hotline.ID), "120")
	}
	if got := b.post("/estimates?rows=segments", form); got.Status != http.StatusOK || !strings.Contains(got.Body, `id="estimating"`) {
		t.Fatalf("no progress is shown: %d", got.Status)
	}
	b.jobs()
	for _, id := range ids {
		if n, sum := b.estimatedMonths(id); n != 12 || sum != -12*114_00 {
			t.Errorf("customer %d: %d months, %v", id, n, sum)
		}
	}
	b.sound()
	batches, err := b.app.DB.Read().EstimateBatches(authtest.Context(t), 5)
	if err != nil || len(batches) < 2 || batches[0].Live != 3 || batches[0].Ended != 1 {
		t.Fatalf("%+v, %v", batches, err)
	}
	b.post("/estimates/"+formatID(batches[0].At.UnixMicro())+"/undo", nil)
	for _, id := range ids {
		if _, sum := b.estimatedMonths(id); sum != before[id] {
			t.Errorf("after taking back customer %d has %v, had %v", id, sum, before[id])
		}
	}
	b.sound()
}

func TestTheGridSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	ids := b.someCustomers()
	name := cellName(formatID(int64(ids[0])), b.typeNamed("hotline").ID)
	for _, text := range []string{"much", "-5"} {
		if got := b.post("/estimates", url.Values{name: {text}}); got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, "field-problem") {
			t.Errorf("%q: %d", text, got.Status)
		}
	}
	if n, _ := b.estimatedMonths(ids[0]); n != 0 {
		t.Errorf("%d months were posted", n)
	}
}
