package gateway_test

import (
	"strings"
	"testing"
	"time"

	"jasaweb/collections/paystate"
	"jasaweb/plugins/payments/gateway"
)

func TestTimesOfTheFutureAreNotBelieved(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	edge := now.Add(24 * time.Hour)
	for at, want := range map[time.Time]time.Time{{}: {}, now: now, now.AddDate(-1, 0, 0): now.AddDate(-1, 0, 0), edge: edge, edge.Add(time.Second): {}} {
		tr := &gateway.Transaction{SettledAt: at, Notice: paystate.Notice{Refunds: []paystate.Refund{{Key: "a"}, {Key: "b", At: at}}}}
		tr.Believe(now)
		if !tr.SettledAt.Equal(want) || !tr.Notice.Refunds[1].At.Equal(want) {
			t.Errorf("%s: settled %s, given back %s", at, tr.SettledAt, tr.Notice.Refunds[1].At)
		}
	}
}

func TestWordFitsItsColumn(t *testing.T) {
	t.Parallel()
	full := strings.Repeat("é", gateway.MaxWord)
	for in, want := range map[string]string{
		"": "", "gopay": "gopay", "Bank  é 銀行": "Bank  é 銀行", full: full, full + "x": full, "\x00" + full: full,
		"a\x00b\nc\u200bd\xff": "abcd", "\x00": "",
	} {
		if got := gateway.Word(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
