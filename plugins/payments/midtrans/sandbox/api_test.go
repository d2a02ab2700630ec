package sandbox

import (
	"bytes"
	"fmt"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// lockedBuffer is a log that goroutines share.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func slogTo(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

func TestAccess(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.charged(charge)
	wrong := &http.Request{Header: http.Header{}}
	wrong.SetBasicAuth("SB-Mid-server-OTHER", "")
	password := &http.Request{Header: http.Header{}}
	password.SetBasicAuth(DefaultServerKey, "x")
	for name, h := range map[string]http.Header{"no key": {}, "wrong key": wrong.Header, "a password too": password.Header, "bearer": {"Authorization": {"Bearer " + DefaultServerKey}}} {
		for _, call := range []struct{ method, path string }{
			{"POST", "/v2/charge"}, {"GET", "/v2/" + goldenOrder + "/status"}, {"POST", "/v2/" + goldenOrder + "/cancel"},
			{"POST", "/v2/" + goldenOrder + "/expire"}, {"POST", "/v2/" + goldenOrder + "/refund"}, {"POST", "/v2/" + goldenOrder + "/refund/online/direct"},
		} {
			answer, content := s.request(call.method, call.path, charge, h)
			if o := decoded(t, content); answer.StatusCode != 401 || o["status_code"] != "401" || len(o) != 2 {
				t.Errorf("%s, %s %s: HTTP %d %s", name, call.method, call.path, answer.StatusCode, content)
			}
		}
	}
	if got := s.State().Transactions[0].TransactionStatus; got != StatusPending {
		t.Errorf("the transaction is %s", got)
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/v2/nothing", 404}, {"GET", "/v2/x/approve", 404}, {"GET", "/v4/qris/unknown/qr-code", 404}, {"GET", "/v2/qris/unknown/qr-code", 404},
		{"GET", "/v2/charge", 405}, {"PUT", "/v2/x/status", 405}, {"GET", "/v2/x/cancel", 405},
	} {
		answer, content := s.request(c.method, c.path, "", signedIn())
		if o := decoded(t, content); answer.StatusCode != c.want || o["status_code"] != fmt.Sprint(c.want) {
			t.Errorf("%s %s: HTTP %d %s", c.method, c.path, answer.StatusCode, content)
		}
	}
}

func TestBodiesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	s := open(t)
	for name, c := range map[string]struct{ body, kind, code string }{
		"empty":              {"", "application/json", "413"},
		"cut":                {charge[:40], "application/json", "413"},
		"more after the end": {charge + "{}", "application/json", "413"},
		"not JSON":           {"payment_type=qris", "application/json", "413"},
		"too large":          {`{"metadata":{"x":"` + strings.Repeat("x", maxBody) + `"}}`, "application/json", "413"},
		"a form":             {charge, "application/x-www-form-urlencoded", "403"},
		"no content type":    {charge, "", "403"},
		"order id a number":  {strings.Replace(charge, `"JW1-00000042-01K"`, `42`, 1), "application/json", "408"},
		"amount a string":    {strings.Replace(charge, `1500000`, `"1500000"`, 1), "application/json", "408"},
		"amount a list":      {strings.Replace(charge, `1500000`, `[]`, 1), "application/json", "408"},
		"metadata a string":  {strings.Replace(charge, `{`, `{"metadata":"x",`, 1), "application/json", "408"},
		"a list":             {"[]", "application/json", "408"},
		"with a charset":     {charge, "application/json; charset=utf-8", "201"},
	} {
		if o := s.api("POST", "/v2/charge", c.body, "Content-Type", c.kind); o["status_code"] != c.code {
			t.Errorf("%s: %v", name, o)
		}
	}
}

func TestValidation(t *testing.T) {
	t.Parallel()
	s := open(t)
	with := func(fields string) string { return strings.Replace(charge, `{`, `{`+fields+`,`, 1) }
	amount := func(a string) string { return strings.Replace(charge, "1500000", a, 1) }
	order := func(id string) string { return strings.Replace(charge, goldenOrder, id, 1) }
	items := func(list string) string { return with(`"item_details":[` + list + `]`) }
	for name, c := range map[string]struct{ body, code, problem string }{
		"credit card":               {strings.Replace(charge, `"qris"`, `"credit_card"`, 1), "402", ""},
		"no payment type":           {strings.Replace(charge, `"payment_type":"qris",`, "", 1), "400", "payment_type"},
		"nothing at all":            {"{}", "400", "order_id is required"},
		"no order id":               {order(""), "400", "order_id is required"},
		"order id of 51":            {order(strings.Repeat("a", 51)), "400", "order_id is too long"},
		"order id with a slash":     {order("JW1/42"), "400", "order_id has other characters"},
		"order id with a space":     {order("JW1 42"), "400", "order_id has other characters"},
		"order id with an accent":   {order("JWé"), "400", "order_id has other characters"},
		"no amount":                 {amount("null"), "400", "gross_amount is required"},
		"amount with decimals":      {amount("1500000.00"), "400", "gross_amount must be an integer"},
		"amount with an exponent":   {amount("1.5e6"), "400", "gross_amount must be an integer"},
		"amount beyond 64 bits":     {amount("99999999999999999999"), "400", "gross_amount must be an integer"},
		"amount 0":                  {amount("0"), "400", "between 1 and 10000000"},
		"amount negative":           {amount("-1"), "400", "between 1 and 10000000"},
		"amount above the cap":      {amount("10000001"), "400", "between 1 and 10000000"},
		"acquirer":                  {with(`"qris":{"acquirer":"dana"}`), "400", "qris.acquirer"},
		"item name of 51":           {items(`{"name":"` + strings.Repeat("n", 51) + `","price":1500000,"quantity":1}`), "400", "item_details[0].name is too long"},
		"item id of 51":             {items(`{"id":"` + strings.Repeat("n", 51) + `","name":"x","price":1500000,"quantity":1}`), "400", "item_details[0].id is too long"},
		"item without name":         {items(`{"price":1500000,"quantity":1}`), "400", "item_details[0].name is required"},
		"item without price":        {items(`{"name":"x","quantity":1}`), "400", "item_details[0].price"},
		"item with price 1.5":       {items(`{"name":"x","price":1.5,"quantity":1}`), "400", "item_details[0].price"},
		"item with quantity 0":      {items(`{"name":"x","price":1500000,"quantity":0}`), "400", "item_details[0].quantity"},
		"items that miss a rupiah":  {items(`{"name":"x","price":1499999,"quantity":1}`), "400", "sum of item_details"},
		"items times quantity":      {items(`{"name":"x","price":1500000,"quantity":2}`), "400", "sum of item_details"},
		"custom field of 256":       {with(`"custom_field2":"` + strings.Repeat("f", 256) + `"`), "400", "custom_field2 is too long"},
		"e-mail of 256":             {with(`"customer_details":{"email":"` + strings.Repeat("e", 256) + `"}`), "400", "customer_details.email is too long"},
		"postal code of 11":         {with(`"customer_details":{"billing_address":{"postal_code":"12345678901"}}`), "400", "billing_address.postal_code is too long"},
		"expiry without a duration": {with(`"custom_expiry":{"unit":"hour"}`), "400", "expiry_duration is required"},
		"expiry in weeks":           {with(`"custom_expiry":{"expiry_duration":1,"unit":"week"}`), "400", "custom_expiry.unit"},
		"expiry of 19 seconds":      {with(`"custom_expiry":{"expiry_duration":19,"unit":"second"}`), "400", "20 seconds to 7 days"},
		"expiry of 8 days":          {with(`"custom_expiry":{"expiry_duration":8,"unit":"day"}`), "400", "20 seconds to 7 days"},
		"expiry of 1.5 hours":       {with(`"custom_expiry":{"expiry_duration":1.5,"unit":"hour"}`), "400", "20 seconds to 7 days"},
		"expiry without a zone":     {with(`"custom_expiry":{"order_time":"2026-11-22 12:00:00","expiry_duration":60}`), "400", "order_time"},
		"expiry in the past":        {with(`"custom_expiry":{"order_time":"2026-11-22 10:00:00 +0700","expiry_duration":60}`), "400", "in the past"},
		"expiry far away":           {with(`"custom_expiry":{"order_time":"2026-11-23 12:00:00 +0700","expiry_duration":7,"unit":"day"}`), "400", "more than 7 days"},
	} {
		o := s.api("POST", "/v2/charge", c.body)
		messages := fmt.Sprint(o["validation_messages"])
		if o["status_code"] != c.code || !strings.Contains(messages, c.problem) || (c.problem == "") != (o["validation_messages"] == nil) {
			t.Errorf("%s: %v", name, o)
		}
	}
	if n := len(s.State().Transactions); n != 0 {
		t.Errorf("%d transactions were made", n)
	}
}

func TestAcceptedCharges(t *testing.T) {
	t.Parallel()
	s := open(t)
	for i, c := range []struct{ fields, expiry string }{
		{`"custom_expiry":{"order_time":"2026-11-22 12:00:00 +0700","expiry_duration":60,"unit":"minute"}`, "2026-11-22 13:00:00"},
		{`"custom_expiry":{"order_time":"2026-11-22 04:59:30 +0000","expiry_duration":60}`, "2026-11-22 12:59:30"},
		{`"custom_expiry":{"expiry_duration":20,"unit":"second"}`, "2026-11-22 12:00:20"},
		{`"custom_expiry":{"expiry_duration":7,"unit":"day"}`, "2026-11-29 12:00:00"},
		{`"custom_expiry":{"expiry_duration":2,"unit":"hour"}`, "2026-11-22 14:00:00"},
		{`"item_details":[{"name":"` + strings.Repeat("é", 50) + `","price":500000,"quantity":3}],"unknown":[1]`, "2026-11-22 12:15:00"},
		{`"qris":{"acquirer":"airpay shopee"}`, "2026-11-22 12:15:00"},
	} {
		body := strings.Replace(strings.Replace(charge, "{", "{"+c.fields+",", 1), goldenOrder, fmt.Sprintf("A-_~.%d", i), 1)
		expect(t, s.charged(body), object{"expiry_time": c.expiry})
	}
	for _, amount := range []string{"1", "10000000"} {
		expect(t, s.charged(strings.Replace(strings.Replace(charge, "1500000", amount, 1), goldenOrder, "B"+amount, 1)), object{"gross_amount": amount + ".00"})
	}
}

func TestOrderIDsAreUsedOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	first := s.charged(charge)["transaction_id"].(string)
	duplicate := func() {
		t.Helper()
		if o := s.api("POST", "/v2/charge", charge); o["status_code"] != "406" {
			t.Fatalf("duplicate: %v", o)
		}
	}
	duplicate()
	must(t, s.Expire(first))
	second := s.charged(charge)["transaction_id"].(string)
	if o := s.api("POST", "/v2/"+goldenOrder+"/cancel", ""); o["status_code"] != "200" || o["transaction_id"] != second {
		t.Fatalf("cancel by order id: %v", o)
	}
	third := s.charged(charge)["transaction_id"].(string)
	must(t, s.Pay(goldenOrder))
	duplicate()
	must(t, s.Refund(third, 0))
	duplicate()
	for id, want := range map[string]string{goldenOrder: third, first: first, second: second} {
		if o := s.api("GET", "/v2/"+id+"/status", ""); o["transaction_id"] != want {
			t.Errorf("status of %s: %v", id, o)
		}
	}
}

func TestStatusCodes(t *testing.T) {
	t.Parallel()
	for status, c := range map[string]struct {
		reach    func(s *shop) error
		get      string // status_code of GET status
		notified string // of the last notification
	}{
		StatusPending:       {func(s *shop) error { return nil }, "201", "201"},
		StatusSettlement:    {func(s *shop) error { return s.Pay(goldenOrder) }, "200", "200"},
		StatusExpire:        {func(s *shop) error { return s.Expire(goldenOrder) }, "407", "202"},
		StatusDeny:          {func(s *shop) error { return s.Deny(goldenOrder) }, "202", "202"},
		StatusCancel:        {func(s *shop) error { s.api("POST", "/v2/"+goldenOrder+"/cancel", ""); return nil }, "200", "202"},
		StatusPartialRefund: {func(s *shop) error { return firstError(s.Pay(goldenOrder), s.Refund(goldenOrder, 1)) }, "200", "200"},
		StatusRefund:        {func(s *shop) error { return firstError(s.Pay(goldenOrder), s.Refund(goldenOrder, 0)) }, "200", "200"},
		StatusChargeback:    {func(s *shop) error { return firstError(s.Pay(goldenOrder), s.Chargeback(goldenOrder)) }, "200", "200"},
	} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			s.charged(charge)
			must(t, c.reach(s))
			expect(t, s.api("GET", "/v2/"+goldenOrder+"/status", ""), object{
				"status_code": c.get, "transaction_status": status, "gross_amount": "1500000.00", "order_id": goldenOrder,
				"signature_key": Sign(goldenOrder, c.get, "1500000.00", DefaultServerKey),
			})
			eventually(t, func() bool {
				all := s.webhook.all()
				return len(all) > 0 && all[len(all)-1]["transaction_status"] == status
			})
			all := s.webhook.all()
			expect(t, all[len(all)-1], object{"status_code": c.notified, "signature_key": map[string]string{"201": golden201, "200": golden200, "202": golden202}[c.notified]})
		})
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestClosingTransactions(t *testing.T) {
	t.Parallel()
	s := open(t)
	for i, c := range []struct {
		before       func(id string) error
		action, code string
		status       string
	}{
		{nil, "cancel", "200", StatusCancel},
		{nil, "expire", "407", StatusExpire},
		{s.Pay, "cancel", "412", StatusSettlement},
		{s.Pay, "expire", "412", StatusSettlement},
		{s.Expire, "cancel", "412", StatusExpire},
		{s.Expire, "expire", "412", StatusExpire},
		{s.Deny, "cancel", "412", StatusDeny},
		{nil, "refund", "412", StatusPending},
		{s.Expire, "refund/online/direct", "412", StatusExpire},
	} {
		id := fmt.Sprintf("order-%d", i)
		s.charged(strings.Replace(charge, goldenOrder, id, 1))
		if c.before != nil {
			must(t, c.before(id))
		}
		o := s.api("POST", "/v2/"+id+"/"+c.action, "")
		if o["status_code"] != c.code {
			t.Errorf("%d %s: %v", i, c.action, o)
		}
		expect(t, s.api("GET", "/v2/"+id+"/status", ""), object{"transaction_status": c.status})
	}
	for _, call := range []string{"GET status", "POST cancel", "POST expire", "POST refund", "POST refund/online/direct"} {
		method, action, _ := strings.Cut(call, " ")
		expect(t, s.api(method, "/v2/unknown/"+action, ""), object{"status_code": "404", "status_message": "Transaction doesn't exist."})
	}
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.charged(charge)
	s.charged(strings.Replace(strings.Replace(charge, goldenOrder, "longer", 1), "{", `{"custom_expiry":{"expiry_duration":60},`, 1))
	s.clock.advance(15*time.Minute - time.Second)
	expect(t, s.api("GET", "/v2/"+goldenOrder+"/status", ""), object{"transaction_status": "pending"})
	s.clock.advance(time.Second)
	// Nobody asks: the expiry job notices by itself.
	expect(t, s.webhook.wait(t, 3)[2], object{"transaction_status": "expire", "status_code": "202", "signature_key": golden202, "order_id": goldenOrder})
	if err := s.Pay(goldenOrder); err == nil {
		t.Error("paid after the expiry")
	}
	s.clock.advance(45 * time.Minute)
	// Somebody asks at once and must not see it pending.
	expect(t, s.api("GET", "/v2/longer/status", ""), object{"transaction_status": "expire", "status_code": "407"})
	must(t, s.PayLate(goldenOrder))
	expect(t, s.api("GET", "/v2/"+goldenOrder+"/status", ""), object{"transaction_status": "settlement", "settlement_time": "2026-11-22 13:00:00"})
	if err := s.PayLate(goldenOrder); err == nil {
		t.Error("paid twice")
	}
}

func TestPictures(t *testing.T) {
	t.Parallel()
	s := open(t)
	urls := map[string]string{}
	for _, a := range s.charged(charge)["actions"].([]any) {
		action := a.(object)
		urls[action["name"].(string)] = action["url"].(string)
		if action["method"] != "GET" {
			t.Errorf("%v", action)
		}
	}
	if len(urls) != 2 || !strings.Contains(urls["generate-qr-code"], "/v2/qris/") || !strings.Contains(urls["generate-qr-code-v2"], "/v4/qris/") {
		t.Fatalf("actions %v", urls)
	}
	for name, url := range urls {
		answer, content := s.request("GET", strings.TrimPrefix(url, s.http.URL), "", nil)
		if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "image/png" {
			t.Errorf("%s: HTTP %d", name, answer.StatusCode)
		}
		if _, err := png.Decode(bytes.NewReader(content)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	based := open(t, func(c *Config) { c.BaseURL = "http://pay.localhost:9099/" })
	if url := based.charged(charge)["actions"].([]any)[0].(object)["url"].(string); !strings.HasPrefix(url, "http://pay.localhost:9099/v2/qris/") {
		t.Errorf("URL %s", url)
	}
}
