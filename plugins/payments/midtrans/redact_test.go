package midtrans

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, body, want string }{
		{"nothing personal", `{"order_id":"JW1-00000042-01ABCDEFGHK","status_code":"200"}`, `{"order_id":"JW1-00000042-01ABCDEFGHK","status_code":"200"}`},
		{"signature", `{"signature_key":"be35"}`, `{"signature_key":"[redacted]"}`},
		{"customer", `{"customer_details":{"email":"a@b.id","full_name":"A"}}`, `{"customer_details":"[redacted]"}`},
		{"deep", `{"x":[{"y":{"Phone_Number":"0812","ok":1}}]}`, `{"x":[{"y":{"Phone_Number":"[redacted]","ok":1}}]}`},
		{"list under a personal key", `{"emails":["a@b.id",{"c":"d"}]}`, `{"emails":"[redacted]"}`},
		{"e-mail in free text", `{"custom_field2":"mail to a.b+c@d.co.id, please"}`, `{"custom_field2":"mail to [redacted] please"}`},
		{"e-mail as key", `{"x":{"a@b.id":1}}`, `{"x":{"[redacted]":1}}`},
		{"e-mail behind an escape", `{"x":"a\u0040b.id"}`, `{"x":"[redacted]"}`},
		{"phones in free text", `{"x":"0812-3456-7890 or +62 812 34567890 or 6281234567890"}`, `{"x":"[redacted] or [redacted] or [redacted]"}`},
		{"amounts keep their characters", `{"a":1500000.00,"b":"1500000.00","c":1e6,"d":12345678901234567890.10,"e":-0.0}`, `{"a":1500000.00,"b":"1500000.00","c":1e6,"d":12345678901234567890.10,"e":-0.0}`},
		{"times and ids stay", `{"t":"2026-08-12 08:12:34","id":"9aed5972-5b6a-401e-894b-a32c91ed1a3a","n":null,"b":true,"qr":"00020101021226620014COM.GO-JEK.WWW0118936009140812345678"}`, ""},
		{"no object", `["a@b.id"]`, "-"},
		{"no JSON", `email=a@b.id`, "-"},
		{"cut off", `{"email":"a@b.id"`, "-"},
		{"empty", ``, "-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			want := c.want
			switch want {
			case "": // as it came, up to the order of keys
				want = resorted(t, c.body)
			case "-": // not kept
				want = ""
			}
			if got := redact([]byte(c.body)); got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
		})
	}
}

func resorted(t *testing.T, body string) string {
	t.Helper()
	var value map[string]any
	if err := json.Unmarshal([]byte(body), &value); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// secret marks a value that must not survive; amount, one that must.
const (
	secret = "Rahasia"
	amount = "1500000.00"
)

// drawBody draws nested JSON with personal values in fields, texts and keys, and
// counts the amounts in it.
func drawBody(t *rapid.T, depth int, amounts *int) any {
	kinds := []string{"amount", "e-mail", "phone"}
	if depth > 0 {
		kinds = append(kinds, "object", "list", "object")
	}
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case "e-mail":
		return rapid.SampledFrom([]string{"", "to ", "<"}).Draw(t, "before") + secret + rapid.StringMatching(`[a-z0-9._+-]{0,5}`).Draw(t, "local") + "@" + secret + ".id"
	case "phone":
		return rapid.SampledFrom([]string{"", "tel ", "tel:"}).Draw(t, "before") +
			rapid.SampledFrom([]string{"08", "628", "+628", "+62 8", "0 8", "+62-8"}).Draw(t, "prefix") + "77" + rapid.SampledFrom([]string{"", "-", " "}).Draw(t, "gap") + "7777" +
			rapid.StringMatching(`7{3,6}`).Draw(t, "rest")
	case "list":
		return []any{drawBody(t, depth-1, amounts), drawBody(t, depth-1, amounts)}
	case "object":
		return drawObject(t, depth, amounts)
	}
	*amounts++
	return json.Number(amount)
}

func drawObject(t *rapid.T, depth int, amounts *int) map[string]any {
	object := map[string]any{}
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "metadata", "custom_field2", secret + "@b.id"}), 1, 3, rapid.ID).Draw(t, "keys") {
		object[key] = drawBody(t, depth-1, amounts)
	}
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{
		"email", "Email_Address", "phone", "customer_phone", "full_name", "firstName", "NAME", "signature_key", "SIGNATURE",
		"customer_details", "billing_address", "city", "postal_code",
	}), 0, 3, rapid.ID).Draw(t, "personal keys") {
		object[key] = rapid.SampledFrom([]any{secret, 777777777, []any{secret}, map[string]any{"x": secret, "y": []any{secret}}}).Draw(t, "value")
	}
	return object
}

func TestNothingPersonalSurvives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amounts := 0
		body, err := json.Marshal(drawObject(t, 4, &amounts))
		if err != nil {
			t.Fatal(err)
		}
		got := redact(body)
		if !json.Valid([]byte(got)) {
			t.Fatalf("%s became %q", body, got)
		}
		for _, trace := range []string{secret, "@", "777"} {
			if strings.Contains(got, trace) {
				t.Fatalf("%s became %s: %q survives", body, got, trace)
			}
		}
		// An amount is lost only where keys that are e-mails fall together.
		if n := strings.Count(got, amount); n != amounts && strings.Count(string(body), secret+"@b.id\"") < 2 {
			t.Fatalf("%s became %s: %d amounts of %d", body, got, n, amounts)
		}
		if again := redact([]byte(got)); again != got {
			t.Fatalf("%s became %s at the second time", got, again)
		}
	})
}

func FuzzRedactIsStable(f *testing.F) {
	f.Add([]byte(`{"customer_details":{"email":"a@b.id"},"gross_amount":1500000.00}`))
	f.Add([]byte(`{"a":"\ud800","b":[["x@y"]]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		got := redact(body)
		if got == "" {
			return
		}
		if !json.Valid([]byte(got)) || redact([]byte(got)) != got {
			t.Errorf("%q became %q", body, got)
		}
	})
}
