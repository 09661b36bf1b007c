package paper

import (
	"slices"
	"strings"

	"quid/crm"
	"quid/fact"
	"quid/internal/doc"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
	"quid/talk"
	"quid/value"
)

// gainNames are the kinds of what we get in return.
var gainNames = map[talk.GainKind]string{
	talk.Price: locale.Key("Price"), talk.Volume: locale.Key("Volume"), talk.Term: locale.Key("Term"), talk.Reference: locale.Key("Reference"),
	talk.Charged: locale.Key("A service is charged"), talk.Ended: locale.Key("A service is ended"),
}

// GainName is a kind of gain as a key for a printer.
func GainName(k talk.GainKind) string { return gainNames[k] }

// GainText says what we get in return.
func GainText(p *locale.Printer, g talk.Gain) string {
	text := p.T(gainNames[g.Kind])
	if g.Share != 0 {
		sign := ""
		if g.Share > 0 {
			sign = "+"
		}
		text += " " + sign + p.Percent(g.Share.Float(), 2)
	}
	if g.Note != "" {
		text += ": " + g.Note
	}
	return text
}

func (t dossierWords) lastTalk() []Block {
	if len(t.d.Talks) == 0 {
		return nil
	}
	last := t.d.Talks[0]
	points := Points{}
	add := func(lead, text string) {
		if text != "" {
			points = append(points, doc.Point{Lead: lead, Text: text})
		}
	}
	add(t.T("Asked on {day}", "day", t.day(last.Day)), last.Asked)
	add(t.T("Conceded"), last.Conceded)
	var gains []string
	for _, g := range last.Gains {
		gains = append(gains, GainText(t.Printer, g))
	}
	got := strings.Join(gains, "; ")
	if got != "" && last.ValidFrom != 0 {
		got = t.T("{gains}; from {day}", "gains", got, "day", t.day(last.ValidFrom))
	}
	add(t.T("Got in return"), got)
	add(t.T("Note"), last.Note)
	return append([]Block{points}, t.effect(t.d.Effect)...)
}

// EffectBlocks hold before and after a talk against each other.
func EffectBlocks(lang string, b store.Book, e *talk.Effect) []Block {
	return wordsOf(lang, b).effect(e)
}

func (t words) effect(e *talk.Effect) []Block {
	if e == nil {
		return nil
	}
	if e.Days == 0 {
		return []Block{Small(t.T("What was agreed does not hold yet."))}
	}
	g := doc.Grid{Columns: []doc.GridColumn{
		{Title: t.N("{n} day before and after", "{n} days before and after", e.Days), Share: 4}, {Title: t.T("before"), Share: 2, Num: true}, {Title: t.T("after"), Share: 2, Num: true}, {Title: t.T("Change"), Share: 2, Num: true},
	}}
	sum := func(name string, before, after money.Amount) {
		g.Rows = append(g.Rows, doc.GridRow{Cells: []string{name, t.amount(before), t.amount(after), t.signed(after - before)}})
	}
	b, a := e.Before, e.After
	sum(t.T("Revenue"), b.Revenue, a.Revenue)
	real := doc.GridRow{Cells: []string{t.T("Net price of list price"), "–", "–", "–"}}
	was, okWas := b.Realised()
	is, okIs := a.Realised()
	if okWas {
		real.Cells[1] = t.Percent(was.Float(), 1)
	}
	if okIs {
		real.Cells[2] = t.Percent(is.Float(), 1)
	}
	if okWas && okIs {
		real.Cells[3] = t.points((is - was).Float())
	}
	g.Rows = append(g.Rows, real)
	sum(t.T("Cost of free services"), b.Cost, a.Cost)
	sum(t.T("Benefit of free services"), b.Benefit, a.Benefit)
	blocks := []Block{Table(g)}
	if e.Early {
		blocks = append(blocks, Small(t.N("Too early to judge: {n} day since it holds, {least} are needed.", "Too early to judge: {n} days since it holds, {least} are needed.", e.Days, "least", talk.MinDays)))
	}
	return blocks
}

// signed writes a sum with its sign.
func (t words) signed(a money.Amount) string {
	if a > 0 {
		return "+" + t.amount(a)
	}
	return t.amount(a)
}

// points writes a difference of shares in percentage points.
func (t words) points(x float64) string {
	text := t.Number(100*x, 1)
	if x > 0 {
		text = "+" + text
	}
	return t.T("{n} points", "n", text)
}

// change writes a change of a price with its sign, to a hundredth of a percent.
func (t words) change(m money.Micro) string {
	decimals := 1
	if m%(money.One/1000) != 0 {
		decimals = 2
	}
	text := t.Percent(m.Float(), decimals)
	if m > 0 {
		return "+" + text
	}
	return text
}

// triedPrices are the changes of the price that the dossier tries.
var triedPrices = []money.Micro{-50_000, -20_000, 0, 20_000, 50_000}

func (t dossierWords) priceRoom() []Block {
	d := t.d
	if !d.Figures.Steps.Known() || d.Room.Base <= 0 {
		return []Block{Text(t.T("The room cannot be reckoned: there is no revenue in the period, or the cost of a sale is unknown."))}
	}
	text := t.T("No change of the price within reason brings contribution IV to {target}.", "target", t.amount(d.Target))
	if d.Reachable {
		text = t.T("Contribution IV reaches {target} at a price change of {change}, all else being as it was.", "target", t.amount(d.Target), "change", t.change(d.Needed))
	}
	g := doc.Grid{Columns: []doc.GridColumn{
		{Title: t.T("Change of the price"), Share: 2},
		{Title: t.T("Contribution IV"), Share: 2, Num: true},
		{Title: t.T("against today"), Share: 2, Num: true},
		{Title: t.T("Volume that may be lost, or must be gained"), Share: 4, Num: true},
	}}
	tried := slices.Clone(triedPrices)
	for _, more := range []money.Micro{d.Needed, d.Change} {
		if !slices.Contains(tried, more) && d.Reachable {
			tried = append(tried, more)
		}
	}
	if !slices.Contains(tried, d.Change) {
		tried = append(tried, d.Change)
	}
	slices.Sort(tried)
	for _, c := range tried {
		if at, err := d.Room.At(c); err == nil {
			g.Rows = append(g.Rows, doc.GridRow{Cells: []string{t.change(c), t.amount(at), t.signed(at - d.Room.Contribution), t.volume(c)}, Bad: at < 0})
		}
	}
	return []Block{Text(text), Table(g), Small(t.T("Revenue less cash discount, bonus and commission moves with the price; cost of goods, care and services stay."))}
}

// volume says how much volume may be lost, or must be gained, at a change.
func (t dossierWords) volume(c money.Micro) string {
	share, ok := t.d.Room.MayLose(c)
	switch {
	case !ok:
		return t.T("no volume makes up for it")
	case share > 0:
		return t.T("{share} may be lost", "share", t.Percent(share.Float(), 1))
	case share < 0:
		return t.T("{share} must be gained", "share", t.Percent(-share.Float(), 1))
	}
	return "–"
}

func (t dossierWords) open() []Block {
	d := t.d
	var blocks []Block
	var sum money.Amount
	late := 0
	g := doc.Grid{Columns: []doc.GridColumn{{Title: t.T("Open invoice"), Share: 3}, {Title: t.T("Day"), Share: 2}, {Title: t.T("Due"), Share: 2}, {Title: t.T("Days late"), Share: 1.5, Num: true}, {Title: t.T("Open sum"), Share: 2, Num: true}}}
	for i, o := range d.Open {
		sum += o.Open
		if o.DaysLate > 0 {
			late++
		}
		if i < 8 {
			row := doc.GridRow{Cells: []string{o.Number, t.day(o.Day), t.day(o.Due), "–", t.money(o.Open)}}
			if o.DaysLate > 0 {
				row.Cells[3], row.Bad = t.Int(int64(o.DaysLate)), true
			}
			g.Rows = append(g.Rows, row)
		}
	}
	if len(d.Open) == 0 {
		blocks = append(blocks, Text(t.T("No invoice is open.")))
	} else {
		g.Sum = []string{t.N("{n} invoice, {late} past due", "{n} invoices, {late} past due", len(d.Open), "late", late), "", "", "", t.money(sum)}
		blocks = append(blocks, Table(g))
	}
	if text := t.morale(); text != "" {
		blocks = append(blocks, Text(text))
	}
	var points Points
	for _, c := range d.Problems[:min(6, len(d.Problems))] {
		points = append(points, t.complaint(c))
	}
	if len(points) == 0 {
		return append(blocks, Text(t.T("No complaint is on record in the period.")))
	}
	return append(blocks, points)
}

// morale says how the customer pays.
func (t dossierWords) morale() string {
	if t.d.Valuation == nil {
		return ""
	}
	for _, c := range t.d.Why.Criteria {
		if c.Key == value.KeyPaymentMorale && c.Raw.Known() {
			return t.T("Payment: {days} days past due on average, weighted by amount.", "days", t.Number(float64(c.Raw), 1))
		}
	}
	return ""
}

func (t dossierWords) complaint(c fact.Complaint) doc.Point {
	lead := t.T("Complaint of {day}", "day", t.day(c.Day))
	if c.SolvedOn != 0 && c.SolvedOn <= t.d.AsOf {
		lead = t.T("Complaint of {day}, solved on {solved}", "day", t.day(c.Day), "solved", t.day(c.SolvedOn))
	} else {
		lead += ", " + t.T("still open")
	}
	text := c.Subject
	if c.Amount != 0 {
		text = strings.TrimSpace(text + " (" + t.amount(c.Amount) + ")")
	}
	return doc.Point{Lead: lead, Text: text}
}

// What is kept of a contact, as keys for a printer.
var (
	PartNames = map[string]string{
		"initiator": locale.Key("Initiator"), "user": locale.Key("User"), "influencer": locale.Key("Influencer"), "buyer": locale.Key("Buyer"),
		"decider": locale.Key("Decider"), "gatekeeper": locale.Key("Gatekeeper"),
	}
	AttitudeNames = map[string]string{"for": locale.Key("for us"), "open": locale.Key("undecided"), "against": locale.Key("against us")}
	WantNames     = map[string]string{
		"technical": locale.Key("technical detail"), "commercial": locale.Key("commercial detail"), "overview": locale.Key("overview"), "market": locale.Key("market news"),
	}
	ChannelNames = map[string]string{
		"talk": locale.Key("personal talk"), "phone": locale.Key("phone"), "mail": locale.Key("e-mail"), "letter": locale.Key("letter"), "video": locale.Key("video"),
	}
)

// SayAll says words of a list by their names.
func SayAll(p *locale.Printer, list string, names map[string]string) string {
	var out []string
	for _, w := range strings.Fields(list) {
		out = append(out, p.T(names[w]))
	}
	return strings.Join(out, ", ")
}

func (t dossierWords) people() []Block {
	if len(t.d.Contacts) == 0 {
		return []Block{Text(t.T("Nobody to talk to is on record."))}
	}
	g := doc.Grid{Columns: []doc.GridColumn{{Title: t.T("Person"), Share: 3}, {Title: t.T("Role and attitude"), Share: 3}, {Title: t.T("Wishes"), Share: 2.6}, {Title: t.T("Reached by"), Share: 3.4}}}
	for _, c := range t.d.Contacts[:min(10, len(t.d.Contacts))] {
		g.Rows = append(g.Rows, doc.GridRow{Cells: []string{strings.TrimSpace(c.FirstName + " " + c.Name), t.role(c), SayAll(t.Printer, c.Wants, WantNames), t.reach(c)}})
	}
	return []Block{Table(g)}
}

func (t dossierWords) role(c crm.Contact) string {
	return Joined(", ", c.Role, t.T(PartNames[c.Part]), t.T(AttitudeNames[c.Attitude]))
}

func (t dossierWords) reach(c crm.Contact) string {
	return Joined(" · ", SayAll(t.Printer, c.Channels, ChannelNames), c.Phone, c.Email, strings.ToUpper(c.Language))
}

// Joined joins what is there.
func Joined(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), sep)
}
