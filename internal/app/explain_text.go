package app

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"

	"quid/money"
	"quid/value"
)

// WriteText writes the explanation for people.
func (e *Explanation) WriteText(w io.Writer) error {
	out := &explained{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0), e, nil}
	v := &e.Value
	out.line("%s  %s\n", e.Customer, e.Name)
	window := "the whole time"
	if v.First != 0 {
		window = v.First.String() + " to " + v.AsOf.String()
	}
	out.line("Valuation of %s by model %d, window %s (%s)", v.AsOf, e.Model, v.Window, window)
	if e.Changed {
		out.line("Facts changed since this valuation: the postings below are those of now.")
	}
	out.account()
	out.score()
	out.place()
	out.lifetime()
	out.rest()
	if out.err != nil {
		return out.err
	}
	return out.tab.Flush()
}

// An explained writes and keeps the first error.
type explained struct {
	tab *tabwriter.Writer
	*Explanation
	err error
}

func (x *explained) line(format string, args ...any) {
	if _, err := fmt.Fprintf(x.tab, format+"\n", args...); err != nil && x.err == nil {
		x.err = err
	}
}

// number writes a figure in its unit.
func (x *explained) number(n value.Number, unit value.Unit) string {
	switch {
	case !n.Known() || math.IsInf(float64(n), 0):
		return "unknown"
	case unit == value.Money:
		return money.Amount(math.Round(float64(n))).Decimal(x.Digits) + " " + x.Currency
	case unit == value.Rate:
		return strconv.FormatFloat(float64(n)*100, 'f', 1, 64) + " %"
	case unit == value.Plain:
		return strconv.FormatFloat(float64(n), 'f', -1, 64)
	}
	return strconv.FormatFloat(float64(n), 'f', 2, 64) + " " + string(unit)
}

// account writes the waterfall and the postings behind it.
func (x *explained) account() {
	x.line("\nContribution")
	for _, s := range x.Value.Steps {
		amount := s.Amount.Decimal(x.Digits)
		if !s.Known {
			amount = "unknown"
		}
		mark := ""
		if s.Total > 0 {
			mark = "="
		}
		x.line("  %s\t%s\t%s", s.Name, mark, amount)
	}
	if p := x.Value.Price; p != nil {
		x.line("\nPrice realisation %s of the list, median of %d customers with like revenue %s", x.number(p.Own, value.Rate), p.Of, x.number(p.Peers, value.Rate))
	}
	for _, f := range x.Value.Flags {
		x.line("\n%s", f)
	}
	x.line("\nPostings in the window")
	for _, b := range x.Postings {
		x.line("  %s\t%d postings, %d of them reversals\tamount %s\tvolume %s", b.Kind, b.Count, b.Back, b.Amount, b.Volume)
		for _, p := range b.Newest {
			amount, kind := "unknown", p.Document
			if p.Amount != nil {
				amount = *p.Amount
			}
			if p.Cause != "" {
				kind = strings.ReplaceAll(p.Cause, "_", " ") + " of " + kind
			}
			if p.Reversal {
				kind = "reversal of " + kind
			}
			x.line("    %s\t%s %s, revision %d\t%s\t%s", p.Day, kind, p.Number, p.Revision, amount, p.Volume)
		}
		if more := b.Count - int64(len(b.Newest)); more > 0 {
			x.line("    … and %d older", more)
		}
	}
	if len(x.Open) > 0 {
		x.line("\nOpen on the day of the valuation")
		for _, o := range x.Open {
			x.line("  %s\tdue %s, %d days late\topen %s\taccrued %s at %s a year", o.Number, o.Due, o.DaysLate, o.Open, o.Accrued, o.Rate)
		}
	}
}

// score writes the criteria.
func (x *explained) score() {
	v := &x.Value
	x.line("\nScore %s of 100, data basis %s", short(v.Score), x.number(v.DataBasis, value.Rate))
	for _, p := range v.Criteria {
		x.line("  %s\t%s\t%s points\tweight %g\tadds %s\tanchors %s … %s", p.Name, x.number(p.Raw, p.Unit), short(p.Points), p.Weight, short(p.Adds),
			x.number(p.Anchor.Zero, p.Unit), x.number(p.Anchor.Hundred, p.Unit))
		if p.Remark != "" {
			x.line("    %s", p.Remark)
		}
		for _, m := range p.MadeFrom {
			x.line("    %s\t%s", m.Name, x.number(m.Value, m.Unit))
		}
	}
}

// short writes a number with two decimals.
func short(n value.Number) string {
	if !n.Known() || math.IsInf(float64(n), 0) {
		return "unknown"
	}
	return strconv.FormatFloat(float64(n), 'f', 2, 64)
}

// place writes classes, axes and segment.
func (x *explained) place() {
	v := &x.Value
	x.line("\nClasses")
	for _, c := range v.Classes {
		class := c.Class.String()
		if class == "" {
			class = "unknown"
		}
		set := ""
		if c.Set != value.NoClass {
			set = ", set to " + c.Set.String() + " by a person"
		}
		x.line("  %s\t%s%s\trank %d of %d\tgreater ones hold %s, with this one %s", c.Name, class, set, c.Rank, c.Of, x.number(c.Before, value.Rate), x.number(c.With, value.Rate))
	}
	x.line("\nPlace in the matrix")
	for _, a := range v.Axes {
		x.line("  %s\t%s\tband %d of %d\tlines %s", a.Name, x.number(a.Value, a.Unit), a.Band, a.Of, x.lines(a))
		if a.Remark != "" {
			x.line("    %s", a.Remark)
		}
	}
	x.line("  Segment\t%s\t%s", orUnknown(string(v.Segment)), v.Advice)
	if v.Segment != v.Computed {
		x.line("  as computed\t%s", orUnknown(string(v.Computed)))
	}
	x.line("  Stage\t%s\t%s", v.Stage, v.StageWhy)
	x.line("  New\t%t\t%s", v.New, v.NewWhy)
}

func (x *explained) lines(p value.Position) string {
	s := ""
	for i, l := range p.Cut.Lines {
		if i > 0 {
			s += ", "
		}
		s += x.number(value.Number(l), p.Unit)
	}
	return orUnknown(s)
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

// lifetime writes what is expected of the customer, and how sure it is.
func (x *explained) lifetime() {
	l := &x.Value.Lifetime
	x.line("\nLifetime value")
	if l.Months == 0 {
		x.line("  %s", l.Why)
		return
	}
	x.line("  %s\t%s\tover %d months at %g %% a year", l.Name, l.Model, l.Months, 100*l.Discount)
	x.line("    %s", l.Why)
	x.line("  Expected contribution I\t%s", x.number(l.Gain, value.Money))
	x.line("  Expected care\t%s", x.number(-l.Care, value.Money))
	x.line("  Acquisition of a new customer\t%s", x.number(-l.Acquisition, value.Money))
	x.line("  Lifetime value\t%s", x.number(l.Value, value.Money))
	x.line("  Run-rate of contribution I\t%s", x.number(l.RunRate, value.Money))
	x.line("  Contribution IV so far\t%s", x.number(l.Balance, value.Money))
	x.line("  Lifetime balance\t%s", x.number(l.Relation, value.Money))
	x.line("  Probability of being a customer still\t%s", x.number(l.Alive, value.Rate))
	x.line("  Purchase days expected\t%s", short(l.Purchases))
	if s := l.Sure; s != nil {
		x.line("  With %g %% probability, for what the data leave open of the models", 100*s.Level)
		x.line("    lifetime value\t%s … %s", x.number(s.Value[0], value.Money), x.number(s.Value[1], value.Money))
		x.line("    purchase days expected\t%s … %s", short(s.Purchases[0]), short(s.Purchases[1]))
		x.line("    probability of being a customer still\t%s … %s", x.number(s.Alive[0], value.Rate), x.number(s.Alive[1], value.Rate))
		x.line("  and for what one customer may do beside")
		x.line("    lifetime value\t%s … %s", x.number(s.Outcome[0], value.Money), x.number(s.Outcome[1], value.Money))
		x.line("    purchase days\t%s … %s", short(s.Count[0]), short(s.Count[1]))
	}
}

// rest writes credibility, what people decided and what is missing.
func (x *explained) rest() {
	c := &x.Value.Credibility
	x.line("\nCredibility")
	x.line("  z\t%s\tfrom %d purchase days, k = %s", short(c.Z), c.Days, short(c.K))
	x.line("  Contribution I per purchase day\town %s\tpeers %s\tshown %s", x.number(c.Own, value.Money), x.number(c.Peers, value.Money), x.number(c.Shrunk, value.Money))
	if c.Remark != "" {
		x.line("    %s", c.Remark)
	}
	if len(x.Overrides) > 0 {
		x.line("\nDecided by people")
		for _, o := range x.Overrides {
			note := o.Note
			if o.Of != "" {
				note = strings.TrimSpace("inherited from " + o.Of + " " + note)
			}
			x.line("  %s to %s\tclass %s, segment %s\t%s\t%s", o.From, o.Until, orNone(o.Class), orNone(string(o.Segment)), o.Reason, note)
		}
	}
	if len(x.Value.Missing) > 0 {
		x.line("\nMissing")
		for _, g := range x.Value.Missing {
			x.line("  %s\t%s", g.Needs, g.Blocks)
		}
	}
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
