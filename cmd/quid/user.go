package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/store"
	"quid/privacy"
)

// userCmd keeps who may come in, for whoever can open the book.
type userCmd struct {
	List    userListCmd    `cmd:"" help:"List everybody who may come in."`
	Add     userAddCmd     `cmd:"" help:"Write somebody down and print the link by which they choose a password."`
	Link    userLinkCmd    `cmd:"" help:"Print a new link for somebody: an invitation again, or a new password."`
	Suspend userSuspendCmd `cmd:"" help:"Let somebody not come in any more; their sessions and keys end."`
	Resume  userResumeCmd  `cmd:"" help:"Let somebody who was suspended come in again."`
	Second  userSecondCmd  `cmd:"" name:"drop-second" help:"Take somebody's second factor away."`
	Leave   userLeaveCmd   `cmd:"" help:"Note that somebody has left: their login and secrets go."`
	Export  userExportCmd  `cmd:"" help:"Write what the book holds about somebody who works with it as a ZIP."`
	Erase   userEraseCmd   `cmd:"" help:"Erase somebody who worked with the book, which stays whole. It can't be undone."`
}

// roleList are the roles as flags name them.
var roleList = func() string {
	var names []string
	for _, r := range auth.Roles {
		names = append(names, string(r))
	}
	return strings.Join(names, ",")
}()

type userListCmd struct {
	JSON bool `name:"json" help:"Print JSON, one person a line."`
}

// Run lists everybody.
func (c *userListCmd) Run(ctx context.Context, s *session) error {
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	users, err := b.DB.Read().Users(ctx)
	if err != nil {
		return err
	}
	keys, err := b.DB.Read().PasskeyOwners(ctx)
	if err != nil {
		return err
	}
	second := func(u store.User) bool { return u.Second() || slices.Contains(keys, u.ID) }
	if c.JSON {
		for _, u := range users {
			err := s.json(map[string]any{
				"id": strconv.FormatInt(u.ID, 10), "login": u.Login, "name": u.Name, "role": u.Role, "visibility": u.Visibility, "owner": u.Owner, "team": u.Crew, "second_factor": second(u), "state": userState(u),
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	return s.table(func(w io.Writer) {
		fmt.Fprintln(w, "login\tname\trole\tsees\towner\tsecond factor\tstate")
		for _, u := range users {
			asked := "no"
			if second(u) {
				asked = "yes"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", u.Login, u.Name, u.Role, u.Visibility, u.Owner, asked, userState(u))
		}
	})
}

func userState(u store.User) string {
	switch {
	case !u.Left.IsZero():
		return "left"
	case !u.Suspended.IsZero():
		return "suspended"
	case u.Password == "" && u.Subject == "":
		return "invited"
	default:
		return "active"
	}
}

type userAddCmd struct {
	Login    string `arg:"" help:"The mail address they come in with."`
	Name     string `name:"name" required:"" help:"Their name."`
	Role     string `name:"role" enum:"${roles}" default:"viewer" help:"One of ${enum} (default ${default})."`
	Sees     string `name:"sees" enum:",own,team,all" default:"" help:"Whose customers: own, team or all (default: as the role begins with)."`
	Owner    string `name:"owner" help:"Their name as the owner in customers' records."`
	Team     string `name:"team" help:"The team whose customers they see."`
	Password bool   `name:"password-stdin" help:"Read their password from the input instead of printing a link."`
	Public   string `name:"public-url" env:"QUID_PUBLIC_URL" default:"http://127.0.0.1:8080" help:"What the link begins with (${env}; default ${default})."`
}

// Run writes somebody down.
func (c *userAddCmd) Run(ctx context.Context, s *session) error {
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	password := ""
	if c.Password {
		if password, err = s.line(); err != nil {
			return err
		}
		if err := auth.CheckPassword(password, c.Name, c.Login); err != nil {
			return err
		}
	}
	u, secret, err := b.Invite(ctx, app.UserDraft{Login: c.Login, Name: c.Name, Role: auth.Role(c.Role), Visibility: auth.Visibility(c.Sees), Owner: c.Owner, Crew: c.Team})
	if err != nil {
		return err
	}
	if !c.Password {
		_, err = fmt.Fprintf(s.out, "%s/invite/%s\n", strings.TrimSuffix(c.Public, "/"), secret)
		return err
	}
	if _, err := b.ChoosePassword(ctx, secret, password); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s may come in as %s\n", u.Login, u.Role)
	return err
}

// line reads a line of the input: a password.
func (s *session) line() (string, error) {
	text, err := bufio.NewReader(s.in).ReadString('\n')
	if text = strings.TrimRight(text, "\r\n"); text == "" && err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return text, nil
}

// loginArg names somebody.
type loginArg struct {
	Login string `arg:"" help:"The mail address they come in with."`
}

// with does something about somebody who is named by their login.
func (c loginArg) with(ctx context.Context, s *session, fn func(*openBook, store.User) error) error {
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	u, err := b.DB.Read().UserByLogin(ctx, app.FoldLogin(c.Login))
	if errors.Is(err, fault.NotFound) {
		return fmt.Errorf("nobody is written down as %s; quid user list shows everybody", c.Login)
	}
	if err != nil {
		return err
	}
	return fn(b, u)
}

type userLinkCmd struct {
	loginArg
	Public string `name:"public-url" env:"QUID_PUBLIC_URL" default:"http://127.0.0.1:8080" help:"What the link begins with (${env}; default ${default})."`
}

// Run prints a new link.
func (c *userLinkCmd) Run(ctx context.Context, s *session) error {
	return c.with(ctx, s, func(b *openBook, u store.User) error {
		secret, err := b.LetIn(ctx, u.ID)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "%s/invite/%s\n", strings.TrimSuffix(c.Public, "/"), secret)
		return err
	})
}

type (
	userSuspendCmd struct{ loginArg }
	userResumeCmd  struct{ loginArg }
	userSecondCmd  struct{ loginArg }
	userLeaveCmd   struct{ loginArg }
)

// Run suspends somebody.
func (c *userSuspendCmd) Run(ctx context.Context, s *session) error {
	return c.with(ctx, s, func(b *openBook, u store.User) error { return b.SuspendUser(ctx, u.ID, true) })
}

// Run lets somebody in again.
func (c *userResumeCmd) Run(ctx context.Context, s *session) error {
	return c.with(ctx, s, func(b *openBook, u store.User) error { return b.SuspendUser(ctx, u.ID, false) })
}

// Run takes a second factor away.
func (c *userSecondCmd) Run(ctx context.Context, s *session) error {
	return c.with(ctx, s, func(b *openBook, u store.User) error { return b.ResetSecond(ctx, u.ID) })
}

// Run notes that somebody has left.
func (c *userLeaveCmd) Run(ctx context.Context, s *session) error {
	return c.with(ctx, s, func(b *openBook, u store.User) error { return b.LeaveUser(ctx, u.ID) })
}

type userExportCmd struct {
	loginArg
	Out  string `name:"out" short:"o" type:"path" required:"" placeholder:"FILE" help:"The file."`
	Lang string `name:"lang" enum:"de,en" default:"en" help:"The language of its page: de or en (default ${default})."`
}

// Run writes the file; one that could not be written whole is taken away.
func (c *userExportCmd) Run(ctx context.Context, s *session) error {
	return c.with(ctx, s, func(b *openBook, u store.User) error {
		f, err := os.Create(c.Out)
		if err != nil {
			return fmt.Errorf("export user: %w", err)
		}
		if err := errors.Join(b.ExportUser(ctx, f, u.ID, c.Lang), f.Close()); err != nil {
			return errors.Join(err, os.Remove(c.Out))
		}
		return nil
	})
}

type userEraseCmd struct {
	loginArg
	Reason string `name:"reason" enum:"asked,purpose,withdrawn,objected,unlawful,retention" default:"asked" help:"Why: ${enum}."`
	Yes    bool   `name:"yes" help:"Erase; without it nothing is done."`
}

// Run erases somebody and rewrites the database.
func (c *userEraseCmd) Run(ctx context.Context, s *session) error {
	return c.with(ctx, s, func(b *openBook, u store.User) error {
		if !c.Yes {
			_, err := fmt.Fprintf(s.out, "%s (%s) would become %s; --yes erases, for good\n", u.Name, u.Login, privacy.PseudonymOfUser(u.ID))
			return err
		}
		if err := b.EraseUser(ctx, u.ID, c.Reason); err != nil {
			return err
		}
		if err := b.CleanErased(ctx); err != nil {
			return err
		}
		_, err := fmt.Fprintf(s.out, "erased: %s\n", privacy.PseudonymOfUser(u.ID))
		return err
	})
}

// keyCmd keeps the keys of programs.
type keyCmd struct {
	List   keyListCmd   `cmd:"" help:"List the keys."`
	Add    keyAddCmd    `cmd:"" help:"Make a key and print its secret, once."`
	Revoke keyRevokeCmd `cmd:"" help:"Take a key back."`
}

type keyListCmd struct {
	JSON bool `name:"json" help:"Print JSON, one key a line."`
}

// Run lists the keys.
func (c *keyListCmd) Run(ctx context.Context, s *session) error {
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	keys, err := b.DB.Read().APIKeys(ctx)
	if err != nil {
		return err
	}
	state := func(k store.APIKey) string {
		switch {
		case !k.Revoked.IsZero():
			return "taken back"
		case k.Ends < day.At(s.now()):
			return "ended"
		default:
			return "active"
		}
	}
	if c.JSON {
		for _, k := range keys {
			err := s.json(map[string]any{"id": strconv.FormatInt(k.ID, 10), "name": k.Name, "role": k.Role, "scope": k.Scope, "owner": k.Owner, "ends": k.Ends.String(), "state": state(k)})
			if err != nil {
				return err
			}
		}
		return nil
	}
	return s.table(func(w io.Writer) {
		fmt.Fprintln(w, "id\tname\trole\tscope\towner\tlast day\tstate")
		for _, k := range keys {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Name, k.Role, k.Scope, k.Owner, k.Ends, state(k))
		}
	})
}

type keyAddCmd struct {
	Name  string `arg:"" help:"Which program it is for."`
	Role  string `name:"role" enum:"${roles}" default:"viewer" help:"One of ${enum} (default ${default})."`
	Scope string `name:"scope" enum:"read,write" default:"read" help:"Whether the program only reads: read or write (default ${default})."`
	Owner string `name:"owner" help:"Only the customers of this owner."`
	Ends  string `name:"ends" placeholder:"DAY" help:"Its last day (default: in a year)."`
}

// Run makes a key.
func (c *keyAddCmd) Run(ctx context.Context, s *session) error {
	ends := day.At(s.now()).AddMonths(12)
	if c.Ends != "" {
		var err error
		if ends, err = day.Parse(c.Ends); err != nil {
			return usageError{fmt.Errorf("--ends %s: write a day such as 2027-12-31", c.Ends)}
		}
	}
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	_, secret, err := b.MakeKey(ctx, app.KeyDraft{Name: c.Name, Role: auth.Role(c.Role), Scope: c.Scope, Owner: c.Owner, Ends: ends})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, secret)
	return err
}

type keyRevokeCmd struct {
	ID int64 `arg:"" help:"The key's id, as quid key list shows it."`
}

// Run takes a key back.
func (c *keyRevokeCmd) Run(ctx context.Context, s *session) error {
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	if err := b.RevokeKey(ctx, c.ID); errors.Is(err, fault.NotFound) {
		return fmt.Errorf("no key %d is there that could be taken back", c.ID)
	} else if err != nil {
		return err
	}
	return nil
}
