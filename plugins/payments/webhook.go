package payments

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/internal/rest"
	"jasaweb/plugins/internal/text"
	"jasaweb/plugins/payments/gateway"
)

// outcomeOrphan is a valid notification about an order that we do not know.
const outcomeOrphan paystate.Outcome = "orphan"

// outcomeTrial is a notification about no payment, which leaves no trace but
// the counter.
const outcomeTrial paystate.Outcome = "trial"

// What the columns of notifications and exceptions hold, in characters.
const (
	maxBody    = 70_000
	maxOrderID = 50
)

// webhook hears one notification. The answer decides whether and how often the
// provider repeats it; 503 does most, so every trouble of ours is a 503. Who
// sends it is proven by the gateway alone, never by the address.
func (p *plugin) webhook(e *core.RequestEvent) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = unavailable(fmt.Errorf("payments: webhook: panic: %v", r))
		}
	}()
	if !p.gateway.Ready() {
		return unavailable(errors.New("payments: webhook: the gateway has no key"))
	}
	body, err := io.ReadAll(io.LimitReader(e.Request.Body, rest.DefaultMaxBody+1))
	if err != nil || len(body) > rest.DefaultMaxBody {
		return malformed(errors.Join(gateway.ErrMalformed, err))
	}
	n, err := p.gateway.Hear(body)
	if errors.Is(err, gateway.ErrSignature) {
		p.badSignatures.Add(1)
		return &collections.Error{Code: "signature_mismatch", Reason: collections.ReasonUnauthenticated, Text: collections.Text{
			ID: "Tanda tangan tidak cocok.", EN: "The signature does not match.",
		}}
	}
	if errors.Is(err, gateway.ErrTrial) {
		if !errors.Is(err, gateway.ErrMalformed) { // anybody can send one without a signature
			p.stats.heard(outcomeTrial)
		}
		return e.JSON(http.StatusOK, map[string]any{})
	}
	if errors.Is(err, gateway.ErrUnreadable) {
		if err := p.keepUnreadable(e, body, n, err); err != nil {
			return unavailable(fmt.Errorf("payments: webhook: %w", err))
		}
		return e.JSON(http.StatusOK, map[string]any{})
	}
	if err != nil {
		return malformed(err)
	}
	if err := p.hear(e, body, n); err != nil {
		return unavailable(fmt.Errorf("payments: webhook: %w", err))
	}
	return e.JSON(http.StatusOK, map[string]any{})
}

// hear stores and applies a genuine notification in one transaction.
func (p *plugin) hear(e *core.RequestEvent, body []byte, n *gateway.Notification) error {
	var outcome paystate.Outcome
	err := p.bookOrKeep(n.Transaction, func(txApp core.App) error {
		inbox, err := receive(txApp, e.RealIP(), body, n)
		if err != nil {
			return err
		}
		var attempt *collections.PaymentAttempt
		outcome, attempt, err = p.apply(txApp, n.Transaction)
		if errors.Is(err, errUnknownOrder) {
			outcome, err = orphan(txApp, n.Transaction)
		}
		if err != nil {
			return err
		}
		return saveReceived(txApp, inbox, attempt, outcome)
	})
	if errors.Is(err, errUnbooked) {
		outcome = outcomeUnbooked
		err = p.app.RunInTransaction(func(txApp core.App) error { return receiveUnbooked(txApp, e, body, n) })
	}
	if err == nil {
		p.stats.heard(outcome)
	}
	return err
}

func receiveUnbooked(txApp core.App, e *core.RequestEvent, body []byte, n *gateway.Notification) error {
	inbox, err := receive(txApp, e.RealIP(), body, n)
	if err != nil {
		return err
	}
	return saveReceived(txApp, inbox, nil, outcomeUnbooked)
}

// keepUnreadable makes a finding of a genuine notification at which the program
// breaks; repeated, it would break again.
func (p *plugin) keepUnreadable(e *core.RequestEvent, body []byte, n *gateway.Notification, cause error) error {
	p.app.Logger().Error("payments: a notification cannot be read", "order_id", n.Transaction.OrderID, "error", cause)
	err := p.app.RunInTransaction(func(txApp core.App) error {
		if err := keep(txApp, n.Transaction, cause); err != nil {
			return err
		}
		return receiveUnbooked(txApp, e, body, n)
	})
	if err == nil {
		p.stats.heard(outcomeUnbooked)
	}
	return err
}

func saveReceived(txApp core.App, inbox *core.Record, attempt *collections.PaymentAttempt, outcome paystate.Outcome) error {
	if attempt != nil {
		inbox.Set("attempt", attempt.Id)
	}
	if inbox.GetString("outcome") == "" { // a repeated body keeps what it did the first time
		inbox.Set("outcome", string(outcome))
	}
	if err := txApp.Save(inbox); err != nil {
		return fmt.Errorf("save notification: %w", err)
	}
	return nil
}

// receive stores the notification, or counts another delivery of the same body.
func receive(txApp core.App, ip string, body []byte, n *gateway.Notification) (*core.Record, error) {
	sum := sha256.Sum256(body)
	sha := hex.EncodeToString(sum[:])
	known, err := txApp.FindAllRecords(collections.WebhookInbox, dbx.HashExp{"body_sha256": sha})
	if err != nil {
		return nil, fmt.Errorf("look up inbox: %w", err)
	}
	if len(known) > 0 {
		if _, err := txApp.NonconcurrentDB().NewQuery(raiseDeliveries).Bind(dbx.Params{"id": known[0].Id}).Execute(); err != nil {
			return nil, fmt.Errorf("count delivery: %w", err)
		}
		return txApp.FindRecordById(collections.WebhookInbox, known[0].Id)
	}
	c, err := txApp.FindCachedCollectionByNameOrId(collections.WebhookInbox)
	if err != nil {
		return nil, fmt.Errorf("find inbox: %w", err)
	}
	record := core.NewRecord(c)
	record.Load(map[string]any{
		"received_at": collections.DateTime(collections.Now(txApp)), "ip": ip, "body_sha256": sha,
		"body_redacted": text.Clip(n.Transaction.Statement, maxBody), "order_id": text.Clip(n.Transaction.OrderID, maxOrderID), "txn_id": n.Transaction.Notice.TxnID,
		"tstatus": n.Status, "code": n.Transaction.Notice.Code, "gross": n.Gross,
		"sig_ok": true, "key_id": n.Key, "deliveries": 1,
	})
	return record, nil
}

// orphan raises an exception for money of an order that we do not know, say
// from before a backup was restored. The code is signed, the status is not.
func orphan(txApp core.App, t *gateway.Transaction) (paystate.Outcome, error) {
	if foreign, err := isForeign(txApp, t.OrderID, t.Notice.TxnID); foreign || err != nil {
		return outcomeForeign, err
	}
	if t.Notice.Code != "200" {
		return outcomeOrphan, nil
	}
	if t.Notice.Status.Rank() > paystate.Settlement.Rank() { // decided about already, it may have gone back
		if err := enqueueVerify(txApp, t.OrderID, t.Notice.Status); err != nil {
			return outcomeOrphan, err
		}
	}
	return outcomeOrphan, raise(txApp, collections.MoneyException{
		Kind: string(paystate.OrphanMoney), Amount: t.Notice.Gross, OrderID: t.OrderID, TxnID: t.Notice.TxnID,
		Detail: "unknown order", Key: "orphan:" + t.OrderID,
	})
}

// webhookAnyMethod is the webhook where the route table does not reach.
func (p *plugin) webhookAnyMethod(e *core.RequestEvent) error {
	if e.Request.Method != http.MethodPost {
		e.Response.Header().Set("Allow", http.MethodPost)
		return rest.Error(e, &collections.Error{Code: "method_not_allowed", Reason: collections.ReasonUnsupported, Text: collections.Text{
			ID: "Hanya POST yang diterima di sini.", EN: "Only POST is accepted here.",
		}})
	}
	return rest.Error(e, p.webhook(e))
}

func malformed(cause error) error {
	return &collections.Error{Code: "malformed_notification", Reason: collections.ReasonInvalid, Err: cause, Text: collections.Text{
		ID: "Isi notifikasi tidak dapat dibaca.", EN: "The notification cannot be read.",
	}}
}

func unavailable(cause error) error {
	return &collections.Error{Code: "unavailable", Reason: collections.ReasonUnavailable, Err: cause, Text: collections.Text{
		ID: "Belum bisa diproses. Coba lagi nanti.", EN: "This cannot be processed yet. Try again later.",
	}}
}
