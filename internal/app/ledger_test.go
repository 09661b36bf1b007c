package app

import (
	"testing"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// A ledger is a book with three customers and the shipped catalogue.
type ledger struct {
	*App
	t         *testing.T
	customers []account.CustomerID
	types     map[string]service.Type
}

func openLedger(t *testing.T, a *App) *ledger {
	t.Helper()
	takeIn(t, a, intake.Customers, "number;name", "1;Huber", "2;Meier", "3;Yildiz")
	l := &ledger{App: a, t: t, types: make(map[string]service.Type)}
	for _, n := range []string{"1", "2", "3"} {
		found, err := a.DB.Read().Keys(authtest.Context(t), "file", store.CustomerKey, []string{n})
		if err != nil {
			t.Fatal(err)
		}
		l.customers = append(l.customers, found[n].Customer)
	}
	l.read()
	return l
}

func (l *ledger) read() {
	l.t.Helper()
	types, err := l.DB.Read().Types(authtest.Context(l.t))
	if err != nil {
		l.t.Fatal(err)
	}
	for _, ty := range types {
		l.types[ty.Code] = ty
	}
}

func (l *ledger) today() day.Day { return day.At(l.Now()) }

// draft is twenty minutes of hotline for the first customer, today.
func (l *ledger) draft(change ...func(*EntryDraft)) EntryDraft {
	minutes := 20 * money.One
	d := EntryDraft{Customer: l.customers[0], Type: l.types["hotline"].ID, Day: l.today(), Minutes: &minutes, Background: "Pumpe laut"}
	for _, c := range change {
		c(&d)
	}
	return d
}

func (l *ledger) record(d EntryDraft) Recorded {
	l.t.Helper()
	r, err := l.RecordService(authtest.Context(l.t), d)
	if err != nil {
		l.t.Fatal(err)
	}
	return r
}

// sums are what all postings of a kind add up to, of all customers.
func (l *ledger) sums(kind account.Kind) (amount, volume money.Amount, n int) {
	l.t.Helper()
	for _, c := range l.customers {
		a, v, k := l.sumsOf(c, kind)
		amount, volume, n = amount+a, volume+v, n+k
	}
	return amount, volume, n
}

func (l *ledger) sumsOf(c account.CustomerID, kind account.Kind) (amount, volume money.Amount, n int) {
	l.t.Helper()
	sums, err := l.DB.Read().KindSums(authtest.Context(l.t), c, day.Window{To: day.Max})
	if err != nil {
		l.t.Fatal(err)
	}
	for _, s := range sums {
		if s.Kind == kind {
			amount, volume, n = amount+s.Amount, volume+s.Volume, n+int(s.Count)
		}
	}
	return amount, volume, n
}

// minutes are those of the standing entries.
func (l *ledger) minutes() (sum int64) {
	l.t.Helper()
	for k, err := range l.DB.Read().Services(authtest.Context(l.t), store.ServiceFilter{}) {
		if err != nil {
			l.t.Fatal(err)
		}
		if k.Doc.Minutes != nil {
			sum += *k.Doc.Minutes
		}
	}
	return sum
}

func complained(err error) (names []string) {
	for _, f := range fault.Fields(err) {
		names = append(names, f.Name)
	}
	return names
}
