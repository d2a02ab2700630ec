package payments_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http/httptest"
	"testing"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

func transfer(amount any, reference string) map[string]any {
	return map[string]any{"amount": amount, "method": "transfer", "reference": reference, "note": "BCA"}
}

func (s *till) record(t *testing.T, body any) *plugintest.Response {
	t.Helper()
	return s.onInvoice(t, s.invoice.Id, "record-payment", body)
}

func TestTransfersAddUpUntilTheInvoiceIsPaidAtOnce(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	order := s.pay(t).OrderID
	s.record(t, transfer(600_000, "FT-2026/11 a1")).Want(200)
	if i, p := s.fresh(t); i.Status() != collections.Unpaid || p.Status() != collections.PendingPayment {
		t.Errorf("after a part: %s, %s", i.Status(), p.Status())
	}
	// The open code asks for too much, even before its job has closed it.
	s.Do(t, "GET", "/api/invoices/"+s.invoice.Id+"/qr.svg", s.client.Token, nil).WantError(404)
	if next := s.pay(t); next.OrderID == order || next.Amount != 900_000 {
		t.Errorf("the next code is %s over %d", next.OrderID, next.Amount)
	}
	for _, again := range []string{"FT-2026/11 a1", "ft-2026/11 A1", " FT-2026/11 a1 "} {
		s.refused(t, again, 409, func() *plugintest.Response { return s.record(t, transfer(900_000, again)) })
	}
	s.refused(t, "cancel with money on it", 409, func() *plugintest.Response { return s.onInvoice(t, s.invoice.Id, "cancel", because()) })
	if got := raced(5, func(int) *plugintest.Response { return s.record(t, transfer(1_000_000, "FT2")) }); got[200] != 1 || got[409] != 4 {
		t.Errorf("parallel presses: %v", got)
	}
	if i, p := s.fresh(t); i.Status() != collections.Paid || p.Status() != collections.InProgress {
		t.Errorf("invoice %s, project %s", i.Status(), p.Status())
	}
	s.wantMoney(t, moneySums{Received: 1_600_000, Applied: 1_500_000, Open: 100_000})
	x := s.exception(t, dbx.HashExp{"kind": "overpaid", "amount": 100_000})
	s.onException(t, x.Id, "refund", because()).WantError(409, "reference") // no gateway for it
	s.onException(t, x.Id, "refund", because("reference", "OUT-1")).Want(200)
	s.wantMoney(t, moneySums{Received: 1_600_000, Applied: 1_500_000, Refunded: 100_000})
	s.refused(t, "the same way back", 409, func() *plugintest.Response {
		return s.onInvoice(t, s.invoice.Id, "refund", because("amount", 600_000, "reference", " out-1"))
	})
	s.onInvoice(t, s.invoice.Id, "refund", because("amount", 600_000, "reference", "OUT-2")).Want(200)
	if i, _ := s.fresh(t); i.RefundState() != collections.RefundPartial {
		t.Errorf("refund state %s", i.RefundState())
	}
	s.wantMoney(t, moneySums{Received: 1_600_000, Applied: 900_000, Refunded: 700_000})
}

// One rupiah decides: what is owed leaves nothing to decide about, one more does.
func TestTransferOfARupiahMoreOrLess(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		amount, missing, excess int64
		status                  string
	}{
		{1_499_999, 1, 0, collections.Unpaid},
		{1_500_000, 0, 0, collections.Paid},
		{1_500_001, 0, 1, collections.Paid},
	} {
		s := newTill(t)
		var out struct {
			Applied, Missing int64
			Excess           *struct{ Amount int64 }
		}
		s.record(t, transfer(c.amount, "FT1")).Want(200).JSON(&out)
		if out.Missing != c.missing || out.Applied != c.amount-c.excess || (out.Excess != nil) != (c.excess > 0) || out.Excess != nil && out.Excess.Amount != c.excess {
			t.Errorf("%d: %+v", c.amount, out)
		}
		if i, _ := s.fresh(t); i.Status() != c.status {
			t.Errorf("%d: invoice %s", c.amount, i.Status())
		}
		if n := s.count(t, collections.MoneyExceptions, nil); n != c.excess {
			t.Errorf("%d: %d exceptions", c.amount, n)
		}
		s.wantMoney(t, moneySums{Received: c.amount, Applied: c.amount - c.excess, Open: c.excess})
	}
}

// A reference that counts already is refused by its name also where the money
// would not cover the invoice, so that nobody takes a part for recorded.
func TestReferenceOfAPartCountsOnce(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	s.record(t, transfer(600_000, "FT1")).Want(200)
	for _, amount := range []int{1, 600_000, 899_999, 900_000, 900_001} {
		s.record(t, transfer(amount, " ft1 ")).WantError(409, "reference")
	}
	s.wantMoney(t, moneySums{Received: 600_000, Applied: 600_000})
}

func TestBadTransfersChangeNothing(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	for name, c := range map[string]struct {
		body   any
		status int
	}{
		"nothing": {transfer(0, "FT1"), 400}, "negative": {transfer(-1, "FT1"), 400}, "fraction": {transfer(0.5, "FT1"), 400},
		"text": {transfer("1000", "FT1"), 400}, "too much": {transfer(10_000_000_000, "FT1"), 400}, "no reference": {transfer(1000, ""), 400},
		"reference of signs": {transfer(1000, "-/- -"), 400}, "reference of blanks": {transfer(1000, "   "), 400}, "two letters": {transfer(1000, "-a1-"), 400},
		"reference of two lines": {transfer(1000, "FT1\nFT2"), 400}, "unknown method": {map[string]any{"amount": 1, "method": "emas", "reference": "FT1"}, 400},
		"unknown proof": {map[string]any{"amount": 1000, "method": "cash", "reference": "FT1", "proof": "tidakada0000000"}, 400},
	} {
		s.refused(t, name, c.status, func() *plugintest.Response { return s.record(t, c.body) })
	}
	s.refused(t, "unknown invoice", 404, func() *plugintest.Response {
		return s.onInvoice(t, "tidakada0000000", "record-payment", transfer(1000, "FT1"))
	})
}

// send uploads content as a proof; name is what the client calls it.
func (s *till) send(t *testing.T, token, invoice, name string, content []byte, words ...string) *httptest.ResponseRecorder {
	t.Helper()
	buf := &bytes.Buffer{}
	form := multipart.NewWriter(buf)
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(content)
	}
	for i := 0; i+1 < len(words) && err == nil; i += 2 {
		err = form.WriteField(words[i], words[i+1])
	}
	if err != nil || form.Close() != nil {
		t.Fatal(err)
	}
	req := s.Request(t, "POST", "/api/invoices/"+invoice+"/transfer-proof", token, buf)
	req.Header.Set("Content-Type", form.FormDataContentType())
	rec := httptest.NewRecorder()
	s.Handler.ServeHTTP(rec, req)
	return rec
}

var png = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89")

func TestProofOfATransfer(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	stranger := s.NewUser(t, collections.RoleClient)
	refused := func(name string, status int, send func() *httptest.ResponseRecorder) {
		t.Helper()
		before := s.Hash(t)
		if r := send(); r.Code != status {
			t.Errorf("%s: status %d, want %d: %s", name, r.Code, status, r.Body)
		}
		if s.Hash(t) != before {
			t.Errorf("%s: left traces", name)
		}
	}
	own := func(name string, content []byte, words ...string) func() *httptest.ResponseRecorder {
		return func() *httptest.ResponseRecorder {
			return s.send(t, s.client.Token, s.invoice.Id, name, content, words...)
		}
	}
	refused("page as picture", 400, own("bukti.png", []byte("<html><script>alert(1)</script></html>")))
	refused("program as PDF", 400, own("bukti.pdf", []byte("MZ\x90\x00\x03")))
	refused("empty", 400, own("bukti.png", nil))
	refused("too big", 400, own("bukti.png", append(bytes.Clone(png), make([]byte, 5<<20)...)))
	refused("far too big", 413, own("bukti.png", append(bytes.Clone(png), make([]byte, 6<<20)...)))
	refused("negative", 400, own("bukti.png", png, "amount", "-1"))
	refused("words as amount", 400, own("bukti.png", png, "amount", "sejuta"))
	refused("stranger", 404, func() *httptest.ResponseRecorder { return s.send(t, stranger.Token, s.invoice.Id, "b.png", png) })
	refused("guest", 401, func() *httptest.ResponseRecorder { return s.send(t, "", s.invoice.Id, "b.png", png) })

	if r := own("../../etc/passwd", png, "amount", "1500000", "note", "dari BCA")(); r.Code != 201 {
		t.Fatalf("%d %s", r.Code, r.Body)
	}
	rows, err := s.FindAllRecords(collections.TransferProofs)
	if err != nil || len(rows) != 1 || rows[0].GetString("state") != "open" {
		t.Fatalf("%d proofs, %v", len(rows), err)
	}
	if n := s.count(t, collections.Notifications, dbx.HashExp{"user": s.admin.Id, "title": "Bukti transfer untuk " + s.invoice.Number()}); n != 1 {
		t.Errorf("the admin was told %d times", n)
	}
	s.wantUnpaid(t)
	record := "/api/collections/transfer_proofs/records"
	s.Do(t, "GET", record+"/"+rows[0].Id, s.client.Token, nil).Want(200)
	s.Do(t, "GET", record+"/"+rows[0].Id, stranger.Token, nil).Want(404)
	if r := s.Do(t, "GET", fmt.Sprintf("/api/files/transfer_proofs/%s/%s", rows[0].Id, rows[0].GetString("file")), "", nil); r.Status != 404 {
		t.Errorf("the file is open to everybody: %d", r.Status)
	}
	s.refused(t, "own state", 404, func() *plugintest.Response {
		return s.Do(t, "PATCH", record+"/"+rows[0].Id, s.client.Token, map[string]any{"state": "accepted"})
	})
	s.refused(t, "admin's other column", 400, func() *plugintest.Response {
		return s.Do(t, "PATCH", record+"/"+rows[0].Id, s.admin.Token, map[string]any{"amount": 1})
	})
	body := transfer(1_500_000, "FT1")
	body["proof"] = rows[0].Id
	s.record(t, body).Want(200)
	if state := s.Reload(t, rows[0]).GetString("state"); state != "accepted" {
		t.Errorf("proof %s", state)
	}
	refused("paid invoice", 409, own("bukti.png", png))
}

func TestProofsDoNotPileUp(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	got := map[int]int{}
	for range 7 {
		got[s.send(t, s.client.Token, s.invoice.Id, "b.png", png).Code]++
	}
	if got[201] != 5 || got[409] != 2 {
		t.Errorf("answers: %v", got)
	}
}
