package app

import (
	"context"
	"strconv"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/service"
)

// What the audit log tells of a change: figures, days, codes and ids. What somebody
// wrote in words of their own stays out of it, since it may name anybody.

func toldOfType(t service.Type) map[string]any {
	out := map[string]any{
		"code": t.Code, "name_de": t.NameDE, "name_en": t.NameEN, "category": t.Category, "unit": t.Unit, "step": t.Step.String(), "rung": t.Rung, "sold": t.Sold, "retired": t.Retired,
	}
	for _, r := range t.Rates {
		name := r.ValidFrom.String()
		if r.Team != 0 {
			name += " team " + strconv.FormatInt(r.Team, 10)
		}
		out[name] = r.Cost.String() + " / " + r.Benefit.String()
	}
	return out
}

func toldOfTeam(t service.Team) map[string]any {
	out := map[string]any{"name": t.Name, "retired": t.Retired}
	for _, c := range t.Costs {
		out[c.ValidFrom.String()] = map[string]any{"cost": c.Cost, "people": c.People.String(), "minutes": c.Minutes, "practical": c.Practical.String(), "free": c.Free.String()}
	}
	return out
}

// toldOfRate is a rate of the book as it holds on a day.
func toldOfRate(name string, from day.Day, rates store.Rates) map[string]any {
	r, ok := rates.On(name, from)
	if !ok {
		return map[string]any{"rate": name}
	}
	return map[string]any{"rate": name, "from": r.ValidFrom.String(), "each": r.PerPiece.String(), "minute": r.PerMinute.String()}
}

func toldOfPlaybook(p crm.Playbook) map[string]any {
	return map[string]any{
		"segment": p.Segment, "form": p.Form, "contact_days": p.ContactDays, "response_hours": p.ResponseHours, "amount": p.Amount, "share": p.Share.String(), "minimum": p.Minimum, "tasks": len(p.Templates),
	}
}

func toldOfStrategy(s crm.Strategy) map[string]any {
	return map[string]any{"direction": s.Direction, "segment": s.Segment, "review": s.Review.String()}
}

func toldOfDevelopment(p crm.Development) map[string]any {
	return map[string]any{"state": p.State, "segment": p.Segment, "until": p.Until.String()}
}

func toldOfOverride(o store.Override) map[string]any {
	return map[string]any{"class": o.Class, "segment": o.Segment, "reason": o.Reason, "until": o.Until.String()}
}

func toldOfBudget(b service.DatedBudget) map[string]any {
	return map[string]any{"from": b.ValidFrom.String(), "amount": b.Amount, "share": b.Share.String()}
}

// toldOfCompany says nothing of whom to reach but whether it is another.
func toldOfCompany(c store.Company) map[string]any {
	return map[string]any{"name": c.Name, "street": c.Street, "place": c.Place, "web": c.Web, "colour": c.Colour, "logo": len(c.Logo)}
}

// importAct writes into the log that an import began, was taken back and so on. The
// name of its file stays out: files are named after persons too.
func (a *App) importAct(ctx context.Context, tx *store.Tx, what string, imp store.Import, told map[string]any) error {
	if told == nil {
		told = make(map[string]any)
	}
	told["kind"] = intake.Kind(imp.Kind)
	return a.audit(ctx, tx, act{What: what, Noun: "import", ID: imp.ID, After: told})
}

// ofCustomer is an act about a record of a customer.
func ofCustomer(what, noun string, customer account.CustomerID, id int64, after any) act {
	return act{What: what, Noun: noun, ID: id, Customer: customer, After: after}
}
