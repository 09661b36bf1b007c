package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"quid/account"
	"quid/crm"
	"quid/e2e"
	"quid/internal/app"
	"quid/internal/auth/authtest"
	"quid/value"
)

// The texts of shipped playbooks are keys: each has a German one.
func TestShippedPlaybooksSpeakGerman(t *testing.T) {
	t.Parallel()
	de := pageFor("de")
	for _, b := range crm.ShippedPlaybooks {
		texts := []string{b.Goals}
		for _, task := range b.Templates {
			texts = append(texts, task.Title)
		}
		for _, text := range texts {
			if de.T(text) == text {
				t.Errorf("%s: no German text for %q", b.Segment, text)
			}
		}
	}
}

// carePaths are the pages on how customers are looked after.
func carePaths(id account.CustomerID) []string {
	return []string{
		"/playbooks", "/playbooks/explore", "/tasks", "/tasks?state=proposed", "/tasks?state=ended&owner=none", "/attention", "/attention?view=much",
		"/attention?view=few&page=2", "/attention?view=below", "/development", "/development/" + formatID(int64(id)),
	}
}

// Every page answers before anything was valued and after it, in both languages,
// with no id twice.
func TestCarePagesAnswer(t *testing.T) {
	t.Parallel()
	empty, full := ownShelf(t, false), readShelf(t)
	id := full.firstCustomer(t)
	for i, path := range carePaths(id) {
		lang := []string{"en", "de"}[i%2]
		if !strings.HasPrefix(path, "/development/") {
			empty.get(t, lang, path).want(http.StatusOK)
		}
		a := full.get(t, lang, path).want(http.StatusOK)
		seen := map[string]bool{}
		for _, n := range a.all("", "id", "") {
			key, _ := attr(n, "id")
			if seen[key] {
				t.Errorf("%s: the id %s is there twice", path, key)
			}
			seen[key] = true
		}
	}
	full.get(t, "en", "/playbooks/nothing").want(http.StatusNotFound)
	full.get(t, "en", "/development/17").want(http.StatusNotFound)
	full.get(t, "en", "/calendar/nothing.ics").want(http.StatusNotFound)
}

// inSegment finds a customer of a segment.
func (s *shelf) inSegment(t *testing.T, key value.Segment) account.CustomerID {
	t.Helper()
	pic, err := s.server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	for i := range pic.snap.Valued() {
		if pic.segment(i) == string(key) {
			return pic.snap.ID(i)
		}
	}
	t.Fatalf("nobody is in %s", key)
	return 0
}

// Of two people who decide on one customer, the second is answered with both
// versions; what it typed is still there and can be saved over the other.
func TestTheSecondToDecideSeesBothVersions(t *testing.T) {
	t.Parallel()
	s := ownShelf(t, true)
	id := s.inSegment(t, value.Explore)
	path := customerPath(id)
	decide := func(direction, plan, seen string) *answer {
		return s.post(t, path+"/strategy", "strategy_direction", direction, "strategy_plan", plan, "strategy_review_on", "2027-06-01", "strategy_seen", seen)
	}
	decide("delight", "", "0").want(http.StatusUnprocessableEntity) // without a plan
	decide("secure", "second source", "0").want(http.StatusSeeOther)
	a := decide("delight", "training twice a year", "0").want(http.StatusConflict)
	for _, text := range []string{"Secure", "second source", "Delight", "training twice a year"} {
		if !strings.Contains(a.text("section", "id", "care"), text) {
			t.Errorf("the answer does not show %q", text)
		}
	}
	if seen, _ := attr(a.one("input", "name", "strategy_seen"), "value"); seen != "1" {
		t.Errorf("the form saw version %s, want 1", seen)
	}
	decide("delight", "training twice a year", "1").want(http.StatusSeeOther)
	page := s.get(t, "de", path).want(http.StatusOK).text("section", "id", "care")
	if !strings.Contains(page, "Begeistern") || !strings.Contains(page, "Absichern") {
		t.Errorf("the cockpit shows %s; want the strategy and its history", page)
	}

	budget := func(amount, share, seen string) *answer {
		return s.post(t, path+"/budget", "budget_from", "2026-01-01", "budget_amount", amount, "budget_share", share, "budget_seen", seen)
	}
	budget("100", "5", "0").want(http.StatusUnprocessableEntity) // not both
	budget("1234.50", "", "0").want(http.StatusSeeOther)
	if a := budget("", "5", "0").want(http.StatusConflict); !strings.Contains(a.text("section", "id", "care"), "€1,235 a year") {
		t.Errorf("the second budget is answered with %s", a.text("section", "id", "care"))
	}

	book := func(goals, seen string) *answer {
		return s.post(t, "/playbooks/invest", "goals", goals, "form", "personal", "contact_days", "30", "response_hours", "4", "minimum", "6", "templates", "14: visit", "seen", seen)
	}
	book("deepen", "0").want(http.StatusSeeOther)
	if a := book("widen", "0").want(http.StatusConflict); !strings.Contains(a.text("main"), "deepen") || !strings.Contains(a.text("main"), "widen") {
		t.Errorf("the second playbook is answered with %s", a.text("main"))
	}
	s.post(t, "/playbooks/invest", "form", "by pigeon", "templates", "visit", "seen", "1").want(http.StatusUnprocessableEntity)
	s.post(t, "/playbooks/invest/drop").want(http.StatusSeeOther)

	plan := func(goal, id string) *answer {
		return s.post(t, "/development/"+strings.TrimPrefix(path, "/customers/"), "goal", goal, "services", "training", "until", "2027-12-31", "seen", "0", "plan", id)
	}
	plan("", "0").want(http.StatusUnprocessableEntity)
	plan("double it", "0").want(http.StatusSeeOther)
	if a := plan("treble it", "0").want(http.StatusConflict); !strings.Contains(a.text("main"), "double it") || !strings.Contains(a.text("main"), "treble it") {
		t.Errorf("the second plan is answered with %s", a.text("main"))
	}
	guess := func(amount string) *answer {
		return s.post(t, "/development/"+strings.TrimPrefix(path, "/customers/")+"/estimate", "possible_amount", amount, "seen", "0")
	}
	guess("500").want(http.StatusSeeOther)
	if a := guess("700").want(http.StatusConflict); !strings.Contains(a.text("main"), "€500") || !strings.Contains(a.text("main"), "€700") {
		t.Errorf("the second estimate is answered with %s", a.text("main"))
	}
}

// More than the budget is a warning, and never stands in the way.
func TestAnExceededBudgetWarns(t *testing.T) {
	t.Parallel()
	s := ownShelf(t, true)
	id := s.inSegment(t, value.Invest)
	care := func() string {
		return s.get(t, "en", customerPath(id)).want(http.StatusOK).text("section", "id", "care")
	}
	if strings.Contains(care(), "The budget is exceeded") {
		t.Fatal("it is exceeded before anybody set it: the test proves nothing")
	}
	s.post(t, customerPath(id)+"/budget", "budget_from", "2026-01-01", "budget_amount", "0.01", "budget_seen", "0").want(http.StatusSeeOther)
	if text := care(); !strings.Contains(text, "The budget is exceeded") || !strings.Contains(text, "too much") {
		t.Errorf("the cockpit says %s", text)
	}
}

// A proposal is accepted, worked and dismissed; the calendar shows what is open,
// under an address that ends when it is revoked.
func TestTasksAreWorkedAndReadByACalendar(t *testing.T) {
	t.Parallel()
	s := ownShelf(t, true)
	if err := s.app.RunPropose(authtest.Context(t)); err != nil {
		t.Fatal(err)
	}
	tasks, err := s.db.Read().LiveTasks(authtest.Context(t))
	if err != nil || len(tasks) < 3 {
		t.Fatalf("%d tasks, %v", len(tasks), err)
	}
	first, second := tasks[0], tasks[1]
	do := func(task crm.Task, do, seen string, more ...string) *answer {
		return s.post(t, taskPath(task, do), append([]string{"seen", seen, "back", "/tasks?state=proposed"}, more...)...)
	}
	prefix := taskFieldPrefix(first.ID)
	if to := do(first, "accept", "1").want(http.StatusSeeOther).Header.Get("Location"); to != "/tasks?state=proposed" {
		t.Errorf("it leads to %s", to)
	}
	if a := do(first, "done", "1", prefix+"answer", "called").want(http.StatusConflict); !strings.Contains(a.text("main"), "called") || !strings.Contains(a.text("main"), "to do") {
		t.Errorf("the second to work a task is answered with %s", a.text("main"))
	}
	do(first, "change", "2", prefix+"owner", "Ada & Co", prefix+"due", "2026-12-24", prefix+"reason", "before Christmas").want(http.StatusSeeOther)
	do(second, "dismissed", "1").want(http.StatusUnprocessableEntity)
	do(second, "dismissed", "1", taskFieldPrefix(second.ID)+"answer", "agreed so").want(http.StatusSeeOther)
	do(second, "explode", "2").want(http.StatusNotFound)
	if text := s.get(t, "en", "/tasks?owner=Ada+%26+Co").want(http.StatusOK).text("ul", "class", "task-list"); !strings.Contains(text, "before Christmas") {
		t.Errorf("the owner's tasks are %s", text)
	}
	s.post(t, customerPath(first.Customer)+"/tasks", "task_title", "", "task_due", "2026-12-01").want(http.StatusUnprocessableEntity)
	s.post(t, customerPath(first.Customer)+"/tasks", "task_title", "Thank them", "task_owner", "Ada & Co", "task_due", "2026-11-01").want(http.StatusSeeOther)
	if text := s.get(t, "en", "/tasks?owner=all").text("main"); !strings.Contains(text, "1 task is overdue") || !strings.Contains(text, "Thank them") {
		t.Errorf("the page says %s", text)
	}

	made := s.post(t, "/tasks/calendar", "owner", "Ada & Co").want(http.StatusOK)
	address := regexp.MustCompile(`/calendar/\w+\.ics`).FindString(made.Body)
	calendar := func() string { return s.get(t, "en", address).want(http.StatusOK).Body }
	text := calendar()
	uid := fmt.Sprintf("UID:task-%d@", first.ID)
	for _, want := range []string{"BEGIN:VCALENDAR", uid, "DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261225", "SEQUENCE:3", "Thank them"} {
		if !strings.Contains(text, want) {
			t.Errorf("the calendar lacks %s:\n%s", want, text)
		}
	}
	if again := calendar(); again != text {
		t.Error("read twice, it says another thing")
	}
	do(first, "change", "3", prefix+"owner", "Ada & Co", prefix+"due", "2026-12-30").want(http.StatusSeeOther)
	if later := calendar(); !strings.Contains(later, uid) || !strings.Contains(later, "DTSTART;VALUE=DATE:20261230") || !strings.Contains(later, "SEQUENCE:4") {
		t.Errorf("after the change:\n%s", later)
	}
	feeds, err := s.db.Read().Feeds(authtest.Context(t))
	if err != nil || len(feeds) != 1 || strings.Contains(s.get(t, "en", "/tasks").Body, address) {
		t.Fatalf("the secret is shown twice, or %d feeds, %v", len(feeds), err)
	}
	s.post(t, "/tasks/calendar/"+formatID(feeds[0].ID)+"/revoke").want(http.StatusSeeOther)
	s.get(t, "en", address).want(http.StatusNotFound)
}

// Settings of care are kept, nonsense is refused.
func TestSettingsOfCare(t *testing.T) {
	t.Parallel()
	s := ownShelf(t, true)
	s.post(t, "/attention/limit", "limit", "0").want(http.StatusUnprocessableEntity)
	s.post(t, "/attention/limit", "limit", "3").want(http.StatusSeeOther)
	s.post(t, "/tasks/again", "again", "x").want(http.StatusUnprocessableEntity)
	s.post(t, "/tasks/again", "again", "30").want(http.StatusSeeOther)
	limit, err1 := app.ScissorsLimit(authtest.Context(t), s.db.Read())
	days, err2 := app.AgainDays(authtest.Context(t), s.db.Read())
	if limit != 3 || days != 30 || err1 != nil || err2 != nil {
		t.Errorf("limit %d, days %d; %v, %v", limit, days, err1, err2)
	}
	cookie := s.post(t, "/tasks/mine", "mine", "Jörg Über & Söhne").want(http.StatusSeeOther).Header.Get("Set-Cookie")
	if text := s.get(t, "en", "/tasks", "Cookie", cookie).want(http.StatusOK).one("input", "id", "mine"); !hasAttrs(text, []string{"value", "Jörg Über & Söhne"}) {
		t.Error("the name did not come back")
	}
}

// The pages of care have no barriers, at a desk and on a phone.
func TestTheCarePagesHaveNoBarriers(t *testing.T) {
	t.Parallel()
	browser, s := e2e.Open(t), ownShelf(t, true)
	if err := s.app.RunPropose(authtest.Context(t)); err != nil {
		t.Fatal(err)
	}
	id := s.inSegment(t, value.Opportunity)
	s.post(t, customerPath(id)+"/strategy", "strategy_direction", "take_along", "strategy_review_on", "2027-06-01", "strategy_seen", "0", "strategy_tasks", "1").want(http.StatusSeeOther)
	s.post(t, "/development/"+formatID(int64(id)), "goal", "g", "services", "s", "until", "2027-12-31", "seen", "0", "plan", "0").want(http.StatusSeeOther)
	server := httptest.NewServer(s.handler)
	t.Cleanup(server.Close)
	for name, v := range map[string]e2e.View{
		"at a desk": {Lang: "de", Still: true}, "on a phone in the dark": {Lang: "en", Still: true, Phone: true, Dark: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tab := browser.Tab(t, v)
			for _, path := range append(carePaths(id), customerPath(id)) {
				tab.Go(server.URL + path)
				tab.Wait("document.readyState === 'complete'")
				openDetails(tab)
				for _, barrier := range tab.Axe() {
					t.Errorf("%s: %s", path, barrier)
				}
				if wide := e2e.Value[int](tab, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); wide > 0 {
					t.Errorf("%s is %d pixels wider than the window", path, wide)
				}
			}
		})
	}
}

// openDetails opens what is folded on a page, to look at all of it. The bars at the head
// and at the foot, and what is said in passing, cover what lies below them only until the
// reader scrolls or they go; by a rule, since a bar that is drawn anew is another element.
func openDetails(tab *e2e.Tab) {
	tab.Do(chromedp.Evaluate[chromedp.Void](`{
		const sheet = document.styleSheets[0];
		sheet.insertRule('.topbar, .footbar, #toasts { position: static !important }', sheet.cssRules.length);
		document.querySelectorAll('main details').forEach(d => d.open = true);
	}`))
}
