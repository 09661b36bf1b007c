package e2e

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/mail"
	quidserve "quid/internal/serve"
	"quid/internal/store"
)

// The program that sends mails is this test program, started again with mailBook in
// its environment.
const (
	mailBook = "QUID_E2E_MAIL"        // the book's address
	mailSink = "QUID_E2E_MAIL_SERVER" // the server that takes the mails
	mailWeak = "QUID_E2E_MAIL_WEAK"   // forget, trust
	mailTime = "QUID_E2E_MAIL_TIME"   // when its clock began, which runs ten times as fast
)

// manyMails is how many people are invited.
const manyMails = 24

// mailHere invites people, once, and sends the mails until it is killed.
func mailHere(address string) error {
	ctx := auth.With(context.Background(), auth.System("e2e"))
	a, err := openHere(ctx, address)
	if err != nil {
		return err
	}
	began, err := strconv.ParseInt(os.Getenv(mailTime), 10, 64)
	if err != nil {
		return err
	}
	start := time.UnixMilli(began)
	a.Now = func() time.Time { return start.Add(10 * time.Since(start)) }
	a.Log = slog.New(slog.DiscardHandler)
	a.Public = "https://quid.example.com"
	a.Post = quidserve.Letters(mail.Config{Address: os.Getenv(mailSink), From: "quid@example.com", Line: mail.Clear, Wait: time.Second})
	switch send := a.Post; os.Getenv(mailWeak) {
	case "forget": // that a mail was on its way when it was killed
		if err := forgetLinks(ctx, address); err != nil {
			return err
		}
	case "trust": // that a mail arrives
		a.Post = func(ctx context.Context, l app.Letter) error { _ = send(ctx, l); return nil }
	}
	users, err := a.DB.Read().Users(ctx)
	if err != nil {
		return err
	}
	for i := len(users); i < manyMails; i++ {
		name := fmt.Sprintf("p%02d", i)
		u, _, err := a.Invite(ctx, app.UserDraft{Login: name + "@example.com", Name: name, Role: auth.Viewer, Mail: "en"})
		if err != nil {
			return err
		}
		if err := json.NewEncoder(os.Stdout).Encode(map[string]string{"login": u.Login}); err != nil {
			return err
		}
	}
	runner := quidserve.Runner(a)
	runner.Hold, runner.Pause = 10*time.Second, 20*time.Millisecond
	runner.Run(ctx)
	return nil
}

func forgetLinks(ctx context.Context, address string) error {
	db, err := sql.Open("sqlite", "file:"+address+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, "DELETE FROM user_token")
	return err
}

// A mailServer takes mails in as many bad ways as there are, and keeps what it took:
// outside of the program, by receiver.
type mailServer struct {
	turn  atomic.Int64
	kill  chan chan struct{} // asks for the death of who sends; answered when it is dead
	mu    sync.Mutex
	took  map[string]int // mails that are here, by receiver
	yes   map[string]int // those of them that a 250 was sent for
	kills int            // while a mail was under way
}

func (s *mailServer) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &mailSession{mailServer: s, conn: c}, nil
}

type mailSession struct {
	*mailServer
	conn *smtp.Conn
	to   string
}

func (*mailSession) Reset()                                      {}
func (*mailSession) Logout() error                               { return nil }
func (*mailSession) Mail(string, *smtp.MailOptions) error        { return nil }
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error { s.to = to; return nil }

// Data takes a mail, each in another way.
func (s *mailSession) Data(r io.Reader) error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	switch s.turn.Add(1) % 8 {
	case 1: // cut before the answer, and nothing kept
		return s.conn.Conn().Close()
	case 2: // kept, and cut before the answer
		s.keep(false)
		return s.conn.Conn().Close()
	case 3: // not now
		return &smtp.SMTPError{Code: 451, Message: "later"}
	case 4: // mute
		time.Sleep(1500 * time.Millisecond)
		return errors.New("nobody hears this")
	case 5: // who sends is killed, with the mail kept
		s.keep(false)
		s.strike()
		return nil
	case 6: // who sends is killed, with nothing kept
		s.strike()
		return errors.New("nobody hears this")
	case 7: // slow, and cut right after the answer
		time.Sleep(100 * time.Millisecond)
		s.keep(true)
		time.AfterFunc(20*time.Millisecond, func() { _ = s.conn.Conn().Close() })
		return nil
	default:
		s.keep(true)
		return nil
	}
}

func (s *mailSession) keep(yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.took[s.to]++
	if yes {
		s.yes[s.to]++
	}
}

// strike has who sends killed, and waits until it is dead.
func (s *mailSession) strike() {
	dead := make(chan struct{})
	select {
	case s.kill <- dead:
		<-dead
		s.mu.Lock()
		s.kills++
		s.mu.Unlock()
	case <-time.After(10 * time.Second):
	}
}

// Promise 4: no mail counts as sent without a 250, none is sent twice by itself, and
// those of which nobody knows are held and shown. One weak twin forgets at each start
// that a mail was on its way, another takes every mail for sent.
func TestAKilledServerSendsNoMailTwice(t *testing.T) {
	t.Parallel()
	for _, weak := range []string{"", "forget", "trust"} {
		t.Run("weak="+weak, func(t *testing.T) {
			t.Parallel()
			s := &mailServer{kill: make(chan chan struct{}), took: make(map[string]int), yes: make(map[string]int)}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			server := smtp.NewServer(s)
			go func() { _ = server.Serve(l) }()
			t.Cleanup(func() { server.Close() })
			book := filepath.Join(t.TempDir(), "book.db")
			ordered := s.send(t, book, l.Addr().String(), weak)
			held, err := s.verdict(t, book, ordered)
			if (weak != "") != (err != nil) {
				t.Errorf("%v", err)
			}
			if len(ordered) != manyMails || s.kills < 3 {
				t.Errorf("%d mails were ordered, %d kills: the test proves nothing", len(ordered), s.kills)
			}
			t.Logf("%d mails ordered, %d kills while one was under way, %d held; %v", len(ordered), s.kills, held, err)
		})
	}
}

// send lets the program send its mails, and starts it again each time it was killed,
// until nothing is to be sent. It returns who was invited, as the program said.
func (s *mailServer) send(t *testing.T, book, address, weak string) (ordered []string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	began := strconv.FormatInt(time.Now().UnixMilli(), 10)
	for range 4 * manyMails {
		cmd := exec.CommandContext(t.Context(), exe)
		cmd.Env = append(os.Environ(), mailBook+"="+book, mailSink+"="+address, mailWeak+"="+weak, mailTime+"="+began)
		cmd.Stderr = t.Output()
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		said := make(chan []string, 1)
		go func() {
			var names []string
			for lines := bufio.NewScanner(out); lines.Scan(); {
				var u struct{ Login string }
				if json.Unmarshal(lines.Bytes(), &u) == nil {
					names = append(names, u.Login)
				}
			}
			said <- names
		}()
		done := s.until(t, book)
		var dead chan struct{}
		if !done {
			dead = <-s.kill
		}
		_ = cmd.Process.Kill()
		ordered = append(ordered, <-said...)
		_ = cmd.Wait()
		if done {
			return ordered
		}
		close(dead)
	}
	t.Fatal("the mails never end")
	return nil
}

// until waits until nothing is to be sent (true), or somebody is to be killed (false),
// who then stays asked for.
func (s *mailServer) until(t *testing.T, book string) bool {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		select {
		case dead := <-s.kill:
			go func() { s.kill <- dead }()
			return false
		default:
		}
		if n, err := lettersLeft(t.Context(), book); err == nil && n == 0 {
			return true
		}
	}
	t.Fatal("nothing is sent any more")
	return false
}

// lettersLeft counts people that were invited and whose letter has not ended, or who
// are yet to be invited.
func lettersLeft(ctx context.Context, book string) (n int, err error) {
	db, err := sql.Open("sqlite", "file:"+book+"?_pragma=busy_timeout(10000)&_pragma=query_only(1)")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	err = db.QueryRowContext(ctx, "SELECT ? - COUNT(*) FROM job WHERE kind = 'letter' AND state IN ('done', 'failed')", manyMails).Scan(&n)
	return n, err
}

var userID = regexp.MustCompile(`^\d+`)

// verdict compares what the book says of each mail with what the server has.
func (s *mailServer) verdict(t *testing.T, book string, ordered []string) (held int, err error) {
	t.Helper()
	ctx := auth.With(t.Context(), auth.System("e2e"))
	db, err := store.Open(ctx, book)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	a := &app.App{DB: db, IDs: store.NewIDs(time.Now()), Now: time.Now}
	users, err := db.Read().Users(ctx)
	if err != nil {
		return 0, err
	}
	login := make(map[int64]string)
	for _, u := range users {
		login[u.ID] = u.Login
	}
	jobs, err := db.Read().EndedJobs(ctx, app.LetterJob, time.Time{})
	if err != nil {
		return 0, err
	}
	shown, err := a.HeldLetters(ctx)
	if err != nil {
		return 0, err
	}
	uncertain := make(map[string]bool)
	for _, h := range shown {
		uncertain[login[h.User]] = h.Uncertain
	}
	state := make(map[string]string)
	for _, j := range jobs {
		id, e := strconv.ParseInt(userID.FindString(j.Arg), 10, 64)
		err = errors.Join(err, e)
		state[login[id]] = j.State
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, to := range ordered {
		switch {
		case s.took[to] > 1:
			err = errors.Join(err, fmt.Errorf("%s has the mail %d times", to, s.took[to]))
		case state[to] == "done" && s.yes[to] == 0:
			err = errors.Join(err, fmt.Errorf("the mail to %s counts as sent without a 250", to))
		case state[to] != "done" && s.yes[to] > 0:
			err = errors.Join(err, fmt.Errorf("the mail to %s, which was taken with a 250, counts as %s", to, state[to]))
		case state[to] != "done" && !uncertain[to]:
			err = errors.Join(err, fmt.Errorf("the mail to %s ended as %q and is not shown as uncertain", to, state[to]))
		}
	}
	return len(shown), err
}
