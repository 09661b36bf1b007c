package serve

import (
	"context"
	"sync"
	"time"

	"quid/internal/app"
	"quid/internal/capture"
	"quid/internal/mailbox"
)

// lookAtMail is the job that reads the mailbox of quick entry. A server that does
// not answer is no reason to give up: the next look comes all the same. What the
// mails say is never logged.
func lookAtMail(ctx context.Context, a *app.App, c mailbox.Config) error {
	words := sync.OnceValues(func() (*capture.Book, error) { return app.CaptureBook(ctx, a.DB.Read()) })
	taken, waiting := 0, 0
	err := c.Fetch(ctx, func(m mailbox.Mail) error {
		state, err := a.TakeMail(ctx, app.MailDraft{Key: m.Key, Sender: m.Sender, Line: m.Line, Received: m.Received, Held: m.Held}, words)
		taken++
		if state.Waits() {
			waiting++
		}
		return err
	})
	if err != nil && ctx.Err() == nil {
		a.Log.WarnContext(ctx, "the mailbox of quick entry could not be read", "err", err)
	}
	if taken > 0 {
		a.Log.InfoContext(ctx, "mails of quick entry were taken in", "mails", taken, "waiting", waiting)
	}
	every := c.Every
	if every < time.Minute {
		every = 5 * time.Minute
	}
	return a.MailLooked(ctx, every)
}
