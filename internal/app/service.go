package app

import (
	"cmp"
	"context"
	"reflect"
	"slices"

	"quid/account"
	"quid/day"
	"quid/fact"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// entryNoun says how service entries are taken in.
func (b *batch) entryNoun() noun[service.Entry] {
	return noun[service.Entry]{
		key: store.EntryKey, doc: account.FromService,
		head:   func(d *service.Entry) *fact.Header { return &d.Header },
		on:     func(d *service.Entry) day.Day { return d.Day },
		drafts: func(d *service.Entry) []account.Draft { return d.Postings() },
		load:   b.tx.Entry,
		add:    func(k store.Kept[service.Entry]) { b.entries = append(b.entries, k) },
		put:    b.tx.PutEntry,
	}
}

// backAlready says whether somebody took an entry back, with a reason, that is
// taken in again: a file doesn't bring it back, nor does taking a file back.
func (b *batch) backAlready(ctx context.Context, ref store.Ref) (bool, error) {
	k, err := b.tx.Entry(ctx, ref)
	return err == nil && !k.Withdrawn.IsZero() && k.Doc.Why != "", err
}

// takeEntry takes an entry in, unless somebody took it back.
func (b *batch) takeEntry(ctx context.Context, n noun[service.Entry], e service.Entry, key string, found map[string]store.Key) (outcome, error) {
	if k, ok := found[key]; ok {
		if back, err := b.backAlready(ctx, store.Ref{Customer: k.Customer, ID: account.DocumentID(k.ID)}); err != nil || back {
			return unchanged, err
		}
	}
	return take(ctx, b, n, store.Kept[service.Entry]{Doc: e}, key, found, nil)
}

// catalogue reads the service types once per batch, by code.
func (b *batch) catalogue(ctx context.Context) error {
	if b.types != nil {
		return nil
	}
	types, err := b.tx.Types(ctx)
	if err != nil {
		return err
	}
	b.types = make(map[string]service.Type, len(types))
	for _, t := range types {
		b.types[t.Code] = t
	}
	return nil
}

// typeNamed finds a service type by its code or one of its names.
func (b *batch) typeNamed(text string) (service.Type, bool) {
	if t, ok := b.types[text]; ok {
		return t, true
	}
	for _, t := range b.types {
		if text != "" && (text == t.NameDE || text == t.NameEN) {
			return t, true
		}
	}
	return service.Type{}, false
}

// takeTypes takes service types in. A rate with a new valid-from day is added;
// what was posted keeps the rate it was posted at.
func (b *batch) takeTypes(ctx context.Context, docs []*intake.Doc) error {
	if err := b.catalogue(ctx); err != nil {
		return err
	}
	for _, d := range docs {
		if err := b.takeType(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) takeType(ctx context.Context, d *intake.Doc) error {
	before, known := b.types[d.ServiceType.Code]
	if (known && b.mode == CreateOnly) || (!known && b.mode == UpdateOnly) {
		b.reject(d, b.refused(d))
		return nil
	}
	t := before
	t.Rates = slices.Clone(before.Rates)
	t.Stub = false
	if !known {
		t = service.Type{ID: b.app.id(), Code: d.ServiceType.Code, Unit: service.Minutes, Rung: 1}
	}
	describeType(&t, d.ServiceType)
	if err := t.Check(); err != nil {
		b.reject(d, fieldProblems(err)...)
		return nil
	}
	if known && reflect.DeepEqual(t, before) {
		b.count(d, unchanged)
		return nil
	}
	t.Revision, t.Import = before.Revision+1, b.id
	b.types[t.Code] = t
	if known {
		b.count(d, updated)
		if err := b.changed(store.TypeKey, store.Ref{ID: account.DocumentID(t.ID)}, before); err != nil {
			return err
		}
		return b.tx.PutType(ctx, t)
	}
	b.count(d, created)
	b.keys = append(b.keys, store.Key{Source: b.source, Kind: store.TypeKey, External: t.Code, ID: t.ID})
	return b.tx.AddType(ctx, t)
}

func describeType(t *service.Type, d *intake.ServiceType) {
	for _, f := range []struct {
		name string
		to   *string
		from string
	}{{"name_de", &t.NameDE, d.NameDE}, {"name_en", &t.NameEN, d.NameEN}, {"category", &t.Category, d.Category}} {
		if d.Given[f.name] {
			*f.to = f.from
		}
	}
	t.NameDE, t.NameEN = cmpOr(t.NameDE, cmpOr(t.NameEN, t.Code)), cmpOr(t.NameEN, cmpOr(t.NameDE, t.Code))
	if d.Given["unit"] && d.Unit != "" {
		t.Unit = service.Unit(d.Unit)
	}
	if d.Given["step"] {
		t.Step = d.Step
	}
	if d.Given["rung"] && d.Rung != 0 {
		t.Rung = int8(d.Rung)
	}
	from := max(d.ValidFrom, day.Min)
	cost, benefit := ratesOf(t, d)
	if now, ok := t.RateOn(from); ok && same(cost, now.Cost, d.CostRate == nil) && same(benefit, now.Benefit, d.BenefitRate == nil) {
		return // as it is
	}
	if cost == nil && benefit == nil {
		return
	}
	i := slices.IndexFunc(t.Rates, func(r service.Rate) bool { return r.ValidFrom == from && r.Team == 0 })
	if i < 0 {
		last, _ := t.RateOn(from)
		t.Rates = append(t.Rates, service.Rate{ValidFrom: from, Cost: last.Cost, Benefit: last.Benefit})
		i = len(t.Rates) - 1
	}
	if cost != nil {
		t.Rates[i].Cost = *cost
	}
	if benefit != nil {
		t.Rates[i].Benefit = *benefit
	}
	slices.SortFunc(t.Rates, func(x, y service.Rate) int {
		return cmp.Or(cmp.Compare(x.Team, y.Team), cmp.Compare(x.ValidFrom, y.ValidFrom))
	})
}

// same says whether a rate is as it stands. One that was made from what an hour
// costs is so within what an hour is rounded by.
func same(rate *money.Micro, now money.Micro, byHour bool) bool {
	if rate == nil {
		return true
	}
	off := max(*rate-now, now-*rate)
	return off == 0 || byHour && off*120 <= money.One
}

// ratesOf are the rates of a unit: as they are given, else from what an hour costs
// and is worth. What is not counted in time takes the minutes that were said.
func ratesOf(t *service.Type, d *intake.ServiceType) (cost, benefit *money.Micro) {
	unit := func(given, hour *money.Micro) *money.Micro {
		if given != nil || hour == nil {
			return given
		}
		minutes := d.MinutesEach
		switch t.Unit {
		case service.Hours:
			return hour
		case service.Minutes:
			minutes = money.One
		}
		if minutes <= 0 {
			return nil
		}
		v, err := money.MulDiv(int64(*hour), int64(minutes), 60*int64(money.One))
		if err != nil {
			return nil
		}
		m := money.Micro(v)
		return &m
	}
	return unit(d.CostRate, d.CostHour), unit(d.BenefitRate, d.BenefitHour)
}

// takeEntries takes service entries in, at the rate of their day.
func (b *batch) takeEntries(ctx context.Context, docs []*intake.Doc) error {
	if err := b.catalogue(ctx); err != nil {
		return err
	}
	names, keys := make(map[string]bool), make([]string, 0, len(docs))
	for _, d := range docs {
		keys = append(keys, d.Key)
		names[d.ServiceEntry.Customer] = true
	}
	if err := b.resolve(ctx, names); err != nil {
		return err
	}
	found, err := b.tx.Keys(ctx, b.source, store.EntryKey, keys)
	if err != nil {
		return err
	}
	for _, d := range docs {
		e, problems := b.entryOf(d)
		if problems != nil {
			b.reject(d, problems...)
			continue
		}
		o, err := b.takeEntry(ctx, b.entryNoun(), e, d.Key, found)
		if err != nil {
			return err
		}
		b.finish(d, o)
	}
	return nil
}

func (b *batch) entryOf(d *intake.Doc) (service.Entry, []intake.Problem) {
	in := d.ServiceEntry
	ref, problem := b.customerOf(in.Customer)
	if problem != nil {
		return service.Entry{}, problems(problem)
	}
	t, ok := b.typeNamed(in.Type)
	if !ok {
		return service.Entry{}, []intake.Problem{trouble("type", in.Type, "this service is not in the catalogue", "import service types first")}
	}
	if t.Sold {
		return service.Entry{}, []intake.Problem{soldService(in.Type)}
	}
	e := service.Entry{
		Header: fact.Header{Customer: ref.ID, Number: in.External, Version: d.Version()},
		Day:    in.Day, Type: t.ID, Background: in.Background, Contact: in.Contact,
	}
	var err error
	draft := service.Draft{Day: in.Day, Quantity: in.Quantity, Minutes: in.Minutes, Cost: in.Cost, Benefit: in.Benefit}
	if e.Quantity, e.Cost, e.Benefit, e.RateUsed, err = t.Price(draft); err != nil {
		if ps := fieldProblems(err); ps != nil {
			return e, ps
		}
		return e, []intake.Problem{trouble("cost", "", money.ErrRange.Error(), "")}
	}
	e.Minutes = t.Spent(e.Quantity, in.Minutes)
	if err := e.Check(); err != nil {
		return e, fieldProblems(err)
	}
	return e, nil
}

// soldService is why a paid service is not taken in as a free one.
func soldService(named string) intake.Problem {
	return trouble("type", named, "this is a paid service: it belongs on an invoice and can't be booked as free", "leave the row out")
}
