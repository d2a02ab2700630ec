package payments

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/idr"
)

// money is what the ledger says about one payment, in rupiah.
type money struct {
	Paid     int64 `db:"paid"`
	Applied  int64 `db:"applied"`
	Refunded int64 `db:"refunded"`
	Lost     int64 `db:"lost"` // to the payer's bank
}

// gone is what has left us, one way or the other.
func (m money) gone() int64 { return m.Refunded + m.Lost }

// free is what neither pays an invoice nor is gone.
func (m money) free() int64 { return max(m.Paid-m.Applied-m.gone(), 0) }

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

// saveRefundState says on the invoice what of its money has gone back. While it is
// unpaid that money is owed again, so a code over less is closed.
func saveRefundState(txApp core.App, invoice *collections.Invoice) error {
	m, err := collections.MoneyOf(txApp, invoice)
	if err != nil {
		return err
	}
	if invoice.Status() == collections.Unpaid {
		if err := closeWrongCodes(txApp, invoice, m.Owed()); err != nil {
			return err
		}
	}
	if m.RefundState() == invoice.RefundState() {
		return nil
	}
	invoice.Set("refund_state", m.RefundState())
	if err := txApp.Save(invoice); err != nil {
		return fmt.Errorf("payments: save refund state of invoice %s: %w", invoice.Number(), err)
	}
	return nil
}

// share is a part of a movement and the invoice that it concerns, in rupiah.
type share struct {
	invoice string
	amount  int64
}

// bookReturn books money of a payment that went back, if it is not there. It can
// concern several invoices; each of them says then what was given back of it.
// entry is about the whole, its Invoice the one that the payment was made for.
func bookReturn(txApp core.App, entry collections.LedgerEntry) (isNew bool, err error) {
	shares, err := refundShares(txApp, entry)
	if err != nil {
		return false, err
	}
	key := entry.DedupeKey
	for n, s := range shares {
		entry.Invoice, entry.Amount = s.invoice, s.amount
		if entry.DedupeKey = key; n > 0 {
			entry.DedupeKey += ":" + s.invoice
		}
		before, err := backOf(txApp, s.invoice)
		if err != nil {
			return false, err
		}
		if isNew, err = collections.Book(txApp, entry); err != nil || !isNew {
			return isNew, err
		}
		if s.invoice == "" {
			continue
		}
		invoice, err := collections.FindInvoice(txApp, s.invoice)
		if err == nil {
			err = saveRefundState(txApp, invoice)
		}
		if err == nil && entry.Kind == collections.LedgerRefund && !decidedHere(key) {
			err = flagReturn(txApp, invoice, before)
		}
		if err != nil {
			return true, err
		}
	}
	return isNew, nil
}

// decidedHere reports whether the key of a refund is of one that this program
// asked for.
func decidedHere(key string) bool { return strings.Contains(key, ":"+refundKeyPrefix) }

// backOf is what of the money that paid the invoice has gone back, in rupiah.
func backOf(txApp core.App, invoiceID string) (int64, error) {
	if invoiceID == "" {
		return 0, nil
	}
	invoice, err := collections.FindInvoice(txApp, invoiceID)
	if err != nil {
		return 0, fmt.Errorf("payments: find invoice of a refund: %w", err)
	}
	m, err := collections.MoneyOf(txApp, invoice)
	return m.GivenBack(), err
}

// flagReturn tells the admins of money that somebody gave back at the provider
// after the work on its project has begun: nobody decided here whether it goes on.
func flagReturn(txApp core.App, invoice *collections.Invoice, before int64) error {
	project, err := collections.FindProject(txApp, invoice.ProjectID())
	if err != nil {
		return fmt.Errorf("payments: find project of invoice %s: %w", invoice.Number(), err)
	}
	m, err := collections.MoneyOf(txApp, invoice)
	back := m.GivenBack() - before
	begun := project.Status() != collections.PendingPayment && project.Status() != collections.Cancelled
	if err != nil || back <= 0 || !begun {
		return err
	}
	return collections.NotifyAdmins(txApp, collections.Notice{
		Type:  collections.NoticePayment,
		Title: collections.Text{ID: "Uang proyek yang berjalan sudah kembali", EN: "Money of a project under way went back"},
		Message: collections.Text{
			ID: idr.Format(back) + " dari tagihan " + invoice.Number() + " dikembalikan di penyedia pembayaran, bukan dari sini. “" + project.Name() + "” berstatus “" +
				project.Status().Label("id") + "”. Putuskan apakah pekerjaannya diteruskan.",
			EN: idr.FormatIn(back, "en") + " of invoice " + invoice.Number() + " was given back at the payment provider, and not from here. The status of “" + project.Name() + "” is “" +
				project.Status().Label("en") + "”. Decide whether the work goes on.",
		},
		Payload:  map[string]any{collections.PayloadInvoice: invoice.Id, collections.PayloadProject: project.Id},
		Priority: collections.PriorityHigh,
	})
}

// refundShares divides money that goes back among the invoices that it paid.
// What was decided here names its invoice. What went back elsewhere is taken
// from what pays nothing first, then from the attempt's own invoice, then from
// those that the money was used for since.
func refundShares(txApp core.App, e collections.LedgerEntry) ([]share, error) {
	own, txn := e.Invoice, e.TxnID
	if _, id, ours := strings.Cut(e.DedupeKey, ":"+refundKeyPrefix); ours {
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
	invoices, err := paidInvoices(txApp, txn, own)
	if err != nil {
		return nil, err
	}
	for _, id := range invoices {
		kept, err := keptOf(txApp, id, txn)
		if err != nil {
			return nil, err
		}
		if part := min(left, kept); part > 0 {
			shares = append(shares, share{id, -part})
			left -= part
		}
	}
	shares[0].amount -= left // more than there was; the proof of money will tell
	return mergeShares(shares), nil
}

// keptOf is what of a payment pays the invoice now.
func keptOf(app core.App, invoiceID, txn string) (int64, error) {
	invoice, err := collections.FindInvoice(app, invoiceID)
	if err != nil {
		return 0, fmt.Errorf("payments: find invoice of payment %s: %w", txn, err)
	}
	m, err := collections.MoneyOf(app, invoice)
	for _, p := range m.Payments {
		if p.Txn == txn {
			return p.Kept(), err
		}
	}
	return 0, err
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
