package app

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"quid/account"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/service"
)

// A contactLaw is a call whose file comes again and again, each time of one of
// three customers, while people say that it was a service, and that it wasn't.
type contactLaw struct {
	*ledger
	files  int
	said   int
	taken  []ImportResult
	places []int // where the call stands after each file; -1: nowhere
	served bool
}

func (l *contactLaw) place() int { return l.places[len(l.places)-1] }

func (l *contactLaw) call() store.Ref {
	l.t.Helper()
	found, err := l.DB.Read().Keys(authtest.Context(l.t), "file", store.InteractionKey, []string{"c1"})
	if err != nil {
		l.t.Fatal(err)
	}
	return store.Ref{Customer: found["c1"].Customer, ID: account.DocumentID(found["c1"].ID)}
}

// entry is the service that the call was.
func (l *contactLaw) entry() store.Ref {
	l.t.Helper()
	ref := l.call()
	k, err := l.DB.Read().Interaction(authtest.Context(l.t), ref)
	if err != nil {
		l.t.Fatal(err)
	}
	return store.Ref{Customer: ref.Customer, ID: k.Doc.Service}
}

// step does one of what may happen and returns its name, "" if it can't happen now.
func (l *contactLaw) step(r *rand.Rand) (name string) {
	ctx := authtest.Context(l.t)
	var err error
	switch r.IntN(5) {
	case 0, 1:
		l.files++
		to := r.IntN(3)
		name = fmt.Sprintf("a file of customer %d", to+1)
		l.taken = append(l.taken, takeIn(l.t, l.App, intake.Interactions, "id;customer;day;channel;minutes",
			fmt.Sprintf("c1;%d;%s;phone;%d", to+1, l.today().Add(-5), 20+l.files)))
		l.places = append(l.places, to)
	case 2:
		if len(l.taken) == 0 {
			return ""
		}
		name = "the last file is taken back"
		last := len(l.taken) - 1
		_, err = l.Undo(ctx, l.taken[last].Import)
		l.taken, l.places = l.taken[:last], l.places[:len(l.places)-1]
	case 3:
		if l.place() < 0 || l.served {
			return ""
		}
		name = "it was a service"
		l.said++ // each document is proposed once: let it be another line
		ref := l.call()
		choice := CandidateChoice{Type: l.types["hotline"].ID, Minutes: l.draft().Minutes}
		_, err = l.ConfirmCandidate(ctx, service.Candidate{Kind: service.FromInteraction, Customer: ref.Customer, Document: ref.ID, Line: l.said}, choice)
		l.served = true
	case 4:
		if !l.served || l.place() < 0 {
			return ""
		}
		name = "it was none"
		err = l.TakeBackService(ctx, l.entry(), "was a sales call")
		l.served = false
	}
	if err != nil {
		l.t.Fatalf("%s: %v", name, err)
	}
	return name
}

// decided says that what was decided of the call stands where the call does, and
// names the service that it is.
func (l *contactLaw) decided(seed uint64, done []string) {
	l.t.Helper()
	if l.place() < 0 {
		return
	}
	for line := 1; line <= l.said; line++ {
		for i, c := range l.customers {
			entry, decided, err := l.DB.Read().CandidateDecided(authtest.Context(l.t), service.Candidate{Kind: service.FromInteraction, Customer: c, Document: l.call().ID, Line: line})
			if err != nil {
				l.t.Fatal(err)
			}
			if decided != (i == l.place()) || decided && l.served && line == l.said && entry != l.entry().ID {
				l.t.Errorf("seed %d, %q: decision %d at customer %d: %v, entry %d; the contact is at %d", seed, done, line, i+1, decided, entry, l.place()+1)
			}
		}
	}
}

// A contact counts once, at its customer, as care or as the service that it was,
// whatever its files and its people do. A service whose contact is gone stands.
func TestAContactCountsOnceWhereverItGoes(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		for seed := range uint64(12) {
			l := &contactLaw{ledger: openLedger(t, open()), places: []int{-1}}
			r := rand.New(rand.NewPCG(seed, 7))
			var done []string
			for len(done) < 12 {
				name := l.step(r)
				if name == "" {
					continue
				}
				done = append(done, name)
				var cares, services int
				for i, c := range l.customers {
					care, _, _ := l.sumsOf(c, account.Care)
					cost, _, _ := l.sumsOf(c, account.Service)
					if care != 0 {
						cares++
					}
					if cost != 0 {
						services++
					}
					here := i == l.place()
					if (care != 0) != (here && !l.served) || here && l.served && cost != -22_80 || l.place() >= 0 && !here && cost != 0 {
						t.Errorf("seed %d, %q: customer %d has care %v and service %v; the contact is at %d, a service: %v", seed, done, i+1, care, cost, l.place()+1, l.served)
					}
				}
				if (services == 1) != l.served || cares+services > 1 {
					t.Errorf("seed %d, %q: care at %d, service at %d", seed, done, cares, services)
				}
				l.decided(seed, done)
				if t.Failed() {
					return
				}
			}
			sound(t, l.App)
		}
	})
}
