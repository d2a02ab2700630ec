package payments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// moneyAttempts lets a job about money try for days: with the queue's pauses of
// three hours at most, the last of them comes five to six days after the first.
// The provider repeats a refund by its key for seven.
var moneyAttempts = collections.Attempts(50)

// giveUpRefund hands a refund that could not be finished back to the people, who
// hear of it. The provider may have made it all the same; so whoever decides anew
// asks it first.
func (p *plugin) giveUpRefund(app core.App, raw json.RawMessage, cause error) error {
	x, err := refundOf(app, raw)
	if x == nil || err != nil {
		return err
	}
	return p.reopen(x, fmt.Errorf("given up after %d attempts: %w", collections.JobAttempts(app, jobRefund, 0), cause))
}

// undecided keeps a dead refund job while its money waits for a decision.
func undecided(app core.App, raw json.RawMessage) (bool, error) {
	x, err := refundOf(app, raw)
	return x != nil && (x.state() == collections.ExceptionOpen || x.state() == collections.ExceptionRefunding), err
}

// refundOf is the decision that a refund job is about; nil if it is gone.
func refundOf(app core.App, raw json.RawMessage) (*exception, error) {
	args := refundMoney{}
	if err := json.Unmarshal(raw, &args); err != nil {
		return nil, fmt.Errorf("payments: refund: read arguments: %w", err)
	}
	x, err := findException(app, args.Exception)
	if isNotFound(err) {
		return nil, nil
	}
	return x, err
}

// giveUpVerify tells the admins of a statement that nobody could check.
func (p *plugin) giveUpVerify(app core.App, raw json.RawMessage, cause error) error {
	args := verifyOrder{}
	if err := json.Unmarshal(raw, &args); err != nil {
		return fmt.Errorf("payments: verify: read arguments: %w", err)
	}
	return app.RunInTransaction(func(txApp core.App) error {
		return collections.NotifyAdmins(txApp, collections.Notice{
			Type:  collections.NoticePayment,
			Title: collections.Text{ID: "Pernyataan pembayaran tidak bisa diperiksa", EN: "A statement about a payment could not be checked"},
			Message: collections.Text{
				ID: "Order " + args.OrderID + ", “" + string(args.Claimed) + "”: " + p.gateway.Provider().Title + " tidak menjawab berhari-hari. Periksa di dasbornya.",
				EN: "Order " + args.OrderID + ", “" + string(args.Claimed) + "”: " + p.gateway.Provider().Title + " has not answered for days. Look it up in its dashboard.",
			},
			Payload:  map[string]any{collections.PayloadOrder: args.OrderID},
			Priority: collections.PriorityHigh,
		})
	})
}

// errNoJob is why a refund on its way is handed back that nothing carries out, as
// one that died before jobs gave up aloud.
var errNoJob = errors.New("no job carries it out any more")

// reopenStranded hands back the refunds that no job carries out.
func (p *plugin) reopenStranded(_ context.Context, app core.App) error {
	list, err := refunding(app)
	if err != nil {
		return err
	}
	for _, x := range list {
		n, err := app.CountRecords(collections.Jobs, dbx.HashExp{
			"kind": jobRefund, collections.ColumnState: []any{collections.JobQueued, collections.JobRunning},
		}, dbx.Like("args", x.Id))
		if err != nil {
			return fmt.Errorf("payments: look up job of refund %s: %w", x.Id, err)
		}
		if n > 0 {
			continue
		}
		if err := p.reopen(x, errNoJob); err != nil {
			return err
		}
	}
	return nil
}

// refunding are the refunds on their way, the oldest decision first.
func refunding(app core.App) ([]*exception, error) {
	list := []*exception{}
	err := app.RecordQuery(collections.MoneyExceptions).
		AndWhere(dbx.HashExp{collections.ColumnState: collections.ExceptionRefunding}).OrderBy("decided_at ASC", "id ASC").All(&list)
	if err != nil {
		return nil, fmt.Errorf("payments: find refunds on their way: %w", err)
	}
	return list, nil
}
