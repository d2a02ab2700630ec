package payments_test

import (
	"fmt"
	"testing"
	"time"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

func TestPW42_BeyondTheWindowTheButtonExplainsAndCallsNobody(t *testing.T) {
	t.Parallel()
	s, calls := countedTill(t)
	x := s.payTwice(t)
	a, err := collections.FindAttempt(s, x.GetString("attempt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		acquirer, kind string
		age            time.Duration
		status         int
	}{
		{"gopay", "off-us", 7*24*time.Hour + time.Minute, 409},
		{"gopay", "", 8 * 24 * time.Hour, 409},
		{"gopay", "on-us", 46 * 24 * time.Hour, 409},
		{"airpay shopee", "", 366 * 24 * time.Hour, 409},
		{"gopay", "on-us", 44 * 24 * time.Hour, 200},
	} {
		noon := time.Date(2027, 3, 1, 5, 0, 0, 0, time.UTC)
		a.Load(map[string]any{"acquirer": c.acquirer, "transaction_type": c.kind, "settled_at": collections.DateTime(noon.Add(-c.age))})
		if err := s.Save(a); err != nil {
			t.Fatal(err)
		}
		s.SetNow(noon)
		var list struct {
			Items []struct {
				ID     string
				Refund struct {
					Possible    bool
					Obstacle    string
					SecondsLeft int64 `json:"seconds_left"`
				}
			}
		}
		s.Do(t, "GET", "/api/admin/payments/exceptions", s.admin.Token, nil).Want(200).JSON(&list)
		if got := list.Items[0].Refund; got.Possible != (c.status == 200) || (got.SecondsLeft > 0) != got.Possible {
			t.Errorf("%+v: the list says %+v", c, got)
		}
		calls.refunds.Store(0)
		calls.statuses.Store(0)
		press := func() *plugintest.Response { return s.onException(t, x.Id, "refund", because()) }
		if c.status == 200 {
			press().Want(200)
			continue
		}
		s.refused(t, fmt.Sprint(c), c.status, press)
		press().WantError(409, "refund")
		if calls.refunds.Load()+calls.statuses.Load() != 0 {
			t.Errorf("%+v: the provider was called", c)
		}
	}
}

func TestShopeePayRefundsWholePaymentsByDay(t *testing.T) {
	t.Parallel()
	s, calls := countedTill(t)
	x := s.payTwice(t)
	a, err := collections.FindAttempt(s, x.GetString("attempt"))
	if err != nil {
		t.Fatal(err)
	}
	a.Set("acquirer", "airpay shopee")
	a.Set("settled_at", "2027-02-01 00:00:00.000Z")
	if err := s.Save(a); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"23:55", "00:10", "05:59"} {
		night, err := time.Parse("2006-01-02 15:04 -0700", "2027-03-01 "+at+" +0700")
		if err != nil {
			t.Fatal(err)
		}
		s.SetNow(night)
		s.refused(t, at, 409, func() *plugintest.Response { return s.onException(t, x.Id, "refund", because()) })
	}
	s.SetNow(time.Date(2027, 3, 1, 5, 0, 0, 0, time.UTC))
	x.Set("returned", 1)
	if err := s.Save(x); err != nil {
		t.Fatal(err)
	}
	s.refused(t, "a part", 409, func() *plugintest.Response { return s.onException(t, x.Id, "refund", because()) })
	if calls.refunds.Load() != 0 {
		t.Error("the provider was called")
	}
}
