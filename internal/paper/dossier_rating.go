package paper

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"quid/day"
	"quid/internal/doc"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// An Opinion is what a customer said so far of the services it got.
type Opinion struct {
	Asked    int // ratings that were asked for, up to the day
	Answered int // of these
	Types    []TypeOpinion
	Comments []Comment // the newest first
}

// A TypeOpinion is what a customer said of the services of one type.
type TypeOpinion struct {
	Type               service.Type
	Answers            int
	Noticed, NoticedOf int
	Helped, Pay        Mean // yes is 1, partly a half, no nothing
	Worth              money.Amount
	WorthKnown         bool
}

// A Comment is what a customer wrote.
type Comment struct {
	On   day.Day
	Text string
}

// A Mean is how many answers there are, and their sum in halves.
type Mean struct{ N, Halves int }

// add takes an answer in; no answer counts nothing.
func (m *Mean) add(o service.Opinion) {
	switch o {
	case service.Yes:
		m.Halves += 2
	case service.Partly:
		m.Halves++
	case service.No:
	default:
		return
	}
	m.N++
}

// Of is the mean; ok is false without an answer.
func (m Mean) Of() (share float64, ok bool) {
	if m.N == 0 {
		return 0, false
	}
	return float64(m.Halves) / float64(2*m.N), true
}

// readOpinion reads what the customer answered up to the day.
func (d *Dossier) readOpinion(ctx context.Context, r store.Reader) error {
	ratings, err := r.RatingsOf(ctx, d.Query.Customer)
	if err != nil || len(ratings) == 0 {
		return err
	}
	answers, err := r.AnswersOf(ctx, d.Query.Customer)
	if err != nil {
		return err
	}
	at := make(map[int64]*TypeOpinion)
	for _, q := range ratings {
		if day.At(q.Made) > d.AsOf {
			continue
		}
		d.Opinion.Asked++
		if q.Answered.IsZero() || day.At(q.Answered) > d.AsOf {
			continue
		}
		d.Opinion.Answered++
		if text := strings.TrimSpace(q.Comment); text != "" {
			d.Opinion.Comments = append(d.Opinion.Comments, Comment{day.At(q.Answered), text})
		}
		for _, a := range answers[q.ID] {
			if at[a.Type] == nil {
				at[a.Type] = &TypeOpinion{Type: d.Types[a.Type]}
			}
			at[a.Type].add(a)
		}
	}
	for _, o := range at {
		d.Opinion.Types = append(d.Opinion.Types, *o)
	}
	slices.SortFunc(d.Opinion.Types, func(a, b TypeOpinion) int {
		return cmp.Or(cmp.Compare(b.Answers, a.Answers), cmp.Compare(a.Type.Code, b.Type.Code))
	})
	slices.SortStableFunc(d.Opinion.Comments, func(a, b Comment) int { return cmp.Compare(b.On, a.On) })
	return nil
}

func (o *TypeOpinion) add(a service.Answer) {
	o.Answers++
	if a.Noticed != service.NoAnswer {
		o.NoticedOf++
	}
	if a.Noticed == service.Yes {
		o.Noticed++
	}
	o.Helped.add(a.Helped)
	o.Pay.add(a.Pay)
	if a.Worth != nil {
		o.Worth, o.WorthKnown = o.Worth+*a.Worth, true
	}
}

// satisfaction is what the customer says of the services: number and mean.
func (t dossierWords) satisfaction() []Block {
	o := &t.d.Opinion
	switch {
	case o.Asked == 0:
		return []Block{Text(t.T("The customer was not asked yet what the services are worth."))}
	case o.Answered == 0:
		return []Block{Text(t.N("Asked {n} time, not answered yet.", "Asked {n} times, not answered yet.", o.Asked))}
	}
	g := doc.Grid{Columns: []doc.GridColumn{
		{Title: t.T("Service"), Share: 4},
		{Title: t.T("Answers"), Share: 1.4, Num: true},
		{Title: t.T("Noticed"), Share: 1.6, Num: true},
		{Title: t.T("Helped"), Share: 1.6, Num: true},
		{Title: t.T("Would pay"), Share: 1.6, Num: true},
		{Title: t.T("Worth"), Share: 2, Num: true},
	}}
	var helped, pay Mean
	answers := 0
	for _, one := range o.Types {
		answers += one.Answers
		helped = Mean{helped.N + one.Helped.N, helped.Halves + one.Helped.Halves}
		pay = Mean{pay.N + one.Pay.N, pay.Halves + one.Pay.Halves}
		worth := "–"
		if one.WorthKnown {
			worth = t.amount(one.Worth)
		}
		g.Rows = append(g.Rows, doc.GridRow{Cells: []string{
			one.Type.Name(t.d.Lang), t.Int(int64(one.Answers)), t.of(one.Noticed, one.NoticedOf), t.mean(one.Helped), t.mean(one.Pay), worth,
		}})
	}
	g.Sum = []string{t.T("All answers"), t.Int(int64(answers)), "", t.mean(helped), t.mean(pay), ""}
	text := t.N("Asked {n} time, answered {answered}.", "Asked {n} times, answered {answered}.", o.Asked, "answered", o.Answered)
	if len(o.Comments) > 0 {
		text += " " + t.T("Written on {day}: “{text}”", "day", t.day(o.Comments[0].On), "text", o.Comments[0].Text)
	}
	return []Block{
		Text(text), Table(g),
		Small(t.T("Means: yes counts 1, partly a half, no nothing; the number of answers stands beside.")),
	}
}

// of writes a number of a number.
func (t dossierWords) of(n, whole int) string {
	if whole == 0 {
		return "–"
	}
	return t.T("{n} of {whole}", "n", n, "whole", whole)
}

// mean writes a mean with the number of answers behind it.
func (t dossierWords) mean(m Mean) string {
	share, ok := m.Of()
	if !ok {
		return "–"
	}
	return t.Percent(share, 0) + " (" + t.Int(int64(m.N)) + ")"
}
