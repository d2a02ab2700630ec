package api

import (
	"bytes"
	"mime/multipart"
	"strings"
	"testing"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// moneyRoutes are what people decide about money.
func moneyRoutes() []routeCase {
	return append(append(invoiceRoutes(), exceptionRoutes()...), routeCase{
		route: "POST /api/invoices/{id}/transfer-proof", path: at("/api/invoices/{invoice}/transfer-proof"), want: created(onlyOwner),
		body: fixed(upload("bukti.png", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "amount", "1000")),
		bad: join(noSuch("/api/invoices/%s/transfer-proof", upload("bukti.png", "\x89PNG\r\n\x1a\n"))[:2], []badInput{
			{name: "page as picture", body: upload("bukti.png", "<html>"), status: 400, fields: []string{"file"}},
			{name: "no file", body: body(), status: 400, fields: []string{"file"}},
			{name: "text as amount", body: upload("bukti.png", "\x89PNG\r\n\x1a\n", "amount", "satu"), status: 400, fields: []string{"amount"}},
			{name: "6 MB", body: upload("bukti.png", "\x89PNG\r\n\x1a\n"+strings.Repeat("a", 6<<20)), status: 413},
		}),
	})
}

// upload is a form with a file and words.
func upload(name, content string, words ...string) plugintest.Form {
	return uploadAs("file", name, content, words...)
}

// uploadAs is upload into the named field.
func uploadAs(field, name, content string, words ...string) plugintest.Form {
	buf := &bytes.Buffer{}
	form := multipart.NewWriter(buf)
	part, err := form.CreateFormFile(field, name)
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	for n := 0; n+1 < len(words) && err == nil; n += 2 {
		err = form.WriteField(words[n], words[n+1])
	}
	if err != nil || form.Close() != nil {
		panic(err)
	}
	return plugintest.Form{ContentType: form.FormDataContentType(), Content: buf.String()}
}

func invoiceRoutes() []routeCase {
	path := func(action string) string { return "/api/admin/invoices/{invoice}/" + action }
	none := func(action string, body any) []badInput { return noSuch("/api/admin/invoices/%s/"+action, body) }
	transfer := func(pairs ...any) map[string]any {
		m := body("amount", 1_000_000, "method", "transfer", "reference", "FT1")
		for k, v := range body(pairs...) {
			m[k] = v
		}
		return m
	}
	return []routeCase{
		{route: "GET /api/admin/invoices", want: onlyAdmin, bad: lists("/api/admin/invoices")},
		{
			route: "POST /api/admin/invoices/{id}/cancel", path: at(path("cancel")), body: fixed(body("reason", "salah "+htmlTag)), want: onlyAdmin,
			bad: join(broken(), none("cancel", body("reason", "salah")), []badInput{
				{name: "no reason", body: body(), status: 400, fields: []string{"reason"}},
				{name: "blank reason", body: body("reason", "    "), status: 400, fields: []string{"reason"}},
			}),
		},
		{
			route: "POST /api/admin/invoices/{id}/record-payment", path: at(path("record-payment")), body: fixed(transfer()), want: onlyAdmin,
			bad: join(broken(), none("record-payment", transfer()), []badInput{
				{name: "negative", body: transfer("amount", -1), status: 400, fields: []string{"amount"}},
				{name: "fraction", body: transfer("amount", 1.5), status: 400, fields: []string{"amount"}},
				{name: "unknown method", body: transfer("method", "emas"), status: 400, fields: []string{"method"}},
				{name: "signs as reference", body: transfer("reference", "----"), status: 400, fields: []string{"reference"}},
				{name: "tomorrow", body: transfer("date", "2999-01-01"), status: 400, fields: []string{"date"}},
				{name: "no day", body: transfer("date", "besok"), status: 400, fields: []string{"date"}},
				{name: "unknown proof", body: transfer("proof", badID), status: 400, fields: []string{"proof"}},
			}),
		},
		{
			route: "POST /api/admin/invoices/{id}/refund", path: at(path("refund")), want: onlyAdmin,
			body: fixed(body("amount", 1000, "reason", "kurang", "reference", "OUT1")),
			ready: func(t *testing.T, a *agency) {
				a.Do(t, "POST", a.At(path("record-payment")), a.Tokens["admin"], transfer()).Want(200)
			},
			bad: join(broken(), none("refund", body("amount", 1, "reason", "kurang")), []badInput{
				{name: "no amount", body: body("reason", "kurang"), status: 400, fields: []string{"amount"}},
				{name: "too much", body: body("amount", 9_000_000, "reason", "kurang"), status: 409, fields: []string{"amount"}},
				{name: "through the gateway", body: body("amount", 1000, "reason", "kurang"), status: 409, fields: []string{"reference"}},
			}),
		},
	}
}

// exceptionRoutes work on what was transferred too much.
func exceptionRoutes() []routeCase {
	excess := func(t *testing.T, a *agency) {
		a.Do(t, "POST", a.At("/api/admin/invoices/{invoice}/record-payment"), a.Tokens["admin"],
			body("amount", a.Invoice.Amount()+5000, "method", "transfer", "reference", "FT1")).Want(200)
		a.Order(t)
	}
	path := func(action string) func(*agency) string {
		return func(a *agency) string {
			x, err := a.FindFirstRecordByData(collections.MoneyExceptions, "kind", "overpaid")
			if err != nil {
				panic(err)
			}
			return "/api/admin/payments/exceptions/" + x.Id + "/" + action
		}
	}
	none := func(action string, body any) []badInput {
		return noSuch("/api/admin/payments/exceptions/%s/"+action, body)
	}
	return []routeCase{
		{route: "GET /api/admin/payments/exceptions", want: onlyAdmin, ready: excess, bad: lists("/api/admin/payments/exceptions")},
		{
			route: "GET /api/admin/payments/proof", want: onlyAdmin, ready: excess,
			bad: []badInput{
				{name: "no date", path: "/api/admin/payments/proof?from=besok", status: 400, fields: []string{"from"}},
				{name: "backwards", path: "/api/admin/payments/proof?from=2026-02-01&to=2026-01-01", status: 400, fields: []string{"to"}},
			},
		},
		{
			route: "POST /api/admin/payments/exceptions/{id}/apply", path: path("apply"), ready: excess, want: onlyAdmin,
			body: func(a *agency) any { return body("invoice", a.Invoice.Id) },
			bad: join(broken(), none("apply", body("invoice", badID)), []badInput{
				{name: "no invoice", body: body(), status: 400, fields: []string{"invoice"}},
				{name: "unknown invoice", body: body("invoice", badID), status: 400, fields: []string{"invoice"}},
			}),
		},
		{
			route: "POST /api/admin/payments/exceptions/{id}/refund", path: path("refund"), ready: excess, want: onlyAdmin,
			body: fixed(body("reason", "lebih", "reference", "OUT1")),
			bad: join(broken(), none("refund", body("reason", "lebih")), []badInput{
				{name: "no reason", body: body(), status: 400, fields: []string{"reason"}},
				{name: "through the gateway", body: body("reason", "lebih"), status: 409, fields: []string{"reference"}},
			}),
		},
		{
			route: "POST /api/admin/payments/exceptions/{id}/dispute", ready: disputed, want: onlyAdmin,
			path: func(a *agency) string {
				x, err := a.FindFirstRecordByData(collections.MoneyExceptions, "kind", "chargeback")
				if err != nil {
					panic(err)
				}
				return "/api/admin/payments/exceptions/" + x.Id + "/dispute"
			},
			body: fixed(body("outcome", "won", "reason", "bank setuju")),
			bad: join(broken(), none("dispute", body("outcome", "lost", "reason", "bank menarik")), []badInput{
				{name: "no reason", body: body("outcome", "lost"), status: 400, fields: []string{"reason"}},
				{name: "no outcome", body: body("reason", "bank menarik"), status: 400, fields: []string{"outcome"}},
				{name: "unknown outcome", body: body("outcome", "seri", "reason", "bank menarik"), status: 400, fields: []string{"outcome"}},
			}),
		},
		{
			route: "GET /api/admin/payments/exceptions/{id}/statement", path: path("statement"), ready: excess, want: onlyAdmin,
			bad: none("statement", nil),
		},
		{
			route: "POST /api/admin/payments/exceptions/{id}/waive", path: path("waive"), ready: excess, want: onlyAdmin,
			body: fixed(body("reason", "sumbangan")),
			bad: join(broken(), none("waive", body("reason", "sumbangan")), []badInput{
				{name: "no reason", body: body(), status: 400, fields: []string{"reason"}},
			}),
		},
	}
}

// disputed leaves a payment that the payer's bank claims back.
func disputed(t *testing.T, a *agency) {
	t.Helper()
	if _, err := collections.Raise(a, collections.MoneyException{
		Kind: "chargeback", Invoice: a.Invoice.Id, Amount: 1_000_000, TxnID: "sengketa-1", Key: "chargeback:sengketa-1",
	}); err != nil {
		t.Fatal(err)
	}
}
