package payments

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/idr"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/internal/text"
)

// The queue of exceptions follows the ledger: money that the ledger shows as
// placed or given back is no longer somebody's to decide.

// money is what the ledger says about one payment, in rupiah.
type money struct {
	Paid     int64 `db:"paid"`
	Applied  int64 `db:"applied"`
	Refunded int64 `db:"refunded"`
}

// free is what neither pays an invoice nor has gone back.
func (m money) free() int64 { return max(m.Paid-m.Applied-m.Refunded, 0) }

func moneyOf(app core.App, txn string) (money, error) {
	m := money{}
	if txn == "" {
		return m, nil
	}
	if err := app.DB().NewQuery(moneyOfPayment).Bind(dbx.Params{"txn": txn}).One(&m); err != nil {
		return m, fmt.Errorf("payments: sum ledger of %s: %w", txn, err)
	}
	return m, nil
}

func exceptionsOf(txApp core.App, txn string, states ...any) ([]*exception, error) {
	list := []*exception{}
	if txn == "" {
		return list, nil
	}
	err := txApp.RecordQuery(collections.MoneyExceptions).
		AndWhere(dbx.HashExp{"provider_txn_id": txn, "state": states}).OrderBy("created ASC", "id ASC").All(&list)
	if err != nil {
		return nil, fmt.Errorf("payments: find exceptions of %s: %w", txn, err)
	}
	return list, nil
}

// supersede closes what was asked about money before it was in the ledger: now
// that it is, the rules have placed it or raised a question of their own.
func supersede(txApp core.App, txn string, raised []paystate.Exception) error {
	list, err := exceptionsOf(txApp, txn, collections.ExceptionOpen, collections.ExceptionWaived)
	if err != nil {
		return err
	}
	for _, x := range list {
		key := x.GetString("dedupe_key")
		if x.isClaim() || slices.ContainsFunc(raised, func(r paystate.Exception) bool { return r.Key == key }) {
			continue
		}
		x.Set("state", collections.ExceptionApplied)
		x.Set("detail", text.Clip(x.GetString("detail")+"; confirmed by the provider and booked by the rules", 1000))
		if err := txApp.Save(x); err != nil {
			return fmt.Errorf("payments: close exception %s: %w", x.Id, err)
		}
	}
	return nil
}

// settleExceptions marks what has gone back of the payment: first the refunds
// that were decided here, by their keys, then what was given back elsewhere,
// for instance in the provider's dashboard.
func settleExceptions(txApp core.App, txn string) error {
	list, err := exceptionsOf(txApp, txn, collections.ExceptionRefunding, collections.ExceptionOpen, collections.ExceptionWaived)
	if err != nil || len(list) == 0 {
		return err
	}
	for _, x := range list {
		if x.state() != collections.ExceptionRefunding {
			continue
		}
		n, err := txApp.CountRecords(collections.Ledger, dbx.HashExp{"dedupe_key": "refund:" + txn + ":" + x.refundKey()})
		if err != nil {
			return fmt.Errorf("payments: look up refund of exception %s: %w", x.Id, err)
		}
		if n > 0 {
			if err := giveBack(txApp, x, x.left()); err != nil {
				return err
			}
		}
	}
	m, err := moneyOf(txApp, txn)
	if err != nil || m.Paid == 0 {
		return err
	}
	return shrink(txApp, list, m.free())
}

// shrink takes from the exceptions what the payment no longer has.
func shrink(txApp core.App, list []*exception, free int64) error {
	over := -free
	for _, x := range list {
		if !x.isClaim() {
			over += x.left()
		}
	}
	for _, x := range list {
		if x.isClaim() || over <= 0 || x.left() == 0 {
			continue
		}
		part := min(over, x.left())
		over -= part
		if err := giveBack(txApp, x, part); err != nil {
			return err
		}
	}
	return nil
}

// giveBack notes that a part of the exception's money has gone back. The client
// hears of what was decided here; who gave back elsewhere tells the client there.
func giveBack(txApp core.App, x *exception, part int64) error {
	decided := x.state() == collections.ExceptionRefunding
	x.Set("returned", x.returned()+part)
	if x.left() == 0 {
		x.Set("state", collections.ExceptionRefunded)
	}
	if err := txApp.Save(x); err != nil {
		return fmt.Errorf("payments: note refund of exception %s: %w", x.Id, err)
	}
	if x.invoiceID() == "" || !decided {
		return nil
	}
	invoice, err := collections.FindInvoice(txApp, x.invoiceID())
	if err != nil {
		return fmt.Errorf("payments: find invoice of exception %s: %w", x.Id, err)
	}
	if x.kind() == kindRefund {
		if err := saveRefundState(txApp, invoice); err != nil {
			return err
		}
	}
	return announceRefund(txApp, invoice, part)
}

func saveRefundState(txApp core.App, invoice *collections.Invoice) error {
	state, err := refundState(txApp, invoice)
	if err != nil || state == invoice.RefundState() {
		return err
	}
	invoice.Set("refund_state", state)
	if err := txApp.Save(invoice); err != nil {
		return fmt.Errorf("payments: save refund state of invoice %s: %w", invoice.Number(), err)
	}
	return nil
}

func announceRefund(txApp core.App, invoice *collections.Invoice, amount int64) error {
	client, err := collections.FindUser(txApp, invoice.Owner())
	if err != nil {
		return fmt.Errorf("payments: find client of invoice %s: %w", invoice.Number(), err)
	}
	return collections.Notify(txApp, client, collections.Notice{
		Type: collections.NoticePayment,
		Title: collections.Text{
			ID: "Pengembalian dana " + idr.Format(amount), EN: "Refund of " + idr.FormatIn(amount, "en"),
		},
		Message: collections.Text{
			ID: "Kami mengembalikan " + idr.Format(amount) + " dari pembayaran tagihan " + invoice.Number() + ".",
			EN: "We returned " + idr.FormatIn(amount, "en") + " of what you paid for invoice " + invoice.Number() + ".",
		},
		Payload:  map[string]any{"invoice": invoice.Id},
		Priority: collections.PriorityMedium,
	})
}

// share is a part of a movement and the invoice that it concerns, in rupiah.
type share struct {
	invoice string
	amount  int64
}

// refundShares divides money that goes back among the invoices that it paid.
// What was decided here names its invoice. What went back elsewhere is taken
// from what pays nothing first, then from the attempt's own invoice, then from
// those that the money was used for since.
func refundShares(txApp core.App, e paystate.Entry, txn, own string) ([]share, error) {
	if _, id, ours := strings.Cut(e.Key, ":"+refundKeyPrefix); ours {
		x, err := findException(txApp, id)
		if err == nil && x.kind() == kindRefund {
			return []share{{x.invoiceID(), e.Amount}}, nil
		}
		if err == nil || isNotFound(err) {
			return []share{{own, e.Amount}}, nil
		}
		return nil, err
	}
	m, err := moneyOf(txApp, txn)
	if err != nil {
		return nil, err
	}
	left := -e.Amount
	shares := []share{{own, -min(left, m.free())}}
	left += shares[0].amount
	invoices := []string{}
	err = txApp.DB().NewQuery(invoicesOfPayment).Bind(dbx.Params{"txn": txn, "own": own}).Column(&invoices)
	if err != nil {
		return nil, fmt.Errorf("payments: invoices of payment %s: %w", txn, err)
	}
	for _, id := range invoices {
		rows, err := refundable(txApp, id)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if part := min(left, row.kept()); row.Txn == txn && part > 0 {
				shares = append(shares, share{id, -part})
				left -= part
			}
		}
	}
	shares[0].amount -= left // more than there was; the proof of money will tell
	return mergeShares(shares), nil
}

// mergeShares leaves one share to an invoice and none without money.
func mergeShares(shares []share) []share {
	merged := []share{}
	for _, s := range shares {
		i := slices.IndexFunc(merged, func(m share) bool { return m.invoice == s.invoice })
		switch {
		case i >= 0:
			merged[i].amount += s.amount
		case s.amount != 0:
			merged = append(merged, s)
		}
	}
	return merged
}
