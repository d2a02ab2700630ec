package payments

import (
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
)

var errReferenceUsed = collections.Refuse("reference_used", "reference", collections.Text{
	ID: "Transfer dengan referensi ini sudah dicatat.", EN: "A transfer with this reference is on record already.",
})

// normalReference is the reference as it counts: letters and digits only, so
// that blanks, dashes and case make no second payment out of one.
func normalReference(s string) (string, error) {
	key := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, s)
	if len(key) < 3 {
		return "", collections.Invalid("invalid_reference", "reference", collections.Text{
			ID: "Referensi transfer harus berisi sedikitnya tiga huruf atau angka.",
			EN: "The reference must have at least three letters or digits.",
		})
	}
	return key, nil
}

type recordPaymentInput struct {
	ID   string `path:"id" maxLength:"50"`
	Body struct {
		Amount    int64  `json:"amount" minimum:"1" maximum:"9999999999" doc:"What arrived, in rupiah"`
		Method    string `json:"method" enum:"transfer,bank_transfer,cash"`
		Reference string `json:"reference" minLength:"3" maxLength:"100" doc:"The bank's reference; the same one counts once"`
		Note      string `json:"note,omitempty" maxLength:"900"`
		Proof     string `json:"proof,omitempty" maxLength:"50" doc:"The client's proof of this transfer, which is accepted with it"`
	}
}

type recordPaymentOutput struct {
	Invoice adminInvoice   `json:"invoice"`
	Applied int64          `json:"applied" doc:"What of the money pays the invoice, in rupiah"`
	Missing int64          `json:"missing" doc:"What the invoice still lacks, in rupiah"`
	Excess  *exceptionView `json:"excess,omitempty" doc:"What was too much, to decide about"`
}

// recordPayment books money that came to the bank account. Parts add up; when
// nothing is missing any more the invoice is paid and its project starts.
func (p *plugin) recordPayment(e *core.RequestEvent, in *recordPaymentInput) (*recordPaymentOutput, error) {
	key, err := normalReference(in.Body.Reference)
	if err != nil {
		return nil, err
	}
	out := &recordPaymentOutput{}
	err = e.App.RunInTransaction(func(txApp core.App) error {
		return bookTransfer(txApp, e, in, transferPrefix+key, out)
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
	if err := checkPayable(invoice); err != nil {
		return err
	}
	owed, err := collections.Owed(txApp, invoice)
	if err != nil {
		return err
	}
	out.Applied = min(in.Body.Amount, owed)
	out.Missing = owed - out.Applied
	isNew, err := collections.Book(txApp, collections.LedgerEntry{
		Invoice: invoice.Id, Kind: collections.LedgerPayment, Amount: in.Body.Amount, Applied: out.Applied,
		DedupeKey: key, PaymentKey: key, At: collections.DateTime(collections.Now(txApp)), Demo: invoice.GetBool(collections.ColumnDemo),
		Reference: in.Body.Reference, Note: strings.TrimSpace(in.Body.Method + ": " + in.Body.Note), By: collections.RequestActor(e).ID,
	})
	if err == nil && !isNew {
		err = errReferenceUsed
	}
	if err != nil {
		return err
	}
	if err := raiseExcess(txApp, invoice, key, in.Body.Amount-out.Applied, out); err != nil {
		return err
	}
	if err := acceptProof(txApp, e, in.Body.Proof, invoice.Id); err != nil {
		return err
	}
	if err := coverInvoice(txApp, e, invoice, out.Missing); err != nil {
		return err
	}
	if invoice, err = collections.FindInvoice(txApp, in.ID); err == nil {
		out.Invoice = toAdminInvoice(invoice)
	}
	return err
}

func raiseExcess(txApp core.App, invoice *collections.Invoice, key string, excess int64, out *recordPaymentOutput) error {
	if excess == 0 {
		return nil
	}
	if err := raise(txApp, collections.MoneyException{
		Kind: string(paystate.OverpaidMoney), Invoice: invoice.Id, Amount: excess, TxnID: key,
		Detail: "invoice " + invoice.Number(), Key: "overpaid:" + key,
	}); err != nil {
		return err
	}
	x, err := findByKey(txApp, "overpaid:"+key)
	if err != nil {
		return err
	}
	view, err := viewOf(txApp, x)
	out.Excess = &view
	return err
}
