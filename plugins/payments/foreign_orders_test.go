package payments_test

import (
	"fmt"
	"testing"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

const foreignOrders = "/api/collections/foreign_orders/records"

func (s *till) markForeign(t *testing.T, prefix string) *plugintest.Response {
	t.Helper()
	return s.post(t, foreignOrders, map[string]any{"prefix": prefix, "reason": "toko lain"})
}

// stranger is a genuine settlement of an order that is not ours.
func (s *till) stranger(order string) notice {
	return s.foreignNotice(order, "txn-"+order, "settlement")
}

func TestPW105_ForeignOrdersAreMarkedOnce(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	s.hear(t, s.stranger("TOKO-1"))
	s.hear(t, s.stranger("LAIN-1"))
	s.markForeign(t, "TOKO-").Want(200)
	x := s.exception(t, dbx.HashExp{"order_id": "TOKO-1"})
	if x.GetString("state") != collections.ExceptionWaived || x.GetString("decided_by") != s.admin.Id || x.GetString("reason") == "" {
		t.Errorf("the finding is %s by %q: %q", x.GetString("state"), x.GetString("decided_by"), x.GetString("reason"))
	}
	told := s.count(t, collections.Notifications, nil)
	s.hear(t, s.stranger("TOKO-2"))
	s.hear(t, s.foreignNotice("TOKO-2", "txn-TOKO-2", "refund"))
	if got := s.inbox(t).GetString("outcome"); got != "foreign" {
		t.Errorf("outcome %s", got)
	}
	if n := s.count(t, collections.MoneyExceptions, dbx.HashExp{"order_id": "TOKO-2"}); n != 0 {
		t.Errorf("%d findings about a foreign order", n)
	}
	if n := s.count(t, collections.Jobs, dbx.HashExp{"kind": "payment.verify"}); n != 0 {
		t.Errorf("%d questions about a foreign order", n)
	}
	if n := s.count(t, collections.Notifications, nil); n != told {
		t.Errorf("%d notices about a foreign order", n-told)
	}
	s.hear(t, s.stranger("LAIN-2")) // begins otherwise
	s.hear(t, s.stranger("toko-2"))
	if n := s.count(t, collections.MoneyExceptions, dbx.HashExp{"state": "open"}); n != 3 {
		t.Errorf("%d findings about other orders", n)
	}
	if n := s.count(t, collections.AuditLogs, dbx.HashExp{"collection": "foreign_orders", "action": "create", "actor": s.admin.Id}); n != 1 {
		t.Errorf("%d rows in the audit log", n)
	}
	s.wantMoney(t, moneySums{})
}

// An order of ours stays one, and so does money that somebody has used here.
func TestPW105_OurMoneyIsNeverForeign(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	const order = "TOKO-9"
	s.hear(t, s.foreign(t, order))
	x := s.exception(t, dbx.HashExp{"kind": "orphan"})
	s.onException(t, x.Id, "apply", into(s.invoice.Id)).Want(200)
	s.markForeign(t, "TOKO-").Want(200)
	if got := s.Reload(t, x).GetString("state"); got == collections.ExceptionWaived {
		t.Error("money that pays an invoice was called foreign")
	}
	must(t, s.provider.Refund(order, 0))
	s.hear(t, s.foreignNotice(order, x.GetString("provider_txn_id"), "refund"))
	s.runJobs(t, "payment.verify")
	s.wantMoney(t, moneySums{Received: 700_000, Refunded: 700_000})
}

func TestPW105_WhatCanBeMarkedForeign(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	for name, prefix := range map[string]string{
		"our own": "JW1-", "the beginning of our own": "JW1", "one of our orders": "JW1-00000042-01ABCDEFGHK",
		"too short": "TO", "too long": fmt.Sprintf("%041d", 7), "blank": "", "other signs": "TOKO/", "a pattern": "TO%",
	} {
		s.refused(t, name, 400, func() *plugintest.Response { return s.markForeign(t, prefix) })
	}
	for name, token := range map[string]string{"a guest": "", "a client": s.client.Token} {
		s.refused(t, name, 400, func() *plugintest.Response {
			return s.Do(t, "POST", foreignOrders, token, map[string]any{"prefix": "TOKO-", "reason": "toko lain"})
		})
	}
	s.markForeign(t, "JWX").Want(200)
	s.refused(t, "twice", 400, func() *plugintest.Response { return s.markForeign(t, "JWX") })
	s.markForeign(t, fmt.Sprintf("%040d", 7)).Want(200)
	for n := 2; n < 50; n++ {
		s.markForeign(t, fmt.Sprintf("TOKO%d-", n)).Want(200)
	}
	s.refused(t, "one too many", 400, func() *plugintest.Response { return s.markForeign(t, "TOKO50-") })
}
