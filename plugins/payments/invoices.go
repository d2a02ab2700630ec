package payments

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/payments/gateway"
)

// cancelTimeout bounds the wait of an admin for the provider.
const cancelTimeout = 15 * time.Second

// owedOn is what an invoice still lacks, in rupiah.
func owedOn(app core.App, invoice *collections.Invoice) (int64, error) {
	applied, err := collections.Applied(app, invoice.Id)
	return max(invoice.Amount()-applied, 0), err
}

// coverInvoice follows money that was just used for the invoice: when nothing
// is missing any more it is paid, else its open QR code asks for too much.
func coverInvoice(txApp core.App, e *core.RequestEvent, invoice *collections.Invoice, missing int64) error {
	if missing > 0 {
		attempts, err := openAttempts(txApp, invoice.Id)
		for _, a := range attempts {
			err = errors.Join(err, collections.Enqueue(txApp, collections.JobCancelCharge, collections.CancelCharge{Attempt: a.Id}))
		}
		return err
	}
	invoice.MarkPaid(collections.DateTime(collections.Now(txApp)))
	collections.SetActor(invoice.Record, collections.RequestActor(e))
	if err := txApp.Save(invoice); err != nil {
		return fmt.Errorf("payments: mark invoice %s paid: %w", invoice.Number(), err)
	}
	return nil
}

func openAttempts(app core.App, invoiceID string) ([]*collections.PaymentAttempt, error) {
	list := []*collections.PaymentAttempt{}
	err := app.RecordQuery(collections.PaymentAttempts).AndWhere(dbx.HashExp{
		"invoice": invoiceID, "status": collections.OpenAttempt,
	}).All(&list)
	if err != nil {
		return nil, fmt.Errorf("payments: find open charges of invoice %s: %w", invoiceID, err)
	}
	return list, nil
}

type cancelInput struct {
	ID   string `path:"id" maxLength:"50"`
	Body struct {
		Reason string `json:"reason" minLength:"3" maxLength:"1000"`
	}
}

// cancelInvoice takes an invoice back. Its charge is closed at the provider
// first: a code that can still be paid must not outlive its invoice.
func (p *plugin) cancelInvoice(e *core.RequestEvent, in *cancelInput) (*adminInvoice, error) {
	reason, err := reasonOf(in.Body.Reason)
	if err != nil {
		return nil, err
	}
	if err := checkCancellable(e.App, in.ID); err != nil {
		return nil, err
	}
	if err := p.closeCharges(e.Request.Context(), in.ID); err != nil {
		return nil, err
	}
	var invoice *collections.Invoice
	err = e.App.RunInTransaction(func(txApp core.App) (err error) {
		if err := holdInvoice(txApp, in.ID); err != nil {
			return err
		}
		if err := checkCancellable(txApp, in.ID); err != nil {
			return err
		}
		open, err := openAttempts(txApp, in.ID)
		if err != nil {
			return err
		}
		if len(open) > 0 { // the client pressed "pay" meanwhile
			return collections.ErrStale
		}
		if invoice, err = collections.FindInvoice(txApp, in.ID); err != nil {
			return err
		}
		invoice.Cancel()
		invoice.Set("cancel_reason", reason)
		collections.SetActor(invoice.Record, collections.RequestActor(e))
		if err := txApp.Save(invoice); err != nil {
			return fmt.Errorf("payments: cancel invoice %s: %w", invoice.Number(), err)
		}
		return announceCancel(txApp, invoice, reason)
	})
	if err != nil {
		return nil, err
	}
	view := toAdminInvoice(invoice)
	return &view, nil
}

func checkCancellable(app core.App, id string) error {
	invoice, err := collections.FindInvoice(app, id)
	if err != nil {
		return err
	}
	if err := checkPayable(invoice); err != nil {
		return err
	}
	rows, err := refundable(app, id)
	for _, row := range rows {
		if row.kept() > 0 {
			return collections.Refuse("invoice_has_money", "status", collections.Text{
				ID: "Sebagian tagihan ini sudah dibayar. Kembalikan uangnya dulu.",
				EN: "A part of this invoice is paid. Give the money back first.",
			})
		}
	}
	return err
}

// closeCharges closes the open charges and refuses when one is paid already.
func (p *plugin) closeCharges(ctx context.Context, invoiceID string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelTimeout)
	defer cancel()
	open, err := openAttempts(p.app, invoiceID)
	if err != nil {
		return err
	}
	for _, a := range open {
		if err := p.close(ctx, a); err != nil {
			return clientError(err)
		}
		if a, err = collections.FindAttempt(p.app, a.Id); err != nil {
			return err
		}
		switch status := paystate.Status(a.Status()); {
		case status.Received():
			return collections.Refuse("charge_paid", "status", collections.Text{
				ID: "Terlambat: kode QR tagihan ini sudah dibayar.", EN: "Too late: the QR code of this invoice has been paid.",
			})
		case status.Open():
			return clientError(fmt.Errorf("payments: order %s stays open: %w", a.OrderID(), gateway.ErrRetryable))
		}
	}
	return nil
}

func announceCancel(txApp core.App, invoice *collections.Invoice, reason string) error {
	client, err := collections.FindUser(txApp, invoice.Owner())
	if err != nil {
		return fmt.Errorf("payments: find client of invoice %s: %w", invoice.Number(), err)
	}
	return collections.Notify(txApp, client, collections.Notice{
		Type:  collections.NoticePayment,
		Title: collections.Text{ID: "Tagihan " + invoice.Number() + " dibatalkan", EN: "Invoice " + invoice.Number() + " was cancelled"},
		Message: collections.Text{
			ID: "Tagihan ini tidak perlu dibayar lagi.\n\nAlasan: " + reason,
			EN: "This invoice need not be paid any more.\n\nReason: " + reason,
		},
		Payload:  map[string]any{"invoice": invoice.Id, "project": invoice.ProjectID()},
		Priority: collections.PriorityMedium,
	})
}

// paidBy is what one payment did for an invoice, in rupiah.
type paidBy struct {
	Txn      string `db:"txn"`
	Attempt  string `db:"attempt"`
	Applied  int64  `db:"applied"`
	Refunded int64  `db:"refunded"`
	Excess   int64  `db:"excess"`
}

// kept is what of it still pays the invoice.
func (b paidBy) kept() int64 { return b.Applied - max(b.Refunded-max(b.Excess, 0), 0) }

func refundable(app core.App, invoiceID string) ([]paidBy, error) {
	rows := []paidBy{}
	if err := app.DB().NewQuery(moneyOfInvoice).Bind(dbx.Params{"invoice": invoiceID}).All(&rows); err != nil {
		return nil, fmt.Errorf("payments: payments of invoice %s: %w", invoiceID, err)
	}
	return rows, nil
}

type refundInvoiceInput struct {
	ID             string `path:"id" maxLength:"50"`
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"100" doc:"The same key asks for the same refund, once"`
	Body           struct {
		Amount    int64  `json:"amount" minimum:"1" maximum:"9999999999" doc:"Rupiah"`
		Reason    string `json:"reason" minLength:"3" maxLength:"1000"`
		Reference string `json:"reference,omitempty" maxLength:"100" doc:"The bank's reference, if the money went back by transfer and not through the provider"`
	}
}

type refundInvoiceOutput struct {
	Invoice adminInvoice  `json:"invoice"`
	Refund  exceptionView `json:"refund"`
}

// refundInvoice gives back money that pays an invoice. The invoice stays paid;
// its refund_state tells.
func (p *plugin) refundInvoice(e *core.RequestEvent, in *refundInvoiceInput) (*refundInvoiceOutput, error) {
	reason, err := reasonOf(in.Body.Reason)
	if err != nil {
		return nil, err
	}
	back, err := newReturn(in.Body.Reference)
	if err != nil {
		return nil, err
	}
	in.Body.Reason = reason
	var x *exception
	err = e.App.RunInTransaction(func(txApp core.App) (err error) {
		if err := holdInvoice(txApp, in.ID); err != nil {
			return err
		}
		x, err = startRefund(txApp, e, in, back)
		return err
	})
	if err != nil {
		return nil, err
	}
	invoice, err := collections.FindInvoice(e.App, in.ID)
	if err != nil {
		return nil, err
	}
	view, err := viewOf(e.App, x)
	return &refundInvoiceOutput{Invoice: toAdminInvoice(invoice), Refund: view}, err
}

func startRefund(txApp core.App, e *core.RequestEvent, in *refundInvoiceInput, back moneyReturn) (*exception, error) {
	invoice, err := collections.FindInvoice(txApp, in.ID)
	if err != nil {
		return nil, err
	}
	key := "wish:" + invoice.Id + ":" + core.GenerateDefaultRandomId()
	if in.IdempotencyKey != "" {
		key = "wish:" + invoice.Id + ":" + in.IdempotencyKey
		if known, err := findByKey(txApp, key); err == nil && known.amount() == in.Body.Amount {
			return known, nil
		} else if err == nil {
			return nil, errRefundRunning
		} else if !isNotFound(err) {
			return nil, err
		}
	}
	if err := checkNoRefund(txApp, invoice.Id); err != nil {
		return nil, err
	}
	from, err := chooseMoney(txApp, invoice.Id, in.Body.Amount, back)
	if err != nil {
		return nil, err
	}
	wish := collections.MoneyException{
		Kind: kindRefund, Invoice: invoice.Id, Attempt: from.Attempt, Amount: in.Body.Amount, TxnID: from.Txn,
		Detail: "invoice " + invoice.Number(), Key: key,
	}
	if from.Attempt != "" {
		if wish.OrderID, err = checkAttempt(txApp, from, in.Body.Amount, back); err != nil {
			return nil, err
		}
	}
	if _, err := collections.Raise(txApp, wish); err != nil {
		return nil, err
	}
	x, err := findByKey(txApp, key)
	if err != nil {
		return nil, err
	}
	x.decide(e, collections.ExceptionRefunding, in.Body.Reason)
	return x, back.start(txApp, x)
}

// checkAttempt returns the order that the money came through, unless its
// acquirer would not give it back.
func checkAttempt(txApp core.App, from paidBy, amount int64, back moneyReturn) (string, error) {
	attempt, err := collections.FindAttempt(txApp, from.Attempt)
	if err != nil {
		return "", err
	}
	if back.byTransfer() {
		return attempt.OrderID(), nil
	}
	m, err := moneyOf(txApp, from.Txn)
	if err != nil {
		return "", err
	}
	return attempt.OrderID(), attemptTerms(attempt).check(collections.Now(txApp), amount, m.Paid)
}

var errRefundRunning = collections.Refuse("refund_running", "refund", collections.Text{
	ID: "Pengembalian lain untuk tagihan ini sedang berjalan.", EN: "Another refund of this invoice is under way.",
})

// checkNoRefund lets one refund of an invoice run at a time: what it takes is
// in the ledger only when the provider has confirmed it.
func checkNoRefund(txApp core.App, invoiceID string) error {
	n, err := txApp.CountRecords(collections.MoneyExceptions, dbx.HashExp{
		"invoice": invoiceID, "kind": kindRefund, "state": []any{collections.ExceptionOpen, collections.ExceptionRefunding},
	})
	if err != nil {
		return fmt.Errorf("payments: look up refunds of invoice %s: %w", invoiceID, err)
	}
	if n > 0 {
		return errRefundRunning
	}
	return nil
}

// chooseMoney finds the payment that the amount can be taken from.
func chooseMoney(txApp core.App, invoiceID string, amount int64, back moneyReturn) (paidBy, error) {
	rows, err := refundable(txApp, invoiceID)
	if err != nil {
		return paidBy{}, err
	}
	byTransferOnly := false
	for _, row := range rows {
		if row.kept() < amount {
			continue
		}
		if row.Attempt == "" && !back.byTransfer() {
			byTransferOnly = true
			continue
		}
		return row, checkExcess(txApp, row)
	}
	if byTransferOnly {
		return paidBy{}, errReturnByTransfer
	}
	return paidBy{}, errRefundTooHigh
}

var errRefundTooHigh = collections.Refuse("refund_too_high", "amount", collections.Text{
	ID: "Tidak ada pembayaran tagihan ini yang masih menyimpan uang sebanyak itu.",
	EN: "No payment of this invoice still holds that much money.",
})

// checkExcess makes people decide about what a payment brought beyond the
// invoice first: a refund would be taken from that.
func checkExcess(txApp core.App, row paidBy) error {
	list, err := exceptionsOf(txApp, row.Txn, collections.ExceptionOpen, collections.ExceptionRefunding)
	for _, x := range list {
		if !x.isClaim() {
			return collections.Refuse("excess_first", "refund", collections.Text{
				ID: "Pembayaran ini punya kelebihan yang belum diputuskan. Putuskan itu dulu.",
				EN: "This payment brought more than was owed. Decide about the excess first.",
			})
		}
	}
	return err
}
