package payments_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/payments/gateway"
	"jasaweb/plugins/payments/midtrans"
	"jasaweb/plugins/payments/midtrans/sandbox"
)

// brokenEar is a gateway that breaks when it reads a notification: its clock does.
type brokenEar struct {
	gateway.Gateway
	ear *midtrans.Client
}

func (g brokenEar) Hear(body []byte) (*gateway.Notification, error) { return g.ear.Hear(body) }

func breakingShop(t *testing.T) *shop {
	return openShop(t, terms{keys: key, wire: func(g gateway.Gateway) gateway.Gateway {
		return brokenEar{g, midtrans.New(midtrans.Config{ServerKey: key, MerchantID: sandbox.DefaultMerchantID}, func() time.Time { panic("boom") })}
	}})
}

// A genuine notification that breaks the program while it is read is kept, with
// what the provider said, and the provider is asked.
func TestPW108_AStatementThatCannotBeReadIsAnException(t *testing.T) {
	t.Parallel()
	s := &till{breakingShop(t), nil}
	s.admin = s.NewUser(t, collections.RoleAdmin)
	order := s.pay(t).OrderID
	must(t, s.provider.Pay(order))
	n := s.notify(t, order, "settlement", "200").with("issuer", "kata penyedia", "customer_details", notice{"email": "rahasia@contoh.test"})
	before := s.Hash(t)
	s.shop.post(t, n.with("gross_amount", "1.00")).WantError(401)
	s.shop.post(t, n.with("signature_key", nil)).WantError(400)
	if s.Hash(t) != before {
		t.Error("what is not genuine left traces")
	}
	for range 2 {
		s.hear(t, n)
	}
	x := s.exception(t, dbx.HashExp{"kind": "unbooked"})
	var kept struct{ Statement string }
	s.Do(t, "GET", "/api/admin/payments/exceptions/"+x.Id+"/statement", s.admin.Token, nil).Want(200).JSON(&kept)
	if !strings.Contains(kept.Statement, "kata penyedia") || strings.Contains(kept.Statement, "rahasia@") || x.GetInt("amount") != 1_500_000 || x.GetString("invoice") != s.invoice.Id {
		t.Errorf("%d rupiah, %s", x.GetInt("amount"), kept.Statement)
	}
	if told := s.count(t, collections.Notifications, dbx.HashExp{"user": s.admin.Id, "priority": "critical"}); told != 1 {
		t.Errorf("the admin was told %d times", told)
	}
	s.wantUnpaid(t)
	s.wantUnbooked(t, 1_500_000, 1)
	s.runJobs(t, "payment.verify") // its answer is read elsewhere
	if i, _ := s.fresh(t); i.Status() != collections.Paid {
		t.Errorf("the provider was asked, and the invoice is %s", i.Status())
	}
	s.wantMoney(t, moneySums{Received: 1_500_000, Applied: 1_500_000})
}

// One that breaks the program whenever it is booked is repeated for the case that
// the trouble passes; then it is kept.
func TestPW108_AStatementThatAlwaysBreaksIsAnException(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	armed := true
	s.OnRecordCreateExecute(collections.Ledger).BindFunc(func(e *core.RecordEvent) error {
		if armed {
			panic("boom")
		}
		return e.Next()
	})
	n := s.notify(t, s.pay(t).OrderID, "settlement", "200")
	before := s.Hash(t)
	for range 2 {
		s.shop.post(t, n).WantError(503)
	}
	if s.Hash(t) != before {
		t.Error("half a statement stayed")
	}
	s.hear(t, n)
	s.exception(t, dbx.HashExp{"kind": "unbooked", "amount": 1_500_000, "state": "open"})
	s.wantUnpaid(t)
	armed = false
	s.hear(t, n)
	if i, _ := s.fresh(t); i.Status() != collections.Paid {
		t.Errorf("after the mend the invoice is %s", i.Status())
	}
}
