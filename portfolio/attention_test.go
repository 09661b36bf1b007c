package portfolio

import (
	"math"
	"math/rand/v2"
	"testing"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/money"
	"quid/service"
	"quid/value"
)

func shipped(segment, strategy value.Segment) crm.Playbook {
	p, _ := crm.Playbooks{}.Of(string(segment), string(strategy))
	return p
}

// crowd is customers with random care.
func crowd(n int) []Cared {
	rng := rand.New(rand.NewPCG(7, 1))
	list := make([]Cared, n)
	segments := []value.Segment{value.Opportunity, value.Renegotiate, value.Explore, value.Invest, value.NewCustomer, value.NoSegment}
	for i := range list {
		c := &list[i]
		c.Customer = account.CustomerID(i + 1)
		c.Segment = segments[rng.IntN(len(segments))]
		c.Strategy, c.Stage = c.Segment, value.Stage(1+rng.IntN(7))
		c.Known = rng.IntN(10) > 0
		c.Value, c.Services, c.Care = money.Amount(rng.IntN(100_000)-20_000), money.Amount(rng.IntN(9_000)), money.Amount(rng.IntN(5_000))
		c.Count, c.Year = int32(rng.IntN(12)), int32(rng.IntN(12))
		c.Minutes = int64(c.Count) * 20
		if rng.IntN(4) > 0 {
			c.LastPersonal = day.Day(20260101).Add(rng.IntN(300))
			c.LastTalk = c.LastPersonal.Add(rng.IntN(20))
			c.Last = c.LastTalk.Add(rng.IntN(20))
		}
	}
	return list
}

// The segments together are the whole, their shares one, whatever the order.
func TestAttentionAddsUp(t *testing.T) {
	t.Parallel()
	list := crowd(500)
	a := Attend(20261128, list, shipped, 10)
	var sum Load
	var parts Parts
	for _, s := range a.Segments {
		sum.Customers += s.Customers
		sum.Contacts += s.Contacts
		sum.Minutes += s.Minutes
		sum.Services += s.Services
		sum.Care += s.Care
		sum.Value += s.Value
		sum.WithoutOf += s.WithoutOf
		p := s.Of(a.Whole)
		parts.Contacts += p.Contacts
		parts.Minutes += p.Minutes
		parts.Services += p.Services
		parts.Value += p.Value
	}
	if sum != a.Whole {
		t.Errorf("the segments add up to %+v, the whole is %+v", sum, a.Whole)
	}
	for _, x := range []float64{parts.Contacts, parts.Minutes, parts.Services, parts.Value} {
		if math.Abs(x-1) > 1e-12 {
			t.Errorf("shares add up to %v, want 1", x)
		}
	}
	turned := make([]Cared, len(list))
	for i := range list {
		turned[len(list)-1-i] = list[i]
	}
	b := Attend(20261128, turned, shipped, 10)
	if b.Whole != a.Whole || len(b.Late) != len(a.Late) || len(b.Below) != len(a.Below) || b.Scissors != a.Scissors {
		t.Errorf("turned round it says another thing")
	}
	for i := range a.Late {
		if turned[b.Late[i].At].Customer != list[a.Late[i].At].Customer {
			t.Fatalf("turned round, place %d of those who wait is another customer", i)
		}
	}
	order := a.ByBalance(list, true)
	last := math.Inf(1)
	for _, i := range order {
		var l Load
		l.add(&list[i])
		balance := l.Of(a.Whole).Balance()
		if balance > last || !list[i].Known {
			t.Fatalf("%v after %v", balance, last)
		}
		last = balance
	}
}

func TestGoodCustomersWaitForTheFormOfTheirPlaybook(t *testing.T) {
	t.Parallel()
	const today = day.Day(20261128)
	for _, tt := range []struct {
		name string
		c    Cared
		late bool
		days int
	}{
		{"a call is no visit", Cared{Strategy: value.Invest, ContactSums: ContactSums{LastPersonal: 20260901, LastTalk: 20261120, Last: 20261120}}, true, 28},
		{"on the day it is not late yet", Cared{Strategy: value.Invest, ContactSums: ContactSums{LastPersonal: 20260929}}, false, 0},
		{"nobody was ever there", Cared{Strategy: value.Explore}, true, -1},
		{"nothing is promised", Cared{Strategy: value.Opportunity}, false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.c.Segment = tt.c.Strategy
			_, days, late := tt.c.Overdue(shipped(tt.c.Segment, tt.c.Strategy), today)
			if late != tt.late || late && days != tt.days {
				t.Errorf("late %v by %d days, want %v by %d", late, days, tt.late, tt.days)
			}
		})
	}
}

func TestScissorsSetTheBestFieldAgainstTheWeakest(t *testing.T) {
	t.Parallel()
	of := func(s value.Segment, contacts int32, care money.Amount) Cared {
		return Cared{Segment: s, Strategy: s, Stage: value.Regular, Care: care, ContactSums: ContactSums{Count: contacts, Year: contacts}}
	}
	a := Attend(20261128, []Cared{of(value.Opportunity, 1, 100), of(value.Opportunity, 2, 300), of(value.Invest, 12, 4_000), of(value.NewCustomer, 99, 9)}, shipped, 5)
	s := a.Scissors
	if !s.OK || s.Best.Segment != value.Invest || s.Weakest.Segment != value.Opportunity || s.Contacts != 8 || s.Cost != 20 || !s.TooWide() {
		t.Errorf("scissors %+v", s)
	}
	if a := Attend(20261128, []Cared{of(value.Opportunity, 0, 0), of(value.Invest, 1, 1)}, shipped, 5); !math.IsInf(a.Scissors.Contacts, 1) || !a.Scissors.TooWide() || len(a.Below) != 2 {
		t.Errorf("without any care at the lower end: %+v, below %v", a.Scissors, a.Below)
	}
	if a := Attend(20261128, []Cared{of(value.Invest, 1, 1), of(value.NewCustomer, 0, 0)}, shipped, 5); a.Scissors.OK || a.Scissors.TooWide() {
		t.Errorf("one field alone has scissors %+v", a.Scissors)
	}
	if a := Attend(20261128, nil, shipped, 5); len(a.Segments) != 0 || a.Scissors.OK {
		t.Errorf("of nobody: %+v", a)
	}
	wide := []Cared{of("f1t1", 1, 1), of("f3t3", 2, 2), of("f1t3", 9, 9)}
	if s := Attend(20261128, wide, shipped, 5).Scissors; s.Best.Segment != "f3t3" || s.Weakest.Segment != "f1t1" {
		t.Errorf("of nine fields the ends are %s and %s", s.Best.Segment, s.Weakest.Segment)
	}
}

func TestRulesProposeWhatIsToBeDone(t *testing.T) {
	t.Parallel()
	const today = day.Day(20261128)
	over := service.BudgetState{Budget: service.Budget{Share: 1}, Source: service.OfSegment, Known: true, Whole: 5, Spent: 9}
	for _, tt := range []struct {
		name string
		s    Situation
		want []crm.Rule
	}{
		{"a spoiled customer is talked to", Situation{Cared: Cared{Strategy: value.Renegotiate}}, []crm.Rule{crm.MuchForLittle}},
		{"not while too little is captured", Situation{Cared: Cared{Strategy: value.Renegotiate}, Provisional: true}, nil},
		{"but an exceeded budget is certain", Situation{Cared: Cared{Strategy: value.Renegotiate}, Provisional: true, Budget: over}, []crm.Rule{crm.BudgetExceeded}},
		{"not when somebody decided what to do", Situation{Cared: Cared{Strategy: value.Renegotiate}, Decided: &crm.Strategy{Direction: crm.CutBack, Review: 20270101}}, nil},
		{"a decision of another time is none", Situation{Cared: Cared{Strategy: value.Renegotiate}, Decided: &crm.Strategy{Direction: crm.TakeAlong, Review: 20270101}}, []crm.Rule{crm.MuchForLittle}},
		{"a review is due on its day", Situation{Cared: Cared{Strategy: value.Opportunity}, Decided: &crm.Strategy{Direction: crm.TakeAlong, Review: today}}, []crm.Rule{crm.ReviewDue}},
		{"a good customer waits, and nobody chose", Situation{Cared: Cared{Strategy: value.Explore, ContactSums: ContactSums{LastPersonal: 20260101}}}, []crm.Rule{crm.NoContact, crm.LittleForMuch}},
		{"a plan whose day has come", Situation{Cared: Cared{Strategy: value.Opportunity}, Plan: &crm.Development{Until: 20261101}}, []crm.Rule{crm.DevelopmentOver}},
		{"nothing is wrong", Situation{Cared: Cared{Strategy: value.Invest, ContactSums: ContactSums{LastPersonal: 20261101}}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.s.Segment, tt.s.Customer = tt.s.Strategy, 1
			var got []crm.Rule
			for _, task := range (Calendar{today, today, true}).Propose(&tt.s, shipped(tt.s.Segment, tt.s.Strategy)) {
				if task.Due < today || task.State != crm.TaskProposed || task.Check() != nil {
					t.Errorf("task %+v: %v", task, task.Check())
				}
				got = append(got, task.Rule)
			}
			if len(got) != len(tt.want) {
				t.Fatalf("got %v, want %v", got, tt.want)
			}
			for i := range got {
				if got[i] != tt.want[i] {
					t.Errorf("got %v, want %v", got, tt.want)
				}
			}
		})
	}
	s := Situation{Cared: Cared{Segment: value.Explore, Strategy: value.Explore}, Provisional: true}
	if got := (Calendar{today, today, false}).Propose(&s, shipped(value.Explore, value.Explore)); got != nil {
		t.Errorf("without any contacts in the book %v is proposed", got)
	}
}
