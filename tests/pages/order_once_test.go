package pages

import (
	"testing"

	"jasaweb/collections"
)

// A double tap, going back and pressing again, and a second tab with other words:
// one order, the same order, another order.
func TestOrderFormOrdersOnceInTheBrowser(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	client := s.NewUser(t, collections.RoleClient)
	b := s.open(t, client.Token)
	count := func(want int64, what string) {
		t.Helper()
		if n, err := s.CountRecords(collections.Projects); err != nil || n != want {
			t.Errorf("%s: %d projects, %v; want %d", what, n, err, want)
		}
	}
	b.visit("/portal/pesan-baru?name=SD+Maju&type=company")
	b.eval(`(() => { const form = document.querySelector("main form[method=post]"); form.requestSubmit(); form.requestSubmit(); })()`)
	b.sees("Menunggu pembayaran")
	first := b.path()
	count(1, "a double tap")
	b.eval(`history.back()`)
	b.sees("Pesan dan lanjut bayar")
	b.press("Pesan dan lanjut bayar")
	b.sees("Menunggu pembayaran")
	if b.path() != first {
		t.Errorf("after going back the order leads to %s, not to %s", b.path(), first)
	}
	count(1, "going back")
	b.eval(`history.back()`)
	b.sees("Pesan dan lanjut bayar")
	b.eval(`document.querySelector("[name=name]").value = "SD Dua"`)
	b.press("Pesan dan lanjut bayar")
	b.sees("Menunggu pembayaran")
	if b.path() == first {
		t.Error("another website is no order of its own")
	}
	count(2, "another name")
}
