package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// pause is how long nobody knocks at a mail server that does not answer.
const pause = 30 * time.Second

// gate keeps a mail server that is down from holding every worker of the queue,
// which also looks after payments: while it is down one mail at a time finds out
// whether it is back, and the others fail at once and try later.
type gate struct {
	mu    sync.Mutex
	until time.Time
	cause error // nil: the server was last seen alive
}

// enter returns an error while the server is taken to be down. Whoever it lets
// pass then is the only one until leave.
func (g *gate) enter(now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.cause == nil {
		return nil
	}
	if now.Before(g.until) {
		return fmt.Errorf("mail: the server did not answer a moment ago: %w", g.cause)
	}
	g.until = now.Add(sendTimeout + dialTimeout)
	return nil
}

// leave notes how it went. It reports whether the server is back after it was
// down. A server that answers, be it with a refusal, is alive.
func (g *gate) leave(now time.Time, err error) (back bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if unreachable(err) {
		g.cause, g.until = err, now.Add(pause)
		return false
	}
	back = g.cause != nil
	g.cause = nil
	return back
}

// unreachable tells a server that is gone from one that refuses a mail.
func unreachable(err error) bool {
	var network net.Error
	return err != nil && (errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded))
}

// hurry makes the mails that wait for their next attempt due: the server is
// back, and their pauses may be hours by now.
func (p *plugin) hurry(app core.App) {
	now := collections.DateTime(collections.Now(app)).String()
	_, err := app.NonconcurrentDB().NewQuery(hurryMails).Bind(dbx.Params{
		"now": now, "notification": collections.JobNotificationMail, "farewell": collections.JobFarewellMail, "account": jobAccountMail,
	}).Execute()
	if err != nil { // they come in their own time
		app.Logger().Warn("mail: hurry the waiting mails", "error", err)
	}
}
