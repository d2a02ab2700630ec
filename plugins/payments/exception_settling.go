package payments

import (
	"fmt"
	"slices"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/idr"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/internal/text"
)

// The queue of exceptions follows the ledger: money that the ledger shows as
// placed or given back is no longer somebody's to decide.

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
		x.Set(collections.ColumnState, collections.ExceptionApplied)
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
		// One that was handed back to the people may have gone all the same.
		if x.state() == collections.ExceptionWaived || x.left() == 0 {
			continue
		}
		n, err := txApp.CountRecords(collections.Ledger, dbx.HashExp{"dedupe_key": "refund:" + txn + ":" + x.refundKey()})
		if err != nil {
			return fmt.Errorf("payments: look up refund of exception %s: %w", x.Id, err)
		}
		if n > 0 {
			if err := returnMoney(txApp, x); err != nil {
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

// giveBack notes that a part of the exception's money is gone.
func giveBack(txApp core.App, x *exception, part int64) error {
	x.Set("returned", x.returned()+part)
	if x.left() == 0 {
		x.Set(collections.ColumnState, collections.ExceptionRefunded)
	}
	if err := txApp.Save(x); err != nil {
		return fmt.Errorf("payments: note refund of exception %s: %w", x.Id, err)
	}
	return nil
}

// returnMoney notes that the exception's money has gone back as it was decided
// here, of which the client hears. Who gave back elsewhere tells the client there.
func returnMoney(txApp core.App, x *exception) error {
	part := x.left()
	if err := giveBack(txApp, x, part); err != nil {
		return err
	}
	if x.invoiceID() == "" {
		return nil
	}
	invoice, err := collections.FindInvoice(txApp, x.invoiceID())
	if err != nil {
		return fmt.Errorf("payments: find invoice of exception %s: %w", x.Id, err)
	}
	if err := saveRefundState(txApp, invoice); err != nil {
		return err
	}
	return announceRefund(txApp, invoice, part)
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
		Payload:  map[string]any{collections.PayloadInvoice: invoice.Id},
		Priority: collections.PriorityMedium,
	})
}
