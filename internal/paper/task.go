package paper

import (
	"strings"

	"quid/crm"
	"quid/internal/doc"
	"quid/internal/locale"
	"quid/internal/store"
)

// RuleNames say what a rule proposes to do, as keys for a printer.
var RuleNames = map[crm.Rule]string{
	crm.ReviewDue: locale.Key("Look at the strategy again"), crm.BudgetExceeded: locale.Key("Look at the budget of services"),
	crm.NoContact: locale.Key("Get in touch in person"), crm.MuchForLittle: locale.Key("Talk about give and take"),
	crm.LittleForMuch: locale.Key("Choose: keep lean, secure or delight"), crm.DevelopmentOver: locale.Key("Decide on the development plan"),
}

// TaskTitle says what a task is about: in a person's words, else by its rule.
func TaskTitle(p *locale.Printer, t crm.Task) string {
	if t.Title != "" {
		return p.T(t.Title) // those of shipped playbooks are keys
	}
	return p.T(RuleNames[t.Rule])
}

// TaskReason says why a task is there: what its rule saw, or a person wrote.
func TaskReason(p *locale.Printer, b store.Book, t crm.Task) string {
	return words{p, b.Currency, b.Digits}.taskReason(t)
}

func (w words) taskReason(t crm.Task) string {
	if t.Rule == crm.ByPerson {
		return t.Reason
	}
	s := t.Sight
	gives := w.T("unknown")
	if s.Known {
		gives = w.amount(s.Gives)
	}
	switch t.Rule {
	case crm.ReviewDue:
		return w.T("Its review was set for {day}.", "day", w.day(s.Day))
	case crm.BudgetExceeded:
		return w.T("Services cost {spent} this year; {budget} are allowed.", "spent", w.amount(s.Gets), "budget", w.amount(s.Budget))
	case crm.NoContact:
		if s.Day == 0 {
			return w.T("No such contact is on record; one every {n} days is promised. Contribution III: {sum}.", "n", s.Days, "sum", gives)
		}
		return w.T("The last one was on {day}; one every {n} days is promised. Contribution III: {sum}.", "day", w.day(s.Day), "n", s.Days, "sum", gives)
	case crm.DevelopmentOver:
		return w.T("Its goal was to be reached by {day}.", "day", w.day(s.Day))
	}
	if s.Limit {
		return w.T("It gives {gives} (contribution III) and gets services for {gets}; the budget of the year is {budget}.", "gives", gives, "gets", w.amount(s.Gets), "budget", w.amount(s.Budget))
	}
	return w.T("It gives {gives} (contribution III) and gets services for {gets}.", "gives", gives, "gets", w.amount(s.Gets))
}

// mostTasks is how many tasks a dossier lists.
const mostTasks = 6

// tasks are what is to be done for the customer, and what rules propose.
func (t dossierWords) tasks() []Block {
	var points Points
	for _, task := range t.d.Tasks[:min(mostTasks, len(t.d.Tasks))] {
		lead := t.T("Task until {day}", "day", t.day(task.Due))
		if task.State == crm.TaskProposed {
			lead = t.T("Proposed until {day}", "day", t.day(task.Due))
		}
		text := TaskTitle(t.Printer, task)
		if reason := strings.TrimSpace(t.taskReason(task)); reason != "" {
			text += ": " + reason
		}
		points = append(points, doc.Point{Lead: lead, Text: text})
	}
	if len(points) == 0 {
		return []Block{Text(t.T("Nothing is to be done, and nothing is proposed."))}
	}
	return []Block{points}
}
