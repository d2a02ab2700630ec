package payments

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// ourOrder is the form of the order ids that OrderID makes.
var ourOrder = regexp.MustCompile(`^JW1-\d{8,}-\d{2,}[A-Z2-7]{8}K$`)

func drawOrderID(t *rapid.T) string {
	random := rapid.SliceOfN(rapid.Byte(), 5, 5).Draw(t, "random")
	id, err := OrderID(rapid.IntRange(1, 999_999_999).Draw(t, "serial"), rapid.IntRange(1, 120).Draw(t, "attempt"), bytes.NewReader(random))
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
		got, err := OrderID(c.serial, c.attempt, strings.NewReader(c.random))
		if err != nil || got != c.want {
			t.Errorf("OrderID(%d, %d) = %q, %v; want %q", c.serial, c.attempt, got, err, c.want)
		}
	}
}

func TestOrderIDIsWhatMidtransAccepts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := drawOrderID(t)
		if !orderForm.MatchString(id) || !ourOrder.MatchString(id) {
			t.Fatalf("%q has another form", id)
		}
	})
}

func TestOrderIDNeedsRandomBits(t *testing.T) {
	t.Parallel()
	if id, err := OrderID(1, 1, strings.NewReader("abcd")); !errors.Is(err, io.ErrUnexpectedEOF) || id != "" {
		t.Errorf("OrderID = %q, %v", id, err)
	}
}

func TestOrderIDsOfARepeatedSerialDiffer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOfN(rapid.Byte(), 5, 5).Draw(t, "a")
		b := rapid.SliceOfN(rapid.Byte(), 5, 5).Draw(t, "b")
		one, _ := OrderID(7, 1, bytes.NewReader(a))
		two, _ := OrderID(7, 1, bytes.NewReader(b))
		if bytes.Equal(a, b) != (one == two) {
			t.Fatalf("%x and %x made %s and %s", a, b, one, two)
		}
	})
}
