package app

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/privacy"
	"quid/service"
)

const (
	workerName  = "Ursula Uhlenhorst"
	workerLogin = "u.uhlenhorst@arbeit.example"
	workerOwner = "uuhlen"
)

// worker makes somebody who has come in from somewhere, with all that hangs on them.
func (b *canaryBook) worker() int64 {
	ctx := authtest.Context(b.t)
	_, secret, err := b.Invite(ctx, UserDraft{Login: "boss@arbeit.example", Name: "Boss", Role: auth.Administrator})
	b.must(err)
	_, err = b.ChoosePassword(ctx, secret, "a long pump is a loud pump")
	b.must(err)
	u, secret, err := b.Invite(ctx, UserDraft{Login: workerLogin, Name: workerName, Role: auth.AccountOwner, Owner: workerOwner})
	b.must(err)
	_, err = b.ChoosePassword(ctx, secret, "a loud pump is a long pump")
	b.must(err)
	_, err = b.LogIn(ctx, workerLogin, "a loud pump is a long pump", Visit{Address: "198.51.100.77", Agent: "Uhlenfuchs 1.0"})
	b.must(err)
	_, _, err = b.MakeKey(ctx, KeyDraft{Name: "reporting", Role: auth.Viewer, Scope: auth.ReadOnly, Owner: workerOwner, Ends: day.At(b.Now()).Add(9)})
	b.must(err)
	as := auth.With(ctx, auth.Who{User: u.ID, Name: workerName, Rights: auth.AllRights, Sees: auth.Everybody, From: "198.51.100.77"})
	_, err = b.MakeFeed(as, workerOwner)
	b.must(err)
	company, err := b.DB.Read().Company(ctx)
	b.must(err)
	company.Name, company.Contact = "Uhr AG", workerName
	b.must(b.SaveCompany(as, CompanyEdit{Company: company}))
	_, err = b.AskStatements(as, store.StatementRun{From: 20260101, To: 20261231, Owner: workerOwner})
	b.must(err)
	b.must(b.NoteExport(as, "/customers.csv", nil))
	_, err = b.raw.Exec(fmt.Sprintf(`INSERT INTO user_passkey (credential, user_id, name, content, made_at) VALUES ('cred', %d, '%s', '{}', 1)`, u.ID, workerName))
	b.must(err)
	for _, set := range []string{"crew = 'Uhlencrew'", "issuer = 'https://uhlenhorst.example'", "subject = 'uhlenhorst-sub'", "totp = 'UHLENTOTP'", "handle = 'uhlenhandle'"} {
		_, err = b.raw.Exec(fmt.Sprintf("UPDATE user_account SET %s WHERE user_id = %d", set, u.ID))
		b.must(err)
	}
	return u.ID
}

// callThings names what has names after them, in the way of colleagues, and lets a key so
// named draft something.
func (b *canaryBook) callThings() {
	boss := authtest.Context(b.t)
	_, secret, err := b.MakeKey(boss, KeyDraft{Name: "Uhlenhorsts Schlüssel", Role: auth.AccountOwner, Scope: auth.ReadOnly, Ends: day.At(b.Now()).Add(9)})
	b.must(err)
	who, err := b.ByKey(boss, secret, "192.0.2.9")
	b.must(err)
	_, err = b.SaveTeam(boss, service.Team{Name: "Ursula’s Team"})
	b.must(err)
	_, err = b.AddWebhook(boss, WebhookDraft{Name: "Ursulas Hub", Address: "https://hub.example/" + workerLogin, Events: []string{"service.booked"}})
	b.must(err)
	if b.person.Customer == 0 {
		return
	}
	due := day.At(b.Now()).Add(3).String()
	_, err = b.KeepDraft(auth.With(boss, who), b.person.Customer, Proposal{Task: &ProposedTask{Title: "call", Owner: workerOwner, Due: due}}, "asked by "+workerName)
	b.must(err)
}

// bring leaves a file that names them only as an owner, and is called after them.
func (b *canaryBook) bring() {
	as := authtest.Context(b.t)
	_, err := b.Upload(as, intake.Customers, "Kunden von "+workerName+".csv", strings.NewReader("number;name;owner\nQ1;Quelle;"+workerOwner+"\n"))
	b.must(err)
	_, err = b.Upload(as, intake.Customers, "Kunden.csv", strings.NewReader("number;name;owner\nQ1;Quelle;somebody\n"))
	b.must(err)
}

// name writes them into every column that may name who works with the program, of the
// rows that are there, and returns those columns in which they stand.
func (b *canaryBook) name(id int64) (named []string) {
	for _, t := range store.DataMap() {
		for _, c := range t.Columns {
			if !namesUsers(c) || slices.Contains(t.Key, c.Name) || t.Name == "attachment" && c.Name == "content" || t.Name == "erasure" {
				continue
			}
			set := fmt.Sprintf("UPDATE %s SET %s = %s || ' für %s'", t.Name, c.Name, c.Name, workerName)
			switch {
			case c.Category == privacy.FreeText:
				set += " WHERE " + c.Name + " <> ''"
			case t.Has("user_id"):
				continue // theirs already
			default:
				set = fmt.Sprintf("UPDATE %s SET %s = '%s'", t.Name, c.Name, map[bool]string{true: workerOwner, false: workerName}[c.Name == "owner"])
			}
			done, err := b.raw.Exec(set)
			b.must(err)
			if n, _ := done.RowsAffected(); n > 0 && c.Category == privacy.OfUser {
				named = append(named, t.Name+"."+c.Name)
			}
		}
	}
	return named
}

var workerTraces = []string{"Uhlenhorst", "uhlenhorst", "UHLEN", "uhlen", "198.51.100.77", "Uhlen", "Ursula"}

// traces are the columns, and the file, in which something of them is left.
func (b *canaryBook) traces(ctx *testing.T) (left []string) {
	r := b.DB.Read()
	for _, t := range store.DataMap() {
		for row, err := range r.DataRows(authtest.Context(b.t), &t, t.Names(func(privacy.Column) bool { return true }), 0) {
			b.must(err)
			for i, v := range row.Values {
				text := fmt.Sprint(v)
				if bs, ok := v.([]byte); ok {
					text = string(bs)
				}
				if slices.ContainsFunc(workerTraces, func(s string) bool { return strings.Contains(text, s) }) {
					left = append(left, t.Name+"."+row.Columns[i])
				}
			}
		}
	}
	if bytes.Contains(b.logs.Bytes(), []byte("hlenhorst")) {
		left = append(left, "logs")
	}
	files, _ := filepath.Glob(b.address + "*")
	brought, _ := filepath.Glob(filepath.Join(b.Files, "*"))
	for _, f := range slices.Concat(files, brought, []string{b.Erasures}) {
		text, err := os.ReadFile(f)
		if err == nil && slices.ContainsFunc(workerTraces, func(s string) bool { return bytes.Contains(text, []byte(s)) }) {
			left = append(left, filepath.Base(f))
		}
	}
	slices.Sort(left)
	return slices.Compact(left)
}

// Somebody who worked with the program is found in the export wherever they stand, and
// after their erasure nowhere: not in a column, nor on a page of the file.
func TestAnErasedUserIsFoundNowhere(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			b := newCanaryBook(t, engine, false)
			ctx := authtest.Context(t)
			b.fill()
			id := b.worker()
			named := b.name(id)
			for _, table := range store.DataMap() { // every column that is personal of a user
				for _, c := range table.Names(func(c privacy.Column) bool { return c.Category == privacy.OfUser }) {
					if !table.Has("user_id") && !slices.Contains(named, table.Name+"."+c) {
						t.Errorf("the test names them nowhere in %s.%s", table.Name, c)
					}
				}
			}
			if before := b.traces(t); len(before) < 25 { // the weak twin: nothing is erased
				t.Fatalf("before the erasure they are found only in %v", before)
			}
			b.callThings()
			b.bring()
			b.exportsAll(id, append(named, "api_key.name", "webhook.name", "webhook.address", "webhook_delivery.body", "webhook_delivery.problem", "team.name", "draft.content", "draft.why", "import.file", "brought_file.name"))

			var zero struct{ postings, audits int }
			count := func() (n struct{ postings, audits int }) {
				b.must(b.raw.QueryRow("SELECT COUNT(*) FROM posting").Scan(&n.postings))
				b.must(b.raw.QueryRow("SELECT COUNT(*) FROM audit").Scan(&n.audits))
				return n
			}
			was := count()
			b.must(b.EraseUser(ctx, id, "asked"))
			b.must(b.CleanErased(ctx))
			if left := b.traces(t); len(left) > 0 {
				t.Errorf("they are still found in %v", left)
			}
			if drafts, err := b.Drafts(ctx); err != nil || len(drafts) != 2 || !slices.ContainsFunc(drafts, func(d Draft) bool { return d.Name == "Kunden.csv" }) {
				t.Errorf("of the files that were brought there are %+v, %v", drafts, err)
			}
			b.goOn(id)
			if is := count(); is.postings != was.postings || is.audits != was.audits+1 || is == zero {
				t.Errorf("the book had %+v and has %+v", was, is)
			}
			u, err := b.DB.Read().User(ctx, id)
			if err != nil || u.Name != privacy.PseudonymOfUser(id) || u.Active() || u.Password != "" {
				t.Errorf("their account is %+v, %v", u, err)
			}
			lines, err := b.DB.Read().Audits(ctx, store.AuditFilter{User: id, Most: 10})
			if err != nil || len(lines) == 0 {
				t.Errorf("the log has nothing of user %d any more: %v", id, err)
			}
			b.must(b.EraseUser(ctx, id, "asked")) // again: nothing
			if is := count(); is.audits != was.audits+1 {
				t.Error("erased again, the log grew")
			}
		})
	}
}

// goOn fails unless what was called after them, and is not theirs, works on.
func (b *canaryBook) goOn(id int64) {
	b.t.Helper()
	ctx, by := authtest.Context(b.t), privacy.PseudonymOfUser(id)
	keys, err := b.DB.Read().APIKeys(ctx)
	b.must(err)
	if !slices.ContainsFunc(keys, func(k store.APIKey) bool { return k.Name == by+" Schlüssel" && k.Revoked.IsZero() }) || !slices.ContainsFunc(keys, func(k store.APIKey) bool { return strings.HasPrefix(k.Name, "reporting") }) {
		b.t.Errorf("the keys are %+v", keys)
	}
	drafts, err := b.DB.Read().OpenDrafts(ctx, time.Time{})
	b.must(err)
	if !slices.ContainsFunc(drafts, func(d store.Draft) bool { return d.By == by+" Schlüssel" }) {
		b.t.Errorf("the drafts are %+v", drafts)
	}
}

// The weak twin: an erasure that leaves out one column, or the files, is caught.
func TestAWeakErasureOfAUserIsCaught(t *testing.T) {
	t.Parallel()
	for _, column := range []string{"customer.owner", "service_author.name", "draft.made_by", "draft.content", "api_key.name", "webhook.name", "webhook.address", "webhook_delivery.body", "team.name", "import.file", "audit.after", "company.email", "files"} {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			b := newCanaryBook(t, "sqlite", false)
			b.fill()
			id := b.worker()
			b.name(id)
			b.callThings()
			b.bring()
			b.skipErased = column
			b.must(b.EraseUser(authtest.Context(t), id, "asked"))
			b.must(b.CleanErased(authtest.Context(t)))
			want := []string{column, "book.db"}
			left := b.traces(t)
			if column == "files" {
				want = nil
				if len(left) != 2 || !strings.HasSuffix(left[0], ".csv") || !strings.HasSuffix(left[1], ".json") {
					t.Errorf("an erasure that leaves files was not caught: %v", left)
				}
			}
			for _, w := range want {
				if !slices.Contains(left, w) {
					t.Errorf("an erasure that leaves %s was not caught: %v", column, left)
				}
			}
		})
	}
}

// exportsAll fails unless the export shows them in each column, and no secret.
func (b *canaryBook) exportsAll(id int64, named []string) {
	b.t.Helper()
	var out bytes.Buffer
	b.must(b.ExportUser(auth.With(b.t.Context(), auth.Who{User: id}), &out, id, "de"))
	z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	b.must(err)
	f, err := z.Open("data.json")
	b.must(err)
	var data struct {
		Tables map[string][]map[string]any
	}
	b.must(json.NewDecoder(f).Decode(&data))
	for _, column := range append(named, "user_account.login", "user_account.name", "user_session.address", "user_passkey.name", "audit.address") {
		table, name, _ := strings.Cut(column, ".")
		if !slices.ContainsFunc(data.Tables[table], func(row map[string]any) bool { return row[name] != nil }) {
			b.t.Errorf("the export leaves out %s", column)
		}
	}
	if text, _ := json.Marshal(data.Tables); bytes.Contains(text, []byte("argon2id")) || bytes.Contains(text, []byte("UHLENTOTP")) {
		b.t.Error("the export tells secrets")
	}
	if err := b.ExportUser(auth.With(b.t.Context(), auth.Who{User: id + 1}), &out, id, "de"); !errors.Is(err, fault.Denied) {
		b.t.Errorf("somebody else exports them: %v", err)
	}
}

func TestTheLastAdministratorIsNotErased(t *testing.T) {
	t.Parallel()
	b := newCanaryBook(t, "sqlite", false)
	ctx := authtest.Context(t)
	id := b.worker()
	users, err := b.DB.Read().Users(ctx)
	b.must(err)
	boss := users[slices.IndexFunc(users, func(u store.User) bool { return u.Role == auth.Administrator })]
	if err := b.EraseUser(ctx, boss.ID, "asked"); !slices.Equal(complained(err), []string{"role"}) {
		t.Errorf("the last administrator is erased: %v", err)
	}
	if u, err := b.DB.Read().User(ctx, boss.ID); err != nil || u.Name != "Boss" || !u.Active() {
		t.Errorf("the refused erasure left %+v, %v", u, err)
	}
	if err := b.EraseUser(ctx, id, "because"); !slices.Equal(complained(err), []string{"reason"}) {
		t.Errorf("a reason of one's own: %v", err)
	}
	if err := b.EraseUser(ctx, 12345, "asked"); !errors.Is(err, fault.NotFound) {
		t.Errorf("nobody is erased: %v", err)
	}
}

// An older backup knows them still: the list of erasures erases them again.
func TestAnErasedUserDoesNotComeBackFromABackup(t *testing.T) {
	t.Parallel()
	b := newCanaryBook(t, "sqlite", false)
	ctx := authtest.Context(t)
	id := b.worker()
	b.callThings()
	old := copyOf(t, b.address, "UPDATE book SET name = 'Old'")
	b.must(b.EraseUser(ctx, id, "asked"))
	list, err := ReadErasures(b.Erasures)
	if err != nil || len(list) != 1 || list[0].User != id || list[0].Customer != 0 {
		t.Fatalf("the list of erasures is %+v, %v", list, err)
	}
	if u, err := old.DB.Read().User(ctx, id); err != nil || u.Name != workerName {
		t.Fatalf("the backup knows them as %+v, %v: the test proves nothing", u, err)
	}
	again, err := old.ReplayErasures(ctx, list)
	if u, err2 := old.DB.Read().User(ctx, id); err != nil || err2 != nil || again != 1 || u.Name != privacy.PseudonymOfUser(id) {
		t.Errorf("after the restore they are %+v (%d erased again, %v, %v)", u, again, err, err2)
	}
	keys, err := old.DB.Read().APIKeys(ctx)
	if err != nil || slices.ContainsFunc(keys, func(k store.APIKey) bool { return strings.Contains(k.Name, "Uhlenhorst") }) {
		t.Errorf("after the restore keys are named after them: %+v, %v", keys, err)
	}
	if again, err := old.ReplayErasures(ctx, list); err != nil || again != 0 {
		t.Errorf("a second replay erases %d, %v", again, err)
	}
}
