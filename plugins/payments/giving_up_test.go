package payments_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/plugins/payments/gateway"
)

// away is a provider that nobody reaches.
type away struct{ gateway.Gateway }

func (away) Status(context.Context, string) (*gateway.Transaction, error) {
	return nil, &gateway.APIError{Class: gateway.ErrRetryable}
}

// A refund that could not be made for days is the admins' to decide anew, and its
// job stays as long as they have not.
func TestPW76_ARefundThatIsGivenUpIsDecidedAnew(t *testing.T) {
	t.Parallel()
	s, calls := countedTill(t)
	x := s.payTwice(t)
	s.onException(t, x.Id, "refund", because()).Want(200)
	var h struct {
		Refunds struct {
			OnTheWay         int   `json:"on_the_way"`
			OldestAgeSeconds int64 `json:"oldest_age_seconds"`
		}
	}
	s.SetNow(s.Now().Add(2 * time.Hour))
	s.Do(t, "GET", "/api/admin/payments/health", s.admin.Token, nil).Want(200).JSON(&h)
	if h.Refunds.OnTheWay != 1 || h.Refunds.OldestAgeSeconds != 7200 {
		t.Errorf("health: %+v", h.Refunds)
	}
	reached := calls.Gateway
	calls.Gateway = away{reached}
	args := json.RawMessage(`{"exception":"` + x.Id + `"}`)
	cause := collections.FindJobHandler(s, "payment.refund")(t.Context(), s, args)
	if !errors.Is(cause, gateway.ErrRetryable) {
		t.Fatalf("the provider is away: %v", cause)
	}
	if n := collections.JobAttempts(s, "payment.refund", 0); n < 45 { // of up to three hours: days
		t.Errorf("%d attempts", n)
	}
	for range 2 { // a crash in between repeats it
		if err := collections.JobGiveUp(s, "payment.refund")(s, args, cause); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Reload(t, x).GetString("state"); got != "open" {
		t.Errorf("the decision is %s", got)
	}
	told := dbx.HashExp{"user": s.admin.Id, "title": "Pengembalian dana tidak terlaksana"}
	if n := s.count(t, collections.Notifications, told); n != 1 {
		t.Errorf("the admin was told %d times", n)
	}
	keep := func() bool {
		t.Helper()
		keep, err := collections.KeepJob(s, "payment.refund", args)
		if err != nil {
			t.Fatal(err)
		}
		return keep
	}
	if !keep() {
		t.Error("the job of an open decision may be forgotten")
	}
	calls.Gateway = reached
	s.onException(t, x.Id, "refund", because()).Want(200)
	s.runJobs(t, "payment.refund")
	s.wantMoney(t, moneySums{Received: 3_000_000, Applied: 1_500_000, Refunded: 1_500_000})
	if keep() {
		t.Error("the job of a closed decision is kept")
	}
}

// The answer to the last attempt was lost and the money has gone: whoever decides
// anew learns of it and sends nothing more.
func TestPW76_AGivenUpRefundThatHappenedIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	s, calls := countedTill(t)
	s.settle(t, s.pay(t).OrderID)
	s.onInvoice(t, s.invoice.Id, "refund", because("amount", 500_000)).Want(200)
	x := s.exception(t, dbx.HashExp{"kind": "refund"})
	calls.fail = func() error { return &gateway.APIError{Class: gateway.ErrAmbiguous} }
	args := json.RawMessage(`{"exception":"` + x.Id + `"}`)
	cause := collections.FindJobHandler(s, "payment.refund")(t.Context(), s, args)
	if err := collections.JobGiveUp(s, "payment.refund")(s, args, cause); cause == nil || err != nil {
		t.Fatal(cause, err)
	}
	calls.fail = nil
	s.onException(t, x.Id, "refund", because("reference", "BCA 0042")).WantError(409, "state")
	s.exception(t, dbx.HashExp{"id": x.Id, "state": "refunded"})
	s.wantMoney(t, moneySums{Received: 1_500_000, Applied: 1_000_000, Refunded: 500_000})
}

// A refund on its way that no job carries out is found by night.
func TestPW76_ARefundWithoutAJobIsHandedBack(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	x := s.payTwice(t)
	s.onException(t, x.Id, "refund", because()).Want(200)
	s.runProof(t)
	if got := s.Reload(t, x).GetString("state"); got != "refunding" {
		t.Fatalf("with its job: %s", got)
	}
	if _, err := s.NonconcurrentDB().NewQuery(`UPDATE {{jobs}} SET [[state]] = 'dead' WHERE [[kind]] = 'payment.refund'`).Execute(); err != nil {
		t.Fatal(err)
	}
	s.runProof(t)
	if got := s.Reload(t, x).GetString("state"); got != "open" {
		t.Errorf("without: %s", got)
	}
}
