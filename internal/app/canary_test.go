package app

import (
	"archive/zip"
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // registers pgx

	"quid/day"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/link"
	"quid/internal/store"
	"quid/internal/store/storetest"
	"quid/money"
	"quid/privacy"
	"quid/service"
	"quid/talk"
)

// A canaryBook is a book with a person in it who is named in every personal column.
type canaryBook struct {
	*App
	t       *testing.T
	address string
	raw     *sql.DB
	logs    *bytes.Buffer
	whole   bool // the person is the customer
	person  privacy.Person
	marks   map[string]string // column → its canary
}

const (
	canaryFirst = "Kanarielina"
	canaryLast  = "Zeisiggrün"
	canaryMail  = "k.zeisig@kanarienpost.example"
	canaryPhone = "+49 711 5550177"
)

// forbidden must be found nowhere after the erasure.
var forbidden = []string{canaryFirst, canaryLast, "Zeisiggruen", "zeisiggruen", canaryMail, "5550177", "555 0177"}

// canary is the text for a column: it names the person, and its column.
func (b *canaryBook) canary(column string) string {
	mark := fmt.Sprintf("zk%03dq", len(b.marks))
	if m, ok := b.marks[column]; ok {
		mark = m
	}
	b.marks[column] = mark
	return mark + " " + canaryFirst + " " + canaryLast + " " + canaryMail + " " + canaryPhone
}

func newCanaryBook(t *testing.T, engine string, whole bool) *canaryBook {
	t.Helper()
	b := &canaryBook{t: t, whole: whole, logs: &bytes.Buffer{}, marks: make(map[string]string)}
	driver := "sqlite"
	b.address = filepath.Join(t.TempDir(), "book.db")
	if engine == "postgres" {
		driver, b.address = "pgx", storetest.Postgres(t)
	}
	b.App = openApp(t, b.address)
	b.Log = slog.New(slog.NewTextHandler(b.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b.Erasures = filepath.Join(t.TempDir(), "book.erasures")
	var err error
	if b.raw, err = sql.Open(driver, b.address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.raw.Close() })
	return b
}

func (b *canaryBook) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// importFile takes a file in; what it is called names the person too.
func (b *canaryBook) importFile(kind intake.Kind, text string) ImportResult {
	b.t.Helper()
	path := filepath.Join(b.t.TempDir(), canaryFirst+" "+canaryLast+".csv")
	b.must(os.WriteFile(path, []byte(text), 0o600))
	res, err := b.Import(authtest.Context(b.t), ImportRequest{Kind: kind, Path: path, Related: false, Read: intake.Options{Delimiter: ';'}}, nil)
	b.must(err)
	return res
}

// fill names the person by what people do with the program.
func (b *canaryBook) fill() {
	ctx := authtest.Context(b.t)
	b.must(os.MkdirAll(b.Files, 0o700))
	if b.whole {
		b.importFile(intake.Customers, "external_id;number;name;kind;street;city;email;phone;note\n"+
			canaryMail+";zk900q;"+canaryFirst+" "+canaryLast+";person;Kanarienweg 99;Kanarienhausen;"+canaryMail+";"+canaryPhone+";"+b.canary("customer.note")+"\n")
	} else {
		b.importFile(intake.Customers, "external_id;name;note\nK1;Meier GmbH;"+b.canary("customer.note")+"\n")
	}
	key := map[bool]string{true: canaryMail, false: "K1"}[b.whole]
	b.importFile(intake.Contacts, "external_id;customer;name;first_name;role;email;phone;language\n"+
		canaryMail+";"+key+";"+canaryLast+";"+canaryFirst+";Leiterin;alt-"+canaryMail+";"+canaryPhone+";de\n")
	b.importFile(intake.Contacts, "external_id;customer;name;first_name;email\n"+
		canaryMail+";"+key+";"+canaryLast+";"+canaryFirst+";"+canaryMail+"\nx;nobody;"+canaryLast+";"+canaryFirst+";"+canaryMail+"\n")
	b.importFile(intake.Interactions, "number;customer;day;channel;subject;contact\nI1;"+key+";2026-03-02;phone;"+b.canary("interaction.subject")+";"+canaryFirst+" "+canaryLast+"\n")
	b.importFile(intake.Complaints, "number;customer;day;subject;cost\nC1;"+key+";2026-03-02;"+b.canary("complaint.subject")+";10.00\n")
	b.importFile(intake.Invoices, "number;customer;day;net;cost\nR1;"+key+";2026-03-02;1000.00;600.00\n")
	found, _, err := b.FindPersons(ctx, "zeisiggruen "+canaryMail)
	b.must(err)
	for _, p := range found {
		if (p.Contact == 0) == b.whole {
			b.person = p.Person
		}
	}
	if b.person.Customer == 0 {
		b.t.Fatalf("the person was not found: %+v", found)
	}
	b.fillServices()
	b.fillRest()
}

func (b *canaryBook) fillServices() {
	ctx, c := authtest.Context(b.t), b.person.Customer
	types, err := b.DB.Read().Types(ctx)
	b.must(err)
	kind := types[slices.IndexFunc(types, func(ty service.Type) bool { return ty.Code == "hotline" })].ID
	done, err := b.RecordService(ctx, EntryDraft{
		Key: "e1", Customer: c, Type: kind, Day: day.At(b.Now()), Quantity: 6 * money.One, Background: b.canary("service_entry.background"),
		Contact: canaryFirst + " " + canaryLast, By: "Jo",
	})
	b.must(err)
	_, _, err = b.Attach(ctx, AttachmentDraft{Key: "a1", Ref: done.Ref, Content: []byte("%PDF-1.4 " + b.canary("attachment.content"))})
	b.must(err)
	b.must(b.SetOutcome(ctx, done.Ref, service.Outcome{Kind: 1, Quantity: money.One, Rate: 100 * money.One, State: 1, Source: b.canary("service_outcome.source")}))
	_, err = b.StartTimer(ctx, TimerDraft{Customer: c, Background: b.canary("timer.background")})
	b.must(err)
	_, err = b.SaveTemplate(ctx, store.Template{
		Customer: c, Name: b.canary("entry_template.name")[:60], Type: kind, Minutes: money.One, Background: b.canary("entry_template.background"), Contact: canaryFirst + " " + canaryLast,
	})
	b.must(err)
	r, err := b.AskRating(ctx, service.Rating{Customer: c, Contact: canaryFirst + " " + canaryLast, From: 20260101, Until: day.At(b.Now()), Ends: day.At(b.Now()).Add(30), Lang: "de"})
	b.must(err)
	b.must(b.AnswerRating(ctx, r, nil, b.canary("rating.comment")))
	_, _, err = b.MakeLink(ctx, LinkDraft{Customer: c, Kind: link.Statement, Lang: "de", From: 20260101, To: 20261231, Ends: day.At(b.Now()).Add(30)})
	b.must(err)
}

func (b *canaryBook) fillRest() {
	ctx, c := authtest.Context(b.t), b.person.Customer
	_, err := b.RecordTalk(ctx, talk.Talk{Customer: c, Day: day.At(b.Now()), Asked: b.canary("talk.asked"), Conceded: b.canary("talk.conceded"), Note: b.canary("talk.note")})
	b.must(err)
	_, err = b.AddTask(ctx, TaskDraft{Customer: c, Title: b.canary("task.title"), Due: day.At(b.Now()).Add(3)})
	b.must(err)
	_, err = b.SaveView(ctx, canaryFirst+" "+canaryLast, "q="+strings.ToLower(canaryFirst)+"+"+"zeisiggruen")
	b.must(err)
	_, err = b.Consent(ctx, privacy.Consent{
		Person: b.person, Purpose: privacy.Survey, Channel: "mail", Given: b.Now(), Way: "form", Wording: b.canary("consent.wording"), Source: b.canary("consent.source"),
	})
	b.must(err)
	b.must(b.Mark(ctx, privacy.Mark{Person: b.person, Kind: privacy.Marketing, Reason: b.canary("privacy_mark.reason")}))
	_, err = b.TakeMail(ctx, MailDraft{Key: "m1", Sender: canaryMail, Line: b.canary("mail.line"), Received: b.Now(), Held: "not known"}, nil)
	b.must(err)
	b.must(os.WriteFile(filepath.Join(b.Files, "ABCDEFGHIJKLMNOPQRSTUVWX.csv"), []byte("name\n"+canaryFirst+" "+canaryLast+"\n"), 0o600))
	b.must(os.WriteFile(filepath.Join(b.Files, "ABCDEFGHIJKLMNOPQRSTUVWX.json"), []byte(`{"name":"x"}`), 0o600))
	b.must(os.WriteFile(filepath.Join(b.Files, "statements-1.zip"), []byte("PK "+canaryLast), 0o600))
	b.must(b.SaveSettings(ctx, map[string]string{PurposeSetting: b.canary("setting.value")}))
	if !b.whole {
		contact, err := b.DB.Read().Contact(ctx, c, b.person.Contact)
		b.must(err)
		b.must(b.UpdateWishes(ctx, WishEdit{
			Customer: c, Contact: b.person.Contact, Revision: contact.Revision, Part: "buyer", Attitude: "open", Wants: []string{"market"}, Channels: []string{"mail"}, Language: "de",
		}))
	}
	model, err := b.Model(ctx)
	b.must(err)
	_, err = b.SaveModel(ctx, model.Spec, b.canary("model.note"))
	b.must(err)
	b.fillBySQL()
}

// rowsBySQL are rows that nothing but a longer story makes: the columns that a new
// row needs beside its texts.
var rowsBySQL = map[string]string{
	"override":         "override_id=1 class='A' segment='' reason='lawsuit' valid_from=20260101 valid_until=20271231 made_by='' made_at=1 note=''",
	"budget":           "valid_from=20260101 share=0 written_by='' written_at=1 note=''",
	"strategy":         "version=1 direction='invest' segment='invest' valid_from=20260101 review_on=20270101 made_by='' made_at=1 plan=''",
	"development":      "development_id=1 goal='' services='' owner='' until=20271231 segment='explore' state='running' answer='' made_by='' made_at=1 revision=1",
	"possible_value":   "amount=1 note='' written_by='' written_at=1 revision=1",
	"talk_gain":        "talk_id=1 number=1 kind='term' note='' share=0",
	"playbook":         "segment='invest' goals='' form='personal' contact_days=0 response_hours=0 share=0 minimum=0 templates='[]' revision=1 written_by='' written_at=1",
	"argument":         "code='hotline' lang='de' gain='' loss='' revision=1",
	"objection":        "code='hotline' lang='de' number=1 says='' answer=''",
	"closing":          "closing_id=1 closed_until=20200101 reason='' made_at=1",
	"sheet_word":       "about=1 word='' means=0",
	"draft":            "draft_id=1 kind='task' content='' why='' made_by='' made_at=1 state='open' ended_by=''",
	"team":             "team_id=1 name='' revision=1",
	"api_key":          "key_id=1 key_hash='h1' name='' role='viewer' scope='read' made_by=0 ends_on=20271231 made_at=1",
	"webhook":          "webhook_id=1 name='w' address='' events='' secret='s' made_by='' made_at=1 worked_at=1 revision=1",
	"webhook_delivery": "webhook_id=1 delivery_id=1 event_id=1 kind='test' body='' state='failed' tries=8 attempts=8 next_at=1 status=500 problem='' made_at=1",
	"webhook_attempt":  "webhook_id=1 delivery_id=1 number=1 tried_at=1 millis=1 status=500 problem='' answer=''",
	"job":              "job_id=1 kind='value' arg='x' state='failed' run_at=1 tries=5 done=0 total=0 problem='' made_at=1",
}

// fillBySQL makes the rows that are missing still, and writes a canary into every
// personal column that has none.
func (b *canaryBook) fillBySQL() {
	for table, values := range rowsBySQL {
		var names, list []string
		if store.TableOf(table).Of() {
			names, list = []string{"customer_id"}, []string{fmt.Sprint(int64(b.person.Customer))}
		}
		for _, v := range strings.Fields(values) {
			name, value, _ := strings.Cut(v, "=")
			names, list = append(names, name), append(list, value)
		}
		b.exec("INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") VALUES (" + strings.Join(list, ", ") + ")")
	}
	for _, t := range store.DataMap() {
		for _, c := range t.Columns {
			name := t.Name + "." + c.Name
			if !canaried(t, c) || !b.whole && c.Category == privacy.OfCustomer || b.found(t, c) > 0 {
				continue
			}
			text := b.canary(name)
			where := ""
			switch {
			case t.Of() && t.Has("contact_id") && t.Name != "contact":
				where = fmt.Sprintf(" WHERE customer_id = %d AND contact_id = %d", int64(b.person.Customer), b.person.Contact)
			case t.Of():
				where = fmt.Sprintf(" WHERE customer_id = %d", int64(b.person.Customer))
			case t.Name == "mapping":
				where = " WHERE kind = 'complaints'"
			case t.Name == "setting":
				where = " WHERE name = '" + PurposeSetting + "'"
			}
			if t.Name == "import" || t.Name == "mapping" {
				text = `{"note":"` + text + `"}`
			}
			b.exec("UPDATE " + t.Name + " SET " + c.Name + " = '" + text + "'" + where)
		}
	}
}

// canaried says whether a column must hold a canary: all that are personal, but
// what is computed and the names of those who work with Quid. What is chosen from a
// closed list names nobody.
func canaried(t privacy.Table, c privacy.Column) bool {
	closed := t.Name == "contact" && slices.Contains([]string{"part", "attitude", "wants", "channels"}, c.Name) ||
		t.Name == "consent" && slices.Contains([]string{"purpose", "channel", "way"}, c.Name)
	return c.Personal() && c.Category != privacy.OfUser && c.Erasing != privacy.Derived && !closed
}

func (b *canaryBook) exec(statement string) {
	b.t.Helper()
	if _, err := b.raw.ExecContext(authtest.Context(b.t), statement); err != nil {
		b.t.Fatalf("%s: %v", statement, err)
	}
}

// names says whether a text names the person in any spelling.
func names(text string) bool {
	return slices.ContainsFunc(append(slices.Clone(forbidden), "Kanarienweg", "Kanarienhausen", "zk900q"), func(f string) bool { return strings.Contains(text, f) })
}

// found counts the rows whose column names the person.
func (b *canaryBook) found(t privacy.Table, c privacy.Column) (n int) {
	rows, err := b.raw.QueryContext(authtest.Context(b.t), "SELECT "+c.Name+" FROM "+t.Name)
	b.must(err)
	defer rows.Close()
	for rows.Next() {
		var v any
		b.must(rows.Scan(&v))
		if names(asText(v)) {
			n++
		}
	}
	b.must(rows.Err())
	return n
}

func asText(v any) string {
	if raw, ok := v.([]byte); ok {
		return string(raw)
	}
	return fmt.Sprint(v)
}

// inDatabase lists the columns in which the person is named.
func (b *canaryBook) inDatabase() (list []string) {
	for _, t := range store.DataMap() {
		for _, c := range t.Columns {
			if n := b.found(t, c); n > 0 {
				list = append(list, t.Name+"."+c.Name)
			}
		}
	}
	return list
}

// inFiles lists the files below a folder that hold the person or a canary.
func (b *canaryBook) inFiles(folder string) (list []string) {
	b.must(filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if names(string(text)) {
			list = append(list, filepath.Base(path))
		}
		return nil
	}))
	return list
}

// left is everywhere the person is still to be found.
func (b *canaryBook) left() []string {
	left := b.inDatabase()
	left = append(left, b.inFiles(b.Files)...)
	if b.DB.Engine() == "sqlite" {
		left = append(left, b.inFiles(filepath.Dir(b.address))...)
	}
	left = append(left, b.inFiles(filepath.Dir(b.Erasures))...)
	if names(b.logs.String()) {
		left = append(left, "logs")
	}
	found, _, err := b.FindPersons(authtest.Context(b.t), "zeisiggruen")
	b.must(err)
	if len(found) > 0 {
		left = append(left, "search")
	}
	if b.whole {
		for column, mark := range b.marks {
			if n := b.markIn(column, mark); n > 0 {
				left = append(left, column+" "+mark)
			}
		}
	}
	return left
}

// markIn counts the rows of a customer's table that hold a canary still: of a person
// who is the customer nothing that was written is left.
func (b *canaryBook) markIn(column, mark string) (n int) {
	table, name, _ := strings.Cut(column, ".")
	if t := store.TableOf(table); !t.Of() || table == "import_change" {
		return 0
	}
	rows, err := b.raw.QueryContext(authtest.Context(b.t), "SELECT "+name+" FROM "+table)
	b.must(err)
	defer rows.Close()
	for rows.Next() {
		var v any
		b.must(rows.Scan(&v))
		if strings.Contains(asText(v), mark) {
			n++
		}
	}
	b.must(rows.Err())
	return n
}

func (b *canaryBook) sound(when string) {
	b.t.Helper()
	results, ok, err := b.Check(authtest.Context(b.t))
	if err != nil || !ok {
		b.t.Errorf("%s the book is not sound: %+v, %v", when, results, err)
	}
}

// exportHolds says in how many of the personal columns of the map the export names
// the person, and which are missing.
func (b *canaryBook) exportHolds() (found, all int, missing []string) {
	var out bytes.Buffer
	b.must(b.ExportPerson(authtest.Context(b.t), &out, b.person, "de"))
	z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	b.must(err)
	var data struct {
		Tables map[string][]map[string]any `json:"tables"`
	}
	var files string
	for _, f := range z.File {
		r, err := f.Open()
		b.must(err)
		text, err := io.ReadAll(r)
		b.must(err)
		switch f.Name {
		case "data.json":
			b.must(json.Unmarshal(text, &data))
		case "data.html":
			if !strings.Contains(string(text), canaryMail) || !strings.Contains(string(text), `lang="de"`) {
				b.t.Error("the page of the export does not name the person, or is not German")
			}
		default:
			files += string(text)
		}
	}
	if !strings.Contains(files, "name\n"+canaryFirst) {
		missing = append(missing, "a brought file")
	}
	for _, t := range store.DataMap() {
		for _, c := range t.Columns {
			if !canaried(t, c) || !b.whole && c.Category == privacy.OfCustomer {
				continue
			}
			all++
			if t.Name == "attachment" && names(files) || slices.ContainsFunc(data.Tables[t.Name], func(row map[string]any) bool { return names(fmt.Sprint(row[c.Name])) }) {
				found++
			} else {
				missing = append(missing, t.Name+"."+c.Name)
			}
		}
	}
	return found, all, missing
}

func onBothCanaries(t *testing.T, test func(*testing.T, *canaryBook)) {
	t.Helper()
	for _, engine := range []string{"sqlite", "postgres"} {
		for _, whole := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, a contact: %v", engine, !whole), func(t *testing.T) {
				t.Parallel()
				b := newCanaryBook(t, engine, whole)
				b.fill()
				test(t, b)
			})
		}
	}
}
