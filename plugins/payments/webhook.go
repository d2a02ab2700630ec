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
)

// outcomeOrphan is a valid notification about an order that we do not know.
const outcomeOrphan paystate.Outcome = "orphan"

// webhook hears one notification. The answer decides whether Midtrans repeats
// it: 503 is repeated four times, 500 once, so every trouble of ours is a 503.
// Who sends it is proven by the signature alone.
func (p *plugin) webhook(e *core.RequestEvent) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = unavailable(fmt.Errorf("midtrans: webhook: panic: %v", r))
		}
	}()
	if len(p.keys) == 0 {
		return unavailable(errors.New("midtrans: webhook: no server key"))
	}
	body, err := io.ReadAll(io.LimitReader(e.Request.Body, rest.DefaultMaxBody+1))
	if err != nil || len(body) > rest.DefaultMaxBody {
		return malformed(errors.Join(errMalformed, err))
	}
	s, err := parseNotification(body)
	if err != nil {
		return malformed(err)
	}
	key, ok := p.keys.Verify(string(s.OrderID), string(s.StatusCode), string(s.GrossAmount), string(s.SignatureKey))
	if !ok {
		p.badSignatures.Add(1)
		return &collections.Error{Code: "signature_mismatch", Status: http.StatusUnauthorized, Text: collections.Text{
			ID: "Tanda tangan tidak cocok.", EN: "The signature does not match.",
		}}
	}
	if err := p.hear(e, body, s, key); err != nil {
		return unavailable(fmt.Errorf("midtrans: webhook: %w", err))
	}
	return e.JSON(http.StatusOK, map[string]any{})
}

// hear stores and applies a genuine notification in one transaction.
func (p *plugin) hear(e *core.RequestEvent, body []byte, s *statement, key string) error {
	var outcome paystate.Outcome
	err := p.app.RunInTransaction(func(txApp core.App) error {
		inbox, err := receive(txApp, e.RealIP(), body, s, key)
		if err != nil {
			return err
		}
		t := s.transaction(p.config.MerchantID)
		t.Notice = s.notice(p.config.MerchantID, false)
		var attempt *collections.PaymentAttempt
		outcome, attempt, err = p.apply(txApp, t)
		if isNotFound(err) {
			outcome, err = outcomeOrphan, orphan(txApp, t)
		}
		if err != nil {
			return err
		}
		if attempt != nil {
			inbox.Set("attempt", attempt.Id)
		}
		if inbox.GetString("outcome") == "" { // a repeated body keeps what it did the first time
			inbox.Set("outcome", string(outcome))
		}
		return txApp.Save(inbox)
	})
	if err == nil {
		p.stats.heard(outcome)
	}
	return err
}

// receive stores the notification, or counts another delivery of the same body.
func receive(txApp core.App, ip string, body []byte, s *statement, key string) (*core.Record, error) {
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
		"body_redacted": redact(body), "order_id": string(s.OrderID), "txn_id": string(s.TransactionID),
		"tstatus": string(s.TransactionStatus), "code": string(s.StatusCode), "gross": string(s.GrossAmount),
		"sig_ok": true, "key_id": key, "deliveries": 1,
	})
	return record, nil
}

// orphan raises an exception for money of an order that we do not know, say
// from before a backup was restored. The code is signed, the status is not.
func orphan(txApp core.App, t *Transaction) error {
	if t.Notice.Code != "200" {
		return nil
	}
	if t.Notice.Status.Rank() > paystate.Settlement.Rank() { // decided about already, it may have gone back
		if err := enqueueVerify(txApp, t.OrderID, t.Notice.Status); err != nil {
			return err
		}
	}
	return raise(txApp, collections.MoneyException{
		Kind: string(paystate.OrphanMoney), Amount: t.Notice.Gross, OrderID: t.OrderID, TxnID: t.Notice.TxnID,
		Detail: "unknown order", Key: "orphan:" + t.OrderID,
	})
}

// webhookAnyMethod is the webhook where the route table does not reach.
func (p *plugin) webhookAnyMethod(e *core.RequestEvent) error {
	if e.Request.Method != http.MethodPost {
		e.Response.Header().Set("Allow", http.MethodPost)
		return rest.Error(e, &collections.Error{Code: "method_not_allowed", Status: http.StatusMethodNotAllowed, Text: collections.Text{
			ID: "Hanya POST yang diterima di sini.", EN: "Only POST is accepted here.",
		}})
	}
	return rest.Error(e, p.webhook(e))
}

func malformed(cause error) error {
	return &collections.Error{Code: "malformed_notification", Status: http.StatusBadRequest, Err: cause, Text: collections.Text{
		ID: "Isi notifikasi tidak dapat dibaca.", EN: "The notification cannot be read.",
	}}
}

func unavailable(cause error) error {
	return &collections.Error{Code: "unavailable", Status: http.StatusServiceUnavailable, Err: cause, Text: collections.Text{
		ID: "Belum bisa diproses. Coba lagi nanti.", EN: "This cannot be processed yet. Try again later.",
	}}
}
