package collections

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestDedupeKeyFitsAndStaysItsOwn(t *testing.T) {
	t.Parallel()
	full := "refund:" + strings.Repeat("é", maxDedupeKey-7)
	if got := DedupeKey(full); got != full {
		t.Errorf("a key of %d characters became %q", maxDedupeKey, got)
	}
	a, b := DedupeKey(full+"a"), DedupeKey(full+"b")
	if a == b || utf8.RuneCountInString(a) != maxDedupeKey || !strings.HasPrefix(a, "refund:é") {
		t.Errorf("%q and %q", a, b)
	}
	if DedupeKey(full+"a") != a {
		t.Error("the same key is not the same")
	}
}
