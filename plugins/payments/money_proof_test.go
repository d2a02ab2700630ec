package payments_test

import (
	"testing"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
)

func TestProofFindsABrokenLedger(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	s.settle(t, s.pay(t).OrderID)
	s.runProof(t)
	alarm := dbx.HashExp{"user": s.admin.Id, "priority": "critical"}
	if n := s.count(t, collections.Notifications, alarm); n != 0 {
		t.Fatalf("%d false alarms", n)
	}
	// Two errors that cancel each other out in the sum.
	for txn, amount := range map[string]int{"hantu": 70_000, "hantu-lain": -70_000} {
		_, err := s.NonconcurrentDB().NewQuery(`INSERT INTO {{ledger}} ([[id]], [[kind]], [[amount]], [[applied]], [[provider_txn_id]], [[dedupe_key]], [[at]])
			VALUES ({:id}, 'payment', {:amount}, 0, {:id}, {:id}, '2026-11-22 20:00:00.000Z')`).Bind(dbx.Params{"id": txn, "amount": amount}).Execute()
		if err != nil {
			t.Fatal(err)
		}
	}
	var p proofAnswer
	s.Do(t, "GET", "/api/admin/payments/proof?from=2026-11-23&to=2026-11-23", s.admin.Token, nil).Want(200).JSON(&p)
	if p.Holds || len(p.Unbalanced) != 2 {
		t.Errorf("%+v", p)
	}
	s.runProof(t)
	if n := s.count(t, collections.Notifications, alarm); n != 1 {
		t.Errorf("%d alarms, want 1", n)
	}
}

// runProof does what the night does, whatever the cron enqueues.
func (s *till) runProof(t *testing.T) {
	t.Helper()
	for _, job := range s.Cron().Jobs() {
		if job.Id() == "payments.proof" {
			job.Run()
			job.Run() // another node
		}
	}
	if n := s.runJobs(t, "payment.proof"); n != 1 {
		t.Fatalf("%d checks, want 1", n)
	}
	if err := s.dropJobs(); err != nil {
		t.Fatal(err)
	}
}

func (s *till) dropJobs() error {
	_, err := s.NonconcurrentDB().NewQuery(`DELETE FROM {{jobs}} WHERE [[kind]] = 'payment.proof'`).Execute()
	return err
}

func TestProofOfAPeriod(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	for _, bad := range []string{"?from=besok", "?to=2026-13-01", "?from=2026-11-02&to=2026-11-01", "?from=2020-01-01&to=2026-01-01"} {
		s.Do(t, "GET", "/api/admin/payments/proof"+bad, s.admin.Token, nil).WantError(400)
	}
	s.hear(t, s.notify(t, s.pay(t).OrderID, "settlement", "200")) // 22 November, 12:05 WIB
	var p proofAnswer
	s.Do(t, "GET", "/api/admin/payments/proof?from=2026-11-22&to=2026-11-22", s.admin.Token, nil).Want(200).JSON(&p)
	if len(p.Days) != 1 || p.Days[0].Date != "2026-11-22" || p.Days[0].Received != 1_500_000 || p.Total.Applied != 1_500_000 {
		t.Errorf("%+v", p)
	}
	p = proofAnswer{}
	s.Do(t, "GET", "/api/admin/payments/proof?from=2026-11-01&to=2026-11-21", s.admin.Token, nil).Want(200).JSON(&p)
	if len(p.Days) != 0 || p.Total.Received != 0 || p.All.Received != 1_500_000 {
		t.Errorf("%+v", p)
	}
}

// What arrives at midnight is the new day's.
func TestProofAtMidnight(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	s.hear(t, s.notify(t, s.pay(t).OrderID, "settlement", "200").with("settlement_time", "2026-11-23 00:00:00"))
	for day, want := range map[string]int64{"2026-11-22": 0, "2026-11-23": 1_500_000} {
		var p proofAnswer
		s.Do(t, "GET", "/api/admin/payments/proof?from="+day+"&to="+day, s.admin.Token, nil).Want(200).JSON(&p)
		if p.Total.Received != want {
			t.Errorf("%s: %d received, want %d", day, p.Total.Received, want)
		}
	}
}
