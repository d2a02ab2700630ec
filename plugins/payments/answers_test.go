package payments_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/plugins/payments/gateway"
	"jasaweb/plugins/payments/midtrans"
)

// statusWire spoils answers about the status.
type statusWire struct {
	gateway.Gateway
	spoil func(*gateway.Transaction)
}

func (w *statusWire) Status(ctx context.Context, orderID string) (*gateway.Transaction, error) {
	t, err := w.Gateway.Status(ctx, orderID)
	if err == nil {
		w.spoil(t)
	}
	return t, err
}

func TestPW84_AnswersAreComparedWithWhatWasAsked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*gateway.Transaction)
		paid  bool
	}{
		"of another invoice":                   {func(t *gateway.Transaction) { t.InvoiceID = "lainlainlainlai" }, false},
		"without the invoice":                  {func(t *gateway.Transaction) { t.InvoiceID = "" }, true},
		"the transaction's id for the order's": {func(t *gateway.Transaction) { t.OrderID = t.Notice.TxnID }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, terms{keys: key, wire: func(g gateway.Gateway) gateway.Gateway { return &statusWire{g, c.spoil} }})
			order := s.pay(t).OrderID
			must(t, s.provider.Pay(order))
			s.post(t, s.notify(t, order, "settlement", "200").with("fraud_status", nil)).Want(200)
			rows, err := s.FindAllRecords(collections.Jobs, dbx.HashExp{"kind": "payment.verify"})
			if err != nil || len(rows) != 1 {
				t.Fatalf("%d jobs, %v", len(rows), err)
			}
			err = collections.FindJobHandler(s, "payment.verify")(t.Context(), s, []byte(rows[0].GetString("args")))
			if c.paid {
				must(t, err)
				s.wantPaidOnce(t)
				return
			}
			if err == nil {
				t.Error("the answer was believed")
			}
			s.wantUnpaid(t)
		})
	}
}

// What came by an acquirer that answers with the transaction's id goes back, too.
func TestPW84_MoneyUnderTheTransactionsIdGoesBack(t *testing.T) {
	t.Parallel()
	s := &till{openShop(t, terms{keys: key, wire: func(g gateway.Gateway) gateway.Gateway {
		return &statusWire{g, func(t *gateway.Transaction) { t.OrderID = t.Notice.TxnID }}
	}}), nil}
	s.admin = s.NewUser(t, collections.RoleAdmin)
	x := s.payTwice(t)
	s.onException(t, x.Id, "refund", because()).Want(200)
	s.runJobs(t, "payment.refund")
	s.exception(t, dbx.HashExp{"kind": "duplicate", "state": "refunded"})
	s.wantMoney(t, moneySums{Received: 3_000_000, Applied: 1_500_000, Refunded: 1_500_000})
}

// A word of the fraud check that nobody knew when this was written accepts nothing.
func TestPW103_UnknownFraudStatusIsNotAccepted(t *testing.T) {
	t.Parallel()
	for word, paid := range map[string]bool{"accept": true, "review": false, "ACCEPT": false} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, terms{keys: key, wire: func(g gateway.Gateway) gateway.Gateway {
				return &statusWire{g, func(t *gateway.Transaction) { t.Notice.Fraud = word }}
			}})
			order := s.pay(t).OrderID
			must(t, s.provider.Pay(order))
			s.post(t, s.notify(t, order, "settlement", "200").with("fraud_status", "review")).Want(200)
			s.wantUnpaid(t)
			if n := s.runJobs(t, "payment.verify"); n != 1 {
				t.Errorf("asked %d times", n)
			}
			if paid {
				s.wantPaidOnce(t)
				return
			}
			s.wantUnpaid(t)
			if n := s.count(t, collections.MoneyExceptions, dbx.HashExp{"kind": "unconfirmed", "state": "open"}); n != 1 {
				t.Errorf("%d findings", n)
			}
		})
	}
}

// A code that was refused when it came is not shown when it comes again, be it in
// an answer about the status or in a notification, whose code no signature covers.
func TestPW104_ACodeIsComparedHoweverItComes(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"check", "notification"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			const foreign = "00020101021226580013ID.LAIN.WWW5204581253033605405500005802ID5904LAIN6007JAKARTA6304ABCD"
			s := openShop(t, terms{keys: key, wire: func(g gateway.Gateway) gateway.Gateway { return &foreignCode{g, foreign} }})
			s.Do(t, "POST", "/api/invoices/"+s.invoice.Id+"/pay", s.client.Token, nil) // refused, and not closed
			rows, err := s.FindAllRecords(collections.PaymentAttempts)
			if err != nil || len(rows) != 1 || rows[0].GetString("status") != "pending" || rows[0].GetString("qr_string") != "" {
				t.Fatalf("%d attempts, %v", len(rows), err)
			}
			order := rows[0].GetString("order_id")
			if way == "notification" {
				s.post(t, s.notify(t, order, "pending", "201").with("qr_string", foreign)).Want(200)
			} else {
				must(t, collections.FindJobHandler(s, "payment.verify")(t.Context(), s, []byte(`{"order_id":"`+order+`"}`)))
			}
			if a := s.Reload(t, rows[0]); a.GetString("qr_string") != "" {
				t.Errorf("the code %s is shown", a.GetString("qr_string"))
			}
		})
	}
}

// foreignCode is a provider whose answers carry another code, and that closes none.
type foreignCode struct {
	gateway.Gateway
	code string
}

func (w *foreignCode) Charge(ctx context.Context, c gateway.Charge) (*gateway.Transaction, error) {
	t, err := w.Gateway.Charge(ctx, c)
	if err == nil {
		t.QRString = w.code
	}
	return t, err
}

func (w *foreignCode) Status(ctx context.Context, orderID string) (*gateway.Transaction, error) {
	t, err := w.Gateway.Status(ctx, orderID)
	if err == nil {
		t.QRString = w.code
	}
	return t, err
}

func (w *foreignCode) Cancel(context.Context, string, string) (*gateway.Transaction, error) {
	return nil, &gateway.APIError{Class: gateway.ErrRetryable, Message: "later"}
}

func TestPW84_BareAnswerProvesNothing(t *testing.T) {
	t.Parallel()
	whole := `{"status_code":"200","transaction_status":"settlement","transaction_id":"t","gross_amount":"1.00"}`
	answer := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(answer)) }))
	t.Cleanup(server.Close)
	s := newShop(t)
	c := midtrans.New(midtrans.Config{BaseURL: server.URL, ServerKey: key, HTTP: s.httpClient()}, s.Now)
	for body, want := range map[string]bool{
		whole: true, strings.Replace(whole, `"t"`, `""`, 1): false, strings.Replace(whole, `"1.00"`, `""`, 1): false,
		strings.Replace(whole, `"settlement"`, `""`, 1): false, `{"status_code":"200","transaction_status":"settlement"}`: false,
	} {
		answer = body
		if _, err := c.Status(t.Context(), "A"); (err == nil) != want {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestPW85_FeeOnTopOfACodeIsExplained(t *testing.T) {
	t.Parallel()
	s := spoiledShop(t, func(answer *gateway.Transaction, err error) (*gateway.Transaction, error) {
		if err == nil {
			answer.Notice.Gross += 10_500
		}
		return answer, err
	})
	admin := s.NewUser(t, collections.RoleAdmin)
	for range 2 {
		r := s.Do(t, "POST", "/api/invoices/"+s.invoice.Id+"/pay", s.client.Token, nil).WantError(503)
		if !strings.Contains(string(r.Body), "transfer bank") {
			t.Errorf("the client is told %s", r.Body)
		}
	}
	told, err := s.FindAllRecords(collections.Notifications, dbx.HashExp{"user": admin.Id, "priority": "critical"})
	if err != nil || len(told) != 1 || !strings.Contains(told[0].GetString("message"), "1.510.500") {
		t.Errorf("the admin was told %d times: %v", len(told), err)
	}
	for _, tx := range s.provider.State().Transactions {
		if tx.TransactionStatus != "cancel" {
			t.Errorf("the code of %s is %s", tx.OrderID, tx.TransactionStatus)
		}
	}
}
