package portal

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"strings"

	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/view"
)

// transfer is how to pay without a QR code.
type transfer struct {
	Open     bool           // unfolded: there is no other way now
	Account  view.Component // nil: the agency names no account
	Problems view.Problems
	File     view.Field
	Amount   view.Field
	Note     view.Textarea
}

func newTransfer(r *view.Request, t till, s standing, us agency, refused *call.Error, open bool) *transfer {
	form := &transfer{
		Open: open || refused != nil,
		File: view.NewField("file", r.T("pay.proof.file")).Type("file").Taking("image/jpeg,image/png,image/webp,application/pdf").
			Help(r.T("pay.proof.file.hint")).Required(),
		Amount: view.NewField("amount", r.T("pay.proof.amount")).Rupiah(r.Lang),
		Note:   view.NewTextarea("note", r.T("pay.proof.note")).Limit(1000),
	}
	form.Note.Rows = 2
	if us.BankAccount != "" {
		form.Account = view.NewDetails(
			view.Entry{Term: r.T("pay.bank"), Text: us.BankName},
			view.Entry{Term: r.T("pay.bank.account"), Part: view.NewCopy(us.BankAccount, r.T("pay.bank.account"))},
			view.Entry{Term: r.T("pay.bank.holder"), Text: us.BankHolder},
			view.Entry{Term: r.T("invoice.amount"), Part: view.NewCopy(r.Money(s.Missing), r.T("invoice.amount"))},
			view.Entry{Term: r.T("pay.bank.words"), Part: view.NewCopy(s.Invoice.Number, r.T("pay.bank.words"))},
		)
	}
	if refused != nil {
		form.Amount = form.Amount.With(r.Request.FormValue("amount")).Wrong(refused.Field("amount"))
		form.Note = form.Note.With(r.Request.FormValue("note")).Wrong(refused.Field("note"))
		form.File = form.File.Wrong(refused.Field("file"))
		form.Problems = view.NewProblems(general(refused, "file", "amount", "note"), form.File, form.Amount, form.Note)
	}
	return form
}

func (p *plugin) sendProof(r *view.Request) (*view.Page, error) {
	v := p.visitor(r)
	refused, err := p.handOnProof(r, v, id(r))
	if err != nil {
		return nil, err
	}
	if refused == nil {
		r.Flash(view.OK, "pay.flash.proof")
		return nil, r.SeeOther("/portal/tagihan/" + id(r) + "/bayar")
	}
	s, silent, err := p.standing(v, id(r), false)
	if err != nil {
		return nil, err
	}
	return p.payScreen(r, s, silent, refused)
}

// handOnProof sends the visitor's form to the API.
func (p *plugin) handOnProof(r *view.Request, v *call.Visitor, invoice string) (*call.Error, error) {
	body, err := proofBody(r)
	if err != nil {
		return nil, err
	}
	_, err = call.Post[call.None](v, "/api/invoices/"+invoice+"/transfer-proof", body)
	if refused, ok := refusal(err); ok {
		return refused, nil
	}
	return nil, err
}

// proofBody is the form as the API takes it: people write amounts with dots.
func proofBody(r *view.Request) (call.Body, error) {
	var b bytes.Buffer
	out := multipart.NewWriter(&b)
	fields := map[string]string{"amount": strings.TrimSpace(r.Request.FormValue("amount")), "note": strings.TrimSpace(r.Request.FormValue("note"))}
	for name, value := range fields {
		if err := out.WriteField(name, value); err != nil {
			return call.Body{}, fmt.Errorf("portal: proof: %w", err)
		}
	}
	if file, header, err := r.Request.FormFile("file"); err == nil && header.Size > 0 {
		defer file.Close()
		part, err := out.CreateFormFile("file", "proof")
		if err == nil {
			_, err = io.Copy(part, file)
		}
		if err != nil {
			return call.Body{}, fmt.Errorf("portal: proof: %w", err)
		}
	}
	if err := out.Close(); err != nil {
		return call.Body{}, fmt.Errorf("portal: proof: %w", err)
	}
	return call.Body{ContentType: out.FormDataContentType(), Content: &b}, nil
}
