package gateway_test

import (
	"strings"
	"testing"

	"jasaweb/plugins/payments/gateway"
)

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
