package midtrans

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"jasaweb/collections/paystate"
	"jasaweb/plugins/payments/gateway"
)

// settledBody is a notification as Midtrans sends it, by field.
func settledBody() map[string]string {
	return map[string]string{
		"transaction_time": `"2026-03-01 12:03:34"`, "transaction_status": `"settlement"`, "transaction_id": `"b1f4-77"`,
		"status_message": `"midtrans payment notification"`, "status_code": `"200"`, "signature_key": `"` + golden200 + `"`,
		"settlement_time": `"2026-03-01 06:04:05"`, "payment_type": `"qris"`, "order_id": `"` + goldenOrder + `"`,
		"merchant_id": `"M1"`, "gross_amount": `"` + goldenGross + `"`, "fraud_status": `"accept"`, "currency": `"IDR"`,
		"acquirer": `"gopay"`, "issuer": `"dana"`, "expiry_time": `"2026-03-01 13:03:34"`, "custom_field1": `"inv1"`,
	}
}

// encode writes the fields in the order of keys, or sorted without one.
func encode(fields map[string]string, keys ...string) []byte {
	if len(keys) == 0 {
		keys = slices.Sorted(maps.Keys(fields))
	}
	parts := []string{}
	for _, key := range keys {
		parts = append(parts, fmt.Sprintf("%q:%s", key, fields[key]))
	}
	return []byte("{" + strings.Join(parts, ",") + "}")
}

// parseNotification is what Hear does before it looks at the signature.
func parseNotification(body []byte) (*statement, error) {
	s, err := parseStatement(body)
	if err == nil {
		err = s.checkSigned()
	}
	return s, err
}

func with(key, value string) []byte {
	fields := settledBody()
	fields[key] = value
	return encode(fields)
}

func TestNotificationIsReadAndVerified(t *testing.T) {
	t.Parallel()
	s, err := parseNotification(encode(settledBody()))
	if err != nil {
		t.Fatal(err)
	}
	if id, ok := (Keys{goldenKey}).Verify(string(s.OrderID), string(s.StatusCode), string(s.GrossAmount), string(s.SignatureKey)); !ok {
		t.Errorf("signature not accepted: %q", id)
	}
	want := paystate.Notice{
		Status: paystate.Settlement, Code: "200", Fraud: "accept", Currency: "IDR", TxnID: "b1f4-77",
		Gross: 1_500_000, Whole: true, Refunds: []paystate.Refund{},
	}
	if got := s.notice("M1", false); !reflect.DeepEqual(got, want) {
		t.Errorf("notice %+v, want %+v", got, want)
	}
}

func TestTimesAreWIBAndBecomeUTC(t *testing.T) {
	t.Parallel()
	s, err := parseNotification(encode(settledBody()))
	if err != nil {
		t.Fatal(err)
	}
	tr := s.transaction("", true, nil)
	// Six in the morning in Jakarta is the day before in UTC.
	if want := time.Date(2026, 2, 28, 23, 4, 5, 0, time.UTC); tr.SettledAt != want {
		t.Errorf("settled at %v, want %v", tr.SettledAt, want)
	}
	if want := time.Date(2026, 3, 1, 6, 3, 34, 0, time.UTC); tr.ExpiresAt != want {
		t.Errorf("expires at %v, want %v", tr.ExpiresAt, want)
	}
	if tr.OrderID != goldenOrder || tr.InvoiceID != "inv1" || tr.Acquirer != "gopay" || tr.Issuer != "dana" || !tr.Notice.Confirmed {
		t.Errorf("transaction %+v", tr)
	}
	for _, form := range []string{`""`, `null`, `"2026-03-01T06:04:05Z"`, `"2026-02-30 06:04:05"`, `1`} {
		s, err := parseNotification(with("settlement_time", form))
		if err != nil || !s.transaction("", true, nil).SettledAt.IsZero() {
			t.Errorf("time %s: %v, %v", form, s.transaction("", true, nil).SettledAt, err)
		}
	}
}

func TestForeignFieldsAndTheirOrderDoNotMatter(t *testing.T) {
	t.Parallel()
	fields := settledBody()
	want, err := parseNotification(encode(fields))
	if err != nil {
		t.Fatal(err)
	}
	fields["pop_id"] = `"x"`
	fields["customer_details"] = `{"email":"a@b.id","full_name":"A","more":[{"deep":[1,2.50,null,true]}]}`
	fields["metadata"] = `{"extra_info":{"gross_amount_info":{"why":"unknown"},"list":[[]]},"status_code":"404"}`
	fields["payment_amounts"] = `[{"paid_at":"x","amount":"1"}]`
	random := rand.New(rand.NewPCG(1, 2))
	keys := slices.Collect(maps.Keys(fields))
	for range 50 {
		random.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		got, err := parseNotification(encode(fields, keys...))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("keys %v: %+v, %v", keys, got, err)
		}
	}
}

func TestMetadataOfAnyShapeIsNoError(t *testing.T) {
	t.Parallel()
	for _, shape := range []string{`null`, `""`, `"text"`, `7`, `[]`, `[{}]`, `{}`, `{"extra_info":7}`, `{"extra_info":{"gross_amount_info":[]}}`} {
		s, err := parseNotification(with("metadata", shape))
		if err != nil || s.notice("", false).Original != 0 {
			t.Errorf("metadata %s: %v", shape, err)
		}
	}
}

// A number must reach the signature with the characters that it came with.
func TestNumbersKeepTheirCharacters(t *testing.T) {
	t.Parallel()
	fields := settledBody()
	fields["gross_amount"], fields["status_code"] = `1500000.00`, `200`
	s, err := parseNotification(encode(fields))
	if err != nil {
		t.Fatal(err)
	}
	if s.GrossAmount != goldenGross || s.StatusCode != "200" {
		t.Errorf("gross %q, code %q", s.GrossAmount, s.StatusCode)
	}
	if _, ok := (Keys{goldenKey}).Verify(string(s.OrderID), string(s.StatusCode), string(s.GrossAmount), string(s.SignatureKey)); !ok {
		t.Error("the signature does not fit any more")
	}
}

func TestForeignFormsAreRefused(t *testing.T) {
	t.Parallel()
	for key, values := range map[string][]string{
		"order_id":     {`"a b"`, `"a/b"`, `"a?b"`, `"` + strings.Repeat("a", 256) + `"`, `{}`, `[]`, `"é"`, `"a\n"`},
		"status_code":  {`"20"`, `"2000"`, `"20a"`, `"200\n"`, `" 200"`, `"٢٠٠"`, `true`, `-20`},
		"gross_amount": {`"1500000"`, `"1500000.0"`, `"1500000.000"`, `"-1.00"`, `"1,500,000.00"`, `"1e6.00"`, `1.5e6`, `"1234567890123.00"`, `".00"`, `"1.00\n"`},
	} {
		for _, value := range append(values, `""`, `null`) {
			if _, err := parseNotification(with(key, value)); !errors.Is(err, gateway.ErrMalformed) {
				t.Errorf("%s %s: %v", key, value, err)
			}
		}
	}
	for _, key := range []string{"order_id", "status_code", "gross_amount", "signature_key"} {
		fields := settledBody()
		delete(fields, key)
		if _, err := parseNotification(encode(fields)); !errors.Is(err, gateway.ErrMalformed) {
			t.Errorf("without %s: %v", key, err)
		}
	}
}

// The signature does not cover them: a genuine notice is heard without.
func TestUnsignedFieldsMayHaveAnyForm(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		strings.Repeat("a", 100): strings.Repeat("a", 100), strings.Repeat("a", 101): "", `a b`: "", `a\u0000`: "", "é": "", "": "",
	} {
		s, err := parseNotification(with("transaction_id", `"`+id+`"`))
		if err != nil || s.notice("", false).TxnID != want {
			t.Errorf("id %.20q: %+v, %v", id, s, err)
		}
	}
	for _, shape := range []string{`null`, `""`, `7`, `{}`, `[7,"x",[],null]`, `{"refund_key":"a","refund_amount":"1.00"}`} {
		for _, field := range []string{"transaction_id", "transaction_status", "refunds"} {
			s, err := parseNotification(with(field, shape))
			if err != nil || len(s.notice("", false).Refunds) > 0 {
				t.Errorf("%s %s: %+v, %v", field, shape, s, err)
			}
		}
	}
	s, err := parseNotification(with("refunds", `["x",{"refund_key":"a\u0000","refund_amount":"1.00"}]`))
	if want := []paystate.Refund{{Key: "a", Amount: 1}}; err != nil || !reflect.DeepEqual(s.notice("", false).Refunds, want) {
		t.Errorf("one refund of a list of odd ones: %+v, %v", s, err)
	}
}

func TestOnlyOneObjectIsABody(t *testing.T) {
	t.Parallel()
	good := string(encode(settledBody()))
	for _, body := range []string{"", " ", "null", "[]", `"x"`, "7", "{", good[:len(good)-1], good + good, good + "\n{}", good + "x", "[" + good + "]", "order_id=1", "<html>"} {
		if _, err := parseNotification([]byte(body)); !errors.Is(err, gateway.ErrMalformed) {
			t.Errorf("%.30q: %v", body, err)
		}
	}
	if _, err := parseNotification([]byte(" \n" + good + "\n ")); err != nil {
		t.Errorf("white space around: %v", err)
	}
}

func TestRefundsAreRead(t *testing.T) {
	t.Parallel()
	fields := settledBody()
	fields["transaction_status"] = `"partial_refund"`
	fields["refund_amount"] = `"500000.00"`
	fields["refunds"] = `[
		{"refund_chargeback_id":4001,"refund_amount":"400000.00","refund_key":"r1","refund_method":"bank","created_at":"2026-03-01 10:00:00"},
		{"refund_chargeback_id":4002,"refund_amount":60000,"bank_confirmed_at":"2026-03-02 10:00:00"},
		{"refund_chargeback_id":4003,"refund_amount":"40000","refund_key":"r3"},
		{"refund_amount":"1.00"},
		{"refund_key":"r5","refund_amount":"half"}]`
	s, err := parseNotification(encode(fields))
	if err != nil {
		t.Fatal(err)
	}
	want := []paystate.Refund{{Key: "r1", Amount: 400_000, At: time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)}, {Key: "4002", Amount: 60_000, Confirmed: "2026-03-02 10:00:00"}, {Key: "r3", Amount: 40_000}}
	if got := s.notice("", true).Refunds; !reflect.DeepEqual(got, want) {
		t.Errorf("refunds %+v, want %+v", got, want)
	}
}

func TestNoticeOfOddities(t *testing.T) {
	t.Parallel()
	fee := `{"extra_info":{"gross_amount_info":{"original_amount":%s}}}`
	for _, c := range []struct {
		name, key, value string
		holds            func(paystate.Notice) bool
	}{
		{"cents", "gross_amount", `"1500000.50"`, func(n paystate.Notice) bool { return !n.Whole && n.Gross == 1_500_000 }},
		{"fee, text", "metadata", fmt.Sprintf(fee, `"1489500.00"`), func(n paystate.Notice) bool { return n.Original == 1_489_500 }},
		{"fee, number", "metadata", fmt.Sprintf(fee, `1489500`), func(n paystate.Notice) bool { return n.Original == 1_489_500 }},
		{"fee, nonsense", "metadata", fmt.Sprintf(fee, `"much"`), func(n paystate.Notice) bool { return n.Original == 0 }},
		{"fee, cents", "metadata", fmt.Sprintf(fee, `1.5`), func(n paystate.Notice) bool { return n.Original == 0 }},
		{"other merchant", "merchant_id", `"M2"`, func(n paystate.Notice) bool { return n.ForeignMerchant }},
		{"no merchant", "merchant_id", `""`, func(n paystate.Notice) bool { return !n.ForeignMerchant }},
		{"no currency", "currency", `null`, func(n paystate.Notice) bool { return n.Currency == "IDR" }},
		{"dollars", "currency", `"USD"`, func(n paystate.Notice) bool { return n.Currency == "USD" }},
		{"no fraud status", "fraud_status", `null`, func(n paystate.Notice) bool { return n.Fraud == "" }},
		{"partial chargeback", "transaction_status", `"partial_chargeback"`, func(n paystate.Notice) bool { return n.Status == paystate.Chargeback }},
		{"unknown status", "transaction_status", `"foo"`, func(n paystate.Notice) bool { return n.Status == "foo" }},
		{"status in capitals is another", "transaction_status", `"Settlement"`, func(n paystate.Notice) bool { return !n.Status.Known() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, err := parseNotification(with(c.key, c.value))
			if err != nil {
				t.Fatal(err)
			}
			if n := s.notice("M1", false); !c.holds(n) {
				t.Errorf("notice %+v", n)
			}
		})
	}
	s, err := parseNotification(encode(settledBody()))
	if err != nil || s.notice("", false).ForeignMerchant {
		t.Errorf("without a merchant of our own every one is right: %v", err)
	}
}

func FuzzParseNotificationTakesAnything(f *testing.F) {
	f.Add(encode(settledBody()))
	f.Add([]byte(`{"refunds":[{}],"metadata":[]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := parseNotification(body)
		if err != nil {
			return
		}
		if n := s.notice("M1", false); n.Gross < 0 || n.Confirmed || n.TxnID == "" {
			t.Errorf("notice %+v", n)
		}
	})
}
