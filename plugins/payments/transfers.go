package payments

import (
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
	"jasaweb/collections/wib"
)

type recordPaymentInput struct {
	ID   string `path:"id" maxLength:"50"`
	Body struct {
		Amount    int64  `json:"amount" minimum:"1" maximum:"9999999999" doc:"What arrived, in rupiah"`
		Method    string `json:"method" enum:"transfer,bank_transfer,cash"`
		Reference string `json:"reference" minLength:"3" maxLength:"100" doc:"The bank's reference; the same one counts once"`
		Note      string `json:"note,omitempty" maxLength:"900"`
		Proof     string `json:"proof,omitempty" maxLength:"50" doc:"The client's proof of this transfer, which is accepted with it"`
		Date      string `json:"date,omitempty" format:"date" doc:"The day in WIB on which the money came, from that of the invoice to today; today by default"`
	}
}

type recordPaymentOutput struct {
	Invoice adminInvoice   `json:"invoice"`
	Applied int64          `json:"applied" doc:"What of the money pays the invoice, in rupiah"`
	Missing int64          `json:"missing" doc:"What the invoice still lacks, in rupiah"`
	Excess  *exceptionView `json:"excess,omitempty" doc:"What pays nothing, to decide about: too much, or for an invoice that is paid or cancelled"`
}

// recordPayment books money that came to the bank account. Parts add up; when
// nothing is missing any more the invoice is paid and its project starts. Money
// has come also where the invoice takes none: people decide about it then.
func (p *plugin) recordPayment(e *core.RequestEvent, in *recordPaymentInput) (*recordPaymentOutput, error) {
	key, err := referenceKey(in.Body.Reference)
	if err != nil {
		return nil, err
	}
	in.Body.Reference = strings.TrimSpace(in.Body.Reference)
	out := &recordPaymentOutput{}
	err = e.App.RunInTransaction(func(txApp core.App) error {
		return bookTransfer(txApp, e, in, transferName(key), out)
	})
	return out, err
}

func bookTransfer(txApp core.App, e *core.RequestEvent, in *recordPaymentInput, key string, out *recordPaymentOutput) error {
	if err := holdInvoice(txApp, in.ID); err != nil {
		return err
	}
	invoice, err := collections.FindInvoice(txApp, in.ID)
	if err != nil {
		return err
	}
	at, err := valueDate(in.Body.Date, invoice, collections.Now(txApp))
	if err != nil {
		return err
	}
	state, err := payable(txApp, invoice)
	if err != nil {
		return err
	}
	applied, why := state.Place(in.Body.Amount)
	if err := checkUnused(txApp, transferPrefix, in.Body.Reference); err != nil {
		return err
	}
	if err := bookReference(txApp, collections.LedgerEntry{
		Invoice: invoice.Id, Kind: collections.LedgerPayment, Amount: in.Body.Amount, Applied: applied,
		DedupeKey: key, PaymentKey: key, At: collections.DateTime(at), Demo: invoice.GetBool(collections.ColumnDemo),
		Reference: in.Body.Reference, Note: strings.TrimSpace(in.Body.Method + ": " + in.Body.Note), By: collections.RequestActor(e).ID,
	}); err != nil {
		return err
	}
	if err := raiseExcess(txApp, invoice, key, why, in.Body.Amount-applied, out); err != nil {
		return err
	}
	if err := acceptProof(txApp, e, in.Body.Proof, invoice.Id); err != nil {
		return err
	}
	if out.Applied = applied; invoice.Status() == collections.Unpaid {
		out.Missing = state.Owed() - applied
		if err := coverInvoice(txApp, e, invoice, out.Missing, at); err != nil {
			return err
		}
	}
	if invoice, err = collections.FindInvoice(txApp, in.ID); err == nil {
		out.Invoice = toAdminInvoice(invoice)
	}
	return err
}

// payable is the invoice as the rules of payments see it.
func payable(app core.App, invoice *collections.Invoice) (paystate.Invoice, error) {
	m, err := collections.MoneyOf(app, invoice)
	return paystate.Invoice{Amount: invoice.Amount(), Applied: m.Kept(), State: paystate.InvoiceState(invoice.Status())}, err
}

// valueDate is the time of money that came on a day, which is today where none is
// given. Of a day before today nobody says the hour: noon, if the invoice was
// there by then.
func valueDate(date string, invoice *collections.Invoice, now time.Time) (time.Time, error) {
	if date == "" {
		return now, nil
	}
	at, err := time.ParseInLocation(time.DateOnly, date, wib.Zone)
	if err != nil {
		return now, invalidDay("date")
	}
	issued := invoice.GetDateTime("created").Time()
	switch today := wib.Date(now); {
	case at.After(today):
		return now, collections.Invalid("date_in_future", "date", collections.Text{
			ID: "Tanggal uang masuk belum tiba.", EN: "The day on which the money came lies ahead.",
		})
	case at.Equal(today):
		return now, nil
	case at.Before(wib.Date(issued)):
		return now, collections.Invalid("date_before_invoice", "date", collections.Text{
			ID: "Tanggal uang masuk lebih awal dari tagihannya (" + wib.FormatDate(issued, "id") + ").",
			EN: "The day on which the money came is before that of the invoice (" + wib.FormatDate(issued, "en") + ").",
		})
	}
	if noon := at.Add(12 * time.Hour); noon.After(issued) {
		return noon.UTC(), nil
	}
	return issued, nil
}

func raiseExcess(txApp core.App, invoice *collections.Invoice, payment string, why paystate.ExceptionKind, excess int64, out *recordPaymentOutput) error {
	if excess == 0 {
		return nil
	}
	key := string(why) + ":" + payment
	if err := raise(txApp, collections.MoneyException{
		Kind: string(why), Invoice: invoice.Id, Amount: excess, TxnID: payment, Detail: "invoice " + invoice.Number(), Key: key,
	}); err != nil {
		return err
	}
	x, err := findByKey(txApp, key)
	if err != nil {
		return err
	}
	view, err := viewOf(txApp, x)
	out.Excess = &view
	return err
}
