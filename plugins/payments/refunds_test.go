package payments_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/plugins/payments/gateway"
	"jasaweb/plugins/payments/midtrans/sandbox"
	"jasaweb/plugins/plugintest"
)

func TestPW35_AfterTheRefundOfTheDuplicateTheInvoiceStaysPaid(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	x := s.payTwice(t)
	s.wantMoney(t, moneySums{Received: 3_000_000, Applied: 1_500_000, Open: 1_500_000})
	s.onException(t, x.Id, "refund", because()).Want(200)
	s.wantMoney(t, moneySums{Received: 3_000_000, Applied: 1_500_000, Open: 1_500_000}) // nothing has gone back yet
	if n := s.runJobs(t, "payment.refund"); n != 1 {
		t.Fatalf("%d refund jobs", n)
	}
	x = s.Reload(t, x)
	if x.GetString("state") != "refunded" || x.GetInt("returned") != 1_500_000 || x.GetString("decided_by") != s.admin.Id ||
		x.GetString("reason") != "keputusan uji" || x.GetDateTime("decided_at").IsZero() {
		t.Errorf("exception %v", x.FieldsData())
	}
	if i, p := s.fresh(t); i.Status() != collections.Paid || i.RefundState() != collections.RefundNone || p.Status() != collections.InProgress {
		t.Errorf("invoice %s/%s, project %s", i.Status(), i.RefundState(), p.Status())
	}
	s.wantMoney(t, moneySums{Received: 3_000_000, Applied: 1_500_000, Refunded: 1_500_000})
	s.refused(t, "refund again", 409, func() *plugintest.Response { return s.onException(t, x.Id, "refund", because()) })
}

// The provider sends two notifications of each refund, and each repeats the
// refunds before it.
func TestPW39_PartOfThePaymentThenTheRest(t *testing.T) {
	t.Parallel()
	s := notifiedTill(t)
	order := s.pay(t).OrderID
	if err := s.provider.Pay(order); err != nil {
		t.Fatal(err)
	}
	s.eventually(t, "paid", func() bool { i, _ := s.fresh(t); return i.Status() == collections.Paid })
	s.onInvoice(t, s.invoice.Id, "refund", because("amount", 400_000)).Want(200)
	s.runJobs(t, "payment.refund")
	if i, _ := s.fresh(t); i.RefundState() != collections.RefundPartial {
		t.Errorf("after a part: %s", i.RefundState())
	}
	s.wantMoney(t, moneySums{Received: 1_500_000, Applied: 1_100_000, Refunded: 400_000})
	if err := s.provider.Refund(order, 0); err != nil { // the rest, in the provider's dashboard
		t.Fatal(err)
	}
	s.eventually(t, "all is back", func() bool { i, _ := s.fresh(t); return i.RefundState() == collections.RefundFull })
	confirmed := func() int { // by the bank, which the second notifications tell
		a, err := collections.FindAttemptByOrder(s, order)
		if err != nil {
			t.Fatal(err)
		}
		refunds := []struct {
			Confirmed string `json:"confirmed"`
		}{}
		if err := a.UnmarshalJSONField("refunds", &refunds); err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, r := range refunds {
			if r.Confirmed != "" {
				n++
			}
		}
		return n
	}
	s.eventually(t, "both confirmed", func() bool { return confirmed() == 2 })
	if n := s.count(t, collections.Ledger, dbx.HashExp{"kind": "refund"}); n != 2 {
		t.Errorf("%d refunds in the ledger, want 2", n)
	}
	if i, p := s.fresh(t); i.Status() != collections.Paid || p.Status() != collections.InProgress {
		t.Errorf("invoice %s, project %s", i.Status(), p.Status())
	}
	s.wantMoney(t, moneySums{Received: 1_500_000, Refunded: 1_500_000})
}

func TestPW41_ChargebackIsFlaggedAndNothingIsUndone(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	order := s.pay(t).OrderID
	s.settle(t, order)
	if err := s.provider.Chargeback(order); err != nil {
		t.Fatal(err)
	}
	s.hear(t, s.notify(t, order, "chargeback", "200"))
	if n := s.count(t, collections.MoneyExceptions, nil); n != 0 {
		t.Fatal("an unconfirmed chargeback was believed")
	}
	s.runJobs(t, "payment.verify")
	x := s.exception(t, dbx.HashExp{"kind": "chargeback", "amount": 1_500_000, "state": "open"})
	if i, p := s.fresh(t); i.Status() != collections.Paid || p.Status() != collections.InProgress {
		t.Errorf("invoice %s, project %s", i.Status(), p.Status())
	}
	if n := s.count(t, collections.ProjectEvents, dbx.HashExp{"project": s.project.Id, "kind": "payment_disputed", "to": ""}); n != 1 {
		t.Errorf("%d marks on the project's timeline", n)
	}
	s.hear(t, s.notify(t, order, "chargeback", "200")) // once more
	s.runJobs(t, "payment.verify")
	if n := s.count(t, collections.ProjectEvents, dbx.HashExp{"kind": "payment_disputed"}); n != 1 {
		t.Errorf("%d marks after a repetition", n)
	}
	other := s.otherInvoice(t, 1_000_000)
	s.refused(t, "use of money that is gone", 409, func() *plugintest.Response {
		return s.onException(t, x.Id, "apply", map[string]any{"invoice": other.Id})
	})
	s.refused(t, "refund of money that is gone", 409, func() *plugintest.Response { return s.onException(t, x.Id, "refund", because()) })
	s.wantMoney(t, moneySums{Received: 1_500_000, Applied: 1_500_000})
}

// The provider's dashboard gave the money back and its notice got lost: nobody
// may send the same money a second time.
func TestMoneyThatWentBackUnheardIsNotDisposedOf(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"apply", "refund", "refund by transfer"} {
		s := newTill(t)
		x := s.payTwice(t)
		other := s.otherInvoice(t, 1_500_000)
		if err := s.provider.Refund(x.GetString("order_id"), 0); err != nil {
			t.Fatal(err)
		}
		path, body := action, because()
		switch action {
		case "apply":
			body = into(other.Id)
		case "refund by transfer":
			path, body = "refund", because("reference", "BCA 0042")
		}
		s.onException(t, x.Id, path, body).WantError(409, "state")
		if i := s.invoiceNow(t, other.Id); i.Status() != collections.Unpaid {
			t.Errorf("%s: the other invoice is %s", action, i.Status())
		}
		s.exception(t, dbx.HashExp{"id": x.Id, "state": "refunded"})
		s.wantMoney(t, moneySums{Received: 3_000_000, Applied: 1_500_000, Refunded: 1_500_000})
	}
}

// An answer from before the payment says nothing about refunds since.
func TestStaleAnswersDisposeOfNothing(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	x := s.payTwice(t)
	if err := s.provider.Refund(x.GetString("order_id"), 0); err != nil {
		t.Fatal(err)
	}
	rules, err := sandbox.ParseChaos([]byte(`{"status_stale":1}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.provider.SetChaos(rules...); err != nil {
		t.Fatal(err)
	}
	s.refused(t, "stale", 503, func() *plugintest.Response {
		return s.onException(t, x.Id, "refund", because("reference", "BCA 0042"))
	})
}

// The money was used for another invoice, then it went back in the provider's
// dashboard: that invoice says so, and not the one that it was sent for.
func TestRefundElsewhereReachesTheInvoiceThatTheMoneyPaid(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	x := s.payTwice(t)
	other := s.otherInvoice(t, 900_000)
	s.onException(t, x.Id, "apply", into(other.Id)).Want(200)
	order := x.GetString("order_id")
	for _, c := range []struct {
		amount int64
		state  string
	}{{400_000, collections.RefundNone}, {500_000, collections.RefundPartial}, {600_000, collections.RefundFull}} {
		if err := s.provider.Refund(order, c.amount); err != nil {
			t.Fatal(err)
		}
		s.hear(t, s.notify(t, order, "partial_refund", "200"))
		s.runJobs(t, "payment.verify")
		if got := s.invoiceNow(t, other.Id).RefundState(); got != c.state {
			t.Errorf("after %d the other invoice says %s, want %s", c.amount, got, c.state)
		}
	}
	if i, _ := s.fresh(t); i.RefundState() != collections.RefundNone {
		t.Errorf("the first invoice: %s", i.RefundState())
	}
	s.wantMoney(t, moneySums{Received: 3_000_000, Applied: 1_500_000, Refunded: 1_500_000})
}

func TestRefundWithTheSameKeyIsOneRefund(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	s.settle(t, s.pay(t).OrderID)
	ask := func(key string, amount int) *plugintest.Response {
		req := s.Request(t, "POST", "/api/admin/invoices/"+s.invoice.Id+"/refund", s.admin.Token, because("amount", amount))
		req.Header.Set("Idempotency-Key", key)
		return s.Send(t, req)
	}
	first := ask("k1", 400_000).Want(200)
	if again := ask("k1", 400_000).Want(200); string(again.Body) != string(first.Body) {
		t.Errorf("the repetition answers %s, the first %s", again.Body, first.Body)
	}
	ask("k1", 500_000).WantError(409, "refund") // the key belongs to another wish
	ask("k2", 400_000).WantError(409, "refund") // one at a time
	s.runJobs(t, "payment.refund")
	ask("k1", 400_000).Want(200) // also when it is done
	s.runJobs(t, "payment.refund")
	s.wantMoney(t, moneySums{Received: 1_500_000, Applied: 1_100_000, Refunded: 400_000})
	ask("k2", 400_000).Want(200)
	s.runJobs(t, "payment.refund")
	s.wantMoney(t, moneySums{Received: 1_500_000, Applied: 700_000, Refunded: 800_000})
}

// counter counts the calls that would move money.
type counter struct {
	gateway.Gateway
	refunds, statuses atomic.Int64
	fail              func() error
}

func (c *counter) Refund(ctx context.Context, r gateway.RefundRequest) (*gateway.Transaction, error) {
	c.refunds.Add(1)
	t, err := c.Gateway.Refund(ctx, r)
	if c.fail != nil && c.fail() != nil {
		return nil, c.fail()
	}
	return t, err
}

func (c *counter) Status(ctx context.Context, id string) (*gateway.Transaction, error) {
	c.statuses.Add(1)
	return c.Gateway.Status(ctx, id)
}

func countedTill(t *testing.T) (*till, *counter) {
	t.Helper()
	c := &counter{}
	s := openShop(t, terms{keys: key, wire: func(g gateway.Gateway) gateway.Gateway { c.Gateway = g; return c }})
	return &till{s, s.NewUser(t, collections.RoleAdmin)}, c
}

func TestPW61_RefundHeardBeforeTheSettlement(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	order := s.pay(t).OrderID
	if err := s.provider.Pay(order); err != nil { // its notification is lost
		t.Fatal(err)
	}
	if err := s.provider.Refund(order, 0); err != nil {
		t.Fatal(err)
	}
	refund := s.notify(t, order, "refund", "200")
	s.hear(t, refund)
	s.wantUnpaid(t)
	s.runJobs(t, "payment.verify")
	check := func() {
		t.Helper()
		if i, p := s.fresh(t); i.Status() != collections.Unpaid || p.Status() != collections.PendingPayment {
			t.Errorf("invoice %s, project %s", i.Status(), p.Status())
		}
		if s.count(t, collections.Ledger, dbx.HashExp{"kind": "payment", "applied": 0}) != 1 ||
			s.count(t, collections.Ledger, dbx.HashExp{"kind": "refund"}) != 1 || s.count(t, collections.Ledger, nil) != 2 {
			t.Error("want one payment and one refund")
		}
		s.wantMoney(t, moneySums{Received: 1_500_000, Refunded: 1_500_000})
	}
	check()
	s.hear(t, s.notify(t, order, "settlement", "200"))
	check()
}

// The provider's answer is lost each time; the key makes the money go once.
func TestRefundGoesOnceHoweverOftenTheJobRuns(t *testing.T) {
	t.Parallel()
	s, calls := countedTill(t)
	x := s.payTwice(t)
	s.onException(t, x.Id, "refund", because()).Want(200)
	calls.fail = func() error { return &gateway.APIError{Class: gateway.ErrAmbiguous} }
	run := collections.FindJobHandler(s, "payment.refund")
	args := []byte(`{"exception":"` + x.Id + `"}`)
	if err := run(t.Context(), s, args); err == nil {
		t.Fatal("a lost answer was taken for success")
	}
	if got := s.Reload(t, x).GetString("state"); got != "refunding" {
		t.Fatalf("state = %s", got)
	}
	for range 3 {
		if err := run(t.Context(), s, args); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.refundsAt(x.GetString("order_id")); calls.refunds.Load() != 1 || got != "1500000.00" {
		t.Errorf("%d calls, %s went back", calls.refunds.Load(), got)
	}
	s.wantMoney(t, moneySums{Received: 3_000_000, Applied: 1_500_000, Refunded: 1_500_000})
}

func TestRefusedRefundIsDecidedAnew(t *testing.T) {
	t.Parallel()
	s, calls := countedTill(t)
	x := s.payTwice(t)
	s.onException(t, x.Id, "refund", because()).Want(200)
	gateway := calls.Gateway
	calls.Gateway = refusing{gateway}
	s.runJobs(t, "payment.refund")
	if x = s.Reload(t, x); x.GetString("state") != "open" {
		t.Fatalf("state = %s", x.GetString("state"))
	}
	s.wantMoney(t, moneySums{Received: 3_000_000, Applied: 1_500_000, Open: 1_500_000})
	calls.Gateway = gateway
	s.onException(t, x.Id, "refund", because()).Want(200)
	s.runJobs(t, "payment.refund")
	s.wantMoney(t, moneySums{Received: 3_000_000, Applied: 1_500_000, Refunded: 1_500_000})
}

// refusing is a provider whose refunds are not covered.
type refusing struct{ gateway.Gateway }

func (refusing) Refund(context.Context, gateway.RefundRequest) (*gateway.Transaction, error) {
	return nil, &gateway.APIError{Class: gateway.ErrRejected, StatusCode: "414", Message: "insufficient funds"}
}

func TestRefundOfAnInvoiceAtOnce(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	refund := func(body any) *plugintest.Response { return s.onInvoice(t, s.invoice.Id, "refund", body) }
	s.refused(t, "nothing was paid", 409, func() *plugintest.Response { return refund(because("amount", 1)) })
	order := s.pay(t).OrderID
	s.settle(t, order)
	for name, c := range map[string]struct {
		body   any
		status int
	}{
		"too much": {because("amount", 1_500_001), 409}, "nothing": {because("amount", 0), 400}, "negative": {because("amount", -5), 400},
		"fraction": {because("amount", 1.5), 400}, "text": {because("amount", "1000"), 400}, "no reason": {map[string]any{"amount": 1}, 400},
		"blank reason": {because("amount", 1, "reason", "    "), 400}, "short reference": {because("amount", 1, "reference", "---"), 400},
	} {
		s.refused(t, name, c.status, func() *plugintest.Response { return refund(c.body) })
	}
	if got := raced(8, func(int) *plugintest.Response { return refund(because("amount", 1_500_000)) }); got[200] != 1 || got[409] != 7 {
		t.Errorf("parallel presses: %v", got)
	}
	s.runJobs(t, "payment.refund")
	if i, _ := s.fresh(t); i.RefundState() != collections.RefundFull || i.Status() != collections.Paid {
		t.Errorf("%s, %s", i.Status(), i.RefundState())
	}
	s.refused(t, "all is back", 409, func() *plugintest.Response { return refund(because("amount", 1)) })
	s.wantMoney(t, moneySums{Received: 1_500_000, Refunded: 1_500_000})
	if n := s.count(t, collections.Notifications, dbx.HashExp{"user": s.client.Id, "title": "Pengembalian dana Rp1.500.000"}); n != 1 {
		t.Errorf("the client was told %d times", n)
	}
}
