package app

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"quid/crm"
	"quid/fact"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// sheetWords is what the words of time sheets mean in this book.
type sheetWords struct {
	finder *service.Finder
	teams  map[string]int64 // hash of a person's name → team
	named  map[string]int64 // folded name of a team → team
}

// readSheetWords reads what the words of time sheets mean.
func readSheetWords(ctx context.Context, r store.Reader) (*sheetWords, error) {
	types, err := r.Types(ctx)
	if err != nil {
		return nil, err
	}
	kept, err := r.SheetWords(ctx, store.ServiceWord)
	if err != nil {
		return nil, err
	}
	s := &sheetWords{finder: service.NewFinder(types, kept), named: make(map[string]int64)}
	if s.teams, err = r.SheetWords(ctx, store.TeamWord); err != nil {
		return nil, err
	}
	teams, err := r.Teams(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range teams {
		if !t.Retired {
			s.named[crm.Fold(t.Name)] = t.ID
		}
	}
	return s, nil
}

// team is the team of a row: that of its user as somebody said, else the one
// that the file names.
func (s *sheetWords) team(x *intake.Timesheet) (id int64, said bool) {
	if id, said = s.teams[nameHash(x.User)]; said {
		return id, true
	}
	return s.named[crm.Fold(x.Team)], false
}

// nameHash stands for a person's name where the name itself must not stand.
func nameHash(name string) string {
	sum := sha256.Sum256([]byte("user of a time sheet\x1f" + crm.Fold(name)))
	return hex.EncodeToString(sum[:12])
}

// takeTimesheets takes the rows of time sheets in as service entries, at the
// rates of their days. A row whose words mean no free service is left out.
func (b *batch) takeTimesheets(ctx context.Context, docs []*intake.Doc) error {
	var err error
	if b.sheet == nil {
		if b.sheet, err = readSheetWords(ctx, b.tx.Reader); err != nil {
			return err
		}
	}
	keys, names := make([]string, 0, len(docs)), make(map[string]bool)
	meant := make([]service.Finding, len(docs))
	for i, d := range docs {
		keys = append(keys, d.Key)
		if meant[i] = b.sheet.finder.Find(d.Timesheet.Words()...); meant[i].Known {
			names[cmpOr(d.Timesheet.Number, d.Timesheet.Customer)] = true
		}
	}
	if err := b.resolve(ctx, names); err != nil {
		return err
	}
	found, err := b.tx.Keys(ctx, b.source, store.EntryKey, keys)
	if err != nil {
		return err
	}
	for i, d := range docs {
		if err := b.takeTimesheet(ctx, d, meant[i], found); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) takeTimesheet(ctx context.Context, d *intake.Doc, meant service.Finding, found map[string]store.Key) error {
	if meant.None {
		b.counts.LeftOut++
		return nil
	}
	e, problems := b.worked(d, meant)
	if problems != nil {
		b.reject(d, problems...)
		return nil
	}
	n := b.entryNoun()
	var ref store.Ref
	note := func(k store.Kept[service.Entry]) { ref = store.Ref{Customer: k.Doc.Customer, ID: k.Doc.ID} }
	add, put := n.add, n.put
	n.add = func(k store.Kept[service.Entry]) { note(k); add(k) }
	n.put = func(ctx context.Context, k store.Kept[service.Entry]) error { note(k); return put(ctx, k) }
	o, err := b.takeEntry(ctx, n, e, d.Key, found)
	if err != nil {
		return err
	}
	if d.Timesheet.User != "" && ref.ID != 0 {
		b.authors = append(b.authors, author{ref, d.Timesheet.User})
	}
	b.finish(d, o)
	return nil
}

// worked turns a row of a time sheet into an entry, or says why it is none.
func (b *batch) worked(d *intake.Doc, meant service.Finding) (service.Entry, []intake.Problem) {
	in := d.Timesheet
	switch {
	case meant.Sold:
		return service.Entry{}, []intake.Problem{soldService(meant.Word)}
	case len(meant.May) > 0:
		return service.Entry{}, []intake.Problem{trouble("activity", meant.Word, severalServices, sayService)}
	case !meant.Known && meant.Word == "":
		return service.Entry{}, []intake.Problem{trouble("activity", "", noWord, "name the activity, the task, a tag or the project")}
	case !meant.Known:
		return service.Entry{}, []intake.Problem{trouble("activity", meant.Word, noService, sayService)}
	}
	ref, problem := b.customerOf(cmpOr(in.Number, in.Customer))
	if problem != nil {
		return service.Entry{}, problems(problem)
	}
	team, _ := b.sheet.team(in)
	t := meant.Type
	e := service.Entry{
		Header: fact.Header{Customer: ref.ID, Number: in.External, Version: versionOf(d.Version(), t.ID, team)},
		Day:    in.Day, Type: t.ID, Team: team, Background: in.Background,
	}
	draft := service.Draft{Day: in.Day, Team: team, Minutes: &in.Minutes}
	if t.Unit == service.Pieces {
		draft.Quantity = money.One // a row is one piece, however long it took
	}
	var err error
	if e.Quantity, e.Cost, e.Benefit, e.RateUsed, err = t.Price(draft); err != nil {
		if ps := fieldProblems(err); ps != nil {
			return e, ps
		}
		return e, []intake.Problem{trouble("duration", "", money.ErrRange.Error(), "")}
	}
	e.Minutes = t.Spent(e.Quantity, &in.Minutes)
	if err := e.Check(); err != nil {
		return e, fieldProblems(err)
	}
	return e, nil
}

// Why a row of a time sheet is no service, and what to do.
const (
	severalServices = "this may be one of several services"
	noService       = "no service of the catalogue goes by these words"
	noWord          = "nothing says which service this was"
	sayService      = "say which service it is, on the page of the words"
)

// versionOf is the version of a row together with what its words mean: said
// otherwise later, the same file changes the entry.
func versionOf(row, typ, team int64) int64 {
	h := sha256.New()
	for _, v := range []int64{row, typ, team} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(v)))
	}
	return int64(binary.BigEndian.Uint64(h.Sum(nil)))
}

// An author is who did what an entry says.
type author struct {
	ref  store.Ref
	name string
}

// writeAuthors notes who did it, for corrections, and sees to it that they are
// forgotten.
func (b *batch) writeAuthors(ctx context.Context) error {
	if len(b.authors) == 0 {
		return nil
	}
	for _, a := range b.authors {
		if err := b.tx.PutAuthor(ctx, a.ref, a.name, b.app.Now()); err != nil {
			return err
		}
	}
	return b.tx.Enqueue(ctx, b.app.id(), ForgetJob, "", b.app.Now().Add(forgetEvery))
}

// A SheetWord is a word of a time sheet whose meaning is asked.
type SheetWord struct {
	Word  string
	Rows  int
	Means int64          // what it means now, 0 for none or open
	Said  bool           // somebody said so
	May   []service.Type // what it may mean, where the catalogue says more than one
	Cause string         // the background of a row, to tell what it is about
}

// SheetQuestions are what a time sheet leaves open: words that name no service,
// or several, and users whose team nobody said.
type SheetQuestions struct {
	Services []SheetWord
	Users    []SheetWord
	Open     int // how many of the words of services are open
}

// mostSheetWords bounds how much a page asks.
const mostSheetWords = 300

// SheetQuestions reads a draft of a time sheet through and says what it leaves
// open.
func (a *App) SheetQuestions(ctx context.Context, d Draft) (SheetQuestions, error) {
	var q SheetQuestions
	r := a.DB.Read()
	book, err := r.Book(ctx)
	if err != nil {
		return q, err
	}
	words, err := readSheetWords(ctx, r)
	if err != nil {
		return q, err
	}
	file, err := a.openPlan(ctx, d.Request, book.Currency)
	if err != nil {
		return q, fmt.Errorf("words of the draft %s: %w", d.Token, err)
	}
	defer file.Close()
	kept, err := r.SheetWords(ctx, store.ServiceWord)
	if err != nil {
		return q, err
	}
	for doc, err := range file.plan.Documents(ctx) {
		if err != nil {
			return q, err
		}
		if doc.Timesheet != nil && doc.Timesheet.Minutes > 0 {
			q.see(doc.Timesheet, words, kept)
		}
	}
	more := func(x, y SheetWord) int { return y.Rows - x.Rows }
	slices.SortStableFunc(q.Services, more)
	slices.SortStableFunc(q.Users, more)
	return q, nil
}

// see notes what a row leaves open, or what somebody said of it before.
func (q *SheetQuestions) see(x *intake.Timesheet, words *sheetWords, kept map[string]int64) {
	f := words.finder.Find(x.Words()...)
	means, said := kept[crm.Fold(f.Word)]
	if f.Word != "" && (said || !f.Known && !f.Sold) {
		if ask(&q.Services, f.Word, SheetWord{Means: means, Said: said, May: f.May, Cause: x.Background}) && !said {
			q.Open++
		}
	}
	if team, said := words.team(x); x.User != "" {
		ask(&q.Users, x.User, SheetWord{Means: team, Said: said})
	}
}

// ask counts a word, and notes it where it is new.
func ask(list *[]SheetWord, word string, w SheetWord) (isNew bool) {
	i := slices.IndexFunc(*list, func(o SheetWord) bool { return crm.Fold(o.Word) == crm.Fold(word) })
	if i >= 0 {
		(*list)[i].Rows++
		return false
	}
	if len(*list) >= mostSheetWords {
		return false
	}
	w.Word, w.Rows = word, 1
	*list = append(*list, w)
	return true
}

// SheetAnswers say what words of time sheets mean: the id of a type or a team, 0
// for none.
type SheetAnswers struct {
	Services, Users map[string]int64
}

// SaySheetWords keeps what words of time sheets mean, for every file to come.
func (a *App) SaySheetWords(ctx context.Context, s SheetAnswers) error {
	if err := may(ctx, auth.ImportFiles); err != nil {
		return err
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		types, err := tx.Types(ctx)
		if err != nil {
			return err
		}
		for word, id := range s.Services {
			if id != 0 && !slices.ContainsFunc(types, func(t service.Type) bool { return t.ID == id && !t.Sold && !t.Retired }) {
				return fault.Field("type", "this service is not in the catalogue")
			}
			if strings.TrimSpace(word) == "" {
				return fault.Field("word", "write a word")
			}
			if err := tx.PutSheetWord(ctx, store.ServiceWord, crm.Fold(word), id); err != nil {
				return err
			}
		}
		for name, id := range s.Users {
			if err := a.teamThere(ctx, tx, id); err != nil {
				return err
			}
			if err := tx.PutSheetWord(ctx, store.TeamWord, nameHash(name), id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("words of time sheets: %w", err)
	}
	return nil
}
