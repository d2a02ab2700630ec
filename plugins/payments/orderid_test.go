package payments_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"jasaweb/plugins/payments"
	"jasaweb/plugins/payments/midtrans"
)

// ourOrder is the form of the order ids that OrderID makes.
var ourOrder = regexp.MustCompile(`^JW1-\d{8,}-\d{2,}[A-Z2-7]{8}K$`)

func drawOrderID(t *rapid.T) string {
	random := rapid.SliceOfN(rapid.Byte(), 5, 5).Draw(t, "random")
	id, err := payments.OrderID(rapid.IntRange(1, 999_999_999).Draw(t, "serial"), rapid.IntRange(1, 120).Draw(t, "attempt"), bytes.NewReader(random))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestOrderIDForm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		serial, attempt int
		random, want    string
	}{
		{42, 1, "\x00\x00\x00\x00\x00", "JW1-00000042-01AAAAAAAAK"},
		{99_999_999, 99, "\xff\xff\xff\xff\xff", "JW1-99999999-9977777777K"},
		{1, 2, "abcdefgh", "JW1-00000001-02MFRGGZDFK"}, // no more than forty bits are used
	} {
		got, err := payments.OrderID(c.serial, c.attempt, strings.NewReader(c.random))
		if err != nil || got != c.want {
			t.Errorf("OrderID(%d, %d) = %q, %v; want %q", c.serial, c.attempt, got, err, c.want)
		}
	}
}

// heard reports whether Midtrans' client takes these texts, signed as one, for a
// notification.
func heard(orderID, code, gross, signature string) bool {
	c := midtrans.New(midtrans.Config{ServerKey: key}, time.Now)
	_, err := c.Hear(fmt.Appendf(nil, `{"order_id":%q,"status_code":%q,"gross_amount":%q,"signature_key":%q,"transaction_status":"settlement","transaction_id":"t1"}`,
		orderID, code, gross, signature))
	return err == nil
}

func TestOrderIDIsWhatMidtransAccepts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := drawOrderID(t)
		if !heard(id, "200", "1.00", midtrans.Sign(id, "200", "1.00", key)) || !ourOrder.MatchString(id) {
			t.Fatalf("%q has another form", id)
		}
	})
}

// The signature covers a bare concatenation, so the same one may stand under
// several triples; of ours only one is made of an id that OrderID makes.
func TestOurOrderIDsLeaveNoAmbiguity(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		order := drawOrderID(t)
		code := rapid.StringMatching(`[0-9]{3}`).Draw(t, "code")
		gross := rapid.StringMatching(`[0-9]{1,12}\.[0-9]{2}`).Draw(t, "gross")
		signature := midtrans.Sign(order, code, gross, key)
		if !heard(order, code, gross, signature) {
			t.Fatalf("%s %s %s is not heard", order, code, gross)
		}
		all := order + code + gross
		for cut := range len(all) - 3 {
			o, c, g := all[:cut], all[cut:cut+3], all[cut+3:]
			if o != order && ourOrder.MatchString(o) && heard(o, c, g, signature) {
				t.Fatalf("%s %s %s reads as %s %s %s, too", order, code, gross, o, c, g)
			}
		}
	})
}

func TestOrderIDNeedsRandomBits(t *testing.T) {
	t.Parallel()
	if id, err := payments.OrderID(1, 1, strings.NewReader("abcd")); !errors.Is(err, io.ErrUnexpectedEOF) || id != "" {
		t.Errorf("OrderID = %q, %v", id, err)
	}
}

func TestOrderIDsOfARepeatedSerialDiffer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOfN(rapid.Byte(), 5, 5).Draw(t, "a")
		b := rapid.SliceOfN(rapid.Byte(), 5, 5).Draw(t, "b")
		one, _ := payments.OrderID(7, 1, bytes.NewReader(a))
		two, _ := payments.OrderID(7, 1, bytes.NewReader(b))
		if bytes.Equal(a, b) != (one == two) {
			t.Fatalf("%x and %x made %s and %s", a, b, one, two)
		}
	})
}
